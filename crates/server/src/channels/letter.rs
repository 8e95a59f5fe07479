//! A mail as it travels: as text and as HTML, in the reader's language and writing
//! direction, threaded by conversation. What people called themselves cannot become a
//! header, and what they said cannot become markup.

use lettre::Address;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Body, Mailbox, Message, MessageBuilder, MultiPart};

use super::{Mail, MailFile};

/// Puts a mail together. `Err` says what is wrong with it.
pub(super) fn compose(mail: &Mail, from: &Address) -> Result<Message, String> {
    let domain = from.domain();
    let to: Address = mail
        .to
        .parse()
        .map_err(|_| "the recipient's address does not read".to_string())?;
    let thread = format!("<{}@{domain}>", mail.thread_id);
    let answered = mail.in_reply_to.as_deref().and_then(message_id);
    // Mail programs find the thread by the last mail, and by the first where that is missing.
    let references = match &answered {
        Some(answered) => format!("{thread} {answered}"),
        None => thread.clone(),
    };
    let reply_to = mail
        .reply_to
        .as_deref()
        .map(str::parse::<Address>)
        .transpose();
    let reply_to = reply_to.map_err(|_| "the address for answers does not read".to_string())?;
    let builder = MessageBuilder::new()
        .from(Mailbox::new(Some(one_line(&mail.from_name)), from.clone()))
        .to(Mailbox::new(mail.to_name.as_deref().map(one_line), to))
        .subject(one_line(&mail.subject))
        .message_id(Some(format!("<{}@{domain}>", mail.message_id)))
        .in_reply_to(answered.unwrap_or(thread))
        .references(references)
        .raw_header(header("Content-Language", &mail.language))
        // Out-of-office notes and receipts would come back as answers.
        .raw_header(header("X-Auto-Response-Suppress", "All"));
    let builder = if mail.automatic {
        builder.raw_header(header("Auto-Submitted", "auto-generated"))
    } else {
        builder
    };
    let builder = match reply_to {
        Some(address) => builder.reply_to(Mailbox::new(Some(one_line(&mail.from_name)), address)),
        None => builder,
    };
    let words = MultiPart::alternative_plain_html(text(mail), html(mail));
    let whole = match mail.files.as_slice() {
        [] => words,
        files => with_files(words, files)?,
    };
    builder
        .multipart(whole)
        .map_err(|error| format!("it could not be put together: {error}"))
}

/// The words first, then each file as an attachment.
fn with_files(words: MultiPart, files: &[MailFile]) -> Result<MultiPart, String> {
    let words = MultiPart::mixed().multipart(words);
    files.iter().try_fold(words, |mail, file| {
        let content_type = ContentType::parse(file.content_type)
            .map_err(|error| format!("`{}` is no media type: {error}", file.content_type))?;
        // Any other encoding may change the ends of a text's lines.
        let encoding = ContentTransferEncoding::Base64;
        let bytes = Body::new_with_encoding(file.bytes.clone(), encoding)
            .map_err(|_| format!("`{}` does not encode", file.name))?;
        let part = Attachment::new(one_line(&file.name)).body(bytes, content_type);
        Ok(mail.singlepart(part))
    })
}

/// The id of somebody else's mail, if it can stand in a header of ours.
fn message_id(id: &str) -> Option<String> {
    let is_fine = |c: char| c.is_ascii_graphic() && !"<>(),;\\\"".contains(c);
    let fits = id.len() <= 250 && id.contains('@') && id.chars().all(is_fine);
    fits.then(|| format!("<{id}>"))
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), one_line(value))
}

/// What stands in a header has one line, whatever somebody called themselves: a line break
/// would begin a header of theirs.
fn one_line(text: &str) -> String {
    let is_break = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    text.replace(is_break, " ").trim().to_string()
}

fn text(mail: &Mail) -> String {
    let said = format!("{}\n\n{}\n", mail.text, mail.signature);
    if mail.footer.is_empty() {
        return said;
    }
    format!("{said}\n-- \n{}\n", mail.footer)
}

