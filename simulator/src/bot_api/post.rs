//! How a bot's message gets into a chat: access, limits, reply, keyboard, protection.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use serde_json::{Map, Value};

use super::{ApiError, Call};
use crate::content::html;
use crate::content::text::{self, units};
use crate::limits::{CAPTION_UNITS, TEXT_UNITS, Violation};
use crate::onlooker::Written;
use crate::state::chat::{Chat, Envelope, Record, as_reply_target, compose};
use crate::state::lock;
use crate::state::peer::{Identity, Peer};

/// Fields of the new message beside its envelope.
pub(crate) type Content = Map<String, Value>;

/// The chat that `chat_id` (or another parameter) names.
pub(crate) fn target(call: &Call<'_>, parameter: &str) -> Result<Arc<Peer>, ApiError> {
    if call.params.text(parameter).is_none_or(|t| t.is_empty()) {
        return Err(ApiError::bad(format_args!("{parameter} is empty")));
    }
    let id = call.params.int(parameter);
    id.and_then(|id| call.world.peer(id)).ok_or_else(|| ApiError::bad("chat not found"))
}

/// Refuses where the bot may not write.
fn check_access(peer: &Peer, identity: &Identity, chat: &Chat) -> Result<(), ApiError> {
    if identity.deactivated {
        return Err(ApiError::new(403, "Forbidden: user is deactivated"));
    }
    if let Some(to) = identity.migrated_to {
        return Err(ApiError::migrated(to));
    }
    if chat.blocked {
        let reason = match peer.is_group() {
            true => "Forbidden: bot is not a member of the group chat",
            false => "Forbidden: bot was blocked by the user",
        };
        return Err(ApiError::new(403, reason));
    }
    if !chat.started {
        return Err(ApiError::new(403, "Forbidden: bot can't initiate conversation with a user"));
    }
    Ok(())
}

/// Counts `n` messages against the limits; 429 where they are enforced.
fn check_rate(call: &Call<'_>, chat: &mut Chat, n: usize) -> Result<(), ApiError> {
    let limits = &call.world.config.enforce;
    let now = call.world.now_micros();
    let in_chat = limits.take_chat(&mut chat.bucket, now, n).map_err(|wait| (Violation::ChatRate, wait));
    let checks = in_chat.and_then(|()| {
        if limits.global_rate <= 0.0 {
            return Ok(());
        }
        let taken = limits.take_global(&mut lock(&call.bot.global), now, n);
        taken.map_err(|wait| (Violation::GlobalRate, wait))
    });
    let Err((violation, wait)) = checks else { return Ok(()) };
    call.world.counters.violations.count(violation);
    if limits.enforce_429 {
        return Err(ApiError::too_many((wait.ceil() as u32).max(1)));
    }
    Ok(())
}

/// Runs `f` on the chat where the bot may write and the limits allow `n` messages, and tells those
/// who wait.
pub(crate) fn in_chat<T>(
    call: &Call<'_>,
    peer: &Peer,
    n: usize,
    f: impl FnOnce(&mut Identity, &mut Chat) -> Result<T, ApiError>,
) -> Result<T, ApiError> {
    let done = peer.with_chat(
        call.bot.index,
        || call.world.new_chat(call.bot),
        |identity, chat| {
            check_access(peer, identity, chat)?;
            if n > 0 {
                check_rate(call, chat, n)?;
            }
            f(identity, chat)
        },
    );
    if done.is_ok() {
        peer.wake.notify_waiters();
    }
    done
}

/// What the send methods have in common.
#[derive(Debug, Default)]
pub(crate) struct Options {
    reply: Option<Reply>,
    /// The message effect.
    effect: Option<String>,
    inline_keyboard: Option<Value>,
    keyboard: Option<Box<str>>,
    protect: bool,
}

#[derive(Debug)]
struct Reply {
    message_id: i64,
    /// Send without a reply where the message is gone.
    optional: bool,
    quote: Option<String>,
}

