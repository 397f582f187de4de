//! The part of `bench billing` in which people press Pay beside everything else: so many texts a
//! second arrive and a character's model hangs; then the database is away as well. Whoever pressed
//! has an answer in time: Telegram gives up after ten seconds.

use super::args::BillingArgs;
use super::child::Process;
use super::counts::Counts;
use super::generator::{Generator, Load};
use super::ledger::{FIRST_ID, Plan, histogram};
use super::mix::Mix;
use super::progress::Progress;
use super::report::{Cell, Report, Table};
use super::round::ms;
use super::schedule::Schedule;
use super::testbed::Testbed;
use super::verdict::Reason;
use anyhow::Context as _;
use futures_util::StreamExt as _;
use hdrhistogram::Histogram;
use nameless_domain::ids::UserId;
use nameless_simulator::{Bill, ChatMessage, Outgoing, PayError, SimUser};
use serde_json::json;
use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;
use std::time::{Duration, Instant};

/// People who talk to a character whose model hangs: more than it has places.
pub const TALKERS: u32 = 64;
/// Of that model.
const PLACES: &str = "places = 16\n";
/// What is bought.
const BUY: &str = "bl:buy:premium-7";
/// Invoices that are asked for at one time.
const AT_ONCE: usize = 16;
/// How long an invoice, and a text at the end, may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// What an answer may take at the 99th percentile, milliseconds, beside all of it; and any answer
/// at all while the database is away, when it is no.
const BAR_MS: f64 = 1_000.0;
const BAR_AWAY_MS: f64 = 2_000.0;

/// Who does what, by index: those who write come first.
#[derive(Clone, Debug)]
pub struct Crowd {
    /// In chats with each other.
    pub writers: Range<u32>,
    /// Who press Pay.
    pub buyers: Range<u32>,
    /// In a dialog with a character.
    pub talkers: Range<u32>,
}

impl Crowd {
    /// Behind those who write, whose number is even.
    pub fn behind(writers: u32, args: &BillingArgs) -> Crowd {
        let buyers = writers + (args.checkouts * seconds(args)).next_multiple_of(2);
        Crowd { writers: 0..writers, buyers: writers..buyers, talkers: buyers..buyers + TALKERS }
    }

    /// How many there are.
    pub fn all(&self) -> u32 {
        self.talkers.end
    }

    /// Those who talk, as the database knows them.
    pub fn talking(&self) -> Range<UserId> {
        let user = |n: u32| UserId(FIRST_ID + i64::from(n));
        user(self.talkers.start)..user(self.talkers.end)
    }
}

/// How long it takes, in whole seconds.
fn seconds(args: &BillingArgs) -> u32 {
    u32::try_from(args.duration.as_secs()).unwrap_or(u32::MAX).clamp(1, 3_600)
}

/// The file of back ends: a model that takes every request and answers none. It ends with the
/// process.
pub fn hanging() -> anyhow::Result<String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no port is free")?;
    let url = format!("http://{}/v1", listener.local_addr()?);
    std::thread::Builder::new().name("hangs".into()).spawn(move || {
        // Whoever has hung up is still held: there are few.
        let held: Vec<_> = listener.incoming().map_while(Result::ok).collect();
        drop(held);
    })?;
    Ok(super::companion::back_ends(&url).replace("places = 256\n", PLACES))
}

/// What pressing Pay came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Yes,
    No,
    None,
}

/// What one of the two parts came to.
struct Part {
    what: &'static str,
    answers: Vec<(Answer, Duration)>,
    counts: Counts,
    /// Texts a second that were sent, and that had arrived, when the last one was due.
    sent: f64,
    arrived: f64,
    /// Updates that waited at Telegram by then.
    waiting: usize,
    /// How late texts were sent.
    lateness: Histogram<u64>,
}

