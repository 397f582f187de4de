//! What is inside a backup: frames, one after the other, behind a line that says what it is.
//!
//! | Frame | Its body |
//! | --- | --- |
//! | header, signature of it | JSON: which kind, when, of which schema; HMAC-SHA-256 |
//! | table | JSON: name and columns |
//! | data | rows of that table as `COPY` writes them, text |
//! | end of the table | nothing |
//! | manifest, signature of it | JSON: rows and SHA-256 of each table, sequences; HMAC-SHA-256 |
//!
//! A frame is a byte that says which, four bytes of length (little endian) and the body.

use serde::{Deserialize, Serialize};
use std::io::{Read, Write};

/// The first bytes.
pub(super) const MAGIC: &[u8] = b"nameless backup\n";
/// The form that is written, and the newest that is read.
pub(super) const FORM: u32 = 1;
/// Bytes of a frame at most. Rows are gathered up to a quarter of a mebibyte; one row may be
/// larger.
const LARGEST: usize = 64 << 20;

/// Which frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Header = 1,
    Table = 2,
    Data = 3,
    TableEnd = 4,
    Manifest = 5,
    Signature = 6,
}

/// A piece of a backup.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) kind: Kind,
    pub(super) body: Vec<u8>,
}

/// What a file says of itself at its beginning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Header {
    /// [`FORM`].
    pub(super) form: u32,
    /// Drawn by chance: what belongs together.
    pub(super) id: String,
    /// Data, or keys.
    pub(super) holds: Holds,
    /// The program that wrote it.
    pub(super) program: String,
    /// When it was begun, by the server's clock, in milliseconds since the Unix epoch.
    pub(super) taken: i64,
    /// The server's version, for people.
    pub(super) server: String,
    /// Migrations that the database had.
    pub(super) migrations: Vec<Applied>,
    /// Months that have a table of their own, `YYYY-MM`.
    pub(super) months: Vec<String>,
}

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Holds {
    Data,
    Keys,
}

impl Holds {
    pub(super) fn name(self) -> &'static str {
        match self {
            Holds::Data => "data",
            Holds::Keys => "keys",
        }
    }
}

/// A migration as the database has noted it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Applied {
    pub(super) number: i32,
    pub(super) name: String,
    pub(super) checksum: String,
    pub(super) applied: i64,
}

/// A table's beginning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TableHead {
    pub(super) name: String,
    pub(super) columns: Vec<String>,
}

/// What a file says of itself at its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    /// The header's.
    pub(super) id: String,
    pub(super) tables: Vec<TableSum>,
    pub(super) sequences: Vec<SequenceAt>,
}

/// What there is of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TableSum {
    pub(super) name: String,
    pub(super) rows: u64,
    pub(super) bytes: u64,
    /// In hex.
    pub(super) sha256: String,
}

/// Where a sequence was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SequenceAt {
    pub(super) name: String,
    pub(super) last: i64,
}

impl Frame {
    /// A frame of JSON.
    pub(super) fn json(kind: Kind, value: &impl Serialize) -> Frame {
        // Structs of texts and numbers always become JSON.
        Frame { kind, body: serde_json::to_vec(value).unwrap_or_default() }
    }

    pub(super) fn write(&self, out: &mut impl Write) -> std::io::Result<()> {
        let length = u32::try_from(self.body.len()).map_err(std::io::Error::other)?;
        out.write_all(&[self.kind as u8])?;
        out.write_all(&length.to_le_bytes())?;
        out.write_all(&self.body)
    }

    /// The next one; none at the end. Whatever stands there, no more than [`LARGEST`] is taken into
    /// memory, and that only as far as it is there.
    pub(super) fn read(from: &mut impl Read) -> std::io::Result<Option<Frame>> {
        let mut kind = [0];
        if from.read(&mut kind)? == 0 {
            return Ok(None);
        }
        let kind = match kind[0] {
            1 => Kind::Header,
            2 => Kind::Table,
            3 => Kind::Data,
            4 => Kind::TableEnd,
            5 => Kind::Manifest,
            6 => Kind::Signature,
            _ => return Err(std::io::ErrorKind::InvalidData.into()),
        };
        let mut length = [0; 4];
        from.read_exact(&mut length)?;
        let length = u32::from_le_bytes(length) as usize;
        if length > LARGEST {
            return Err(std::io::ErrorKind::InvalidData.into());
        }
        let mut body = Vec::new();
        from.take(length as u64).read_to_end(&mut body)?;
        match body.len() == length {
            true => Ok(Some(Frame { kind, body })),
            false => Err(std::io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn frames_come_back_and_nothing_else_is_read(body in proptest::collection::vec(any::<u8>(), 0..300)) {
            let mut bytes = Vec::new();
            Frame { kind: Kind::Data, body: body.clone() }.write(&mut bytes).unwrap();
            let frame = Frame::read(&mut &bytes[..]).unwrap().unwrap();
            prop_assert_eq!((frame.kind, &frame.body), (Kind::Data, &body));
            // Cut short anywhere it is none, and whatever stands there is no reason to panic.
            for at in 1..bytes.len() {
                prop_assert!(Frame::read(&mut &bytes[..at]).is_err());
            }
            let _ = Frame::read(&mut &body[..]);
        }
    }

    #[test]
    fn a_frame_that_claims_to_be_huge_is_refused() {
        let claim = [&[3][..], &u32::MAX.to_le_bytes()].concat();
        assert!(Frame::read(&mut &claim[..]).is_err());
    }
}
