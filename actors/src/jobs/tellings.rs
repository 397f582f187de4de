//! Who is told of what: users of the ends of their jobs, other nodes of work that they may get to.

use super::{Jobs, MOST_TOLD};
use crate::ports::{Anchor, JobId, Look, OwedJob, Word};
use nameless_domain::ids::UserId;

/// Ends that were read so often to be told, and were not, are given up: telling them may be what
/// ends the process.
pub(super) const TELL_TRIES: u16 = 5;

impl Jobs {
    /// Tells an end, here or where its user lives.
    pub(super) fn tell(&mut self, owed: OwedJob) {
        let Some(user) = owed.user else { return };
        if !self.common.is_mine(user) {
            self.tell_others(Word::Owed);
        } else if self.is_closed || self.common.inbox().handed.len() >= MOST_TOLD {
            // It is owed, and found when somebody looks.
        } else if owed.told > TELL_TRIES {
            self.common.meters.untold.add(1);
            tracing::error!(
                job = owed.job.0,
                "a job's end could not be told, again and again; it is given up"
            );
            let mut inbox = self.common.inbox();
            inbox.handed.insert(owed.job, Anchor::default());
            inbox.delivered.push(owed.job);
        } else {
            self.common.hand_over(owed);
        }
    }

    /// What is owed by the store's list.
    pub(super) fn found(&mut self, look: Option<Look>, owed: Vec<(JobId, Option<UserId>)>) {
        let Some(look) = look else { return };
        if owed.len() >= look.most {
            self.look_after = owed.last().map(|(job, _)| *job);
        }
        let mut inbox = self.common.inbox();
        for (job, user) in owed {
            match user {
                // Also of users about to go: to read an end is to count a try.
                Some(user) if self.common.anchor(user).is_none() => {}
                Some(_) if inbox.handed.contains_key(&job) || self.to_tell.contains(&job) => {}
                Some(_) => self.to_tell.push(job),
                None => inbox.delivered.push(job),
            }
        }
    }

    /// Work was added that this node may not get to: others may.
    pub(super) fn pass_on(&self, lanes: &[&'static str]) {
        for name in lanes {
            let here = self.lanes.iter().find(|state| state.lane.name == *name);
            if here.is_none_or(|state| state.hungry && state.running >= state.lane.at_once) {
                self.tell_others(Word::Waiting((*name).to_owned()));
            }
        }
    }

    pub(super) fn tell_others(&self, word: Word) {
        if let Some(wakes) = &self.common.setup.wakes {
            wakes.tell(word);
        }
    }
}
