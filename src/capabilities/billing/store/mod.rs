//! Orders, charges, the ledger and what follows from it: each step is one transaction.
//!
//! Locks are taken in one order: the payment's name, then as an erasure takes them: accounts, the
//! order's row, the person whose premium changes. Whoever comes second finds what the first has
//! written.

mod cards;
mod checkout;
mod company;
mod credit;
mod invite;
mod orders;
pub(crate) mod packs;
pub(crate) mod premium;
mod reconcile;
mod refund;
mod renew;
mod report;
pub(crate) mod shown;
mod tables;
mod trial;
mod wish;

pub(crate) use cards::{Look, Opening};
pub use cards::{Paid, Returned};
pub(crate) use orders::Canceling;
pub(crate) use reconcile::Transaction;
pub(crate) use refund::Refunding;
pub(crate) use renew::Renewing;
pub use report::{Audit, Difference, Month};
pub(crate) use tables::TABLES;
pub use wish::Asked;

use crate::store::aggregates::jobs;
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault};
use nameless_actors::ports::NewJob;
use nameless_domain::capabilities;
use nameless_domain::capabilities::billing::{Event, Good, Kind, Order, Price};
use nameless_domain::ids::UserId;
use nameless_domain::time::Millis;
use serde::{Deserialize, Serialize};
use tokio_postgres::Row;

/// Tells a person something about their payments, or of what they have now.
pub(crate) const TELL: &str = nameless_actors::capabilities::BILLING_TELL;
/// Gives a payment back.
pub(crate) const REFUND: &str = "billing_refund";
/// Has a subscription not renewed.
pub(crate) const CANCEL: &str = "billing_cancel";

/// Charges what renews by card.
pub(crate) const RENEW: &str = "billing_renew";

/// Makes the page on which something is paid by card.
pub(crate) const CARD: &str = "billing_card";
/// Looks at a payment by card, or at what goes back of one.
pub(crate) const LOOK: &str = nameless_actors::capabilities::BILLING_LOOK;

/// What a job of [`TELL`] says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Telling {
    /// What the person has has changed: read it, and tell the session.
    Entitled,
    /// Something of billing's.
    Billing(Event),
}

/// Has a person told, on whichever node they live, once this is committed.
pub(crate) async fn tell(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    key: String,
    telling: &Telling,
) -> Result<(), Fault> {
    let words =
        serde_json::to_vec(telling).map_err(|_| Fault::Corrupt("a line that cannot be written".into()))?;
    jobs::add(conn, keys, &[NewJob::new(TELL, key, words).of(user)]).await.map(drop)
}

/// Has a person's session told what they have now.
pub(crate) async fn tell_entitled(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    now: Millis,
) -> Result<(), Fault> {
    // At one moment once: it is read when it is told.
    tell(conn, keys, user, format!("billing:entitled:{}:{}", user.0, now.0), &Telling::Entitled).await
}

/// An order and whose it is.
pub(crate) struct Kept {
    pub id: String,
    pub order: Order,
    /// Whose hash it bears.
    pub person: Vec<u8>,
    pub gift_to: Option<UserId>,
    /// Days of premium, or how much a pack holds.
    pub amount: u32,
    /// The product's id.
    pub product: String,
    /// What a pack holds.
    pub good: Good,
}

/// Of a payment, which may not be there yet: neither it nor its refund would find a row to wait
/// for.
const CHARGE: &str = "SELECT pg_advisory_xact_lock(5642810, hashtext($1))";

/// Takes the lock of a payment until the transaction ends: it and its refund come one by one.
pub(crate) async fn lock_charge(conn: &mut Conn, charge: &str) -> Result<(), Fault> {
    conn.query(CHARGE, &[&charge]).await.map(drop)
}

const ORDER: &str = "\
    SELECT order_id, person, user_id, gift_person, gift_to, kind, days, currency, amount, state, expires, checked, product,
        good
    FROM orders WHERE order_id = $1 FOR UPDATE";

/// Whose accounts have to be there until the transaction ends.
const NAMED: &str = "SELECT gift_to FROM orders WHERE order_id = $1";

const ACCOUNTS: &str = "\
    SELECT user_id FROM accounts WHERE user_id = ANY($1) ORDER BY user_id FOR KEY SHARE";

/// An order, locked until the transaction ends. Somebody who has erased themselves is no owner any
/// more: their id stands for nobody.
pub(crate) async fn order(
    conn: &mut Conn,
    keys: &Keys,
    id: &str,
    from: UserId,
) -> Result<Option<Kept>, Fault> {
    // A payload is at most so long; others are nobody's.
    if id.len() > 128 {
        return Ok(None);
    }
    let mut people = vec![from.0];
    if let Some(row) = conn.query(NAMED, &[&id]).await?.first() {
        people.extend(row.try_get::<_, Option<i64>>(0)?);
    }
    conn.query(ACCOUNTS, &[&people]).await?;
    match conn.query(ORDER, &[&id]).await?.first() {
        Some(row) => kept(row, keys, from).map(Some),
        None => Ok(None),
    }
}

fn kept(row: &Row, keys: &Keys, from: UserId) -> Result<Kept, Fault> {
    let person: Vec<u8> = row.try_get("person")?;
    let owner: Option<i64> = row.try_get("user_id")?;
    // By the hash, as the id goes with an erasure, and the money that comes then is theirs still.
    let owner = match person == keys.payer_hash(from) {
        true => from,
        false => UserId(owner.unwrap_or_default()),
    };
    let kind = Kind::from_name(row.try_get("kind")?);
    let price = Price::of(row.try_get("currency")?, row.try_get("amount")?);
    let (Some(kind), Some(price)) = (kind, price) else {
        return Err(Fault::Corrupt("an order of no kind or price".into()));
    };
    let is_gift = row.try_get::<_, Option<Vec<u8>>>("gift_person")?.is_some();
    Ok(Kept {
        id: row.try_get("order_id")?,
        order: Order {
            owner,
            is_gift,
            kind,
            price,
            is_paid: row.try_get::<_, &str>("state")? == "paid",
            expires: Millis(row.try_get("expires")?),
            checked: row.try_get::<_, Option<i64>>("checked")?.map(Millis),
        },
        person,
        gift_to: row.try_get::<_, Option<i64>>("gift_to")?.map(UserId),
        amount: u32::try_from(row.try_get::<_, i32>("days")?).unwrap_or_default(),
        product: row.try_get("product")?,
        good: row.try_get::<_, Option<&str>>("good")?.and_then(Good::from_name).unwrap_or(Good::Companion),
    })
}

/// An end of a job of [`TELL`] as its user's session hears it.
pub(crate) fn heard(result: &[u8]) -> Option<capabilities::Event> {
    serde_json::from_slice(result).ok()
}
