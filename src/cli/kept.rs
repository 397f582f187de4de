//! Arguments of backups, restores and the history's key.

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// What to back up to, or what else to do with backups.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Backup {
    /// Something else than to write one.
    #[command(subcommand)]
    pub what: Option<BackupWhat>,
    /// Where to, and for whom.
    #[command(flatten)]
    pub save: Option<Save>,
}

/// Where a backup goes.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct Save {
    /// A new file, a folder (a file named by the moment), or - for the standard output.
    pub to: PathBuf,
    /// Public key of age to seal for, if not BACKUP_RECIPIENT.
    #[arg(long, value_name = "age1...")]
    pub recipient: Option<String>,
    /// File of the keys, written over. Usually the file's name with .keys, or nameless.keys in the
    /// folder.
    #[arg(long, value_name = "FILE")]
    pub keys: Option<PathBuf>,
    /// Writes the keys alone: quick, for every hour.
    #[arg(long)]
    pub keys_only: bool,
    /// In a folder: removes older files of data but for so many.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    pub keep: Option<u32>,
}

/// What else to do with backups.
#[derive(Subcommand, Clone, Debug, PartialEq, Eq)]
pub enum BackupWhat {
    /// Reads a backup to its end and says what is in it. Needs no database.
    Verify {
        /// The file of data, or of keys.
        file: PathBuf,
        /// The file of keys, if it is not beside it.
        #[arg(long, value_name = "FILE")]
        keys: Option<PathBuf>,
        /// What opens it: a file as `nameless backup identity` or age-keygen makes it.
        #[arg(long, value_name = "FILE")]
        identity: PathBuf,
    },
    /// Makes an identity in a new file and prints its public key, the recipient.
    Identity {
        /// The file. Keep it elsewhere.
        file: PathBuf,
    },
}

/// What to restore.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct Restore {
    /// The file of data.
    pub file: PathBuf,
    /// The newest file of keys, if it is not beside it.
    #[arg(long, value_name = "FILE")]
    pub keys: Option<PathBuf>,
    /// What opens both: a file as `nameless backup identity` or age-keygen makes it.
    #[arg(long, value_name = "FILE")]
    pub identity: PathBuf,
}

/// What to do about the history's key.
#[derive(Subcommand, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// From now on seals under HISTORY_KEY, and seals anew what is under HISTORY_KEY_OLD. Every
    /// node has to run with both. It may be interrupted and begun again.
    Rotate {
        /// Also if a node that runs lacks one of the keys, or does not say: what it reads from then
        /// on it cannot open.
        #[arg(long)]
        force: bool,
    },
    /// Says under which key the database is, and how much is left under the old one.
    Status,
}
