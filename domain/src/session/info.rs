//! Texts that only inform: /help, /rules.

use crate::rules::Rules;
use crate::session::{Asked, Command, Feature, SessionCore, Turn, shown_commands};
use crate::text::{Msg, Screen};

pub(super) const FEATURE: Feature = Feature {
    prefix: "i",
    commands: &[
        Command::new("rules", 70, "command-rules").help("help-rules").repeatable(),
        Command::new("help", 80, "command-help").repeatable(),
    ],
    on_command,
    on_press: |_, _, turn| turn.toast("error-old-button"),
};

fn on_command(_core: &mut SessionCore, asked: &Asked<'_>, turn: &mut Turn<'_>) {
    turn.say(match asked.command {
        "rules" => Screen::text("rules-text"),
        _ => Screen::of(Msg::new("help-text").commands("commands", help_lines(turn.rules))),
    });
}

/// What can be asked of the bot: each command, and the key of what it does.
fn help_lines(rules: &Rules) -> Vec<(&'static str, &'static str)> {
    shown_commands(rules).iter().filter_map(|command| Some((command.name, command.help?))).collect()
}
