//! Two who agree that each learns who the other is: one row, two consents, one transaction.

use super::deeds::Came;
use super::once::Done;
use super::tell::{self, Telling};
use super::{matches, pairs, people};
use crate::store::PgStore;
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault, wall_clock};
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::dating::bot::Token;
use nameless_domain::capabilities::dating::pair::{Act, Gate, Refusal, Side, Windows};
use nameless_domain::ids::UserId;
use nameless_domain::time::Millis;

/// Agrees, or takes it back while the other has not agreed. Once both have, each is told by a job
/// who the other is.
pub(super) async fn share(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    (matched, on): (Token, bool),
    now: Millis,
) -> Result<Came, Fault> {
    let Some((mut kept, side, other)) = matches::find(conn, user, matched, now).await? else {
        return Ok(Came::Unknown);
    };
    if pairs::avoid_each_other(conn, user, other).await? || (on && !are_here(conn, user, other).await?) {
        return Ok(Came::Unknown);
    }
    let gate = Gate { is_safe: false };
    let outcome = match kept.pair.act(side, Act::Share(on), gate, &Windows::default(), now) {
        Ok(outcome) => outcome,
        Err(Refusal::Late) => return Ok(Came::Final),
        Err(_) => return Ok(Came::Unknown),
    };
    pairs::keep(conn, &kept, now).await?;
    if !outcome.opened {
        return Ok(Came::Done(Done::default()));
    }
    let (number, since) = (kept.pair.matches(), kept.pair.matched_at());
    let begun = since.map_or(0, |since| since.0);
    for one in [Side::Low, Side::High] {
        let (whose, of) = (kept.key.user(one), kept.key.user(one.other()));
        let (low, high) = (kept.key.user(Side::Low).0, kept.key.user(Side::High).0);
        let name = format!("dating:contact:{low}:{high}:{number}:{}:{begun}", one as u8);
        tell::add(conn, keys, whose, name, &Telling::Contact { of, number, since }).await?;
    }
    Ok(Came::Told(Done::default()))
}

/// Whether both may be talked to. Who is banned, or hidden, learns nobody's name, whatever they had
/// agreed to before; taking back is never held.
pub(super) async fn are_here(conn: &mut Conn, user: UserId, other: UserId) -> Result<bool, Fault> {
    for one in [user, other] {
        if !people::load(conn, one).await?.is_some_and(|one| matches::is_here(&one)) {
            return Ok(false);
        }
    }
    Ok(true)
}

impl PgStore {
    /// Agrees that a match and they learn who the other is, or takes that back.
    pub(crate) fn dating_share(
        &self,
        user: UserId,
        matched: Token,
        on: bool,
    ) -> PortFuture<'_, Result<Came, StoreError>> {
        self.run(move |inner| async move {
            let work =
                async |conn: &mut Conn| share(conn, &inner.keys, user, (matched, on), wall_clock()).await;
            inner.transaction(work).await
        })
    }
}
