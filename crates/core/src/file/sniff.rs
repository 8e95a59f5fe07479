//! What a file's bytes say it is. The name and the type that came with them are not asked:
//! whoever sends a page as `photo.png` gets a page that is never drawn, or nothing at all.

use super::{FileKind, MOST_PIXELS, image, office};

/// What the bytes say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The kind.
    pub kind: FileKind,
    /// Width and height of an image in picture points, where its header says so.
    pub size: Option<(u32, u32)>,
}

/// Why a file is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// There is nothing in it.
    Empty,
    /// A program, an archive, or something nobody here knows.
    UnknownKind,
    /// It is two kinds of file at once, or not whole.
    NotWhole,
    /// A picture with more points than [`MOST_PIXELS`].
    TooManyPixels,
    /// A document that holds macros, or that would become far larger than it is.
    UnsafeDocument,
}

/// Looks at a file's beginning: its first [`super::HEAD_BYTES`], or all of it.
pub fn sniff(head: &[u8]) -> Result<Seen, Fault> {
    if head.is_empty() {
        return Err(Fault::Empty);
    }
    let kind = kind_of(head).ok_or(Fault::UnknownKind)?;
    let size = match kind {
        FileKind::Png => image::png(head),
        FileKind::Gif => image::gif(head),
        FileKind::Jpeg => image::jpeg(head),
        FileKind::Webp => image::webp(head),
        _ => return Ok(Seen { kind, size: None }),
    };
    // A picture that hides its size may be any size.
    let (width, height) = size.ok_or(Fault::NotWhole)?;
    if width == 0 || height == 0 {
        return Err(Fault::NotWhole);
    }
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(Fault::TooManyPixels);
    }
    Ok(Seen { kind, size })
}

/// Looks at a file's end, up to [`super::HEAD_BYTES`] of it, once all has come: a picture
/// that ends as an archive is two things at once (GIFAR), and an office document tells
/// there what it holds. `size` is the whole file's, in bytes.
pub fn sniff_end(kind: FileKind, tail: &[u8], size: u64) -> Result<(), Fault> {
    match kind {
        FileKind::Office if office::is_harmless(tail, size) => Ok(()),
        FileKind::Office => Err(Fault::UnsafeDocument),
        _ if office::ends_as_archive(tail) => Err(Fault::NotWhole),
        _ => Ok(()),
    }
}

fn kind_of(head: &[u8]) -> Option<FileKind> {
    let begins = |with: &[u8]| head.starts_with(with);
    if begins(b"\x89PNG\r\n\x1a\n") {
        return Some(FileKind::Png);
    }
    if begins(b"\xff\xd8\xff") {
        return Some(FileKind::Jpeg);
    }
    if begins(b"GIF87a") || begins(b"GIF89a") {
        return Some(FileKind::Gif);
    }
    if begins(b"RIFF") && head.get(8..12) == Some(b"WEBP") {
        return Some(FileKind::Webp);
    }
    if head.get(4..8) == Some(b"ftyp") && is_photo_brand(head.get(8..12)) {
        return Some(FileKind::Heic);
    }
    if begins(b"%PDF-") {
        return Some(FileKind::Pdf);
    }
    if begins(b"PK\x03\x04") {
        return office::begins_as_document(head).then_some(FileKind::Office);
    }
    text(head)
}

fn is_photo_brand(brand: Option<&[u8]>) -> bool {
    matches!(
        brand,
        Some(b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"mif1" | b"msf1" | b"avif")
    )
}

/// Text without the signs that only programs and pictures hold.
fn text(head: &[u8]) -> Option<FileKind> {
    let text = decoded(head);
    // Logs hold escape signs for colours, and page breaks.
    let is_plain =
        |c: char| !c.is_ascii_control() || matches!(c, '\n' | '\r' | '\t' | '\x0c' | '\x1b');
    if text.is_empty() || !text.chars().all(is_plain) || text.starts_with("#!") {
        return None;
    }
    Some(if is_markup(&text) {
        FileKind::Markup
    } else {
        FileKind::Text
    })
}

