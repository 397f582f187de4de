//! What people do, in sums: when they were here, and how much they wrote.
//!
//! Counted in memory as batches are written, which costs a message a look into a table, and written
//! once a minute beside them. What was counted within the last minute before a crash is lost:
//! these are figures for operators, and nothing is decided by them.

use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault};
use crate::store::rfc3339;
use crate::store::table::{Erasure, Expiry, Export, Stage, Step, Table};
use nameless_actors::capabilities::{ActivityNow, CohortLine, DayLine, Page};
use nameless_actors::kernel::lock;
use nameless_actors::ports::Write;
use nameless_domain::ids::UserId;
use nameless_domain::time::{DAY_MS, Millis};
use rustc_hash::FxHashMap;
use serde_json::{Value, json};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// What is kept here.
pub(crate) const TABLES: &[Table] = &[
    Table {
        name: "activity",
        life: "until erased: sums of what somebody did",
        ids: &["user_id"],
        words: &[],
        other: &["first_day", "last_day", "last_seen", "sessions", "messages", "photos", "days", "seen"],
        stays: &[],
        export: Export::Section("activity", |conn, keys, user| Box::pin(own(conn, keys, user))),
        // Written under the account's lock: what a writer beside an erasure leaves is found.
        erasure: Erasure::Steps(&[Step::at(Stage::Locked, "DELETE FROM activity WHERE user_id = $1")]),
        expiry: Expiry::No("the erasure"),
    },
    Table {
        name: "activity_days",
        life: "for ever: a row a day, of all together",
        ids: &[],
        words: &[],
        other: &["day", "active", "fresh", "messages", "photos", "dialogs"],
        stays: &[],
        export: Export::No("it tells nothing of anybody"),
        erasure: Erasure::No("it tells nothing of anybody"),
        expiry: Expiry::No("never: a row a day"),
    },
];

/// How often the sums are written.
const EVERY: Duration = Duration::from_secs(60);
/// People whose sums gather before that.
const MOST: usize = 20_000;
/// Somebody who writes after so long has come back, milliseconds.
const SESSION_MS: i64 = 1_800_000;
/// Figures about fewer people are not shown.
const FEWEST: i64 = 10;

/// Whose account is there: its lock first, in one order for all, and the day on which it was made.
const KNOWN: &str = "\
    SELECT user_id, created / 86400000 AS day FROM accounts WHERE user_id = ANY($1)
    ORDER BY user_id FOR KEY SHARE";

const SUM: &str = "\
    WITH news AS (
        SELECT * FROM unnest($1::bigint[], $2::integer[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[])
            AS n (user_id, born, first, last, messages, photos)
    ), before AS (
        SELECT a.user_id, a.last_day FROM activity a JOIN news USING (user_id)
    ), summed AS (
        INSERT INTO activity AS a
            (user_id, first_day, last_day, last_seen, sessions, messages, photos, days, seen)
        SELECT user_id, born, last / 86400000, last, 1, messages, photos, 1,
            CASE WHEN last / 86400000 - born BETWEEN 0 AND 62
                THEN 1::bigint << (last / 86400000 - born)::integer ELSE 0 END
        FROM news
        ON CONFLICT (user_id) DO UPDATE SET
            last_day = greatest(a.last_day, excluded.last_day),
            last_seen = greatest(a.last_seen, excluded.last_seen),
            sessions = a.sessions + CASE WHEN excluded.last_seen - a.last_seen > $7 THEN 1 ELSE 0 END,
            messages = a.messages + excluded.messages,
            photos = a.photos + excluded.photos,
            days = a.days + CASE WHEN excluded.last_day > a.last_day THEN 1 ELSE 0 END,
            seen = a.seen | CASE WHEN excluded.last_day - a.first_day BETWEEN 0 AND 62
                THEN 1::bigint << (excluded.last_day - a.first_day) ELSE 0 END
    )
    INSERT INTO activity_days AS d (day, active, fresh, messages, photos, dialogs)
    SELECT (n.last / 86400000)::integer,
        count(*) FILTER (WHERE b.last_day IS NULL OR b.last_day < n.last / 86400000),
        count(*) FILTER (WHERE b.last_day IS NULL),
        sum(n.messages)::bigint, sum(n.photos)::bigint, 0
    FROM news n LEFT JOIN before b USING (user_id) GROUP BY 1
    ON CONFLICT (day) DO UPDATE SET
        active = d.active + excluded.active, fresh = d.fresh + excluded.fresh,
        messages = d.messages + excluded.messages, photos = d.photos + excluded.photos";

