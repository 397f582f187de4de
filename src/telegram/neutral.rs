//! Names of files that have none of their own to lose and are uploaded all the same: their handle
//! is another bot's.

use nameless_domain::relay::content::MediaKind;

/// What a file of this kind is called; `bytes` are its own.
pub(super) fn name(kind: MediaKind, bytes: &[u8]) -> &'static str {
    match kind {
        MediaKind::Photo => "photo.jpg",
        MediaKind::Video | MediaKind::VideoNote => "video.mp4",
        MediaKind::Animation => "animation.mp4",
        MediaKind::Voice => "voice.ogg",
        MediaKind::Audio => "audio.mp3",
        MediaKind::Sticker => sticker(bytes),
        MediaKind::Document => "file.bin",
    }
}

/// Telegram tells the three kinds of stickers by their names
/// (<https://core.telegram.org/bots/api#sendsticker>): animated ones are a gzip of Lottie, those of
/// film WebM, which begins as every EBML does.
fn sticker(bytes: &[u8]) -> &'static str {
    match bytes {
        [0x1f, 0x8b, ..] => "sticker.tgs",
        [0x1a, 0x45, 0xdf, 0xa3, ..] => "sticker.webm",
        _ => "sticker.webp",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sticker_is_called_by_what_it_is() {
        for (bytes, called) in [
            (&b"RIFF\x10\0\0\0WEBPVP8L"[..], "sticker.webp"),
            (b"\x1f\x8b\x08\0", "sticker.tgs"),
            (b"\x1a\x45\xdf\xa3\x9f", "sticker.webm"),
            (b"", "sticker.webp"),
        ] {
            assert_eq!(name(MediaKind::Sticker, bytes), called);
        }
        assert_eq!(name(MediaKind::Photo, b"\x1f\x8b"), "photo.jpg");
    }
}
