//! Logs.

use crate::config::check::{Hidden, Is, TEXT, url};
use crate::config::setting::{plain, secret};
use crate::config::sources::Layers;
use crate::config::{Problem, parse};
use crate::settings;
use crate::telemetry::sentry::Dsn;
use crate::telemetry::traces::headers as otlp_headers;
use secrecy::SecretString;
use url::Url;

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
    /// A collector of OpenTelemetry (OTLP over HTTP, as JSON): ways of updates are sent there as
    /// traces, without words and ids of people.
    OTEL_EXPORTER_OTLP_ENDPOINT: Url = plain("").like("http://127.0.0.1:4318"),
        Is("an http(s) address, without user, password, query and fragment", collector);
    /// Headers for it, `name=value,name=value`.
    OTEL_EXPORTER_OTLP_HEADERS: SecretString = secret(),
        Hidden("headers such as authorization=Basic abc,x-scope=one", |s| otlp_headers(s).is_some());
    /// What the bot is called there.
    OTEL_SERVICE_NAME: String = plain("nameless"), TEXT;
    /// The share of updates that are traced, 0 to 1; the same ones on every node.
    OTEL_TRACES_SAMPLER_ARG: f64 = plain("0.01"), Is("a number from 0 to 1", |s| {
        parse::number(s).filter(|n| (0.0..=1.0).contains(n))
    });
}

/// An address that may be shown: what lets in there is for the headers, which are not.
fn collector(text: &str) -> Option<Url> {
    let is_bare = |u: &Url| {
        u.username().is_empty() && u.password().is_none() && u.query().is_none() && u.fragment().is_none()
    };
    url(text, &["http", "https"]).filter(is_bare)
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
    /// Where traces are sent.
    pub tracing: Tracing,
}

/// Where ways of updates are sent as traces.
#[derive(Clone, Debug, Default)]
pub struct Tracing {
    /// A collector's address, `/v1/traces` not included; none: nothing is traced.
    pub endpoint: Option<Url>,
    /// Headers for it, `name=value,name=value`.
    pub headers: Option<SecretString>,
    /// What the bot is called.
    pub service: String,
    /// Share of updates, 0 to 1.
    pub ratio: f64,
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
        tracing: Tracing {
            endpoint: layers.value(&OTEL_EXPORTER_OTLP_ENDPOINT),
            headers: layers.value(&OTEL_EXPORTER_OTLP_HEADERS),
            service: layers.need(&OTEL_SERVICE_NAME)?,
            ratio: layers.need(&OTEL_TRACES_SAMPLER_ARG)?,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_collectors_address_has_no_secret_in_it() {
        for good in ["http://127.0.0.1:4318", "https://otlp.example.org/under/", "http://[::1]:4318"] {
            assert!(collector(good).is_some(), "{good}");
        }
        for bad in [
            "127.0.0.1:4318",
            "ftp://host",
            "https://me:key@host",
            "https://me@host",
            "https://:key@host",
            "https://host/?key=1",
            "https://host/#key",
        ] {
            assert!(collector(bad).is_none(), "{bad}");
        }
    }
}
