//! What is kept of reminders, and who wants none.

use crate::store::pg::{Conn, Fault, wall_clock};
use crate::store::table::{Erasure, Expiry, Export, Stage, Step, Table};
use crate::store::{PgStore, rfc3339};
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::reminders::Event;
use nameless_domain::ids::UserId;
use nameless_domain::time::Millis;
use serde_json::{Value, json};

/// What is kept here.
pub(crate) const TABLES: &[Table] = &[
    Table {
        name: "reminders",
        life: "90 days, or until erased: when somebody was reminded, or was due to be, and whether they came back",
        ids: &["user_id"],
        words: &[],
        other: &[
            "reminder_id",
            "kind",
            "slot",
            "at",
            "last",
            "leaves",
            "held",
            "fate",
            "applied",
            "back",
            "chats",
        ],
        stays: &[],
        export: Export::Section("reminders", |conn, _, user| Box::pin(own(conn, user))),
        // Written under the account's lock: what a writer beside an erasure leaves is found.
        erasure: Erasure::Steps(&[Step::at(Stage::Locked, "DELETE FROM reminders WHERE user_id = $1")]),
        expiry: Expiry::Rows {
            before: |lives| lives.days(90),
            sql: "DELETE FROM reminders WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM reminders WHERE at < $1 ORDER BY at LIMIT $2))",
        },
    },
    Table {
        name: "reminders_off",
        life: "until they want reminders again, or erase themselves",
        ids: &["user_id"],
        words: &[],
        other: &["since"],
        stays: &[],
        export: Export::No("it is in the section of the reminders"),
        erasure: Erasure::Steps(&[Step::at(Stage::Locked, "DELETE FROM reminders_off WHERE user_id = $1")]),
        expiry: Expiry::No("the person, or the erasure"),
    },
    Table {
        name: "reminder_cursor",
        life: "for ever, one row: how far back people were looked at",
        ids: &[],
        words: &[],
        other: &["reached"],
        stays: &[],
        export: Export::No("it tells nothing of anybody"),
        erasure: Erasure::No("it tells nothing of anybody"),
        expiry: Expiry::No("never: one row"),
    },
];

const OFF: &str = "SELECT since FROM reminders_off WHERE user_id = $1";

/// The account's lock first: an erasure beside this waits, or there is nobody.
const ACCOUNT: &str = "SELECT user_id FROM accounts WHERE user_id = $1 FOR KEY SHARE";

const TURN_OFF: &str =
    "INSERT INTO reminders_off (user_id, since) VALUES ($1, $2) ON CONFLICT (user_id) DO NOTHING";

const TURN_ON: &str = "DELETE FROM reminders_off WHERE user_id = $1";

const OWN: &str = "\
    SELECT at, kind, held, coalesce(fate, '') = 'sent' AS sent, back, chats FROM reminders
    WHERE user_id = $1 ORDER BY at";

/// Whether this user is known, and stays so until the transaction ends.
pub(super) async fn is_known(conn: &mut Conn, user: UserId) -> Result<bool, Fault> {
    Ok(!conn.query(ACCOUNT, &[&user.0]).await?.is_empty())
}

async fn off(conn: &mut Conn, user: UserId) -> Result<Option<i64>, Fault> {
    let rows = conn.query(OFF, &[&user.0]).await?;
    rows.first().map(|row| Ok(row.try_get("since")?)).transpose()
}

/// A person's own, for the export.
async fn own(conn: &mut Conn, user: UserId) -> Result<Value, Fault> {
    let (mut sent, mut held_out) = (Vec::new(), Vec::new());
    for row in conn.query(OWN, &[&user.0]).await? {
        let (at, kind, arrived): (i64, String, bool) =
            (row.try_get("at")?, row.try_get("kind")?, row.try_get("sent")?);
        let (back, chats): (bool, Option<i32>) = (row.try_get("back")?, row.try_get("chats")?);
        let (at, came_of_it) = (rfc3339(at), json!({ "back": back, "chats": chats }));
        match row.try_get("held")? {
            true => held_out.push(json!({ "at": at, "of": kind, "then": came_of_it })),
            false => sent.push(json!({ "at": at, "of": kind, "arrived": arrived, "then": came_of_it })),
        }
    }
    let off_since = off(conn, user).await?.map(rfc3339);
    Ok(json!({ "off_since": off_since, "sent": sent, "held_out": held_out }))
}

async fn turn(conn: &mut Conn, user: UserId, on: bool, now: Millis) -> Result<Event, Fault> {
    if !is_known(conn, user).await? {
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
