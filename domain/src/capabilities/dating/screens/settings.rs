//! What somebody sets by buttons: each says what is to be from then on.

use super::super::choices::{Choices, NIGHT};
use super::super::filters::{Filters, Lately};
use super::super::person::Goal;
use super::super::place::Band;
use super::{back, goal_key};
use crate::text::{Button, Msg, Screen};

/// What somebody asks for, each with a button that sets it the other way.
pub(super) fn filters(filters: Filters, often: bool) -> Screen {
    let switch = |on: bool, keys: [&'static str; 2], name: &str| {
        Button::new(keys[usize::from(on)], format!("dt:filter:{name}:{}", u8::from(!on)))
    };
    let lately = match filters.lately {
        Lately::Ever => ("dating-filter-ever", Lately::Month),
        Lately::Month => ("dating-filter-month", Lately::Week),
        Lately::Week => ("dating-filter-week", Lately::Ever),
    };
    let goal = |goal: Goal| {
        let key = match filters.wants_goal(goal) {
            true => "dating-filter-goal-on",
            false => "dating-filter-goal-off",
        };
        let data = format!("dt:filter:goals:{}", filters.goals_without(goal));
        Button { label: Msg::new(key).key("goal", goal_key(goal)), ..Button::new(key, data) }
    };
    let screen = Screen::text(if often { "dating-filters-often" } else { "dating-filters" })
        .row([switch(filters.shared, ["dating-filter-shared-off", "dating-filter-shared-on"], "shared")])
        .row([switch(filters.photo, ["dating-filter-photo-off", "dating-filter-photo-on"], "photo")])
        .row([Button::new(lately.0, format!("dt:filter:lately:{}", lately.1.days()))]);
    back(Goal::ALL.into_iter().fold(screen, |screen, one| screen.row([goal(one)])))
}

fn within_key(within: Band) -> &'static str {
    match within {
        Band::Near => "dating-within-near",
        Band::To25 => "dating-within-25",
        Band::To50 => "dating-within-50",
        Band::To100 => "dating-within-100",
        Band::Beyond => "dating-within-beyond",
    }
}

/// Whom somebody wants to meet by age and distance, and what they want to hear: each button sets
/// one of them.
pub(super) fn choices(choices: &Choices) -> Screen {
    let Choices { ages: (from, to), within, notices } = choices;
    let age = |key, age: u8, ages: (u8, u8)| Button {
        label: Msg::new(key).number("age", age.into()),
        ..Button::new(key, format!("dt:choose:ages:{}-{}", ages.0, ages.1))
    };
    let youngest = choices.youngest().into_iter().map(|n| age("dating-choose-from", n, (n, *to)));
    let oldest = choices.oldest().into_iter().map(|n| age("dating-choose-to", n, (*from, n)));
    let far = format!("dt:choose:within:{}", choices.next_within() as u8);
    let far = Button {
        label: Msg::new("dating-choose-within").key("within", within_key(*within)),
        ..Button::new("dating-choose-within", far)
    };
    let switch = |key, name: &str, on: bool| {
        Button::new(key, format!("dt:choose:{name}:{}", u8::from(!on))).chosen(on)
    };
    let hours = notices.quiet.unwrap_or(NIGHT);
    let clock = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
    let night = Msg::new("dating-choose-quiet").words("from", clock(hours.from)).words("to", clock(hours.to));
    let quiet = Button { label: night, ..switch("dating-choose-quiet", "quiet", notices.quiet.is_some()) };
    let text = Msg::new("dating-choices")
        .number("from", (*from).into())
        .number("to", (*to).into())
        .key("within", within_key(*within));
    let screen = Screen::of(text)
        .row(youngest)
        .row(oldest)
        .row([far])
        .row([Button::new("dating-button-place", "dt:place")])
        .row([switch("dating-choose-match", "match", notices.matches)])
        .row([switch("dating-choose-like", "like", notices.likes)])
        .row([switch("dating-choose-message", "message", notices.messages)])
        .row([switch("dating-choose-digest", "digest", notices.digest)])
        .row([quiet])
        .row([switch("dating-choose-online", "online", notices.show_online)]);
    back(screen)
}
