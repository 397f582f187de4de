//! A picture alone: makers write prompt, workflow and model into its file. What shows the picture
//! is kept, by an allowlist; nothing is decoded.

use std::ops::Range;

/// Bytes of a picture at most: Telegram takes 10 MB of a photo.
const MOST: usize = 10 * 1024 * 1024;
/// Pixels of a side (Telegram: width and height are 10,000 together at most).
const SIDE: Range<u32> = 16..4_097;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
/// Chunks that show something (<https://www.w3.org/TR/png-3/#11Chunks>).
const PNG_KEPT: [&[u8; 4]; 8] = [b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"sRGB", b"cHRM"];
/// Chunks of a WebP that show something; `VP8X` says which others there are.
const WEBP_KEPT: [&[u8; 4]; 3] = [b"VP8 ", b"VP8L", b"ALPH"];

/// A picture's file without what does not show; none if it is no whole PNG, JPEG or WebP, has more
/// than 10 MB, or a side of less than 16 or more than 4,096 pixels.
pub fn clean(bytes: &[u8]) -> Option<Vec<u8>> {
    if bytes.len() > MOST {
        return None;
    }
    match bytes {
        _ if bytes.starts_with(PNG) => png(bytes),
        [0xFF, 0xD8, 0xFF, ..] => jpeg(bytes),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => webp(bytes),
        _ => None,
    }
}

fn png(bytes: &[u8]) -> Option<Vec<u8>> {
    let (mut out, mut rest) = (PNG.to_vec(), &bytes[PNG.len()..]);
    let mut is_first = true;
    loop {
        let length = u32::from_be_bytes(rest.get(..4)?.try_into().ok()?) as usize;
        // Length, kind, data, checksum.
        let (chunk, after) = rest.split_at_checked(length.checked_add(12)?)?;
        let kind = &chunk[4..8];
        if is_first {
            let side = |at: usize| Some(u32::from_be_bytes(chunk.get(at..at + 4)?.try_into().ok()?));
            if kind != b"IHDR" || length != 13 || !SIDE.contains(&side(8)?) || !SIDE.contains(&side(12)?) {
                return None;
            }
            is_first = false;
        }
        if PNG_KEPT.iter().any(|kept| kept.as_slice() == kind) {
            out.extend_from_slice(chunk);
        }
        if kind == b"IEND" {
            return Some(out);
        }
        rest = after;
    }
}

fn jpeg(bytes: &[u8]) -> Option<Vec<u8>> {
    let (mut out, mut at) = (vec![0xFF, 0xD8], 2);
    let mut has_size = false;
    loop {
        let [0xFF, marker] = *bytes.get(at..at + 2)? else { return None };
        if marker == 0xFF {
            at += 1;
            continue;
        }
        let length = usize::from(u16::from_be_bytes(bytes.get(at + 2..at + 4)?.try_into().ok()?));
        let segment = bytes.get(at..at + 2 + length.max(2))?;
        match marker {
            // JFIF's header and Adobe's, which says how colours are written; other APPn and
            // comments are somebody's words.
            0xE1..=0xED | 0xEF | 0xFE => {}
            0xC0..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF => {
                let side = |at: usize| {
                    Some(u32::from(u16::from_be_bytes(segment.get(at..at + 2)?.try_into().ok()?)))
                };
                if !SIDE.contains(&side(5)?) || !SIDE.contains(&side(7)?) {
                    return None;
                }
                has_size = true;
                out.extend_from_slice(segment);
            }
            // The picture itself: up to the end's mark, behind which there may be anything.
            0xDA if has_size => return scans(bytes, at, out),
            0xC4 | 0xDB | 0xDD | 0xE0 | 0xEE | 0xCC => out.extend_from_slice(segment),
            _ => return None,
        }
        at += segment.len();
    }
}

/// The scans of a JPEG up to its end, without segments of words between them.
fn scans(bytes: &[u8], mut at: usize, mut out: Vec<u8>) -> Option<Vec<u8>> {
    loop {
        let [0xFF, marker] = *bytes.get(at..at + 2)? else { return None };
        if marker == 0xD9 {
            out.extend_from_slice(&[0xFF, 0xD9]);
            return Some(out);
        }
        let length = usize::from(u16::from_be_bytes(bytes.get(at + 2..at + 4)?.try_into().ok()?)).max(2);
        let segment = bytes.get(at..at + 2 + length)?;
        match marker {
            0xDA | 0xC4 | 0xDB | 0xDD => out.extend_from_slice(segment),
            0xE0..=0xEF | 0xFE => {}
            _ => return None,
        }
        at += segment.len();
        if marker == 0xDA {
            let data = bytes.get(at..)?;
            // A mark is 0xFF and neither a stuffed zero nor a restart.
            let is_mark = |pair: &[u8]| pair[0] == 0xFF && !matches!(pair[1], 0x00 | 0xD0..=0xD7 | 0xFF);
            let end = data.windows(2).position(is_mark)?;
            out.extend_from_slice(&data[..end]);
            at += end;
        }
    }
}

