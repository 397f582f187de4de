//! From the wire to the domain: whose update it is, and what they did.

use super::{handle, mend, rich, wire};
use crate::capabilities;
use nameless_actors::ports;
use nameless_domain::capabilities::dating::place::Cell;
use nameless_domain::ids::{BotId, ChatId, MessageId, UserId};
use nameless_domain::relay::content::{
    Answered, Body, Entity, EntityKind, Finding, Inbound, Manner, Media, MediaKind, Refused, Rich,
};
use nameless_domain::text::Lang;
use nameless_domain::update::{Act, Update};

/// What a raw update is.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "nearly every one is an update, and none is kept")]
pub enum Decoded {
    /// Something a user did in the private chat with the bot.
    Update(Update),
    /// The bot was put into or taken out of a group or channel.
    Group(GroupEvent),
    /// Well-formed and none of our business: another kind, another chat, a bot.
    Ignored {
        /// Telegram's id of it.
        update_id: i64,
    },
    /// Not an update as the Bot API describes it, and not even whose it is can be read. Trying
    /// again does not help.
    Malformed {
        /// Telegram's id of it, if that much could be read.
        update_id: Option<i64>,
    },
}

/// The bot's membership in a group or channel changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupEvent {
    /// The group or channel.
    pub chat: ChatId,
    /// Telegram's id of the update.
    pub update_id: i64,
    /// It was not in there and now is. False for every other change: promoted, restricted, removed.
    pub added: bool,
    /// The language to speak to whoever did it.
    pub lang_hint: Option<Lang>,
}

/// Reads one update.
///
/// Total: JSON of any content gives an answer, and one that cannot be read costs only itself. The
/// parser's errors are dropped, as they quote the values they stumble over.
pub fn decode(raw: &str) -> Decoded {
    match of_whichever_bot(raw) {
        Decoded::Update(update) => Decoded::Update(handle::note(update)),
        decoded => decoded,
    }
}

fn of_whichever_bot(raw: &str) -> Decoded {
    match serde_json::from_str::<wire::Update<'_>>(raw) {
        // Whose it is may be broken in a way that parses. Few are nobody's, so it is read again,
        // field by field.
        Ok(update) => match read(update) {
            Decoded::Ignored { update_id } => {
                match capabilities::read_update(capabilities::updates(), update_id, raw) {
                    Some(update) => Decoded::Update(update),
                    None => mend::read(raw),
                }
            }
            // A payment looks like any other service message to the core.
            Decoded::Update(update) if is_service(&update) => {
                let own = capabilities::read_update(capabilities::updates(), update.update_id, raw);
                Decoded::Update(own.unwrap_or(update))
            }
            decoded => decoded,
        },
        Err(_) => mend::read(raw),
    }
}

fn is_service(update: &Update) -> bool {
    matches!(&update.act, Act::Message(message) if matches!(message.body, Body::Service))
}

/// [`decode`] as a port: no answer for what is not a user's.
#[derive(Clone, Copy, Debug, Default)]
pub struct TelegramDecoder;

impl ports::Decoder for TelegramDecoder {
    fn decode(&self, raw: &str) -> Option<Update> {
        match decode(raw) {
            Decoded::Update(update) => Some(update),
            Decoded::Group(_) | Decoded::Ignored { .. } | Decoded::Malformed { .. } => None,
        }
    }

    fn in_group(&self, raw: &str) -> Option<nameless_actors::admin::InGroup> {
        capabilities::admin::read_group(raw)
    }

    fn is_malformed(&self, raw: &str) -> bool {
        matches!(decode(raw), Decoded::Malformed { .. })
    }
}

/// What a die can show (<https://core.telegram.org/bots/api#dice>).
const PIPS: std::ops::RangeInclusive<i32> = 1..=64;

/// The effects that everybody has (`messages.getAvailableEffects`, those that are not for premium):
/// one that only some have would tell something of its sender.
const EFFECTS: [&str; 6] = [
    "5104841245755180586",
    "5107584321108051014",
    "5104858069142078462",
    "5159385139981059251",
    "5046509860389126442",
    "5046589136895476101",
];

