//! A reply as Telegram's messages: labelled as an AI's, with its formatting, cut where a reader
//! would.

use super::store::Asked;
use crate::telegram::Entities;
use nameless_actors::ports::Texts;
use nameless_domain::companion::constants::{MESSAGE_ENTITIES, MESSAGE_UNITS};
use nameless_domain::companion::markdown::{split, to_rich, units};
use nameless_domain::ids::UserId;
use nameless_domain::relay::content::{Entity, EntityKind, Rich};
use nameless_domain::text::{Lang, Msg};
use serde_json::{Value, json};

/// The parameters of `sendMessage` for each message of a reply.
pub(super) fn messages(
    texts: &dyn Texts,
    (user, lang): (UserId, Lang),
    name: &str,
    reply: &str,
    (Asked { dialog, turn, attempt }, adult, pictures): (Asked, bool, bool),
) -> Vec<String> {
    let label = texts.plain(lang, &Msg::new("companion-label").words("name", name.to_owned()));
    let head = format!("{label}\n");
    let offset = u32::try_from(units(&head)).unwrap_or_default();
    let mark = Entity { kind: EntityKind::Bold, offset: 0, length: offset.saturating_sub(1) };
    let room = MESSAGE_UNITS.saturating_sub(units(&head));
    let labelled = |part: Rich| {
        let moved = part.entities.into_iter().map(|e| Entity { offset: e.offset + offset, ..e });
        let entities: Vec<Entity> =
            std::iter::once(mark.clone()).chain(moved).take(MESSAGE_ENTITIES).collect();
        json!({
            "chat_id": user.0,
            "text": format!("{head}{}", part.text),
            "entities": serde_json::to_value(Entities(&entities)).unwrap_or_default(),
            "link_preview_options": { "is_disabled": true },
        })
    };
    let mut messages: Vec<Value> = split(&to_rich(reply), room).into_iter().map(labelled).collect();
    let button =
        |key, data: String| json!({ "text": texts.plain(lang, &Msg::new(key)), "callback_data": data });
    if let Some(last) = messages.last_mut() {
        let row = [
            button("companion-other", format!("ch:other:{dialog}:{turn}:{attempt}")),
            button("companion-undo", format!("ch:undo:{dialog}:{turn}")),
        ];
        let mut rows = vec![json!(row)];
        if pictures {
            rows.push(json!([button("companion-show", format!("ch:show:{dialog}"))]));
        }
        // The way out is below every reply.
        if adult {
            rows.push(json!([button("companion-adult-off", format!("ch:adult_off:{dialog}"))]));
        }
        last["reply_markup"] = json!({ "inline_keyboard": rows });
    }
    messages.iter().map(Value::to_string).collect()
}

/// The parameters of `sendMessageDraft` for what is written so far: its beginning, without
/// formatting.
pub(super) fn draft(
    texts: &dyn Texts,
    (user, lang): (UserId, Lang),
    name: &str,
    text: &str,
    number: i32,
) -> Value {
    let label = texts.plain(lang, &Msg::new("companion-label").words("name", name.to_owned()));
    let rich = Rich::plain(format!("{label}\n{text}"));
    let first = split(&rich, MESSAGE_UNITS).into_iter().next().unwrap_or_default();
    json!({ "chat_id": user.0, "draft_id": number, "text": first.text })
}