impl Options {
    pub(crate) fn read(call: &Call<'_>) -> Result<Self, ApiError> {
        let mut options =
            Self { reply: reply(call)?, protect: call.params.flag("protect_content"), ..Self::default() };
        options.effect = call.params.text("message_effect_id").map(|id| id.into_owned());
        if let Some(markup) = call.params.json("reply_markup")? {
            if markup.get("inline_keyboard").is_some() {
                options.inline_keyboard = inline_keyboard(call, &markup)?;
            } else if markup.is_object() {
                options.keyboard = Some(markup.to_string().into());
            } else {
                return Err(ApiError::bad("object expected as reply markup"));
            }
        }
        Ok(options)
    }
}

fn reply(call: &Call<'_>) -> Result<Option<Reply>, ApiError> {
    if let Some(given) = call.params.json("reply_parameters")? {
        let message_id = given.get("message_id").and_then(Value::as_i64).unwrap_or(0);
        let optional = given.get("allow_sending_without_reply").and_then(Value::as_bool).unwrap_or(false);
        let quote = given.get("quote").and_then(Value::as_str).map(str::to_owned);
        return Ok(Some(Reply { message_id, optional, quote }));
    }
    let optional = call.params.flag("allow_sending_without_reply");
    Ok(call.params.int("reply_to_message_id").map(|message_id| Reply { message_id, optional, quote: None }))
}

/// A checked inline keyboard; `None` where it has no buttons.
pub(crate) fn inline_keyboard(call: &Call<'_>, markup: &Value) -> Result<Option<Value>, ApiError> {
    let rows = match markup.get("inline_keyboard") {
        None => return Ok(None),
        Some(Value::Array(rows)) => rows,
        Some(_) => {
            return Err(ApiError::bad(
                "field \"inline_keyboard\" of the InlineKeyboardMarkup must be an Array",
            ));
        }
    };
    let mut any = false;
    for row in rows {
        let row = row.as_array().ok_or_else(|| ApiError::bad("inline keyboard row must be an Array"))?;
        for button in row {
            any = true;
            let text = button.get("text").and_then(Value::as_str).unwrap_or_default();
            if text.is_empty() {
                return Err(ApiError::bad("inline keyboard button text is empty"));
            }
            if let Some(data) = button.get("callback_data") {
                let length = data.as_str().map_or(0, str::len);
                if !(1..=64).contains(&length) {
                    call.world.counters.violations.count(Violation::ButtonData);
                    return Err(ApiError::bad("BUTTON_DATA_INVALID"));
                }
            } else if button.as_object().is_none_or(|b| b.len() < 2) {
                return Err(ApiError::bad("text buttons are unallowed in the inline keyboard"));
            }
        }
    }
    Ok(any.then(|| markup.clone()))
}

/// Reads a text parameter with its formatting into `content`: `text` or `caption`.
pub(crate) fn read_text(call: &Call<'_>, key: &'static str, content: &mut Content) -> Result<(), ApiError> {
    let entities_key = if key == "text" { "entities" } else { "caption_entities" };
    let Some(raw) = call.params.text(key) else { return Ok(()) };
    let mode = call.params.text("parse_mode").unwrap_or_default().to_ascii_lowercase();
    let given = call.params.list(entities_key)?;
    set_text(call, key, &raw, &mode, given, content)
}

