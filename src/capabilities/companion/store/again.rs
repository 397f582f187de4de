//! Second thoughts: another answer to the same words, words that are changed, a turn taken back. Of
//! a dialog only the last turn can be changed: what came before has been answered upon.
//!
//! What came to nothing is asked again for the message of a pack that it has, and not for ever: a
//! call that fails may cost what one that succeeds does, and shows its draft.

use super::books;
use super::dialogs::LOCK;
use super::summaries;
use super::titles;
use super::turns::{DIALOG, OPEN, add_job, hold};
use super::words::{self, Part};
use crate::store::PgStore;
use crate::store::aggregates::user_key;
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault, wall_clock};
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::companion::Event;
use nameless_domain::companion::constants::{CALLS_A_USE, VARIANTS};
use nameless_domain::companion::pace::Rates;
use nameless_domain::ids::{DialogId, MessageId, UserId};
use nameless_domain::time::Millis;

/// What is done with a dialog's last turn.
#[derive(Clone, Debug)]
pub(crate) enum Second {
    /// Another answer to the words of this turn, instead of the one that has this number.
    Another(u32, u32),
    /// The words were changed: the message that held them, and what it says now.
    Changed(MessageId, String),
    /// It never happened.
    Undone(u32),
}

/// What came of it.
pub(crate) enum Came {
    /// This is to be told; with whether there is a new job.
    Told(Event, bool),
    /// It is not the last turn, or one that is under way.
    TooLate,
}

const LAST: &str = "\
    SELECT turn, tries, state, messages, asked, reply, variants FROM companion_turns WHERE dialog_id = $1
    ORDER BY turn DESC LIMIT 1";

const REOPEN: &str = "\
    UPDATE companion_turns SET state = 'open', variants = $3, reply = NULL, vector = NULL, vector_of = NULL
    WHERE dialog_id = $1 AND turn = $2";

const CHANGE: &str = "\
    UPDATE companion_turns SET state = 'open', variants = '{}', chosen = 0, reply = NULL, asked = $3, adult = false,
        stems = '{}', vector = NULL, vector_of = NULL
    WHERE dialog_id = $1 AND turn = $2";

const ASK_AGAIN: &str = "\
    UPDATE companion_turns t SET state = 'open'
    WHERE dialog_id = $1 AND turn = $2 AND user_id = $3 AND state = 'failed'
        -- What has an answer is changed only while it is the last.
        AND (variants = '{}' OR NOT EXISTS (
            SELECT FROM companion_turns later WHERE later.dialog_id = $1 AND later.turn > t.turn))
    RETURNING t.tries";

const FAILED: &str = "SELECT 1 FROM companion_turns WHERE dialog_id = $1 AND turn = $2 AND state = 'failed'";

const UNDO: &str = "DELETE FROM companion_turns WHERE dialog_id = $1 AND turn = $2";

/// Calls of a turn that cost something, or may, since a message of a pack was used for it.
const COST: &str = "\
    SELECT count(*) FROM companion_calls c
    WHERE c.dialog_id = $1 AND c.turn = $2 AND c.try > 0 AND coalesce(c.spent, c.worst) > 0
        AND c.at >= (SELECT max(l.at) FROM ledger l
            WHERE l.charge_id = $3 AND l.unit = 'companion' AND l.debit = 'person')";

/// A turn that came to nothing is asked again. Once it has cost as many calls as a message takes at
/// most, that is another message of a pack.
async fn asks_again(
    conn: &mut Conn,
    (dialog, turn, attempt): (i64, i32, i16),
    now: Millis,
) -> Result<(), Fault> {
    let rows = conn.query(COST, &[&dialog, &turn, &books::use_of(dialog, turn)]).await?;
    let calls: i64 = rows.first().map_or(Ok(0), |row| row.try_get(0))?;
    if calls >= CALLS_A_USE {
        books::says_anew(conn, (dialog, turn, attempt), now).await?;
    }
    Ok(())
}

