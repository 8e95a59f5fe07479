//! A mail that came in, read: who it says it is from, where it went, what was written now,
//! and whether a person wrote it at all. Nothing here believes a word of it; it only says
//! what the mail says. Any bytes are read in bounded time, and panic nothing.

use std::sync::LazyLock;

use crate::edge::hex;
use mail_parser::{
    Address, HeaderForm, Message, MessageParser, MessagePart, MimeHeaders, PartType,
};
use regex::Regex;
use segue_sense::mail::{of_html, part};
use sha2::{Digest, Sha256};

/// The largest mail that is read: what most servers take.
pub const MAIL_BYTES: usize = 25 * 1024 * 1024;
/// The letters that are kept of what was written, and of what was carried along.
const TEXT_LETTERS: usize = 16_000;
const REST_LETTERS: usize = 32_000;
/// The letters of HTML that are made text of.
const HTML_BYTES: usize = 1024 * 1024;
/// Parts of a mail that are looked at.
const PARTS: usize = 200;
const SUBJECT_LETTERS: usize = 200;
const NAME_LETTERS: usize = 100;

/// A mail that came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incoming {
    /// A hash over what the mail itself says, whichever way it came.
    pub fingerprint: String,
    /// Its own id, without the brackets.
    pub message_id: Option<String>,
    /// The address that it says it is from, in lower case.
    pub from: String,
    /// The name beside it.
    pub name: Option<String>,
    /// Every address that it went to, as far as it says.
    pub recipients: Vec<String>,
    /// The subject, on one line.
    pub subject: String,
    /// What was written now.
    pub said: String,
    /// What was carried along: quotes and signatures.
    pub rest: String,
    /// Files, and pictures that stand in the text.
    pub files: Vec<IncomingFile>,
    /// Who wrote it.
    pub writer: Writer,
}

/// A file that a mail carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncomingFile {
    /// The name that came with it.
    pub name: String,
    /// All of it.
    pub bytes: Vec<u8>,
}

/// Who wrote a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Writer {
    /// A person, as far as can be told.
    Person,
    /// A program, by this sign: it is never answered (attack case 63).
    Program(&'static str),
    /// A mail server that could not deliver a mail of ours.
    MailServer(Bounce),
}

/// A mail of ours that did not arrive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounce {
    /// Whether it will not arrive any more.
    pub is_final: bool,
    /// The address that it was for.
    pub to: Option<String>,
    /// What the server says, on one line.
    pub said: String,
    /// Addresses in what came back of our mail: the signed one is among them.
    pub addresses: Vec<String>,
}

/// Why a mail cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// It is larger than what is read.
    TooLarge,
    /// It is no mail.
    NoMail,
    /// It says nothing of its sender, or something that is no address.
    NoSender,
    /// Whoever reads it broke off.
    Broken,
}

impl Unreadable {
    /// Its name, for words in other languages.
    pub const fn code(self) -> &'static str {
        match self {
            Unreadable::TooLarge => "too_large",
            Unreadable::NoMail => "no_mail",
            Unreadable::NoSender => "no_sender",
            Unreadable::Broken => "broken",
        }
    }
}

/// Reads a mail. `own` are addresses of ours, from which nobody else writes.
pub fn read(raw: &[u8], own: &dyn Fn(&str) -> bool) -> Result<Incoming, Unreadable> {
    if raw.len() > MAIL_BYTES {
        return Err(Unreadable::TooLarge);
    }
    let mail = MessageParser::default()
        .parse(raw)
        .ok_or(Unreadable::NoMail)?;
    let from = mail.from().or(mail.sender());
    let sender = from.and_then(Address::first).ok_or(Unreadable::NoSender)?;
    let address = sender.address().and_then(address_of);
    let address = address.ok_or(Unreadable::NoSender)?;
    let name = sender.name().map(|name| one_line(name, NAME_LETTERS));
    let subject = one_line(mail.subject().unwrap_or_default(), SUBJECT_LETTERS);
    let parts = part(&body_of(&mail), is_passed_on(&subject));
    let writer = writer_of(&mail, &address, &subject, own);
    Ok(Incoming {
        fingerprint: fingerprint(&mail, raw),
        message_id: mail.message_id().map(|id| one_line(id, 250)),
        from: address,
        name: name.filter(|name| !name.is_empty()),
        recipients: recipients(&mail),
        subject,
        said: shortened(&visible(&parts.said), TEXT_LETTERS),
        rest: shortened(&visible(&parts.rest), REST_LETTERS),
        files: files(&mail),
        writer,
    })
}

