//! What of a mail's text was written now, and what is only carried along: the quoted mail
//! before it and the signature. For reading; the whole is kept beside it.
//!
//! Mail programs agree on little, so the signs are taken in the order of their certainty:
//! `>` at the beginning of a line, the line that introduces a quote ("On … wrote:", in the
//! languages of the big programs), Outlook's block of headers, `-- `, and what telephones
//! put at the end. A quote may stand below, above or between the answers. Where nothing
//! would be left the text is kept as it came: words lost are worse than words repeated.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::sources::fragment;

/// The lines over which the introduction of a quote may be wrapped.
const WRAPPED: usize = 3;
/// The longest introduction, in letters.
const LONGEST_INTRODUCTION: usize = 300;

/// A mail's text in two.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// What was written now.
    pub said: String,
    /// What was carried along: quotes and signatures, in their order.
    pub rest: String,
}

/// Parts a mail. Of a mail that was passed on the quote is what its sender wants to show,
/// so it stays.
pub fn part(text: &str, is_passed_on: bool) -> Parts {
    let lines = lines_of(text);
    let mut kept = vec![true; lines.len()];
    if !is_passed_on {
        cut_quotes(&lines, &mut kept);
    }
    cut_signatures(&lines, &mut kept);
    let of = |wanted: bool| {
        let chosen = lines.iter().zip(&kept).filter(|(_, kept)| **kept == wanted);
        tidy(chosen.map(|(line, _)| line.as_str()))
    };
    let (said, rest) = (of(true), of(false));
    if !said.is_empty() {
        return Parts { said, rest };
    }
    // Below a quote that is not marked as one nobody can tell where the answer begins.
    let unmarked = tidy(lines.iter().map(String::as_str).filter(|it| !is_marked(it)));
    if unmarked.is_empty() || lines.iter().any(|line| is_marked(line)) {
        return Parts { said, rest };
    }
    Parts {
        said: unmarked,
        rest: String::new(),
    }
}

/// A mail's HTML as text: nothing is fetched and nothing of it can run. Quotes are marked as
/// quotes of text are; a link shows where it leads.
pub fn of_html(html: &str) -> String {
    let text = fragment(html);
    // Markup without any words, such as a single picture, comes back as it was.
    if text == html.trim() && text.starts_with('<') {
        return String::new();
    }
    let plain = LINK.replace_all(&text, |found: &Captures<'_>| {
        let (shown, to) = (&found[1], &found[2]);
        let address = to.strip_prefix("mailto:").unwrap_or(to);
        if shown == address {
            address.to_string()
        } else {
            format!("{shown} ({address})")
        }
    });
    plain.into_owned()
}

fn lines_of(text: &str) -> Vec<String> {
    let text = text
        .replace("\r\n", "\n")
        .replace(['\r', '\u{2028}', '\u{2029}'], "\n");
    let line = |line: &str| line.replace('\u{a0}', " ").trim_end().to_string();
    text.split('\n').map(line).collect()
}

fn is_marked(line: &str) -> bool {
    line.trim_start().starts_with('>')
}

fn cut_quotes(lines: &[String], kept: &mut [bool]) {
    let mut at = 0;
    while at < lines.len() {
        let line = lines[at].trim();
        if PASSED_ON.is_match(line) {
            return;
        }
        if is_marked(line) {
            kept[at] = false;
            at += 1;
            continue;
        }
        if let Some(length) = introduction(&lines[at..]) {
            kept[at..at + length].fill(false);
            at += length;
            let next = lines[at..].iter().find(|line| !line.trim().is_empty());
            if next.is_some_and(|line| !is_marked(line)) {
                // A quote that is not marked goes on to the end.
                kept[at..].fill(false);
                return;
            }
            continue;
        }
        if ORIGINAL.is_match(line) || is_header_block(&lines[at..]) {
            kept[at..].fill(false);
            // The line that is drawn above it.
            let drawn = |line: &str| line.len() >= 5 && line.chars().all(|c| "_-–—*".contains(c));
            for above in (0..at).rev().take(2) {
                kept[above] &= !drawn(lines[above].trim());
            }
            return;
        }
        at += 1;
    }
}

/// The lines of the introduction of a quote that begins here, if one does.
fn introduction(lines: &[String]) -> Option<usize> {
    if lines[0].trim().is_empty() {
        return None;
    }
    let mut joined = String::new();
    for (n, line) in lines.iter().take(WRAPPED).enumerate() {
        let line = line.trim();
        if line.is_empty() || is_marked(line) {
            return None;
        }
        if n > 0 {
            joined.push(' ');
        }
        joined.push_str(line);
        if joined.chars().count() > LONGEST_INTRODUCTION {
            return None;
        }
        if !joined.ends_with([':', '：']) {
            continue;
        }
        let is_quoted = lines[n + 1..]
            .iter()
            .find(|line| !line.trim().is_empty())
            .is_some_and(|line| is_marked(line));
        let has_date = joined.chars().any(char::is_numeric);
        let says_so = WROTE.is_match(&joined) && (has_date || is_quoted);
        if says_so || has_date && BY_ADDRESS.is_match(&joined) {
            return Some(n + 1);
        }
    }
    None
}

