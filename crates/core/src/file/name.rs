//! A file's name, made harmless: one that can stand in a header, on a disk of any system
//! and before an agent's eyes without pretending to be something else.

use super::FileKind;

/// The most letters of a name, its ending included.
const LONGEST: usize = 100;
/// Names that Windows keeps for devices, whatever their ending.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "com", "lpt"];

/// The last part of a path, without control characters, signs that turn or hide letters,
/// and signs that a disk forbids; with an ending that fits what the bytes are.
pub fn clean_name(name: &str, kind: FileKind) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let cleaned: String = last
        .chars()
        .filter(|c| !c.is_control() && !is_hidden(*c))
        .map(|c| if is_forbidden(c) { '_' } else { c })
        .collect();
    let words = cleaned.split_whitespace().collect::<Vec<_>>().join(" ");
    // A name that begins with a dot hides, one that ends with it is cut by Windows.
    let plain = words.trim_matches(|c: char| c == '.' || c.is_whitespace());
    let (stem, ending) = match plain.rsplit_once('.') {
        Some((stem, ending)) if fits(ending, kind) => (stem, ending.to_string()),
        _ => (plain, kind.endings()[0].to_string()),
    };
    let room = LONGEST - ending.len() - 2;
    let stem: String = stem.chars().take(room).collect();
    let stem = stem.trim_matches(|c: char| c == '.' || c.is_whitespace());
    match stem {
        "" => format!("file.{ending}"),
        stem if is_device(stem) => format!("_{stem}.{ending}"),
        stem => format!("{stem}.{ending}"),
    }
}

fn fits(ending: &str, kind: FileKind) -> bool {
    let ending = ending.to_ascii_lowercase();
    kind.endings().contains(&ending.as_str())
}

/// Signs that show nothing, or turn the letters after them: `annex\u{202e}gpj.exe` reads
/// `annexexe.jpg`.
fn is_hidden(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffd}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// Signs that a disk or a header forbids, and those with which a spreadsheet begins a
/// formula or a shell a command.
fn is_forbidden(c: char) -> bool {
    matches!(
        c,
        '<' | '>' | ':' | '"' | '|' | '?' | '*' | '%' | '`' | '$' | ';'
    )
}

fn is_device(stem: &str) -> bool {
    let first = stem.split('.').next().unwrap_or_default();
    let lower = first.to_ascii_lowercase();
    let bare = lower.trim_end_matches(|c: char| c.is_ascii_digit());
    DEVICES.contains(&bare) && lower.len() - bare.len() <= 1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Attack case 35: `../`, NUL, 300 letters, names that turn right to left.
    #[test]
    fn a_name_is_made_harmless_and_ends_as_its_bytes_do() {
        let check = |name: &str, kind, clean: &str| {
            assert_eq!(clean_name(name, kind), clean, "{name:?}");
        };
        use FileKind::*;
        check("photo.jpg", Jpeg, "photo.jpg");
        check("Foto vom Fahrrad.JPEG", Jpeg, "Foto vom Fahrrad.JPEG");
        check("自転車.png", Png, "自転車.png");
        check("صورة.png", Png, "صورة.png");
        check("../../etc/passwd", Text, "passwd.txt");
        check("..\\..\\windows\\system32\\x.png", Png, "x.png");
        check("/", Png, "file.png");
        check("..", Png, "file.png");
        check("", Pdf, "file.pdf");
        check("a\0b.png", Png, "ab.png");
        check("line\r\nX-Header: 1.png", Png, "lineX-Header_ 1.png");
        check("annex\u{202e}gpj.exe", Png, "annexgpj.exe.png");
        check("in\u{200b}voice\u{2066}.pdf", Pdf, "invoice.pdf");
        check("\u{e0041}tag.pdf", Pdf, "tag.pdf");
        check("setup.exe", Text, "setup.exe.txt");
        check("run.bat", Text, "run.bat.txt");
        check("page.html", Markup, "page.html.txt");
        check("logo.svg", Markup, "logo.svg.txt");
        check("report.docm", Office, "report.docm.docx");
        check("server.log", Text, "server.log");
        check(".htaccess", Text, "htaccess.txt");
        check("CON.txt", Text, "_CON.txt");
        check("com1.log", Text, "_com1.log");
        check("company.log", Text, "company.log");
        check("a\"; filename=\"b.png", Png, "a__ filename=_b.png");
        check(
            "<img src=x onerror=alert(1)>.png",
            Png,
            "_img src=x onerror=alert(1)_.png",
        );
        check("trailing. . .", Pdf, "trailing.pdf");
        let long = clean_name(&format!("{}.png", "ü".repeat(300)), Png);
        assert!((90..=LONGEST).contains(&long.chars().count()), "{long}");
        assert!(long.ends_with(".png"));
    }

    proptest::proptest! {
        #[test]
        fn any_name_becomes_one_that_stays_as_it_is(name in "\\PC{0,120}|[\\x00-\\x40\\u{200e}\\u{202e}./\\\\]{0,40}") {
            for kind in FileKind::ALL {
                let clean = clean_name(&name, kind);
                proptest::prop_assert!(!clean.contains(['/', '\\', '\0', '\r', '\n', '"']));
                proptest::prop_assert!(!clean.starts_with('.') && clean.chars().count() <= LONGEST);
                proptest::prop_assert_eq!(clean_name(&clean, kind), clean);
            }
        }
    }
}
