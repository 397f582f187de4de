//! One chat between a person (or a group) and a bot.
//!
//! Messages are kept as the JSON text that bots get: a response and an update share it without a
//! copy.

use std::collections::VecDeque;
use std::sync::Arc;

use serde_json::{Map, Value};
use tokio::sync::broadcast;

use crate::events::{CallbackAnswer, ChatEvent};
use crate::limits::Bucket;
use crate::message::ChatMessage;

/// A message as it stands now.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) id: i32,
    pub(crate) date: i64,
    pub(crate) from_bot: bool,
    pub(crate) deleted: bool,
    pub(crate) edited: u32,
    /// The chat's version when this message last changed.
    pub(crate) version: u64,
    /// The `Message` object in the bot's view.
    pub(crate) raw: Arc<str>,
    /// Arrays of `ReactionType`, as JSON.
    pub(crate) user_reactions: Option<Box<str>>,
    pub(crate) bot_reactions: Option<Box<str>>,
    /// The reply keyboard that came with the message; Telegram shows it to the user only.
    pub(crate) keyboard: Option<Box<str>>,
}

impl Record {
    pub(crate) fn new(id: i32, date: i64, from_bot: bool, raw: Arc<str>) -> Self {
        Self {
            id,
            date,
            from_bot,
            deleted: false,
            edited: 0,
            version: 0,
            raw,
            user_reactions: None,
            bot_reactions: None,
            keyboard: None,
        }
    }

    pub(crate) fn object(&self) -> Map<String, Value> {
        serde_json::from_str(&self.raw).unwrap_or_default()
    }
}

/// Chat state; guarded by the lock of its person.
#[derive(Debug)]
pub(crate) struct Chat {
    pub(crate) bot: u32,
    pub(crate) started: bool,
    pub(crate) blocked: bool,
    pub(crate) bucket: Bucket,
    pub(crate) version: u64,
    pub(crate) answers: VecDeque<CallbackAnswer>,
    events: Option<broadcast::Sender<Arc<ChatEvent>>>,
    records: VecDeque<Record>,
    next_id: i32,
    capacity: usize,
}

/// Answers to button presses that are remembered per chat.
const MAX_ANSWERS: usize = 100;

impl Chat {
    pub(crate) fn new(bot: u32, first_id: i32, capacity: usize) -> Self {
        Self {
            bot,
            started: false,
            blocked: false,
            bucket: Bucket::default(),
            version: 0,
            answers: VecDeque::new(),
            events: None,
            records: VecDeque::new(),
            next_id: first_id,
            capacity: capacity.max(1),
        }
    }

    pub(crate) fn next_id(&mut self) -> i32 {
        let id = self.next_id;
        self.next_id = self.next_id.saturating_add(1);
        id
    }

    pub(crate) fn records(&self) -> &VecDeque<Record> {
        &self.records
    }

    /// A message that exists and is not deleted.
    pub(crate) fn find(&self, id: i64) -> Option<&Record> {
        let id = i32::try_from(id).ok()?;
        let at = self.records.binary_search_by_key(&id, |r| r.id).ok()?;
        self.records.get(at).filter(|r| !r.deleted)
    }

    fn find_mut(&mut self, id: i32) -> Option<&mut Record> {
        let at = self.records.binary_search_by_key(&id, |r| r.id).ok()?;
        self.records.get_mut(at)
    }

    /// Adds a message; the oldest leaves where the history is full.
    pub(crate) fn push(&mut self, mut record: Record) {
        self.version += 1;
        record.version = self.version;
        if self.records.len() >= self.capacity {
            self.records.pop_front();
        }
        self.emit(|| ChatEvent::MessageAdded { message: ChatMessage::of(&record) });
        self.records.push_back(record);
    }

    /// Changes a message and tells `event` of it.
    pub(crate) fn change(
        &mut self,
        id: i32,
        apply: impl FnOnce(&mut Record),
        event: impl FnOnce(&Record) -> ChatEvent,
    ) {
        self.version += 1;
        let version = self.version;
        let is_watched = self.is_watched();
        let Some(record) = self.find_mut(id) else { return };
        apply(record);
        record.version = version;
        if is_watched {
            let event = event(record);
            self.emit(|| event);
        }
    }

    /// Replaces the content of a message.
    pub(crate) fn edit(&mut self, id: i32, raw: Arc<str>) {
        self.change(
            id,
            |record| {
                record.raw = raw;
                record.edited += 1;
            },
            |record| ChatEvent::MessageEdited { message: ChatMessage::of(record) },
        );
    }

    pub(crate) fn delete(&mut self, id: i32) {
        self.change(id, |r| r.deleted = true, |r| ChatEvent::MessageDeleted { message_id: r.id });
    }

    pub(crate) fn remember_answer(&mut self, answer: CallbackAnswer) {
        if self.answers.len() >= MAX_ANSWERS {
            self.answers.pop_front();
        }
        self.version += 1;
        self.answers.push_back(answer.clone());
        self.emit(|| ChatEvent::CallbackAnswered { answer });
    }

    fn is_watched(&self) -> bool {
        self.events.as_ref().is_some_and(|events| events.receiver_count() > 0)
    }

    /// Publishes an event; it is not even made where nobody listens.
    pub(crate) fn emit(&self, event: impl FnOnce() -> ChatEvent) {
        if let Some(events) = self.events.as_ref().filter(|e| e.receiver_count() > 0) {
            // Fails only where the last listener has just gone.
            let _ = events.send(Arc::new(event()));
        }
    }

    pub(crate) fn subscribe(&mut self, buffer: usize) -> broadcast::Receiver<Arc<ChatEvent>> {
        self.events.get_or_insert_with(|| broadcast::channel(buffer.max(1)).0).subscribe()
    }
}

/// The fields that every message begins with.
pub(crate) struct Envelope<'a> {
    pub(crate) id: i32,
    pub(crate) date: i64,
    pub(crate) from: &'a str,
    pub(crate) chat: &'a str,
}

/// Writes a `Message` object. `reply` is the JSON of the message that it answers.
pub(crate) fn compose(envelope: &Envelope<'_>, content: &Map<String, Value>, reply: Option<&str>) -> String {
    let mut out = String::with_capacity(envelope.from.len() + envelope.chat.len() + 256);
    out.push_str("{\"message_id\":");
    out.push_str(&envelope.id.to_string());
    out.push_str(",\"from\":");
    out.push_str(envelope.from);
    out.push_str(",\"chat\":");
    out.push_str(envelope.chat);
    out.push_str(",\"date\":");
    out.push_str(&envelope.date.to_string());
    if let Some(reply) = reply {
        out.push_str(",\"reply_to_message\":");
        out.push_str(reply);
    }
    for (key, value) in content {
        out.push(',');
        push_json(&mut out, key);
        out.push(':');
        push_json(&mut out, value);
    }
    out.push('}');
    out
}

fn push_json<T: serde::Serialize + ?Sized>(out: &mut String, value: &T) {
    // Values and strings always serialise.
    out.push_str(&serde_json::to_string(value).unwrap_or_else(|_| "null".into()));
}

/// The JSON of a message inside another one's `reply_to_message`: without its own.
pub(crate) fn as_reply_target(raw: &str) -> String {
    if !raw.contains("\"reply_to_message\"") {
        return raw.to_owned();
    }
    let mut object: Map<String, Value> = serde_json::from_str(raw).unwrap_or_default();
    object.remove("reply_to_message");
    Value::Object(object).to_string()
}
