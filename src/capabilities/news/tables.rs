//! What is kept here, and who wants news.

use crate::store::pg::{Conn, Fault, wall_clock};
use crate::store::table::{Erasure, Expiry, Export, Stage, Step, Table};
use crate::store::{PgStore, rfc3339};
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::news::Event;
use nameless_domain::ids::UserId;
use nameless_domain::time::Millis;
use serde_json::{Value, json};

pub(crate) const TABLES: &[Table] = &[
    Table {
        name: "broadcasts",
        life: "365 days: what operators told everybody, and how many have it",
        ids: &["by"],
        words: &["draft"],
        other: &[
            "broadcast_id",
            "state",
            "why",
            "created",
            "started",
            "ended",
            "people",
            "sent",
            "gone",
            "failed",
            "left_out",
            "reached",
            "holder",
            "runs",
        ],
        stays: &[("by", "the operator who wrote it"), ("draft", "an operator's words to everybody")],
        export: Export::No("it tells nothing of anybody"),
        erasure: Erasure::No("it tells nothing of anybody"),
        expiry: Expiry::Rows {
            before: |lives| lives.days(365),
            sql: "DELETE FROM broadcasts WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM broadcasts WHERE created < $1 ORDER BY created LIMIT $2))",
        },
    },
    Table {
        name: "broadcast_due",
        life: "until they have it, or erase themselves",
        ids: &["user_id"],
        words: &[],
        other: &["broadcast_id", "since", "waits"],
        stays: &[],
        export: Export::No("what they are about to read"),
        // Written under the account's lock: what a writer beside an erasure leaves is found.
        erasure: Erasure::Steps(&[Step::at(Stage::Locked, "DELETE FROM broadcast_due WHERE user_id = $1")]),
        expiry: Expiry::No("its broadcast's end"),
    },
    Table {
        name: "news_off",
        life: "until they want news again, or erase themselves",
        ids: &["user_id"],
        words: &[],
        other: &["since"],
        stays: &[],
        export: Export::Section("news", |conn, _, user| Box::pin(own(conn, user))),
        erasure: Erasure::Steps(&[Step::at(Stage::Locked, "DELETE FROM news_off WHERE user_id = $1")]),
        expiry: Expiry::No("the person, or the erasure"),
    },
];

const OFF: &str = "SELECT since FROM news_off WHERE user_id = $1";

/// The account's lock first: an erasure beside this waits, or there is nobody.
const ACCOUNT: &str = "SELECT user_id FROM accounts WHERE user_id = $1 FOR KEY SHARE";

const TURN_OFF: &str =
    "INSERT INTO news_off (user_id, since) VALUES ($1, $2) ON CONFLICT (user_id) DO NOTHING";

const TURN_ON: &str = "DELETE FROM news_off WHERE user_id = $1";

/// Since when somebody wants none.
async fn off(conn: &mut Conn, user: UserId) -> Result<Option<i64>, Fault> {
    let rows = conn.query(OFF, &[&user.0]).await?;
    rows.first().map(|row| Ok(row.try_get("since")?)).transpose()
}

/// A person's own, for the export.
async fn own(conn: &mut Conn, user: UserId) -> Result<Value, Fault> {
    Ok(json!({ "off_since": off(conn, user).await?.map(rfc3339) }))
}

async fn turn(conn: &mut Conn, user: UserId, on: bool, now: Millis) -> Result<Event, Fault> {
    if conn.query(ACCOUNT, &[&user.0]).await?.is_empty() {
        return Ok(Event::Unknown);
    }
    match on {
        true => conn.execute(TURN_ON, &[&user.0]).await?,
        false => conn.execute(TURN_OFF, &[&user.0, &now.0]).await?,
    };
    Ok(Event::Turned(on))
}

pub(super) fn gets(store: &PgStore, user: UserId) -> PortFuture<'_, Result<Event, StoreError>> {
    store.run(move |inner| async move {
        Ok(Event::Gets(off(&mut *inner.check_out().await?, user).await?.is_none()))
    })
}

pub(super) fn want(store: &PgStore, user: UserId, on: bool) -> PortFuture<'_, Result<Event, StoreError>> {
    store.run(move |inner| async move {
        inner.transaction(async |conn| turn(conn, user, on, wall_clock()).await).await
    })
}
