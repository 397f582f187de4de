//! What migrations would hold up, and for how many rows, before any of them runs.

use super::statements::{Does, added, read, split};
use super::{
    BACKFILLS, Filling, MIGRATIONS, MigrateError, Migration, QUERY_TIMEOUT, Session, applied, checked, expand,
};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Counted to so many; above that the server's own estimate is good enough.
const COUNTED: i64 = 10_000;
/// Characters of a statement that are shown.
const SHOWN: usize = 100;

/// Rows of a table with its parts: counted if few, else estimated. None of what is not there.
const ROWS: &str = "\
    SELECT sum(greatest(reltuples, 0))::bigint FROM pg_class
    WHERE oid = to_regclass($1) OR oid IN (SELECT relid FROM pg_partition_tree(to_regclass($1)))";

/// A line for each thing that is held up by what is not applied yet, or by taking the newest `down`
/// back.
pub async fn plan(url: &str, down: Option<usize>) -> Result<String, MigrateError> {
    let session = Session::open(url).await?;
    let told = session.plan(down).await;
    session.close().await;
    told
}

impl Session {
    async fn plan(&self, down: Option<usize>) -> Result<String, MigrateError> {
        let done = checked(MIGRATIONS, self.limited(QUERY_TIMEOUT, applied(&self.client)).await?)?;
        let has = |m: &&Migration| done.iter().any(|a| a.number == m.number);
        let steps: Vec<(&Migration, &str)> = match down {
            None => MIGRATIONS.iter().filter(|m| !has(m)).map(|m| (m, m.up)).collect(),
            Some(steps) => MIGRATIONS.iter().rev().filter(has).take(steps).map(|m| (m, m.down)).collect(),
        };
        // The version before knows at least what it has applied.
        let newest = done.iter().map(|a| a.number).max().unwrap_or_default();
        let (mut said, mut rows) = (String::new(), BTreeMap::<String, Option<String>>::new());
        for (migration, sql) in steps {
            let about = match (down, expand::exception(migration.number)) {
                (Some(_), _) => {
                    "taking it back: what only it holds is lost; stop every node first".to_owned()
                }
                (None, None) => "expands: the version before goes on beside it".to_owned(),
                (None, Some(why)) if expand::oldest(migration.number) <= newest => {
                    format!("changes what is there ({why}): the version before goes on beside it")
                }
                (None, Some(why)) => {
                    format!("changes what is there ({why}): stop the nodes of the version before first")
                }
            };
            _ = writeln!(said, "{:04} {}: {about}", migration.number, migration.name);
            if down.is_none() {
                for name in migration.needs() {
                    _ = writeln!(said, "     refused until all is filled: {name}");
                }
                for later in BACKFILLS.iter().filter(|backfill| backfill.after == migration.number) {
                    let Some(rows) = self.rows(later.table).await? else { continue };
                    let (table, what, name) = (later.table, later.what, later.name);
                    _ = writeln!(said, "     {table}, {rows} rows, after it in batches: {what} ({name})");
                }
                for statement in expand::contracts(sql) {
                    let start: String = statement.chars().take(SHOWN).collect();
                    _ = writeln!(said, "     not for the version before: {start}");
                }
            }
            for (table, effect) in effects(sql) {
                let known = match rows.get(&table) {
                    Some(known) => known,
                    None => {
                        let counted = self.rows(&table).await?;
                        &*rows.entry(table.clone()).or_insert(counted)
                    }
                };
                // Of what is only made by one of these steps there is nothing to say.
                if let Some(known) = known {
                    _ = writeln!(said, "     {table}, {known} rows: {effect}");
                }
            }
        }
        if down.is_none() {
            for filling in self.counted_fillings().await?.iter().filter(|filling| !filling.is_over) {
                let Filling { name, rows, of, .. } = filling;
                let of = of.as_ref().map_or(String::new(), |of| format!(", of {of}"));
                _ = writeln!(said, "under way, in batches: {name}, {rows} rows are filled{of}");
            }
        }
        Ok(if said.is_empty() { "nothing to do\n".to_owned() } else { said })
    }

