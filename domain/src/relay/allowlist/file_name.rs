//! File names: which ones say nothing of a person, and what to call a file whose own name might.

use super::film;
use crate::relay::content::{Media, MediaKind};

/// Words that cameras, phones and messengers put into names, and what people call a file that has
/// no name. Sorted.
const GENERIC: &[&str] = &[
    "animation",
    "audio",
    "clip",
    "copy",
    "doc",
    "document",
    "download",
    "dsc",
    "dscf",
    "dscn",
    "file",
    "gif",
    "giphy",
    "gopr",
    "image",
    "img",
    "movie",
    "mp",
    "music",
    "mvi",
    "new",
    "photo",
    "pic",
    "picture",
    "ptt",
    "pxl",
    "rec",
    "record",
    "recording",
    "scan",
    "screen",
    "screenrecording",
    "screenshot",
    "sound",
    "telegram",
    "untitled",
    "vid",
    "video",
    "voice",
    "wa",
    "whatsapp",
    "аудио",
    "без",
    "видео",
    "документ",
    "запись",
    "звук",
    "имени",
    "копия",
    "новый",
    "скан",
    "снимок",
    "файл",
    "фото",
    "экрана",
];

/// Extensions that are kept: they say what opens the file. Sorted.
const KNOWN: &[&str] = &[
    "3gp", "7z", "aac", "amr", "apk", "avi", "bin", "bz2", "c", "cpp", "css", "csv", "djvu", "doc", "docx",
    "epub", "fb2", "flac", "gif", "go", "gz", "html", "java", "js", "json", "jsx", "key", "log", "m4a",
    "m4v", "md", "mid", "mkv", "mobi", "mov", "mp3", "mp4", "mpg", "odp", "ods", "odt", "oga", "ogg", "opus",
    "pdf", "ppt", "pptx", "psd", "py", "rar", "rs", "rtf", "sql", "srt", "svg", "tar", "tgs", "torrent",
    "ts", "ttf", "txt", "wav", "webm", "webp", "wma", "wmv", "xls", "xlsx", "xml", "xz", "yaml", "yml",
    "zip",
];

/// Extensions of images; as files they keep the camera's data. Sorted.
const IMAGES: &[&str] = &[
    "arw", "avif", "bmp", "cr2", "cr3", "dng", "heic", "heif", "jfif", "jpe", "jpeg", "jpg", "jxl", "nef",
    "orf", "png", "raf", "raw", "rw2", "tif", "tiff", "webp",
];

/// Digits of a name that are neither a date nor a time, at most.
const MAX_LOOSE_DIGITS: usize = 8;

/// The name that `media` must be given, none if it can leave under its own.
///
/// Kinds that show no label (photo, voice, round video) leave as they are. A file name is neutral
/// when it consists of [`GENERIC`] words, date and time stamps and at most eight other digits, with
/// a known extension: `IMG_1234.mp4`, `VID_20260101_120000.mp4`, `document (2).pdf`, `1.txt`.
/// Performer and title of a sound never look like that. A sticker's label is its pack: it always
/// goes.
pub(super) fn launder(media: &Media) -> Option<String> {
    let label = media.label.as_deref()?;
    let stem = match media.kind {
        MediaKind::Photo | MediaKind::Voice | MediaKind::VideoNote => return None,
        MediaKind::Sticker => {
            return Some(format!("sticker.{}", by_mime(media.mime.as_deref()).unwrap_or("webp")));
        }
        _ if is_neutral(label) => return None,
        MediaKind::Video => "video",
        MediaKind::Animation => "animation",
        MediaKind::Audio => "audio",
        MediaKind::Document => "file",
    };
    let lower = extension(label).map(str::to_lowercase);
    let kept = lower.as_deref().filter(|e| is_in(KNOWN, e));
    let usual = match media.kind {
        MediaKind::Video | MediaKind::Animation => "mp4",
        MediaKind::Audio => "mp3",
        _ => "bin",
    };
    Some(format!("{stem}.{}", kept.or_else(|| by_mime(media.mime.as_deref())).unwrap_or(usual)))
}

/// Extensions of films and sounds; as files they keep place and tags. Sorted.
const FILMS_AND_SOUNDS: &[&str] = &[
    "3g2", "3gp", "aac", "aif", "aiff", "amr", "avi", "flac", "m4a", "m4b", "m4v", "mid", "mka", "mkv",
    "mov", "mp3", "mp4", "mpg", "mts", "oga", "ogg", "opus", "qt", "wav", "webm", "wma", "wmv",
];

