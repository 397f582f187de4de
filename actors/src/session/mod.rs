//! Session: one per active user. A thin shell over the domain's `SessionCore`.
//!
//! It starts by loading the account; the mailbox waits meanwhile, so order holds. A panic in the
//! core drops the core, loads it anew and handles the update once more; if that panics too, the
//! update is put aside as a dead letter and the user is told. Nobody else notices either.

mod asking;
#[cfg(test)]
mod asking_tests;
mod effects;
mod export;
#[cfg(test)]
mod export_tests;
mod handlers;
mod messages;
mod stale;
#[cfg(test)]
mod stale_tests;
#[cfg(test)]
mod tests;
mod told;
#[cfg(test)]
mod told_tests;

pub use messages::*;

use crate::env::Env;
use crate::kernel::ticket::{Ticket, Tickets};
use crate::outbox::{Departure, Enqueue, Origin, Outbox};
use crate::persistence::{LoadUser, Persistence};
use crate::ports::Loaded;
use crate::tell;
use actix::{Actor, Context, SpawnHandle};
use nameless_domain::ids::{BotId, ChatId, PairId, UserId};
use nameless_domain::outbox::Lane;
use nameless_domain::outgoing::{Call, Outgoing};
use nameless_domain::session::{Event, SessionCore};
use nameless_domain::text::{Lang, Msg};
use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::time::Instant;

/// Set by the shard when somebody waits for the session: the language of their Telegram, as long as
/// theirs is not known, and the chat where they wait.
pub(crate) type Heard = Arc<OnceLock<(Lang, ChatId)>>;

/// A user's session.
pub struct Session {
    env: Arc<Env>,
    user: UserId,
    heard: Heard,
    /// How far the wall clock is ahead of the steady one, as the core knows it (milliseconds).
    ahead: i64,
    /// None until loaded, and while it is being loaded anew.
    core: Option<Box<SessionCore>>,
    aside: Option<Box<Aside>>,
}

/// What a session has set aside. Most have nothing at most times, so it has its own place in
/// memory.
#[derive(Default)]
struct Aside {
    /// What the session was made for, if that comes before the look at the store.
    first: Option<Event>,
    /// Updates whose effects wait for the rest of an album, with the number of times that each
    /// panicked.
    held: Vec<(Ticket, u32)>,
    album_timer: Option<SpawnHandle>,
    /// Updates to be handled (again) once loaded, with the number of times that each panicked.
    rest: VecDeque<(Ticket, u32)>,
    /// Marks in the mailbox, see [`stale`].
    marks: u32,
    /// Whose turn it is of what keeps its order, see [`asking`].
    asking: asking::InTurn,
    /// A chat that a search has found and of which the user is about to be told, see [`told`].
    found: Option<PairId>,
    /// When the line leaves that says so, and at which bot, while that matters.
    told: Option<(BotId, Arc<Departure>)>,
}

impl Session {
    /// A session that loads itself when it starts, and handles `first` before it squares itself
    /// with the store.
    pub(crate) fn new(env: Arc<Env>, user: UserId, first: Option<Event>, heard: Heard) -> Session {
        let aside = first.map(|first| Box::new(Aside { first: Some(first), ..Aside::default() }));
        let ahead = ahead(&env);
        Session { env, user, heard, ahead, core: None, aside }
    }

    /// Tells the core if the wall clock was set: what is waited for takes as long as it would have.
    fn notice_clock(&mut self) {
        let by = ahead(&self.env) - self.ahead;
        if by.abs() >= SET_MS {
            self.ahead += by;
            if let Some(core) = &mut self.core {
                core.clock_was_set(by);
            }
        }
    }

    fn aside(&mut self) -> &mut Aside {
        self.aside.get_or_insert_default()
    }

    /// The next update to be handled again.
    fn next_of_rest(&mut self) -> Option<(Ticket, u32)> {
        self.aside.as_mut()?.rest.pop_front()
    }

    /// Gives the place back if nothing is set aside any more.
    fn tidy(&mut self) {
        let is_empty = |aside: &Aside| {
            let Aside { first, held, album_timer, rest, marks, asking, found, told } = aside;
            let is_idle = first.is_none() && held.is_empty() && album_timer.is_none() && rest.is_empty();
            let is_told = found.is_none() && told.is_none();
            // Each request that keeps its order has one until it is carried out.
            is_idle && is_told && *marks == 0 && Arc::strong_count(asking) == 1
        };
        if self.aside.as_ref().is_some_and(|aside| is_empty(aside)) {
            self.aside = None;
        }
    }
}

crate::mortal!(Session);

impl Actor for Session {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.reload(ctx);
    }
}

/// Clocks drift; only a step of so many milliseconds means that one was set.
const SET_MS: i64 = 1_000;

/// How far the wall clock is ahead of the steady one, milliseconds.
fn ahead(env: &Env) -> i64 {
    env.clock.now().0 - env.clock.steady().0
}

/// Tries to load an account that the store does not give, a tenth of a second apart.
const LOADS: u32 = 50;

/// The store says no to loading an account (while it is merely away, the persistence actor keeps
/// asking it).
pub(crate) struct Refused;

/// How long a person waits in silence for their account: then they hear, once, that it takes
/// longer.
const SILENCE: Duration = Duration::from_secs(3);

/// Asks the store for an account, as long as it takes.
async fn load(env: Arc<Env>, user: UserId, heard: Heard) -> Result<Option<Loaded>, Refused> {
    let loading = ask(&env, user);
    tokio::pin!(loading);
    let began = Instant::now();
    loop {
        tokio::select! {
            biased;
            loaded = &mut loading => return loaded,
            // Nobody may be waiting yet: a session can be made for what somebody else did.
            () = tokio::time::sleep(SILENCE) => {}
        }
        if let Some(&(lang, chat)) = heard.get() {
            tracing::debug!(waited = ?began.elapsed(), "somebody waits for the store");
            say_store_away(&env, chat, lang);
            return loading.await;
        }
    }
}

fn say_store_away(env: &Env, chat: ChatId, lang: Lang) {
    let html = env.texts.html(lang, &Msg::new("busy-store"));
    let out = Outgoing { chat, call: Call::Say { html, keyboard: Vec::new() } };
    let (lane, origin) = (Lane::Interactive, Origin::Bot);
    tell!(env.directory.one::<Outbox>(), Enqueue { out, lane, origin, tickets: Tickets::new() });
}

/// The same without a word to anybody.
pub(crate) async fn ask(env: &Env, user: UserId) -> Result<Option<Loaded>, Refused> {
    for _ in 0..LOADS {
        let (reply, answer) = tokio::sync::oneshot::channel();
        tell!(env.directory.one::<Persistence>(), LoadUser { user, reply });
        match answer.await {
            Ok(loaded) => return Ok(loaded),
            // Refused, or the persistence actor was started anew.
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
    Err(Refused)
}
