//! The actors among themselves: the real tree over ports in memory, a clock that stands until it is
//! moved, and failures by script. Tests speak to the actors by their messages and look at what
//! reaches the ports.

mod capabilities;
pub mod jobs;
mod journal;
pub mod peers;
pub mod queue;
mod store;
mod telegram;

pub use capabilities::Entitled;
pub use store::{Memory, UNREADABLE};
pub use telegram::Telegram;

use crate::capabilities::Capabilities;
use crate::engine::{Engine, Parts};
use crate::env::{Env, Faults, Limits};
use crate::kernel::ticket::{Accepted, Ticket};
use crate::ports::*;
use journal::Log;
use nameless_domain::capabilities::admin::Role;
use nameless_domain::crowds::Crowds;
use nameless_domain::ids::{BotId, ChatId, MessageId, PairId, Seq, UserId};
use nameless_domain::outgoing::{Call, Outgoing};
use nameless_domain::profile::{AgeBand, Gender};
use nameless_domain::relay::content::{Body, Inbound, Media, MediaKind, Payload, Rich};
use nameless_domain::rules::Rules;
use nameless_domain::session::account::{Account, AdultConsent, Phase};
use nameless_domain::text::{Button, Lang, Msg};
use nameless_domain::time::Millis;
use nameless_domain::update::{Act, Update};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// The alerts chat.
pub const STAFF_CHAT: ChatId = ChatId(-1);

/// A message of a person's has this much more for its id than its update has for its number: more
/// than all that Telegram makes in a test.
pub const NEWER: i32 = 1_000_000;
/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(60);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap()
}

/// Clocks that are moved by hand.
pub struct ManualClock {
    wall: AtomicI64,
    steady: AtomicI64,
}

impl Clock for ManualClock {
    fn now(&self) -> Millis {
        Millis(self.wall.load(Ordering::SeqCst))
    }
    fn steady(&self) -> Millis {
        Millis(self.steady.load(Ordering::SeqCst))
    }
}

/// Texts are their keys.
struct Keys;

impl Texts for Keys {
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

/// Reads `update_id|user|message id|text`; a text `album:G` is a photo of album G, `re:N:words` a
/// reply to N, `press:DATA` a button, `paid:` a word of the provider's about money.
struct Lines;

impl Decoder for Lines {
    fn decode(&self, raw: &str) -> Option<Update> {
        let mut parts = raw.splitn(4, '|');
        let mut number = || parts.next()?.parse::<i64>().ok();
        let (update_id, user, id) = (number()?, number()?, number()?);
        let mut words = parts.next()?;
        if let Some(data) = words.strip_prefix("press:") {
            let act = Act::Pressed { callback_id: "c".into(), data: data.into(), message: None };
            return Some(Update { update_id, user: UserId(user), lang_hint: None, act });
        }
        if words == "paid:" {
            let state = nameless_domain::capabilities::billing::Renewal::Active;
            let act =
                nameless_domain::capabilities::billing::Act::Subscription { payload: String::new(), state };
            let act = Act::Capability(nameless_domain::capabilities::Act::Billing(act));
            return Some(Update { update_id, user: UserId(user), lang_hint: None, act });
        }
        let mut reply_to = None;
        if let Some((to, rest)) = words.strip_prefix("re:").and_then(|r| r.split_once(':')) {
            (reply_to, words) = (Some(MessageId(to.parse().ok()?)), rest);
        }
        let album = words.strip_prefix("album:").map(str::to_owned);
        let body = match &album {
            None => Body::Text(Rich::plain(words)),
            Some(_) => Body::Media {
                media: Media {
                    kind: MediaKind::Photo,
                    file_id: format!("file{update_id}"),
                    unique_id: format!("unique{update_id}"),
                    label: None,
                    mime: None,
                    size: None,
                    preview: None,
                    veiled: false,
                },
                caption: Rich::default(),
            },
        };
        let id = MessageId(id as i32);
        let inbound =
            Inbound { id, reply_to, answers: None, album, body, envelope: Vec::new(), manner: None };
        Some(Update { update_id, user: UserId(user), lang_hint: None, act: Act::Message(inbound) })
    }
}

/// The tree over its ports.
pub struct Tree {
    pub engine: Arc<Engine>,
    pub telegram: Arc<Telegram>,
    pub store: Arc<Memory>,
    pub entitled: Arc<Entitled>,
    clock: Arc<ManualClock>,
    log: Arc<Log>,
}

impl Tree {
    /// A running tree with one shard.
    pub async fn grow(faults: Faults) -> Tree {
        Tree::grow_with(faults, None).await
    }

    /// The same with a queue that other nodes share.
    pub async fn grow_with(faults: Faults, queue: Option<Arc<dyn Queue>>) -> Tree {
        Tree::plant(faults, queue, None, (0.0, None), Capabilities::absent(), None).await
    }

