//! Which films are what a camera wrote.
//!
//! The apps on phones make a film anew before they send it; computers send it as the camera wrote
//! it, place included, also as a video. Bots are not told which it was: name and type hint at it.
//! An iPhone's app makes an MP4 of a film and keeps the name of its QuickTime.

use super::file_name::by_mime;
use crate::relay::content::{Media, MediaKind};

/// Words that Telegram's own names of films are made of: `video.mp4`, `animation.gif.mp4`.
const TELEGRAMS: [&str; 5] = ["animation", "gif", "giphy", "telegram", "video"];

/// Whether a video or an animation may be an original by its name or its type: anything but MP4,
/// and every name that is not one of Telegram's own, such as those of cameras, with their numbers
/// and times. A film without a name has been made anew.
pub(super) fn may_be_original(media: &Media) -> bool {
    let is_animation = media.kind == MediaKind::Animation;
    if !is_animation && media.kind != MediaKind::Video {
        return false;
    }
    // A GIF has nowhere to keep a place.
    let is_usual = |ending: &str| {
        ending.eq_ignore_ascii_case("mp4") || (is_animation && ending.eq_ignore_ascii_case("gif"))
    };
    let is_other_type = media.mime.is_some() && !by_mime(media.mime.as_deref()).is_some_and(is_usual);
    is_other_type
        || media.label.as_deref().is_some_and(|name| {
            let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
            let is_made_anew = ending.eq_ignore_ascii_case("mov") && media.mime.is_some();
            !is_made_anew && (!is_usual(ending) || !is_telegrams(stem))
        })
}

fn is_telegrams(stem: &str) -> bool {
    stem.split(['.', '_', '-', ' ']).all(|word| TELEGRAMS.contains(&word.to_lowercase().as_str()))
}

#[cfg(test)]
mod tests {
    use super::super::file_name::{is_film_or_sound, looked_into};
    use super::*;

    fn film(kind: MediaKind, name: &str, mime: &str) -> Media {
        Media {
            kind,
            file_id: "f".into(),
            unique_id: "u".into(),
            label: Some(name.to_owned()).filter(|name| !name.is_empty()),
            mime: Some(mime.to_owned()).filter(|mime| !mime.is_empty()),
            size: None,
            preview: None,
            veiled: false,
        }
    }

    #[test]
    fn originals_are_known_by_name_or_type() {
        for (name, mime) in [
            ("IMG_1234.MOV", "video/quicktime"),
            ("IMG_1234.mp4", "video/mp4"),
            ("PXL_20260101_120000123.mp4", "video/mp4"),
            ("PXL_20260101_120000123.mp4", ""),
            ("VID_20260101_120000.mp4", "video/mp4"),
            ("VID-20260101-WA0001.mp4", "video/mp4"),
            ("20260101_120000.mp4", "video/mp4"),
            ("1712345678901.mp4", "video/mp4"),
            ("2026-01-01 12.00.00.mp4", "video/mp4"),
            ("DSC_0001.MP4", "video/mp4"),
            ("MVI_0001.mp4", "video/mp4"),
            ("GOPR0001.MP4", "video/mp4"),
            ("GX010001.MP4", "video/mp4"),
            ("GH010001.MP4", "video/mp4"),
            ("DJI_0001.MP4", "video/mp4"),
            ("Screenrecording_20260101_120000.mp4", "video/mp4"),
            ("video 2.mp4", "video/mp4"),
            ("movie.mp4", "video/mp4"),
            ("video", "video/mp4"),
            ("video.mov", ""),
            ("video.webm", "video/mp4"),
            ("video.mp4", "video/quicktime"),
            ("video.mp4", "Video/Quicktime; x=y"),
            ("", "video/quicktime"),
            ("", "video/x-matroska"),
            ("", "video/3gpp"),
        ] {
            for kind in [MediaKind::Video, MediaKind::Animation] {
                let film = film(kind, name, mime);
                assert!(may_be_original(&film), "{name} {mime}");
                assert!(looked_into(&film).is_some() && is_film_or_sound(&film), "{name} {mime}");
            }
            assert!(!may_be_original(&film(MediaKind::VideoNote, name, mime)), "{name}");
        }
        assert!(may_be_original(&film(MediaKind::Video, "video.gif", "")));
    }

    #[test]
    fn what_telegram_made_is_not_looked_into() {
        for (name, mime) in [
            ("", ""),
            ("", "video/mp4"),
            ("video.mp4", ""),
            ("video.mp4", "Video/MP4"),
            ("telegram video.mp4", "video/mp4"),
            ("animation.mp4", "video/mp4"),
            ("giphy.mp4", "video/mp4"),
            ("gif.mp4", "video/mp4"),
            ("animation.gif.mp4", "video/mp4"),
            ("giphy.gif.mp4", "video/mp4"),
            // An iPhone's.
            ("IMG_1234.MOV", "video/mp4"),
        ] {
            for kind in [MediaKind::Video, MediaKind::Animation] {
                assert_eq!(looked_into(&film(kind, name, mime)), None, "{name} {mime}");
            }
        }
        assert_eq!(looked_into(&film(MediaKind::Animation, "giphy.gif", "image/gif")), None);
    }

    /// Under an ending that is not its type's Telegram might make a document of it.
    #[test]
    fn a_film_leaves_under_the_ending_of_its_type() {
        for (kind, name, mime, leaves) in [
            (MediaKind::Video, "IMG_1234.MOV", "video/quicktime", "IMG_1234.MOV"),
            (MediaKind::Video, "IMG_1234.webm", "video/mp4", "video.mp4"),
            (MediaKind::Video, "IMG_1234.MOV", "", "IMG_1234.MOV"),
            (MediaKind::Video, "IMG_1234.MOV", "video/x", "IMG_1234.MOV"),
            (MediaKind::Video, "", "video/quicktime", "video.mov"),
            (MediaKind::Video, "", "video/x", "video.mp4"),
            (MediaKind::Animation, "IMG_1234.webm", "video/mp4", "animation.mp4"),
            (MediaKind::Animation, "", "video/x", "animation.mp4"),
        ] {
            assert_eq!(looked_into(&film(kind, name, mime)).as_deref(), Some(leaves), "{name} {mime}");
        }
    }
}
