//! Backups: all that the database keeps, in a file that only its recipient can read.
//!
//! | File | What is in it |
//! | --- | --- |
//! | the data | the other tables but those [left out](catalog::LEFT_OUT), of one moment |
//! | the keys | [what](catalog::KEYS) opens what people wrote, and who is erased; read last |
//!
//! **I14.** What somebody wrote is sealed under a key of their own, and their erasure removes it.
//! So keys are a file apart, of which only the newest is worth keeping: an older file of data is
//! restored with it, what the erased wrote in it is unreadable, and their rows are removed again
//! before anybody sees them.
//!
//! A file is zstd within [age](https://age-encryption.org/v1), sealed for a public key: who makes
//! backups cannot read them. Its beginning and its end are signed with the history's key
//! ([`format`]), so that a file that somebody else has made is refused before a row of it counts.

mod catalog;
mod erased;
mod error;
mod file;
mod format;
mod place;
mod restore;
mod save;
mod verify;

pub use catalog::{KEYS, LEFT_OUT};
pub use error::BackupError;
pub use file::{Identities, Recipient};
pub(crate) use place::KEYS_OF_FOLDER;
pub use place::{Target, remove_old};
pub use restore::{Restored, restore};
pub use save::{Saved, save};
pub use verify::{Contents, verify};

/// Hears how far it is, a line at a time.
pub type Progress<'a> = &'a (dyn Fn(&str) + Sync);

/// A number of bytes for people.
pub(crate) fn size(bytes: u64) -> String {
    let (mut value, mut unit) = (bytes as f64, 0);
    while value >= 1024.0 && unit < 4 {
        value /= 1024.0;
        unit += 1;
    }
    match unit {
        0 => format!("{bytes} B"),
        _ => format!("{value:.1} {}iB", ["", "K", "M", "G", "T"][unit]),
    }
}
