//! Every kind by example.

use super::super::{Decoded, GroupEvent, TelegramDecoder, decode};
use super::samples::{
    USER, all, bot, decoded, file, group, inbound, membership, message, person, private, refused, relayed,
    update, with,
};
use nameless_actors::ports::Decoder;
use nameless_domain::capabilities::dating::place::Cell;
use nameless_domain::ids::{ChatId, MessageId, UserId};
use nameless_domain::relay::content::{
    Answered, Body, Entity, EntityKind, Finding, Media, MediaKind, Refused, Rich,
};
use nameless_domain::text::Lang;
use nameless_domain::update::{Act, Update};
use serde_json::{Value, json};

const IGNORED: Decoded = Decoded::Ignored { update_id: 900 };

fn read(json: Value) -> Decoded {
    decode(&json.to_string())
}

fn media(content: Value) -> Media {
    match inbound(content).body {
        Body::Media { media, .. } => media,
        other => panic!("no media: {other:?}"),
    }
}

fn kinds(entities: Value) -> Vec<EntityKind> {
    match inbound(json!({"text": "words", "entities": entities})).body {
        Body::Text(rich) => rich.entities.into_iter().map(|e| e.kind).collect(),
        other => panic!("no text: {other:?}"),
    }
}

#[test]
fn a_text_as_telegram_writes_it() {
    // Telegram escapes whatever is not ASCII.
    let raw = r#"{"update_id":1,"message":{"message_id":7,"from":{"id":9,"is_bot":false,"first_name":"A",
        "language_code":"en"},"chat":{"id":9,"first_name":"A","type":"private"},"date":1,
        "text":"\u043f\u0440\u0438 \ud83d\ude42","entities":[{"offset":0,"length":3,"type":"italic"}]}}"#;
    let Decoded::Update(Update { update_id: 1, user: UserId(9), lang_hint: Some(Lang::En), act }) =
        decode(raw)
    else {
        panic!()
    };
    let Act::Message(inbound) = act else { panic!() };
    assert_eq!(inbound.id, MessageId(7));
    let entities = vec![Entity { kind: EntityKind::Italic, offset: 0, length: 3 }];
    assert_eq!(inbound.body, Body::Text(Rich { text: "при 🙂".into(), entities }));
    assert_eq!((inbound.reply_to, inbound.album, inbound.envelope), (None, None, vec![]));
}

#[test]
fn every_sample_is_the_users() {
    for (name, json) in all() {
        let update = decoded(&json);
        assert_eq!(
            (update.update_id, update.user, update.lang_hint),
            (900, UserId(USER), Some(Lang::Ru)),
            "{name}"
        );
        assert_eq!(TelegramDecoder.decode(&json.to_string()), Some(update), "{name}");
    }
    assert_eq!(TelegramDecoder.decode(&membership(group(), "left", "member").to_string()), None);
}