/// Outlook's way: the headers of the earlier mail, one below the other.
fn is_header_block(lines: &[String]) -> bool {
    if !FROM.is_match(lines[0].trim()) {
        return false;
    }
    let more = lines[1..].iter().take(6);
    more.filter(|line| OTHER_HEADER.is_match(line.trim()))
        .count()
        >= 2
}

fn cut_signatures(lines: &[String], kept: &mut [bool]) {
    // Each stretch that was kept ends by itself: answers may stand above and below a quote.
    let mut at = 0;
    while at < lines.len() {
        if !kept[at] {
            at += 1;
            continue;
        }
        let end = (at..lines.len()).find(|n| !kept[*n]).unwrap_or(lines.len());
        let dashes = (at..end).find(|n| matches!(lines[*n].as_str(), "--" | "—" | "-- "));
        if let Some(begin) = dashes {
            kept[begin..end].fill(false);
        }
        let last = (at..dashes.unwrap_or(end))
            .rev()
            .find(|n| !lines[*n].trim().is_empty());
        if let Some(last) = last.filter(|n| BY_TELEPHONE.is_match(lines[*n].trim())) {
            kept[last] = false;
        }
        at = end;
    }
}

/// Lines as a text: no more than one empty line between two, none at the ends.
fn tidy<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    let mut text = String::new();
    let mut is_gap = false;
    for line in lines {
        if line.trim().is_empty() {
            is_gap = true;
            continue;
        }
        if !text.is_empty() {
            text.push_str(if is_gap { "\n\n" } else { "\n" });
        }
        text.push_str(line);
        is_gap = false;
    }
    text
}

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the patterns are tested")
}

/// A link as Markdown writes it.
static LINK: LazyLock<Regex> = LazyLock::new(|| pattern(r"\[([^\[\]]*)\]\(([^()\s]+)\)"));

/// "On … wrote:" as the big programs say it.
static WROTE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?ix)^(?:
        on\b.{2,260}\bwrote
        | am\b.{2,260}\bschrieb\b.{0,150} | .{2,200}\bschrieb\ am\b.{2,100}
        | le\b.{2,260}\ba\s+[ée]crit\s*
        | el\b.{2,260}\bescribi[óo]
        | (?:em|a|no\ dia)\b.{2,260}\bescreveu
        | il\b.{2,260}\bha\ scritto
        | op\b.{2,260}\bschreef\b.{0,150}
        | den\b.{2,260}\bskrev\b.{0,150}
        | .{2,260}\bnapisał(?:\(a\)|a)?
        | .{2,260}(?:написал|пишет)(?:\(а\)|а)?
        | .{2,260}(?:写道|寫道) | .{2,260}(?:のメール|が書きました|さんは書きました)
        | .{2,260}님이\ 작성 | .{2,260}(?:كتب|كتبت|تمت\ كتابة)\b.{0,200}
        )\s*[:：]$",
    )
});

/// The same in any language: a date, and who it was between brackets.
static BY_ADDRESS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^[^<>]{4,220}[<＜][^<>\s]+@[^<>\s]+[>＞][^<>]{0,40}[:：]$"));

/// A line that announces the mail that was answered.
static ORIGINAL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?ix)^-{2,}\s*(?:original\ message | urspr[üu]ngliche\ nachricht | message\ d['’]origine
        | message\ original | mensaje\ original | mensagem\ original | messaggio\ originale
        | oorspronkelijk\ bericht | 原始邮件 | 原始郵件 | 元のメッセージ | الرسالة\ الأصلية)\s*-{2,}$",
    )
});

/// A line that announces a mail that is passed on: what follows is meant to be read.
static PASSED_ON: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?ix)^(?:-{2,}\s*)?(?:begin\ )?(?:forwarded\ message | weitergeleitete\ nachricht
        | message\ transf[ée]r[ée] | mensaje\ reenviado | mensagem\ encaminhada | messaggio\ inoltrato
        | doorgestuurd\ bericht | 转发的?邮件 | 轉寄的郵件 | 転送されたメッセージ | رسالة\ معاد\ توجيهها)\s*:?\s*(?:-{2,})?$",
    )
});

/// The first of the headers that Outlook quotes.
static FROM: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?ix)^\*{0,2}(?:from|von|de|da|van|fr[åa]n|fra|od|от|发件人|寄件者|差出人|보낸\ 사람|من)\*{0,2}\s*[:：]\*{0,2}\s*\S",
    )
});

