//! What people see of it.

use super::{Event, Notice, is_offered};
use crate::capabilities::billing::{self, Good};
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

/// What an event says, by what is sold here.
pub(super) fn of(event: Event, rules: &Rules) -> Screen {
    match event {
        Event::Unpaid => offer(Screen::text("again-offer"), rules),
        Event::NoneLeft { most } if rules.shop.sells(Good::Again) => {
            offer(Screen::of(Msg::new("again-none-left").number("most", most.into())), rules)
        }
        Event::AskedBefore => Screen::text("again-asked-before"),
        Event::NoneLeft { most } => Screen::of(Msg::new("again-none-left").number("most", most.into())),
        Event::TooLate => Screen::text("again-too-late"),
        Event::Busy => Screen::text("again-busy"),
        _ => Screen::text("again-not-now"),
    }
}

/// The same with what is sold for it.
fn offer(screen: Screen, rules: &Rules) -> Screen {
    let screen = billing::offers_of(screen, &rules.shop, Good::Again);
    match rules.shop.sells_premium() {
        true => screen.row([Button::new("again-button-premium", "pr:show")]),
        false => screen,
    }
}

/// What an owed line says.
pub(super) fn owed(notice: Notice) -> Screen {
    match notice {
        Notice::Question { pair } => Screen::text("again-question").row([
            Button::new("again-yes", format!("ag:yes:{}", pair.0)),
            Button::new("again-no", format!("ag:no:{}", pair.0)),
        ]),
        Notice::NotBack { returned: true, .. } => Screen::text("again-not-back-returned"),
        Notice::NotBack { .. } => Screen::text("again-not-back"),
    }
}
