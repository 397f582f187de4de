//! PNG: its header, and the sieve that a decoder is shown it through. The decoder would unpack
//! texts and colour profiles without a limit, so it gets the chunks that make up the first picture
//! and no others.

use super::{Shape, be32};

pub(super) const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";
/// Orientation stands in here; whoever has more than this has something else in it.
const LONGEST_EXIF: usize = 64 << 10;

pub(super) fn shape(bytes: &[u8]) -> Option<Shape> {
    let (kind, header) = chunks(bytes).next().map(|chunk| (chunk.kind, chunk.data))?;
    if kind != *b"IHDR" || header.len() != 13 {
        return None;
    }
    let (width, height) = (be32(header, 0)?, be32(header, 4)?);
    if width == 0 || height == 0 {
        return None;
    }
    let animated =
        chunks(bytes).take_while(|chunk| chunk.kind != *b"IDAT").any(|chunk| chunk.kind == *b"acTL");
    Some(Shape { width, height, scans: 1, animated })
}

/// The same file without what is not needed to see its first picture: texts, profiles, further
/// frames, and whatever follows its end.
pub(crate) fn sieved(bytes: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(bytes.len().min(4 << 20));
    kept.extend_from_slice(&SIGNATURE);
    let mut exif = false;
    for chunk in chunks(bytes) {
        let keep = match &chunk.kind {
            b"IHDR" | b"PLTE" | b"tRNS" | b"IDAT" | b"IEND" => true,
            b"eXIf" => !std::mem::replace(&mut exif, true) && chunk.data.len() <= LONGEST_EXIF,
            _ => false,
        };
        if keep {
            kept.extend_from_slice(chunk.whole);
        }
        if chunk.kind == *b"IEND" {
            break;
        }
    }
    kept
}

struct Chunk<'a> {
    kind: [u8; 4],
    data: &'a [u8],
    /// Length, kind, data, checksum; shorter where the file ends.
    whole: &'a [u8],
}

fn chunks(bytes: &[u8]) -> impl Iterator<Item = Chunk<'_>> {
    let mut rest = bytes.get(SIGNATURE.len()..).unwrap_or_default();
    std::iter::from_fn(move || {
        let length = usize::try_from(be32(rest, 0)?).ok()?;
        let kind = rest.get(4..8)?.try_into().ok()?;
        let end = length.checked_add(12)?.min(rest.len());
        let (whole, behind) = rest.split_at(end);
        rest = behind;
        Some(Chunk { kind, data: &whole[8..whole.len().min(length + 8)], whole })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
        let length = u32::try_from(data.len()).unwrap().to_be_bytes();
        [&length[..], kind, data, b"sum!"].concat()
    }

    #[test]
    fn texts_profiles_and_frames_do_not_pass() {
        let kept = [chunk(b"IHDR", &[0; 13]), chunk(b"IDAT", b"pixels"), chunk(b"IEND", b"")];
        let file = [
            &SIGNATURE[..],
            &kept[0],
            &chunk(b"zTXt", b"bomb"),
            &chunk(b"iCCP", b"bomb"),
            &chunk(b"acTL", b"frames"),
            &kept[1],
            &chunk(b"fdAT", b"frame"),
            &kept[2],
            b"PK\x03\x04 a zip behind it",
        ]
        .concat();
        assert_eq!(sieved(&file), [&SIGNATURE[..], &kept[0], &kept[1], &kept[2]].concat());
    }

    #[test]
    fn a_chunk_cut_short_passes_as_it_is() {
        let file = [&SIGNATURE[..], &chunk(b"IHDR", &[0; 13]), &chunk(b"IDAT", b"pixels")[..11]].concat();
        assert_eq!(sieved(&file), file);
    }
}
