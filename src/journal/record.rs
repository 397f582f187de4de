//! The record format of the journal: what one entry looks like on disk.
//!
//! `len u32 | crc32 u32 | kind u8 | seq u64 | payload`, little endian. `len` counts from `kind` on
//! and `crc32` (IEEE) covers the same bytes, so that a tail of zeroes, written ahead or left by a
//! loss of power, is never taken for a record. What came from people is sealed (`seal.rs`);
//! positions, ids of updates and times are not.

use crate::store::{SEAL_BYTES, SegmentKey};
use nameless_domain::ids::MessageId;

/// Bytes before the checksummed part.
const HEADER: usize = 8;
/// Bytes of kind and seq.
const FIXED: usize = 9;
/// Bytes of an update's payload before its JSON: update id and hour.
const UPDATE_FIXED: usize = 12;
/// Bytes of the shortest record.
pub const SHORTEST: usize = HEADER + FIXED;

/// An update in plain words, as versions before the first release wrote it. Still read.
const PLAIN: u8 = 1;
const SENT: u8 = 2;
const DONE: u8 = 3;
const SEEN: u8 = 4;
const UPDATE: u8 = 5;
const KEY: u8 = 6;
const TRIES: u8 = 7;
const FILLER: u8 = 8;
const CUT: u8 = 9;

/// Bytes that an update record takes on disk.
pub fn update_len(raw: &str) -> usize {
    HEADER + FIXED + UPDATE_FIXED + raw.len() + SEAL_BYTES
}

/// Bytes that the note of a relay takes on disk.
pub fn sent_len(ids: &[MessageId]) -> usize {
    HEADER + FIXED + 4 * ids.len()
}

/// One record as it was read.
#[derive(Debug, PartialEq)]
pub enum Record<'a> {
    /// An accepted update.
    Update {
        /// Its position.
        seq: u64,
        /// Telegram's id.
        update_id: i64,
        /// Hours since the Unix epoch at acceptance, for the age of the duplicate filter.
        hour: u32,
        /// Its JSON.
        raw: Raw<'a>,
    },
    /// The relay of an update has left.
    Sent {
        /// The update's position.
        seq: u64,
        /// Ids in the partner's chat.
        ids: Vec<MessageId>,
    },
    /// An update is finished.
    Done {
        /// The update's position.
        seq: u64,
    },
    /// How often an update was handed to an engine that died before it was finished, this time
    /// included.
    Tries {
        /// The update's position.
        seq: u64,
        /// How often.
        count: u32,
    },
    /// Stands first in each segment: its key, wrapped.
    Key {
        /// See [`crate::store::Keys`].
        wrapped: &'a [u8],
    },
    /// Of an earlier segment only so many bytes count. The disk failed behind them; what was there
    /// is here.
    Cut {
        /// The earlier segment.
        segment: u64,
        /// Its good bytes.
        len: u64,
    },
    /// Stands before the first entry of each segment: everything known of earlier ones that must
    /// outlive them.
    Seen {
        /// The next position to be given out.
        next_seq: u64,
        /// See [`super::seen::SeenIds::encode`].
        ranges: &'a [u8],
    },
    /// Nothing: in the place of damage.
    Filler,
}

/// An update's JSON on disk.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Raw<'a> {
    /// In plain words.
    Plain(&'a [u8]),
    /// Under the segment's key.
    Sealed {
        /// What it is bound to.
        aad: &'a [u8],
        /// JSON and tag.
        text: &'a [u8],
    },
}

impl Raw<'_> {
    /// The JSON of the record at `place`; none if it does not open, or is not text.
    pub fn open(&self, place: u64, key: Option<&SegmentKey>) -> Option<String> {
        let bytes = match *self {
            Raw::Plain(bytes) => bytes.to_vec(),
            Raw::Sealed { aad, text } => key?.open(place, aad, text)?,
        };
        String::from_utf8(bytes).ok()
    }
}

