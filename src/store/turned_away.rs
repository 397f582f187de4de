//! Who said that they are not 18 and then erased themselves: what is remembered of it is a keyed hash, until the day is
//! over in which they are not asked again.

use super::conn::Conn;
use super::crypto::Keys;
use super::error::Fault;
use nameless_actors::ports::Loaded;
use nameless_domain::ids::UserId;
use nameless_domain::session::account::{Account, Phase};
use nameless_domain::text::Lang;
use nameless_domain::time::Millis;
use std::collections::HashMap;

/// Of a row that is about to go.
const NOTE: &str = "\
    INSERT INTO turned_away (user_hash, since)
    SELECT $2, (phase ->> 'since')::bigint FROM accounts WHERE user_id = $1 AND phase ->> 'at' = 'underage'
    ON CONFLICT (user_hash) DO UPDATE SET since = excluded.since";

const READ: &str = "SELECT user_hash, since FROM turned_away WHERE user_hash = ANY($1)";

/// Notes it of somebody who is being erased, if it is so.
pub(super) async fn note(conn: &mut Conn, keys: &Keys, user: UserId) -> Result<(), Fault> {
    conn.execute(NOTE, &[&user.0, &keys.turned_away_hash(user)]).await?;
    Ok(())
}

/// Fills in those of `users` who have no row and were turned away: all that is known of them.
pub(super) async fn fill_in(
    conn: &mut Conn,
    keys: &Keys,
    users: &[UserId],
    found: &mut [Option<Loaded>],
) -> Result<(), Fault> {
    let unknown = found.iter().zip(users).filter(|(found, _)| found.is_none());
    let hashes: Vec<Vec<u8>> = unknown.map(|(_, user)| keys.turned_away_hash(*user)).collect();
    if hashes.is_empty() {
        return Ok(());
    }
    let mut since: HashMap<Vec<u8>, i64> = HashMap::new();
    for row in conn.query(READ, &[&hashes]).await? {
        since.insert(row.try_get("user_hash")?, row.try_get("since")?);
    }
    let unknown = found.iter_mut().zip(users).filter(|(found, _)| found.is_none());
    for ((found, user), hash) in unknown.zip(&hashes) {
        if let Some(&since) = since.get(hash) {
            let phase = Phase::Underage { since: Millis(since) };
            let account = Account { phase, ..Account::new(*user, Lang::En, Millis(since)) };
            *found = Some(Loaded { account, live: None, owed: Vec::new() });
        }
    }
    Ok(())
}