/// The name under which a file leaves that is looked into although its name says nothing: a
/// document can be anything whatever it is called, a sound has tags that no name tells of, and a
/// film may be what a camera wrote ([`film::may_be_original`]). A film whose name has another
/// ending than its type leaves under one of ours.
pub(super) fn looked_into(media: &Media) -> Option<String> {
    let usual = match media.kind {
        MediaKind::Document => "file.bin",
        MediaKind::Audio => "audio.mp3",
        MediaKind::Video if film::may_be_original(media) => "video.mp4",
        MediaKind::Animation if film::may_be_original(media) => "animation.mp4",
        _ => return None,
    };
    let ending = by_mime(media.mime.as_deref());
    let is_film = matches!(media.kind, MediaKind::Video | MediaKind::Animation);
    let keeps = |name: &&str| {
        let own = extension(name).unwrap_or_default();
        !is_film || ending.is_none_or(|ending| own.eq_ignore_ascii_case(ending))
    };
    let own = media.label.as_deref().filter(keeps).map(str::to_owned);
    let by_type = || ending.map(|e| format!("{}.{e}", &usual[..usual.len() - 4]));
    own.or_else(by_type).or_else(|| Some(usual.to_owned()))
}

/// Whether a file says of itself that it is a film or a sound.
pub(super) fn is_film_or_sound(media: &Media) -> bool {
    let is =
        |m: &str| ["video/", "audio/"].iter().any(|t| m.get(..6).is_some_and(|m| m.eq_ignore_ascii_case(t)));
    matches!(media.kind, MediaKind::Audio | MediaKind::Video | MediaKind::Animation)
        || media.mime.as_deref().is_some_and(is)
        || (media.label.as_deref().and_then(extension))
            .is_some_and(|e| is_in(FILMS_AND_SOUNDS, &e.to_lowercase()))
}

/// Whether a document is an image sent as a file, by its type or by its name.
pub(super) fn is_image(media: &Media) -> bool {
    media.kind == MediaKind::Document
        && (media
            .mime
            .as_deref()
            .is_some_and(|m| m.get(..6).is_some_and(|m| m.eq_ignore_ascii_case("image/")))
            || media.label.as_deref().and_then(extension).is_some_and(|e| is_in(IMAGES, &e.to_lowercase())))
}

fn is_in(list: &[&str], word: &str) -> bool {
    list.binary_search(&word).is_ok()
}

/// What follows the last dot of a name.
fn extension(name: &str) -> Option<&str> {
    name.rsplit_once('.').map(|(_, extension)| extension.trim())
}

pub(super) fn by_mime(mime: Option<&str>) -> Option<&'static str> {
    let mime = mime?;
    let essence = mime.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    Some(match essence.as_str() {
        "application/x-tgsticker" => "tgs",
        "image/webp" => "webp",
        "image/gif" => "gif",
        "video/webm" => "webm",
        "video/mp4" => "mp4",
        "video/quicktime" => "mov",
        "video/x-matroska" => "mkv",
        "audio/mpeg" | "audio/mp3" => "mp3",
        "audio/mp4" | "audio/x-m4a" | "audio/m4a" => "m4a",
        "audio/ogg" | "audio/opus" => "ogg",
        "audio/flac" | "audio/x-flac" => "flac",
        "audio/wav" | "audio/x-wav" => "wav",
        "application/pdf" => "pdf",
        "application/zip" => "zip",
        "application/msword" => "doc",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document" => "docx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" => "xlsx",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation" => "pptx",
        "application/epub+zip" => "epub",
        "application/json" => "json",
        "text/plain" => "txt",
        "text/csv" => "csv",
        _ => return None,
    })
}

fn is_neutral(name: &str) -> bool {
    let Some((stem, extension)) = name.rsplit_once('.') else { return false };
    if !is_in(KNOWN, &extension.to_lowercase()) {
        return false;
    }
    let (mut loose, mut dated) = (0, false);
    let mut rest = stem;
    while let Some(c) = rest.chars().next() {
        let class = |c: char| if c.is_ascii_digit() { 0 } else { 1 + u8::from(c.is_alphabetic()) };
        let end = rest.find(|d: char| class(d) != class(c)).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        rest = after;
        match class(c) {
            0 if is_stamp(run) => dated = true,
            // HHMMSS and HHMMSSmmm after a date.
            0 if dated && matches!(run.len(), 6 | 9) => {}
            0 => loose += run.len(),
            1 if !run.chars().all(|c| matches!(c, '_' | '-' | ' ' | '.' | '(' | ')' | '~')) => return false,
            1 => {}
            _ if is_in(GENERIC, &run.to_lowercase()) => {}
            _ => return false,
        }
    }
    loose <= MAX_LOOSE_DIGITS
}

