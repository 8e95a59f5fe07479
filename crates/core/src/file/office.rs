//! Office documents are zip archives. Nothing is unpacked here; the list at their end says
//! what they hold and how large that claims to become.

/// The most bytes that an archive may claim to unpack to.
const MOST_UNPACKED: u64 = 200 * 1024 * 1024;
/// How much larger than packed it may claim to become, above a size where it matters.
const MOST_GROWTH: u64 = 200;
const SMALL: u64 = 10 * 1024 * 1024;

/// Whether the first entry of an archive is one that office documents begin with.
pub(super) fn begins_as_document(head: &[u8]) -> bool {
    let Some(length) = le16(head, 26).map(usize::from) else {
        return false;
    };
    let name = head.get(30..30 + length).unwrap_or_default();
    let extra = le16(head, 28).map_or(0, usize::from);
    let content = head.get(30 + length + extra..).unwrap_or_default();
    match name {
        b"[Content_Types].xml" => true,
        b"mimetype" => content.starts_with(b"application/vnd.oasis.opendocument."),
        _ => [&b"_rels/"[..], b"docProps/", b"word/", b"xl/", b"ppt/"]
            .iter()
            .any(|folder| name.starts_with(folder)),
    }
}

/// Whether the bytes end with the list of a zip archive: no image and no PDF does.
pub(super) fn ends_as_archive(tail: &[u8]) -> bool {
    end_record(tail).is_some()
}

/// Whether the list at an archive's end is whole, honest about its size and names no macros.
/// `size` is the whole file's.
pub(super) fn is_harmless(tail: &[u8], size: u64) -> bool {
    unpacked(tail, size).is_some_and(|unpacked| {
        unpacked <= MOST_UNPACKED && (unpacked <= SMALL || unpacked / size.max(1) <= MOST_GROWTH)
    })
}

/// The bytes that the archive claims to become; `None` if the list cannot be read or names
/// what must not be in a document.
fn unpacked(tail: &[u8], size: u64) -> Option<u64> {
    let end = end_record(tail)?;
    let count = usize::from(le16(tail, end + 10)?);
    let listed_at = u64::from(le32(tail, end + 16)?);
    // The list must stand wholly in what we hold.
    let held_from = size.checked_sub(tail.len() as u64)?;
    let mut at = usize::try_from(listed_at.checked_sub(held_from)?).ok()?;
    let mut all = 0_u64;
    for _ in 0..count {
        (tail.get(at..at + 4)? == b"PK\x01\x02").then_some(())?;
        let larger = le32(tail, at + 24)?;
        let lengths = [28, 30, 32].map(|field| le16(tail, at + field).map(usize::from));
        let [name_length, extra, comment] = lengths;
        let name = tail.get(at + 46..at + 46 + name_length?)?;
        // An archive of more than 4 GB hides its sizes elsewhere; ours are far smaller.
        if larger == u32::MAX || is_forbidden(name) {
            return None;
        }
        all += u64::from(larger);
        at += 46 + name_length? + extra? + comment?;
    }
    (at == end).then_some(all)
}

/// Macros, and programs that a document starts.
fn is_forbidden(name: &[u8]) -> bool {
    let name = name.to_ascii_lowercase();
    let holds = |part: &[u8]| name.windows(part.len()).any(|window| window == part);
    holds(b"vbaproject") || holds(b"activex") || holds(b"../") || name.starts_with(b"basic/")
}

/// Where the record stands that ends an archive: its comment reaches to the last byte.
fn end_record(tail: &[u8]) -> Option<usize> {
    let last = tail.len().checked_sub(22)?;
    let first = last.saturating_sub(usize::from(u16::MAX));
    (first..=last).rev().find(|at| {
        tail[*at..].starts_with(b"PK\x05\x06")
            && le16(tail, at + 20)
                .is_some_and(|comment| at + 22 + usize::from(comment) <= tail.len())
    })
}

fn le32(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at + 4)?;
    Some(u32::from_le_bytes(four.try_into().ok()?))
}

fn le16(bytes: &[u8], at: usize) -> Option<u16> {
    let two = bytes.get(at..at + 2)?;
    Some(u16::from_le_bytes(two.try_into().ok()?))
}
