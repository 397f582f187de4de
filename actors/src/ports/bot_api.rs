//! Telegram, or a server that speaks its Bot API.

use super::future::PortFuture;
use nameless_domain::ids::{ChatId, MessageIds};
use nameless_domain::outgoing::{Call, Outgoing};
use nameless_domain::relay::content::Refused;
use std::sync::Arc;
use std::time::Duration;

/// What a call to Telegram gave back.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sent {
    /// Ids of the messages made, in order; empty for calls that make none.
    pub messages: MessageIds,
}

/// What the settings of the one it goes to let nobody send them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unwelcome {
    /// Voice messages.
    Voice,
    /// Round videos.
    VideoNote,
}

/// Why a call to Telegram failed, in terms of what may be done next.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SendError {
    /// 429. Definitely unsent; this chat must wait.
    #[error("told to wait {0:?}")]
    RetryAfter(Duration),
    /// The user blocked the bot, was deactivated, or the chat does not exist.
    #[error("the chat is gone")]
    Gone,
    /// A 4xx that trying again does not mend. The description is Telegram's, never a user's words.
    #[error("refused: {0}")]
    Refused(String),
    /// The group has become a supergroup, which has this number at Telegram.
    #[error("the group has become a supergroup")]
    Moved(i64),
    /// The settings of the one it goes to do not let it through.
    #[error("the chat takes no messages of this kind: {0:?}")]
    Unwelcome(Unwelcome),
    /// As many files wait to be uploaded as may.
    #[error("too many files wait to be uploaded")]
    FilesBusy,
    /// A file cannot be given a neutral name because it is too large to be read.
    #[error("the file is too large")]
    TooLarge,
    /// What is inside the file tells of its owner and cannot be taken out. Nothing was sent.
    #[error("what is inside the file is not passed on: {}", .0.key())]
    NotPassed(Refused),
    /// Definitely not sent (connection refused, name not found): safe to try again.
    #[error("not sent: {0}")]
    Unsent(String),
    /// Something in front of Telegram answered in its place: it is away, and the call was hardly
    /// handled.
    #[error("Telegram is away: {0}")]
    Away(String),
    /// Definitely not done, for a reason that passes by itself.
    #[error("not done for now: {0}")]
    Passing(String),
    /// Written, but no answer or a 5xx: it may or may not have been sent.
    #[error("unknown whether sent: {0}")]
    Ambiguous(String),
}

/// How [`SendError::Unsent`] says that Telegram does not accept the bot's token.
pub const BAD_TOKEN: &str = "the token is not accepted";

impl SendError {
    /// Whether it is the bot that is refused, and not what it sends.
    pub fn is_of_the_bot(&self) -> bool {
        match self {
            SendError::Gone => true,
            SendError::Unsent(why) => why == BAD_TOKEN,
            _ => false,
        }
    }
}

/// Telegram, or a server that speaks its Bot API.
pub trait BotApi: Send + Sync {
    /// Makes one call. Has a timeout of its own.
    fn call(&self, out: Arc<Outgoing>) -> PortFuture<'_, Result<Sent, SendError>>;
    /// The chat as it is called now: a group that has become a supergroup has another number, which
    /// is known once Telegram has said so ([`SendError::Moved`], [`BotApi::chat_moved`]).
    fn chat_now(&self, chat: ChatId) -> ChatId {
        chat
    }
    /// Telegram has said, by an update, that a group has become this supergroup.
    fn chat_moved(&self, _from: ChatId, _to: ChatId) {}
    /// Whether the call would have to carry its files itself, as far as is known without asking
    /// anybody: such take long, and have lanes of their own.
    fn uploads(&self, out: &Outgoing) -> bool {
        matches!(out.call, Call::SendFile { .. } | Call::Picture { .. })
    }
}
