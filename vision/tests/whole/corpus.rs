//! Hostile pictures, made by code: nobody's files, and nothing to fetch.

use std::io::Cursor;

use image::{ExtendedColorType, ImageEncoder, codecs};

use crate::random::Random;

/// What has to become of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is looked at.
    Found,
    /// Its header is enough to refuse it; by the refusal's name.
    Refused(&'static str),
    /// The decoder finds it broken, or it is looked at as far as it goes: both will do, as long as
    /// it is answered.
    Answered,
}

pub struct Item {
    pub name: &'static str,
    pub bytes: Vec<u8>,
    pub outcome: Outcome,
}

fn noise(width: u32, height: u32, channels: u32) -> Vec<u8> {
    let mut random = Random::new(u64::from(width * height));
    (0..width * height * channels).map(|_| random.next() as u8).collect()
}

fn smooth(width: u32, height: u32) -> Vec<u8> {
    let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    pixels.flat_map(|(x, y)| [(x + y) as u8, (x / 2) as u8, (y / 2) as u8]).collect()
}

pub fn jpeg(width: u32, height: u32, rgb: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 85)
        .encode(rgb, width, height, ExtendedColorType::Rgb8)
        .unwrap();
    bytes
}

pub fn png(width: u32, height: u32, data: &[u8], colour: ExtendedColorType) -> Vec<u8> {
    let mut bytes = Vec::new();
    codecs::png::PngEncoder::new(&mut bytes).write_image(data, width, height, colour).unwrap();
    bytes
}

fn webp(width: u32, height: u32, rgb: &[u8]) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    codecs::webp::WebPEncoder::new_lossless(&mut bytes)
        .encode(rgb, width, height, ExtendedColorType::Rgb8)
        .unwrap();
    bytes.into_inner()
}

pub fn plain_jpeg() -> Vec<u8> {
    jpeg(320, 240, &smooth(320, 240))
}

fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let covered = [&kind[..], data].concat();
    let length = u32::try_from(data.len()).unwrap().to_be_bytes();
    [&length[..], &covered, &crc(&covered).to_be_bytes()].concat()
}

fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, &byte| {
        (0..8).fold(
            sum ^ u32::from(byte),
            |sum, _| if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 },
        )
    })
}

/// A zlib stream of so many zero bytes: a thousandth of them.
fn zeros(length: usize) -> Vec<u8> {
    // One stored block cannot be that small, so: fixed codes, a zero, and matches of 258 bytes at
    // distance 1.
    let (mut bits, mut count, mut out) = (0u64, 0u32, vec![0x78, 0x01]);
    let mut put = |value: u64, length: u32, out: &mut Vec<u8>| {
        bits |= value << count;
        count += length;
        while count >= 8 {
            out.push(bits as u8);
            bits >>= 8;
            count -= 8;
        }
    };
    // Last block, fixed codes; then the literal 0: eight bits, 0x30, most significant first.
    put(0b011, 3, &mut out);
    put(0x0c, 8, &mut out);
    for _ in 0..(length - 1) / 258 {
        // Length 258 is code 285: 0xc5 of eight bits, most significant first; distance 1: five
        // zeros.
        put(0xa3, 8, &mut out);
        put(0, 5, &mut out);
    }
    for _ in 0..(length - 1) % 258 {
        put(0x0c, 8, &mut out);
    }
    put(0, 7, &mut out);
    put(0, 7, &mut out);
    let (mut a, mut b) = (1u32, 0u32);
    for _ in 0..length {
        b = (b + a) % 65_521;
    }
    a %= 65_521;
    out.extend_from_slice(&((b << 16) | a).to_be_bytes());
    out
}

fn header(width: u32, height: u32, depth: u8, colour: u8) -> Vec<u8> {
    chunk(b"IHDR", &[&width.to_be_bytes()[..], &height.to_be_bytes(), &[depth, colour, 0, 0, 0]].concat())
}

