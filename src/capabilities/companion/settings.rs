//! Settings of the companions: where their two files are.

use crate::config::check::Is;
use crate::config::setting::plain;
use crate::settings;
use std::path::PathBuf;

settings! {
    "companions", "Characters";

    /// The file of back ends for characters, like `config/backends.toml`. Without it nobody can
    /// talk to a character, and nothing of it is shown.
    COMPANIONS: PathBuf = plain("").like("/etc/nameless/backends.toml"), Is("a path", |s| Some(PathBuf::from(s)));
    /// The folder of the characters, like `config/personas`. Without it: the three that ship.
    PERSONAS: PathBuf = plain("").like("/etc/nameless/personas"), Is("a path", |s| Some(PathBuf::from(s)));
}
