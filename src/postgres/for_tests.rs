//! A server for tests of what only this crate can reach.

use super::PrivateCluster;
use std::path::PathBuf;
use tempfile::TempDir;

/// A server with nothing in it, and its folder; none where PostgreSQL is not installed and may be
/// left out (`NAMELESS_SKIP`), as in `tests/support`.
pub(crate) fn cluster() -> Option<(PrivateCluster, TempDir)> {
    let folder = tempfile::tempdir().expect("a folder");
    let chosen = std::env::var_os("NAMELESS_TEST_PG_BIN").map(PathBuf::from);
    match PrivateCluster::start(folder.path(), chosen.as_deref(), 4) {
        Ok(cluster) => Some((cluster, folder)),
        Err(error) => {
            let left_out = std::env::var("NAMELESS_SKIP").unwrap_or_default();
            assert!(left_out.split(',').any(|word| word.trim() == "postgres"), "{error}");
            println!("SKIPPED: postgres is not installed");
            None
        }
    }
}
