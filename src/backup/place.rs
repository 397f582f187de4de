//! Where backups lie: a file, a folder of them, or what the program writes to.

use super::error::BackupError;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Where a backup goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A file that must not be there yet.
    New(PathBuf),
    /// A file that takes the place of what was there, once it is whole.
    Newest(PathBuf),
    /// The standard output.
    Stdout,
}

/// How files of data in a folder begin and end; between them stands when.
const BEGINS: &str = "nameless-";
const ENDS: &str = ".backup";
/// The file of keys in a folder.
pub(crate) const KEYS_OF_FOLDER: &str = "nameless.keys";

impl Target {
    /// A file in a folder, named by the moment.
    pub fn in_folder(folder: &Path, now: &str) -> Target {
        let digits: String = now.chars().take_while(|c| *c != '.').filter(|c| !"-:".contains(*c)).collect();
        Target::New(folder.join(format!("{BEGINS}{digits}Z{ENDS}")))
    }

    /// The keys of a folder's files.
    pub fn keys_in(folder: &Path) -> Target {
        Target::Newest(folder.join(KEYS_OF_FOLDER))
    }

    /// The keys that go with a file of data.
    pub fn keys_of(file: &Path) -> PathBuf {
        let mut name = file.as_os_str().to_owned();
        name.push(".keys");
        name.into()
    }
}

/// Removes the oldest files of data in a folder but for so many. How many went.
pub fn remove_old(folder: &Path, keep: usize) -> Result<usize, BackupError> {
    let io = || BackupError::io(folder.display().to_string());
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(io())? {
        let name = entry.map_err(io())?.file_name().to_string_lossy().into_owned();
        if name.starts_with(BEGINS) && name.ends_with(ENDS) {
            found.push(name);
        }
    }
    // Their names begin with when.
    found.sort_unstable();
    found.truncate(found.len().saturating_sub(keep.max(1)));
    for name in &found {
        let path = folder.join(name);
        fs::remove_file(&path).map_err(BackupError::io(path.display().to_string()))?;
    }
    Ok(found.len())
}

/// Writes a small file that must not be there.
pub(super) fn write_new(path: &Path, bytes: &[u8]) -> Result<(), BackupError> {
    let mut draft = Draft::begin(&Target::New(path.to_owned()))?;
    draft.write_all(bytes).map_err(BackupError::io(path.display().to_string()))?;
    draft.keep().map(drop)
}

/// A file on its way: it has its name once it is whole and on the disk. Dropped before, it is gone.
pub(super) struct Draft {
    target: Target,
    out: Out,
    written: u64,
}

enum Out {
    File(File, PathBuf),
    Stdout(io::Stdout),
    Kept,
}

impl Draft {
    pub(super) fn begin(target: &Target) -> Result<Draft, BackupError> {
        let out = match target {
            Target::Stdout => Out::Stdout(io::stdout()),
            Target::New(path) if path.exists() => return Err(BackupError::Exists(path.clone())),
            Target::New(path) | Target::Newest(path) => {
                let mut part = path.as_os_str().to_owned();
                part.push(format!(".{}.part", std::process::id()));
                let part = PathBuf::from(part);
                // Its owner's alone, whatever the umask; of a killed one with this number nothing
                // stays.
                let _ = fs::remove_file(&part);
                let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part);
                Out::File(file.map_err(BackupError::io(part.display().to_string()))?, part)
            }
        };
        Ok(Draft { target: target.clone(), out, written: 0 })
    }

    /// As people know it.
    pub(super) fn name(&self) -> String {
        match &self.target {
            Target::New(path) | Target::Newest(path) => path.display().to_string(),
            Target::Stdout => "the standard output".to_owned(),
        }
    }

    /// Gives it its name. How many bytes it has.
    pub(super) fn keep(mut self) -> Result<u64, BackupError> {
        let io = BackupError::io(self.name());
        match std::mem::replace(&mut self.out, Out::Kept) {
            Out::File(file, part) => {
                let kept = settle(&self.target, &file, &part);
                if kept.is_err() {
                    let _ = fs::remove_file(&part);
                }
                match (kept, &self.target) {
                    (Err(e), Target::New(path)) if e.kind() == io::ErrorKind::AlreadyExists => {
                        return Err(BackupError::Exists(path.clone()));
                    }
                    (kept, _) => kept.map_err(io)?,
                }
            }
            Out::Stdout(mut out) => out.flush().map_err(io)?,
            Out::Kept => {}
        }
        Ok(self.written)
    }
}

fn settle(target: &Target, file: &File, part: &Path) -> io::Result<()> {
    file.sync_all()?;
    let (Target::New(path) | Target::Newest(path)) = target else { return Ok(()) };
    match target {
        Target::Newest(_) => fs::rename(part, path)?,
        // Of two that are written at once, the second finds the first.
        _ => {
            fs::hard_link(part, path)?;
            fs::remove_file(part)?;
        }
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = match &mut self.out {
            Out::File(file, _) => file.write(bytes)?,
            Out::Stdout(out) => out.write(bytes)?,
            Out::Kept => return Err(io::ErrorKind::NotConnected.into()),
        };
        self.written += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.out {
            Out::File(file, _) => file.flush(),
            Out::Stdout(out) => out.flush(),
            Out::Kept => Ok(()),
        }
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if let Out::File(_, part) = &self.out {
            let _ = fs::remove_file(part);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_file_is_there_when_it_is_whole_and_is_never_written_over() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        let mut given_up = Draft::begin(&Target::New(path.clone())).unwrap();
        given_up.write_all(b"half").unwrap();
        assert!(!path.exists());
        drop(given_up);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0, "nothing is left of it");

        write_new(&path, b"whole").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(matches!(write_new(&path, b"another"), Err(BackupError::Exists(_))));
        assert_eq!(fs::read(&path).unwrap(), b"whole");
        let mut newest = Draft::begin(&Target::Newest(path.clone())).unwrap();
        newest.write_all(b"newer").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"whole");
        assert_eq!(newest.keep().unwrap(), 5);
        assert_eq!(fs::read(&path).unwrap(), b"newer");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn the_oldest_go_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        for day in 1..=5 {
            let Target::New(path) = Target::in_folder(dir.path(), &format!("2026-11-0{day}T03:00:00.000Z"))
            else {
                panic!("a file")
            };
            fs::write(path, "").unwrap();
        }
        fs::write(dir.path().join(KEYS_OF_FOLDER), "").unwrap();
        fs::write(dir.path().join("nameless-notes.txt"), "").unwrap();
        assert_eq!(remove_old(dir.path(), 2).unwrap(), 3);
        let mut left: Vec<_> = fs::read_dir(dir.path())
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        left.sort();
        let kept = ["nameless-20261104T030000Z.backup", "nameless-20261105T030000Z.backup"];
        assert_eq!(left, [&kept[..], &["nameless-notes.txt", KEYS_OF_FOLDER]].concat());
    }
}