/// Ids of users have at most 52 bits (<https://core.telegram.org/bots/api#user>).
pub(super) const MAX_USER_ID: i64 = 1 << 52;

/// Who acts in their private chat.
struct Sender {
    user: UserId,
    lang_hint: Option<Lang>,
}

impl Sender {
    /// The user of a private chat, if it is they who act.
    fn of(chat: &wire::Chat<'_>, from: Option<&wire::User<'_>>) -> Option<Sender> {
        let from = from.filter(|from| from.is_bot != Some(true) && is_user_id(from.id))?;
        (is_private(chat) && chat.id == from.id)
            .then(|| Sender { user: UserId(from.id), lang_hint: lang_hint(from) })
    }
}

/// Whether a person can have this id.
pub(crate) fn is_user_id(id: i64) -> bool {
    (1..MAX_USER_ID).contains(&id)
}

fn is_private(chat: &wire::Chat<'_>) -> bool {
    chat.kind.0 == "private"
}

fn lang_hint(user: &wire::User<'_>) -> Option<Lang> {
    user.language_code.as_ref().map(|code| Lang::guess(Some(&code.0)))
}

/// Zero stands for a message that has no id in this chat (ephemeral, or still scheduled).
fn message_id(id: i32) -> Option<MessageId> {
    (id > 0).then_some(MessageId(id))
}

/// What a well-formed update says.
pub(super) fn read(update: wire::Update<'_>) -> Decoded {
    let update_id = update.update_id;
    let done = if let Some(message) = update.message {
        read_message(message, Act::Message)
    } else if let Some(message) = update.edited_message {
        read_message(message, Act::Edited)
    } else if let Some(query) = update.callback_query {
        read_press(query)
    } else if let Some(reaction) = update.message_reaction {
        read_reaction(reaction)
    } else if let Some(change) = update.my_chat_member {
        if let Some(group) = read_group(update_id, &change) {
            return Decoded::Group(group);
        }
        read_block(&change)
    } else {
        None
    };
    match done {
        Some((Sender { user, lang_hint }, act)) => {
            Decoded::Update(Update { update_id, user, lang_hint, act })
        }
        None => Decoded::Ignored { update_id },
    }
}

fn read_press(query: wire::CallbackQuery<'_>) -> Option<(Sender, Act)> {
    let message = query.message?;
    let sender = Sender::of(&message.chat, Some(&query.from))?;
    // What Telegram does not show any more cannot be changed either: the next screen comes as a new
    // message.
    let is_shown = message.date.is_none_or(|date| date.0 != Some(0));
    let act = Act::Pressed {
        callback_id: query.id.into_string(),
        // A button without data is none of ours; the press is answered all the same.
        data: query.data.map(wire::Str::into_string).unwrap_or_default(),
        message: message_id(message.message_id).filter(|_| is_shown),
    };
    Some((sender, act))
}

fn read_reaction(reaction: wire::MessageReaction<'_>) -> Option<(Sender, Act)> {
    let sender = Sender::of(&reaction.chat, reaction.user.as_ref())?;
    let Some(message) = message_id(reaction.message_id) else { return Some((sender, Act::Unreadable)) };
    let is_emoji = |r: &wire::Reaction<'_>| r.kind.0 == "emoji";
    let emoji = reaction.new_reaction.into_iter().filter(is_emoji);
    let emoji = emoji.filter_map(|r| r.emoji).map(wire::Str::into_string).collect();
    Some((sender, Act::Reacted { message, emoji }))
}

fn read_block(change: &wire::MyChatMember<'_>) -> Option<(Sender, Act)> {
    let sender = Sender::of(&change.chat, Some(&change.from))?;
    match &*change.new_chat_member.status.0 {
        "kicked" => Some((sender, Act::BlockedBot)),
        "member" => Some((sender, Act::UnblockedBot)),
        _ => None,
    }
}

