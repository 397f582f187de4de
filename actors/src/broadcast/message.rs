//! A broadcast as it leaves.

use crate::ports::Texts;
use nameless_domain::capabilities::news::{Draft, OFF, markup};
use nameless_domain::ids::ChatId;
use nameless_domain::outgoing::{Call, Method};
use nameless_domain::text::{Button, Lang};
use serde_json::{Value, json};

/// The call that says it to somebody of this language; none if it says nothing.
pub fn of(texts: &dyn Texts, draft: &Draft, lang: Lang, chat: ChatId) -> Option<Call> {
    let marked = markup::read(draft.text.of(lang)?);
    let label = |key: &'static str| texts.label(lang, &Button::new(key, ""));
    let mut rows = Vec::new();
    if let Some(link) = &draft.link {
        let own = link.label.of(lang).map(str::to_owned);
        rows.push(json!([{ "text": own.unwrap_or_else(|| label("news-link")), "url": link.url }]));
    }
    rows.push(json!([{ "text": label("news-turn-off"), "callback_data": OFF }]));
    let mut parameters = json!({
        "chat_id": chat.telegrams(),
        "text": marked.text,
        "reply_markup": { "inline_keyboard": rows },
    });
    if !marked.marks.is_empty() {
        parameters["entities"] = json!(marked.marks);
    }
    if draft.silent {
        parameters["disable_notification"] = Value::Bool(true);
    }
    let parameters = parameters.to_string();
    let method = Method { name: "sendMessage", parameters, shows: true, ..Method::default() };
    Some(Call::Method(Box::new(method)))
}
