//! Orders, what somebody has paid, and what they ask of it.

use super::{CANCEL, premium};
use crate::store::PgStore;
use crate::store::aggregates::jobs;
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault, wall_clock};
use crate::store::table::Erasing;
use nameless_actors::ports::{NewJob, PortFuture, StoreError};
use nameless_domain::capabilities::billing::{
    Event, GRACE_MS, Good, Line, ORDER_MS, Price, Product, Renewal,
};
use nameless_domain::ids::{Seq, UserId};
use nameless_domain::time::Millis;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;

/// A press that comes again within this finds its order.
const AGAIN_MS: i64 = 3_600_000;

const BEFORE: &str = "\
    SELECT order_id FROM orders
    WHERE person = $1 AND created > $2 AND seq = $3 AND product = $4 ORDER BY created DESC LIMIT 1";

const IS_PAID: &str = "SELECT FROM orders WHERE order_id = $1 AND state = 'paid'";

const INSERT: &str = "\
    INSERT INTO orders (order_id, person, user_id, gift_person, gift_to, seq, product, kind, days, currency, amount,
        state, created, expires, good)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'open', $12, $13, $14)";

const PAYMENTS: &str = "\
    SELECT c.number, c.currency, c.amount, c.at, s.state, s.paid_until,
        c.amount <= (SELECT coalesce(sum(o.amount), 0) FROM charges o
            WHERE coalesce(o.returns, o.charge_id) = c.charge_id AND o.direction = 'out') AS refunded
    FROM charges c LEFT JOIN subscriptions s ON s.order_id = c.order_id AND s.first_charge = c.charge_id
    WHERE c.user_id = $1 AND c.direction = 'in' ORDER BY c.number DESC LIMIT 10";

const RENEWS: &str = "\
    SELECT s.order_id, s.first_charge, s.changed, c.currency = 'RUB' AS card FROM charges c JOIN subscriptions s ON s.order_id = c.order_id
    WHERE c.user_id = $1 AND c.number = $2 AND s.state = 'active' AND s.first_charge IS NOT NULL";

const ENDED: &str = "\
    UPDATE subscriptions SET state = 'canceled', changed = $2 WHERE order_id = $1 RETURNING paid_until";

const NUMBERS: &str = "\
    SELECT number FROM charges WHERE user_id = $1 AND direction = 'in' ORDER BY number DESC LIMIT 3";

/// What a job of [`CANCEL`] is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Canceling {
    pub user: i64,
    pub order: String,
    /// The first payment, which names the subscription at Telegram.
    pub charge: String,
}

/// An order to be paid; none if the person for whom it was to be is gone, or the payer.
async fn open(
    conn: &mut Conn,
    keys: &Keys,
    (user, gift_to): (UserId, Option<UserId>),
    seq: i64,
    (product, price): (&Product, Price),
    now: Millis,
) -> Result<Option<String>, Fault> {
    let mut both = [Some(user), gift_to];
    both.sort_unstable();
    for one in both.into_iter().flatten() {
        if !premium::is_known(conn, one).await? {
            return Ok(None);
        }
    }
    let person = keys.payer_hash(user);
    premium::lock(conn, &person).await?;
    let before = conn.query(BEFORE, &[&person, &now.plus(-AGAIN_MS).0, &seq, &product.id]).await?;
    if let Some(row) = before.first() {
        return Ok(Some(row.try_get(0)?));
    }
    let mut id = String::with_capacity(32);
    Keys::random()?[..16].iter().for_each(|byte| _ = write!(id, "{byte:02x}"));
    let gift_person = gift_to.map(|to| keys.payer_hash(to));
    let (gift_to, days) = (gift_to.map(|to| to.0), i32::try_from(product.amount).unwrap_or_default());
    let (kind, amount, expires) = (product.kind.name(), price.amount(), now.plus(ORDER_MS).0);
    conn.execute(
        INSERT,
        &[
            &id,
            &person,
            &user.0,
            &gift_person,
            &gift_to,
            &seq,
            &product.id,
            &kind,
            &days,
            &price.unit(),
            &amount,
            &now.0,
            &expires,
            &product.holds().map(Good::name),
        ],
    )
    .await?;
    Ok(Some(id))
}

async fn payments(conn: &mut Conn, user: UserId) -> Result<Vec<Line>, Fault> {
    let mut lines = Vec::new();
    for row in conn.query(PAYMENTS, &[&user.0]).await? {
        let state: Option<&str> = row.try_get("state")?;
        let until: Option<i64> = row.try_get("paid_until")?;
        lines.push(Line {
            number: row.try_get("number")?,
            price: Price::of(row.try_get("currency")?, row.try_get("amount")?)
                .ok_or_else(|| Fault::Corrupt("a payment of nothing".into()))?,
            at: Millis(row.try_get("at")?),
            is_refunded: row.try_get("refunded")?,
            renewal: state.and_then(Renewal::from_name).zip(until.map(Millis)),
        });
    }
    Ok(lines)
}

