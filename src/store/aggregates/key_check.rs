//! A constant under the key-encryption key: a wrong key is told by it at the start.

use crate::store::pg::{Fault, PgStore};
use crate::store::renew;
use crate::store::table::{Erasure, Expiry, Export, Table};
use nameless_actors::ports::StoreError;

/// What is kept here.
pub(crate) const TABLES: &[Table] = &[Table {
    name: "key_check",
    life: "for ever, one row",
    ids: &[],
    words: &[],
    other: &["sealed", "hashing"],
    stays: &[],
    export: Export::No("it is about nobody"),
    erasure: Erasure::No("it is about nobody"),
    expiry: Expiry::No("nothing"),
}];

impl PgStore {
    /// Refuses a database that was written under another key, before anything is written under this
    /// one.
    pub(in crate::store) async fn check_key(&self) -> Result<(), StoreError> {
        let checked = self.run(|inner| async move {
            let mut conn = inner.check_out().await?;
            let fresh = inner.keys.check_value()?;
            conn.execute("INSERT INTO key_check (sealed) VALUES ($1) ON CONFLICT DO NOTHING", &[&fresh])
                .await?;
            match renew::adopt(&mut conn, &inner.keys, renew::CHECK).await? {
                true => Ok(()),
                false => Err(Fault::Corrupt(
                    "the history key does not fit this database: it was made with another one. Set HISTORY_KEY to \
                     that one, the same for every node, or HISTORY_KEY_OLD while it is exchanged; one that a first start made by itself lies in its DATA_DIR"
                        .into(),
                )),
            }
        });
        checked.await
    }
}
