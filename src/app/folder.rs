//! A folder for one run of the demo or of a bench.

use anyhow::Context as _;
use std::path::{Path, PathBuf};

/// Removed when dropped: each run begins anew, and leaves nothing behind.
pub struct Folder(PathBuf);

impl Folder {
    /// Makes it under the system's folder for such. `what` is part of its name.
    pub fn new(what: &str) -> anyhow::Result<Folder> {
        let name = format!("nameless-{what}-{}-{:x}", std::process::id(), rand_tag());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).with_context(|| format!("{} cannot be made", path.display()))?;
        Ok(Folder(path))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Tells runs of one process id apart.
fn rand_tag() -> u128 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_nanos())
}
