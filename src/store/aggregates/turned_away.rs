//! Who said that they are not 18 and then erased themselves: what is remembered of it is a keyed
//! hash, until the day is over in which they are not asked again.

use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault};
use crate::store::table::{Erasing, Erasure, Expiry, Export, Stage, Step, Table};
use nameless_actors::ports::Loaded;
use nameless_domain::ids::UserId;
use nameless_domain::rules::Rules;
use nameless_domain::session::account::{Account, Phase};
use nameless_domain::text::Lang;
use nameless_domain::time::Millis;
use std::collections::HashMap;

/// What is kept here.
pub(crate) const TABLES: &[Table] = &[Table {
    name: "turned_away",
    life: "the 24 hours in which somebody who is not 18 is not asked again",
    ids: &["user_hash"],
    words: &[],
    other: &["since"],
    stays: &[("user_hash", "erasing is no way around the day; without the key the hash means nothing")],
    export: Export::No("whom it is about has no account; a copy tells them as much while they have one"),
    erasure: Erasure::Steps(&[Step::routine(Stage::Notes, |conn, who| Box::pin(note(conn, who)))]),
    expiry: Expiry::Rows {
        before: |lives| lives.now.plus(-Rules::default().underage_again_ms),
        sql: "DELETE FROM turned_away WHERE ctid = ANY(ARRAY(
            SELECT ctid FROM turned_away WHERE since <= $1 ORDER BY since LIMIT $2))",
    },
}];

/// Of a row that is about to go.
const NOTE: &str = "\
    INSERT INTO turned_away (user_hash, since)
    SELECT $2, (phase ->> 'since')::bigint FROM accounts WHERE user_id = $1 AND phase ->> 'at' = 'underage'
    ON CONFLICT (user_hash) DO UPDATE SET since = excluded.since";

const READ: &str = "SELECT user_hash, since FROM turned_away WHERE user_hash = ANY($1)";

/// Notes it of somebody who is being erased, if it is so.
async fn note(conn: &mut Conn, who: Erasing<'_>) -> Result<(), Fault> {
    conn.execute(NOTE, &[&who.user.0, &who.keys.turned_away_hash(who.user)]).await?;
    Ok(())
}

/// Fills in those of `users` who have no row and were turned away: all that is known of them.
pub(crate) async fn fill_in(
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
            *found = Some(Loaded { account, live: None, owed: Vec::new(), standing: None });
        }
    }
    Ok(())
}
