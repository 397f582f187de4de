//! Which message of one chat is which of the other: for replies, edits, deletions.

use super::codes::side_number;
use crate::store::pg::insert::{Insert, insert};
use crate::store::pg::{Conn, Fault};
use crate::store::table::{Erasure, Expiry, Export, Step, Table};
use nameless_actors::ports::MapRow;
use nameless_domain::ids::PairId;
use nameless_domain::time::Millis;
use rustc_hash::FxHashMap;

/// What is kept here.
pub(crate) const TABLES: &[Table] = &[Table {
    name: "message_map",
    life: "48 hours, as Telegram lets a bot delete a message for so long",
    ids: &[],
    words: &[],
    other: &["pair_id", "at"],
    stays: &[],
    export: Export::No("numbers of messages in two chats, one of them another's"),
    erasure: Erasure::Steps(&[Step::rows(
        "DELETE FROM message_map m USING pairs p WHERE (p.a = $1 OR p.b = $1) AND m.pair_id = p.pair_id",
    )]),
    expiry: Expiry::Rows {
        before: |lives| lives.hours(48),
        sql: "DELETE FROM message_map WHERE ctid = ANY(ARRAY(
            SELECT ctid FROM message_map WHERE at < $1 ORDER BY at LIMIT $2))",
    },
}];

const INSERT: Insert = insert!(
    "INSERT INTO message_map (pair_id, from_side, source, copy, at)
     SELECT unnest($1::bigint[]), unnest($2::smallint[]), unnest($3::integer[]), unnest($4::integer[]),
         unnest($5::bigint[])",
    "ON CONFLICT (pair_id, from_side, source) DO UPDATE SET copy = excluded.copy, at = excluded.at"
);

/// The map rows of a batch: of several with one key, the last counts.
#[derive(Default)]
pub(crate) struct Mapped(FxHashMap<(i64, i16, i32), (i32, i64)>);

impl Mapped {
    /// Adds rows, later in the batch than those before them.
    pub(crate) fn add(&mut self, pair: PairId, at: Millis, rows: &[MapRow]) {
        let rows = rows.iter();
        self.0.extend(rows.map(|r| ((pair.0, side_number(r.from), r.source.0), (r.copy.0, at.0))));
    }

    /// Writes them all.
    pub(crate) async fn write(self, conn: &mut Conn) -> Result<(), Fault> {
        if self.0.is_empty() {
            return Ok(());
        }
        let mut rows: Vec<_> = self.0.into_iter().collect();
        rows.sort_unstable();
        let pair: Vec<i64> = rows.iter().map(|(key, _)| key.0).collect();
        let side: Vec<i16> = rows.iter().map(|(key, _)| key.1).collect();
        let source: Vec<i32> = rows.iter().map(|(key, _)| key.2).collect();
        let copy: Vec<i32> = rows.iter().map(|(_, value)| value.0).collect();
        let at: Vec<i64> = rows.iter().map(|(_, value)| value.1).collect();
        INSERT.write(conn, rows.len(), &[&pair, &side, &source, &copy, &at]).await
    }
}
