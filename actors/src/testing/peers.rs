//! The other nodes: who lives there, and what they are told.

use super::lock;
use crate::kernel::ticket::Accepted;
use crate::ports::{PeerEvent, Peers, Taken};
use nameless_domain::ids::{Seq, UserId};
use std::sync::Mutex;

/// Everybody from this number on lives on the other node.
pub const ELSEWHERE: i64 = 1_000;

/// One other node that does nothing by itself.
#[derive(Default)]
pub struct Neighbour(Mutex<Vec<(UserId, PeerEvent)>>);

impl Neighbour {
    /// What it was told of a user, in order.
    pub fn told(&self, user: i64) -> Vec<PeerEvent> {
        lock(&self.0).iter().filter(|(to, _)| to.0 == user).map(|(_, event)| event.clone()).collect()
    }
}

impl Peers for Neighbour {
    fn take(&self, _: &Accepted) -> Taken {
        Taken::Here
    }
    fn is_mine(&self, user: UserId) -> bool {
        user.0 < ELSEWHERE
    }
    fn born(&self, _: UserId) -> Seq {
        Seq(0)
    }
    fn tell(&self, user: UserId, event: PeerEvent) {
        lock(&self.0).push((user, event));
    }
}
