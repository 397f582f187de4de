//! Sending what needs no file.

use serde_json::{Value, json};

use super::post::{Content, post_one, read_text};
use super::{Answer, ApiError, Call};

pub(crate) fn send_message(call: &Call<'_>) -> Answer {
    let mut content = Content::new();
    read_text(call, "text", &mut content)?;
    if content.is_empty() {
        return Err(ApiError::bad("message text is empty"));
    }
    if let Some(options) = call.params.json("link_preview_options")? {
        content.insert("link_preview_options".into(), options.into_owned());
    }
    post_one(call, content)
}

fn one(key: &str, value: Value) -> Content {
    Content::from_iter([(key.to_owned(), value)])
}

pub(crate) fn send_dice(call: &Call<'_>) -> Answer {
    let emoji = call.params.text("emoji").unwrap_or("🎲".into());
    let sides = match &*emoji {
        "🎲" | "🎯" | "🎳" => 6,
        "🏀" | "⚽" | "⚽️" => 5,
        "🎰" => 64,
        _ => return Err(ApiError::bad("wrong dice emoji")),
    };
    post_one(call, one("dice", json!({"emoji": emoji, "value": 1 + call.world.rng.below(sides)})))
}

fn required(call: &Call<'_>, name: &str) -> Result<String, ApiError> {
    let text = call.params.text(name).filter(|t| !t.is_empty());
    text.map(|t| t.into_owned()).ok_or_else(|| ApiError::bad(format_args!("{name} is empty")))
}

pub(crate) fn send_contact(call: &Call<'_>) -> Answer {
    let mut contact = json!({
        "phone_number": required(call, "phone_number")?, "first_name": required(call, "first_name")?,
    });
    for key in ["last_name", "vcard"] {
        if let Some(value) = call.params.text(key) {
            contact[key] = value.into();
        }
    }
    post_one(call, one("contact", contact))
}

fn location(call: &Call<'_>) -> Result<Value, ApiError> {
    let side = |name: &str| {
        let value = call.params.number(name).and_then(|n| n.as_f64());
        value.ok_or_else(|| ApiError::bad(format_args!("{name} is empty")))
    };
    Ok(json!({"latitude": side("latitude")?, "longitude": side("longitude")?}))
}

pub(crate) fn send_location(call: &Call<'_>) -> Answer {
    post_one(call, one("location", location(call)?))
}

pub(crate) fn send_venue(call: &Call<'_>) -> Answer {
    let place = location(call)?;
    let mut content = one("location", place.clone());
    let venue =
        json!({"location": place, "title": required(call, "title")?, "address": required(call, "address")?});
    content.insert("venue".into(), venue);
    post_one(call, content)
}

pub(crate) fn send_poll(call: &Call<'_>) -> Answer {
    let question = required(call, "question")?;
    let options: Vec<Value> = call
        .params
        .list("options")?
        .into_iter()
        .map(|o| {
            let text = o.as_str().or_else(|| o.get("text").and_then(Value::as_str)).unwrap_or_default();
            json!({"text": text, "voter_count": 0})
        })
        .collect();
    if !(1..=12).contains(&options.len()) {
        return Err(ApiError::bad("poll must have at least 1 and at most 12 options"));
    }
    let kind = call.params.text("type").unwrap_or("regular".into());
    let poll = json!({
        "id": (6_000_000_000_u64 + call.world.serial()).to_string(), "question": question, "options": options,
        "total_voter_count": 0, "is_closed": false, "is_anonymous": true, "type": kind,
        "allows_multiple_answers": call.params.flag("allows_multiple_answers"),
    });
    post_one(call, one("poll", poll))
}
