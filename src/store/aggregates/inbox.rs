//! The shared journal's table. Every statement can be repeated without harm: the update's id is the
//! key.

use crate::cluster::partition::Partition;
use crate::cluster::seen::{self, BLOCK_BYTES, Bits};
use crate::store::keys::{Keys, Nonces, update_aad};
use crate::store::pg::{Conn, Fault, PgStore};
use crate::store::renew::{UnderKek, under_kek};
use crate::store::table::{Erasure, Expiry, Export, Table};
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::ids::{MessageId, Seq};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// What is kept here.
pub(crate) const TABLES: &[Table] = &[
    Table {
        name: "inbox",
        life: "an update until it is done, and for an hour at most after that",
        ids: &[],
        words: &["sealed"],
        other: &["update_id", "seq", "sent"],
        stays: &[("sealed", "an update that is under way: it is null once that is done")],
        export: Export::No("updates on their way to where they are exported"),
        erasure: Erasure::No("what is under way comes to its end"),
        expiry: Expiry::No("`PgStore::expire_inbox`, which the shared journal calls"),
    },
    Table {
        name: "inbox_seen",
        life: "48 hours: ids of updates that were done, a bit each",
        ids: &[],
        words: &[],
        other: &["block", "bits"],
        stays: &[],
        export: Export::No("it is about nobody"),
        erasure: Erasure::No("it is about nobody"),
        expiry: Expiry::No("`PgStore::expire_inbox`, which the shared journal calls"),
    },
];

/// What is sealed under the key-encryption key.
pub(crate) const SEALED: &[UnderKek] = &[under_kek!("inbox", "sealed", "update_id", "NOT done", |row| Ok(
    update_aad(row.try_get("update_id")?)
))];

const APPEND: &str = "\
    INSERT INTO inbox (update_id, partition, seq, sealed)
    SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::bigint[], $4::bytea[])
    ON CONFLICT (update_id) DO NOTHING";

/// Also before the update itself has come, if the database was away when it was accepted.
const DONE: &str = "\
    INSERT INTO inbox AS old (update_id, partition, seq, done)
    SELECT n.update_id, n.partition, n.seq, true
    FROM unnest($1::bigint[], $2::smallint[], $3::bigint[]) AS n (update_id, partition, seq)
    ON CONFLICT (update_id) DO UPDATE SET done = true, sealed = NULL, sent = NULL";

/// The longer list is the later one: each has what was in the one before.
const SENT: &str = "\
    UPDATE inbox SET sent = new.copies
    FROM (SELECT n.update_id, array_agg(n.copy ORDER BY n.place) AS copies
          FROM unnest($1::bigint[], $2::integer[]) WITH ORDINALITY AS n (update_id, copy, place)
          GROUP BY n.update_id) AS new
    WHERE inbox.update_id = new.update_id AND NOT inbox.done
      AND cardinality(new.copies) > coalesce(cardinality(inbox.sent), 0)";

/// Of partitions that the node owns; a row that is taken up counts it.
const UNFINISHED: &str = "\
    UPDATE inbox i SET attempts = attempts + 1
    WHERE NOT i.done AND i.sealed IS NOT NULL AND i.partition = ANY($1)
      AND i.accepted <= now() - $2::bigint * interval '1 millisecond'
      AND i.update_id <> ALL($3)
      AND i.seq < $4
    RETURNING i.update_id, i.partition, i.seq, i.sealed, i.sent, i.attempts";

/// Where there is something of that; nothing is counted.
const WAITING: &str = "\
    SELECT DISTINCT i.partition FROM inbox i
    WHERE NOT i.done AND i.sealed IS NOT NULL AND i.partition = ANY($1)
      AND i.accepted <= now() - $2::bigint * interval '1 millisecond'
      AND i.update_id <> ALL($3)
    ORDER BY i.partition";

const COUNT: &str = "\
    UPDATE inbox SET attempts = greatest(attempts + $2, 0) WHERE update_id = ANY($1) AND NOT done";

/// Only what is done: what is not may have come after a look at the unfinished, and is yet to be
/// taken up.
const SEEN: &str = "SELECT update_id FROM inbox WHERE partition = ANY($1) AND done";

/// Of lately, along the index of times. Who looks for an older one looks for what was there long
/// ago.
const HAS: &str = "\
    SELECT 1 FROM inbox
    WHERE accepted > now() - interval '15 seconds' AND partition = $1 AND seq = $2";

