//! CHARX: a character card with its pictures and sounds in a ZIP. The card alone is read: nothing
//! is unpacked to a disk, and no other entry is unpacked at all. What an archive says of itself has
//! to agree with itself, so that two readers cannot be shown two cards.
//!
//! The layout is that of PKWARE's APPNOTE 6.3.10, sections 4.3 and 4.4, without ZIP64, encryption
//! and parts: <https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>. What stands where in a
//! CHARX: <https://github.com/kwaroran/character-card-spec-v3>.

use miniz_oxide::inflate::decompress_to_vec_with_limit;

/// With which a ZIP begins that has an entry.
pub(super) const MAGIC: &[u8] = b"PK\x03\x04";
/// Where the card stands.
const CARD: &[u8] = b"card.json";
/// Entries of an archive: cards with hundreds of pictures are ordinary.
const ENTRIES: usize = 2_000;
/// Bytes that all entries say they have, unpacked.
const UNPACKED: u64 = 256 * 1024 * 1024;
/// Bytes of a name.
const NAME: usize = 512;
/// Bytes of the end record, without its comment; and of a comment.
const END: usize = 22;
const COMMENT: usize = 0xFFFF;

/// An entry as the directory at the end has it.
struct Entry<'z> {
    name: &'z [u8],
    flags: u16,
    method: u16,
    crc: u32,
    packed: usize,
    size: usize,
    at: usize,
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

/// The card of an archive, if it is one that can be trusted so far; at most `most` bytes.
pub(super) fn card(file: &[u8], most: usize) -> Option<Vec<u8>> {
    let end = end(file)?;
    let (entries, size, at) =
        (u16_at(file, end + 10)?, u32_at(file, end + 12)? as usize, u32_at(file, end + 16)? as usize);
    let is_whole = u16_at(file, end + 4)? == 0 && u16_at(file, end + 6)? == 0;
    // An archive that begins behind something else has other offsets than it says.
    if !is_whole || u16_at(file, end + 8)? != entries || at.checked_add(size)? != end {
        return None;
    }
    let found = entry_of_card(file.get(at..end)?, usize::from(entries))?;
    unpacked(&file[..at], &found, most)
}

/// Where the end record stands: the last bytes are its comment.
fn end(file: &[u8]) -> Option<usize> {
    let last = file.len().checked_sub(END)?;
    (last.saturating_sub(COMMENT)..=last).rev().find(|at| {
        file[*at..].starts_with(b"PK\x05\x06")
            && u16_at(file, at + 20).is_some_and(|comment| at + END + usize::from(comment) == file.len())
    })
}

/// The card's entry, of a directory in which every entry is one that an honest program writes.
fn entry_of_card(directory: &[u8], entries: usize) -> Option<Entry<'_>> {
    if entries > ENTRIES {
        return None;
    }
    let (mut rest, mut found, mut all) = (directory, None, 0u64);
    for _ in 0..entries {
        let (entry, after) = entry(rest)?;
        rest = after;
        all += entry.size as u64;
        if all > UNPACKED || is_trick(entry.name) {
            return None;
        }
        if entry.name == CARD && found.replace(entry).is_some() {
            return None;
        }
    }
    found.filter(|_| rest.is_empty())
}

/// The first entry of a directory, and what is behind it.
fn entry(directory: &[u8]) -> Option<(Entry<'_>, &[u8])> {
    if !directory.starts_with(b"PK\x01\x02") {
        return None;
    }
    let length = |at| u16_at(directory, at).map(usize::from);
    let (name, extra, comment) = (length(28)?, length(30)?, length(32)?);
    let whole = 46 + name + extra + comment;
    let is_link = (u32_at(directory, 38)? >> 16) & 0xF000 == 0xA000;
    let part = u16_at(directory, 34)?;
    let entry = Entry {
        name: directory.get(46..46 + name)?,
        flags: u16_at(directory, 8)?,
        method: u16_at(directory, 10)?,
        crc: u32_at(directory, 16)?,
        packed: u32_at(directory, 20)? as usize,
        size: u32_at(directory, 24)? as usize,
        at: u32_at(directory, 42)? as usize,
    };
    // Bit 0: encrypted.
    if entry.flags & 1 != 0 || part != 0 || is_link {
        return None;
    }
    Some((entry, directory.get(whole..)?))
}

