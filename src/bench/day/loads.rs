//! What people do all day besides writing to their partners: each kind by an open schedule of its
//! own, and nobody waits for anybody else's turn.

use super::super::args::Day;
use super::super::dating::seed::{CARD, secret};
use super::super::model::NUMBER;
use super::super::schedule::Schedule;
use super::groups::{Groups, STARS, user};
use super::watch::{Answer, Kind, Watch};
use anyhow::Context as _;
use nameless_actors::kernel::lock;
use nameless_domain::capabilities::billing::Stars;
use nameless_domain::random::Random;
use nameless_simulator::{Outgoing, SimUser};
use reqwest::Client;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Of all that is done besides texts: swipes, searches, turns, screens, pictures, payments. One
/// turn in seven is followed by "show me".
const SHARES: [(What, f64); 6] = [
    (What::Swipe, 0.58),
    (What::Search, 0.14),
    (What::Turn, 0.14),
    (What::Screen, 0.10),
    (What::Picture, 0.02),
    (What::Payment, 0.02),
];
/// Of ten chats of those who searched so many end by a report.
const REPORTS: u64 = 1;
/// How long such a chat lasts, milliseconds: between these.
const CHAT_MS: (u64, u64) = (2_000, 8_000);
/// Cards that an app asks for at a time.
const CARDS: usize = 10;
/// Of those who search so many come only at the end: who has reported somebody is never found by
/// them again, so the last two may wait for each other for ever.
const HOSTS: usize = 2;
/// Before one of them comes.
const HOST_AFTER: Duration = Duration::from_secs(3);
/// Of how many who were never found, and how many of their last messages, the result tells.
const UNFOUND: usize = 20;
const LAST: usize = 5;
/// How long an app that reaches no node waits before it tries the other.
const AGAIN: Duration = Duration::from_millis(300);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Swipe,
    Search,
    Turn,
    Screen,
    Picture,
    Payment,
}

/// Everything that those who do it share.
pub struct Scene {
    /// Everybody, by index.
    pub users: Arc<[SimUser]>,
    /// Who does what.
    pub groups: Groups,
    /// What they wait for.
    pub watch: Arc<Watch>,
    /// Where the nodes answer the Mini App; one that was killed has another address later.
    pub nodes: Mutex<Vec<String>>,
    /// How long anything may take.
    pub patience: Duration,
    /// Orders that are still to be paid, by their place.
    pub orders: Vec<String>,
    /// Phones.
    pub http: Client,
    /// What was asked of whom once.
    pub state: State,
}

/// Somebody whom nobody found.
pub struct Unfound {
    /// Who.
    pub person: u32,
    /// Since when they searched.
    pub since: Instant,
    /// What stood last in their chat; of the first few only.
    pub last: Option<String>,
}

/// What changes meanwhile.
#[derive(Default)]
pub struct State {
    idle: Mutex<Vec<u32>>,
    decks: Mutex<rustc_hash::FxHashMap<u32, VecDeque<String>>>,
    /// People who wait to be found.
    searching: AtomicUsize,
    turn: AtomicU64,
    talking: Mutex<rustc_hash::FxHashSet<u32>>,
    waiting: Mutex<rustc_hash::FxHashSet<u32>>,
    order: AtomicUsize,
    key: AtomicU64,
    /// Actions that nobody was free for.
    pub skipped: AtomicU64,
    /// Orders that were paid.
    pub paid: AtomicU64,
    /// Pictures of which it was said that there is none.
    pub undrawn: AtomicU64,
    /// Who was never found.
    pub unfound: Mutex<Vec<Unfound>>,
}

/// How many orders are paid in such a day.
pub fn payments(args: &Day) -> usize {
    let share = SHARES.iter().find(|(what, _)| *what == What::Payment).map_or(0.0, |(_, share)| *share);
    (args.rates().1 * share * args.duration.as_secs_f64()).ceil() as usize
}

