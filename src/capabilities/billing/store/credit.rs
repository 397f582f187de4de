//! A payment: charge, ledger, grant and the order's state, in one transaction (I8).

use super::packs;
use super::premium::{self, Change};
use super::refund::{self, Refunding};
use super::{Kept, Telling, lock_charge, order, tell, tell_entitled};
use crate::store::PgStore;
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault, wall_clock};
use nameless_actors::capabilities::{Settled, Sold};
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::billing::{
    Account, Act, Event, GRACE_MS, Kind, Notice, Payment, Receipt, Renewal, Source, is_payer, is_price,
};
use nameless_domain::ids::UserId;
use nameless_domain::time::{DAY_MS, Millis};

/// The key: what was there before is found, and nothing happens twice.
const CHARGE: &str = "\
    INSERT INTO charges (charge_id, direction, order_id, person, user_id, currency, amount, at, cause)
    SELECT $1, 'in', $2, $3, (SELECT user_id FROM accounts WHERE user_id = $4), $5, $6, $7, $8
    ON CONFLICT (charge_id, direction) DO NOTHING RETURNING number";

const KNOWN: &str = "\
    SELECT number, cause, EXISTS (SELECT FROM ledger l WHERE l.charge_id = c.charge_id
        AND l.unit NOT IN ('XTR', 'RUB') AND l.credit = 'person') AS credited
    FROM charges c WHERE charge_id = $1 AND direction = 'in'";

/// How much of a payment has gone back.
const BACK: &str = "\
    SELECT coalesce(sum(amount), 0)::bigint FROM charges
    WHERE coalesce(returns, charge_id) = $1 AND direction = 'out'";

/// How much of a payment has gone back.
pub(super) async fn back(conn: &mut Conn, charge: &str) -> Result<i64, Fault> {
    let rows = conn.query(BACK, &[&charge]).await?;
    Ok(rows.first().map(|row| row.try_get(0)).transpose()?.unwrap_or(0))
}

/// Who has paid. Somebody who has erased themselves is nobody by now; by the hash the money is
/// theirs still.
pub(super) struct Payer {
    pub user: UserId,
    pub person: Vec<u8>,
}

impl Payer {
    /// Somebody who is there.
    pub fn of(keys: &Keys, user: UserId) -> Payer {
        Payer { user, person: keys.payer_hash(user) }
    }
}

const PAID: &str = "UPDATE orders SET state = 'paid' WHERE order_id = $1";

/// A change that was told before the first payment is not overwritten by it.
const SUBSCRIBED: &str = "\
    INSERT INTO subscriptions AS s (order_id, person, user_id, first_charge, state, paid_until, changed)
    SELECT $1, $2, (SELECT user_id FROM accounts WHERE user_id = $3), $4, 'active', $5, $6
    ON CONFLICT (order_id) DO UPDATE SET
        state = CASE WHEN s.first_charge IS NULL THEN s.state ELSE 'active' END,
        first_charge = coalesce(s.first_charge, excluded.first_charge),
        paid_until = greatest(s.paid_until, excluded.paid_until), changed = excluded.changed";

const RENEWAL: &str = "\
    INSERT INTO subscriptions AS s (order_id, person, user_id, state, paid_until, changed)
    SELECT $1, $2, (SELECT user_id FROM accounts WHERE user_id = $3), $4, 0, $5
    ON CONFLICT (order_id) DO UPDATE SET state = excluded.state, changed = excluded.changed
    WHERE s.state <> excluded.state
    RETURNING paid_until";

const DIFFERENCE: &str = "\
    INSERT INTO billing_differences (charge_id, direction, reason, amount, at) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT DO NOTHING";

/// Something that does not fit.
pub(super) async fn differs(
    conn: &mut Conn,
    charge: &str,
    direction: &str,
    reason: &str,
    amount: i64,
    now: Millis,
) -> Result<(), Fault> {
    conn.execute(DIFFERENCE, &[&charge, &direction, &reason, &amount, &now.0]).await?;
    Ok(())
}

/// Settles something that Telegram told of `from`. `cause` is the update's id; none: found in the
/// list of transactions.
pub(super) async fn settle(
    conn: &mut Conn,
    keys: &Keys,
    from: UserId,
    act: &Act,
    cause: Option<i64>,
    now: Millis,
) -> Result<Settled, Fault> {
    match act {
        Act::Paid(payment) => credit(conn, keys, &Payer::of(keys, from), payment, cause, now).await,
        Act::Refunded { charge, currency, amount } => {
            let refunding = Refunding {
                user: from.0,
                charge: charge.clone(),
                currency: currency.clone(),
                amount: *amount,
            };
            refund::refund(conn, keys, &refunding, charge, cause, now).await
        }
        Act::Subscription { payload, state } => {
            renewal(conn, keys, from, (payload, *state), cause, now).await
        }
    }
}

