//! The first questions: at most five taps, the first button always a sensible way forward.

use crate::profile::{AgeBand, Gender, Wishes};
use crate::session::account::{ADULT_TEXT_VERSION, Account, AdultConsent, Phase, Question};
use crate::session::{Asked, Command, Feature, SessionCore, Turn, home};
use crate::text::{Button, Lang, Screen};

pub(super) const FEATURE: Feature =
    Feature { prefix: "on", commands: &[Command::new("start", 120, "command-start")], on_command, on_press };

/// Locale key of a gender.
pub(super) fn gender_key(gender: Gender) -> &'static str {
    match gender {
        Gender::Female => "gender-female",
        Gender::Male => "gender-male",
        Gender::Other => "gender-other",
    }
}

/// Locale key of an age band.
pub(super) fn age_key(age: AgeBand) -> &'static str {
    match age {
        AgeBand::From18 => "age-18",
        AgeBand::From22 => "age-22",
        AgeBand::From26 => "age-26",
        AgeBand::From36 => "age-36",
        AgeBand::From46 => "age-46",
    }
}

/// Locale key of a language's own name.
pub(super) fn lang_key(lang: Lang) -> &'static str {
    match lang {
        Lang::Ru => "lang-ru",
        Lang::En => "lang-en",
    }
}

/// Whom to meet, as offered in the onboarding: locale key and mask over `Gender::ALL`.
const WISHES: [(&str, u8); 3] = [
    ("wish-anyone", Wishes::ANY_GENDER),
    ("wish-female", 1 << Gender::Female as u8),
    ("wish-male", 1 << Gender::Male as u8),
];

/// The screen of a question.
pub(super) fn ask(account: &Account, question: Question) -> Screen {
    match question {
        Question::Language => {
            let (first, second) = match account.lang {
                Lang::Ru => (Lang::Ru, Lang::En),
                Lang::En => (Lang::En, Lang::Ru),
            };
            [first, second].into_iter().fold(Screen::text("lang-ask"), |s, lang| {
                s.row([Button::new(lang_key(lang), format!("on:lang:{}", lang as u8))])
            })
        }
        Question::Adult => Screen::text("adult-ask")
            .row([Button::new("adult-yes", "on:adult:1")])
            .row([Button::new("adult-no", "on:adult:0")]),
        Question::Gender => Screen::text("gender-ask")
            .row(
                [Gender::Female, Gender::Male]
                    .map(|g| Button::new(gender_key(g), format!("on:gender:{}", g as u8))),
            )
            .row([Button::new(gender_key(Gender::Other), format!("on:gender:{}", Gender::Other as u8))]),
        Question::Age => AgeBand::ALL.chunks(3).fold(Screen::text("age-ask"), |s, bands| {
            s.row(bands.iter().map(|&a| Button::new(age_key(a), format!("on:age:{}", a as u8))))
        }),
        Question::Wish => WISHES.iter().enumerate().fold(Screen::text("wish-ask"), |s, (i, (key, _))| {
            s.row([Button::new(key, format!("on:wish:{i}"))])
        }),
    }
}

fn on_command(core: &mut SessionCore, _: &Asked<'_>, turn: &mut Turn<'_>) {
    match core.account.phase {
        Phase::Onboarding { question } => {
            turn.say(ask(&core.account, question));
            turn.save();
        }
        Phase::Underage { since } if turn.now().since(since) >= turn.rules.underage_again_ms => {
            core.account.phase = Phase::Onboarding { question: Question::Adult };
            turn.say(ask(&core.account, Question::Adult));
            turn.save();
        }
        _ => core.show_where(turn),
    }
}

fn on_press(core: &mut SessionCore, parts: &[&str], turn: &mut Turn<'_>) {
    let (Phase::Onboarding { question }, [asked, answer]) = (core.account.phase, parts) else {
        return turn.toast("error-old-button");
    };
    let Ok(answer) = answer.parse::<usize>() else {
        return turn.toast("error-old-button");
    };
    let account = &mut core.account;
    let next = match (question, *asked) {
        (Question::Language, "lang") => {
            let Some(&lang) = Lang::ALL.get(answer) else { return turn.toast("error-old-button") };
            account.lang = lang;
            account.wishes = Wishes::anyone(lang);
            Question::Adult
        }
        (Question::Adult, "adult") if answer == 1 => {
            account.adult = Some(AdultConsent { at: turn.now(), version: ADULT_TEXT_VERSION });
            Question::Gender
        }
        (Question::Adult, "adult") => {
            account.phase = Phase::Underage { since: turn.now() };
            account.nude_photos = false;
            turn.show(Screen::text("adult-turned-away"));
            return turn.save();
        }
        (Question::Gender, "gender") => {
            let Some(&gender) = Gender::ALL.get(answer) else { return turn.toast("error-old-button") };
            account.gender = Some(gender);
            Question::Age
        }
        (Question::Age, "age") => {
            let Some(&age) = AgeBand::ALL.get(answer) else { return turn.toast("error-old-button") };
            account.age = Some(age);
            Question::Wish
        }
        (Question::Wish, "wish") => {
            let Some(&(_, genders)) = WISHES.get(answer) else { return turn.toast("error-old-button") };
            account.wishes.genders = genders;
            account.phase = Phase::Idle;
            turn.show(home::below("search-ready", turn.rules));
            return turn.save();
        }
        // A button of an earlier question, pressed twice or late: the open one stands below.
        _ => return turn.toast("error-old-button"),
    };
    account.phase = Phase::Onboarding { question: next };
    turn.show(ask(account, next));
    turn.save();
}