/// Puts a text with its formatting into `content`. An empty caption leaves it without one.
pub(crate) fn set_text(
    call: &Call<'_>,
    key: &'static str,
    raw: &str,
    mode: &str,
    given: Vec<Value>,
    content: &mut Content,
) -> Result<(), ApiError> {
    let entities_key = if key == "text" { "entities" } else { "caption_entities" };
    let parsed = match mode {
        "" => None,
        "html" => Some(
            html::parse(raw)
                .map_err(|reason| ApiError::bad(format_args!("can't parse entities: {reason}")))?,
        ),
        _ => return Err(ApiError::bad("unsupported parse_mode")),
    };
    let (raw, given) = match &parsed {
        Some((plain, entities)) => (plain.as_str(), entities.as_slice()),
        None => (raw, given.as_slice()),
    };
    let (clean, entities) = text::format(raw, given);
    let (limit, violation, error) = match key {
        "text" => (TEXT_UNITS, Violation::TextLength, "message is too long"),
        _ => (CAPTION_UNITS, Violation::CaptionLength, "message caption is too long"),
    };
    if units(&clean) > limit {
        call.world.counters.violations.count(violation);
        return Err(ApiError::bad(error));
    }
    if clean.is_empty() {
        return Ok(());
    }
    content.insert(key.into(), clean.into());
    if !entities.is_empty() {
        content.insert(entities_key.into(), entities.into());
    }
    Ok(())
}

/// Sends messages one after another, under one lock: nothing comes between the parts of an album.
pub(crate) fn post(
    call: &Call<'_>,
    peer: &Peer,
    messages: Vec<Content>,
    options: &Options,
) -> Result<Vec<(i32, Arc<str>)>, ApiError> {
    let from = call.bot.user_json();
    let n = messages.len();
    in_chat(call, peer, n, |identity, chat| {
        let forbidden = |m: &Content| m.contains_key("voice") || m.contains_key("video_note");
        if identity.voice_forbidden && messages.iter().any(forbidden) {
            return Err(ApiError::bad("VOICE_MESSAGES_FORBIDDEN"));
        }
        let reply = match &options.reply {
            None => None,
            Some(reply) => match chat.find(reply.message_id) {
                Some(record) => {
                    let object = record.object();
                    let holds = |quote: &str| {
                        let words = ["text", "caption"].iter().filter_map(|key| object.get(*key)?.as_str());
                        words.into_iter().any(|words| words.contains(quote))
                    };
                    if reply.quote.as_deref().is_some_and(|quote| !holds(quote)) {
                        return Err(ApiError::bad("QUOTE_TEXT_INVALID"));
                    }
                    Some((as_reply_target(&record.raw), reply.quote.as_deref()))
                }
                None if reply.optional => None,
                None => return Err(ApiError::bad("message to be replied not found")),
            },
        };
        let date = call.world.now();
        let mut sent = Vec::with_capacity(n);
        for mut content in messages {
            if options.protect {
                content.insert("has_protected_content".into(), true.into());
            }
            if let Some(effect) = &options.effect {
                content.insert("effect_id".into(), effect.clone().into());
            }
            if let Some(keyboard) = &options.inline_keyboard {
                content.insert("reply_markup".into(), keyboard.clone());
            }
            if let Some((_, Some(quote))) = reply {
                content.insert(
                    "quote".into(),
                    serde_json::json!({"text": quote, "position": 0, "is_manual": true}),
                );
            }
            let envelope = Envelope { id: chat.next_id(), date, from: &from, chat: &identity.chat };
            let target = reply.as_ref().map(|(raw, _)| raw.as_str());
            let raw: Arc<str> = compose(&envelope, &content, target).into();
            let mut record = Record::new(envelope.id, date, true, raw.clone());
            record.keyboard = options.keyboard.clone();
            chat.push(record);
            call.world.watch.tell(&Written {
                chat_id: peer.id,
                message_id: envelope.id,
                edited: false,
                content: &content,
            });
            sent.push((envelope.id, raw));
        }
        call.world.counters.messages_sent.fetch_add(n as u64, Ordering::Relaxed);
        Ok(sent)
    })
}

/// Sends one message and answers with it.
pub(crate) fn post_one(call: &Call<'_>, content: Content) -> super::Answer {
    let peer = target(call, "chat_id")?;
    let options = Options::read(call)?;
    let sent = post(call, &peer, vec![content], &options)?;
    Ok(sent.into_iter().map(|(_, raw)| String::from(&*raw)).collect())
}
