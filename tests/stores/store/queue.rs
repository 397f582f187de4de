//! The queue of reports: what is kept of weights is what they are.

use super::admin::{done, order};
use super::context::{Context, NOW};
use nameless_actors::capabilities::{Answer, Denied, ManyDone, Page, ReportLine};
use nameless_actors::ports::Write;
use nameless_domain::capabilities::admin::{Act, BanKind, Many, Term, Verdict};
use nameless_domain::ids::{Seq, UserId};
use nameless_domain::session::review::ReportReason::{self, Abuse, Minor, Other, Spam};

/// The statement by which the migration weighs what is open already.
fn migration() -> String {
    let text = include_str!("../../../migrations/0020_admin_queue.up.sql");
    let update = text.split_inclusive(';').find(|statement| statement.contains("UPDATE reports"));
    update.expect("it weighs").to_owned()
}

async fn report(c: &Context, by: i64, of: i64, reason: ReportReason, at: i64) {
    let pair = c.open(by, of, NOW.plus(at)).await;
    let (by, of) = (UserId(by), UserId(of));
    c.write(vec![
        Write::Reported { pair, by, of, reason, at: NOW.plus(at) },
        Write::EndPair { pair, at: NOW.plus(at), cause: nameless_domain::session::EndCause::Reported },
    ])
    .await;
}

/// The queue as it is shown, of which every weight is worked out anew.
async fn queue(c: &Context) -> Vec<ReportLine> {
    match done(c, order("a", Act::Reports { limit: 200 })).await {
        Answer::Reports(Page { items, .. }) => items,
        other => panic!("{other:?}"),
    }
}

/// What is kept of each open report, as `number|weight`.
async fn kept(c: &mut Context) -> Vec<String> {
    c.sql("SELECT report_id, weight FROM reports WHERE status = 'open' ORDER BY report_id").await
}

async fn is_kept_as_it_is_shown(c: &mut Context, when: &str) {
    let mut shown = queue(c).await;
    assert!(shown.is_sorted_by_key(|line| (std::cmp::Reverse(line.weight), line.at, line.report)), "{when}");
    shown.sort_by_key(|line| line.report);
    let shown: Vec<String> = shown.iter().map(|line| format!("{}|{}", line.report, line.weight)).collect();
    assert_eq!(kept(c).await, shown, "{when}");
}

/// Guards: a report that is made weighs the others about the same person anew, a verdict those of
/// the same reporter as well.
pub async fn weights_are_kept_as_they_are(c: &mut Context) {
    c.clear().await;
    let of = [(2_001, Abuse), (2_002, Spam), (2_001, Other), (2_003, Minor), (2_001, Spam), (2_002, Abuse)];
    for (n, (whom, reason)) in (0..).zip(of) {
        // Two who report a lot, and others.
        let by = if n % 2 == 0 { 2_100 } else { 2_101 + n };
        report(c, by, whom, reason, n).await;
        is_kept_as_it_is_shown(c, &format!("after report {n}")).await;
    }
    for (verdict, reason) in
        [(Verdict::Dismissed, Abuse), (Verdict::Upheld, Spam), (Verdict::Dismissed, Other)]
    {
        let line = queue(c).await.into_iter().find(|line| line.reason == reason).expect("an open one");
        let decide = Act::Decide { report: line.report, verdict, reason: "looked at".into() };
        done(c, order("a", decide)).await;
        is_kept_as_it_is_shown(c, verdict.name()).await;
    }
    report(c, 2_100, 2_003, Spam, 10).await;
    is_kept_as_it_is_shown(c, "by one who was wrong twice").await;

    // What was open before there were weights is weighed in the same way.
    let before = kept(c).await;
    assert!(before.len() >= 4, "{before:?}");
    c.sql("UPDATE reports SET weight = 0").await;
    c.sql(&migration()).await;
    assert_eq!(kept(c).await, before);
}

/// Guards: nothing is done where it hits another number than was looked at; each has its entry.
pub async fn one_act_to_many_is_written_down_for_each(c: &mut Context) {
    c.clear().await;
    for n in 0..4 {
        report(c, 2_700, 2_710 + n, Abuse, n).await;
    }
    report(c, 2_701, 2_710, Spam, 9).await;
    let first = queue(c).await.iter().map(|line| line.report).min().expect("a report");
    let of = Many::DismissLike { report: first };
    let Answer::Preview(preview) = done(c, order("a", Act::Preview { of: of.clone() })).await else {
        panic!()
    };
    assert_eq!((preview.count, preview.more, preview.items.len()), (4, false, 4));
    // Somebody else works on one of them.
    done(c, order("b", Act::Report { report: first + 1 })).await;
    let act = |expects| Act::Many { of: of.clone(), expects, reason: "cries wolf".into() };
    let refused = c.store.carry_out(order("a", act(3))).await.expect("an answer");
    assert_eq!(refused.err(), Some(Denied::Changed));
    assert_eq!(queue(c).await.len(), 5, "nothing is done");
    let many = done(c, order("a", act(4))).await;
    assert_eq!(many, Answer::Many(ManyDone { what: "dismiss_like", done: 3, left: 1 }));
    is_kept_as_it_is_shown(c, "after three at once").await;
    assert_eq!(queue(c).await.len(), 2);
    let log = "SELECT what, reason, count(*) FROM audit_log WHERE what IN ('decide', 'many') GROUP BY 1, 2 ORDER BY 1";
    assert_eq!(c.sql(log).await, ["decide|cries wolf|3", "many|cries wolf|1"]);

    let users = [2_720, 2_721, 2_720].map(UserId).to_vec();
    let of = Many::Ban { users, kind: BanKind::Ban, term: Term::Days(7) };
    let carried = c.store.carry_out(order("a", Act::Many { of, expects: 2, reason: "a ring".into() })).await;
    let carried = carried.expect("an answer").expect("done");
    let told: Vec<i64> = carried.standings.iter().map(|(user, _)| user.0).collect();
    assert_eq!(told, [2_720, 2_721], "their sessions hear of it");
    assert_eq!(c.sql("SELECT count(*) FROM bans WHERE reason = 'a ring'").await, ["2"]);

    for (seq, error) in [(1, "one"), (2, "other"), (3, "one")] {
        c.write(vec![Write::DeadLetter {
            seq: Seq(seq),
            update_id: 5,
            user: UserId(2_730),
            at: NOW,
            error: error.into(),
            raw: "{}".into(),
        }])
        .await;
    }
    for of in [Many::Replay { error: "one".into() }, Many::Drop { error: "one".into() }] {
        let what = of.name();
        let many = done(c, order("a", Act::Many { of, expects: 2, reason: "mended".into() })).await;
        assert_eq!(many, Answer::Many(ManyDone { what, done: 2, left: 0 }));
    }
    assert_eq!(c.sql("SELECT seq FROM dead_letters").await, ["2"]);
    let log = "SELECT what, count(*) FROM audit_log WHERE what LIKE '%replay%' OR what LIKE 'drop%' GROUP BY 1 ORDER BY 1";
    assert_eq!(c.sql(log).await, ["drop_dead_letter|2", "replay|2"]);
}

/// Where many report one person, one more is weighed alone.
pub async fn a_crowd_weighs_as_much_as_a_larger_one(c: &mut Context) {
    c.clear().await;
    for n in 0..53 {
        report(c, 2_300 + n, 2_200, Abuse, n).await;
    }
    is_kept_as_it_is_shown(c, "53 reporters").await;
    let lines = queue(c).await;
    assert!(lines.iter().all(|line| (line.reporters, line.weight) == (53, 5_300)), "{lines:?}");
}
