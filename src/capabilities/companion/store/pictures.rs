//! Pictures: one row for each request, one job for the row; what was made is kept, sealed, until it
//! was told, and never made again.

use super::super::own::Own;
use super::books::{self, CallKey};
use super::dialogs::LOCK;
use super::facts::LOCK_ALONE;
use super::own;
use super::turn::Said;
use super::words::{self, Part};
use crate::store::PgStore;
use crate::store::aggregates::{jobs, user_key};
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault, wall_clock};
use nameless_actors::ports::{NewJob, PortFuture, StoreError};
use nameless_domain::capabilities::companion::{Event, Held};
use nameless_domain::companion::money::Outcome;
use nameless_domain::ids::{DialogId, Seq, UserId};
use nameless_domain::time::Millis;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The lane of pictures.
pub(crate) const PICTURE: &str = "companion_picture";
/// A picture that has not come by then is given up.
const WITHIN: Duration = Duration::from_secs(3_600);
/// Answered turns of which a scene is made.
const TURNS: i64 = 4;
const DAY_MS: i64 = 86_400_000;

/// What a job of [`PICTURE`] is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Wanted {
    pub picture: i64,
    /// How often it was asked for again: each time is a job of its own.
    pub show: i16,
}

impl Wanted {
    /// The key of its job.
    pub(crate) fn key(self) -> String {
        format!("companion:picture:{}:{}", self.picture, self.show)
    }

    /// The name of its calls in the books: those of turns are positive.
    pub(crate) fn call(self, number: i16) -> CallKey {
        (-self.picture, 0, 0, number)
    }
}

const THERE: &str = "SELECT 1 FROM companion_dialogs WHERE dialog_id = $1 AND user_id = $2";

const KNOWN: &str = "SELECT picture_id, state FROM companion_pictures WHERE user_id = $1 AND asked = $2";

const LATELY: &str = "\
    SELECT count(*) FILTER (WHERE state = 'open') AS open, count(*) AS lately FROM companion_pictures
    WHERE user_id = $1 AND at > $2";

const INSERT: &str = "\
    INSERT INTO companion_pictures (user_id, dialog_id, asked, at, state) VALUES ($1, $2, $3, $4, 'open')
    RETURNING picture_id";

const BEGIN: &str = "\
    SELECT p.state, d.dialog_id, d.persona, d.adult IS NOT NULL AND EXISTS (
        SELECT FROM accounts WHERE user_id = $2 AND adult_at IS NOT NULL) AS adult
    FROM companion_pictures p JOIN companion_dialogs d USING (dialog_id)
    WHERE p.picture_id = $1 AND p.user_id = $2 FOR UPDATE OF p";

const SAID: &str = "\
    SELECT turn, asked, reply, adult FROM companion_turns WHERE dialog_id = $1 AND reply IS NOT NULL
    ORDER BY turn DESC LIMIT $2";

/// What only adult mode shows is kept only while that is on.
const KEEP: &str = "\
    UPDATE companion_pictures p SET state = 'made', sealed = $3, adult = $4, veiled = $5
    WHERE picture_id = $1 AND user_id = $2 AND state = 'open' AND (NOT $4 OR EXISTS (
        SELECT FROM companion_dialogs d WHERE d.dialog_id = p.dialog_id AND d.adult IS NOT NULL))";

const END: &str = "\
    UPDATE companion_pictures SET state = $3, sealed = NULL
    WHERE picture_id = $1 AND user_id = $2 AND state IN ('open', 'made')";

/// What is made stays, and is told.
const GAVE_UP: &str = "\
    UPDATE companion_pictures SET state = 'failed' WHERE picture_id = $1 AND user_id = $2 AND state = 'open'";

const STOP: &str = "\
    UPDATE companion_pictures SET state = 'cancelled' WHERE picture_id = $1 AND user_id = $2 AND state = 'open'";

/// What was drawn in dialogs that are forgotten goes with them. That it was asked for counts among
/// the pictures of a day until that is over.
const FORGET: [&str; 2] = [
    "DELETE FROM companion_pictures WHERE user_id = $1 AND dialog_id = ANY($2) AND at <= $3",
    "UPDATE companion_pictures SET dialog_id = 0, sealed = NULL, file = NULL,
        state = CASE WHEN state IN ('open', 'made') THEN 'cancelled' ELSE state END
    WHERE user_id = $1 AND dialog_id = ANY($2) AND at > $3",
];

/// What a picture's job begins with.
#[derive(Clone, Debug)]
pub(crate) enum Drawn {
    /// There is no such picture (any more), or it is done with.
    Nothing,
    /// It was made: it is told, never made again.
    Made,
    /// It is to be made.
    Open(Sketch),
}

