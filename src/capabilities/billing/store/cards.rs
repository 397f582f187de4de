//! Payments by card: what is to be done about them at the provider, and how they get into the
//! books.
//!
//! Whatever is to be asked or done there is a job, by key: so a notification that comes a thousand
//! times is looked at once, and what was not answered is asked again.

use super::credit::{Payer, credit, differs};
use super::refund::{Refunding, refund};
use super::{CARD, LOOK, lock_charge};
use crate::store::PgStore;
use crate::store::aggregates::jobs;
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault, wall_clock};
use nameless_actors::capabilities::Settled;
use nameless_actors::ports::{NewJob, PortFuture, StoreError};
use nameless_domain::capabilities::billing::{GRACE_MS, Kopecks, MONTH_DAYS, Payment};
use nameless_domain::ids::UserId;
use nameless_domain::time::{DAY_MS, Millis};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A page that is not there by then is not waited for: who pressed has gone on.
const OPENED_WITHIN: Duration = Duration::from_secs(600);
/// For how long a payment is looked at whose outcome nobody told: the page can be used for an hour.
const LOOKED_AT_WITHIN: Duration = Duration::from_secs(26 * 3_600);

/// What a job of [`CARD`] is given: all of what is sent, so that it is the same at each attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Opening {
    /// The order: also the key under which the provider makes one payment of many requests.
    pub order: String,
    pub price: Kopecks,
    /// What the payer reads there.
    pub about: String,
    /// They have agreed to be charged again.
    #[serde(default)]
    pub saves: bool,
}

/// What a job of [`LOOK`] is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Look {
    /// A payment, by the provider's name.
    Payment(String),
    /// Something that went back.
    Refund(String),
}

/// A payment as the provider itself has said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paid {
    /// The provider's name of it.
    pub id: String,
    /// Which order it is for.
    pub order: String,
    /// How much.
    pub price: Kopecks,
    /// By which it can be charged again, where the payer has agreed to that.
    pub method: Option<String>,
}

/// Something that went back, as the provider itself has said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Returned {
    /// The provider's name of it.
    pub id: String,
    /// Of which payment.
    pub payment: String,
    /// How much.
    pub price: Kopecks,
}

fn job<T: Serialize>(lane: &'static str, key: String, given: &T) -> Result<NewJob, Fault> {
    let payload = serde_json::to_vec(given).map_err(|_| Fault::Corrupt("a job without words".into()))?;
    Ok(NewJob::new(lane, key, payload))
}

const PAYER: &str = "SELECT user_id, person FROM orders WHERE order_id = $1";

const CHARGED: &str = "SELECT user_id FROM charges WHERE charge_id = $1 AND direction = 'in'";

const BEFORE: &str = "SELECT paid_until FROM subscriptions WHERE order_id = $1 AND first_charge IS NOT NULL";

/// By which it is charged again, unless there is another one that is. One whose grace is over is
/// none, whatever its row says.
const GOES_ON: &str = "\
    WITH other AS (
        SELECT 1 FROM subscriptions
        WHERE person = $3 AND order_id <> $1 AND state = 'active' AND paid_until > $4 LIMIT 1
    )
    UPDATE subscriptions s SET
        method = CASE WHEN EXISTS (SELECT FROM other) THEN NULL ELSE coalesce($2, s.method) END,
        state = CASE WHEN coalesce($2, s.method) IS NULL OR EXISTS (SELECT FROM other)
            THEN 'canceled' ELSE s.state END
    WHERE order_id = $1";

/// What a payment of something that renews is good for, milliseconds.
const MONTH_MS: i64 = MONTH_DAYS as i64 * DAY_MS;

/// A user's id, or that of nobody: who has erased themselves is known by their hash alone.
fn somebody(id: Option<i64>) -> UserId {
    UserId(id.unwrap_or_default())
}

