//! Turns: what somebody says becomes one (`say`), with one job; what comes of the job ends it.
//!
//! Of a dialog's open turns only the first has a job: replies come one after another, each knowing
//! the one before. The end of a turn gives the next one its job, in the same transaction.

use super::books::{self, CallKey, SETTLE, Settled};
use super::dialogs::LOCK;
use super::recall;
use super::titles;
use super::turn::{End, Ended};
use super::words::{self, Part};
use crate::store::PgStore;
use crate::store::aggregates::{jobs, user_key};
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault, Params, Turns, wall_clock};
use nameless_actors::ports::{NewJob, PortFuture, StoreError};
use nameless_domain::capabilities::companion::Held;
use nameless_domain::companion::constants::WAITING;
use nameless_domain::companion::money::Outcome;
use nameless_domain::companion::pace::{Rates, TooFast, pace};
use nameless_domain::ids::{DialogId, UserId};
use nameless_domain::time::Millis;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The lane of replies.
pub(crate) const REPLY: &str = "companion_reply";
/// A reply that has not come by then is given up.
const WITHIN: Duration = Duration::from_secs(900);

/// What a job of [`REPLY`] is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Asked {
    pub dialog: i64,
    pub turn: i32,
    pub attempt: i16,
}

pub(super) const DIALOG: &str = "\
    SELECT persona, lang, turns, noticed, title IS NULL AS untitled, naming, named, summary, summed, adult IS NOT NULL AND EXISTS (
        SELECT FROM accounts WHERE user_id = $2 AND adult_at IS NOT NULL) AS adult,
        (SELECT wrapped FROM user_keys WHERE user_id = $2) AS wrapped
    FROM companion_dialogs WHERE dialog_id = $1 AND user_id = $2 FOR UPDATE";

pub(super) const OPEN: &str = "\
    SELECT turn, begun, asked FROM companion_turns WHERE dialog_id = $1 AND state = 'open' ORDER BY turn";

const ASKS: &str = "\
    SELECT (SELECT asks FROM companion_people WHERE user_id = $1) AS asks,
        (SELECT count(*) FROM companion_turns WHERE user_id = $1 AND state = 'open') AS waits";

pub(super) const PACED: &str = "\
    INSERT INTO companion_people (user_id, asks, at) VALUES ($1, $2, $3)
    ON CONFLICT (user_id) DO UPDATE SET asks = excluded.asks, at = excluded.at";

const TRY: &str = "\
    UPDATE companion_turns SET tries = tries + 1, begun = false WHERE dialog_id = $1 AND turn = $2
    RETURNING tries";

/// The turn of a dialog that is open behind this one.
const NEXT: &str = "\
    SELECT min(turn) AS next FROM companion_turns WHERE dialog_id = $1 AND state = 'open' AND turn <> $2";

/// Only the attempt that the turn waits for ends it; 0 is one of which an older version told.
const END: &str = "\
    UPDATE companion_turns SET
        -- In vain, and there are answers from before: the one that counted counts again.
        state = CASE WHEN $5 AND variants <> '{}' THEN 'failed' ELSE $3 END,
        reply = CASE WHEN $5 AND variants <> '{}' THEN variants[
            CASE WHEN chosen BETWEEN 1 AND array_length(variants, 1) THEN chosen ELSE array_length(variants, 1) END]
            ELSE $4 END,
        chosen = CASE WHEN $4 IS NULL THEN chosen ELSE 0 END,
        variants = CASE WHEN $4 IS NOT NULL AND variants <> '{}' THEN array_append(variants, $4) ELSE variants END,
        -- One answer of several that needs it is enough: all of them stand in the turn.
        adult = adult OR $7,
        stems = coalesce($8, stems)
    WHERE dialog_id = $1 AND turn = $2 AND state = 'open' AND (tries = $6 OR $6 = 0)
    RETURNING state, asked";

/// Words that were refused are not kept.
const DROP: &str = "\
    UPDATE companion_turns SET asked = $3, variants = '{}', chosen = 0, stems = '{}', vector = NULL, vector_of = NULL
    WHERE dialog_id = $1 AND turn = $2";

