//! A payment that goes back, by whomever: the unused part of what it gave goes, too.

use super::credit::{Payer, back, differs};
pub(super) use super::wish::ask;
use super::{
    CANCEL, Canceling, REFUND, Telling, lock_charge, order, packs, premium, tell, tell_entitled, wish,
};
use crate::store::PgStore;
use crate::store::aggregates::jobs;
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault, wall_clock};
use nameless_actors::capabilities::Settled;
use nameless_actors::ports::{NewJob, PortFuture, StoreError};
use nameless_domain::capabilities::billing::{Account, Event, Notice, Payment, Price, Source, Stars};
use nameless_domain::ids::UserId;
use nameless_domain::time::Millis;
use serde::{Deserialize, Serialize};

/// A payment to be given back, or that was: also what a job of [`super::REFUND`] is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Refunding {
    pub user: i64,
    pub charge: String,
    pub currency: String,
    pub amount: i64,
}

impl Refunding {
    /// The whole of a payment.
    pub(super) fn of(user: UserId, payment: &Payment) -> Refunding {
        let Payment { charge, currency, amount, .. } = payment;
        Refunding { user: user.0, charge: charge.clone(), currency: currency.clone(), amount: *amount }
    }
}

const OF: &str = "SELECT order_id, person, amount FROM charges WHERE charge_id = $1 AND direction = 'in'";

const OUT: &str = "\
    INSERT INTO charges (charge_id, direction, order_id, person, user_id, currency, amount, at, cause, returns)
    SELECT $1, 'out', $2, $3, (SELECT user_id FROM accounts WHERE user_id = $4), $5, $6, $7, $8, $9
    ON CONFLICT (charge_id, direction) DO NOTHING RETURNING number";

const BOOKED: &str = "\
    SELECT credit FROM ledger WHERE charge_id = $1 AND unit <> 'premium' AND debit = $2 LIMIT 1";

const HOLDERS: &str = "SELECT user_id, gift_to FROM orders WHERE order_id = $1";

/// What the books still give stays paid: an older payment may have gone back.
const ENDED: &str = "\
    UPDATE subscriptions s SET state = 'canceled', method = NULL, changed = $2, paid_until = least(s.paid_until,
        greatest($2, (SELECT e.until FROM entitlements e WHERE e.user_id = s.user_id AND e.kind = 'premium')))
    WHERE s.order_id = $1 AND (s.state <> 'canceled' OR s.paid_until > $2)";

/// The first payment of a subscription that goes on, unless a job is giving this one back: that
/// cancels it as well.
const GOES_ON: &str = "\
    SELECT first_charge FROM subscriptions
    WHERE order_id = $1 AND state <> 'canceled' AND first_charge IS NOT NULL
      AND NOT EXISTS (SELECT FROM jobs j WHERE j.lane = $2 AND j.state IN ('pending', 'processing')
          AND (j.key = $3::text OR starts_with(j.key, $3::text || ':')))";

/// Money has gone back. `id` is the provider's name of that: the payment's own, or another where a
/// part can go back.
pub(super) async fn refund(
    conn: &mut Conn,
    keys: &Keys,
    refunding: &Refunding,
    id: &str,
    cause: Option<i64>,
    now: Millis,
) -> Result<Settled, Fault> {
    let Refunding { user, charge, currency, amount } = refunding;
    let from = UserId(*user);
    lock_charge(conn, charge).await?;
    let mut of: Option<String> = None;
    // Whose it is says the payment, if it is there: also of who has erased themselves.
    let Payer { mut person, .. } = Payer::of(keys, from);
    let mut paid = *amount;
    if let Some(row) = conn.query(OF, &[&charge]).await?.first() {
        (of, person, paid) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    }
    // The locks as a payment takes them.
    if let Some(of) = &of {
        order(conn, keys, of, from).await?;
    }
    let returns = (id != charge).then_some(charge);
    let rows =
        conn.query(OUT, &[&id, &of, &person, user, &currency, &amount, &now.0, &cause, &returns]).await?;
    let mut settled = Settled::default();
    if rows.is_empty() {
        return Ok(settled);
    }
    let is_whole = back(conn, charge).await? >= paid;
    let provider = Account::of_provider(currency);
    let booked = conn.query(BOOKED, &[&charge, &provider.name()]).await?;
    let account = match booked.first().map(|row| row.try_get::<_, &str>(0)).transpose()? {
        Some("unassigned") => Account::Unassigned,
        Some(_) => Account::Sales,
        None => {
            // Of a payment that was not told, or will be told later: then this is found.
            differs(conn, charge, "out", "refund_of_unknown", *amount, now).await?;
            Account::Sales
        }
    };
    premium::move_money(conn, &person, charge, (currency, *amount), (account, provider), now).await?;
    if let Some(of) = &of {
        for holder in holders(conn, of, from).await? {
            let source = if holder == from { Source::Charge } else { Source::Gift };
            let share = if is_whole { (paid, paid) } else { (*amount, paid) };
            if packs::take_all_back(conn, keys, holder, charge, (source, share), now).await? > 0 {
                settled.entitled.push(holder);
                tell_entitled(conn, keys, holder, now).await?;
            }
        }
        if is_whole {
            end_renewal(conn, keys, of, refunding, now).await?;
        }
    }
    if let (Some(number), Some(price)) = (number_of(conn, charge).await?, Price::of(currency, *amount)) {
        let told = Event::Say(Notice::Refund { number, price, part: *amount < paid });
        tell(conn, keys, from, format!("billing:refunded:{id}"), &Telling::Billing(told)).await?;
    }
    settled.wakes = true;
    Ok(settled)
}

