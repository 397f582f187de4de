//! Laundered copies, see [`CopyStore`].

use super::error::Fault;
use super::{PgStore, wall_clock};
use nameless_actors::ports::{CopyStore, PortFuture, StoreError};

const READ: &str = "SELECT sealed FROM laundered_copies WHERE name = $1";

const KEEP: &str = "\
    INSERT INTO laundered_copies (name, sealed, made) VALUES ($1, $2, $3)
    ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed, made = excluded.made";

const FORGET: &str = "DELETE FROM laundered_copies WHERE name = $1";

impl CopyStore for PgStore {
    fn copy(&self, bot: i64, original: String) -> PortFuture<'_, Result<Option<String>, StoreError>> {
        self.run(self.inner.operation, move |inner| async move {
            let (name, key) = inner.keys.copy_keys(bot, &original);
            let rows = inner.check_out().await?.query(READ, &[&&name[..]]).await?;
            let Some(row) = rows.first() else { return Ok(None) };
            // One that does not open is as good as none: another is made.
            let opened = key.open(row.try_get(0)?, &name).ok();
            Ok(opened.and_then(|plain| String::from_utf8(plain).ok()))
        })
    }

    fn keep_copy(&self, bot: i64, original: String, copy: String) -> PortFuture<'_, Result<(), StoreError>> {
        self.run(self.inner.operation, move |inner| async move {
            let (name, key) = inner.keys.copy_keys(bot, &original);
            let sealed = key.seal(copy.as_bytes(), &name)?;
            inner.check_out().await?.execute(KEEP, &[&&name[..], &sealed, &wall_clock().0]).await?;
            Ok(())
        })
    }

    fn forget_copy(&self, bot: i64, original: String) -> PortFuture<'_, Result<(), StoreError>> {
        self.run(self.inner.operation, move |inner| async move {
            let (name, _) = inner.keys.copy_keys(bot, &original);
            inner.check_out().await?.execute(FORGET, &[&&name[..]]).await?;
            Ok::<(), Fault>(())
        })
    }
}
