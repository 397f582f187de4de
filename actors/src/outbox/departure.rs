//! When a line leaves: whoever has written before has not read it.

use crate::ports::{SendError, Sent};
use nameless_domain::ids::{MessageId, Seq};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

/// It has not left.
const NOT_YET: u64 = u64::MAX;

/// When a line left: in positions of the journal, and among the messages of its chat. The outbox
/// has it with the line; whoever said it looks at it.
#[derive(Debug)]
pub struct Departure {
    /// Updates up to here were accepted when it left.
    accepted: AtomicU64,
    /// Whether a try may have brought it there: what comes of further ones says nothing.
    doubted: AtomicBool,
    /// The message that it became, if only one try can have made it. Ids of a chat grow with each
    /// message that Telegram takes or makes, so by them it is certain what was written before,
    /// though Telegram may have held it back until now.
    line: OnceLock<MessageId>,
}

impl Departure {
    /// That of a line which is about to be handed to the outbox.
    pub fn awaited() -> Arc<Departure> {
        let (accepted, doubted) = (AtomicU64::new(NOT_YET), AtomicBool::new(false));
        Arc::new(Departure { accepted, doubted, line: OnceLock::new() })
    }

    /// Whether `message` of the same chat, accepted at `seq`, was written before the line left.
    /// False if nobody can say.
    pub fn is_behind(self: &Arc<Departure>, seq: Seq, message: MessageId) -> bool {
        if let Some(line) = self.line.get() {
            return message < *line;
        }
        match self.accepted.load(Ordering::SeqCst) {
            // Lost with the outbox, or taken back: it will not leave.
            NOT_YET => Arc::strong_count(self) > 1,
            accepted => seq.0 <= accepted,
        }
    }

    /// A try begins, and updates up to `accepted` are accepted.
    pub(super) fn begins(&self, accepted: Seq) {
        if !self.doubted.load(Ordering::SeqCst) {
            self.accepted.store(accepted.0, Ordering::SeqCst);
        }
    }

    /// What came of the try.
    pub(super) fn ends(&self, result: &Result<Sent, SendError>) {
        use SendError::{Passing, RetryAfter, Unsent};
        match result {
            Err(RetryAfter(_) | Unsent(_) | Passing(_)) if !self.doubted.load(Ordering::SeqCst) => {
                self.accepted.store(NOT_YET, Ordering::SeqCst);
            }
            _ => {
                let was_doubted = self.doubted.swap(true, Ordering::SeqCst);
                if let (Ok(sent), false) = (result, was_doubted)
                    && let Some(line) = sent.messages.first()
                {
                    // There is one only.
                    let _ = self.line.set(*line);
                }
            }
        }
    }
}