/// Credits a payment, whoever told of it.
pub(super) async fn credit(
    conn: &mut Conn,
    keys: &Keys,
    payer: &Payer,
    payment: &Payment,
    cause: Option<i64>,
    now: Millis,
) -> Result<Settled, Fault> {
    let Payment { charge, payload, currency, amount, .. } = payment;
    let Payer { user: from, person } = payer;
    let from = *from;
    lock_charge(conn, charge).await?;
    let kept = order(conn, keys, payload, from).await?;
    let of = kept.as_ref().map(|kept| &*kept.id);
    let rows =
        conn.query(CHARGE, &[&charge, &of, person, &from.0, &currency, &amount, &now.0, &cause]).await?;
    let Some(row) = rows.first() else { return again(conn, from, kept, payment, cause, now).await };
    let number: i64 = row.try_get(0)?;
    let mut settled = Settled { wakes: true, ..Settled::default() };
    let fits = match &kept {
        None => Err("no_order"),
        Some(kept) if !is_price(&kept.order, currency, *amount) => Err("amount"),
        Some(kept) if !is_payer(&kept.order, from) => Err("not_the_payer"),
        Some(kept) => Ok(kept),
    };
    let granted = match fits {
        Ok(kept) => grant(conn, keys, from, kept, payment, number, now).await?,
        Err(_) => None,
    };
    let (Some(to), Ok(kept)) = (granted, fits) else {
        // Never dropped: it is in the books, and somebody looks, or it goes back.
        let reason = fits.err().unwrap_or("no_account");
        let books = (Account::of_provider(currency), Account::Unassigned);
        premium::move_money(conn, person, charge, (currency, *amount), books, now).await?;
        differs(conn, charge, "in", reason, *amount, now).await?;
        if matches!(reason, "not_the_payer" | "no_account") {
            refund::ask(conn, keys, &Refunding::of(from, payment)).await?;
            settled.told = Some(Event::Say(Notice::SentBack { number }));
        }
        return Ok(settled);
    };
    let books = (Account::of_provider(currency), Account::Sales);
    premium::move_money(conn, person, charge, (currency, *amount), books, now).await?;
    conn.execute(PAID, &[&kept.id]).await?;
    if kept.order.kind == Kind::Monthly {
        let until = payment.until.unwrap_or_else(|| now.plus(i64::from(kept.amount) * DAY_MS));
        conn.execute(SUBSCRIBED, &[&kept.id, person, &from.0, &charge, &until.0, &now.0]).await?;
    }
    let back = back(conn, charge).await?;
    if back > 0 {
        // The refund was told before the payment.
        let share = (back, *amount);
        packs::take_all_back(conn, keys, to, charge, (source(kept, to, from), share), now).await?;
        if back >= *amount {
            refund::end_renewal(conn, keys, &kept.id, &Refunding::of(from, payment), now).await?;
        }
    }
    settled.entitled = vec![to];
    settled.sold = Some(Sold { product: kept.product.clone(), price: kept.order.price });
    tell_entitled(conn, keys, to, now).await?;
    let receipt = receipt(conn, from, kept, to, number).await?;
    let told = Event::Receipt { receipt, owed: cause.is_none() };
    if to != from {
        let gift = Event::Say(Notice::Gift { number, days: kept.amount });
        tell(conn, keys, to, format!("billing:gift:{charge}"), &Telling::Billing(gift)).await?;
    }
    match cause {
        Some(_) => settled.told = Some(told),
        None => tell(conn, keys, from, format!("billing:receipt:{charge}"), &Telling::Billing(told)).await?,
    }
    Ok(settled)
}

fn source(kept: &Kept, to: UserId, from: UserId) -> Source {
    if kept.order.is_gift && to != from { Source::Gift } else { Source::Charge }
}

/// Whether the first payment of a subscription is in the books: Telegram's list tells a renewal by
/// nothing else.
const HAS_BEGUN: &str = "SELECT 1 FROM subscriptions WHERE order_id = $1 AND first_charge IS NOT NULL";

/// Gives what was paid for: who has it now. None if nobody is there to have it.
async fn grant(
    conn: &mut Conn,
    keys: &Keys,
    from: UserId,
    kept: &Kept,
    payment: &Payment,
    number: i64,
    now: Millis,
) -> Result<Option<UserId>, Fault> {
    let by = format!("payment {number}");
    let renews = payment.is_recurring && !conn.query(HAS_BEGUN, &[&kept.id]).await?.is_empty();
    let late_ms = if renews { GRACE_MS } else { 0 };
    if kept.order.kind == Kind::Pack {
        let of = (Source::Charge, &*payment.charge);
        let given = packs::give(conn, keys, from, of, (kept.good, kept.amount.into()), now).await?;
        return Ok(given.then_some(from));
    }
    // A gift to somebody who is gone is the payer's own.
    for to in [kept.gift_to, Some(from)].into_iter().flatten() {
        let change = Change {
            source: source(kept, to, from),
            charge: Some(&payment.charge),
            ms: i64::from(kept.amount) * DAY_MS,
            late_ms,
            by: &by,
        };
        if premium::change(conn, keys, to, change, now).await?.is_some() {
            return Ok(Some(to));
        }
    }
    Ok(None)
}

