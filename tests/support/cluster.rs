//! Private clusters for tests: copied from one that is made once, and opened beside an application
//! that has stopped.

use super::template;
use nameless::postgres::PrivateCluster;
use nameless::store::migrate::{self, MIGRATIONS};
use nameless::store::{Keys, PgStore, StoreOptions};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

/// Puts a cluster with its schema into a data folder that has none, so that the application need
/// not make one. How one is made from nothing is shown by the tests of private clusters, of
/// migrations, and of the program itself (`kill`), which take no copies.
pub fn prepare(data_dir: &Path) {
    let place = data_dir.join("postgres");
    if place.exists() {
        return;
    }
    template::copy(&made().join("postgres"), &place);
}

/// Does something with the database of an application that has stopped.
pub async fn on_store<T>(data_dir: &Path, act: impl AsyncFnOnce(&PgStore) -> T) -> T {
    let cluster = PrivateCluster::start(data_dir, None, 4).expect("the database");
    let keys = Keys::load_or_create(data_dir).expect("its key");
    let store = PgStore::connect(cluster.url(), keys, StoreOptions::default()).await.expect("a store");
    let done = act(&store).await;
    store.close().await;
    cluster.stop();
    done
}

/// The folder of the one that is copied: with this program's schema, which an application that
/// starts on it finds as any but the first start of a bot does. What makes a cluster and a schema
/// names it.
fn made() -> PathBuf {
    let version = super::postgres::programs().map_or("none".into(), |programs| programs.to_string());
    let mut hash = DefaultHasher::new();
    include_str!("../../src/postgres/cluster.rs").hash(&mut hash);
    include_str!("../../src/postgres/settings.rs").hash(&mut hash);
    format!("{MIGRATIONS:?}").hash(&mut hash);
    template::of(&format!("{}-{:016x}", version.replace(' ', "-"), hash.finish()), |draft| {
        let cluster = PrivateCluster::start(draft, None, 4).expect("a cluster");
        migrated(cluster.url());
        cluster.stop();
        without_sync(&draft.join("postgres"));
    })
}

/// Gives a database the schema. On a thread of its own: whoever asks may be inside a runtime.
fn migrated(url: &str) {
    std::thread::scope(|scope| {
        let up = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(migrate::up(url)).expect("migrated");
        });
        up.join().expect("the schema is there");
    });
}

/// Sets a stopped cluster to be quick rather than safe from a loss of power.
pub fn without_sync(cluster: &Path) {
    let config = cluster.join("postgresql.conf");
    let mut text = fs::read_to_string(&config).expect("its settings");
    text.push_str("fsync = off\nfull_page_writes = off\n");
    fs::write(&config, text).expect("its settings");
}