/// Lets everything happen until `end`, from `start` on, `rate` a second; waits for what is under
/// way.
pub async fn run(
    scene: Arc<Scene>,
    rate: f64,
    start: Instant,
    end: Duration,
    seed: u64,
) -> anyhow::Result<()> {
    let mut seekers: Vec<u32> = scene.groups.seekers.clone().collect();
    let hosts = seekers.split_off(seekers.len().saturating_sub(HOSTS));
    *lock(&scene.state.idle) = seekers;
    let mut kinds = JoinSet::new();
    for (n, (what, share)) in SHARES.into_iter().enumerate() {
        let people = match what {
            What::Swipe => scene.groups.swipers.clone(),
            What::Search => scene.groups.seekers.clone(),
            What::Turn | What::Picture => scene.groups.talkers.clone(),
            What::Screen => scene.groups.lookers.clone(),
            What::Payment => scene.groups.payers.clone(),
        };
        let schedule = Schedule::of(people.collect(), rate * share, end, seed ^ (n as u64 + 1) << 8);
        let (scene, hosts) = (scene.clone(), hosts.clone());
        kinds.spawn(async move {
            let mut random = Random::for_purpose(seed, 0xDA1 + n as u64);
            let mut under_way = JoinSet::new();
            for slot in schedule {
                let due = start + slot.due;
                tokio::time::sleep_until(due.into()).await;
                let scene = scene.clone();
                let dice = random.below(u64::MAX);
                under_way.spawn(async move {
                    match what {
                        What::Swipe => scene.swipes(slot.sender, due, dice).await,
                        What::Search => scene.searches(due, dice).await,
                        What::Turn => scene.talks(slot.sender, due).await,
                        What::Screen => scene.looks(slot.sender, due, dice).await,
                        What::Picture => scene.shown(slot.sender, due).await,
                        What::Payment => scene.pays(due).await,
                    }
                });
                while let Some(done) = under_way.try_join_next() {
                    done??;
                }
            }
            let hosts = hosts.into_iter().filter(|_| what == What::Search);
            for host in hosts {
                tokio::time::sleep(HOST_AFTER).await;
                if scene.state.searching.load(Ordering::Relaxed) > 0 {
                    scene.says(host, "/search")?;
                }
            }
            while let Some(done) = under_way.join_next().await {
                done??;
            }
            anyhow::Ok(())
        });
    }
    while let Some(done) = kinds.join_next().await {
        done??;
    }
    Ok(())
}

impl Scene {
    fn says(&self, person: u32, text: impl Into<String>) -> anyhow::Result<()> {
        let said = self.users[person as usize].try_send(Outgoing::text(text.into()));
        said.map(drop).context("a person cannot write")
    }

    fn skip(&self) {
        self.state.skipped.fetch_add(1, Ordering::Relaxed);
    }

    /// Two search; each finds somebody, says hello, and one of them leaves or reports.
    async fn searches(&self, due: Instant, dice: u64) -> anyhow::Result<()> {
        let two = {
            let mut idle = lock(&self.state.idle);
            match idle.len() {
                0 | 1 => None,
                many => {
                    let one = idle.swap_remove((dice % many as u64) as usize);
                    let other = idle.swap_remove((dice / 7 % (many as u64 - 1)) as usize);
                    Some([one, other])
                }
            }
        };
        let Some(two) = two else {
            self.skip();
            return Ok(());
        };
        let found = two.map(|person| self.watch.expect(person, Answer::Begins("Someone is here")));
        for person in two {
            self.says(person, "/search")?;
        }
        self.state.searching.fetch_add(two.len(), Ordering::Relaxed);
        let until = async |seen, person| {
            let seen = self.watch.until(Kind::Search, due, seen, self.patience).await;
            self.state.searching.fetch_sub(1, Ordering::Relaxed);
            if seen.is_none() {
                self.note_unfound(person, due);
            }
            seen
        };
        let [one, other] = found;
        let (one, other) = (until(one, two[0]), until(other, two[1]));
        if let (Some(_), Some(_)) = futures_util::future::join(one, other).await {
            two.into_iter().try_for_each(|person| self.says(person, "hello there, how are you?"))?;
            let (least, most) = CHAT_MS;
            tokio::time::sleep(Duration::from_millis(least + dice % (most - least))).await;
            // Whoever was found may have been somebody else's half: each ends their own chat.
            if dice % 10 < REPORTS {
                self.reports(two[0]).await?;
            } else {
                self.says(two[0], "/stop")?;
            }
            self.says(two[1], "/stop")?;
        } else {
            // Whoever was found would be in that chat for ever, and found by nobody the next time.
            two.into_iter().try_for_each(|person| self.says(person, "/stop"))?;
        }
        lock(&self.state.idle).extend(two);
        Ok(())
    }

    fn note_unfound(&self, person: u32, since: Instant) {
        let mut unfound = lock(&self.state.unfound);
        let last = (unfound.len() < UNFOUND).then(|| {
            let chat = self.users[person as usize].chat();
            let last = chat.iter().rev().take(LAST).rev().map(|message| {
                let who = if message.from_bot { "bot" } else { "person" };
                format!("{who}: {}", message.text().unwrap_or_default().lines().next().unwrap_or_default())
            });
            last.collect::<Vec<_>>().join(" | ")
        });
        unfound.push(Unfound { person, since, last });
    }

    async fn reports(&self, person: u32) -> anyhow::Result<()> {
        let due = Instant::now();
        let reasons = self.watch.expect(person, Answer::Begins("What happened?"));
        self.says(person, "/report")?;
        // The partner may have gone just now: then there is nobody to report, and it is said.
        let seen = tokio::time::timeout(self.patience, reasons).await.ok().and_then(Result::ok);
        let Some(seen) = seen else { return Ok(()) };
        self.watch.note(Kind::Report, due, Some(seen.at));
        if let Some(button) = &seen.button {
            // The question may have been taken back meanwhile.
            let _ = self.users[person as usize].try_press(seen.message, button);
        }
        self.says(person, "/stop")
    }

