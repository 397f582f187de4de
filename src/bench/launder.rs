//! `bench launder`: whether texts wait for files that are uploaded anew.
//!
//! Some people write texts, others send files whose names tell of them. In a calm phase there are
//! texts only. In a saturated one every sender has two files under way at any time, and Telegram
//! takes seconds for each: all places of uploads are taken, and more files wait. The phases take
//! turns in one run (whichever began a round ends the next), so what the machine does meanwhile
//! befalls both; the ratio is that of each round.

use super::args::Launder;
use super::bot_under_test::Subject;
use super::cores::Cores;
use super::faults::slow_polls;
use super::generator::{Generator, Load};
use super::ledger::{Plan, histogram};
use super::mix::{Mix, say};
use super::onboarding::pair_everybody;
use super::people::People;
use super::progress::Progress;
use super::ratio::Ratio;
use super::report::{Cell, Chart, Report, Table};
use super::round::{Mark, Measured, ms};
use super::schedule::Schedule;
use super::servers::Servers;
use super::verdict::Reason;
use anyhow::{Context as _, ensure};
use hyper::body::Bytes;
use nameless_domain::outbox::{PacerConfig, SMALL_BYTES};
use nameless_domain::random::Random;
use nameless_simulator::{FaultAction, FaultRule, Outgoing};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// How often is looked whether a sender needs another file.
const GLANCE: Duration = Duration::from_millis(20);
/// Files of one sender under way.
const EACH: usize = 2;
/// One sender in so many sends large files.
const LARGE: usize = 3;
/// What hangs: where a file is, and its upload.
const HANGING: [&str; 2] = ["getFile", "sendDocument"];
/// Onboarding and pairing.
const PAIRING: Duration = Duration::from_secs(60);

/// People by what they send.
struct Roles {
    writers: Vec<u32>,
    small: Vec<u32>,
    large: Vec<u32>,
}

impl Roles {
    /// Both of a chat send files, or both write: a file goes before or behind no text.
    fn new(people: &People, senders: u32) -> Roles {
        let all = people.users.len() as u32;
        let chats = (0..all).filter_map(|a| people.ledger.partner(a).filter(|b| a < *b).map(|b| [a, b]));
        let mut senders_of_files: Vec<u32> = chats.flatten().collect();
        let writers = senders_of_files.split_off(senders as usize);
        let (mut small, mut large) = (Vec::new(), Vec::new());
        for (n, sender) in senders_of_files.into_iter().enumerate() {
            if n % LARGE == 0 { large.push(sender) } else { small.push(sender) }
        }
        Roles { writers, small, large }
    }
}

/// One phase.
struct Phase {
    measured: Measured,
    /// The fewest senders of small and of large files that had one under way at a time.
    fewest: (usize, usize),
    /// Files that arrived in it and behind it.
    files: u64,
    reasons: Vec<Reason>,
}

/// Everything that a phase needs.
struct Bench {
    args: Launder,
    people: People,
    servers: Servers,
    subject: Subject,
    roles: Roles,
    random: Random,
    progress: Progress,
    /// Of a small and of a large file.
    bytes: (Bytes, Bytes),
}

