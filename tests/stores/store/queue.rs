//! The queue of reports: what is kept of weights is what they are.

use super::admin::{done, order};
use super::context::{Context, NOW};
use nameless_actors::capabilities::{Answer, Page, ReportLine};
use nameless_actors::ports::Write;
use nameless_domain::capabilities::admin::{Act, Verdict};
use nameless_domain::ids::UserId;
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
