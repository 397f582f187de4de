//! Ogg (RFC 3533) with Vorbis or Opus: the second packet of each stream holds the comments (RFC
//! 7845, 5.2). They keep their number and lengths, so no byte moves; what they say is blanked, and
//! the pages' checksums are made anew.

use super::{Unclean, le32};
use std::ops::Range;

const HEAD: usize = 27;
const CHECKSUM: Range<usize> = 22..26;
/// Streams of a file, one after the other or side by side: real ones have a few.
const MAX_STREAMS: usize = 64;
/// What the packet of comments begins with: Opus, Vorbis, Theora.
const MARKS: [&[u8]; 3] = [b"OpusTags", b"\x03vorbis", b"\x81theora"];

/// A stream within the file.
struct Stream {
    serial: [u8; 4],
    /// Packets that have ended.
    packets: usize,
    /// Where its second packet stands, in the order of its bytes.
    comments: Vec<Range<usize>>,
}

/// The sound without its comments.
pub(super) fn clean(mut file: Vec<u8>) -> Result<Vec<u8>, Unclean> {
    let mut streams: Vec<Stream> = Vec::new();
    let mut pages = Vec::new();
    let mut at = 0;
    while at < file.len() {
        let head = file.get(at..at + HEAD).filter(|head| head.starts_with(b"OggS")).ok_or(Unclean)?;
        let serial = *head[14..].first_chunk::<4>().ok_or(Unclean)?;
        let begins = head[5] & 2 != 0;
        let laces = file.get(at + HEAD..at + HEAD + usize::from(head[26])).ok_or(Unclean)?;
        let mut from = at + HEAD + laces.len();
        let end = from + laces.iter().map(|&lace| usize::from(lace)).sum::<usize>();
        if end > file.len() {
            return Err(Unclean);
        }
        if begins {
            streams.retain(|stream| stream.serial != serial || !stream.comments.is_empty());
            if streams.len() >= MAX_STREAMS {
                return Err(Unclean);
            }
            streams.push(Stream { serial, packets: 0, comments: Vec::new() });
        }
        let stream = streams.iter_mut().rev().find(|stream| stream.serial == serial).ok_or(Unclean)?;
        let touched = stream.packets < 2;
        for &lace in laces.iter().filter(|_| touched) {
            let to = from + usize::from(lace);
            if stream.packets == 1 {
                stream.comments.push(from..to);
            }
            stream.packets += usize::from(lace < 255);
            from = to;
        }
        if touched {
            pages.push(at..end);
        }
        at = end;
    }
    for stream in &streams {
        blank(&mut file, &stream.comments)?;
    }
    for page in pages {
        let page = &mut file[page];
        page[CHECKSUM].fill(0);
        let sum = checksum(page).to_le_bytes();
        page[CHECKSUM].copy_from_slice(&sum);
    }
    Ok(file)
}

/// Blanks the comments of a packet that stands in these places.
fn blank(file: &mut [u8], places: &[Range<usize>]) -> Result<(), Unclean> {
    let mut packet: Vec<u8> = places.iter().flat_map(|place| &file[place.clone()]).copied().collect();
    let mark = MARKS.iter().find(|mark| packet.starts_with(mark)).ok_or(Unclean)?;
    let mut at = mark.len();
    at = (at + 4).checked_add(le32(&packet, at)?).ok_or(Unclean)?;
    let count = le32(&packet, at)?;
    at += 4;
    for _ in 0..count {
        let size = le32(&packet, at)?;
        let comment = packet.get_mut(at + 4..(at + 4).checked_add(size).ok_or(Unclean)?).ok_or(Unclean)?;
        comment.fill(b' ');
        if let [name, equals, ..] = comment {
            (*name, *equals) = (b'X', b'=');
        }
        at += 4 + size;
    }
    // What Opus allows behind them is nobody's business; Vorbis ends with one bit.
    if let Some(padding) = packet.get_mut(at + 1..) {
        padding.fill(0);
    }
    let mut rest = packet.as_slice();
    for place in places {
        let (part, behind) = rest.split_at_checked(place.len()).ok_or(Unclean)?;
        file[place.clone()].copy_from_slice(part);
        rest = behind;
    }
    Ok(())
}

/// The checksum of a page whose own field is zero: polynomial 0x04c11db7, no reflection.
fn checksum(page: &[u8]) -> u32 {
    page.iter().fold(0, |sum, &byte| {
        (0..8).fold(sum ^ (u32::from(byte) << 24), |sum, _| {
            if sum & 0x8000_0000 != 0 { (sum << 1) ^ 0x04c1_1db7 } else { sum << 1 }
        })
    })
}
