//! What migrations have left for later: filled by a bot beside its work, or by a command.

use crate::store::migrate::Filling;
use crate::store::{FilledSoFar, Keys, Pace, PgStore, StoreOptions};
use std::time::{Duration, Instant};

/// How often it is said how far it is: on a terminal, and in a log.
const SAID: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));
/// How long a bot waits after it could not go on.
const AGAIN: Duration = Duration::from_secs(30);

/// Fills beside a bot's work until nothing is left.
pub async fn follow(store: PgStore) {
    let mut said = Instant::now();
    loop {
        let say = |so_far: FilledSoFar| {
            if so_far.is_over || said.elapsed() >= SAID.1 {
                said = Instant::now();
                let FilledSoFar { name, rows, is_over } = so_far;
                tracing::info!(name, rows, is_over, "rows of a migration are filled");
            }
        };
        match store.fill(Pace::Beside, say).await {
            Ok(_) => return,
            Err(cause) => tracing::warn!(%cause, "rows of a migration could not be filled"),
        }
        tokio::time::sleep(AGAIN).await;
    }
}

/// `nameless migrate fill`: to the end, with its progress on stderr. What to print.
pub(super) async fn fill(url: &str, keys: Keys) -> anyhow::Result<String> {
    let store = PgStore::connect(url, keys, StoreOptions::default()).await?;
    let mut said = Instant::now();
    let say = |so_far: FilledSoFar| {
        if so_far.is_over || said.elapsed() >= SAID.0 {
            said = Instant::now();
            let end = if so_far.is_over { "; nothing is left" } else { "" };
            eprintln!("{}: {} rows are filled{end}", so_far.name, so_far.rows);
        }
    };
    let filled = store.fill(Pace::Asked, say).await;
    store.close().await;
    Ok(format!("filled {} rows; nothing is left to fill\n", filled?))
}

/// What is still to come, behind what was applied.
pub(super) fn under_way(fillings: &[Filling]) -> String {
    let open = fillings.iter().filter(|filling| !filling.is_over);
    open.map(|filling| {
        let name = &filling.name;
        format!("{name}: filled in batches from here on, by the nodes or by `nameless migrate fill`\n")
    })
    .collect()
}

/// How far one is, for `status`.
pub(super) fn line(filling: &Filling) -> String {
    let how = if filling.is_over { "filled" } else { "being filled" };
    format!("     {}: {how}, {} rows so far\n", filling.name, filling.rows)
}