/// The words of a mail. Of a mail in both forms the text counts.
fn body_of(mail: &Message<'_>) -> String {
    let mut said = Vec::new();
    for body in mail.text_bodies().take(PARTS) {
        match &body.body {
            PartType::Text(text) => said.push(text.to_string()),
            PartType::Html(html) => said.push(of_html(head_of(html, HTML_BYTES))),
            _ => {}
        }
    }
    if said.iter().all(|text| text.trim().is_empty()) {
        let html = mail
            .html_bodies()
            .take(PARTS)
            .filter_map(|body| match &body.body {
                PartType::Html(html) => Some(of_html(head_of(html, HTML_BYTES))),
                _ => None,
            });
        said = html.collect();
    }
    said.join("\n\n")
}

fn files(mail: &Message<'_>) -> Vec<IncomingFile> {
    let mut found = Vec::new();
    for part in mail.attachments().take(PARTS) {
        let bytes = match &part.body {
            PartType::Message(message) => message.raw_message().to_vec(),
            PartType::Multipart(_) => continue,
            _ => part.contents().to_vec(),
        };
        if bytes.is_empty() {
            continue;
        }
        let name = part.attachment_name().map(str::to_string);
        let name = name.unwrap_or_else(|| format!("{}.{}", found.len() + 1, ending_of(part)));
        found.push(IncomingFile { name, bytes });
    }
    found
}

/// An ending for a file that came without a name.
fn ending_of(part: &MessagePart<'_>) -> String {
    let subtype = part.content_type().and_then(|kind| kind.subtype());
    let subtype = subtype.unwrap_or("bin").to_lowercase();
    match subtype.as_str() {
        "plain" => "txt".into(),
        "rfc822" => "eml".into(),
        "jpeg" => "jpg".into(),
        other => other
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .take(8)
            .collect(),
    }
}

/// To whom it went: what the sender wrote, and what the servers on the way noted.
fn recipients(mail: &Message<'_>) -> Vec<String> {
    let written = [mail.to(), mail.cc()].into_iter().flatten();
    let written = written
        .flat_map(Address::iter)
        .filter_map(|it| it.address());
    let mut found: Vec<String> = written.take(PARTS).map(str::to_string).collect();
    for name in [
        "Delivered-To",
        "X-Original-To",
        "Envelope-To",
        "X-Envelope-To",
        "X-Forwarded-To",
    ] {
        for value in mail.header_as(name, HeaderForm::Raw).into_iter().take(20) {
            let text = value.as_text().unwrap_or_default();
            found.push(text.trim_matches(['<', '>', ' ']).to_string());
        }
    }
    found
}

/// What makes a mail this one. Servers add headers on the way, and each way adds others; so
/// only what its sender wrote counts.
fn fingerprint(mail: &Message<'_>, raw: &[u8]) -> String {
    let body = mail.root_part().raw_body_offset() as usize;
    let mut digest = Sha256::new();
    for name in ["Message-ID", "From", "Date", "Subject", "To"] {
        let value = mail.header_raw(name).unwrap_or_default();
        digest.update(value.split_whitespace().collect::<Vec<_>>().join(" "));
        digest.update([0]);
    }
    digest.update(raw.get(body..).unwrap_or_default());
    hex(&digest.finalize()[..20])
}

