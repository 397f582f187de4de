//! Logs, and what is said about a panic. Nothing here ever sees a user's words or a secret (I11).

pub mod alarms;
pub mod context;
mod panics;
pub mod pulse;
pub mod watchdog;

pub use panics::install_panic_hook;

use crate::config::{LogFormat, Logging};
use std::io::IsTerminal;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

/// Starts logging to stderr; stdout belongs to what a command prints. Call it once, then
/// [`install_panic_hook`].
///
/// The `log` crate is deliberately not bridged: libraries that use it write request URLs, which
/// hold the bot's token, and request bodies, which hold users' words.
pub fn init(logging: &Logging) -> Result<(), TryInitError> {
    // The configuration has accepted the directives before.
    let filter: Targets =
        logging.filter.parse().unwrap_or_else(|_| Targets::new().with_default(LevelFilter::INFO));
    let registry = tracing_subscriber::registry().with(filter);
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    match logging.format {
        LogFormat::Pretty => registry.with(lines.with_ansi(std::io::stderr().is_terminal())).try_init(),
        // The span list carries `update_id`, whichever span of the update's handling a line stands
        // in.
        LogFormat::Json => registry
            .with(lines.json().flatten_event(true).with_current_span(false).with_span_list(true))
            .try_init(),
    }
}
