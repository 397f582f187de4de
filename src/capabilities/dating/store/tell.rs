//! What people are told of a match, by a job each: in the transaction that made it, so exactly
//! once.

use super::{pairs, people};
use crate::store::PgStore;
use crate::store::aggregates::jobs;
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault, wall_clock};
use nameless_actors::capabilities::DATING_TELL;
use nameless_actors::ports::{NewJob, PortFuture, StoreError};
use nameless_domain::capabilities::dating::bot::{Event, Matched};
use nameless_domain::capabilities::dating::pair::PairKey;
use nameless_domain::ids::UserId;
use serde::{Deserialize, Serialize};

/// What a job of [`DATING_TELL`] says. Names are read when it is told.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Telling {
    /// A match has begun.
    Matched { of: UserId, number: u32 },
    /// A match wants to talk.
    Wanted { by: UserId },
}

/// Has a person told, once for this name of the cause.
pub(crate) async fn add(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    name: String,
    telling: &Telling,
) -> Result<(), Fault> {
    let words =
        serde_json::to_vec(telling).map_err(|_| Fault::Corrupt("a line that cannot be written".into()))?;
    jobs::add(conn, keys, &[NewJob::new(DATING_TELL, name, words).of(user)]).await.map(drop)
}

const PAIR: &str = concat!(
    "SELECT ",
    pairs::columns!(),
    " FROM dating_pairs d WHERE d.lo = least($1::bigint, $2) AND d.hi = greatest($1, $2)"
);

/// What there is to tell; none if it is over by now.
async fn said(conn: &mut Conn, keys: &Keys, user: UserId, telling: Telling) -> Result<Option<Event>, Fault> {
    let (other, number) = match telling {
        Telling::Matched { of, number } => (of, Some(number)),
        Telling::Wanted { by } => (by, None),
    };
    let rows = conn.query(PAIR, &[&user.0, &other.0]).await?;
    let Some(kept) = rows.first().map(pairs::read).transpose()?.flatten() else { return Ok(None) };
    let Some((_, side)) = PairKey::of(user, other) else { return Ok(None) };
    let lives = kept.pair.matched_at().is_some() && number.is_none_or(|n| n == kept.pair.matches());
    let (true, Some(token)) = (lives, kept.tokens[side as usize]) else { return Ok(None) };
    let Some(theirs) = people::load(conn, other).await? else { return Ok(None) };
    let Some(words) = people::words(conn, keys, other, &theirs.sealed).await? else { return Ok(None) };
    let one = Matched { token, name: words.name, age: theirs.person.birth.age(wall_clock()) };
    Ok(Some(match telling {
        Telling::Matched { .. } => Event::Matched(one),
        Telling::Wanted { .. } => Event::Wanted(one),
    }))
}

impl PgStore {
    /// What a job tells its user; none if it is over by now.
    pub(crate) fn dating_said(
        &self,
        user: UserId,
        telling: Telling,
    ) -> PortFuture<'_, Result<Option<Event>, StoreError>> {
        self.run(move |inner| async move {
            said(&mut *inner.check_out().await?, &inner.keys, user, telling).await
        })
    }
}
