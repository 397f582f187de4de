//! Encryption at rest, erasure, export (I14).

use super::context::{Context, NOW, account, history};
use super::review::reported;
use crate::support::export::WholeExport;
use nameless_actors::ports::{MapRow, Store, Write};
use nameless_domain::ids::{MessageId, PairId, Seq, UserId};
use nameless_domain::relay::Side;
use nameless_domain::session::account::{Avoided, LastChat, Phase};
use nameless_domain::time::Millis;

async fn messages(c: &Context, user: i64) -> Vec<String> {
    let export = c.store.whole_export(UserId(user)).await.unwrap();
    let messages = export["messages"].as_array().unwrap().clone();
    messages.iter().map(|m| m["content"]["text"].as_str().unwrap().to_string()).collect()
}

/// Guard: the associated data.
pub async fn a_moved_row_does_not_open(c: &mut Context) {
    let pair = c.open(400, 401, NOW).await;
    let write = |message, text| history(pair, Side::A, 400, message, NOW.plus(message.into()), text);
    c.write(vec![write(1, "one"), write(2, "two"), write(3, "three")]).await;
    c.write(vec![write(1, "one")]).await;
    assert_eq!(messages(c, 400).await, ["one", "two", "three"]);

    // Nothing of the text is in the table.
    let plain = "SELECT count(*) FROM history WHERE position('three'::bytea IN sealed) > 0";
    assert_eq!(c.sql(plain).await, ["0"]);

    // Someone with the database but without the key puts words at another place: same user, same
    // key.
    c.sql(&format!(
        "UPDATE history SET sealed = (SELECT sealed FROM history WHERE pair_id = {0} AND message = 2)
         WHERE pair_id = {0} AND message = 1",
        pair.0
    ))
    .await;
    assert_eq!(messages(c, 400).await, ["two", "three"]);
    // Or at another time.
    c.sql(&format!("UPDATE history SET at = at + 1 WHERE pair_id = {} AND message = 3", pair.0)).await;
    assert_eq!(messages(c, 400).await, ["two"]);
    // Or gives a user another one's key.
    c.write(vec![history(pair, Side::B, 401, 1, NOW, "other")]).await;
    c.sql("UPDATE user_keys SET wrapped = (SELECT wrapped FROM user_keys WHERE user_id = 401) WHERE user_id = 400")
        .await;
    let refused = c.store.whole_export(UserId(400)).await.unwrap_err().to_string();
    assert!(refused.contains("does not open"), "{refused}");
    c.sql("DELETE FROM user_keys WHERE user_id = 400").await;
}

pub async fn erased_means_unreadable(c: &mut Context) {
    let pair = c.open(410, 411, NOW).await;
    c.write(vec![
        Write::Account(Box::new(account(410, 1))),
        Write::Account(Box::new(account(411, 1))),
        history(pair, Side::A, 410, 1, NOW, "of the erased"),
        history(pair, Side::B, 411, 2, NOW.plus(1), "of the other"),
        Write::Mapped {
            pair,
            at: NOW,
            rows: vec![MapRow { from: Side::A, source: MessageId(1), copy: MessageId(2) }],
        },
        Write::Rated { pair, by: UserId(410), of: UserId(411), up: true, at: NOW },
        Write::Rated { pair, by: UserId(411), of: UserId(410), up: true, at: NOW },
        Write::DeadLetter {
            seq: Seq(50),
            update_id: 1,
            user: UserId(410),
            at: NOW,
            error: "e".into(),
            raw: "{}".into(),
        },
        reported(pair, 411, 410),
        reported(pair, 410, 411),
    ])
    .await;
    // A backup of the history, but not of the key.
    c.sql(&format!("CREATE TABLE old_copy AS SELECT * FROM history WHERE pair_id = {}", pair.0)).await;

    // The erasure stands in a batch: what comes before is gone, what comes after is a new life.
    let mut back = account(410, 9);
    back.phase = Phase::Idle;
    let batch = vec![
        history(pair, Side::A, 410, 3, NOW.plus(2), "just before"),
        Write::Account(Box::new(account(410, 8))),
        Write::Erase { user: UserId(410) },
        Write::Account(Box::new(back)),
    ];
    c.write(batch.clone()).await;
    c.write(batch).await;
    assert_eq!(c.store.load(UserId(410)).await.unwrap().unwrap().account.applied, Seq(9));
    assert_eq!(c.store.load(UserId(411)).await.unwrap().unwrap().live, None, "the pair is over");
    c.write(vec![Write::Erase { user: UserId(410) }]).await;
    assert!(c.store.load(UserId(410)).await.unwrap().is_none());
    // Guard: `rating::UPSERT`. The other still has the button that rates them.
    c.write(vec![Write::Rated { pair, by: UserId(411), of: UserId(410), up: false, at: NOW.plus(3) }]).await;

    // No table but the open report against them names them.
    let mut named = Vec::new();
    for query in [
        "accounts WHERE user_id = 410",
        "user_keys WHERE user_id = 410",
        "active_pair_member WHERE user_id IN (410, 411)",
        "pairs WHERE a = 410 OR b = 410",
        "ratings WHERE rater = 410 OR rated = 410",
        "reports WHERE reporter = 410",
        "dead_letters WHERE user_id = 410",
        &format!("history WHERE pair_id = {} AND side = 0", pair.0),
        &format!("message_map WHERE pair_id = {}", pair.0),
    ] {
        named.push(format!("(SELECT count(*) FROM {query})"));
    }
    let counted = c.sql(&format!("SELECT {}", named.join(" + "))).await;
    assert_eq!(counted, ["0"]);
    assert_eq!(c.sql("SELECT count(*) FROM erasures").await, ["1"]);

    // The other's messages and the evidence are still there.
    assert_eq!(messages(c, 411).await, ["of the other"]);
    let reports = c.store.open_reports(100).await.unwrap();
    let ours: Vec<_> = reports.iter().filter(|r| r.pair == pair).collect();
    assert_eq!(ours.len(), 2);
    for report in ours {
        let evidence = c.store.report_evidence(report.report).await.unwrap().unwrap();
        assert_eq!(evidence.messages.len(), 2, "sealed under the report's own key");
    }

    // The backup is put back, its pair too, and the user has a new key: the old rows do not open.
    c.sql(&format!("UPDATE pairs SET a = 410 WHERE pair_id = {}", pair.0)).await;
    c.sql("INSERT INTO history SELECT * FROM old_copy WHERE side = 0; DROP TABLE old_copy").await;
    assert_eq!(messages(c, 410).await, Vec::<String>::new());
    c.write(vec![history(pair, Side::A, 410, 9, NOW.plus(9), "a new life")]).await;
    assert_eq!(messages(c, 410).await, ["a new life"]);
    c.write(vec![reported(PairId(pair.0), 411, 410), Write::Erase { user: UserId(410) }]).await;
}

