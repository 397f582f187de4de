//! MP4, MOV, 3GP, M4A: boxes within boxes (ISO/IEC 14496-12; Apple's QuickTime File Format). Phones
//! write the place into `moov/udta/©xyz`, `loci` or `moov/meta`, cameras into a track of data
//! beside the picture, editors into `uuid`.
//!
//! Everything is blanked where it stands: no byte moves, so the offsets by which samples are found
//! stay right.

use super::{Unclean, be32};

/// Boxes that hold boxes.
const CONTAINERS: [&[u8; 4]; 8] = [b"moov", b"trak", b"mdia", b"minf", b"edts", b"mvex", b"moof", b"traf"];
/// Boxes that tell of the owner, or may.
const BLANKED: [&[u8; 4]; 7] = [b"udta", b"meta", b"uuid", b"free", b"skip", b"wide", b"emsg"];
/// Boxes that begin with the times of recording and change.
const DATED: [&[u8; 4]; 3] = [b"mvhd", b"tkhd", b"mdhd"];
/// Tracks of pictures, sounds, words and chapters. Others are data.
const SHOWN: [&[u8; 4]; 9] =
    [b"vide", b"soun", b"subt", b"sbtl", b"text", b"clcp", b"pict", b"auxv", b"hint"];
/// Boxes of a file, at most: more is no film.
const MAX_BOXES: usize = 200_000;

#[derive(Clone, Copy)]
struct Span {
    kind: [u8; 4],
    /// Where its content begins and ends.
    from: usize,
    to: usize,
    /// Where its kind stands.
    name: usize,
}

/// The film without what tells of its owner.
pub(super) fn clean(mut file: Vec<u8>) -> Result<Vec<u8>, Unclean> {
    let end = file.len();
    let mut left = MAX_BOXES;
    let fragmented = boxes(&file, 0, end)?.iter().any(|b| &b.kind == b"moof");
    walk(&mut file, 0, end, fragmented, &mut left)?;
    Ok(file)
}

/// The boxes between two places.
fn boxes(file: &[u8], mut at: usize, end: usize) -> Result<Vec<Span>, Unclean> {
    let mut found = Vec::new();
    // QuickTime may end a list with four zero bytes.
    while at + 8 <= end {
        let kind = file.get(at + 4..).and_then(|rest| rest.first_chunk::<4>()).ok_or(Unclean)?;
        let (head, size) = match be32(file, at)? {
            0 => (8, end - at),
            1 => {
                let high = be32(file, at + 8)?;
                (16, if high == 0 { be32(file, at + 12)? } else { return Err(Unclean) })
            }
            size => (8, size),
        };
        if size < head || size > end - at {
            return Err(Unclean);
        }
        found.push(Span { kind: *kind, from: at + head, to: at + size, name: at + 4 });
        if found.len() > MAX_BOXES {
            return Err(Unclean);
        }
        at += size;
    }
    // Something behind the last box that is none.
    if file[at.min(end)..end].iter().any(|&byte| byte != 0) { Err(Unclean) } else { Ok(found) }
}

fn walk(file: &mut [u8], from: usize, to: usize, fragmented: bool, left: &mut usize) -> Result<(), Unclean> {
    for span in boxes(file, from, to)? {
        *left = left.checked_sub(1).ok_or(Unclean)?;
        let kind = &span.kind;
        if BLANKED.contains(&kind) {
            blank(file, span);
        } else if kind == b"trak" && is_data(file, span)? {
            if fragmented {
                // Its samples are all over the file.
                return Err(Unclean);
            }
            erase_samples(file, span)?;
            blank(file, span);
        } else if kind == b"cmov" {
            return Err(Unclean);
        } else if DATED.contains(&kind) {
            let bytes = if file.get(span.from) == Some(&1) { 16 } else { 8 };
            let times = span.from + 4..(span.from + 4 + bytes).min(span.to);
            file.get_mut(times).ok_or(Unclean)?.fill(0);
        } else if CONTAINERS.contains(&kind) {
            walk(file, span.from, span.to, fragmented, left)?;
        }
    }
    Ok(())
}

/// Makes an empty space of a box.
fn blank(file: &mut [u8], span: Span) {
    file[span.name..span.name + 4].copy_from_slice(b"free");
    file[span.from..span.to].fill(0);
}

fn child(file: &[u8], of: Span, kind: &[u8; 4]) -> Result<Option<Span>, Unclean> {
    Ok(boxes(file, of.from, of.to)?.into_iter().find(|b| &b.kind == kind))
}

/// Whether a track holds neither picture nor sound nor words: places, motions, what a camera notes.
fn is_data(file: &[u8], trak: Span) -> Result<bool, Unclean> {
    let mdia = child(file, trak, b"mdia")?.ok_or(Unclean)?;
    let hdlr = child(file, mdia, b"hdlr")?.ok_or(Unclean)?;
    let handler = file.get(hdlr.from + 8..hdlr.from + 12).ok_or(Unclean)?;
    Ok(!SHOWN.iter().any(|shown| shown.as_slice() == handler))
}

/// Blanks the samples of a track, which lie between those of others.
fn erase_samples(file: &mut [u8], trak: Span) -> Result<(), Unclean> {
    let mdia = child(file, trak, b"mdia")?.ok_or(Unclean)?;
    let minf = child(file, mdia, b"minf")?.ok_or(Unclean)?;
    let stbl = child(file, minf, b"stbl")?.ok_or(Unclean)?;
    let table = |kind| child(file, stbl, kind);
    let (sizes, runs) = (table(b"stsz")?.ok_or(Unclean)?, table(b"stsc")?.ok_or(Unclean)?);
    let (chunks, wide) = match (table(b"stco")?, table(b"co64")?) {
        (Some(chunks), _) => (chunks, false),
        (None, Some(chunks)) => (chunks, true),
        (None, None) => return Err(Unclean),
    };
    let same = be32(file, sizes.from + 4)?;
    let mut sample = 0;
    let (count, run_count) = (be32(file, chunks.from + 4)?, be32(file, runs.from + 4)?);
    let mut spaces = Vec::new();
    let mut run = 0;
    for chunk in 1..=count {
        while run + 1 < run_count && be32(file, runs.from + 8 + 12 * (run + 1))? <= chunk {
            run += 1;
        }
        let samples = be32(file, runs.from + 8 + 12 * run + 4)?;
        let at = match wide {
            false => be32(file, chunks.from + 8 + 4 * (chunk - 1))?,
            true if be32(file, chunks.from + 8 + 8 * (chunk - 1))? == 0 => {
                be32(file, chunks.from + 8 + 8 * (chunk - 1) + 4)?
            }
            true => return Err(Unclean),
        };
        let mut length = 0_usize;
        if same > 0 {
            length = same.checked_mul(samples).ok_or(Unclean)?;
        } else {
            for _ in 0..samples {
                length = length.saturating_add(be32(file, sizes.from + 12 + 4 * sample)?);
                sample += 1;
            }
        }
        spaces.push((at, at.checked_add(length).ok_or(Unclean)?));
    }
    for (from, to) in spaces {
        file.get_mut(from..to).ok_or(Unclean)?.fill(0);
    }
    Ok(())
}
