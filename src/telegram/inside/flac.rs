//! FLAC (RFC 9639): blocks of metadata before the sound. What describes the sound stays, the rest
//! is left out.

use super::Unclean;

const MARK: &[u8] = b"fLaC";
const LAST: u8 = 0x80;
/// Stream information and seek table.
const KEPT: [u8; 2] = [0, 3];

/// The sound with the blocks that it needs.
pub(super) fn clean(file: &[u8]) -> Result<Vec<u8>, Unclean> {
    let mut rest = file.strip_prefix(MARK).ok_or(Unclean)?;
    let mut blocks: Vec<(u8, &[u8])> = Vec::new();
    loop {
        let (head, behind) = rest.split_first_chunk::<4>().ok_or(Unclean)?;
        let size = usize::from(head[1]) << 16 | usize::from(head[2]) << 8 | usize::from(head[3]);
        let (body, behind) = behind.split_at_checked(size).ok_or(Unclean)?;
        let kind = head[0] & !LAST;
        if KEPT.contains(&kind) {
            blocks.push((kind, body));
        }
        rest = behind;
        if head[0] & LAST != 0 {
            break;
        }
    }
    if blocks.first().is_none_or(|(kind, _)| *kind != 0) {
        return Err(Unclean);
    }
    let mut out = Vec::with_capacity(file.len());
    out.extend_from_slice(MARK);
    let last = blocks.len() - 1;
    for (i, (kind, body)) in blocks.into_iter().enumerate() {
        let size = u32::try_from(body.len()).map_err(|_| Unclean)?.to_be_bytes();
        out.push(if i == last { kind | LAST } else { kind });
        out.extend_from_slice(&size[1..]);
        out.extend_from_slice(body);
    }
    // An ID3v1 tag may stand at the end.
    out.extend_from_slice(rest);
    Ok(super::mp3::strip(out))
}
