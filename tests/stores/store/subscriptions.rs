//! Subscriptions that end otherwise than by running out.

use super::billing::{known, order, payment, pays, present, refunded, right, until};
use super::context::{Context, NOW};
use nameless::capabilities::billing::Asked;
use nameless::store::jobs::Others;
use nameless_actors::capabilities::BILLING_TELL;
use nameless_actors::ports::{Claim, JobBatch, JobStore, Write};
use nameless_domain::capabilities::billing::{Act, GRACE_MS, Kind, Renewal};
use nameless_domain::ids::UserId;
use nameless_domain::time::DAY_MS;
use std::sync::Arc;
use std::time::Duration;

/// The jobs that tell of a renewal: key and words. They are under way from then on.
pub(super) async fn told_of_renewals(c: &Context) -> Vec<(String, String)> {
    let claims = vec![Claim { lane: BILLING_TELL, lease: Duration::from_secs(60), most: 100 }];
    let batch = JobBatch { claims, ..JobBatch::default() };
    let answer = c.store.jobs(1, Others::Nobody).carry_out(Arc::new(batch)).await.expect("an answer");
    let told = answer.claimed.into_iter().filter(|job| job.key.starts_with("billing:renewal:"));
    let told = told.map(|job| (job.key.to_string(), String::from_utf8_lossy(&job.payload).into_owned()));
    let mut told: Vec<_> = told.collect();
    told.sort_unstable();
    told
}

/// Who erases themselves is not charged for ever.
pub async fn erasing_cancels_a_subscription(c: &mut Context) {
    c.clear().await;
    known(c, 877).await;
    let id = order(c, 877, 1, Kind::Monthly).await;
    pays(c, 877, payment(&id, "sub", Kind::Monthly), 1, NOW).await;
    c.write(vec![Write::Erase { user: UserId(877) }]).await;
    let jobs = c.sql("SELECT key, user_id FROM jobs WHERE lane = 'billing_cancel'").await;
    assert_eq!(jobs, [format!("billing:cancel:{id}:erased|null")]);
    right(c).await;
}

/// Guards: the end in the books bounds the grace; a refund ends the renewal at Telegram, once.
pub async fn what_went_back_is_not_had_by_resuming(c: &mut Context) {
    c.clear().await;
    let cancels = "SELECT key, user_id FROM jobs WHERE lane = 'billing_cancel'";
    let t0 = present(c).await;
    let back = t0.plus(DAY_MS);
    // By Telegram itself.
    known(c, 885).await;
    let id = order(c, 885, 1, Kind::Monthly).await;
    pays(c, 885, payment(&id, "back", Kind::Monthly), 1, t0).await;
    refunded(c, 885, "back", 200, back).await;
    assert_eq!(until(c, 885).await, Some(back));
    assert_eq!(c.sql(cancels).await, [format!("billing:cancel:{id}:returned:back|null")]);
    let act = Act::Subscription { payload: id, state: Renewal::Active };
    c.store.settle_at(UserId(885), act, Some(2), back).await.unwrap();
    assert_eq!(until(c, 885).await, Some(back.plus(GRACE_MS)), "resumed in Telegram: no month for nothing");
    c.sql("TRUNCATE jobs").await;
    // By an operator, whose job cancels it.
    known(c, 886).await;
    let id = order(c, 886, 1, Kind::Monthly).await;
    pays(c, 886, payment(&id, "asked", Kind::Monthly), 3, t0).await;
    let number = c.store.payments(UserId(886)).await.unwrap()[0].number;
    assert_eq!(c.store.ask_refund(number, None, None).await.unwrap(), Asked::Soon);
    refunded(c, 886, "asked", 200, back).await;
    assert_eq!((until(c, 886).await, c.sql(cancels).await), (Some(back), Vec::new()));
    right(c).await;
    c.sql("TRUNCATE jobs").await;
}

/// Told before its payment, a refund ends the subscription as well.
pub async fn a_refund_told_first_leaves_no_subscription(c: &mut Context) {
    c.clear().await;
    known(c, 887).await;
    let t0 = present(c).await;
    let id = order(c, 887, 1, Kind::Monthly).await;
    refunded(c, 887, "early", 200, t0).await;
    pays(c, 887, payment(&id, "early", Kind::Monthly), 1, t0).await;
    assert_eq!(until(c, 887).await, Some(t0));
    let kept = c.sql("SELECT state, paid_until FROM subscriptions").await;
    assert_eq!(kept, [format!("canceled|{}", t0.0)]);
    let jobs = c.sql("SELECT key FROM jobs WHERE lane = 'billing_cancel'").await;
    assert_eq!(jobs, [format!("billing:cancel:{id}:returned:early")]);
    right(c).await;
    c.sql("TRUNCATE jobs").await;
}

/// An older payment that goes back takes nothing of the month that runs.
pub async fn an_older_month_goes_back(c: &mut Context) {
    c.clear().await;
    known(c, 888).await;
    let t0 = present(c).await;
    let id = order(c, 888, 1, Kind::Monthly).await;
    pays(c, 888, payment(&id, "older", Kind::Monthly), 1, t0).await;
    let end = t0.plus(60 * DAY_MS);
    let newer = payment(&id, "newer", Kind::Monthly);
    pays(c, 888, newer, 2, t0.plus(30 * DAY_MS)).await;
    refunded(c, 888, "older", 200, t0.plus(40 * DAY_MS)).await;
    assert_eq!(until(c, 888).await, Some(end));
    let kept = c.sql("SELECT state, paid_until FROM subscriptions").await;
    assert_eq!(kept, [format!("canceled|{}", end.0)]);
    right(c).await;
    c.sql("TRUNCATE jobs").await;
}
