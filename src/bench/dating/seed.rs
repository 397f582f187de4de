//! The data set: profiles around the cities there are, and what they have said of each other. All
//! of it goes in by COPY.

use crate::bench::args::DatingArgs;
use crate::bench::ledger::FIRST_ID;
use crate::bench::progress::Progress;
use crate::capabilities::dating::sealed;
use crate::clock::SystemClock;
use crate::store::Keys;
use anyhow::{Context as _, ensure};
use futures_util::SinkExt as _;
use hyper::body::Bytes;
use nameless_actors::ports::Clock as _;
use nameless_domain::capabilities::dating::cities;
use nameless_domain::ids::UserId;
use nameless_domain::random::Random;
use nameless_domain::session::account::ADULT_TEXT_VERSION;
use nameless_domain::time::DAY_MS;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use tokio_postgres::{Client, CopyInSink, NoTls};

/// Between the last writer and the first of those who do not write.
const GAP: i64 = 1_000_000;
/// Bytes that are sent to the server at a time.
const PART: usize = 1 << 20;
/// Of a year, about, milliseconds.
const YEAR_MS: i64 = 31_556_952_000;
/// A profile's words.
const BIO: &str = "Old films, rain on the window, long walks home.";

/// Who is in the data set.
#[derive(Clone, Copy, Debug)]
pub struct Crowd {
    writers: u32,
    profiles: u32,
}

impl Crowd {
    /// As asked for.
    pub fn of(args: &DatingArgs) -> Crowd {
        Crowd { writers: args.writers, profiles: args.people() }
    }

    /// The `n`-th of those who do not write.
    pub fn person(&self, n: u32) -> UserId {
        UserId(FIRST_ID + i64::from(self.writers) + GAP + i64::from(n))
    }

    /// The `n`-th of those who look at cards: spread over all.
    pub fn viewer(&self, n: u32, of: u32) -> UserId {
        let at = u64::from(n) * u64::from(self.profiles) / u64::from(of.max(1));
        self.person(u32::try_from(at).unwrap_or_default())
    }

    /// The `n`-th who writes.
    pub fn writer(n: u32) -> UserId {
        UserId(FIRST_ID + i64::from(n))
    }
}

/// The secret of somebody's session of the Mini App.
pub fn secret(user: UserId) -> String {
    format!("bench-{}", user.0)
}

/// Rows on their way into a table.
struct Rows {
    sink: std::pin::Pin<Box<CopyInSink<Bytes>>>,
    rows: String,
}

impl Rows {
    async fn into(client: &Client, table: &str) -> anyhow::Result<Rows> {
        let sink = client.copy_in(format!("COPY {table} FROM STDIN").as_str()).await?;
        Ok(Rows { sink: Box::pin(sink), rows: String::new() })
    }

    /// Takes a row: values with a tab between them, numbers and words of our own.
    async fn row(&mut self, row: std::fmt::Arguments<'_>) -> anyhow::Result<()> {
        self.rows.write_fmt(row)?;
        self.rows.push('\n');
        if self.rows.len() >= PART {
            self.sink.send(Bytes::from(std::mem::take(&mut self.rows))).await?;
        }
        Ok(())
    }

