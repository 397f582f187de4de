//! Erasures after a restore (I14): who has erased themselves since the data was read is erased
//! again.

use super::error::BackupError;
use crate::store::erase::erase;
use crate::store::{Conn, Keys, tables};
use nameless_domain::ids::UserId;
use nameless_domain::time::Millis;
use std::collections::{BTreeMap, BTreeSet};

/// Erasures that the file of keys knows and the data does not: since it was read, or once more
/// since.
const SINCE: &str = "\
    SELECT r.user_hash, r.at FROM restored_erasures r LEFT JOIN erasures e USING (user_hash)
    WHERE e.at IS NULL OR r.at > e.at";

const NOTE: &str = "\
    INSERT INTO erasures AS old (user_hash, at) SELECT user_hash, at FROM restored_erasures
    ON CONFLICT (user_hash) DO UPDATE SET at = greatest(old.at, excluded.at)";

/// Columns of whole numbers, or lists of them.
const NUMBERS: &str = "\
    SELECT c.relname::text, a.attname::text, a.atttypid = 'bigint[]'::regtype
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
      AND a.atttypid IN ('bigint'::regtype, 'bigint[]'::regtype)";

/// Erases them. How many there were. The log's rows of the file of keys are in a table beside it.
pub(super) async fn replay(conn: &mut Conn, keys: &Keys) -> Result<u64, BackupError> {
    let mut since: BTreeMap<Vec<u8>, i64> = BTreeMap::new();
    for row in conn.rows(SINCE, &[]).await? {
        since.insert(row.try_get(0)?, row.try_get(1)?);
    }
    let mut done = 0;
    if !since.is_empty() {
        // A hash does not say whose it is: everybody whom any table names is asked.
        for user in everybody(conn).await? {
            if let Some(at) = since.get(&keys.user_hash(user)) {
                erase(conn, keys, user, Millis(*at)).await?;
                done += 1;
            }
        }
    }
    conn.control(NOTE).await?;
    Ok(done)
}

async fn everybody(conn: &mut Conn) -> Result<BTreeSet<UserId>, BackupError> {
    let names_people =
        |table: &str, column: &str| tables().any(|known| known.name == table && known.ids.contains(&column));
    let mut columns = Vec::new();
    for row in conn.rows(NUMBERS, &[]).await? {
        let (table, column, is_list): (String, String, bool) =
            (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        if names_people(&table, &column) {
            columns.push((table, column, is_list));
        }
    }
    let mut everybody = BTreeSet::new();
    for (table, column, is_list) in columns {
        let value = if is_list { format!("unnest({column})") } else { column };
        let rows = conn.rows(&format!("SELECT DISTINCT {value} AS person FROM {table}"), &[]).await?;
        for row in rows {
            everybody.extend(row.try_get::<_, Option<i64>>(0)?.map(UserId));
        }
    }
    Ok(everybody)
}
