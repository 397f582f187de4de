//! What happens in a chat, as its person sees it.

use serde::Serialize;
use serde_json::Value;

use crate::message::ChatMessage;

/// A bot's answer to a button press.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CallbackAnswer {
    /// The press that is answered, as returned by `SimUser::press`.
    pub callback_query_id: String,
    /// What is shown to the person.
    pub text: Option<String>,
    /// Whether it is shown as an alert instead of a toast.
    pub show_alert: bool,
    /// A link that is opened.
    pub url: Option<String>,
}

/// A change in one chat, in the order in which it happened.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ChatEvent {
    /// A message of the person or of the bot appeared.
    MessageAdded {
        /// The message.
        message: ChatMessage,
    },
    /// Text, caption, media or keyboard changed.
    MessageEdited {
        /// The message as it stands now.
        message: ChatMessage,
    },
    /// A message vanished.
    MessageDeleted {
        /// Which one.
        message_id: i32,
    },
    /// Reactions on a message changed.
    ReactionChanged {
        /// Which message.
        message_id: i32,
        /// Whether the bot or the person reacted.
        by_bot: bool,
        /// That side's reactions now: Bot API `ReactionType` objects.
        reactions: Vec<Value>,
    },
    /// The bot answered a button press.
    CallbackAnswered {
        /// The answer.
        answer: CallbackAnswer,
    },
    /// The bot shows that it is busy ("typing", ...).
    ChatAction {
        /// Telegram's name of the action.
        action: String,
    },
    /// The bot shows what it is about to send, as far as it is written.
    Draft {
        /// What there is of it; empty: nothing yet.
        text: String,
    },
}
