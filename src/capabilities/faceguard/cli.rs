//! `nameless photos`: what an operator bans.

use super::settings::Settings;
use super::{Banned, found, missing_models, worker};
use crate::app::database::Database;
use crate::config::Config;
use crate::store::rfc3339;
use anyhow::{Context as _, anyhow, bail};
use clap::Subcommand;
use nameless_domain::capabilities::faceguard::Hash;
use nameless_vision::client::Worker;
use nameless_vision::findings::Wants;
use nameless_vision::pdq;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a worker may look at a picture.
const LOOK: Duration = Duration::from_secs(10);

/// Bans pictures by what they look like, lists what is banned, takes a ban back.
///
/// A picture that looks like a banned one is taken away from whoever gets it, and its sender is
/// told. The bot knows within a minute.
#[derive(Subcommand, Clone, Debug, PartialEq, Eq)]
pub enum Photos {
    /// Lists what is banned, the newest first.
    List,
    /// Bans what looks like the picture in a file. A worker looks at it; it is not kept.
    Ban {
        /// A JPEG, PNG or WebP.
        file: PathBuf,
        /// Why, for the list.
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Takes a ban back.
    Unban {
        /// The picture's hash, as listed.
        hash: String,
    },
}

impl Photos {
    /// Carries the command out: what to print.
    pub async fn run(self, config: &Config) -> anyhow::Result<String> {
        let hash = match &self {
            Photos::List => None,
            Photos::Ban { file, .. } => Some(look(config, file)?),
            Photos::Unban { hash } => Some(hash.parse::<pdq::Hash>()?),
        };
        let database = Database::attach(config).await?;
        let done = carry_out(&database, self, hash).await;
        database.close().await;
        done
    }
}

async fn carry_out(database: &Database, what: Photos, hash: Option<pdq::Hash>) -> anyhow::Result<String> {
    let store = &database.store;
    match (what, hash) {
        (Photos::Ban { note, .. }, Some(hash)) => {
            store.ban_photo(found::hash(hash), note).await?;
            Ok(format!("{hash} is banned\n"))
        }
        (Photos::Unban { .. }, Some(hash)) => match store.unban_photo(found::hash(hash)).await? {
            true => Ok(format!("{hash} is not banned any more\n")),
            false => bail!("{hash} is not banned"),
        },
        _ => Ok(describe(&store.banned_photos().await?)),
    }
}

/// What the picture in a file looks like.
fn look(config: &Config, file: &Path) -> anyhow::Result<pdq::Hash> {
    let picture = std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let settings = Settings::of(config);
    if let Some(missing) = missing_models(&settings) {
        bail!("{missing}");
    }
    let mut worker = Worker::start(&worker(&settings, None)?)?;
    let answer = worker.look(picture, Wants::HASH, LOOK)?;
    let found = answer.found.map_err(|failure| anyhow!("{}: {failure}", file.display()))?;
    if !found.pdq.counts() {
        bail!("{}: there is too little in it to tell it from others", file.display());
    }
    Ok(found.pdq.hash)
}

/// A line each: when, the hash, why. What breaks lines or steers a terminal is shown, not done.
fn describe(banned: &[Banned]) -> String {
    if banned.is_empty() {
        return "no picture is banned\n".to_owned();
    }
    let printable = |note: &str| note.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    let hex = |Hash(bytes): Hash| bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let line = |b: &Banned| -> String {
        let (hash, note): (String, String) = (hex(b.hash), printable(&b.note));
        format!("{}  {hash}  {note}", rfc3339(b.at.0)).trim_end().to_owned() + "\n"
    };
    banned.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use nameless_domain::time::Millis;

    #[test]
    fn what_is_listed_can_be_taken_back() {
        let hash = pdq::Hash([1, 2, 3, u64::MAX]);
        let banned = Banned { hash: found::hash(hash), note: "an\nad".into(), at: Millis(0) };
        let text = describe(&[banned]);
        assert_eq!(text.lines().count(), 1, "{text}");
        assert_eq!(text.split_whitespace().nth(1).unwrap().parse(), Ok(hash), "{text}");
    }
}
