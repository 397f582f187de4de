//! What users may have beyond what everyone has. Granted from beside the bot; the bot only reads
//! it.

use crate::store::pg::{Conn, Fault, PgStore};
use crate::store::rfc3339;
use crate::store::table::{Erasure, Expiry, Export, Lives, Stage, Step, Table};
use nameless_actors::capabilities::EntitlementStore;
use nameless_actors::ports::{PortFuture, StoreError};
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

const READ: &str = "SELECT until FROM entitlements WHERE user_id = $1 AND kind = 'premium'";

const SHOW: &str = "\
    SELECT e.kind, e.until, e.source, e.granted, e.changed
    FROM accounts a LEFT JOIN entitlements e ON e.user_id = a.user_id AND e.kind = 'premium'
    WHERE a.user_id = $1";

/// Adds to what is there. The lock keeps the user from being erased meanwhile: the erasure removes
/// the account first, so it either waits for this row and removes it, or this finds nobody.
const GRANT: &str = "\
    INSERT INTO entitlements AS old (user_id, kind, until, source, granted, changed)
    SELECT user_id, 'premium', $2::bigint + $3::bigint, $4, $2, $2 FROM accounts WHERE user_id = $1 FOR KEY SHARE
    ON CONFLICT (user_id, kind) DO UPDATE SET
        until = greatest(old.until, $2::bigint) + $3::bigint, source = excluded.source, changed = excluded.changed
    RETURNING kind, until, source, granted, changed";

const REVOKE: &str = "DELETE FROM entitlements WHERE user_id = $1 AND kind = 'premium'";

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

fn from_row(row: &Row) -> Result<Entitlement, Fault> {
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

pub(crate) async fn grant(
    conn: &mut Conn,
    user: UserId,
    ms: i64,
    source: &str,
    now: Millis,
) -> Result<Option<Entitlement>, Fault> {
    let rows = conn.query(GRANT, &[&user.0, &now.0, &ms, &source]).await?;
    rows.first().map(from_row).transpose()
}

/// Ends it; whether there was any.
pub(crate) async fn revoke(conn: &mut Conn, user: UserId) -> Result<bool, Fault> {
    Ok(conn.execute(REVOKE, &[&user.0]).await? > 0)
}

impl EntitlementStore for PgStore {
    fn entitlements(&self, user: UserId) -> PortFuture<'_, Result<Entitlements, StoreError>> {
        self.run(move |inner| async move {
            let rows = inner.check_out().await?.query(READ, &[&user.0]).await?;
            let until = rows.first().map(|row| row.try_get(0)).transpose()?;
            Ok(Entitlements { premium_until: until.map(Millis) })
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
            inner.transaction(async |conn| grant(conn, user, ms, source, now).await).await
        })
    }

    /// Ends a user's premium; whether there was any.
    pub fn revoke_premium(&self, user: UserId) -> PortFuture<'_, Result<bool, StoreError>> {
        self.run(move |inner| async move { inner.transaction(async |conn| revoke(conn, user).await).await })
    }
}
