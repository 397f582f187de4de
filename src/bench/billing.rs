//! `bench billing`: how many payments a second get into the books; how soon who has paid hears of
//! it: from the moment at which Telegram tells of the payment until the receipt is in the chat; and
//! how soon who presses Pay has an answer beside everything else ([`super::checkouts`]).

use super::args::{BillingArgs, DatabaseKind, Surroundings};
use super::checkouts::{self, Crowd};
use super::child::Process;
use super::companion::dialogs;
use super::cores::Cores;
use super::ledger::{FIRST_ID, histogram};
use super::people::unlimited;
use super::progress::Progress;
use super::report::{Cell, Chart, Report, Table};
use super::testbed::Testbed;
use super::verdict::Reason;
use crate::app::folder::Folder;
use crate::store::{Keys, PgStore, StoreOptions};
use anyhow::{Context as _, bail, ensure};
use futures_util::StreamExt as _;
use hdrhistogram::Histogram;
use nameless_domain::capabilities::billing::{Act, Kind, Payment, Price, Product, Stars};
use nameless_domain::ids::{Seq, UserId};
use nameless_simulator::{Outgoing, SimUser};
use secrecy::SecretString;
use serde_json::json;
use std::time::{Duration, Instant};

/// The key that the engine under test is given.
const KEY: &str = "5a";
/// How long a receipt may take before it counts as lost.
const PATIENCE: Duration = Duration::from_secs(60);
/// Payments that get into the books at one time: as the engine does it, and more.
const AT_ONCE: [usize; 2] = [4, 16];
/// A price.
const STARS: i64 = 75;

fn product() -> anyhow::Result<(Product, Price)> {
    let stars = Stars::new(STARS).context("a price")?;
    let (title, about) = ("billing-title-week", "billing-about");
    let kind = Kind::Once;
    let product =
        Product { id: "bench", kind, amount: 7, good: None, stars: Some(stars), kopecks: None, title, about };
    Ok((product, Price::Stars(stars)))
}

fn user(n: u32) -> UserId {
    UserId(FIRST_ID + i64::from(n))
}

/// An order of each person's, in their order.
async fn orders(store: &PgStore, users: u32, seq: u64) -> anyhow::Result<Vec<String>> {
    let (product, price) = product()?;
    let opened = futures_util::stream::iter(0..users)
        .map(|n| store.open_order((user(n), None), Seq(seq), product.clone(), price))
        .buffered(16);
    let opened: Vec<_> = opened.collect().await;
    opened.into_iter().map(|order| order?.context("nobody is there to order")).collect()
}

fn us(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX)
}

fn ms(latency: &Histogram<u64>, q: f64) -> f64 {
    latency.value_at_quantile(q) as f64 / 1e3
}

fn keys() -> anyhow::Result<Keys> {
    Ok(Keys::parse(&SecretString::from(KEY.repeat(32)))?)
}

/// Measures.
pub async fn run(args: BillingArgs, cores: Cores) -> anyhow::Result<Report> {
    let mut report = Report::new("billing", &args.output, &cores);
    let mut progress = Progress::new();
    let each = |rate: &u32| u64::from(*rate) * args.duration.as_secs().max(1);
    let payments: u64 = args.rates.iter().map(each).sum();
    ensure!(
        payments <= u64::from(args.users),
        "--users has to be {payments} at least: everybody pays once, so that each receipt is one payment's"
    );
    let wanted = Surroundings {
        updates: args.updates,
        database: DatabaseKind::Postgres,
        database_url: None,
        redis: false,
        redis_url: None,
        env: vec![("STARS".into(), "on".into())],
        bot_cores: args.bot_cores,
    };
    let crowd = Crowd::behind(args.users.next_multiple_of(2), &args);
    let everybody = if args.texts > 0 { crowd.all() } else { args.users.next_multiple_of(2) };
    let mut ground = Testbed::prepare(everybody, &wanted, &args.output, unlimited(), &mut progress).await?;
    ground.describe(&mut report);
    let url = ground.servers.database_url.clone().context("no database")?;
    let store = PgStore::connect(&url, keys()?, StoreOptions::default()).await?;
    into_the_books(&store, args.users, &mut report, &mut progress).await?;
    let orders = orders(&store, args.users, 99).await?;
    // It may go away before it is asked again.
    store.close().await;
    let folder = Folder::new("bench")?;
    let mut engine = ground.engine.clone();
    if args.texts > 0 {
        dialogs(&url, crowd.talking()).await?;
        let file = folder.path().join("backends.toml");
        std::fs::write(&file, checkouts::hanging()?).context("the file of back ends cannot be written")?;
        engine = engine.with("COMPANIONS", &file.display().to_string());
    }
    let mut process = ground.launch(&engine, &cores).await?;
    receipts(&ground, orders, &args, &mut process, (&mut report, &mut progress)).await?;
    if args.texts > 0 {
        checkouts::run(&mut ground, &crowd, &args, &mut process, (&mut report, &mut progress)).await?;
    }
    if !process.stop().await {
        report.note("The engine did not end on SIGTERM in time and was killed.".to_owned());
    }
    let store = PgStore::connect(&url, keys()?, StoreOptions::default()).await?;
    let audit = store.billing_audit().await?;
    if !audit.is_right() {
        report.void("all".to_owned(), Reason::Failed(format!("the books are wrong: {audit:?}")));
    }
    store.close().await;
    report.note(
        "A payment is a charge, two entries of the ledger, an entitlement and the order's state in one commit. A \
         receipt is due by an open schedule, from when the update waits at the simulated Telegram until the chat has \
         it. PostgreSQL has a core of its own where there are two."
            .to_owned(),
    );
    Ok(report)
}

