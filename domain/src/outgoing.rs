//! What leaves towards Telegram: calls of the Bot API in the domain's words. Texts are rendered by
//! then.

use crate::ids::{ChatId, MessageId, UserId};
use crate::relay::content::{Manner, MediaKind, OutMedia, Payload};
use crate::text::Action;
use std::sync::Arc;

/// A rendered inline keyboard: rows of buttons.
pub type InlineKeyboard = Vec<Vec<Key>>;

/// A rendered button.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// What stands on it.
    pub label: String,
    /// What happens when it is pressed.
    pub action: Action,
}

impl Key {
    /// A button that tells the bot `data`.
    pub fn new(label: impl Into<String>, data: impl Into<String>) -> Key {
        Key { label: label.into(), action: Action::Data(data.into()) }
    }
}

/// A reaction as Telegram's bots may set it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emoji(pub String);

/// One call to one chat.
#[derive(Clone, Debug, PartialEq)]
pub enum Call {
    /// A text of the bot itself (HTML mark-up of the locale files), perhaps with buttons.
    Say {
        /// HTML as Telegram reads it.
        html: String,
        /// Buttons below.
        keyboard: InlineKeyboard,
    },
    /// Replaces a text of the bot itself.
    Rewrite {
        /// The bot's message.
        message: MessageId,
        /// HTML as Telegram reads it.
        html: String,
        /// Buttons below.
        keyboard: InlineKeyboard,
    },
    /// Closes the waiting state of a pressed button.
    AnswerCallback {
        /// The press.
        id: String,
        /// A short toast, at most 200 characters.
        text: Option<String>,
    },
    /// A relayed message.
    Send {
        /// What.
        payload: Payload,
        /// The message of the receiving chat that it answers.
        reply_to: Option<MessageId>,
        /// How it is shown.
        manner: Option<Box<Manner>>,
    },
    /// A relayed album of 2 to 10 items.
    SendAlbum {
        /// Its items in order.
        items: Vec<OutMedia>,
        /// The message of the receiving chat that it answers.
        reply_to: Option<MessageId>,
    },
    /// Replaces what was relayed before. A text replaces a text, media replaces media, a caption
    /// with it.
    Edit {
        /// The message of the receiving chat.
        message: MessageId,
        /// What it becomes.
        payload: Payload,
    },
    /// Removes messages of one chat.
    Delete {
        /// Which, at most 100.
        messages: Vec<MessageId>,
    },
    /// Sets or, with none, clears the bot's reaction.
    React {
        /// On which message.
        message: MessageId,
        /// The emoji; a bot may set one.
        emoji: Option<Emoji>,
    },
    /// Sends a file made by the bot (the user's data export).
    SendFile {
        /// File name shown.
        name: String,
        /// Its bytes.
        bytes: Vec<u8>,
    },
    /// A picture of the bot's own, with a text of the locale files below.
    Picture {
        /// Which.
        picture: Picture,
        /// HTML as Telegram reads it.
        html: String,
        /// Buttons below.
        keyboard: InlineKeyboard,
    },
    /// Leaves a group or channel.
    LeaveChat,
    /// A method of a capability's own. Nothing of a chat goes this way.
    Method(Box<Method>),
}

/// A picture of the bot's own: a PNG, JPEG or WebP.
#[derive(Clone, Debug, PartialEq)]
pub enum Picture {
    /// Uploaded each time.
    Bytes(Arc<[u8]>),
    /// One that the store has. Its bytes are read where it is uploaded: by each bot once, for as
    /// long as Telegram has it. Where it is gone by then, its text goes alone.
    Kept(KeptPicture),
    /// One that the bot has sent before, by Telegram's handle, which is good for this bot alone.
    Handle(String),
}

/// Which picture of the store's one is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptPicture {
    /// Whose, where it is shown to them alone; none for one that is shown to everybody.
    pub owner: Option<UserId>,
    /// Its number among these.
    pub number: i64,
    /// A name under which what Telegram calls it is remembered. It says nothing to anybody, and
    /// another picture in its place has another one.
    pub name: String,
}

/// A call of the Bot API that is made of nothing that a relay passes on: an invoice, the answer to
/// a checkout, a letter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Method {
    /// Its name, as in the Bot API.
    pub name: &'static str,
    /// Its parameters: a JSON object, complete.
    pub parameters: String,
    /// It shows a new message.
    pub shows: bool,
    /// Files that the parameters name: one under its kind's field, or photos as the `media` of an
    /// album, in their order. Another bot than the one that has them needs their bytes.
    pub files: Vec<OutMedia>,
    /// Parameters of a text that is sent where a file of these does not get through.
    pub instead: Option<String>,
}

impl Outgoing {
    /// The text that is sent where a file of this call does not get through; none where nothing is.
    pub fn instead(&self) -> Option<Outgoing> {
        let Call::Method(own) = &self.call else { return None };
        let parameters = own.instead.clone()?;
        let said = Method { name: "sendMessage", parameters, shows: true, ..Method::default() };
        Some(Outgoing { chat: self.chat, call: Call::Method(Box::new(said)) })
    }
}

impl MediaKind {
    /// The method that sends one (<https://core.telegram.org/bots/api#available-methods>).
    pub const fn method(self) -> &'static str {
        match self {
            MediaKind::Photo => "sendPhoto",
            MediaKind::Video => "sendVideo",
            MediaKind::Animation => "sendAnimation",
            MediaKind::Audio => "sendAudio",
            MediaKind::Document => "sendDocument",
            MediaKind::Voice => "sendVoice",
            MediaKind::VideoNote => "sendVideoNote",
            MediaKind::Sticker => "sendSticker",
        }
    }
}

impl Call {
    /// Whether it shows a new message and so counts against Telegram's per-chat rate.
    pub fn is_paced(&self) -> bool {
        match self {
            Call::AnswerCallback { .. } | Call::Delete { .. } | Call::React { .. } | Call::LeaveChat => false,
            Call::Method(method) => method.shows,
            Call::Say { .. }
            | Call::Rewrite { .. }
            | Call::Send { .. }
            | Call::SendAlbum { .. }
            | Call::Edit { .. }
            | Call::SendFile { .. }
            | Call::Picture { .. } => true,
        }
    }
}

/// What a call sets: the next call that sets the same makes an earlier one that still waits
/// needless.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sets {
    /// What a message shows.
    Content(MessageId),
    /// The bot's reaction on a message.
    Reaction(MessageId),
}

impl Call {
    /// What it sets, if it sets something and makes nothing new.
    pub fn sets(&self) -> Option<Sets> {
        match self {
            Call::Edit { message, .. } | Call::Rewrite { message, .. } => Some(Sets::Content(*message)),
            Call::React { message, .. } => Some(Sets::Reaction(*message)),
            _ => None,
        }
    }
}

/// A call and the chat it goes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Outgoing {
    /// The chat.
    pub chat: ChatId,
    /// The call.
    pub call: Call,
}
