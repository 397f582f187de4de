//! Whether somebody still looks at the dialog in which a reply is written.

use super::turns::Asked;
use crate::store::PgStore;
use crate::store::pg::wall_clock;
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::ids::UserId;

const WATCHED: &str = "\
    SELECT 1 FROM companion_turns t JOIN accounts a ON a.user_id = t.user_id
    WHERE t.dialog_id = $1 AND t.turn = $2 AND t.tries = $3 AND t.state = 'open' AND t.user_id = $4
        AND a.adult_at IS NOT NULL
        AND a.phase ->> 'at' = 'companion' AND (a.phase ->> 'dialog')::bigint = $1
        -- The phase is written after the pair is there.
        AND NOT EXISTS (SELECT FROM active_pair_member m WHERE m.user_id = $4)
        AND NOT EXISTS (SELECT FROM bans b WHERE b.user_id = $4 AND b.kind = 'ban' AND b.until > $5)
        AND (NOT $6 OR EXISTS (SELECT FROM companion_dialogs d WHERE d.dialog_id = $1 AND d.adult IS NOT NULL))";

impl PgStore {
    /// Whether this attempt still writes for somebody who is in its dialog: not for who left it,
    /// searches, talks to a person, deleted it, is erased or banned; nor for who has switched adult
    /// mode off since, where it writes in that.
    pub(crate) fn is_watched(
        &self,
        user: UserId,
        asked: Asked,
        adult: bool,
    ) -> PortFuture<'_, Result<bool, StoreError>> {
        let Asked { dialog, turn, attempt } = asked;
        self.run(move |inner| async move {
            let mut conn = inner.check_out().await?;
            let rows =
                conn.query(WATCHED, &[&dialog, &turn, &attempt, &user.0, &wall_clock().0, &adult]).await?;
            Ok(!rows.is_empty())
        })
    }
}
