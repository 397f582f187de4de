//! What is kept here.

use super::{invite, orders, packs, premium};
use crate::store::pg::{Conn, Fault};
use crate::store::rfc3339;
use crate::store::table::{Erasing, Erasure, Expiry, Export, Stage, Step, Table};
use nameless_domain::ids::UserId;
use serde_json::{Value, json};

/// Tax law wants payments for so long.
const YEARS: &str =
    "5 years; outlives an erasure without the id, under a hash that means nothing without the key";
const STAYS: &str = "the law wants payments kept; without the key the hash means nothing";

pub(crate) const TABLES: &[Table] = &[
    Table {
        name: "orders",
        life: "a week if it is not paid, else 5 years; outlives an erasure without the ids, under hashes that mean nothing without the key",
        ids: &["person", "user_id", "gift_person", "gift_to"],
        words: &[],
        other: &[
            "order_id", "seq", "product", "kind", "currency", "amount", "state", "created", "expires", "checked",
            "good",
        ],
        stays: &[("person", STAYS), ("gift_person", STAYS)],
        export: Export::Section("orders", |conn, _, user| Box::pin(ordered(conn, user))),
        erasure: Erasure::Steps(&[
            Step::at(Stage::Locked, "UPDATE orders SET user_id = NULL WHERE user_id = $1"),
            Step::at(Stage::Locked, "UPDATE orders SET gift_to = NULL WHERE gift_to = $1"),
        ]),
        expiry: Expiry::Rows {
            before: |lives| lives.days(7),
            sql: "DELETE FROM orders WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM orders WHERE expires < $1 - CASE state WHEN 'open' THEN 0 ELSE 157680000000 END
                ORDER BY expires LIMIT $2))",
        },
    },
    Table {
        name: "charges",
        life: YEARS,
        ids: &["person", "user_id"],
        words: &[],
        other: &["charge_id", "direction", "number", "order_id", "currency", "amount", "at", "cause", "returns"],
        stays: &[("person", STAYS)],
        export: Export::Section("payments", |conn, _, user| Box::pin(charges(conn, user))),
        erasure: Erasure::Steps(&[Step::at(
            Stage::Locked,
            "UPDATE charges SET user_id = NULL WHERE user_id = $1",
        )]),
        expiry: Expiry::Rows {
            before: |lives| lives.days(5 * 365),
            sql: "DELETE FROM charges WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM charges WHERE at < $1 ORDER BY at LIMIT $2))",
        },
    },
    Table {
        name: "subscriptions",
        life: "as its order; outlives an erasure without the id, under a hash that means nothing without the key",
        ids: &["person", "user_id"],
        words: &[],
        // `method` is the provider's name of a card that it keeps; it goes with the erasure.
        other: &["order_id", "first_charge", "state", "paid_until", "changed", "method"],
        stays: &[("person", STAYS)],
        export: Export::Section("subscriptions", |conn, _, user| Box::pin(subscriptions(conn, user))),
        erasure: Erasure::Steps(&[
            // Who goes is not charged for ever.
            Step::routine(Stage::Notes, |conn, erasing| Box::pin(orders::cancel_all(conn, erasing))),
            Step::at(Stage::Locked, "UPDATE subscriptions SET user_id = NULL WHERE user_id = $1"),
        ]),
        expiry: Expiry::No("a row for each subscription that ever began; a handful of bytes"),
    },
    Table {
        name: "ledger",
        life: "for ever: amounts, under a hash that means nothing without the key",
        ids: &["person"],
        words: &[],
        other: &["entry", "at", "charge_id", "source", "unit", "debit", "credit", "amount", "late"],
        stays: &[("person", STAYS)],
        export: Export::No("it follows from the payments and entitlements, which are exported"),
        // Premium that was left is given up, so that the ledger says what somebody has who comes
        // again: nothing.
        erasure: Erasure::Steps(&[Step::routine(Stage::Locked, |conn, erasing| {
            Box::pin(give_up(conn, erasing))
        })]),
        expiry: Expiry::No("books are not shortened"),
    },
    Table {
        name: "trials",
        life: "for ever: who has had their trial, as a hash that means nothing without the key",
        ids: &["person"],
        words: &[],
        other: &["seq", "at"],
        stays: &[("person", "erasing is no way to a second trial; without the key the hash means nothing")],
        export: Export::No("it follows from the entitlements, which are exported"),
        erasure: Erasure::No("erasing is no way to a second trial"),
        expiry: Expiry::No("a second trial is none in a year, either; a few bytes a person"),
    },
    Table {
        name: "invitations",
        life: "until erased: the link by which somebody invites others",
        ids: &["user_id"],
        words: &[],
        other: &["code", "at"],
        stays: &[],
        export: Export::Section("invitation", |conn, _, user| Box::pin(invitation(conn, user))),
        erasure: Erasure::Steps(&[Step::at(Stage::Locked, "DELETE FROM invitations WHERE user_id = $1")]),
        expiry: Expiry::No("a link that was given away stays good; a few bytes a person"),
    },
    Table {
        name: "arrivals",
        life: "for ever: who came by a link, as a hash that means nothing without the key; whose link it was a week at most, until they have talked, or until one of the two is erased",
        ids: &["person", "inviter"],
        words: &[],
        other: &["at"],
        stays: &[("person", "erasing makes nobody new; without the key the hash means nothing")],
        export: Export::No("who invited somebody is not theirs to know; what came of it is in the entitlements"),
        erasure: Erasure::Steps(&[
            Step::at(Stage::Locked, "UPDATE arrivals SET inviter = NULL WHERE inviter = $1"),
            Step::routine(Stage::Locked, |conn, erasing| Box::pin(invite::forget(conn, erasing))),
        ]),
        expiry: Expiry::Rows {
            before: |lives| lives.days(7),
            sql: "UPDATE arrivals SET inviter = NULL WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM arrivals WHERE inviter IS NOT NULL AND at < $1 ORDER BY at LIMIT $2))",
        },
    },
    Table {
        name: "billing_cursors",
        life: "for ever, one row a bot",
        ids: &[],
        words: &[],
        other: &["name", "rows", "at"],
        stays: &[],
        export: Export::No("nothing of people is in it"),
        erasure: Erasure::No("nothing of people is in it"),
        expiry: Expiry::No("one row a bot"),
    },
    Table {
        name: "billing_differences",
        life: "a year",
        ids: &[],
        words: &[],
        other: &["charge_id", "direction", "reason", "amount", "at"],
        stays: &[],
        export: Export::No("names of payments; whose they are stands with the payments"),
        erasure: Erasure::No("nothing of people is in it"),
        expiry: Expiry::Rows {
            before: |lives| lives.days(365),
            sql: "DELETE FROM billing_differences WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM billing_differences WHERE at < $1 ORDER BY at LIMIT $2))",
        },
    },
];

