//! What people see of dating, but for cards: those hold another person's picture.

mod settings;

use super::bot::{Event, Figures, Home, Matched, Photos, Token};
use super::found;
use super::pair::Contacts;
use super::person::Goal;
use super::photo::PHOTOS;
use super::profile::{Objection, Question};
use crate::capabilities::billing::{self, Good, Shop};
use crate::ids::UserId;
use crate::rules::Rules;
use crate::session::home;
use crate::session::review::ReportReason;
use crate::text::{Action, Button, Msg, Screen};

/// What an event says, by the rules of this bot: where the Mini App is, what is sold.
pub(super) fn of(event: Event, rules: &Rules) -> Screen {
    let (app, shop) = (rules.dating_app.as_deref(), &rules.shop);
    match event {
        Event::Ask { question, objection } => asks(question, objection),
        Event::Home(home) => first(home, app, shop),
        Event::Ready => with_app(Screen::text("dating-ready"), app)
            .row([Button::new("dating-button-cards", "dt:next")])
            .row([Button::new("dating-button-me", "dt:me")]),
        Event::TooYoung => Screen::text("dating-too-young"),
        Event::SuperLiked => {
            Screen::text("dating-superliked").row([Button::new("dating-button-cards", "dt:next")])
        }
        Event::Offer { good } => offer(good, shop),
        Event::Goods(all) => goods(&all, shop),
        Event::Photos(photos) => self::photos(&photos),
        Event::Filters { filters, often } => settings::filters(filters, often),
        Event::Choices(choices) => settings::choices(&choices),
        Event::Stats(figures) => stats(figures),
        Event::PhotoGone { objection: Objection::Face } => to_photos(Screen::text("dating-photo-moved")),
        Event::PhotoGone { objection: Objection::Often } => to_photos(Screen::text("dating-photos-often")),
        Event::PhotoGone { .. } => to_photos(Screen::text("dating-photo-gone")),
        Event::Dry => back(Screen::text("dating-dry").row([Button::new("dating-button-undo", "dt:undo")])),
        Event::Spent => back(Screen::text("dating-spent")),
        Event::Matches(page) => found::screen(&page),
        Event::Matched(one) => about("dating-match", one),
        Event::Wanted(one) => about("dating-wanted", one),
        Event::Liked { count } => Screen::of(Msg::new("dating-liked").number("count", count.into()))
            .row(likers(shop).into_iter().chain([Button::new("dating-button-cards", "dt:next")])),
        Event::Contact { name, username, user, is_elsewhere } => {
            contact(name, username, (user, is_elsewhere))
        }
        Event::Sharing { matched, contacts } => sharing(matched, contacts),
        Event::Leaving => delete(),
        Event::Gone => back(Screen::text("dating-gone")),
        Event::Reported => {
            back(Screen::text("dating-reported").row([Button::new("dating-button-cards", "dt:next")]))
        }
        Event::Blocked => {
            back(Screen::text("dating-blocked").row([Button::new("dating-button-cards", "dt:next")]))
        }
        Event::TooLate => back(Screen::text("dating-too-late")),
        Event::Parted => back(Screen::text("dating-parted")),
        Event::Paused => {
            Screen::text("dating-paused").row([Button::new("dating-button-resume", "dt:resume")])
        }
        Event::Deleted => Screen::text("dating-deleted"),
        Event::Left => Screen::text("dating-left"),
        Event::Away
        | Event::NotAsked
        | Event::Show { .. }
        | Event::Placed { .. }
        | Event::Opened { .. }
        | Event::ChatOpened { .. }
        | Event::Writes(_)
        | Event::Letters(_)
        | Event::LetterTaken { .. }
        | Event::LetterHeld { .. }
        | Event::LetterFailed { .. }
        | Event::LettersLost { .. }
        | Event::Ended { .. } => Screen::text("dating-away"),
    }
}

fn back(screen: Screen) -> Screen {
    screen.row([Button::new("dating-button-home", "dt:home")])
}

