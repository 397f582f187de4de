//! What a dialog's older turns are summed up in. Turns stay as they are, whatever comes of it.

use super::super::own::Own;
use super::books::{self, CallKey};
use super::dialogs::LOCK;
use super::own;
use super::turn::Said;
use super::words::{self, Part};
use crate::store::PgStore;
use crate::store::aggregates::{jobs, user_key};
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault, wall_clock};
use nameless_actors::ports::{NewJob, PortFuture, StoreError};
use nameless_domain::capabilities::companion::Summed;
use nameless_domain::companion::constants::SUMMED_AT_ONCE;
use nameless_domain::companion::money::Outcome;
use nameless_domain::ids::UserId;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The lane of summaries.
pub(crate) const SUMMARY: &str = "companion_summary";
/// One that was not made by then is made with the next turns.
const WITHIN: Duration = Duration::from_secs(3_600);
/// Milliseconds in which a call has ended, whatever comes of it.
const CALLING_MS: i64 = 5 * 60_000;
/// Dialogs whose summaries their owner is shown.
const SHOWN: i64 = 3;

/// What a job of [`SUMMARY`] is given: the dialog, and the last turn that the prompt had no room
/// for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Due {
    pub dialog: i64,
    pub upto: i32,
}

/// What is to be summed up.
#[derive(Clone, Debug)]
pub(crate) struct Material {
    pub persona: String,
    pub own: Option<Own>,
    pub lang: String,
    /// What was kept so far; empty for nothing.
    pub before: String,
    /// Up to which turn that goes.
    pub summed: i32,
    /// The turns after it, with their numbers.
    pub turns: Vec<(i32, Said)>,
    /// Calls that were made for this job before.
    pub calls: i16,
}

const DIALOG: &str = "\
    SELECT persona, lang, summary, summed FROM companion_dialogs WHERE dialog_id = $1 AND user_id = $2 FOR UPDATE";

/// What was said in adult mode is in no summary: those are told to models in every mode.
const TURNS: &str = "\
    SELECT turn, asked, reply FROM companion_turns
    WHERE dialog_id = $1 AND turn > $2 AND turn <= $3 AND reply IS NOT NULL AND NOT adult
    ORDER BY turn LIMIT $4";

/// Whatever has forgotten meanwhile has raised what is summed.
const KEEP: &str = "\
    UPDATE companion_dialogs SET summary = coalesce($3, summary), summed = $4
    WHERE dialog_id = $1 AND user_id = $2 AND summed = $5
        -- Of a dialog's turns the last is taken back first.
        AND EXISTS (SELECT FROM companion_turns t
            WHERE t.dialog_id = $1 AND t.turn = $4 AND t.reply IS NOT NULL)";

/// Another summary of the same dialog is being made; one whose process ended is not waited for.
const BESIDE: &str = "\
    SELECT 1 FROM companion_calls WHERE dialog_id = $1 AND turn < 0 AND turn <> $2 AND spent IS NULL AND at > $3
    LIMIT 1";

/// What a summary was made of is not so any more: it is made anew, of what may be remembered.
const UNSUM: &str = "\
    UPDATE companion_dialogs SET summary = NULL, summed = forgot WHERE dialog_id = $1 AND summed >= $2";

const LAST: &str = "\
    SELECT dialog_id, persona, summary FROM companion_dialogs WHERE user_id = $1 AND summary IS NOT NULL
    ORDER BY used DESC LIMIT $2";

/// Forgets every summary and what turns are found by. What is said from then on is remembered
/// again.
const FORGET: [&str; 2] = [
    "UPDATE companion_dialogs SET summary = NULL, summed = turns, forgot = turns WHERE user_id = $1",
    "UPDATE companion_turns SET stems = '{}', vector = NULL, vector_of = NULL
        WHERE user_id = $1 AND (stems <> '{}' OR vector_of IS NOT NULL)",
];

/// A job's calls, as the books name them: a turn has a number above zero.
pub(crate) fn call(due: Due, number: i16) -> CallKey {
    (due.dialog, -due.upto, 1, number)
}

