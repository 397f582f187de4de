//! What people are told by jobs: that somebody asks for them, that both have agreed, that the day
//! is over.

use super::{pack, stay};
use crate::store::PgStore;
use crate::store::aggregates::jobs;
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault, wall_clock};
use nameless_actors::capabilities::AGAIN_TELL;
use nameless_actors::ports::{NewJob, PortFuture, StoreError};
use nameless_domain::capabilities::again::Event;
use nameless_domain::ids::{PairId, UserId};
use nameless_domain::time::Millis;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A session that knows of a question puts it when its chat is over. One that was restarted since
/// knows nothing: it is told once more after this time, for as long as the question waits.
pub(super) const ONCE_MORE: Duration = Duration::from_secs(300);

/// What a job of [`AGAIN_TELL`] says. Whether it is still so is read when it is told.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Telling {
    /// Somebody asks for the user.
    Wanted { pair: PairId },
    /// Both have agreed, and are in this chat.
    Met { pair: PairId },
    /// The day is over.
    Over { pair: PairId },
}

/// Has a person told, once for this name of the cause.
pub(super) async fn add(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    name: String,
    telling: &Telling,
    delay: Duration,
) -> Result<(), Fault> {
    let words =
        serde_json::to_vec(telling).map_err(|_| Fault::Corrupt("a line that cannot be written".into()))?;
    let job = NewJob { delay, ..NewJob::new(AGAIN_TELL, name, words).of(user) };
    jobs::add(conn, keys, &[job]).await.map(drop)
}

/// Has somebody's session told that they are asked for, after a while.
pub(super) async fn wanted(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    pair: PairId,
    (delay, now): (Duration, Millis),
) -> Result<(), Fault> {
    let name = format!("again:wanted:{}:{}", pair.0, now.0);
    add(conn, keys, user, name, &Telling::Wanted { pair }, delay).await
}

const WAITS: &str = "\
    SELECT 1 FROM again_asks WHERE pair_id = $1 AND asked = $2 AND state = 'asked' AND until > $3";

/// Nobody came, and whoever asked has not thought better of it. That the other one has blocked them
/// makes no difference: they would learn it by that.
const NOT_BACK: &str = "\
    SELECT 1 FROM again_asks q WHERE pair_id = $1 AND asker = $2 AND until <= $3
        AND state NOT IN ('met', 'back') AND NOT EXISTS (
            SELECT FROM pairs p JOIN blocks x ON x.blocked = CASE WHEN p.a = $2 THEN p.b ELSE p.a END
            WHERE p.pair_id = q.pair_id AND x.user_id = $2)";

async fn said(conn: &mut Conn, keys: &Keys, user: UserId, telling: Telling) -> Result<Option<Event>, Fault> {
    let now = wall_clock();
    match telling {
        Telling::Wanted { pair } => {
            if conn.query(WAITS, &[&pair.0, &user.0, &now.0]).await?.is_empty() {
                return Ok(None);
            }
            wanted(conn, keys, user, pair, (ONCE_MORE, now)).await?;
            Ok(Some(Event::Wanted))
        }
        Telling::Met { pair } => Ok(Some(Event::Met { pair })),
        Telling::Over { pair } => {
            // In the order of locks: the account, the row, what they have.
            let returned = stay(conn, &[user.0]).await? && pack::give_back(conn, user, pair, now).await?;
            let rows = conn.query(NOT_BACK, &[&pair.0, &user.0, &now.0]).await?;
            Ok((!rows.is_empty()).then_some(Event::Over { pair, returned }))
        }
    }
}

impl PgStore {
    /// What is told when the day of a question is over. For tests: jobs say so.
    #[doc(hidden)]
    pub fn again_day_is_over(
        &self,
        user: UserId,
        pair: PairId,
    ) -> PortFuture<'_, Result<Option<Event>, StoreError>> {
        self.again_said(user, Telling::Over { pair })
    }

    /// What a job tells its user; none if it is over by now.
    pub(crate) fn again_said(
        &self,
        user: UserId,
        telling: Telling,
    ) -> PortFuture<'_, Result<Option<Event>, StoreError>> {
        self.run(move |inner| async move {
            inner.transaction(async |conn| said(conn, &inner.keys, user, telling).await).await
        })
    }
}
