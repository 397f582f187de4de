//! Logs, and what is said about a panic. Nothing here ever sees a user's words or a secret (I11).

pub mod alarms;
pub mod context;
mod panics;
pub mod pulse;
pub mod round_trips;
pub mod sentry;
pub mod traces;
pub mod watchdog;

pub use panics::install_panic_hook;

use crate::config::{LogFormat, Logging};
use sentry::{Dsn, Reporter};
use std::io::IsTerminal;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Starts logging to stderr, as stdout belongs to what a command prints, and reporting errors if
/// that is asked for. Call it once, then [`install_panic_hook`]; at the end of the process
/// [`sentry::flush`].
///
/// The `log` crate is deliberately not bridged: libraries that use it write request URLs, which
/// hold the bot's token, and request bodies, which hold users' words.
pub fn init(logging: &Logging) -> anyhow::Result<()> {
    // The configuration has accepted the directives before.
    let filter: Targets =
        logging.filter.parse().unwrap_or_else(|_| Targets::new().with_default(LevelFilter::INFO));
    let reporter = logging.sentry_dsn.as_ref().and_then(Dsn::parse).map(Reporter::start).transpose()?;
    let registry = tracing_subscriber::registry().with(filter).with(reporter);
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    match logging.format {
        LogFormat::Pretty => registry.with(lines.with_ansi(std::io::stderr().is_terminal())).try_init()?,
        // The span list carries `update_id`, whichever span of the update's handling a line stands
        // in.
        LogFormat::Json => registry
            .with(lines.json().flatten_event(true).with_current_span(false).with_span_list(true))
            .try_init()?,
    }
    Ok(())
}