/// What a picture is made of.
#[derive(Clone, Debug)]
pub(crate) struct Sketch {
    pub persona: String,
    /// Where it is one of the person's own.
    pub own: Option<Own>,
    /// What both said last, the oldest first.
    pub history: Vec<Said>,
    /// Adult mode is on.
    pub adult: bool,
    /// Calls made for it before.
    pub calls: i16,
    /// The maker of one that may have been made, by an attempt that ended with its process.
    pub went: Option<String>,
}

/// What is kept of a picture.
pub(crate) struct Keep {
    pub bytes: Vec<u8>,
    pub adult: bool,
    pub veiled: bool,
}

pub(super) async fn add_job(conn: &mut Conn, keys: &Keys, user: UserId, wanted: Wanted) -> Result<(), Fault> {
    let payload = serde_json::to_vec(&wanted).map_err(|_| Fault::Corrupt("a job without words".into()))?;
    let job = NewJob { within: WITHIN, ..NewJob::new(PICTURE, wanted.key(), payload).of(user) };
    jobs::add(conn, keys, &[job]).await.map(drop)
}

async fn ask(
    conn: &mut Conn,
    keys: &Keys,
    (user, dialog): (UserId, i64),
    asked: i64,
    most: i64,
    now: Millis,
) -> Result<(Event, bool), Fault> {
    // The bounds are counted under this lock.
    if conn.query(LOCK_ALONE, &[&user.0]).await?.is_empty()
        || conn.query(THERE, &[&dialog, &user.0]).await?.is_empty()
    {
        return Ok((Event::Gone, false));
    }
    if let Some(row) = conn.query(KNOWN, &[&user.0, &asked]).await?.first() {
        let is_open = row.try_get::<_, &str>("state")? == "open";
        let drawing = Event::Drawing { picture: row.try_get("picture_id")? };
        return Ok((if is_open { drawing } else { Event::Nothing }, true));
    }
    let rows = conn.query(LATELY, &[&user.0, &now.plus(-DAY_MS).0]).await?;
    let row = rows.first().ok_or_else(|| Fault::Corrupt("a count without a row".into()))?;
    if row.try_get::<_, i64>("open")? > 0 {
        return Ok((Event::Held(Held::Drawing), false));
    }
    if row.try_get::<_, i64>("lately")? >= most {
        return Ok((Event::Held(Held::Pictures), false));
    }
    let rows = conn.query(INSERT, &[&user.0, &dialog, &asked, &now.0]).await?;
    let row = rows.first().ok_or_else(|| Fault::Corrupt("a picture that is not there".into()))?;
    let picture: i64 = row.try_get(0)?;
    user_key::ensure(conn, keys, vec![user.0]).await?;
    add_job(conn, keys, user, Wanted { picture, show: 0 }).await?;
    Ok((Event::Drawing { picture }, true))
}

/// Forgets what was drawn in these dialogs.
pub(super) async fn forget(conn: &mut Conn, user: UserId, dialogs: &[i64]) -> Result<(), Fault> {
    let since = wall_clock().plus(-DAY_MS).0;
    for sql in FORGET {
        conn.execute(sql, &[&user.0, &dialogs, &since]).await?;
    }
    Ok(())
}

async fn begin(conn: &mut Conn, keys: &Keys, user: UserId, wanted: Wanted) -> Result<Drawn, Fault> {
    let rows = conn.query(BEGIN, &[&wanted.picture, &user.0]).await?;
    let Some(row) = rows.first() else { return Ok(Drawn::Nothing) };
    match row.try_get("state")? {
        "open" => {}
        "made" => return Ok(Drawn::Made),
        _ => return Ok(Drawn::Nothing),
    }
    let ring = user_key::get(conn, keys, &[user.0]).await?;
    let Some(key) = ring.get(&user) else { return Ok(Drawn::Nothing) };
    let dialog: i64 = row.try_get("dialog_id")?;
    let persona: String = row.try_get("persona")?;
    let mut sketch = Sketch {
        own: own::find(conn, keys, user, &persona).await?,
        persona,
        history: Vec::new(),
        adult: row.try_get("adult")?,
        calls: 0,
        went: None,
    };
    for row in conn.query(SAID, &[&dialog, &TURNS]).await?.iter().rev() {
        let of: i32 = row.try_get("turn")?;
        sketch.history.push(Said {
            asked: words::open(key, Part::Asked, (dialog, of), row.try_get("asked")?)?,
            reply: words::open(key, Part::Reply, (dialog, of), row.try_get("reply")?)?,
            adult: row.try_get("adult")?,
        });
    }
    let (id, turn, attempt, _) = wanted.call(0);
    sketch.went = books::went(conn, (id, turn, attempt)).await?;
    sketch.calls = books::give_up(conn, (id, turn, attempt)).await?;
    Ok(Drawn::Open(sketch))
}