fn webp(bytes: &[u8]) -> Option<Vec<u8>> {
    let size = u32::from_le_bytes(bytes.get(4..8)?.try_into().ok()?) as usize;
    let mut rest = bytes.get(12..size.checked_add(8)?)?;
    let (mut out, mut shown) = (b"RIFF\0\0\0\0WEBP".to_vec(), false);
    while !rest.is_empty() {
        let length = u32::from_le_bytes(rest.get(4..8)?.try_into().ok()?) as usize;
        // Padded to even.
        let (chunk, after) = rest.split_at_checked(length.checked_add(8)?.checked_add(length % 2)?)?;
        let kind = &chunk[..4];
        if kind == b"VP8X" {
            // Flags: no profile, Exif, XMP or animation is left; alpha is.
            let mut chunk = chunk.to_vec();
            *chunk.get_mut(8)? &= 0x10;
            out.extend_from_slice(&chunk);
        } else if WEBP_KEPT.iter().any(|kept| kept.as_slice() == kind) {
            shown |= kind != b"ALPH";
            out.extend_from_slice(chunk);
        }
        rest = after;
    }
    let length = u32::try_from(out.len() - 8).ok()?;
    out[4..8].copy_from_slice(&length.to_le_bytes());
    shown.then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use nameless_domain::random::Random;

    fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
        let length = (data.len() as u32).to_be_bytes();
        [length.as_slice(), kind, data, &[1, 2, 3, 4]].concat()
    }

    fn a_png() -> Vec<u8> {
        let header = [&64u32.to_be_bytes()[..], &64u32.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
        let chunks = [
            chunk(b"IHDR", &header),
            chunk(b"tEXt", b"parameters\0a secret prompt"),
            chunk(b"eXIf", b"secret"),
            chunk(b"IDAT", b"pixels"),
            chunk(b"iTXt", b"secret"),
            chunk(b"IEND", b""),
        ];
        [PNG, &chunks.concat(), b"secret behind the end"].concat()
    }

    fn a_jpeg() -> Vec<u8> {
        let segment = |marker: u8, data: &[u8]| {
            [&[0xFF, marker][..], &(data.len() as u16 + 2).to_be_bytes(), data].concat()
        };
        [
            &[0xFF, 0xD8][..],
            &segment(0xE0, b"JFIF\0"),
            &segment(0xE1, b"Exif secret"),
            &segment(0xFE, b"secret"),
            &segment(0xDB, b"table"),
            &segment(0xC0, &[8, 0, 64, 0, 64, 3]),
            &segment(0xDA, b"scan"),
            b"pix\xFF\x00els",
            &segment(0xFE, b"secret"),
            &[0xFF, 0xD9],
            b"secret",
        ]
        .concat()
    }

    fn a_webp() -> Vec<u8> {
        let chunk = |kind: &[u8], data: &[u8]| [kind, &(data.len() as u32).to_le_bytes(), data].concat();
        let body = [
            &b"WEBP"[..],
            &chunk(b"VP8X", &[0xFF, 0, 0, 0, 1, 0, 0, 1, 0, 0]),
            &chunk(b"VP8 ", b"pixels"),
            &chunk(b"EXIF", b"secret"),
            &chunk(b"XMP ", b"secret"),
        ]
        .concat();
        [b"RIFF", &(body.len() as u32).to_le_bytes()[..], &body].concat()
    }

    #[test]
    fn nothing_is_left_but_the_picture() {
        for file in [a_png(), a_jpeg(), a_webp()] {
            assert!(file.windows(6).any(|part| part == b"secret"));
            let cleaned = clean(&file).expect("a picture");
            assert!(!cleaned.windows(6).any(|part| part == b"secret"));
            assert!(cleaned.windows(3).any(|part| part == b"els"), "the picture is there");
            assert_eq!(clean(&cleaned).as_ref(), Some(&cleaned), "there is nothing more to take out");
        }
        assert_eq!(clean(&a_webp()).unwrap()[20], 0x10, "no flag of what is gone");
    }

    #[test]
    fn no_bytes_make_it_panic_and_a_part_is_no_picture() {
        let mut random = Random::new(1);
        for file in [a_png(), a_jpeg(), a_webp()] {
            let whole = clean(&file).expect("a picture");
            for end in 0..file.len() {
                // Only what stands behind the end may be missing.
                assert!(clean(&file[..end]).is_none_or(|part| part == whole), "{end}");
            }
            for _ in 0..20_000 {
                let mut file = file.clone();
                for _ in 0..1 + random.below(4) {
                    let at = random.below(file.len() as u64) as usize;
                    file[at] = random.below(256) as u8;
                }
                let _ = clean(&file);
            }
        }
        assert_eq!(clean(b"GIF89a"), None);
        let mut huge = a_png();
        huge[16..20].copy_from_slice(&60_000u32.to_be_bytes());
        assert_eq!(clean(&huge), None);
    }
}
