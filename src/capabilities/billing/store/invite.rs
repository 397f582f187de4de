//! Invitations: links, who came by one, and the days that follow once they have talked.
//!
//! Who invited whom is forgotten as soon as it is settled. What stays is a hash of who came, so
//! that nobody is new twice, and the entries of the ledger, which name nobody else.

use super::company::{self, Chat};
use super::premium::{self, Change};
use super::{Telling, tell, tell_entitled};
use crate::store::PgStore;
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault, wall_clock};
use crate::store::table::Erasing;
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::billing::invite::{CODE, COUNTED_MS, TALKED};
use nameless_domain::capabilities::billing::{Event, Invites, Notice, Source};
use nameless_domain::ids::{PairId, UserId};
use nameless_domain::time::{DAY_MS, Millis};
use std::fmt::Write as _;

const LINK: &str = "\
    INSERT INTO invitations AS i (user_id, code, at) VALUES ($1, $2, $3)
    ON CONFLICT (user_id) DO UPDATE SET code = i.code RETURNING code";

/// What somebody has had for those who came, and lately.
const BROUGHT: &str = "\
    SELECT count(*) AS ever, count(*) FILTER (WHERE at > $2) AS lately FROM ledger
    WHERE person = $1 AND unit = 'premium' AND source = 'referral' AND credit = 'person'";

/// Of who is banned a link is good for nothing. One of a shadow is as any: they would notice.
const OF_CODE: &str = "\
    SELECT user_id FROM invitations i WHERE code = $1
        AND NOT EXISTS (SELECT FROM bans b WHERE b.user_id = i.user_id AND b.kind = 'ban' AND b.until > $2)";

/// Who has erased themselves was here before.
const ERASED: &str = "SELECT 1 FROM erasures WHERE user_hash = $1";

/// The key: by the hash, so that erasing makes nobody new.
const CAME: &str = "\
    INSERT INTO arrivals (person, inviter, at) VALUES ($1, $2, $3) ON CONFLICT (person) DO NOTHING";

const WAITS: &str = "SELECT inviter FROM arrivals WHERE person = $1 AND inviter IS NOT NULL";

const SETTLED: &str = "\
    UPDATE arrivals SET inviter = NULL WHERE person = $1 AND inviter IS NOT NULL RETURNING 1";

/// The other one of a chat, and messages of either that have arrived. One that was reported is none
/// that anybody is rewarded for.
const CHAT: &str = "\
    SELECT CASE WHEN p.a = $2 THEN p.b ELSE p.a END AS partner,
        (SELECT count(*) FROM message_map m WHERE m.pair_id = p.pair_id AND m.from_side = 0) AS of_a,
        (SELECT count(*) FROM message_map m WHERE m.pair_id = p.pair_id AND m.from_side = 1) AS of_b
    FROM pairs p
    WHERE p.pair_id = $1 AND (p.a = $2 OR p.b = $2) AND p.cause IS DISTINCT FROM 'reported'";

/// What came of a chat of somebody's who is new.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Talked {
    /// An invitation waits for another one.
    pub waits: bool,
    /// Who has more premium now.
    pub entitled: Vec<UserId>,
}

async fn count(conn: &mut Conn, person: &[u8], now: Millis) -> Result<(i64, i64), Fault> {
    let rows = conn.query(BROUGHT, &[&person, &now.plus(-COUNTED_MS).0]).await?;
    let row = rows.first().ok_or_else(|| Fault::Corrupt("no answer".into()))?;
    Ok((row.try_get("ever")?, row.try_get("lately")?))
}

async fn link(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    now: Millis,
) -> Result<Option<(String, i64)>, Fault> {
    if !premium::is_known(conn, user).await? {
        return Ok(None);
    }
    let mut code = String::with_capacity(CODE);
    Keys::random()?[..CODE / 2].iter().for_each(|byte| _ = write!(code, "{byte:02x}"));
    let rows = conn.query(LINK, &[&user.0, &code, &now.0]).await?;
    let row = rows.first().ok_or_else(|| Fault::Corrupt("no link was kept".into()))?;
    let (brought, _) = count(conn, &keys.payer_hash(user), now).await?;
    Ok(Some((row.try_get(0)?, brought)))
}

async fn came(conn: &mut Conn, keys: &Keys, user: UserId, code: &str, now: Millis) -> Result<bool, Fault> {
    let Some(row) = conn.query(OF_CODE, &[&code, &now.0]).await?.into_iter().next() else { return Ok(false) };
    let inviter: i64 = row.try_get(0)?;
    if inviter == user.0 || !conn.query(ERASED, &[&keys.user_hash(user)]).await?.is_empty() {
        return Ok(false);
    }
    let both = both_known(conn, user, UserId(inviter)).await?;
    if both {
        conn.execute(CAME, &[&keys.payer_hash(user), &inviter, &now.0]).await?;
    }
    // The same again after a crash finds what it wrote.
    Ok(!conn.query(WAITS, &[&keys.payer_hash(user)]).await?.is_empty())
}

