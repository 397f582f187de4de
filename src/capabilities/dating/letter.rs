//! Letters as they are shown: from whom, the words, and a button that answers. That one is the
//! first: by it a reply is known to be for whoever wrote.

use super::store::Bundle;
use nameless_actors::ports::Texts;
use nameless_domain::capabilities::dating::Event;
use nameless_domain::capabilities::dating::bot::{Matched, Shown};
use nameless_domain::ids::UserId;
use nameless_domain::relay::content::{Entity, EntityKind};
use nameless_domain::text::{Button, Msg};
use serde_json::json;

/// Marks that Telegram takes in a text (docs/limits.md).
const MARKS: usize = 100;

/// Length as Telegram counts it.
fn units(text: &str) -> u32 {
    u32::try_from(text.encode_utf16().count()).unwrap_or(u32::MAX)
}

/// The call that shows letters.
pub(super) fn show(bundle: &Bundle, texts: &dyn Texts, to: UserId) -> Event {
    let Bundle { of: Matched { token, name, age }, name: first, words, lang, is_silent } = bundle;
    let head = Msg::new("dating-letter-head").words("name", name.clone()).number("age", (*age).into());
    let mut text = texts.plain(*lang, &head);
    let mut entities = vec![Entity { kind: EntityKind::Bold, offset: 0, length: units(&text) }];
    for one in words {
        text.push_str("\n\n");
        let from = units(&text);
        text.push_str(&one.text);
        let moved = |e: &Entity| Entity { offset: e.offset.saturating_add(from), ..e.clone() };
        entities.extend(one.entities.iter().map(moved));
    }
    entities.truncate(MARKS);
    let key = |button: Button| json!({ "text": texts.label(*lang, &button), "callback_data": button.data() });
    let answer = Button::new("dating-button-letter", format!("dt:letter:{token}"));
    let report = Button::new("dating-button-letter-report", format!("dt:letter_report:{first}"));
    let parameters = json!({
        "chat_id": to.0, "text": text, "entities": entities,
        "link_preview_options": { "is_disabled": true },
        "disable_notification": is_silent,
        "reply_markup": { "inline_keyboard": [[key(answer)], [key(report)]] },
    });
    Event::Show { method: Shown::Text, parameters: parameters.to_string(), photos: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nameless_domain::capabilities::dating::bot::Token;
    use nameless_domain::relay::content::Rich;
    use nameless_domain::text::Lang;
    use serde_json::Value;

    /// Says the name alone, and keys for labels.
    struct Bare;

    impl Texts for Bare {
        fn html(&self, _: Lang, msg: &Msg) -> String {
            msg.key.to_owned()
        }
        fn label(&self, _: Lang, button: &Button) -> String {
            button.label.key.to_owned()
        }
        fn plain(&self, _: Lang, _: &Msg) -> String {
            "🕊 Tom".to_owned()
        }
    }

    #[test]
    fn formatting_stays_on_its_words_and_the_first_button_answers() {
        let bold = Entity { kind: EntityKind::Bold, offset: 3, length: 2 };
        let second = Rich { text: "🙂 no".to_owned(), entities: vec![bold] };
        let bundle = Bundle {
            of: Matched { token: Token(0xff), name: "Tom".to_owned(), age: 28 },
            name: Token(1),
            words: vec![Rich::plain("yes"), second],
            lang: Lang::En,
            is_silent: true,
        };
        let Event::Show { parameters, .. } = show(&bundle, &Bare, UserId(7)) else { panic!() };
        let shown: Value = serde_json::from_str(&parameters).expect("JSON");
        assert_eq!(shown["text"], "🕊 Tom\n\nyes\n\n🙂 no");
        // 6 units of the head, 2, 3, 2, then 3 to the words.
        assert_eq!(shown["entities"][0], json!({ "type": "bold", "offset": 0, "length": 6 }));
        assert_eq!(shown["entities"][1], json!({ "type": "bold", "offset": 16, "length": 2 }));
        assert_eq!(shown["disable_notification"], true);
        let rows = &shown["reply_markup"]["inline_keyboard"];
        assert_eq!(rows[0][0]["callback_data"], "dt:letter:00000000000000ff");
        assert_eq!(rows[1][0]["callback_data"], "dt:letter_report:0000000000000001");
    }
}
