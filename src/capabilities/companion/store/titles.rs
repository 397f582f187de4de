//! Titles of dialogs: their first words. Who takes those words back takes the title back as well.

use super::words::{self, Part};
use crate::store::keys::SealingKey;
use crate::store::pg::{Conn, Fault};

/// Characters of a title.
const TITLE: usize = 40;

const TITLE_OF: &str = "SELECT title FROM companion_dialogs WHERE dialog_id = $1 AND title IS NOT NULL";

const RETITLE: &str = "UPDATE companion_dialogs SET title = $2 WHERE dialog_id = $1";

/// The title that words give a dialog.
pub(super) fn of(said: &str) -> String {
    said.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(TITLE).collect()
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
