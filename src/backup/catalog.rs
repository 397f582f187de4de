//! What there is to back up, as the database itself says: tables, their columns and keys, in an
//! order in which none comes before one that it refers to.

use super::error::BackupError;
use super::format::{Applied, Holds};
use crate::store::{Conn, Fault, tables};
use std::collections::{BTreeMap, BTreeSet};

/// Tables that are not backed up, and why.
pub const LEFT_OUT: &[(&str, &str)] = &[
    ("inbox", "updates under way: what people said must not be on disk for longer than an hour"),
    ("nodes", "leases of processes"),
    ("partitions", "leases of processes; made anew"),
    ("polling_leases", "leases of processes"),
    ("admin_links", "good for five minutes"),
    ("admin_sessions", "an operator who signed out would be signed in again"),
    ("admin_replies", "answers that are repeated for a day"),
];

/// Tables in the file of keys. All of them open what a person wrote, or are sealed under no key of
/// the person's own; with the last one erasures are repeated.
pub const KEYS: &[&str] =
    &["user_keys", "report_evidence", "appeals", "operator_notes", "admin_requests", "erasures"];

/// The log of erasures, in both files: by the difference a restore knows whom to erase again.
pub(super) const ERASURES: &str = "erasures";

/// A table.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<String>,
    key: Vec<String>,
    refers: Vec<Reference>,
}

/// A foreign key.
#[derive(Clone, Debug)]
struct Reference {
    to: String,
    own: Vec<String>,
    theirs: Vec<String>,
}

/// All tables but the migrations' own.
pub(super) struct Catalog {
    tables: Vec<Table>,
}

const NAMES: &str = "\
    SELECT c.relname::text FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
      AND c.relname <> 'schema_migrations'
    ORDER BY 1";

/// Those that may be written; in the order of the primary key where they are in it.
const COLUMNS: &str = "\
    SELECT c.relname::text, a.attname::text, array_position(i.indkey::int2[], a.attnum) AS place
    FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
    LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    ORDER BY c.relname, a.attnum";

const REFERENCES: &str = "\
    SELECT k.conrelid::regclass::text, k.confrelid::regclass::text,
        ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS n (num, at)
              JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = n.num ORDER BY n.at),
        ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY AS n (num, at)
              JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = n.num ORDER BY n.at)
    FROM pg_constraint k
    WHERE k.contype = 'f' AND k.conparentid = 0 AND k.connamespace = 'public'::regnamespace";

const SEQUENCES: &str = "\
    SELECT sequencename::text, last_value FROM pg_sequences
    WHERE schemaname = 'public' AND last_value IS NOT NULL ORDER BY 1";

const MONTHS: &str = r"
    SELECT replace(substr(relname, 9), '_', '-') FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relname ~ '^history_\d{4}_\d{2}$' AND relispartition ORDER BY 1";

const MIGRATIONS: &str = "SELECT number, name, checksum, applied FROM schema_migrations ORDER BY number";

impl Catalog {
    /// Looks. A table that the program does not know is an error: it would be missing.
    pub(super) async fn of(conn: &mut Conn) -> Result<Catalog, BackupError> {
        let known: BTreeSet<&str> = tables().map(|table| table.name).collect();
        let mut found: BTreeMap<String, Table> = BTreeMap::new();
        for row in conn.rows(NAMES, &[]).await? {
            let name: String = row.try_get(0)?;
            if !known.contains(&*name) {
                return Err(BackupError::UnknownTable(name));
            }
            found.insert(name.clone(), Table { name, columns: vec![], key: vec![], refers: vec![] });
        }
        let mut keys: BTreeMap<(String, i32), String> = BTreeMap::new();
        for row in conn.rows(COLUMNS, &[]).await? {
            let (table, column): (String, String) = (row.try_get(0)?, row.try_get(1)?);
            if let Some(place) = row.try_get::<_, Option<i32>>(2)? {
                keys.insert((table.clone(), place), column.clone());
            }
            found.entry(table).and_modify(|table| table.columns.push(column));
        }
        for ((table, _), column) in keys {
            found.entry(table).and_modify(|table| table.key.push(column));
        }
        for row in conn.rows(REFERENCES, &[]).await? {
            let reference = Reference { to: row.try_get(1)?, own: row.try_get(2)?, theirs: row.try_get(3)? };
            found.entry(row.try_get(0)?).and_modify(|table| table.refers.push(reference));
        }
        Ok(Catalog { tables: in_order(found) })
    }

    /// What belongs into a file.
    pub(super) fn of_file(&self, holds: Holds) -> impl Iterator<Item = &Table> {
        self.tables.iter().filter(move |table| belongs(&table.name, holds))
    }

    pub(super) fn find(&self, name: &str, holds: Holds) -> Option<&Table> {
        self.of_file(holds).find(|table| table.name == name)
    }
}

/// Whether a table belongs into a file.
pub(super) fn belongs(name: &str, holds: Holds) -> bool {
    let is_left_out = LEFT_OUT.iter().any(|(left, _)| *left == name);
    match holds {
        Holds::Data => !is_left_out && (!KEYS.contains(&name) || name == ERASURES),
        Holds::Keys => KEYS.contains(&name),
    }
}

