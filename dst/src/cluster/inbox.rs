//! The shared journal's table. Every statement can be repeated without harm: the id is the key.

use super::{Cluster, Entry, keep_longer};
use nameless_domain::ids::{MessageId, Seq};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A row.
#[derive(Clone, Debug)]
pub struct Row {
    /// Whose partition.
    pub partition: usize,
    /// Its position.
    pub seq: Seq,
    /// What it says; none where the end came before it, or once it is done.
    pub raw: Option<Arc<str>>,
    /// What has left.
    pub sent: Option<Vec<MessageId>>,
    /// It is done.
    pub done: bool,
    /// How often it was taken up.
    pub attempts: u32,
    /// When it was written (true time).
    pub accepted: i64,
}

/// What is written at once.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// New entries.
    pub entries: Vec<Entry>,
    /// What has left of each so far.
    pub sent: Vec<(i64, Vec<MessageId>)>,
    /// What is done.
    pub done: Vec<(i64, usize, Seq)>,
}

/// One that was not finished.
#[derive(Clone, Debug)]
pub struct Unfinished {
    /// It.
    pub entry: Entry,
    /// What had left before.
    pub sent: Option<Vec<MessageId>>,
    /// How often it was taken up, with this time.
    pub attempts: u32,
}

impl Cluster {
    /// Writes a batch, as one transaction does.
    pub fn write_inbox(&mut self, batch: &Batch, now: i64) {
        let blank = |partition, seq| Row {
            partition,
            seq,
            raw: None,
            sent: None,
            done: false,
            attempts: 0,
            accepted: now,
        };
        for entry in &batch.entries {
            let row = self.inbox.entry(entry.id);
            row.or_insert_with(|| Row { raw: Some(entry.raw.clone()), ..blank(entry.partition, entry.seq) });
        }
        for (id, copies) in &batch.sent {
            if let Some(row) = self.inbox.get_mut(id).filter(|row| !row.done) {
                keep_longer(row.sent.get_or_insert_default(), copies);
            }
        }
        for &(id, partition, seq) in &batch.done {
            let row = self.inbox.entry(id).or_insert_with(|| blank(partition, seq));
            (row.done, row.raw, row.sent) = (true, None, None);
            self.done_at.entry(id).or_insert(now);
        }
    }

    /// In which of these partitions something is unfinished, `age` old at least, not among `known`;
    /// in ascending order.
    pub fn waiting(&self, partitions: &[usize], youngest: i64, known: &[i64]) -> Vec<usize> {
        let waits = |(id, row): (&i64, &Row)| {
            (!row.done && row.raw.is_some() && row.accepted <= youngest && !known.contains(id))
                .then_some(row.partition)
        };
        let found: BTreeSet<usize> = self.inbox.iter().filter_map(waits).collect();
        found.into_iter().filter(|partition| partitions.contains(partition)).collect()
    }

    /// Takes up what is unfinished in these partitions, `age` old at least, not among `known`,
    /// before `before`.
    pub fn take_up(
        &mut self,
        partitions: &[usize],
        youngest: i64,
        known: &[i64],
        before: Seq,
    ) -> Vec<Unfinished> {
        let mut found = Vec::new();
        for (&id, row) in &mut self.inbox {
            let Some(raw) = row.raw.clone().filter(|_| !row.done) else { continue };
            let wanted = partitions.contains(&row.partition) && row.accepted <= youngest;
            if wanted && row.seq < before && !known.contains(&id) {
                row.attempts += 1;
                let entry = Entry { id, partition: row.partition, seq: row.seq, raw };
                found.push(Unfinished { entry, sent: row.sent.clone(), attempts: row.attempts });
            }
        }
        found.sort_by_key(|one| one.entry.seq);
        found
    }

    /// Counts attempts at these, or takes them back.
    pub fn count_attempts(&mut self, ids: &[i64], by: i32) {
        for id in ids {
            if let Some(row) = self.inbox.get_mut(id).filter(|row| !row.done) {
                row.attempts = row.attempts.saturating_add_signed(by);
            }
        }
    }

    /// Ids of what is done in these partitions.
    pub fn done_in(&self, partitions: &[usize]) -> Vec<i64> {
        let done = self.inbox.iter().filter(|(_, row)| row.done && partitions.contains(&row.partition));
        done.map(|(&id, _)| id).collect()
    }

    /// Whether the entry at a position is there.
    pub fn has_entry(&self, partition: usize, seq: Seq) -> bool {
        self.inbox.values().any(|row| row.partition == partition && row.seq == seq)
    }
}
