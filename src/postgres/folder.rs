//! The cluster's folder: whose it is, what is in it, where its socket goes.

use super::error::ClusterError;
use super::programs::Programs;
use super::runner::Runner;
use super::server::is_anyone_in;
use super::settings::{OWNER, for_small_machines, socket_name};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read, Seek, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// The longest path of a Unix socket that every Unix takes, in bytes.
const SOCKET_PATH_MAX: usize = 100;
/// How long a lock that somebody has is tried for: far longer than it takes to start a program.
const LET_GO: Duration = Duration::from_secs(1);
/// How often.
const LOOK: Duration = Duration::from_millis(3);

/// The cluster of a data folder.
pub(super) fn cluster_of(data_dir: &Path) -> PathBuf {
    data_dir.join("postgres")
}

/// What lies in a cluster's place.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing.
    Nothing,
    /// A cluster of this major version.
    Cluster(u32),
}

/// Looks what lies in a cluster's place.
pub(super) fn look(folder: &Path) -> Result<Found, ClusterError> {
    match fs::read_to_string(folder.join("PG_VERSION")) {
        Ok(text) => match text.trim().parse() {
            Ok(major) => Ok(Found::Cluster(major)),
            Err(_) => Err(ClusterError::NotACluster(folder.into())),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => match fs::read_dir(folder) {
            Ok(mut entries) => match entries.next() {
                Some(_) => Err(ClusterError::NotACluster(folder.into())),
                None => Ok(Found::Nothing),
            },
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Found::Nothing),
            Err(error) => Err(ClusterError::folder(folder)(error)),
        },
        Err(error) => Err(ClusterError::folder(folder)(error)),
    }
}

/// Where a new version's cluster waits for its place, whole; see `upgrade`.
pub(super) fn upgraded(place: &Path) -> PathBuf {
    place.with_extension("upgraded")
}

/// Moves a folder, for good.
pub(super) fn rename(from: &Path, to: &Path) -> Result<(), ClusterError> {
    let parent = to.parent().unwrap_or(to);
    let moved = fs::rename(from, to).and_then(|()| File::open(parent)?.sync_all());
    moved.map_err(ClusterError::folder(to))
}

/// Removes a folder of ours with all that is in it, if there is one.
pub(super) fn clear(folder: &Path) -> Result<(), ClusterError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(ClusterError::folder(folder)(error)),
        _ => Ok(()),
    }
}

/// Makes a cluster at `folder`. It is made beside its place and moved there: a crash leaves none or
/// a whole one. The caller holds the data folder's lock.
pub(super) fn make(folder: &Path, programs: &Programs, runner: Option<&Runner>) -> Result<(), ClusterError> {
    let draft = draft(folder)?;
    let io = ClusterError::folder;
    fs::DirBuilder::new().mode(0o700).create(&draft).map_err(io(&draft))?;
    if let Some(runner) = runner {
        runner.own(&draft).map_err(io(&draft))?;
    }
    let mut initdb = programs.command("initdb", runner);
    initdb.arg("-D").arg(&draft).current_dir(&draft);
    initdb.args(["--username", OWNER, "--auth-local=peer", "--auth-host=reject", "--encoding=UTF8"]);
    initdb.args(["--locale=C", "--data-checksums", "--no-instructions"]);
    done("initdb", initdb.output())?;
    let config = draft.join("postgresql.conf");
    OpenOptions::new()
        .append(true)
        .open(&config)
        .and_then(|mut file| {
            file.write_all(for_small_machines(programs.major()).as_bytes())?;
            file.sync_all()
        })
        .map_err(io(&config))?;
    // Without a server: one statement from its standard input.
    let mut single = programs.command("postgres", runner);
    single.arg("--single").arg("-D").arg(&draft).arg("postgres").current_dir(&draft);
    done("postgres --single", feed(&mut single, &format!("CREATE DATABASE {OWNER};\n")))?;
    // An empty folder may be there already.
    clear(folder)?;
    rename(&draft, folder)
}

/// A name for a new cluster beside its place: one that an initdb which outlived its process is not
/// still at.
fn draft(folder: &Path) -> Result<PathBuf, ClusterError> {
    let mut names = (0..100).map(|number| folder.with_extension(format!("new{number}")));
    names.find(|name| !name.exists()).ok_or_else(|| {
        ClusterError::folder(folder)(io::Error::other("a hundred processes are making a cluster beside it"))
    })
}

/// Removes what processes have left that were killed while they made a cluster, unless their initdb
/// is still at it. The caller holds the data folder's lock.
pub(super) fn tidy(folder: &Path) {
    let Some((parent, name)) = folder.parent().zip(folder.file_name()) else { return };
    let draft = format!("{}.new", name.to_string_lossy());
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(&draft)
            && !is_anyone_in(&entry.path())
            && let Err(error) = clear(&entry.path())
        {
            tracing::warn!(%error, "a half-made database stays");
        }
    }
}

