//! Which program this is: its version, and the commit that it was made of.

use std::sync::LazyLock;

/// By [semantic versioning](https://semver.org/).
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What `make release` and the image were made of; "unknown" for whoever builds by hand.
pub const COMMIT: &str = match option_env!("NAMELESS_COMMIT") {
    Some(commit) => commit,
    None => "unknown",
};

/// Both, as `--version` says them.
pub fn both() -> &'static str {
    static BOTH: LazyLock<String> = LazyLock::new(|| format!("{VERSION} (commit {COMMIT})"));
    &BOTH
}
