//! What users may have beyond what everyone has. Granted from beside the bot; the bot only reads
//! it.

use crate::capabilities::billing::{self, Change, ledger};
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault, PgStore, wall_clock};
use crate::store::rfc3339;
use crate::store::table::{Erasure, Expiry, Export, Lives, Stage, Step, Table};
use nameless_actors::capabilities::EntitlementStore;
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::billing::{GRACE_MS, Source};
use nameless_domain::capabilities::premium::Entitlements;
use nameless_domain::ids::UserId;
use nameless_domain::time::Millis;
use serde_json::{Value, json};
use tokio_postgres::Row;

/// What is kept here.
pub(crate) const TABLES: &[Table] = &[Table {
    name: "entitlements",
    life: "until `HISTORY_DAYS` after their end",
    ids: &["user_id"],
    words: &[],
    other: &["kind", "until", "source", "granted", "changed"],
    stays: &[],
    export: Export::Section("entitlements", |conn, _, user| Box::pin(all(conn, user))),
    erasure: Erasure::Steps(&[Step::at(Stage::Locked, "DELETE FROM entitlements WHERE user_id = $1")]),
    expiry: Expiry::Rows {
        before: Lives::history,
        sql: "DELETE FROM entitlements WHERE ctid = ANY(ARRAY(
            SELECT ctid FROM entitlements WHERE until < $1 ORDER BY until LIMIT $2))",
    },
}];

/// A subscription that renews goes on for a while when Telegram charges late: behind what the books
/// still give, as some of what was paid may have gone back. Receipts say until when it is without
/// that.
const READ: &str = "\
    SELECT max(until) AS until, max(paid) AS paid,
        EXISTS (SELECT FROM trials WHERE person = $3) AS tried,
        (SELECT coalesce(sum(CASE WHEN credit = 'person' THEN amount ELSE -amount END), 0)::bigint FROM ledger
            WHERE person = $3 AND unit = 'companion') AS messages,
        (SELECT max(until) FROM again_asks WHERE asker = $1 AND state NOT IN ('met', 'back')) AS asks_until
    FROM (
        SELECT until, until AS paid FROM entitlements WHERE user_id = $1 AND kind = 'premium'
        UNION ALL
        SELECT least(s.paid_until, e.until) + $2::bigint, e.until FROM subscriptions s
        JOIN entitlements e ON e.user_id = s.user_id AND e.kind = 'premium'
        WHERE s.user_id = $1 AND s.state = 'active') AS each";

const SHOW: &str = "\
    SELECT e.kind, e.until, e.source, e.granted, e.changed
    FROM accounts a LEFT JOIN entitlements e ON e.user_id = a.user_id AND e.kind = 'premium'
    WHERE a.user_id = $1";

const ALL: &str = "\
    SELECT kind, until, source, granted, changed FROM entitlements WHERE user_id = $1 ORDER BY kind";

/// Something a user may have, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entitlement {
    /// What: `premium`.
    pub kind: String,
    /// Until when; a moment that has passed counts as none.
    pub until: Millis,
    /// Who or what granted it last: `operator`.
    pub source: String,
    /// When it was granted first.
    pub granted: Millis,
    /// When it was granted last.
    pub changed: Millis,
}

/// A known user, as far as grants go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Their premium, also when it has ended not long ago.
    pub premium: Option<Entitlement>,
}

/// Everything a user has, for the export.
async fn all(conn: &mut Conn, user: UserId) -> Result<Value, Fault> {
    let mut entitlements = Vec::new();
    for row in &conn.query(ALL, &[&user.0]).await? {
        let e = from_row(row)?;
        entitlements.push(json!({
            "what": e.kind, "until": rfc3339(e.until.0), "granted_by": e.source,
            "granted": rfc3339(e.granted.0), "granted_last": rfc3339(e.changed.0),
        }));
    }
    Ok(json!(entitlements))
}

pub(crate) fn from_row(row: &Row) -> Result<Entitlement, Fault> {
    Ok(Entitlement {
        kind: row.try_get("kind")?,
        until: Millis(row.try_get("until")?),
        source: row.try_get("source")?,
        granted: Millis(row.try_get("granted")?),
        changed: Millis(row.try_get("changed")?),
    })
}

async fn show(conn: &mut Conn, user: UserId) -> Result<Option<Holder>, Fault> {
    let rows = conn.query(SHOW, &[&user.0]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let has_it = row.try_get::<_, Option<&str>>("kind")?.is_some();
    Ok(Some(Holder { premium: if has_it { Some(from_row(row)?) } else { None } }))
}

/// Adds to what the user has, in the ledger; none if the user is not known. Their session hears of
/// it, on whichever node.
pub(crate) async fn grant(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    ms: i64,
    source: &str,
    now: Millis,
) -> Result<Option<Entitlement>, Fault> {
    let change = Change { source: Source::Grant, charge: None, ms, late_ms: 0, by: source };
    let granted = ledger::change(conn, keys, user, change, now).await?;
    if granted.is_some() {
        billing::tell_entitled(conn, keys, user, now).await?;
    }
    Ok(granted)
}

/// Ends it; whether there was any.
pub(crate) async fn revoke(conn: &mut Conn, keys: &Keys, user: UserId, now: Millis) -> Result<bool, Fault> {
    let had = ledger::end(conn, keys, user, now).await?;
    if had {
        billing::tell_entitled(conn, keys, user, now).await?;
    }
    Ok(had)
}

impl EntitlementStore for PgStore {
    fn entitlements(&self, user: UserId) -> PortFuture<'_, Result<Entitlements, StoreError>> {
        self.run(move |inner| async move {
            let person = inner.keys.payer_hash(user);
            let rows = inner.check_out().await?.query(READ, &[&user.0, &GRACE_MS, &person]).await?;
            let Some(row) = rows.first() else { return Ok(Entitlements::default()) };
            Ok(Entitlements {
                premium_until: row.try_get::<_, Option<i64>>("until")?.map(Millis),
                paid_until: row.try_get::<_, Option<i64>>("paid")?.map(Millis),
                tried: row.try_get("tried")?,
                messages: row.try_get("messages")?,
                asks_until: row.try_get::<_, Option<i64>>("asks_until")?.map(Millis),
            })
        })
    }
}

/// What an operator does.
impl PgStore {
    /// A user's premium; none if the user is not known.
    pub fn premium(&self, user: UserId) -> PortFuture<'_, Result<Option<Holder>, StoreError>> {
        self.run(move |inner| async move { show(&mut *inner.check_out().await?, user).await })
    }

    /// Adds so many milliseconds to a user's premium, from now on if there is none; none if the
    /// user is not known. When its answer is lost, nobody knows whether it happened, and twice is
    /// longer than once: look first.
    pub fn grant_premium(
        &self,
        user: UserId,
        ms: i64,
        source: &'static str,
        now: Millis,
    ) -> PortFuture<'_, Result<Option<Entitlement>, StoreError>> {
        self.run(move |inner| async move {
            inner.transaction(async |conn| grant(conn, &inner.keys, user, ms, source, now).await).await
        })
    }

    /// Ends a user's premium; whether there was any.
    pub fn revoke_premium(&self, user: UserId) -> PortFuture<'_, Result<bool, StoreError>> {
        self.run(move |inner| async move {
            inner.transaction(async |conn| revoke(conn, &inner.keys, user, wall_clock()).await).await
        })
    }
}
