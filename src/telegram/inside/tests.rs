//! Small files of each family, with a mark in every place where something could tell of their
//! owner.

use super::*;
use proptest::prelude::*;

/// In every tag and nowhere else.
const MARK: &[u8] = b"Zxq+55.75+037.61";
/// In every sound and picture.
const SOUND: &[u8] = b"this is what was recorded";

fn has(file: &[u8], part: &[u8]) -> bool {
    file.windows(part.len()).any(|window| window == part)
}

fn cat(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

/// A box of MP4.
fn mp4box(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    cat(&[&(content.len() as u32 + 8).to_be_bytes(), kind, content])
}

fn numbers(list: &[u32]) -> Vec<u8> {
    list.iter().flat_map(|n| n.to_be_bytes()).collect()
}

fn track(handler: &[u8; 4], sample: (u32, u32)) -> Vec<u8> {
    let hdlr = mp4box(b"hdlr", &cat(&[&[0; 8], handler, &[0; 12]]));
    let stbl = cat(&[
        &mp4box(b"stsc", &numbers(&[0, 1, 1, 1, 1])),
        &mp4box(b"stsz", &numbers(&[0, 0, 1, sample.1])),
        &mp4box(b"stco", &numbers(&[0, 1, sample.0])),
    ]);
    let minf = mp4box(b"minf", &mp4box(b"stbl", &stbl));
    let mdhd = mp4box(b"mdhd", &numbers(&[0, 0xdead_beef, 0xdead_beef, 600, 1]));
    mp4box(b"trak", &mp4box(b"mdia", &cat(&[&mdhd, &hdlr, &minf])))
}

/// A film with the place in four ways: `udta`, `meta`, `uuid`, and a track beside the picture.
fn film(brand: &[u8; 4]) -> Vec<u8> {
    let ftyp = mp4box(b"ftyp", &cat(&[brand, &[0; 4]]));
    let mdat = mp4box(b"mdat", &cat(&[SOUND, MARK]));
    let picture = (ftyp.len() + 8) as u32;
    let data = picture + SOUND.len() as u32;
    let moov = mp4box(
        b"moov",
        &cat(&[
            &mp4box(b"mvhd", &numbers(&[0, 0xdead_beef, 0xdead_beef, 600, 1])),
            &track(b"vide", (picture, SOUND.len() as u32)),
            &track(b"meta", (data, MARK.len() as u32)),
            &mp4box(b"udta", &mp4box(b"\xa9xyz", MARK)),
            &mp4box(b"meta", MARK),
        ]),
    );
    cat(&[&ftyp, &mdat, &moov, &mp4box(b"uuid", MARK), &mp4box(b"free", MARK)])
}

fn flac() -> Vec<u8> {
    let block = |kind: u8, body: &[u8]| cat(&[&[kind, 0, 0, body.len() as u8], body]);
    cat(&[b"fLaC", &block(0, &[7; 34]), &block(4, MARK), &block(3, &[9; 18]), &block(0x86, MARK), SOUND])
}

fn wave() -> Vec<u8> {
    let chunk = |kind: &[u8; 4], body: &[u8]| {
        cat(&[kind, &(body.len() as u32).to_le_bytes(), body, &[0][..body.len() & 1]])
    };
    cat(&[
        b"RIFF\0\0\0\0WAVE",
        &chunk(b"fmt ", &[1; 16]),
        &chunk(b"LIST", &cat(&[b"INFOIART", MARK])),
        &chunk(b"data", SOUND),
        &chunk(b"id3 ", MARK),
    ])
}

/// A page of one packet.
fn page(flags: u8, number: u32, packet: &[u8]) -> Vec<u8> {
    let mut laces = vec![255; packet.len() / 255];
    laces.push((packet.len() % 255) as u8);
    cat(&[
        b"OggS\0",
        &[flags],
        &[0; 8],
        b"ser1",
        &number.to_le_bytes(),
        &[0; 4],
        &[laces.len() as u8],
        &laces,
        packet,
    ])
}

fn ogg(comment: &[u8]) -> Vec<u8> {
    let tags = cat(&[
        b"OpusTags",
        &4_u32.to_le_bytes(),
        b"enco",
        &2_u32.to_le_bytes(),
        &(comment.len() as u32).to_le_bytes(),
        comment,
        &1_u32.to_le_bytes(),
        b"x",
        b"\0",
        MARK,
    ]);
    cat(&[&page(2, 0, b"OpusHead\x01"), &page(0, 1, &tags), &page(4, 2, SOUND)])
}

fn document(file: Vec<u8>) -> Result<Vec<u8>, Refused> {
    clean(MediaKind::Document, file)
}

#[test]
fn marks_go_and_what_was_recorded_stays() {
    let long = cat(&[b"ARTIST=", MARK, &[b'a'; 600]]);
    let mp3 = cat(&[b"ID3\x04\0\0\0\0\0\x10", MARK, b"\xff\xfb", SOUND, b"TAG", MARK, &[0; 109]]);
    for (name, file) in [
        ("mp4", film(b"isom")),
        ("mov", film(b"qt  ")),
        ("m4a", film(b"M4A ")),
        ("flac", flac()),
        ("wav", wave()),
        ("ogg", ogg(&cat(&[b"ARTIST=", MARK]))),
        ("ogg with a cover", ogg(&long)),
        ("mp3", mp3),
        ("flac behind a tag", cat(&[b"ID3\x04\0\0\0\0\0\x10", MARK, &flac()])),
    ] {
        assert!(has(&file, MARK) && has(&file, SOUND), "{name}");
        for kind in [MediaKind::Document, MediaKind::Audio] {
            let cleaned = clean(kind, file.clone()).unwrap_or_else(|why| panic!("{name}: {why:?}"));
            assert!(!has(&cleaned, MARK), "{name}: {}", String::from_utf8_lossy(&cleaned));
            assert!(has(&cleaned, SOUND), "{name}");
        }
    }
}

#[test]
fn a_film_keeps_its_length_and_its_picture_track_and_loses_its_times() {
    let file = film(b"isom");
    let cleaned = document(file.clone()).unwrap();
    assert_eq!(cleaned.len(), file.len());
    assert!(has(&cleaned, b"vide") && has(&cleaned, b"stco"));
    assert!(!has(&cleaned, &0xdead_beef_u32.to_be_bytes()), "the times are gone");
    assert_eq!(document(cleaned.clone()), Ok(cleaned), "a second time there is nothing to do");
}

/// Readers drop a page whose checksum is wrong.
#[test]
fn pages_keep_right_checksums() {
    let cleaned = document(ogg(b"A=b")).unwrap();
    let head = page(2, 0, b"OpusHead\x01");
    // CRC-32 without reflection, start 0, over the page with a zero checksum.
    let mut sum = 0_u32;
    for byte in &head {
        sum ^= u32::from(*byte) << 24;
        for _ in 0..8 {
            sum = if sum >> 31 == 1 { (sum << 1) ^ 0x04c1_1db7 } else { sum << 1 };
        }
    }
    assert_eq!(cleaned[22..26], sum.to_le_bytes());
}

#[test]
fn pictures_are_refused_whatever_they_are_called() {
    for head in [
        &b"\xff\xd8\xff\xe1"[..],
        b"\x89PNG\r\n",
        b"GIF89a",
        b"II*\0",
        b"MM\0*",
        b"RIFF\0\0\0\0WEBPVP8 ",
        b"\0\0\0\x18ftypheic\0\0\0\0",
        b"\0\0\0\x18ftypavif\0\0\0\0",
    ] {
        assert_eq!(document(cat(&[head, &[0; 40]])), Err(Refused::ImageAsFile), "{head:?}");
    }
}

#[test]
fn what_cannot_be_cleaned_is_refused() {
    let broken = |mut file: Vec<u8>| {
        file.truncate(file.len() / 2);
        file
    };
    for (name, file, why) in [
        ("mkv", b"\x1a\x45\xdf\xa3\x01".to_vec(), Refused::VideoAsFile),
        ("avi", b"RIFF\0\0\0\0AVI LIST".to_vec(), Refused::VideoAsFile),
        ("wmv", b"\x30\x26\xb2\x75\x8e".to_vec(), Refused::VideoAsFile),
        ("aiff", b"FORM\0\0\0\0AIFFCOMM".to_vec(), Refused::AudioAsFile),
        ("half an mp4", broken(film(b"isom")), Refused::VideoAsFile),
        ("half an m4a", broken(film(b"M4A ")), Refused::AudioAsFile),
        ("half an ogg", broken(ogg(MARK)), Refused::AudioAsFile),
        ("half a flac", b"fLaC\0\0\0\x22aa".to_vec(), Refused::AudioAsFile),
        ("a track in fragments", cat(&[&film(b"isom"), &mp4box(b"moof", b"")]), Refused::VideoAsFile),
    ] {
        assert_eq!(document(file), Err(why), "{name}");
    }
    // As a video or an animation it is no safer.
    for kind in [MediaKind::Video, MediaKind::Animation] {
        for file in [broken(film(b"isom")), broken(film(b"M4A ")), b"\x1a\x45\xdf\xa3\x01".to_vec()] {
            assert_eq!(clean(kind, file), Err(Refused::VideoAsFile));
        }
        let cleaned = clean(kind, film(b"qt  ")).unwrap();
        assert!(!has(&cleaned, MARK) && has(&cleaned, SOUND));
        let gif = b"GIF89a".to_vec();
        assert_eq!(clean(kind, gif.clone()), Ok(gif));
    }
}

#[test]
fn the_rest_is_left_as_it_is() {
    for file in [
        &b"%PDF-1.7 /Author (somebody)"[..],
        b"PK\x03\x04word/document.xml",
        b"just words",
        b"\xff\xfeU\0T\0F\0",
        b"",
        b"G",
    ] {
        assert_eq!(document(file.to_vec()), Ok(file.to_vec()));
    }
}

proptest! {
    /// No file makes it panic, whatever is broken in it.
    #[test]
    fn any_file_is_answered(which in 0..6_usize, at in any::<prop::sample::Index>(), byte: u8, cut in any::<prop::sample::Index>()) {
        let mut file = [film(b"isom"), flac(), wave(), ogg(MARK), film(b"qt  "), b"ID3\x03\0\0\x7f\x7f".to_vec()][which].clone();
        let i = at.index(file.len());
        file[i] = byte;
        file.truncate(cut.index(file.len()) + 1);
        let _ = document(file.clone());
        let _ = clean(MediaKind::Video, file);
    }
}