fn asks(question: Question, objection: Option<Objection>) -> Screen {
    let key = match (objection, question) {
        (Some(Objection::NoDate), _) => "dating-no-date",
        (Some(Objection::Length), _) => "dating-too-long",
        (Some(Objection::Contact), _) => "dating-contact",
        (Some(Objection::Minor), _) => "dating-minor",
        (Some(Objection::NoCity), _) => "dating-no-city",
        (Some(Objection::Face), _) => "dating-no-face",
        (Some(Objection::Picture), _) => "dating-no-picture",
        (Some(Objection::Moves), _) => "dating-moves",
        (Some(Objection::Full), _) => "dating-photos-full",
        (Some(Objection::Live), _) => "dating-live-place",
        (Some(Objection::Often), Question::Goal) => "dating-goal-often",
        (Some(Objection::Often), Question::Photo | Question::More) => "dating-photos-often",
        (Some(Objection::Often), _) => "dating-known-often",
        (_, Question::Birth) => "dating-ask-birth",
        (_, Question::Name) => "dating-ask-name",
        (_, Question::City | Question::Pin) => "dating-ask-city",
        (_, Question::Place) => "dating-ask-place",
        (_, Question::Goal) => "dating-ask-goal",
        (_, Question::Bio) => "dating-ask-bio",
        (_, Question::Photo) => "dating-ask-photo",
        (_, Question::More) => "dating-ask-more",
        (_, Question::Find) => "dating-ask-find",
    };
    let mut screen = Screen::text(key);
    if question == Question::Goal {
        for (i, goal) in Goal::ALL.into_iter().enumerate() {
            screen = screen.row([Button::new(goal_key(goal), format!("dt:goal:{i}"))]);
        }
    }
    if question.is_place() {
        screen = screen.row([Button::new("dating-button-pin", "dt:pin")]);
    }
    if question.may_be_skipped() {
        screen = screen.row([Button::new("dating-button-skip", "dt:skip")]);
    }
    screen.row([match question {
        Question::More => Button::new("dating-button-photos", "dt:photos"),
        Question::Find => Button::new("dating-button-matches-all", "dt:matches"),
        _ => Button::new("dating-button-later", "dt:later"),
    }])
}

/// Locale key of a goal.
pub fn goal_key(goal: Goal) -> &'static str {
    match goal {
        Goal::Relationship => "dating-goal-relationship",
        Goal::Dates => "dating-goal-dates",
        Goal::Friendship => "dating-goal-friendship",
        Goal::Open => "dating-goal-open",
    }
}

/// The same with a button that opens the Mini App, where there is one.
fn with_app(screen: Screen, app: Option<&str>) -> Screen {
    match app {
        Some(url) => screen.row([Button::with("dating-button-app", Action::WebApp(url.to_owned()))]),
        None => screen,
    }
}

fn first(home: Home, app: Option<&str>, shop: &Shop) -> Screen {
    let Home { is_paused, is_hidden, likes, matches } = home;
    let key = match (is_hidden, is_paused) {
        (true, _) => "dating-hidden",
        (_, true) => "dating-paused",
        _ => "dating-home",
    };
    let text = match key {
        "dating-home" => Msg::new(key).number("likes", likes.into()).number("matches", matches.into()),
        _ => Msg::new(key),
    };
    let mut screen = with_app(Screen::of(text), app);
    if !is_paused && !is_hidden {
        screen = screen.row([Button::new("dating-button-cards", "dt:next")]);
    }
    screen = screen
        .row([Button::new("dating-button-matches", "dt:matches"), Button::new("dating-button-me", "dt:me")])
        .row([
            Button::new("dating-button-photos", "dt:photos"),
            Button::new("dating-button-filters", "dt:filters"),
        ])
        .row([
            Button::new("dating-button-choices", "dt:choices"),
            Button::new("dating-button-stats", "dt:stats"),
        ])
        .row([Button::new("dating-button-fill", "dt:fill")]);
    if Good::DATING.into_iter().any(|good| shop.sells(good)) {
        screen = screen.row([Button::new("dating-button-goods", "dt:goods")]);
    }
    let pause = match is_paused {
        true => Button::new("dating-button-resume", "dt:resume"),
        false => Button::new("dating-button-pause", "dt:pause"),
    };
    home::back(screen.row([pause, Button::new("dating-button-delete", "dt:delete")]))
}

fn to_photos(screen: Screen) -> Screen {
    back(screen.row([Button::new("dating-button-photos", "dt:photos")]))
}

/// The own photos: which stands first, and what can be done with each.
fn photos(Photos { all, waiting, has_first }: &Photos) -> Screen {
    let number = |n: usize| i64::try_from(n).unwrap_or_default();
    let key = match (all.is_empty(), has_first) {
        (true, _) => "dating-photos-none",
        (_, false) => "dating-photos-no-face",
        _ => "dating-photos",
    };
    let mut text = Msg::new(key).number("most", number(PHOTOS));
    if !all.is_empty() {
        text = text.number("count", number(all.len())).number("waiting", number(waiting.len()));
    }
    let button = |key: &'static str, n: usize, verb: &str| Button {
        label: Msg::new(key).number("n", number(n + 1)),
        ..Button::new(key, format!("dt:{verb}:{}", all[n]))
    };
    let mut screen = Screen::of(text);
    for n in 0..all.len() {
        let away = button("dating-button-photo-away", n, "away");
        screen = match n {
            0 => screen.row([away]),
            _ => screen.row([button("dating-button-photo-first", n, "first"), away]),
        };
    }
    if !all.is_empty() {
        screen = screen.row([Button::new("dating-button-me", "dt:me")]);
    }
    if all.len() < PHOTOS {
        screen = screen.row([Button::new("dating-button-photo-add", "dt:more")]);
    }
    back(screen)
}

