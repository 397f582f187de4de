//! What somebody says in a dialog becomes a turn with its job. Where there is a place for its reply
//! it begins with the same commit: what a model has to know is read before, and the first call's
//! worst case reserved with it, so that one wait for the disk stands between the words and the
//! request.
//!
//! What waits between the two counts: this is written so that few round trips do, three at most.

use super::at_once::{self, AtOnce, RESERVE, SUMS};
use super::begin::{self, Known};
use super::books::{self, Passed, Planned, Reserve, Reserved};
use super::dialogs::LOCK;
use super::own;
use super::titles;
use super::turn::{Heard, Open};
use super::turns::{Asked, DIALOG, PACED, held, job};
use super::words::{self, Part};
use crate::capabilities::points;
use crate::store::PgStore;
use crate::store::aggregates::jobs::{self, HELD, HeldJob};
use crate::store::aggregates::user_key;
use crate::store::keys::{Keys, SealingKey};
use crate::store::pg::{Conn, Fault, Inner, Params, Turns, wall_clock};
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::companion::{Event, Held, MAKING};
use nameless_domain::companion::constants::{ALERTS, HISTORY_TURNS, NEAR, RECALL_WITHIN, TURN_CHARS};
use nameless_domain::companion::pace::Rates;
use nameless_domain::ids::{DialogId, MessageId, UserId};
use std::time::Duration;
use tokio_postgres::Row;

/// Which marks of these caps were told to operators, in the caps' order: `$day`, `$caps`.
macro_rules! told {
    ($day:literal, $caps:literal) => {
        concat!(
            "ARRAY(SELECT coalesce(s.told, 0::smallint)
                FROM unnest(",
            $caps,
            "::text[]) WITH ORDINALITY AS w (cap, n) LEFT JOIN companion_sums s
                    ON s.day = ",
            $day,
            "::integer AND s.cap = w.cap AND s.person = ''
                ORDER BY w.n) AS told"
        )
    };
}

/// What is known of a dialog before something is said in it: whether it was said before, how its
/// owner may go on, whether some of its turns may be found by what was meant (only where somebody
/// makes vectors: it may read many), whether its owner has a sum of today, what operators were told
/// of the caps, and its open turns. It leaves with what locks the dialog, and so counts from the
/// dialog's own number of turns.
const BEFORE: &str = concat!(
    "SELECT EXISTS (SELECT FROM companion_turns
            WHERE dialog_id = $1 AND turn > d.turns - 50 AND messages @> ARRAY[$2::integer]) AS known,
        (SELECT asks FROM companion_people WHERE user_id = $3) AS asks,
        (SELECT count(*) FROM companion_turns WHERE user_id = $3 AND state = 'open') AS waits,
        CASE WHEN $4::text IS NULL THEN false ELSE EXISTS (SELECT FROM companion_turns v
            WHERE v.dialog_id = $1 AND v.turn < d.turns + 1 - $5::integer
                AND v.turn > d.turns + 1 - $5::integer - $6::integer
                AND v.vector_of = $4 AND v.vector IS NOT NULL) END AS meant,
        EXISTS (SELECT FROM companion_sums WHERE day = $7::integer AND cap = 'person' AND person = $8::bytea) AS paid,
        ",
    told!("$7", "$9"),
    ", o.turn, o.begun, o.asked
    FROM companion_dialogs d LEFT JOIN companion_turns o ON o.dialog_id = d.dialog_id AND o.state = 'open'
    WHERE d.dialog_id = $1 ORDER BY o.turn"
);

const TOLD: &str = concat!("SELECT ", told!("$1", "$2"));

const JOIN: &str = "\
    UPDATE companion_turns SET asked = $3, messages = messages || $4::integer WHERE dialog_id = $1 AND turn = $2";

/// A turn, with what it changes of its dialog and of its owner's pace.
const INSERT: &str = "\
    WITH paced AS (
        INSERT INTO companion_people (user_id, asks, at) VALUES ($3, $8, $5)
        ON CONFLICT (user_id) DO UPDATE SET asks = excluded.asks, at = excluded.at),
    used AS (
        UPDATE companion_dialogs SET turns = $2, used = $5, title = coalesce(title, $9) WHERE dialog_id = $1)
    INSERT INTO companion_turns (dialog_id, turn, user_id, messages, at, asked, state, tries, begun)
    VALUES ($1, $2, $3, ARRAY[$4::integer], $5, $6, 'open', $7, $10)";

/// How somebody says something: how fast people may, and whether there is a place for the reply:
/// the name under which its job is held then, and for how long.
#[derive(Clone, Debug)]
pub(crate) struct Saying {
    pub rates: Rates,
    pub held: Option<(i64, Duration)>,
    pub back_ends: Known,
    /// The caps of all that a reply may be reserved under, where it may begin.
    pub caps: Vec<String>,
}