// ── who wrote it ────────────────────────────────────────────────────────────────

fn writer_of(mail: &Message<'_>, from: &str, subject: &str, own: &dyn Fn(&str) -> bool) -> Writer {
    let local = from.split('@').next().unwrap_or_default();
    let by_server = ["mailer-daemon", "postmaster", "mail-daemon"].contains(&local);
    let kind = mail.content_type();
    let is_report = kind.is_some_and(|kind| {
        kind.ctype().eq_ignore_ascii_case("multipart")
            && kind
                .subtype()
                .is_some_and(|it| it.eq_ignore_ascii_case("report"))
    });
    let report = kind.and_then(|kind| kind.attribute("report-type"));
    let is_delivery = report.is_some_and(|it| it.eq_ignore_ascii_case("delivery-status"));
    if by_server || is_report && is_delivery {
        return bounce_of(mail).map_or(Writer::Program("mail_server"), Writer::MailServer);
    }
    if is_report {
        return Writer::Program("receipt");
    }
    if own(from) {
        return Writer::Program("own_address");
    }
    let header = |name: &'static str| {
        let value = mail.header_raw(name)?;
        Some(value.trim().to_lowercase())
    };
    if header("Auto-Submitted").is_some_and(|it| !it.is_empty() && !it.starts_with("no")) {
        return Writer::Program("auto_submitted");
    }
    let is_bulk = |it: String| ["bulk", "junk", "list", "auto_reply"].contains(&it.as_str());
    if header("Precedence").is_some_and(is_bulk) {
        return Writer::Program("bulk");
    }
    let lists = [
        "List-Id",
        "List-Unsubscribe",
        "List-Post",
        "List-Help",
        "Feedback-ID",
    ];
    if lists.into_iter().any(|name| header(name).is_some()) {
        return Writer::Program("list");
    }
    let robots = [
        "X-Autoreply",
        "X-Autorespond",
        "X-Auto-Reply",
        "X-Mail-Autoreply",
        "X-FC-MachineGenerated",
    ];
    if robots
        .into_iter()
        .any(|name| header(name).is_some_and(|it| it != "no"))
    {
        return Writer::Program("auto_reply");
    }
    if header("Return-Path").is_some_and(|it| it == "<>") {
        return Writer::Program("null_return_path");
    }
    if NO_REPLY.is_match(local) {
        return Writer::Program("no_reply");
    }
    if AWAY.is_match(subject) {
        return Writer::Program("away");
    }
    Writer::Person
}

/// An address as one is kept; `None` for anything else that stands where one should.
fn address_of(text: &str) -> Option<String> {
    let address = text.trim().to_lowercase();
    let is_one = address.len() <= 254 && address.parse::<lettre::Address>().is_ok();
    is_one.then_some(address)
}

/// What a mail server says of a mail of ours; `None` if it names none.
fn bounce_of(mail: &Message<'_>) -> Option<Bounce> {
    let (mut status, mut said, mut to, mut action) = (None, None, None, None);
    let mut addresses = Vec::new();
    for part in mail.parts.iter().take(PARTS) {
        let is = |subtype: &str| {
            part.content_type().is_some_and(|kind| {
                kind.subtype()
                    .is_some_and(|it| it.eq_ignore_ascii_case(subtype))
            })
        };
        let text = String::from_utf8_lossy(head(part.contents(), 64 * 1024)).into_owned();
        if is("delivery-status") {
            let field = |name: &str| field_of(&text, name);
            status = status.or(field("Status"));
            said = said.or(field("Diagnostic-Code"));
            action = action.or(field("Action"));
            // The address that we wrote to, before anybody passed the mail on.
            let address = field("Original-Recipient").or(field("Final-Recipient"));
            to = to.or(address.and_then(|it| address_of(it.rsplit(';').next()?)));
        }
        if let PartType::Message(original) = &part.body {
            addresses.extend(recipients(original));
            let reply_to = original.reply_to().into_iter().flat_map(Address::iter);
            addresses.extend(reply_to.filter_map(|it| it.address()).map(str::to_string));
        } else if !part.is_multipart() {
            addresses.extend(
                ADDRESS
                    .find_iter(&text)
                    .take(50)
                    .map(|it| it.as_str().to_string()),
            );
        }
    }
    let body = body_of(mail);
    let said = said.or_else(|| REFUSED.find(&body).map(|it| it.as_str().to_string()));
    let is_final = match action.as_deref() {
        Some(action) => action.eq_ignore_ascii_case("failed"),
        None => said.is_some(),
    };
    let said = [status, said]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" ");
    (!addresses.is_empty()).then(|| Bounce {
        is_final,
        to,
        said: one_line(&said, 300),
        addresses,
    })
}

