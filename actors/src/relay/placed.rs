//! Where the members of a pair are, as far as the pair knows.

use super::Relay;
use crate::ports::LivePair;
use crate::shard;
use nameless_domain::session::Event;

/// A pair that is older has long been heard of by its members, who stay where they are while it
/// goes on. Milliseconds.
const YOUNG_MS: i64 = 600_000;

impl Relay {
    /// Tells those who live here at which bots a young pair has them: whoever has left the search
    /// that it answers, and searches elsewhere, is not where it thinks.
    pub(super) fn tell_places(&self, live: &LivePair) {
        let env = &self.env;
        if !env.rules.several_bots || env.clock.now().since(live.opened) > YOUNG_MS {
            return;
        }
        for (user, bot) in live.members.into_iter().zip(live.bots) {
            if env.peers.as_ref().is_none_or(|peers| peers.is_mine(user)) {
                shard::to_session(env, user, Event::Placed { pair: live.pair, bot });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::YOUNG_MS;
    use crate::testing::Tree;
    use nameless_domain::ids::{BotId, UserId};

    /// Two in a chat that has the first one at another bot than they are at.
    async fn apart() -> Tree {
        let tree = Tree::grow_at_bots().await;
        let pair = tree.chat(1, 2);
        tree.store.pairs.lock().unwrap().get_mut(&pair).unwrap().0.bots[0] = BotId(1);
        tree
    }

    #[actix::test]
    async fn a_young_pair_that_has_somebody_elsewhere_breaks_off() {
        let tree = apart().await;
        tree.say(2, "hello").await;
        tree.gets(1, &["ended-lost"]).await;
        tree.gets(2, &["ended-lost"]).await;
        tree.all_done().await;
    }

    #[actix::test]
    async fn one_that_has_gone_on_for_a_while_goes_on() {
        let tree = apart().await;
        tree.set_wall(YOUNG_MS + 1);
        tree.say(2, "hello").await;
        tree.gets(UserId(1).at(BotId(1)).0, &["hello"]).await;
        tree.all_done().await;
        assert!(tree.got(1).is_empty() && tree.got(2).is_empty());
    }
}