pub async fn exports_hold_nothing_of_partners(c: &Context) {
    let pair = c.open(4_200_001, 4_200_002, NOW).await;
    let mut me = account(4_200_001, 1);
    me.phase = Phase::Chatting { pair, partner: UserId(4_200_002), since: NOW, after: Seq(0) };
    me.last_chat = Some(LastChat {
        pair: PairId(4_200_003),
        partner: UserId(4_200_004),
        ended: NOW,
        rated: true,
        reported: true,
    });
    me.avoid = vec![
        Avoided { user: UserId(4_200_005), until: Millis::NEVER },
        Avoided { user: UserId(4_200_006), until: NOW },
    ];
    c.write(vec![
        Write::Account(Box::new(me)),
        history(pair, Side::A, 4_200_001, 1, NOW, "mine"),
        history(pair, Side::B, 4_200_002, 1, NOW, "theirs"),
        reported(pair, 4_200_001, 4_200_002),
    ])
    .await;
    let export = c.store.whole_export(UserId(4_200_001)).await.unwrap();
    let text = export.to_string();
    for theirs in 4_200_002..4_200_007 {
        assert!(!text.contains(&theirs.to_string()), "{theirs} in {text}");
    }
    assert!(!text.contains("theirs"));
    assert_eq!(messages(c, 4_200_001).await, ["mine"]);
    assert_eq!(export["account"]["telegram_id"], 4_200_001);
    assert_eq!(export["account"]["people_blocked"], 1);
    assert_eq!(export["account"]["interests"], serde_json::json!(["music", "games"]));
    assert_eq!(export["account"]["first_seen"], "2025-10-09T08:53:20.000Z");
    assert_eq!(export["reports_made"][0]["reason"], "abuse");
    assert_eq!(export["chats"].as_array().unwrap().len(), 1);
    // Nobody we know.
    assert_eq!(c.store.whole_export(UserId(1)).await.unwrap()["account"], serde_json::Value::Null);
}

/// A long history comes in files of the size that is asked for, on one connection, each message
/// once.
pub async fn a_long_export_comes_in_parts(c: &mut Context) {
    const MAX: usize = 6_000;
    let (user, from) = (UserId(430), |pair, n: i32| {
        let text = format!("{n} {}", "слово ".repeat(n as usize % 20));
        history(pair, Side::B, 430, n, NOW.plus(n.into()), &text)
    });
    let (first, second) = (c.open(429, 430, NOW).await, c.open(431, 432, NOW).await);
    c.write(vec![Write::Account(Box::new(account(430, 1)))]).await;
    c.write((0..700).map(|n| from(first, n)).collect()).await;
    c.write(vec![history(second, Side::A, 431, 1, NOW, "of others")]).await;
    // One message that is longer than a file may be goes alone.
    c.write(vec![history(first, Side::B, 430, 700, NOW.plus(700), &"x".repeat(2 * MAX))]).await;
    c.write(vec![from(first, 701)]).await;

    let connections = std::mem::replace(&mut c.options.connections, 1);
    c.store = c.connect(1).await.unwrap();
    let files = c.store.export_files(user, MAX).await.unwrap();
    let whole = c.store.whole_export(user).await.unwrap();
    c.options.connections = connections;
    c.store = c.connect(1).await.unwrap();

    assert!(files.len() > 10, "{} files", files.len());
    let mut texts = Vec::new();
    for (n, file) in files.iter().enumerate() {
        let json: serde_json::Value = serde_json::from_slice(file).expect("each file is whole");
        let messages = json["messages"].as_array().expect("messages");
        // What ends a file has its own few bytes.
        assert!(file.len() <= MAX + 60 || messages.len() == 1, "{} bytes", file.len());
        assert_eq!(json["part"], n + 1);
        assert_eq!(json["account"].is_object(), n == 0);
        assert_eq!(json["goes_on_in_another_part"], n + 1 < files.len());
        texts.extend(messages.iter().map(|m| m["content"]["text"].as_str().expect("a text").to_owned()));
    }
    let numbers: Vec<i32> =
        texts.iter().map(|t| t.split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(700)).collect();
    assert_eq!(numbers, (0..=701).collect::<Vec<_>>(), "each once, in order");
    assert_eq!(whole["messages"].as_array().map(Vec::len), Some(702));
    assert!(c.store.export_files(UserId(2), MAX).await.unwrap().len() == 1, "nobody we know");
}
