//! Reading a message: one pass over its keys, by hand, as many keys lead to one fact.

use super::{File, Message, MessageRef, Place};
use nameless_domain::relay::content::{Finding, MediaKind, Refused};
use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use std::fmt;

/// The keys that are read. Those that mean the same to us are one variant.
#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum Key {
    MessageId,
    Chat,
    From,
    #[serde(alias = "business_connection_id", alias = "guest_query_id")]
    Elsewhere,
    MediaGroupId,
    ReplyToMessage,
    #[serde(
        alias = "forward_from",
        alias = "forward_from_chat",
        alias = "forward_from_message_id",
        alias = "forward_sender_name",
        alias = "forward_signature",
        alias = "forward_date"
    )]
    ForwardOrigin,
    ViaBot,
    ReplyMarkup,
    #[serde(alias = "reply_to_story")]
    ExternalReply,
    Text,
    Entities,
    Caption,
    CaptionEntities,
    Photo,
    Video,
    Animation,
    Audio,
    Document,
    Voice,
    VideoNote,
    Sticker,
    Dice,
    Contact,
    Location,
    Venue,
    Poll,
    Checklist,
    RichMessage,
    LivePhoto,
    Quote,
    EffectId,
    ShowCaptionAboveMedia,
    HasMediaSpoiler,
    Story,
    Game,
    #[serde(
        alias = "paid_media",
        alias = "giveaway",
        alias = "giveaway_created",
        alias = "giveaway_winners",
        alias = "giveaway_completed",
        alias = "gift",
        alias = "unique_gift",
        alias = "gift_upgrade_sent"
    )]
    Invoice,
    #[serde(
        alias = "boost_added",
        alias = "channel_chat_created",
        alias = "chat_background_set",
        alias = "chat_owner_changed",
        alias = "chat_owner_left",
        alias = "chat_shared",
        alias = "checklist_tasks_added",
        alias = "checklist_tasks_done",
        alias = "community_chat_added",
        alias = "community_chat_joined",
        alias = "community_chat_removed",
        alias = "connected_website",
        alias = "delete_chat_photo",
        alias = "direct_message_price_changed",
        alias = "forum_topic_closed",
        alias = "forum_topic_created",
        alias = "forum_topic_edited",
        alias = "forum_topic_reopened",
        alias = "general_forum_topic_hidden",
        alias = "general_forum_topic_unhidden",
        alias = "group_chat_created",
        alias = "left_chat_member",
        alias = "managed_bot_created",
        alias = "message_auto_delete_timer_changed",
        alias = "migrate_from_chat_id",
        alias = "migrate_to_chat_id",
        alias = "new_chat_members",
        alias = "new_chat_photo",
        alias = "new_chat_title",
        alias = "paid_message_price_changed",
        alias = "passport_data",
        alias = "poll_option_added",
        alias = "poll_option_deleted",
        alias = "proximity_alert_triggered",
        alias = "refunded_payment",
        alias = "successful_payment",
        alias = "suggested_post_approval_failed",
        alias = "suggested_post_approved",
        alias = "suggested_post_declined",
        alias = "suggested_post_paid",
        alias = "suggested_post_refunded",
        alias = "supergroup_chat_created",
        alias = "user_shared",
        alias = "users_shared",
        alias = "video_chat_ended",
        alias = "video_chat_participants_invited",
        alias = "video_chat_scheduled",
        alias = "video_chat_started",
        alias = "voice_chat_ended",
        alias = "voice_chat_participants_invited",
        alias = "voice_chat_scheduled",
        alias = "voice_chat_started",
        alias = "web_app_data",
        alias = "write_access_allowed"
    )]
    PinnedMessage,
    #[serde(other)]
    Other,
}

impl<'de: 'a, 'a> Deserialize<'de> for Message<'a> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_map(MessageVisitor)
    }
}

struct MessageVisitor;

