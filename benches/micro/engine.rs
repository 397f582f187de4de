//! The engine over ports that do nothing, so that what is measured is the actors alone: nobody
//! waits for a disk, a database or Telegram.

use super::samples::{NOW, account, chatting};
use nameless::clock::SystemClock;
use nameless::telegram::TelegramDecoder;
use nameless_actors::capabilities::{Capabilities, EntitlementStore};
use nameless_actors::env::{Faults, Limits};
use nameless_actors::kernel::ticket::Accepted;
use nameless_actors::ports::{
    Appended, AskedPair, BotApi, ExportFile, ExportFrom, Journal, JournalError, LivePair, Loaded, Opened,
    PairRecord, PortFuture, Proposal, Recovered, SendError, Sent, Store, StoreError, Texts, Write,
};
use nameless_actors::{Engine, Parts};
use nameless_domain::capabilities::premium::Entitlements;
use nameless_domain::ids::{BotId, MessageId, PairId, Seq, UserId};
use nameless_domain::outbox::PacerConfig;
use nameless_domain::outgoing::Outgoing;
use nameless_domain::rules::Rules;
use nameless_domain::text::{Button, Lang, Msg};
use nameless_domain::time::Millis;
use nameless_domain::update::Update;
use std::future::ready;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::Notify;

/// Users 2n and 2n + 1 are in pair n.
fn pair_of(user: UserId) -> (PairId, UserId) {
    (PairId(user.0 / 2), UserId(user.0 ^ 1))
}

fn live(pair: PairId) -> LivePair {
    LivePair {
        pair,
        members: [UserId(2 * pair.0), UserId(2 * pair.0 + 1)],
        bots: [BotId::FIRST; 2],
        opened: NOW,
    }
}

struct NoTexts;

impl Texts for NoTexts {
    fn html(&self, _: Lang, msg: &Msg) -> String {
        msg.key.to_owned()
    }
    fn label(&self, _: Lang, button: &Button) -> String {
        button.label.key.to_owned()
    }
    fn plain(&self, _: Lang, msg: &Msg) -> String {
        msg.key.to_owned()
    }
}

/// Takes everything at once.
struct NoTelegram(AtomicI32);

impl BotApi for NoTelegram {
    fn call(&self, _: Arc<Outgoing>) -> PortFuture<'_, Result<Sent, SendError>> {
        let id = MessageId(self.0.fetch_add(1, Ordering::Relaxed));
        Box::pin(ready(Ok(Sent { messages: [id].into_iter().collect() })))
    }
}

/// Everybody is in a chat; what is written is dropped.
struct NoStore;

impl EntitlementStore for NoStore {
    fn entitlements(&self, _: UserId) -> PortFuture<'_, Result<Entitlements, StoreError>> {
        Box::pin(ready(Ok(Entitlements::default())))
    }
}

impl Store for NoStore {
    fn load_users(&self, users: Vec<UserId>) -> PortFuture<'_, Result<Vec<Option<Loaded>>, StoreError>> {
        let load = |user: UserId| {
            let (pair, partner) = pair_of(user);
            let account = account(user.0, chatting(pair.0, partner.0));
            Some(Loaded { account, live: Some(live(pair)), owed: Vec::new(), standing: None })
        };
        Box::pin(ready(Ok(users.into_iter().map(load).collect())))
    }
    fn write(&self, batch: Arc<[Write]>) -> PortFuture<'_, Result<(), StoreError>> {
        drop(batch);
        Box::pin(ready(Ok(())))
    }
    fn open_pairs(&self, proposals: Vec<Proposal>) -> PortFuture<'_, Result<Vec<Opened>, StoreError>> {
        Box::pin(ready(Ok(proposals.iter().map(|p| Opened::Conflict(p.members.to_vec())).collect())))
    }
    fn load_pairs(
        &self,
        pairs: Vec<AskedPair>,
        _: u32,
    ) -> PortFuture<'_, Result<Vec<PairRecord>, StoreError>> {
        let load = |asked: AskedPair| {
            let live = live(asked.pair);
            PairRecord { members: live.members.map(Some), live: Some(live), map: Vec::new(), asked: None }
        };
        Box::pin(ready(Ok(pairs.into_iter().map(load).collect())))
    }
    fn unsettled(&self) -> PortFuture<'_, Result<Vec<UserId>, StoreError>> {
        Box::pin(ready(Ok(Vec::new())))
    }
    fn export(&self, _: UserId, _: ExportFrom, _: usize) -> PortFuture<'_, Result<ExportFile, StoreError>> {
        Box::pin(ready(Ok(ExportFile { json: Vec::new(), next: None })))
    }
    fn expire(&self, _: Millis) -> PortFuture<'_, Result<u64, StoreError>> {
        Box::pin(ready(Ok(0)))
    }
    fn ping(&self) -> PortFuture<'_, Result<(), StoreError>> {
        Box::pin(ready(Ok(())))
    }
}

