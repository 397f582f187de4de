//! Payments as operators look at them.

use super::{premium, wish};
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault};
use nameless_actors::capabilities::{
    Answer, Denied, LedgerLine, Page, PaymentLine, PaymentPage, RefundState, Refunding,
};
use nameless_domain::capabilities::admin::{Flaw, Refusal};
use nameless_domain::capabilities::billing::{Renewal, comes_of};
use nameless_domain::ids::UserId;
use nameless_domain::time::Millis;
use tokio_postgres::Row;

/// What a line is made of.
macro_rules! lines {
    ($condition:literal) => {
        concat!(
            "SELECT c.number, c.user_id, c.person, c.charge_id, c.currency, c.amount, c.at, o.product, o.gift_person,
                s.state, (SELECT max(b.at) FROM charges b
                    WHERE coalesce(b.returns, b.charge_id) = c.charge_id AND b.direction = 'out'
                    HAVING sum(b.amount) >= c.amount) AS refunded
            FROM charges c LEFT JOIN orders o ON o.order_id = c.order_id
                LEFT JOIN subscriptions s ON s.order_id = c.order_id AND s.first_charge = c.charge_id
            WHERE c.direction = 'in' AND ",
            $condition
        )
    };
}

const ALL: &str = lines!("c.number < $1 ORDER BY c.number DESC LIMIT $2");

const OF: &str = lines!("c.number < $1 AND c.person = $3 ORDER BY c.number DESC LIMIT $2");

const ONE: &str = lines!("c.number = $1");

/// A person's entries about premium, and about the money that they paid.
const LEDGER: &str = "\
    SELECT l.entry, l.at, l.source, l.unit, l.debit, l.credit, l.amount,
        (SELECT c.number FROM charges c WHERE c.charge_id = l.charge_id AND c.direction = 'in') AS number
    FROM ledger l
    WHERE (l.person = $1 AND l.unit = 'premium')
        OR (l.unit <> 'premium' AND l.charge_id = ANY(ARRAY(SELECT charge_id FROM charges WHERE person = $1)))
    ORDER BY l.entry DESC LIMIT 200";

fn line(row: &Row) -> Result<PaymentLine, Fault> {
    Ok(PaymentLine {
        payment: row.try_get("number")?,
        user: row.try_get::<_, Option<i64>>("user_id")?.map(UserId),
        product: row.try_get("product")?,
        gift: row.try_get::<_, Option<Vec<u8>>>("gift_person")?.is_some(),
        currency: row.try_get("currency")?,
        amount: row.try_get("amount")?,
        at: Millis(row.try_get("at")?),
        refunded: row.try_get::<_, Option<i64>>("refunded")?.map(Millis),
        renewal: row.try_get::<_, Option<&str>>("state")?.and_then(Renewal::from_name),
    })
}

/// Payments before a number, the newest first: of one person, also of who has erased themselves, or
/// of all.
pub(crate) async fn page(
    conn: &mut Conn,
    keys: &Keys,
    before: i64,
    limit: u32,
    of: Option<UserId>,
) -> Result<Page<PaymentLine>, Fault> {
    let most = i64::from(limit);
    let rows = match of {
        Some(user) => conn.query(OF, &[&before, &most, &keys.payer_hash(user)]).await?,
        None => conn.query(ALL, &[&before, &most]).await?,
    };
    let items = rows.iter().map(line).collect::<Result<Vec<_>, _>>()?;
    let full = rows.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
    let next = items.last().filter(|_| full).map(|last| last.payment);
    Ok(Page { items, next })
}

/// A payment with its payer's books, and who that was; none if there is none.
pub(crate) async fn one(
    conn: &mut Conn,
    payment: i64,
    now: Millis,
) -> Result<Option<(PaymentPage, Option<UserId>)>, Fault> {
    let rows = conn.query(ONE, &[&payment]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let (line, charge): (_, String) = (line(row)?, row.try_get("charge_id")?);
    let person: Vec<u8> = row.try_get("person")?;
    let mut holders = vec![person.clone()];
    holders.extend(row.try_get::<_, Option<Vec<u8>>>("gift_person")?.filter(|gift| *gift != person));
    let mut unused_ms = 0;
    for holder in &holders {
        unused_ms += premium::holding(conn, holder).await?.unused(&charge, now);
    }
    let waits = !wish::under_way(conn, &charge).await?.is_empty();
    let mut ledger = Vec::new();
    for row in conn.query(LEDGER, &[&person]).await? {
        let (debit, credit): (String, String) = (row.try_get("debit")?, row.try_get("credit")?);
        ledger.push(LedgerLine {
            entry: row.try_get("entry")?,
            at: Millis(row.try_get("at")?),
            payment: row.try_get("number")?,
            source: comes_of(row.try_get("source")?, &debit, &credit).to_owned(),
            unit: row.try_get("unit")?,
            debit,
            credit,
            amount: row.try_get("amount")?,
        });
    }
    let whose = line.user;
    let refunding = waits && line.refunded.is_none();
    Ok(Some((PaymentPage { line, refunding, unused_ms, ledger }, whose)))
}

/// An operator gives a payment, or a part of one by card, back: what is answered, and whose it is.
pub(crate) async fn give_back(
    conn: &mut Conn,
    keys: &Keys,
    payment: i64,
    (payer, part): (Option<UserId>, Option<i64>),
) -> Result<Result<(Answer, Option<UserId>), Denied>, Fault> {
    use wish::Asked;
    let (state, whose) = match wish::ask_by_number(conn, keys, payment, (payer, part)).await? {
        (Asked::Soon, whose) => (RefundState::Soon, whose),
        (Asked::UnderWay, whose) => (RefundState::UnderWay, whose),
        (Asked::Before, whose) => (RefundState::Before, whose),
        (Asked::NoPayment, _) => return Ok(Ok((Answer::Missing, None))),
        (Asked::NotSoMuch, _) => return Ok(Err(Denied::Refused(Refusal::Flawed(Flaw::Part)))),
        (Asked::WhoseIsIt | Asked::NotTheirs, _) => {
            return Ok(Err(Denied::Refused(Refusal::Flawed(Flaw::Payer))));
        }
    };
    Ok(Ok((Answer::Refunding(Refunding { payment, state }), whose)))
}