    /// The same as one of several nodes.
    pub async fn grow_beside(peers: Arc<dyn Peers>) -> Tree {
        Tree::plant(Faults::default(), None, Some(peers), (0.0, None), Capabilities::absent(), None).await
    }

    /// The same where users may send so many updates a second, and 30 at once.
    pub async fn grow_slow(user_rate: f64) -> Tree {
        Tree::plant(Faults::default(), None, None, (user_rate, None), Capabilities::absent(), None).await
    }

    /// The same where people may be at several bots.
    pub async fn grow_at_bots() -> Tree {
        Tree::grow_in_crowds(Crowds::default(), None).await
    }

    /// The same where the bots' people are apart, or not.
    pub async fn grow_in_crowds(crowds: Crowds, queue: Option<Arc<dyn Queue>>) -> Tree {
        let bots = (0.0, Some(crowds));
        Tree::plant(Faults::default(), queue, None, bots, Capabilities::absent(), None).await
    }

    /// The same with ports of capabilities.
    pub async fn grow_capable(capabilities: Capabilities) -> Tree {
        Tree::plant(Faults::default(), None, None, (0.0, None), capabilities, None).await
    }

    /// The same as one of several nodes.
    pub async fn grow_capable_beside(peers: Arc<dyn Peers>, capabilities: Capabilities) -> Tree {
        Tree::plant(Faults::default(), None, Some(peers), (0.0, None), capabilities, None).await
    }

    /// The same with work that takes long.
    pub async fn grow_with_jobs(jobs: crate::jobs::Setup) -> Tree {
        Tree::plant(Faults::default(), None, None, (0.0, None), Capabilities::absent(), Some(jobs)).await
    }

    /// The same with ports of capabilities.
    pub async fn grow_working(jobs: crate::jobs::Setup, capabilities: Capabilities) -> Tree {
        Tree::plant(Faults::default(), None, None, (0.0, None), capabilities, Some(jobs)).await
    }

    async fn plant(
        faults: Faults,
        queue: Option<Arc<dyn Queue>>,
        peers: Option<Arc<dyn Peers>>,
        (user_rate, crowds): (f64, Option<Crowds>),
        capabilities: Capabilities,
        jobs: Option<crate::jobs::Setup>,
    ) -> Tree {
        let telegram = Arc::new(Telegram::open());
        let (store, log) = (Arc::new(Memory::default()), Arc::new(Log::default()));
        let entitled = Arc::new(Entitled::default());
        let clock = Arc::new(ManualClock { wall: 1_000_000.into(), steady: 5_000.into() });
        let pacing = nameless_domain::outbox::PacerConfig { chat_rate: 0.0, ..Default::default() };
        let photo_patience = Duration::from_secs(2);
        let limits = Limits { shards: 1, user_rate, pacing, photo_patience, ..Limits::default() };
        let engine = Engine::start(Parts {
            rules: Rules {
                several_bots: crowds.is_some(),
                crowds: crowds.unwrap_or_default(),
                confirm_end_under_ms: 0,
                album_window_ms: 30,
                alerts_chat: Some(STAFF_CHAT),
                staff: vec![(UserId(111), Role::Owner), (UserId(222), Role::Viewer)],
                ..Rules::default()
            },
            limits,
            faults,
            clock: clock.clone(),
            texts: Arc::new(Keys),
            decoder: Arc::new(Lines),
            api: telegram.clone(),
            journal: log.clone(),
            store: store.clone(),
            capabilities: Capabilities { premium: entitled.clone(), ..capabilities },
            peers,
            lease: None,
            queue,
            jobs,
            fatal: Arc::new(|service| panic!("{service} gave up")),
        });
        // Returns when every actor is in its place.
        engine.replay(Vec::new()).await;
        Tree { engine, telegram, store, entitled, clock, log }
    }

    pub fn env(&self) -> &Arc<Env> {
        self.engine.env()
    }

    /// Lets time pass.
    pub fn pass_ms(&self, ms: i64) {
        self.clock.steady.fetch_add(ms, Ordering::SeqCst);
        self.set_wall(ms);
    }

    /// Sets the wall clock forward, or back.
    pub fn set_wall(&self, ms: i64) {
        self.clock.wall.fetch_add(ms, Ordering::SeqCst);
    }

    /// The next results of calls to a chat.
    pub fn script(&self, chat: i64, errors: impl IntoIterator<Item = SendError>) {
        lock(&self.telegram.script).entry(chat).or_default().extend(errors);
    }

    /// Someone who has answered every question.
    pub fn person(&self, user: i64, phase: Phase) {
        let now = self.clock.now();
        let account = Account {
            adult: Some(AdultConsent { at: now, version: 1 }),
            gender: Some(Gender::Other),
            age: Some(AgeBand::From18),
            confirm_end: false,
            phase,
            ..Account::new(UserId(user), Lang::En, now)
        };
        lock(&self.store.accounts).insert(UserId(user), account);
    }

