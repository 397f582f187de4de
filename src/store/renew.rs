//! The key-encryption key is exchanged: what was sealed under the one from before is sealed anew, a
//! few pages of a table at a time, beside everything else.
//!
//! Nothing is kept of how far it is: a value itself says under which key it is, by opening or not.
//! So a process may be killed anywhere, several may do it at once, and the last pass is the proof.

use super::aggregates::leases;
use super::keys::{CryptoError, Keys};
use super::pg::{Conn, Fault, PgStore};
use super::schema::SEALED;
use nameless_actors::ports::{PortFuture, StoreError};
use std::time::Duration;
use tokio_postgres::Row;

/// Pages of a table that are gone through in one transaction: a few hundred keys of users.
const PAGES: i64 = 8;
/// Between two of them, so that others have their turn.
const PAUSE: Duration = Duration::from_millis(20);

/// Values of a column that are sealed under the key-encryption key itself. Declared beside the
/// table.
pub(crate) struct UnderKek {
    /// Whose column it is.
    pub(crate) table: &'static str,
    /// How many pages the table has.
    pub(crate) pages: &'static str,
    /// Its values in pages from `$1` to before `$2`: where, the value, and what `aad` needs.
    pub(crate) read: &'static str,
    /// Puts `$3` in the place of `$2` where that still stands at `$1`, a list each.
    pub(crate) write: &'static str,
    /// What the value of a row is bound to.
    pub(crate) aad: fn(&Row) -> Result<Vec<u8>, Fault>,
}

/// Declares such a column: table, column, columns that `aad` needs, which rows, and `aad`.
macro_rules! under_kek {
    ($table:literal, $column:literal, $needs:literal, $which:literal, $aad:expr) => {
        $crate::store::renew::UnderKek {
            table: $table,
            pages: concat!(
                "SELECT pg_relation_size('", $table, "') / current_setting('block_size')::bigint"
            ),
            read: concat!(
                "SELECT ctid::text AS place, ", $column, " AS sealed_value, ", $needs, " FROM ", $table,
                " WHERE ctid >= format('(%s,0)', $1::bigint)::tid AND ctid < format('(%s,0)', $2::bigint)::tid AND ",
                $column, " IS NOT NULL AND ", $which
            ),
            write: concat!(
                "UPDATE ", $table, " AS t SET ", $column, " = n.fresh ",
                "FROM unnest($1::text[], $2::bytea[], $3::bytea[]) AS n (place, old, fresh) ",
                "WHERE t.ctid = n.place::tid AND t.", $column, " = n.old"
            ),
            aad: $aad,
        }
    };
}
pub(crate) use under_kek;

/// How an exchange of the key stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Renewal {
    /// Values that were looked at.
    pub seen: u64,
    /// Values that were under the key from before; they are not any more if this was to renew them.
    pub old: u64,
    /// Values that open under neither key: nobody could read them before this either. They stay as
    /// they are.
    pub broken: u64,
}

/// What became of the wish to exchange the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exchange {
    /// From now on the new one seals.
    Done,
    /// It did so before.
    Before,
    /// Nothing has changed: these nodes, by their names, lack one of the two, or do not say.
    Lacking(Vec<String>),
}

pub(crate) const CHECK: &str = "SELECT sealed, hashing FROM key_check";
const CHECK_LOCKED: &str = "SELECT sealed, hashing FROM key_check FOR UPDATE";
const EXCHANGE: &str = "UPDATE key_check SET sealed = $1, hashing = $2";

/// Goes by what the database says of its key. False under a key that is neither of ours.
pub(crate) async fn adopt(conn: &mut Conn, keys: &Keys, sql: &'static str) -> Result<bool, Fault> {
    let rows = conn.query(sql, &[]).await?;
    let row = rows.first().ok_or_else(|| Fault::Corrupt("no key check".into()))?;
    Ok(keys.adopt(row.try_get(0)?, row.try_get(1)?))
}

impl PgStore {
    /// Whether a key from before is configured.
    pub fn has_old_key(&self) -> bool {
        self.inner.keys.kek().is_exchanged()
    }

