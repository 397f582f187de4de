//! `nameless photos`: what an operator bans.

use super::settings::Settings;
use super::{Banned, found, missing_models, worker};
use crate::app::bots;
use crate::app::database::Database;
use crate::config::Config;
use crate::store::rfc3339;
use anyhow::{Context as _, anyhow, bail};
use base64::Engine as _;
use clap::{Subcommand, ValueEnum};
use nameless_actors::capabilities::{Answer, Order, PhotoLine, PictureKind};
use nameless_domain::capabilities::admin::{Act, Actor, Role, Ruling, Source, judge};
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
    /// Lists pictures that wait for an operator: of open reports, and such as the models were in
    /// doubt about.
    Review {
        /// So many at most.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=200))]
        limit: u32,
    },
    /// Shows one of them as a `data:` address, for a browser's address bar. The look is written
    /// into the audit log; the picture is written nowhere.
    Look {
        /// Its number, as listed.
        photo: i64,
        /// Why, for the audit log.
        #[arg(long)]
        reason: String,
    },
    /// Says what becomes of one of them. The bot knows within a minute.
    Rule {
        /// Its number, as listed.
        photo: i64,
        /// What.
        #[arg(value_enum)]
        ruling: Ruled,
        /// Why, for the audit log.
        #[arg(long)]
        reason: String,
    },
    /// Takes a ban back.
    Unban {
        /// The picture's hash, as listed.
        hash: String,
    },
}

/// What becomes of a picture.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ruled {
    /// It is fine, and stands in the open from now on.
    Approve,
    /// It stays behind its spoiler.
    Reject,
    /// It is taken away from whoever gets it, and what looks like it.
    Ban,
}

impl Photos {
    /// Carries the command out: what to print.
    pub async fn run(self, config: &Config) -> anyhow::Result<String> {
        let hash = match &self {
            Photos::List | Photos::Review { .. } | Photos::Look { .. } | Photos::Rule { .. } => None,
            Photos::Ban { file, .. } => Some(look(config, file)?),
            Photos::Unban { hash } => Some(hash.parse::<pdq::Hash>()?),
        };
        let database = Database::attach(config).await?;
        let done = match self {
            Photos::Review { limit } => act(&database, config, Act::Photos { limit }).await,
            Photos::Look { photo, reason } => act(&database, config, Act::Photo { photo, reason }).await,
            Photos::Rule { photo, ruling, reason } => {
                let ruling = match ruling {
                    Ruled::Approve => Ruling::Approve,
                    Ruled::Reject => Ruling::Reject,
                    Ruled::Ban => Ruling::Ban,
                };
                act(&database, config, Act::RulePhoto { photo, ruling, reason }).await
            }
            other => carry_out(&database, other, hash).await,
        };
        database.close().await;
        done
    }
}

/// Whoever can run this can read the database and its key: there is nobody above them.
async fn act(database: &Database, config: &Config, act: Act) -> anyhow::Result<String> {
    let actor = Actor { name: "cli".into(), role: Role::Owner };
    if let Err(refusal) = judge(&actor, &act) {
        bail!("that cannot be done: {refusal:?}");
    }
    let order = Order { actor, act, source: Source::Cli, key: None };
    let carried = database.store.carry_out(order).await?;
    match carried.map_err(|denied| anyhow!("it was not done: {denied:?}"))?.answer {
        Answer::Photos(page) if page.items.is_empty() => Ok("no picture waits\n".to_owned()),
        Answer::Photos(page) => Ok(page.items.iter().map(waiting).collect()),
        Answer::Photo(page) => {
            let picture = match (page.picture, page.file_id) {
                (Some(picture), _) => picture,
                (None, Some(file)) => fetch(database, config, &file).await?,
                (None, None) => bail!("there is nothing to look at any more"),
            };
            let kind = PictureKind::of(&picture).context("it is no picture that a browser shows")?.mime();
            let text = base64::engine::general_purpose::STANDARD.encode(picture);
            Ok(format!("{}data:{kind};base64,{text}\n", waiting(&page.line)))
        }
        Answer::PhotoRuled(ruled) => {
            let known = if ruled.known { "" } else { " (nobody knows what it looks like: this one alone)" };
            Ok(format!("photo {}: {}{known}\n", ruled.photo, ruled.ruling))
        }
        _ => bail!("no such picture waits"),
    }
}

/// A line: number, what it is about, since when, who sent it, what speaks against it.
fn waiting(line: &PhotoLine) -> String {
    let of = line.report.map_or_else(|| "doubt".to_owned(), |report| format!("report {report}"));
    let (at, reasons) = (rfc3339(line.at.0), line.reasons.join(", "));
    format!("{}  {of}  {at}  user {}  {reasons}\n", line.photo, line.sender.0)
}

/// Reads a picture at Telegram, into memory.
async fn fetch(database: &Database, config: &Config, file_id: &str) -> anyhow::Result<Vec<u8>> {
    let bots = bots::open(config, &database.store).await?;
    let main = bots.first().context("BOT_TOKEN is needed to read the picture at Telegram")?;
    main.client.read_file(file_id, LOOK, 5_000_000).await.context("Telegram does not give the picture")
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
