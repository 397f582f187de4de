//! People who like somebody: how many, and their cards for who may see them.

use super::pairs::{self, avoided};
use super::queue::{self, Hand, Laid, Which, lay};
use super::who::LIKERS;
use super::{deal, people};
use crate::store::PgStore;
use crate::store::aggregates::bots::apart;
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault, wall_clock};
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::dating::pair::{PairKey, Windows};
use nameless_domain::ids::UserId;
use nameless_domain::time::{DAY_MS, Millis};

/// Beyond this many nobody is counted.
const COUNTED: i64 = 100;
/// Cards of the list.
const LISTED: usize = 50;

/// Likes before `$3` that stand and are no match, of people who may be met. Those whom the viewer
/// passed by count still: what goes down with a pass would tell of the like.
const COUNT: &str = concat!(
    "SELECT count(*) FROM (
        SELECT 1 FROM dating_pairs d JOIN dating_profiles p ON p.user_id = d.hi AND p.standing = 'shown'
            WHERE d.lo = $1 AND d.hi_said IN ('like', 'super_like') AND d.hi_at < $3 AND d.matched_at IS NULL
            AND NOT EXISTS (SELECT FROM bans n
                WHERE n.user_id = d.hi AND n.until > (extract(epoch FROM now()) * 1000)::bigint)
            AND NOT (",
    avoided!("$1", "d.hi"),
    " OR ",
    apart!("$1", "p.bot"),
    ")
        UNION ALL
        SELECT 1 FROM dating_pairs d JOIN dating_profiles p ON p.user_id = d.lo AND p.standing = 'shown'
            WHERE d.hi = $1 AND d.lo_said IN ('like', 'super_like') AND d.lo_at < $3 AND d.matched_at IS NULL
            AND NOT EXISTS (SELECT FROM bans n
                WHERE n.user_id = d.lo AND n.until > (extract(epoch FROM now()) * 1000)::bigint)
            AND NOT (",
    avoided!("$1", "d.lo"),
    " OR ",
    apart!("$1", "p.bot"),
    ")
        LIMIT $2) AS likes"
);

/// The last midnight, UTC. What somebody may look at all the time is as of this moment: a number
/// that moves with a like tells when it was given, and so by whom.
pub(super) fn midnight(now: Millis) -> Millis {
    Millis(now.0 - now.0.rem_euclid(DAY_MS))
}

/// How many liked somebody before this moment, without a word of theirs.
pub(super) async fn waiting(conn: &mut Conn, user: UserId, before: Millis) -> Result<u32, Fault> {
    let rows = conn.query(COUNT, &[&user.0, &COUNTED, &before.0]).await?;
    let count: i64 = rows.first().map(|row| row.try_get(0)).transpose()?.unwrap_or_default();
    Ok(u32::try_from(count).unwrap_or_default())
}

/// Whether the list would show anybody: who likes somebody may be whom they have answered by now,
/// or whom they do not look for, or who does not look for whom they have become. Nothing is dealt
/// for that: the caller has locked their profile.
pub(super) async fn shows_any(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    now: Millis,
) -> Result<bool, Fault> {
    let which = (Which::Likers, 1);
    let Hand { own, cards } = match queue::read(conn, keys, user, which, &Windows::default(), now).await?.laid
    {
        Laid::Hand(hand) => *hand,
        Laid::Unseen(_) | Laid::Nobody => return Ok(false),
    };
    if !cards.is_empty() {
        return Ok(true);
    }
    // Those who have no card here yet.
    for row in conn.query(LIKERS, &[&user.0, &COUNTED]).await? {
        let Some(other) = people::readable(keys, people::read(&row))?.flatten() else { continue };
        let Some((_, side)) = PairKey::of(user, other.person.user) else { continue };
        let liked_at = pairs::read(&row)?.and_then(|kept| kept.pair.liked_at(side.other()));
        if own.person.may_see(&other.person, liked_at, now) {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn list(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    windows: &Windows,
    now: Millis,
) -> Result<Laid, Fault> {
    deal::likers(conn, user, now).await?;
    lay(conn, keys, user, (Which::Likers, LISTED), windows, now).await
}

impl PgStore {
    /// How many liked somebody at the last midnight.
    pub(crate) fn dating_liked_by(&self, user: UserId) -> PortFuture<'_, Result<u32, StoreError>> {
        self.run(move |inner| async move {
            waiting(&mut *inner.check_out().await?, user, midnight(wall_clock())).await
        })
    }

    /// The cards of people who like somebody, for who may see them.
    pub(crate) fn dating_likers(
        &self,
        user: UserId,
        windows: Windows,
    ) -> PortFuture<'_, Result<Laid, StoreError>> {
        self.run(move |inner| async move {
            let work = async |conn: &mut Conn| list(conn, &inner.keys, user, &windows, wall_clock()).await;
            inner.transaction(work).await
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_one_midnight() {
        let start = 20_000 * DAY_MS;
        for ms in [0, 1, DAY_MS / 2, DAY_MS - 1] {
            assert_eq!(midnight(Millis(start + ms)), Millis(start), "{ms}");
        }
        assert_eq!(midnight(Millis(start + DAY_MS)), Millis(start + DAY_MS));
    }
}