#[test]
fn media_keep_their_kind() {
    for (name, content) in relayed() {
        match inbound(content).body {
            Body::Media { media, .. } => {
                assert_eq!(media.kind.field(), name);
                assert_eq!((media.unique_id.as_str(), media.size), ("QQAD", Some(2048)), "{name}");
            }
            Body::Text(_) => assert_eq!(name, "text"),
            Body::Dice { emoji, value } => assert_eq!((name, emoji.as_str(), value), ("dice", "🎲", 4)),
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn the_largest_photo_with_its_caption_and_album() {
    let photo = inbound(relayed().swap_remove(1).1);
    assert_eq!(photo.album.as_deref(), Some("1357"));
    let Body::Media { media, caption } = photo.body else { panic!() };
    assert_eq!((media.file_id.as_str(), media.label, media.mime), ("P1280", None, None));
    assert_eq!(caption.text, "cap");
    assert_eq!(caption.entities, [Entity { kind: EntityKind::Spoiler, offset: 0, length: 3 }]);
    // A live photo comes with a still one.
    let live = json!({"live_photo": file(json!({})), "photo": [file(json!({}))]});
    assert_eq!(media_kind(live), MediaKind::Photo);
}

#[test]
fn what_is_looked_at_is_the_least_size_that_is_enough_or_the_small_picture_of_a_film() {
    let size = |id: &str, side: u64| json!({"file_id": id, "file_unique_id": format!("u{id}"), "width": side, "height": side / 2});
    let photo = |sizes: Value| media(json!({"photo": sizes}));
    let all = photo(json!([size("s", 90), size("m", 320), size("x", 800), size("y", 1280), size("w", 2560)]));
    assert_eq!((&*all.file_id, all.preview.as_deref()), ("w", Some("x")));
    let small = photo(json!([size("m", 320), size("x", 500)]));
    assert_eq!((&*small.file_id, small.preview.as_deref()), ("x", None), "it is looked at itself");
    let film = |more| media(json!({"video": file(more)})).preview;
    assert_eq!(film(json!({"thumbnail": {"file_id": "t", "width": 320}})).as_deref(), Some("t"));
    assert_eq!(film(json!({"thumbnail": null})), None);
    for broken in [json!(5), json!({}), json!({"file_id": 7})] {
        assert_eq!(film(json!({"thumbnail": broken, "width": "wide"})), None, "the film passes all the same");
    }
    assert!(media(json!({"photo": [file(json!({}))], "has_media_spoiler": true})).veiled);
    assert!(!media(json!({"photo": [file(json!({}))], "has_media_spoiler": null})).veiled);
}

fn media_kind(content: Value) -> MediaKind {
    media(content).kind
}

#[test]
fn an_animation_is_not_its_document() {
    let raw = |first: &str, second: &str| {
        let f = r#"{"file_id":"a","file_unique_id":"b"}"#;
        format!(
            r#"{{"update_id":1,"message":{{"message_id":7,"from":{{"id":9}},"chat":{{"id":9,"type":"private"}},
            "{first}":{f},"{second}":{f}}}}}"#
        )
    };
    for raw in [raw("animation", "document"), raw("document", "animation")] {
        let Decoded::Update(Update { act: Act::Message(inbound), .. }) = decode(&raw) else { panic!() };
        assert!(matches!(inbound.body, Body::Media { media: Media { kind: MediaKind::Animation, .. }, .. }));
    }
}

#[test]
fn labels_and_formats() {
    let audio = |tags| media(json!({"audio": file(tags)})).label;
    assert_eq!(audio(json!({})), None);
    assert_eq!(audio(json!({"performer": "", "file_name": ""})), None);
    assert_eq!(audio(json!({"file_name": "t.mp3"})).as_deref(), Some("t.mp3"));
    let tagged = json!({"performer": "P. P.", "title": "v1.name", "file_name": "t.mp3"});
    assert_eq!(audio(tagged).as_deref(), Some("P  P  v1 name t.mp3"));
    assert_eq!(audio(json!({"title": "v1.name"})).as_deref(), Some("v1 name"));

    let sticker = |more| media(json!({"sticker": file(more)}));
    let plain = sticker(json!({"set_name": "pack", "is_animated": false, "is_video": false}));
    assert_eq!((plain.label.as_deref(), plain.mime.as_deref()), (Some("pack"), Some("image/webp")));
    assert_eq!(sticker(json!({"is_video": true})).mime.as_deref(), Some("video/webm"));
    assert_eq!(sticker(json!({"is_animated": true})).mime.as_deref(), Some("application/x-tgsticker"));

    let document = media(json!({"document": file(json!({"file_name": "a.pdf", "mime_type": "x/y"}))}));
    assert_eq!((document.label.as_deref(), document.mime.as_deref()), (Some("a.pdf"), Some("x/y")));
}

