//! Several answers to a dialog's last turn, of which one counts: the dialog goes on with it.

use super::super::own::Own;
use super::dialogs::LOCK;
use super::own;
use super::recall;
use super::summaries;
use super::turns::{self, Asked, DIALOG};
use super::words::{self, Part};
use crate::store::PgStore;
use crate::store::aggregates::user_key;
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault};
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::ids::{DialogId, UserId};

/// What came of it.
#[derive(Debug)]
pub(crate) enum Swiped {
    /// This one counts.
    To(Box<Counts>),
    /// It needs adult mode, which is off.
    AdultOnly,
    /// It is not the last turn, or one that is under way, or there is no such answer.
    TooLate,
    /// There is no such dialog.
    Gone,
}

/// An answer that counts, and what is shown with it.
#[derive(Debug)]
pub(crate) struct Counts {
    pub persona: String,
    pub own: Option<Own>,
    pub lang: String,
    pub adult: bool,
    pub words: String,
    /// Those that counted before.
    pub before: String,
    /// Its turn, with the last of the jobs that it had.
    pub asked: Asked,
    /// Its place, from 1, and of how many.
    pub of: (i16, i16),
}

const LAST: &str = "\
    SELECT turn, tries, state, asked, reply, variants, adult FROM companion_turns WHERE dialog_id = $1
    ORDER BY turn DESC LIMIT 1";

const CHOOSE: &str = "\
    UPDATE companion_turns SET chosen = $3, reply = variants[$4], vector = NULL, vector_of = NULL
    WHERE dialog_id = $1 AND turn = $2";

async fn swipe(
    conn: &mut Conn,
    keys: &Keys,
    (user, dialog): (UserId, i64),
    (turn, to): (i64, usize),
    allowed: bool,
) -> Result<Swiped, Fault> {
    if conn.query(LOCK, &[&user.0]).await?.is_empty() {
        return Ok(Swiped::Gone);
    }
    let rows = conn.query(DIALOG, &[&dialog, &user.0]).await?;
    let Some(row) = rows.first() else { return Ok(Swiped::Gone) };
    let adult = row.try_get::<_, bool>("adult")? && allowed;
    let (persona, lang): (String, String) = (row.try_get("persona")?, row.try_get("lang")?);
    let rows = conn.query(LAST, &[&dialog]).await?;
    let Some(row) = rows.first() else { return Ok(Swiped::TooLate) };
    let last: i32 = row.try_get("turn")?;
    let variants: Vec<&[u8]> = row.try_get("variants")?;
    // What failed has the answers of before.
    let stands = matches!(row.try_get("state")?, "replied" | "failed");
    let chosen = to.checked_sub(1).and_then(|at| variants.get(at));
    let (true, true, Some(sealed)) = (i64::from(last) == turn, stands, chosen) else {
        return Ok(Swiped::TooLate);
    };
    if row.try_get("adult")? && !adult {
        return Ok(Swiped::AdultOnly);
    }
    let ring = user_key::get(conn, keys, &[user.0]).await?;
    let key = user_key::of(&ring, user)?;
    let words = words::open(key, Part::Reply, (dialog, last), sealed)?;
    let before: Option<&[u8]> = row.try_get("reply")?;
    let before = before.map(|sealed| words::open(key, Part::Reply, (dialog, last), sealed)).transpose()?;
    let before = before.unwrap_or_default();
    let said = words::open(key, Part::Asked, (dialog, last), row.try_get("asked")?)?;
    summaries::unsum(conn, dialog, last).await?;
    recall::index(conn, key, (dialog, last), [&said, &words]).await?;
    let (place, all) = (to as i16, variants.len() as i16);
    let asked = Asked { dialog, turn: last, attempt: row.try_get("tries")? };
    conn.execute(CHOOSE, &[&dialog, &last, &place, &i32::from(place)]).await?;
    let own = own::find(conn, keys, user, &persona).await?;
    let of = turns::of(all, place);
    Ok(Swiped::To(Box::new(Counts { persona, own, lang, adult, words, before, asked, of })))
}

impl PgStore {
    /// Lets another answer to a dialog's last turn count, by its place from 1. `adult`: the
    /// operator allows adult mode.
    pub(crate) fn swipe(
        &self,
        user: UserId,
        dialog: DialogId,
        (turn, to): (u32, u32),
        adult: bool,
    ) -> PortFuture<'_, Result<Swiped, StoreError>> {
        self.run(move |inner| async move {
            inner
                .transaction(async |conn| {
                    swipe(conn, &inner.keys, (user, dialog.0), (turn.into(), to as usize), adult).await
                })
                .await
        })
    }
}
