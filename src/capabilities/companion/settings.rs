//! Settings of the companions: where their two files are, and whether people share characters.

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
    /// `on`: people may share characters of their own with each other, once an operator has looked
    /// at them. `off`: there is no way to share one, and none that is shared is offered; dialogs
    /// with such go on.
    CHARACTER_SHARING: bool = plain("on"), Is("on or off", switch);
}

fn switch(text: &str) -> Option<bool> {
    match text {
        "on" => Some(true),
        "off" => Some(false),
        _ => None,
    }
}
