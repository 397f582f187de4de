//! When each seeker of this node is to be reminded of their search.

use super::Matchmaker;
use crate::shard;
use actix::{AsyncContext, Context, SpawnHandle};
use nameless_domain::ids::{CrowdId, UserId};
use nameless_domain::session::Event;
use nameless_domain::time::Millis;
use rustc_hash::FxHashMap;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::time::Duration;

/// The heap may hold outdated entries, the map decides.
#[derive(Default)]
pub(super) struct Reminders {
    /// By the steady clock, and whose people they are among.
    due: FxHashMap<UserId, (Millis, CrowdId)>,
    /// How many of each crowd; none is taken out, so that what counts them hears of zero.
    crowds: BTreeMap<CrowdId, usize>,
    heap: BinaryHeap<Reverse<(Millis, UserId)>>,
    timer: Option<(Millis, SpawnHandle)>,
}

impl Reminders {
    /// How many of each crowd are to be reminded.
    pub fn by_crowd(&self) -> impl Iterator<Item = (CrowdId, usize)> {
        self.crowds.iter().map(|(crowd, many)| (*crowd, *many))
    }

    fn insert(&mut self, user: UserId, at: Millis, crowd: CrowdId) {
        self.remove(user);
        self.due.insert(user, (at, crowd));
        *self.crowds.entry(crowd).or_default() += 1;
    }

    /// No longer; says when it would have been.
    pub fn remove(&mut self, user: UserId) -> Option<Millis> {
        let (at, crowd) = self.due.remove(&user)?;
        if let Some(many) = self.crowds.get_mut(&crowd) {
            *many -= 1;
        }
        Some(at)
    }

    /// Only those for whom `stays` is true.
    pub fn retain(&mut self, stays: &dyn Fn(UserId) -> bool) {
        let crowds = &mut self.crowds;
        self.due.retain(|&user, (_, crowd)| {
            let stays = stays(user);
            if !stays && let Some(many) = crowds.get_mut(crowd) {
                *many -= 1;
            }
            stays
        });
    }

    pub fn clear(&mut self) {
        self.due.clear();
        self.heap.clear();
        self.crowds.values_mut().for_each(|many| *many = 0);
    }
}

impl Matchmaker {
    /// Reminds a seeker of a crowd at a moment of the steady clock.
    pub(super) fn remind(&mut self, (user, crowd): (UserId, CrowdId), at: Millis, ctx: &mut Context<Self>) {
        self.reminders.insert(user, at, crowd);
        let Reminders { due, heap, .. } = &mut self.reminders;
        heap.push(Reverse((at, user)));
        // Replaced and matched seekers leave outdated entries behind; they must not pile up.
        if heap.len() > 4 * due.len() + 1_024 {
            *heap = due.iter().map(|(&user, &(at, _))| Reverse((at, user))).collect();
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
            if self.reminders.due.get(&user).is_some_and(|(due, _)| *due == at) {
                self.reminders.remove(user);
                shard::to_session(&self.env, user, Event::SearchDue);
            }
        }
        self.arm(ctx);
    }
}
