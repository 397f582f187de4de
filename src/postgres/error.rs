//! Why there is no private cluster.

use super::programs::OLDEST;
use std::path::{Path, PathBuf};

/// Why the private cluster does not run. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// Another process has the folder.
    #[error("the data folder {} is in use by another nameless process{holder}; stop it or set another DATA_DIR",
        .folder.display())]
    InUse {
        /// The data folder.
        folder: PathBuf,
        /// Which process, as a parenthesis; empty if not known.
        holder: String,
    },
    /// The folder cannot be used.
    #[error("the data folder {} cannot be used: {error}", .folder.display())]
    Folder {
        /// The data folder, or what in it is meant.
        folder: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// There is something in the cluster's place that is none.
    #[error("{} is not a PostgreSQL cluster, and not empty; move it away or set another DATA_DIR", .0.display())]
    NotACluster(PathBuf),
    /// PostgreSQL refuses to run as root, and who is to run it cannot get to the folder.
    #[error("PostgreSQL does not run as root, and the user {user} that runs it instead may not enter {}; run nameless \
        as an ordinary user, put DATA_DIR elsewhere (such as /var/lib/nameless), or: chmod o+x {}",
        .blocked.display(), .blocked.display())]
    Unreachable {
        /// Who runs the server.
        user: String,
        /// The folder that lets nobody in.
        blocked: PathBuf,
    },
    /// PostgreSQL refuses to run as root, and there is nobody else.
    #[error(
        "PostgreSQL does not run as root, and this system has neither a user postgres nor a user nobody; run \
        nameless as an ordinary user, or set DATABASE_URL"
    )]
    NoRunner,
    /// No PostgreSQL was found.
    #[error(
        "no PostgreSQL {OLDEST} or newer is installed: run `nameless setup`, or install it (Debian: apt install \
        postgresql), or set POSTGRES_BIN to the folder of its programs, or DATABASE_URL to a server"
    )]
    NoPrograms,
    /// The cluster is of a version that is not installed.
    #[error("the database in {} is of PostgreSQL {made_by}, and what is installed is {installed}; install PostgreSQL \
        {made_by} (Debian: apt install postgresql-{made_by}), set POSTGRES_BIN to its programs, or bring the database \
        to a newer version with both installed: nameless upgrade-database", .folder.display())]
    OtherVersion {
        /// The cluster's folder.
        folder: PathBuf,
        /// The major version that made it.
        made_by: u32,
        /// The major versions that were found.
        installed: String,
    },
    /// A program of PostgreSQL failed.
    #[error("{program} failed: {said}")]
    Program {
        /// Its name.
        program: &'static str,
        /// What it said.
        said: String,
    },
    /// The server did not start.
    #[error("the private PostgreSQL in {} did not start: {said}", .folder.display())]
    Start {
        /// The cluster's folder.
        folder: PathBuf,
        /// What it said, or how long it was waited for.
        said: String,
    },
    /// A server that an earlier process left behind does not end.
    #[error("a PostgreSQL server (pid {pid}) still runs in {} and does not stop; end it, then start again",
        .folder.display())]
    Left {
        /// The cluster's folder.
        folder: PathBuf,
        /// Its process.
        pid: u32,
    },
}

impl ClusterError {
    /// Wraps what the system said about a path.
    pub(super) fn folder(path: &Path) -> impl FnOnce(std::io::Error) -> ClusterError {
        let folder = path.to_owned();
        move |error| ClusterError::Folder { folder, error }
    }
}
