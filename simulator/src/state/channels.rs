//! Channels, as far as bots ask who has joined them. Nothing is posted here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

/// The channels of a world, by the @name or the id that bots call them by.
#[derive(Debug, Default)]
pub(crate) struct Channels(Mutex<BTreeMap<String, Channel>>);

#[derive(Debug, Default)]
struct Channel {
    members: BTreeSet<i64>,
    /// The bot is none of its administrators.
    is_closed: bool,
}

/// What a bot learns of somebody in a channel.
pub(crate) enum Membership {
    Member,
    Left,
    /// Only administrators are told.
    NotTold,
}

impl Channels {
    fn with<T>(&self, name: &str, change: impl FnOnce(&mut Channel) -> T) -> T {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        change(all.entry(name.to_owned()).or_default())
    }

    pub(crate) fn set(&self, name: &str, user: i64, joined: bool) {
        self.with(name, |channel| match joined {
            true => _ = channel.members.insert(user),
            false => _ = channel.members.remove(&user),
        });
    }

    pub(crate) fn close(&self, name: &str, is_closed: bool) {
        self.with(name, |channel| channel.is_closed = is_closed);
    }

    /// None: there is no such channel.
    pub(crate) fn of(&self, name: &str, user: i64) -> Option<Membership> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let channel = all.get(name)?;
        Some(match (channel.is_closed, channel.members.contains(&user)) {
            (true, _) => Membership::NotTold,
            (false, true) => Membership::Member,
            (false, false) => Membership::Left,
        })
    }
}
