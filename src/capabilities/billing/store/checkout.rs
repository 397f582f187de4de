//! Whether somebody may pay.

use super::{order, premium};
use crate::store::PgStore;
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault, wall_clock};
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::billing::{Checkout, GRACE_MS, Others, Refusal, UNDER_WAY_MS, may_pay};
use nameless_domain::time::Millis;

const OTHERS: &str = "\
    SELECT EXISTS (SELECT FROM subscriptions
            WHERE person = $1 AND order_id <> $2 AND state = 'active' AND paid_until > $3) AS subscribed,
        EXISTS (SELECT FROM orders
            WHERE person = $1 AND order_id <> $2 AND created > $5 AND kind = 'monthly' AND state = 'open'
              AND checked > $4) AS under_way";

const CHECKED: &str = "UPDATE orders SET checked = $2 WHERE order_id = $1";

async fn check_out(
    conn: &mut Conn,
    keys: &Keys,
    payload: &str,
    by: &Checkout,
    now: Millis,
) -> Result<Result<(), Refusal>, Fault> {
    let Some(kept) = order(conn, keys, payload, by.from).await? else { return Ok(Err(Refusal::Unknown)) };
    let person = keys.payer_hash(by.from);
    premium::lock(conn, &person).await?;
    let (late, lately, young) =
        (now.plus(-GRACE_MS).0, now.plus(-UNDER_WAY_MS).0, now.plus(-2 * 86_400_000).0);
    let rows = conn.query(OTHERS, &[&person, &kept.id, &late, &lately, &young]).await?;
    let row = rows.first().ok_or_else(|| Fault::Corrupt("no answer".into()))?;
    let others = Others { subscribed: row.try_get("subscribed")?, under_way: row.try_get("under_way")? };
    let may = may_pay(&kept.order, by, others, now);
    if may.is_ok() {
        conn.execute(CHECKED, &[&kept.id, &now.0]).await?;
    }
    Ok(may)
}

impl PgStore {
    /// Whether somebody may pay an order; that they do is noted before this answers yes.
    pub fn check_out(
        &self,
        payload: String,
        by: Checkout,
    ) -> PortFuture<'_, Result<Result<(), Refusal>, StoreError>> {
        self.run(move |inner| async move {
            inner
                .transaction(async |conn| check_out(conn, &inner.keys, &payload, &by, wall_clock()).await)
                .await
        })
    }
}
