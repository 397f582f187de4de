//! Sending, editing, deleting, reacting, and Telegram's refusals.

use std::time::Duration;

use crate::common::{Bot, SOON, TOKEN, start, started};
use nameless_simulator::{ChatEvent, Limits, NewUser, Outgoing, SimConfig, Simulator};
use serde_json::{Value, json};

#[tokio::test]
async fn a_text_arrives_with_its_formatting() {
    let (simulator, bot) = start();
    let user = started(&simulator, &bot).await;
    let html = json!({"chat_id": user.id(), "text": "😀 <b>bold</b> &lt;", "parse_mode": "HTML"});
    let sent = bot.call("sendmessage", html).await;
    assert_eq!(sent["text"], "😀 bold <");
    assert_eq!(sent["entities"], json!([{"type": "bold", "offset": 3, "length": 4}]));
    assert_eq!(sent["chat"]["id"], json!(user.id()));
    assert_eq!(sent["from"]["id"], 42);
    assert_eq!(user.last_message().unwrap().json["text"], sent["text"]);
}

#[tokio::test]
async fn the_server_finds_entities_in_what_users_write() {
    let (simulator, bot) = start();
    let user = started(&simulator, &bot).await;
    user.send_text("😀 @somebody or +7 916 123-45-67");
    let message = &bot.updates().await[0]["message"];
    assert_eq!(
        message["entities"],
        json!([
            {"type": "mention", "offset": 3, "length": 9},
            {"type": "phone_number", "offset": 16, "length": 16},
        ])
    );
    assert_eq!(message["from"]["first_name"], user.profile()["first_name"]);
    assert!(message["from"]["username"].is_string() && message["chat"]["last_name"].is_string());
}

#[tokio::test]
async fn lengths_are_counted_in_utf16_units() {
    let (simulator, bot) = start();
    let user = started(&simulator, &bot).await;
    bot.text(&user, &"😀".repeat(2048)).await;
    let long = json!({"chat_id": user.id(), "text": "😀".repeat(2049)});
    assert_eq!(bot.refused("sendMessage", long).await, (400, "Bad Request: message is too long".into()));
    let caption = json!({"chat_id": user.id(), "photo": "https://x.test/a.jpg", "caption": "x".repeat(1025)});
    assert_eq!(bot.refused("sendPhoto", caption).await.1, "Bad Request: message caption is too long");
    let stats = simulator.world().stats();
    assert_eq!((stats.violations["text_length"], stats.violations["caption_length"]), (1, 1));
}

