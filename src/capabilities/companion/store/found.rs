//! Turns of before there was an index get what they are found by (see [`recall`]), a few at a time.

use super::recall;
use super::words::{self, Part};
use crate::store::aggregates::user_key;
use crate::store::backfill::{Backfill, Filled};
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault};
use nameless_domain::ids::UserId;
use std::collections::BTreeMap;

/// What characters find again in talks of before 0040.
pub(crate) const BACKFILL: Backfill = Backfill {
    name: "companion_recall",
    after: 45,
    table: "companion_turns",
    what: "turns of before 0040 get the blind words by which they are found again",
    batch: |conn, keys, reached, most| Box::pin(fill(conn, keys, reached, most)),
};

const PAGE: &str = "\
    SELECT dialog_id, turn FROM companion_turns WHERE (dialog_id, turn) > ($1, $2)
    ORDER BY dialog_id, turn LIMIT $3";

/// Whoever forgets, answers or takes back locks the dialog first: they wait for these milliseconds,
/// or what they did is seen.
const LOCK: &str = "\
    SELECT dialog_id, forgot FROM companion_dialogs WHERE dialog_id = ANY($1) ORDER BY dialog_id FOR SHARE";

const BARE: &str = "\
    SELECT dialog_id, turn, user_id, asked, reply FROM companion_turns
    WHERE (dialog_id, turn) > ($1, $2) AND (dialog_id, turn) <= ($3, $4)
        AND reply IS NOT NULL AND stems = '{}'
    ORDER BY dialog_id, turn";

async fn fill(conn: &mut Conn, keys: &Keys, reached: Option<String>, most: i64) -> Result<Filled, Fault> {
    let (from, after) = place(reached.as_deref())?;
    let page = conn.query(PAGE, &[&from, &after, &most]).await?;
    let Some(last) = page.last() else { return Ok(Filled { rows: 0, reached: None }) };
    let to: (i64, i32) = (last.try_get("dialog_id")?, last.try_get("turn")?);
    let mut dialogs: Vec<i64> = page.iter().map(|row| row.try_get("dialog_id")).collect::<Result<_, _>>()?;
    dialogs.dedup();
    let mut forgot: BTreeMap<i64, i32> = BTreeMap::new();
    for row in conn.query(LOCK, &[&dialogs]).await? {
        forgot.insert(row.try_get("dialog_id")?, row.try_get("forgot")?);
    }
    let bare = conn.query(BARE, &[&from, &after, &to.0, &to.1]).await?;
    let mut owners: Vec<i64> = bare.iter().map(|row| row.try_get("user_id")).collect::<Result<_, _>>()?;
    owners.sort_unstable();
    owners.dedup();
    let ring = user_key::get(conn, keys, &owners).await?;
    let mut rows = 0;
    for row in &bare {
        let at: (i64, i32) = (row.try_get("dialog_id")?, row.try_get("turn")?);
        // What its owner wanted forgotten is not found again, nor what is being erased.
        let is_kept = forgot.get(&at.0).is_some_and(|forgot| at.1 > *forgot);
        let key = ring.get(&UserId(row.try_get("user_id")?));
        let (true, Some(key)) = (is_kept, key) else { continue };
        let asked = words::open(key, Part::Asked, at, row.try_get("asked")?);
        let reply = words::open(key, Part::Reply, at, row.try_get("reply")?);
        // One that is damaged must not keep all others from it.
        let (Ok(asked), Ok(reply)) = (asked, reply) else {
            tracing::warn!(dialog = at.0, turn = at.1, "a turn does not open: it is not found again");
            continue;
        };
        recall::index(conn, key, at, [&asked, &reply]).await?;
        rows += 1;
    }
    Ok(Filled { rows, reached: Some(format!("{}:{}", to.0, to.1)) })
}

/// The place that was reached, as it is kept.
fn place(reached: Option<&str>) -> Result<(i64, i32), Fault> {
    let Some(reached) = reached else { return Ok((i64::MIN, i32::MIN)) };
    let read =
        reached.split_once(':').and_then(|(dialog, turn)| Some((dialog.parse().ok()?, turn.parse().ok()?)));
    read.ok_or_else(|| Fault::Corrupt("a place of a backfill that is none".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_is_kept() {
        assert_eq!(place(Some("7:-3")).unwrap(), (7, -3));
        assert_eq!(place(None).unwrap(), (i64::MIN, i32::MIN));
        for wrong in ["", "7", "7:", ":3", "7:x"] {
            assert!(place(Some(wrong)).is_err(), "{wrong}");
        }
    }
}