async fn cancel(
    conn: &mut Conn,
    keys: &Keys,
    (user, number): (UserId, i64),
    now: Millis,
) -> Result<Event, Fault> {
    let rows = conn.query(RENEWS, &[&user.0, &number]).await?;
    let Some(row) = rows.first() else { return Ok(Event::NothingToCancel) };
    let order: String = row.try_get("order_id")?;
    if row.try_get::<_, bool>("card")? {
        // The schedule is ours: it is off at once.
        let rows = conn.query(OFF, &[&order, &now.0]).await?;
        let until = rows.first().map(|row| row.try_get::<_, i64>(0)).transpose()?;
        return Ok(until.map_or(Event::NothingToCancel, |until| Event::Canceled { until: Millis(until) }));
    }
    let (charge, changed): (String, i64) = (row.try_get("first_charge")?, row.try_get("changed")?);
    // As it stands now, once: one that was re-enabled can be cancelled again.
    let key = format!("billing:cancel:{order}:{changed}");
    let canceling = Canceling { user: user.0, order, charge };
    let payload = serde_json::to_vec(&canceling).map_err(|_| Fault::Corrupt("a job without words".into()))?;
    jobs::add(conn, keys, &[NewJob::new(CANCEL, key, payload).of(user)]).await?;
    Ok(Event::Canceling)
}

/// Has all of somebody's subscriptions cancelled who is erasing themselves: jobs of nobody's.
pub(super) async fn cancel_all(conn: &mut Conn, erasing: Erasing<'_>) -> Result<(), Fault> {
    conn.execute(ALL_OFF, &[&erasing.user.0, &erasing.now.0]).await?;
    let mut jobs = Vec::new();
    for row in conn.query(ALL_RENEWING, &[&erasing.user.0]).await? {
        let order: String = row.try_get("order_id")?;
        let key = format!("billing:cancel:{order}:erased");
        let canceling = Canceling { user: erasing.user.0, order, charge: row.try_get("first_charge")? };
        let payload = serde_json::to_vec(&canceling);
        let payload = payload.map_err(|_| Fault::Corrupt("a job without words".into()))?;
        jobs.push(NewJob::new(CANCEL, key, payload));
    }
    jobs::add(conn, erasing.keys, &jobs).await.map(drop)
}

const OFF: &str = "\
    UPDATE subscriptions SET state = 'canceled', method = NULL, changed = $2 WHERE order_id = $1 RETURNING paid_until";

const ALL_OFF: &str = "\
    UPDATE subscriptions SET state = 'canceled', method = NULL, changed = $2
    WHERE user_id = $1 AND method IS NOT NULL";

const SUBSCRIBED: &str = "\
    SELECT 1 FROM subscriptions WHERE user_id = $1 AND state = 'active' AND paid_until > $2 LIMIT 1";

const ALL_RENEWING: &str = "\
    SELECT order_id, first_charge FROM subscriptions
    WHERE user_id = $1 AND state = 'active' AND first_charge IS NOT NULL";

impl PgStore {
    /// Opens an order, or finds the one that the same press has opened.
    pub fn open_order(
        &self,
        (user, gift_to): (UserId, Option<UserId>),
        seq: Seq,
        product: Product,
        price: Price,
    ) -> PortFuture<'_, Result<Option<String>, StoreError>> {
        self.run(move |inner| async move {
            let seq = i64::try_from(seq.0).map_err(|_| Fault::Corrupt("a position beyond all".into()))?;
            inner
                .transaction(async |conn| {
                    open(conn, &inner.keys, (user, gift_to), seq, (&product, price), wall_clock()).await
                })
                .await
        })
    }

    /// Whether an order is paid: a press that comes again after a crash finds the one of before.
    pub fn is_paid(&self, order: String) -> PortFuture<'_, Result<bool, StoreError>> {
        self.run(move |inner| async move {
            Ok(!inner.check_out().await?.query(IS_PAID, &[&order]).await?.is_empty())
        })
    }

    /// A user's last payments, the newest first.
    pub fn payments(&self, user: UserId) -> PortFuture<'_, Result<Vec<Line>, StoreError>> {
        self.run(move |inner| async move { payments(&mut *inner.check_out().await?, user).await })
    }

    /// Whether a user has a subscription that renews.
    pub(crate) fn is_subscribed(&self, user: UserId) -> PortFuture<'_, Result<bool, StoreError>> {
        self.run(move |inner| async move {
            let late = wall_clock().plus(-GRACE_MS).0;
            Ok(!inner.check_out().await?.query(SUBSCRIBED, &[&user.0, &late]).await?.is_empty())
        })
    }

    /// Has the subscription of a payment cancelled at Telegram, by a job; one by card at once.
    pub fn cancel_subscription(
        &self,
        user: UserId,
        number: i64,
    ) -> PortFuture<'_, Result<Event, StoreError>> {
        self.run(move |inner| async move {
            inner
                .transaction(async |conn| cancel(conn, &inner.keys, (user, number), wall_clock()).await)
                .await
        })
    }

    /// Telegram has cancelled it: until when it is paid.
    pub(crate) fn subscription_canceled(
        &self,
        order: String,
    ) -> PortFuture<'_, Result<Option<Millis>, StoreError>> {
        self.run(move |inner| async move {
            inner
                .transaction(async |conn| {
                    let rows = conn.query(ENDED, &[&order, &wall_clock().0]).await?;
                    rows.first().map(|row| Ok(Millis(row.try_get(0)?))).transpose()
                })
                .await
        })
    }

    /// Numbers of a user's last payments.
    pub(crate) fn payment_numbers(&self, user: UserId) -> PortFuture<'_, Result<Vec<i64>, StoreError>> {
        self.run(move |inner| async move {
            let rows = inner.check_out().await?.query(NUMBERS, &[&user.0]).await?;
            rows.iter().map(|row| row.try_get(0).map_err(Fault::from)).collect()
        })
    }
}
