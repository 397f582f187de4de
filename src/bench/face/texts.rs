//! Whether texts wait for photos that are looked at.
//!
//! Some people write texts, others send photos at an even rate, in chats of their own. In a calm
//! phase everybody sends a photo that is known already: nobody looks. In a saturated one each photo
//! is a new one, and more come than can be looked at. So the phases differ in FaceGuard's work
//! alone. They take turns in one run, as in `bench launder`.

use super::super::args::Face;
use super::super::bot_under_test::Subject;
use super::super::cores::Cores;
use super::super::faults::slow_polls;
use super::super::generator::{Generator, Load};
use super::super::ledger::{Plan, histogram};
use super::super::mix::{Mix, say};
use super::super::onboarding::pair_everybody;
use super::super::people::People;
use super::super::progress::Progress;
use super::super::round::{Mark, Measured};
use super::super::schedule::Schedule;
use super::super::servers::Servers;
use super::super::verdict::Reason;
use super::drawn;
use anyhow::{Context as _, ensure};
use nameless_domain::random::Random;
use nameless_simulator::{ChatMessage, Outgoing};
use serde_json::Value;
use std::path::Path;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

/// How often is looked whether a photo is due.
const GLANCE: Duration = Duration::from_millis(10);
/// Pixels of a photo. What a look costs hardly depends on them, what drawing it costs does.
const SIZE: (u32, u32) = (320, 240);
/// Photos that are drawn ahead.
const AHEAD: usize = 256;
/// Onboarding and pairing, and until a worker looks.
const START: Duration = Duration::from_secs(60);

/// One phase.
pub struct Phase {
    /// The texts.
    pub measured: Measured,
    /// Photos that were sent in it.
    pub photos: u64,
    /// Photos that were looked at, of these.
    pub looked: u64,
    /// Why it does not count.
    pub reasons: Vec<Reason>,
}

/// What the engine has counted so far.
#[derive(Clone, Copy, Debug, Default)]
struct Counted {
    /// Verdicts of any kind.
    verdicts: u64,
    /// Approved ones.
    approved: u64,
    /// Looks that were carried out.
    looks: u64,
    /// Workers that are there.
    workers: u64,
}

/// Everything that a phase needs.
pub struct Bench {
    args: Face,
    people: People,
    servers: Servers,
    subject: Subject,
    writers: Vec<u32>,
    senders: Vec<u32>,
    /// A photo of each sender that is known.
    known: Vec<ChatMessage>,
    fresh: Receiver<Vec<u8>>,
    random: Random,
    http: reqwest::Client,
    /// Photos that were sent.
    sent: u64,
}

