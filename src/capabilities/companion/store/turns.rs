//! Turns: what somebody says becomes one, with one job; what comes of the job ends it.
//!
//! Of a dialog's open turns only the first has a job: replies come one after another, each knowing
//! the one before. The end of a turn gives the next one its job, in the same transaction.

use super::books::{self, CallKey};
use super::dialogs::LOCK;
use super::facts;
use super::own;
use super::recall;
use super::titles;
use super::turn::{Begun, End, Ended, Heard, Open, Said};
use super::words::{self, Part};
use crate::store::PgStore;
use crate::store::aggregates::{jobs, user_key};
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault, wall_clock};
use nameless_actors::ports::{NewJob, PortFuture, StoreError};
use nameless_domain::capabilities::companion::{Event, Held, MAKING};
use nameless_domain::companion::constants::{HISTORY_TURNS, NOTICE_MS, TURN_CHARS, WAITING};
use nameless_domain::companion::money::Outcome;
use nameless_domain::companion::pace::{Rates, TooFast, pace};
use nameless_domain::ids::{DialogId, MessageId, UserId};
use nameless_domain::time::Millis;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The lane of replies.
pub(crate) const REPLY: &str = "companion_reply";
/// A reply that has not come by then is given up.
const WITHIN: Duration = Duration::from_secs(900);

/// What a job of [`REPLY`] is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Asked {
    pub dialog: i64,
    pub turn: i32,
    pub attempt: i16,
}

pub(super) const DIALOG: &str = "\
    SELECT persona, lang, turns, noticed, title IS NULL AS untitled, naming, named, summary, summed, adult IS NOT NULL AND EXISTS (
        SELECT FROM accounts WHERE user_id = $2 AND adult_at IS NOT NULL) AS adult
    FROM companion_dialogs WHERE dialog_id = $1 AND user_id = $2 FOR UPDATE";

const KNOWN: &str = "\
    SELECT 1 FROM companion_turns WHERE dialog_id = $1 AND turn > $2 AND messages @> ARRAY[$3::integer]";

pub(super) const OPEN: &str = "\
    SELECT turn, begun, asked FROM companion_turns WHERE dialog_id = $1 AND state = 'open' ORDER BY turn";

const WAITS: &str = "SELECT count(*) FROM companion_turns WHERE user_id = $1 AND state = 'open'";

const JOIN: &str = "\
    UPDATE companion_turns SET asked = $3, messages = messages || $4::integer WHERE dialog_id = $1 AND turn = $2";

const ASKS: &str = "SELECT asks FROM companion_people WHERE user_id = $1 FOR UPDATE";

const PEOPLE: &str = "\
    INSERT INTO companion_people (user_id, asks, at) VALUES ($1, '{}', $2) ON CONFLICT (user_id) DO NOTHING";

const PACED: &str = "UPDATE companion_people SET asks = $2, at = $3 WHERE user_id = $1";

const INSERT: &str = "\
    INSERT INTO companion_turns (dialog_id, turn, user_id, messages, at, asked, state)
    VALUES ($1, $2, $3, ARRAY[$4::integer], $5, $6, 'open')";

const USED: &str =
    "UPDATE companion_dialogs SET turns = $2, used = $3, title = coalesce(title, $4) WHERE dialog_id = $1";

const TRY: &str = "\
    UPDATE companion_turns SET tries = tries + 1, begun = false WHERE dialog_id = $1 AND turn = $2
    RETURNING tries";

const NEXT: &str = "\
    SELECT turn FROM companion_turns WHERE dialog_id = $1 AND state = 'open' ORDER BY turn LIMIT 1";

const BEGIN: &str = "\
    UPDATE companion_turns SET begun = true
    WHERE dialog_id = $1 AND turn = $2 AND user_id = $3 AND tries = $4
    RETURNING state, asked, reply, adult, cardinality(variants)::smallint AS variants, chosen";

const HISTORY: &str = "\
    SELECT turn, asked, reply, adult FROM companion_turns
    WHERE dialog_id = $1 AND turn < $2 AND reply IS NOT NULL ORDER BY turn DESC LIMIT $3";

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
        adult = adult OR $7
    WHERE dialog_id = $1 AND turn = $2 AND state = 'open' AND (tries = $6 OR $6 = 0)
    RETURNING state, asked";

