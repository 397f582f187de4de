//! Who erased themselves, as keyed hashes.

use crate::store::pg::{Conn, Fault};
use crate::store::table::{Erasing, Erasure, Expiry, Export, Stage, Step, Table};

/// What is kept here.
pub(crate) const TABLES: &[Table] = &[Table {
    name: "erasures",
    life: "for ever: 32 bytes that mean nothing without the key, applied again after a backup is restored",
    ids: &["user_hash"],
    words: &[],
    other: &["at"],
    stays: &[("user_hash", "a restored backup is erased again by it; without the key it means nothing")],
    export: Export::No("whom it is about has erased everything else"),
    erasure: Erasure::Steps(&[Step::routine(Stage::Log, |conn, who| Box::pin(log(conn, who)))]),
    expiry: Expiry::No("nothing: backups may be of any age"),
}];

const LOG: &str = "\
    INSERT INTO erasures AS old (user_hash, at) VALUES ($1, $2)
    ON CONFLICT (user_hash) DO UPDATE SET at = greatest(old.at, excluded.at)";

async fn log(conn: &mut Conn, who: Erasing<'_>) -> Result<(), Fault> {
    conn.execute(LOG, &[&who.keys.user_hash(who.user), &who.now.0]).await?;
    Ok(())
}
