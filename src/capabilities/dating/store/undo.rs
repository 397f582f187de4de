//! What somebody said of a card is taken back, and what was used up for it with it.

use super::goods::{self, May};
use super::people::{self, day};
use super::verdicts::Decided;
use super::{ends, matches, pairs, supers};
use crate::store::PgStore;
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault, wall_clock};
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::billing::Good;
use nameless_domain::capabilities::dating::bot::Token;
use nameless_domain::capabilities::dating::pair::{Act, Gate, PairKey, Verdict, Windows};
use nameless_domain::ids::UserId;
use nameless_domain::time::Millis;

const LAST: &str = "\
    SELECT token, other, undone FROM dating_cards WHERE viewer = $1 AND answered IS NOT NULL
    ORDER BY answered DESC LIMIT 1";

const OPEN_AGAIN: &str =
    "UPDATE dating_cards SET answered = NULL, undone = true WHERE viewer = $1 AND token = $2";

const GIVEN_BACK: &str = "\
    UPDATE dating_profiles SET spent = greatest(spent - 1, 0) WHERE user_id = $1 AND day = $2";

/// A like comes back: it counts for the day on which it was spent, unless it was one beyond that.
pub(super) async fn like_back(
    conn: &mut Conn,
    user: UserId,
    (card, at): (Token, Millis),
    now: Millis,
) -> Result<(), Fault> {
    if goods::give_back(conn, Good::DatingLikes, card, now).await? {
        return Ok(());
    }
    conn.execute(GIVEN_BACK, &[&user.0, &day(at)]).await.map(drop)
}

/// What was taken back.
pub(crate) struct Undone {
    /// The card that lies open again.
    pub card: Token,
    /// With whom there is no match any more.
    pub parted: Option<UserId>,
}

/// What became of taking something back.
pub(crate) enum Taken {
    Back(Undone),
    /// There is nothing to take back.
    Nothing,
    /// The free one of today is used up, and they have no other.
    Unpaid,
}

/// Takes back what somebody said last, and with it a match; the card lies open again.
pub(super) async fn undo(
    conn: &mut Conn,
    keys: &Keys,
    (user, may): (UserId, May),
    now: Millis,
) -> Result<Taken, Fault> {
    let rows = conn.query(LAST, &[&user.0]).await?;
    let Some(row) = rows.first() else { return Ok(Taken::Nothing) };
    let (token, other): (i64, i64) = (row.try_get("token")?, row.try_get("other")?);
    let card = Token(token.cast_unsigned());
    let Some((key, side)) = PairKey::of(user, UserId(other)) else { return Ok(Taken::Nothing) };
    if row.try_get("undone")? || !people::are_known(conn, &[user.0, other]).await? {
        return Ok(Taken::Nothing);
    }
    let mut kept = pairs::lock(conn, key, now).await?;
    let gate = Gate { is_safe: false };
    let Ok(outcome) = kept.pair.act(side, Act::Undo, gate, &Windows::default(), now) else {
        return Ok(Taken::Nothing);
    };
    let is_free = !may.undo_is_sold || may.premium || goods::take_free_undo(conn, user, now).await?;
    if !is_free && !goods::use_one(conn, keys, (user, Good::DatingUndo), card, now).await? {
        return Ok(Taken::Unpaid);
    }
    if outcome.dissolved.is_some() {
        kept.tokens = [None, None];
    }
    pairs::keep(conn, &kept, now).await?;
    if outcome.dissolved.is_some() && matches::together(conn, user, UserId(other)).await?.is_some() {
        ends::tell_later(conn, keys, user, (UserId(other), false)).await?;
    }
    conn.execute(OPEN_AGAIN, &[&user.0, &token]).await?;
    match outcome.returned {
        Some(said) if said.verdict == Verdict::SuperLike => {
            if !goods::give_back(conn, Good::DatingSuper, card, now).await? {
                like_back(conn, user, (card, said.at), now).await?;
            }
            supers::not_first(conn, UserId(other), user).await?;
        }
        Some(said) => like_back(conn, user, (card, said.at), now).await?,
        None => {}
    }
    let parted = outcome.dissolved.map(|_| UserId(other));
    Ok(Taken::Back(Undone { card, parted }))
}

impl PgStore {
    /// Takes back what somebody said last, within ten minutes.
    pub fn dating_undo(&self, user: UserId) -> PortFuture<'_, Result<Decided, StoreError>> {
        self.dating_undo_as(user, May::default())
    }

    /// The same for who may do more than everybody, or less.
    pub fn dating_undo_as(&self, user: UserId, may: May) -> PortFuture<'_, Result<Decided, StoreError>> {
        self.run(move |inner| async move {
            let work = async |conn: &mut Conn| undo(conn, &inner.keys, (user, may), wall_clock()).await;
            Ok(match inner.transaction(work).await? {
                Taken::Back(_) => Decided::Kept,
                Taken::Nothing => Decided::Gone,
                Taken::Unpaid => Decided::Unpaid(Good::DatingUndo),
            })
        })
    }
}
