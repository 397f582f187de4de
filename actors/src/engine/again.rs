//! What comes a second time: updates that a former life did not finish, and those that were lost with an actor.

use super::Engine;
use crate::kernel::gate::{Pass, WaitingGate};
use crate::kernel::ticket::{Accepted, Redeliver};
use crate::persistence::ListUnsettled;
use crate::ports::Recovered;
use crate::shard::Recall;
use crate::tell;
use nameless_domain::ids::{Seq, UserId};
use rustc_hash::FxHashMap;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::sync::oneshot;

/// Waits before a lost update is delivered again, one per try; then it is put aside. The actor that lost it is
/// being started anew, which takes up to five seconds when it dies often: without a wait, all tries would meet the
/// empty place.
const AGAIN_AFTER: [Duration; 4] =
    [Duration::from_millis(50), Duration::from_millis(500), Duration::from_secs(2), Duration::from_secs(6)];

/// How long a start waits for what had left before it to be noted again. Mostly the store is all it takes; what of it
/// waits for Telegram must not keep everybody waiting.
const NOTED_AGAIN: Duration = Duration::from_secs(3);

impl Engine {
    /// Delivers what a former life accepted and did not finish, each user's in order. First whatever leads up to
    /// something that had left, and unless that takes long this is noted again before the rest goes on: an answer to
    /// it, here or still waiting at Telegram, finds what it answers. (Not an answer that itself leads up to something
    /// that had left; a chat's texts leave one after the other, so there is hardly any.)
    pub async fn replay(&self, recovered: Vec<Recovered>) {
        self.when_started().await;
        let mut unfinished = Vec::with_capacity(recovered.len());
        for Recovered { seq, raw, sent } in recovered {
            let Some(update) = self.env.decoder.decode(&raw) else {
                match self.env.decoder.is_malformed(&raw) {
                    // Its own id may not be readable either; the letter is found by its position.
                    true => self.put_aside_unowned(seq, 0, raw).await,
                    false => self.env.journal.done(seq),
                }
                continue;
            };
            let (update_id, user) = (update.update_id, update.user);
            unfinished.push((update, Accepted { seq, update_id, user, raw, sent, attempt: 1 }));
        }
        let (first, rest) =
            parts(unfinished, |(_, accepted)| (accepted.user, accepted.seq, accepted.sent.is_some()));
        let some_had_left = !first.is_empty();
        for (update, accepted) in first {
            self.deliver_here(update, accepted).await;
        }
        if some_had_left {
            let noted = tokio::time::timeout(NOTED_AGAIN, self.in_flight.empty()).await;
            if noted.is_err() {
                tracing::warn!(
                    waited = ?NOTED_AGAIN,
                    "what had left before this start is not all noted yet (a slow store, or Telegram told to wait): \
                     some answers may go without what they answer; nothing is lost"
                );
            }
        }
        for (update, accepted) in rest {
            self.deliver_here(update, accepted).await;
        }
    }

    /// Wakes the sessions that a former life left in need of it. To be called once, after [`Engine::replay`].
    pub async fn wake_unsettled(&self) {
        let (reply, answer) = oneshot::channel();
        self.when_started().await;
        tell!(self.env.directory.persistence, ListUnsettled { reply });
        for user in answer.await.unwrap_or_default() {
            if !self.env.peers.as_ref().is_none_or(|peers| peers.is_mine(user)) {
                continue;
            }
            tell!(self.env.directory.shard(user), Recall { user });
        }
    }

    /// Waits until the tree stands.
    async fn when_started(&self) {
        while self.env.directory.shards.iter().any(|s| s.get().is_none()) {
            tokio::task::yield_now().await;
        }
    }
}

/// Parts updates, in order, into those that lead up to one of the same user that had left, and the rest. `of` gives
/// user, position, and whether it had left.
fn parts<T>(updates: Vec<T>, of: impl Fn(&T) -> (UserId, Seq, bool)) -> (Vec<T>, Vec<T>) {
    let left = updates.iter().map(&of).filter(|(_, _, left)| *left).map(|(user, seq, _)| (user, seq));
    // The last of each user's.
    let left: FxHashMap<UserId, Seq> = left.collect();
    updates.into_iter().partition(|update| {
        let (user, seq, _) = of(update);
        left.get(&user).is_some_and(|&left| seq <= left)
    })
}

/// A lost update on its way back.
struct Lost {
    accepted: Accepted,
    pass: Pass,
    at: Instant,
}

/// Lost updates, a queue for each try. They are few (a dead actor's mailbox) and bounded by those under way. Each try
/// has a wait of its own, so each queue stays in order.
pub(super) struct Queues(Vec<UnboundedReceiver<Lost>>);

