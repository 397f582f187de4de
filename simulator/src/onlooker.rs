//! A look at everything that bots write, for load generators: one observer for all chats.

use std::fmt;
use std::sync::{Arc, OnceLock};

use serde_json::{Map, Value};

/// A message as a bot has just written it.
#[derive(Debug, Clone, Copy)]
pub struct Written<'a> {
    /// The chat, which for a private one is the person's id.
    pub chat_id: i64,
    /// The message's id within the chat.
    pub message_id: i32,
    /// Whether a message that was there already got new content.
    pub edited: bool,
    /// The fields of the `Message` object that are content: `text`, `caption`, `reply_markup`, ...
    /// Of an edited one, all fields.
    pub content: &'a Map<String, Value>,
}

/// Looks on while bots write.
///
/// There is no queue between the world and its onlooker, so there is nothing to bound and nothing
/// is left out: it is called once per message, in the order of the chat, in the thread that serves
/// the bot's call and before the bot has its answer, with the chat locked. It has to be quick, and
/// must neither wait nor act in the world.
pub trait Onlooker: Send + Sync {
    /// A message appeared or was edited.
    fn written(&self, message: &Written<'_>);

    /// A call that names this chat was answered with 429: until `seconds` from now there should be
    /// no other. Called without any lock, before the bot has the answer.
    fn told_to_wait(&self, chat_id: i64, seconds: u32) {
        let _ = (chat_id, seconds);
    }

    /// A call that sends to this chat has come in, whatever becomes of it. Called without any lock.
    fn called(&self, chat_id: i64) {
        let _ = chat_id;
    }
}

/// The world's onlooker, if there is one.
#[derive(Default)]
pub(crate) struct Watch(OnceLock<Arc<dyn Onlooker>>);

impl Watch {
    /// False if there is one already.
    pub(crate) fn set(&self, onlooker: Arc<dyn Onlooker>) -> bool {
        self.0.set(onlooker).is_ok()
    }

    pub(crate) fn told_to_wait(&self, chat_id: Option<i64>, seconds: Option<u32>) {
        if let (Some(onlooker), Some(chat_id), Some(seconds)) = (self.0.get(), chat_id, seconds) {
            onlooker.told_to_wait(chat_id, seconds);
        }
    }

    pub(crate) fn called(&self, chat_id: Option<i64>) {
        if let (Some(onlooker), Some(chat_id)) = (self.0.get(), chat_id) {
            onlooker.called(chat_id);
        }
    }

    pub(crate) fn tell(&self, message: &Written<'_>) {
        if let Some(onlooker) = self.0.get() {
            onlooker.written(message);
        }
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Watch").field(&self.0.get().is_some()).finish()
    }
}
