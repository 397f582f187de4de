//! What the operators' actor is told.

use crate::capabilities::{Answer, Denied, Order};
use actix::Message;
use nameless_domain::ids::{ChatId, MessageId, UserId};
use nameless_domain::text::Lang;
use tokio::sync::oneshot;

/// Sent by the HTTP API: carry this out. Answered `Busy` when too many wait.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Carry {
    /// What.
    pub order: Order,
    /// Takes the answer.
    pub reply: oneshot::Sender<Result<Answer, Denied>>,
}

/// Something that was done in a chat that is not a private one.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[rtype(result = "()")]
pub struct InGroup {
    /// Where.
    pub chat: ChatId,
    /// By whom; none for one who hides behind a chat.
    pub from: Option<UserId>,
    /// The language of their Telegram.
    pub lang: Lang,
    /// What.
    pub what: GroupAct,
}

/// What was done there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GroupAct {
    /// A text of their own: not forwarded, not by way of a bot.
    Said(String),
    /// The same in reply to a message.
    Replied {
        /// What they wrote.
        text: String,
        /// The other message, as a broadcast's text is written ([`markup`]).
        ///
        /// [`markup`]: nameless_domain::capabilities::news::markup
        to: String,
    },
    /// Telegram says that the group is this supergroup from now on.
    Moved(ChatId),
    /// A button was pressed.
    Pressed {
        /// The press, to be answered.
        callback_id: String,
        /// The button's data. A hostile client can send any.
        data: String,
        /// The message with the button.
        message: Option<MessageId>,
    },
}

/// To itself: a command was carried out.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Answered {
    /// Who asked.
    pub by: UserId,
    pub lang: Lang,
    pub place: Place,
    pub answer: Result<Answer, Denied>,
}

/// Where an answer goes.
#[derive(Clone, Debug)]
pub(super) enum Place {
    /// Into a message of its own.
    Anew,
    /// In place of the message whose button was pressed.
    Instead(MessageId),
    /// Into a file of this name.
    File(String),
}