fn read_group(update_id: i64, change: &wire::MyChatMember<'_>) -> Option<GroupEvent> {
    if !matches!(&*change.chat.kind.0, "group" | "supergroup" | "channel") {
        return None;
    }
    let was_out = matches!(&*change.old_chat_member.status.0, "left" | "kicked");
    let is_in = matches!(&*change.new_chat_member.status.0, "member" | "administrator" | "restricted");
    Some(GroupEvent {
        chat: ChatId::of(BotId::of_update(update_id), change.chat.id),
        update_id,
        added: was_out && is_in,
        lang_hint: lang_hint(&change.from),
    })
}

fn read_message(mut message: wire::Message<'_>, act: fn(Inbound) -> Act) -> Option<(Sender, Act)> {
    if message.elsewhere {
        return None;
    }
    let sender = Sender::of(&message.at.chat, message.from.as_ref())?;
    let Some(id) = message_id(message.at.message_id) else { return Some((sender, Act::Unreadable)) };
    if message.media.is_none() && message.dice.as_ref().is_some_and(|dice| !PIPS.contains(&dice.value)) {
        return Some((sender, Act::Unreadable));
    }
    let mut envelope = std::mem::take(&mut message.envelope);
    if message.reply_to.as_ref().is_some_and(|to| to.chat.id != message.at.chat.id)
        && !envelope.contains(&Finding::ExternalReply)
    {
        envelope.push(Finding::ExternalReply);
    }
    // An id of another chat must never be taken for one of this chat (I4).
    let reply_to = message.reply_to.take().filter(|_| !envelope.contains(&Finding::ExternalReply));
    let answers = reply_to.as_ref().and_then(answered);
    let reply_to = reply_to.and_then(|to| message_id(to.message_id));
    let manner = manner(&mut message, reply_to.is_some(), &mut envelope);
    let album = message.album.take().map(wire::Str::into_string);
    let body = body(message, &mut envelope);
    Some((sender, act(Inbound { id, reply_to, answers, album, body, envelope, manner })))
}

/// What the bot said that is answered; none if somebody else did. One that Telegram does not show
/// any more has no id.
fn answered(to: &wire::Answered<'_>) -> Option<Answered> {
    message_id(to.message_id).filter(|_| to.is_of_bot())?;
    Some(to.first_button().map_or(Answered::Bare, Answered::Buttons))
}

/// How it is shown; none for nearly every message.
fn manner(
    message: &mut wire::Message<'_>,
    is_reply: bool,
    envelope: &mut Vec<Finding>,
) -> Option<Box<Manner>> {
    let quote = message.quote.take().filter(|_| is_reply);
    let effect = message.effect.take();
    if quote.is_none() && effect.is_none() && !message.caption_above {
        return None;
    }
    let known = effect.as_ref().and_then(|effect| EFFECTS.into_iter().find(|&known| known == effect.0));
    if effect.is_some() && known.is_none() {
        envelope.push(Finding::Effect);
    }
    let quote = quote.map(|q| rich(Some(q.text), q.entities.unwrap_or_default()));
    Some(Box::new(Manner { quote, effect: known, caption_above: message.caption_above }))
}

/// What is never passed on decides first, so that nothing beside it slips through.
fn body(message: wire::Message<'_>, envelope: &mut Vec<Finding>) -> Body {
    if let Some(refused) = message.refused {
        let place = message.place.filter(|_| refused == Refused::Location);
        place.and_then(place_of).unwrap_or(Body::Refused(refused))
    } else if message.service {
        Body::Service
    } else if let Some((kind, file)) = message.media {
        let media = Media { veiled: message.veiled, ..media(kind, file) };
        Body::Media { media, caption: rich(message.caption, message.caption_entities) }
    } else if let Some(dice) = message.dice {
        Body::Dice { emoji: dice.emoji.into_string(), value: dice.value }
    } else if let Some(blocks) = &message.rich {
        let (words, embedded) = rich::of_blocks(blocks);
        if embedded {
            envelope.push(Finding::Embedded);
        }
        words.map_or(Body::Refused(Refused::Unknown), Body::Text)
    } else if let Some(list) = &message.checklist {
        rich::of_checklist(list).map_or(Body::Refused(Refused::Unknown), Body::Text)
    } else if message.text.is_some() {
        Body::Text(rich(message.text, message.entities))
    } else {
        Body::Refused(Refused::Unknown)
    }
}