    /// How many rows a table has, in words.
    pub(super) async fn rows(&self, table: &str) -> Result<Option<String>, MigrateError> {
        let estimate = self.limited(QUERY_TIMEOUT, self.client.query_one(ROWS, &[&table])).await?;
        let Some(about) = estimate.get::<_, Option<i64>>(0) else { return Ok(None) };
        if about > COUNTED {
            return Ok(Some(format!("about {about}")));
        }
        let quoted = table.replace('"', "\"\"");
        let sql = format!("SELECT count(*) FROM (SELECT FROM \"{quoted}\" LIMIT {}) AS few", COUNTED + 1);
        let counted =
            self.limited(QUERY_TIMEOUT, self.client.query_one(sql.as_str(), &[])).await?.get::<_, i64>(0);
        Ok(Some(if counted > COUNTED { format!("over {COUNTED}") } else { counted.to_string() }))
    }
}

/// Which tables a step touches, and what is held up there.
fn effects(sql: &str) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for statement in split(sql) {
        let (table, effect) = match read(&statement) {
            Does::Table(_) | Does::New | Does::Other => continue,
            Does::Part(table) => (table, "ACCESS EXCLUSIVE, a moment: gets a part".to_owned()),
            Does::Index { table, .. } => {
                (table, "SHARE, while all rows are read: writes wait (an index is made)".to_owned())
            }
            Does::Trigger(table) => (table, "SHARE ROW EXCLUSIVE, a moment: writes wait".to_owned()),
            Does::Alter { table, actions } => (table, altered(&actions)),
            Does::Insert(table) => (table, "ROW EXCLUSIVE: rows are added, nobody waits".to_owned()),
            Does::Update { table, .. } => {
                (table, "ROW EXCLUSIVE: rows are changed, whoever changes the same waits".to_owned())
            }
            Does::Delete(table) => {
                (table, "ROW EXCLUSIVE: rows are removed, whoever changes the same waits".to_owned())
            }
            Does::Drop(table) => {
                (table, "ACCESS EXCLUSIVE, a moment: it and its rows are removed".to_owned())
            }
        };
        all.push((table.to_owned(), effect));
    }
    all
}

fn altered(actions: &[&str]) -> String {
    let upper: Vec<String> = actions.iter().map(|action| action.to_ascii_uppercase()).collect();
    let reads = |action: &String| {
        // Of a column that is added every row has the same value: it is proved once.
        added(action).is_none()
            && (action.starts_with("ADD ")
                || action.ends_with(" SET NOT NULL")
                || action.starts_with("VALIDATE"))
    };
    let how = if upper.iter().any(|action| action.contains(" TYPE ")) {
        "while it is written anew"
    } else if upper.iter().any(reads) {
        "while all rows are read"
    } else {
        "a moment"
    };
    format!("ACCESS EXCLUSIVE, {how}: reads and writes wait ({})", actions.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_up_is_said_by_kind() {
        let sql = "CREATE TABLE a (x int); CREATE INDEX b_x ON b (x); ALTER TABLE b ADD COLUMN y int; \
                   ALTER TABLE b ADD CONSTRAINT c CHECK (x > 0); ALTER TABLE b ALTER COLUMN x TYPE bigint; \
                   UPDATE c SET x = 1; DROP TABLE d; DO $$ $$;";
        let told = effects(sql);
        let starts = [
            ("b", "SHARE, while"),
            ("b", "ACCESS EXCLUSIVE, a moment"),
            ("b", "ACCESS EXCLUSIVE, while all rows are read"),
            ("b", "ACCESS EXCLUSIVE, while it is written anew"),
            ("c", "ROW EXCLUSIVE"),
            ("d", "ACCESS EXCLUSIVE, a moment"),
        ];
        assert_eq!(told.len(), starts.len(), "{told:?}");
        for ((table, effect), (of, start)) in told.iter().zip(starts) {
            assert!(table == of && effect.starts_with(start), "{table}: {effect}");
        }
    }
}
