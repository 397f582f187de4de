//! What the journal's state is made of.

use crate::journal::record;
use crate::journal::state::Waiter;
use nameless_domain::ids::MessageId;

/// An unfinished update.
#[derive(Debug)]
pub struct Entry {
    /// Segment that holds its newest copy.
    pub segment: u64,
    /// Where in it.
    pub offset: u64,
    /// Bytes of its record.
    pub len: u32,
    /// Ids its relay got, if it left.
    pub sent: Option<Box<[MessageId]>>,
    /// How often it was handed to an engine at a start, and not finished.
    pub tries: u32,
}

impl Entry {
    /// Bytes that a copy of it and its note takes.
    pub(super) fn bytes(&self) -> u64 {
        u64::from(self.len) + self.sent.as_ref().map_or(0, |ids| record::sent_len(ids) as u64)
    }
}

/// What became of the wish to accept an update again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Again {
    /// It is unfinished again.
    Accepted,
    /// The wish was granted before.
    Before,
    /// It is unfinished still.
    UnderWay,
}

/// One file of the log.
#[derive(Debug)]
pub struct Segment {
    /// Its number; they only grow.
    pub no: u64,
    /// Its bytes, those that wait to be written included.
    pub len: u64,
    /// Bytes of its head among them. They do not count when it is asked whether the segment is full
    /// or the log is mostly waste: moving updates into new segments with heads of their own would
    /// never end then.
    pub head: u64,
    /// Unfinished updates that need it.
    pub live: u32,
}

impl Segment {
    /// As it was read.
    pub fn read(no: u64, len: u64, head: u64) -> Segment {
        Segment { no, len, head, live: 0 }
    }
}

/// Bytes for one segment.
#[derive(Debug)]
pub struct Part {
    /// Which; a number that has not been seen before means a new file.
    pub segment: u64,
    /// Where in it.
    pub at: u64,
    /// What to append.
    pub bytes: Vec<u8>,
}

/// What is written at once.
#[derive(Debug, Default)]
pub struct Group {
    /// In order.
    pub parts: Vec<Part>,
    /// Bytes of all parts.
    pub bytes: usize,
    /// Whom to tell; if any, the group is synced.
    pub waiters: Vec<Waiter>,
    /// Old copies (segment, how many) that are not needed once this group is synced.
    pub moved: Option<(u64, u32)>,
}

impl Group {
    /// Whether the writer must not let it wait for company.
    pub fn is_urgent(&self) -> bool {
        !self.waiters.is_empty() || self.moved.is_some()
    }
}

/// Where an unfinished update can be read for compaction.
#[derive(Debug, PartialEq)]
pub struct Move {
    /// Its position.
    pub seq: u64,
    /// Where in the oldest segment.
    pub offset: u64,
    /// Bytes of its record.
    pub len: u32,
}

/// A copy of an unfinished update, read for compaction.
pub struct Copied {
    /// Its position.
    pub seq: u64,
    /// Telegram's id and the hour of its acceptance.
    pub id: (i64, u32),
    /// Its JSON.
    pub raw: String,
}