#[test]
fn marks_on_words() {
    use EntityKind::*;
    let marks = [
        ("bold", Bold),
        ("italic", Italic),
        ("underline", Underline),
        ("strikethrough", Strikethrough),
        ("spoiler", Spoiler),
        ("blockquote", Blockquote),
        ("expandable_blockquote", ExpandableBlockquote),
        ("code", Code),
        ("pre", Pre { language: None }),
        ("url", Identifying(Finding::Link)),
        ("mention", Identifying(Finding::Username)),
        ("phone_number", Identifying(Finding::Phone)),
        ("email", Identifying(Finding::Email)),
        ("text_link", HiddenLink),
        ("text_mention", HiddenLink),
        ("custom_emoji", CustomEmoji),
        ("hashtag", Plain),
        ("cashtag", Plain),
        ("bot_command", Plain),
        ("date_time", Plain),
        ("of_the_future", Plain),
    ];
    for (name, kind) in marks {
        assert_eq!(kinds(json!([{"type": name, "offset": 0, "length": 2}])), [kind], "{name}");
    }
    let pre = json!([{"type": "pre", "offset": 0, "length": 2, "language": "rust"}]);
    assert_eq!(kinds(pre), [Pre { language: Some("rust".into()) }]);
    let unordered =
        json!([{"type": "bold", "offset": 3, "length": 1}, {"type": "code", "offset": 0, "length": 1}]);
    assert_eq!(kinds(unordered), [Code, Bold]);
}

#[test]
fn what_is_refused() {
    let kinds = [
        ("contact", Refused::Contact),
        ("location", Refused::Location),
        ("venue", Refused::Location),
        ("poll", Refused::Poll),
        ("checklist", Refused::Unknown),
        ("story", Refused::Story),
        ("game", Refused::Game),
        ("invoice", Refused::Paid),
        ("paid_media", Refused::Paid),
        ("giveaway", Refused::Paid),
        ("giveaway_created", Refused::Paid),
        ("giveaway_winners", Refused::Paid),
        ("giveaway_completed", Refused::Paid),
        ("gift", Refused::Paid),
        ("unique_gift", Refused::Paid),
        ("gift_upgrade_sent", Refused::Paid),
        ("rich_message", Refused::Unknown),
        ("of_the_future", Refused::Unknown),
    ];
    for (field, kind) in kinds {
        assert_eq!(inbound(json!({field: {"a": [1]}})).body, Body::Refused(kind), "{field}");
        assert!(matches!(inbound(json!({field: null, "text": "x"})).body, Body::Text(_)), "{field}");
    }
    for field in ["contact", "game", "story", "gift"] {
        // Nothing slips through beside it.
        let both = json!({field: {}, "text": "x", "photo": [file(json!({}))]});
        assert!(matches!(inbound(both).body, Body::Refused(_)), "{field}");
    }
    assert_eq!(refused().len(), 6);
    assert_eq!(inbound(json!({})).body, Body::Refused(Refused::Unknown));
    assert_eq!(inbound(json!({"photo": []})).body, Body::Refused(Refused::Unknown));
}

#[test]
fn a_place_is_read_as_the_square_that_it_lies_in() {
    let cell = Cell::of(55.75, 37.65).expect("a cell");
    let place = json!({"latitude": 55.751244, "longitude": 37.618423});
    let read = |location: &Value| inbound(json!({"location": location})).body;
    assert_eq!(read(&place), Body::Place { cell, is_live: false });
    assert_eq!(read(&with(place.clone(), json!({"live_period": 900}))), Body::Place { cell, is_live: true });
    let venue = json!({"location": place, "title": "x", "address": "y"});
    assert_eq!(
        inbound(json!({"location": place, "venue": venue})).body,
        Body::Place { cell, is_live: false }
    );
    for nowhere in [
        json!({"latitude": 91.0, "longitude": 0.0}),
        json!({"latitude": "55.75", "longitude": 0.0}),
        json!({"latitude": null, "longitude": 0.0}),
        json!({"longitude": 0.0}),
        json!([]),
        json!(7),
    ] {
        assert_eq!(read(&nowhere), Body::Refused(Refused::Location), "{nowhere}");
    }
    // Nothing slips through beside it.
    let both = inbound(json!({"location": place, "contact": {}})).body;
    assert!(matches!(both, Body::Refused(Refused::Contact)), "{both:?}");
}

