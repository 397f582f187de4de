//! People whom a user does not want to meet again. They are loaded with the account (see
//! `account`).

use crate::store::pg::{Conn, Fault};
use crate::store::table::{Erasure, Expiry, Export, Step, Table};
use nameless_domain::ids::UserId;
use nameless_domain::time::Millis;
use std::collections::BTreeMap;

/// What is kept here.
pub(crate) const TABLES: &[Table] = &[Table {
    name: "blocks",
    life: "until the one who blocked erases themselves; 10,000 a person, none makes room, who has so many is told",
    ids: &["user_id", "blocked"],
    words: &[],
    other: &["at"],
    stays: &[("blocked", "that others do not want to meet them is the others'")],
    export: Export::No("`account` tells how many"),
    erasure: Erasure::Steps(&[Step::rows("DELETE FROM blocks WHERE user_id = $1")]),
    expiry: Expiry::No("the erasure of who blocked"),
}];

const INSERT: &str = "\
    INSERT INTO blocks (user_id, blocked, at) SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[])
    ON CONFLICT DO NOTHING";

/// The blocks of a batch; the first of each pair of people counts.
#[derive(Default)]
pub(crate) struct Blocks(BTreeMap<(i64, i64), i64>);

impl Blocks {
    /// Adds one.
    pub(crate) fn add(&mut self, by: UserId, of: UserId, at: Millis) {
        self.0.entry((by.0, of.0)).or_insert(at.0);
    }

    /// Writes them all.
    pub(crate) async fn write(self, conn: &mut Conn) -> Result<(), Fault> {
        if self.0.is_empty() {
            return Ok(());
        }
        let (by, of): (Vec<i64>, Vec<i64>) = self.0.keys().copied().unzip();
        let at: Vec<i64> = self.0.into_values().collect();
        conn.execute(INSERT, &[&by, &of, &at]).await?;
        Ok(())
    }
}
