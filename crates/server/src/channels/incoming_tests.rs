use super::*;

fn none(_: &str) -> bool {
    false
}

fn mail(headers: &str, body: &str) -> Vec<u8> {
    format!(
        "Message-ID: <a@customer.example>\r\nFrom: Ida Berg <Ida@Customer.example>\r\nTo: help@shop.example\r\n\
         Subject: Tent\r\n{}\r\n{}",
        headers.replace('\n', "\r\n"),
        body.replace('\n', "\r\n")
    )
    .into_bytes()
}

fn read_text(headers: &str, body: &str) -> Incoming {
    read(&mail(headers, body), &none).unwrap()
}

#[test]
fn it_says_who_wrote_what_to_whom() {
    let read = read_text(
        "Delivered-To: help+abc@shop.example\nCc: Max <max@customer.example>\n",
        "My tent leaks.\n\nOn 5 Mar 2026, Shop <help@shop.example> wrote:\n> Hello\n",
    );
    assert_eq!(read.from, "ida@customer.example");
    assert_eq!(read.name.as_deref(), Some("Ida Berg"));
    assert_eq!(read.message_id.as_deref(), Some("a@customer.example"));
    assert_eq!(read.subject, "Tent");
    assert_eq!(read.said, "My tent leaks.");
    assert!(read.rest.contains("> Hello"), "{}", read.rest);
    for to in [
        "help@shop.example",
        "max@customer.example",
        "help+abc@shop.example",
    ] {
        assert!(
            read.recipients.iter().any(|it| it == to),
            "{:?}",
            read.recipients
        );
    }
    assert_eq!(read.writer, Writer::Person);
}

#[test]
fn the_same_mail_is_the_same_whichever_way_it_came() {
    let plain = read_text("", "Hello\n").fingerprint;
    let received = read_text(
        "Received: from a by b\nReturn-Path: <ida@customer.example>\nX-Spam: no\n",
        "Hello\n",
    );
    assert_eq!(received.fingerprint, plain);
    assert_ne!(read_text("", "Hello!\n").fingerprint, plain);
    assert_ne!(
        read_text("Date: Thu, 5 Mar 2026 10:00:00 +0000\n", "Hello\n").fingerprint,
        plain
    );
}

#[test]
fn encodings_and_forms_become_text() {
    for (headers, body, said) in [
        (
            "Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n",
            "Gr=FC=DFe aus K=F6ln\n",
            "Grüße aus Köln",
        ),
        (
            "Content-Type: text/plain; charset=shift_jis\nContent-Transfer-Encoding: base64\n",
            "g2WDk4NngqqJ84LqgtyCtYK9\n",
            "テントが壊れました",
        ),
        (
            "Content-Type: text/plain; charset=utf-8; format=flowed\n",
            "مرحبا\n",
            "مرحبا",
        ),
        (
            "Content-Type: text/html; charset=utf-8\n",
            "<style>p{}</style><p>My <b>tent</b> leaks.</p><script>alert(1)</script><img src=\"https://track.example/x\">\n",
            "My tent leaks.",
        ),
        (
            "Content-Type: multipart/alternative; boundary=x\n",
            "--x\nContent-Type: text/plain\n\nplain\n--x\nContent-Type: text/html\n\n<p>html</p>\n--x--\n",
            "plain",
        ),
        (
            "Content-Type: multipart/alternative; boundary=x\n",
            "--x\nContent-Type: text/plain\n\n \n--x\nContent-Type: text/html\n\n<p>html</p>\n--x--\n",
            "html",
        ),
        (
            "Content-Type: text/plain; charset=utf-8\n",
            "a\u{202e}b\u{0}c\u{7}\n",
            "abc",
        ),
    ] {
        assert_eq!(read_text(headers, body).said, said, "{headers}");
    }
}

