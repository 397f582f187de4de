//! When people hear of matches and likes.

use super::context::Context;
use super::dating::{card, joins, known};
use nameless::capabilities::dating::Decided;
use nameless::store::jobs::Others;
use nameless_actors::ports::{JobBatch, JobId, JobStore};
use nameless_domain::capabilities::dating::pair::Verdict;
use nameless_domain::ids::UserId;
use nameless_domain::profile::Gender;
use std::sync::Arc;

async fn likes(c: &Context, user: i64) -> Decided {
    let (token, _) = card(c, user).await.expect("a card");
    c.store.dating_say(UserId(user), token, Verdict::Like, 9).await.unwrap()
}

/// Jobs wait: in quiet hours, and after a like, whose time must not tell by whom it is.
pub async fn notices_wait_for_their_time(c: &mut Context) {
    joins(c, 7_600, known(Gender::Female, 0b010), ("24.03.1998", "Murmansk")).await;
    joins(c, 7_601, known(Gender::Male, 0b001), ("1.2.1996", "Murmansk")).await;
    // An hour to both sides of now, by a clock of UTC.
    c.sql(
        "UPDATE dating_profiles SET utc_offset = 0, quiet_from = (m + 1380) % 1440, quiet_to = (m + 60) % 1440
        FROM (SELECT (extract(epoch FROM now()) / 60)::bigint % 1440 AS m) AS clock WHERE user_id = 7600",
    )
    .await;
    assert_eq!(likes(c, 7_600).await, Decided::Kept);
    let liked = "SELECT user_id, not_before BETWEEN now() + interval '59 minutes'
            AND now() + interval '6 hours 1 minute'
        FROM jobs WHERE key LIKE 'dating:liked:%' AND user_id BETWEEN 7600 AND 7601";
    assert_eq!(c.sql(liked).await, ["7601|t"]);
    assert_eq!(likes(c, 7_601).await, Decided::Matched);
    let told = "SELECT user_id, coalesce(not_before > now() + interval '50 minutes', false) FROM jobs
        WHERE key LIKE 'dating:match:%' AND user_id BETWEEN 7600 AND 7601 ORDER BY 1";
    assert_eq!(c.sql(told).await, ["7600|t", "7601|f"]);
    // What is not wanted is not even a job.
    joins(c, 7_602, known(Gender::Female, 0b010), ("24.03.1998", "Murmansk")).await;
    c.sql("UPDATE dating_profiles SET notify = 5 WHERE user_id = 7602").await;
    assert_eq!(likes(c, 7_601).await, Decided::Kept);
    assert_eq!(c.sql("SELECT count(*) FROM jobs WHERE user_id = 7602").await, ["0"]);
}

/// Who a match is stays with nobody once it is told. Guard: `ABOUT_OTHERS` in `DELIVERED`.
pub async fn what_was_told_of_others_is_not_kept(c: &mut Context) {
    let told = c
        .sql(
            "INSERT INTO jobs (key, lane, user_id, priority, place, expires, state, ended, owed, payload, result)
            SELECT 'told:' || lane, lane, 7964, 0, 0, now() + interval '1 day', 'completed', now(), true, 'x', 'x'
            FROM unnest(ARRAY['dating_tell', 'their_own']) AS lane RETURNING job_id",
        )
        .await;
    let delivered: Vec<JobId> = told.iter().map(|job| JobId(job.parse().expect("a number"))).collect();
    let jobs = c.store.jobs(1, Others::Nobody);
    let batch = JobBatch { delivered, ..JobBatch::default() };
    jobs.carry_out(Arc::new(batch)).await.expect("an answer");
    let left = "SELECT lane, payload IS NULL, result IS NULL, delivered IS NOT NULL FROM jobs
        WHERE user_id = 7964 ORDER BY lane";
    assert_eq!(c.sql(left).await, ["dating_tell|t|t|t", "their_own|t|f|t"]);
    c.sql("DELETE FROM jobs WHERE user_id = 7964").await;
}
