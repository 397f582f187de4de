//! What is inside a file that is uploaded anew: places in films, tags in sounds. Taken out by
//! content, whatever the file is called; where that is not possible, the file is refused, with a
//! line that says how to send it instead.
//!
//! | family | what happens |
//! | --- | --- |
//! | JPEG, PNG, WebP, HEIC, AVIF, TIFF, raw, JPEG XL, GIF | refused: a photo loses its data |
//! | MP4, MOV, 3GP, M4A | `udta`, `meta`, `uuid`, tracks of data blanked; times set to zero |
//! | MP3, AAC, Monkey's Audio, WavPack | ID3, APE and Lyrics3 tags cut off |
//! | FLAC | comments, pictures and foreign blocks left out |
//! | Ogg (Vorbis, Opus) | comments blanked in place |
//! | WAV | all but the sound blanked in place |
//! | Matroska, WebM, AVI, WMV, MPEG | refused: send it from a phone, which makes it anew |
//! | AIFF, RF64 | refused |
//! | anything else (PDF, office, archives, texts, programs) | left as it is; users are told |
//!
//! A film that is sent as a video or an animation goes by the same rules; only what is no film by
//! its first bytes is left as it is.

mod flac;
mod mp3;
mod mp4;
mod ogg;
mod riff;
#[cfg(test)]
mod tests;

use nameless_domain::relay::content::{MediaKind, Refused};

/// It is not built as its kind should be, or holds what cannot be taken out.
#[derive(Debug, PartialEq, Eq)]
struct Unclean;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    Image,
    Mp4,
    Mp3,
    Flac,
    Ogg,
    Wave,
    OtherFilm,
    OtherSound,
    Other,
}

/// The file without what tells of its owner.
///
/// # Errors
/// Why it cannot be passed on.
pub(super) fn clean(kind: MediaKind, file: Vec<u8>) -> Result<Vec<u8>, Refused> {
    match kind {
        MediaKind::Document | MediaKind::Audio => taken_out(kind, file),
        MediaKind::Video | MediaKind::Animation => match family(&file) {
            Family::Mp4 => mp4::clean(file).map_err(|Unclean| Refused::VideoAsFile),
            Family::OtherFilm => Err(Refused::VideoAsFile),
            _ => Ok(file),
        },
        _ => Ok(file),
    }
}

fn taken_out(kind: MediaKind, file: Vec<u8>) -> Result<Vec<u8>, Refused> {
    let film = if kind == MediaKind::Audio { Refused::AudioAsFile } else { Refused::VideoAsFile };
    let sound = |_: Unclean| Refused::AudioAsFile;
    // Tags may stand before any kind of sound.
    let file = if file.starts_with(b"ID3") { mp3::strip(file) } else { file };
    match family(&file) {
        // The picture of an audio file is no document.
        Family::Image => Err(Refused::ImageAsFile),
        Family::Mp4 => {
            let is_sound = file.get(8..11).is_some_and(|brand| matches!(brand, b"M4A" | b"M4B"));
            mp4::clean(file).map_err(|Unclean| if is_sound { Refused::AudioAsFile } else { film })
        }
        Family::Mp3 => Ok(mp3::strip(file)),
        Family::Flac => flac::clean(&file).map_err(sound),
        Family::Ogg => ogg::clean(file).map_err(sound),
        Family::Wave => riff::clean(file).map_err(sound),
        Family::OtherFilm => Err(film),
        Family::OtherSound => Err(Refused::AudioAsFile),
        Family::Other => Ok(file),
    }
}

/// Brands of pictures in the box format of MP4.
const PICTURE_BRANDS: [&[u8; 4]; 12] = [
    b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis", b"crx ",
    b"jxl ",
];

/// What a file is by its first bytes.
fn family(file: &[u8]) -> Family {
    let at = |offset: usize, bytes: &[u8]| file.get(offset..).is_some_and(|rest| rest.starts_with(bytes));
    let is = |bytes: &[u8]| file.starts_with(bytes);
    let any = |heads: &[&[u8]]| heads.iter().any(|head| is(head));
    let images: [&[u8]; 13] = [
        b"\xff\xd8\xff",
        b"\x89PNG",
        b"GIF8",
        b"II*\0",
        b"MM\0*",
        b"II+\0",
        b"MM\0+",
        b"IIU\0",
        b"IIRO",
        b"MMOR",
        b"FUJIFILMCCD-RAW",
        b"\xff\x0a",
        b"\0\0\0\x0cJXL ",
    ];
    if any(&images) || (is(b"RIFF") && at(8, b"WEBP")) {
        return Family::Image;
    }
    if let Some(kind) = file.get(4..8)
        && [&b"ftyp"[..], b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"].contains(&kind)
    {
        let brand = file.get(8..12).unwrap_or_default();
        let is_picture = kind == b"ftyp" && PICTURE_BRANDS.iter().any(|b| b.as_slice() == brand);
        return if is_picture { Family::Image } else { Family::Mp4 };
    }
    let films: [&[u8]; 5] =
        [b"\x1a\x45\xdf\xa3", b"\x30\x26\xb2\x75", b"\0\0\x01\xba", b"\0\0\x01\xb3", b"FLV\x01"];
    // A transport stream repeats its mark at every packet, of 188 bytes or of 192.
    let is_stream =
        (is(b"G") && at(188, b"G") && at(376, b"G")) || (at(4, b"G") && at(196, b"G") && at(388, b"G"));
    if any(&films) || is_stream || (is(b"RIFF") && at(8, b"AVI ")) {
        return Family::OtherFilm;
    }
    match () {
        () if is(b"RIFF") && at(8, b"WAVE") => Family::Wave,
        () if is(b"RF64") || is(b"FORM") && (at(8, b"AIFF") || at(8, b"AIFC")) => Family::OtherSound,
        () if is(b"fLaC") => Family::Flac,
        () if is(b"OggS") => Family::Ogg,
        () if any(&[b"MAC ", b"wvpk", b"ID3"]) || is_frame(file) => Family::Mp3,
        () => Family::Other,
    }
}

/// Whether it begins with a frame of an MP3 or AAC. Not the mark of a UTF-16 text, which looks
/// alike.
fn is_frame(file: &[u8]) -> bool {
    matches!(file, [0xff, second, ..] if second & 0xe0 == 0xe0 && !matches!(second, 0xfe | 0xff))
}

/// Four bytes as a number, the most significant first.
fn be32(file: &[u8], at: usize) -> Result<usize, Unclean> {
    let bytes = file.get(at..).and_then(|rest| rest.first_chunk::<4>()).ok_or(Unclean)?;
    Ok(u32::from_be_bytes(*bytes) as usize)
}

/// Four bytes as a number, the least significant first.
fn le32(file: &[u8], at: usize) -> Result<usize, Unclean> {
    let bytes = file.get(at..).and_then(|rest| rest.first_chunk::<4>()).ok_or(Unclean)?;
    Ok(u32::from_le_bytes(*bytes) as usize)
}
