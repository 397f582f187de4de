//! Pictures without what a camera or a program wrote beside them: places, times, names.
//!
//! Nothing is decoded here: parts are left out by their names. Telegram takes most of this off a
//! photo by itself; what is kept does not rely on that.

/// The same picture without metadata; none if it is not made as its first bytes promise.
pub(super) fn bare(picture: &[u8]) -> Option<Vec<u8>> {
    match picture {
        [0xff, 0xd8, rest @ ..] => jpeg(rest),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', rest @ ..] => png(&picture[..8], rest),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', rest @ ..] => webp(rest),
        _ => None,
    }
}

/// Segments up to the first scan. Of the applications' ones JFIF's and Adobe's say how colours are
/// meant, and stay.
fn jpeg(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut out = vec![0xff, 0xd8];
    loop {
        let [0xff, marker, after @ ..] = rest else { return None };
        if *marker == 0xff {
            // A fill byte: the marker begins one later.
            rest = &rest[1..];
            continue;
        }
        let length = usize::from(u16::from_be_bytes(*after.first_chunk()?));
        let segment = after.get(..length).filter(|_| length >= 2)?;
        match marker {
            // The picture itself, up to the end.
            0xda => {
                out.extend_from_slice(rest);
                return Some(out);
            }
            0xe1..=0xed | 0xef | 0xfe => {}
            _ => {
                out.extend_from_slice(&[0xff, *marker]);
                out.extend_from_slice(segment);
            }
        }
        rest = &after[length..];
    }
}

/// Only the chunks without which there is no picture.
fn png(head: &[u8], mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut out = head.to_vec();
    loop {
        let length = usize::try_from(u32::from_be_bytes(*rest.first_chunk()?)).ok()?;
        let chunk = rest.get(..length.checked_add(12)?)?;
        let name = &chunk[4..8];
        if [&b"IHDR"[..], b"PLTE", b"tRNS", b"IDAT", b"IEND"].contains(&name) {
            out.extend_from_slice(chunk);
        }
        if name == b"IEND" {
            return Some(out);
        }
        rest = &rest[chunk.len()..];
    }
}

/// All chunks but EXIF, XMP and colour profiles; the head says that they are not there.
fn webp(mut rest: &[u8]) -> Option<Vec<u8>> {
    const PROFILE_EXIF_XMP: u8 = 0x20 | 0x08 | 0x04;
    let mut body = b"WEBP".to_vec();
    while let [_, _, _, _, length @ ..] = rest {
        let length = usize::try_from(u32::from_le_bytes(*length.first_chunk()?)).ok()?;
        let padded = length.checked_add(length % 2)?.checked_add(8)?;
        // The last one's padding may be missing.
        let chunk = rest.get(..padded.min(rest.len())).filter(|chunk| chunk.len() >= length + 8)?;
        match &chunk[..4] {
            b"EXIF" | b"XMP " | b"ICCP" => {}
            b"VP8X" => {
                let mut head = chunk.to_vec();
                *head.get_mut(8)? &= !PROFILE_EXIF_XMP;
                body.extend_from_slice(&head);
            }
            _ => body.extend_from_slice(chunk),
        }
        rest = &rest[chunk.len()..];
    }
    let length = u32::try_from(body.len()).ok()?.to_le_bytes();
    Some([b"RIFF", &length[..], &body].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use nameless_vision::picture::Picture;

    fn segment(marker: u8, data: &[u8]) -> Vec<u8> {
        let length = u16::try_from(data.len() + 2).unwrap().to_be_bytes();
        [&[0xff, marker][..], &length, data].concat()
    }

    fn chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
        let length = u32::try_from(data.len()).unwrap().to_be_bytes();
        [&length[..], name, data, b"CRC!"].concat()
    }

    fn holds(bytes: &[u8], word: &[u8]) -> bool {
        bytes.windows(word.len()).any(|part| part == word)
    }

    #[test]
    fn what_is_kept_has_no_metadata() {
        let plain = Picture::plain(64, 48, [10, 120, 200]).jpeg(80).unwrap();
        let written = [segment(0xe1, b"Exif\0\0 GPS"), segment(0xfe, b"a comment"), segment(0xed, b"IPTC")];
        let dressed = [&plain[..2], &written.concat(), b"\xff\xff", &plain[2..]].concat();
        assert_eq!(bare(&dressed).unwrap(), bare(&plain).unwrap());
        let undressed = bare(&dressed).unwrap();
        assert!([&b"Exif"[..], b"a comment", b"IPTC"].iter().all(|word| !holds(&undressed, word)));
        assert!(holds(&undressed, b"JFIF") == holds(&plain, b"JFIF") && undressed.ends_with(b"\xff\xd9"));

        let head = b"\x89PNG\r\n\x1a\n".to_vec();
        let parts = |more: &[u8]| {
            [&head[..], &chunk(b"IHDR", b"size"), more, &chunk(b"IDAT", b"pixels"), &chunk(b"IEND", b"")]
                .concat()
        };
        let more = [chunk(b"eXIf", b"GPS"), chunk(b"tEXt", b"Author"), chunk(b"iCCP", b"x")].concat();
        assert_eq!(bare(&parts(&more)).unwrap(), parts(b""));

        let part = |name: &[u8; 4], data: &[u8]| {
            let length = u32::try_from(data.len()).unwrap().to_le_bytes();
            [&name[..], &length, data, &b"\0"[..data.len() % 2]].concat()
        };
        let whole = |flags: u8, more: &[u8]| {
            let body = [&b"WEBP"[..], &part(b"VP8X", &[flags, 0, 0]), &part(b"VP8 ", b"odd"), more].concat();
            [&b"RIFF"[..], &u32::try_from(body.len()).unwrap().to_le_bytes(), &body].concat()
        };
        let more = [part(b"EXIF", b"GPS"), part(b"XMP ", b"<x/>")].concat();
        assert_eq!(bare(&whole(0x1c, &more)).unwrap(), whole(0x10, b""));
    }

    #[test]
    fn what_is_cut_off_or_something_else_is_nothing() {
        let plain = Picture::plain(64, 48, [10, 120, 200]).jpeg(80).unwrap();
        assert_eq!(bare(&plain[..20]), None);
        for other in
            [&b""[..], b"<svg>", b"GIF89a", b"\xff\xd8", b"\xff\xd8\xff\xe1\0\x01", b"\x89PNG\r\n\x1a\n\0\0"]
        {
            assert_eq!(bare(other), None);
        }
        let huge = [&b"RIFF\0\0\0\0WEBPVP8 "[..], &u32::MAX.to_le_bytes(), b"x"].concat();
        assert_eq!(bare(&huge), None);
    }
}
