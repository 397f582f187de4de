//! Second thoughts: another answer to the same words, words that are changed, a turn taken back. Of
//! a dialog only the last turn can be changed: what came before has been answered upon.

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
use nameless_domain::companion::constants::VARIANTS;
use nameless_domain::companion::pace::Rates;
use nameless_domain::ids::{DialogId, MessageId, UserId};

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
            SELECT FROM companion_turns later WHERE later.dialog_id = $1 AND later.turn > t.turn))";

const FAILED: &str = "SELECT 1 FROM companion_turns WHERE dialog_id = $1 AND turn = $2 AND state = 'failed'";

const UNDO: &str = "DELETE FROM companion_turns WHERE dialog_id = $1 AND turn = $2";

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
    match what {
        Second::Changed(_, said) => {
            titles::replace(conn, key, dialog, (&before, Some(said))).await?;
            // What came to nothing is asked again by these words.
            if state != "failed" || !variants.is_empty() {
                books::says_anew(conn, (dialog, turn, tries), wall_clock()).await?;
            }
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
                    if conn.execute(ASK_AGAIN, &[&dialog.0, &turn, &user.0]).await? == 0 {
                        let failed = !conn.query(FAILED, &[&dialog.0, &turn]).await?.is_empty();
                        return Ok((if failed { Event::TooLate } else { Event::Nothing }, false));
                    }
                    if !waits {
                        add_job(conn, &inner.keys, user, dialog.0, turn).await?;
                    }
                    Ok((Event::Nothing, !waits))
                })
                .await
        })
    }
}
