//! The queue that several nodes share: asked over the network, one request of a user at a time, in
//! their order.
//!
//! A request whose answer did not come is made again, with its number, until it is answered: it may
//! have happened, and may have taken a partner out of the queue who is in nobody's hands then. What
//! a user says meanwhile waits, the newest word only. So what is held here is bounded by the number
//! of those who search, and what is under way by [`UNDER_WAY`].
//!
//! After an outage, and when the queue says that it has lost everybody, the searching sessions of
//! this node state their wishes again. A partner who was taken out by a node that died before it
//! told the store does so with their next reminder, within [`RESTATED`].

use super::Matchmaker;
use super::messages::{Answered, Expired};
use super::requests::{Ask, Requests, Shared, next_number};
use crate::kernel::{chance, tell};
use crate::ports::{QueueError, Sought, Wish};
use crate::shard;
use actix::{AsyncContext, Context, Handler};
use nameless_domain::ids::UserId;
use nameless_domain::matching::Seeker;
use nameless_domain::session::Event;
use std::collections::hash_map::Entry;
use std::time::Duration;
use tokio::time::Instant;

/// How much longer a wish stands than until it is to be stated again.
pub(super) const GRACE: Duration = Duration::from_secs(60);
/// How often a wish is stated again at least, so that one who was lost is not lost for long, and a
/// wish that nobody has is not matched for long.
pub(super) const RESTATED: Duration = Duration::from_secs(60);
/// Requests under way at a time.
const UNDER_WAY: usize = 64;
/// A port answers within its own time; this is for one that breaks its word.
const PATIENCE: Duration = Duration::from_secs(10);
/// Waits before a request is made again grow up to this.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How long a search is held up before the user hears of it.
const TELL_AFTER: Duration = if cfg!(test) { Duration::from_millis(300) } else { Duration::from_secs(4) };
/// How often those are let go whose wish no longer stands; also how soon an idle node notices a
/// lost queue.
const EXPIRE_EVERY: Duration = Duration::from_secs(10);
/// Everybody is asked to state their wish again at most this often.
const RECALL_EVERY: Duration = if cfg!(test) { Duration::from_millis(100) } else { Duration::from_secs(2) };

impl Matchmaker {
    pub(super) fn shared(&mut self) -> Option<&mut Shared> {
        match &mut self.book {
            super::Book::Shared(shared) => Some(shared),
            super::Book::Local(_) => None,
        }
    }

    /// Asks the queue, after what is under way for this user.
    pub(super) fn ask(&mut self, user: UserId, ask: Ask, ctx: &mut Context<Self>) {
        let Some(shared) = self.shared() else { return };
        match shared.users.entry(user) {
            Entry::Vacant(vacant) => {
                vacant.insert(Requests::new(ask));
                shared.ready.push_back(user);
            }
            // The user's own word, which came first, is newer than the proposal that came to
            // nothing.
            Entry::Occupied(_) if matches!(ask, Ask::Return { .. }) => {}
            Entry::Occupied(mut its) => its.get_mut().next = Some(ask),
        }
        self.pump(ctx);
    }

    /// Makes as many requests as may be under way.
    fn pump(&mut self, ctx: &mut Context<Self>) {
        let Some(shared) = self.shared() else { return };
        while shared.under_way < UNDER_WAY
            && let Some(user) = shared.ready.pop_front()
        {
            let Some(its) = shared.users.get_mut(&user).filter(|its| !its.under_way) else { continue };
            if its.number == 0 {
                its.number = next_number();
            }
            its.under_way = true;
            shared.under_way += 1;
            let (number, queue, to) = (its.number, shared.queue.clone(), ctx.address());
            let wish = match &its.ask {
                Ask::Cancel => None,
                Ask::Seek { seeker, stands } => Some((seeker, stands, false)),
                Ask::Return { seeker, stands } => Some((seeker, stands, true)),
            };
            let wish = wish.map(|(seeker, &stands, returned)| Wish {
                number,
                seeker: seeker.clone(),
                stands,
                returned,
            });
            actix_rt::spawn(async move {
                // As a task of its own, so that a panic in the port is an answer too.
                let asking = actix_rt::spawn(async move {
                    match wish {
                        Some(wish) => queue.seek(wish).await.map(Some),
                        None => queue.cancel(number, user).await.map(|_| None),
                    }
                });
                let answer = match tokio::time::timeout(PATIENCE, asking).await {
                    Ok(Ok(answer)) => answer,
                    Ok(Err(_)) => Err(QueueError::Refused("the port panicked".into())),
                    Err(_) => Err(QueueError::Unavailable(format!("no answer within {PATIENCE:?}"))),
                };
                tell(&to, Answered { user, number, answer });
            });
        }
    }

    fn answered(&mut self, message: Answered, ctx: &mut Context<Self>) {
        let Answered { user, number, answer } = message;
        let Some(shared) = self.shared() else { return };
        shared.under_way = shared.under_way.saturating_sub(1);
        let known = shared.users.get_mut(&user).filter(|its| its.number == number && its.under_way);
        let Some(its) = known else {
            // From before a panic here: the user was asked to come again, but the partner must not
            // be lost.
            if let Ok(Some(Sought::Matched { partner, stands, .. })) = answer {
                self.ask(partner.user, Ask::Return { seeker: *partner, stands }, ctx);
            }
            return;
        };
        its.under_way = false;
        match answer {
            Ok(sought) => {
                let its = shared.users.remove(&user);
                self.queue_answers(ctx);
                if let Some(Requests { ask, next, .. }) = its {
                    self.sought(user, sought, ask, next, ctx);
                }
            }
            Err(QueueError::Reset) => {
                // This request has not happened either; it may be outdated by now.
                its.number = 0;
                its.ask = its.next.take().unwrap_or_else(|| std::mem::replace(&mut its.ask, Ask::Cancel));
                tracing::warn!("the queue has lost everybody; they are asked to state their wishes again");
                self.arm_recall(ctx);
                self.again_later(user, ctx);
            }
            Err(error) => {
                if let QueueError::Refused(_) = error {
                    tracing::error!(%error, "a request of the matchmaker");
                    // Whatever it was, it was an answer: the next try is a new request.
                    its.number = 0;
                    its.pause = LONGEST_PAUSE;
                }
                self.queue_is_away(&error);
                self.again_later(user, ctx);
            }
        }
        self.pump(ctx);
    }

