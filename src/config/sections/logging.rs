//! Logs.

use crate::config::check::{Hidden, Is};
use crate::config::setting::{plain, secret};
use crate::config::sources::Layers;
use crate::config::Problem;
use crate::settings;
use crate::telemetry::sentry::Dsn;
use secrecy::SecretString;

settings! {
    "logging", "Logs";

    /// Form of a log line: `pretty` for people, `json` for machines.
    LOG_FORMAT: LogFormat = plain("pretty"), Is("pretty or json", |s| match s {
        "pretty" => Some(LogFormat::Pretty),
        "json" => Some(LogFormat::Json),
        _ => None,
    });
    /// What is logged: `error`, `warn`, `info`, `debug` or `trace`, also by module, such as
    /// `info,nameless=debug`.
    RUST_LOG: String = plain("info"), Is("directives such as info or info,nameless=debug", |s| {
        s.parse::<tracing_subscriber::filter::Targets>().is_ok().then(|| s.to_owned())
    });
    /// Sentry, or what speaks its protocol: errors are reported there as well, with `update_id` and
    /// the lines before, without words and ids of people.
    SENTRY_DSN: SecretString = secret(), Hidden("the DSN of a project, https://key@host/project", |s| {
        Dsn::parse(&s.to_owned().into()).is_some()
    });
}

/// Logs.
#[derive(Clone, Debug)]
pub struct Logging {
    /// Form of a line.
    pub format: LogFormat,
    /// Directives as in `RUST_LOG`.
    pub filter: String,
    /// Where errors are reported to.
    pub sentry_dsn: Option<SecretString>,
}

/// Form of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Pretty,
    /// For machines: one JSON object a line.
    Json,
}

pub(in crate::config) fn read(layers: &Layers) -> Result<Logging, Problem> {
    Ok(Logging {
        format: layers.need(&LOG_FORMAT)?,
        filter: layers.need(&RUST_LOG)?,
        sentry_dsn: layers.value(&SENTRY_DSN),
    })
}
