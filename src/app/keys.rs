//! `nameless key`, and what a bot does while the history's key is exchanged.

use super::database::{Database, keys_that_are_there};
use crate::cli::Key;
use crate::config::Config;
use crate::store::{PgStore, Renewal};
use anyhow::ensure;
use std::time::{Duration, Instant};

/// How often a bot with two keys looks whether the database is under the new one.
const LOOK: Duration = Duration::from_secs(5);
/// How often it makes sure that nothing is under the old one any more.
const AGAIN: Duration = Duration::from_secs(3_600);

/// As long as a key from before is configured: hears when the database goes over to the new one,
/// and seals anew what is under the old one.
pub async fn follow(store: PgStore) {
    let mut next = Instant::now();
    while store.has_old_key() {
        match store.follow_key().await {
            Ok(true) if Instant::now() >= next => match store.renew(true, |_, _| {}).await {
                Ok(Renewal { old: 0, .. }) => {
                    tracing::info!("nothing is under the key from before: in an hour HISTORY_KEY_OLD may go");
                    next = Instant::now() + AGAIN;
                }
                Ok(Renewal { old, .. }) => tracing::info!(old, "values were sealed under the new key"),
                Err(cause) => tracing::warn!(%cause, "values could not be sealed under the new key"),
            },
            Ok(_) => {}
            Err(cause) => tracing::debug!(%cause, "nobody can say which key the database is under"),
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Carries a command out: what to print.
pub async fn run(config: &Config, what: Key) -> anyhow::Result<String> {
    // A key that nobody has is none to exchange for.
    keys_that_are_there(config)?;
    let database = Database::attach(config).await?;
    let done = carry_out(&database.store, what).await;
    database.close().await;
    done
}

async fn carry_out(store: &PgStore, what: Key) -> anyhow::Result<String> {
    let mut said = Instant::now();
    let mut say = move |table: &'static str, renewal: Renewal| {
        if said.elapsed() >= Duration::from_secs(2) {
            said = Instant::now();
            eprintln!("{table}: {} looked at, {} were under the old key", renewal.seen, renewal.old);
        }
    };
    match what {
        Key::Status => {
            let is_new = store.follow_key().await?;
            let Renewal { seen, old } = match store.has_old_key() && is_new {
                true => store.renew(false, &mut say).await?,
                false => Renewal::default(),
            };
            Ok(match (store.has_old_key(), is_new) {
                (false, _) => "one key; it fits the database\n".to_owned(),
                (true, false) => {
                    "two keys; the database is under the old one. Once every node has both: nameless key rotate\n"
                        .to_owned()
                }
                (true, true) => format!("two keys; {old} of {seen} values are under the old one\n"),
            })
        }
        Key::Rotate => {
            ensure!(
                store.has_old_key(),
                "there is one key only: set HISTORY_KEY to the new one and HISTORY_KEY_OLD to the present one, for \
                 every node, and start them anew"
            );
            let mut text = String::new();
            if store.exchange_key().await? {
                text.push_str("from now on the new key seals\n");
            }
            // Nodes hear of it within seconds; until then they seal under the old one.
            loop {
                let Renewal { seen, old } = store.renew(true, &mut say).await?;
                eprintln!("{old} of {seen} values were under the old key");
                if old == 0 {
                    text.push_str(&format!("0 of {seen} values are under the old key\n"));
                    return Ok(text);
                }
            }
        }
    }
}
