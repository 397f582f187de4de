//! The home screen: whatever there is, one tap away, and nothing that the operator has not switched
//! on.

use super::{Asked, Command, Feature, SessionCore, onboarding, search};
use crate::rules::Rules;
use crate::session::account::Phase;
use crate::text::{Action, Button, Msg, Screen};

pub(super) const FEATURE: Feature = Feature {
    prefix: "h",
    commands: &[Command::new("menu", 5, "command-menu").help("help-menu").repeatable()],
    on_command: |core, _: &Asked<'_>, turn| {
        let screen = home(core, turn.rules);
        turn.say(screen);
    },
    on_press: |core, parts, turn| match parts {
        ["show"] => {
            let screen = home(core, turn.rules);
            turn.show(screen);
        }
        _ => turn.toast("error-old-button"),
    },
};

/// A text with the ways to everything below, for whoever talks to nobody.
pub(crate) fn below(key: &'static str, rules: &Rules) -> Screen {
    ways(search::home(key), rules, false)
}

/// A row that leads to the home screen.
pub(crate) fn back(screen: Screen) -> Screen {
    screen.row([Button::new("home-back", "h:show")])
}

/// The home screen, as it is where the user is now. Nothing on it ends a chat.
fn home(core: &SessionCore, rules: &Rules) -> Screen {
    match core.account.phase {
        Phase::Idle | Phase::Companion { .. } => below("home-title", rules),
        Phase::Searching { .. } => ways(search::still_searching(), rules, false),
        Phase::Chatting { .. } => ways(Screen::text("home-in-chat"), rules, true),
        Phase::Onboarding { question } => onboarding::ask(&core.account, question),
        Phase::Underage { .. } => Screen::text("adult-turned-away"),
    }
}

/// The rows below: five ways at most with the one that stands above. Profiles are not shown beside
/// a running chat, where a word may be meant for either; the app shows them apart from it.
fn ways(mut screen: Screen, rules: &Rules, in_chat: bool) -> Screen {
    let mut row = Vec::new();
    match &rules.dating_app {
        Some(address) if rules.dating && in_chat => {
            let open = Action::WebApp(address.to_string());
            row.push(Button { label: Msg::new("home-dating"), chosen: false, action: open });
        }
        _ if rules.dating && !in_chat => row.push(Button::new("home-dating", "dt:home")),
        _ => {}
    }
    if rules.cast.is_on() {
        row.push(Button::new("home-characters", "ch:card:0"));
    }
    if !row.is_empty() {
        screen = screen.row(row);
    }
    let mut row = Vec::new();
    if !rules.shop.products.is_empty() {
        row.push(Button::new("home-premium", "pr:show"));
    }
    row.push(Button::new("home-me", "set:show"));
    screen.row(row)
}