const DIALOGS: &str = "\
    INSERT INTO activity_days AS d (day, active, fresh, messages, photos, dialogs) VALUES ($1, 0, 0, 0, 0, $2)
    ON CONFLICT (day) DO UPDATE SET dialogs = d.dialogs + excluded.dialogs";

const OF: &str =
    "SELECT last_seen, sessions, messages, photos, days::bigint AS days FROM activity WHERE user_id = $1";

const DAYS: &str = "\
    SELECT day, active, fresh, messages, photos, dialogs FROM activity_days WHERE day > $1 ORDER BY day DESC";

const COHORTS: &str = "\
    SELECT first_day, count(*) AS people,
        count(*) FILTER (WHERE seen & 2 <> 0) AS d1, count(*) FILTER (WHERE seen & 16 <> 0) AS d4,
        count(*) FILTER (WHERE seen & 128 <> 0) AS d7, count(*) FILTER (WHERE seen & (1::bigint << 30) <> 0) AS d30
    FROM activity WHERE first_day > $1 GROUP BY first_day ORDER BY first_day DESC";

/// What somebody did since the sums were written.
#[derive(Clone, Copy)]
struct Counts {
    first: i64,
    last: i64,
    messages: i64,
    photos: i64,
}

/// What was counted and is not written yet.
#[derive(Default)]
pub(crate) struct Tally(Mutex<Counted>);

#[derive(Default)]
struct Counted {
    people: FxHashMap<i64, Counts>,
    dialogs: FxHashMap<i64, i64>,
    since: Option<Instant>,
}

impl Tally {
    /// Counts what a batch holds that was written; whether it is time to write the sums.
    pub(crate) fn add(&self, batch: &[Write]) -> bool {
        let mut counted = lock(&self.0);
        for write in batch {
            // An edit is no message of its own.
            let Write::History(row) = write else { continue };
            if row.edit != 0 {
                continue;
            }
            let at = row.at.0;
            let none = Counts { first: at, last: at, messages: 0, photos: 0 };
            let counts = counted.people.entry(row.from.1.0).or_insert(none);
            counts.last = counts.last.max(at);
            counts.messages += 1;
            counts.photos += i64::from(is_photo(&row.payload));
        }
        counted.is_due()
    }

    /// Counts chats that began.
    pub(crate) fn began(&self, at: Millis) {
        *lock(&self.0).dialogs.entry(at.0 / DAY_MS).or_default() += 1;
    }

    fn take(&self) -> Counted {
        let mut counted = lock(&self.0);
        counted.since = Some(Instant::now());
        Counted {
            people: std::mem::take(&mut counted.people),
            dialogs: std::mem::take(&mut counted.dialogs),
            since: None,
        }
    }

    fn take_of(&self, user: UserId) -> Counted {
        let counts = lock(&self.0).people.remove(&user.0);
        Counted { people: counts.map(|counts| (user.0, counts)).into_iter().collect(), ..Counted::default() }
    }

    /// Writes the sums. What is lost with a database that is away was counted for nobody's account.
    pub(crate) async fn write(&self, conn: &mut Conn) -> Result<(), Fault> {
        self.take().write(conn).await
    }

    /// Writes one person's sums: who looks at them does not wait for everybody's.
    pub(crate) async fn write_of(&self, conn: &mut Conn, user: UserId) -> Result<(), Fault> {
        self.take_of(user).write(conn).await
    }
}

impl Counted {
    fn is_due(&mut self) -> bool {
        let since = *self.since.get_or_insert_with(Instant::now);
        !self.people.is_empty() && (since.elapsed() >= EVERY || self.people.len() >= MOST)
    }

