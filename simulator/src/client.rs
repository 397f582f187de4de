//! A simulated person as a typed handle, for tests and demos in the same process.
//!
//! Methods without `try_` panic where the action is impossible, with the reason: in a test that is
//! a failure.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web::Bytes;
use serde_json::Value;
use tokio::sync::broadcast;
use tokio::time::{Instant, timeout_at};

use crate::actions::{ActionError, Scene};
use crate::events::{CallbackAnswer, ChatEvent};
use crate::message::ChatMessage;
use crate::outgoing::Outgoing;
use crate::state::bot::Bot;
use crate::state::chat::Chat;
use crate::state::files::Viewer;
use crate::state::peer::Peer;
use crate::state::world::World;

/// Something did not happen in time. Its text shows the chat's latest messages.
#[derive(Debug, Clone)]
pub struct WaitError {
    user: i64,
    timeout: Duration,
    recent: Vec<String>,
}

impl fmt::Display for WaitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "user {}: nothing that fits within {:?}; the chat's latest messages:",
            self.user, self.timeout
        )?;
        if self.recent.is_empty() {
            write!(f, "\n  (none)")?;
        }
        self.recent.iter().try_for_each(|line| write!(f, "\n  {line}"))
    }
}

impl std::error::Error for WaitError {}

/// Messages that a [`WaitError`] shows.
const SHOWN: usize = 15;

/// A person with a private chat with each bot. Cheap to clone; all clones are the same person.
#[derive(Clone)]
pub struct SimUser {
    pub(crate) world: Arc<World>,
    pub(crate) id: i64,
    /// `None`: the world's current bot at the time of the action.
    token: Option<Arc<str>>,
    /// The group in which they are; `None`: their private chat.
    pub(crate) group: Option<i64>,
}

impl fmt::Debug for SimUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimUser").field("id", &self.id).finish_non_exhaustive()
    }
}

impl SimUser {
    pub(crate) fn new(world: Arc<World>, id: i64) -> Self {
        Self { world, id, token: None, group: None }
    }

    /// The same person, talking to this bot.
    pub fn with_bot(&self, token: &str) -> Self {
        Self { token: Some(token.into()), ..self.clone() }
    }

    /// The Telegram id, which is also the chat's id.
    pub fn id(&self) -> i64 {
        self.id
    }

    /// The Bot API `User` object that bots see.
    pub fn profile(&self) -> Value {
        self.world.peer(self.id).map_or(Value::Null, |p| p.user())
    }

    pub(crate) fn bot(&self) -> Result<Arc<Bot>, ActionError> {
        let bot = match &self.token {
            Some(token) => self.world.bot(token),
            None => self.world.current_bot(),
        };
        bot.ok_or(ActionError::BadToken)
    }