/// Where tickets bring what is lost, and where it comes from again.
pub(super) fn queues(in_flight: &WaitingGate) -> (Redeliver, Queues) {
    let (queues, lost): (Vec<_>, Vec<_>) = AGAIN_AFTER.iter().map(|_| unbounded_channel::<Lost>()).unzip();
    let gate = in_flight.clone();
    let redeliver: Redeliver = Arc::new(move |accepted| {
        let queue = (accepted.attempt.max(1) as usize - 1).min(queues.len() - 1);
        // Still under way: a drain must not take the moment between for the end.
        let pass = gate.enter_again();
        let _ = queues[queue].send(Lost { accepted, pass, at: Instant::now() });
    });
    (redeliver, Queues(lost))
}

impl Queues {
    /// Brings back what is lost from now on, for as long as the engine lives.
    pub(super) fn deliver_to(self, engine: &Arc<Engine>) {
        for (lost, wait) in self.0.into_iter().zip(AGAIN_AFTER) {
            actix_rt::spawn(deliver_again(Arc::downgrade(engine), lost, wait));
        }
    }
}

/// Brings back updates whose messages were lost with an actor; puts aside those that are lost again and again.
async fn deliver_again(engine: Weak<Engine>, mut lost: UnboundedReceiver<Lost>, wait: Duration) {
    while let Some(Lost { accepted, pass, at }) = lost.recv().await {
        tokio::time::sleep_until((at + wait).into()).await;
        let Some(engine) = engine.upgrade() else { return };
        let env = &engine.env;
        env.meters.updates_redelivered.add(1);
        match env.decoder.decode(&accepted.raw) {
            Some(update) if accepted.attempt < AGAIN_AFTER.len() as u32 => {
                engine.hand_over(update, accepted, pass);
            }
            _ => {
                let error = format!("lost {} times with an actor", accepted.attempt);
                engine.to_dead_letters(accepted, pass, error);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::parts;
    use crate::env::Faults;
    use crate::testing::Tree;
    use nameless_domain::ids::{MessageId, Seq, UserId};
    use std::sync::atomic::Ordering;

    /// The answer was accepted before the crash too, and its sender is at hand sooner than the other's row.
    #[actix::test]
    async fn an_answer_finds_what_had_left_before_a_crash() {
        let tree = Tree::grow(Faults::default()).await;
        tree.chat(1, 2);
        tree.say(2, "hello").await;
        tree.gets(1, &["hello"]).await;
        tree.all_done().await;
        let text = tree.unfinished(1, "seen already", Some(vec![MessageId(500)]));
        let answer = tree.unfinished(2, "re:500:answer", None);
        let answered = format!("answer re {}", text.seq.0);
        tree.store.away.store(1, Ordering::SeqCst);
        tree.engine.replay(vec![text, answer]).await;
        tree.gets(1, &["hello", &answered]).await;
        tree.all_done().await;
        assert!(tree.got(2).is_empty(), "what had left is not sent again");
    }

    #[test]
    fn whatever_leads_up_to_what_had_left_goes_first() {
        let updates =
            [(1, false), (2, false), (1, true), (3, true), (1, false), (1, true), (3, false), (1, false)];
        let updates: Vec<_> =
            (0..).zip(updates).map(|(n, (user, left))| (UserId(user), Seq(n), left)).collect();
        let seqs =
            |part: Vec<(UserId, Seq, bool)>| part.into_iter().map(|(_, seq, _)| seq.0).collect::<Vec<_>>();
        let (first, rest) = parts(updates, |update| *update);
        assert_eq!((seqs(first), seqs(rest)), (vec![0, 2, 3, 4, 5], vec![1, 6, 7]));
        let none = vec![(UserId(1), Seq(1), false)];
        assert_eq!(parts(none.clone(), |update| *update), (Vec::new(), none));
    }

    /// A user's own updates keep their order, whatever of them had left.
    #[actix::test]
    async fn what_is_replayed_keeps_each_users_order() {
        let tree = Tree::grow(Faults::default()).await;
        tree.chat(1, 2);
        let unfinished = vec![
            tree.unfinished(1, "one", None),
            tree.unfinished(2, "across", None),
            tree.unfinished(1, "two, seen already", Some(vec![MessageId(500)])),
            tree.unfinished(1, "three", None),
        ];
        tree.engine.replay(unfinished).await;
        tree.gets(2, &["one", "three"]).await;
        tree.gets(1, &["across"]).await;
        tree.all_done().await;
    }
}
