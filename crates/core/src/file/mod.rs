//! Files in a conversation: what one is, what its bytes say it is, and a name that harms
//! nobody. Nothing here trusts a name or a type that came with the bytes.

mod image;
mod name;
mod office;
mod sniff;

use serde::{Deserialize, Serialize};

use crate::ids::FileId;

pub use name::clean_name;
pub use sniff::{Fault, Seen, sniff, sniff_end};

/// The most files in one message.
pub const FILES_IN_MESSAGE: usize = 5;
/// The most picture points of an image, width times height: a phone's 48 megapixels fit, and
/// no browser that previews it needs more than 200 MB.
pub const MOST_PIXELS: u64 = 50_000_000;
/// The bytes of a file's beginning that [`sniff`] wants to see, and of its end that
/// [`sniff_end`] wants; all of it where it has fewer.
pub const HEAD_BYTES: usize = 256 * 1024;

/// A file as a message carries it. Part of the event's body: its name may say who somebody
/// is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Attached {
    /// Under which its bytes are asked for.
    #[schema(value_type = String)]
    pub id: FileId,
    /// A cleaned name with an ending that fits the bytes.
    pub name: String,
    /// What its bytes say it is.
    pub kind: FileKind,
    /// Its size in bytes.
    pub bytes: u64,
    /// Picture points from left to right, of an image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Picture points from top to bottom, of an image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
}

/// What may be sent, as the bytes say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// PNG.
    Png,
    /// JPEG.
    Jpeg,
    /// GIF, moving or not.
    Gif,
    /// WebP.
    Webp,
    /// HEIC or AVIF, as phones photograph; not every browser shows it.
    Heic,
    /// PDF.
    Pdf,
    /// Plain text of any sort: logs, tables, Markdown.
    Text,
    /// Text that a browser would draw or run: HTML, SVG, XML. Only ever downloaded, as text.
    Markup,
    /// Word, Excel, PowerPoint and OpenDocument files without macros.
    Office,
}

impl FileKind {
    /// Every kind.
    pub const ALL: [FileKind; 9] = [
        FileKind::Png,
        FileKind::Jpeg,
        FileKind::Gif,
        FileKind::Webp,
        FileKind::Heic,
        FileKind::Pdf,
        FileKind::Text,
        FileKind::Markup,
        FileKind::Office,
    ];

    /// The name in SQL.
    pub const fn name(self) -> &'static str {
        match self {
            FileKind::Png => "png",
            FileKind::Jpeg => "jpeg",
            FileKind::Gif => "gif",
            FileKind::Webp => "webp",
            FileKind::Heic => "heic",
            FileKind::Pdf => "pdf",
            FileKind::Text => "text",
            FileKind::Markup => "markup",
            FileKind::Office => "office",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The type it is served under. Only what every browser draws harmlessly gets its own;
    /// the rest is bytes to be saved.
    pub const fn content_type(self) -> &'static str {
        match self {
            FileKind::Png => "image/png",
            FileKind::Jpeg => "image/jpeg",
            FileKind::Gif => "image/gif",
            FileKind::Webp => "image/webp",
            FileKind::Heic
            | FileKind::Pdf
            | FileKind::Text
            | FileKind::Markup
            | FileKind::Office => "application/octet-stream",
        }
    }

    /// Whether a browser may show it inside the conversation.
    pub const fn has_preview(self) -> bool {
        matches!(
            self,
            FileKind::Png | FileKind::Jpeg | FileKind::Gif | FileKind::Webp
        )
    }

    /// The endings that its names may have; the first is given to one that has another.
    const fn endings(self) -> &'static [&'static str] {
        match self {
            FileKind::Png => &["png"],
            FileKind::Jpeg => &["jpg", "jpeg", "jfif"],
            FileKind::Gif => &["gif"],
            FileKind::Webp => &["webp"],
            FileKind::Heic => &["heic", "heif", "avif"],
            FileKind::Pdf => &["pdf"],
            FileKind::Text => &[
                "txt", "log", "csv", "tsv", "md", "json", "yaml", "yml", "eml",
            ],
            // Opened from a disk it would run as a page; as text it is read.
            FileKind::Markup => &["txt"],
            FileKind::Office => &["docx", "xlsx", "pptx", "odt", "ods", "odp"],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_reads_back_by_its_name_and_what_is_drawn_is_an_image() {
        for kind in FileKind::ALL {
            assert_eq!(FileKind::from_name(kind.name()), Some(kind));
            assert_eq!(
                kind.content_type().starts_with("image/"),
                kind.has_preview(),
                "{kind:?}"
            );
            assert!(!kind.content_type().contains("svg"));
        }
    }
}
