//! /settings and /language.

use crate::rules::Rules;
use crate::session::account::{Account, Phase};
use crate::session::{Asked, Command, Feature, SessionCore, Turn, home, onboarding};
use crate::text::{Button, Lang, Screen};

pub(super) const FEATURE: Feature = Feature {
    prefix: "set",
    commands: &[
        Command::new("settings", 50, "command-settings").help("help-settings").repeatable(),
        Command::new("language", 100, "command-language").help("help-language").repeatable(),
    ],
    on_command,
    on_press,
};

fn languages(account: &Account) -> Screen {
    let choices = |text: &'static str| {
        Lang::ALL.into_iter().fold(Screen::text(text), |s, lang| {
            s.row([Button::new(onboarding::lang_key(lang), format!("set:lang:{}", lang as u8))
                .chosen(lang == account.lang)])
        })
    };
    match account.phase {
        // Who is asked their first questions is greeted by this one.
        Phase::Onboarding { .. } => choices("lang-ask"),
        _ => home::back(choices("lang-choose")),
    }
}

fn settings(account: &Account, rules: &Rules) -> Screen {
    let mut screen = Screen::text("settings-title")
        .row([Button::new("settings-language", "set:languages")])
        .row([Button::new("settings-confirm-end", "set:confirm").chosen(account.confirm_end)])
        .row([Button::new("settings-profile", "pf:show")])
        .row([Button::new("settings-privacy", "pv:show")])
        .row([Button::new("settings-news", "news:show")]);
    if rules.reminders {
        screen = screen.row([Button::new("settings-reminders", "rm:show")]);
    }
    home::back(match is_adult(account) {
        true => {
            let agrees = account.agrees_to_nudity();
            screen.row([Button::new("settings-nude-photos", "set:nude").chosen(agrees)])
        }
        false => screen,
    })
}

/// Whether they have said that they are 18, and not the contrary since.
fn is_adult(account: &Account) -> bool {
    account.adult.is_some() && !matches!(account.phase, Phase::Underage { .. })
}

fn on_command(core: &mut SessionCore, asked: &Asked<'_>, turn: &mut Turn<'_>) {
    turn.say(match asked.command {
        "language" => languages(&core.account),
        _ => settings(&core.account, turn.rules),
    });
}

fn on_press(core: &mut SessionCore, parts: &[&str], turn: &mut Turn<'_>) {
    match parts {
        ["show"] => turn.show(settings(&core.account, turn.rules)),
        ["languages"] => turn.show(languages(&core.account)),
        ["confirm"] => {
            core.account.confirm_end = !core.account.confirm_end;
            turn.show(settings(&core.account, turn.rules));
            turn.save();
        }
        ["nude"] if is_adult(&core.account) => {
            core.account.nude_photos = !core.account.nude_photos;
            turn.toast(if core.account.nude_photos { "settings-nude-on" } else { "settings-nude-off" });
            turn.show(settings(&core.account, turn.rules));
            turn.save();
        }
        ["lang", index] => {
            let Some(&lang) = index.parse::<usize>().ok().and_then(|i| Lang::ALL.get(i)) else {
                return turn.toast("error-old-button");
            };
            let account = &mut core.account;
            // People who only meet speakers of their own language go on doing so in the new one.
            if account.wishes.langs == 1 << account.lang as u8 {
                account.wishes.langs = 1 << lang as u8;
            }
            account.lang = lang;
            let changed = Screen::text("lang-changed");
            match core.account.phase {
                Phase::Onboarding { .. } => turn.show(changed),
                _ => turn.show(home::back(changed)),
            }
            turn.save();
            if let Phase::Onboarding { question } = core.account.phase {
                turn.say(onboarding::ask(&core.account, question));
            }
            core.seek_anew(turn);
        }
        _ => turn.toast("error-old-button"),
    }
}
