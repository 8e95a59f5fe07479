//! How large an image is, read from its header: nothing is unpacked, so that a small file
//! cannot cost much. Each reader takes any bytes at all.

/// Width and height in picture points; `None` where the header does not say.
pub(super) type Size = Option<(u32, u32)>;

pub(super) fn png(bytes: &[u8]) -> Size {
    let is_header = bytes.get(8..16)? == b"\0\0\0\x0dIHDR";
    is_header.then_some((be32(bytes, 16)?, be32(bytes, 20)?))
}

/// The larger of the whole picture and its first frame, which some browsers draw past the
/// whole one's edge.
pub(super) fn gif(bytes: &[u8]) -> Size {
    let (width, height) = (le16(bytes, 6)?, le16(bytes, 8)?);
    let flags = *bytes.get(10)?;
    let mut at = 13 + colours(flags);
    // Extensions stand before the first frame.
    while *bytes.get(at)? == 0x21 {
        at += 2;
        loop {
            let length = usize::from(*bytes.get(at)?);
            at += 1 + length;
            if length == 0 {
                break;
            }
        }
    }
    (*bytes.get(at)? == 0x2c).then_some(())?;
    let (left, top) = (le16(bytes, at + 1)?, le16(bytes, at + 3)?);
    let (wide, high) = (le16(bytes, at + 5)?, le16(bytes, at + 7)?);
    Some((width.max(left + wide), height.max(top + high)))
}

fn colours(flags: u8) -> usize {
    if flags & 0x80 == 0 {
        return 0;
    }
    3 << ((flags & 7) + 1)
}

/// Walks the segments to the one that begins a frame.
pub(super) fn jpeg(bytes: &[u8]) -> Size {
    let mut at = 2;
    loop {
        if *bytes.get(at)? != 0xff {
            return None;
        }
        let marker = *bytes.get(at + 1)?;
        let is_frame = matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc);
        match marker {
            0xff => at += 1,
            0x01 | 0xd0..=0xd8 => at += 2,
            _ if is_frame => return Some((be16(bytes, at + 7)?, be16(bytes, at + 5)?)),
            // The picture itself, or its end, without a frame before it.
            0xd9 | 0xda => return None,
            _ => at += 2 + usize::from(u16::try_from(be16(bytes, at + 2)?).ok()?.max(2)),
        }
    }
}

pub(super) fn webp(bytes: &[u8]) -> Size {
    match bytes.get(12..16)? {
        b"VP8X" => Some((le24(bytes, 24)? + 1, le24(bytes, 27)? + 1)),
        b"VP8L" => {
            (*bytes.get(20)? == 0x2f).then_some(())?;
            let packed = le24(bytes, 21)? | u32::from(*bytes.get(24)?) << 24;
            Some(((packed & 0x3fff) + 1, (packed >> 14 & 0x3fff) + 1))
        }
        b"VP8 " => {
            (bytes.get(23..26)? == b"\x9d\x01\x2a").then_some(())?;
            Some((le16(bytes, 26)? & 0x3fff, le16(bytes, 28)? & 0x3fff))
        }
        _ => None,
    }
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at + 4)?;
    Some(u32::from_be_bytes(four.try_into().ok()?))
}

fn be16(bytes: &[u8], at: usize) -> Option<u32> {
    let two = bytes.get(at..at + 2)?;
    Some(u16::from_be_bytes(two.try_into().ok()?).into())
}

fn le16(bytes: &[u8], at: usize) -> Option<u32> {
    let two = bytes.get(at..at + 2)?;
    Some(u16::from_le_bytes(two.try_into().ok()?).into())
}

fn le24(bytes: &[u8], at: usize) -> Option<u32> {
    Some(le16(bytes, at)? | u32::from(*bytes.get(at + 2)?) << 16)
}