/// Words that were refused are not kept.
const DROP: &str = "\
    UPDATE companion_turns SET asked = $3, variants = '{}', chosen = 0, stems = '{}' WHERE dialog_id = $1 AND turn = $2";

const NOTICED: &str = "UPDATE companion_dialogs SET noticed = $2 WHERE dialog_id = $1";

async fn say(
    conn: &mut Conn,
    keys: &Keys,
    (user, id): (UserId, i64),
    (message, said): (i32, &str),
    rates: Rates,
    now: Millis,
) -> Result<Heard, Fault> {
    if conn.query(LOCK, &[&user.0]).await?.is_empty() {
        return Ok(Heard::Told(Event::Gone, false));
    }
    let rows = conn.query(DIALOG, &[&id, &user.0]).await?;
    let Some(row) = rows.first() else { return Ok(Heard::Told(Event::Gone, false)) };
    if row.try_get::<_, &str>("persona")? == MAKING {
        return Ok(Heard::Answer);
    }
    if titles::is_one(conn, row, (user, id), (message, said), now).await? {
        return Ok(Heard::Title);
    }
    let (turns, untitled): (i32, bool) = (row.try_get("turns")?, row.try_get("untitled")?);
    if !conn.query(KNOWN, &[&id, &(turns - 50), &message]).await?.is_empty() {
        return Ok(Heard::Told(Event::Kept, true));
    }
    let ring = user_key::ensure(conn, keys, vec![user.0]).await?;
    let key = user_key::of(&ring, user)?;
    let open = conn.query(OPEN, &[&id]).await?;
    if let Some(last) = open.last()
        && !last.try_get::<_, bool>("begun")?
    {
        let turn: i32 = last.try_get("turn")?;
        let before = words::open(key, Part::Asked, (id, turn), last.try_get("asked")?)?;
        if before.chars().count() + said.chars().count() < TURN_CHARS {
            let asked = words::seal(key, Part::Asked, (id, turn), &format!("{before}\n{said}"))?;
            conn.execute(JOIN, &[&id, &turn, &asked, &message]).await?;
            return Ok(Heard::Told(Event::Kept, false));
        }
    }
    if let Some(held) = hold(conn, user, rates, now).await? {
        return Ok(Heard::Told(Event::Held(held), false));
    }
    let turn = turns + 1;
    let asked = words::seal(key, Part::Asked, (id, turn), said)?;
    conn.execute(INSERT, &[&id, &turn, &user.0, &message, &now.0, &asked]).await?;
    let title = untitled.then(|| words::seal(key, Part::Title, (id, 0), &titles::of(said))).transpose()?;
    conn.execute(USED, &[&id, &turn, &now.0, &title]).await?;
    if open.is_empty() {
        add_job(conn, keys, user, id, turn).await?;
    }
    Ok(Heard::Told(Event::Kept, open.is_empty()))
}

/// Which answer counts, from 1, and of how many.
pub(super) fn of(variants: i16, chosen: i16) -> (i16, i16) {
    let all = variants.max(1);
    (if (1..=all).contains(&chosen) { chosen } else { all }, all)
}

/// Whether somebody has to wait before they say more, and why.
pub(super) async fn hold(
    conn: &mut Conn,
    user: UserId,
    rates: Rates,
    now: Millis,
) -> Result<Option<Held>, Fault> {
    conn.execute(PEOPLE, &[&user.0, &now.0]).await?;
    let rows = conn.query(ASKS, &[&user.0]).await?;
    let mut asks: Vec<i64> = rows.first().map(|row| row.try_get(0)).transpose()?.unwrap_or_default();
    let waiting: i64 = conn.query(WAITS, &[&user.0]).await?.first().map_or(Ok(0), |row| row.try_get(0))?;
    if waiting >= WAITING as i64 {
        return Ok(Some(Held::Waiting));
    }
    let seconds = |ms: i64| u32::try_from((ms + 999) / 1_000).unwrap_or(u32::MAX);
    let paced = pace(&mut asks, now.0, rates);
    conn.execute(PACED, &[&user.0, &asks, &now.0]).await?;
    Ok(match paced {
        Ok(()) => None,
        Err(TooFast::Many(wait)) => Some(Held::TooMany(seconds(wait))),
        Err(TooFast::Script(wait)) => Some(Held::Script(seconds(wait))),
    })
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
    let attempt: i16 = row.try_get(0)?;
    let payload = serde_json::to_vec(&Asked { dialog, turn, attempt })
        .map_err(|_| Fault::Corrupt("a job without words".into()))?;
    let key = format!("companion:{dialog}:{turn}:{attempt}");
    let job = NewJob { within: WITHIN, ..NewJob::new(REPLY, key, payload).of(user) };
    jobs::add(conn, keys, &[job]).await.map(drop)
}

