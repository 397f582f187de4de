//! A batch leaves what its writes would have left one after the other, and written twice what once.

use super::context::{Context, NOW, account, history};
use crate::support::export::WholeExport;
use nameless_actors::ports::{MapRow, Write};
use nameless_domain::ids::{MessageId, PairId, Seq, UserId};
use nameless_domain::profile::Interests;
use nameless_domain::random::Random;
use nameless_domain::relay::Side;
use nameless_domain::session::EndCause;
use nameless_domain::session::review::ReportReason;
use nameless_domain::time::Millis;

/// Three pairs: (1, 2), (3, 4), (5, 6).
fn any_write(r: &mut Random) -> Write {
    let pair = r.below(3) as i64;
    let (side, user) = if r.below(2) == 0 { (Side::A, 2 * pair + 1) } else { (Side::B, 2 * pair + 2) };
    let partner = if side == Side::A { user + 1 } else { user - 1 };
    let pair = PairId(pair + 1);
    let at = NOW.plus(r.below(4) as i64);
    match r.below(20) {
        0..4 => {
            let mut account = account(user, r.below(4));
            account.interests = Interests(r.below(1_000) as u16);
            Write::Account(Box::new(account))
        }
        4..8 => {
            let message = r.below(5) as i32;
            // One message has one time and one text.
            history(pair, side, user, message, NOW.plus(message.into()), &format!("{user} {message}"))
        }
        8..11 => Write::Mapped {
            pair,
            at,
            rows: vec![MapRow {
                from: side,
                source: MessageId(r.below(4) as i32),
                copy: MessageId(r.below(1_000) as i32),
            }],
        },
        11..14 => Write::Rated { pair, by: UserId(user), of: UserId(partner), up: r.below(2) == 0, at },
        14 => Write::EndPair {
            pair,
            at,
            cause: if r.below(2) == 0 { EndCause::Next } else { EndCause::Stopped },
        },
        15 | 16 => {
            Write::Reported { pair, by: UserId(user), of: UserId(partner), reason: ReportReason::Spam, at }
        }
        17 => Write::DeadLetter {
            seq: Seq(r.below(3)),
            update_id: r.below(100) as i64,
            user: UserId(user),
            at,
            error: "e".into(),
            raw: "{}".into(),
        },
        18 => Write::Erase { user: UserId(user) },
        _ => Write::Mapped { pair, at, rows: vec![] },
    }
}

/// What is in the tables, as far as it can be compared: neither ciphertexts nor times of erasure.
async fn state(c: &mut Context) -> Vec<String> {
    let mut lines = c
        .sql(
            "SELECT 'account ' || a::text FROM accounts a
             UNION ALL SELECT 'pair ' || format('%s %s %s %s %s', pair_id, a, b, cause,
                 CASE WHEN cause <> 'erased' THEN ended END) FROM pairs
             UNION ALL SELECT 'member ' || m::text FROM active_pair_member m
             UNION ALL SELECT 'map ' || m::text FROM message_map m
             UNION ALL SELECT 'history ' || format('%s %s %s %s %s', pair_id, side, message, edit, at)
                 FROM history
             UNION ALL SELECT 'key ' || user_id FROM user_keys
             UNION ALL SELECT 'rating ' || r::text FROM ratings r
             UNION ALL SELECT 'report ' || format('%s %s %s %s %s', pair_id, reporter_hash, reporter, reported,
                 at) FROM reports
             UNION ALL SELECT 'dead ' || format('%s %s %s %s', seq, update_id, user_id, at) FROM dead_letters
             UNION ALL SELECT 'erasure ' || user_hash::text FROM erasures
             ORDER BY 1",
        )
        .await;
    for report in c.store.open_reports(100).await.unwrap() {
        let evidence = c.store.report_evidence(report.report).await.unwrap().unwrap();
        let texts: Vec<&str> = evidence.messages.iter().map(|m| m.payload.get()).collect();
        lines.push(format!("evidence {:?} {:?} {texts:?}", report.pair, report.reported));
    }
    lines.sort();
    lines
}