/// Measures both.
pub async fn run(
    ground: &mut Testbed,
    crowd: &Crowd,
    args: &BillingArgs,
    process: &mut Process,
    (report, progress): (&mut Report, &mut Progress),
) -> anyhow::Result<()> {
    progress.step(|| "invoices".to_owned());
    let buyers = &ground.people.users[crowd.buyers.start as usize..crowd.buyers.end as usize];
    let bills: Vec<(SimUser, i32)> = futures_util::stream::iter(buyers.iter().cloned())
        .map(invoice)
        .buffered(AT_ONCE)
        .collect::<Vec<_>>()
        .await
        .into_iter()
        .collect::<anyhow::Result<_>>()?;
    for n in crowd.talkers.clone() {
        let talker = &ground.people.users[n as usize];
        talker.try_send(Outgoing::text("What is the weather like?")).context("a person cannot write")?;
    }
    let calm = part("a model hangs", ground, (crowd, &bills), args, (&mut *process, &mut *progress)).await?;
    let mut parts = vec![calm];
    if args.away {
        ground.servers.halt_postgres();
        let what = "a model hangs, the database is away";
        let away = part(what, ground, (crowd, &bills), args, (&mut *process, &mut *progress)).await;
        ground.servers.resume_postgres().await?;
        parts.push(away?);
    }
    progress.step(|| "texts under way arrive".to_owned());
    let until = Instant::now() + PATIENCE;
    while ground.under_way() > 0 && Instant::now() < until {
        process.check()?;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    tell(report, args, &parts);
    let counts = ground.people.ledger.counts().since(parts[0].counts);
    counts.problems().into_iter().for_each(|reason| report.void("texts beside checkouts".into(), reason));
    Ok(())
}

/// Asks for an invoice: who will press Pay, and in which message.
async fn invoice(user: SimUser) -> anyhow::Result<(SimUser, i32)> {
    let mark = user.mark();
    user.try_send(Outgoing::text("/premium")).context("a person cannot write")?;
    let sells = |message: &ChatMessage| {
        message.buttons().iter().flatten().any(|button| button.data.as_deref() == Some(BUY))
    };
    let offer = user.wait_after(mark, PATIENCE, sells).await.context("nothing is sold")?;
    user.try_press(offer.message_id, BUY).context("a person cannot press")?;
    let is_invoice = |message: &ChatMessage| message.json.get("invoice").is_some();
    let invoice = user.wait_after(mark, PATIENCE, is_invoice).await.context("no invoice came")?;
    Ok((user, invoice.message_id))
}

/// Presses Pay; how long the answer took from when that was due.
async fn press(user: SimUser, bill: i32, due: Instant) -> (Answer, Duration) {
    let answer = match user.begin_payment(Bill::Message(bill)) {
        Ok(query) => match user.checked_out(&query).await {
            Ok(()) => Answer::Yes,
            Err(PayError::Declined(_)) => Answer::No,
            Err(_) => Answer::None,
        },
        Err(_) => Answer::None,
    };
    (answer, due.elapsed())
}

async fn part(
    what: &'static str,
    ground: &Testbed,
    (crowd, bills): (&Crowd, &[(SimUser, i32)]),
    args: &BillingArgs,
    (process, progress): (&mut Process, &mut Progress),
) -> anyhow::Result<Part> {
    let end = Duration::from_secs(u64::from(seconds(args)));
    let (ledger, seed) = (ground.people.ledger.clone(), args.output.seed);
    let plan = Plan {
        start: Instant::now() + Duration::from_millis(200),
        warm_up: Duration::ZERO,
        round: end,
        rounds: 1,
    };
    ledger.begin(plan);
    let before = ledger.counts();
    let generator = Generator::start(Load {
        users: ground.people.users.clone(),
        ledger: ledger.clone(),
        mix: Mix::texts(),
        schedule: Schedule::of(crowd.writers.clone().collect(), f64::from(args.texts), end, seed),
        plan,
        seed,
    })
    .context("the load cannot be started")?;
    let mut pressed = Vec::with_capacity(bills.len());
    for (n, (user, bill)) in bills.iter().enumerate() {
        let due = plan.start + end.mul_f64(n as f64 / bills.len() as f64);
        tokio::time::sleep_until(due.into()).await;
        pressed.push(tokio::spawn(press(user.clone(), *bill, due)));
        progress.show(|| format!("{} texts a second, {what}: {n} have pressed Pay", args.texts));
    }
    tokio::time::sleep_until((plan.start + end).into()).await;
    let (so_far, took) = (ledger.counts().since(before), plan.start.elapsed().as_secs_f64());
    let waiting = ground.people.world.pending_updates(&ground.people.token);
    let mut answers = Vec::with_capacity(pressed.len());
    for one in pressed {
        answers.push(one.await?);
    }
    // A load that is behind goes on; its thread is not waited for where others are served.
    while !generator.is_done() {
        process.check()?;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let sent = generator.finish().context("the load did not run to its end")?;
    process.check()?;
    Ok(Part {
        what,
        answers,
        counts: before,
        sent: so_far.sent as f64 / took,
        arrived: so_far.arrived as f64 / took,
        waiting,
        lateness: sent.lateness.into_iter().next().unwrap_or_else(histogram),
    })
}

fn tell(report: &mut Report, args: &BillingArgs, parts: &[Part]) {
    let columns = [
        "texts/s",
        "beside",
        "sent/s",
        "arrived/s",
        "waiting",
        "Pay pressed",
        "yes",
        "no",
        "unanswered",
        "p50 ms",
        "p99 ms",
        "max ms",
    ];
    let mut table = Table::new("Pay pressed beside texts, until the answer", &columns);
    let mut values = Vec::new();
    for (part, is_away) in parts.iter().zip([false, true]) {
        let mut latency = histogram();
        for (_, took) in &part.answers {
            latency.saturating_record(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
        }
        let of = |answer| part.answers.iter().filter(|(one, _)| *one == answer).count();
        let [yes, no, none] = [Answer::Yes, Answer::No, Answer::None].map(of);
        let (p50, p99, most) = (ms(&latency, 0.5), ms(&latency, 0.99), latency.max() as f64 / 1e3);
        let name = format!("Pay pressed while {}", part.what);
        if none > 0 {
            report.void(name.clone(), Reason::Lost(none as u64));
        }
        let missed = match is_away {
            true if most > BAR_AWAY_MS => Some(format!("an answer took {most:.0} ms, not {BAR_AWAY_MS:.0}")),
            false if p99 > BAR_MS => Some(format!("p99 is {p99:.0} ms, not {BAR_MS:.0}")),
            _ => None,
        };
        if let Some(missed) = &missed {
            report.note(format!("{name}: {missed}."));
        }
        if is_away && yes > 0 {
            report.void(name.clone(), Reason::Failed(format!("{yes} were let through without a database")));
        }
        let asked = f64::from(args.texts);
        if part.sent < 0.95 * asked || part.arrived < 0.95 * asked {
            report.note(format!(
                "{}: not {asked:.0} texts a second, but {:.0} were sent and {:.0} arrived: that is what this machine \
                 carries.",
                part.what, part.sent, part.arrived,
            ));
        }
        let numbers = [part.sent, part.arrived, part.waiting as f64, part.answers.len() as f64];
        let cells = [Cell::number(asked, 0), Cell::text(part.what)].into_iter();
        let numbers =
            numbers.into_iter().chain([yes, no, none].map(|n| n as f64)).map(|n| Cell::number(n, 0));
        let times = [p50, p99, most].map(|n| Cell::number(n, 1));
        table.row(cells.chain(numbers).chain(times).collect(), none > 0);
        values.push(json!({
            "beside": part.what, "texts_per_s": asked, "sent_per_s": part.sent, "arrived_per_s": part.arrived,
            "waiting": part.waiting, "late_ms_p99": ms(&part.lateness, 0.99), "pressed": part.answers.len(),
            "yes": yes, "no": no, "unanswered": none, "answer_ms": {"p50": p50, "p99": p99, "max": most},
        }));
    }
    report.table(table);
    report.data("checkouts", values.into());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_that_hangs_takes_what_it_is_told_and_says_nothing() {
        let file = hanging().expect("it listens");
        assert!(file.contains(PLACES) && !file.contains("places = 256"), "{file}");
        let url = file.split('"').find(|part| part.starts_with("http://")).expect("an address");
        let address = url.trim_start_matches("http://").trim_end_matches("/v1");
        let mut stream = std::net::TcpStream::connect(address).expect("it is there");
        stream.set_read_timeout(Some(Duration::from_millis(50))).expect("a time-out");
        std::io::Write::write_all(&mut stream, b"POST / HTTP/1.1\r\n\r\n").expect("it takes it");
        let read = std::io::Read::read(&mut stream, &mut [0; 1]);
        assert!(read.is_err(), "it neither answers nor hangs up: {read:?}");
    }
}