fn png_of(chunks: &[Vec<u8>]) -> Vec<u8> {
    [b"\x89PNG\r\n\x1a\n".to_vec(), chunks.concat()].concat()
}

fn grey_png(width: u32, height: u32, extra: &[Vec<u8>]) -> Vec<u8> {
    let data = zeros((width as usize + 1) * height as usize);
    let chunks =
        [vec![header(width, height, 8, 0)], extra.to_vec(), vec![chunk(b"IDAT", &data), chunk(b"IEND", b"")]];
    png_of(&chunks.concat())
}

/// Puts a segment behind a JPEG's first marker.
fn with_segment(jpeg: &[u8], marker: u8, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len() + 2).unwrap().to_be_bytes();
    [&jpeg[..2], &[0xff, marker], &length, data, &jpeg[2..]].concat()
}

/// EXIF that says how the camera was held.
pub fn exif(orientation: u8) -> Vec<u8> {
    let entry = [&[0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0][..], &[0; 4]].concat();
    [b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01", &entry[..]].concat()
}

pub fn with_exif(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    with_segment(jpeg, 0xe1, &exif(orientation))
}

/// A progressive JPEG of the given size with so many scans that hold nothing.
fn scans(width: u16, height: u16, scans: usize) -> Vec<u8> {
    let mut out = vec![0xff, 0xd8];
    out.extend([0xff, 0xdb, 0, 67, 0]);
    out.extend([1; 64]);
    out.extend([0xff, 0xc2, 0, 11, 8]);
    out.extend(height.to_be_bytes());
    out.extend(width.to_be_bytes());
    out.extend([1, 1, 0x11, 0]);
    // One code of one bit for DC and AC: nothing changes.
    for class in [0x00, 0x10] {
        out.extend([0xff, 0xc4, 0, 20, class, 1]);
        out.extend([0; 15]);
        out.push(0);
    }
    for _ in 0..scans {
        out.extend([0xff, 0xda, 0, 8, 1, 1, 0, 0, 0, 0]);
        out.extend([0; 16]);
    }
    out.extend([0xff, 0xd9]);
    out
}

/// Four colours of a printer, as Photoshop marks them.
fn cmyk() -> Vec<u8> {
    let mut out = vec![0xff, 0xd8];
    out.extend([0xff, 0xee, 0, 14]);
    out.extend(b"Adobe\0\x64\0\0\0\0\0");
    out.extend([0xff, 0xdb, 0, 67, 0]);
    out.extend([1; 64]);
    out.extend([0xff, 0xc0, 0, 20, 8, 0, 64, 0, 64, 4, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0, 4, 0x11, 0]);
    for class in [0x00, 0x10] {
        out.extend([0xff, 0xc4, 0, 20, class, 1]);
        out.extend([0; 15]);
        out.push(0);
    }
    out.extend([0xff, 0xda, 0, 14, 4, 1, 0, 2, 0, 3, 0, 4, 0, 0, 63, 0]);
    // Two bits a block: no difference, end of block. 64 blocks of four colours.
    out.extend([0; 64]);
    out.extend([0xff, 0xd9]);
    out
}

fn animated_webp() -> Vec<u8> {
    let still = webp(64, 64, &smooth(64, 64));
    let frame = &still[12..];
    let mut body = b"WEBP".to_vec();
    body.extend(b"VP8X\x0a\0\0\0\x02\0\0\0\x3f\0\0\x3f\0\0");
    body.extend(b"ANIM\x06\0\0\0\xff\xff\xff\xff\0\0");
    for _ in 0..3 {
        body.extend(b"ANMF");
        body.extend((16 + frame.len() as u32).to_le_bytes());
        body.extend(b"\0\0\0\0\0\0\x3f\0\0\x3f\0\0\x64\0\0\0");
        body.extend(frame);
    }
    [b"RIFF", &(body.len() as u32).to_le_bytes()[..], &body].concat()
}

fn animated_png() -> Vec<u8> {
    let control = chunk(b"acTL", &[0, 0, 0, 9, 0, 0, 0, 0]);
    let frame =
        [&[0; 4][..], &64u32.to_be_bytes(), &64u32.to_be_bytes(), &[0; 8], &[0, 1, 0, 10, 0, 0]].concat();
    let frames = (0..9).map(|_| chunk(b"fcTL", &frame)).collect::<Vec<_>>();
    grey_png(64, 64, &[vec![control], frames].concat())
}

/// Every kind of hostility that is known by name.
pub fn all() -> Vec<Item> {
    use Outcome::{Answered, Found, Refused};
    let photo = plain_jpeg();
    let coloured = png(200, 100, &smooth(200, 100), ExtendedColorType::Rgb8);
    let item = |name, bytes, outcome| Item { name, bytes, outcome };
    let text = [b"Comment\0\0".to_vec(), zeros(64 << 20)].concat();
    let profile = [b"icc\0\0".to_vec(), zeros(64 << 20)].concat();
    let xmp = [b"XML:com.adobe.xmp\0\x01\0\0\0".to_vec(), zeros(64 << 20)].concat();
    vec![
        item("jpeg", photo.clone(), Found),
        item("png", coloured.clone(), Found),
        item("webp", webp(200, 100, &smooth(200, 100)), Found),
        item("png, 30,000 x 30,000 in 900 KB", grey_png(30_000, 30_000, &[]), Refused("too_many_pixels")),
        item("png, 8,000 x 8,000", png_of(&[header(8_000, 8_000, 16, 6)]), Refused("too_many_pixels")),
        item("png, just within the limits, one colour", grey_png(8_000, 2_999, &[]), Found),
        item(
            "png, 16 bits and alpha, announced large, cut short",
            png_of(&[header(8_000, 2_999, 16, 6)]),
            Answered,
        ),
        item("png, 50,000 x 1", grey_png(50_000, 1, &[]), Refused("too_many_pixels")),
        item("png, 1 x 1", grey_png(1, 1, &[]), Refused("too_few_pixels")),
        item("png, 0 x 0", png_of(&[header(0, 0, 8, 2)]), Refused("broken_header")),
        item("png, a text of 64 MiB", grey_png(64, 64, &[chunk(b"zTXt", &text)]), Found),
        item("png, forty such texts", grey_png(64, 64, &vec![chunk(b"zTXt", &text); 40]), Found),
        item("png, a colour profile of 64 MiB", grey_png(64, 64, &[chunk(b"iCCP", &profile)]), Found),
        item("png, XMP of 64 MiB", grey_png(64, 64, &[chunk(b"iTXt", &xmp)]), Found),
        item(
            "png, more data than pixels",
            {
                let data = zeros(256 << 20);
                png_of(&[header(64, 64, 8, 0), chunk(b"IDAT", &data), chunk(b"IEND", b"")])
            },
            Answered,
        ),
        item("png, animated", animated_png(), Found),
        item("png, 16 bits", png(64, 64, &noise(64, 64, 6), ExtendedColorType::Rgb16), Found),
        item("png, see-through", png(64, 64, &noise(64, 64, 4), ExtendedColorType::Rgba8), Found),
        item("webp, animated", animated_webp(), Found),
        item(
            "webp, canvas of 16 million pixels a side",
            {
                let mut bytes = animated_webp();
                bytes[24..30].fill(0xff);
                bytes
            },
            Refused("too_many_pixels"),
        ),
        item("jpeg, four colours", cmyk(), Answered),
        item("jpeg, 65,535 x 65,535", scans(65_535, 65_535, 1), Refused("too_many_pixels")),
        item("jpeg, 90 scans over 24 million pixels", scans(6_000, 4_000, 90), Refused("too_many_scans")),
        item("jpeg, as many scans as are let through", scans(2_000, 2_000, 32), Answered),
        item(
            "jpeg, two frames",
            [&photo[..photo.len() - 2], &scans(8_000, 8_000, 1)[2..]].concat(),
            Refused("broken_header"),
        ),
        item("jpeg, turned by EXIF", with_exif(&photo, 6), Found),
        item(
            "jpeg, EXIF of nonsense",
            with_segment(&photo, 0xe1, &[b"Exif\0\0".to_vec(), noise(60, 1_000, 1)].concat()),
            Found,
        ),
        item("jpeg, a zip behind it", [&photo[..], b"PK\x03\x04", &noise(100, 100, 1)].concat(), Found),
        item(
            "jpeg, a page in its comment",
            with_segment(&photo, 0xfe, b"<html><script>alert(1)</script>"),
            Found,
        ),
        item("jpeg, cut short", photo[..photo.len() / 2].to_vec(), Answered),
        item("jpeg, markers only", vec![0xff; 100_000], Refused("unknown_format")),
        item("jpeg, three bytes", vec![0xff, 0xd8, 0xff], Refused("broken_header")),
        item("png, cut short", coloured[..coloured.len() / 2].to_vec(), Answered),
        item(
            "png that calls itself jpeg",
            [&[0xff, 0xd8, 0xff][..], &coloured].concat(),
            Refused("broken_header"),
        ),
        item("gif", b"GIF89a\x01\0\x01\0\0\0\0;".to_vec(), Refused("unknown_format")),
        item("svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(), Refused("unknown_format")),
        item("nothing", Vec::new(), Refused("unknown_format")),
        item("20 MB of noise", noise(5_000, 4_000, 1), Refused("unknown_format")),
        item(
            "20 MB of noise that calls itself jpeg",
            [&photo[..200], &noise(5_000, 4_000, 1)].concat(),
            Answered,
        ),
        item(
            "20 MB of noise that calls itself webp",
            {
                let body = noise(5_000, 4_000, 1);
                [b"RIFF\xff\xff\xff\x00WEBPVP8 \xff\xff\xff\0\0\0\0\x9d\x01\x2a\x00\x10\x00\x10", &body[..]]
                    .concat()
            },
            Answered,
        ),
    ]
}

/// A few bytes of it changed, moved, cut, or grown together with another.
pub fn mutated(seeds: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut bytes = seeds[random.below(seeds.len())].clone();
    for _ in 0..=random.below(6) {
        if bytes.is_empty() {
            break;
        }
        let at =
            if random.below(2) == 0 { random.below(bytes.len().min(700)) } else { random.below(bytes.len()) };
        match random.below(7) {
            0 => bytes[at] ^= 1 << random.below(8),
            1 => bytes[at] = random.next() as u8,
            2 => bytes[at] = [0, 0xff, 0x7f, 0x80, 1][random.below(5)],
            3 => bytes.truncate(at),
            4 => {
                let end = (at + random.below(64)).min(bytes.len());
                bytes.drain(at..end);
            }
            5 => {
                let other = &seeds[random.below(seeds.len())];
                let from = random.below(other.len());
                let end = (from + random.below(256)).min(other.len());
                bytes.splice(at..at, other[from..end].iter().copied());
            }
            _ => {
                let value = [0u8, 0xff, random.next() as u8][random.below(3)];
                let end = (at + 1 + random.below(16)).min(bytes.len());
                bytes[at..end].fill(value);
            }
        }
    }
    bytes
}

/// What mutations start from: small ones of every kind.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut small: Vec<Vec<u8>> =
        all().into_iter().map(|item| item.bytes).filter(|bytes| (1..20_000).contains(&bytes.len())).collect();
    small.push(jpeg(64, 48, &smooth(64, 48)));
    small.push(jpeg(33, 77, &noise(33, 77, 3)));
    small.push(png(40, 40, &noise(40, 40, 3), ExtendedColorType::Rgb8));
    small.push(webp(40, 40, &noise(40, 40, 3)));
    small
}
