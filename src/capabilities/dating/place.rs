//! Where somebody is, as the chat asks for it: the button that sends it, and what is said once it
//! is kept.

use nameless_actors::ports::Texts;
use nameless_domain::capabilities::dating::Event;
use nameless_domain::capabilities::dating::bot::Shown;
use nameless_domain::capabilities::dating::cities;
use nameless_domain::capabilities::dating::place::{Band, Cell};
use nameless_domain::capabilities::dating::profile::Question;
use nameless_domain::ids::UserId;
use nameless_domain::text::{Lang, Msg};
use serde_json::{Value, json};

/// Parameters of a message, with what becomes of the keyboard in place of the letters.
fn message((texts, lang): (&dyn Texts, Lang), to: UserId, text: &Msg, keys: Value) -> String {
    let html = texts.html(lang, text);
    json!({ "chat_id": to.0, "text": html, "parse_mode": "HTML", "reply_markup": keys }).to_string()
}

fn show(parameters: String) -> Event {
    Event::Show { method: Shown::Text, parameters, photos: Vec::new() }
}

/// A question about the place with the button that sends it
/// (<https://core.telegram.org/bots/api#keyboardbutton>); any other event as it is.
pub(super) fn with_button(event: Event, by: (&dyn Texts, Lang), to: UserId) -> Event {
    let Event::Ask { question: Question::Pin | Question::Place, .. } = event else { return event };
    let plain = |key| by.0.plain(by.1, &Msg::new(key));
    let keys = json!({
        "keyboard": [[{ "text": plain("dating-button-here"), "request_location": true }]],
        "resize_keyboard": true,
        "one_time_keyboard": true,
        "input_field_placeholder": plain("dating-pin-or-city"),
    });
    show(message(by, to, &Msg::new("dating-pin"), keys))
}

/// What is said once it is kept where somebody is; any other event as it is.
pub(super) fn noted(event: Event, by: (&dyn Texts, Lang), to: UserId) -> Event {
    let Event::Placed { cell, then, .. } = event else { return event };
    let says = message(by, to, &where_they_are(cell, by.1), without_button());
    Event::Placed { cell, says: Some(says), then }
}

/// The question is let be, and its button goes; any other event as it is.
pub(super) fn left(event: Event, by: (&dyn Texts, Lang), to: UserId) -> Event {
    match event {
        Event::Left => show(message(by, to, &Msg::new("dating-left"), without_button())),
        other => other,
    }
}

fn without_button() -> Value {
    json!({ "remove_keyboard": true })
}

/// By the city that is there, or the nearest one if it is near.
fn where_they_are(cell: Cell, lang: Lang) -> Msg {
    let named = |key, n| cities::name(n, lang).map(|city| Msg::new(key).words("city", city.to_owned()));
    let (there, nearest) = cities::around(cell);
    let is_near =
        |n: &usize| cities::cell_of(*n).is_some_and(|city| Band::between(cell, city) != Band::Beyond);
    there
        .and_then(|n| named("dating-placed-in", n))
        .or_else(|| nearest.filter(is_near).and_then(|n| named("dating-placed-near", n)))
        .unwrap_or(Msg::new("dating-placed"))
}