/// The others of them.
static OTHER_HEADER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?ix)^\*{0,2}(?:sent|date|to|cc|subject|gesendet|datum|an|betreff|envoy[ée]|à|a|objet
        |enviado(?:\ el)?|enviada(?:\ em)?|fecha|para|asunto|assunto|data|inviato|oggetto|verzonden|aan|onderwerp
        |发送时间|收件人|抄送|主题|日期|寄件日期|收件者|主旨|送信日時|宛先|件名|日付
        |تاريخ|إلى|الموضوع|تم\ الإرسال)\*{0,2}\s*[:：]",
    )
});

/// What telephones and programs put below every mail.
static BY_TELEPHONE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?ix)^(?:sent\ (?:from|with|via)\ .{2,60} | get\ outlook\ for\ .{2,40}
        | von\ meinem\ .{2,40}\ gesendet | gesendet\ (?:von|mit)\ .{2,60}
        | envoy[ée]\ (?:de|depuis|à\ partir)\ .{2,60} | enviado\ (?:desde|do|de|a\ partir)\ .{2,60}
        | inviato\ da\ .{2,60} | verzonden\ (?:vanaf|met|van)\ .{2,60} | отправлено\ (?:с|из)\ .{2,60}
        | 发自我的.{1,40} | 發自我的.{1,40} | .{1,30}から送信 | أ?ُ?رسلت\ من\ .{2,40} | تم\ الإرسال\ من\ .{2,40})[.!]?$",
    )
});

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, said: &str) {
        let parts = part(text, false);
        assert_eq!(parts.said, said, "of {text:?} was cut {:?}", parts.rest);
    }

    #[test]
    fn the_introduction_of_a_quote_is_known_in_many_languages() {
        for introduction in [
            "On Thu, Mar 5, 2026 at 10:00 AM Fernhill <help@fernhill.example> wrote:",
            "On 5 Mar 2026, at 10:00, Maya <help+abc@fernhill.example> wrote:",
            "On Thu, Mar 5, 2026 at 10:00 AM Fernhill\n<help@fernhill.example> wrote:",
            "Am Do., 5. März 2026 um 10:00 Uhr schrieb Fernhill <help@fernhill.example>:",
            "Am 05.03.2026 um 10:00 schrieb Fernhill:",
            "Le jeu. 5 mars 2026 à 10:00, Fernhill <help@fernhill.example> a écrit :",
            "Le jeu. 5 mars 2026 à 10:00, Fernhill <help@fernhill.example> a\nécrit\u{a0}:",
            "El jue, 5 mar 2026 a las 10:00, Fernhill (<help@fernhill.example>) escribió:",
            "Em qui., 5 de mar. de 2026 às 10:00, Fernhill <help@fernhill.example> escreveu:",
            "Il giorno gio 5 mar 2026 alle ore 10:00 Fernhill <help@fernhill.example> ha scritto:",
            "Op do 5 mrt 2026 om 10:00 schreef Fernhill <help@fernhill.example>:",
            "Den tors 5 mars 2026 kl 10:00 skrev Fernhill <help@fernhill.example>:",
            "чт, 5 мар. 2026 г. в 10:00, Fernhill <help@fernhill.example>:",
            "Fernhill <help@fernhill.example> 于2026年3月5日周四 10:00写道：",
            "2026年3月5日(木) 10:00 Fernhill <help@fernhill.example>:",
            "في الخميس، ٥ مارس ٢٠٢٦ في ١٠:٠٠ ص تمت كتابة ما يلي بواسطة Fernhill <help@fernhill.example>:",
        ] {
            check(
                &format!("It works now.\n\n{introduction}\n> Did you try it?\n> Maya"),
                "It works now.",
            );
            // Programs that make text of HTML leave the marks out.
            check(
                &format!("It works now.\n\n{introduction}\n\nDid you try it?\nMaya"),
                "It works now.",
            );
        }
    }

    #[test]
    fn answers_stand_above_below_and_between() {
        let wrote = "On 5 Mar 2026, at 10:00, Maya wrote:";
        check(
            &format!("{wrote}\n> Which size?\n\nSize two, please."),
            "Size two, please.",
        );
        check(
            &format!("Hello Maya,\n\n{wrote}\n> Which size?\n\nTwo.\n\n> Which colour?\n\nGreen."),
            "Hello Maya,\n\nTwo.\n\nGreen.",
        );
        check("> Which size?\nTwo.", "Two.");
        // Without any mark nobody can tell, so nothing is lost.
        check(
            &format!("{wrote}\nWhich size?\n\nTwo."),
            &format!("{wrote}\nWhich size?\n\nTwo."),
        );
    }

    #[test]
    fn html_becomes_text_with_its_quotes_marked() {
        let gmail = "<div dir=\"ltr\">My tent leaks.<br>See <a href=\"https://x.example/a\">this</a></div>\
            <div class=\"gmail_quote\"><div>On Thu, Mar 5, 2026 at 10:00 AM Fernhill \
            &lt;<a href=\"mailto:h@f.example\">h@f.example</a>&gt; wrote:<br></div>\
            <blockquote class=\"gmail_quote\"><p>Did it help?</p></blockquote></div>";
        check(
            &of_html(gmail),
            "My tent leaks.\nSee this (https://x.example/a)",
        );
        let outlook = "<html><head><style>p {color:red}</style><script>alert(1)</script></head><body>\
            <p class=MsoNormal>Broken again.</p><div id=\"divRplyFwdMsg\"><b>From:</b> Fernhill<br>\
            <b>Sent:</b> Thursday<br><b>To:</b> Ida<br></div><div>Did it help?</div></body></html>";
        check(&of_html(outlook), "Broken again.");
        for nothing in ["<img src=\"https://track.example/x.gif\">", "<p></p>", "  "] {
            assert_eq!(of_html(nothing), "", "{nothing}");
        }
    }

    #[test]
    fn outlook_quotes_headers() {
        for block in [
            "From: Fernhill <help@fernhill.example>\nSent: Thursday, March 5, 2026 10:00 AM\nTo: Ida\nSubject: Re: Tent",
            "________________________________\nVon: Fernhill <help@fernhill.example>\nGesendet: Donnerstag, 5. März 2026 10:00\nAn: Ida\nBetreff: AW: Zelt",
            "De : Fernhill <help@fernhill.example>\nEnvoyé : jeudi 5 mars 2026 10:00\nÀ : Ida\nObjet : RE: Tente",
            "*De:* Fernhill\n*Enviado el:* jueves, 5 de marzo de 2026 10:00\n*Para:* Ida\n*Asunto:* RE: Tienda",
            "发件人: Fernhill\n发送时间: 2026年3月5日 10:00\n收件人: Ida\n主题: 回复: 帐篷",
            "-----Original Message-----\nanything",
            "-----Ursprüngliche Nachricht-----\nanything",
        ] {
            check(
                &format!("It is broken again.\n\n{block}\n\nDear Ida, did it help?"),
                "It is broken again.",
            );
        }
        // One such line makes no block.
        let letter = "From: where I stand it looks broken.\nCan you help?";
        check(letter, letter);
    }

    #[test]
    fn signatures_are_left_out() {
        check(
            "Where is my tent?\n-- \nIda Berg\nBerg & Sons",
            "Where is my tent?",
        );
        check("Where is my tent?\n--\nIda", "Where is my tent?");
        for line in [
            "Sent from my iPhone",
            "Get Outlook for Android",
            "Von meinem iPhone gesendet",
            "Gesendet mit der GMX Mail App",
            "Envoyé de mon iPhone",
            "Enviado desde mi iPhone",
            "Enviado do meu iPhone",
            "发自我的iPhone",
            "iPhoneから送信",
            "أرسلت من الـ iPhone",
        ] {
            check(&format!("Where is my tent?\n\n{line}"), "Where is my tent?");
            let quoted = "On 5 Mar 2026, Maya wrote:\n> Hello";
            check(
                &format!("Where is my tent?\n\n{line}\n\n{quoted}"),
                "Where is my tent?",
            );
        }
        let not_last = "Sent from my iPhone it fails,\nfrom the computer it works.";
        check(not_last, not_last);
    }

    #[test]
    fn what_people_write_is_not_taken_for_a_quote() {
        for text in [
            "On Monday the courier wrote:\nnobody at home. But I was!",
            "A list:\n- one\n- two",
            "I paid 20 EUR on 5 March. My address is:\nIda, Street 7",
            "De: I do not know.\nPara que?",
            "--------\nHello",
        ] {
            check(text, text);
        }
    }

    #[test]
    fn a_mail_that_is_passed_on_is_kept_whole() {
        let text = "See below.\n\n---------- Forwarded message ---------\nFrom: Bank\nDate: 5 Mar 2026\nSubject: Charge\nTo: Ida\n\nYou were charged twice.";
        check(text, text);
        let outlook =
            "See below.\n\nFrom: Bank\nSent: 5 March 2026\nTo: Ida\nSubject: Charge\n\nTwice.";
        assert_eq!(part(outlook, true).said, outlook);
    }

    #[test]
    fn nothing_but_a_quote_says_nothing_and_any_text_is_read_in_time() {
        assert_eq!(part("> Hello\n> there", false).said, "");
        assert_eq!(part("", false), Parts::default());
        for bad in [
            "On 1 ".repeat(50_000),
            ">".repeat(200_000),
            "From: a\n".repeat(20_000),
        ] {
            part(&bad, false);
        }
    }
}
