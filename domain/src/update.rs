//! An update as the domain sees it: who, and what they did.

use crate::capabilities;
use crate::ids::{MessageId, UserId};
use crate::relay::content::Inbound;
use crate::text::Lang;

/// One thing a user did in the private chat with the bot.
#[derive(Clone, Debug, PartialEq)]
pub struct Update {
    /// Telegram's id of the update.
    pub update_id: i64,
    /// Who.
    pub user: UserId,
    /// Their Telegram's language, a hint for the first greeting.
    pub lang_hint: Option<Lang>,
    /// What they did.
    pub act: Act,
}

/// What a user did.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// Sent a message; commands are messages too.
    Message(Inbound),
    /// Changed a message they had sent.
    Edited(Inbound),
    /// Pressed a button of the bot.
    Pressed {
        /// The press, to be answered.
        callback_id: String,
        /// The button's data. A hostile client can send any.
        data: String,
        /// The message with the button.
        message: Option<MessageId>,
    },
    /// Set or cleared reactions on a message.
    Reacted {
        /// The message in their chat.
        message: MessageId,
        /// The emoji now set by them; custom and paid ones are left out.
        emoji: Vec<String>,
    },
    /// Blocked the bot.
    BlockedBot,
    /// Unblocked the bot.
    UnblockedBot,
    /// Something of a kind that a capability knows.
    Capability(capabilities::Act),
    /// Something that cannot be read, not even in part.
    Unreadable,
}
