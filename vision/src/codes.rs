//! QR codes in a picture: a way around anonymity, and what spam is made of.

use crate::picture::Picture;

/// Codes that are read at most: more do not make it worse.
const READ: usize = 4;

/// How many QR codes can be read, four at most. What they say is not kept: it may name a person.
#[must_use]
pub fn count(picture: &Picture) -> u32 {
    let (width, height) = (picture.width as usize, picture.height as usize);
    let luma = picture.luma();
    let mut prepared =
        rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| luma[y * width + x] as u8);
    let grids = prepared.detect_grids();
    let read = grids.iter().take(READ).filter(|grid| grid.decode_to(std::io::sink()).is_ok()).count();
    u32::try_from(read).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_code(side: u32, noise: impl Fn(u32, u32) -> u8) -> Picture {
        let code = qrcode::QrCode::new(b"https://t.me/nobody").unwrap();
        let (modules, dots) = (code.width() as u32, code.to_colors());
        let rgb = (0..side * side).flat_map(|at| {
            let (x, y) = (at % side, at / side);
            let (column, row) = ((x / 4).wrapping_sub(12), (y / 4).wrapping_sub(12));
            let inside = column < modules && row < modules;
            let dark = inside && dots[(row * modules + column) as usize] == qrcode::Color::Dark;
            let edge = column.wrapping_add(4) < modules + 8 && row.wrapping_add(4) < modules + 8;
            [if dark {
                20
            } else if edge {
                240
            } else {
                noise(x, y)
            }; 3]
        });
        Picture { width: side, height: side, rgb: rgb.collect() }
    }

    #[test]
    fn a_code_is_found_wherever_it_is_and_whichever_way_up() {
        let picture = with_code(400, |x, y| ((x * 7 + y * 13) % 97) as u8);
        for quarters in 0..4 {
            assert_eq!(count(&picture.turned(quarters)), 1, "{quarters}");
        }
        assert_eq!(count(&picture.shrunk(240)), 1);
    }

    #[test]
    fn nothing_else_is_taken_for_one() {
        assert_eq!(count(&Picture::plain(1, 1, [0; 3])), 0);
        assert_eq!(count(&Picture::plain(640, 480, [128; 3])), 0);
        let mut broken = with_code(400, |_, _| 200);
        // Two of its three corners are gone.
        broken.rgb[..400 * 3 * 80].fill(200);
        assert_eq!(count(&broken), 0);
    }
}
