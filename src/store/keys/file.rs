//! Where the key-encryption key comes from: the environment, or a file made on first start.

use super::sealing::fill_random;
use super::{KEY_BYTES, Keys};
use base64::Engine;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretBox, SecretString};
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Name of the generated key inside the data folder.
pub const KEY_FILE: &str = "history.key";

/// Name of the key from before there, while it is exchanged.
pub const OLD_KEY_FILE: &str = "history.key.old";

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Not 32 bytes as hex or base64.
    #[error("the history key must be 32 bytes: 64 hex digits, or base64 of 44 characters")]
    Malformed,
    /// The file can be read by others.
    #[error("{} can be read by others; run: chmod 600 {}", .0.display(), .0.display())]
    Exposed(PathBuf),
    /// The file could not be read or made.
    #[error("the history key {} cannot be read or made: {error}", .path.display())]
    Io {
        /// The key's file.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
}

impl Keys {
    /// A key given as text: 64 hex digits, or standard base64 of 32 bytes.
    pub fn parse(text: &SecretString) -> Result<Keys, KeyError> {
        let text = text.expose_secret().trim();
        let bytes = Zeroizing::new(if text.len() == 2 * KEY_BYTES {
            unhex(text).ok_or(KeyError::Malformed)?
        } else {
            base64::engine::general_purpose::STANDARD.decode(text).map_err(|_| KeyError::Malformed)?
        });
        let array: [u8; KEY_BYTES] = bytes.as_slice().try_into().map_err(|_| KeyError::Malformed)?;
        Ok(Keys::new(SecretBox::new(Box::new(array))))
    }

    /// The key of a data folder; made there on first use, readable by its owner only. Losing this
    /// file loses the history.
    pub fn load_or_create(data_dir: &Path) -> Result<Keys, KeyError> {
        let path = data_dir.join(KEY_FILE);
        let io = |error| KeyError::Io { path: path.clone(), error };
        match read(&path)? {
            Some(keys) => Ok(keys),
            None => {
                fs::create_dir_all(data_dir).map_err(io)?;
                create(data_dir, &path).map_err(io)?;
                let text = fs::read_to_string(&path).map_err(io)?;
                Keys::parse(&SecretString::from(text))
            }
        }
    }

    /// The key from before of a data folder, if there is one.
    pub fn load_old(data_dir: &Path) -> Result<Option<Keys>, KeyError> {
        read(&data_dir.join(OLD_KEY_FILE))
    }
}

/// A key of a file that others cannot read; none if there is no file.
fn read(path: &Path) -> Result<Option<Keys>, KeyError> {
    let io = |error| KeyError::Io { path: path.to_owned(), error };
    match fs::read_to_string(path) {
        Ok(_) if is_exposed(path).map_err(io)? => Err(KeyError::Exposed(path.to_owned())),
        Ok(text) => Keys::parse(&SecretString::from(text)).map(Some),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(io(error)),
    }
}

/// Writes a new key beside its place and links it there: a crash leaves either no key or a whole
/// one, and of two processes that start at once both use the first one's.
fn create(data_dir: &Path, path: &Path) -> std::io::Result<()> {
    let mut bytes = Zeroizing::new([0; KEY_BYTES]);
    let mut mark = [0; 4];
    fill_random(bytes.as_mut()).and_then(|()| fill_random(&mut mark)).map_err(std::io::Error::other)?;
    let text = Zeroizing::new(bytes.iter().map(|b| format!("{b:02x}")).collect::<String>() + "\n");

    let draft = data_dir.join(format!("{KEY_FILE}.{}.{:08x}", std::process::id(), u32::from_ne_bytes(mark)));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    if cfg!(unix) {
        File::open(data_dir)?.sync_all()?;
    }
    Ok(())
}

#[cfg(unix)]
fn is_exposed(path: &Path) -> std::io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    Ok(fs::metadata(path)?.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_exposed(_: &Path) -> std::io::Result<bool> {
    Ok(false)
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text.chars().map(|c| c.to_digit(16).map(|d| d as u8)).collect();
    Some(digits?.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use nameless_domain::ids::UserId;

    #[test]
    fn hex_and_base64_are_the_same_key() {
        let hex = Keys::parse(&SecretString::from("41".repeat(32))).unwrap();
        let base64 =
            Keys::parse(&SecretString::from("QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=\n")).unwrap();
        assert_eq!(hex.user_hash(UserId(1)), base64.user_hash(UserId(1)));
        for wrong in ["", "41", "zz", &"4z".repeat(32), "QUFB"] {
            assert!(matches!(Keys::parse(&SecretString::from(wrong)), Err(KeyError::Malformed)), "{wrong}");
        }
    }

    #[test]
    fn the_generated_key_stays_and_is_private() {
        let dir = tempfile::tempdir().unwrap();
        let first = Keys::load_or_create(dir.path()).unwrap();
        let second = Keys::load_or_create(dir.path()).unwrap();
        assert_eq!(first.user_hash(UserId(1)), second.user_hash(UserId(1)));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "no drafts are left");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let path = dir.path().join(KEY_FILE);
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
            fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
            assert!(matches!(Keys::load_or_create(dir.path()), Err(KeyError::Exposed(_))));
        }
    }
}
