//! Private clusters for tests: copied from one that is made once, and opened beside an application that has stopped.

use nameless::postgres::PrivateCluster;
use nameless::store::{Keys, PgStore, StoreOptions};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Puts a cluster into a data folder that has none, so that the application need not make one: a copy takes a tenth of
/// the time. It does not sync, which only a loss of power would show.
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

/// The folder of the one that is copied. Tests are processes of their own: the first makes it, the others wait.
fn template() -> PathBuf {
    let version = super::postgres::programs().map_or("none".into(), |programs| programs.to_string());
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(version.replace(' ', "-"));
    fs::create_dir_all(&folder).expect("a folder");
    let made = folder.join("made");
    let lock = File::create(folder.join("lock")).expect("a lock");
    lock.lock().expect("locked");
    if !made.exists() {
        let draft = folder.join("draft");
        let _ = fs::remove_dir_all(&draft);
        fs::create_dir_all(&draft).expect("a folder");
        PrivateCluster::start(&draft, None, 1).expect("a cluster").stop();
        let config = draft.join("postgres/postgresql.conf");
        let mut text = fs::read_to_string(&config).expect("its settings");
        text.push_str("fsync = off\nfull_page_writes = off\n");
        fs::write(&config, text).expect("its settings");
        fs::rename(&draft, &made).expect("in its place");
    }
    made
}

/// With owners and modes, which the server insists on.
fn copy(from: &Path, to: &Path) {
    let done = Command::new("cp").arg("-a").arg(from).arg(to).status().expect("cp runs");
    assert!(done.success(), "{} cannot be copied", from.display());
}
