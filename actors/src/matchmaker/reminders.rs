//! When each seeker of this node is to be reminded of their search.

use super::Matchmaker;
use crate::shard;
use actix::{AsyncContext, Context, SpawnHandle};
use nameless_domain::ids::UserId;
use nameless_domain::session::Event;
use nameless_domain::time::Millis;
use rustc_hash::FxHashMap;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

/// The heap may hold outdated entries, the map decides.
#[derive(Default)]
pub(super) struct Reminders {
    /// By the steady clock.
    due: FxHashMap<UserId, Millis>,
    heap: BinaryHeap<Reverse<(Millis, UserId)>>,
    timer: Option<(Millis, SpawnHandle)>,
}

impl Reminders {
    /// How many are to be reminded.
    pub fn len(&self) -> usize {
        self.due.len()
    }

    /// No longer; says when it would have been.
    pub fn remove(&mut self, user: UserId) -> Option<Millis> {
        self.due.remove(&user)
    }

    /// Only those for whom `stays` is true.
    pub fn retain(&mut self, stays: &dyn Fn(UserId) -> bool) {
        self.due.retain(|&user, _| stays(user));
    }

    pub fn clear(&mut self) {
        self.due.clear();
        self.heap.clear();
    }
}

impl Matchmaker {
    /// Reminds a seeker at a moment of the steady clock.
    pub(super) fn remind(&mut self, user: UserId, at: Millis, ctx: &mut Context<Self>) {
        let Reminders { due, heap, .. } = &mut self.reminders;
        due.insert(user, at);
        heap.push(Reverse((at, user)));
        // Replaced and matched seekers leave outdated entries behind; they must not pile up.
        if heap.len() > 4 * due.len() + 1_024 {
            *heap = due.iter().map(|(&user, &at)| Reverse((at, user))).collect();
        }
        self.arm(ctx);
    }

    fn arm(&mut self, ctx: &mut Context<Self>) {
        let Some(&Reverse((at, _))) = self.reminders.heap.peek() else { return };
        if self.reminders.timer.is_some_and(|(set, _)| set <= at) {
            return;
        }
        if let Some((_, handle)) = self.reminders.timer.take() {
            ctx.cancel_future(handle);
        }
        let wait = Duration::from_millis(at.since(self.env.clock.steady()) as u64 + 1);
        let handle = ctx.run_later(wait, |actor, ctx| {
            actor.reminders.timer = None;
            actor.ring(ctx);
        });
        self.reminders.timer = Some((at, handle));
    }

    /// Reminds those whose time has come.
    fn ring(&mut self, ctx: &mut Context<Self>) {
        let now = self.env.clock.steady();
        while let Some(&Reverse((at, user))) = self.reminders.heap.peek() {
            if at > now {
                break;
            }
            self.reminders.heap.pop();
            if self.reminders.due.get(&user) == Some(&at) {
                self.reminders.due.remove(&user);
                shard::to_session(&self.env, user, Event::SearchDue);
            }
        }
        self.arm(ctx);
    }
}