/// Figures of one's own.
fn stats(Figures { seen, likes_given, likes_received, matches, talked }: Figures) -> Screen {
    let text = Msg::new(if talked.is_some() { "dating-stats-talked" } else { "dating-stats" })
        .number("seen", seen.into())
        .number("given", likes_given.into())
        .number("received", likes_received.into())
        .number("matches", matches.into());
    back(Screen::of(match talked {
        Some(percent) => text.number("talked", percent.into()),
        None => text,
    }))
}

fn about(key: &'static str, Matched { token, name, age }: Matched) -> Screen {
    Screen::of(Msg::new(key).words("name", name).number("age", age.into()))
        .row([Button::new("dating-button-write", format!("dt:write:{token}"))])
        .row([Button::new("dating-button-part", format!("dt:part:{token}"))])
}

/// How it stands with who knows whom.
fn sharing(Matched { token, name, .. }: Matched, contacts: Contacts) -> Screen {
    let says = |key| Screen::of(Msg::new(key).words("name", name));
    let button = |key, verb: &str| Button::new(key, format!("dt:{verb}:{token}"));
    let screen = match contacts {
        Contacts::None => says("dating-share-none").row([button("dating-button-share", "share")]),
        Contacts::Mine => says("dating-share-mine").row([button("dating-button-unshare", "unshare")]),
        Contacts::Theirs => says("dating-share-theirs").row([button("dating-button-share", "share")]),
        Contacts::Open => says("dating-share-open"),
    };
    screen.row([Button::new("dating-button-matches", "dt:matches")])
}

/// Who a match is.
fn contact(name: String, username: Option<String>, (user, is_elsewhere): (UserId, bool)) -> Screen {
    Screen::of(match username {
        Some(username) => {
            Msg::new("dating-known").words("name", name).words("username", format!("@{username}"))
        }
        None if is_elsewhere => Msg::new("dating-known-elsewhere").words("name", name),
        None => Msg::new("dating-known-link").words("name", name).words("user", user.0.to_string()),
    })
}

/// Before somebody agrees to be known to a match.
pub(super) fn share(token: Token) -> Screen {
    Screen::text("dating-share-sure")
        .row([Button::new("dating-button-share-yes", format!("dt:share-yes:{token}"))])
        .row([Button::new("dating-button-matches", "dt:matches")])
}

/// The button that shows who likes somebody, where that is sold.
fn likers(shop: &Shop) -> Option<Button> {
    shop.sells(Good::DatingLikers).then(|| Button::new("dating-button-likers", "dt:likers"))
}

/// Something takes one of these, and there is none.
fn offer(good: Good, shop: &Shop) -> Screen {
    let screen = Screen::text(match good {
        Good::DatingLikers => "dating-offer-likers",
        Good::DatingUndo => "dating-offer-undo",
        Good::DatingLikes => "dating-offer-likes",
        Good::DatingSuper | Good::Companion | Good::Again => "dating-offer-super",
    });
    back(billing::offers_of(screen, shop, good))
}

/// What somebody has, and what is sold.
fn goods(all: &[(Good, i64)], shop: &Shop) -> Screen {
    let count = |good| all.iter().find(|(of, _)| *of == good).map_or(0, |(_, n)| *n);
    let text = Msg::new("dating-goods")
        .number("supers", count(Good::DatingSuper))
        .number("likes", count(Good::DatingLikes))
        .number("undos", count(Good::DatingUndo))
        .number("likers", count(Good::DatingLikers));
    let offers = |screen, good| billing::offers_of(screen, shop, good);
    let screen = Good::DATING.into_iter().fold(Screen::of(text), offers);
    back(likers(shop).into_iter().fold(screen, |screen, button| screen.row([button])))
}

/// Before a match ends for good.
pub(super) fn part(token: Token) -> Screen {
    Screen::text("dating-part-sure")
        .row([Button::new("dating-button-part-yes", format!("dt:part-yes:{token}"))])
        .row([Button::new("dating-button-matches", "dt:matches")])
}

/// Why somebody is reported.
pub(super) fn why(card: Token) -> Screen {
    let reasons = ReportReason::ALL.into_iter().enumerate();
    let screen = reasons.fold(Screen::text("dating-report-why"), |screen, (i, reason)| {
        screen.row([Button::new(reason.key(), format!("dt:why:{i}:{card}"))])
    });
    screen
        .row([Button::new("dating-button-block", format!("dt:block:{card}"))])
        .row([Button::new("dating-button-report-no", "dt:next")])
}

/// Before the profile goes.
pub(super) fn delete() -> Screen {
    Screen::text("dating-delete-sure")
        .row([Button::new("dating-button-delete-yes", "dt:delete-yes")])
        .row([Button::new("dating-button-home", "dt:home")])
}

/// The chat with a match begins.
pub(super) fn talks_to(name: String) -> Screen {
    Screen::of(Msg::new("dating-talk").words("name", name))
}