/// The same, so that a reader from right to left has it as it is written. Nothing in it
/// is fetched from anywhere, and nothing of what was said becomes markup.
fn html(mail: &Mail) -> String {
    // Of the languages that Segue speaks one is written from right to left.
    let direction = if mail.language == "ar" { "rtl" } else { "ltr" };
    let said: String = mail
        .text
        .split("\n\n")
        .map(|part| part.trim_matches('\n'))
        .filter(|part| !part.is_empty())
        .map(|part| format!("<p dir=\"auto\">{}</p>\n", lines(part)))
        .collect();
    format!(
        "<!doctype html>\n<html lang=\"{language}\" dir=\"{direction}\">\n\
         <head><meta charset=\"utf-8\"><title>{subject}</title></head>\n\
         <body style=\"font-family:sans-serif;font-size:16px;line-height:1.5;max-width:40em\">\n\
         {said}<p dir=\"auto\">{signature}</p>\n\
         <p style=\"color:#595959;font-size:14px\">{footer}</p>\n</body>\n</html>\n",
        language = escaped(&mail.language),
        subject = escaped(&mail.subject),
        signature = lines(&mail.signature),
        footer = lines(&mail.footer),
    )
}

fn lines(text: &str) -> String {
    escaped(text).replace('\n', "<br>\n")
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail() -> Mail {
        Mail {
            to: "sara@example.com".into(),
            to_name: Some("Sara".into()),
            from_name: "Fernhill".into(),
            subject: "Re: your conversation".into(),
            text: "Your tent is on its way.\nIt comes on Monday.\n\nMaya".into(),
            signature: "Maya, Fernhill".into(),
            footer: "You can answer in the chat window.".into(),
            language: "en".into(),
            automatic: false,
            message_id: "msg_1".into(),
            thread_id: "conv_1".into(),
            in_reply_to: None,
            reply_to: None,
            files: vec![],
        }
    }

    fn source(mail: &Mail) -> String {
        let from = "help@fernhill.example".parse().unwrap();
        String::from_utf8(compose(mail, &from).unwrap().formatted()).unwrap()
    }

    /// The names of the headers before the first empty line, in small letters.
    fn headers(source: &str) -> Vec<String> {
        let (head, _) = source.split_once("\r\n\r\n").unwrap();
        head.split("\r\n")
            .filter(|line| !line.starts_with([' ', '\t']))
            .map(|line| line.split(':').next().unwrap().to_lowercase())
            .collect()
    }

    /// Attack case 55.
    #[test]
    fn no_name_and_no_subject_makes_a_header_of_its_own() {
        let known = headers(&source(&mail()));
        for wicked in [
            "Sara\r\nBcc: everybody@example.com",
            "Sara\nBcc: everybody@example.com",
            "Sara\rBcc: everybody@example.com",
            "Sara\r\n\r\n<script>alert(1)</script>",
            "Sara\u{2028}Bcc: everybody@example.com",
            "Sara\" <everybody@example.com>, \"",
            "=?utf-8?Q?=0D=0ABcc:_everybody@example.com?=",
            "\0",
            "سارة\r\nBcc: x@example.com",
        ] {
            let mail = Mail {
                to_name: Some(wicked.into()),
                from_name: wicked.into(),
                subject: wicked.into(),
                signature: wicked.into(),
                ..mail()
            };
            let source = source(&mail);
            assert_eq!(headers(&source), known, "{wicked:?}: {source}");
            let sent_to = compose(&mail, &"help@fernhill.example".parse().unwrap());
            let sent_to = sent_to.unwrap().envelope().to().to_vec();
            assert_eq!(sent_to, ["sara@example.com".parse::<Address>().unwrap()]);
        }
    }

    #[test]
    fn an_address_that_is_two_is_refused() {
        for to in [
            "sara@example.com, x@example.com",
            "sara@example.com\r\nBcc: x@example.com",
            "",
        ] {
            let mail = Mail {
                to: to.into(),
                ..mail()
            };
            let from = "help@fernhill.example".parse().unwrap();
            assert!(compose(&mail, &from).is_err(), "{to:?}");
        }
    }

    #[test]
    fn it_threads_by_conversation_and_says_whether_a_program_wrote_it() {
        let by_agent = source(&mail());
        assert!(by_agent.contains("Message-ID: <msg_1@fernhill.example>"));
        assert!(by_agent.contains("References: <conv_1@fernhill.example>"));
        assert!(by_agent.contains("In-Reply-To: <conv_1@fernhill.example>"));
        assert!(!by_agent.contains("Auto-Submitted"));
        let by_program = source(&Mail {
            automatic: true,
            ..mail()
        });
        assert!(by_program.contains("Auto-Submitted: auto-generated"));
    }

    #[test]
    fn an_answer_refers_to_what_it_answers_and_says_where_answers_go() {
        let answer = |id: &str| {
            source(&Mail {
                in_reply_to: Some(id.into()),
                reply_to: Some("help+abc@fernhill.example".into()),
                ..mail()
            })
        };
        let sent = answer("x.1+2@customer.example");
        assert!(
            sent.contains("In-Reply-To: <x.1+2@customer.example>"),
            "{sent}"
        );
        assert!(sent.contains("References: <conv_1@fernhill.example> <x.1+2@customer.example>"));
        assert!(sent.contains("<help+abc@fernhill.example>"), "{sent}");
        // Attack case 55: somebody else's id makes no header and no second id.
        for wicked in ["a@b>\r\nBcc: <all@example.com", "a@b> <c@d", "no id", ""] {
            let sent = answer(wicked);
            assert!(
                sent.contains("In-Reply-To: <conv_1@fernhill.example>"),
                "{sent}"
            );
            assert!(!sent.contains("Bcc") && !sent.contains("c@d"), "{sent}");
        }
    }

    #[test]
    fn what_was_said_is_text_in_both_forms() {
        let mail = Mail {
            text: "<img src=x onerror=alert(1)> & \"more\"\n\nsecond".into(),
            ..mail()
        };
        assert!(text(&mail).starts_with("<img src=x"));
        let html = html(&mail);
        assert!(!html.contains("<img"), "{html}");
        assert!(html.contains("&lt;img src=x onerror=alert(1)&gt; &amp; &quot;more&quot;</p>"));
        assert!(html.contains("<p dir=\"auto\">second</p>"));
    }

    /// Attack cases 31 and 35: a drawing that would run is an attachment of bytes, and its
    /// name stands in its own header.
    #[test]
    fn files_are_attachments_byte_for_byte() {
        let mail = Mail {
            files: vec![MailFile {
                name: "logo\r\nBcc: all@example.com\".svg.txt".into(),
                content_type: "application/octet-stream",
                bytes: b"<svg onload=alert(1)>\n\r\n".to_vec(),
            }],
            ..mail()
        };
        let source = source(&mail);
        assert_eq!(source.matches("Content-Disposition: attachment").count(), 1);
        assert!(source.contains("Content-Type: application/octet-stream"));
        assert!(
            source.contains("PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+Cg0K"),
            "{source}"
        );
        assert!(!source.contains("<svg"), "{source}");
        let is_new_header = |line: &str| line.trim_start().starts_with("Bcc:");
        assert!(!source.lines().any(is_new_header), "{source}");
    }

    #[test]
    fn arabic_is_laid_out_from_right_to_left() {
        let mail = Mail {
            language: "ar".into(),
            text: "خيمتك في الطريق.".into(),
            ..mail()
        };
        assert!(html(&mail).contains("<html lang=\"ar\" dir=\"rtl\">"));
        assert!(source(&mail).contains("Content-Language: ar"));
    }
}
