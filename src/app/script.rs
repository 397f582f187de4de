//! `nameless demo --script`.

use crate::config::Config;
use std::process::ExitCode;

/// tmp
pub async fn run(_config: Config) -> anyhow::Result<ExitCode> {
    Ok(ExitCode::FAILURE)
}
