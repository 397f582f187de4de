//! Ratings, reports with their evidence, dead letters.

use super::context::{Context, NOW, history};
use crate::support::export::WholeExport;
use nameless::store::{Author, DeadLetter, EVIDENCE_MESSAGES};
use nameless_actors::ports::Write;
use nameless_domain::ids::{PairId, Seq, UserId};
use nameless_domain::relay::Side;
use nameless_domain::session::review::ReportReason;
use nameless_domain::time::Millis;

pub fn reported(pair: PairId, by: i64, of: i64) -> Write {
    Write::Reported { pair, by: UserId(by), of: UserId(of), reason: ReportReason::Abuse, at: NOW }
}

pub async fn ratings_and_reports(c: &Context) {
    let pair = c.open(300, 301, NOW).await;
    let rated = |by, of, up, at| Write::Rated { pair, by: UserId(by), of: UserId(of), up, at: NOW.plus(at) };
    c.write(vec![rated(300, 301, false, 1), rated(300, 301, true, 2), rated(301, 300, false, 1)]).await;
    c.write(vec![rated(300, 301, false, 1)]).await;
    let ratings = c.store.whole_export(UserId(300)).await.unwrap()["ratings"].clone();
    let wanted = serde_json::json!({ "given": { "up": 1, "down": 0 }, "received": { "up": 0, "down": 1 } });
    assert_eq!(ratings, wanted);

    // The report takes the newest messages before it, those of its own batch included.
    let n = EVIDENCE_MESSAGES as i32;
    let mut batch: Vec<Write> = (0..n)
        .map(|i| {
            let (side, user) = if i % 2 == 0 { (Side::A, 300) } else { (Side::B, 301) };
            history(pair, side, user, i, NOW.plus(i.into()), &format!("text {i}"))
        })
        .collect();
    c.write(batch.split_off(10)).await;
    let late = history(pair, Side::B, 301, n, NOW.plus(i64::from(n)), "last");
    let after = history(pair, Side::B, 301, n + 1, NOW.plus(99), "after the report");
    batch.extend([late, reported(pair, 300, 301), after]);
    c.write(batch.clone()).await;
    c.write(batch).await;

    let reports = c.store.open_reports(100).await.unwrap();
    let ours: Vec<_> = reports.iter().filter(|r| r.pair == pair).collect();
    assert_eq!(ours.len(), 1, "reported twice, kept once");
    assert_eq!((ours[0].reporter, ours[0].reported), (Some(UserId(300)), UserId(301)));
    let evidence = c.store.report_evidence(ours[0].report).await.unwrap().unwrap();
    assert_eq!(evidence.unreadable, 0);
    let texts: Vec<&str> = evidence.messages.iter().map(|m| m.payload.get()).collect();
    assert_eq!(texts.len(), EVIDENCE_MESSAGES as usize);
    assert_eq!(texts.first(), Some(&r#"{"text":"text 1"}"#));
    assert_eq!(texts.last(), Some(&r#"{"text":"last"}"#));
    assert_eq!(evidence.messages[0].from, Author::Reported);
    assert_eq!(evidence.messages[1].from, Author::Reporter);
    assert!(c.store.report_evidence(-1).await.unwrap().is_none());
}

pub async fn dead_letters(c: &mut Context) {
    let dead = |seq, raw: &str| Write::DeadLetter {
        seq: Seq(seq),
        update_id: 77,
        user: UserId(320),
        at: Millis(5),
        error: "panicked\0at".into(),
        raw: raw.into(),
    };
    c.write(vec![dead(1, "{\"secret words\":1}"), dead(2, "{}")]).await;
    c.write(vec![dead(1, "{\"secret words\":2}")]).await;
    let listed = c.store.dead_letters(10).await.unwrap();
    assert_eq!(listed.iter().map(|l| l.seq.0).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(listed[0].error, "panicked\u{fffd}at");
    let whole = c.store.dead_letter(Seq(1)).await.unwrap().unwrap();
    assert_eq!(&*whole.raw, "{\"secret words\":2}", "the newest counts");
    assert_eq!(
        c.sql("SELECT count(*) FROM dead_letters WHERE position('secret'::bytea IN sealed) > 0").await,
        ["0"]
    );
    assert_eq!(c.store.drop_dead_letters(Some(Seq(1))).await.unwrap(), 1);
    assert_eq!(c.store.drop_dead_letters(Some(Seq(1))).await.unwrap(), 0);
    assert!(c.store.dead_letter(Seq(1)).await.unwrap().is_none());
}

/// Marked by the command line, answered by the bot; a letter that fails again has no mark.
pub async fn dead_letters_are_asked_for(c: &mut Context) {
    c.store.drop_dead_letters(None).await.unwrap();
    let dead = |seq, error: &str| Write::DeadLetter {
        seq: Seq(seq),
        update_id: 900,
        user: UserId(320),
        at: NOW,
        error: error.into(),
        raw: "raw".into(),
    };
    c.write(vec![dead(5, "first"), dead(6, "first"), dead(7, "first")]).await;
    assert_eq!(c.store.ask_replay(Some(Seq(4)), Millis(10)).await.unwrap(), 0);
    assert_eq!(c.store.ask_replay(Some(Seq(6)), Millis(10)).await.unwrap(), 1);
    assert_eq!(c.store.ask_replay(None, Millis(20)).await.unwrap(), 3);
    let asked = |letters: Vec<DeadLetter>| -> Vec<(u64, i64)> {
        letters.iter().map(|l| (l.seq.0, l.replay_asked.unwrap().0)).collect()
    };
    // A mark stays as it is: that letter may be on its way.
    assert_eq!(asked(c.store.asked_replays(10).await.unwrap()), [(5, 20), (6, 10), (7, 20)]);
    assert_eq!(asked(c.store.asked_replays(1).await.unwrap()), [(5, 20)]);
    assert!(!c.store.answer_replay(Seq(6), Millis(11)).await.unwrap());
    assert!(c.store.answer_replay(Seq(6), Millis(10)).await.unwrap());
    assert!(c.store.decline_replay(Seq(7), Millis(20)).await.unwrap());
    // Failed again, and twice in one batch.
    c.write(vec![dead(5, "again"), dead(5, "again")]).await;
    assert!(!c.store.answer_replay(Seq(5), Millis(20)).await.unwrap(), "it stays");
    assert!(c.store.asked_replays(10).await.unwrap().is_empty());
    let left = c.store.dead_letters(10).await.unwrap();
    let left: Vec<_> = left.iter().map(|l| (l.seq.0, l.error.as_str(), l.replay_asked)).collect();
    assert_eq!(left, [(5, "again", None), (7, "first", None)]);
    assert_eq!(&*c.store.dead_letter(Seq(5)).await.unwrap().unwrap().raw, "raw");
    assert_eq!(c.store.drop_dead_letters(None).await.unwrap(), 2);
}
