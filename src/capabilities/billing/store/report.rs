//! What the books say.

use super::premium;
use crate::store::PgStore;
use crate::store::pg::{Conn, Fault};
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::billing::{Account, Kopecks, Stars};
use nameless_domain::ids::UserId;
use nameless_domain::time::Millis;

const MONTH: &str = "\
    SELECT coalesce(o.product, '-') AS product, c.currency,
        count(*) FILTER (WHERE c.direction = 'in') AS payments,
        coalesce(sum(c.amount) FILTER (WHERE c.direction = 'in'), 0)::bigint AS paid,
        count(*) FILTER (WHERE c.direction = 'out') AS refunds,
        coalesce(sum(c.amount) FILTER (WHERE c.direction = 'out'), 0)::bigint AS refunded
    FROM charges c LEFT JOIN orders o ON o.order_id = c.order_id
    WHERE c.at >= $1 AND c.at < $2 GROUP BY 1, 2 ORDER BY 1, 2";

const DIFFERENCES: &str = "\
    SELECT d.charge_id, d.direction, d.reason, d.amount, d.at,
        (SELECT number FROM charges c WHERE c.charge_id = d.charge_id AND c.direction = 'in') AS number
    FROM billing_differences d
    WHERE NOT (d.reason = 'refund_of_unknown' AND EXISTS (
        SELECT FROM charges c WHERE c.charge_id = d.charge_id AND c.direction = 'in'))
    ORDER BY d.at DESC LIMIT $1";

/// Each account's sum, and what the charges say of the same.
const SUMS: &str = "\
    SELECT coalesce(sum(CASE WHEN debit = $1 THEN amount WHEN credit = $1 THEN -amount ELSE 0 END), 0)::bigint AS held,
        (SELECT coalesce(sum(CASE direction WHEN 'in' THEN amount ELSE -amount END), 0)::bigint FROM charges
            WHERE currency = $2) AS charged
    FROM ledger WHERE unit = $2";

/// Each entry twice, as the two accounts see it.
const BALANCE: &str = "\
    SELECT coalesce(sum(amount), 0)::bigint AS sum FROM (
        SELECT amount FROM ledger UNION ALL SELECT -amount FROM ledger) AS legs";

const OVERDRAWN: &str = "\
    SELECT count(*) FROM (
        SELECT person FROM ledger WHERE unit NOT IN ('XTR', 'RUB', 'premium') GROUP BY person, unit
        HAVING sum(CASE WHEN credit = 'person' THEN amount ELSE -amount END) < 0) AS each";

const HOLDERS: &str = "SELECT user_id, until FROM entitlements WHERE kind = 'premium' ORDER BY user_id";

/// What one product brought in a month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Month {
    /// Which; `-`: payments of no order.
    pub product: String,
    /// In which currency.
    pub currency: String,
    /// How many paid.
    pub payments: i64,
    /// How much.
    pub paid: i64,
    /// How many got it back.
    pub refunds: i64,
    /// How much.
    pub refunded: i64,
}

/// Something that does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The provider's name of it.
    pub charge: String,
    /// `in` or `out`.
    pub direction: String,
    /// Why.
    pub reason: String,
    /// How much.
    pub amount: i64,
    /// When it was noticed.
    pub at: Millis,
    /// Our number of the payment, if it is known.
    pub number: Option<i64>,
}

/// Whether the books are right.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audit {
    /// All accounts together.
    pub sum: i64,
    /// Stars that Telegram holds by the ledger, and by the charges.
    pub telegram: (i64, i64),
    /// Kopecks that YooKassa holds by the ledger, and by the charges.
    pub yookassa: (i64, i64),
    /// Users whose premium does not follow from the ledger.
    pub unexplained: Vec<UserId>,
    /// People who have used more of packs than they had.
    pub overdrawn: i64,
}

impl Audit {
    /// Nothing is wrong.
    pub fn is_right(&self) -> bool {
        let agree = |(ledger, charges)| ledger == charges;
        self.sum == 0
            && agree(self.telegram)
            && agree(self.yookassa)
            && self.unexplained.is_empty()
            && self.overdrawn == 0
    }
}

async fn month(conn: &mut Conn, from: Millis, to: Millis) -> Result<Vec<Month>, Fault> {
    let mut lines = Vec::new();
    for row in conn.query(MONTH, &[&from.0, &to.0]).await? {
        lines.push(Month {
            product: row.try_get("product")?,
            currency: row.try_get("currency")?,
            payments: row.try_get("payments")?,
            paid: row.try_get("paid")?,
            refunds: row.try_get("refunds")?,
            refunded: row.try_get("refunded")?,
        });
    }
    Ok(lines)
}

impl PgStore {
    /// What each product brought between two moments.
    pub fn billing_month(&self, from: Millis, to: Millis) -> PortFuture<'_, Result<Vec<Month>, StoreError>> {
        self.run(move |inner| async move { month(&mut *inner.check_out().await?, from, to).await })
    }

    /// What does not fit, the newest first.
    pub fn billing_differences(&self, most: u32) -> PortFuture<'_, Result<Vec<Difference>, StoreError>> {
        self.run(move |inner| async move {
            let mut found = Vec::new();
            for row in inner.check_out().await?.query(DIFFERENCES, &[&i64::from(most)]).await? {
                found.push(Difference {
                    charge: row.try_get("charge_id")?,
                    direction: row.try_get("direction")?,
                    reason: row.try_get("reason")?,
                    amount: row.try_get("amount")?,
                    at: Millis(row.try_get("at")?),
                    number: row.try_get("number")?,
                });
            }
            Ok(found)
        })
    }

    /// Looks whether the books are right. Reads every entitlement: for tests and for an operator.
    pub fn billing_audit(&self) -> PortFuture<'_, Result<Audit, StoreError>> {
        self.run(move |inner| async move {
            inner
                .transaction(async |conn| {
                    let mut audit = Audit::default();
                    if let Some(row) = conn.query(BALANCE, &[]).await?.first() {
                        audit.sum = row.try_get(0)?;
                    }
                    if let Some(row) = conn.query(OVERDRAWN, &[]).await?.first() {
                        audit.overdrawn = row.try_get(0)?;
                    }
                    for unit in [Stars::UNIT, Kopecks::UNIT] {
                        let held = Account::of_provider(unit).name();
                        let rows = conn.query(SUMS, &[&held, &unit]).await?;
                        let Some(row) = rows.first() else { continue };
                        let sums = (row.try_get("held")?, row.try_get("charged")?);
                        if unit == Stars::UNIT { audit.telegram = sums } else { audit.yookassa = sums }
                    }
                    for row in conn.query(HOLDERS, &[]).await? {
                        let user = UserId(row.try_get("user_id")?);
                        let until = Millis(row.try_get("until")?);
                        let holding = premium::holding(conn, &inner.keys.payer_hash(user)).await?;
                        if holding.until() != Some(until) {
                            audit.unexplained.push(user);
                        }
                    }
                    Ok(audit)
                })
                .await
        })
    }
}
