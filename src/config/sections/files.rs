//! Which configuration files are read.

use crate::config::check::TEXT;
use crate::config::setting::bootstrap;
use crate::settings;

settings! {
    "", "Files";

    /// Layer of configuration: `NAME` reads `config/NAME.toml` over `config/base.toml`.
    NAMELESS_ENV: String = bootstrap(""), TEXT;
    /// Folder of the configuration files.
    NAMELESS_CONFIG_DIR: String = bootstrap("config"), TEXT;
}