/// A name that would leave the folder into which somebody unpacks it.
fn is_trick(name: &[u8]) -> bool {
    name.is_empty()
        || name.len() > NAME
        || name.iter().any(|byte| matches!(byte, 0 | b'\\'))
        || name[0] == b'/'
        || name.get(1) == Some(&b':')
        || name.split(|byte| *byte == b'/').any(|part| part == b"..")
}

/// What an entry holds. Its own head has to be of the same entry.
fn unpacked(body: &[u8], entry: &Entry<'_>, most: usize) -> Option<Vec<u8>> {
    let head = body.get(entry.at..)?;
    let (name, extra) = (usize::from(u16_at(head, 26)?), usize::from(u16_at(head, 28)?));
    let is_same = head.starts_with(MAGIC)
        && u16_at(head, 6)? & 1 == 0
        && u16_at(head, 8)? == entry.method
        && head.get(30..30 + name)? == entry.name;
    if !is_same || entry.size > most {
        return None;
    }
    let from = 30 + name + extra;
    let packed = head.get(from..from.checked_add(entry.packed)?)?;
    let bytes = match entry.method {
        0 => packed.to_vec(),
        8 => decompress_to_vec_with_limit(packed, entry.size).ok()?,
        _ => return None,
    };
    (bytes.len() == entry.size && crc32fast::hash(&bytes) == entry.crc).then_some(bytes)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use miniz_oxide::deflate::compress_to_vec;
    use nameless_domain::random::Random;

    /// An entry that is written: its name, what it holds, whether it is packed.
    type Put<'p> = (&'p str, &'p [u8], bool);

    /// An archive as an ordinary program writes it.
    pub fn archive(entries: &[Put<'_>]) -> Vec<u8> {
        let (mut body, mut directory) = (Vec::new(), Vec::new());
        for (name, bytes, packs) in entries {
            let packed = if *packs { compress_to_vec(bytes, 6) } else { bytes.to_vec() };
            let mut shared = Vec::new();
            shared.extend(20u16.to_le_bytes());
            shared.extend(0u16.to_le_bytes());
            shared.extend(if *packs { 8u16 } else { 0 }.to_le_bytes());
            shared.extend([0; 4]);
            shared.extend(crc32fast::hash(bytes).to_le_bytes());
            shared.extend((packed.len() as u32).to_le_bytes());
            shared.extend((bytes.len() as u32).to_le_bytes());
            shared.extend((name.len() as u16).to_le_bytes());
            shared.extend(0u16.to_le_bytes());
            let at = body.len() as u32;
            body.extend([MAGIC, &shared, name.as_bytes(), &packed].concat());
            directory.extend([b"PK\x01\x02\x14\x00".as_slice(), &shared].concat());
            directory.extend([0; 10]);
            directory.extend(at.to_le_bytes());
            directory.extend(name.as_bytes());
        }
        let (at, size) = (body.len() as u32, directory.len() as u32);
        body.extend(directory);
        body.extend(b"PK\x05\x06\0\0\0\0");
        body.extend([(entries.len() as u16).to_le_bytes(), (entries.len() as u16).to_le_bytes()].concat());
        body.extend([size.to_le_bytes(), at.to_le_bytes()].concat());
        body.extend([0; 2]);
        body
    }

    const MOST: usize = 1_000;

    #[test]
    fn a_card_is_found_packed_or_not_beside_what_else_there_is() {
        let picture = [7u8; 5_000];
        for packs in [false, true] {
            let file = archive(&[
                ("assets/icon/image/main.png", &picture, false),
                ("card.json", b"{\"name\": \"Nora\"}", packs),
                ("assets/", b"", false),
            ]);
            assert_eq!(card(&file, MOST).as_deref(), Some(b"{\"name\": \"Nora\"}".as_slice()), "{packs}");
        }
        let mut commented = archive(&[("card.json", b"{}", false)]);
        let at = commented.len() - 2;
        commented[at] = 3;
        commented.extend(b"PK!");
        assert_eq!(card(&commented, MOST).as_deref(), Some(b"{}".as_slice()));
    }

    /// Changes the bytes behind the first place where these stand; of the directory's, the last.
    fn changed(mut file: Vec<u8>, signature: &[u8], offset: usize, to: &[u8]) -> Vec<u8> {
        let at = file.windows(signature.len()).rposition(|part| part == signature).expect("there");
        file[at + offset..at + offset + to.len()].copy_from_slice(to);
        file
    }

    #[test]
    fn an_archive_that_lies_is_none() {
        let good = || archive(&[("card.json", b"{\"name\": \"Nora\"}", true)]);
        let (local, central, end) = (MAGIC, b"PK\x01\x02".as_slice(), b"PK\x05\x06".as_slice());
        let spaces = vec![b' '; MOST + 1];
        let one: Put<'_> = ("card.json", b"{}", false);
        let many: Vec<Put<'_>> =
            (0..ENTRIES).map(|_| ("a.png", b"".as_slice(), false)).chain([one]).collect();
        let with = |name| archive(&[("card.json", b"{}", false), (name, b"x", false)]);
        let table: Vec<(&str, Vec<u8>)> = vec![
            ("no card", archive(&[("other.json", b"{}", false)])),
            ("a card elsewhere", archive(&[("x/card.json", b"{}", false)])),
            ("two cards", archive(&[("card.json", b"{}", false), ("card.json", b"[]", false)])),
            ("more than is taken", archive(&[("card.json", &spaces, true)])),
            ("more than it says", changed(good(), central, 24, &3u32.to_le_bytes())),
            ("less than it says", changed(good(), central, 24, &999u32.to_le_bytes())),
            ("another sum", changed(good(), central, 16, &1u32.to_le_bytes())),
            ("encrypted", changed(good(), central, 8, &1u16.to_le_bytes())),
            ("encrypted inside", changed(good(), local, 6, &1u16.to_le_bytes())),
            ("packed otherwise", changed(good(), central, 10, &12u16.to_le_bytes())),
            ("another name inside", changed(good(), local, 30, b"card.jsoN")),
            ("a link", changed(good(), central, 38, &0xA1FF_0000u32.to_le_bytes())),
            ("beyond its end", changed(good(), central, 42, &0xFFFF_FFF0u32.to_le_bytes())),
            ("packed beyond its end", changed(good(), central, 20, &u32::MAX.to_le_bytes())),
            ("a bomb among the pictures", {
                let file = archive(&[("card.json", b"{}", false), ("a.png", b"x", true)]);
                changed(file, central, 24, &u32::MAX.to_le_bytes())
            }),
            ("other entries than it says", changed(good(), end, 8, &2u16.to_le_bytes())),
            ("of several parts", changed(good(), end, 4, &1u16.to_le_bytes())),
            ("a directory elsewhere", changed(good(), end, 16, &1u32.to_le_bytes())),
            ("behind something else", [b"MZ".as_slice(), &good()].concat()),
            ("before something else", [good().as_slice(), b"x"].concat()),
            ("too many entries", archive(&many)),
            ("up", with("../evil")),
            ("up inside", with("assets/../../evil")),
            ("from the root", with("/etc/passwd")),
            ("from a drive", with("C:evil")),
            ("backwards", with("..\\evil")),
            ("a hidden end", with("a\0.png")),
            ("no name", with("")),
            ("a long name", with(&"a".repeat(NAME + 1))),
        ];
        for (what, file) in table {
            assert_eq!(card(&file, MOST), None, "{what}");
        }
        assert!(card(&good(), MOST).is_some());
    }

    #[test]
    fn no_bytes_make_it_panic() {
        let file = archive(&[("card.json", b"{\"name\": \"Nora\"}", true), ("a.png", b"x", false)]);
        for end in 0..file.len() {
            assert_eq!(card(&file[..end], MOST), None, "{end}");
        }
        let mut random = Random::new(3);
        for _ in 0..50_000 {
            let mut file = file.clone();
            for _ in 0..1 + random.below(4) {
                let at = random.below(file.len() as u64) as usize;
                file[at] = random.below(256) as u8;
            }
            let _ = card(&file, MOST);
        }
    }
}