impl PgStore {
    /// Keeps that somebody wants a picture, with the job that makes it. Whether there may be a new
    /// job. `most`: pictures within a day.
    pub(crate) fn ask_picture(
        &self,
        (user, dialog): (UserId, DialogId),
        seq: Seq,
        most: usize,
    ) -> PortFuture<'_, Result<(Event, bool), StoreError>> {
        self.run(move |inner| async move {
            let seq = i64::try_from(seq.0).map_err(|_| Fault::Corrupt("a position beyond all".into()))?;
            let most = i64::try_from(most).unwrap_or(i64::MAX);
            inner
                .transaction(async |conn| {
                    ask(conn, &inner.keys, (user, dialog.0), seq, most, wall_clock()).await
                })
                .await
        })
    }

    /// Begins an attempt at a picture. Calls that nobody settled count as spent.
    pub(crate) fn begin_picture(
        &self,
        user: UserId,
        wanted: Wanted,
    ) -> PortFuture<'_, Result<Drawn, StoreError>> {
        self.run(move |inner| async move {
            inner.transaction(async |conn| begin(conn, &inner.keys, user, wanted).await).await
        })
    }

    /// Keeps a picture and settles its call, with one commit. False: nobody wants it any more.
    pub(crate) fn keep_picture(
        &self,
        user: UserId,
        wanted: Wanted,
        keep: std::sync::Arc<Keep>,
        (call, outcome): (CallKey, Outcome),
    ) -> PortFuture<'_, Result<bool, StoreError>> {
        self.run(move |inner| async move {
            inner
                .transaction(async |conn| {
                    let is_there = !conn.query(LOCK, &[&user.0]).await?.is_empty();
                    // What was bought was bought, whoever is gone since.
                    books::settle(conn, &call, outcome).await?;
                    if !is_there {
                        return Ok(false);
                    }
                    let ring = user_key::get(conn, &inner.keys, &[user.0]).await?;
                    let key = user_key::of(&ring, user)?;
                    let sealed = words::seal_bytes(key, Part::Picture, (wanted.picture, 0), &keep.bytes)?;
                    let id = wanted.picture;
                    let kept =
                        conn.execute(KEEP, &[&id, &user.0, &sealed, &keep.adult, &keep.veiled]).await?;
                    Ok(kept > 0)
                })
                .await
        })
    }

    /// Ends a picture in vain (`refused`, `failed`) and settles its call. False: it had ended.
    pub(crate) fn end_picture(
        &self,
        user: UserId,
        wanted: Wanted,
        state: &'static str,
        paid: Option<(CallKey, Outcome)>,
    ) -> PortFuture<'_, Result<bool, StoreError>> {
        self.run(move |inner| async move {
            inner
                .transaction(async |conn| {
                    conn.query(LOCK, &[&user.0]).await?;
                    if let Some((call, outcome)) = paid {
                        books::settle(conn, &call, outcome).await?;
                    }
                    let (id, turn, attempt, _) = wanted.call(0);
                    books::give_up(conn, (id, turn, attempt)).await?;
                    Ok(conn.execute(END, &[&wanted.picture, &user.0, &state]).await? > 0)
                })
                .await
        })
    }

    /// A picture's job came to nothing: it failed, unless it is made. False: it is not open.
    pub(crate) fn give_up_picture(
        &self,
        user: UserId,
        wanted: Wanted,
    ) -> PortFuture<'_, Result<bool, StoreError>> {
        self.run(move |inner| async move {
            inner
                .transaction(async |conn| {
                    conn.query(LOCK, &[&user.0]).await?;
                    let (id, turn, attempt, _) = wanted.call(0);
                    books::give_up(conn, (id, turn, attempt)).await?;
                    Ok(conn.execute(GAVE_UP, &[&wanted.picture, &user.0]).await? > 0)
                })
                .await
        })
    }

    /// Stops a picture that is not made yet; a call that is under way counts as spent.
    pub(crate) fn stop_picture(
        &self,
        user: UserId,
        picture: i64,
    ) -> PortFuture<'_, Result<bool, StoreError>> {
        self.run(move |inner| async move {
            inner
                .transaction(async |conn| {
                    conn.query(LOCK, &[&user.0]).await?;
                    if conn.execute(STOP, &[&picture, &user.0]).await? == 0 {
                        return Ok(false);
                    }
                    let (id, turn, attempt, _) = Wanted { picture, show: 0 }.call(0);
                    books::give_up(conn, (id, turn, attempt)).await?;
                    Ok(true)
                })
                .await
        })
    }
}