/// What was kept of a turn's job though nobody heard of its COMMIT, and whether the call that was
/// reserved with it is still to be made; null where none was.
const KEPT: &str = "\
    SELECT j.job_id, (SELECT c.spent IS NULL FROM companion_calls c
            WHERE c.dialog_id = $3 AND c.turn = $4 AND c.try = $5 AND c.number = $6) AS reserved
    FROM jobs j WHERE j.key = $1 AND j.holder = $2 AND j.attempt = 1 AND j.state = 'processing'";

/// How often it is looked for: with one connection others may have broken, which is found out when
/// they are used.
const LOOKS: usize = 5;

/// What is to be done about a turn that begins, with the reserve that it wants, and what became of
/// that where the caps hold it at once.
type Begins<T> = (T, Option<Reserve>, Option<Reserved>);

/// A turn that begins with the commit that leaves now.
struct Leaving<T> {
    asked: Asked,
    open: Open,
    plan: T,
    reserve: Option<Reserve>,
    job: HeldJob,
    /// Its day, the caps of all, and their marks that were told before.
    caps: (i32, Vec<String>, Vec<i16>),
}

impl<T> Leaving<T> {
    /// It has begun, as its job was kept; none if it was not.
    fn begun(self, job: &[Row], reserved: Option<Reserved>) -> Result<Option<Heard<Begins<T>>>, Fault> {
        let Leaving { asked, open, plan, reserve, job: held, .. } = self;
        let claimed = held.claimed(job)?;
        Ok(claimed.map(|job| Heard::Begins(asked, job, Box::new((open, (plan, reserve, reserved))))))
    }

    /// What its caps have passed, by the marks that are told now: whoever has raised one since it
    /// was read has told of it, and of what this raised nobody has heard.
    fn passed(&self, now: &[i16]) -> Vec<Passed> {
        let (_, caps, before) = &self.caps;
        let own = self.reserve.as_ref().map(|of| format!("back_end:{}", of.back_end.0));
        let marks = caps.iter().zip(before.iter().zip(now));
        marks
            .filter(|(cap, (before, now))| {
                now > before && (*cap == "all" || own.as_deref() == Some(cap.as_str()))
            })
            .filter_map(|(cap, (_, now))| {
                let percent = *ALERTS.get(usize::try_from(*now).ok()?.checked_sub(1)?)?;
                Some(Passed { cap: cap.clone(), percent })
            })
            .collect()
    }
}