/// What is found at a place of a segment.
#[derive(Debug, PartialEq)]
pub enum Read<'a> {
    /// A record and the bytes it takes.
    Record(Record<'a>, usize),
    /// Nothing more.
    End,
    /// Not a whole record: torn, or corrupt.
    Bad(&'static str),
    /// A whole record that this version cannot read.
    Unknown,
}

/// Reads the record at the start of `bytes`.
pub fn read(bytes: &[u8]) -> Read<'_> {
    if bytes.is_empty() {
        return Read::End;
    }
    let Some((header, rest)) = bytes.split_at_checked(HEADER) else {
        return Read::Bad("a header is cut short");
    };
    let len = u32_at(header, 0) as usize;
    if len < FIXED {
        return Read::Bad("a length is impossible");
    }
    let Some(body) = rest.get(..len) else { return Read::Bad("a record is cut short") };
    if crc32fast::hash(body) != u32_at(header, 4) {
        return Read::Bad("a checksum does not match");
    }
    let (fixed, payload) = body.split_at(FIXED);
    let seq = u64_at(fixed, 1);
    let update =
        |raw| Record::Update { seq, update_id: u64_at(payload, 0) as i64, hour: u32_at(payload, 8), raw };
    let record = match fixed[0] {
        PLAIN if payload.len() >= UPDATE_FIXED => update(Raw::Plain(&payload[UPDATE_FIXED..])),
        UPDATE if payload.len() >= UPDATE_FIXED + SEAL_BYTES => {
            let (aad, text) = body.split_at(FIXED + UPDATE_FIXED);
            update(Raw::Sealed { aad, text })
        }
        SENT if payload.len().is_multiple_of(4) => Record::Sent {
            seq,
            ids: (0..payload.len() / 4).map(|i| MessageId(u32_at(payload, 4 * i) as i32)).collect(),
        },
        DONE if payload.is_empty() => Record::Done { seq },
        TRIES if payload.len() == 4 => Record::Tries { seq, count: u32_at(payload, 0) },
        KEY => Record::Key { wrapped: payload },
        CUT if payload.len() == 8 => Record::Cut { segment: seq, len: u64_at(payload, 0) },
        SEEN => Record::Seen { next_seq: seq, ranges: payload },
        FILLER => Record::Filler,
        _ => return Read::Unknown,
    };
    Read::Record(record, HEADER + len)
}

/// Appends an update as the record at `place`.
pub fn put_update(
    buf: &mut Vec<u8>,
    (place, key): (u64, &SegmentKey),
    seq: u64,
    (update_id, hour): (i64, u32),
    raw: &str,
) {
    put(buf, UPDATE, seq, |b| {
        let body = b.len() - FIXED;
        b.extend_from_slice(&update_id.to_le_bytes());
        b.extend_from_slice(&hour.to_le_bytes());
        let text = b.len();
        let mut aad = [0; FIXED + UPDATE_FIXED];
        aad.copy_from_slice(&b[body..text]);
        b.extend_from_slice(raw.as_bytes());
        key.seal(place, &aad, b, text);
    });
}

/// Appends an update in plain words, as before: for tests of reading it, and for its cost.
pub fn put_plain(buf: &mut Vec<u8>, seq: u64, (update_id, hour): (i64, u32), raw: &str) {
    put(buf, PLAIN, seq, |b| {
        b.extend_from_slice(&update_id.to_le_bytes());
        b.extend_from_slice(&hour.to_le_bytes());
        b.extend_from_slice(raw.as_bytes());
    });
}

/// Appends the note that an update's relay has left.
pub fn put_sent(buf: &mut Vec<u8>, seq: u64, ids: &[MessageId]) {
    put(buf, SENT, seq, |b| ids.iter().for_each(|id| b.extend_from_slice(&id.0.to_le_bytes())));
}

/// Appends the note that an update is finished.
pub fn put_done(buf: &mut Vec<u8>, seq: u64) {
    put(buf, DONE, seq, |_| ());
}

/// Appends how often an update was tried.
pub fn put_tries(buf: &mut Vec<u8>, seq: u64, count: u32) {
    put(buf, TRIES, seq, |b| b.extend_from_slice(&count.to_le_bytes()));
}

/// Appends a segment's key.
pub fn put_key(buf: &mut Vec<u8>, wrapped: &[u8]) {
    put(buf, KEY, 0, |b| b.extend_from_slice(wrapped));
}

/// Appends how much of an earlier segment counts.
pub fn put_cut(buf: &mut Vec<u8>, segment: u64, len: u64) {
    put(buf, CUT, segment, |b| b.extend_from_slice(&len.to_le_bytes()));
}

