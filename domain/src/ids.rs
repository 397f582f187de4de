//! Identifiers. Newtypes, so that a chat is never taken for a user nor one side's message for the
//! other's.

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use std::fmt;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }
    };
}

id! {
    /// A Telegram user; in a private chat it is the chat's id as well.
    UserId(i64)
}
id! {
    /// A Telegram chat: a user's private chat (positive) or a group or channel (negative).
    ChatId(i64)
}
id! {
    /// A message inside one chat. Ids of two chats have nothing to do with each other.
    MessageId(i32)
}
id! {
    /// One pairing of two users, for ever; the store issues it.
    PairId(i64)
}
id! {
    /// A dialog with a character; the store issues it.
    DialogId(i64)
}
id! {
    /// Position of an accepted update in the journal: grows by at least one per update, over
    /// restarts too.
    Seq(u64)
}

/// Ids of messages that belong together: one, but for albums.
pub type MessageIds = SmallVec<[MessageId; 4]>;

impl UserId {
    /// The user's private chat with the bot.
    pub fn chat(self) -> ChatId {
        ChatId(self.0)
    }
}

impl ChatId {
    /// The user behind a private chat, none for groups and channels.
    pub fn user(self) -> Option<UserId> {
        (self.0 > 0).then_some(UserId(self.0))
    }
}

/// Spreads ids that may be sequential evenly over all numbers, always in the same way (the 64-bit
/// finaliser of MurmurHash3). Every bit of the result depends on every bit of the id.
pub fn spread(id: i64) -> u64 {
    let mut x = id as u64;
    x = (x ^ (x >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    x = (x ^ (x >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    x ^ (x >> 33)
}
