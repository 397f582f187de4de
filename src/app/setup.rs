//! `nameless setup` and `nameless upgrade-database`: PostgreSQL's programs, and the private
//! database's version.

use crate::config::Config;
use crate::postgres::{Upgraded, upgrade};
use anyhow::{Context as _, bail};
use std::process::{Command, ExitCode};

/// What `make` runs as well.
const SCRIPT: &str = include_str!("../../scripts/postgres.sh");

/// Makes sure that PostgreSQL's programs are there. The script says what it does.
pub fn run() -> anyhow::Result<ExitCode> {
    let status = Command::new("/bin/sh").args(["-c", SCRIPT, "nameless setup"]).status();
    let status = status.context("/bin/sh cannot be run")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Brings the private database to the newest version: what to print.
pub async fn upgrade_database(config: &Config) -> anyhow::Result<String> {
    if config.store.database_url.is_some() {
        bail!("DATABASE_URL is set: that server's version is its operator's to change");
    }
    let (folder, bin) = (config.store.data_dir.clone(), config.store.postgres_bin.clone());
    let done = tokio::task::spawn_blocking(move || upgrade(&folder, bin.as_deref()))
        .await
        .context("the upgrade was cut short; the old database is in its place")??;
    Ok(match done {
        Upgraded::Nothing => "there is no database yet\n".to_owned(),
        Upgraded::Already(major) => {
            format!("the database is of PostgreSQL {major}, and nothing newer is installed\n")
        }
        Upgraded::From { old, new, kept } => format!(
            "the database went from PostgreSQL {old} to {new}; the old one is kept in {}: remove it once the bot runs \
             well\n",
            kept.display()
        ),
    })
}
