//! Premium by card that renews: when it is charged again, and how that ends.
//!
//! The schedule, the consent and the switch are ours; the provider only keeps the card. A day
//! before what is paid ends it is charged, and once more a day later. Each attempt is a job with a
//! key of its own, and no other one begins before it has come to its end: what is unknown is asked.

use super::{RENEW, Telling, tell, tell_entitled};
use crate::store::PgStore;
use crate::store::aggregates::jobs;
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault, wall_clock};
use nameless_actors::ports::{NewJob, PortFuture, StoreError};
use nameless_domain::capabilities::billing::{Event, GRACE_MS, Kopecks, Notice};
use nameless_domain::ids::UserId;
use nameless_domain::time::{DAY_MS, Millis};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long before its end it is charged, and how long until it is tried once more, milliseconds.
const AHEAD_MS: i64 = DAY_MS;
/// The provider knows a key for a day: what is unknown by then is not asked again.
const WITHIN: Duration = Duration::from_secs(23 * 3_600);

const DUE: &str = "\
    SELECT s.order_id, s.method, s.paid_until, o.amount FROM subscriptions s JOIN orders o USING (order_id)
    WHERE s.method IS NOT NULL AND s.state = 'active' AND s.paid_until < $1 AND s.paid_until > $2
      AND NOT EXISTS (SELECT FROM jobs j WHERE j.lane = $3 AND j.state IN ('pending', 'processing')
          AND starts_with(j.key, 'billing:renew:' || s.order_id || ':'))
    ORDER BY s.paid_until LIMIT 1000";

/// As it stands: by then it may have been switched off.
const STILL: &str = "\
    SELECT 1 FROM subscriptions WHERE order_id = $1 AND method = $2 AND state = 'active' AND paid_until = $3";

/// Of these neither attempt came to an end within the grace, or none was made: nobody says so, and
/// they are never due again.
const LAPSED: &str = "\
    SELECT s.order_id FROM subscriptions s
    WHERE s.method IS NOT NULL AND s.state = 'active' AND s.paid_until <= $1
      AND NOT EXISTS (SELECT FROM jobs j WHERE j.lane = $2 AND j.state IN ('pending', 'processing')
          AND starts_with(j.key, 'billing:renew:' || s.order_id || ':'))
    ORDER BY s.paid_until LIMIT 1000";

const FAILED: &str = "\
    UPDATE subscriptions SET state = 'failed', method = NULL, changed = $2
    WHERE order_id = $1 AND method IS NOT NULL AND paid_until <= $3 RETURNING user_id, paid_until";

/// What a job of [`RENEW`] is given: all of what is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Renewing {
    pub order: String,
    /// The saved way to pay, by the provider's name.
    pub method: String,
    pub price: Kopecks,
    pub about: String,
    /// Until when it is paid.
    pub until: i64,
    /// It is the last attempt.
    pub last: bool,
}

async fn due(conn: &mut Conn, about: &str, now: Millis) -> Result<Vec<NewJob>, Fault> {
    let mut due = Vec::new();
    let (soon, late) = (now.plus(AHEAD_MS).0, now.plus(-GRACE_MS).0);
    for row in conn.query(DUE, &[&soon, &late, &RENEW]).await? {
        let (order, until): (String, i64) = (row.try_get("order_id")?, row.try_get("paid_until")?);
        let price = Kopecks::new(row.try_get("amount")?);
        let price = price.ok_or_else(|| Fault::Corrupt("an order without a price".into()))?;
        // Before the end, and after it.
        let last = now.0 >= until;
        let key = format!("billing:renew:{order}:{until}:{}", u8::from(last));
        let renewing =
            Renewing { order, method: row.try_get("method")?, price, about: about.to_owned(), until, last };
        let words = serde_json::to_vec(&renewing);
        let words = words.map_err(|_| Fault::Corrupt("a job without words".into()))?;
        due.push(NewJob { within: WITHIN, ..NewJob::new(RENEW, key, words) });
    }
    Ok(due)
}

/// Ends what is charged no more, if it is paid until then at most, and has the payer told, once.
async fn fail(conn: &mut Conn, keys: &Keys, order: &str, most: Millis, now: Millis) -> Result<(), Fault> {
    let rows = conn.query(FAILED, &[&order, &now.0, &most.0]).await?;
    let Some(row) = rows.first() else { return Ok(()) };
    let Some(user) = row.try_get::<_, Option<i64>>("user_id")?.map(UserId) else { return Ok(()) };
    let until = Millis(row.try_get("paid_until")?);
    let told = Event::Say(Notice::NotCharged { until });
    let key = format!("billing:not-charged:{order}:{}", now.0);
    tell(conn, keys, user, key, &Telling::Billing(told)).await?;
    tell_entitled(conn, keys, user, now).await
}

impl PgStore {
    /// Has everything charged that is due; how many jobs that were. The same again adds nothing.
    pub fn renew_due(&self, about: String, now: Millis) -> PortFuture<'_, Result<usize, StoreError>> {
        self.run(move |inner| async move {
            inner
                .transaction(async |conn| {
                    let due = due(conn, &about, now).await?;
                    jobs::add(conn, &inner.keys, &due).await?;
                    Ok(due.len())
                })
                .await
        })
    }

    /// Ends what was to renew and can be charged no more. Only once the provider's lists have been
    /// gone through: a charge that nobody heard of is found there.
    pub fn end_lapsed(&self, now: Millis) -> PortFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            for order in self.lapsed(now).await? {
                self.renewal_failed(order, now.plus(-GRACE_MS), now).await?;
            }
            Ok(())
        })
    }

    /// What was to renew, and can be charged no more.
    fn lapsed(&self, now: Millis) -> PortFuture<'_, Result<Vec<String>, StoreError>> {
        self.run(move |inner| async move {
            let late = now.plus(-GRACE_MS).0;
            let rows = inner.check_out().await?.query(LAPSED, &[&late, &RENEW]).await?;
            rows.iter().map(|row| row.try_get(0).map_err(Fault::from)).collect()
        })
    }

    fn renewal_failed(
        &self,
        order: String,
        most: Millis,
        now: Millis,
    ) -> PortFuture<'_, Result<(), StoreError>> {
        self.run(move |inner| async move {
            inner.transaction(async |conn| fail(conn, &inner.keys, &order, most, now).await).await
        })
    }

    /// Whether it is still to be charged.
    pub(crate) fn still_renews(&self, renewing: &Renewing) -> PortFuture<'_, Result<bool, StoreError>> {
        let Renewing { order, method, until, .. } = renewing.clone();
        self.run(move |inner| async move {
            let rows = inner.check_out().await?.query(STILL, &[&order, &method, &until]).await?;
            Ok(!rows.is_empty())
        })
    }

    /// It cannot be charged, and will not be any more.
    pub fn card_renewal_failed(&self, order: String) -> PortFuture<'_, Result<(), StoreError>> {
        self.renewal_failed(order, Millis(i64::MAX), wall_clock())
    }
}
