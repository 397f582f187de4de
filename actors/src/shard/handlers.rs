//! Handlers of a shard.

use super::*;
use crate::kernel::tell;
use crate::kernel::ticket::all_done;
use crate::kernel::watched::{Exit, spawn_here};
use crate::session::{self, Session};
use actix::Handler;
use nameless_domain::capabilities::{self, dating};
use nameless_domain::ids::BotId;
use nameless_domain::session::{Event, Urgency};
use nameless_domain::text::Lang;
use nameless_domain::update::Act;
use std::cmp::Reverse;
use std::collections::hash_map::Entry;

/// How often sessions that are going are looked at.
const GOING: std::time::Duration = std::time::Duration::from_millis(2);

/// Places beyond those of the gate for commands and buttons: what somebody says to a partner whose
/// chat Telegram holds up keeps its place until it has left, and must not shut the commands out.
const RESERVE: u32 = 8;
/// And beyond those for ways out, which count however quick their user is.
const LAST_RESERVE: u32 = 8;

/// A user whose messages are not taken is told so at most once in this time: the lines would be a
/// flood of their own, and would pile up in the mailbox of a session that is still loading.
const REFUSED_AGAIN_MS: i64 = 60_000;

impl Shard {
    /// The slot of a user, with a session made for it if there is none.
    fn slot(&mut self, user: UserId, ctx: &mut Context<Self>) -> &mut Slot {
        self.slot_for(user, &mut None, ctx)
    }

    /// The same; a session that is made takes `event` and handles it before it squares itself with
    /// the store.
    fn slot_for(&mut self, user: UserId, event: &mut Option<Event>, ctx: &mut Context<Self>) -> &mut Slot {
        let now = self.env.clock.steady();
        let me = self.me.get_or_insert_with(|| Arc::new(ctx.address()));
        let slot = match self.sessions.entry(user) {
            Entry::Occupied(slot) => slot.into_mut(),
            Entry::Vacant(vacant) => {
                self.generation = self.generation.wrapping_add(1);
                self.env.meters.sessions.add(1);
                let limits = &self.env.limits;
                let heard = Heard::default();
                vacant.insert(Box::new(Slot {
                    addr: spawn(&self.env, user, event.take(), heard.clone(), self.generation, me.clone()),
                    heard,
                    gate: Gate::new(limits.session_permits),
                    bucket: Bucket::new(limits.user_rate, limits.user_burst),
                    generation: self.generation,
                    restarts: 0,
                    used: now,
                    revived: false,
                    refused: None,
                }))
            }
        };
        slot.used = now;
        slot
    }

    /// Lets idle sessions go. What they know is in the store; a session that holds something back
    /// stays.
    pub(super) fn passivate(&mut self) {
        let now = self.env.clock.steady();
        let idle = i64::try_from(self.env.limits.idle_after.as_millis()).unwrap_or(i64::MAX);
        self.let_go(|_, slot| now.since(slot.used) < idle || slot.gate.inside() > 0);
        if self.sessions.capacity() > 4 * self.sessions.len() + 1_024 {
            self.sessions.shrink_to_fit();
        }
    }

    /// Tells sessions to go, but those that stay. Each does when its mailbox comes to it.
    fn let_go(&mut self, stays: impl Fn(UserId, &Slot) -> bool) {
        let (meters, going) = (&self.env.meters, &mut self.going);
        self.sessions.retain(|&user, slot| {
            let stays = stays(user, slot);
            if !stays {
                meters.passivated.add(1);
                meters.sessions.sub(1);
                tell(&slot.addr, session::Passivate);
                going.insert(slot.generation, (user, slot.addr.clone()));
            }
            stays
        });
    }
}

fn spawn(
    env: &Arc<Env>,
    user: UserId,
    first: Option<Event>,
    heard: Heard,
    generation: u32,
    shard: Arc<Addr<Shard>>,
) -> Addr<Session> {
    spawn_here(Session::new(env.clone(), user, first, heard), move |exit| {
        tell(&shard, SessionExited { user, generation, died: exit == Exit::Panicked });
    })
}

impl Handler<Deliver> for Shard {
    type Result = ();
    fn handle(&mut self, message: Deliver, ctx: &mut Self::Context) {
        let Deliver { update, ticket } = message;
        let now = self.env.clock.steady();
        let slot = self.slot(update.user, ctx);
        if matches!(update.act, Act::UnblockedBot) {
            // What they were told meanwhile they have not read.
            slot.refused = None;
        }
        let chat = update.user.at(BotId::of_update(update.update_id));
        let _ = slot.heard.set((update.lang_hint.unwrap_or(Lang::En), chat));
        // What was accepted before (a crash, a lost actor) has been through this gate already.
        let again = ticket.attempt() > 0;
        let in_time = slot.bucket.take(now) || again;
        let pass = match Urgency::of(&update) {
            Urgency::Leaving => slot.gate.try_enter_beyond(RESERVE + LAST_RESERVE),
            Urgency::Asked if in_time => slot.gate.try_enter_beyond(RESERVE),
            Urgency::Said if in_time => slot.gate.try_enter(),
            Urgency::Asked | Urgency::Said => None,
        };
        match pass {
            Some(pass) => {
                ticket.hold(pass);
                tell(&slot.addr, session::Handle { update, ticket });
            }
            None if again => {
                // Rare and bounded by the gate's size: it may stand in the mailbox beyond the gate.
                tell(&slot.addr, session::Handle { update, ticket });
            }
            None => {
                if slot.refused.is_none_or(|told| now.since(told) >= REFUSED_AGAIN_MS) {
                    slot.refused = Some(now);
                    tell(&slot.addr, session::Happened::alone(Event::NotTaken));
                }
                self.env.meters.updates_refused.add(1);
                ticket.done();
            }
        }
    }
}

