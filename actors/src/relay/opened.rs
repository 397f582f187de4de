//! A pair has been opened: who hears of it.

use super::{OpenRelay, Relay};
use crate::env::Env;
use crate::ports::PeerEvent;
use crate::{shard, tell};
use nameless_domain::ids::{PairId, UserId};
use nameless_domain::profile::Interests;
use nameless_domain::session::Event;

/// Tells a member of a new pair, and the relay of the node where they live.
pub fn pair_opened(env: &Env, user: UserId, pair: PairId, members: [UserId; 2], common: Interests) {
    if let Some(peers) = &env.peers
        && !peers.is_mine(user)
    {
        return peers.tell(user, PeerEvent::PairOpened { pair, members, common });
    }
    // Of two who live here the relay hears twice; the second time is nothing to it.
    tell!(env.directory.of::<Relay>(pair.0), OpenRelay { pair, members });
    let partner = if members[0] == user { members[1] } else { members[0] };
    shard::to_session(env, user, Event::PartnerFound { pair, partner, common });
}
