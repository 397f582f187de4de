//! What people see of it.

use super::{Event, Notice, is_offered};
use crate::ids::PairId;
use crate::rules::Rules;
use crate::session::SessionCore;
use crate::text::{Button, Msg, Screen};
use crate::time::Millis;

/// What stands below the end of a chat, with the button if its user may ask the other one back.
pub fn with_button(
    session: &SessionCore,
    screen: Screen,
    pair: PairId,
    rules: &Rules,
    now: Millis,
) -> Screen {
    match is_offered(session, pair, rules, now) {
        true => screen.row([Button::new("again-button", format!("ag:ask:{}", pair.0))]),
        false => screen,
    }
}

/// What an event says.
pub(super) fn of(event: Event) -> Screen {
    match event {
        Event::AskedBefore => Screen::text("again-asked-before"),
        Event::NoneLeft { most } => Screen::of(Msg::new("again-none-left").number("most", most.into())),
        Event::TooLate => Screen::text("again-too-late"),
        Event::Busy => Screen::text("again-busy"),
        _ => Screen::text("again-not-now"),
    }
}

/// What an owed line says.
pub(super) fn owed(notice: Notice) -> Screen {
    match notice {
        Notice::Question { pair } => Screen::text("again-question").row([
            Button::new("again-yes", format!("ag:yes:{}", pair.0)),
            Button::new("again-no", format!("ag:no:{}", pair.0)),
        ]),
        Notice::NotBack { .. } => Screen::text("again-not-back"),
    }
}