    /// What follows from an answer. `next` is what the user has said since.
    fn sought(
        &mut self,
        user: UserId,
        sought: Option<Sought>,
        ask: Ask,
        next: Option<Ask>,
        ctx: &mut Context<Self>,
    ) {
        match (sought, ask) {
            (
                Some(Sought::Matched { since, partner, stands }),
                Ask::Seek { seeker, stands: own } | Ask::Return { seeker, stands: own },
            ) => {
                if let Some(Ask::Cancel) = next {
                    self.ask(partner.user, Ask::Return { seeker: *partner, stands }, ctx);
                    return self.ask(user, Ask::Cancel, ctx);
                }
                // A newer wish is answered by this pair as well.
                let seeker = Seeker { since, ..seeker };
                self.propose([(*partner, stands), (seeker, own)], ctx);
            }
            (Some(Sought::Full), _) if next.is_none() => {
                self.reminders.remove(user);
                shard::to_session(&self.env, user, Event::SearchRefused);
            }
            _ => {
                if let Some(next) = next {
                    self.ask(user, next, ctx);
                }
            }
        }
        self.count();
    }

    /// The same request again, after a wait that grows. Not a wish of somebody who moves to another
    /// node, which states it itself.
    fn again_later(&mut self, user: UserId, ctx: &mut Context<Self>) {
        let Some(shared) = self.shared() else { return };
        let leaves = shared.is_leaving(user);
        let Some(its) = shared.users.get_mut(&user) else { return };
        if leaves && !matches!((&its.ask, &its.next), (Ask::Cancel, _) | (_, Some(Ask::Cancel))) {
            shared.users.remove(&user);
            return;
        }
        let failing = *its.failing.get_or_insert_with(Instant::now);
        let waits_for_it = matches!(its.ask, Ask::Seek { .. }) && !matches!(its.next, Some(Ask::Cancel));
        let tell = waits_for_it && !its.told && failing.elapsed() >= TELL_AFTER;
        its.told |= tell;
        // Half of it by chance, so that those who failed together do not come together.
        let wait = its.pause.mul_f64(0.5 + chance::share() / 2.0);
        its.pause = (its.pause * 2).min(LONGEST_PAUSE);
        if tell {
            shard::to_session(&self.env, user, Event::SearchDelayed);
        }
        ctx.run_later(wait, move |actor, ctx| {
            if let Some(shared) = actor.shared() {
                shared.ready.push_back(user);
            }
            actor.pump(ctx);
        });
    }

    fn queue_is_away(&mut self, error: &QueueError) {
        let Some(shared) = self.shared() else { return };
        if !std::mem::replace(&mut shared.away, true) {
            tracing::warn!(%error, "searches are held up");
        }
    }

    /// It answers. If it had not before, it may have lost the newest of what it knew, as after a
    /// failover.
    fn queue_answers(&mut self, ctx: &mut Context<Self>) {
        let Some(shared) = self.shared() else { return };
        if std::mem::take(&mut shared.away) {
            tracing::info!("searches go on");
            self.arm_recall(ctx);
        }
    }

    /// Everybody states their wish again soon; once for all who noticed the need.
    fn arm_recall(&mut self, ctx: &mut Context<Self>) {
        let Some(shared) = self.shared() else { return };
        if !std::mem::replace(&mut shared.recall_armed, true) {
            ctx.run_later(RECALL_EVERY, |actor, _| {
                if let Some(shared) = actor.shared() {
                    shared.recall_armed = false;
                }
                actor.recall_all();
            });
        }
    }

    pub(super) fn expire_regularly(ctx: &mut Context<Self>) {
        ctx.run_interval(EXPIRE_EVERY, |actor, ctx| {
            let Some(queue) = actor.shared().map(|shared| shared.queue.clone()) else { return };
            let to = ctx.address();
            actix_rt::spawn(async move {
                let late = Err(QueueError::Unavailable(format!("no answer within {PATIENCE:?}")));
                let answer = tokio::time::timeout(PATIENCE, queue.expire()).await.unwrap_or(late);
                tell(&to, Expired(answer));
            });
        });
    }
}

impl Handler<Answered> for Matchmaker {
    type Result = ();
    fn handle(&mut self, message: Answered, ctx: &mut Self::Context) {
        self.answered(message, ctx);
        self.pump(ctx);
        if let Some(shared) = self.shared() {
            shared.let_go();
        }
    }
}

impl Handler<Expired> for Matchmaker {
    type Result = ();
    fn handle(&mut self, message: Expired, ctx: &mut Self::Context) {
        match message.0 {
            Ok(gone) => {
                if gone > 0 {
                    tracing::info!(gone, "seekers left the queue, as nobody stated their wishes again");
                }
                self.queue_answers(ctx);
            }
            Err(QueueError::Reset) => self.arm_recall(ctx),
            Err(error) => self.queue_is_away(&error),
        }
    }
}
