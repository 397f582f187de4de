//! The beginning of an attempt at a reply: what a model has to know is read, and the call that
//! comes of it is reserved, by one transaction. So between the job and its request there is one
//! wait for the disk, and no row that other turns want is held for it. A turn that begins with the
//! commit that keeps it does the same in its own way (`turns`).

use super::books::{self, Planned, Reserve};
use super::facts;
use super::own;
use super::recall;
use super::turn::{Begun, Open, Said};
use super::turns::{self, Asked, DIALOG};
use super::words::{self, Part};
use crate::store::PgStore;
use crate::store::aggregates::user_key;
use crate::store::keys::{Keys, SealingKey};
use crate::store::pg::{Conn, Fault, wall_clock};
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::companion::Event;
use nameless_domain::companion::constants::{HISTORY_TURNS, NEAR, NOTICE_MS, RECALL_WITHIN};
use nameless_domain::ids::UserId;
use nameless_domain::time::Millis;
use tokio_postgres::Row;

/// The turn, and what its job has made of calls.
const BEGIN: &str = "\
    UPDATE companion_turns SET begun = true
    WHERE dialog_id = $1 AND turn = $2 AND user_id = $3 AND tries = $4
    RETURNING state, asked, reply, adult, cardinality(variants)::smallint AS variants, chosen,
        (SELECT coalesce(max(c.number), 0)::smallint FROM companion_calls c
            WHERE c.dialog_id = $1 AND c.turn = $2 AND c.try = $4) AS calls,
        (SELECT coalesce(max(c.number), 0)::smallint FROM companion_calls c
            WHERE c.dialog_id = $1 AND c.turn = $2 AND c.try < 0 AND abs(c.try) = $4) AS recalls,
        EXISTS (SELECT FROM companion_calls c
            WHERE c.dialog_id = $1 AND c.turn = $2 AND abs(c.try) = $4 AND c.spent IS NULL) AS unsettled,
        -- Only where somebody makes vectors: it may read many of the dialog's turns.
        CASE WHEN $6::text IS NULL THEN false ELSE EXISTS (SELECT FROM companion_turns v
            WHERE v.dialog_id = $1 AND v.turn < $5 AND v.turn > $5 - $7::integer
                AND v.vector_of = $6 AND v.vector IS NOT NULL) END AS meant";

/// What was said before, and what its owner wants remembered: the number is a fact's message.
pub(super) const PAST: &str = "\
    (SELECT NULL::bigint AS fact_id, turn AS number, asked AS words, reply, adult FROM companion_turns
        WHERE dialog_id = $1 AND turn < $2 AND reply IS NOT NULL ORDER BY turn DESC LIMIT $3)
    UNION ALL
    (SELECT fact_id, message, sealed, NULL, false FROM companion_facts WHERE user_id = $4)";

/// An attempt: whose, and at which turn.
#[derive(Clone)]
pub(super) struct Of {
    pub user: UserId,
    pub asked: Asked,
    pub back_ends: Known,
}

/// What a store has to know of the back ends.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    /// The operator allows adult mode.
    pub adult: bool,
    /// Which vectors can be compared; none where nobody makes any.
    pub space: Option<String>,
}

/// A person by the names that stand in the books: as who spends, and as who pays.
pub(super) fn people(keys: &Keys, user: UserId) -> (Vec<u8>, Vec<u8>) {
    (keys.spender_hash(user), keys.payer_hash(user))
}

/// What a dialog's row says of a turn in it: nothing was said before, nor is now.
pub(super) fn of_dialog(row: &Row, back_ends: &Known, now: Millis) -> Result<Open, Fault> {
    let noticed: i64 = row.try_get("noticed")?;
    Ok(Open {
        persona: row.try_get("persona")?,
        own: None,
        lang: row.try_get("lang")?,
        asked: String::new(),
        facts: Vec::new(),
        history: Vec::new(),
        numbers: Vec::new(),
        recalled: Vec::new(),
        by_words: Vec::new(),
        meant: false,
        summary: String::new(),
        summed: row.try_get("summed")?,
        adult: back_ends.adult && row.try_get::<_, bool>("adult")?,
        first: 0,
        notice: now.since(Millis(noticed)) >= NOTICE_MS,
        of: (1, 1),
        calls: 0,
        recalls: 0,
    })
}