/// A field of a delivery status, with the lines that go on with it.
fn field_of(text: &str, name: &str) -> Option<String> {
    let mut lines = text.lines();
    let value = lines.by_ref().find_map(|line| {
        let (field, value) = line.split_once(':')?;
        field
            .trim()
            .eq_ignore_ascii_case(name)
            .then(|| value.trim().to_string())
    })?;
    let more = lines.take_while(|line| line.starts_with([' ', '\t']));
    Some(more.fold(value, |value, line| format!("{value} {}", line.trim())))
}

static ADDRESS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"[A-Za-z0-9._%+=-]{1,64}@[A-Za-z0-9.-]{1,200}"));
static REFUSED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)\b5\.\d{1,3}\.\d{1,3}\b[^\n]{0,200}|\b55\d[ -][^\n]{0,200}"));
static NO_REPLY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^(?:no|do-?not|ne-?pas|nicht|nao|não)[-_.]?(?:reply|respond|repondre|antworten|responder|responda)",
    )
});
/// What programs write into the subject when somebody is away, and forget to say otherwise.
static AWAY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?ix)^\s*(?:(?:re|aw|sv)\s*:\s*)?(?:automatic\ reply | auto(?:matic)?[-\ ]?(?:response|reply) | out\ of\ (?:the\ )?office
        | automatische\ antwort | abwesenheitsnotiz | r[ée]ponse\ automatique | absence\ du\ bureau
        | respuesta\ autom[áa]tica | fuera\ de\ la\ oficina | resposta\ autom[áa]tica | risposta\ automatica
        | automatisch\ antwoord | automatiskt\ svar | автоответ | автоматический\ ответ
        | 自动回复 | 自動回覆 | 自動応答 | 自動返信 | 不在通知 | رد\ تلقائي)",
    )
});
/// A mail that was passed on, by its subject.
static PASSED_ON: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?i)^\s*(?:fwd?|wg|tr|rv|enc|i|转发|轉寄|転送|إعادة توجيه)\s*[:：]")
});

fn is_passed_on(subject: &str) -> bool {
    PASSED_ON.is_match(subject)
}

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the patterns are tested")
}

// ── texts ───────────────────────────────────────────────────────────────────────

/// A text without what cannot be seen: control signs would hide or turn others.
fn visible(text: &str) -> String {
    let is_hidden = |c: char| {
        c.is_control() && !matches!(c, '\n' | '\t')
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{200b}')
    };
    let seen: String = text.chars().filter(|c| !is_hidden(*c)).collect();
    seen.trim().to_string()
}

fn one_line(text: &str, letters: usize) -> String {
    let line = visible(text)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    line.chars().take(letters).collect()
}

fn shortened(text: &str, letters: usize) -> String {
    match text.char_indices().nth(letters) {
        Some((end, _)) => format!("{} …", text[..end].trim_end()),
        None => text.to_string(),
    }
}

fn head(bytes: &[u8], most: usize) -> &[u8] {
    &bytes[..bytes.len().min(most)]
}

fn head_of(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

#[cfg(test)]
#[path = "incoming_tests.rs"]
mod tests;