/// In UTF-16 where the first bytes say so, in UTF-8, else in an encoding of one byte a
/// letter, as older programs write: which one, only its reader knows.
fn decoded(head: &[u8]) -> String {
    let utf16 = |unit: fn([u8; 2]) -> u16| {
        let units = head[2..].as_chunks().0.iter().map(|pair| unit(*pair));
        // The beginning may end within a letter.
        let letters = char::decode_utf16(units).map(|letter| letter.unwrap_or('\u{fffd}'));
        letters.collect()
    };
    match head {
        [0xff, 0xfe, ..] => utf16(u16::from_le_bytes),
        [0xfe, 0xff, ..] => utf16(u16::from_be_bytes),
        _ => match std::str::from_utf8(head) {
            Ok(text) => text.into(),
            Err(error) if error.error_len().is_none() => {
                String::from_utf8_lossy(&head[..error.valid_up_to()]).into()
            }
            Err(_) => head.iter().map(|byte| char::from(*byte)).collect(),
        },
    }
}

/// Whether a browser, left to guess, would take it for a page or a drawing.
fn is_markup(text: &str) -> bool {
    const SIGNS: [&str; 14] = [
        "<!doctype",
        "<html",
        "<head",
        "<body",
        "<script",
        "<svg",
        "<?xml",
        "<iframe",
        "<img",
        "<!--",
        "<math",
        "<object",
        "<embed",
        "<a ",
    ];
    let beginning: String = text.chars().take(4_096).collect();
    let lower = beginning.to_ascii_lowercase();
    SIGNS.iter().any(|sign| lower.contains(sign))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::HEAD_BYTES;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
        bytes.extend(width.to_be_bytes());
        bytes.extend(height.to_be_bytes());
        bytes.extend(b"\x08\x06\0\0\0\0\0\0\0");
        bytes
    }

    fn gif(frame: (u16, u16)) -> Vec<u8> {
        let mut bytes = b"GIF89a\x10\0\x10\0\x80\0\0".to_vec();
        bytes.extend([0; 6]);
        bytes.extend(b"\x21\xf9\x04\0\0\0\0\0\x2c\0\0\0\0");
        bytes.extend(frame.0.to_le_bytes());
        bytes.extend(frame.1.to_le_bytes());
        bytes.extend(b"\0\x02\x02\x44\x01\0\x3b");
        bytes
    }

    fn jpeg(width: u16, height: u16) -> Vec<u8> {
        let mut bytes = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0".to_vec();
        bytes.extend(b"\xff\xc0\0\x11\x08");
        bytes.extend(height.to_be_bytes());
        bytes.extend(width.to_be_bytes());
        bytes.extend(b"\x03\x01\x22\0\x02\x11\x01\x03\x11\x01\xff\xda");
        bytes
    }

    /// An archive with these entries: name, bytes it claims to become.
    fn zip(entries: &[(&str, u32)]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut list = Vec::new();
        for (name, unpacked) in entries {
            let at = bytes.len() as u32;
            let length = (name.len() as u16).to_le_bytes();
            bytes.extend(b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
            bytes.extend(unpacked.to_le_bytes());
            bytes.extend(length);
            bytes.extend([0, 0]);
            bytes.extend(name.as_bytes());
            list.extend(b"PK\x01\x02\x14\0\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
            list.extend(unpacked.to_le_bytes());
            list.extend(length);
            list.extend([0; 12]);
            list.extend(at.to_le_bytes());
            list.extend(name.as_bytes());
        }
        let (at, count) = (bytes.len() as u32, (entries.len() as u16).to_le_bytes());
        let length = list.len() as u32;
        bytes.extend(list);
        bytes.extend(b"PK\x05\x06\0\0\0\0");
        bytes.extend(count);
        bytes.extend(count);
        bytes.extend(length.to_le_bytes());
        bytes.extend(at.to_le_bytes());
        bytes.extend([0, 0]);
        bytes
    }

    #[test]
    fn the_bytes_say_what_a_file_is() {
        let check = |bytes: &[u8], kind, size| {
            assert_eq!(sniff(bytes), Ok(Seen { kind, size }), "{kind:?}");
        };
        use FileKind::*;
        check(&png(800, 600), Png, Some((800, 600)));
        check(&gif((16, 16)), Gif, Some((16, 16)));
        check(&jpeg(4032, 3024), Jpeg, Some((4032, 3024)));
        check(
            b"RIFF\x1a\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x1f\x03\0\x57\x02\0",
            Webp,
            Some((800, 600)),
        );
        check(
            b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\x1f\xc3\x95\0\0",
            Webp,
            Some((800, 600)),
        );
        check(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", Heic, None);
        check(b"%PDF-1.7\n%\xe2\xe3", Pdf, None);
        check("Grüße, ein Log\n\x1b[31mrot\x1b[0m".as_bytes(), Text, None);
        check(b"Gr\xfc\xdfe;1,50 \x80\r\n", Text, None);
        check(b"\xff\xfeG\0r\0\xfc\0\n\0", Text, None);
        check(b"\xfe\xff\0<\0s\0v\0g", Markup, None);
        check(b"<!DOCTYPE html><p>hello", Markup, None);
        check(
            b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
            Markup,
            None,
        );
        check(b"\xef\xbb\xbf<?xml version='1.0'?><svg/>", Markup, None);
        check(
            &zip(&[("[Content_Types].xml", 900), ("word/document.xml", 9_000)]),
            Office,
            None,
        );
    }

    /// Attack case 34: wrong type, programs, archives.
    #[test]
    fn what_is_not_on_the_list_is_refused() {
        for (what, bytes) in [
            ("a Windows program", &b"MZ\x90\0\x03\0\0\0"[..]),
            ("a Linux program", b"\x7fELF\x02\x01\x01\0"),
            ("a script", b"#!/bin/sh\nrm -rf /\n"),
            ("a Java class", b"\xca\xfe\xba\xbe\0\0\0\x34"),
            ("a plain archive", &zip(&[("a.jar", 10)])),
            ("a packed file", b"\x1f\x8b\x08\0\0\0\0\0"),
            ("an old Word file", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
            ("a film", b"\0\0\0\x18ftypmp42\0\0\0\0"),
            ("a PDF behind other bytes", b"\0\0%PDF-1.4"),
            ("UTF-16 with a NUL", b"\xff\xfea\0\0\0"),
            ("bytes", b"\xf8\x01\x02\xff"),
            ("text with a NUL", b"hello\0world"),
        ] {
            assert_eq!(sniff(bytes), Err(Fault::UnknownKind), "{what}");
        }
        assert_eq!(sniff(b""), Err(Fault::Empty));
    }

    /// Attack case 34: a picture that would become gigabytes in a browser.
    #[test]
    fn a_picture_with_too_many_points_is_refused_unread() {
        assert_eq!(sniff(&png(10_000, 10_000)), Err(Fault::TooManyPixels));
        assert_eq!(sniff(&png(u32::MAX, u32::MAX)), Err(Fault::TooManyPixels));
        assert_eq!(sniff(&jpeg(65_500, 65_500)), Err(Fault::TooManyPixels));
        assert_eq!(sniff(&gif((60_000, 60_000))), Err(Fault::TooManyPixels));
        assert!(sniff(&png(8_064, 6_048)).is_ok(), "a phone's 48 megapixels");
        assert_eq!(sniff(&png(0, 10)), Err(Fault::NotWhole));
        assert_eq!(sniff(b"\x89PNG\r\n\x1a\nxxxx"), Err(Fault::NotWhole));
        assert_eq!(sniff(b"GIF89a\x10\0\x10\0\x80\0\0"), Err(Fault::NotWhole));
        assert_eq!(sniff(b"\xff\xd8\xff\xe0\xff\xff"), Err(Fault::NotWhole));
    }

    /// Attack case 34: a GIF that is a Java archive too.
    #[test]
    fn a_file_that_is_two_kinds_at_once_is_refused() {
        let archive = zip(&[("Evil.class", 10)]);
        for (kind, mut bytes) in [
            (FileKind::Gif, gif((16, 16))),
            (FileKind::Png, png(8, 8)),
            (FileKind::Pdf, b"%PDF-1.7".to_vec()),
        ] {
            assert_eq!(sniff_end(kind, &bytes, bytes.len() as u64), Ok(()));
            bytes.extend(&archive);
            assert_eq!(sniff(&bytes).map(|seen| seen.kind), Ok(kind));
            let end = sniff_end(kind, &bytes, bytes.len() as u64);
            assert_eq!(end, Err(Fault::NotWhole), "{kind:?}");
        }
    }

    /// Attack case 34: zip bombs and macros in an office document.
    #[test]
    fn a_document_that_bursts_or_runs_is_refused() {
        let check = |entries: &[(&str, u32)], expected| {
            let bytes = zip(entries);
            let end = sniff_end(FileKind::Office, &bytes, bytes.len() as u64);
            assert_eq!(end, expected, "{entries:?}");
        };
        let begin = ("[Content_Types].xml", 1_000);
        check(&[begin, ("word/document.xml", 50_000)], Ok(()));
        check(
            &[begin, ("word/document.xml", 4_000_000_000)],
            Err(Fault::UnsafeDocument),
        );
        check(
            &[
                begin,
                ("word/a.xml", 100_000_000),
                ("word/b.xml", 50_000_000),
            ],
            Err(Fault::UnsafeDocument),
        );
        check(
            &[begin, ("word/vbaProject.bin", 10)],
            Err(Fault::UnsafeDocument),
        );
        check(&[begin, ("../../x", 10)], Err(Fault::UnsafeDocument));
        let cut = zip(&[begin]);
        let cut = &cut[..cut.len() - 30];
        assert_eq!(
            sniff_end(FileKind::Office, cut, cut.len() as u64),
            Err(Fault::UnsafeDocument)
        );
        // The list of a large one stands in its last bytes.
        let mut large = b"PK\x03\x04".to_vec();
        large.resize(400_000, 0);
        let mut list = zip(&[begin]);
        let at = list
            .windows(4)
            .position(|four| four == b"PK\x01\x02")
            .unwrap();
        list.drain(..at);
        let place = list.len() - 6;
        list[place..place + 4].copy_from_slice(&400_000_u32.to_le_bytes());
        large.extend(list);
        let tail = &large[large.len() - HEAD_BYTES..];
        assert_eq!(
            sniff_end(FileKind::Office, tail, large.len() as u64),
            Ok(())
        );
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_taken(
            mut bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300),
            begin in 0..8_usize,
        ) {
            const BEGINNINGS: [&[u8]; 8] = [
                b"", b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR", b"GIF89a", b"\xff\xd8\xff",
                b"RIFF\0\0\0\0WEBPVP8X", b"RIFF\0\0\0\0WEBPVP8L", b"PK\x03\x04", b"RIFF\0\0\0\0WEBPVP8 ",
            ];
            bytes.splice(0..0, BEGINNINGS[begin].iter().copied());
            let _ = sniff(&bytes);
            bytes.extend(b"PK\x05\x06\0\0\0\0\x09\0\x09\0\x10\0\0\0\x02\0\0\0\0\0");
            for kind in FileKind::ALL {
                let _ = sniff_end(kind, &bytes, bytes.len() as u64);
            }
        }
    }
}
