//! `getUpdates`: at least once, in order, until acknowledged by the next request's offset.

use super::Waiting;
use crate::plan::Fault;
use crate::world::{Life, State, World};
use std::collections::VecDeque;
use std::time::Duration;

/// Most updates of one answer.
const LIMIT: usize = 100;
/// How long a request waits for an update.
const LONG_POLL: Duration = Duration::from_secs(30);

impl State {
    /// A person does something: an update waits. Its number.
    pub fn post(&mut self, raw: impl FnOnce(i64) -> String) -> i64 {
        let update = self.telegram.next_update;
        self.telegram.next_update += 1;
        self.telegram.queue.push_back(Waiting { update, raw: raw(update) });
        update
    }

    fn acknowledge(&mut self, offset: i64) {
        let telegram = &mut self.telegram;
        while telegram.queue.front().is_some_and(|waiting| waiting.update < offset) {
            telegram.past.extend(telegram.queue.pop_front());
        }
        while telegram.past.len() > 20 {
            telegram.past.pop_front();
        }
    }
}

impl World {
    /// One request; none if its answer was lost.
    pub async fn get_updates(&self, life: &Life, offset: Option<i64>) -> Option<Vec<Waiting>> {
        self.dealing(life).await;
        let (wait, away) = {
            let mut state = self.lock();
            state.look_at_holder(life, "polls");
            (state.wait(1, 30), state.in_window(Fault::Away))
        };
        tokio::time::sleep(wait).await;
        if away {
            return None;
        }
        if let Some(offset) = offset {
            self.lock().acknowledge(offset);
        }
        if self.lock().telegram.queue.is_empty() {
            let _ = tokio::time::timeout(LONG_POLL, self.arrived.notified()).await;
        }
        self.dealing(life).await;
        let mut state = self.lock();
        if state.strikes(Fault::LostPoll, 100) {
            return None;
        }
        let mut found: VecDeque<Waiting> = state.telegram.queue.iter().take(LIMIT).cloned().collect();
        if !found.is_empty() && state.strikes(Fault::Repeat, 100) {
            let past = state.telegram.past.len() as u64;
            let again = state.rng.below(past + 1) as usize;
            state.telegram.past.iter().rev().take(again).for_each(|past| found.push_front(past.clone()));
        }
        Some(found.into())
    }
}