/// Three waits at most: for what is known, for older turns that share words where there may be any,
/// and for the disk, with everything that is written. The sums that all turns want are locked last,
/// and are free again before the disk has answered.
async fn say<T>(
    conn: &mut Conn,
    (keys, sums): (&Keys, &Turns),
    (user, id): (UserId, i64),
    (message, said): (i32, &str),
    saying: Saying,
    plan: impl FnOnce(&Open, Asked) -> (T, Option<Reserve>),
    leaves: &mut Option<Leaving<T>>,
) -> Result<Heard<Begins<T>>, Fault> {
    let now = wall_clock();
    let (today, person) = (books::day(now), keys.spender_hash(user));
    let space = &saying.back_ends.space;
    // What a model is to know is read only where one is asked at once.
    let (last, most) = (i32::MAX, if saying.held.is_some() { HISTORY_TURNS } else { 0 });
    let [account, dialog, before, past] = conn
        .query_all([
            (LOCK, &[&user.0]),
            (DIALOG, &[&id, &user.0]),
            (BEFORE, &[&id, &message, &user.0, space, &NEAR, &RECALL_WITHIN, &today, &person, &saying.caps]),
            (begin::PAST, &[&id, &last, &most, &user.0]),
        ])
        .await?;
    let (Some(_), Some(row)) = (account.first(), dialog.first()) else {
        return Ok(Heard::Told(Event::Gone, false));
    };
    if row.try_get::<_, &str>("persona")? == MAKING {
        return Ok(Heard::Answer);
    }
    if titles::is_one(conn, row, (user, id), (message, said), now).await? {
        return Ok(Heard::Title);
    }
    let (turns, untitled): (i32, bool) = (row.try_get("turns")?, row.try_get("untitled")?);
    let Some(first) = before.first() else { return Ok(Heard::Told(Event::Gone, false)) };
    if first.try_get("known")? {
        return Ok(Heard::Told(Event::Kept, true));
    }
    let key = match row.try_get::<_, Option<&[u8]>>("wrapped")? {
        Some(wrapped) => user_key::unwrapped(keys, user, wrapped)?,
        None => first_key(conn, keys, user).await?,
    };
    let last: Option<i32> = before.last().map(|row| row.try_get("turn")).transpose()?.flatten();
    if let (Some(turn), Some(last)) = (last, before.last())
        && !last.try_get::<_, bool>("begun")?
    {
        let before = words::open(&key, Part::Asked, (id, turn), last.try_get("asked")?)?;
        if before.chars().count() + said.chars().count() < TURN_CHARS {
            let asked = words::seal(&key, Part::Asked, (id, turn), &format!("{before}\n{said}"))?;
            conn.commit_with([(JOIN, &[&id, &turn, &asked, &message])]).await?;
            return Ok(Heard::Told(Event::Kept, false));
        }
    }
    let mut asks = first.try_get::<_, Option<Vec<i64>>>("asks")?.unwrap_or_default();
    if let Some(held) = held(&mut asks, first.try_get("waits")?, saying.rates, now) {
        if held != Held::Waiting {
            conn.execute(PACED, &[&user.0, &asks, &now.0]).await?;
        }
        return Ok(Heard::Told(Event::Held(held), false));
    }
    // Of open turns only the first has a job.
    let (turn, tries) = (turns + 1, i16::from(last.is_none()));
    let sealed = words::seal(&key, Part::Asked, (id, turn), said)?;
    let title = untitled.then(|| words::seal(&key, Part::Title, (id, 0), &titles::of(said))).transpose()?;
    let asked = Asked { dialog: id, turn, attempt: tries };
    let known = match &saying.held {
        Some(place) if last.is_none() => {
            match known(conn, keys, (user, &key, asked), (row, &past, first), (said, &saying.back_ends)).await
            {
                Ok(open) => Some((open, *place)),
                // Something said before does not open: these words are kept, and the job fails
                // visibly.
                Err(Fault::Corrupt(_) | Fault::Crypto(_)) => None,
                Err(fault) => return Err(fault),
            }
        }
        _ => None,
    };
    let begun = known.is_some();
    let turn: Params<'_> = &[&id, &turn, &user.0, &message, &now.0, &sealed, &tries, &asks, &title, &begun];
    if last.is_some() {
        conn.commit_with([(INSERT, turn)]).await?;
        return Ok(Heard::Told(Event::Kept, false));
    }
    let job = job(user, asked)?;
    let Some((open, place)) = known else {
        conn.query(INSERT, turn).await?;
        jobs::add_own(conn, &key, &job).await?;
        return Ok(Heard::Told(Event::Kept, true));
    };
    let (plan, reserve) = plan(&open, asked);
    let job = HeldJob::new(&key, job, place)?;
    let caps = (today, saying.caps, first.try_get("told")?);
    let leaving = leaves.insert(Leaving { asked, open, plan, reserve, job, caps });
    let once = leaving.reserve.as_ref().map(|reserve| AtOnce::new(person, reserve, now));
    let cause = leaving.job.cause();
    let place = leaving.job.params(&cause);
    let (held, reserved) = match &once {
        None => {
            let [_, held] = conn.commit_with([(INSERT, turn), (HELD, &place)]).await?;
            (held, None)
        }
        Some(once) if first.try_get("paid")? => {
            let worst = once.params();
            let all = [(INSERT, turn), (HELD, &place[..]), (RESERVE, &worst[..])];
            let [_, held, reserved] = conn.commit_in_turn(all, sums).await?;
            (held, at_once::answer(&reserved)?)
        }
        // Their first of the day.
        Some(once) => {
            let (caps, worst) = (once.sums(), once.params());
            let all = [(INSERT, turn), (HELD, &place[..]), (SUMS, &caps[..]), (RESERVE, &worst[..])];
            let [_, held, _, reserved] = conn.commit_in_turn(all, sums).await?;
            (held, at_once::answer(&reserved)?)
        }
    };
    let begun = leaves.take().map(|leaving| leaving.begun(&held, reserved)).transpose()?.flatten();
    // Turns are counted up alone: no other had this one's number.
    begun.ok_or_else(|| Fault::Corrupt("a job of a turn that only begins now".into()))
}

