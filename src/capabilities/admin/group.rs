//! What is done in a group, read from the raw update: only what a command or a press is made of.

use nameless_actors::admin::{GroupAct, InGroup};
use nameless_domain::capabilities::news::markup::{self, Mark};
use nameless_domain::ids::{BotId, ChatId, MessageId, UserId};
use nameless_domain::text::Lang;
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::borrow::Cow;

/// Telegram's account behind administrators who hide who they are.
const ANONYMOUS: i64 = 1_087_968_824;

#[derive(Deserialize)]
struct Update<'a> {
    #[serde(default)]
    update_id: i64,
    #[serde(borrow)]
    message: Option<Message<'a>>,
    #[serde(borrow)]
    callback_query: Option<Query<'a>>,
}

#[derive(Deserialize)]
struct Message<'a> {
    message_id: i32,
    date: Option<i64>,
    chat: Chat,
    #[serde(borrow)]
    from: Option<User<'a>>,
    sender_chat: Option<IgnoredAny>,
    // The group is this supergroup from now on.
    migrate_to_chat_id: Option<i64>,
    forward_origin: Option<IgnoredAny>,
    // Of servers before Bot API 7.0.
    forward_date: Option<IgnoredAny>,
    via_bot: Option<IgnoredAny>,
    #[serde(borrow)]
    text: Option<Cow<'a, str>>,
    #[serde(borrow)]
    reply_to_message: Option<Quoted<'a>>,
}

/// The message that is replied to. What is no text is none that can be told on.
#[derive(Deserialize)]
struct Quoted<'a> {
    #[serde(borrow)]
    text: Option<Cow<'a, str>>,
    #[serde(default)]
    entities: Vec<Mark>,
}

#[derive(Deserialize)]
struct Query<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    from: User<'a>,
    #[serde(borrow)]
    message: Option<Message<'a>>,
    #[serde(borrow)]
    data: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Chat {
    id: i64,
}

#[derive(Deserialize)]
struct User<'a> {
    id: i64,
    #[serde(default)]
    is_bot: bool,
    #[serde(borrow)]
    language_code: Option<Cow<'a, str>>,
}

impl User<'_> {
    /// Who they are, if they are a person who shows it.
    fn shown(&self) -> Option<UserId> {
        (!self.is_bot && self.id != ANONYMOUS && self.id > 0).then_some(UserId(self.id))
    }

    fn lang(&self) -> Lang {
        Lang::guess(self.language_code.as_deref())
    }
}

