//! What goes wrong between the engine and Redis.

use redis::{ErrorKind, ServerErrorKind};

/// Why Redis did not do what was asked. Holds neither the URL nor its password, nor what was sent.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RedisError {
    /// Not reachable, too slow, failing over, out of memory: trying again may help. Unless it was
    /// never sent, nobody knows whether it happened.
    #[error("Redis is not reachable: {0}")]
    Unavailable(String),
    /// The command, the script, the address or the login is at fault: trying again does not help.
    #[error("Redis refused: {0}")]
    Refused(String),
}

impl RedisError {
    /// Whether trying again may help.
    pub fn is_unavailable(&self) -> bool {
        matches!(self, RedisError::Unavailable(_))
    }
}

impl From<&redis::RedisError> for RedisError {
    fn from(error: &redis::RedisError) -> RedisError {
        let text = describe(error);
        if is_transient(error) { RedisError::Unavailable(text) } else { RedisError::Refused(text) }
    }
}

/// Whether the same may succeed later.
fn is_transient(error: &redis::RedisError) -> bool {
    match error.kind() {
        ErrorKind::Io
        | ErrorKind::ClusterConnectionNotFound
        | ErrorKind::MasterNameNotFoundBySentinel
        | ErrorKind::NoValidReplicasFoundBySentinel
        // The connection is out of step, which a new one is not.
        | ErrorKind::Parse => true,
        ErrorKind::Server(kind) => matches!(
            kind,
            ServerErrorKind::BusyLoading
                | ServerErrorKind::TryAgain
                | ServerErrorKind::ClusterDown
                | ServerErrorKind::MasterDown
                | ServerErrorKind::ReadOnly
                | ServerErrorKind::Moved
                | ServerErrorKind::Ask
        ),
        // Codes that the driver has no name for: a script holds the server up, no memory, no
        // replica, the disk is full, a blocked reader was sent away by a failover.
        _ => matches!(error.code(), Some("BUSY" | "OOM" | "NOREPLICAS" | "MISCONF" | "UNBLOCKED")),
    }
}

/// Whether the connection that brought this is worth keeping: an answer means that it works, unless
/// it is that of a server which has become a replica or is not ready.
pub(super) fn breaks_connection(error: &redis::RedisError) -> bool {
    match error.kind() {
        ErrorKind::Server(kind) => {
            matches!(
                kind,
                ServerErrorKind::ReadOnly | ServerErrorKind::MasterDown | ServerErrorKind::BusyLoading
            )
        }
        ErrorKind::UnexpectedReturnType | ErrorKind::Extension => false,
        _ => true,
    }
}

/// Category and code. The server's words are kept for our own scripts' faults only: others quote
/// arguments.
fn describe(error: &redis::RedisError) -> String {
    match (error.kind(), error.code()) {
        (ErrorKind::Io, _) => format!("{}: {}", error.category(), io_text(error)),
        (_, Some(code)) => match error.detail().filter(|text| text.contains("user_script")) {
            Some(text) => format!("{code} {}", text.chars().take(200).collect::<String>()),
            None => format!("{} ({code})", error.category()),
        },
        (_, None) => error.category().to_owned(),
    }
}

fn io_text(error: &redis::RedisError) -> String {
    match std::error::Error::source(error).and_then(|source| source.downcast_ref::<std::io::Error>()) {
        Some(io) => io.kind().to_string(),
        None => "the connection failed".to_owned(),
    }
}