/// YYYYMMDD, YYYYMMDDHHMMSS, or Unix time in milliseconds.
fn is_stamp(digits: &str) -> bool {
    let two = |at: usize| digits[at..at + 2].parse::<u8>().unwrap_or(99);
    let date = digits.len() >= 8
        && (digits.starts_with("19") || digits.starts_with("20"))
        && (1..=12).contains(&two(4))
        && (1..=31).contains(&two(6));
    match digits.len() {
        8 => date,
        14 => date && two(8) < 24 && two(10) < 60 && two(12) < 60,
        13 => ("15".."20").contains(&&digits[..2]),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn media(kind: MediaKind, label: &str, mime: Option<&str>) -> Media {
        Media {
            kind,
            file_id: "f".into(),
            unique_id: "u".into(),
            label: Some(label.into()),
            mime: mime.map(str::to_owned),
            size: None,
            preview: None,
            veiled: false,
        }
    }

    #[test]
    fn lists_are_sorted() {
        assert!(
            GENERIC.is_sorted() && KNOWN.is_sorted() && IMAGES.is_sorted() && FILMS_AND_SOUNDS.is_sorted()
        );
    }

    #[test]
    fn names_that_say_nothing() {
        for name in [
            "IMG_1234.MP4",
            "VID_20260101_120000.mp4",
            "VID-20260101-WA0001.mp4",
            "PXL_20260101_120000123.mp4",
            "video.mp4",
            "audio.ogg",
            "document.pdf",
            "document (2).pdf",
            "1.txt",
            "Screenrecording_20260101_120000.mp4",
            "документ.docx",
            "1712345678901.mp4",
            "2026-01-01 12.00.00.mp4",
        ] {
            let expected = if name.starts_with("2026-") { Some("file.mp4".to_owned()) } else { None };
            assert_eq!(launder(&media(MediaKind::Document, name, None)), expected, "{name}");
        }
    }

    #[test]
    fn names_that_might() {
        for (kind, name, mime, neutral) in [
            (MediaKind::Document, "Ivan Petrov CV.pdf", None, "file.pdf"),
            (MediaKind::Document, "Договор Иванов.DOCX", None, "file.docx"),
            (MediaKind::Document, "89161234567.pdf", None, "file.pdf"),
            (MediaKind::Document, "8916_1234567.txt", None, "file.txt"),
            (MediaKind::Document, "secret", Some("application/pdf"), "file.pdf"),
            (MediaKind::Document, "video", None, "file.bin"),
            (MediaKind::Document, "x.durov", None, "file.bin"),
            (MediaKind::Document, "IMG_1234.durov", Some("text/plain; charset=utf-8"), "file.txt"),
            (MediaKind::Video, "у Маши.mov", None, "video.mov"),
            (MediaKind::Animation, "me.gif.mp4", None, "animation.mp4"),
            (MediaKind::Audio, "Ivan Petrov - My song", Some("audio/mpeg"), "audio.mp3"),
            (MediaKind::Audio, "Маша", None, "audio.mp3"),
            (MediaKind::Sticker, "durov_pack", Some("video/webm"), "sticker.webm"),
            (MediaKind::Sticker, "durov_pack", None, "sticker.webp"),
        ] {
            assert_eq!(launder(&media(kind, name, mime)).as_deref(), Some(neutral), "{name}");
        }
        assert_eq!(launder(&media(MediaKind::Voice, "Ivan", None)), None);
    }

    #[test]
    fn what_is_looked_into_leaves_under_its_own_harmless_name() {
        let look = |kind, label: &str, mime| {
            looked_into(&Media {
                label: Some(label.to_owned()).filter(|l| !l.is_empty()),
                ..media(kind, label, mime)
            })
        };
        assert_eq!(look(MediaKind::Document, "IMG_1.MOV", None).as_deref(), Some("IMG_1.MOV"));
        assert_eq!(look(MediaKind::Document, "", Some("video/mp4")).as_deref(), Some("file.mp4"));
        assert_eq!(look(MediaKind::Document, "", None).as_deref(), Some("file.bin"));
        assert_eq!(look(MediaKind::Audio, "", Some("audio/flac")).as_deref(), Some("audio.flac"));
        assert_eq!(look(MediaKind::Video, "video.mp4", None), None);
        assert_eq!(look(MediaKind::Video, "IMG_1.MOV", None).as_deref(), Some("IMG_1.MOV"));
        assert!(is_film_or_sound(&media(MediaKind::Document, "a.MOV", None)));
        assert!(is_film_or_sound(&media(MediaKind::Document, "a.bin", Some("Video/mp4"))));
        assert!(!is_film_or_sound(&media(MediaKind::Document, "a.pdf", Some("application/pdf"))));
    }

    #[test]
    fn images_as_files() {
        for (name, mime) in
            [("a.HEIC", None), ("a", Some("Image/Png")), ("x.jpg", Some("application/octet-stream"))]
        {
            assert!(is_image(&media(MediaKind::Document, name, mime)), "{name}");
        }
        assert!(!is_image(&media(MediaKind::Document, "a.mp4", Some("video/mp4"))));
        assert!(!is_image(&media(MediaKind::Sticker, "a.webp", Some("image/webp"))));
    }
}
