//! What goes wrong between the store and its database, and what the callers hear of it.

use crate::store::keys::CryptoError;
use nameless_actors::ports::StoreError;
use tokio_postgres::error::{DbError, SqlState};

/// Why an operation failed, before it is sorted into "try again" and "do not".
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// The driver or the server.
    #[error("{}", describe(.0))]
    Db(#[from] tokio_postgres::Error),
    /// Nothing was reached in time: the database is away.
    #[error("{0}")]
    Away(String),
    /// All connections were in use for too long.
    #[error("{0}")]
    Busy(String),
    /// Not now, for a reason of our own.
    #[error("{0}")]
    Unavailable(String),
    /// Other nodes have removed this one: it must write nothing more.
    #[error("this node's lease is lost")]
    Fenced,
    /// What was stored cannot be understood.
    #[error("{0}")]
    Corrupt(String),
    /// A sealed value did not open.
    #[error("{0}")]
    Crypto(#[from] CryptoError),
}

impl Fault {
    /// Whether a row with this key is there.
    pub(crate) fn is_duplicate(&self) -> bool {
        matches!(self, Fault::Db(error) if error.code() == Some(&SqlState::UNIQUE_VIOLATION))
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> StoreError {
        let text = fault.to_string();
        match fault {
            // Fenced: the process is ending; until then it is as if the store were away.
            Fault::Away(_) | Fault::Busy(_) | Fault::Unavailable(_) | Fault::Fenced => {
                StoreError::Unavailable(text)
            }
            // Nothing is wrong with what was to be written.
            Fault::Crypto(CryptoError::NoRandomness) => StoreError::Unavailable(text),
            Fault::Db(error) if is_transient(&error) => StoreError::Unavailable(text),
            Fault::Db(_) | Fault::Corrupt(_) | Fault::Crypto(_) => StoreError::Refused(text),
        }
    }
}

/// Whether the same statement may succeed later: everything that is not the statement's own fault.
fn is_transient(error: &tokio_postgres::Error) -> bool {
    let Some(db) = error.as_db_error() else {
        // Without the server's word it was the connection, unless the parameters could not be
        // encoded.
        return !is_encoding(error);
    };
    let code = db.code().code();
    // 08 connection, 40 deadlock or serialization, 53 resources, 55 lock or object not ready, 57
    // shutdown or time-out, 58 I/O; 25006: the server has become a read-only standby; 25P03: it
    // ended a transaction that waited for this side; 26000, 0A000: a prepared statement that a
    // migration made stale.
    matches!(&code[..2], "08" | "40" | "53" | "55" | "57" | "58")
        || matches!(code, "25006" | "25P03" | "26000" | "0A000")
}

/// Whether a statement's parameters or rows were at fault, and not the connection.
pub(crate) fn is_encoding(error: &tokio_postgres::Error) -> bool {
    let text = error.to_string();
    text.starts_with("error serializing") || text.starts_with("error deserializing")
}

/// The error without anything a user may have written: details and most messages quote values.
fn describe(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(db) => describe_db(db),
        None => match std::error::Error::source(error) {
            Some(source) => format!("{error}: {source}"),
            None => error.to_string(),
        },
    }
}

fn describe_db(db: &DbError) -> String {
    let code = db.code().code();
    if matches!(&code[..2], "22" | "23" | "P0") {
        let place: Vec<&str> = [db.table(), db.column(), db.constraint()].into_iter().flatten().collect();
        format!("SQLSTATE {code} {}", place.join(" "))
    } else {
        format!("SQLSTATE {code} {}", db.message())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is refused is dropped, so only what can never be written is.
    #[test]
    fn a_lack_of_random_bytes_passes_and_a_wrong_key_does_not() {
        let sorted = |error: CryptoError| StoreError::from(Fault::from(error));
        assert!(matches!(sorted(CryptoError::NoRandomness), StoreError::Unavailable(_)));
        assert!(matches!(sorted(CryptoError::DoesNotOpen), StoreError::Refused(_)));
    }
}
