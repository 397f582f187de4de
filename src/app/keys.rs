//! `nameless key`, and what a bot does while the history's key is exchanged.

use super::database::{Database, keys_that_are_there};
use crate::cli::Key;
use crate::config::Config;
use crate::store::{Exchange, PgStore, Renewal};
use anyhow::{bail, ensure};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// How often a bot with two keys looks whether the database is under the new one.
const LOOK: Duration = Duration::from_secs(5);
/// How often it makes sure that nothing is under the old one any more.
const AGAIN: Duration = Duration::from_secs(3_600);

/// What is left to do once nothing is under the old key. The journals of the nodes are, for an
/// hour.
const MAY_GO: &str = "an hour from now HISTORY_KEY_OLD (or DATA_DIR/history.key.old) may go, on every node; keep that key \
     with the backups that were made under it\n";

/// As long as a key from before is configured: hears when the database goes over to the new one,
/// and seals anew what is under the old one.
pub async fn follow(store: PgStore) {
    let (mut next, mut is_said) = (Instant::now(), false);
    while store.has_old_key() {
        match store.follow_key().await {
            Ok(true) if Instant::now() >= next => match store.renew(true, |_, _| {}).await {
                Ok(renewal) => {
                    if told(renewal) {
                        next = Instant::now() + AGAIN;
                    }
                }
                Err(cause) => tracing::warn!(%cause, "values could not be sealed under the new key"),
            },
            Ok(false) if !is_said => {
                is_said = true;
                tracing::info!(
                    "there are two keys, and the database is under the old one: once every node has both, run: \
                     nameless key rotate"
                );
            }
            Ok(_) => {}
            Err(cause) => tracing::debug!(%cause, "nobody can say which key the database is under"),
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Says how far the exchange is. True if there is nothing left to seal anew.
fn told(Renewal { old, broken, .. }: Renewal) -> bool {
    match (old, broken) {
        (0, 0) => tracing::info!("nothing is under the key from before: in an hour HISTORY_KEY_OLD may go"),
        // They may be under a key of before that, or of another exchange that did not end.
        (0, _) => tracing::warn!(
            broken,
            "values open under neither key: HISTORY_KEY_OLD must stay; nameless key rotate says which and what to do"
        ),
        _ => tracing::info!(old, "values were sealed under the new key"),
    }
    old == 0
}

/// Carries a command out: what to print. An exchange after which values open under neither key is a
/// failure.
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
                    let next = match (old, broken.borrow().is_empty()) {
                        (0, true) => MAY_GO,
                        (0, false) => "",
                        _ => "run: nameless key rotate\n",
                    };
                    let about = about(&broken.borrow());
                    format!("two keys; {old} of {seen} values are under the old one\n{about}{next}")
                }
            })
        }
        Key::Rotate { force } => {
            ensure!(
                store.has_old_key(),
                "there is one key only: set HISTORY_KEY to the new one and HISTORY_KEY_OLD to the present one, for \
                 every node, and start them anew"
            );
            let mut text = String::new();
            match store.exchange_key(force).await? {
                Exchange::Done => text.push_str("from now on the new key seals\n"),
                Exchange::Before => {}
                Exchange::Lacking(nodes) => bail!("{}", lacking(&nodes)),
            }
            // Nodes hear of it within seconds; until then they seal under the old one.
            loop {
                let renewal = store.renew(true, &mut say).await?;
                let Renewal { seen, old, .. } = renewal;
                eprintln!("{old} of {seen} values were under the old key");
                if old == 0 {
                    text.push_str(&format!("0 of {seen} values are under the old key\n"));
                    return ended(text, renewal, &broken.borrow());
                }
            }
        }
    }
}

/// Why nothing was exchanged.
fn lacking(nodes: &[String]) -> String {
    format!(
        "not every node has both keys, so nothing has changed; these lack one, or are of a version that does not \
         say: {}. Start them with HISTORY_KEY and HISTORY_KEY_OLD as here, and rotate again. A node that is gone \
         counts for half a minute. With --force they are passed over, and cannot open what they read from then on",
        nodes.join(", ")
    )
}

/// How an exchange has ended that has nothing left to seal anew.
fn ended(mut text: String, last: Renewal, broken: &BTreeMap<&str, u64>) -> anyhow::Result<String> {
    text.push_str(&about(broken));
    match last.broken {
        0 => Ok(text + MAY_GO),
        // Whoever goes on by the exit code would drop a key that is needed.
        _ => bail!("{}", text.trim_end()),
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
    use std::sync::{Arc, Mutex};

    #[test]
    fn what_does_not_open_is_said_by_table() {
        assert_eq!(about(&BTreeMap::new()), "");
        let said = about(&BTreeMap::from([("jobs", 2), ("user_keys", 1)]));
        assert!(
            said.starts_with("3 values open under neither key") && said.contains("(jobs: 2, user_keys: 1)"),
            "{said}"
        );
    }

    #[test]
    fn a_node_that_lacks_a_key_is_named() {
        let said = lacking(&["one:7".to_owned(), "two:9".to_owned()]);
        assert!(said.contains("does not say: one:7, two:9. ") && said.contains("--force"), "{said}");
    }

    #[test]
    fn an_exchange_that_leaves_values_behind_has_failed() {
        let last = |broken| Renewal { seen: 9, old: 0, broken };
        let text = || "0 of 9 values are under the old key\n".to_owned();
        assert_eq!(ended(text(), last(0), &BTreeMap::new()).unwrap(), text() + MAY_GO);
        let failed = ended(text(), last(2), &BTreeMap::from([("jobs", 2)])).unwrap_err().to_string();
        assert!(failed.starts_with("0 of 9") && failed.contains("(jobs: 2)"), "{failed}");
    }

    #[test]
    fn the_log_lets_the_old_key_go_only_if_everything_opens() {
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone()).finish();
        tracing::subscriber::with_default(subscriber, || {
            assert!(told(Renewal { seen: 9, old: 0, broken: 2 }));
            assert!(!told(Renewal { seen: 9, old: 3, broken: 0 }));
        });
        let said = log.said();
        assert!(said.contains("must stay") && !said.contains("may go"), "{said}");
    }

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Log {
        fn said(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    impl std::io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
}