/// Reads it; none for what is no text of somebody's own and no press, and for private chats.
pub(crate) fn read(raw: &str) -> Option<InGroup> {
    let update: Update<'_> = serde_json::from_str(raw).ok()?;
    let bot = BotId::of_update(update.update_id);
    if let Some(message) = update.message {
        if let Some(to) = message.migrate_to_chat_id.filter(|_| message.chat.id < 0) {
            let (chat, what) = (ChatId::of(bot, message.chat.id), GroupAct::Moved(ChatId::of(bot, to)));
            return Some(InGroup { chat, from: None, lang: Lang::En, what });
        }
        let text = message.text?;
        // A command that came by forwarding is nobody's order.
        let own =
            message.forward_origin.is_none() && message.forward_date.is_none() && message.via_bot.is_none();
        if message.chat.id >= 0 || !own {
            return None;
        }
        let from = message.from?;
        let replied = message.reply_to_message.and_then(|to| Some((to.text?, to.entities)));
        let text = text.into_owned();
        return Some(InGroup {
            chat: ChatId::of(bot, message.chat.id),
            from: from.shown().filter(|_| message.sender_chat.is_none()),
            lang: from.lang(),
            what: match replied {
                Some((to, marks)) => GroupAct::Replied { text, to: markup::write(&to, &marks) },
                None => GroupAct::Said(text),
            },
        });
    }
    let query = update.callback_query?;
    let message = query.message.filter(|message| message.chat.id < 0)?;
    // The presser is always the person, also where they speak in a mask.
    Some(InGroup {
        chat: ChatId::of(bot, message.chat.id),
        from: query.from.shown(),
        lang: query.from.lang(),
        what: GroupAct::Pressed {
            callback_id: query.id.into_owned(),
            data: query.data.unwrap_or_default().into_owned(),
            // Of one that Telegram does not show any more the date is 0: it cannot be changed.
            message: (message.message_id > 0 && message.date != Some(0))
                .then_some(MessageId(message.message_id)),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn message(with: Value) -> Option<InGroup> {
        let mut message = json!({
            "message_id": 5, "date": 1, "chat": {"id": -7, "type": "supergroup"},
            "from": {"id": 111, "is_bot": false, "first_name": "A", "language_code": "ru"}, "text": "stats",
        });
        for (key, value) in with.as_object().unwrap() {
            message[key] = value.clone();
        }
        read(&json!({"update_id": 1, "message": message}).to_string())
    }

    #[test]
    fn only_what_somebody_says_themselves_is_read() {
        let said = message(json!({})).unwrap();
        assert_eq!((said.chat, said.from, said.lang), (ChatId(-7), Some(UserId(111)), Lang::Ru));
        assert_eq!(said.what, GroupAct::Said("stats".into()));
        for with in [
            json!({"forward_origin": {"type": "user"}}),
            json!({"forward_date": 3}),
            json!({"via_bot": {"id": 1}}),
            json!({"chat": {"id": 111, "type": "private"}}),
            json!({"text": null}),
            json!({"from": null}),
        ] {
            assert_eq!(message(with.clone()), None, "{with}");
        }
        let edited =
            json!({"update_id": 1, "edited_message": {"message_id": 5, "chat": {"id": -7}, "text": "stats"}});
        assert_eq!(read(&edited.to_string()), None);
        for raw in ["", "{", "[]", "{}", r#"{"message":3}"#, r#"{"callback_query":{"id":"1"}}"#] {
            assert_eq!(read(raw), None, "{raw}");
        }
    }

    #[test]
    fn what_is_replied_to_comes_with_its_formatting() {
        let entities = json!([
            {"type": "bold", "offset": 0, "length": 2},
            {"type": "text_link", "offset": 3, "length": 3, "url": "https://example.org/"},
            {"type": "hashtag", "offset": 7, "length": 2},
        ]);
        let to = json!({"message_id": 4, "text": "hi you #x", "entities": entities, "chat": {"id": -7}});
        let said = message(json!({"reply_to_message": to, "text": "broadcast"})).unwrap();
        let to = "<b>hi</b> <a href=\"https://example.org/\">you</a> #x".to_owned();
        assert_eq!(said.what, GroupAct::Replied { text: "broadcast".into(), to });
        let picture = json!({"message_id": 4, "photo": [], "chat": {"id": -7}});
        let said = message(json!({"reply_to_message": picture})).unwrap();
        assert_eq!(said.what, GroupAct::Said("stats".into()));
    }

    #[test]
    fn a_group_that_becomes_a_supergroup_says_so() {
        let moved = message(json!({"text": null, "migrate_to_chat_id": -1_001_000_000_005_i64})).unwrap();
        assert_eq!((moved.chat, moved.from), (ChatId(-7), None));
        assert_eq!(moved.what, GroupAct::Moved(ChatId(-1_001_000_000_005)));
        // The other side of it, in the supergroup, is nothing new.
        assert_eq!(message(json!({"text": null, "migrate_from_chat_id": -7})), None);
        let private = json!({"chat": {"id": 111, "type": "private"}, "text": null, "migrate_to_chat_id": -9});
        assert_eq!(message(private), None);
    }

    /// Whoever hides behind the group is nobody.
    #[test]
    fn a_mask_is_nobody() {
        for with in [
            json!({"sender_chat": {"id": -7}}),
            json!({"from": {"id": ANONYMOUS, "is_bot": true}}),
            json!({"from": {"id": ANONYMOUS, "is_bot": false}}),
            json!({"from": {"id": 111, "is_bot": true}}),
        ] {
            assert_eq!(message(with.clone()).unwrap().from, None, "{with}");
        }
    }

    #[test]
    fn a_press_is_the_pressers() {
        let press = |message: Value| {
            let query = json!({"id": "9", "from": {"id": 222}, "data": "adm:n", "message": message});
            read(&json!({"update_id": 1, "callback_query": query}).to_string())
        };
        let pressed = press(json!({"message_id": 5, "date": 7, "chat": {"id": -7}})).unwrap();
        assert_eq!(pressed.from, Some(UserId(222)));
        let GroupAct::Pressed { message, data, .. } = pressed.what else { panic!("a press") };
        assert_eq!((message, data.as_str()), (Some(MessageId(5)), "adm:n"));
        let gone = press(json!({"message_id": 5, "date": 0, "chat": {"id": -7}})).unwrap();
        assert!(matches!(gone.what, GroupAct::Pressed { message: None, .. }));
        assert_eq!(press(json!({"message_id": 5, "date": 7, "chat": {"id": 222}})), None);
        assert_eq!(press(json!(null)), None);
    }
}
