//! The audit log: entries in a chain of hashes, so that whoever alters, removes or moves one has to
//! make every later one anew.
//!
//! The hash of an entry is SHA-256 over its canonical form, which begins with the hash of the entry
//! before. The form gives each field its length, so two entries that differ in anything differ in
//! it.

use crate::time::Millis;
use sha2::{Digest, Sha256};

/// A link of the chain.
pub type Hash = [u8; 32];

/// What the first entry has before it.
pub const GENESIS: Hash = [0; 32];

/// Names the form: another form is another constant.
const FORM: &[u8] = b"nameless audit 1";

/// What became of an act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was carried out.
    Done,
    /// There was nothing to do it to.
    Missing,
    /// The actor may not.
    Refused,
    /// It waits for a second owner.
    Waits,
}

impl Outcome {
    /// As it is kept.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Done => "done",
            Outcome::Missing => "missing",
            Outcome::Refused => "refused",
            Outcome::Waits => "waits",
        }
    }
}

/// An entry as it is kept. Words are kept as they were, whatever they are: what is checked is what
/// is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number: one more than that of the entry before.
    pub seq: i64,
    /// When.
    pub at: Millis,
    /// Who did it.
    pub who: String,
    /// In which role.
    pub role: String,
    /// What.
    pub what: String,
    /// To whom: a keyed hash, as the log outlives an erasure.
    pub whom: Option<Vec<u8>>,
    /// Particulars.
    pub detail: String,
    /// Why.
    pub reason: String,
    /// From where.
    pub source: String,
    /// What became of it.
    pub outcome: String,
}

impl Entry {
    /// Its canonical form behind the entry whose hash is `before`.
    pub fn canonical(&self, before: &Hash) -> Vec<u8> {
        let mut form = Vec::with_capacity(256);
        field(&mut form, FORM);
        field(&mut form, before);
        field(&mut form, &self.seq.to_be_bytes());
        field(&mut form, &self.at.0.to_be_bytes());
        for word in [&self.who, &self.role, &self.what] {
            field(&mut form, word.as_bytes());
        }
        // None and an empty hash are not the same.
        match &self.whom {
            None => form.push(0),
            Some(hash) => {
                form.push(1);
                field(&mut form, hash);
            }
        }
        for word in [&self.detail, &self.reason, &self.source, &self.outcome] {
            field(&mut form, word.as_bytes());
        }
        form
    }

    /// Its hash behind the entry whose hash is `before`.
    pub fn hash(&self, before: &Hash) -> Hash {
        Sha256::digest(self.canonical(before)).into()
    }
}

fn field(form: &mut Vec<u8>, bytes: &[u8]) {
    form.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
    form.extend_from_slice(bytes);
}

/// Where a log stops being what it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Break {
    /// An entry does not follow the one before: one was removed, added or moved.
    Order {
        /// The number that was expected.
        expected: i64,
        /// The number that is there.
        found: i64,
    },
    /// An entry is not what its hash says.
    Altered {
        /// Which.
        seq: i64,
    },
    /// An entry was not written by this program with its key.
    Forged {
        /// Which.
        seq: i64,
    },
    /// An entry that was noted elsewhere is not there, or is another one.
    Anchor {
        /// Which.
        seq: i64,
    },
}

/// Walks a log from its beginning, an entry at a time.
#[derive(Clone, Debug)]
pub struct Walk {
    seq: i64,
    head: Hash,
}

impl Default for Walk {
    fn default() -> Walk {
        Walk { seq: 0, head: GENESIS }
    }
}

impl Walk {
    /// The next entry, with the hash that is kept beside it.
    pub fn next(&mut self, entry: &Entry, kept: &[u8]) -> Result<(), Break> {
        let expected = self.seq + 1;
        if entry.seq != expected {
            return Err(Break::Order { expected, found: entry.seq });
        }
        let hash = entry.hash(&self.head);
        if hash.as_slice() != kept {
            return Err(Break::Altered { seq: entry.seq });
        }
        (self.seq, self.head) = (expected, hash);
        Ok(())
    }

    /// Number and hash of the last entry so far.
    pub fn head(&self) -> (i64, Hash) {
        (self.seq, self.head)
    }
}