const NOTICED: &str = "UPDATE companion_dialogs SET noticed = $2 WHERE dialog_id = $1";

/// Which answer counts, from 1, and of how many.
pub(super) fn of(variants: i16, chosen: i16) -> (i16, i16) {
    let all = variants.max(1);
    (if (1..=all).contains(&chosen) { chosen } else { all }, all)
}

/// Whether somebody has to wait before they say more, and why. What they ask for now is among
/// `asks` after it. A session does one thing after the other, so nobody else changes them
/// meanwhile.
pub(super) fn held(asks: &mut Vec<i64>, waits: i64, rates: Rates, now: Millis) -> Option<Held> {
    if waits >= WAITING as i64 {
        return Some(Held::Waiting);
    }
    let seconds = |ms: i64| u32::try_from((ms + 999) / 1_000).unwrap_or(u32::MAX);
    match pace(asks, now.0, rates) {
        Ok(()) => None,
        Err(TooFast::Many(wait)) => Some(Held::TooMany(seconds(wait))),
        Err(TooFast::Script(wait)) => Some(Held::Script(seconds(wait))),
    }
}

/// The same by itself.
pub(super) async fn hold(
    conn: &mut Conn,
    user: UserId,
    rates: Rates,
    now: Millis,
) -> Result<Option<Held>, Fault> {
    let rows = conn.query(ASKS, &[&user.0]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let mut asks = row.try_get::<_, Option<Vec<i64>>>("asks")?.unwrap_or_default();
    let held = held(&mut asks, row.try_get("waits")?, rates, now);
    if held != Some(Held::Waiting) {
        conn.execute(PACED, &[&user.0, &asks, &now.0]).await?;
    }
    Ok(held)
}

/// The job of a turn.
pub(super) fn job(user: UserId, asked: Asked) -> Result<NewJob, Fault> {
    let payload = serde_json::to_vec(&asked).map_err(|_| Fault::Corrupt("a job without words".into()))?;
    let key = format!("companion:{}:{}:{}", asked.dialog, asked.turn, asked.attempt);
    Ok(NewJob { within: WITHIN, ..NewJob::new(REPLY, key, payload).of(user) })
}

pub(super) async fn add_job(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    dialog: i64,
    turn: i32,
) -> Result<(), Fault> {
    let rows = conn.query(TRY, &[&dialog, &turn]).await?;
    let Some(row) = rows.first() else { return Ok(()) };
    let job = job(user, Asked { dialog, turn, attempt: row.try_get(0)? })?;
    jobs::add(conn, keys, &[job]).await.map(drop)
}

/// How a turn ends, and what its call has cost, if one was made for it.
struct Ending {
    how: End,
    paid: Option<(CallKey, Outcome)>,
}

/// Ends a turn and settles its call, together: two waits where nothing else is to be done. What was
/// bought was bought, whoever is gone since. The sums that all turns want are locked last.
async fn end(
    conn: &mut Conn,
    (keys, sums): (&Keys, &Turns),
    user: UserId,
    asked: Asked,
    Ending { how, paid }: &Ending,
    now: Millis,
) -> Result<(Ended, bool), Fault> {
    let Asked { dialog, turn, attempt } = asked;
    let [account, rows, next] = conn
        .query_all([(LOCK, &[&user.0]), (DIALOG, &[&dialog, &user.0]), (NEXT, &[&dialog, &turn])])
        .await?;
    let row = rows.first().filter(|_| !account.is_empty());
    let wrapped = row.map(|row| row.try_get::<_, Option<&[u8]>>("wrapped")).transpose()?.flatten();
    let (Some(row), Some(wrapped)) = (row, wrapped) else { return ended(conn, sums, paid, Ended::No).await };
    let revoked = matches!(how, End::Replied { adult: true, .. }) && !row.try_get::<_, bool>("adult")?;
    let how = if revoked { &End::Refused } else { how };
    let key = &user_key::unwrapped(keys, user, wrapped)?;
    let (state, reply, stems) = match how {
        End::Replied { asked, words, .. } => {
            let sealed = words::seal(key, Part::Reply, (dialog, turn), words)?;
            ("replied", Some(sealed), Some(recall::stems_of(key, dialog, [asked, words])))
        }
        End::Refused => ("refused", None, None),
        End::Helped => ("helped", None, None),
        End::Failed => ("failed", None, None),
    };
    // A reply that was bought and refused says nothing against the words, nor against the answers
    // that they had before.
    let in_vain = state == "failed" || (reply.is_none() && paid.is_some() && !revoked);
    let adult = matches!(how, End::Replied { adult: true, .. });
    let next: Option<i32> = next.first().map(|row| row.try_get("next")).transpose()?.flatten();
    let of: Params<'_> = &[&dialog, &turn, &state, &reply, &in_vain, &attempt, &adult, &stems];
    let settled = paid.as_ref().and_then(|(call, outcome)| Settled::of(call, *outcome));
    if let (End::Replied { adult: false, notice: false, .. }, None, Some(settled)) = (how, next, &settled) {
        // Nothing else is to be done.
        let [rows, _] = conn.commit_in_turn([(END, of), (SETTLE, &settled.params()[..])], sums).await?;
        return Ok((if rows.is_empty() { Ended::No } else { Ended::Yes }, false));
    }
    let rows = conn.query(END, of).await?;
    let Some(row) = rows.first() else { return ended(conn, sums, paid, Ended::No).await };
    match how {
        End::Replied { adult, notice, asked: said, .. } => {
            if *notice {
                conn.execute(NOTICED, &[&dialog, &now.0]).await?;
            }
            // A list of dialogs shows titles in every mode.
            if *adult {
                titles::replace(conn, key, dialog, (said, None)).await?;
            }
        }
        End::Refused if row.try_get::<_, &str>("state")? == "refused" => {
            let said = words::open(key, Part::Asked, (dialog, turn), row.try_get("asked")?)?;
            titles::replace(conn, key, dialog, (&said, None)).await?;
            let nothing = words::seal(key, Part::Asked, (dialog, turn), "")?;
            conn.execute(DROP, &[&dialog, &turn, &nothing]).await?;
        }
        _ => {}
    }
    if let Some(next) = next {
        add_job(conn, keys, user, dialog, next).await?;
    }
    let (ended, _) = ended(conn, sums, paid, if revoked { Ended::Revoked } else { Ended::Yes }).await?;
    Ok((ended, next.is_some()))
}

/// The end of a turn's end: its call is settled.
async fn ended(
    conn: &mut Conn,
    sums: &Turns,
    paid: &Option<(CallKey, Outcome)>,
    ended: Ended,
) -> Result<(Ended, bool), Fault> {
    if let Some((call, outcome)) = paid {
        books::settle_alone(conn, sums, call, *outcome).await?;
    }
    Ok((ended, false))
}

impl PgStore {
    /// Ends a turn, settles the call that was made for it, and gives the next one its job; whether
    /// there is such a job.
    pub(crate) fn end_turn(
        &self,
        user: UserId,
        asked: Asked,
        how: End,
        paid: Option<(CallKey, Outcome)>,
    ) -> PortFuture<'_, Result<(Ended, bool), StoreError>> {
        self.run(move |inner| async move {
            let (of, ending) = ((&*inner.keys, &inner.sums), Ending { how, paid });
            inner.flushed(async |conn| end(conn, of, user, asked, &ending, wall_clock()).await).await
        })
    }

    /// A turn's job came to nothing: it failed, unless it ended otherwise or has another job since.
    /// The next turn gets its job.
    pub(crate) fn give_up_turn(
        &self,
        user: UserId,
        dialog: DialogId,
        (turn, attempt): (u32, u32),
    ) -> PortFuture<'_, Result<(Ended, bool), StoreError>> {
        let (turn, attempt) =
            (i32::try_from(turn).unwrap_or_default(), i16::try_from(attempt).unwrap_or_default());
        self.end_turn(user, Asked { dialog: dialog.0, turn, attempt }, End::Failed, None)
    }
}