/// Measures.
pub async fn run(args: Launder, cores: Cores) -> anyhow::Result<Report> {
    ensure!(
        args.users.is_multiple_of(2) && args.senders.is_multiple_of(2),
        "people are paired: even numbers"
    );
    ensure!(args.duration >= Duration::from_millis(100), "--duration is at least 100ms");
    let mut progress = Progress::new();
    progress.step(|| "starting".into());
    let everybody = args.users + args.senders;
    let people = People::for_bot(everybody, &args.which, args.output.seed)?;
    let servers = Servers::start(&args.surroundings).await?;
    let mut subject = Subject::start(&args.which, &args.surroundings, &people, &servers, &cores).await?;
    let within = PAIRING + Duration::from_millis(50) * everybody;
    pair_everybody(&people, &mut subject, within, &mut progress).await?;
    let roles = Roles::new(&people, args.senders);

    let mut report = Report::new("launder", &args.output, &cores);
    report.setting("users", args.users);
    report.setting(
        "senders",
        json!({"small": roles.small.len(), "large": roles.large.len(), "files_each": EACH}),
    );
    report.setting("rate", args.rate);
    report.setting("hang_s", args.hang.as_secs_f64());
    report.setting("duration_s", args.duration.as_secs_f64());
    report.setting("warm_up_s", args.warm_up.as_secs_f64());
    report.setting("rounds", args.rounds);
    report.setting("poll_latency_ms", args.poll_latency.unwrap_or_default().as_secs_f64() * 1e3);
    report.setting("subject", subject.describe());
    report.setting("servers", servers.describe());

    let random = Random::for_purpose(args.output.seed, 0xF11E_5E4D);
    let bytes = (vec![b'x'; 1_000].into(), vec![b'x'; SMALL_BYTES as usize + 1_000].into());
    let rounds = args.rounds;
    let mut bench = Bench { args, people, servers, subject, roles, random, progress, bytes };
    let mut done: Vec<[Phase; 2]> = Vec::new();
    for round in 1..=rounds as usize {
        let first = round % 2 == 0;
        let one = bench.phase(round, first).await?;
        let other = bench.phase(round, !first).await?;
        let phases = if first { [other, one] } else { [one, other] };
        let stuck = phases
            .iter()
            .any(|phase| phase.reasons.iter().any(|r| matches!(r, Reason::Lost(_) | Reason::BotEnded(_))));
        done.push(phases);
        if stuck {
            break;
        }
    }
    drop(bench.progress);
    report.data("faults_applied", json!(bench.people.world.stats().faults));
    let counts = bench.people.ledger.counts();
    report.data("sent", counts.sent.into());
    report.data("arrived", counts.arrived.into());
    if !bench.subject.stop().await {
        report.note("The bot did not end on SIGTERM in time and was killed.".to_owned());
    }
    fill(&mut report, done, bench.args.output.seed);
    Ok(report)
}

