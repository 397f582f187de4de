//! JPEG: the markers, one after the other, up to the end. Entropy-coded bytes hold no marker (0xff
//! is followed by 0 in them), so scans can be counted without decoding.

use super::{Shape, be16};

const START_OF_SCAN: u8 = 0xda;
const END: u8 = 0xd9;

pub(super) fn shape(bytes: &[u8]) -> Option<Shape> {
    let mut at = 2;
    let mut size = None;
    let mut scans = 0;
    while let Some(marker) = next_marker(bytes, &mut at) {
        match marker {
            END => break,
            // Stand alone: no length follows.
            0x00 | 0x01 | 0xd0..=0xd8 => continue,
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                // A second frame would have the decoder work on another size than the one that was
                // checked.
                if size.is_some() {
                    return None;
                }
                size = Some((be16(bytes, at + 5)?, be16(bytes, at + 3)?));
            }
            START_OF_SCAN => scans += 1,
            _ => {}
        }
        // What is cut off is the decoder's matter; what is known is known.
        let Some(length) = be16(bytes, at) else { break };
        at += usize::from(length.max(2));
    }
    // A height of 0 is told later, behind the first scan (DNL): nobody makes such files any more.
    let (width, height) = size.filter(|&(width, height)| width > 0 && height > 0)?;
    Some(Shape { width: width.into(), height: height.into(), scans, animated: false })
}

/// The next marker's code; `at` is left behind it. Fill bytes are passed over, and so is what is
/// not a marker.
fn next_marker(bytes: &[u8], at: &mut usize) -> Option<u8> {
    loop {
        let rest = bytes.get(*at..)?;
        *at += rest.iter().position(|&byte| byte == 0xff)?;
        while *bytes.get(*at)? == 0xff {
            *at += 1;
        }
        let code = bytes[*at];
        *at += 1;
        if code != 0 {
            return Some(code);
        }
    }
}