async fn second(
    conn: &mut Conn,
    keys: &Keys,
    (user, dialog): (UserId, i64),
    what: &Second,
    rates: Rates,
) -> Result<Came, Fault> {
    if conn.query(LOCK, &[&user.0]).await?.is_empty()
        || conn.query(DIALOG, &[&dialog, &user.0]).await?.is_empty()
    {
        return Ok(Came::Told(Event::Gone, false));
    }
    let rows = conn.query(LAST, &[&dialog]).await?;
    let last = rows.first().map_or(Ok(0), |row| row.try_get::<_, i32>("turn"))?;
    if let Second::Undone(of) = what
        && i64::from(*of) > i64::from(last)
    {
        // Heard twice.
        return Ok(Came::Told(Event::Undone, false));
    }
    let Some(row) = rows.first() else { return Ok(Came::TooLate) };
    let (turn, tries, state): (i32, i16, &str) =
        (row.try_get("turn")?, row.try_get("tries")?, row.try_get("state")?);
    let named = match what {
        Second::Another(of, _) | Second::Undone(of) => i64::from(*of) == i64::from(turn),
        Second::Changed(message, _) => row.try_get::<_, Vec<i32>>("messages")? == [message.0],
    };
    if !named {
        return Ok(Came::TooLate);
    }
    let ring = user_key::ensure(conn, keys, vec![user.0]).await?;
    let key = user_key::of(&ring, user)?;
    let before = words::open(key, Part::Asked, (dialog, turn), row.try_get("asked")?)?;
    let mut variants: Vec<Vec<u8>> = row.try_get("variants")?;
    let heard_before = match what {
        // The job's number may be higher by those that came to nothing.
        Second::Another(_, answer) => {
            state == "open" && !variants.is_empty() && i64::from(tries) > i64::from(*answer)
        }
        Second::Changed(_, said) => before == *said,
        Second::Undone(_) => false,
    };
    if heard_before {
        return Ok(Came::Told(Event::Kept, true));
    }
    if state == "open" {
        return Ok(Came::TooLate);
    }
    if let Second::Undone(_) = what {
        titles::replace(conn, key, dialog, (&before, None)).await?;
        conn.execute(UNDO, &[&dialog, &turn]).await?;
        summaries::unsum(conn, dialog, turn).await?;
        return Ok(Came::Told(Event::Undone, false));
    }
    // An earlier turn that is asked again has the dialog's one job, and its end gives the next.
    if !conn.query(OPEN, &[&dialog]).await?.is_empty() {
        return Ok(Came::TooLate);
    }
    if let Second::Another(_, answer) = what {
        let tries = i64::from(tries);
        let is_the_last = match state {
            "replied" => tries == i64::from(*answer),
            // Another answer came to nothing: the one before counts.
            "failed" => !variants.is_empty() && tries > i64::from(*answer),
            _ => false,
        };
        if !is_the_last || variants.len() >= VARIANTS {
            return Ok(Came::TooLate);
        }
    }
    if let Some(held) = hold(conn, user, rates, wall_clock()).await? {
        return Ok(Came::Told(Event::Held(held), false));
    }
    summaries::unsum(conn, dialog, turn).await?;
    let is_new = matches!(what, Second::Changed(..)) && (state != "failed" || !variants.is_empty());
    if is_new {
        books::says_anew(conn, (dialog, turn, tries), wall_clock()).await?;
    } else if state == "failed" {
        asks_again(conn, (dialog, turn, tries), wall_clock()).await?;
    }
    match what {
        Second::Changed(_, said) => {
            titles::replace(conn, key, dialog, (&before, Some(said))).await?;
            let asked = words::seal(key, Part::Asked, (dialog, turn), said)?;
            conn.execute(CHANGE, &[&dialog, &turn, &asked]).await?;
        }
        _ => {
            if let (true, Some(reply)) = (variants.is_empty(), row.try_get("reply")?) {
                variants.push(reply);
            }
            conn.execute(REOPEN, &[&dialog, &turn, &variants]).await?;
        }
    }
    add_job(conn, keys, user, dialog, turn).await?;
    Ok(Came::Told(Event::Kept, true))
}

