//! A fake Telegram: one chat per user, ids of a chat's own, and what became of each message.

use nameless_domain::ids::{ChatId, MessageId, PairId, UserId};
use std::collections::BTreeMap;

#[derive(Clone, Debug, Default)]
pub struct Message {
    /// The user who typed it; none for what the bot says and for copies.
    pub author: Option<UserId>,
    pub text: String,
    /// For a copy: the pair, and the message of the other chat that it was made from.
    pub copy_of: Option<(PairId, ChatId, MessageId)>,
    pub deleted: bool,
}

#[derive(Default)]
pub struct Chat {
    pub messages: BTreeMap<MessageId, Message>,
}

#[derive(Default)]
pub struct Telegram {
    pub chats: BTreeMap<ChatId, Chat>,
}

impl Telegram {
    pub fn chat(&mut self, chat: ChatId) -> &mut Chat {
        self.chats.entry(chat).or_default()
    }

    /// A new message; its id is the next of its chat, so ids of different chats are often the same
    /// number.
    pub fn post(&mut self, chat: ChatId, message: Message) -> MessageId {
        let messages = &mut self.chat(chat).messages;
        let id = MessageId(messages.len() as i32 + 1);
        messages.insert(id, message);
        id
    }

    pub fn get(&self, chat: ChatId, id: MessageId) -> Option<&Message> {
        self.chats.get(&chat)?.messages.get(&id)
    }

    /// Whether message `a` of one chat and `b` of the other are the same message of the pair.
    pub fn linked(&self, pair: PairId, a: (ChatId, MessageId), b: (ChatId, MessageId)) -> bool {
        let is = |copy: (ChatId, MessageId), source: (ChatId, MessageId)| {
            self.get(copy.0, copy.1).is_some_and(|m| m.copy_of == Some((pair, source.0, source.1)))
        };
        is(a, b) || is(b, a)
    }
}