impl Bench {
    /// Starts everything, and has one photo of each sender looked at.
    pub async fn start(
        mut args: Face,
        models: &Path,
        cores: &Cores,
        progress: &mut Progress,
    ) -> anyhow::Result<Bench> {
        ensure!(
            args.users.is_multiple_of(2) && args.senders.is_multiple_of(2),
            "people are paired: even numbers"
        );
        ensure!(args.duration >= Duration::from_millis(100), "--duration is at least 100ms");
        let mut set = |name: &str, value: String| args.surroundings.env.insert(0, (name.to_owned(), value));
        set("FACE_POLICY", "spoiler".to_owned());
        set("FACE_MODELS", models.display().to_string());
        let everybody = args.users + args.senders;
        let people = People::for_bot(everybody, &args.which, args.output.seed)?;
        let servers = Servers::start(&args.surroundings).await?;
        let mut subject = Subject::start(&args.which, &args.surroundings, &people, &servers, cores).await?;
        let within = START + Duration::from_millis(50) * everybody;
        pair_everybody(&people, &mut subject, within, progress).await?;
        // Both of a chat send photos, or both write.
        let all = everybody;
        let chats = (0..all).filter_map(|a| people.ledger.partner(a).filter(|b| a < *b).map(|b| [a, b]));
        let mut senders: Vec<u32> = chats.flatten().collect();
        let writers = senders.split_off(args.senders as usize);
        let (draw, fresh) = sync_channel(AHEAD);
        let seed = args.output.seed;
        // Ends with the first that nobody takes.
        std::thread::Builder::new().name("draw".into()).spawn(move || {
            let mut number = seed << 32;
            while let Ok(picture) = drawn::jpeg(SIZE.0, SIZE.1, number) {
                if draw.send(picture).is_err() {
                    return;
                }
                number += 1;
            }
        })?;
        let random = Random::for_purpose(seed, 0xF07_05E4D);
        let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(10)).build()?;
        let known = Vec::new();
        let mut bench =
            Bench { args, people, servers, subject, writers, senders, known, fresh, random, http, sent: 0 };
        bench.introduce_photos(progress).await?;
        Ok(bench)
    }

    async fn introduce_photos(&mut self, progress: &mut Progress) -> anyhow::Result<()> {
        let until = Instant::now() + START + Duration::from_secs(1) * self.args.senders;
        while self.counted().await?.workers == 0 {
            self.subject.check()?;
            ensure!(Instant::now() < until, "no worker of FaceGuard's starts{}", self.subject.last_lines());
            progress.show(|| "waiting for a worker".into());
            tokio::time::sleep(GLANCE).await;
        }
        for sender in self.senders.clone() {
            let known = loop {
                let before = self.counted().await?;
                let caption = say(self.people.ledger.sending(sender, Instant::now()), &mut self.random);
                let photo = Outgoing::photo().mime("image/jpeg").bytes(self.fresh.recv()?).caption(caption);
                let user = &self.people.users[sender as usize];
                let id = user.try_send(photo).context("a photo cannot be sent")?;
                let message = user.chat().into_iter().find(|m| m.message_id == id);
                self.sent += 1;
                let after = loop {
                    let now = self.counted().await?;
                    if now.verdicts > before.verdicts {
                        break now;
                    }
                    self.subject.check()?;
                    ensure!(Instant::now() < until, "photos are not looked at");
                    progress.show(|| format!("{} photos are known", self.known.len()));
                    tokio::time::sleep(GLANCE).await;
                };
                // A busy machine may have been too late for it.
                if after.approved > before.approved {
                    break message.context("the photo is not in its chat")?;
                }
                ensure!(Instant::now() < until, "photos are not approved");
            };
            self.known.push(known);
        }
        Ok(())
    }

    async fn counted(&self) -> anyhow::Result<Counted> {
        let mut counted = Counted::default();
        for url in self.subject.metrics() {
            let text = self.http.get(format!("{url}/metrics")).send().await?.text().await?;
            let of = |name: &str| {
                let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
                line.and_then(|number| number.trim().parse::<f64>().ok()).unwrap_or_default() as u64
            };
            counted.approved += of("nameless_photos_approved_total");
            counted.verdicts += ["approved", "suspicious", "rejected", "unchecked"]
                .map(|kind| of(&format!("nameless_photos_{kind}_total")))
                .into_iter()
                .sum::<u64>();
            counted.looks += of("nameless_photo_nudity_seconds_count");
            counted.workers += of("nameless_face_workers");
        }
        Ok(counted)
    }

    /// Measures texts, with photos beside them that are looked at, or that are known.
    pub async fn phase(
        &mut self,
        round: usize,
        saturated: bool,
        progress: &mut Progress,
    ) -> anyhow::Result<Phase> {
        let name = if saturated { "saturated" } else { "calm" };
        let (before, looked_before) = (self.people.ledger.counts(), self.counted().await?.looks);
        let plan = Plan {
            start: Instant::now() + Duration::from_millis(50),
            warm_up: self.args.warm_up,
            round: self.args.duration,
            rounds: 1,
        };
        let faults = self.people.world.faults();
        faults.clear();
        self.args.poll_latency.into_iter().for_each(|latency| slow_polls(&self.people.world, latency));
        self.people.ledger.begin(plan);
        let seed = self.args.output.seed ^ ((round as u64) << 1) ^ (u64::from(saturated) << 32);
        let rate = f64::from(self.args.rate);
        let generator = Generator::start(Load {
            users: self.people.users.clone(),
            ledger: self.people.ledger.clone(),
            mix: Mix::texts(),
            schedule: Schedule::of(self.writers.clone(), rate, plan.total(), seed),
            plan,
            seed,
        })
        .context("the load cannot be started")?;
        let (mut photos, mut refused, mut ended) = (0, 0, None);
        let mut marks = Vec::with_capacity(2);
        for until in [plan.start + plan.warm_up, plan.start + plan.total()] {
            while ended.is_none() && Instant::now() < until {
                let due = Instant::now().saturating_duration_since(plan.start).as_secs_f64();
                while (photos as f64) < due * f64::from(self.args.photos) {
                    refused += u64::from(!self.send_photo(photos, saturated, plan.start)?);
                    photos += 1;
                }
                progress.show(|| format!("round {round}, {name}: {photos} photos sent"));
                tokio::time::sleep(until.saturating_duration_since(Instant::now()).min(GLANCE)).await;
                ended = self.subject.check().err().map(|error| Reason::BotEnded(format!("{error:#}")));
            }
            marks.push(Mark::take(&self.people, &self.subject, &self.servers));
        }
        let looked = self.counted().await.map_or(0, |counted| counted.looks) - looked_before;
        // Everything has arrived, and nobody looks at anything any more.
        let until = Instant::now() + self.args.patience;
        while ended.is_none() && Instant::now() < until {
            let missing = self.people.ledger.counts().since(before).missing();
            let waiting = self.sent.saturating_sub(self.counted().await?.verdicts);
            if generator.is_done() && missing == 0 && waiting == 0 {
                break;
            }
            progress.show(|| format!("round {round}, {name}: {missing} under way, {waiting} to look at"));
            tokio::time::sleep(GLANCE).await;
            ended = self.subject.check().err().map(|error| Reason::BotEnded(format!("{error:#}")));
        }
        // A second copy comes, if at all, soon after the first.
        tokio::time::sleep(Duration::from_millis(300)).await;
        let sent = match ended {
            None => generator.finish(),
            Some(_) => None,
        };
        let counts = self.people.ledger.counts().since(before);
        let mut reasons: Vec<Reason> = ended.into_iter().chain(counts.problems()).collect();
        refused += sent.as_ref().map_or(0, |sent| sent.refused);
        if refused > 0 {
            reasons.push(Reason::Refused(refused));
        }
        let lateness = sent.and_then(|sent| sent.lateness.into_iter().next());
        let latency = self.people.ledger.latencies().into_iter().next();
        let (late, latency) = lateness.zip(latency).unwrap_or_else(|| (histogram(), histogram()));
        let measured = Measured::between(&marks[0], &marks[1], latency, late);
        reasons.extend(measured.problems(round));
        if saturated && looked == 0 {
            // The worker stands back: others left it nothing.
            reasons.push(Reason::CoreBusy(round, measured.busy_with_servers()));
        }
        if saturated && 5 * photos < 6 * looked {
            let what = format!("not saturated: of {photos} photos {looked} were looked at");
            reasons.push(Reason::Failed(what));
        }
        if !saturated && looked > 0 {
            reasons.push(Reason::Failed(format!("not calm: {looked} photos were looked at")));
        }
        Ok(Phase { measured, photos, looked, reasons })
    }

    /// Whether it could be sent. It counts as due before the phase, so that it is in no latency.
    fn send_photo(&mut self, number: u64, fresh: bool, start: Instant) -> anyhow::Result<bool> {
        let place = number as usize % self.senders.len();
        let sender = self.senders[place];
        let due = start.checked_sub(Duration::from_millis(1)).unwrap_or(start);
        let photo = Outgoing::photo().mime("image/jpeg");
        let photo = match fresh {
            true => photo.bytes(self.fresh.recv().context("nobody draws")?),
            false => photo.same_file_as(&self.known[place]),
        };
        let caption = say(self.people.ledger.sending(sender, due), &mut self.random);
        if self.people.users[sender as usize].try_send(photo.caption(caption)).is_ok() {
            self.sent += 1;
            return Ok(true);
        }
        self.people.ledger.not_sent(sender);
        Ok(false)
    }

    /// What ran, for the result.
    pub fn describe(&self) -> (Value, Value) {
        (self.subject.describe(), self.servers.describe())
    }

    /// Ends it; false if the bot had to be killed. What was sent, what arrived.
    pub async fn stop(self) -> (bool, u64, u64) {
        let counts = self.people.ledger.counts();
        (self.subject.stop().await, counts.sent, counts.arrived)
    }
}
