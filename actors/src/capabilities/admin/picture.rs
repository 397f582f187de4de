//! Pictures that wait for an operator, and one on its way there.

use crate::capabilities::faceguard::Examined;
use nameless_domain::ids::UserId;
use nameless_domain::time::Millis;
use serde::Serialize;

/// A picture that waits for an operator.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PhotoLine {
    /// Its number.
    pub photo: i64,
    /// The report that it belongs to; none if the models were in doubt about it.
    pub report: Option<i64>,
    /// Who sent it.
    pub sender: UserId,
    /// What speaks against it.
    pub reasons: Vec<&'static str>,
    /// Since when it waits.
    pub at: Millis,
}

/// A picture as it is looked at.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PhotoPage {
    /// Which.
    #[serde(flatten)]
    pub line: PhotoLine,
    /// What the models see in it now; none if they could not look.
    pub seen: Option<Examined>,
    /// The picture, of a report. Never in an answer that is kept.
    #[serde(skip)]
    pub picture: Option<Vec<u8>>,
    /// Telegram's handle of it, where there was doubt only: the bot reads it there.
    #[serde(skip)]
    pub file_id: Option<String>,
}

/// What was said of a picture.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PhotoRuled {
    /// Which.
    pub photo: i64,
    /// What.
    pub ruling: &'static str,
    /// Whether it is known what it looks like: if not, nothing else is allowed or banned by it.
    pub known: bool,
}

/// What a picture is, by its first bytes: what a browser is told, and nothing else is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureKind {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP.
    Webp,
}

impl PictureKind {
    /// What these bytes are; none if they are no picture of these kinds.
    pub fn of(bytes: &[u8]) -> Option<PictureKind> {
        match bytes {
            [0xff, 0xd8, 0xff, ..] => Some(PictureKind::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(PictureKind::Png),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(PictureKind::Webp),
            _ => None,
        }
    }

    /// As a media type.
    pub fn mime(self) -> &'static str {
        match self {
            PictureKind::Jpeg => "image/jpeg",
            PictureKind::Png => "image/png",
            PictureKind::Webp => "image/webp",
        }
    }
}

/// A picture as it leaves. In JSON there is nothing of it.
#[derive(Clone, PartialEq, Serialize)]
pub struct Picture {
    /// What it is.
    #[serde(skip)]
    pub kind: PictureKind,
    /// All of it.
    #[serde(skip)]
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Picture").field("kind", &self.kind).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pictures_are_pictures() {
        assert_eq!(PictureKind::of(b"\xff\xd8\xff\xe0"), Some(PictureKind::Jpeg));
        assert_eq!(PictureKind::of(b"\x89PNG\r\n\x1a\n"), Some(PictureKind::Png));
        assert_eq!(PictureKind::of(b"RIFF\0\0\0\0WEBPVP8 "), Some(PictureKind::Webp));
        for other in [&b"<svg xmlns"[..], b"<html>", b"GIF89a", b"RIFF\0\0\0\0WAVE", b"\xff\xd8", b""] {
            assert_eq!(PictureKind::of(other), None);
        }
    }
}