fn feed(command: &mut Command, text: &str) -> io::Result<std::process::Output> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(text.as_bytes())?;
    }
    child.wait_with_output()
}

/// An error that says what a program said, if it failed.
pub(super) fn done(
    program: &'static str,
    output: io::Result<std::process::Output>,
) -> Result<(), ClusterError> {
    let said = match output {
        Ok(output) if output.status.success() => return Ok(()),
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr).trim().replace('\n', "; ");
            if said.is_empty() { output.status.to_string() } else { said }
        }
        Err(error) => error.to_string(),
    };
    Err(ClusterError::Program { program, said })
}

/// Takes the data folder's lock, noting our process id in it for the error message of the next one.
/// The system lets go of it when the process dies; where that was just starting a program, once the
/// program runs, which works in its own folder by then. So it is waited for, a moment.
pub(super) fn lock(data_dir: &Path) -> Result<File, ClusterError> {
    let path = data_dir.join("postgres.lock");
    let io = ClusterError::folder;
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(io(&path))?;
    let until = Instant::now() + LET_GO;
    let mut locked = file.try_lock();
    while matches!(locked, Err(TryLockError::WouldBlock)) && Instant::now() < until {
        thread::sleep(LOOK);
        locked = file.try_lock();
    }
    match locked {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            let _ = file.read_to_string(&mut holder);
            let holder = holder.trim();
            let holder = if holder.is_empty() { String::new() } else { format!(" (pid {holder})") };
            return Err(ClusterError::InUse { folder: data_dir.into(), holder });
        }
        Err(TryLockError::Error(error)) => return Err(io(&path)(error)),
    }
    file.set_len(0).and_then(|()| file.rewind()).map_err(io(&path))?;
    writeln!(file, "{}", std::process::id()).map_err(io(&path))?;
    Ok(file)
}

/// A folder for the socket that no other user can reach: the cluster's or, where its path is too
/// long for a socket, a private one among the temporary ones.
pub(super) fn socket_dir(folder: &Path, runner: Option<&Runner>) -> Result<PathBuf, ClusterError> {
    if folder.join(socket_name()).as_os_str().len() <= SOCKET_PATH_MAX {
        return Ok(folder.to_owned());
    }
    let make = || {
        for attempt in 0..100 {
            let dir = std::env::temp_dir().join(format!("nameless-{}-{attempt}", std::process::id()));
            match fs::DirBuilder::new().mode(0o700).create(&dir) {
                // Only a folder that we have made ourselves is ours alone.
                Ok(()) => {
                    if let Some(runner) = runner {
                        runner.own(&dir)?;
                    }
                    return Ok(dir);
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::other("no name is free for the database's socket"))
    };
    make().map_err(ClusterError::folder(&std::env::temp_dir()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_in_the_place_is_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("postgres");
        assert_eq!(look(&place).unwrap(), Found::Nothing);
        fs::create_dir(&place).unwrap();
        assert_eq!(look(&place).unwrap(), Found::Nothing);
        fs::write(place.join("notes"), "mine").unwrap();
        assert!(matches!(look(&place), Err(ClusterError::NotACluster(_))));
        fs::write(place.join("PG_VERSION"), "15\n").unwrap();
        assert_eq!(look(&place).unwrap(), Found::Cluster(15));
        fs::write(place.join("PG_VERSION"), "what\n").unwrap();
        assert!(matches!(look(&place), Err(ClusterError::NotACluster(_))));
    }

    /// A process that is killed while it starts a program leaves its lock to that for a moment: it
    /// is another name of the same open file.
    #[test]
    fn a_lock_that_goes_with_its_process_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let held = lock(folder.path()).unwrap();
        let left = held.try_clone().unwrap();
        drop(held);
        assert!(matches!(lock(folder.path()), Err(ClusterError::InUse { .. })), "somebody has it");
        let tried = thread::spawn({
            let folder = folder.path().to_owned();
            move || lock(&folder)
        });
        drop(left);
        tried.join().unwrap().expect("it was let go");
    }

    #[test]
    fn a_socket_has_a_short_path() {
        let near = Path::new("/srv/data/postgres");
        assert_eq!(socket_dir(near, None).unwrap(), near);
        let far = Path::new("/srv").join("long".repeat(30));
        let dir = socket_dir(&far, None).unwrap();
        assert!(dir.starts_with(std::env::temp_dir()), "{}", dir.display());
        fs::remove_dir(&dir).unwrap();
    }
}
