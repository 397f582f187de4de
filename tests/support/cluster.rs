//! Private clusters for tests: copied from one that is made once, and opened beside an application
//! that has stopped.

use nameless::postgres::PrivateCluster;
use nameless::store::{Keys, PgStore, StoreOptions};
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Puts a cluster into a data folder that has none, so that the application need not make one: a
/// copy takes a tenth of the time. It does not sync, which only a loss of power would show.
pub fn prepare(data_dir: &Path) {
    let place = data_dir.join("postgres");
    if place.exists() {
        return;
    }
    copy(&template().join("postgres"), &place);
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

/// The folder of the one that is copied. Tests are processes of their own: the first makes it, the
/// others wait. It is not in cargo's target folder: under root that is often below /root, where
/// whoever runs the server may not go. What makes a cluster names it, so that no test meets one
/// that an earlier version of that made.
fn template() -> PathBuf {
    let version = super::postgres::programs().map_or("none".into(), |programs| programs.to_string());
    let mut hash = DefaultHasher::new();
    include_str!("../../src/postgres/cluster.rs").hash(&mut hash);
    include_str!("../../src/postgres/settings.rs").hash(&mut hash);
    let ours = format!("nameless-test-clusters-{}", rustix::process::geteuid().as_raw());
    let kind = format!("{}-{:016x}", version.replace(' ', "-"), hash.finish());
    let folder = std::env::temp_dir().join(ours).join(kind);
    fs::create_dir_all(&folder).expect("a folder");
    let made = folder.join("made");
    let lock = File::create(folder.join("lock")).expect("a lock");
    lock.lock().expect("locked");
    if !made.exists() {
        let draft = folder.join("draft");
        let _ = fs::remove_dir_all(&draft);
        fs::create_dir_all(&draft).expect("a folder");
        PrivateCluster::start(&draft, None, 1).expect("a cluster").stop();
        without_sync(&draft.join("postgres"));
        fs::rename(&draft, &made).expect("in its place");
    }
    made
}

/// Sets a stopped cluster to be quick rather than safe from a loss of power.
pub fn without_sync(cluster: &Path) {
    let config = cluster.join("postgresql.conf");
    let mut text = fs::read_to_string(&config).expect("its settings");
    text.push_str("fsync = off\nfull_page_writes = off\n");
    fs::write(&config, text).expect("its settings");
}

/// With owners and modes, which the server insists on.
fn copy(from: &Path, to: &Path) {
    let done = Command::new("cp").arg("-a").arg(from).arg(to).status().expect("cp runs");
    assert!(done.success(), "{} cannot be copied", from.display());
}
