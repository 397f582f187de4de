//! What people do: each action changes their chat and makes the update that the bot gets.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use thiserror::Error;

use crate::content::text;
use crate::events::ChatEvent;
use crate::outgoing::Outgoing;
use crate::state::bot::{Bot, Press};
use crate::state::chat::{Chat, Envelope, Record, as_reply_target, compose};
use crate::state::files::{FileKind, Viewer};
use crate::state::lock;
use crate::state::peer::{Identity, Peer};
use crate::state::world::World;

/// Why an action of a person was refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ActionError {
    /// The bot has too many undelivered updates.
    #[error("the bot's queue of undelivered updates is full")]
    QueueFull,
    /// There is no such person.
    #[error("no such user")]
    NoSuchUser,
    /// There is no such group.
    #[error("no such group")]
    NoSuchGroup,
    /// There is no such message in this chat, or it was deleted.
    #[error("no message #{0} in this chat")]
    NoSuchMessage(i32),
    /// The message has no such button, or none that can be pressed.
    #[error("no button {0:?} to press")]
    NoSuchButton(String),
    /// The message is the bot's, and only the person's own messages can be edited.
    #[error("message #{0} is not the user's own")]
    NotOwnMessage(i32),
    /// The person has blocked the bot; unblock it first.
    #[error("the user has blocked the bot")]
    Blocked,
    /// The bot is not in the group any more; put it there again first.
    #[error("the bot has left the group")]
    BotLeft,
    /// The token is not of the form `digits:something`, or there are too many bots.
    #[error("not a bot token")]
    BadToken,
}

fn parse(json: &str) -> Value {
    serde_json::from_str(json).unwrap_or(Value::Null)
}

/// Update key of messages, edits and presses of one chat.
pub(crate) fn chat_key(chat_id: i64) -> i64 {
    chat_id << 1
}

/// Update key of reactions: another queue than the messages', as in Telegram.
fn reaction_key(chat_id: i64) -> i64 {
    (chat_id << 1) | 1
}

/// Who does something, to which bot, in which chat: their own, or a group.
pub(crate) struct Scene<'a> {
    pub(crate) bot: &'a Arc<Bot>,
    pub(crate) chat: &'a Arc<Peer>,
    pub(crate) author: &'a Arc<Peer>,
}

impl Scene<'_> {
    /// Refuses where the bot would not hear of it.
    fn check_reach(&self, chat: &Chat) -> Result<(), ActionError> {
        match (chat.blocked, self.chat.is_group()) {
            (false, _) => Ok(()),
            (true, false) => Err(ActionError::Blocked),
            (true, true) => Err(ActionError::BotLeft),
        }
    }
}

impl World {
    fn push(&self, bot: &Bot, key: i64, kind: &'static str, json: Arc<str>) -> Result<(), ActionError> {
        lock(&bot.queue).push(key, kind, json).map_err(|_| ActionError::QueueFull)
    }

    fn in_chat<T>(
        &self,
        scene: &Scene<'_>,
        f: impl FnOnce(&mut Identity, &mut Chat) -> Result<T, ActionError>,
    ) -> Result<T, ActionError> {
        let done = scene.chat.with_chat(scene.bot.index, || self.new_chat(scene.bot), f);
        if done.is_ok() {
            scene.bot.wake.notify_waiters();
            scene.chat.wake.notify_waiters();
        }
        done
    }

