//! Admin: every act of an operator goes through here, whoever asks and from wherever.
//!
//! It judges the act by its actor's role, has the store carry it out together with its entry in the
//! audit log, and tells the sessions that it concerns. What is refused is written down as well.
//! Commands of the alerts chat are read here ([`chat`]); the HTTP API sends [`Carry`].

pub(crate) mod board;
mod broadcasts;
mod chat;
mod lines;
mod messages;
pub(crate) mod on_its_way;
mod photos;
mod render;
mod telling;
#[cfg(test)]
mod tests;
mod transcript;
pub(crate) mod words;

pub use board::Board;
pub use messages::*;
pub(crate) use telling::{from_peer, tell_line};

use crate::billing::tell_entitled;
use crate::broadcast;
use crate::capabilities::{ActorLine, Answer, BroadcastLine, Carried, Denied, Health, Order, TimedLine};
use crate::env::Env;
use crate::kernel::meters::Timed;
use crate::kernel::ticket::Tickets;
use crate::outbox::{Enqueue, Origin, Outbox};
use crate::persistence::kept;
use crate::ports::StoreError;
use crate::services::SERVICES;
use crate::{service, shard, tell};
use actix::fut::WrapFuture;
use actix::{Actor, AsyncContext, Context, Handler};
use nameless_domain::capabilities::Event as CapabilityEvent;
use nameless_domain::capabilities::admin::confirm::Offers;
use nameless_domain::capabilities::admin::{
    Act, Actor as Person, Ban, Event as AdminEvent, Refusal, Role, Source, judge,
};
use nameless_domain::ids::{ChatId, MessageId, UserId};
use nameless_domain::outbox::{Bucket, Lane};
use nameless_domain::outgoing::{Call, Outgoing};
use nameless_domain::session::Event;
use nameless_domain::text::Lang;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::sync::Semaphore;

/// Acts that are carried out at a time: they share the database's connections with all else.
const AT_ONCE: usize = 4;
/// Messages that one call deletes at most, as Telegram has it.
const AT_ONCE_DELETED: usize = 100;
/// Acts that may wait.
const WAITING: u32 = 64;
/// How long an act may take.
const PATIENCE: Duration = Duration::from_secs(15);
/// How often a node of several looks whether others banned somebody who lives here. What they tell
/// each other at once is only a hint.
const LOOK: Duration = Duration::from_secs(2);

/// How often a node looks whether somebody has to be hidden, and what was not said yet.
const WATCH: Duration = Duration::from_secs(5);

/// The operators' actor.
pub struct Admin {
    env: Arc<Env>,
    desk: Arc<Desk>,
    /// Acts behind buttons.
    offers: Offers,
    /// Messages to the alerts chat: a group takes 20 a minute.
    room: Bucket,
    /// It was said that no more are answered.
    said_full: bool,
}

/// What acts under way share.
struct Desk {
    places: Semaphore,
    inside: AtomicU32,
}

impl Admin {
    fn new(env: Arc<Env>) -> Admin {
        let desk = Arc::new(Desk { places: Semaphore::new(AT_ONCE), inside: AtomicU32::new(0) });
        Admin { env, desk, offers: Offers::default(), room: chat::room(), said_full: false }
    }

    /// Carries an act out beside the actor. None: too many wait.
    fn begin(&self, order: Order) -> Option<impl Future<Output = Result<Answer, Denied>> + use<>> {
        if self.desk.inside.fetch_add(1, Ordering::AcqRel) >= WAITING {
            self.desk.inside.fetch_sub(1, Ordering::AcqRel);
            return None;
        }
        let inside = Inside(self.desk.clone());
        let (env, desk) = (self.env.clone(), self.desk.clone());
        Some(async move {
            let _inside = inside;
            let Ok(_place) = desk.places.acquire().await else { return Err(Denied::Busy) };
            match tokio::time::timeout(PATIENCE, carry_out(&env, order)).await {
                Ok(done) => done,
                Err(_) => Err(StoreError::Unavailable("no answer in time".into()).into()),
            }
        })
    }
}

/// A place among those that wait.
struct Inside(Arc<Desk>);

impl Drop for Inside {
    fn drop(&mut self) {
        self.0.inside.fetch_sub(1, Ordering::AcqRel);
    }
}

