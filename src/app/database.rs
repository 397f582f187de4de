//! The database that the configuration names: a server, or the private cluster.

use super::backfill;
use crate::config::{Config, ExposeSecret, HistoryKey, SecretString};
use crate::postgres::{self, ClusterError, PrivateCluster};
use crate::store::{KEY_FILE, Keys, PgStore, StoreOptions, migrate};
use anyhow::Context as _;
use secrecy::SecretBox;

/// An open database with its schema up to date.
pub struct Database {
    /// The store over it.
    pub store: PgStore,
    cluster: Option<PrivateCluster>,
}

/// Where the database is.
pub struct Place {
    /// Its URL.
    pub url: SecretString,
    /// Runs as long as this lives.
    cluster: Option<PrivateCluster>,
}

impl Place {
    /// Finds the configured server, or starts the private cluster.
    pub async fn find(config: &Config) -> anyhow::Result<Place> {
        if let Some(url) = &config.store.database_url {
            return Ok(Place { url: url.clone(), cluster: None });
        }
        let store = config.store.clone();
        let start =
            move || PrivateCluster::start(&store.data_dir, store.postgres_bin.as_deref(), store.pool_size);
        let cluster =
            tokio::task::spawn_blocking(start).await.context("the database's start was cut short")??;
        let url = SecretString::from(cluster.url().to_owned());
        Ok(Place { url, cluster: Some(cluster) })
    }

    /// The same for a command that may run beside the bot: a private cluster that the bot runs is
    /// used as well.
    pub async fn attach(config: &Config) -> anyhow::Result<Place> {
        let found = Place::find(config).await;
        let Err(error) = &found else { return found };
        let Some(ClusterError::InUse { .. }) = error.downcast_ref() else { return found };
        match postgres::running(&config.store.data_dir) {
            Some(url) => Ok(Place { url: url.into(), cluster: None }),
            None => found.context("the bot's database takes no connections yet; try again in some seconds"),
        }
    }

    /// Stops what [`Place::find`] has started, once its clients are gone.
    pub async fn leave(self) {
        stop(self.cluster).await;
    }
}

impl Database {
    /// Opens the database and brings its schema up to date.
    pub async fn open(config: &Config) -> anyhow::Result<Database> {
        let keys = keys(config)?;
        let place = Place::find(config).await?;
        let applied = migrate::up(place.url.expose_secret()).await?;
        if !applied.is_empty() {
            tracing::info!(migrations = applied.len(), "the database's schema was brought up to date");
        }
        Database::over(place, config, keys).await
    }

    /// Opens the database for a command beside the bot, whose version decides on the schema: one
    /// that is not this program's is an error.
    pub async fn attach(config: &Config) -> anyhow::Result<Database> {
        Database::over(Place::attach(config).await?, config, keys(config)?).await
    }

    async fn over(place: Place, config: &Config, keys: Keys) -> anyhow::Result<Database> {
        let options = StoreOptions {
            connections: config.store.pool_size,
            statement: config.store.statement_timeout,
            history_days: config.store.history_days,
            revive: place.cluster.as_ref().map(|cluster| cluster.revive()),
            ..StoreOptions::default()
        };
        let store = PgStore::connect(place.url.expose_secret(), keys, options).await?;
        Ok(Database { store, cluster: place.cluster })
    }

    /// Closes connections, then the private cluster.
    pub async fn close(self) {
        self.store.close().await;
        stop(self.cluster).await;
    }
}

/// The keys that everything at rest is sealed under. One that is not there is made.
pub fn keys(config: &Config) -> anyhow::Result<Keys> {
    let keys = match &config.store.history_key {
        Some(key) => given(key),
        None => Keys::load_or_create(&config.store.data_dir)?,
    };
    Ok(match old_key(config)? {
        Some(old) => keys.or(old),
        None => keys,
    })
}

/// The same for a command that has no use for a new key.
pub fn keys_that_are_there(config: &Config) -> anyhow::Result<Keys> {
    let is_there = config.store.history_key.is_some() || config.store.data_dir.join(KEY_FILE).exists();
    anyhow::ensure!(
        is_there,
        "the key is not here: set HISTORY_KEY, or DATA_DIR to the folder with {KEY_FILE}"
    );
    keys(config)
}

fn old_key(config: &Config) -> anyhow::Result<Option<Keys>> {
    Ok(match &config.store.history_key_old {
        Some(keys) => keys.iter().map(given).reduce(Keys::or),
        None => Keys::load_old(&config.store.data_dir)?,
    })
}

fn given(key: &HistoryKey) -> Keys {
    Keys::new(SecretBox::new(Box::new(*key.expose())))
}

async fn stop(cluster: Option<PrivateCluster>) {
    if let Some(cluster) = cluster {
        let _ = tokio::task::spawn_blocking(move || drop(cluster)).await;
    }
}

/// `nameless migrate`: what to print.
pub async fn migrate(config: &Config, what: crate::cli::Migrate) -> anyhow::Result<String> {
    use crate::cli::Migrate;
    // A question must not make what it asks about: of an empty database every answer is well.
    let is_question = matches!(what, Migrate::Status | Migrate::Plan { .. } | Migrate::Fill);
    let data_dir = &config.store.data_dir;
    let is_there = config.store.database_url.is_some() || data_dir.join("postgres/PG_VERSION").exists();
    anyhow::ensure!(
        !is_question || is_there,
        "there is no database: DATABASE_URL is not set, and none is in {}; the bot's start or `migrate up` makes one",
        data_dir.display()
    );
    let place = Place::attach(config).await?;
    let url = place.url.expose_secret();
    let lines = |verb: &str, names: Vec<String>| {
        if names.is_empty() {
            return "nothing to do\n".to_owned();
        }
        names.iter().map(|name| format!("{verb} {name}\n")).collect()
    };
    let done = async {
        anyhow::Ok(match what {
            Migrate::Up => {
                lines("applied", migrate::up(url).await?)
                    + &backfill::under_way(&migrate::fillings(url).await?)
            }
            Migrate::Down { steps } => lines("taken back", migrate::down(url, steps as usize).await?),
            Migrate::Status => {
                let steps: String = migrate::status(url).await?.iter().map(line).collect();
                steps + &migrate::fillings(url).await?.iter().map(backfill::line).collect::<String>()
            }
            Migrate::Fill => backfill::fill(url, keys_that_are_there(config)?).await?,
            Migrate::Plan { down } => migrate::plan(url, down.map(|steps| steps as usize)).await?,
        })
    };
    let done = done.await;
    place.leave().await;
    done
}

fn line(state: &migrate::MigrationState) -> String {
    let applied = match (state.applied, state.is_known) {
        (None, _) => "not applied",
        (Some(_), true) => "applied",
        (Some(_), false) => "applied by a newer program; this one can run on it",
    };
    format!("{:04} {}: {applied}\n", state.number, state.name)
}