async fn begin(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    asked: Asked,
    now: Millis,
) -> Result<Begun, Fault> {
    let Asked { dialog, turn, attempt } = asked;
    let rows = conn.query(DIALOG, &[&dialog, &user.0]).await?;
    let Some(row) = rows.first() else { return Ok(Begun::Nothing) };
    let noticed: i64 = row.try_get("noticed")?;
    let (persona, lang): (String, String) = (row.try_get("persona")?, row.try_get("lang")?);
    let (adult, summed): (bool, i32) = (row.try_get("adult")?, row.try_get("summed")?);
    let sealed: Option<Vec<u8>> = row.try_get("summary")?;
    let rows = conn.query(BEGIN, &[&dialog, &turn, &user.0, &attempt]).await?;
    let Some(row) = rows.first() else { return Ok(Begun::Nothing) };
    let ring = user_key::get(conn, keys, &[user.0]).await?;
    let Some(key) = ring.get(&user) else { return Ok(Begun::Nothing) };
    let mut open = Open {
        own: own::find(conn, keys, user, &persona).await?,
        persona,
        lang,
        asked: words::open(key, Part::Asked, (dialog, turn), row.try_get("asked")?)?,
        facts: Vec::new(),
        history: Vec::new(),
        numbers: Vec::new(),
        recalled: Vec::new(),
        summary: String::new(),
        summed,
        adult,
        first: 0,
        notice: now.since(Millis(noticed)) >= NOTICE_MS,
        of: (1, 1),
        calls: 0,
    };
    let (variants, chosen): (i16, i16) = (row.try_get("variants")?, row.try_get("chosen")?);
    match row.try_get("state")? {
        // The reply that is to come is the last of them.
        "open" => open.of = (variants + 1, variants + 1),
        "replied" => {
            open.of = of(variants, chosen);
            let reply: &[u8] = row.try_get("reply")?;
            let words = words::open(key, Part::Reply, (dialog, turn), reply)?;
            return Ok(Begun::Replied(open, words, row.try_get("adult")?));
        }
        "failed" => return Ok(Begun::InVain),
        _ => return Ok(Begun::Nothing),
    }
    for row in conn.query(HISTORY, &[&dialog, &turn, &HISTORY_TURNS]).await?.iter().rev() {
        let of: i32 = row.try_get("turn")?;
        if open.history.is_empty() {
            open.first = usize::try_from(of - 1).unwrap_or_default();
        }
        let asked = words::open(key, Part::Asked, (dialog, of), row.try_get("asked")?)?;
        let reply = words::open(key, Part::Reply, (dialog, of), row.try_get("reply")?)?;
        open.history.push(Said { asked, reply, adult: row.try_get("adult")? });
        open.numbers.push(of);
    }
    if let Some(sealed) = sealed {
        open.summary = words::open(key, Part::Summary, (dialog, 0), &sealed)?;
    }
    open.recalled = recall::find(conn, key, (dialog, turn), (&open.asked, adult)).await?;
    open.facts = facts::all(conn, keys, user).await?.into_iter().map(|fact| fact.words).collect();
    open.calls = books::give_up(conn, (dialog, turn, attempt)).await?;
    Ok(Begun::Open(open))
}