/// Those first that others refer to. None refers to itself, or in a circle; if one did, it would
/// come last.
fn in_order(mut left: BTreeMap<String, Table>) -> Vec<Table> {
    let mut order = Vec::with_capacity(left.len());
    loop {
        let waits = |table: &Table, left: &BTreeMap<String, Table>| {
            table
                .refers
                .iter()
                .any(|reference| reference.to != table.name && left.contains_key(&reference.to))
        };
        let next: Vec<String> =
            left.values().filter(|table| !waits(table, &left)).map(|table| table.name.clone()).collect();
        if next.is_empty() {
            order.extend(left.into_values());
            return order;
        }
        order.extend(next.iter().filter_map(|name| left.remove(name)));
    }
}

impl Table {
    /// All its rows, in the order of its key.
    pub(super) fn copy_out(&self) -> String {
        let key = if self.key.is_empty() { &self.columns } else { &self.key };
        format!(
            "COPY (SELECT {} FROM {} ORDER BY {}) TO STDOUT",
            list(&self.columns),
            quoted(&self.name),
            list(key)
        )
    }

    /// The same with these of its columns.
    pub(super) fn of_columns(&self, columns: &[String]) -> Table {
        Table { columns: columns.to_vec(), ..self.clone() }
    }

    /// Rows into a table of this name with its columns.
    pub(super) fn copy_in(&self, into: &str) -> String {
        format!("COPY {} ({}) FROM STDIN", quoted(into), list(&self.columns))
    }

    /// The name of the table beside it, as long as a session.
    pub(super) fn beside(&self) -> String {
        format!("restored_{}", self.name)
    }

    /// From there into it, whatever is new to it and whose foreign keys fit.
    pub(super) fn take_over(&self) -> String {
        let fits = self.refers.iter().map(|reference| {
            let pairs = reference.own.iter().zip(&reference.theirs);
            let same = pairs.map(|(own, theirs)| format!("t.{} = r.{}", quoted(theirs), quoted(own)));
            let same = same.collect::<Vec<_>>().join(" AND ");
            format!("EXISTS (SELECT FROM {} t WHERE {same})", quoted(&reference.to))
        });
        let fits = fits.chain(["true".to_owned()]).collect::<Vec<_>>().join(" AND ");
        let columns = list(&self.columns);
        format!(
            "INSERT INTO {} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM {} r WHERE {fits}
             ON CONFLICT DO NOTHING",
            quoted(&self.name),
            quoted(&self.beside())
        )
    }
}

/// Sequences and where they are. Later than the rows, hence never behind them.
pub(super) async fn sequences(conn: &mut Conn) -> Result<Vec<(String, i64)>, Fault> {
    let rows = conn.rows(SEQUENCES, &[]).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

/// Months of messages that have a table of their own.
pub(super) async fn months(conn: &mut Conn) -> Result<Vec<String>, Fault> {
    conn.rows(MONTHS, &[]).await?.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// Migrations that the database has.
pub(super) async fn migrations(conn: &mut Conn) -> Result<Vec<Applied>, Fault> {
    let rows = conn.rows(MIGRATIONS, &[]).await?;
    let of = |row: &tokio_postgres::Row| {
        Ok(Applied {
            number: row.try_get(0)?,
            name: row.try_get(1)?,
            checksum: row.try_get(2)?,
            applied: row.try_get(3)?,
        })
    };
    rows.iter().map(of).collect()
}

/// A name as SQL takes it, whatever is in it.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn list(names: &[String]) -> String {
    names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever adds a table finds it in a backup without doing anything; these lists name what
    /// there is.
    #[test]
    fn what_is_left_out_or_apart_is_a_table() {
        let known: BTreeSet<&str> = tables().map(|table| table.name).collect();
        for (name, why) in LEFT_OUT {
            assert!(known.contains(name) && why.len() > 5, "{name}");
            assert!(!KEYS.contains(name), "{name}");
        }
        for name in KEYS {
            assert!(known.contains(name), "{name}");
        }
        for name in known {
            let in_files =
                [Holds::Data, Holds::Keys].into_iter().filter(|holds| belongs(name, *holds)).count();
            let left_out = LEFT_OUT.iter().any(|(left, _)| *left == name);
            let wanted = match (left_out, name) {
                (true, _) => 0,
                (false, ERASURES) => 2,
                _ => 1,
            };
            assert_eq!(in_files, wanted, "{name}");
        }
    }

    /// A table whose words are under no key of a person's own belongs to the keys, or an erasure
    /// would leave them readable in every backup there is.
    #[test]
    fn keys_are_apart() {
        for table in tables().filter(|table| table.words.contains(&"wrapped")) {
            assert!(KEYS.contains(&table.name), "{} holds keys", table.name);
        }
    }

    #[test]
    fn none_comes_before_what_it_refers_to() {
        let table = |name: &str, to: &[&str]| {
            let refers = to.iter().map(|to| Reference { to: (*to).into(), own: vec![], theirs: vec![] });
            let refers = refers.collect();
            (name.to_owned(), Table { name: name.into(), columns: vec![], key: vec![], refers })
        };
        let all = [table("a", &["c"]), table("b", &[]), table("c", &["b", "c"]), table("d", &["a", "b"])];
        let order: Vec<String> = in_order(all.into()).into_iter().map(|table| table.name).collect();
        assert_eq!(order, ["b", "c", "a", "d"]);
    }

    #[test]
    fn names_cannot_end_themselves() {
        assert_eq!(quoted("a\"; DROP TABLE b"), "\"a\"\"; DROP TABLE b\"");
    }
}