#[test]
fn service_messages() {
    let fields = "pinned_message new_chat_title message_auto_delete_timer_changed write_access_allowed users_shared \
        successful_payment refunded_payment boost_added chat_background_set video_chat_started web_app_data \
        forum_topic_created forum_topic_edited forum_topic_closed chat_shared connected_website passport_data";
    for field in fields.split_whitespace() {
        assert_eq!(inbound(json!({field: {"message_id": 3}})).body, Body::Service, "{field}");
    }
}

#[test]
fn what_never_passes_with_a_message() {
    let envelope = |more| inbound(with(json!({"text": "x"}), more)).envelope;
    for field in
        ["forward_origin", "forward_from", "forward_from_chat", "forward_sender_name", "forward_date"]
    {
        assert_eq!(envelope(json!({field: {}})), [Finding::ForwardOrigin], "{field}");
        assert_eq!(envelope(json!({field: null})), [], "{field}");
    }
    let old = json!({"forward_from": person(3), "forward_date": 5, "forward_origin": {}});
    assert_eq!(envelope(old), [Finding::ForwardOrigin]);
    assert_eq!(envelope(json!({"via_bot": bot()})), [Finding::ViaBot]);
    assert_eq!(envelope(json!({"reply_markup": {}})), [Finding::Keyboard]);
    assert_eq!(envelope(json!({"external_reply": {}})), [Finding::ExternalReply]);
    assert_eq!(envelope(json!({"reply_to_story": {}})), [Finding::ExternalReply]);
    assert_eq!(envelope(json!({"quote": {}})), []);
}

#[test]
fn a_reply_is_to_a_message_of_the_same_chat() {
    let reply = |to, more| {
        let m = inbound(with(json!({"text": "x", "reply_to_message": to}), more));
        (m.reply_to, m.envelope)
    };
    let here = message(json!({"message_id": 40, "text": "before"}));
    let there = with(here.clone(), json!({"chat": group()}));
    let quote = json!({"quote": {"text": "be"}});
    assert_eq!(reply(here.clone(), quote), (Some(MessageId(40)), vec![]));
    assert_eq!(reply(there, json!({})), (None, vec![Finding::ExternalReply]));
    assert_eq!(reply(here.clone(), json!({"external_reply": {}})), (None, vec![Finding::ExternalReply]));
    assert_eq!(reply(with(here, json!({"message_id": 0})), json!({})), (None, vec![]));
}

/// By the first button of what is answered a reply finds whoever wrote it.
#[test]
fn a_reply_says_what_of_the_bots_it_answers() {
    let answers = |to: Value| inbound(json!({"text": "x", "reply_to_message": to})).answers;
    let said = |more| with(message(json!({"message_id": 40, "text": "before", "from": bot()})), more);
    let below = |rows: Value| answers(said(json!({"reply_markup": {"inline_keyboard": rows}})));
    let buttons = |data: &str| Some(Answered::Buttons(data.into()));
    assert_eq!(answers(said(json!({}))), Some(Answered::Bare));
    assert_eq!(answers(said(json!({"reply_markup": null}))), Some(Answered::Bare));
    let rows = json!([[{"text": "Zxq", "callback_data": "dt:a"}], [{"text": "b", "callback_data": "dt:b"}]]);
    assert_eq!(below(rows.clone()), buttons("dt:a"));
    assert_eq!(below(json!([[], [{"text": "b", "callback_data": "dt:b"}]])), buttons("dt:b"));
    // Whatever else there may be costs no more than itself.
    let long = json!([[{"text": "b", "callback_data": "x".repeat(65)}]]);
    for odd in
        [json!([[{"text": "b", "url": "https://example.com"}]]), long, json!([]), json!(7), json!(null)]
    {
        assert_eq!(below(odd.clone()), buttons(""), "{odd}");
    }
    for from in [person(USER), person(8), json!(null), json!(7), json!({}), json!({"is_bot": "yes"})] {
        let markup = json!({"from": from, "reply_markup": {"inline_keyboard": rows.clone()}});
        assert_eq!(answers(said(markup)), None, "{from}");
    }
    // Of another chat, or shown no more.
    assert_eq!(answers(said(json!({"chat": group()}))), None);
    assert_eq!(answers(said(json!({"message_id": 0}))), None);
}

