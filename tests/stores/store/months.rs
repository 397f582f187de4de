//! History by month: idempotent across months and clocks, its partitions made ahead and dropped,
//! nothing refused.

use super::context::{Context, NOW, history};
use crate::support::export::WholeExport;
use nameless::store::migrate;
use nameless_actors::ports::{HistoryRow, Store, Write};
use nameless_domain::ids::{MessageId, PairId, UserId};
use nameless_domain::relay::Side;
use nameless_domain::session::EndCause;
use nameless_domain::time::Millis;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use tokio_postgres::NoTls;

const DAY: i64 = 86_400_000;
/// NOW is 2025-10-09.
const NEXT_YEAR: Millis = Millis(NOW.0 + 365 * DAY);

/// The partitions, then the rows: one look.
const STATE: &str = "
    SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'history'::regclass
    UNION ALL
    SELECT format('%s|%s|%s|%s', tableoid::regclass, pair_id, message, at) FROM history
    ORDER BY 1";

/// The tables of months, without the default one, and what is in them.
async fn state(c: &mut Context) -> (Vec<String>, Vec<String>) {
    let seen = c.sql(STATE).await;
    let (rows, mut tables): (Vec<String>, Vec<String>) =
        seen.into_iter().partition(|line| line.contains('|'));
    tables.retain(|table| table != "history_default");
    (tables, rows)
}

fn edit(pair: PairId, user: i64, edit: i32, at: Millis) -> Write {
    let payload = serde_json::json!({ "text": "edited" }).to_string().into();
    Write::History(HistoryRow {
        pair,
        from: (Side::A, UserId(user)),
        message: MessageId(1),
        edit,
        payload,
        at,
    })
}

pub async fn a_message_is_kept_once_whenever_it_is_written(c: &mut Context) {
    c.clear().await;
    c.store.expire(NOW).await.unwrap();
    let pair = c.open(600, 601, NOW).await;
    c.write(vec![history(pair, Side::A, 600, 1, NOW, "a"), edit(pair, 600, 7, NOW), edit(pair, 600, 8, NOW)])
        .await;
    // Handled again after a crash: by another clock, and in another month.
    for later in [NOW.plus(5), NOW.plus(40 * DAY)] {
        c.write(vec![history(pair, Side::A, 600, 1, later, "a"), edit(pair, 600, 7, later)]).await;
    }
    let rows = c.sql("SELECT edit, at FROM history ORDER BY edit").await;
    let now = NOW.0;
    assert_eq!(
        rows,
        [format!("0|{now}"), format!("7|{now}"), format!("8|{now}")],
        "two edits in one moment are two"
    );
    let export = c.store.whole_export(UserId(600)).await.unwrap();
    assert_eq!(export["messages"].as_array().map(Vec::len), Some(3), "{export}");
}

pub async fn months_are_made_ahead_and_dropped(c: &mut Context) {
    c.clear().await;
    // Made by others, from their point of view in time.
    let (old, _) = state(c).await;
    c.sql(&old.iter().map(|table| format!("DROP TABLE {table};")).collect::<String>()).await;

    // No table of their own yet: kept all the same, and taken over later.
    let (a, b) = (c.open(610, 611, NOW).await, c.open(612, 613, NOW.plus(-60 * DAY)).await);
    let stray = c.open(614, 615, Millis(1)).await;
    c.write(vec![
        history(a, Side::A, 610, 1, NOW, "a"),
        history(b, Side::A, 612, 1, NOW, "of a chat that began long ago"),
        history(stray, Side::A, 614, 1, NOW, "of one that began before everything"),
    ])
    .await;
    c.store.expire(NOW).await.unwrap();
    // Again: nothing is left to do.
    c.store.expire(NOW).await.unwrap();
    let now = NOW.0;
    let (tables, rows) = state(c).await;
    assert_eq!(tables, ["history_2025_10", "history_2025_11", "history_2025_12"]);
    let wanted = [
        format!("history_2025_10|{}|1|{now}", a.0),
        format!("history_default|{}|1|{now}", b.0),
        format!("history_default|{}|1|{now}", stray.0),
    ];
    assert_eq!(rows, wanted);

    // A month later: what is past its time goes by row, from each partition only its own. Both rows
    // lie at the same place of their tables.
    let young = c.open(616, 617, NOW.plus(31 * DAY)).await;
    c.write(vec![history(young, Side::A, 616, 1, NOW.plus(31 * DAY), "young")]).await;
    assert!(c.store.expire(NOW.plus(31 * DAY)).await.unwrap() >= 3);
    let (tables, rows) = state(c).await;
    assert_eq!(rows, [format!("history_2025_11|{}|1|{}", young.0, now + 31 * DAY)]);
    // October is not past its time as a whole: chats began on its last day.
    assert_eq!(tables, ["history_2025_10", "history_2025_11", "history_2025_12", "history_2026_01"]);

    // A year later: every month of then is gone but the one in which a chat began that goes on.
    let end = Write::EndPair { pair: young, at: NEXT_YEAR, cause: EndCause::Next };
    c.write(vec![history(young, Side::A, 616, 2, NEXT_YEAR, "still talking"), end]).await;
    c.store.expire(NEXT_YEAR).await.unwrap();
    let (tables, rows) = state(c).await;
    assert_eq!(tables, ["history_2025_11", "history_2026_10", "history_2026_11", "history_2026_12"]);
    assert_eq!(rows, [format!("history_2025_11|{}|2|{}", young.0, NEXT_YEAR.0)]);

    // And then that one, too. What comes late for its month is kept all the same.
    c.store.expire(NEXT_YEAR.plus(31 * DAY)).await.unwrap();
    let late = c.open(618, 619, NOW).await;
    c.write(vec![history(late, Side::A, 618, 1, NEXT_YEAR.plus(30 * DAY), "late")]).await;
    let (tables, rows) = state(c).await;
    assert_eq!(tables, ["history_2026_10", "history_2026_11", "history_2026_12", "history_2027_01"]);
    assert_eq!(rows, [format!("history_default|{}|1|{}", late.0, NEXT_YEAR.0 + 30 * DAY)]);
}