    /// Says something to the character, unless the reply before is still waited for.
    async fn talks(&self, person: u32, due: Instant) -> anyhow::Result<()> {
        if !lock(&self.state.talking).insert(person) {
            self.skip();
            return Ok(());
        }
        let number = self.state.turn.fetch_add(1, Ordering::Relaxed);
        let reply = self.watch.expect(person, Answer::Noted(number));
        self.says(person, format!("{NUMBER}{number}?"))?;
        self.watch.until(Kind::Turn, due, reply, self.patience).await;
        lock(&self.state.talking).remove(&person);
        Ok(())
    }

    /// Has the character draw where they are, unless the picture before is still waited for.
    async fn shown(&self, person: u32, due: Instant) -> anyhow::Result<()> {
        if !lock(&self.state.waiting).insert(person) {
            self.skip();
            return Ok(());
        }
        let picture = self.watch.expect(person, Answer::Picture);
        self.says(person, "/picture")?;
        // Who waited in vain asks for no other: it may still come.
        if let Some(seen) = self.watch.until(Kind::Picture, due, picture, self.patience).await {
            self.state.undrawn.fetch_add(u64::from(seen.is_refusal), Ordering::Relaxed);
            lock(&self.state.waiting).remove(&person);
        }
        Ok(())
    }

    async fn looks(&self, person: u32, due: Instant, dice: u64) -> anyhow::Result<()> {
        let screen = self.watch.expect(person, Answer::Buttons);
        self.says(person, if dice.is_multiple_of(2) { "/settings" } else { "/menu" })?;
        self.watch.until(Kind::Screen, due, screen, self.patience).await;
        Ok(())
    }

    /// The next order is paid by whoever opened it.
    async fn pays(&self, due: Instant) -> anyhow::Result<()> {
        let next = self.state.order.fetch_add(1, Ordering::Relaxed);
        let Some(payload) = self.orders.get(next) else {
            self.skip();
            return Ok(());
        };
        let payers = &self.groups.payers;
        let person = payers.start + (next % payers.len()) as u32;
        let receipt = self.watch.expect(person, Answer::Receipt);
        let paid = json!({
            "currency": Stars::UNIT, "total_amount": STARS, "invoice_payload": payload,
            "telegram_payment_charge_id": format!("day:{next}"), "provider_payment_charge_id": "",
        });
        let told = self.users[person as usize].try_send(Outgoing::raw(json!({ "successful_payment": paid })));
        told.context("nothing can be told")?;
        self.state.paid.fetch_add(1, Ordering::Relaxed);
        self.watch.until(Kind::Payment, due, receipt, self.patience).await;
        Ok(())
    }

    /// Decides on the card on top; the app asks for more where there is none. The first one is the
    /// person's match to be.
    async fn swipes(&self, person: u32, due: Instant, dice: u64) -> anyhow::Result<()> {
        let card = lock(&self.state.decks).entry(person).or_insert_with(|| [first_card()].into()).pop_front();
        let Some(card) = card else {
            let cards = self.asks(person, reqwest::Method::GET, &format!("cards?limit={CARDS}"), None).await;
            let at = cards.is_some().then(Instant::now);
            self.watch.note(Kind::Cards, due, at);
            let cards = cards.unwrap_or_default();
            let tokens = cards["cards"].as_array().into_iter().flatten();
            let tokens = tokens.filter_map(|card| card["token"].as_str().map(str::to_owned)).collect();
            lock(&self.state.decks).insert(person, tokens);
            return Ok(());
        };
        let verdict = if card == first_card() || dice.is_multiple_of(3) { "like" } else { "pass" };
        let path = format!("cards/{card}/verdict");
        let said = self.asks(person, reqwest::Method::POST, &path, Some(json!({ "verdict": verdict }))).await;
        self.watch.note(Kind::Verdict, due, said.is_some().then(Instant::now));
        Ok(())
    }

    /// A request of somebody's app: at either node, again until it is answered, under one key. An
    /// answer that is no success and no passing trouble counts as an answer: a card may be gone.
    async fn asks(
        &self,
        person: u32,
        method: reqwest::Method,
        path: &str,
        body: Option<Value>,
    ) -> Option<Value> {
        let key = format!("day-{}", self.state.key.fetch_add(1, Ordering::Relaxed));
        let [_, a, b, c] = person.to_be_bytes();
        let until = Instant::now() + self.patience;
        let mut turn = person as usize;
        while Instant::now() < until {
            let base = {
                let nodes = lock(&self.nodes);
                nodes[turn % nodes.len()].clone()
            };
            turn += 1;
            let mut request = self
                .http
                .request(method.clone(), format!("{base}/app/api/v1/{path}"))
                .bearer_auth(secret(user(person)))
                .header("x-forwarded-for", format!("10.{a}.{b}.{c}"))
                .header("idempotency-key", &key);
            if let Some(body) = &body {
                request = request.json(body);
            }
            if let Ok(answer) = request.send().await {
                let status = answer.status();
                let passes = status.is_server_error() || status.as_u16() == 429;
                if let (false, Ok(bytes)) = (passes, answer.bytes().await) {
                    return Some(serde_json::from_slice(&bytes).unwrap_or_default());
                }
            }
            tokio::time::sleep(AGAIN).await;
        }
        None
    }
}

fn first_card() -> String {
    format!("{CARD:016x}")
}