impl Bench {
    /// Measures texts, with files that hang beside them or without.
    async fn phase(&mut self, round: usize, saturated: bool) -> anyhow::Result<Phase> {
        let name = if saturated { "saturated" } else { "calm" };
        let before = self.people.ledger.counts();
        let plan = Plan {
            start: Instant::now() + Duration::from_millis(50),
            warm_up: self.args.warm_up,
            round: self.args.duration,
            rounds: 1,
        };
        self.faults(saturated);
        self.people.ledger.begin(plan);
        let seed = self.args.output.seed ^ ((round as u64) << 1) ^ (u64::from(saturated) << 32);
        let schedule =
            Schedule::of(self.roles.writers.clone(), f64::from(self.args.rate), plan.total(), seed);
        let generator = Generator::start(Load {
            users: self.people.users.clone(),
            ledger: self.people.ledger.clone(),
            mix: Mix::texts(),
            schedule,
            plan,
            seed,
        })
        .context("the load cannot be started")?;
        let (mut files, mut refused) = (0, 0);
        let mut fewest = (usize::MAX, usize::MAX);
        let mut marks = Vec::with_capacity(2);
        let mut ended = None;
        for until in [plan.start + plan.warm_up, plan.start + plan.total()] {
            let measuring = !marks.is_empty();
            while ended.is_none() && Instant::now() < until {
                if saturated {
                    if measuring {
                        let (small, large) = self.under_way();
                        fewest = (fewest.0.min(small), fewest.1.min(large));
                    }
                    let (sent, not_sent) = self.feed(plan.start);
                    (files, refused) = (files + sent, refused + not_sent);
                }
                self.progress.show(|| format!("round {round}, {name}: {files} files sent"));
                let left = until.saturating_duration_since(Instant::now());
                tokio::time::sleep(left.min(GLANCE)).await;
                ended = self.subject.check().err().map(|error| Reason::BotEnded(format!("{error:#}")));
            }
            marks.push(Mark::take(&self.people, &self.subject, &self.servers));
        }
        // What hangs already goes on to hang, what comes behind does not.
        self.faults(false);
        let until = Instant::now() + self.args.patience;
        while ended.is_none() && Instant::now() < until {
            let missing = self.people.ledger.counts().since(before).missing();
            if generator.is_done() && missing == 0 {
                break;
            }
            self.progress.show(|| format!("round {round}, {name}: {missing} messages are under way"));
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
        let places = PacerConfig::default();
        if saturated && (fewest.0 <= places.uploads || fewest.1 <= places.large_uploads) {
            let what = format!(
                "not saturated: at one moment files of {} (small) and {} (large) people were under way, which does not \
                 fill {} and {} places",
                fewest.0, fewest.1, places.uploads, places.large_uploads
            );
            reasons.push(Reason::Failed(what));
        }
        Ok(Phase { measured, fewest, files, reasons })
    }

    /// Has Telegram hang for files, or not.
    fn faults(&self, hanging: bool) {
        let faults = self.people.world.faults();
        faults.clear();
        self.args.poll_latency.into_iter().for_each(|latency| slow_polls(&self.people.world, latency));
        if hanging {
            let ms = u64::try_from(self.args.hang.as_millis()).unwrap_or(u64::MAX);
            for method in HANGING {
                faults.add(FaultRule::new(FaultAction::Latency { min_ms: ms, max_ms: ms }).on(method));
            }
        }
    }

    /// Senders of small and of large files that have one under way.
    fn under_way(&self) -> (usize, usize) {
        let of = |who: &[u32]| who.iter().filter(|n| self.people.ledger.under_way(**n) > 0).count();
        (of(&self.roles.small), of(&self.roles.large))
    }

    /// Brings every sender to two files under way. They count as due before `start`, so that they
    /// are in no latency. How many were sent, and how many could not be.
    fn feed(&mut self, start: Instant) -> (u64, u64) {
        let (mut sent, mut refused) = (0, 0);
        for (who, bytes) in [(&self.roles.small, &self.bytes.0), (&self.roles.large, &self.bytes.1)] {
            for sender in who {
                for _ in self.people.ledger.under_way(*sender)..EACH {
                    let due = start.checked_sub(Duration::from_millis(1)).unwrap_or(start);
                    let caption = say(self.people.ledger.sending(*sender, due), &mut self.random);
                    let file = Outgoing::document().file_name("annas list.txt").mime("text/plain");
                    let file = file.bytes(bytes.clone()).caption(caption);
                    match self.people.users[*sender as usize].try_send(file) {
                        Ok(_) => sent += 1,
                        Err(_) => {
                            self.people.ledger.not_sent(*sender);
                            refused += 1;
                        }
                    }
                }
            }
        }
        (sent, refused)
    }
}

fn fill(report: &mut Report, rounds: Vec<[Phase; 2]>, seed: u64) {
    let mut table = Table::new(
        "Texts beside files that hang",
        &[
            "round",
            "files",
            "calm p50 ms",
            "calm p99 ms",
            "saturated p50 ms",
            "saturated p99 ms",
            "p99 ratio",
        ],
    );
    let mut lines: [Vec<(f64, f64)>; 2] = Default::default();
    let mut ratios: [Vec<f64>; 2] = Default::default();
    let mut json_rounds = Vec::new();
    for (n, phases) in (1..).zip(&rounds) {
        let [calm, saturated] = phases;
        let of = |phase: &Phase, quantile| ms(&phase.measured.latency, quantile);
        let void = phases.iter().any(|phase| !phase.reasons.is_empty());
        if !void {
            ratios[0].push(of(saturated, 0.5) / of(calm, 0.5));
            ratios[1].push(of(saturated, 0.99) / of(calm, 0.99));
        }
        lines.iter_mut().zip(phases).for_each(|(line, phase)| line.push((f64::from(n), of(phase, 0.99))));
        table.row(
            vec![
                Cell::number(f64::from(n), 0),
                Cell::number(saturated.files as f64, 0),
                Cell::number(of(calm, 0.5), 2),
                Cell::number(of(calm, 0.99), 2),
                Cell::number(of(saturated, 0.5), 2),
                Cell::number(of(saturated, 0.99), 2),
                Cell::number(of(saturated, 0.99) / of(calm, 0.99), 2),
            ],
            void,
        );
        for (name, phase) in ["calm", "saturated"].into_iter().zip(phases) {
            for reason in &phase.reasons {
                report.void(format!("round {n}, {name}"), reason.clone());
            }
        }
        json_rounds.push(json!({
            "calm": calm.measured.json(),
            "saturated": saturated.measured.json(),
            "files": saturated.files,
            "fewest_under_way": {"small": saturated.fewest.0, "large": saturated.fewest.1},
            "void": void,
        }));
    }
    report.table(table);
    for (name, ratios) in ["p50", "p99"].into_iter().zip(&ratios) {
        let ratio = Ratio::of(ratios, seed);
        if let Some(ratio) = ratio {
            report.note(format!(
                "{name} of texts, saturated over calm: {ratio} (geometric mean of {} rounds and its 95% interval).",
                ratio.rounds
            ));
        }
        report.data(&format!("ratio_{name}"), ratio.map_or(Value::Null, |ratio| ratio.json()));
    }
    let [calm, saturated] = lines;
    report.chart(
        Chart::new("Texts beside files that hang", "round", "p99, ms from due to arrival")
            .line("calm", calm)
            .line("saturated", saturated),
    );
    report.data("rounds", json_rounds.into());
}