async fn fresh(c: &mut Context) {
    c.clear().await;
    for pair in 0..3 {
        let opened = c.open(2 * pair + 1, 2 * pair + 2, Millis(1)).await;
        assert_eq!(opened, PairId(pair + 1));
    }
}

pub async fn a_batch_is_as_one_after_the_other(c: &mut Context) {
    let rounds = 30;
    for seed in 1..=rounds {
        let mut random = Random::new(seed);
        let batch: Vec<Write> = (0..40).map(|_| any_write(&mut random)).collect();
        fresh(c).await;
        for write in &batch {
            c.write(vec![write.clone()]).await;
        }
        let one_by_one = state(c).await;
        fresh(c).await;
        c.write(batch.clone()).await;
        let at_once = state(c).await;
        assert_eq!(at_once, one_by_one, "seed {seed}: {batch:#?}");
    }
    // Twice is once, where no user lives on after an erasure in the batch.
    for seed in 101..=100 + rounds {
        let mut random = Random::new(seed);
        let mut batch: Vec<Write> = (0..40).map(|_| any_write(&mut random)).collect();
        batch.retain(|w| !matches!(w, Write::Erase { .. }));
        batch.push(Write::Erase { user: UserId(1) });
        fresh(c).await;
        c.write(batch.clone()).await;
        let once = state(c).await;
        c.write(batch.clone()).await;
        let mut twice = state(c).await;
        // Map rows name nobody and go after two days: those of a pair that lost its members come
        // back.
        twice.retain(|line| !line.starts_with("map (1,"));
        assert_eq!(twice, once, "seed {seed}: {batch:#?}");
    }
}

/// A message and its place in the other chat, whose number tells when it was written.
fn said(pair: PairId, message: i32, copy: i32) -> [Write; 2] {
    let (side, user) = if message % 2 == 0 { (Side::A, 1) } else { (Side::B, 2) };
    let rows = vec![MapRow { from: side, source: MessageId(message), copy: MessageId(copy) }];
    let at = NOW.plus(copy.into());
    [history(pair, side, user, message, at, &format!("{message}")), Write::Mapped { pair, at, rows }]
}

/// Large batches are tried as if none of their rows were there.
pub async fn a_large_batch_meets_rows_that_are_there(c: &mut Context) {
    fresh(c).await;
    let pair = PairId(1);
    c.write((0..200).flat_map(|n| said(pair, n, 1_000)).collect()).await;
    // Half of it again, and half further; twice in one batch; by one who is no member, before the
    // member's own.
    let mut batch = vec![history(pair, Side::A, 3, 298, NOW, "a stranger's")];
    batch.extend((100..300).flat_map(|n| said(pair, n, 2_000)));
    batch.extend((250..320).flat_map(|n| said(pair, n, 3_000)));
    c.write(batch.clone()).await;
    let seen = "
        SELECT 'map', from_side, copy, count(*), min(source), max(source) FROM message_map GROUP BY 2, 3
        UNION ALL
        SELECT 'history', side, at - 1760000000000, count(*), min(message), max(message) FROM history GROUP BY 2, 3
        ORDER BY 1, 2, 3";
    let once = c.sql(seen).await;
    let expected = [
        "history|0|1000|100|0|198",
        "history|0|2000|50|200|298",
        "history|0|3000|10|300|318",
        "history|1|1000|100|1|199",
        "history|1|2000|50|201|299",
        "history|1|3000|10|301|319",
        "map|0|1000|50|0|98",
        "map|0|2000|75|100|248",
        "map|0|3000|35|250|318",
        "map|1|1000|50|1|99",
        "map|1|2000|75|101|249",
        "map|1|3000|35|251|319",
    ];
    assert_eq!(once, expected);
    c.write(batch).await;
    assert_eq!(c.sql(seen).await, once, "twice is once");
    // Everything opens, and for its own place.
    let export = c.store.whole_export(UserId(1)).await.unwrap().to_string();
    assert!((0..320).step_by(2).all(|n| export.contains(&format!(r#"{{"text":"{n}"}}"#))), "{export}");
    assert!(!export.contains("stranger"));
}
