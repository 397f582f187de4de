//! Whether a chat of somebody who came by a link is one that nobody arranged.
//!
//! Whoever wants days for nothing has accounts of their own that talk to each other: two who came
//! by one link, a ring of inviters, one helper for many, a circle of them. What all of these have
//! in common is the partner: somebody who came a moment ago as well, or who meets nobody but such
//! people. So the partner has to be somebody whom others meet, too. Where that cannot be said, the
//! chat does not count, and a later one may.
//!
//! Nothing of this is kept: it is read from the chats that are there anyway, and from the hashes of
//! who came.

use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault};
use nameless_domain::capabilities::billing::invite::COUNTED_MS;
use nameless_domain::ids::UserId;
use nameless_domain::time::Millis;
use rustc_hash::FxHashMap;
use std::collections::HashSet;

/// Banned, or a shadow; writes as programs do; or these two have chosen each other: by a match, or
/// once more.
const ODD: &str = "\
    SELECT EXISTS (SELECT FROM bans WHERE user_id = ANY(ARRAY[$1, $2, $3]::bigint[]) AND until > $4)
        OR EXISTS (SELECT FROM detections WHERE user_id = ANY(ARRAY[$1, $2]::bigint[]) AND at > $5)
        OR EXISTS (SELECT FROM dating_pairs WHERE lo = least($1::bigint, $2) AND hi = greatest($1::bigint, $2)
            AND (matched_at IS NOT NULL OR matches > 0 OR talked))
        OR (SELECT count(*) FROM pairs WHERE a = $1 AND b = $2 OR a = $2 AND b = $1) > 1";

/// Whom somebody has met, and whom those have: some of them. Along `pairs_a` and `pairs_b`, without
/// an order, so that somebody with thousands of chats is read no further.
const COMPANY: &str = "\
    WITH met AS (
        (SELECT b AS other FROM pairs WHERE a = $1 AND b IS NOT NULL LIMIT 60)
        UNION (SELECT a FROM pairs WHERE b = $1 AND a IS NOT NULL LIMIT 60))
    SELECT met.other, next.further FROM met, LATERAL (
        (SELECT b AS further FROM pairs WHERE a = met.other AND b IS NOT NULL LIMIT 10)
        UNION (SELECT a FROM pairs WHERE b = met.other AND a IS NOT NULL LIMIT 10)) AS next";

const LATELY: &str = "SELECT person FROM arrivals WHERE person = ANY($1) AND at > $2";

/// A chat that may count.
pub(super) struct Chat {
    /// Who came by a link.
    pub guest: UserId,
    /// With whom they talked.
    pub partner: UserId,
    /// Whose link it was.
    pub inviter: UserId,
}

/// Which of these came by a link lately.
async fn brought(
    conn: &mut Conn,
    keys: &Keys,
    of: HashSet<UserId>,
    now: Millis,
) -> Result<HashSet<UserId>, Fault> {
    let by_hash: FxHashMap<Vec<u8>, UserId> =
        of.into_iter().map(|user| (keys.payer_hash(user), user)).collect();
    let hashes: Vec<&[u8]> = by_hash.keys().map(Vec::as_slice).collect();
    let rows = conn.query(LATELY, &[&hashes, &now.plus(-COUNTED_MS).0]).await?;
    let user = |row: &tokio_postgres::Row| -> Result<Option<UserId>, Fault> {
        Ok(by_hash.get(row.try_get::<_, &[u8]>(0)?).copied())
    };
    rows.iter().filter_map(|row| user(row).transpose()).collect()
}

/// Whether nobody has arranged it, as far as that can be seen.
pub(super) async fn is_by_chance(
    conn: &mut Conn,
    keys: &Keys,
    chat: Chat,
    now: Millis,
) -> Result<bool, Fault> {
    let Chat { guest, partner, inviter } = chat;
    let since = now.plus(-COUNTED_MS).0;
    let rows = conn.query(ODD, &[&guest.0, &partner.0, &inviter.0, &now.0, &since]).await?;
    if rows.first().map(|row| row.try_get(0)).transpose()?.unwrap_or(true) {
        return Ok(false);
    }
    let mut met: FxHashMap<UserId, Vec<UserId>> = FxHashMap::default();
    for row in conn.query(COMPANY, &[&partner.0]).await? {
        let (other, further) = (UserId(row.try_get("other")?), UserId(row.try_get("further")?));
        met.entry(other).or_default().push(further);
    }
    let all = met.iter().flat_map(|(other, further)| further.iter().chain([other]).copied());
    let brought = brought(conn, keys, all.chain([partner]).collect(), now).await?;
    // Themselves, whoever is in it, and who came by a link make no company.
    let is_one_of_us = |user: &UserId| [guest, partner, inviter].contains(user);
    let is_outside =
        |user: &UserId| !is_one_of_us(user) && !met.contains_key(user) && !brought.contains(user);
    let others = met.iter().filter(|(other, _)| !is_one_of_us(other));
    let (came, plain): (Vec<_>, Vec<_>) = others.partition(|(other, _)| brought.contains(*other));
    // A circle knows nobody but itself.
    let company = plain.iter().filter(|(_, further)| further.iter().any(is_outside)).count();
    Ok(!brought.contains(&partner) && company > came.len())
}
