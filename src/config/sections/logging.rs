//! Logs.

use crate::config::Problem;
use crate::config::check::{Hidden, Is, url};
use crate::config::setting::{plain, secret};
use crate::config::sources::Layers;
use crate::settings;
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
    /// Where errors are reported to.
    SENTRY_DSN: SecretString = secret().later("this version reports errors in its log only"),
        Hidden("the DSN of a project, https://key@host/project", |s| {
            url(s, &["http", "https"]).is_some_and(|u| !u.username().is_empty())
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