    /// Two people in a chat with each other.
    pub fn chat(&self, a: i64, b: i64) -> PairId {
        let pair = PairId(lock(&self.store.pairs).len() as i64 + 1);
        let opened = self.clock.now();
        let live = LivePair { pair, members: [UserId(a), UserId(b)], bots: [BotId::FIRST; 2], opened };
        lock(&self.store.pairs).insert(pair, (live, true));
        for (me, partner) in [(a, b), (b, a)] {
            let partner = UserId(partner);
            self.person(me, Phase::Chatting { pair, partner, since: opened, after: Seq(0) });
        }
        pair
    }

    /// A user says something, newer than all that Telegram has made; the message's id.
    pub async fn say(&self, user: i64, words: &str) -> i32 {
        let id = NEWER + self.log.last.load(Ordering::SeqCst) as i32 + 1;
        self.brings(user, id, words).await;
        id
    }

    /// Telegram brings what a user said, under this id.
    pub async fn brings(&self, user: i64, id: i32, words: &str) {
        self.brings_by(BotId::FIRST, user, id, words).await;
    }

    /// Telegram brings what a user said to one of the bots.
    pub async fn brings_by(&self, bot: BotId, user: i64, id: i32, words: &str) {
        let seq = self.log.last.fetch_add(1, Ordering::SeqCst) + 1;
        let update_id = bot.update(seq as i64).expect("an update's number");
        let raw: Arc<str> = format!("{update_id}|{user}|{id}|{words}").into();
        let update = Lines.decode(&raw).expect("a line");
        let accepted = Accepted { seq: Seq(seq), update_id, user: UserId(user), raw, sent: None, attempt: 0 };
        self.engine.deliver(update, accepted).await;
    }

    /// What a user had said and a former life did not finish; `sent` if it had left.
    pub fn unfinished(&self, user: i64, words: &str, sent: Option<Vec<MessageId>>) -> Recovered {
        let seq = self.log.last.fetch_add(1, Ordering::SeqCst) + 1;
        let id = NEWER as u64 + seq;
        Recovered { seq: Seq(seq), raw: format!("{seq}|{user}|{id}|{words}").into(), sent }
    }

    /// A ticket for messages that a test sends itself.
    pub fn ticket(&self, user: i64) -> Ticket {
        let seq = Seq(self.log.last.fetch_add(1, Ordering::SeqCst) + 1);
        let raw = format!("{0}|{user}|{0}|again", seq.0).into();
        let accepted =
            Accepted { seq, update_id: seq.0 as i64, user: UserId(user), raw, sent: None, attempt: 0 };
        Ticket::new(accepted, Vec::new(), self.log.clone(), Arc::new(|_| {}))
    }

    /// What a chat was sent, in order: texts, keys of the bot's own lines, `album of N`.
    pub fn got(&self, chat: i64) -> Vec<String> {
        let calls = lock(&self.telegram.calls);
        let word = |out: &Outgoing| match &out.call {
            Call::Say { html, .. } => Some(html.clone()),
            Call::Send { payload: Payload::Text(rich), reply_to: None, .. } => Some(rich.text.clone()),
            Call::Send { payload: Payload::Text(rich), reply_to: Some(to), .. } => {
                Some(format!("{} re {}", rich.text, to.0))
            }
            Call::SendAlbum { items, .. } => Some(format!("album of {}", items.len())),
            Call::Send { .. } => Some("media".to_owned()),
            _ => None,
        };
        calls.iter().filter(|out| out.chat == ChatId(chat)).filter_map(word).collect()
    }

    /// Calls begun, answered or not.
    pub fn tries(&self) -> u32 {
        self.telegram.tries.load(Ordering::SeqCst)
    }

    /// Waits for something that nobody announces.
    pub async fn until(&self, what: &str, mut holds: impl FnMut() -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !holds() {
            assert!(
                Instant::now() < deadline,
                "does not come: {what}; counters: {:?}",
                self.env().meters.list()
            );
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Waits until a chat was sent exactly this.
    pub async fn gets(&self, chat: i64, words: &[&str]) {
        self.until(&format!("{chat} gets {words:?}"), || self.got(chat).len() >= words.len()).await;
        assert_eq!(self.got(chat), words, "what {chat} got");
    }

    /// Updates that are done.
    pub fn done(&self) -> usize {
        lock(&self.log.done).len()
    }

    /// The copies that an update is noted to have left as.
    pub fn noted(&self, seq: Seq) -> Vec<MessageId> {
        lock(&self.log.sent).get(&seq).cloned().unwrap_or_default()
    }

    /// Waits until each update is done, and checks that each was said to be so once: no ticket
    /// leaks.
    pub async fn all_done(&self) {
        let all: BTreeSet<Seq> = (1..=self.log.last().0).map(Seq).collect();
        self.until("every update is done", || lock(&self.log.done).len() >= all.len()).await;
        let done = lock(&self.log.done).clone();
        assert_eq!(done.len(), all.len(), "each once: {done:?}");
        assert_eq!(done.into_iter().collect::<BTreeSet<_>>(), all);
    }
}
