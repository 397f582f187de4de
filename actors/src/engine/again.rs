//! What comes a second time: updates that a former life did not finish, and those that were lost
//! with an actor.

use super::Engine;
use crate::kernel::gate::{Pass, WaitingGate};
use crate::kernel::ticket::{Accepted, REFUSED, Redeliver};
use crate::persistence::{ListUnsettled, Persistence};
use crate::ports::{Loaded, Recovered};
use crate::relay::{LeftEarlier, Relay};
use crate::session;
use crate::shard::{Recall, Shard};
use crate::tell;
use futures_util::future::join_all;
use nameless_domain::ids::{MessageId, Seq, UserId};
use nameless_domain::session::account::Phase;
use nameless_domain::update::{Act, Update};
use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::sync::oneshot;
use tokio::time::Instant;

/// Waits before a lost update is delivered again, one per try; then it is put aside. The actor that
/// lost it is being started anew, which takes up to five seconds when it dies often: without a
/// wait, all tries would meet the empty place.
const AGAIN_AFTER: [Duration; 4] =
    [Duration::from_millis(50), Duration::from_millis(500), Duration::from_secs(2), Duration::from_secs(6)];

/// A start that takes longer than this, as the store is slow, says so.
const SLOW: Duration = Duration::from_secs(3);

/// An update that comes again.
type Again = (Update, Accepted);

/// A recovered update that was handed over so often, each time by a process that ended before it
/// was done, is put aside: it may be what ends them.
const TRIES: u32 = 5;

/// How long a start waits for one of the updates that a start before it did not get done with, and
/// for all of them. What kills does so at once; what waits for Telegram or the store must not keep
/// everybody waiting.
const SUSPECT: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(10));

impl Engine {
    /// Delivers what a former life accepted and did not finish, each user's in order. First of all
    /// the relays learn what had left, so that an answer to it, here or still waiting at Telegram,
    /// finds what it answers, however slow the store is. It waits for the store as long as that
    /// takes; nobody's session could be loaded before, either.
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
        self.relays_learn(&unfinished).await;
        self.deliver_recovered(unfinished, Instant::now() + SUSPECT.1).await;
    }

    /// Tells the relays of what had left into chats that still live.
    async fn relays_learn(&self, unfinished: &[Again]) {
        let mut left: BTreeMap<UserId, Vec<&Again>> = BTreeMap::new();
        for again in unfinished.iter().filter(|(_, accepted)| accepted.sent.is_some()) {
            left.entry(again.1.user).or_default().push(again);
        }
        if left.is_empty() {
            return;
        }
        let mut loading = pin!(join_all(left.keys().map(|&user| session::ask(&self.env, user))));
        let loaded = match tokio::time::timeout(SLOW, &mut loading).await {
            Ok(loaded) => loaded,
            Err(_) => {
                tracing::warn!(waited = ?SLOW, "the store is slow; what had left is not known again before it answers");
                loading.await
            }
        };
        for ((user, left), loaded) in left.into_iter().zip(loaded) {
            let Ok(Some(Loaded { account, live: Some(live), .. })) = loaded else { continue };
            // Whoever says something in a chat has read that it began, and that is said when this
            // row is kept.
            let Phase::Chatting { pair, after, .. } = account.phase else { continue };
            if pair != live.pair {
                continue;
            }
            let copies = left.into_iter().filter(|(_, accepted)| accepted.seq > after).flat_map(copies);
            let message = LeftEarlier { pair, by: user, copies: copies.collect() };
            tell!(self.env.directory.of::<Relay>(pair.0), message);
        }
    }

    /// Hands recovered updates over, each counted before. Those that a start before this one has
    /// handed over in vain go first, one after the other: if one of them ends this process as well,
    /// it alone is counted once more.
    async fn deliver_recovered(&self, updates: Vec<(Update, Accepted)>, until: Instant) {
        let journal = &self.env.journal;
        let (suspects, others): (Vec<_>, Vec<_>) =
            updates.into_iter().partition(|(_, accepted)| journal.tries(accepted.seq) > 1);
        for (update, accepted) in suspects {
            let (seq, tries) = (accepted.seq, journal.tries(accepted.seq));
            if tries >= TRIES {
                tracing::error!(
                    update_id = accepted.update_id,
                    tries,
                    "each time that this update was under way the process ended; it is set aside as a dead letter"
                );
                self.put_aside(accepted, format!("the process ended {tries} times while it was under way"))
                    .await;
                continue;
            }
            self.count(&[seq]).await;
            self.deliver_here(update, accepted).await;
            let wait = SUSPECT.0.min(until.saturating_duration_since(Instant::now()));
            if !wait.is_zero() {
                let _ = tokio::time::timeout(wait, self.in_flight.empty()).await;
                journal.survived(seq);
            }
        }
        let seqs: Vec<Seq> = others.iter().map(|(_, accepted)| accepted.seq).collect();
        self.count(&seqs).await;
        for (update, accepted) in others {
            self.deliver_here(update, accepted).await;
        }
    }

    /// Counts one more try; that is on disk when this returns.
    async fn count(&self, seqs: &[Seq]) {
        if !seqs.is_empty()
            && let Err(cause) = self.env.journal.trying(seqs).await
        {
            tracing::error!(%cause, "how often updates were tried cannot be noted");
        }
    }

    /// Wakes the sessions that a former life left in need of it. To be called once, after
    /// [`Engine::replay`].
    pub async fn wake_unsettled(&self) {
        let (reply, answer) = oneshot::channel();
        self.when_started().await;
        tell!(self.env.directory.one::<Persistence>(), ListUnsettled { reply });
        for user in answer.await.unwrap_or_default() {
            if !self.env.peers.as_ref().is_none_or(|peers| peers.is_mine(user)) {
                continue;
            }
            tell!(self.env.directory.of::<Shard>(user.0), Recall { user });
        }
    }

    /// Waits until the tree stands.
    async fn when_started(&self) {
        while self.env.directory.all::<Shard>().iter().any(|s| s.get().is_none()) {
            tokio::task::yield_now().await;
        }
    }
}