/// Whether a turn has begun of whose commit nothing was heard: it goes on at once then. If it has
/// not, or that cannot be found out, these words are said again, and heard once. With what its caps
/// have passed, where no call tells of it.
async fn learnt<T>(
    inner: &Inner,
    (user, id): (UserId, i64),
    leaving: Leaving<T>,
) -> Option<(Heard<Begins<T>>, Vec<Passed>)> {
    let (cause, holder) = (leaving.job.cause().to_owned(), leaving.job.holder());
    // There is no such call where none was to be made.
    let (dialog, turn, attempt, number) = leaving.reserve.as_ref().map(|of| of.call).unwrap_or_default();
    let mut found = None;
    for _ in 0..LOOKS {
        let looked = inner.transaction(async |conn| {
            let kept: Params<'_> = &[&cause, &holder, &dialog, &turn, &attempt, &number];
            let (today, caps, _) = &leaving.caps;
            // The dialog's lock waits for the end of a commit that is under way still.
            conn.query_all([
                (LOCK, &[&user.0]),
                (DIALOG, &[&id, &user.0]),
                (KEPT, kept),
                (TOLD, &[today, caps]),
            ])
            .await
            .map(|[_, _, job, told]| (job, told))
        });
        match looked.await {
            Ok(rows) => {
                found = Some(rows);
                break;
            }
            Err(Fault::Db(_)) => {}
            Err(_) => break,
        }
    }
    let (job, told) = found?;
    let passed = || Some(leaving.passed(&told.first()?.try_get::<_, Vec<i16>>("told").ok()?));
    let reserved = match job.first()?.try_get::<_, Option<bool>>("reserved").ok()? {
        Some(true) => Some(Reserved::Yes(passed()?)),
        // Somebody has the job by now, and has given that call up.
        Some(false) => return Some((Heard::Told(Event::Kept, true), passed()?)),
        None => None,
    };
    tracing::info!("a turn has begun though its commit was not heard of");
    Some((leaving.begun(&job, reserved).ok().flatten()?, Vec::new()))
}

/// What a model has to know of a turn that begins with these words.
async fn known(
    conn: &mut Conn,
    keys: &Keys,
    (user, key, asked): (UserId, &SealingKey, Asked),
    (row, past, before): (&Row, &[Row], &Row),
    (said, back_ends): (&str, &Known),
) -> Result<Open, Fault> {
    let mut open = begin::of_dialog(row, back_ends, wall_clock())?;
    said.clone_into(&mut open.asked);
    open.meant = before.try_get("meant")?;
    open.own = own::find(conn, keys, user, &open.persona).await?;
    begin::past(key, asked.dialog, (row, past), &mut open)?;
    begin::recalled(conn, key, (asked.dialog, asked.turn), &mut open).await?;
    Ok(open)
}

async fn first_key(conn: &mut Conn, keys: &Keys, user: UserId) -> Result<SealingKey, Fault> {
    let mut ring = user_key::ensure(conn, keys, vec![user.0]).await?;
    ring.remove(&user).ok_or_else(|| Fault::Unavailable("a user's key went away meanwhile".into()))
}

/// What became of what somebody said, with what caps have passed of which no call tells.
pub(crate) type Kept<T> = (Heard<Planned<T>>, Vec<Passed>);

impl PgStore {
    /// Keeps what somebody says, with the job that has it answered. Where there is a place for
    /// that, the turn begins with the same commit: `plan` says what is to be done, as in
    /// [`PgStore::begin_reply`]. With what caps have passed of which no call tells.
    pub(crate) fn say_in_dialog<T: Send + 'static>(
        &self,
        (user, dialog): (UserId, DialogId),
        (message, said): (MessageId, String),
        saying: Saying,
        plan: impl FnOnce(&Open, Asked) -> (T, Option<Reserve>) + Send + 'static,
    ) -> PortFuture<'_, Result<Kept<T>, StoreError>> {
        self.run(move |inner| async move {
            let (of, at) = ((&*inner.keys, &inner.sums), (user, dialog.0));
            let words = (message.0, said.as_str());
            let mut leaves = None;
            let slot = &mut leaves;
            let said =
                inner.flushed(async move |conn| say(conn, of, at, words, saying, plan, slot).await).await;
            let (heard, passed) = match (said, leaves) {
                (Err(fault @ Fault::Db(_)), Some(leaving)) => {
                    learnt(&inner, at, leaving).await.ok_or(fault)?
                }
                (said, _) => (said?, Vec::new()),
            };
            let heard = match heard {
                Heard::Told(event, wakes) => Heard::Told(event, wakes),
                Heard::Answer => Heard::Answer,
                Heard::Title => Heard::Title,
                Heard::Begins(asked, job, begun) => {
                    let (open, (plan, reserve, mut reserved)) = *begun;
                    // A cap did not hold it at once. What that means takes longer, and no other
                    // turn is to wait for it; this one is kept meanwhile, and no call of it is
                    // made.
                    if reserved.is_none()
                        && let Some(reserve) = reserve
                    {
                        points::reach("companion before reserve");
                        let (people, now) = (begin::people(of.0, user), wall_clock());
                        let full = inner
                            .flushed(async move |conn| books::reserve(conn, people, &reserve, now).await);
                        reserved = Some(full.await?);
                    }
                    Heard::Begins(asked, job, Box::new((open, (plan, reserved))))
                }
            };
            Ok((heard, passed))
        })
    }
}