#[tokio::test]
async fn refusals_use_telegrams_words() {
    let (simulator, bot) = start();
    let user = started(&simulator, &bot).await;
    let id = user.id();
    let stranger = simulator.world().add_user(NewUser::default());
    let sent = bot.text(&user, "x").await["message_id"].clone();
    let own = user.send_text("mine");
    let keyboard = |data: &str| json!({"inline_keyboard": [[{"text": "b", "callback_data": data}]]});
    for (method, params, code, text) in [
        ("sendMessage", json!({"chat_id": 1, "text": "x"}), 400, "Bad Request: chat not found"),
        ("sendMessage", json!({"text": "x"}), 400, "Bad Request: chat_id is empty"),
        ("sendMessage", json!({"chat_id": id, "text": " "}), 400, "Bad Request: message text is empty"),
        (
            "sendMessage",
            json!({"chat_id": stranger.id(), "text": "x"}),
            403,
            "Forbidden: bot can't initiate conversation with a user",
        ),
        (
            "sendMessage",
            json!({"chat_id": id, "text": "x", "reply_parameters": {"message_id": 999_999}}),
            400,
            "Bad Request: message to be replied not found",
        ),
        (
            "sendMessage",
            json!({"chat_id": id, "text": "x", "reply_markup": keyboard(&"x".repeat(65))}),
            400,
            "Bad Request: BUTTON_DATA_INVALID",
        ),
        (
            "sendMessage",
            json!({"chat_id": id, "text": "<x>", "parse_mode": "HTML"}),
            400,
            "Bad Request: can't parse entities: Unsupported start tag \"x\" at byte offset 0",
        ),
        (
            "sendPhoto",
            json!({"chat_id": id, "photo": "nonsense"}),
            400,
            "Bad Request: wrong file identifier/HTTP URL specified",
        ),
        (
            "editMessageText",
            json!({"chat_id": id, "message_id": 999_999, "text": "x"}),
            400,
            "Bad Request: message to edit not found",
        ),
        (
            "editMessageText",
            json!({"chat_id": id, "message_id": own, "text": "x"}),
            400,
            "Bad Request: message can't be edited",
        ),
        (
            "editMessageText",
            json!({"chat_id": id, "message_id": sent, "text": "x"}),
            400,
            "Bad Request: message is not modified: specified new message content and reply markup are exactly the same \
             as a current content and reply markup of the message",
        ),
        (
            "deleteMessage",
            json!({"chat_id": id, "message_id": 999_999}),
            400,
            "Bad Request: message to delete not found",
        ),
        (
            "answerCallbackQuery",
            json!({"callback_query_id": "1"}),
            400,
            "Bad Request: query is too old and response timeout expired or query ID is invalid",
        ),
        (
            "sendMediaGroup",
            json!({"chat_id": id, "media": []}),
            400,
            "Bad Request: media group must include 2-10 items",
        ),
        (
            "setMessageReaction",
            json!({"chat_id": id, "message_id": sent, "reaction": [{"type": "emoji", "emoji": "x"}]}),
            400,
            "Bad Request: REACTION_INVALID",
        ),
        ("noSuchMethod", json!({}), 404, "Not Found"),
    ] {
        assert_eq!(bot.refused(method, params.clone()).await, (code, text.to_owned()), "{method} {params}");
    }
    let nobody = Bot::with_token(&simulator, "nonsense");
    assert_eq!(nobody.refused("getMe", json!({})).await, (401, "Unauthorized".into()));
    user.block_bot();
    let blocked = bot.refused("sendMessage", json!({"chat_id": id, "text": "x"})).await;
    assert_eq!(blocked, (403, "Forbidden: bot was blocked by the user".into()));
    assert!(user.try_send(Outgoing::text("x")).is_err());
    user.unblock_bot();
    user.deactivate();
    let gone = bot.refused("sendMessage", json!({"chat_id": id, "text": "x"})).await;
    assert_eq!(gone, (403, "Forbidden: user is deactivated".into()));
}

#[tokio::test]
async fn parameters_come_in_every_form() {
    let (simulator, bot) = start();
    let user = started(&simulator, &bot).await;
    let id = user.id().to_string();
    let markup = r#"{"inline_keyboard":[[{"text":"b","callback_data":"d"}]]}"#;
    let pairs = [("chat_id", id.as_str()), ("text", "привет"), ("reply_markup", markup)];
    let query = reqwest::Url::parse_with_params(&bot.method("SENDMESSAGE"), pairs).unwrap();
    let form = reqwest::Url::parse_with_params("http://x/", pairs).unwrap().query().unwrap().to_owned();
    let multipart =
        pairs.iter().fold(reqwest::multipart::Form::new(), |form, (k, v)| form.text(*k, v.to_string()));
    let url = bot.method("sendMessage");
    for request in [
        bot.client.get(query),
        bot.client.post(&url).header("Content-Type", "application/x-www-form-urlencoded").body(form),
        bot.client.post(&url).multipart(multipart),
    ] {
        let body: Value = request.send().await.unwrap().json().await.unwrap();
        assert_eq!(body["result"]["text"], "привет", "{body}");
        assert_eq!(body["result"]["reply_markup"]["inline_keyboard"][0][0]["callback_data"], "d");
    }
}