service!(Admin, "admin", One, when full: "the operator is told to try again", |env, _| Admin::new(env));

impl Actor for Admin {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        if self.env.peers.is_some() {
            ctx.spawn(look(self.env.clone()).into_actor(self));
        }
        if self.env.capabilities.admin.is_watched() {
            ctx.spawn(watch(self.env.clone()).into_actor(self));
        }
    }
}

/// Tells the sessions of this node of bans that were written on others.
async fn look(env: Arc<Env>) {
    let mut version = None;
    loop {
        match env.capabilities.admin.changes(version).await {
            Ok(changes) => {
                version = Some(changes.version);
                for (user, ban) in changes.of.into_iter().filter(|(user, _)| env.is_mine(*user)) {
                    tell_standing(&env, user, ban);
                }
            }
            Err(cause) => tracing::debug!(%cause, "bans could not be looked at"),
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Does what nobody has to ask for: hides whom several people reported, or who writes as programs
/// do, and says again what was owed when a process died.
async fn watch(env: Arc<Env>) {
    loop {
        match env.capabilities.admin.announced().await {
            Ok(text) => env.board.put(text),
            Err(cause) => tracing::debug!(%cause, "announcements could not be looked at"),
        }
        tokio::time::sleep(WATCH).await;
        let watched = match env.capabilities.admin.watch().await {
            Ok(watched) => watched,
            Err(cause) => {
                tracing::debug!(%cause, "reports and owed lines could not be looked at");
                continue;
            }
        };
        for (user, why) in watched.hide {
            let actor = engine();
            let order = Order { actor, act: Act::Hide { user, why }, source: Source::Engine, key: None };
            if let Err(cause) = carry_out(&env, order).await {
                tracing::warn!(%cause, "somebody who should be hidden is not, yet");
            }
        }
        for (user, line) in watched.owed.into_iter().filter(|(user, _)| env.is_mine(*user)) {
            tell_line(&env, user, line);
        }
    }
}

/// Who acts where the engine does by itself.
fn engine() -> Person {
    Person { name: "engine".into(), role: Role::Moderator }
}

/// Takes messages out of others' chats, at the pace of what nobody waits for.
fn remove(env: &Env, chat: ChatId, messages: &[MessageId]) {
    for messages in messages.chunks(AT_ONCE_DELETED) {
        let call = Call::Delete { messages: messages.to_vec() };
        let out = Outgoing { chat, call };
        let message = Enqueue { out, lane: Lane::Bulk, origin: Origin::Bot, tickets: Tickets::new() };
        tell!(env.directory.one::<Outbox>(), message);
    }
}

fn tell_standing(env: &Env, user: UserId, ban: Option<Ban>) {
    let event = CapabilityEvent::Admin(AdminEvent::Standing(ban));
    shard::to_session(env, user, Event::Capability(event));
}

/// Judges an act, has it carried out, tells whom it concerns.
async fn carry_out(env: &Arc<Env>, order: Order) -> Result<Answer, Denied> {
    let store = &env.capabilities.admin;
    if let Err(refusal) = judge(&order.actor, &order.act) {
        env.meters.admin_refused.add(1);
        if let Refusal::Forbidden(_) = refusal
            && let Err(cause) = store.note_refusal(order).await
        {
            tracing::warn!(%cause, "a refusal is not in the audit log");
        }
        return Err(Denied::Refused(refusal));
    }
    env.meters.admin_acts.add(1);
    let (previewer, wakes) = (previewer(&order), matches!(order.act, Act::SteerBroadcast { .. }));
    match order.act {
        Act::Health => return Ok(Answer::Health(health(env))),
        Act::Settings => {
            return Ok(Answer::Settings(crate::capabilities::Shown { text: store.settings() }));
        }
        _ => {}
    }
    let source = order.source;
    let picture = matches!(order.act, Act::Photo { .. } | Act::Picture { .. }).then(|| order.act.clone());
    // What was relayed a moment ago lingers before it is kept: it is to go as well.
    if let Act::Delete { .. } = order.act {
        kept(env.clone(), None).await;
    }
    let Carried { answer, standing, standings, entitled, line, remove: gone } =
        store.carry_out(order).await?;
    if let Some(act) = picture {
        return Ok(photos::complete(env, &act, answer).await);
    }
    // Where it was asked for in the chat, that has the answer.
    if let Answer::Waits(request) = &answer
        && source != Source::Chat
    {
        chat::announce(env, request);
    }
    for (user, ban) in standing.into_iter().chain(standings) {
        tell_standing(env, user, ban);
    }
    if let Some(user) = entitled {
        tell_entitled(env, user);
    }
    if let Answer::Desk(told) = &answer {
        told.take_effect(&env.board);
    }
    if let Some((user, line)) = line {
        tell_line(env, user, line);
    }
    for (chat, messages) in &gone {
        remove(env, *chat, messages);
    }
    if let (Answer::Broadcast(line), Some(user)) = (&answer, previewer) {
        let chat = user.at(env.rules.main_bot);
        for call in previews(env, line, chat) {
            let out = Outgoing { chat, call };
            let (lane, tickets) = (Lane::Interactive, Tickets::new());
            let message = Enqueue { out, lane, origin: Origin::Bot, tickets };
            tell!(env.directory.one::<Outbox>(), message);
        }
    }
    if let Some(jobs) = env.jobs.as_ref().filter(|_| wakes) {
        jobs.wake(broadcast::LANE);
    }
    Ok(answer)
}

/// Who gets a preview in private: an operator of whom Telegram's id is known.
fn previewer(order: &Order) -> Option<UserId> {
    let Act::PreviewBroadcast { .. } = order.act else { return None };
    order.actor.name.strip_prefix("telegram:")?.parse().ok().map(UserId)
}

/// What people will read, a message for each language that has a text of its own.
fn previews(env: &Env, line: &BroadcastLine, to: ChatId) -> Vec<Call> {
    let draft = line.draft();
    let own = Lang::ALL.into_iter().filter(|lang| draft.text.own(*lang).is_some());
    own.filter_map(|lang| broadcast::message::of(&*env.texts, &draft, lang, to)).collect()
}

fn health(env: &Env) -> Health {
    let (depth, bound) = (env.meters.persistence_depth.get(), env.limits.persistence_bound as u64);
    let state = match () {
        () if depth >= 2 * bound => "held",
        () if depth >= bound || env.meters.store_waits.get() > 0 => "degraded",
        () => "ready",
    };
    let counters: BTreeMap<&'static str, u64> = env.meters.list().into_iter().collect();
    let actors = SERVICES.iter().map(|s| {
        let (depth, restarts) = watched(s.name);
        let count = |name: Option<&str>| name.and_then(|name| counters.get(name)).copied();
        ActorLine { name: s.name, when_full: s.when_full, depth: count(depth), restarts: count(restarts) }
    });
    let us = |d: Duration| u64::try_from(d.as_micros()).unwrap_or(u64::MAX);
    let timed = env.meters.timed().into_iter().map(|Timed { name, latency, .. }| {
        let noted = latency.noted();
        let quantile = |q| noted.quantile(q).map(us);
        TimedLine { name, count: noted.count(), p50_us: quantile(0.5), p99_us: quantile(0.99) }
    });
    Health { state, actors: actors.collect(), timed: timed.collect(), counters }
}

/// The counters of a service: what it has to do now, and how often it was rebuilt.
fn watched(service: &str) -> (Option<&'static str>, Option<&'static str>) {
    match service {
        "persistence" => (Some("persistence_depth"), Some("persistence_restarts")),
        "outbox" => (Some("outbox_depth"), Some("outbox_restarts")),
        "matchmaker" => (Some("seekers"), Some("matchmaker_restarts")),
        "jobs" => (Some("jobs_running"), None),
        "relay" => (Some("pairs_loaded"), Some("relay_restarts")),
        "shard" => (Some("sessions"), Some("session_restarts")),
        _ => (None, None),
    }
}

impl Handler<Carry> for Admin {
    type Result = ();
    fn handle(&mut self, message: Carry, _: &mut Self::Context) {
        let Carry { order, reply } = message;
        match self.begin(order) {
            None => _ = reply.send(Err(Denied::Busy)),
            Some(doing) => {
                actix_rt::spawn(async move {
                    let _ = reply.send(doing.await);
                });
            }
        }
    }
}