/// Attack cases 31 and 55: a subject and a name are one line of text, whatever they hold.
#[test]
fn subjects_and_names_are_one_line() {
    for (from, subject) in [
        (
            "=?utf-8?Q?Ida=0D=0ABcc:_x@y.example?= <ida@customer.example>",
            "=?utf-8?Q?Tent=0D=0ABcc:_x@y.example?=",
        ),
        ("\"Ida\r\n Berg\" <ida@customer.example>", "Tent\r\n\tagain"),
    ] {
        let raw = format!("From: {from}\r\nSubject: {subject}\r\n\r\nHello");
        let read = read(raw.as_bytes(), &none).unwrap();
        let is_line = |text: &str| !text.contains(['\r', '\n', '\0', '\t']);
        assert!(
            is_line(&read.subject) && is_line(read.name.as_deref().unwrap()),
            "{read:?}"
        );
        assert_eq!(read.from, "ida@customer.example");
    }
}

#[test]
fn files_and_pictures_in_the_text_are_files() {
    let read = read_text(
        "Content-Type: multipart/mixed; boundary=x\n",
        "--x\nContent-Type: multipart/related; boundary=y\n\n--y\nContent-Type: text/html\n\n<p>See <img src=\"cid:1\"></p>\n\
         --y\nContent-Type: image/png\nContent-ID: <1>\nContent-Disposition: inline\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo=\n--y--\n\
         --x\nContent-Type: application/pdf; name=\"=?utf-8?Q?Rechnung_M=C3=A4rz.pdf?=\"\nContent-Disposition: attachment\nContent-Transfer-Encoding: base64\n\nJVBERi0=\n\
         --x\nContent-Type: message/rfc822\n\nFrom: bank@bank.example\nSubject: Charge\n\nTwice\n--x--\n",
    );
    let named: Vec<(&str, usize)> = read
        .files
        .iter()
        .map(|it| (it.name.as_str(), it.bytes.len()))
        .collect();
    assert_eq!(read.said, "See");
    assert_eq!(named[0], ("1.png", 8), "{named:?}");
    assert_eq!(named[1], ("Rechnung März.pdf", 5), "{named:?}");
    assert_eq!(named[2].0, "3.eml");
}

/// Attack case 63.
#[test]
fn programs_are_told_from_people() {
    for (headers, sign) in [
        ("Auto-Submitted: auto-replied\n", "auto_submitted"),
        (
            "Auto-Submitted: auto-generated (vacation)\n",
            "auto_submitted",
        ),
        ("Precedence: bulk\n", "bulk"),
        ("Precedence: auto_reply\n", "bulk"),
        ("List-Id: <news.shop.example>\n", "list"),
        ("List-Unsubscribe: <https://news.example>\n", "list"),
        ("X-Autoreply: yes\n", "auto_reply"),
        ("X-Autorespond: vacation\n", "auto_reply"),
        ("Return-Path: <>\n", "null_return_path"),
        (
            "Content-Type: multipart/report; report-type=disposition-notification; boundary=x\n",
            "receipt",
        ),
    ] {
        assert_eq!(
            read_text(headers, "I am away.\n").writer,
            Writer::Program(sign),
            "{headers}"
        );
    }
    assert_eq!(
        read_text(
            "Auto-Submitted: no\nReturn-Path: <ida@customer.example>\n",
            "x\n"
        )
        .writer,
        Writer::Person
    );
    for (from, subject, sign) in [
        ("no-reply@bank.example", "Hello", "no_reply"),
        ("donotreply@bank.example", "Hello", "no_reply"),
        ("mailer-daemon@bank.example", "Hello", "mail_server"),
        ("ida@customer.example", "Automatic reply: Tent", "away"),
        ("ida@customer.example", "Automatische Antwort: Zelt", "away"),
        ("ida@customer.example", "自动回复: 帐篷", "away"),
        ("help@shop.example", "Hello", "own_address"),
    ] {
        let raw = format!("From: {from}\r\nSubject: {subject}\r\n\r\nHello");
        let own = |address: &str| address == "help@shop.example";
        assert_eq!(
            read(raw.as_bytes(), &own).unwrap().writer,
            Writer::Program(sign),
            "{from} {subject}"
        );
    }
}

