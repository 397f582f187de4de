//! Dialogs as they were before 0040: turns that nothing finds again. For tests of how that is
//! mended beside a running bot, which want thousands of them.

use super::words::{self, Part};
use crate::store::PgStore;
use crate::store::aggregates::user_key;
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::ids::UserId;

const DIALOG: &str = "\
    INSERT INTO companion_dialogs (user_id, begun, persona, lang, created, used, noticed, turns)
    VALUES ($1, 1, 'vera', 'en', 1, 1, 1, $2) RETURNING dialog_id";

const TURN: &str = "\
    INSERT INTO companion_turns (dialog_id, turn, user_id, messages, at, asked, state, reply)
    VALUES ($1, $2, $3, ARRAY[$2::integer], 1, $4, 'replied', $5)";

impl PgStore {
    /// Gives a person a dialog with so many turns, and a key if they have none.
    pub fn seed_dialog(&self, user: UserId, turns: i32) -> PortFuture<'_, Result<(), StoreError>> {
        self.run(move |inner| async move {
            inner
                .transaction(async |conn| {
                    let ring = user_key::ensure(conn, &inner.keys, vec![user.0]).await?;
                    let key = user_key::of(&ring, user)?;
                    let made = conn.query(DIALOG, &[&user.0, &turns]).await?;
                    let dialog: i64 = made.first().map_or(Ok(0), |row| row.try_get("dialog_id"))?;
                    for turn in 1..=turns {
                        let at = (dialog, turn);
                        let asked = format!("Do you remember lighthouse number {turn}?");
                        let asked = words::seal(key, Part::Asked, at, &asked)?;
                        let reply = words::seal(key, Part::Reply, at, "Its keeper had a grey parrot.")?;
                        conn.execute(TURN, &[&dialog, &turn, &user.0, &asked, &reply]).await?;
                    }
                    Ok(())
                })
                .await
        })
    }
}
