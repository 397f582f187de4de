//! Erasure of a user (I14).

use super::conn::Conn;
use super::crypto::Keys;
use super::error::Fault;
use super::turned_away;
use nameless_domain::ids::UserId;
use nameless_domain::time::Millis;

/// First of all: from here on the history is unreadable wherever copies of it are.
const KEY: &str = "DELETE FROM user_keys WHERE user_id = $1";

/// Then the rest. Reports against the user and their evidence stay while open; reports by the user stay
/// without their name. Pairs lose the name last: the steps before find the user's rows through it.
const STEPS: [&str; 14] = [
    "DELETE FROM active_pair_member
        WHERE pair_id IN (SELECT pair_id FROM active_pair_member WHERE user_id = $1)",
    "DELETE FROM history h USING pairs p
        WHERE (p.a = $1 OR p.b = $1) AND h.pair_id = p.pair_id
          AND h.side = CASE WHEN p.a = $1 THEN 0 ELSE 1 END",
    "DELETE FROM message_map m USING pairs p WHERE (p.a = $1 OR p.b = $1) AND m.pair_id = p.pair_id",
    "DELETE FROM ratings WHERE rater = $1 OR rated = $1",
    "DELETE FROM reports WHERE reported = $1 AND status = 'closed'",
    "UPDATE reports SET reporter = NULL WHERE reporter = $1",
    "DELETE FROM dead_letters WHERE user_id = $1",
    "DELETE FROM owed_lines WHERE user_id = $1",
    // Their own. That others do not want to meet them stays: it is the others'.
    "DELETE FROM blocks WHERE user_id = $1",
    "DELETE FROM accounts WHERE user_id = $1",
    // After the account, which a grant locks.
    "DELETE FROM entitlements WHERE user_id = $1",
    // As for these. An attempt that is under way finds that its hold is lost.
    "DELETE FROM jobs WHERE user_id = $1",
    "UPDATE pairs SET a = NULL WHERE a = $1",
    "UPDATE pairs SET b = NULL WHERE b = $1",
];

const END_PAIR: &str = "\
    UPDATE pairs SET ended = $2, cause = 'erased' WHERE (a = $1 OR b = $1) AND ended IS NULL";

const LOG: &str = "\
    INSERT INTO erasures AS old (user_hash, at) VALUES ($1, $2)
    ON CONFLICT (user_hash) DO UPDATE SET at = greatest(old.at, excluded.at)";

/// Removes everything about the user.
pub(super) async fn erase(conn: &mut Conn, keys: &Keys, user: UserId, now: Millis) -> Result<(), Fault> {
    conn.execute(KEY, &[&user.0]).await?;
    turned_away::note(conn, keys, user).await?;
    conn.execute(END_PAIR, &[&user.0, &now.0]).await?;
    for step in STEPS {
        conn.execute(step, &[&user.0]).await?;
    }
    conn.execute(LOG, &[&keys.user_hash(user), &now.0]).await?;
    Ok(())
}