const REPORT: &str = "--x\nContent-Type: text/plain\n\nSorry.\n--x\nContent-Type: message/delivery-status\n\n\
    Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; Ida@Customer.example\nAction: ACTION\nStatus: STATUS\n\
    Diagnostic-Code: smtp; 550 5.1.1 no such\n user here\n--x\nContent-Type: text/rfc822-headers\n\n\
    From: help@shop.example\nReply-To: help+token@shop.example\nMessage-ID: <msg_1@shop.example>\n--x--\n";

#[test]
fn a_mail_that_did_not_arrive_says_which_and_why() {
    let headers = "Content-Type: multipart/report; report-type=delivery-status; boundary=x\nReturn-Path: <>\n";
    for (action, status, is_final) in [
        ("failed", "5.1.1", true),
        ("delayed", "4.4.1", false),
        ("failed", "4.4.7", true),
    ] {
        let body = REPORT.replace("ACTION", action).replace("STATUS", status);
        let Writer::MailServer(bounce) = read_text(headers, &body).writer else {
            panic!("{action} {status} is no bounce");
        };
        assert_eq!(bounce.is_final, is_final, "{action} {status}");
        assert_eq!(bounce.to.as_deref(), Some("ida@customer.example"));
        assert!(bounce.said.contains("no such user here"), "{}", bounce.said);
        assert!(
            bounce
                .addresses
                .iter()
                .any(|it| it == "help+token@shop.example"),
            "{:?}",
            bounce.addresses
        );
    }
    let old = "From: MAILER-DAEMON@mx.example\r\nSubject: failure notice\r\n\r\nI could not deliver:\n\
        <ida@customer.example>: 550 no such user\n\nReply-To: help+token@shop.example\n";
    let Writer::MailServer(bounce) = read(old.as_bytes(), &none).unwrap().writer else {
        panic!("no bounce");
    };
    assert!(
        bounce.is_final
            && bounce
                .addresses
                .iter()
                .any(|it| it == "help+token@shop.example")
    );
}

#[test]
fn what_is_no_mail_is_said_to_be_none() {
    assert_eq!(
        read(&vec![b'a'; MAIL_BYTES + 1], &none).unwrap_err(),
        Unreadable::TooLarge
    );
    for raw in [
        "",
        "\r\n\r\n",
        "From: nobody\r\n\r\nHello",
        "From: \r\n\r\n",
        "Subject: x\r\n\r\ny",
        "\0\0\0",
    ] {
        let fault = read(raw.as_bytes(), &none).unwrap_err();
        assert!(
            matches!(fault, Unreadable::NoMail | Unreadable::NoSender),
            "{raw:?} {fault:?}"
        );
    }
}

#[test]
fn arbitrary_bytes_harm_nobody() {
    let headers = "Content-Type: multipart/report; report-type=delivery-status; boundary=x\n";
    let whole = mail(
        headers,
        &REPORT
            .replace("ACTION", "failed")
            .replace("STATUS", "5.1.1"),
    );
    let mut state = 1_u64;
    let mut roll = |most: usize| {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (state >> 33) as usize % most
    };
    for _ in 0..500 {
        let mut bytes = whole.clone();
        for _ in 0..1 + roll(8) {
            let at = roll(bytes.len());
            bytes[at] = roll(256) as u8;
        }
        bytes.truncate(1 + roll(bytes.len()));
        let _ = read(&bytes, &none);
    }
    let deep = (0..2_000).map(|n| {
        format!(
            "--{n}\nContent-Type: multipart/mixed; boundary={}\n\n",
            n + 1
        )
    });
    let deep: String = deep.collect();
    let _ = read(
        &mail("Content-Type: multipart/mixed; boundary=0\n", &deep),
        &none,
    );
}
