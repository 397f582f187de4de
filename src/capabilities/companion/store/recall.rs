//! Older turns that are found again by their words. The index is blind: of each turn it holds stems
//! of its words under its owner's key, of its dialog alone, and PostgreSQL compares what it cannot
//! read.

use super::turn::Said;
use super::words::{self, Part};
use crate::store::keys::SealingKey;
use crate::store::pg::{Conn, Fault};
use nameless_domain::companion::constants::{ASKED_STEMS, NEAR, RECALL_WITHIN, RECALLED, STEMS};
use nameless_domain::companion::recall::stems;

const INDEX: &str = "UPDATE companion_turns SET stems = $3 WHERE dialog_id = $1 AND turn = $2";

/// Those that share most words come first, of equals the later ones. One word in common is enough
/// only where there is but one.
const FIND: &str = "\
    SELECT turn, asked, reply, adult FROM (
        SELECT turn, asked, reply, adult,
            cardinality(ARRAY(SELECT unnest(stems) INTERSECT SELECT unnest($3::bytea[]))) AS shared
        FROM companion_turns
        WHERE dialog_id = $1 AND turn < $2 AND turn > $6 AND reply IS NOT NULL AND (NOT adult OR $5)
            AND stems && $3) found
    WHERE shared >= least(2, cardinality($3))
    ORDER BY shared DESC, turn DESC LIMIT $4";

/// In an order of their own: in that of the words they would tell what is said how.
fn blind(key: &SealingKey, dialog: i64, texts: &[&str], most: usize) -> Vec<Vec<u8>> {
    let mut blind: Vec<Vec<u8>> =
        stems(texts).iter().take(most).map(|stem| key.blind(dialog, stem)).collect();
    blind.sort_unstable();
    blind
}

/// What a turn is found by, as its row keeps it: what was said and what was answered.
pub(super) fn stems_of(key: &SealingKey, dialog: i64, words: [&str; 2]) -> Vec<Vec<u8>> {
    blind(key, dialog, &words, STEMS)
}

/// Notes what a turn is found by.
pub(super) async fn index(
    conn: &mut Conn,
    key: &SealingKey,
    (dialog, turn): (i64, i32),
    words: [&str; 2],
) -> Result<(), Fault> {
    conn.execute(INDEX, &[&dialog, &turn, &stems_of(key, dialog, words)]).await.map(drop)
}

/// Turns of a dialog that share words with what is said in this one, with their numbers, the best
/// first; none of the nearest, and none that needs adult mode where that is off.
pub(super) async fn find(
    conn: &mut Conn,
    key: &SealingKey,
    (dialog, turn): (i64, i32),
    (said, adult): (&str, bool),
) -> Result<Vec<(i32, Said)>, Fault> {
    let wanted = blind(key, dialog, &[said], ASKED_STEMS);
    let before = turn - NEAR;
    if wanted.is_empty() || before <= 1 {
        return Ok(Vec::new());
    }
    let after = before - RECALL_WITHIN;
    let mut found = Vec::new();
    for row in conn.query(FIND, &[&dialog, &before, &wanted, &RECALLED, &adult, &after]).await? {
        let of: i32 = row.try_get("turn")?;
        let asked = words::open(key, Part::Asked, (dialog, of), row.try_get("asked")?)?;
        let reply = words::open(key, Part::Reply, (dialog, of), row.try_get("reply")?)?;
        found.push((of, Said { asked, reply, adult: row.try_get("adult")? }));
    }
    Ok(found)
}
