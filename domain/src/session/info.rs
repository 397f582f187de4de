//! Texts that only inform: /help, /rules.

use crate::session::{Capability, SessionCore, Turn};
use crate::text::Screen;

pub(super) const CAPABILITY: Capability =
    Capability { prefix: "i", commands: &["help", "rules"], on_command, on_press, repeatable: true };

fn on_command(_core: &mut SessionCore, command: &str, turn: &mut Turn<'_>) {
    turn.say(Screen::text(match command {
        "rules" => "rules-text",
        _ => "help-text",
    }));
}

fn on_press(_core: &mut SessionCore, _parts: &[&str], turn: &mut Turn<'_>) {
    turn.toast("error-old-button");
}
