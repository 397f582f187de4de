//! Titles of dialogs: their first words, until their owner calls them something else. Who takes
//! those words back takes the title back as well; what its owner gave it stays.

use super::dialogs::LOCK;
use super::words::{self, Part};
use crate::store::PgStore;
use crate::store::aggregates::user_key;
use crate::store::keys::{Keys, SealingKey};
use crate::store::pg::{Conn, Fault, wall_clock};
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::companion::Event;
use nameless_domain::companion::constants::{NAMING_MS, TITLE};
use nameless_domain::ids::{DialogId, MessageId, UserId};
use nameless_domain::time::Millis;
use tokio_postgres::Row;

const TITLE_OF: &str = "\
    SELECT title FROM companion_dialogs WHERE dialog_id = $1 AND title IS NOT NULL AND named IS NULL";

const ASK: &str = "UPDATE companion_dialogs SET naming = $3 WHERE dialog_id = $1 AND user_id = $2";

const NAME: &str = "\
    UPDATE companion_dialogs SET title = $3, named = $4, naming = NULL WHERE dialog_id = $1 AND user_id = $2";

const RETITLE: &str = "UPDATE companion_dialogs SET title = $2 WHERE dialog_id = $1";

fn in_one_line(said: &str) -> String {
    said.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The title that words give a dialog.
pub(super) fn of(said: &str) -> String {
    in_one_line(said).chars().take(TITLE).collect()
}

/// A dialog whose title was made of `before` gets one made of `now`; of nothing it gets none until
/// somebody says something again. The dialog's row is locked.
pub(super) async fn replace(
    conn: &mut Conn,
    key: &SealingKey,
    dialog: i64,
    (before, now): (&str, Option<&str>),
) -> Result<(), Fault> {
    let rows = conn.query(TITLE_OF, &[&dialog]).await?;
    let Some(row) = rows.first() else { return Ok(()) };
    let title = words::open(key, Part::Title, (dialog, 0), row.try_get("title")?)?;
    // The turn's other messages may have joined it after its first had given the title.
    if !of(before).starts_with(&title) {
        return Ok(());
    }
    let sealed = now.map(|now| words::seal(key, Part::Title, (dialog, 0), &of(now))).transpose()?;
    conn.execute(RETITLE, &[&dialog, &sealed]).await.map(drop)
}

/// Whether what is said in this dialog is the title that its owner wants to give it. Who says more
/// than a title holds speaks to the character, and gives none. The dialog's row is locked.
pub(super) async fn is_one(
    conn: &mut Conn,
    row: &Row,
    (user, dialog): (UserId, i64),
    (message, said): (i32, &str),
    now: Millis,
) -> Result<bool, Fault> {
    // The one that gave the title may be heard twice.
    if row.try_get::<_, Option<i32>>("named")? == Some(message) {
        return Ok(true);
    }
    let since: Option<i64> = row.try_get("naming")?;
    if since.is_none_or(|since| now.since(Millis(since)) >= NAMING_MS) {
        return Ok(false);
    }
    let fits = in_one_line(said).chars().count() <= TITLE;
    if !fits {
        let never: Option<i64> = None;
        conn.execute(ASK, &[&dialog, &user.0, &never]).await?;
    }
    Ok(fits)
}

async fn name(
    conn: &mut Conn,
    keys: &Keys,
    (user, dialog): (UserId, i64),
    (message, said): (i32, &str),
) -> Result<Event, Fault> {
    if conn.query(LOCK, &[&user.0]).await?.is_empty() {
        return Ok(Event::Gone);
    }
    let title = of(said);
    let ring = user_key::ensure(conn, keys, vec![user.0]).await?;
    let sealed = words::seal(user_key::of(&ring, user)?, Part::Title, (dialog, 0), &title)?;
    match conn.execute(NAME, &[&dialog, &user.0, &sealed, &message]).await? {
        0 => Ok(Event::Gone),
        _ => Ok(Event::Named { title }),
    }
}

impl PgStore {
    /// Takes what is said next in a dialog for its title, for some minutes; or no longer.
    pub(crate) fn await_title(
        &self,
        user: UserId,
        dialog: DialogId,
        wanted: bool,
    ) -> PortFuture<'_, Result<Event, StoreError>> {
        self.run(move |inner| async move {
            let since = wanted.then(|| wall_clock().0);
            let mut conn = inner.check_out().await?;
            let changed = conn.execute(ASK, &[&dialog.0, &user.0, &since]).await?;
            Ok(match (changed, wanted) {
                (0, _) => Event::Gone,
                (_, true) => Event::Naming { dialog },
                (_, false) => Event::TitleKept,
            })
        })
    }

    /// Gives a dialog the title that a message says.
    pub(crate) fn name_dialog(
        &self,
        user: UserId,
        dialog: DialogId,
        (message, said): (MessageId, String),
    ) -> PortFuture<'_, Result<Event, StoreError>> {
        self.run(move |inner| async move {
            inner
                .transaction(async |conn| name(conn, &inner.keys, (user, dialog.0), (message.0, &said)).await)
                .await
        })
    }
}
