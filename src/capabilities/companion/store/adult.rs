//! Adult mode of a dialog: its owner's wish, kept beside the dialog, so that no other has it.

use super::dialogs::LOCK;
use crate::store::PgStore;
use crate::store::pg::wall_clock;
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::companion::Event;
use nameless_domain::ids::{DialogId, UserId};

/// Only of who says that they are 18: asked in the statement that switches it.
const ON: &str = "\
    UPDATE companion_dialogs SET adult = coalesce(adult, $3) WHERE dialog_id = $1 AND user_id = $2
        AND EXISTS (SELECT FROM accounts WHERE user_id = $2 AND adult_at IS NOT NULL)";

const OFF: &str = "UPDATE companion_dialogs SET adult = NULL WHERE dialog_id = $1 AND user_id = $2";

const THERE: &str = "SELECT 1 FROM companion_dialogs WHERE dialog_id = $1 AND user_id = $2";

impl PgStore {
    /// Switches adult mode on or off in a dialog.
    pub(crate) fn set_adult(
        &self,
        user: UserId,
        dialog: DialogId,
        on: bool,
    ) -> PortFuture<'_, Result<Event, StoreError>> {
        self.run(move |inner| async move {
            inner
                .transaction(async |conn| {
                    let is_there = !conn.query(LOCK, &[&user.0]).await?.is_empty()
                        && !conn.query(THERE, &[&dialog.0, &user.0]).await?.is_empty();
                    if !is_there {
                        return Ok(Event::Gone);
                    }
                    let changed = match on {
                        true => conn.execute(ON, &[&dialog.0, &user.0, &wall_clock().0]).await?,
                        false => conn.execute(OFF, &[&dialog.0, &user.0]).await?,
                    };
                    Ok(if changed == 0 { Event::NoAdult } else { Event::Adult { dialog, on } })
                })
                .await
        })
    }
}