#[tokio::test]
async fn replies_and_protection_are_seen() {
    let (simulator, bot) = start();
    let user = started(&simulator, &bot).await;
    let id = user.send_text("question");
    let params = json!({
        "chat_id": user.id(), "text": "answer", "protect_content": true, "disable_notification": true,
        "reply_parameters": {"message_id": id},
    });
    bot.call("sendMessage", params).await;
    let answer = user.last_message().unwrap();
    assert_eq!(answer.reply_to(), Some(id));
    assert!(answer.is_protected());
    let id = user.reply(answer.message_id, "again");
    let update = bot.updates().await.pop().unwrap();
    assert_eq!(update["message"]["message_id"], id);
    assert_eq!(update["message"]["reply_to_message"]["text"], "answer");
    assert!(update["message"]["reply_to_message"].get("reply_to_message").is_none());
    let optional = json!({"message_id": 999_999, "allow_sending_without_reply": true});
    bot.call("sendMessage", json!({"chat_id": user.id(), "text": "x", "reply_parameters": optional})).await;
    assert_eq!(user.last_message().unwrap().reply_to(), None);
}

#[tokio::test]
async fn edits_go_both_ways() {
    let (simulator, bot) = start();
    let user = started(&simulator, &bot).await;
    let id = user.id();
    let text = user.send_text("tpyo");
    let photo = user.send_photo("caption");
    user.edit_text(text, "typo");
    user.edit(photo, Outgoing::default().caption("new caption"));
    let updates = bot.updates().await;
    assert_eq!(updates[2]["edited_message"]["text"], "typo");
    assert!(updates[2]["edited_message"]["edit_date"].is_i64());
    assert_eq!(updates[3]["edited_message"]["caption"], "new caption");
    assert_eq!(updates[3]["edited_message"]["photo"], updates[1]["message"]["photo"]);

    let keyboard = json!({"inline_keyboard": [[{"text": "b", "callback_data": "d"}]]});
    let sent = bot.call("sendMessage", json!({"chat_id": id, "text": "a", "reply_markup": keyboard})).await;
    let message = sent["message_id"].clone();
    let edited =
        bot.call("editMessageText", json!({"chat_id": id, "message_id": message, "text": "b"})).await;
    assert!(edited.get("reply_markup").is_none() && edited["edit_date"].is_i64());
    bot.call(
        "editMessageReplyMarkup",
        json!({"chat_id": id, "message_id": message, "reply_markup": keyboard}),
    )
    .await;
    let seen = user.last_message().unwrap();
    assert_eq!((seen.text(), seen.edited, seen.buttons()[0][0].data.as_deref()), (Some("b"), 2, Some("d")));

    let photo =
        bot.call("sendPhoto", json!({"chat_id": id, "photo": "https://x.test/1.jpg", "caption": "c"})).await;
    let message = photo["message_id"].clone();
    bot.call("editMessageCaption", json!({"chat_id": id, "message_id": message})).await;
    assert_eq!(user.last_message().unwrap().caption(), None);
    let media =
        json!({"type": "video", "media": "https://x.test/1.mp4", "caption": "v", "has_spoiler": true});
    bot.call("editMessageMedia", json!({"chat_id": id, "message_id": message, "media": media})).await;
    let seen = user.last_message().unwrap();
    assert_eq!((seen.kind(), seen.caption(), seen.has_spoiler()), ("video", Some("v"), true));
    assert!(seen.json.get("photo").is_none());
}

#[tokio::test]
async fn deletes_obey_the_48_hours() {
    let (simulator, bot) = start();
    let user = started(&simulator, &bot).await;
    let ids: Vec<Value> = [bot.text(&user, "1").await, bot.text(&user, "2").await]
        .iter()
        .map(|m| m["message_id"].clone())
        .collect();
    let own = user.send_text("mine");
    bot.call("deleteMessage", json!({"chat_id": user.id(), "message_id": own})).await;
    bot.call("deleteMessages", json!({"chat_id": user.id(), "message_ids": [ids[0], 999_999]})).await;
    let deleted: Vec<bool> = user.chat().iter().map(|m| m.deleted).collect();
    assert_eq!(deleted, [false, true, false, true]);
    simulator.world().advance_clock(Duration::from_secs(48 * 3600 + 5));
    let late = bot.refused("deleteMessage", json!({"chat_id": user.id(), "message_id": ids[1]})).await;
    assert_eq!(late.1, "Bad Request: message can't be deleted for everyone");
}