/// Appends a segment's head; `ranges` writes the payload.
pub fn put_seen(buf: &mut Vec<u8>, next_seq: u64, ranges: impl FnOnce(&mut Vec<u8>)) {
    put(buf, SEEN, next_seq, ranges);
}

/// Makes a filler of damaged bytes, at least [`SHORTEST`] of them.
pub fn fill(damaged: &mut [u8]) {
    let mut filler = Vec::with_capacity(damaged.len());
    put(&mut filler, FILLER, 0, |b| b.resize(damaged.len(), 0));
    damaged.copy_from_slice(&filler);
}

fn put(buf: &mut Vec<u8>, kind: u8, seq: u64, payload: impl FnOnce(&mut Vec<u8>)) {
    let start = buf.len();
    buf.extend_from_slice(&[0; HEADER]);
    buf.push(kind);
    buf.extend_from_slice(&seq.to_le_bytes());
    payload(buf);
    let body = &buf[start + HEADER..];
    // Callers bound what they put (MAX_RAW, MAX_RANGES), far below 4 GiB.
    let (len, crc) = (body.len() as u32, crc32fast::hash(body));
    buf[start..start + 4].copy_from_slice(&len.to_le_bytes());
    buf[start + 4..start + HEADER].copy_from_slice(&crc.to_le_bytes());
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let mut b = [0; 4];
    b.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(b)
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let mut b = [0; 8];
    b.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Keys;
    use proptest::prelude::*;
    use secrecy::SecretBox;

    fn key() -> SegmentKey {
        Keys::new(SecretBox::new(Box::new([7; 32]))).new_segment_key(1).unwrap().0
    }

    #[test]
    fn records_come_back() {
        let (mut buf, key) = (Vec::new(), key());
        put_update(&mut buf, (5, &key), 7, (-3, 99), "{}");
        assert_eq!(buf.len(), update_len("{}"));
        let one = buf.len();
        put_sent(&mut buf, 7, &[MessageId(1), MessageId(-2)]);
        let Read::Record(Record::Update { seq: 7, update_id: -3, hour: 99, raw }, len) = read(&buf) else {
            panic!("{:?}", read(&buf));
        };
        assert_eq!((len, raw.open(5, Some(&key)).as_deref()), (one, Some("{}")));
        assert_eq!(raw.open(6, Some(&key)), None, "at another place");
        assert_eq!(raw.open(5, None), None);
        let ids = vec![MessageId(1), MessageId(-2)];
        assert_eq!(read(&buf[one..]), Read::Record(Record::Sent { seq: 7, ids }, 25));
        let mut buf = Vec::new();
        put_tries(&mut buf, 3, 2);
        assert_eq!(read(&buf), Read::Record(Record::Tries { seq: 3, count: 2 }, 21));
    }

    #[test]
    fn updates_of_before_are_read() {
        let mut buf = Vec::new();
        put_plain(&mut buf, 7, (5, 9), "{}");
        assert_eq!(&buf[HEADER + FIXED..], b"\x05\0\0\0\0\0\0\0\x09\0\0\0{}");
        let Read::Record(Record::Update { seq: 7, update_id: 5, hour: 9, raw }, _) = read(&buf) else {
            panic!("{:?}", read(&buf));
        };
        assert_eq!(raw.open(0, None).as_deref(), Some("{}"));
    }

    #[test]
    fn damage_is_filled() {
        for len in [SHORTEST, 100] {
            let mut bytes = vec![9; len];
            fill(&mut bytes);
            assert_eq!(read(&bytes), Read::Record(Record::Filler, len));
        }
    }

    #[test]
    fn zeroes_are_not_a_record() {
        assert!(matches!(read(&[0; 64]), Read::Bad(_)));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes);
        }

        #[test]
        fn a_flipped_bit_is_noticed(raw in ".{0,40}", at in any::<proptest::sample::Index>(), bit in 0u8..8) {
            let mut buf = Vec::new();
            put_update(&mut buf, (0, &key()), 1, (2, 3), &raw);
            let at = at.index(buf.len());
            buf[at] ^= 1 << bit;
            prop_assert!(matches!(read(&buf), Read::Bad(_)));
        }
    }
}
