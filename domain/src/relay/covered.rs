//! What stands at a partner's behind a spoiler and may yet be shown: the messages of a pair whose
//! pictures are being looked at.

use crate::ids::MessageId;
use crate::relay::Side;
use crate::relay::content::OutMedia;

/// Pictures of a pair that may be looked at at one time; of more, the oldest stay covered.
const MOST: usize = 64;

/// Messages behind a spoiler, each as it was handed out last: whoever takes the spoiler off sends
/// all of it again, and must not bring back a caption that was changed meanwhile.
#[derive(Debug, Default)]
pub(super) struct Covered(Vec<(Side, MessageId, OutMedia)>);

impl Covered {
    fn at(&self, from: Side, copy: MessageId) -> Option<usize> {
        self.0.iter().position(|(side, id, _)| *side == from && *id == copy)
    }

    /// A message has arrived, or is being changed. One that stands in the open is none of these.
    pub(super) fn put(&mut self, from: Side, copy: MessageId, media: &OutMedia) {
        self.take(from, copy);
        if media.spoiler && !media.veiled && media.kind.behind_spoiler() {
            if self.0.len() >= MOST {
                self.0.remove(0);
            }
            self.0.push((from, copy, media.clone()));
        }
    }

    /// What a message shows behind its spoiler.
    pub(super) fn get(&self, from: Side, copy: MessageId) -> Option<&OutMedia> {
        self.at(from, copy).map(|at| &self.0[at].2)
    }

    /// The same; it is not covered any more, or stays covered for good.
    pub(super) fn take(&mut self, from: Side, copy: MessageId) -> Option<OutMedia> {
        self.at(from, copy).map(|at| self.0.remove(at).2)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