/// All of a payment has gone back: its subscription, if it is of one, renews no more. Whether a
/// refund by Telegram itself ends it there is nowhere said, so a job does: of nobody's, as they are
/// told of the refund.
pub(super) async fn end_renewal(
    conn: &mut Conn,
    keys: &Keys,
    order: &str,
    refunding: &Refunding,
    now: Millis,
) -> Result<(), Fault> {
    if refunding.currency == Stars::UNIT {
        let rows = conn.query(GOES_ON, &[&order, &REFUND, &wish::key(&refunding.charge)]).await?;
        if let Some(row) = rows.first() {
            let charge: String = row.try_get("first_charge")?;
            let canceling = Canceling { user: refunding.user, order: order.to_owned(), charge };
            let words = serde_json::to_vec(&canceling);
            let words = words.map_err(|_| Fault::Corrupt("a job without words".into()))?;
            let key = format!("billing:cancel:{order}:returned:{}", refunding.charge);
            jobs::add(conn, keys, &[NewJob::new(CANCEL, key, words)]).await?;
        }
    }
    conn.execute(ENDED, &[&order, &now.0]).await.map(drop)
}

const NUMBER_OF: &str = "SELECT number FROM charges WHERE charge_id = $1 AND direction = 'in'";

async fn number_of(conn: &mut Conn, charge: &str) -> Result<Option<i64>, Fault> {
    Ok(conn.query(NUMBER_OF, &[&charge]).await?.first().map(|row| row.try_get(0)).transpose()?)
}

/// Who may have what was paid for: the one for whom it was, and the payer.
async fn holders(conn: &mut Conn, of: &str, from: UserId) -> Result<Vec<UserId>, Fault> {
    let mut holders = vec![from];
    for row in conn.query(HOLDERS, &[&of]).await? {
        for column in ["user_id", "gift_to"] {
            holders.extend(row.try_get::<_, Option<i64>>(column)?.map(UserId));
        }
    }
    holders.sort_unstable();
    holders.dedup();
    Ok(holders)
}

impl PgStore {
    /// The provider has given a payment back at our wish, and names that so.
    pub(crate) fn refunded(
        &self,
        refunding: Refunding,
        id: String,
    ) -> PortFuture<'_, Result<Settled, StoreError>> {
        self.run(move |inner| async move {
            inner
                .transaction(async |conn| {
                    refund(conn, &inner.keys, &refunding, &id, None, wall_clock()).await
                })
                .await
        })
    }

    /// The first payment of the subscription that a payment belongs to, if it renews.
    pub(crate) fn renews(&self, charge: String) -> PortFuture<'_, Result<Option<String>, StoreError>> {
        self.run(move |inner| async move {
            let rows = inner.check_out().await?.query(FIRST, &[&charge]).await?;
            Ok(rows.first().map(|row| row.try_get(0)).transpose()?)
        })
    }
}

const FIRST: &str = "\
    SELECT s.first_charge FROM charges c JOIN subscriptions s ON s.order_id = c.order_id
    WHERE c.charge_id = $1 AND c.direction = 'in' AND s.first_charge IS NOT NULL";
