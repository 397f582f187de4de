//! The days of premium that everybody may try, once.

use super::premium::{self, Change};
use super::tell_entitled;
use crate::store::PgStore;
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault, wall_clock};
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::billing::{Event, Source};
use nameless_domain::ids::{Seq, UserId};
use nameless_domain::time::{DAY_MS, Millis};

/// The key: by the hash, so that erasing is no way to another one.
const BEGIN: &str = "\
    INSERT INTO trials (person, seq, at) VALUES ($1, $2, $3) ON CONFLICT (person) DO NOTHING RETURNING 1";

const BEGUN: &str = "SELECT seq FROM trials WHERE person = $1";

const UNTIL: &str = "SELECT until FROM entitlements WHERE user_id = $1 AND kind = 'premium'";

async fn begin(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    seq: i64,
    days: u32,
    now: Millis,
) -> Result<Event, Fault> {
    // Before what is written: whoever is being erased meanwhile has no trial begun.
    if days == 0 || !premium::is_known(conn, user).await? {
        return Ok(Event::NotNow);
    }
    let person = keys.payer_hash(user);
    premium::lock(conn, &person).await?;
    if conn.query(BEGIN, &[&person, &seq, &now.0]).await?.is_empty() {
        // The same press again, after a crash: its answer was lost.
        let same = conn.query(BEGUN, &[&person]).await?.first().map(|row| row.try_get::<_, i64>(0));
        let until = conn.query(UNTIL, &[&user.0]).await?.first().map(|row| row.try_get::<_, i64>(0));
        return Ok(match (same.transpose()?, until.transpose()?) {
            (Some(same), Some(until)) if same == seq => Event::Trial { days, until: Millis(until) },
            _ => Event::NoTrial,
        });
    }
    let change =
        Change { source: Source::Trial, charge: None, ms: i64::from(days) * DAY_MS, late_ms: 0, by: "trial" };
    let granted = premium::change(conn, keys, user, change, now).await?;
    let granted = granted.ok_or_else(|| Fault::Corrupt("an account that was there is gone".into()))?;
    tell_entitled(conn, keys, user, now).await?;
    Ok(Event::Trial { days, until: granted.until })
}

impl PgStore {
    /// Begins somebody's trial: the row that says so, the ledger and the entitlement in one
    /// transaction.
    pub fn begin_trial(
        &self,
        user: UserId,
        seq: Seq,
        days: u32,
    ) -> PortFuture<'_, Result<Event, StoreError>> {
        self.run(move |inner| async move {
            let seq = i64::try_from(seq.0).map_err(|_| Fault::Corrupt("a position beyond all".into()))?;
            inner
                .transaction(async |conn| begin(conn, &inner.keys, user, seq, days, wall_clock()).await)
                .await
        })
    }
}
