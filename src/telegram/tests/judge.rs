//! Compared with a reader that others wrote: teloxide-core's types. It reads nothing of a message
//! that replies to a text in another chat (0.13.0), so the sample of an external reply is one to a
//! die.

use super::samples::{all, decoded};
use nameless_domain::ids::MessageId;
use nameless_domain::relay::content::{Body, Inbound};
use nameless_domain::update::Act;
use teloxide_core::types::{Message, MessageKind, ReactionType, Update, UpdateKind};

fn same(name: &str, ours: &Inbound, theirs: &Message) {
    assert!(!matches!(theirs.kind, MessageKind::Empty {}), "{name}: not read");
    assert_eq!(ours.id, MessageId(theirs.id.0), "{name}");
    assert_eq!(ours.reply_to, theirs.reply_to_message().map(|m| MessageId(m.id.0)), "{name}");
    assert_eq!(ours.album.as_deref(), theirs.media_group_id().map(|id| id.0.as_str()), "{name}");
    match &ours.body {
        Body::Text(rich) => {
            assert_eq!(Some(rich.text.as_str()), theirs.text(), "{name}");
            assert_eq!(rich.entities.len(), theirs.entities().unwrap_or_default().len(), "{name}");
        }
        Body::Media { media, caption } => {
            assert_eq!(caption.text, theirs.caption().unwrap_or_default(), "{name}");
            let file = theirs
                .photo()
                .and_then(<[_]>::last)
                .map(|f| &f.file)
                .or(theirs.video().map(|f| &f.file))
                .or(theirs.animation().map(|f| &f.file))
                .or(theirs.audio().map(|f| &f.file))
                .or(theirs.document().map(|f| &f.file))
                .or(theirs.voice().map(|f| &f.file))
                .or(theirs.video_note().map(|f| &f.file))
                .or(theirs.sticker().map(|f| &f.file))
                .expect("media");
            assert_eq!((&media.file_id, &media.unique_id), (&file.id.0, &file.unique_id.0), "{name}");
            assert_eq!(media.size, Some(u64::from(file.size)), "{name}");
        }
        Body::Dice { value, .. } => {
            assert_eq!(theirs.dice().map(|d| i32::from(d.value)), Some(*value), "{name}")
        }
        Body::Service | Body::Refused(_) | Body::Place { .. } => {
            assert_eq!((theirs.text(), theirs.caption()), (None, None), "{name}")
        }
    }
}

#[test]
fn both_read_the_same() {
    for (name, json) in all() {
        let ours = decoded(&json);
        let theirs: Update = serde_json::from_str(&json.to_string()).unwrap();
        assert_eq!(ours.update_id, i64::from(theirs.id.0), "{name}");
        let user = theirs.from().unwrap_or_else(|| panic!("{name}: not read"));
        assert_eq!(ours.user.0, i64::try_from(user.id.0).unwrap(), "{name}");
        match (&ours.act, &theirs.kind) {
            (Act::Message(inbound), UpdateKind::Message(message))
            | (Act::Edited(inbound), UpdateKind::EditedMessage(message)) => same(name, inbound, message),
            (Act::Pressed { callback_id, data, message }, UpdateKind::CallbackQuery(query)) => {
                assert_eq!((callback_id, Some(data)), (&query.id.0, query.data.as_ref()));
                assert_eq!(*message, query.message.as_ref().map(|m| MessageId(m.id().0)));
            }
            (Act::Reacted { message, emoji }, UpdateKind::MessageReaction(reaction)) => {
                assert_eq!(*message, MessageId(reaction.message_id.0));
                let theirs: Vec<_> = reaction.new_reaction.iter().filter_map(ReactionType::emoji).collect();
                assert_eq!(emoji.iter().collect::<Vec<_>>(), theirs);
            }
            (Act::BlockedBot, UpdateKind::MyChatMember(change)) => {
                assert!(change.new_chat_member.is_banned())
            }
            (Act::UnblockedBot, UpdateKind::MyChatMember(change)) => {
                assert!(change.new_chat_member.is_member())
            }
            (ours, theirs) => panic!("{name}: {ours:?} is not {theirs:?}"),
        }
    }
}