    /// The content fields of a message to be sent by a person.
    fn content(&self, bot: &Bot, out: &Outgoing) -> Map<String, Value> {
        let mut content = out.content.clone();
        if let Some(kind) = out.media {
            let mut attributes = out.attributes.clone();
            if let Some(bytes) = &out.thumbnail {
                let small = self.files.add(FileKind::Photo, Some(bytes.clone()), None, Map::new());
                attributes.insert("thumbnail".into(), small.thumbnail(Viewer::Bot(bot.index)));
            }
            let again = out.again.as_deref().and_then(|id| self.files.find(id, Viewer::Person));
            let again = again.filter(|file| file.kind == kind);
            let file = again
                .unwrap_or_else(|| self.files.add(kind, out.bytes.clone(), out.mime.clone(), attributes));
            let object = file.object(Viewer::Bot(bot.index));
            if kind == FileKind::Animation {
                // Telegram fills both, for clients that know no animations.
                content.insert("document".into(), object.clone());
            }
            content.insert(kind.field().into(), object);
        }
        for (key, entities_key) in [("text", "entities"), ("caption", "caption_entities")] {
            let Some(Value::String(raw)) = content.get(key) else { continue };
            let given =
                content.get(entities_key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            let (clean, entities) = text::format(raw, given);
            content.insert(key.into(), clean.into());
            if entities.is_empty() {
                content.remove(entities_key);
            } else {
                content.insert(entities_key.into(), entities.into());
            }
        }
        content
    }

    pub(crate) fn person_sends(&self, scene: &Scene<'_>, out: &Outgoing) -> Result<i32, ActionError> {
        let content = self.content(scene.bot, out);
        let author = scene.author.with_identity(|i| i.user.clone());
        self.in_chat(scene, |identity, chat| {
            scene.check_reach(chat)?;
            let reply = match out.reply_to {
                Some(id) => {
                    let target = chat.find(id.into()).ok_or(ActionError::NoSuchMessage(id))?;
                    Some(as_reply_target(&target.raw))
                }
                None => None,
            };
            if !lock(&scene.bot.queue).has_room(1) {
                return Err(ActionError::QueueFull);
            }
            chat.started = true;
            let envelope =
                Envelope { id: chat.next_id(), date: self.now(), from: &author, chat: &identity.chat };
            let raw: Arc<str> = merge(compose(&envelope, &content, reply.as_deref()), &out.raw).into();
            chat.push(Record::new(envelope.id, envelope.date, false, raw.clone()));
            self.push(scene.bot, chat_key(scene.chat.id), "message", raw)?;
            Ok(envelope.id)
        })
    }

    pub(crate) fn person_edits(&self, scene: &Scene<'_>, id: i32, out: &Outgoing) -> Result<(), ActionError> {
        let content = self.content(scene.bot, out);
        self.in_chat(scene, |_, chat| {
            let record = chat.find(id.into()).ok_or(ActionError::NoSuchMessage(id))?;
            if record.from_bot {
                return Err(ActionError::NotOwnMessage(id));
            }
            let old = record.object();
            let mut object = Map::new();
            // A caption alone leaves the media as it is; anything else replaces the content.
            let caption_only = out.media.is_none() && !content.contains_key("text");
            for (key, value) in &old {
                let caption = matches!(key.as_str(), "caption" | "caption_entities");
                if ENVELOPE.contains(&key.as_str()) || (caption_only && !caption) {
                    object.insert(key.clone(), value.clone());
                }
            }
            object.extend(content);
            object.insert("edit_date".into(), self.now().into());
            let raw: Arc<str> = merge(Value::Object(object).to_string(), &out.raw).into();
            self.push(scene.bot, chat_key(scene.chat.id), "edited_message", raw.clone())?;
            chat.edit(id, raw);
            Ok(())
        })
    }

    /// Presses a button with this data, or else with this label. Returns the callback query's id.
    pub(crate) fn person_presses(
        &self,
        scene: &Scene<'_>,
        id: i32,
        wanted: &str,
    ) -> Result<String, ActionError> {
        let author = scene.author.with_identity(|i| i.user.clone());
        let author_id = scene.author.id;
        self.in_chat(scene, |_, chat| {
            scene.check_reach(chat)?;
            let record = chat.find(id.into()).ok_or(ActionError::NoSuchMessage(id))?;
            let message = crate::message::ChatMessage::of(record);
            let buttons: Vec<_> = message.buttons().into_iter().flatten().collect();
            let data = buttons
                .iter()
                .find(|b| b.data.as_deref() == Some(wanted))
                .or_else(|| buttons.iter().find(|b| b.text == wanted))
                .or_else(|| buttons.iter().find(|b| b.text.contains(wanted)))
                .and_then(|b| b.data.clone())
                .ok_or_else(|| ActionError::NoSuchButton(wanted.to_owned()))?;
            let query_id = format!("{}{:06}", 4_000_000_000_000_u64 + self.serial(), self.rng.below(1_000_000));
            let query = format!(
                "{{\"id\":\"{query_id}\",\"from\":{author},\"message\":{},\"chat_instance\":\"{}\",\"data\":{}}}",
                record.raw,
                -7_000_000_000 - scene.chat.id,
                Value::String(data),
            );
            self.push(scene.bot, chat_key(scene.chat.id), "callback_query", query.into())?;
            lock(&scene.bot.callbacks).open(query_id.clone(), Press { user: author_id, at: self.now() });
            Ok(query_id)
        })
    }

    pub(crate) fn person_reacts(
        &self,
        scene: &Scene<'_>,
        id: i32,
        emoji: &[&str],
    ) -> Result<(), ActionError> {
        let author = scene.author.with_identity(|i| i.user.clone());
        self.in_chat(scene, |identity, chat| {
            let record = chat.find(id.into()).ok_or(ActionError::NoSuchMessage(id))?;
            let old = record.user_reactions.as_deref().map_or(json!([]), parse);
            let new: Value = emoji.iter().map(|e| json!({"type": "emoji", "emoji": e})).collect();
            let update = json!({
                "chat": parse(&identity.chat), "message_id": id, "user": parse(&author), "date": self.now(),
                "old_reaction": old, "new_reaction": new,
            });
            self.push(scene.bot, reaction_key(scene.chat.id), "message_reaction", update.to_string().into())?;
            let reactions = new.as_array().cloned().unwrap_or_default();
            chat.change(
                id,
                |record| record.user_reactions = (!emoji.is_empty()).then(|| new.to_string().into()),
                |record| ChatEvent::ReactionChanged { message_id: record.id, by_bot: false, reactions },
            );
            Ok(())
        })
    }

    /// Blocks or unblocks the bot, or has it leave a group or come there again; nothing where it is
    /// so already.
    pub(crate) fn person_blocks(&self, scene: &Scene<'_>, blocked: bool) -> Result<(), ActionError> {
        let author = scene.author.with_identity(|i| i.user.clone());
        self.in_chat(scene, |identity, chat| {
            if chat.blocked == blocked {
                return Ok(());
            }
            let member = |status: &str| {
                let mut member = json!({"user": scene.bot.user(), "status": status});
                if status == "kicked" {
                    member["until_date"] = 0.into();
                }
                member
            };
            let away = if scene.chat.is_group() { "left" } else { "kicked" };
            let (old, new) = if blocked { ("member", away) } else { (away, "member") };
            let update = json!({
                "chat": parse(&identity.chat), "from": parse(&author), "date": self.now(),
                "old_chat_member": member(old), "new_chat_member": member(new),
            });
            self.push(scene.bot, chat_key(scene.chat.id), "my_chat_member", update.to_string().into())?;
            chat.blocked = blocked;
            chat.started = true;
            chat.version += 1;
            Ok(())
        })
    }

    /// Makes a group with the person and the bot in it.
    pub(crate) fn person_makes_group(&self, bot: &Arc<Bot>, author: &Arc<Peer>) -> Result<i64, ActionError> {
        let group = self.add_group("Friends and a bot");
        let scene = Scene { bot, chat: &group, author };
        let from = author.with_identity(|i| i.user.clone());
        self.in_chat(&scene, |identity, chat| {
            let update = json!({
                "chat": parse(&identity.chat), "from": parse(&from), "date": self.now(),
                "old_chat_member": {"user": bot.user(), "status": "left"},
                "new_chat_member": {"user": bot.user(), "status": "member"},
            });
            self.push(bot, chat_key(group.id), "my_chat_member", update.to_string().into())?;
            chat.started = true;
            Ok(())
        })?;
        let joined = json!({"group_chat_created": true});
        self.person_sends(&scene, &Outgoing::raw(joined))?;
        Ok(group.id)
    }
}

/// What groups do.
impl World {
    /// Makes a supergroup of a group: it has another id from then on, and the bot is in it. Bots
    /// hear of it by three updates, in this order.
    pub(crate) fn group_becomes_supergroup(&self, scene: &Scene<'_>) -> Result<i64, ActionError> {
        let supergroup = self.add_supergroup(scene.chat).ok_or(ActionError::NoSuchUser)?;
        let (from, to) = (scene.chat.id, supergroup.id);
        let there = Scene { chat: &supergroup, ..*scene };
        let by = scene.author.with_identity(|i| i.user.clone());
        // Before anybody hears of it: a bot may ask at once.
        scene.chat.with_identity(|identity| identity.migrated_to = Some(to));
        self.in_chat(&there, |identity, chat| {
            let update = json!({
                "chat": parse(&identity.chat), "from": parse(&by), "date": self.now(),
                "old_chat_member": {"user": there.bot.user(), "status": "left"},
                "new_chat_member": {"user": there.bot.user(), "status": "member"},
            });
            self.push(there.bot, chat_key(to), "my_chat_member", update.to_string().into())?;
            chat.started = true;
            Ok(())
        })?;
        self.person_sends(scene, &Outgoing::raw(json!({"migrate_to_chat_id": to})))?;
        self.person_sends(&there, &Outgoing::raw(json!({"migrate_from_chat_id": from})))?;
        Ok(to)
    }
}

/// Fields that an edit keeps.
const ENVELOPE: [&str; 8] =
    ["message_id", "from", "chat", "date", "reply_to_message", "media_group_id", "forward_origin", "via_bot"];

/// Merges `raw` over a finished message; `null` removes a field.
fn merge(message: String, raw: &Map<String, Value>) -> String {
    if raw.is_empty() {
        return message;
    }
    let mut object: Map<String, Value> = serde_json::from_str(&message).unwrap_or_default();
    for (key, value) in raw {
        if value.is_null() {
            object.remove(key);
        } else {
            object.insert(key.clone(), value.clone());
        }
    }
    Value::Object(object).to_string()
}
