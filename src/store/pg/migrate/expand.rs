//! Whether a migration only expands: the program of the version before goes on beside it, and one
//! can go back to it without touching the database.
//!
//! What contracts (removes, renames, tightens) comes a version after the last program that needs
//! it, under a number in [`NOT_EXPANDING`].

use super::statements::{Does, added, parts, read, split};
use std::collections::BTreeSet;

/// A migration that does more than expand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Other {
    /// Its number.
    pub number: i32,
    /// Programs that know this migration, at least, run on the schema that it leaves.
    pub oldest: i32,
    /// What it does.
    pub why: &'static str,
}

/// Those that are no expanding steps. The first four are from before the rule.
pub(super) const NOT_EXPANDING: &[Other] = &[
    Other { number: 3, oldest: 3, why: "the history becomes a table of months" },
    Other { number: 9, oldest: 9, why: "blocks move out of the accounts" },
    Other { number: 22, oldest: 22, why: "a kind of line is added, which its CHECK has to allow" },
    Other {
        number: 29,
        oldest: 29,
        why: "kinds of orders and units are added, which their CHECKs have to allow",
    },
    Other { number: 30, oldest: 29, why: "a match's new columns have a CHECK of their own" },
    // A program before it writes none of the new units, and reads each unit by its name.
    Other { number: 37, oldest: 36, why: "units of the ledger are added, which its CHECK has to allow" },
    Other { number: 43, oldest: 40, why: "a unit of the ledger is added, which its CHECK has to allow" },
    Other { number: 46, oldest: 40, why: "the function that opens pairs is replaced: it notes their bots" },
    Other { number: 57, oldest: 46, why: "a trigger lets a dating profile follow its owner to another bot" },
    Other { number: 58, oldest: 46, why: "a trigger has a dating profile begin at its owner's bot" },
    Other { number: 62, oldest: 46, why: "a trigger notes when a dating profile changes for others" },
];

/// Which migration a program has to know to run on the schema that this one leaves; 0 is any.
pub(super) fn oldest(number: i32) -> i32 {
    NOT_EXPANDING.iter().find(|other| other.number == number).map_or(0, |other| other.oldest)
}

/// Why this one does more than expand; none if it only does that.
pub(super) fn exception(number: i32) -> Option<&'static str> {
    NOT_EXPANDING.iter().find(|other| other.number == number).map(|other| other.why)
}

/// What of a migration the program before it would trip over, statement by statement.
pub(super) fn contracts(sql: &str) -> Vec<String> {
    let (mut made, mut columns): (BTreeSet<String>, BTreeSet<String>) = Default::default();
    let mut wrong = Vec::new();
    for statement in split(sql) {
        let is_fine = match read(&statement) {
            Does::Table(table) => {
                made.insert(table.to_owned());
                true
            }
            Does::New => true,
            Does::Index { table, unique, over } => {
                // Unique over what the program before does not write.
                let over = over.trim_start_matches('(').split([',', ')', ' ']).next().unwrap_or_default();
                !unique || made.contains(table) || columns.contains(over)
            }
            Does::Part(table) | Does::Trigger(table) | Does::Insert(table) | Does::Delete(table) => {
                made.contains(table)
            }
            Does::Update { table, set } => made.contains(table) || is_of(set, &columns),
            Does::Alter { table, actions } => {
                let fine = |action: &&str| made.contains(table) || is_harmless(action);
                let is_fine = actions.iter().all(fine);
                columns.extend(
                    actions.iter().filter_map(|action| added(action)).map(|(name, _)| name.to_owned()),
                );
                is_fine
            }
            Does::Drop(_) | Does::Other => false,
        };
        if !is_fine {
            wrong.push(statement);
        }
    }
    wrong
}

/// Whether all that is set are columns that this migration has added.
fn is_of(set: &str, columns: &BTreeSet<String>) -> bool {
    let end = [" WHERE ", " FROM "].iter().filter_map(|word| set.find(word)).min().unwrap_or(set.len());
    parts(&set[..end]).iter().all(|one| one.split_once(" =").is_some_and(|(name, _)| columns.contains(name)))
}

/// A column that rows without it may lack, or how values are stored.
fn is_harmless(action: &str) -> bool {
    let upper = action.to_ascii_uppercase();
    match added(action) {
        Some(_) => !upper.contains(" NOT NULL") || upper.contains(" DEFAULT "),
        None => {
            upper.starts_with("ALTER COLUMN ")
                && [" SET STORAGE ", " SET STATISTICS "].iter().any(|w| upper.contains(w))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::MIGRATIONS;
    use super::*;

    /// What is added has to be one, or in the list with a reason; and what is in the list has to
    /// need it.
    #[test]
    fn every_migration_expands_or_says_why_not() {
        for migration in MIGRATIONS {
            let (number, wrong) = (migration.number, contracts(migration.up_sql()));
            match NOT_EXPANDING.iter().find(|other| other.number == number) {
                None => assert!(
                    wrong.is_empty(),
                    "{number:04}: the version before could not go on beside this (docs/architecture.md): {wrong:#?}"
                ),
                Some(other) => {
                    assert!(!wrong.is_empty(), "{number:04} is in the list and needs not be");
                    assert!(other.why.len() > 5 && other.oldest <= number, "{number:04}");
                    // From now on a version lies between.
                    assert!(number <= 35 || other.oldest < number, "{number:04} contracts at once");
                }
            }
        }
    }

    #[test]
    fn steps_by_table() {
        let expand = [
            "CREATE TABLE a (x int NOT NULL); CREATE UNIQUE INDEX a_x ON a (x); INSERT INTO a VALUES (1);",
            "CREATE TABLE a (x int); ALTER TABLE a ALTER COLUMN x SET NOT NULL; CREATE TRIGGER t BEFORE UPDATE ON a;",
            "CREATE INDEX b_x ON b (x); COMMENT ON TABLE b IS 'x';",
            "ALTER TABLE b ADD COLUMN x int, ADD y text NOT NULL DEFAULT 'z' CHECK (y IN ('z', 'a'));",
            "ALTER TABLE b ADD x int; CREATE UNIQUE INDEX b_x ON b (x); UPDATE b SET x = (SELECT 1, 2) WHERE z = 3;",
            "ALTER TABLE b ALTER COLUMN x SET STORAGE EXTERNAL; CREATE FUNCTION f() RETURNS int AS $$ DROP; $$;",
        ];
        for sql in expand {
            assert_eq!(contracts(sql), Vec::<String>::new(), "{sql}");
        }
        let contract = [
            "DROP TABLE b",
            "ALTER TABLE b DROP COLUMN x",
            "ALTER TABLE b RENAME TO c",
            "ALTER TABLE b ADD COLUMN x int NOT NULL",
            "ALTER TABLE b ALTER COLUMN x SET NOT NULL",
            "ALTER TABLE b ALTER COLUMN x TYPE bigint",
            "ALTER TABLE b ADD CONSTRAINT c CHECK (x > 0)",
            "CREATE UNIQUE INDEX b_x ON b (x)",
            "CREATE TRIGGER t BEFORE INSERT ON b",
            "ALTER TABLE b ADD x int; UPDATE b SET x = 1, y = 2",
            "UPDATE b SET y = 2",
            "DELETE FROM b",
            "INSERT INTO b VALUES (1)",
            "CREATE OR REPLACE FUNCTION f() RETURNS int AS $$ $$",
            "DO $$ BEGIN END $$",
            "DROP INDEX b_x",
        ];
        for sql in contract {
            assert_eq!(contracts(sql).len(), 1, "{sql}");
        }
    }
}