impl Handler<ToSession> for Shard {
    type Result = ();
    fn handle(&mut self, message: ToSession, ctx: &mut Self::Context) {
        let ToSession { user, event, tickets } = message;
        // The store knows that a chat is over, but not to say why: a session that finds it so has
        // only "lost".
        let (mut first, rest) = match event {
            ended @ Event::PairEnded { .. } => (Some(ended), None),
            // A chat that nobody searched for: a session that has only its row takes it for one
            // that was left.
            Event::Capability(capabilities::Event::Dating(opened @ dating::Event::ChatOpened { .. })) => {
                (Some(Event::Capability(capabilities::Event::Dating(opened))), None)
            }
            other => (None, Some(other)),
        };
        let slot = self.slot_for(user, &mut first, ctx);
        if let Some(event) = first.or(rest) {
            tell(&slot.addr, session::Happened { event, tickets });
        } else {
            // Nothing that answers an update begins a session this way.
            all_done(tickets);
        }
    }
}

impl Handler<Recall> for Shard {
    type Result = ();
    fn handle(&mut self, message: Recall, ctx: &mut Self::Context) {
        // A session that is made now squares itself with the store anyway; one that lives does so
        // on request.
        let fresh = !self.sessions.contains_key(&message.user);
        let slot = self.slot(message.user, ctx);
        if !fresh {
            tell(&slot.addr, session::Square);
        }
    }
}

impl Handler<SessionExited> for Shard {
    type Result = ();
    fn handle(&mut self, message: SessionExited, ctx: &mut Self::Context) {
        let SessionExited { user, generation, died } = message;
        self.going.remove(&generation);
        if died {
            self.env.meters.actor_deaths.add(1);
            tracing::error!("a session died outside its guard; it is made anew");
        }
        // A passivated one has left its slot before; a successor may be in it.
        if self.sessions.get(&user).is_some_and(|slot| slot.generation == generation)
            && let Some(old) = self.sessions.remove(&user)
        {
            self.env.meters.sessions.sub(1);
            if died && !old.revived {
                // What its mailbox held beside updates came with no ticket; a new one squares with
                // the store.
                self.slot(user, ctx).revived = true;
            }
        }
    }
}

impl Handler<SessionRebuilt> for Shard {
    type Result = ();
    fn handle(&mut self, message: SessionRebuilt, _: &mut Self::Context) {
        if let Some(slot) = self.sessions.get_mut(&message.user) {
            slot.restarts = slot.restarts.saturating_add(1);
        }
    }
}

impl Handler<CrashSession> for Shard {
    type Result = ();
    fn handle(&mut self, message: CrashSession, ctx: &mut Self::Context) {
        let slot = self.slot(message.user, ctx);
        if message.for_good {
            tell(&slot.addr, crate::service::Die);
        } else {
            tell(&slot.addr, session::Crash);
        }
    }
}

impl Handler<Drain> for Shard {
    type Result = ();
    fn handle(&mut self, _: Drain, _: &mut Self::Context) {
        for slot in self.sessions.values().filter(|s| s.gate.inside() > 0) {
            tell(&slot.addr, session::Happened::alone(Event::AlbumDue));
        }
    }
}

impl Handler<MoveOut> for Shard {
    type Result = ();
    fn handle(&mut self, message: MoveOut, _: &mut Self::Context) {
        let MoveOut { stays, gone } = message;
        self.let_go(|user, _| stays(user));
        // Also those that were told before, for whatever reason.
        let leaving = self.going.values().filter(|(user, _)| !stays(*user));
        let ending: Vec<_> = leaving.map(|(_, addr)| addr.clone()).collect();
        // A session ends when its mailbox, which may be waiting for the store, comes to the
        // message.
        actix_rt::spawn(async move {
            while ending.iter().any(Addr::connected) {
                tokio::time::sleep(GOING).await;
            }
            drop(gone);
        });
    }
}

impl Handler<ListSessions> for Shard {
    type Result = ();
    fn handle(&mut self, message: ListSessions, _: &mut Self::Context) {
        let now = self.env.clock.steady();
        let mut seen: Vec<SessionSeen> = self
            .sessions
            .iter()
            .map(|(&user, slot)| SessionSeen {
                user,
                restarts: slot.restarts,
                under_way: slot.gate.inside(),
                bound: slot.gate.capacity(),
                idle_ms: now.since(slot.used),
            })
            .collect();
        seen.sort_by_key(|s| (Reverse(s.under_way), s.idle_ms));
        seen.truncate(message.most);
        let _ = message.reply.send(seen);
    }
}