/// A place, as roughly as it is ever known; none if there is no such place.
fn place_of(place: wire::Place) -> Option<Body> {
    let cell = Cell::of(place.latitude, place.longitude)?;
    Some(Body::Place { cell, is_live: place.is_live })
}

fn media(kind: MediaKind, mut file: wire::File<'_>) -> Media {
    Media {
        kind,
        label: label(kind, &mut file),
        mime: mime(kind, &mut file),
        size: file.file_size.and_then(|size| size.0),
        veiled: false,
        preview: file.preview.or(file.thumbnail).map(|file| file.file_id.into_string().into()),
        unique_id: file.file_unique_id.into_string(),
        file_id: file.file_id.into_string(),
    }
}

fn label(kind: MediaKind, file: &mut wire::File<'_>) -> Option<String> {
    let label = match kind {
        MediaKind::Video | MediaKind::Animation | MediaKind::Document => file.file_name.take(),
        MediaKind::Sticker => file.set_name.take(),
        MediaKind::Audio => return audio_label(file),
        MediaKind::Photo | MediaKind::Voice | MediaKind::VideoNote => None,
    };
    label.map(wire::Str::into_string).filter(|label| !label.is_empty())
}

/// Tags and file name in one, as each alone may identify. The file name comes last, for its
/// extension; dots of the tags go, as what follows them is no extension.
fn audio_label(file: &wire::File<'_>) -> Option<String> {
    let mut label = String::new();
    for tag in [&file.performer, &file.title].into_iter().flatten() {
        label.push_str(&tag.0.replace('.', " "));
        label.push(' ');
    }
    if let Some(name) = &file.file_name {
        label.push_str(&name.0);
    }
    let label = label.trim();
    (!label.is_empty()).then(|| label.to_owned())
}

/// A sticker bears no MIME type; its format follows from two marks
/// (<https://core.telegram.org/bots/api#sticker>).
fn mime(kind: MediaKind, file: &mut wire::File<'_>) -> Option<String> {
    match (kind, file.is_animated, file.is_video) {
        (MediaKind::Sticker, Some(true), _) => Some("application/x-tgsticker".to_owned()),
        (MediaKind::Sticker, _, Some(true)) => Some("video/webm".to_owned()),
        (MediaKind::Sticker, ..) => Some("image/webp".to_owned()),
        _ => file.mime_type.take().map(wire::Str::into_string),
    }
}

fn rich(text: Option<wire::Str<'_>>, entities: Vec<wire::Entity<'_>>) -> Rich {
    let mut entities: Vec<Entity> = entities.into_iter().filter_map(entity).collect();
    entities.sort_by_key(|entity| entity.offset);
    Rich { text: text.map(wire::Str::into_string).unwrap_or_default(), entities }
}

/// None for a range that cannot be one: no text is that long.
pub(super) fn entity(entity: wire::Entity<'_>) -> Option<Entity> {
    let offset = u32::try_from(entity.offset.0?).ok()?;
    let length = u32::try_from(entity.length.0?).ok()?;
    offset.checked_add(length)?;
    let kind = match &*entity.kind.0 {
        "bold" => EntityKind::Bold,
        "italic" => EntityKind::Italic,
        "underline" => EntityKind::Underline,
        "strikethrough" => EntityKind::Strikethrough,
        "spoiler" => EntityKind::Spoiler,
        "blockquote" => EntityKind::Blockquote,
        "expandable_blockquote" => EntityKind::ExpandableBlockquote,
        "code" => EntityKind::Code,
        "pre" => EntityKind::Pre { language: entity.language.map(wire::Str::into_string) },
        "url" => EntityKind::Identifying(Finding::Link),
        "mention" => EntityKind::Identifying(Finding::Username),
        "phone_number" => EntityKind::Identifying(Finding::Phone),
        "email" => EntityKind::Identifying(Finding::Email),
        "text_link" | "text_mention" => EntityKind::HiddenLink,
        "custom_emoji" => EntityKind::CustomEmoji,
        _ => EntityKind::Plain,
    };
    Some(Entity { kind, offset, length })
}