async fn begin(conn: &mut Conn, keys: &Keys, user: UserId, due: Due) -> Result<Option<Material>, Fault> {
    if conn.query(LOCK, &[&user.0]).await?.is_empty() {
        return Ok(None);
    }
    let rows = conn.query(DIALOG, &[&due.dialog, &user.0]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let summed: i32 = row.try_get("summed")?;
    let ring = user_key::get(conn, keys, &[user.0]).await?;
    let Some(key) = ring.get(&user) else { return Ok(None) };
    let (persona, lang): (String, String) = (row.try_get("persona")?, row.try_get("lang")?);
    let sealed: Option<&[u8]> = row.try_get("summary")?;
    let before = sealed.map(|sealed| words::open(key, Part::Summary, (due.dialog, 0), sealed)).transpose()?;
    let mut turns = Vec::new();
    for row in conn.query(TURNS, &[&due.dialog, &summed, &due.upto, &SUMMED_AT_ONCE]).await? {
        let turn: i32 = row.try_get("turn")?;
        let asked = words::open(key, Part::Asked, (due.dialog, turn), row.try_get("asked")?)?;
        let reply = words::open(key, Part::Reply, (due.dialog, turn), row.try_get("reply")?)?;
        turns.push((turn, Said { asked, reply, adult: false }));
    }
    if turns.is_empty() {
        if summed < due.upto {
            let nothing: Option<Vec<u8>> = None;
            conn.execute(KEEP, &[&due.dialog, &user.0, &nothing, &due.upto, &summed]).await?;
        }
        return Ok(None);
    }
    let (dialog, turn, attempt, _) = call(due, 0);
    let since = wall_clock().0 - CALLING_MS;
    if !conn.query(BESIDE, &[&dialog, &turn, &since]).await?.is_empty() {
        return Ok(None);
    }
    let calls = books::give_up(conn, (dialog, turn, attempt)).await?;
    let own = own::find(conn, keys, user, &persona).await?;
    Ok(Some(Material { persona, own, lang, before: before.unwrap_or_default(), summed, turns, calls }))
}

/// The last summaries of somebody's dialogs.
pub(super) async fn shown(conn: &mut Conn, keys: &Keys, user: UserId) -> Result<Vec<Summed>, Fault> {
    let rows = conn.query(LAST, &[&user.0, &SHOWN]).await?;
    let ring = user_key::get(conn, keys, &[user.0]).await?;
    let Some(key) = ring.get(&user) else { return Ok(Vec::new()) };
    let mut all = Vec::with_capacity(rows.len());
    for row in &rows {
        let (dialog, persona): (i64, String) = (row.try_get("dialog_id")?, row.try_get("persona")?);
        let words = words::open(key, Part::Summary, (dialog, 0), row.try_get("summary")?)?;
        let name = own::find(conn, keys, user, &persona).await?.map(|own| own.name);
        all.push(Summed { persona, name, words });
    }
    Ok(all)
}

/// Forgets what characters keep of somebody's dialogs beside the turns themselves.
pub(super) async fn forget(conn: &mut Conn, user: UserId) -> Result<(), Fault> {
    for sql in FORGET {
        conn.execute(sql, &[&user.0]).await?;
    }
    Ok(())
}

/// A dialog's turn is taken back, or says something else from now on: nothing that was made of it
/// stays. The dialog's row is locked.
pub(super) async fn unsum(conn: &mut Conn, dialog: i64, turn: i32) -> Result<(), Fault> {
    conn.execute(UNSUM, &[&dialog, &turn]).await.map(drop)
}

impl PgStore {
    /// Adds the job that sums up what a dialog's prompts have no room for.
    pub(crate) fn add_summary(&self, user: UserId, due: Due) -> PortFuture<'_, Result<(), StoreError>> {
        self.run(move |inner| async move {
            let payload =
                serde_json::to_vec(&due).map_err(|_| Fault::Corrupt("a job without words".into()))?;
            let key = format!("companion_summary:{}:{}", due.dialog, due.upto);
            let job = NewJob { within: WITHIN, ..NewJob::new(SUMMARY, key, payload).of(user) };
            inner
                .transaction(async |conn| {
                    jobs::add(conn, &inner.keys, std::slice::from_ref(&job)).await.map(drop)
                })
                .await
        })
    }

    /// What is to be summed up; none if it was, or is gone.
    pub(crate) fn begin_summary(
        &self,
        user: UserId,
        due: Due,
    ) -> PortFuture<'_, Result<Option<Material>, StoreError>> {
        self.run(move |inner| async move {
            inner.transaction(async |conn| begin(conn, &inner.keys, user, due).await).await
        })
    }

    /// Keeps a summary of the turns up to `upto`, and settles the call that it was bought by;
    /// without one, what was kept before stays, and those turns are passed over. Where what it was
    /// made of was forgotten meanwhile, nothing of it is kept.
    pub(crate) fn keep_summary(
        &self,
        user: UserId,
        dialog: i64,
        (summed, upto, summary): (i32, i32, Option<String>),
        paid: Option<(CallKey, Outcome)>,
    ) -> PortFuture<'_, Result<(), StoreError>> {
        self.run(move |inner| async move {
            inner
                .transaction(async |conn| {
                    let is_there = !conn.query(LOCK, &[&user.0]).await?.is_empty()
                        && !conn.query(DIALOG, &[&dialog, &user.0]).await?.is_empty();
                    // What was bought was bought, whoever is gone since.
                    if let Some((call, outcome)) = &paid {
                        books::settle(conn, call, *outcome).await?;
                    }
                    if !is_there {
                        return Ok(());
                    }
                    let ring = user_key::ensure(conn, &inner.keys, vec![user.0]).await?;
                    let key = user_key::of(&ring, user)?;
                    let seal = |words: &String| words::seal(key, Part::Summary, (dialog, 0), words);
                    let sealed = summary.as_ref().map(seal).transpose()?;
                    conn.execute(KEEP, &[&dialog, &user.0, &sealed, &upto, &summed]).await.map(drop)
                })
                .await
        })
    }
}
