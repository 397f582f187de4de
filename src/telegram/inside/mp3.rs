//! The tags around the frames of an MP3: artist, title, cover, at times the owner. Cut off, as the
//! sound does not need them.
//!
//! ID3v2 stands before the sound (<https://id3.org/id3v2.4.0-structure>, 3.1: ten bytes of header,
//! its size in four bytes of seven bits), ID3v1 is the last 128 bytes and begins with `TAG`. Before
//! it may stand an APE tag (a footer of 32 bytes with `APETAGEX` and the size) and a Lyrics3 one
//! (its size in six digits and `LYRICS200`).

const V2_HEADER: usize = 10;
const V2_FOOTER_FLAG: u8 = 0x10;
const V1: usize = 128;
const APE_FOOTER: usize = 32;
const APE_HAS_HEADER: u8 = 0x80;
const LYRICS: &[u8] = b"LYRICS200";
const LYRICS_SIZE: usize = 6;

/// Cuts the tags off. A file whose tags would be all of it is left alone: that is no sound.
pub(super) fn strip(mut file: Vec<u8>) -> Vec<u8> {
    // They stand behind each other in any order.
    while let Some(at) = v1(&file).or_else(|| ape(&file)).or_else(|| lyrics(&file)).filter(|&at| at > 0) {
        file.truncate(at);
    }
    // Several may follow each other. Cut off at once: a file of nothing but tags must not cost its
    // length each time.
    let mut start = 0;
    while let Some(end) = v2_end(&file[start..]).map(|end| start + end).filter(|&end| end < file.len()) {
        start = end;
    }
    file.drain(..start);
    file
}

fn v1(file: &[u8]) -> Option<usize> {
    let at = file.len().checked_sub(V1)?;
    file[at..].starts_with(b"TAG").then_some(at)
}

/// Where an APE tag at the end begins. Its size does not count the header.
fn ape(file: &[u8]) -> Option<usize> {
    let footer = file.len().checked_sub(APE_FOOTER)?;
    let tag = file.get(footer..)?.strip_prefix(b"APETAGEX")?;
    let size = u32::from_le_bytes(*tag.get(4..)?.first_chunk()?) as usize;
    let header = if tag[15] & APE_HAS_HEADER != 0 { APE_FOOTER } else { 0 };
    file.len().checked_sub(size.max(APE_FOOTER).checked_add(header)?)
}

/// Where a Lyrics3 tag at the end begins.
fn lyrics(file: &[u8]) -> Option<usize> {
    let digits = file.strip_suffix(LYRICS)?;
    let at = digits.len().checked_sub(LYRICS_SIZE)?;
    let size: usize = std::str::from_utf8(&digits[at..]).ok()?.parse().ok()?;
    at.checked_sub(size)
}

/// Where an ID3v2 tag at the start ends.
fn v2_end(file: &[u8]) -> Option<usize> {
    let header = file.get(..V2_HEADER).filter(|h| h.starts_with(b"ID3"))?;
    let size = header[6..].iter().try_fold(0, |size, &b| (b < 0x80).then_some(size << 7 | usize::from(b)))?;
    let footer = if header[5] & V2_FOOTER_FLAG != 0 { V2_HEADER } else { 0 };
    Some(V2_HEADER + size + footer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn both_kinds_of_tags_go_and_the_sound_stays() {
        let mut file = b"ID3\x04\0\0\0\0\x01\x02".to_vec();
        file.extend([b'n'; 130]);
        file.extend(b"\xff\xfbsound");
        file.extend(b"TAG");
        file.extend([b'n'; 125]);
        assert_eq!(strip(file), b"\xff\xfbsound");
        assert_eq!(strip(b"\xff\xfbsound".to_vec()), b"\xff\xfbsound");
    }

    #[test]
    fn tags_at_the_end_go_in_any_order() {
        let ape = [b"APETAGEX\xd0\x07\0\0\x25\0\0\0\x01\0\0\0\0\0\0\0".to_vec(), vec![0; 8]].concat();
        let ape = [b"Owner".as_slice(), &ape].concat();
        let lyrics = b"LYRICSBEGINwords000016LYRICS200".as_slice();
        let v1 = [b"TAG".as_slice(), &[b'n'; 125]].concat();
        for tail in [vec![&ape[..], lyrics, &v1], vec![&v1[..], &ape, lyrics], vec![&ape[..]]] {
            let file = [b"\xff\xfbsound".as_slice(), &tail.concat()].concat();
            assert_eq!(strip(file), b"\xff\xfbsound", "{tail:?}");
        }
    }

    proptest! {
        #[test]
        fn any_file_survives(mut file in prop::collection::vec(any::<u8>(), 0..300), tagged: bool, tail in 0..4_u8) {
            if tagged {
                file.splice(..0, *b"ID3\x03\0\0");
            }
            file.extend_from_slice([&b""[..], b"APETAGEX\0\0\0\0\x20\0\0\0aaaaaaaaaaaaaaaa", b"000001LYRICS200", b"x"][usize::from(tail)]);
            let empty = file.is_empty();
            prop_assert_eq!(strip(file).is_empty(), empty);
        }
    }
}
