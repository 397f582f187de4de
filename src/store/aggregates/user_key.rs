//! Users' data keys. They are read with every batch and never kept: another node may have erased
//! the user in between, and unwrapping costs a microsecond.

use crate::store::keys::{Keys, SealingKey};
use crate::store::pg::{Conn, Fault};
use crate::store::renew::{UnderKek, under_kek};
use crate::store::table::{Erasure, Expiry, Export, Stage, Step, Table};
use nameless_domain::ids::UserId;
use rustc_hash::FxHashMap;
use tokio_postgres::Row;

/// What is kept here.
pub(crate) const TABLES: &[Table] = &[Table {
    name: "user_keys",
    life: "until erased",
    ids: &["user_id"],
    words: &["wrapped"],
    other: &[],
    stays: &[],
    export: Export::No("a key, which only opens what is exported"),
    erasure: Erasure::Steps(&[Step::at(Stage::Keys, "DELETE FROM user_keys WHERE user_id = $1")]),
    expiry: Expiry::No("erasure: what is sealed under it expires by itself"),
}];

/// What is sealed under the key-encryption key.
pub(crate) const SEALED: &[UnderKek] =
    &[under_kek!("user_keys", "wrapped", "user_id", "true", |row| Ok(aad(UserId(row.try_get("user_id")?))))];

/// Identity of a user's wrapped key.
pub(crate) fn aad(user: UserId) -> Vec<u8> {
    format!("user:{}", user.0).into_bytes()
}

const GET: &str = "SELECT user_id, wrapped FROM user_keys WHERE user_id = ANY($1)";

const INSERT: &str = "\
    INSERT INTO user_keys (user_id, wrapped) SELECT * FROM unnest($1::bigint[], $2::bytea[])
    ON CONFLICT (user_id) DO NOTHING RETURNING user_id";

/// Unwrapped keys by user.
pub(crate) type KeyRing = FxHashMap<UserId, SealingKey>;

/// The keys of those of `users` who have one.
pub(crate) async fn get(conn: &mut Conn, keys: &Keys, users: &[i64]) -> Result<KeyRing, Fault> {
    let mut ring = KeyRing::default();
    if users.is_empty() {
        return Ok(ring);
    }
    for row in conn.query(GET, &[&users]).await? {
        let user = UserId(row.try_get("user_id")?);
        ring.insert(user, keys.unwrap(row.try_get("wrapped")?, &aad(user))?);
    }
    Ok(ring)
}

/// The key of this user as a row has it in `wrapped`; none if it is gone.
pub(crate) fn read(keys: &Keys, user: UserId, row: &Row) -> Result<Option<SealingKey>, Fault> {
    let wrapped: Option<&[u8]> = row.try_get("wrapped")?;
    Ok(wrapped.map(|wrapped| keys.unwrap(wrapped, &aad(user))).transpose()?)
}

/// The keys of all of `users`; those who have none get one. To be called in the transaction that
/// writes what is sealed.
pub(crate) async fn ensure(conn: &mut Conn, keys: &Keys, mut users: Vec<i64>) -> Result<KeyRing, Fault> {
    users.sort_unstable();
    users.dedup();
    let mut ring = get(conn, keys, &users).await?;
    users.retain(|user| !ring.contains_key(&UserId(*user)));
    if users.is_empty() {
        return Ok(ring);
    }
    let mut made = FxHashMap::default();
    let mut wrapped = Vec::with_capacity(users.len());
    for user in &users {
        let (key, wrap) = keys.generate(&aad(UserId(*user)))?;
        made.insert(*user, key);
        wrapped.push(wrap);
    }
    for row in conn.query(INSERT, &[&users, &wrapped]).await? {
        let user: i64 = row.try_get("user_id")?;
        if let Some(key) = made.remove(&user) {
            ring.insert(UserId(user), key);
        }
    }
    // Another writer was first for the rest; its keys are committed by now.
    let rest: Vec<i64> = made.into_keys().collect();
    ring.extend(get(conn, keys, &rest).await?);
    Ok(ring)
}

/// The key that was read beside something else.
pub(crate) fn unwrapped(keys: &Keys, user: UserId, wrapped: &[u8]) -> Result<SealingKey, Fault> {
    Ok(keys.unwrap(wrapped, &aad(user))?)
}

/// The key of one user out of a ring that was made for them.
pub(crate) fn of(ring: &KeyRing, user: UserId) -> Result<&SealingKey, Fault> {
    // Only an erasure between the two statements of `ensure` can take it away again.
    ring.get(&user).ok_or_else(|| Fault::Unavailable("a user's key went away meanwhile".into()))
}