const TAKEN_UP: &str = "SELECT 1 FROM inbox WHERE update_id = $1 AND (done OR attempts > 0)";

/// One process at a time: two would write the same block over each other.
const EXPIRE_TURN: &str = "SELECT pg_try_advisory_xact_lock(5642809, 2)";

const EXPIRE: &str = "\
    DELETE FROM inbox WHERE update_id IN (
        SELECT update_id FROM inbox
        WHERE done AND accepted < now() - $1::bigint * interval '1 minute' LIMIT 5000)
    RETURNING update_id";

const BLOCKS: &str = "SELECT block, bits FROM inbox_seen WHERE block = ANY($1)";

const WRITE_BLOCKS: &str = "\
    INSERT INTO inbox_seen (block, bits) SELECT * FROM unnest($1::bigint[], $2::bytea[])
    ON CONFLICT (block) DO UPDATE SET bits = excluded.bits, touched = now()";

const EXPIRE_BLOCKS: &str = "DELETE FROM inbox_seen WHERE touched < now() - $1::bigint * interval '1 hour'";

const SEEN_BLOCKS: &str = "\
    SELECT block, bits FROM inbox_seen
    WHERE $1::bigint IS NULL OR touched >= now() - $1 * interval '1 second'";

/// A read that overlapped a write may have missed it: the next one goes back so much further, in
/// seconds.
const OVERLAP: i64 = 600;

/// An accepted update or message between nodes on its way into the table.
#[derive(Clone, Debug)]
pub struct InboxEntry {
    /// Telegram's id; for what nodes tell each other the negated position.
    pub update_id: i64,
    /// Whose partition.
    pub partition: Partition,
    /// Its position.
    pub seq: Seq,
    /// What came in.
    pub raw: Arc<str>,
}

/// One that was not finished.
#[derive(Clone, Debug)]
pub struct Unfinished {
    /// The entry.
    pub entry: InboxEntry,
    /// Ids of what had left before.
    pub sent: Option<Vec<MessageId>>,
    /// How often it was taken up, with this time.
    pub attempts: i16,
}

/// Writes entries, sealed.
async fn append(conn: &mut Conn, keys: &Keys, entries: &[InboxEntry]) -> Result<(), Fault> {
    if entries.is_empty() {
        return Ok(());
    }
    let ids: Vec<i64> = entries.iter().map(|e| e.update_id).collect();
    let partitions: Vec<i16> = entries.iter().map(|e| e.partition.0.into()).collect();
    let seqs: Vec<i64> = entries.iter().map(|e| e.seq.0 as i64).collect();
    let mut nonces = Nonces::draw(entries.len())?;
    let sealed: Vec<Vec<u8>> = entries
        .iter()
        .map(|e| keys.seal_update_with(&mut nonces, e.update_id, &e.raw))
        .collect::<Result<_, _>>()?;
    conn.execute(APPEND, &[&ids, &partitions, &seqs, &sealed]).await?;
    Ok(())
}

/// Marks entries as done: id, partition, position.
async fn done(conn: &mut Conn, done: &[(i64, Partition, Seq)]) -> Result<(), Fault> {
    if done.is_empty() {
        return Ok(());
    }
    // Two writers lock rows in the same order, so they cannot deadlock.
    let mut done = done.to_vec();
    done.sort_unstable_by_key(|d| d.0);
    done.dedup_by_key(|d| d.0);
    let ids: Vec<i64> = done.iter().map(|d| d.0).collect();
    let partitions: Vec<i16> = done.iter().map(|d| d.1.0.into()).collect();
    let seqs: Vec<i64> = done.iter().map(|d| d.2.0 as i64).collect();
    conn.execute(DONE, &[&ids, &partitions, &seqs]).await?;
    Ok(())
}

/// Notes what has left of updates: ids of all copies so far by id of the update.
async fn sent(conn: &mut Conn, sent: &[(i64, Vec<MessageId>)]) -> Result<(), Fault> {
    let mut longest: BTreeMap<i64, &[MessageId]> = BTreeMap::new();
    for (id, copies) in sent {
        let known = longest.entry(*id).or_default();
        *known = if copies.len() > known.len() { copies } else { known };
    }
    let each = longest.iter().flat_map(|(id, copies)| copies.iter().map(|copy| (*id, copy.0)));
    let (ids, copies): (Vec<i64>, Vec<i32>) = each.unzip();
    if !ids.is_empty() {
        conn.execute(SENT, &[&ids, &copies]).await?;
    }
    Ok(())
}