#[tokio::test]
async fn buttons_reactions_and_actions_reach_the_other_side() {
    let (simulator, bot) = start();
    let user = started(&simulator, &bot).await;
    let id = user.id();
    let mut events = user.events();
    let keyboard = json!({"inline_keyboard": [[{"text": "Yes, please", "callback_data": "yes"}]]});
    let sent = bot.call("sendMessage", json!({"chat_id": id, "text": "?", "reply_markup": keyboard})).await;
    let press = user.press_button("Yes");
    let query = bot.updates().await[0]["callback_query"].clone();
    assert_eq!((&query["id"], &query["data"]), (&json!(press), &json!("yes")));
    assert_eq!(query["message"]["message_id"], sent["message_id"]);
    let answer = json!({"callback_query_id": press, "text": "noted"});
    bot.call("answerCallbackQuery", answer.clone()).await;
    assert_eq!(user.wait_answer(SOON, &press).await.unwrap().text.as_deref(), Some("noted"));
    assert_eq!(bot.refused("answerCallbackQuery", answer).await.0, 400);

    let reaction = |list: Value| json!({"chat_id": id, "message_id": sent["message_id"], "reaction": list});
    let thumb = json!({"type": "emoji", "emoji": "👍"});
    bot.call("setMessageReaction", reaction(json!([thumb]))).await;
    assert_eq!(user.last_message().unwrap().bot_emoji(), ["👍"]);
    let many = bot.refused("setMessageReaction", reaction(json!([thumb, thumb]))).await;
    assert_eq!(many.1, "Bad Request: REACTIONS_TOO_MANY");
    bot.call("setMessageReaction", reaction(json!([]))).await;
    bot.call("sendChatAction", json!({"chat_id": id, "action": "typing"})).await;
    bot.call("deleteMessage", json!({"chat_id": id, "message_id": sent["message_id"]})).await;

    let mut kinds = Vec::new();
    while let Ok(event) = events.try_recv() {
        kinds.push(match &*event {
            ChatEvent::MessageAdded { .. } => "added",
            ChatEvent::MessageEdited { .. } => "edited",
            ChatEvent::MessageDeleted { .. } => "deleted",
            ChatEvent::ReactionChanged { by_bot: true, .. } => "reaction",
            ChatEvent::ReactionChanged { .. } => "own reaction",
            ChatEvent::CallbackAnswered { .. } => "answered",
            ChatEvent::ChatAction { .. } => "action",
            ChatEvent::Draft { .. } => "draft",
        });
    }
    assert_eq!(kinds, ["added", "answered", "reaction", "reaction", "action", "deleted"]);
}

#[tokio::test]
async fn a_reply_keyboard_sends_its_label() {
    let (simulator, bot) = start();
    let user = started(&simulator, &bot).await;
    let keyboard = json!({"keyboard": [[{"text": "Search"}, "Stop"]]});
    bot.call("sendMessage", json!({"chat_id": user.id(), "text": "menu", "reply_markup": keyboard})).await;
    user.press_button("Stop");
    assert_eq!(bot.updates().await[0]["message"]["text"], "Stop");
    assert!(user.try_press_button("Absent").is_err());
}

