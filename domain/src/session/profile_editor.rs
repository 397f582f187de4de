//! /profile: every answer can be changed.

use crate::capabilities::Fact;
use crate::profile::{AgeBand, Gender, TOPICS, Wishes, topic_key};
use crate::session::account::{Account, Phase};
use crate::session::{Asked, Command, Feature, SessionCore, Turn, home, onboarding};
use crate::text::{Arg, Button, Lang, Msg, Screen};

pub(super) const FEATURE: Feature = Feature {
    prefix: "pf",
    commands: &[Command::new("profile", 40, "command-profile").help("help-profile").repeatable()],
    on_command,
    on_press,
};

/// Keys of the elements of `all` whose bit is set; one key for all of them.
fn mask_keys<T: Copy>(
    all: &[T],
    mask: u8,
    any: &'static str,
    key: fn(T) -> &'static str,
) -> Vec<&'static str> {
    if mask == (1u16 << all.len()) as u8 - 1 {
        return vec![any];
    }
    all.iter().enumerate().filter(|(i, _)| mask & (1 << i) != 0).map(|(_, &t)| key(t)).collect()
}

fn overview(account: &Account) -> Screen {
    let unknown = "profile-unknown";
    let topics = account.interests.keys();
    let mut text = Msg::new("profile-title")
        .key("gender", account.gender.map_or(unknown, onboarding::gender_key))
        .key("age", account.age.map_or(unknown, onboarding::age_key))
        .key("language", onboarding::lang_key(account.lang))
        .keys("topics", if topics.is_empty() { vec!["topic-none"] } else { topics });
    let w = account.wishes;
    for (name, keys) in [
        ("genders", mask_keys(&Gender::ALL, w.genders, "wish-anyone", onboarding::gender_key)),
        ("ages", mask_keys(&AgeBand::ALL, w.ages, "wish-age-any", onboarding::age_key)),
        ("langs", mask_keys(&Lang::ALL, w.langs, "lang-any", onboarding::lang_key)),
    ] {
        text.args.push((name, Arg::Keys(keys)));
    }
    let screen = Screen::of(text)
        .row([Button::new("profile-gender", "pf:gender"), Button::new("profile-age", "pf:age")])
        .row([Button::new("profile-topics", "pf:topics"), Button::new("settings-language", "set:languages")])
        .row([Button::new("profile-wish-gender", "pf:genders"), Button::new("profile-wish-age", "pf:ages")])
        .row([Button::new("profile-wish-lang", "pf:langs")])
        .row([Button::new("wish-shared-interest", "pf:shared").chosen(w.shared_interest)]);
    home::back(screen)
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
        .row([Button::new("button-back", "pf:show")])
}

fn editor(account: &Account, what: &str) -> Option<Screen> {
    let w = account.wishes;
    let bit = |mask: u8, i: usize| mask & (1 << i) != 0;
    Some(match what {
        "gender" => choices(
            "gender-ask",
            what,
            Gender::ALL.map(|g| (onboarding::gender_key(g), account.gender == Some(g))).into_iter(),
            3,
        ),
        "age" => choices(
            "age-ask",
            what,
            AgeBand::ALL.map(|a| (onboarding::age_key(a), account.age == Some(a))).into_iter(),
            3,
        ),
        "topics" => choices(
            "topic-ask",
            what,
            (0..TOPICS).map(|i| (topic_key(i), account.interests.0 & (1 << i) != 0)),
            3,
        ),
        "genders" => choices(
            "wish-gender-title",
            what,
            Gender::ALL.into_iter().enumerate().map(|(i, g)| (onboarding::gender_key(g), bit(w.genders, i))),
            3,
        ),
        "ages" => choices(
            "wish-age-title",
            what,
            AgeBand::ALL.into_iter().enumerate().map(|(i, a)| (onboarding::age_key(a), bit(w.ages, i))),
            3,
        ),
        "langs" => choices(
            "wish-lang-title",
            what,
            Lang::ALL.into_iter().enumerate().map(|(i, l)| (onboarding::lang_key(l), bit(w.langs, i))),
            2,
        ),
        _ => return None,
    })
}

fn on_command(core: &mut SessionCore, _: &Asked<'_>, turn: &mut Turn<'_>) {
    match core.account.phase {
        Phase::Onboarding { question } => turn.say(onboarding::ask(&core.account, question)),
        Phase::Underage { .. } => turn.say(Screen::text("adult-turned-away")),
        _ => turn.say(overview(&core.account)),
    }
}

/// Flips one bit; false if it is the last one set: somebody must be wished for.
fn flip(mask: &mut u8, i: usize, any: u8) -> bool {
    let flipped = (*mask ^ (1 << i)) & any;
    if flipped != 0 {
        *mask = flipped;
    }
    flipped != 0
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
            let mut changed = true;
            match *what {
                "gender" => account.gender = Some(Gender::ALL[i]),
                "age" => account.age = Some(AgeBand::ALL[i]),
                "topics" => account.interests.0 ^= 1 << i,
                "genders" => changed = flip(&mut wishes.genders, i, Wishes::ANY_GENDER),
                "ages" => changed = flip(&mut wishes.ages, i, Wishes::ANY_AGE),
                _ => changed = flip(&mut wishes.langs, i, Wishes::ANY_LANG),
            }
            if !changed {
                return turn.toast("wish-keep-one");
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
    core.tell(Fact::ProfileChanged, turn);
    core.seek_anew(turn);
}
