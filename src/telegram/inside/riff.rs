//! WAV (RIFF): chunks in a row. Those that the sound does not need are blanked where they stand.

use super::{Unclean, le32};

/// Chunks that are the sound, or tell how to play it.
const KEPT: [&[u8; 4]; 6] = [b"fmt ", b"data", b"fact", b"cue ", b"smpl", b"PEAK"];

/// The sound without tags, places and remarks.
pub(super) fn clean(mut file: Vec<u8>) -> Result<Vec<u8>, Unclean> {
    let mut at = 12;
    while at + 8 <= file.len() {
        let size = le32(&file, at + 4)?;
        let kind = *file.get(at..).and_then(|rest| rest.first_chunk::<4>()).ok_or(Unclean)?;
        // A recorder that was cut off leaves the size of the sound open.
        let end = (at + 8).saturating_add(size).min(file.len());
        if !KEPT.contains(&&kind) {
            file[at..at + 4].copy_from_slice(b"JUNK");
            file[at + 8..end].fill(0);
        }
        at = end + (size & 1);
    }
    Ok(file)
}