/// The message of an update with each of the copies that it had left as.
fn copies((update, accepted): &Again) -> Vec<(MessageId, MessageId)> {
    let Act::Message(message) = &update.act else { return Vec::new() };
    let left = accepted.sent.iter().flatten().filter(|&&copy| copy != REFUSED);
    left.map(|&copy| (message.id, copy)).collect()
}

/// A lost update on its way back.
struct Lost {
    accepted: Accepted,
    pass: Pass,
    at: Instant,
}

/// Lost updates, a queue for each try. They are few (a dead actor's mailbox) and bounded by those
/// under way. Each try has a wait of its own, so each queue stays in order.
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

/// Brings back updates whose messages were lost with an actor; puts aside those that are lost again
/// and again.
async fn deliver_again(engine: Weak<Engine>, mut lost: UnboundedReceiver<Lost>, wait: Duration) {
    while let Some(Lost { accepted, pass, at }) = lost.recv().await {
        tokio::time::sleep_until(at + wait).await;
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
    use crate::env::Faults;
    use crate::ports::MapRow;
    use crate::testing::{NEWER, Tree};
    use nameless_domain::ids::MessageId;
    use nameless_domain::relay::Side;
    use std::sync::atomic::Ordering;

    /// The answer was accepted before the crash too, and its sender is at hand sooner than the
    /// other's row. The time is virtual, so that the store can be away for long.
    #[actix::test]
    async fn an_answer_finds_what_had_left_before_a_crash() {
        for away in [1, 20] {
            let tree = Tree::grow(Faults::default()).await;
            tree.chat(1, 2);
            tree.say(2, "hello").await;
            tree.gets(1, &["hello"]).await;
            tree.all_done().await;
            let text = tree.unfinished(1, "seen already", Some(vec![MessageId(500)]));
            let answer = tree.unfinished(2, "re:500:answer", None);
            let left = tree.unfinished(2, "seen, too", Some(vec![MessageId(501)]));
            let answered = format!("answer re {}", NEWER + text.seq.0 as i32);
            tree.store.away.store(away, Ordering::SeqCst);
            tokio::time::pause();
            tree.engine.replay(vec![text, answer, left]).await;
            tree.gets(1, &["hello", &answered]).await;
            tree.all_done().await;
            assert!(tree.got(2).is_empty(), "what had left is not sent again");
            tokio::time::resume();
        }
    }

    /// Its row was kept and its mark was not, as the disk failed. Sent again, it would be there
    /// twice, and the store keeps one of the two. Guard: `known` in `already_sent::split`.
    #[actix::test]
    async fn what_the_store_knows_to_have_left_is_not_sent_again() {
        let tree = Tree::grow(Faults::default()).await;
        let pair = tree.chat(1, 2);
        let text = tree.unfinished(1, "hello", None);
        let row =
            MapRow { from: Side::A, source: MessageId(NEWER + text.seq.0 as i32), copy: MessageId(500) };
        tree.store.map.lock().unwrap().insert(pair, vec![row]);
        let behind = tree.unfinished(1, "and this", None);
        tree.engine.replay(vec![text, behind]).await;
        tree.gets(2, &["and this"]).await;
        tree.all_done().await;
        let answer = format!("yes re {}", row.source.0);
        tree.say(2, "re:500:yes").await;
        tree.gets(1, &[&answer]).await;
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
