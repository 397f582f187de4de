//! What the operators tell everybody: who wants to hear it, and how it goes from one to the next.

use crate::kernel::meters::Meters;
use crate::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::news::{Audience, Draft, Event, Link, Request, State, Texts};
use nameless_domain::ids::{ChatId, UserId};
use nameless_domain::text::Lang;
use nameless_domain::time::Millis;
use serde::Serialize;

/// A broadcast as operators see it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BroadcastLine {
    /// Its number.
    pub broadcast: i64,
    /// Who drafted it.
    pub by: String,
    /// Where it stands.
    pub state: State,
    /// Why the engine has it wait, if it does by itself; of one under way, why it does not go on.
    pub why: Option<String>,
    /// When it was drafted.
    pub created: Millis,
    /// When it was confirmed.
    pub started: Option<Millis>,
    /// When it was over.
    pub ended: Option<Millis>,
    /// How many were to get it when they were counted last: at the draft, then when it was
    /// confirmed.
    pub people: i64,
    /// Who has it.
    pub sent: i64,
    /// Who has blocked the bot, or is no more.
    pub gone: i64,
    /// For whom Telegram did not take it.
    pub failed: i64,
    /// Who turned news off, was banned, or left while it was under way.
    pub left_out: i64,
    /// Who is in a chat: they get it when that is over.
    pub waiting: i64,
    /// What it says.
    pub text: Texts,
    /// The button below it.
    pub link: Option<Link>,
    /// It makes no sound.
    pub silent: bool,
    /// It leaves no sooner than this.
    pub at: Option<Millis>,
    /// Who gets it.
    pub to: Audience,
}

impl BroadcastLine {
    /// What was drafted.
    pub fn draft(&self) -> Draft {
        let (text, link) = (self.text.clone(), self.link.clone());
        Draft { text, link, silent: self.silent, at: self.at, to: self.to }
    }
}

/// What a broadcast came to with somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// They have it.
    Sent,
    /// They have blocked the bot, or are no more.
    Gone,
    /// Telegram did not take it.
    Failed,
}

/// A broadcast in the hands of one courier.
#[derive(Clone, Debug, PartialEq)]
pub struct Errand {
    /// Names the courier: what comes under an earlier number is given nobody new.
    pub holder: i64,
    /// What to say.
    pub draft: Draft,
}

/// What somebody who wants to carry a broadcast is told.
#[derive(Clone, Debug, PartialEq)]
pub enum Taking {
    /// It is theirs.
    Taken(Box<Errand>),
    /// Another one is under way, which was confirmed earlier.
    Later,
    /// It was paused and goes on; whoever carried it before that is still at it. What they have in
    /// hand would be given out a second time.
    Former,
    /// It is not to be carried (any more).
    Not,
}

/// Whom it is to be told next.
#[derive(Clone, Debug, PartialEq)]
pub enum Round {
    /// These chats, in their language. None: they are in chats, or still in the courier's hands.
    To(Vec<(ChatId, Lang)>),
    /// Nobody is left.
    Over,
    /// It is to wait, is cancelled, or is another's by now.
    Stop,
}

/// Keeps who wants news, and how far each broadcast is.
pub trait NewsStore: Send + Sync {
    /// Whether a user gets news.
    fn gets(&self, user: UserId) -> PortFuture<'_, Result<Event, StoreError>>;
    /// From now on they do, or do not.
    fn want(&self, user: UserId, on: bool) -> PortFuture<'_, Result<Event, StoreError>>;
    /// Takes a broadcast over, for the `run`-th time that it began or was taken up again. Whoever
    /// had it is told so at their next round.
    fn take(&self, broadcast: i64, run: i32) -> PortFuture<'_, Result<Taking, StoreError>>;
    /// Whom to tell next: as many as are kept as due and not yet landed, `most` in all, without
    /// those whom the courier has in hand. They are due until [`NewsStore::landed`] has them,
    /// whatever happens to the courier.
    fn round(
        &self,
        broadcast: i64,
        holder: i64,
        most: usize,
        in_hand: Vec<UserId>,
    ) -> PortFuture<'_, Result<Round, StoreError>>;
    /// Counts what it came to with these. Each counts once, however often it is told.
    fn landed(&self, broadcast: i64, of: Vec<(UserId, Arrival)>) -> PortFuture<'_, Result<(), StoreError>>;
    /// Has a broadcast wait, as Telegram takes it for nobody.
    fn halt(&self, broadcast: i64, holder: i64) -> PortFuture<'_, Result<(), StoreError>>;
}

/// Where there is no database.
pub(super) struct Absent;

fn none<T: Send + 'static>() -> PortFuture<'static, Result<T, StoreError>> {
    Box::pin(async { Err(StoreError::Unavailable("there is none".into())) })
}

impl NewsStore for Absent {
    fn gets(&self, _: UserId) -> PortFuture<'_, Result<Event, StoreError>> {
        none()
    }
    fn want(&self, _: UserId, _: bool) -> PortFuture<'_, Result<Event, StoreError>> {
        none()
    }
    fn take(&self, _: i64, _: i32) -> PortFuture<'_, Result<Taking, StoreError>> {
        none()
    }
    fn round(&self, _: i64, _: i64, _: usize, _: Vec<UserId>) -> PortFuture<'_, Result<Round, StoreError>> {
        none()
    }
    fn landed(&self, _: i64, _: Vec<(UserId, Arrival)>) -> PortFuture<'_, Result<(), StoreError>> {
        none()
    }
    fn halt(&self, _: i64, _: i64) -> PortFuture<'_, Result<(), StoreError>> {
        none()
    }
}

/// Carries a request out.
pub(super) async fn perform(
    store: &dyn NewsStore,
    _: &Meters,
    user: UserId,
    request: Request,
) -> Result<Event, StoreError> {
    match request {
        Request::Look => store.gets(user).await,
        Request::Want { on } => store.want(user, on).await,
    }
}