    async fn end(mut self) -> anyhow::Result<()> {
        self.sink.send(Bytes::from(std::mem::take(&mut self.rows))).await?;
        self.sink.as_mut().finish().await?;
        Ok(())
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold("\\\\x".to_owned(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Puts everything into a database that has the schema and the writers' accounts.
pub async fn fill(url: &str, keys: &Keys, args: &DatingArgs, progress: &mut Progress) -> anyhow::Result<()> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.context("no connection")?;
    let connection = tokio::spawn(connection);
    let crowd = Crowd::of(args);
    let done = async {
        // Of this connection alone: what is lost with the server is put in anew.
        let settings = "SET synchronous_commit = off; SET maintenance_work_mem = '512MB'";
        client.batch_execute(settings).await.context("settings")?;
        let indexes = lay_aside(&client).await.context("indexes are laid aside")?;
        accounts(&client, crowd).await.context("accounts")?;
        // Everybody is at the first bot: none needs to be asked of an account, a million times.
        client.batch_execute(&begins_at_bot("DISABLE")).await.context("a trigger")?;
        profiles(&client, keys, args, crowd, progress).await.context("profiles")?;
        client.batch_execute(&begins_at_bot("ENABLE")).await.context("a trigger")?;
        verdicts(&client, args, crowd, progress).await.context("verdicts")?;
        phones(&client, args, crowd).await.context("sessions and cards")?;
        for (n, index) in indexes.iter().enumerate() {
            progress.step(|| format!("indexes: {n} of {}", indexes.len()));
            client.batch_execute(index).await.context("an index")?;
        }
        progress.step(|| "figures of the tables".to_owned());
        client.batch_execute("VACUUM (ANALYZE)").await.context("figures of the tables")
    }
    .await;
    drop(client);
    let _ = connection.await;
    done.context("the data set cannot be put into the database")
}

fn begins_at_bot(done: &str) -> String {
    format!("ALTER TABLE dating_profiles {done} TRIGGER dating_profiles_begin_at_bot")
}

/// Tables that millions of rows go into.
const LARGE: &str = "'accounts', 'dating_profiles', 'dating_pairs'";

/// Takes the indexes of the large tables away that are no keys, as rows go in several times sooner
/// without; what makes them again.
async fn lay_aside(client: &Client) -> anyhow::Result<Vec<String>> {
    let sql = format!(
        "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i
        JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace s ON s.oid = t.relnamespace
        WHERE t.relname IN ({LARGE}) AND s.nspname = current_schema() AND NOT i.indisunique ORDER BY 1"
    );
    let mut made = Vec::new();
    for row in client.query(sql.as_str(), &[]).await? {
        let (name, definition): (String, String) = (row.try_get(0)?, row.try_get(1)?);
        client.batch_execute(&format!("DROP INDEX {name}")).await?;
        made.push(definition);
    }
    Ok(made)
}

/// Of those who do not write.
async fn accounts(client: &Client, crowd: Crowd) -> anyhow::Result<()> {
    let now = SystemClock.now().0;
    let mut copy = Rows::into(
        client,
        "accounts (user_id, created, lang, adult_at, adult_version, gender, age, interests, wish_genders, wish_ages, \
         wish_langs, wish_shared_interest, confirm_end, warned_voice, warned_file, blocked_bot, phase, avoid_users, \
         avoid_until, applied)",
    )
    .await?;
    for n in 0..crowd.profiles {
        copy.row(format_args!(
            "{}\t{now}\ten\t{now}\t{ADULT_TEXT_VERSION}\tother\tfrom26\t7\t7\t31\t3\tf\tf\tt\tt\tf\t{{\"at\": \
             \"idle\"}}\t{{}}\t{{}}\t0",
            crowd.person(n).0
        ))
        .await?;
    }
    copy.end().await
}

async fn profiles(
    client: &Client,
    keys: &Keys,
    args: &DatingArgs,
    crowd: Crowd,
    progress: &mut Progress,
) -> anyhow::Result<()> {
    let mut random = Random::for_purpose(args.output.seed, 0xDA7E);
    let now = SystemClock.now().0;
    let writers = (0..crowd.writers).map(Crowd::writer);
    let everybody: Vec<UserId> = writers.chain((0..crowd.profiles).map(|n| crowd.person(n))).collect();
    let columns = "dating_profiles (user_id, standing, birth, gender, genders, from_age, to_age, reach, cell, \
                   interests, goal, sealed, asked, since, active)";
    // A part at a time: one connection copies into one table at a time.
    for (part, people) in everybody.chunks(50_000).enumerate() {
        progress.step(|| format!("profiles: {} of {}", part * 50_000, everybody.len()));
        let mut wraps = Vec::with_capacity(people.len());
        let mut copy = Rows::into(client, columns).await?;
        for (n, user) in people.iter().enumerate() {
            let name = format!("Person {}", (b'a' + (user.0 % 26) as u8) as char);
            let (wrapped, sealed) = sealed(keys, *user, (name, BIO.to_owned()))?;
            wraps.push((*user, wrapped));
            // Two genders that look for each other; the larger cities have more people.
            let is_writer = part * 50_000 + n < crowd.writers as usize;
            let largest = random.below(cities::count() as u64) * random.below(cities::count() as u64);
            let (gender, city, age) = match is_writer {
                // The two of a chat fit each other.
                true => (n as u64 % 2, 0, 28),
                false => (random.below(2), largest / cities::count() as u64, 20 + random.below(40)),
            };
            let city = usize::try_from(city).unwrap_or_default();
            let cell = cities::cell_of(city).context("a city without a place")?.number();
            // Up to three cells away in both directions.
            let away = (random.below(7) as i64 - 3) * 3_600 + random.below(7) as i64 - 3;
            let day = 1 + random.below(28);
            let year = 1_970 + now / YEAR_MS - age as i64;
            copy.row(format_args!(
                "{}\tshown\t{year}-0{}-{day:02}\t{gender}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t0\t{}\t{}",
                user.0,
                1 + random.below(9),
                2 >> gender,
                age.saturating_sub(8).max(18),
                age + 8,
                if is_writer { 4 } else { 1 + random.below(4) },
                i64::from(cell) + away,
                random.below(1 << 12),
                random.below(4),
                hex(&sealed),
                now - (random.below(365) as i64) * DAY_MS,
                now - (random.below(30 * 86_400_000) as i64),
            ))
            .await?;
        }
        copy.end().await?;
        let mut copy = Rows::into(client, "user_keys (user_id, wrapped)").await?;
        for (user, wrapped) in wraps {
            copy.row(format_args!("{}\t{}", user.0, hex(&wrapped))).await?;
        }
        copy.end().await?;
    }
    Ok(())
}

/// Each of two people once: the `k`-th turn of everybody is about whoever is a stride further.
async fn verdicts(
    client: &Client,
    args: &DatingArgs,
    crowd: Crowd,
    progress: &mut Progress,
) -> anyhow::Result<()> {
    let (people, said) = (u64::from(crowd.profiles), u64::from(args.said()));
    // Of two people one row: no two turns are about the same two.
    let mut apart = BTreeSet::new();
    let is_new = |turn: u64| {
        let far = turn * STRIDE % people;
        far != 0 && 2 * far != people && apart.insert(far.min(people - far))
    };
    ensure!((1..=said.div_ceil(people)).all(is_new), "--verdicts are too many for so few --profiles");
    let mut random = Random::for_purpose(args.output.seed, 0x5A1D);
    let now = SystemClock.now().0;
    progress.step(|| format!("{said} verdicts"));
    let mut copy =
        Rows::into(client, "dating_pairs (lo, hi, lo_said, lo_at, hi_said, hi_at, changed)").await?;
    for k in 0..said {
        let (one, far) = (k % people, (1 + k / people) * STRIDE % people);
        let other = (one + far) % people;
        let [lo, hi] = [one.min(other), one.max(other)];
        let person = |n: u64| crowd.person(u32::try_from(n).unwrap_or_default()).0;
        let at = now - (random.below(60 * 86_400_000) as i64);
        let words = match random.below(10) {
            0..3 => format!("like\t{at}\t\\N\t\\N"),
            3..9 => format!("pass\t{at}\t\\N\t\\N"),
            _ => format!("pass\t{at}\tlike\t{at}"),
        };
        copy.row(format_args!("{}\t{}\t{words}\t{at}", person(lo), person(hi))).await?;
    }
    copy.end().await
}

/// A prime: how far apart those are who have said something of each other.
const STRIDE: u64 = 7_919;

/// Sessions of whoever looks, and a card of each writer's partner before the other.
async fn phones(client: &Client, args: &DatingArgs, crowd: Crowd) -> anyhow::Result<()> {
    let now = SystemClock.now().0;
    let viewers = (0..args.viewers).map(|n| crowd.viewer(n, args.viewers));
    let mut copy = Rows::into(client, "dating_sessions (hash, user_id, signed, expires)").await?;
    for user in viewers.chain((0..crowd.writers).map(Crowd::writer)) {
        let hash = Sha256::digest(secret(user).as_bytes());
        copy.row(format_args!("{}\t{}\t{now}\t{}", hex(&hash), user.0, now + DAY_MS)).await?;
    }
    copy.end().await?;
    let mut copy = Rows::into(client, "dating_cards (viewer, token, other, place, made, served)").await?;
    for n in 0..crowd.writers {
        let (viewer, other) = (Crowd::writer(n), Crowd::writer(n ^ 1));
        copy.row(format_args!("{}\t{CARD}\t{}\t1\t{now}\t{now}", viewer.0, other.0)).await?;
    }
    copy.end().await
}

/// The name of the card of a writer's partner.
pub const CARD: u64 = 1;