    async fn write(self, conn: &mut Conn) -> Result<(), Fault> {
        let Counted { people, dialogs, .. } = self;
        if people.is_empty() && dialogs.is_empty() {
            return Ok(());
        }
        let mut users: Vec<i64> = people.keys().copied().collect();
        users.sort_unstable();
        let (mut of, mut born) = (Vec::with_capacity(users.len()), Vec::with_capacity(users.len()));
        for row in conn.query(KNOWN, &[&users]).await? {
            of.push(row.try_get::<_, i64>("user_id")?);
            let day: i64 = row.try_get("day")?;
            born.push(i32::try_from(day).map_err(|_| Fault::Corrupt("an account of no day".into()))?);
        }
        if !of.is_empty() {
            let column = |get: fn(&Counts) -> i64| -> Vec<i64> {
                of.iter().map(|user| people.get(user).map_or(0, get)).collect()
            };
            let (first, last) = (column(|c| c.first), column(|c| c.last));
            let (messages, photos) = (column(|c| c.messages), column(|c| c.photos));
            conn.execute(SUM, &[&of, &born, &first, &last, &messages, &photos, &SESSION_MS]).await?;
        }
        for (day, times) in dialogs {
            let day = i32::try_from(day).map_err(|_| Fault::Corrupt("a chat of no day".into()))?;
            conn.execute(DIALOGS, &[&day, &times]).await?;
        }
        Ok(())
    }
}

/// By the beginning of the payload's JSON: what people write comes behind it.
fn is_photo(payload: &str) -> bool {
    payload.starts_with(r#"{"media":{"kind":"photo""#)
}

/// A day as people write it.
fn date(day: i32) -> String {
    rfc3339(i64::from(day) * DAY_MS).chars().take(10).collect()
}

/// What a person did.
pub(crate) async fn of(conn: &mut Conn, user: UserId) -> Result<Option<ActivityNow>, Fault> {
    let rows = conn.query(OF, &[&user.0]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(Some(ActivityNow {
        last_seen: Millis(row.try_get("last_seen")?),
        sessions: row.try_get("sessions")?,
        messages: row.try_get("messages")?,
        photos: row.try_get("photos")?,
        days: row.try_get("days")?,
    }))
}

/// A person's own sums, for their export.
async fn own(conn: &mut Conn, _: &Keys, user: UserId) -> Result<Value, Fault> {
    Ok(of(conn, user).await?.map_or(Value::Null, |now| {
        json!({
            "last_seen": rfc3339(now.last_seen.0), "sessions": now.sessions, "messages": now.messages,
            "photos": now.photos, "days": now.days,
        })
    }))
}

fn today(now: Millis) -> Result<i32, Fault> {
    i32::try_from(now.0 / DAY_MS).map_err(|_| Fault::Corrupt("a day beyond all".into()))
}

fn days_back(days: u32) -> i32 {
    i32::try_from(days).unwrap_or(0)
}

/// What all did on the last days, the newest first.
pub(crate) async fn days(conn: &mut Conn, days: u32, now: Millis) -> Result<Page<DayLine>, Fault> {
    let since = today(now)? - days_back(days);
    let line = |row: &tokio_postgres::Row| -> Result<DayLine, Fault> {
        Ok(DayLine {
            day: date(row.try_get("day")?),
            active: row.try_get("active")?,
            fresh: row.try_get("fresh")?,
            messages: row.try_get("messages")?,
            photos: row.try_get("photos")?,
            dialogs: row.try_get("dialogs")?,
        })
    };
    let rows = conn.query(DAYS, &[&since]).await?;
    Ok(Page { items: rows.iter().map(line).collect::<Result<_, _>>()?, next: None })
}

/// How many of those who came first on the last days came back, the newest first.
pub(crate) async fn cohorts(conn: &mut Conn, days: u32, now: Millis) -> Result<Page<CohortLine>, Fault> {
    let today = today(now)?;
    let line = |row: &tokio_postgres::Row| -> Result<CohortLine, Fault> {
        let (day, people): (i32, i64) = (row.try_get("first_day")?, row.try_get("people")?);
        let after = |days: i32, column: &str| -> Result<Option<i64>, Fault> {
            let back: i64 = row.try_get(column)?;
            Ok(Some(back).filter(|_| people >= FEWEST && day + days < today))
        };
        Ok(CohortLine {
            day: date(day),
            people: Some(people).filter(|people| *people >= FEWEST),
            d1: after(1, "d1")?,
            d4: after(4, "d4")?,
            d7: after(7, "d7")?,
            d30: after(30, "d30")?,
        })
    };
    let rows = conn.query(COHORTS, &[&(today - days_back(days))]).await?;
    Ok(Page { items: rows.iter().map(line).collect::<Result<_, _>>()?, next: None })
}
