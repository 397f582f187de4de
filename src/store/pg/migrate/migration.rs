//! One step of the schema.

use super::{BACKFILLS, expand};
use crate::store::backfill::Backfill;
use sha2::{Digest, Sha256};

/// A step of the schema, there and back.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// Counts up.
    pub number: i32,
    /// What it does, as in the names of its files.
    pub name: &'static str,
    pub(super) up: &'static str,
    pub(super) down: &'static str,
}

/// Migrations by the names of their files, `NNNN_name` without `.up.sql` and `.down.sql`.
macro_rules! migrations {
    ($($file:literal),* $(,)?) => {
        &[$($crate::store::pg::migrate::Migration::of_files(
            $file,
            include_str!(concat!("../../migrations/", $file, ".up.sql")),
            include_str!(concat!("../../migrations/", $file, ".down.sql")),
        )),*]
    };
}
pub(crate) use migrations;

impl Migration {
    /// Of its files, whose names begin with `NNNN_name`; anything else does not compile.
    pub const fn of_files(file: &'static str, up: &'static str, down: &'static str) -> Migration {
        let (digits, name) = file.split_at(4);
        let (mut number, mut at) = (0, 0);
        while at < digits.len() {
            let digit = digits.as_bytes()[at];
            assert!(digit.is_ascii_digit(), "a migration's file begins with four digits");
            number = 10 * number + (digit - b'0') as i32;
            at += 1;
        }
        let (underscore, name) = name.split_at(1);
        assert!(underscore.as_bytes()[0] == b'_', "then comes an underscore");
        Migration { number, name, up, down }
    }

    /// The SQL of the way back.
    pub fn down_sql(&self) -> &'static str {
        self.down
    }

    /// The SQL of the way up.
    pub(crate) fn up_sql(&self) -> &'static str {
        self.up
    }

    /// The statement that notes it as applied at a moment, which is SQL for milliseconds.
    pub(crate) fn note(&self, at: &str) -> String {
        let (number, name, checksum) = (self.number, self.name, self.checksum());
        let oldest = expand::oldest(number);
        format!("INSERT INTO schema_migrations VALUES ({number}, '{name}', '{checksum}', {at}, {oldest})")
    }

    /// What begins with it and goes on in batches, as statements behind its own: where the table
    /// has no rows it has ended as well. One that was taken back begins anew.
    pub(crate) fn begin_fill(&self) -> String {
        let begun = BACKFILLS.iter().filter(|backfill| backfill.after == self.number);
        begun
            .map(|Backfill { name, table, .. }| {
                format!(
                    ";INSERT INTO backfills (name, begun, ended) \
                     SELECT '{name}', t.at, CASE WHEN EXISTS (SELECT FROM {table}) THEN NULL ELSE t.at END \
                     FROM (SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS at) t \
                     ON CONFLICT (name) DO UPDATE \
                     SET reached = NULL, filled = 0, begun = excluded.begun, ended = excluded.ended"
                )
            })
            .collect()
    }

    /// What must have been filled before it: it says so in its file.
    pub(super) fn needs(&self) -> impl Iterator<Item = &'static str> {
        self.up.lines().filter_map(|line| line.trim().strip_prefix("-- needs the backfill ")).map(str::trim)
    }

    /// SHA-256 of the way up, in hex. The way down may be mended later.
    pub(crate) fn checksum(&self) -> String {
        Sha256::digest(self.up.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
