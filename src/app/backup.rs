//! `nameless backup` and `nameless restore`.

use super::database::{Place, keys_that_are_there};
use crate::backup::{self, Identities, Recipient, Saved, Target, size};
use crate::cli::{Backup, BackupWhat, Restore, Save};
use crate::clock::SystemClock;
use crate::config::{Config, ExposeSecret};
use crate::store::rfc3339;
use anyhow::{Context as _, ensure};
use nameless_actors::ports::Clock as _;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Carries `nameless backup` out: what to print.
pub async fn run(config: &Config, what: Backup) -> anyhow::Result<String> {
    match (what.what, what.save) {
        (Some(BackupWhat::Identity { file }), _) => {
            let recipient = Identities::make(&file)?;
            Ok(format!(
                "{recipient}\n\nSet BACKUP_RECIPIENT to that. Keep {} elsewhere, twice: without it no backup can be \
                 read. Remove it from this machine.\n",
                file.display()
            ))
        }
        (Some(BackupWhat::Verify { file, keys, identity }), _) => {
            verify(config, &file, keys.as_deref(), &identity).await
        }
        (None, Some(save)) => write(config, save).await,
        (None, None) => anyhow::bail!("where to? nameless backup FILE, FOLDER or -"),
    }
}

/// How far it is. Who reads that may go: the file is made all the same.
fn say(line: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "{line}");
}

async fn write(config: &Config, save: Save) -> anyhow::Result<String> {
    let recipient: Recipient = match (&save.recipient, &config.store.backup_recipient) {
        (Some(given), _) => given.parse()?,
        (None, Some(configured)) => configured.clone(),
        (None, None) => anyhow::bail!(
            "backups are sealed for somebody: set BACKUP_RECIPIENT or give --recipient (nameless backup identity FILE \
             makes one)"
        ),
    };
    // Else the folder that is meant would become a file, once.
    anyhow::ensure!(
        save.keep.is_none() || save.to.is_dir(),
        "--keep is for a folder, and {} is none: make it first",
        save.to.display()
    );
    let (data, keys) = targets(&save)?;
    let data = data.filter(|_| !save.keys_only);
    let sealing = keys_that_are_there(config)?;
    let place = Place::attach(config).await?;
    let saved =
        backup::save(place.url.expose_secret(), &sealing, &recipient, data.as_ref(), &keys, &say).await;
    place.leave().await;
    let (saved, apart) = saved?;
    let mut text = String::new();
    let mut line = |target: &Target, what: &str, saved: Saved| {
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{what}: {} rows of {} tables, {} as {} in {}",
            saved.rows,
            saved.tables,
            size(saved.bytes),
            size(saved.file),
            named(target)
        );
    };
    if let (Some(target), Some(saved)) = (&data, saved) {
        line(target, "data", saved);
    }
    line(&keys, "keys", apart);
    if let (Some(keep), true, true) = (save.keep, save.to.is_dir(), data.is_some()) {
        let gone = backup::remove_old(&save.to, keep as usize)?;
        let _ = writeln!(text, "{gone} older files removed");
    }
    if matches!(data, Some(Target::Stdout)) {
        // Else it would stand in the middle of the backup.
        eprint!("{text}");
        text.clear();
    }
    Ok(text)
}

fn named(target: &Target) -> String {
    match target {
        Target::New(path) | Target::Newest(path) => path.display().to_string(),
        Target::Stdout => "-".to_owned(),
    }
}

/// Where the data goes, and where the keys go.
fn targets(save: &Save) -> anyhow::Result<(Option<Target>, Target)> {
    let given = save.keys.clone().map(Target::Newest);
    if save.to.as_os_str() == "-" {
        let keys = given.context("with - the keys go into a file of their own: name it with --keys")?;
        return Ok((Some(Target::Stdout), keys));
    }
    if save.to.is_dir() {
        let data = Target::in_folder(&save.to, &rfc3339(SystemClock.now().0));
        return Ok((Some(data), given.unwrap_or_else(|| Target::keys_in(&save.to))));
    }
    if save.keys_only {
        ensure!(save.keys.is_none(), "--keys-only writes the one file that is named");
        return Ok((None, Target::Newest(save.to.clone())));
    }
    let keys = given.unwrap_or_else(|| Target::New(Target::keys_of(&save.to)));
    Ok((Some(Target::New(save.to.clone())), keys))
}

/// The keys that go with a file of data: those that are named, its own, or those of its folder.
/// Where there are both, somebody has to say: with the older ones, whoever erased themselves since
/// would be readable again (I14).
fn keys_for(file: &Path, named: Option<&Path>) -> anyhow::Result<Option<PathBuf>> {
    if let Some(named) = named {
        return Ok(Some(named.to_owned()));
    }
    let beside = file.parent().unwrap_or(Path::new("")).join(backup::KEYS_OF_FOLDER);
    let mut there = [Target::keys_of(file), beside].into_iter().filter(|path| path.exists() && path != file);
    let (first, second) = (there.next(), there.next());
    if let (Some(first), Some(second)) = (&first, second) {
        let (first, second) = (first.display(), second.display());
        anyhow::bail!("there are two files of keys, {first} and {second}: name the newer one with --keys");
    }
    Ok(first)
}

async fn verify(
    config: &Config,
    file: &Path,
    named: Option<&Path>,
    identity: &Path,
) -> anyhow::Result<String> {
    let (keys, identities) = (keys_that_are_there(config)?, Identities::read(identity)?);
    let mut text = backup::verify(file, &identities, &keys).await?.to_string();
    if let Some(apart) = keys_for(file, named)? {
        let _ = write!(text, "\n{}", backup::verify(&apart, &identities, &keys).await?);
    }
    Ok(text)
}

/// Carries `nameless restore` out: what to print.
pub async fn restore(config: &Config, what: Restore) -> anyhow::Result<String> {
    let apart = keys_for(&what.file, what.keys.as_deref())?
        .context("the keys are a file apart: name it with --keys (the newest there is)")?;
    let (keys, identities) = (keys_that_are_there(config)?, Identities::read(&what.identity)?);
    let place = Place::find(config).await?;
    let restored =
        backup::restore(place.url.expose_secret(), &keys, &what.file, &apart, &identities, &say).await;
    place.leave().await;
    let restored = restored?;
    let mut text = format!("restored: {} rows of {} tables\n", restored.rows, restored.tables);
    if !restored.migrated.is_empty() {
        let _ = writeln!(text, "the schema was brought up to date: {}", restored.migrated.join(", "));
    }
    if restored.erased > 0 {
        let _ = writeln!(text, "{} who had erased themselves since are erased again", restored.erased);
    }
    let _ = writeln!(
        text,
        "next: `nameless doctor` with the same settings, then start the bot; `nameless audit verify` proves the \
         operators' log"
    );
    Ok(text)
}