    pub(crate) fn act<T>(
        &self,
        f: impl FnOnce(&World, &Scene<'_>) -> Result<T, ActionError>,
    ) -> Result<T, ActionError> {
        let author = self.world.peer(self.id).ok_or(ActionError::NoSuchUser)?;
        let chat = self.place().ok_or(ActionError::NoSuchGroup)?;
        let bot = self.bot()?;
        f(&self.world, &Scene { bot: &bot, chat: &chat, author: &author })
    }

    /// Whose chat with the bot this handle is about.
    fn place(&self) -> Option<Arc<Peer>> {
        self.world.peer(self.group.unwrap_or(self.id))
    }

    /// Has the chat exist as after a /start of long ago: the bot may write to it, and is told of
    /// nothing.
    pub fn begin_chat(&self) {
        let _ = self.read_own(|chat| chat.started = true);
    }

    /// Sends a message; its id within this chat.
    pub fn try_send(&self, out: Outgoing) -> Result<i32, ActionError> {
        self.act(|world, scene| world.person_sends(scene, &out))
    }

    /// Like [`Self::try_send`].
    #[track_caller]
    pub fn send(&self, out: Outgoing) -> i32 {
        self.expect(self.try_send(out))
    }

    #[track_caller]
    pub(crate) fn expect<T>(&self, result: Result<T, ActionError>) -> T {
        match result {
            Ok(value) => value,
            Err(error) => panic!("user {}: {error}", self.id),
        }
    }

    /// Sends a text.
    #[track_caller]
    pub fn send_text(&self, text: &str) -> i32 {
        self.send(Outgoing::text(text))
    }

    /// Sends a photo with a caption; an empty caption is none.
    #[track_caller]
    pub fn send_photo(&self, caption: &str) -> i32 {
        let photo = Outgoing::photo();
        self.send(if caption.is_empty() { photo } else { photo.caption(caption) })
    }

    /// Answers a message of this chat with a text.
    #[track_caller]
    pub fn reply(&self, to: i32, text: &str) -> i32 {
        self.send(Outgoing::text(text).reply_to(to))
    }

    /// Sends an album: one update per item, all with the same `media_group_id`.
    pub fn try_album(&self, items: &[Outgoing]) -> Result<Vec<i32>, ActionError> {
        let group = format!("{}", 13_000_000_000_000_u64 + self.world.serial());
        items.iter().map(|item| self.try_send(item.clone().media_group(&group))).collect()
    }

    /// Like [`Self::try_album`].
    #[track_caller]
    pub fn album(&self, items: &[Outgoing]) -> Vec<i32> {
        self.expect(self.try_album(items))
    }

    /// Presses a button of a message: the one with this data, else with this label, else one whose
    /// label contains it. Returns the callback query's id.
    pub fn try_press(&self, message_id: i32, label_or_data: &str) -> Result<String, ActionError> {
        self.act(|world, scene| world.person_presses(scene, message_id, label_or_data))
    }

    /// Like [`Self::try_press`].
    #[track_caller]
    pub fn press(&self, message_id: i32, label_or_data: &str) -> String {
        self.expect(self.try_press(message_id, label_or_data))
    }

    /// Presses the button with this label, or part of it, in the newest message that has one. A
    /// label of a reply keyboard is sent as a text, as Telegram's apps do, or a place on the map
    /// where it asks for one; then the result is empty.
    pub fn try_press_button(&self, label: &str) -> Result<String, ActionError> {
        for message in self.chat().into_iter().rev().filter(|m| m.from_bot && !m.deleted) {
            let fits = |text: &str| text.contains(label);
            let mut inline = message.buttons().into_iter().flatten();
            if inline.any(|b| b.data.is_some() && (fits(&b.text) || b.data.as_deref() == Some(label))) {
                return self.try_press(message.message_id, label);
            }
            if let Some(text) = message.keyboard_labels().into_iter().flatten().find(|l| fits(l)) {
                let wants_place = message.asks_for_location(&text);
                let out = Outgoing::of_kind("location").filter(|_| wants_place);
                return self.try_send(out.unwrap_or(Outgoing::text(text))).map(|_| String::new());
            }
        }
        Err(ActionError::NoSuchButton(label.to_owned()))
    }

    /// Like [`Self::try_press_button`].
    #[track_caller]
    pub fn press_button(&self, label: &str) -> String {
        match self.try_press_button(label) {
            Ok(id) => id,
            Err(error) => panic!("user {}: {error}; the chat:\n  {}", self.id, self.recent().join("\n  ")),
        }
    }

    /// Replaces the content of an own message. Without media and text only the caption changes.
    pub fn try_edit(&self, message_id: i32, out: Outgoing) -> Result<(), ActionError> {
        self.act(|world, scene| world.person_edits(scene, message_id, &out))
    }

    /// Like [`Self::try_edit`].
    #[track_caller]
    pub fn edit(&self, message_id: i32, out: Outgoing) {
        self.expect(self.try_edit(message_id, out));
    }

    /// Replaces the text of an own message.
    #[track_caller]
    pub fn edit_text(&self, message_id: i32, text: &str) {
        self.edit(message_id, Outgoing::text(text));
    }

    /// Sets the person's reactions on a message; none removes them. The bot is told where it asked
    /// to be.
    pub fn try_react(&self, message_id: i32, emoji: &[&str]) -> Result<(), ActionError> {
        self.act(|world, scene| world.person_reacts(scene, message_id, emoji))
    }

    /// Like [`Self::try_react`].
    #[track_caller]
    pub fn react(&self, message_id: i32, emoji: &[&str]) {
        self.expect(self.try_react(message_id, emoji));
    }

    /// Blocks the bot: it is told by `my_chat_member`, and its messages are refused with 403.
    pub fn try_block(&self, blocked: bool) -> Result<(), ActionError> {
        self.act(|world, scene| world.person_blocks(scene, blocked))
    }

    /// Blocks the bot.
    #[track_caller]
    pub fn block_bot(&self) {
        self.expect(self.try_block(true));
    }

    /// Unblocks the bot.
    #[track_caller]
    pub fn unblock_bot(&self) {
        self.expect(self.try_block(false));
    }

    /// Deletes the account: the bot is told nothing; its messages are refused with 403.
    pub fn deactivate(&self) {
        self.with_peer(|peer| peer.with_identity(|i| i.deactivated = true));
    }

    /// Forbids (or allows) voice and video notes: they are refused with `VOICE_MESSAGES_FORBIDDEN`.
    pub fn forbid_voice(&self, forbidden: bool) {
        self.with_peer(|peer| peer.with_identity(|i| i.voice_forbidden = forbidden));
    }

    fn with_peer<T>(&self, f: impl FnOnce(&Peer) -> T) -> Option<T> {
        self.world.peer(self.id).map(|peer| f(&peer))
    }

    fn read<T>(&self, peer: &Peer, f: impl FnOnce(&mut Chat) -> T) -> Option<T> {
        let bot = self.bot().ok()?;
        Some(peer.with_chat(bot.index, || self.world.new_chat(&bot), |_, chat| f(chat)))
    }

    fn read_own<T>(&self, f: impl FnOnce(&mut Chat) -> T) -> Option<T> {
        let peer = self.place()?;
        self.read(&peer, f)
    }

    /// All messages of the chat, oldest first, deleted ones included (and marked).
    pub fn chat(&self) -> Vec<ChatMessage> {
        self.read_own(|chat| chat.records().iter().map(ChatMessage::of).collect()).unwrap_or_default()
    }

    /// One message of the chat, also where it was deleted.
    pub fn message(&self, message_id: i32) -> Option<ChatMessage> {
        self.read_own(|chat| chat.records().iter().find(|r| r.id == message_id).map(ChatMessage::of))
            .flatten()
    }

    /// The bytes of a file by the id that this person sees.
    pub fn file(&self, file_id: &str) -> Option<Bytes> {
        self.world.files.find(file_id, Viewer::Person).map(|file| file.bytes.clone())
    }

    /// The newest message that is not deleted.
    pub fn last_message(&self) -> Option<ChatMessage> {
        self.read_own(|chat| chat.records().iter().rev().find(|r| !r.deleted).map(ChatMessage::of)).flatten()
    }

    /// The id of the newest message; 0 where there is none. Marks a place for [`Self::wait_after`].
    pub fn mark(&self) -> i32 {
        self.read_own(|chat| chat.records().back().map_or(0, |r| r.id)).unwrap_or(0)
    }

    /// The bot's answers to this person's button presses, oldest first (the last 100).
    pub fn callback_answers(&self) -> Vec<CallbackAnswer> {
        self.read_own(|chat| chat.answers.iter().cloned().collect()).unwrap_or_default()
    }

    /// Events of the chat from now on. A receiver that falls behind loses the oldest and is told
    /// so.
    ///
    /// # Panics
    /// Where the person or the bot does not exist.
    pub fn events(&self) -> broadcast::Receiver<Arc<ChatEvent>> {
        self.subscribe().unwrap_or_else(|| panic!("user {}: no such chat", self.id)).1
    }

    /// The chat as it stands and its events from exactly then on.
    pub fn subscribe(&self) -> Option<(Vec<ChatMessage>, broadcast::Receiver<Arc<ChatEvent>>)> {
        let buffer = self.world.config.event_buffer;
        self.read_own(|chat| {
            let events = chat.subscribe(buffer);
            (chat.records().iter().map(ChatMessage::of).collect(), events)
        })
    }

    fn recent(&self) -> Vec<String> {
        let lines = self.read_own(|chat| {
            let skip = chat.records().len().saturating_sub(SHOWN);
            chat.records().iter().skip(skip).map(|r| ChatMessage::of(r).to_string()).collect()
        });
        lines.unwrap_or_default()
    }

    /// Runs `check` on the chat after every change until it gives something.
    async fn wait<T>(
        &self,
        timeout: Duration,
        mut check: impl FnMut(&mut Chat) -> Option<T>,
    ) -> Result<T, WaitError> {
        let deadline = Instant::now() + timeout;
        let failed = || WaitError { user: self.id, timeout, recent: self.recent() };
        let peer = self.place().ok_or_else(failed)?;
        loop {
            let mut changed = std::pin::pin!(peer.wake.notified());
            // Registered before the look at the chat, so that no change falls between the two.
            changed.as_mut().enable();
            if let Some(found) = self.read(&peer, &mut check).flatten() {
                return Ok(found);
            }
            if timeout_at(deadline, changed).await.is_err() {
                return Err(failed());
            }
        }
    }

    /// Waits for a message, old or new and not deleted, that fits. Called again whenever a message
    /// changes.
    pub async fn wait_for(
        &self,
        timeout: Duration,
        fits: impl FnMut(&ChatMessage) -> bool,
    ) -> Result<ChatMessage, WaitError> {
        self.wait_after(0, timeout, fits).await
    }

    /// Like [`Self::wait_for`], for messages with an id above `after` only; see [`Self::mark`].
    pub async fn wait_after(
        &self,
        after: i32,
        timeout: Duration,
        mut fits: impl FnMut(&ChatMessage) -> bool,
    ) -> Result<ChatMessage, WaitError> {
        let mut seen = 0;
        self.wait(timeout, |chat| {
            let from = std::mem::replace(&mut seen, chat.version);
            let changed = chat.records().iter().filter(|r| r.version > from && r.id > after && !r.deleted);
            changed.map(ChatMessage::of).find(|m| fits(m))
        })
        .await
    }

    /// Waits until the whole chat fits.
    pub async fn wait_chat(
        &self,
        timeout: Duration,
        mut fits: impl FnMut(&[ChatMessage]) -> bool,
    ) -> Result<Vec<ChatMessage>, WaitError> {
        self.wait(timeout, |chat| {
            let messages: Vec<_> = chat.records().iter().map(ChatMessage::of).collect();
            fits(&messages).then_some(messages)
        })
        .await
    }

    /// Waits for the answer to a button press.
    pub async fn wait_answer(
        &self,
        timeout: Duration,
        callback_query_id: &str,
    ) -> Result<CallbackAnswer, WaitError> {
        self.wait(timeout, |chat| {
            chat.answers.iter().find(|a| a.callback_query_id == callback_query_id).cloned()
        })
        .await
    }
}