/// Takes up what is unfinished in these partitions, accepted at least `min_age_ms` ago, before
/// position `before`, and not among `under_way`, in order of acceptance.
async fn unfinished(
    conn: &mut Conn,
    keys: &Keys,
    partitions: &[Partition],
    min_age_ms: i64,
    under_way: &[i64],
    before: Seq,
) -> Result<Vec<Unfinished>, Fault> {
    let numbers: Vec<i16> = partitions.iter().map(|p| p.0.into()).collect();
    let rows = conn
        .query(UNFINISHED, &[&numbers, &min_age_ms, &under_way, &i64::try_from(before.0).unwrap_or(i64::MAX)])
        .await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        let update_id: i64 = row.try_get(0)?;
        let raw = keys.open_update(update_id, row.try_get(3)?)?;
        let partition = Partition(row.try_get::<_, i16>(1)? as u8);
        let seq = Seq(row.try_get::<_, i64>(2)? as u64);
        let sent: Option<Vec<i32>> = row.try_get(4)?;
        let sent = sent.map(|ids| ids.into_iter().map(MessageId).collect());
        let entry = InboxEntry { update_id, partition, seq, raw };
        found.push(Unfinished { entry, sent, attempts: row.try_get(5)? });
    }
    found.sort_by_key(|u| u.entry.seq);
    Ok(found)
}

