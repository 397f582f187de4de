//! /profile: every answer can be changed.

use crate::profile::{AgeBand, Gender, TOPICS, Wishes, topic_key};
use crate::session::account::{Account, Phase};
use crate::session::{Capability, SessionCore, Turn, onboarding};
use crate::text::{Arg, Button, Lang, Msg, Screen};

pub(super) const CAPABILITY: Capability =
    Capability { prefix: "pf", commands: &["profile"], on_command, on_press };

/// Keys of the elements of `all` whose bit is set; one key for all of them.
fn mask_keys<T: Copy>(all: &[T], mask: u8, any: &'static str, key: fn(T) -> &'static str) -> Vec<&'static str> {
    if mask == (1u16 << all.len()) as u8 - 1 {
        return vec![any];
    }
    all.iter().enumerate().filter(|(i, _)| mask & (1 << i) != 0).map(|(_, &t)| key(t)).collect()
}

fn overview(account: &Account) -> Screen {
    let unknown = "profile-unknown";
    let topics: Vec<&'static str> =
        (0..TOPICS).filter(|i| account.interests.0 & (1 << i) != 0).map(topic_key).collect();
    let mut text = Msg::new("profile-text")
        .key("gender", account.gender.map_or(unknown, onboarding::gender_key))
        .key("age", account.age.map_or(unknown, onboarding::age_key))
        .key("language", onboarding::lang_key(account.lang))
        .keys("topics", if topics.is_empty() { vec!["profile-no-topics"] } else { topics });
    let w = account.wishes;
    for (name, keys) in [
        ("genders", mask_keys(&Gender::ALL, w.genders, "wish-anyone", onboarding::gender_key)),
        ("ages", mask_keys(&AgeBand::ALL, w.ages, "age-any", onboarding::age_key)),
        ("langs", mask_keys(&Lang::ALL, w.langs, "lang-any", onboarding::lang_key)),
    ] {
        text.args.push((name, Arg::Keys(keys)));
    }
    Screen::of(text)
        .row([Button::new("profile-edit-gender", "pf:gender"), Button::new("profile-edit-age", "pf:age")])
        .row([Button::new("profile-edit-topics", "pf:topics"), Button::new("settings-language", "set:languages")])
        .row([Button::new("profile-edit-genders", "pf:genders"), Button::new("profile-edit-ages", "pf:ages")])
        .row([Button::new("profile-edit-langs", "pf:langs")])
        .row([Button::new("profile-shared", "pf:shared").chosen(w.shared_interest)])
}

/// A screen of choices, each with a tick if chosen, and the way back.
fn choices(
    title: &'static str,
    verb: &str,
    options: impl Iterator<Item = (&'static str, bool)>,
    per_row: usize,
) -> Screen {
    let buttons: Vec<Button> = options
        .enumerate()
        .map(|(i, (key, chosen))| Button::new(key, format!("pf:{verb}:{i}")).chosen(chosen))
        .collect();
    buttons
        .chunks(per_row)
        .fold(Screen::text(title), |s, row| s.row(row.iter().cloned()))
        .row([Button::new("profile-back", "pf:show")])
}

fn editor(account: &Account, what: &str) -> Option<Screen> {
    let w = account.wishes;
    let bit = |mask: u8, i: usize| mask & (1 << i) != 0;
    Some(match what {
        "gender" => choices(
            "gender-question",
            what,
            Gender::ALL.map(|g| (onboarding::gender_key(g), account.gender == Some(g))).into_iter(),
            3,
        ),
        "age" => choices(
            "age-question",
            what,
            AgeBand::ALL.map(|a| (onboarding::age_key(a), account.age == Some(a))).into_iter(),
            3,
        ),
        "topics" => choices(
            "profile-topics-question",
            what,
            (0..TOPICS).map(|i| (topic_key(i), account.interests.0 & (1 << i) != 0)),
            3,
        ),
        "genders" => choices(
            "profile-genders-question",
            what,
            Gender::ALL.into_iter().enumerate().map(|(i, g)| (onboarding::gender_key(g), bit(w.genders, i))),
            3,
        ),
        "ages" => choices(
            "profile-ages-question",
            what,
            AgeBand::ALL.into_iter().enumerate().map(|(i, a)| (onboarding::age_key(a), bit(w.ages, i))),
            3,
        ),
        "langs" => choices(
            "profile-langs-question",
            what,
            Lang::ALL.into_iter().enumerate().map(|(i, l)| (onboarding::lang_key(l), bit(w.langs, i))),
            2,
        ),
        _ => return None,
    })
}

fn on_command(core: &mut SessionCore, _profile: &str, turn: &mut Turn<'_>) {
    match core.account.phase {
        Phase::Onboarding { question } => turn.say(onboarding::ask(&core.account, question)),
        Phase::Underage { .. } => turn.say(Screen::text("adult-refused")),
        _ => turn.say(overview(&core.account)),
    }
}

/// Flips one bit; the last one set stays, as somebody must be wished for.
fn flip(mask: u8, i: usize, any: u8) -> u8 {
    let flipped = (mask ^ (1 << i)) & any;
    if flipped == 0 { mask } else { flipped }
}

fn on_press(core: &mut SessionCore, parts: &[&str], turn: &mut Turn<'_>) {
    if core.account.profile().is_none() {
        return turn.toast("error-old-button");
    }
    let account = &mut core.account;
    match parts {
        ["show"] => return turn.show(overview(account)),
        ["shared"] => {
            account.wishes.shared_interest = !account.wishes.shared_interest;
            turn.show(overview(account));
        }
        [what] => {
            return match editor(account, what) {
                Some(screen) => turn.show(screen),
                None => turn.toast("error-old-button"),
            };
        }
        [what, index] => {
            let Ok(i) = index.parse::<usize>() else { return turn.toast("error-old-button") };
            let bound = match *what {
                "gender" | "genders" => Gender::ALL.len(),
                "age" | "ages" => AgeBand::ALL.len(),
                "langs" => Lang::ALL.len(),
                "topics" => TOPICS,
                _ => 0,
            };
            if i >= bound {
                return turn.toast("error-old-button");
            }
            let wishes = &mut account.wishes;
            match *what {
                "gender" => account.gender = Some(Gender::ALL[i]),
                "age" => account.age = Some(AgeBand::ALL[i]),
                "topics" => account.interests.0 ^= 1 << i,
                "genders" => wishes.genders = flip(wishes.genders, i, Wishes::ANY_GENDER),
                "ages" => wishes.ages = flip(wishes.ages, i, Wishes::ANY_AGE),
                _ => wishes.langs = flip(wishes.langs, i, Wishes::ANY_LANG),
            }
            let screen = match *what {
                "gender" | "age" => overview(account),
                what => editor(account, what).unwrap_or_else(|| overview(account)),
            };
            turn.show(screen);
        }
        _ => return turn.toast("error-old-button"),
    }
    turn.save();
    // A running search looks for what is wished for now.
    core.seek(turn);
}