#[test]
fn messages_of_others_are_ignored() {
    let text = || message(json!({"text": "x"}));
    for more in [
        json!({"chat": group()}),
        json!({"chat": {"id": -7, "type": "channel", "title": "c"}}),
        json!({"chat": {"id": USER, "type": "group"}}),
        json!({"from": person(8)}),
        json!({"from": with(person(USER), json!({"is_bot": true}))}),
        json!({"business_connection_id": "b"}),
    ] {
        for kind in ["message", "edited_message"] {
            assert_eq!(read(update(kind, with(text(), more.clone()))), IGNORED, "{more}");
        }
    }
    for kind in ["channel_post", "inline_query", "business_message", "poll", "chat_member", "of_the_future"] {
        assert_eq!(read(update(kind, text())), IGNORED, "{kind}");
    }
    assert_eq!(read(json!({"update_id": 900})), IGNORED);
}

#[test]
fn edits_presses_and_reactions() {
    let act = |name| decoded(&all().into_iter().find(|(n, _)| *n == name).unwrap().1).act;
    assert!(matches!(act("edited"), Act::Edited(inbound) if inbound.id == MessageId(41)));
    let pressed =
        Act::Pressed { callback_id: "q1".into(), data: "chat:next".into(), message: Some(MessageId(41)) };
    assert_eq!(act("pressed"), pressed);
    assert_eq!(act("reacted"), Act::Reacted { message: MessageId(41), emoji: vec!["👍".into()] });

    let query = json!({"id": "q", "from": person(USER), "data": "d", "message": message(json!({}))});
    for more in [
        json!({"message": null, "inline_message_id": "i"}),
        json!({"message": message(json!({"chat": group()}))}),
        json!({"from": person(8)}),
    ] {
        assert_eq!(read(update("callback_query", with(query.clone(), more))), IGNORED);
    }
    // A message too old for Telegram still has its id.
    let old = json!({"message": {"chat": private(), "message_id": 2, "date": 0}});
    let shown_no_more = decoded(&update("callback_query", with(query.clone(), old))).act;
    assert!(matches!(shown_no_more, Act::Pressed { message: None, .. }));
    // A game has no data; its press is answered.
    let game = json!({"data": null, "game_short_name": "g"});
    let game = decoded(&update("callback_query", with(query, game))).act;
    assert!(matches!(game, Act::Pressed { data, .. } if data.is_empty()));

    let reaction = json!({"chat": private(), "message_id": 3, "date": 1, "old_reaction": [],
        "user": person(USER), "new_reaction": []});
    let cleared = decoded(&update("message_reaction", reaction.clone())).act;
    assert_eq!(cleared, Act::Reacted { message: MessageId(3), emoji: vec![] });
    for more in
        [json!({"user": null, "actor_chat": group()}), json!({"chat": group()}), json!({"user": bot()})]
    {
        assert_eq!(read(update("message_reaction", with(reaction.clone(), more))), IGNORED);
    }
}

#[test]
fn blocking_and_groups() {
    assert_eq!(decoded(&membership(private(), "member", "kicked")).act, Act::BlockedBot);
    assert_eq!(decoded(&membership(private(), "kicked", "member")).act, Act::UnblockedBot);
    assert_eq!(read(membership(private(), "member", "restricted")), IGNORED);
    for kind in ["group", "supergroup", "channel"] {
        let chat = json!({"id": -55, "type": kind, "title": "t"});
        for (old, new, added) in [
            ("left", "member", true),
            ("kicked", "administrator", true),
            ("left", "restricted", true),
            ("member", "administrator", false),
            ("member", "left", false),
            ("administrator", "kicked", false),
        ] {
            let event = GroupEvent { chat: ChatId(-55), update_id: 900, added, lang_hint: Some(Lang::Ru) };
            assert_eq!(read(membership(chat.clone(), old, new)), Decoded::Group(event), "{kind} {old} {new}");
        }
    }
}