const UNTIL: &str = "SELECT until FROM entitlements WHERE user_id = $1 AND kind = 'premium'";

async fn receipt(
    conn: &mut Conn,
    from: UserId,
    kept: &Kept,
    to: UserId,
    number: i64,
) -> Result<Receipt, Fault> {
    let until: Option<i64> = match conn.query(UNTIL, &[&to.0]).await?.first() {
        Some(row) => Some(row.try_get(0)?),
        None => None,
    };
    let until = until.filter(|_| to == from).map(Millis);
    let renews = kept.order.kind == Kind::Monthly;
    let pack = kept.order.kind == Kind::Pack;
    let until = until.filter(|_| !pack);
    let good = pack.then_some(kept.good);
    Ok(Receipt { number, price: kept.order.price, days: kept.amount, until, renews, pack, good })
}

/// A payment that was here before. The update that brought it may have lost its receipt; any other
/// says nothing.
async fn again(
    conn: &mut Conn,
    from: UserId,
    kept: Option<Kept>,
    payment: &Payment,
    cause: Option<i64>,
    now: Millis,
) -> Result<Settled, Fault> {
    if let (Some(until), Some(kept)) = (payment.until, &kept)
        && kept.order.kind == Kind::Monthly
    {
        // The list of transactions does not say until when; the update does.
        conn.execute(PAID_UNTIL, &[&kept.id, &until.0, &now.0]).await?;
    }
    let rows = conn.query(KNOWN, &[&payment.charge]).await?;
    let (Some(row), Some(kept)) = (rows.first(), kept) else { return Ok(Settled::default()) };
    let is_same = cause.is_some() && row.try_get::<_, Option<i64>>("cause")? == cause;
    if !is_same || !row.try_get::<_, bool>("credited")? {
        return Ok(Settled::default());
    }
    let to = match kept.gift_to {
        Some(to) if premium::is_known(conn, to).await? => to,
        _ => from,
    };
    let receipt = receipt(conn, from, &kept, to, row.try_get("number")?).await?;
    let told = Some(Event::Receipt { receipt, owed: false });
    Ok(Settled { told, entitled: vec![to], wakes: true, sold: None })
}

const PAID_UNTIL: &str = "\
    UPDATE subscriptions SET paid_until = $2, changed = $3 WHERE order_id = $1 AND paid_until < $2";

async fn renewal(
    conn: &mut Conn,
    keys: &Keys,
    from: UserId,
    (payload, state): (&str, Renewal),
    cause: Option<i64>,
    now: Millis,
) -> Result<Settled, Fault> {
    let mut settled = Settled::default();
    let Some(kept) = order(conn, keys, payload, from).await? else { return Ok(settled) };
    if kept.order.kind != Kind::Monthly || kept.order.owner != from {
        return Ok(settled);
    }
    let rows = conn.query(RENEWAL, &[&kept.id, &kept.person, &from.0, &state.name(), &now.0]).await?;
    let Some(row) = rows.first() else { return Ok(settled) };
    let until = Millis(row.try_get(0)?);
    if until > Millis(0) {
        settled.entitled = vec![from];
        settled.wakes = true;
        // A job of this transaction: settled once more, it changes no row, and who answers then
        // cannot know whether it was said.
        let told = Event::Say(Notice::Renewal { state, until });
        let key = format!("billing:renewal:{}:{}:{}", kept.id, state.name(), cause.unwrap_or(now.0));
        tell(conn, keys, from, key, &Telling::Billing(told)).await?;
        tell_entitled(conn, keys, from, now).await?;
    }
    Ok(settled)
}

impl PgStore {
    /// Settles what Telegram told: all of it in one transaction, and once.
    pub fn settle(
        &self,
        from: UserId,
        act: Act,
        cause: Option<i64>,
    ) -> PortFuture<'_, Result<Settled, StoreError>> {
        self.settle_at(from, act, cause, wall_clock())
    }

    /// The same at a moment of one's own, for tests of a subscription's life.
    #[doc(hidden)]
    pub fn settle_at(
        &self,
        from: UserId,
        act: Act,
        cause: Option<i64>,
        now: Millis,
    ) -> PortFuture<'_, Result<Settled, StoreError>> {
        self.run(move |inner| async move {
            let settled = inner
                .transaction(async |conn| {
                    let settled = settle(conn, &inner.keys, from, &act, cause, now).await?;
                    crate::capabilities::points::reach("billing before commit");
                    Ok(settled)
                })
                .await?;
            crate::capabilities::points::reach("billing after commit");
            Ok(settled)
        })
    }
}
