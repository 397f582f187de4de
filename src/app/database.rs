//! The database that the configuration names: a server, or the embedded one.

use crate::config::{Config, ExposeSecret, SecretString};
use crate::store::{Keys, PgStore, StoreOptions, migrate};
#[cfg(feature = "embedded")]
use anyhow::Context as _;
use secrecy::SecretBox;

#[cfg(feature = "embedded")]
use crate::store::embedded::Embedded;

/// An open database with its schema up to date.
pub struct Database {
    /// The store over it.
    pub store: PgStore,
    #[cfg(feature = "embedded")]
    embedded: Option<Embedded>,
}

/// Where the database is.
pub struct Place {
    /// Its URL.
    pub url: SecretString,
    #[cfg(feature = "embedded")]
    embedded: Option<Embedded>,
}

impl Place {
    /// Finds the configured server, or starts the embedded one.
    pub async fn find(config: &Config) -> anyhow::Result<Place> {
        if let Some(url) = &config.store.database_url {
            return Ok(Place {
                url: url.clone(),
                #[cfg(feature = "embedded")]
                embedded: None,
            });
        }
        #[cfg(feature = "embedded")]
        {
            let data_dir = config.store.data_dir.clone();
            let embedded = tokio::task::spawn_blocking(move || Embedded::start(&data_dir))
                .await
                .context("the embedded database's start was cut short")??;
            Ok(Place { url: SecretString::from(embedded.url().to_owned()), embedded: Some(embedded) })
        }
        #[cfg(not(feature = "embedded"))]
        anyhow::bail!("DATABASE_URL is needed: this build has no embedded database")
    }
}

impl Database {
    /// Opens the database and brings its schema up to date.
    pub async fn open(config: &Config) -> anyhow::Result<Database> {
        Database::find(config, true).await
    }

    /// Opens the database for a command beside the bot, whose version decides on the schema: one that is not this
    /// program's is an error.
    pub async fn attach(config: &Config) -> anyhow::Result<Database> {
        Database::find(config, false).await
    }

    async fn find(config: &Config, bring_up: bool) -> anyhow::Result<Database> {
        let keys = match &config.store.history_key {
            Some(key) => Keys::new(SecretBox::new(Box::new(*key.expose()))),
            None => Keys::load_or_create(&config.store.data_dir)?,
        };
        let place = Place::find(config).await?;
        let applied = if bring_up { migrate::up(place.url.expose_secret()).await? } else { Vec::new() };
        if !applied.is_empty() {
            tracing::info!(migrations = applied.len(), "the database's schema was brought up to date");
        }
        let options = StoreOptions {
            connections: config.store.pool_size,
            statement: config.store.statement_timeout,
            ..StoreOptions::default()
        };
        #[cfg(feature = "embedded")]
        let options = place.embedded.as_ref().map_or(options, StoreOptions::embedded);
        let options = StoreOptions { history_days: config.store.history_days, ..options };
        let store = PgStore::connect(place.url.expose_secret(), keys, options).await?;
        Ok(Database {
            store,
            #[cfg(feature = "embedded")]
            embedded: place.embedded,
        })
    }

    /// Closes connections, then the embedded server.
    pub async fn close(self) {
        self.store.close().await;
        #[cfg(feature = "embedded")]
        if let Some(embedded) = self.embedded
            && let Ok(Err(error)) = tokio::task::spawn_blocking(move || embedded.stop()).await
        {
            tracing::warn!(%error, "the embedded database did not stop cleanly");
        }
    }
}

/// `nameless migrate`: what to print.
pub async fn migrate(config: &Config, what: crate::cli::Migrate) -> anyhow::Result<String> {
    use crate::cli::Migrate;
    let place = Place::find(config).await?;
    let url = place.url.expose_secret();
    let lines = |verb: &str, names: Vec<String>| {
        if names.is_empty() {
            return "nothing to do\n".to_owned();
        }
        names.iter().map(|name| format!("{verb} {name}\n")).collect()
    };
    Ok(match what {
        Migrate::Up => lines("applied", migrate::up(url).await?),
        Migrate::Down { steps } => lines("taken back", migrate::down(url, steps as usize).await?),
        Migrate::Status => migrate::status(url).await?.iter().map(line).collect(),
    })
}

fn line(state: &migrate::MigrationState) -> String {
    let applied = if state.applied.is_some() { "applied" } else { "not applied" };
    format!("{:04} {}: {applied}\n", state.number, state.name)
}

/// The embedded database serves one process: what to do when that is the bot. `then` is what its start does after that.
#[cfg_attr(not(feature = "embedded"), allow(unused_variables))]
pub(super) fn explained(error: anyhow::Error, then: &str) -> anyhow::Error {
    #[cfg(feature = "embedded")]
    if let Some(crate::store::embedded::EmbeddedError::InUse { .. }) = error.downcast_ref() {
        return error.context(format!(
            "the embedded database serves one process at a time, and the bot has it: stop the bot, run this \
             command again, start the bot{then}"
        ));
    }
    error
}