async fn begin(conn: &mut Conn, keys: &Keys, of: &Of, now: Millis) -> Result<Begun<()>, Fault> {
    let Of { user, asked: Asked { dialog, turn, attempt }, ref back_ends } = *of;
    let before = turn - NEAR;
    let [dialogs, turns, said] = conn
        .query_all([
            (DIALOG, &[&dialog, &user.0]),
            (BEGIN, &[&dialog, &turn, &user.0, &attempt, &before, &back_ends.space, &RECALL_WITHIN]),
            (PAST, &[&dialog, &turn, &HISTORY_TURNS, &user.0]),
        ])
        .await?;
    let (Some(dialog_row), Some(row)) = (dialogs.first(), turns.first()) else {
        return Ok(Begun::Nothing);
    };
    let Some(wrapped) = dialog_row.try_get::<_, Option<&[u8]>>("wrapped")? else {
        return Ok(Begun::Nothing);
    };
    let key = &user_key::unwrapped(keys, user, wrapped)?;
    let mut open = of_dialog(dialog_row, back_ends, now)?;
    open.own = own::find(conn, keys, user, &open.persona).await?;
    open.asked = words::open(key, Part::Asked, (dialog, turn), row.try_get("asked")?)?;
    (open.calls, open.recalls) = (row.try_get("calls")?, row.try_get("recalls")?);
    open.meant = row.try_get("meant")?;
    let (variants, chosen): (i16, i16) = (row.try_get("variants")?, row.try_get("chosen")?);
    match row.try_get("state")? {
        // The reply that is to come is the last of them.
        "open" => open.of = (variants + 1, variants + 1),
        "replied" => {
            open.of = turns::of(variants, chosen);
            let reply: &[u8] = row.try_get("reply")?;
            let words = words::open(key, Part::Reply, (dialog, turn), reply)?;
            return Ok(Begun::Replied(open, words, row.try_get("adult")?));
        }
        "failed" => return Ok(Begun::InVain),
        // Only this job has ended it, and it goes on: so that was not told.
        "helped" => return Ok(Begun::Ended(Event::Help)),
        "refused" => return Ok(Begun::Ended(Event::Refused)),
        _ => return Ok(Begun::Nothing),
    }
    past(key, dialog, (dialog_row, &said), &mut open)?;
    recalled(conn, key, (dialog, turn), &mut open).await?;
    if row.try_get("unsettled")? {
        books::give_up(conn, (dialog, turn, -attempt)).await?;
        open.calls = books::give_up(conn, (dialog, turn, attempt)).await?;
    }
    Ok(Begun::Open(open, ()))
}

/// Fills in what was said before, the oldest first, what it is summed up in, and what is to be
/// remembered: out of the dialog's row, and of what [`PAST`] gave.
pub(super) fn past(
    key: &SealingKey,
    dialog: i64,
    (row, said): (&Row, &[Row]),
    open: &mut Open,
) -> Result<(), Fault> {
    let (mut turns, mut facts) = (Vec::new(), Vec::new());
    for row in said {
        let (number, sealed): (i32, &[u8]) = (row.try_get("number")?, row.try_get("words")?);
        if let Some(fact) = row.try_get::<_, Option<i64>>("fact_id")? {
            facts.push((fact, facts::unsealed(key, number, sealed)?));
            continue;
        }
        let asked = words::open(key, Part::Asked, (dialog, number), sealed)?;
        let reply = words::open(key, Part::Reply, (dialog, number), row.try_get("reply")?)?;
        turns.push((number, Said { asked, reply, adult: row.try_get("adult")? }));
    }
    turns.sort_by_key(|(number, _)| *number);
    facts.sort_by_key(|(fact, _)| *fact);
    open.first = turns.first().map_or(0, |(number, _)| usize::try_from(number - 1).unwrap_or_default());
    (open.numbers, open.history) = turns.into_iter().unzip();
    open.facts = facts.into_iter().map(|(_, words)| words).collect();
    if let Some(sealed) = row.try_get::<_, Option<&[u8]>>("summary")? {
        open.summary = words::open(key, Part::Summary, (dialog, 0), sealed)?;
    }
    Ok(())
}

/// Fills in older turns that share words with what is said.
pub(super) async fn recalled(
    conn: &mut Conn,
    key: &SealingKey,
    at: (i64, i32),
    open: &mut Open,
) -> Result<(), Fault> {
    open.recalled = recall::find(conn, key, at, (&open.asked, open.adult)).await?;
    open.by_words = open.recalled.iter().map(|(of, _)| *of).collect();
    open.recalled.sort_by_key(|(of, _)| *of);
    Ok(())
}

/// Begins an attempt; if the turn waits for its reply, with a plan, and the reserve that it wants.
async fn planned<T>(
    conn: &mut Conn,
    keys: &Keys,
    of: Of,
    plan: impl FnOnce(&Open) -> (T, Option<Reserve>),
) -> Result<Begun<Planned<T>>, Fault> {
    let now = wall_clock();
    let open = match begin(conn, keys, &of, now).await? {
        Begun::Open(open, ()) => open,
        Begun::Nothing => return Ok(Begun::Nothing),
        Begun::Replied(open, words, adult) => return Ok(Begun::Replied(open, words, adult)),
        Begun::InVain => return Ok(Begun::InVain),
        Begun::Ended(event) => return Ok(Begun::Ended(event)),
    };
    let (plan, reserve) = plan(&open);
    let reserved = match reserve {
        Some(reserve) => Some(books::reserve(conn, people(keys, of.user), &reserve, now).await?),
        None => None,
    };
    Ok(Begun::Open(open, (plan, reserved)))
}

impl PgStore {
    /// Begins an attempt at a reply. Calls of an attempt before, which nobody settled, count as
    /// spent. If the turn waits for its reply, `plan` says what is to be done, and for which call a
    /// reserve is made with the same commit, if for any.
    pub(crate) fn begin_reply<T: Send + 'static>(
        &self,
        user: UserId,
        asked: Asked,
        back_ends: Known,
        plan: impl FnOnce(&Open) -> (T, Option<Reserve>) + Send + 'static,
    ) -> PortFuture<'_, Result<Begun<Planned<T>>, StoreError>> {
        self.run(move |inner| async move {
            let (of, keys) = (Of { user, asked, back_ends }, &inner.keys);
            inner.flushed(async move |conn| planned(conn, keys, of, plan).await).await
        })
    }
}