/// Ids of what is done in these partitions, along the index of them.
async fn done_lately(conn: &mut Conn, partitions: &[Partition]) -> Result<Vec<i64>, Fault> {
    let numbers: Vec<i16> = partitions.iter().map(|p| p.0.into()).collect();
    let rows = conn.query(SEEN, &[&numbers]).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// Whether the entry at a position is there by now.
async fn has(conn: &mut Conn, partition: Partition, seq: Seq) -> Result<bool, Fault> {
    Ok(!conn.query(HAS, &[&i16::from(partition.0), &(seq.0 as i64)]).await?.is_empty())
}

/// Whether an owner has seen an update.
async fn is_taken_up(conn: &mut Conn, update_id: i64) -> Result<bool, Fault> {
    Ok(!conn.query(TAKEN_UP, &[&update_id]).await?.is_empty())
}

/// Drops rows of what was done long ago, and keeps their ids for as long as Telegram may send them
/// again. The number of rows.
async fn expire(conn: &mut Conn, minutes: i64) -> Result<u64, Fault> {
    let turn = conn.query(EXPIRE_TURN, &[]).await?;
    if !turn.first().is_some_and(|row| row.try_get(0).unwrap_or(false)) {
        return Ok(0);
    }
    let rows = conn.query(EXPIRE, &[&minutes]).await?;
    let mut blocks: BTreeMap<i64, Bits> = BTreeMap::new();
    for row in &rows {
        let id: i64 = row.try_get(0)?;
        if seen::is_kept(id) {
            let (block, byte, bit) = seen::place(id);
            blocks.entry(block).or_insert([0; BLOCK_BYTES])[byte] |= bit;
        }
    }
    if !blocks.is_empty() {
        let numbers: Vec<i64> = blocks.keys().copied().collect();
        for (block, bits) in read_blocks(&conn.query(BLOCKS, &[&numbers]).await?)? {
            if let Some(new) = blocks.get_mut(&block) {
                new.iter_mut().zip(bits).for_each(|(new, old)| *new |= old);
            }
        }
        let bits: Vec<&[u8]> = blocks.values().map(|bits| &bits[..]).collect();
        conn.execute(WRITE_BLOCKS, &[&numbers, &bits]).await?;
    }
    conn.execute(EXPIRE_BLOCKS, &[&(seen::KEPT_HOURS as i64)]).await?;
    Ok(rows.len() as u64)
}

fn read_blocks(rows: &[tokio_postgres::Row]) -> Result<Vec<(i64, Bits)>, Fault> {
    let mut blocks = Vec::with_capacity(rows.len());
    for row in rows {
        let bits: &[u8] = row.try_get(1)?;
        // The table's check says so, too.
        if let Ok(bits) = bits.try_into() {
            blocks.push((row.try_get(0)?, bits));
        }
    }
    Ok(blocks)
}

/// What is written at once.
#[derive(Clone, Debug, Default)]
pub struct InboxBatch {
    /// New entries.
    pub entries: Vec<InboxEntry>,
    /// What has left: id of the update, ids of all its copies so far.
    pub sent: Vec<(i64, Vec<MessageId>)>,
    /// What is done.
    pub done: Vec<(i64, Partition, Seq)>,
}

/// The operations of [`PgStore`] beneath the shared journal.
impl PgStore {
    /// Writes a batch in one transaction, within `limit`.
    pub fn write_inbox(
        &self,
        batch: Arc<InboxBatch>,
        limit: Duration,
    ) -> PortFuture<'_, Result<(), StoreError>> {
        self.run_within(limit, move |inner| async move {
            inner
                .transaction(async |conn| {
                    append(conn, &inner.keys, &batch.entries).await?;
                    sent(conn, &batch.sent).await?;
                    done(conn, &batch.done).await
                })
                .await
        })
    }

    /// Takes up what is unfinished in these partitions, accepted at least `min_age` ago, before
    /// position `before`, and not among `under_way`, in order of acceptance. What is taken up so
    /// often ends as a dead letter, so ask only for what is then delivered.
    pub fn unfinished(
        &self,
        partitions: Vec<Partition>,
        min_age: Duration,
        under_way: Vec<i64>,
        before: Seq,
    ) -> PortFuture<'_, Result<Vec<Unfinished>, StoreError>> {
        let age = i64::try_from(min_age.as_millis()).unwrap_or(i64::MAX);
        self.run(move |inner| async move {
            inner
                .transaction(async |conn| {
                    unfinished(conn, &inner.keys, &partitions, age, &under_way, before).await
                })
                .await
        })
    }

    /// Those of these partitions in which something is unfinished, as [`PgStore::unfinished`] would
    /// find it, ascending.
    pub fn waiting(
        &self,
        partitions: Vec<Partition>,
        min_age: Duration,
        under_way: Vec<i64>,
    ) -> PortFuture<'_, Result<Vec<Partition>, StoreError>> {
        let age = i64::try_from(min_age.as_millis()).unwrap_or(i64::MAX);
        self.run(move |inner| async move {
            let numbers: Vec<i16> = partitions.iter().map(|p| p.0.into()).collect();
            let rows = inner.check_out().await?.query(WAITING, &[&numbers, &age, &under_way]).await?;
            rows.iter().map(|row| Ok(Partition(row.try_get::<_, i16>(0)? as u8))).collect()
        })
    }

    /// Counts attempts at these updates, or takes them back (`by` is -1): what was not at hand when
    /// its owner ended has not ended it.
    pub fn count_attempts(&self, ids: Vec<i64>, by: i16) -> PortFuture<'_, Result<(), StoreError>> {
        self.run(move |inner| async move {
            inner.transaction(async |conn| conn.execute(COUNT, &[&ids, &by]).await.map(drop)).await
        })
    }

    /// Ids of everything lately done in these partitions.
    pub fn seen_updates(&self, partitions: Vec<Partition>) -> PortFuture<'_, Result<Vec<i64>, StoreError>> {
        self.run(move |inner| async move { done_lately(&mut *inner.check_out().await?, &partitions).await })
    }

    /// Whether the entry at a position has come, in the last few seconds.
    pub fn has_entry(&self, partition: Partition, seq: Seq) -> PortFuture<'_, Result<bool, StoreError>> {
        self.run(move |inner| async move { has(&mut *inner.check_out().await?, partition, seq).await })
    }

    /// Whether an owner has found an update in the table, or it is done.
    pub fn is_taken_up(&self, update_id: i64) -> PortFuture<'_, Result<bool, StoreError>> {
        self.run(move |inner| async move { is_taken_up(&mut *inner.check_out().await?, update_id).await })
    }

    /// Ids that were done more than an hour ago, of all partitions: all that are known, or those
    /// noted since a read that was so long ago.
    pub fn seen_blocks(
        &self,
        read_ago: Option<Duration>,
    ) -> PortFuture<'_, Result<Vec<(i64, Bits)>, StoreError>> {
        let since = read_ago.map(|ago| ago.as_secs() as i64 + OVERLAP);
        self.run(move |inner| async move {
            read_blocks(&inner.check_out().await?.query(SEEN_BLOCKS, &[&since]).await?)
        })
    }

    /// Drops a chunk of what was done more than `minutes` ago, and keeps the ids. The number of
    /// rows.
    pub fn expire_inbox(&self, minutes: i64) -> PortFuture<'_, Result<u64, StoreError>> {
        self.run(
            move |inner| async move { inner.transaction(async |conn| expire(conn, minutes).await).await },
        )
    }
}