/// How many payments a second are credited: transactions of the store's, so many at one time.
async fn into_the_books(
    store: &PgStore,
    users: u32,
    report: &mut Report,
    progress: &mut Progress,
) -> anyhow::Result<()> {
    let columns = ["at one time", "payments", "payments/s", "p50 ms", "p99 ms"];
    let mut table = Table::new("Into the books", &columns);
    let mut values = Vec::new();
    for (round, at_once) in AT_ONCE.into_iter().enumerate() {
        progress.step(|| format!("{users} payments, {at_once} at one time"));
        let orders = orders(store, users, round as u64 + 1).await?;
        let mut latency = histogram();
        let began = Instant::now();
        let mut settled = futures_util::stream::iter(orders.into_iter().zip(0..users))
            .map(|(payload, n)| async move {
                let began = Instant::now();
                let charge = format!("bench{round}:{n}");
                let payment = Payment {
                    charge,
                    payload,
                    currency: Stars::UNIT.into(),
                    amount: STARS,
                    until: None,
                    is_recurring: false,
                };
                let done = store.settle(user(n), Act::Paid(payment), Some(i64::from(n))).await;
                done.map(|done| (us(began), done.entitled.len()))
            })
            .buffer_unordered(at_once);
        while let Some(done) = settled.next().await {
            let (took, entitled) = done?;
            ensure!(entitled == 1, "a payment gave nothing");
            latency.saturating_record(took);
        }
        let rate = f64::from(users) / began.elapsed().as_secs_f64();
        let numbers = [at_once as f64, f64::from(users), rate];
        let cells = numbers.map(|n| Cell::number(n, 0)).into_iter();
        let times = [0.5, 0.99].map(|q| Cell::number(ms(&latency, q), 2));
        table.row(cells.chain(times).collect(), false);
        values.push(json!({
            "at_once": at_once, "payments": users, "per_s": rate,
            "ms": {"p50": ms(&latency, 0.5), "p99": ms(&latency, 0.99)},
        }));
    }
    report.table(table);
    report.data("books", values.into());
    Ok(())
}

/// Tells of a payment, and waits for its receipt: how long that took, microseconds.
async fn pay(user: SimUser, payload: String, charge: String, due: Instant) -> anyhow::Result<u64> {
    let mark = user.mark();
    let paid = json!({
        "currency": Stars::UNIT, "total_amount": STARS, "invoice_payload": payload,
        "telegram_payment_charge_id": charge, "provider_payment_charge_id": "",
    });
    user.try_send(Outgoing::raw(json!({ "successful_payment": paid }))).context("nothing can be told")?;
    let receipt =
        |m: &nameless_simulator::ChatMessage| m.from_bot && m.text().is_some_and(|t| t.contains('№'));
    match user.wait_after(mark, PATIENCE, receipt).await {
        Ok(_) => Ok(us(due)),
        Err(_) => bail!("no receipt within {PATIENCE:?}"),
    }
}

/// How soon receipts are there, at each rate, with the whole engine.
async fn receipts(
    ground: &Testbed,
    orders: Vec<String>,
    args: &BillingArgs,
    process: &mut Process,
    (report, progress): (&mut Report, &mut Progress),
) -> anyhow::Result<()> {
    let columns = ["payments/s", "payments", "p50 ms", "p99 ms", "max ms"];
    let mut table = Table::new("From the payment's update to the receipt", &columns);
    let (mut values, mut p50, mut p99) = (Vec::new(), Vec::new(), Vec::new());
    let mut orders = orders.into_iter();
    let mut next = 0;
    for rate in &args.rates {
        let many = u64::from(*rate) * args.duration.as_secs().max(1);
        let start = Instant::now();
        let mut under_way = Vec::new();
        for n in 0..many {
            let due = start + Duration::from_secs_f64(n as f64 / f64::from(*rate));
            tokio::time::sleep_until(due.into()).await;
            let (user, payload) = (ground.people.users[next].clone(), orders.next().context("an order")?);
            under_way.push(tokio::spawn(pay(user, payload, format!("whole:{next}"), due)));
            next += 1;
            progress.show(|| format!("{rate} payments a second: {n}"));
        }
        let (mut latency, mut lost) = (histogram(), 0);
        for one in under_way {
            match one.await? {
                Ok(took) => latency.saturating_record(took),
                Err(_) => lost += 1,
            }
        }
        process.check()?;
        if lost > 0 {
            report.void(format!("{rate} a second"), Reason::Lost(lost));
        }
        let max = latency.max() as f64 / 1e3;
        let numbers = [f64::from(*rate), many as f64].map(|n| Cell::number(n, 0)).into_iter();
        let times = [ms(&latency, 0.5), ms(&latency, 0.99), max].map(|n| Cell::number(n, 1));
        table.row(numbers.chain(times).collect(), false);
        p50.push((f64::from(*rate), ms(&latency, 0.5)));
        p99.push((f64::from(*rate), ms(&latency, 0.99)));
        values.push(json!({
            "rate": rate, "payments": many, "lost": lost,
            "receipt_ms": {"p50": ms(&latency, 0.5), "p99": ms(&latency, 0.99), "max": max},
        }));
    }
    report.table(table);
    report.chart(
        Chart::new("From the payment's update to the receipt", "payments a second", "ms")
            .line("p50", p50)
            .line("p99", p99),
    );
    report.data("rates", values.into());
    Ok(())
}