impl<'de> Visitor<'de> for MessageVisitor {
    type Value = Message<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a message")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Message<'de>, A::Error> {
        let mut message_id = None;
        let mut chat = None;
        let mut m = Message::default();
        while let Some(key) = map.next_key()? {
            match key {
                Key::MessageId => message_id = map.next_value()?,
                Key::Chat => chat = map.next_value()?,
                Key::From => m.from = map.next_value()?,
                Key::Elsewhere => m.elsewhere |= present(&mut map)?,
                Key::MediaGroupId => m.album = map.next_value()?,
                Key::ReplyToMessage => m.reply_to = map.next_value()?,
                Key::ForwardOrigin => m.found(Finding::ForwardOrigin, present(&mut map)?),
                Key::ViaBot => m.found(Finding::ViaBot, present(&mut map)?),
                Key::ReplyMarkup => m.found(Finding::Keyboard, present(&mut map)?),
                Key::ExternalReply => m.found(Finding::ExternalReply, present(&mut map)?),
                Key::Text => m.text = map.next_value()?,
                Key::Entities => m.entities = map.next_value::<Option<_>>()?.unwrap_or_default(),
                Key::Caption => m.caption = map.next_value()?,
                Key::CaptionEntities => {
                    m.caption_entities = map.next_value::<Option<_>>()?.unwrap_or_default()
                }
                Key::Photo => {
                    m.file(MediaKind::Photo, map.next_value::<Option<Vec<_>>>()?.and_then(File::of_sizes))
                }
                Key::Video => m.file(MediaKind::Video, map.next_value()?),
                Key::Animation => m.file(MediaKind::Animation, map.next_value()?),
                Key::Audio => m.file(MediaKind::Audio, map.next_value()?),
                Key::Document => m.file(MediaKind::Document, map.next_value()?),
                Key::Voice => m.file(MediaKind::Voice, map.next_value()?),
                Key::VideoNote => m.file(MediaKind::VideoNote, map.next_value()?),
                Key::Sticker => m.file(MediaKind::Sticker, map.next_value()?),
                Key::Dice => m.dice = map.next_value()?,
                Key::Contact => m.refuse(Refused::Contact, present(&mut map)?),
                Key::Location => {
                    let place: Option<serde_json::Value> = map.next_value()?;
                    m.refuse(Refused::Location, place.is_some());
                    m.place = place.as_ref().and_then(Place::of);
                }
                Key::Venue => m.refuse(Refused::Location, present(&mut map)?),
                Key::Checklist => m.checklist = map.next_value()?,
                Key::RichMessage => m.rich = map.next_value()?,
                Key::LivePhoto => m.found(Finding::Motion, present(&mut map)?),
                Key::Quote => m.quote = map.next_value()?,
                Key::EffectId => m.effect = map.next_value()?,
                Key::ShowCaptionAboveMedia => {
                    m.caption_above = map.next_value::<Option<bool>>()?.unwrap_or(false);
                }
                Key::HasMediaSpoiler => m.veiled = map.next_value::<Option<bool>>()?.unwrap_or(false),
                Key::Poll => m.refuse(Refused::Poll, present(&mut map)?),
                Key::Story => m.refuse(Refused::Story, present(&mut map)?),
                Key::Game => m.refuse(Refused::Game, present(&mut map)?),
                Key::Invoice => m.refuse(Refused::Paid, present(&mut map)?),
                Key::PinnedMessage => m.service |= present(&mut map)?,
                Key::Other => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        let message_id = message_id.ok_or_else(|| A::Error::missing_field("message_id"))?;
        let chat = chat.ok_or_else(|| A::Error::missing_field("chat"))?;
        m.at = MessageRef { message_id, chat, date: None };
        Ok(m)
    }
}

/// Skips a value; whether it was there, that is, not null.
fn present<'de, A: MapAccess<'de>>(map: &mut A) -> Result<bool, A::Error> {
    Ok(map.next_value::<Option<IgnoredAny>>()?.is_some())
}

impl<'a> Message<'a> {
    fn found(&mut self, finding: Finding, present: bool) {
        if present && !self.envelope.contains(&finding) {
            self.envelope.push(finding);
        }
    }

    fn refuse(&mut self, refused: Refused, present: bool) {
        if present {
            self.refused.get_or_insert(refused);
        }
    }

    fn file(&mut self, kind: MediaKind, file: Option<File<'a>>) {
        let Some(file) = file else { return };
        // An animation comes with a copy of itself as a document.
        if kind != MediaKind::Document || self.media.is_none() {
            self.media = Some((kind, file));
        }
    }
}
