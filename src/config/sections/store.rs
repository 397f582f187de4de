//! Where things are kept.

use crate::backup::Recipient;
use crate::config::check::{Count, Hidden, Is, Within};
use crate::config::setting::{plain, secret};
use crate::config::sources::Layers;
use crate::config::{HistoryKey, Problem, parse};
use crate::settings;
use secrecy::SecretString;
use std::path::PathBuf;
use std::time::Duration;

settings! {
    "store", "Store";

    /// Folder of the private database, the journal and generated keys.
    DATA_DIR: PathBuf = plain("./data"),
        Is("a folder, not a file", |s| Some(PathBuf::from(s)).filter(|path| !path.is_file()));
    /// PostgreSQL 15 or newer: `postgres://USER:PASSWORD@HOST:5432/NAME?sslmode=verify-full`.
    /// Several hosts, of which one is written to, end in `target_session_attrs=read-write`. Unset:
    /// a private one in `DATA_DIR`.
    DATABASE_URL: SecretString = secret(), Hidden(
        "postgres://user:password@host:port/database, with ?sslmode=disable, prefer, require, \
         verify-ca or verify-full at its end if need be",
        |s| crate::store::check_url(s).is_ok(),
    );
    /// Folder of PostgreSQL's programs for the private database. Unset: those that are found.
    POSTGRES_BIN: PathBuf = plain("").like("/usr/lib/postgresql/15/bin"),
        Is("a folder with initdb and postgres in it", |s| {
            Some(PathBuf::from(s))
                .filter(|bin| bin.join("initdb").is_file() && bin.join("postgres").is_file())
        });
    /// Connections to the database at most. All nodes together must stay below the server's
    /// `max_connections`.
    DATABASE_POOL_SIZE: u32 = plain("8"), Count(1..=500);
    /// How long one statement may take, 1s to 60s.
    DATABASE_STATEMENT_TIMEOUT: Duration = plain("10s"),
        Within(Duration::from_secs(1)..=Duration::from_secs(60));
    /// How long PostgreSQL may take for a question without any work in it before the alarms call it
    /// slow, 1ms to 2s: what takes longer than that counts as away.
    DATABASE_SLOW: Duration = plain("200ms"), Within(Duration::from_millis(1)..=Duration::from_secs(2));
    /// Redis, for several nodes: `redis://HOST:PORT`, `redis+sentinel://HOST:PORT,HOST:PORT/MASTER`
    /// or `redis+cluster://HOST:PORT,HOST:PORT`; `rediss` for TLS. Needs `DATABASE_URL`.
    REDIS_URL: SecretString = secret(), Hidden(
        "redis://host:port, redis+sentinel://host:port,host:port/master-name or \
         redis+cluster://host:port,host:port (rediss: with TLS)",
        |s| crate::cluster::redis::check_url(s).is_ok(),
    );
    /// The same for Redis, 1ms to 500ms.
    REDIS_SLOW: Duration = plain("200ms"), Within(Duration::from_millis(1)..=Duration::from_millis(500));
    /// Key that protects the history at rest: 32 bytes as hex or base64. Unset: generated into
    /// `DATA_DIR`. Whoever loses it loses the history.
    HISTORY_KEY: HistoryKey = secret(),
        Is("32 bytes as 64 hex digits or as base64", HistoryKey::parse);
    /// The key from before, while it is exchanged: it opens as well. docs/operations.md says how.
    /// Several, with commas between, open what is older still. Unset: `history.key.old` in
    /// `DATA_DIR`, if that is there.
    HISTORY_KEY_OLD: Vec<HistoryKey> = secret(),
        Is("32 bytes as 64 hex digits or as base64; several with commas between", |s| {
            s.split(',').map(|key| HistoryKey::parse(key.trim())).collect()
        });
    /// Public key of age (`age1...`) that `nameless backup` seals for; `nameless backup identity`
    /// makes one. Who has the other half can read backups, this machine cannot.
    BACKUP_RECIPIENT: Recipient = plain("")
        .like("age1..."),
        Is("a public key of age, age1...", |s| s.parse().ok());
    /// Days that messages are kept, encrypted, for reports: 1 to 366.
    HISTORY_DAYS: u32 = plain("30"), Count(1..=366);
    /// Size of accepted and unfinished updates at which the bot accepts no more. Telegram keeps
    /// them until work is done.
    JOURNAL_MAX_BYTES: u64 = plain("256MiB"),
        Is("a size of at least 1MiB, such as 256MiB", |s| {
            parse::bytes(s).filter(|n| *n >= 1 << 20)
        });
}

/// Where things are kept.
#[derive(Clone, Debug)]
pub struct StoreConfig {
    /// Private database, journal, generated keys.
    pub data_dir: PathBuf,
    /// A PostgreSQL server; none: a private cluster under `data_dir`.
    pub database_url: Option<SecretString>,
    /// Folder of PostgreSQL's programs for the private cluster; none: those that are found.
    pub postgres_bin: Option<PathBuf>,
    /// Connections to the database at most.
    pub pool_size: u32,
    /// How long one statement on it may take.
    pub statement_timeout: Duration,
    /// From here on an answer of PostgreSQL is a slow one.
    pub database_slow: Duration,
    /// Redis; none: single node.
    pub redis_url: Option<SecretString>,
    /// From here on an answer of Redis is a slow one.
    pub redis_slow: Duration,
    /// Key that wraps the users' history keys; none: generated into `data_dir`.
    pub history_key: Option<HistoryKey>,
    /// The keys from before, the last one first; none: that of `data_dir`, if it is there.
    pub history_key_old: Option<Vec<HistoryKey>>,
    /// Who may read backups; none: to be named with each.
    pub backup_recipient: Option<Recipient>,
    /// How long relayed messages are kept for reports.
    pub history_days: u32,
    /// Bytes of unfinished updates at which the journal stops accepting.
    pub journal_max_bytes: u64,
}

pub(in crate::config) fn read(layers: &Layers) -> Result<StoreConfig, Problem> {
    Ok(StoreConfig {
        data_dir: layers.need(&DATA_DIR)?,
        database_url: layers.value(&DATABASE_URL),
        postgres_bin: layers.value(&POSTGRES_BIN),
        pool_size: layers.need(&DATABASE_POOL_SIZE)?,
        statement_timeout: layers.need(&DATABASE_STATEMENT_TIMEOUT)?,
        database_slow: layers.need(&DATABASE_SLOW)?,
        redis_url: layers.value(&REDIS_URL),
        redis_slow: layers.need(&REDIS_SLOW)?,
        history_key: layers.value(&HISTORY_KEY),
        history_key_old: layers.value(&HISTORY_KEY_OLD),
        backup_recipient: layers.value(&BACKUP_RECIPIENT),
        history_days: layers.need(&HISTORY_DAYS)?,
        journal_max_bytes: layers.need(&JOURNAL_MAX_BYTES)?,
    })
}
