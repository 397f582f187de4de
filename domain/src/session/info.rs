//! Texts that only inform: /help with its topics, /rules.

use crate::rules::Rules;
use crate::session::{Asked, Command, Feature, SessionCore, Turn, home, shown_commands};
use crate::text::{Button, Msg, Screen};

pub(super) const FEATURE: Feature = Feature {
    prefix: "i",
    commands: &[
        Command::new("rules", 70, "command-rules").help("help-rules").repeatable(),
        Command::new("help", 80, "command-help").repeatable(),
    ],
    on_command,
    on_press: |_, parts, turn| match parts {
        ["help"] => turn.show(help(turn.rules)),
        ["help", topic] => match shown_topics(turn.rules).find(|known| known.name == *topic) {
            Some(topic) => turn.show(Screen::text(topic.text).row([Button::new("help-back", "i:help")])),
            None => turn.toast("error-old-button"),
        },
        _ => turn.toast("error-old-button"),
    },
};

/// What there is more to say about than a line.
struct Topic {
    /// In its button's data.
    name: &'static str,
    /// Locale key of its button.
    label: &'static str,
    /// Locale key of what it says.
    text: &'static str,
    /// Whether there is such a thing under these rules.
    only: fn(&Rules) -> bool,
}

const TOPICS: [Topic; 5] = [
    Topic { name: "chat", label: "help-topic-chat", text: "help-about-chat", only: |_| true },
    Topic { name: "safety", label: "help-topic-safety", text: "help-about-safety", only: |_| true },
    Topic { name: "dating", label: "home-dating", text: "help-about-dating", only: |rules| rules.dating },
    Topic {
        name: "characters",
        label: "home-characters",
        text: "help-about-characters",
        only: |rules| rules.cast.is_on(),
    },
    Topic {
        name: "payments",
        label: "home-premium",
        text: "help-about-payments",
        only: |rules| !rules.shop.products.is_empty(),
    },
];

fn shown_topics(rules: &Rules) -> impl Iterator<Item = &'static Topic> {
    TOPICS.iter().filter(|topic| (topic.only)(rules))
}

fn on_command(_core: &mut SessionCore, asked: &Asked<'_>, turn: &mut Turn<'_>) {
    turn.say(match asked.command {
        "rules" => home::back(Screen::text("rules-text")),
        _ => help(turn.rules),
    });
}

fn help(rules: &Rules) -> Screen {
    let text = Msg::new("help-text").commands("commands", help_lines(rules));
    let topics: Vec<&Topic> = shown_topics(rules).collect();
    let row = |two: &[&Topic]| -> Vec<Button> {
        two.iter().map(|topic| Button::new(topic.label, format!("i:help:{}", topic.name))).collect()
    };
    home::back(topics.chunks(2).fold(Screen::of(text), |screen, two| screen.row(row(two))))
}

/// What can be asked of the bot: each command, and the key of what it does.
fn help_lines(rules: &Rules) -> Vec<(&'static str, &'static str)> {
    shown_commands(rules).iter().filter_map(|command| Some((command.name, command.help?))).collect()
}
