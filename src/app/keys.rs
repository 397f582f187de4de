//! `nameless key`, and what a bot does while the history's key is exchanged.

use super::database::{Database, keys_that_are_there};
use crate::cli::Key;
use crate::config::Config;
use crate::store::{PgStore, Renewal};
use anyhow::ensure;
use std::collections::BTreeMap;
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
    // How much of each table opens under neither key, in this pass.
    let (broken, mut before) = (std::cell::RefCell::new(BTreeMap::<&str, u64>::new()), 0);
    let mut say = |table: &'static str, renewal: Renewal| {
        if renewal.seen == 0 || renewal.broken < before {
            before = 0;
            broken.borrow_mut().clear();
        }
        if renewal.broken > before {
            *broken.borrow_mut().entry(table).or_default() += renewal.broken - before;
            before = renewal.broken;
        }
        if said.elapsed() >= Duration::from_secs(2) {
            said = Instant::now();
            eprintln!("{table}: {} looked at, {} were under the old key", renewal.seen, renewal.old);
        }
    };
    match what {
        Key::Status => {
            let is_new = store.follow_key().await?;
            let Renewal { seen, old, .. } = match store.has_old_key() && is_new {
                true => store.renew(false, &mut say).await?,
                false => Renewal::default(),
            };
            Ok(match (store.has_old_key(), is_new) {
                (false, _) => "one key; it fits the database\n".to_owned(),
                (true, false) => {
                    "two keys; the database is under the old one. Once every node has both: nameless key rotate\n"
                        .to_owned()
                }
                (true, true) => {
                    format!("two keys; {old} of {seen} values are under the old one\n{}", about(&broken.borrow()))
                }
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
                let Renewal { seen, old, .. } = store.renew(true, &mut say).await?;
                eprintln!("{old} of {seen} values were under the old key");
                if old == 0 {
                    text.push_str(&format!("0 of {seen} values are under the old key\n"));
                    text.push_str(&about(&broken.borrow()));
                    return Ok(text);
                }
            }
        }
    }
}

/// What is to be said of values that open under neither key.
fn about(broken: &BTreeMap<&str, u64>) -> String {
    if broken.is_empty() {
        return String::new();
    }
    let tables: Vec<String> = broken.iter().map(|(table, values)| format!("{table}: {values}")).collect();
    format!(
        "{} values open under neither key and stay as they are ({}). Was there another exchange that did not end? Then \
         give the key of before that as HISTORY_KEY_OLD and rotate once more. If not, they are damaged: what they seal \
         is in the last backup of keys in which they open, or lost\n",
        broken.values().sum::<u64>(),
        tables.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_open_is_said_by_table() {
        assert_eq!(about(&BTreeMap::new()), "");
        let said = about(&BTreeMap::from([("jobs", 2), ("user_keys", 1)]));
        assert!(
            said.starts_with("3 values open under neither key") && said.contains("(jobs: 2, user_keys: 1)"),
            "{said}"
        );
    }
}
