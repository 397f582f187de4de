//! What migrations have left for later: filled by a bot beside its work, or by a command.

use crate::store::migrate::{Filling, begun_by};
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
    let of = filling.of.as_ref().map_or(String::new(), |of| format!(", of {of}"));
    format!("     {}: {how}, {} rows so far{of}\n", filling.name, filling.rows)
}

/// All of them for `doctor`: what is done, what is under way, what begins with migrations that are
/// `missing`; and whether nothing has to be waited for. None where nothing is to be said.
pub(super) fn summary(fillings: &[Filling], missing: &[i32]) -> Option<(bool, String)> {
    let is_over = fillings.iter().all(|filling| filling.is_over);
    let mut said: Vec<String> = fillings
        .iter()
        .map(|filling| match (filling.is_over, &filling.of) {
            (true, _) => format!("{} is done ({} rows)", filling.name, filling.rows),
            (false, None) => format!("{} is under way: {} rows so far", filling.name, filling.rows),
            (false, Some(of)) => {
                format!("{} is under way: {} rows so far, of {of}", filling.name, filling.rows)
            }
        })
        .collect();
    said.extend(begun_by(missing).iter().map(|name| format!("{name} waits for the next start")));
    if !is_over {
        let todo = "a bot that runs goes on with it by itself; to have it done now, before an upgrade, run: \
                    nameless migrate fill";
        said.push(todo.to_owned());
    }
    (!said.is_empty()).then(|| (is_over, said.join("; ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filling(is_over: bool, of: Option<&str>) -> Filling {
        Filling { name: "stems".into(), rows: 7, of: of.map(str::to_owned), is_over }
    }

    #[test]
    fn what_is_done_under_way_and_to_come_is_said_with_what_to_run() {
        assert_eq!(summary(&[], &[]), None, "there is nothing of the kind");
        assert_eq!(summary(&[filling(true, None)], &[]), Some((true, "stems is done (7 rows)".into())));
        let (is_over, said) = summary(&[filling(false, Some("about 90000 in talks"))], &[]).unwrap();
        assert!(!is_over && said.starts_with("stems is under way: 7 rows so far, of about 90000 in talks; "));
        assert!(said.ends_with("run: nameless migrate fill"), "{said}");
        let (is_over, said) = summary(&[filling(false, None)], &[]).unwrap();
        assert!(!is_over && said.starts_with("stems is under way: 7 rows so far; "), "{said}");
        // One that no database has begun yet.
        let known = crate::store::migrate::MIGRATIONS.iter().map(|migration| migration.number);
        let (is_over, said) = summary(&[], &known.collect::<Vec<_>>()).expect("there are some");
        assert!(is_over && said.contains("companion_recall waits for the next start"), "{said}");
    }
}