#[tokio::test]
async fn a_key_that_asks_where_somebody_is_sends_a_place() {
    let (simulator, bot) = start();
    let user = started(&simulator, &bot).await;
    let keyboard = json!({"keyboard": [["Elsewhere", {"text": "Here", "request_location": true}]]});
    bot.call("sendMessage", json!({"chat_id": user.id(), "text": "where?", "reply_markup": keyboard})).await;
    user.press_button("Here");
    let updates = bot.updates().await;
    assert!(updates[0]["message"]["location"]["latitude"].is_number(), "{updates:?}");
    assert!(updates[0]["message"]["text"].is_null());
    user.press_button("Elsewhere");
    assert_eq!(bot.updates().await[0]["message"]["text"], "Elsewhere");
}

#[tokio::test]
async fn rates_are_counted_or_enforced() {
    for enforce_429 in [false, true] {
        let enforce =
            Limits { chat_rate: 0.5, chat_burst: 2, global_rate: 0.0, enforce_429, ..Limits::default() };
        let simulator = Simulator::start(SimConfig { enforce, ..SimConfig::default() }).unwrap();
        let bot = Bot::new(&simulator);
        let (user, other) = (started(&simulator, &bot).await, started(&simulator, &bot).await);
        bot.text(&user, "1").await;
        bot.text(&user, "2").await;
        let (status, body) =
            bot.try_call("sendMessage", json!({"chat_id": user.id(), "text": "3"})).await.unwrap();
        assert_eq!(status, if enforce_429 { 429 } else { 200 });
        if enforce_429 {
            assert_eq!(body["parameters"]["retry_after"], 2);
            simulator.world().advance_clock(Duration::from_secs(2));
            bot.text(&user, "3").await;
        }
        bot.text(&other, "another chat is not affected").await;
        assert_eq!(simulator.world().stats().violations["chat_rate"], 1);
    }
}

#[tokio::test]
async fn groups_can_be_made_and_left() {
    let (simulator, bot) = start();
    let user = started(&simulator, &bot).await;
    let group = user.add_to_group();
    let updates = bot.updates().await;
    assert_eq!(updates[0]["my_chat_member"]["chat"]["type"], "group");
    assert_eq!(updates[0]["my_chat_member"]["new_chat_member"]["user"]["id"], 42);
    bot.call("sendMessage", json!({"chat_id": group, "text": "only private chats"})).await;
    bot.call("leaveChat", json!({"chat_id": group})).await;
    assert_eq!(bot.refused("sendMessage", json!({"chat_id": group, "text": "x"})).await.0, 403);
    assert_eq!(user.group_chat(group).last().unwrap().text(), Some("only private chats"));
    assert!(user.in_group(group, Outgoing::text("x")).is_err());
}

#[tokio::test]
async fn hostile_content_is_passed_on_as_it_is() {
    let (simulator, bot) = start();
    let user = started(&simulator, &bot).await;
    user.send(Outgoing::raw(json!({"brand_new_kind": {"deep": [1, {"x": null}]}, "date": "yesterday"})));
    let message = &bot.updates().await[0]["message"];
    assert_eq!(message["brand_new_kind"], json!({"deep": [1, {"x": null}]}));
    assert_eq!(message["date"], "yesterday");
}

#[tokio::test]
async fn a_failed_wait_shows_the_chat() {
    let (simulator, bot) = start();
    let user = started(&simulator, &bot).await;
    bot.text(&user, "something else").await;
    let error = user.wait_for(Duration::from_millis(20), |m| m.text() == Some("expected")).await.unwrap_err();
    let shown = error.to_string();
    assert!(shown.contains("bot  text \"something else\"") && shown.contains("/start"), "{shown}");
}

#[tokio::test]
async fn the_history_is_bounded() {
    let simulator = Simulator::start(SimConfig { history_per_chat: 3, ..SimConfig::default() }).unwrap();
    let user = simulator.world().add_user(NewUser::default()).with_bot(TOKEN);
    let ids: Vec<i32> = (0..5).map(|n| user.send_text(&n.to_string())).collect();
    let kept: Vec<i32> = user.chat().iter().map(|m| m.message_id).collect();
    assert_eq!(kept, ids[2..]);
}