async fn end(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    asked: Asked,
    (how, paid): (&End, Option<&(CallKey, Outcome)>),
    now: Millis,
) -> Result<Ended, Fault> {
    let Asked { dialog, turn, attempt } = asked;
    let mut rows = Vec::new();
    if !conn.query(LOCK, &[&user.0]).await?.is_empty() {
        rows = conn.query(DIALOG, &[&dialog, &user.0]).await?;
    }
    // What was bought was bought, whoever is gone since.
    if let Some((call, outcome)) = paid {
        books::settle(conn, call, *outcome).await?;
    }
    let Some(row) = rows.first() else { return Ok(Ended::No) };
    let revoked = matches!(how, End::Replied { adult: true, .. }) && !row.try_get::<_, bool>("adult")?;
    let how = if revoked { &End::Refused } else { how };
    let ring = user_key::get(conn, keys, &[user.0]).await?;
    let key = user_key::of(&ring, user)?;
    let (state, reply) = match how {
        End::Replied { words, .. } => {
            ("replied", Some(words::seal(key, Part::Reply, (dialog, turn), words)?))
        }
        End::Refused => ("refused", None),
        End::Helped => ("helped", None),
        End::Failed => ("failed", None),
    };
    // A reply that was bought and refused says nothing against the words, nor against the answers
    // that they had before.
    let in_vain = state == "failed" || (reply.is_none() && paid.is_some() && !revoked);
    let adult = matches!(how, End::Replied { adult: true, .. });
    let rows = conn.query(END, &[&dialog, &turn, &state, &reply, &in_vain, &attempt, &adult]).await?;
    let Some(row) = rows.first() else { return Ok(Ended::No) };
    match how {
        End::Replied { adult, notice, words: reply } => {
            let said = words::open(key, Part::Asked, (dialog, turn), row.try_get("asked")?)?;
            recall::index(conn, key, (dialog, turn), [&said, reply]).await?;
            if *notice {
                conn.execute(NOTICED, &[&dialog, &now.0]).await?;
            }
            // A list of dialogs shows titles in every mode.
            if *adult {
                titles::replace(conn, key, dialog, (&said, None)).await?;
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
    if let Some(row) = conn.query(NEXT, &[&dialog]).await?.first() {
        add_job(conn, keys, user, dialog, row.try_get(0)?).await?;
    }
    Ok(if revoked { Ended::Revoked } else { Ended::Yes })
}

impl PgStore {
    /// Keeps what somebody says, with the job that has it answered. Whether there may be a new job.
    pub(crate) fn say_in_dialog(
        &self,
        (user, dialog): (UserId, DialogId),
        (message, said): (MessageId, String),
        rates: Rates,
    ) -> PortFuture<'_, Result<Heard, StoreError>> {
        self.run(move |inner| async move {
            inner
                .transaction(async |conn| {
                    let said = (message.0, said.as_str());
                    say(conn, &inner.keys, (user, dialog.0), said, rates, wall_clock()).await
                })
                .await
        })
    }

    /// Begins an attempt at a reply. Calls of an attempt before, which nobody settled, count as
    /// spent.
    pub(crate) fn begin_reply(
        &self,
        user: UserId,
        asked: Asked,
    ) -> PortFuture<'_, Result<Begun, StoreError>> {
        self.run(move |inner| async move {
            inner.transaction(async |conn| begin(conn, &inner.keys, user, asked, wall_clock()).await).await
        })
    }

    /// Ends a turn, settles the call that was made for it, and gives the next turn its job.
    pub(crate) fn end_turn(
        &self,
        user: UserId,
        asked: Asked,
        how: End,
        paid: Option<(CallKey, Outcome)>,
    ) -> PortFuture<'_, Result<Ended, StoreError>> {
        self.run(move |inner| async move {
            inner
                .transaction(async |conn| {
                    let done = (&how, paid.as_ref());
                    end(conn, &inner.keys, user, asked, done, wall_clock()).await
                })
                .await
        })
    }

    /// A turn's job came to nothing: it failed, unless it ended otherwise or has another job since.
    /// The next turn gets its job.
    pub(crate) fn give_up_turn(
        &self,
        user: UserId,
        dialog: DialogId,
        (turn, attempt): (u32, u32),
    ) -> PortFuture<'_, Result<Ended, StoreError>> {
        let (turn, attempt) =
            (i32::try_from(turn).unwrap_or_default(), i16::try_from(attempt).unwrap_or_default());
        self.end_turn(user, Asked { dialog: dialog.0, turn, attempt }, End::Failed, None)
    }
}