/// Counts what is done.
#[derive(Default)]
pub struct Tally {
    done: AtomicU64,
    expected: AtomicU64,
    reached: Notify,
}

impl Tally {
    /// One more is done.
    pub fn count(&self) {
        let done = self.done.fetch_add(1, Ordering::AcqRel) + 1;
        if done == self.expected.load(Ordering::Acquire) {
            self.reached.notify_one();
        }
    }

    /// Waits until `n` more are done than when this was last called; to be called before the first
    /// of them.
    pub fn expect(&self, n: u64) -> impl Future<Output = ()> + '_ {
        self.expected.fetch_add(n, Ordering::AcqRel);
        async {
            while self.done.load(Ordering::Acquire) < self.expected.load(Ordering::Acquire) {
                self.reached.notified().await;
            }
        }
    }
}

impl Journal for Tally {
    fn append(&self, _: Vec<(i64, Arc<str>)>) -> Result<Appended<'_>, JournalError> {
        Err(JournalError::Full)
    }
    fn sent(&self, _: Seq, _: &[MessageId]) {}
    fn done(&self, _: Seq) {
        self.count();
    }
    fn last(&self) -> Seq {
        Seq(0)
    }
    fn recover(&self) -> Vec<Recovered> {
        Vec::new()
    }
    fn flush(&self) -> PortFuture<'_, Result<(), JournalError>> {
        Box::pin(ready(Ok(())))
    }
}

/// A running engine that is given updates.
pub struct Bench {
    engine: Arc<Engine>,
    tally: Arc<Tally>,
    next: u64,
}

impl Bench {
    /// Must be called on an actix system.
    pub async fn start(shards: usize) -> Bench {
        let tally = Arc::new(Tally::default());
        let pacing = PacerConfig { chat_rate: 0.0, ..PacerConfig::default() };
        // The hops are measured, not the wait for a fuller batch.
        let linger = Duration::ZERO;
        let limits = Limits { shards, user_rate: 0.0, pacing, linger, ..Limits::default() };
        let engine = Engine::start(Parts {
            rules: Rules::default(),
            limits,
            faults: Faults::default(),
            clock: Arc::new(SystemClock),
            texts: Arc::new(NoTexts),
            decoder: Arc::new(TelegramDecoder),
            api: Arc::new(NoTelegram(AtomicI32::new(1))),
            journal: tally.clone(),
            store: Arc::new(NoStore),
            capabilities: Capabilities { premium: Arc::new(NoStore), ..Capabilities::absent() },
            peers: None,
            lease: None,
            queue: None,
            jobs: None,
            fatal: Arc::new(|service| panic!("{service} gave up")),
        });
        engine.replay(Vec::new()).await;
        Bench { engine, tally, next: 0 }
    }

    /// Delivers these updates and waits until all their effects have happened.
    pub async fn run(&mut self, updates: Vec<(Update, Arc<str>)>) {
        let done = self.tally.expect(updates.len() as u64);
        for (update, raw) in updates {
            self.next += 1;
            let (seq, update_id, user) = (Seq(self.next), update.update_id, update.user);
            let accepted = Accepted { seq, update_id, user, raw, sent: None, attempt: 0 };
            self.engine.deliver(update, accepted).await;
        }
        done.await;
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.engine.stop();
    }
}