/// There and back with messages in it: all of them are there, and can be opened, afterwards.
pub async fn migrating_keeps_the_messages(c: &mut Context) {
    c.clear().await;
    let (a, b) = (c.open(620, 621, NOW).await, c.open(622, 623, NOW.plus(45 * DAY)).await);
    let texts = |n: i32| history(a, Side::A, 620, n, NOW.plus(n.into()), &format!("text {n}"));
    c.write((0..50).map(texts).collect()).await;
    c.write(vec![history(b, Side::B, 623, 1, NOW.plus(46 * DAY), "b")]).await;
    let before = c.store.whole_export(UserId(620)).await.unwrap()["messages"].clone();
    assert_eq!(before.as_array().map(Vec::len), Some(50));

    let back = c.back_before("history_by_month").await;
    assert_eq!(back.last().map(String::as_str), Some("history_by_month"));
    // The former table let a message in twice, under another time.
    let (client, connection) = tokio_postgres::connect(&c.url, NoTls).await.unwrap();
    let driver = tokio::spawn(connection);
    let doubled = "INSERT INTO history SELECT pair_id, side, message, edit, at + 1000, sealed FROM history";
    assert_eq!(client.execute(doubled, &[]).await.unwrap(), 51);
    drop(client);
    driver.await.unwrap().unwrap();
    migrate::up(&c.url).await.unwrap();
    c.store = c.connect(1).await.unwrap();

    assert_eq!(c.store.whole_export(UserId(620)).await.unwrap()["messages"], before);
    let wanted = ["history_2025_10|50", "history_2025_11|1"];
    assert_eq!(
        c.sql("SELECT tableoid::regclass::text, count(*) FROM history GROUP BY 1 ORDER BY 1").await,
        wanted
    );
}

/// A month's table is made while others write: what is on its way to the default one is neither
/// refused nor lost. Guard: the lock in `make_history_month`.
pub async fn months_are_made_while_others_write(c: &mut Context) {
    c.clear().await;
    let pair = c.open(630, 631, NOW).await;
    let next = AtomicI32::new(0);
    let is_over = AtomicBool::new(false);
    let write = async || {
        while !is_over.load(Ordering::Relaxed) {
            let n = next.fetch_add(1, Ordering::Relaxed);
            c.write(vec![history(pair, Side::A, 630, n, NOW, "under way")]).await;
        }
    };
    let make = async || {
        for _ in 0..8 {
            let (client, connection) = tokio_postgres::connect(&c.url, NoTls).await.unwrap();
            let driver = tokio::spawn(connection);
            // Back to where there was no table for that month, then the job.
            let undo = "BEGIN; LOCK TABLE history; ALTER TABLE history DETACH PARTITION history_2025_10;
                        INSERT INTO history_default SELECT * FROM history_2025_10; DROP TABLE history_2025_10; COMMIT";
            if client.simple_query("SELECT 'history_2025_10'::regclass").await.is_ok() {
                client.batch_execute(undo).await.unwrap();
            }
            drop(client);
            driver.await.unwrap().unwrap();
            c.store.expire(NOW).await.unwrap();
        }
        is_over.store(true, Ordering::Relaxed);
    };
    tokio::join!(make(), write(), write(), write());
    let written = next.load(Ordering::Relaxed).to_string();
    assert_eq!(c.sql("SELECT count(*) FROM history").await, [written]);
}