    /// Goes by what the database says: whether it is under the configured key by now.
    pub fn follow_key(&self) -> PortFuture<'_, Result<bool, StoreError>> {
        self.run(|inner| async move {
            let mut conn = inner.check_out().await?;
            let is_known = adopt(&mut conn, &inner.keys, CHECK).await?;
            Ok(is_known && inner.keys.kek().is_newest())
        })
    }

    /// Nodes, by their names, that lack the key under which the database is or the configured one.
    pub fn nodes_lacking_keys(&self) -> PortFuture<'_, Result<Vec<String>, StoreError>> {
        self.run(
            |inner| async move { leases::lacking_keys(&mut *inner.check_out().await?, &inner.keys).await },
        )
    }

    /// From now on the configured key seals, here and on every node that hears of it. Not unless
    /// every node that lives has both, or the operator knows better (`force`).
    pub fn exchange_key(&self, force: bool) -> PortFuture<'_, Result<Exchange, StoreError>> {
        self.run(move |inner| async move {
            let exchanged = inner
                .transaction(async |conn| {
                    // No node comes meanwhile.
                    conn.query(leases::ONE_AT_A_TIME, &[]).await?;
                    if !adopt(conn, &inner.keys, CHECK_LOCKED).await? {
                        return Err(Fault::Corrupt("the database is under another key".into()));
                    }
                    if inner.keys.kek().is_newest() {
                        return Ok(Exchange::Before);
                    }
                    let lacking = leases::lacking_keys(conn, &inner.keys).await?;
                    if !lacking.is_empty() && !force {
                        return Ok(Exchange::Lacking(lacking));
                    }
                    let (check, hashing) = inner.keys.exchanged()?;
                    conn.execute(EXCHANGE, &[&check, &hashing]).await?;
                    Ok(Exchange::Done)
                })
                .await?;
            let mut conn = inner.check_out().await?;
            adopt(&mut conn, &inner.keys, CHECK).await?;
            Ok(exchanged)
        })
    }

    /// Goes through everything that is sealed under the key-encryption key, and seals anew what is
    /// under the one from before, or only counts it. `said` hears how far it is after each step.
    pub async fn renew(
        &self,
        is_to_write: bool,
        mut said: impl FnMut(&'static str, Renewal),
    ) -> Result<Renewal, StoreError> {
        let mut all = Renewal::default();
        for sealed in SEALED.iter().copied().flatten() {
            let mut page = 0;
            while let Some(done) = self.pages(sealed, page, is_to_write).await? {
                all.seen += done.seen;
                all.old += done.old;
                all.broken += done.broken;
                page += PAGES;
                said(sealed.table, all);
                if done.old > 0 {
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
        Ok(all)
    }

    /// Some pages of a table; none behind its end.
    fn pages(
        &self,
        sealed: &'static UnderKek,
        from: i64,
        is_to_write: bool,
    ) -> PortFuture<'_, Result<Option<Renewal>, StoreError>> {
        self.run(move |inner| async move {
            inner
                .transaction(async |conn| {
                    let there = conn.query(sealed.pages, &[]).await?;
                    if there.first().map_or(Ok(0), |row| row.try_get::<_, i64>(0))? <= from {
                        return Ok(None);
                    }
                    let (mut places, mut old, mut fresh) = (Vec::new(), Vec::new(), Vec::new());
                    let mut broken = 0;
                    let rows = conn.query(sealed.read, &[&from, &(from + PAGES)]).await?;
                    for row in &rows {
                        let value: &[u8] = row.try_get("sealed_value")?;
                        match inner.keys.kek().renew(value, &(sealed.aad)(row)?) {
                            Ok(None) => {}
                            Ok(Some(renewed)) => {
                                places.push(row.try_get::<_, &str>("place")?);
                                old.push(value);
                                fresh.push(renewed);
                            }
                            // One value must not keep all others under a key that may be known.
                            Err(CryptoError::DoesNotOpen | CryptoError::UnknownForm) => broken += 1,
                            Err(cause @ CryptoError::NoRandomness) => return Err(cause.into()),
                        }
                    }
                    if is_to_write && !places.is_empty() {
                        conn.execute(sealed.write, &[&places, &old, &fresh]).await?;
                    }
                    Ok(Some(Renewal { seen: rows.len() as u64, old: places.len() as u64, broken }))
                })
                .await
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;

    /// Whoever seals something under the key-encryption key itself declares it, or an exchange of
    /// the key would lose it. Caches and what is on its way between nodes live for minutes and open
    /// with both.
    #[test]
    fn what_is_under_the_key_itself_is_declared() {
        let elsewhere = [
            "src/cluster/cache/mod.rs",
            "src/cluster/node.rs",
            "src/cluster/gaps.rs",
            // Users' keys, which their own table declares, on the data sets of benches.
            "src/capabilities/dating/store/seeds.rs",
        ];
        let root = std::env::var("CARGO_MANIFEST_DIR").expect("cargo says where the package is");
        let root = Path::new(&root);
        let mut folders = vec![root.join("src")];
        let mut uses = BTreeSet::new();
        while let Some(folder) = folders.pop() {
            for entry in
                std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path())
            {
                if entry.is_dir() {
                    folders.push(entry);
                    continue;
                }
                let name = entry.strip_prefix(root).expect("below it").display().to_string();
                if name.starts_with("src/store/keys") || name.contains("/tests") || name.ends_with("renew.rs")
                {
                    continue;
                }
                let text = std::fs::read_to_string(&entry).unwrap_or_default();
                let seals = [".kek()", ".generate(&", ".seal_update"].iter().any(|call| text.contains(call));
                if seals && !elsewhere.contains(&&*name) {
                    assert!(
                        text.contains("const SEALED: &[UnderKek]"),
                        "{name} has to declare what it seals"
                    );
                    uses.insert(name);
                }
            }
        }
        assert_eq!(uses.len(), SEALED.len(), "{uses:?} and the list in schema.rs");
    }
}
