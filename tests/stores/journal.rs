//! The local journal from the outside: durability, duplicates, compaction, limits.

use crate::support::disk::SmallDisk;
use crate::support::segments::{keys, records, segments};
use nameless::journal::{JournalConfig, LocalJournal, OpenError};
use nameless_actors::ports::{Journal, JournalError, Recovered, Reopened};
use nameless_domain::ids::{MessageId, Seq};
use std::fs::{self, OpenOptions};
use std::io::{Seek, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

fn small() -> JournalConfig {
    JournalConfig { segment_bytes: 2_000, max_bytes: 10_000, ..JournalConfig::default() }
}

fn update(id: i64, bytes: usize) -> (i64, Arc<str>) {
    (id, format!("{{\"update_id\":{id},\"x\":\"{}\"}}", "x".repeat(bytes)).into())
}

async fn put(journal: &LocalJournal, entries: Vec<(i64, Arc<str>)>) -> Vec<Option<Seq>> {
    let appended = journal.append(entries).unwrap();
    appended.durable.await.unwrap();
    appended.seqs
}

/// Bytes of all segments; one that goes while they are counted has none.
fn bytes(dir: &Path) -> u64 {
    segments(dir).iter().map(|p| fs::metadata(p).map_or(0, |m| m.len())).sum()
}

/// Waits for the writer's housekeeping.
fn until(what: &str, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < deadline, "timed out: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[tokio::test]
async fn unfinished_updates_come_back_in_order_with_what_was_sent() {
    let dir = tempfile::tempdir().unwrap();
    let journal = LocalJournal::open(dir.path(), JournalConfig::default(), keys()).unwrap();
    let seqs = put(&journal, vec![update(1, 10), update(2, 10), update(3, 10), update(2, 10)]).await;
    assert!(seqs[..3].is_sorted() && seqs[3].is_none());
    journal.sent(seqs[1].unwrap(), &[MessageId(70), MessageId(71)]);
    journal.done(seqs[0].unwrap());
    journal.flush().await.unwrap();
    let last = journal.last();
    assert_eq!(Some(last), seqs[2]);
    drop(journal);

    let journal = LocalJournal::open(dir.path(), JournalConfig::default(), keys()).unwrap();
    let recovered = journal.recover();
    assert_eq!(recovered.iter().map(|r| Some(r.seq)).collect::<Vec<_>>(), seqs[1..3]);
    assert_eq!(recovered[0].sent, Some(vec![MessageId(70), MessageId(71)]));
    assert_eq!(recovered[0].raw, update(2, 10).1);
    assert_eq!(recovered[1].sent, None);
    assert!(journal.recover().is_empty());
    let again = put(&journal, vec![update(3, 10), update(4, 10)]).await;
    assert!(again[0].is_none(), "duplicate across a restart");
    assert!(again[1].unwrap() > last, "positions grow over restarts");
}

/// The space that the newest segment has ahead is read as nothing, and given back at the end.
#[tokio::test]
async fn space_written_ahead_is_cut_off() {
    let (dir, killed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let journal = LocalJournal::open(dir.path(), JournalConfig::default(), keys()).unwrap();
    for id in 1..4 {
        put(&journal, vec![update(id, 10)]).await;
    }
    assert!(bytes(dir.path()) > 1 << 20, "records of some bytes, and space");
    // What kill -9 would leave.
    for file in segments(dir.path()) {
        fs::copy(&file, killed.path().join(file.file_name().unwrap())).unwrap();
    }
    drop(journal);
    assert!(bytes(dir.path()) < 1_000);
    for dir in [dir, killed] {
        let journal = LocalJournal::open(dir.path(), JournalConfig::default(), keys()).unwrap();
        assert_eq!(journal.recover().len(), 3);
        let before = segments(dir.path()).remove(0);
        assert!(fs::metadata(before).unwrap().len() < 1_000);
    }
}

/// An update that was finished is accepted once more under its old position, once for each wish,
/// restarts or not.
#[tokio::test]
async fn a_finished_update_is_opened_again_once_for_each_wish() {
    let dir = tempfile::tempdir().unwrap();
    let open = || LocalJournal::open(dir.path(), JournalConfig::default(), keys()).unwrap();
    let journal = open();
    let seqs = put(&journal, vec![update(1, 10), update(2, 10)]).await;
    let (first, last) = (seqs[0].unwrap(), seqs[1].unwrap());
    let raw = update(1, 10).1;
    assert!(matches!(journal.reopen(first, -5, raw.clone()), Ok(Reopened::UnderWay)));
    journal.done(first);
    journal.done(last);
    let Ok(Reopened::Accepted(durable)) = journal.reopen(first, -5, raw.clone()) else { panic!() };
    durable.await.unwrap();
    let Ok(Reopened::Before(durable)) = journal.reopen(first, -5, raw.clone()) else { panic!() };
    durable.await.unwrap();
    assert_eq!(journal.unfinished(), 1);
    drop(journal);

    // The next life finishes it, and still knows the wish.
    let journal = open();
    let recovered = journal.recover();
    assert_eq!(recovered, [Recovered { seq: first, raw: raw.clone(), sent: None }]);
    let Ok(Reopened::Before(durable)) = journal.reopen(first, -5, raw.clone()) else { panic!() };
    durable.await.unwrap();
    journal.done(first);
    drop(journal);
    let journal = open();
    assert!(
        journal.recover().is_empty(),
        "an earlier end of the same position does not count, a later one does"
    );
    assert!(matches!(journal.reopen(first, -5, raw.clone()), Ok(Reopened::Before(_))));
    let Ok(Reopened::Accepted(durable)) = journal.reopen(first, -6, raw) else { panic!() };
    durable.await.unwrap();
    let next = put(&journal, vec![update(1, 10), update(3, 10)]).await;
    assert!(
        next[0].is_none() && next[1].unwrap() > last,
        "Telegram's ids and the positions are as they were"
    );
}

#[tokio::test]
async fn a_torn_tail_is_cut_and_damage_elsewhere_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let journal = LocalJournal::open(dir.path(), small(), keys()).unwrap();
    for id in 0..5 {
        put(&journal, vec![update(id, 900)]).await;
    }
    drop(journal);
    let files = segments(dir.path());
    assert!(files.len() >= 2);
    OpenOptions::new().append(true).open(files.last().unwrap()).unwrap().write_all(&[9; 30]).unwrap();
    let journal = LocalJournal::open(dir.path(), small(), keys()).unwrap();
    assert_eq!(journal.recover().len(), 5);
    drop(journal);

    let mut first = OpenOptions::new().write(true).open(&files[0]).unwrap();
    first.seek(std::io::SeekFrom::Start(100)).unwrap();
    first.write_all(b"#").unwrap();
    let error = LocalJournal::open(dir.path(), small(), keys()).unwrap_err();
    assert!(matches!(error, OpenError::Corrupt { .. }));
    assert!(error.to_string().contains(files[0].to_str().unwrap()), "{error}");
}

#[tokio::test]
async fn a_second_opener_is_refused_until_the_first_has_gone() {
    let dir = tempfile::tempdir().unwrap();
    let journal = LocalJournal::open(dir.path(), small(), keys()).unwrap();
    assert!(matches!(LocalJournal::open(dir.path(), small(), keys()), Err(OpenError::InUse(_))));
    drop(journal);
    LocalJournal::open(dir.path(), small(), keys()).unwrap();
}

#[tokio::test]
async fn a_full_journal_refuses_and_takes_again_when_drained() {
    let dir = tempfile::tempdir().unwrap();
    let journal = LocalJournal::open(dir.path(), small(), keys()).unwrap();
    let mut seqs = Vec::new();
    let refused = loop {
        let id = seqs.len() as i64;
        match journal.append(vec![update(id, 1_000)]) {
            Ok(appended) => seqs.extend(appended.seqs),
            Err(e) => break (id, e),
        }
    };
    assert_eq!(refused.1, JournalError::Full);
    assert!(seqs.len() >= 8);
    // A duplicate needs no room, so it is still told apart.
    assert_eq!(put(&journal, vec![update(0, 1_000)]).await, [None]);
    journal.done(seqs[0].unwrap());
    journal.done(seqs[1].unwrap());
    let seq = put(&journal, vec![update(refused.0, 1_000)]).await[0];
    assert!(seq.is_some(), "what was refused is not taken for a duplicate");
    drop(journal);
    let journal = LocalJournal::open(dir.path(), small(), keys()).unwrap();
    assert_eq!(journal.recover().len(), seqs.len() - 2 + 1);
}

#[tokio::test]
async fn finished_segments_go_and_one_old_update_does_not_pin_the_log() {
    let dir = tempfile::tempdir().unwrap();
    let journal = LocalJournal::open(dir.path(), small(), keys()).unwrap();
    let old = put(&journal, vec![update(0, 300)]).await[0].unwrap();
    journal.sent(old, &[MessageId(5)]);
    for id in 1..200 {
        for seq in put(&journal, vec![update(id, 300)]).await {
            journal.done(seq.unwrap());
        }
    }
    journal.flush().await.unwrap();
    until("compaction", || bytes(dir.path()) < 5 * 2_000 + 2_000);
    drop(journal);

    let journal = LocalJournal::open(dir.path(), small(), keys()).unwrap();
    let recovered = journal.recover();
    assert_eq!((recovered.len(), recovered[0].seq), (1, old));
    assert_eq!(recovered[0].sent, Some(vec![MessageId(5)]));
    let ids = (0..200).map(|id| update(id, 1)).collect();
    assert!(put(&journal, ids).await.iter().all(Option::is_none), "duplicates outlive their segments");
    journal.done(old);
    journal.flush().await.unwrap();
    until("all finished", || segments(dir.path()).len() == 1);
}

#[tokio::test]
async fn notes_reach_the_file_without_being_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let journal = LocalJournal::open(dir.path(), JournalConfig::default(), keys()).unwrap();
    let seq = put(&journal, vec![update(1, 1)]).await[0].unwrap();
    let file = segments(dir.path()).remove(0);
    let before = records(&file);
    journal.sent(seq, &[MessageId(1)]);
    until("sent is written", || records(&file) == before + 21);
    journal.done(seq);
    journal.done(seq);
    until("done is written once", || records(&file) == before + 38);
    assert_eq!(journal.unfinished(), 0);
}

/// `/dev/full` cannot stand in for a segment, so the disk fails by taking the folder away before a
/// rotation.
#[tokio::test]
async fn a_failed_disk_is_told_to_everybody_and_does_not_panic() {
    let dir = tempfile::tempdir().unwrap();
    let journal = LocalJournal::open(dir.path(), small(), keys()).unwrap();
    fs::remove_dir_all(dir.path()).unwrap();
    let mut told = false;
    for id in 0..10 {
        match journal.append(vec![update(id, 900)]) {
            Ok(appended) => told |= matches!(appended.durable.await, Err(JournalError::Io(_))),
            Err(e) => {
                assert!(told && matches!(e, JournalError::Io(_)), "{e:?}");
                assert!(journal.flush().await.is_err());
                return;
            }
        }
    }
    panic!("the failure went unnoticed");
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// Whatever the umask is, and whatever an earlier version left.
#[tokio::test]
async fn the_folder_and_its_files_are_for_their_owner_alone() {
    for umask in [0o000, 0o777] {
        let outer = tempfile::tempdir().unwrap();
        let dir = outer.path().join("journal");
        let before = rustix::process::umask(rustix::fs::Mode::from_raw_mode(umask));
        let journal = LocalJournal::open(&dir, small(), keys()).unwrap();
        for id in 0..5 {
            put(&journal, vec![update(id, 900)]).await;
        }
        rustix::process::umask(before);
        let check = || {
            assert_eq!(mode(&dir), 0o700);
            let files: Vec<_> = fs::read_dir(&dir).unwrap().map(|e| e.unwrap().path()).collect();
            assert!(files.len() >= 3);
            files.iter().for_each(|file| assert_eq!(mode(file), 0o600, "{}", file.display()));
        };
        check();
        drop(journal);
        fs::set_permissions(&dir, fs::Permissions::from_mode(0o755)).unwrap();
        for entry in fs::read_dir(&dir).unwrap() {
            fs::set_permissions(entry.unwrap().path(), fs::Permissions::from_mode(0o644)).unwrap();
        }
        let _journal = LocalJournal::open(&dir, small(), keys()).unwrap();
        check();
    }
}

#[tokio::test]
async fn another_key_is_told_and_nothing_is_touched() {
    let dir = tempfile::tempdir().unwrap();
    let journal = LocalJournal::open(dir.path(), small(), keys()).unwrap();
    put(&journal, vec![update(1, 10)]).await;
    drop(journal);
    let other = Arc::new(nameless::store::Keys::parse(&"08".repeat(32).into()).unwrap());
    let error = LocalJournal::open(dir.path(), small(), other).err().unwrap();
    assert!(error.to_string().contains("HISTORY_KEY"), "{error}");
    let journal = LocalJournal::open(dir.path(), small(), keys()).unwrap();
    assert_eq!(journal.recover().len(), 1);
}

/// A bad record amid the last segment is no torn tail: what stands behind it is taken, once a copy
/// is kept.
#[tokio::test]
async fn whole_records_behind_damage_are_not_lost() {
    let dir = tempfile::tempdir().unwrap();
    let journal = LocalJournal::open(dir.path(), JournalConfig::default(), keys()).unwrap();
    let mut ends = Vec::new();
    let file = segments(dir.path()).remove(0);
    for id in 0..9 {
        put(&journal, vec![update(id, 100)]).await;
        ends.push(records(&file));
    }
    drop(journal);
    let mut damaged = OpenOptions::new().write(true).open(&file).unwrap();
    // One byte in the third, the whole of the sixth, and a tail.
    damaged.seek(std::io::SeekFrom::Start(ends[1] + 40)).unwrap();
    damaged.write_all(b"#").unwrap();
    damaged.seek(std::io::SeekFrom::Start(ends[4])).unwrap();
    damaged.write_all(&vec![0xee; (ends[5] - ends[4]) as usize]).unwrap();
    damaged.seek(std::io::SeekFrom::End(0)).unwrap();
    damaged.write_all(&[9; 30]).unwrap();
    let found = fs::read(&file).unwrap();
    for _ in 0..2 {
        let journal = LocalJournal::open(dir.path(), JournalConfig::default(), keys()).unwrap();
        let recovered: Vec<_> = journal.recover().into_iter().map(|r| r.raw).collect();
        let expected: Vec<_> = (0..9).filter(|id| ![2, 5].contains(id)).map(|id| update(id, 100).1).collect();
        assert_eq!(recovered, expected);
        let copy = file.with_extension("damaged");
        assert_eq!((fs::read(&copy).unwrap() == found, mode(&copy)), (true, 0o600));
    }
}

/// A really full disk: refused, told, and gone on with by itself; nothing lost, nothing doubled.
#[tokio::test]
async fn a_full_disk_is_told_and_gone_on_with_when_there_is_space() {
    let Some(disk) = SmallDisk::mount("256k") else { return };
    let dir = disk.path().join("journal");
    let journal = LocalJournal::open(&dir, JournalConfig::default(), keys()).unwrap();
    let (mut kept, mut id) = (Vec::new(), 0);
    let refused = loop {
        let appended = journal.append(vec![update(id, 3_000)]);
        let durable = match appended {
            Ok(appended) => appended.durable.await,
            Err(e) => Err(e),
        };
        match durable {
            Ok(()) => kept.push(id),
            Err(e) => break e,
        }
        id += 1;
        assert!(id < 1_000, "256 KiB hold no 3 MB");
    };
    assert!(matches!(refused, JournalError::Io(_)) && kept.len() > 10, "{refused:?} after {}", kept.len());
    assert!(!journal.takes_marks() && journal.health().is_err());
    assert!(journal.append(vec![update(2_000, 10)]).is_err() && journal.flush().await.is_err());
    disk.resize("8m");
    until("it goes on", || journal.takes_marks() && journal.health().is_ok());
    // What was refused comes again from Telegram.
    put(&journal, vec![update(id, 3_000)]).await;
    put(&journal, vec![update(id + 1, 3_000)]).await;
    kept.extend([id, id + 1]);
    drop(journal);
    let journal = LocalJournal::open(&dir, JournalConfig::default(), keys()).unwrap();
    let recovered: Vec<_> = journal.recover().into_iter().map(|r| r.raw).collect();
    let expected: Vec<_> = kept.into_iter().map(|id| update(id, 3_000).1).collect();
    assert!(recovered == expected, "{} of {}", recovered.len(), expected.len());
}