/// Whether both are known, who stay until the transaction ends. In one order for all.
async fn both_known(conn: &mut Conn, one: UserId, other: UserId) -> Result<bool, Fault> {
    let mut both = [one, other];
    both.sort_unstable();
    Ok(premium::is_known(conn, both[0]).await? && premium::is_known(conn, both[1]).await?)
}

async fn talked(
    conn: &mut Conn,
    keys: &Keys,
    (user, pair): (UserId, PairId),
    invites: Invites,
    now: Millis,
) -> Result<Talked, Fault> {
    let waits = Talked { waits: true, ..Talked::default() };
    let guest = keys.payer_hash(user);
    let rows = conn.query(WAITS, &[&guest]).await?;
    let Some(row) = rows.first() else { return Ok(Talked::default()) };
    let inviter = UserId(row.try_get(0)?);
    let rows = conn.query(CHAT, &[&pair.0, &user.0]).await?;
    let Some(row) = rows.first() else { return Ok(waits) };
    // Of whom is gone nobody can say who it was.
    let Some(partner) = row.try_get::<_, Option<i64>>("partner")?.map(UserId) else { return Ok(waits) };
    let (of_a, of_b): (i64, i64) = (row.try_get("of_a")?, row.try_get("of_b")?);
    // Whom they came from does not count: two friends could bring each other days without end.
    if partner == inviter || of_a < TALKED || of_b < TALKED {
        return Ok(waits);
    }
    if invites.days == 0 || !both_known(conn, user, inviter).await? {
        return Ok(waits);
    }
    let chat = Chat { guest: user, partner, inviter };
    if !company::is_by_chance(conn, keys, chat, now).await? {
        return Ok(waits);
    }
    let host = keys.payer_hash(inviter);
    // In the order of their ids, as whoever locks two.
    let mut locks = [(user, &guest), (inviter, &host)];
    locks.sort_unstable();
    for (_, person) in locks {
        premium::lock(conn, person).await?;
    }
    if conn.query(SETTLED, &[&guest]).await?.is_empty() {
        return Ok(Talked::default());
    }
    let mut talked = Talked::default();
    let (brought, lately) = count(conn, &host, now).await?;
    if lately < i64::from(invites.most) {
        let line = Line { to: inviter, nth: brought + 1, source: Source::Referral };
        give(conn, keys, line, invites.days, now, &mut talked).await?;
    }
    if invites.both {
        let line = Line { to: user, nth: 0, source: Source::Invited };
        give(conn, keys, line, invites.days, now, &mut talked).await?;
    }
    Ok(talked)
}

/// Who has days, and how that is told.
struct Line {
    to: UserId,
    nth: i64,
    source: Source,
}

async fn give(
    conn: &mut Conn,
    keys: &Keys,
    Line { to, nth, source }: Line,
    days: u32,
    now: Millis,
    talked: &mut Talked,
) -> Result<(), Fault> {
    let change = Change { source, charge: None, ms: i64::from(days) * DAY_MS, late_ms: 0, by: "invitation" };
    let given = premium::change(conn, keys, to, change, now).await?;
    let given = given.ok_or_else(|| Fault::Corrupt("an account that was there is gone".into()))?;
    tell_entitled(conn, keys, to, now).await?;
    let came = source == Source::Invited;
    let notice = Notice::Invitation { nth, days, came, until: given.until };
    // Of nobody but who is told: the key names the other one nowhere.
    let key = format!("billing:invitation:{}:{nth}:{}", to.0, now.0);
    tell(conn, keys, to, key, &Telling::Billing(Event::Say(notice))).await?;
    talked.entitled.push(to);
    Ok(())
}

const FORGET: &str = "UPDATE arrivals SET inviter = NULL WHERE person = $1";

/// Somebody erases themselves: by whose link they came is forgotten. That they came is not.
pub(super) async fn forget(conn: &mut Conn, erasing: Erasing<'_>) -> Result<(), Fault> {
    conn.execute(FORGET, &[&erasing.keys.payer_hash(erasing.user)]).await.map(drop)
}

impl PgStore {
    /// The code of a user's link, made at first, and for how many people they have had days; none
    /// if they are not known.
    pub fn invitation(&self, user: UserId) -> PortFuture<'_, Result<Option<(String, i64)>, StoreError>> {
        self.run(move |inner| async move {
            inner.transaction(async |conn| link(conn, &inner.keys, user, wall_clock()).await).await
        })
    }

    /// Notes that somebody came by a link, if they are new and it is the first; whether it is good
    /// for anything: one waits for them to talk.
    pub fn came_by(&self, user: UserId, code: String) -> PortFuture<'_, Result<bool, StoreError>> {
        self.run(move |inner| async move {
            inner.transaction(async |conn| came(conn, &inner.keys, user, &code, wall_clock()).await).await
        })
    }

    /// A chat of somebody's who is new has ended: if it counts, the link, the ledger and what
    /// follows change in one transaction.
    pub fn has_talked(
        &self,
        user: UserId,
        pair: PairId,
        invites: Invites,
    ) -> PortFuture<'_, Result<Talked, StoreError>> {
        self.run(move |inner| async move {
            inner
                .transaction(async |conn| {
                    talked(conn, &inner.keys, (user, pair), invites, wall_clock()).await
                })
                .await
        })
    }
}
