//! Pairs: what passes between two people, and what does not.

pub mod allowlist;
pub mod content;
mod covered;
pub mod message_map;
pub mod pair;
pub mod parts;
#[cfg(test)]
mod tests;
mod undelivered;

pub(crate) use allowlist::fold_char;
pub use undelivered::Undelivered;

use crate::ids::MessageId;
use crate::relay::content::{Manner, OutMedia, Payload};
use serde::{Deserialize, Serialize};

/// One of the two members of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The member who had waited longer.
    A,
    /// The other one.
    B,
}

impl Side {
    /// Both sides.
    pub const BOTH: [Side; 2] = [Side::A, Side::B];

    /// The partner's side.
    pub fn other(self) -> Side {
        match self {
            Side::A => Side::B,
            Side::B => Side::A,
        }
    }

    /// 0 for A, 1 for B.
    pub fn index(self) -> usize {
        self as usize
    }
}

/// What a member asks the relay to do. Message ids are those of the member's own chat.
#[derive(Clone, Debug, PartialEq)]
pub enum RelayOp {
    /// Pass a message on.
    Send {
        /// Its id in the sender's chat.
        source: MessageId,
        /// What may leave of it.
        payload: Payload,
        /// The message of the sender's chat that it answers. Its own id: it is a further part of
        /// that message.
        reply_to: Option<MessageId>,
        /// How it is shown.
        manner: Option<Box<Manner>>,
    },
    /// Pass an album on.
    SendAlbum {
        /// Its items in order of message id.
        items: Vec<(MessageId, OutMedia)>,
        /// The message of the sender's chat that it answers.
        reply_to: Option<MessageId>,
    },
    /// Change what was passed on.
    Edit {
        /// Its id in the sender's chat.
        source: MessageId,
        /// What it becomes.
        payload: Payload,
    },
    /// Change one of several messages that one was passed on as, as it was too long for one.
    EditPart {
        /// Its id in the sender's chat.
        source: MessageId,
        /// What the part becomes.
        payload: Payload,
        /// Which part, from 0.
        part: usize,
        /// How many there are now.
        of: usize,
    },
    /// Remove a message of the sender's on both sides.
    Delete {
        /// Its id in the sender's chat.
        source: MessageId,
        /// The request itself, removed from the sender's chat too.
        request: MessageId,
    },
    /// Mirror a reaction.
    React {
        /// The message in the reacting member's chat, own or partner's.
        message: MessageId,
        /// The emoji now set; none clears it.
        emoji: Option<String>,
    },
}

impl RelayOp {
    /// The media that it carries.
    pub fn media_mut(&mut self) -> impl Iterator<Item = &mut OutMedia> {
        let (one, many) = match self {
            RelayOp::Send { payload: Payload::Media(media), .. }
            | RelayOp::Edit { payload: Payload::Media(media), .. }
            | RelayOp::EditPart { payload: Payload::Media(media), .. } => (Some(media), None),
            RelayOp::SendAlbum { items, .. } => (None, Some(items)),
            _ => (None, None),
        };
        one.into_iter().chain(many.into_iter().flatten().map(|(_, item)| item))
    }
}
