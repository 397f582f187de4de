//! Why there is no backup, or why one is not restored: a line for the operator.

use crate::store::migrate::MigrateError;
use crate::store::{CryptoError, Fault};
use nameless_actors::ports::StoreError;
use std::path::PathBuf;

/// What went wrong. Nothing is left half done: a file appears when it is whole, and a restored
/// database is committed when all of it has been checked.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A file could not be read or written.
    #[error("{what}: {error}")]
    Io {
        /// Which.
        what: String,
        /// What the system said.
        error: std::io::Error,
    },
    /// Somebody's backup is in its place already.
    #[error("{} is there already; backups are never written over", .0.display())]
    Exists(PathBuf),
    /// Not the public key of age.
    #[error("the recipient must be a public key of age, age1...; `nameless backup identity FILE` makes one")]
    Recipient,
    /// Not an identity of age.
    #[error("{} holds no identity of age (AGE-SECRET-KEY-1...)", .0.display())]
    Identity(PathBuf),
    /// It is something else.
    #[error("{0} is no backup of this program")]
    NotABackup(String),
    /// It was made for somebody else.
    #[error("{0} does not open: it was sealed for another identity")]
    WrongIdentity(String),
    /// Bytes are not what they were, or the end is missing.
    #[error("{0} is damaged or cut short: take another one")]
    Damaged(String),
    /// The signature is not one of the history's key.
    #[error(
        "{0} was not signed with this HISTORY_KEY: it is of another bot, from before the key was exchanged (set \
             HISTORY_KEY_OLD), or forged"
    )]
    Forged(String),
    /// The history's key is another one.
    #[error("{0} is under another key than HISTORY_KEY: set that one, or HISTORY_KEY_OLD beside it")]
    Key(&'static str),
    /// It holds something else than it says.
    #[error("{0} does not hold what it says: {1}")]
    Untrue(String, String),
    /// Made by a program that knows more.
    #[error("{0} was made by a newer program ({1}); use that one")]
    Newer(String, String),
    /// The keys are of another kind, or the data is.
    #[error("{0} holds {1}, not {2}")]
    Kind(String, &'static str, &'static str),
    /// There would be people in it who have erased themselves since.
    #[error(
        "{keys} is older than {data}: who has erased themselves in between would be readable again; take the keys \
             that were written with it, or newer ones"
    )]
    OldKeys {
        /// The file of keys.
        keys: String,
        /// The file of data.
        data: String,
    },
    /// Somebody's data is there.
    #[error("the database is not empty (it has {0}): restore into a new one, and nothing can be lost")]
    NotEmpty(String),
    /// A table of somebody else, or of a newer program.
    #[error("the database has a table that this program does not know: {0}")]
    UnknownTable(String),
    /// The program knows less.
    #[error(transparent)]
    Migrate(#[from] MigrateError),
    /// The database.
    #[error("the database: {0}")]
    Store(#[from] StoreError),
    /// Encryption.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
}

impl From<Fault> for BackupError {
    fn from(fault: Fault) -> BackupError {
        BackupError::Store(fault.into())
    }
}

impl From<tokio_postgres::Error> for BackupError {
    fn from(error: tokio_postgres::Error) -> BackupError {
        Fault::from(error).into()
    }
}

impl BackupError {
    /// A file of this name could not be read or written.
    pub(super) fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> BackupError {
        let what = what.into();
        move |error| BackupError::Io { what, error }
    }
}
