//! A reply as Telegram's messages: labelled as an AI's, with its formatting, cut where a reader
//! would.

use super::store::Asked;
use crate::telegram::Entities;
use nameless_actors::ports::Texts;
use nameless_domain::companion::constants::{MESSAGE_ENTITIES, MESSAGE_UNITS, VARIANTS};
use nameless_domain::companion::markdown::{split, to_rich, units};
use nameless_domain::ids::{MessageId, UserId};
use nameless_domain::relay::content::{Entity, EntityKind, Rich};
use nameless_domain::text::{Lang, Msg};
use serde_json::{Value, json};

/// What the buttons below a reply depend on.
#[derive(Clone, Copy)]
pub(super) struct Below {
    pub asked: Asked,
    /// Adult mode is on.
    pub adult: bool,
    /// Somebody draws.
    pub pictures: bool,
    /// The reply's place among the answers to its turn, from 1, and how many there are.
    pub of: (i16, i16),
}

/// The parameters of `sendMessage` for each message of a reply.
pub(super) fn messages(
    texts: &dyn Texts,
    (user, lang): (UserId, Lang),
    name: &str,
    reply: &str,
    below: Below,
) -> Vec<String> {
    let Below { asked: Asked { dialog, turn, attempt }, adult, pictures, of: (at, all) } = below;
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
        let mut rows = Vec::new();
        if all > 1 {
            let to = |key, at: i16| button(key, format!("ch:swipe:{dialog}:{turn}:{at}"));
            let place = Msg::new("companion-variant").number("at", at.into()).number("all", all.into());
            let place = json!({ "text": texts.plain(lang, &place), "callback_data": "ch:shown" });
            let before = (at > 1).then(|| to("companion-variant-before", at - 1));
            let next = (at < all).then(|| to("companion-variant-next", at + 1));
            rows.push(json!([before, Some(place), next].into_iter().flatten().collect::<Vec<_>>()));
        }
        let other = button("companion-other", format!("ch:other:{dialog}:{turn}:{attempt}"));
        let more = usize::try_from(all).is_ok_and(|all| all < VARIANTS).then_some(other);
        let undo = button("companion-undo", format!("ch:undo:{dialog}:{turn}"));
        rows.push(json!(more.into_iter().chain([undo]).collect::<Vec<_>>()));
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

/// The parameters of `editMessageText` that put the only message of a reply in place of another;
/// none where it has several.
pub(super) fn edit(messages: &[String], message: MessageId) -> Option<String> {
    let [only] = messages else { return None };
    let mut parameters: Value = serde_json::from_str(only).ok()?;
    parameters["message_id"] = json!(message.0);
    Some(parameters.to_string())
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
