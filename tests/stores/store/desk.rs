//! Acts that stand in files of their own.

use super::admin::{done, order};
use super::context::Context;
use nameless::capabilities::admin::kept_in;
use nameless_actors::capabilities::{AnnouncementLine, Announcements, Answer, Jobs, Told};
use nameless_domain::capabilities::admin::desk::announcements::Deed;
use nameless_domain::capabilities::admin::desk::jobs::Deed as Look;
use nameless_domain::capabilities::news::Texts;

async fn one(c: &Context, deed: Deed) -> AnnouncementLine {
    match done(c, order("herald", deed.into())).await {
        Answer::Desk(Told::Announcements(Announcements::One(line))) => *line,
        other => panic!("{other:?}"),
    }
}

fn text(words: &str) -> Texts {
    Texts { ru: None, en: Some(words.into()) }
}

/// Guard: whoever puts one up ends the one that was (`END`).
pub async fn one_announcement_is_up_at_a_time(c: &mut Context) {
    let port = kept_in(&c.store, None, String::new());
    assert_eq!(port.announced().await, Ok(None));
    let first = one(c, Deed::Announce { text: text("one") }).await;
    assert_eq!(port.announced().await, Ok(Some(text("one"))));
    let second = one(c, Deed::Announce { text: text("two") }).await;
    assert_eq!(port.announced().await, Ok(Some(text("two"))));
    let list = done(c, order("herald", Deed::List { before: i64::MAX, limit: 2 }.into())).await;
    let Answer::Desk(Told::Announcements(Announcements::List(page))) = list else { panic!("{list:?}") };
    assert_eq!(
        page.items.iter().map(|line| line.announcement).collect::<Vec<_>>(),
        [second.announcement, first.announcement]
    );
    assert_eq!(page.items[1].ended_by.as_deref(), Some("token:herald"));
    assert_eq!(page.next, Some(first.announcement), "the page is full");
    let down = |line: &AnnouncementLine| Deed::TakeDown { announcement: line.announcement };
    assert_eq!(done(c, order("herald", down(&first).into())).await, Answer::Missing, "it is down");
    assert!(one(c, down(&second)).await.ended.is_some());
    assert_eq!(port.announced().await, Ok(None));
    let log = "SELECT what || ' ' || detail || ' ' || outcome FROM audit_log WHERE who = 'token:herald' ORDER BY seq";
    let announced = "announce  done".to_owned();
    let taken =
        |line: &AnnouncementLine, outcome| format!("take_down announcement={} {outcome}", line.announcement);
    let log = c.sql(log).await;
    assert_eq!(log, [announced.clone(), announced, taken(&first, "missing"), taken(&second, "done")]);
}

/// What waits, what is for later, what is under way; and what failed.
pub async fn jobs_are_seen_by_lane(c: &mut Context) {
    c.sql(
        "INSERT INTO jobs (key, lane, priority, place, expires, added, not_before, state, lease, ended, error, attempt)
         SELECT 'desk-' || n, 'desk', 0, 0, now() + interval '1 day', to_timestamp(n),
             CASE WHEN n = 3 THEN now() END,
             CASE WHEN n = 4 THEN 'processing' WHEN n = 5 THEN 'failed' WHEN n = 6 THEN 'completed' ELSE 'pending' END,
             CASE WHEN n = 4 THEN now() END, CASE WHEN n > 4 THEN to_timestamp(n) END,
             CASE WHEN n = 5 THEN 'no answer' END, 2
         FROM generate_series(1, 6) n",
    )
    .await;
    let Answer::Desk(Told::Jobs(Jobs::Lanes(lanes))) = done(c, order("a", Look::Lanes.into())).await else {
        panic!("no lanes")
    };
    let lane = lanes.items.into_iter().find(|line| line.lane == "desk").expect("the lane");
    assert_eq!((lane.waiting, lane.delayed, lane.running), (2, 1, 1));
    assert_eq!(lane.oldest.map(|at| at.0), Some(1_000));
    let failed = done(c, order("a", Look::Failed { limit: 200 }.into())).await;
    let Answer::Desk(Told::Jobs(Jobs::Failed(failed))) = failed else { panic!("{failed:?}") };
    let ours: Vec<_> = failed.items.iter().filter(|job| job.lane == "desk").collect();
    assert_eq!((ours.len(), ours[0].at.0, ours[0].attempts, &*ours[0].error), (1, 5_000, 2, "no answer"));
    c.sql("DELETE FROM jobs WHERE lane = 'desk'").await;
}