async fn settle(conn: &mut Conn, keys: &Keys, paid: &Paid, now: Millis) -> Result<Settled, Fault> {
    // Whoever holds the page's address can pay: what is paid is the order's owner's.
    let payer = match conn.query(PAYER, &[&paid.order]).await?.first() {
        Some(row) => Payer { user: somebody(row.try_get("user_id")?), person: row.try_get("person")? },
        None => Payer::of(keys, somebody(None)),
    };
    lock_charge(conn, &paid.id).await?;
    // A renewal goes on from where what was paid ends; one that is known changes nothing.
    let before = match conn.query(CHARGED, &[&paid.id]).await?.is_empty() {
        true => conn.query(BEFORE, &[&paid.order]).await?.first().map(|row| row.try_get::<_, i64>(0)),
        false => None,
    };
    let before = before.transpose()?;
    let until = before.map(|before| Millis(before.max(now.plus(-GRACE_MS).0)).plus(MONTH_MS));
    let payment = Payment {
        charge: paid.id.clone(),
        payload: paid.order.clone(),
        currency: Kopecks::UNIT.to_owned(),
        amount: paid.price.amount(),
        until,
        is_recurring: before.is_some(),
    };
    let settled = credit(conn, keys, &payer, &payment, None, now).await?;
    if !settled.entitled.is_empty() {
        // A first payment says how it goes on; a renewal switches nothing on again.
        let method = paid.method.as_ref().filter(|_| before.is_none());
        let late = now.plus(-GRACE_MS).0;
        conn.execute(GOES_ON, &[&paid.order, &method, &payer.person, &late]).await?;
    }
    Ok(settled)
}

async fn went_back(conn: &mut Conn, keys: &Keys, back: &Returned, now: Millis) -> Result<Settled, Fault> {
    let rows = conn.query(CHARGED, &[&back.payment]).await?;
    let user = match rows.first() {
        Some(row) => somebody(row.try_get(0)?),
        None => somebody(None),
    };
    let refunding = Refunding {
        user: user.0,
        charge: back.payment.clone(),
        currency: Kopecks::UNIT.to_owned(),
        amount: back.price.amount(),
    };
    refund(conn, keys, &refunding, &back.id, None, now).await
}

impl PgStore {
    /// Has the page made on which a user pays an order.
    pub(crate) fn open_card(&self, user: UserId, opening: Opening) -> PortFuture<'_, Result<(), StoreError>> {
        self.run(move |inner| async move {
            let job = job(CARD, format!("billing:card:{}", opening.order), &opening)?;
            let job = NewJob { within: OPENED_WITHIN, ..job.of(user) };
            inner.transaction(async |conn| jobs::add(conn, &inner.keys, &[job]).await.map(drop)).await
        })
    }

    /// Has something looked at, after a while. `why` and the provider's name are the cause: for as
    /// long as the first job of it is kept, another adds nothing.
    pub(crate) fn look_at(
        &self,
        look: Look,
        why: &'static str,
        delay: Duration,
    ) -> PortFuture<'_, Result<(), StoreError>> {
        self.run(move |inner| async move {
            let (Look::Payment(id) | Look::Refund(id)) = &look;
            let job = job(LOOK, format!("billing:look:{why}:{id}"), &look)?;
            let job = NewJob { delay, within: LOOKED_AT_WITHIN, ..job };
            inner.transaction(async |conn| jobs::add(conn, &inner.keys, &[job]).await.map(drop)).await
        })
    }

    /// Credits a payment that the provider has confirmed: all of it in one transaction, and once.
    pub fn settle_card(&self, paid: Paid) -> PortFuture<'_, Result<Settled, StoreError>> {
        self.run(move |inner| async move {
            let settled = inner
                .transaction(async |conn| {
                    let settled = settle(conn, &inner.keys, &paid, wall_clock()).await?;
                    if settled.wakes {
                        crate::capabilities::points::reach("billing before commit");
                    }
                    Ok(settled)
                })
                .await?;
            // Not where it was looked at again and nothing was new.
            if settled.wakes {
                crate::capabilities::points::reach("billing after commit");
            }
            Ok(settled)
        })
    }

    /// Something went back that the provider has confirmed.
    pub fn settle_card_return(&self, back: Returned) -> PortFuture<'_, Result<Settled, StoreError>> {
        self.run(move |inner| async move {
            inner.transaction(async |conn| went_back(conn, &inner.keys, &back, wall_clock()).await).await
        })
    }

    /// Notes a payment that is not as it should be, for an operator.
    pub(crate) fn card_differs(
        &self,
        id: String,
        reason: &'static str,
        amount: i64,
    ) -> PortFuture<'_, Result<(), StoreError>> {
        self.run(move |inner| async move {
            inner.transaction(async |conn| differs(conn, &id, "in", reason, amount, wall_clock()).await).await
        })
    }
}
