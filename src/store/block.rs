//! People whom a user does not want to meet again. They are loaded with the account (see `account`).

use super::conn::Conn;
use super::error::Fault;
use nameless_domain::ids::UserId;
use nameless_domain::time::Millis;
use std::collections::BTreeMap;

const INSERT: &str = "\
    INSERT INTO blocks (user_id, blocked, at) SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[])
    ON CONFLICT DO NOTHING";

/// The blocks of a batch; the first of each pair of people counts.
#[derive(Default)]
pub(super) struct Blocks(BTreeMap<(i64, i64), i64>);

impl Blocks {
    /// Adds one.
    pub(super) fn add(&mut self, by: UserId, of: UserId, at: Millis) {
        self.0.entry((by.0, of.0)).or_insert(at.0);
    }

    /// Writes them all.
    pub(super) async fn write(self, conn: &mut Conn) -> Result<(), Fault> {
        if self.0.is_empty() {
            return Ok(());
        }
        let (by, of): (Vec<i64>, Vec<i64>) = self.0.keys().copied().unzip();
        let at: Vec<i64> = self.0.into_values().collect();
        conn.execute(INSERT, &[&by, &of, &at]).await?;
        Ok(())
    }
}
