//! Laundered copies, see [`CopyStore`].

use crate::capabilities::companion;
use crate::store::pg::{Fault, PgStore, wall_clock};
use crate::store::table::{Erasure, Expiry, Export, Table};
use nameless_actors::ports::{CopyStore, PortFuture, StoreError};
use nameless_domain::outgoing::KeptPicture;

/// What is kept here.
pub(crate) const TABLES: &[Table] = &[Table {
    name: "laundered_copies",
    life: "30 days; unreadable without the original file's id",
    ids: &[],
    words: &["name", "sealed"],
    other: &["made"],
    stays: &[
        ("name", "a keyed hash of a file's id, which is not kept, or of what an owner's key makes"),
        ("sealed", "what that id alone opens"),
    ],
    export: Export::No("nobody can tell whose they are"),
    erasure: Erasure::No("nobody can tell whose they are"),
    // A favourite is sent again within that time; another one is uploaded anew.
    expiry: Expiry::Rows {
        before: |lives| lives.days(30),
        sql: "DELETE FROM laundered_copies WHERE ctid = ANY(ARRAY(
            SELECT ctid FROM laundered_copies WHERE made < $1 ORDER BY made LIMIT $2))",
    },
}];

const READ: &str = "SELECT sealed FROM laundered_copies WHERE name = $1";

const KEEP: &str = "\
    INSERT INTO laundered_copies (name, sealed, made) VALUES ($1, $2, $3)
    ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed, made = excluded.made";

const FORGET: &str = "DELETE FROM laundered_copies WHERE name = $1";

impl CopyStore for PgStore {
    fn copy(&self, bot: i64, original: String) -> PortFuture<'_, Result<Option<String>, StoreError>> {
        self.run(move |inner| async move {
            let (name, key) = inner.keys.copy_keys(bot, &original);
            let rows = inner.check_out().await?.query(READ, &[&&name[..]]).await?;
            let Some(row) = rows.first() else { return Ok(None) };
            // One that does not open is as good as none: another is made.
            let opened = key.open(row.try_get(0)?, &name).ok();
            Ok(opened.and_then(|plain| String::from_utf8(plain).ok()))
        })
    }

    fn keep_copy(&self, bot: i64, original: String, copy: String) -> PortFuture<'_, Result<(), StoreError>> {
        self.run(move |inner| async move {
            let (name, key) = inner.keys.copy_keys(bot, &original);
            let sealed = key.seal(copy.as_bytes(), &name)?;
            inner.check_out().await?.execute(KEEP, &[&&name[..], &sealed, &wall_clock().0]).await?;
            Ok(())
        })
    }

    fn forget_copy(&self, bot: i64, original: String) -> PortFuture<'_, Result<(), StoreError>> {
        self.run(move |inner| async move {
            let (name, _) = inner.keys.copy_keys(bot, &original);
            inner.check_out().await?.execute(FORGET, &[&&name[..]]).await?;
            Ok::<(), Fault>(())
        })
    }

    fn picture(&self, kept: KeptPicture) -> PortFuture<'_, Result<Option<Vec<u8>>, StoreError>> {
        self.run(move |inner| async move {
            companion::read_picture(&mut *inner.check_out().await?, &inner.keys, &kept).await
        })
    }
}
