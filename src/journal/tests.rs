//! The journal from the inside: what is in its files, and disks that fail.

use super::record::{self, Read, Record};
use super::segment::{Disk, Fault, Step};
use super::{AHEAD, JournalConfig, LocalJournal};
use crate::store::Keys;
use nameless_actors::ports::{Appended, Journal, JournalError};
use nameless_domain::ids::{MessageId, Seq};
use secrecy::SecretBox;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

const WORDS: &str = "Anna Karenina, +7 916 123-45-67";

fn keys() -> Arc<Keys> {
    Arc::new(Keys::new(SecretBox::new(Box::new([7; 32]))))
}

fn update(id: i64) -> (i64, Arc<str>) {
    (id, format!("{{\"update_id\":{id},\"text\":\"{WORDS}\"}}").into())
}

async fn put(journal: &LocalJournal, id: i64) -> Result<Seq, JournalError> {
    let appended = journal.append(vec![update(id)])?;
    appended.durable.await?;
    Ok(appended.seqs[0].expect("it is new"))
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < deadline, "timed out: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// All updates that whoever has the key can read in a file, finished or not.
fn readable(file: &Path) -> Vec<String> {
    // One that goes at this moment holds nothing.
    let bytes = fs::read(file).unwrap_or_default();
    let no = file.file_name().unwrap().to_str().unwrap().split('.').next().unwrap().parse().unwrap_or(0);
    let (mut at, mut key, mut found) = (0, None, Vec::new());
    // Whatever its head looks like: the records behind are tried as well.
    while at < bytes.len() {
        let Read::Record(record, len) = record::read(&bytes[at..]) else {
            at += 1;
            continue;
        };
        match record {
            Record::Key { wrapped } => key = keys().open_segment_key(no, wrapped).ok(),
            Record::Update { raw, .. } => found.extend(raw.open(at as u64, key.as_ref())),
            _ => {}
        }
        at += len;
    }
    found
}

fn all_readable(dir: &Path) -> usize {
    files(dir).iter().map(|file| readable(file).len()).sum()
}

#[tokio::test]
async fn nothing_that_people_wrote_is_in_the_files_in_plain_words() {
    let dir = tempfile::tempdir().unwrap();
    let config = JournalConfig { segment_bytes: 1_000, ..JournalConfig::default() };
    let journal = LocalJournal::open(dir.path(), config, keys()).unwrap();
    for id in 0..20 {
        put(&journal, id).await.unwrap();
    }
    assert_eq!(all_readable(dir.path()), 20, "the search would find them");
    for file in files(dir.path()) {
        let bytes = fs::read(&file).unwrap();
        for part in ["Anna", "916", "text", "update_id"] {
            let found = bytes.windows(part.len()).any(|window| window == part.as_bytes());
            assert!(!found, "{part} in {}", file.display());
        }
    }
}

/// I14. What an erased person said is unreadable for whoever has the key and the folder, and also
/// where the blocks of the removed files are still to be found: their keys are overwritten.
#[tokio::test]
async fn after_an_erasure_what_is_finished_does_not_open() {
    let dir = tempfile::tempdir().unwrap();
    let blocks = tempfile::tempdir_in(dir.path().parent().unwrap()).unwrap();
    let config = JournalConfig { forget_after: Duration::from_millis(20), ..JournalConfig::default() };
    let journal = LocalJournal::open(dir.path(), config, keys()).unwrap();
    let mut seqs = Vec::new();
    for id in 0..5 {
        seqs.push(put(&journal, id).await.unwrap());
    }
    let later = put(&journal, 5).await.unwrap();
    seqs[..4].iter().for_each(|seq| journal.done(*seq));
    journal.flush().await.unwrap();
    let log =
        files(dir.path()).into_iter().find(|file| file.extension().is_some_and(|e| e == "log")).unwrap();
    let kept = blocks.path().join(log.file_name().unwrap());
    fs::hard_link(&log, &kept).unwrap();
    assert_eq!(readable(&kept).len(), 6);

    journal.forget_finished();
    until("what is finished is gone, what is not is elsewhere", || {
        all_readable(dir.path()) == 2 && readable(&kept).is_empty()
    });
    // What was under way at the erasure goes once it is finished, without another one.
    journal.done(seqs[4]);
    journal.done(later);
    until("the rest is gone as well", || all_readable(dir.path()) == 0);
    let next = put(&journal, 6).await.unwrap();
    drop(journal);
    let journal = LocalJournal::open(dir.path(), JournalConfig::default(), keys()).unwrap();
    assert_eq!(journal.recover().iter().map(|r| r.seq).collect::<Vec<_>>(), [next]);
    assert_eq!(journal.append((0..7).map(update).collect()).unwrap().seqs, vec![None; 7], "ids stay known");
}

#[tokio::test]
async fn a_segment_is_left_when_its_time_is_over() {
    let dir = tempfile::tempdir().unwrap();
    let config = JournalConfig { segment_age: Duration::from_millis(30), ..JournalConfig::default() };
    let journal = LocalJournal::open(dir.path(), config, keys()).unwrap();
    let pinned = put(&journal, 1).await.unwrap();
    journal.sent(pinned, &[MessageId(70)]);
    let finished = put(&journal, 2).await.unwrap();
    journal.done(finished);
    // Though nobody writes any more, and though one of them is not finished.
    until("the finished one is gone", || all_readable(dir.path()) == 1);
    drop(journal);
    let journal = LocalJournal::open(dir.path(), JournalConfig::default(), keys()).unwrap();
    let recovered = journal.recover();
    assert_eq!((recovered[0].seq, &recovered[0].sent), (pinned, &Some(vec![MessageId(70)])));
}

/// A disk whose faults a test asks for.
#[derive(Default)]
struct Faulty {
    /// Which step fails, and how.
    fails: Mutex<Option<(Step, i32)>>,
}

impl Faulty {
    fn disk(self: &Arc<Faulty>) -> Disk {
        let me = self.clone();
        let fault: Fault = Arc::new(move |step| match *me.fails.lock().unwrap() {
            Some((failing, errno)) if failing == step => Err(io::Error::from_raw_os_error(errno)),
            _ => Ok(()),
        });
        Disk { fsync: true, ahead: AHEAD, fault: Some(fault) }
    }

    fn fail(&self, what: Option<(Step, i32)>) {
        *self.fails.lock().unwrap() = what;
    }
}

const EIO: i32 = 5;
const ENOSPC: i32 = 28;

fn open(dir: &Path, disk: &Arc<Faulty>, give_up: Duration) -> LocalJournal {
    let config = JournalConfig { give_up, ..JournalConfig::default() };
    LocalJournal::open_on(dir, config, keys(), disk.disk()).unwrap()
}

/// Each step fails once, amid what is accepted and marked; the failed file loses what was not
/// synced, as Linux may do.
#[tokio::test]
async fn what_a_failed_disk_may_have_lost_is_written_anew_and_nothing_is_doubled() {
    for (step, errno) in [(Step::Sync, EIO), (Step::Write, EIO), (Step::Write, ENOSPC), (Step::Sync, ENOSPC)]
    {
        let (dir, disk) = (tempfile::tempdir().unwrap(), Arc::new(Faulty::default()));
        let journal = open(dir.path(), &disk, Duration::from_secs(60));
        let finished = put(&journal, 1).await.unwrap();
        let sent = put(&journal, 2).await.unwrap();
        let under_way = put(&journal, 3).await.unwrap();
        let file = files(dir.path()).into_iter().find(|f| f.extension().is_some_and(|e| e == "log")).unwrap();
        let synced = fs::read(&file).unwrap();
        let good = synced.iter().rposition(|&byte| byte != 0).unwrap() + 1;
        // Written, not synced: lost with the pages.
        journal.sent(sent, &[MessageId(20)]);
        until("the note is written", || fs::read(&file).unwrap()[good..].iter().any(|&byte| byte != 0));

        disk.fail(Some((step, errno)));
        let refused = put(&journal, 4).await;
        assert!(matches!(refused, Err(JournalError::Io(_))), "{step:?}: {refused:?}");
        // Nothing is accepted, nothing may leave, and it is said.
        assert!(!journal.takes_marks() && journal.health().is_err(), "{step:?}");
        assert!(journal.append(vec![update(5)]).is_err() && journal.flush().await.is_err());
        // What had left before is noted all the same.
        journal.done(finished);
        journal.sent(under_way, &[MessageId(30)]);
        let mut lossy = fs::read(&file).unwrap();
        lossy[good..].fill(0);
        fs::write(&file, lossy).unwrap();
        // Killed at this moment, the next life finds at least what was promised.
        let copy = tempfile::tempdir().unwrap();
        files(dir.path())
            .iter()
            .for_each(|f| _ = fs::copy(f, copy.path().join(f.file_name().unwrap())).unwrap());
        let after = LocalJournal::open(copy.path(), JournalConfig::default(), keys()).unwrap();
        assert_eq!(after.recover().len(), 3, "{step:?}");

        disk.fail(None);
        until("it takes again", || journal.takes_marks());
        assert!(journal.health().is_ok());
        // Telegram sends again what was refused: it is known, and on disk now.
        let Appended { seqs, durable } = journal.append(vec![update(4), update(5)]).unwrap();
        durable.await.unwrap();
        assert!(seqs[0].is_none() && seqs[1].is_some(), "{step:?}: {seqs:?}");
        until("the failed file is gone", || !file.exists());
        // Killed later: as it stands, without an end in order.
        let copy = tempfile::tempdir().unwrap();
        files(dir.path())
            .iter()
            .for_each(|f| _ = fs::copy(f, copy.path().join(f.file_name().unwrap())).unwrap());
        drop(journal);
        for dir in [dir.path(), copy.path()] {
            let recovered = LocalJournal::open(dir, JournalConfig::default(), keys()).unwrap().recover();
            let found: Vec<_> = recovered.iter().map(|r| (r.raw.to_string(), r.sent.clone())).collect();
            let text = |id| update(id).1.to_string();
            let expected = [
                (text(2), Some(vec![MessageId(20)])),
                (text(3), Some(vec![MessageId(30)])),
                (text(4), None),
                (text(5), None),
            ];
            assert_eq!(found, expected, "{step:?}");
        }
    }
}

/// The failed file stays as it is until what was in it is elsewhere: a crash between finds a file
/// that is not whole, and the next one that says how much of it counts.
#[tokio::test]
async fn a_failed_file_that_is_not_the_last_counts_as_far_as_it_was_synced() {
    let (dir, disk) = (tempfile::tempdir().unwrap(), Arc::new(Faulty::default()));
    let journal = open(dir.path(), &disk, Duration::from_secs(60));
    put(&journal, 1).await.unwrap();
    let file = files(dir.path()).into_iter().find(|f| f.extension().is_some_and(|e| e == "log")).unwrap();
    let whole = fs::read(&file).unwrap();
    let good = whole.iter().rposition(|&byte| byte != 0).unwrap() + 1;
    disk.fail(Some((Step::Sync, EIO)));
    put(&journal, 2).await.unwrap_err();
    disk.fail(None);
    until("it takes again", || journal.takes_marks());
    until("the failed file is gone", || !file.exists());
    drop(journal);
    // As if it had not been removed yet, with rubbish where the disk failed.
    let mut torn = whole[..good].to_vec();
    torn.extend_from_slice(&[0xa5; 40]);
    fs::write(&file, torn).unwrap();
    let journal = LocalJournal::open(dir.path(), JournalConfig::default(), keys()).unwrap();
    assert_eq!(journal.recover().len(), 2);
}

#[tokio::test]
async fn a_disk_that_fails_for_good_is_told_and_a_full_one_is_waited_for() {
    for (errno, gives_up) in [(EIO, true), (ENOSPC, false)] {
        let (dir, disk) = (tempfile::tempdir().unwrap(), Arc::new(Faulty::default()));
        let journal = open(dir.path(), &disk, Duration::from_millis(60));
        let (lost, told) = mpsc::channel();
        journal.on_lost(Box::new(move || lost.send(()).unwrap()));
        disk.fail(Some((Step::Sync, errno)));
        put(&journal, 1).await.unwrap_err();
        if gives_up {
            told.recv_timeout(Duration::from_secs(60)).expect("the process is told to end");
            assert!(!journal.takes_marks());
        } else {
            assert!(told.recv_timeout(Duration::from_millis(400)).is_err(), "a full disk is waited for");
            disk.fail(None);
            until("it takes again", || journal.takes_marks());
            put(&journal, 2).await.unwrap();
        }
    }
}

/// A start that was cut short counts, one that ended in order does not.
#[tokio::test]
async fn tries_are_counted_over_crashes() {
    let dir = tempfile::tempdir().unwrap();
    let open = |dir: &Path| LocalJournal::open(dir, JournalConfig::default(), keys()).unwrap();
    let journal = open(dir.path());
    let seq = put(&journal, 1).await.unwrap();
    drop(journal);
    let mut from = dir;
    for life in 1..4 {
        let journal = open(from.path());
        assert_eq!(journal.tries(seq), life);
        journal.trying(&[seq]).await.unwrap();
        // Killed: what is on disk at this moment.
        let next = tempfile::tempdir().unwrap();
        for file in files(from.path()) {
            fs::copy(&file, next.path().join(file.file_name().unwrap())).unwrap();
        }
        drop(journal);
        from = next;
    }
    let journal = open(from.path());
    journal.trying(&[seq]).await.unwrap();
    assert_eq!(journal.tries(seq), 5);
    journal.survived(seq);
    assert_eq!(journal.tries(seq), 4);
    drop(journal);
    assert_eq!(open(from.path()).tries(seq), 1, "an end in order proves it innocent");
}
