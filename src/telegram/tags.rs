//! The tags inside an MP3 file: artist, title, cover, at times the owner. Cut off, as the sound does not need them.
//!
//! ID3v2 stands before the sound (<https://id3.org/id3v2.4.0-structure>, 3.1: ten bytes of header, its size in four
//! bytes of seven bits), ID3v1 is the last 128 bytes and begins with `TAG`. Other formats weave their tags into the
//! file and are left as they are.

const V2_HEADER: usize = 10;
const V2_FOOTER_FLAG: u8 = 0x10;
const V1: usize = 128;

/// Cuts the tags off. A file whose tags would be all of it is left alone: that is no sound.
pub(super) fn strip(mut file: Vec<u8>) -> Vec<u8> {
    if let Some(at) = file.len().checked_sub(V1)
        && file[at..].starts_with(b"TAG")
        && at > 0
    {
        file.truncate(at);
    }
    // Several may follow each other.
    while let Some(end) = v2_end(&file).filter(|&end| end < file.len()) {
        file.drain(..end);
    }
    file
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

    proptest! {
        #[test]
        fn any_file_survives(mut file in prop::collection::vec(any::<u8>(), 0..300), tagged: bool) {
            if tagged {
                file.splice(..0, *b"ID3\x03\0\0");
            }
            let empty = file.is_empty();
            prop_assert_eq!(strip(file).is_empty(), empty);
        }
    }
}