impl PgStore {
    /// Does something with a dialog's last turn.
    pub(crate) fn second_thought(
        &self,
        user: UserId,
        dialog: DialogId,
        what: Second,
        rates: Rates,
    ) -> PortFuture<'_, Result<Came, StoreError>> {
        self.run(move |inner| async move {
            inner
                .transaction(async |conn| second(conn, &inner.keys, (user, dialog.0), &what, rates).await)
                .await
        })
    }

    /// Has a turn answered that was not. Whether there is a new job.
    pub(crate) fn ask_again(
        &self,
        user: UserId,
        dialog: DialogId,
        turn: u32,
        rates: Rates,
    ) -> PortFuture<'_, Result<(Event, bool), StoreError>> {
        self.run(move |inner| async move {
            inner
                .transaction(async |conn| {
                    let turn = i32::try_from(turn).unwrap_or_default();
                    if conn.query(LOCK, &[&user.0]).await?.is_empty()
                        || conn.query(DIALOG, &[&dialog.0, &user.0]).await?.is_empty()
                    {
                        return Ok((Event::Gone, false));
                    }
                    if let Some(held) = hold(conn, user, rates, wall_clock()).await? {
                        return Ok((Event::Held(held), false));
                    }
                    let waits = !conn.query(OPEN, &[&dialog.0]).await?.is_empty();
                    let rows = conn.query(ASK_AGAIN, &[&dialog.0, &turn, &user.0]).await?;
                    let Some(row) = rows.first() else {
                        let failed = !conn.query(FAILED, &[&dialog.0, &turn]).await?.is_empty();
                        return Ok((if failed { Event::TooLate } else { Event::Nothing }, false));
                    };
                    asks_again(conn, (dialog.0, turn, row.try_get(0)?), wall_clock()).await?;
                    if !waits {
                        add_job(conn, &inner.keys, user, dialog.0, turn).await?;
                    }
                    Ok((Event::Nothing, !waits))
                })
                .await
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::postgres::for_tests::cluster;
    use crate::store::{StoreOptions, migrate};
    use secrecy::SecretString;

    const ANNA: UserId = UserId(7);
    const RATES: Rates = Rates { minute: 1_000, hour: 1_000, script: false };

    const ACCOUNT: &str = "\
        INSERT INTO accounts (user_id, created, lang, interests, wish_genders, wish_ages, wish_langs,
            wish_shared_interest, confirm_end, warned_voice, warned_file, blocked_bot, phase, avoid_users,
            avoid_until, applied)
        VALUES ($1, 0, 'en', 0, 0, 0, 0, false, false, false, false, false, '{}', '{}', '{}', 0)";
    const PACK: &str = "\
        INSERT INTO ledger (at, person, charge_id, source, unit, debit, credit, amount, late)
        VALUES (0, $1, 'a pack', 'charge', 'companion', 'given', 'person', 20, 0)";
    const DIALOG_OF: &str = "\
        INSERT INTO companion_dialogs (user_id, begun, persona, lang, created, used, noticed, turns)
        SELECT $1::bigint, count(*) + 1, 'vera', 'en', 0, 0, 0, 1 FROM companion_dialogs RETURNING dialog_id";
    const TURN: &str = "\
        INSERT INTO companion_turns (dialog_id, turn, user_id, messages, at, asked, state, tries, variants)
        VALUES ($1, 1, $2, '{5}', 0, $3, 'failed', 2, $4)";
    /// So many calls, of which some are not settled, and three that cost nothing.
    const CALLS: &str = "\
        INSERT INTO companion_calls (dialog_id, turn, try, number, person, day, back_end, worst, spent, at)
        SELECT $1::bigint, 1, $2::smallint, n, ''::bytea, 1, 'one', 5,
            CASE WHEN n > $3::integer THEN 0 WHEN n > 4 THEN 5 END, $4::bigint
        FROM generate_series(1, $3::integer + 3) AS n";
    const ENDED: &str = "UPDATE companion_turns SET state = 'failed' WHERE dialog_id = $1";

    async fn bought(store: &PgStore) {
        let work = store.run(|inner| async move {
            let person = inner.keys.payer_hash(ANNA);
            inner
                .transaction(async |conn| {
                    conn.execute(ACCOUNT, &[&ANNA.0]).await?;
                    conn.execute(PACK, &[&person]).await.map(drop)
                })
                .await
        });
        work.await.expect("a pack");
    }

    /// A dialog whose only turn has failed.
    async fn failed(store: &PgStore, answered: bool) -> i64 {
        let work = store.run(move |inner| async move {
            inner
                .transaction(async |conn| {
                    let ring = user_key::ensure(conn, &inner.keys, vec![ANNA.0]).await?;
                    let rows = conn.query(DIALOG_OF, &[&ANNA.0]).await?;
                    let dialog: i64 = rows[0].try_get(0)?;
                    let asked =
                        words::seal(user_key::of(&ring, ANNA)?, Part::Asked, (dialog, 1), "Are you there?")?;
                    let variants = if answered { vec![vec![1u8]] } else { Vec::new() };
                    conn.execute(TURN, &[&dialog, &ANNA.0, &asked, &variants]).await?;
                    Ok(dialog)
                })
                .await
        });
        work.await.expect("a dialog")
    }

    async fn calls(store: &PgStore, dialog: i64, (attempt, count, at): (i16, i32, i64)) {
        let work = store.run(move |inner| async move {
            inner
                .transaction(async |conn| {
                    conn.execute(CALLS, &[&dialog, &attempt, &count, &at]).await.map(drop)
                })
                .await
        });
        work.await.expect("calls");
    }

    async fn asked(store: &PgStore, dialog: i64, way: usize) {
        let what = match way {
            0 => {
                let asked = store.ask_again(ANNA, DialogId(dialog), 1, RATES).await.expect("asked");
                assert_eq!(asked, (Event::Nothing, true));
                return;
            }
            1 => Second::Another(1, 1),
            _ => Second::Changed(MessageId(5), "Where are you?".to_owned()),
        };
        let came = store.second_thought(ANNA, DialogId(dialog), what, RATES).await.expect("asked");
        assert!(matches!(came, Came::Told(Event::Kept, true)), "way {way}");
    }

    /// Guard: `asks_again`, in each of the three ways.
    #[tokio::test]
    async fn a_message_of_a_pack_pays_for_so_many_calls_that_fail() {
        let Some((cluster, _folder)) = cluster() else { return };
        migrate::up(cluster.url()).await.expect("migrations");
        let keys = Keys::parse(&SecretString::from("01".repeat(32))).expect("a key");
        let options = StoreOptions { connections: 2, ..StoreOptions::default() };
        let store = PgStore::connect(cluster.url(), keys, options).await.expect("a store");
        bought(&store).await;
        let most = i32::try_from(CALLS_A_USE).expect("a number");
        for (way, count) in (0..3).flat_map(|way| [(way, most - 1), (way, most)]) {
            let dialog = failed(&store, way == 1).await;
            // Those that a day has paid for, before it was over.
            calls(&store, dialog, (1, 30, 0)).await;
            let name = books::use_of(dialog, 1);
            assert!(store.use_message(ANNA, name.clone(), false).await.expect("used"));
            calls(&store, dialog, (2, count, wall_clock().0)).await;
            let before = store.messages_left(ANNA).await.expect("read");
            asked(&store, dialog, way).await;
            // As the next reserve does.
            assert!(store.use_message(ANNA, name, false).await.expect("used"));
            let used = before - store.messages_left(ANNA).await.expect("read");
            assert_eq!(used, i64::from(count == most), "way {way}, {count} calls");
            // Few turns of a person's wait at a time.
            let end = store.run(move |inner| async move {
                inner.transaction(async |conn| conn.execute(ENDED, &[&dialog]).await.map(drop)).await
            });
            end.await.expect("ended");
        }
        store.close().await;
        cluster.stop();
    }
}
