//! The null relay: the least that passes texts between strangers. No store, no reply map, no
//! allowlist, no limits of its own, plain HTTP only. What it costs is what relaying costs on this
//! machine whatever the bot does besides.
//!
//! `null-relay default` uses reqwest as anybody would; `null-relay tuned` writes requests to
//! sockets by itself.

mod api;
mod pairs;
mod plain;
mod raw;

use std::process::ExitCode;

/// How the bot reaches Telegram.
#[derive(Debug, Clone)]
pub struct Target {
    /// `host:port`.
    host: String,
    /// `/bot<token>/`.
    path: String,
}

impl Target {
    fn from_env() -> Result<Self, String> {
        let get = |name: &str| std::env::var(name).map_err(|_| format!("{name} is not set"));
        let url = get("TELEGRAM_API_URL")?;
        let host = url.trim_end_matches('/').strip_prefix("http://");
        let host = host.filter(|h| !h.contains('/')).ok_or("TELEGRAM_API_URL is not http://HOST:PORT")?;
        Ok(Self { host: host.to_owned(), path: format!("/bot{}/", get("BOT_TOKEN")?) })
    }
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("null-relay: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let target = Target::from_env()?;
    let form = std::env::args().nth(1).unwrap_or_default();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| format!("no runtime: {e}"))?;
    runtime.block_on(async {
        let relaying = async {
            match form.as_str() {
                "default" => plain::relay(&target).await,
                "tuned" => raw::relay(&target).await,
                _ => Err("usage: null-relay default|tuned".into()),
            }
        };
        let mut term = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
            .map_err(|e| format!("no signals: {e}"))?;
        tokio::select! {
            done = relaying => done,
            _ = term.recv() => Ok(()),
            _ = tokio::signal::ctrl_c() => Ok(()),
        }
    })
}