const ORDERS: &str = "\
    SELECT product, amount, currency, state, created FROM orders WHERE user_id = $1 ORDER BY created";

const CHARGES: &str = "\
    SELECT number, direction, amount, currency, at FROM charges WHERE user_id = $1 ORDER BY number";

const SUBSCRIPTIONS: &str = "\
    SELECT state, paid_until FROM subscriptions WHERE user_id = $1 ORDER BY changed";

async fn ordered(conn: &mut Conn, user: UserId) -> Result<Value, Fault> {
    let mut all = Vec::new();
    for row in conn.query(ORDERS, &[&user.0]).await? {
        all.push(json!({
            "product": row.try_get::<_, &str>("product")?, "amount": row.try_get::<_, i64>("amount")?,
            "currency": row.try_get::<_, &str>("currency")?, "state": row.try_get::<_, &str>("state")?,
            "at": rfc3339(row.try_get("created")?),
        }));
    }
    Ok(json!(all))
}

async fn charges(conn: &mut Conn, user: UserId) -> Result<Value, Fault> {
    let mut all = Vec::new();
    for row in conn.query(CHARGES, &[&user.0]).await? {
        let what = match row.try_get::<_, &str>("direction")? {
            "in" => "payment",
            _ => "refund",
        };
        all.push(json!({
            "number": row.try_get::<_, i64>("number")?, "what": what,
            "amount": row.try_get::<_, i64>("amount")?, "currency": row.try_get::<_, &str>("currency")?,
            "at": rfc3339(row.try_get("at")?),
        }));
    }
    Ok(json!(all))
}

async fn subscriptions(conn: &mut Conn, user: UserId) -> Result<Value, Fault> {
    let mut all = Vec::new();
    for row in conn.query(SUBSCRIPTIONS, &[&user.0]).await? {
        all.push(json!({
            "state": row.try_get::<_, &str>("state")?, "paid_until": rfc3339(row.try_get("paid_until")?),
        }));
    }
    Ok(json!(all))
}

const INVITATION: &str = "SELECT code, at FROM invitations WHERE user_id = $1";

async fn invitation(conn: &mut Conn, user: UserId) -> Result<Value, Fault> {
    let rows = conn.query(INVITATION, &[&user.0]).await?;
    let Some(row) = rows.first() else { return Ok(Value::Null) };
    Ok(json!({ "code": row.try_get::<_, &str>("code")?, "made": rfc3339(row.try_get("at")?) }))
}

async fn give_up(conn: &mut Conn, erasing: Erasing<'_>) -> Result<(), Fault> {
    let Erasing { user, keys, now } = erasing;
    packs::give_up(conn, keys, user, now).await?;
    premium::give_up(conn, keys, user, now).await
}
