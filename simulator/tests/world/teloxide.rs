//! Every kind of update that the simulator makes is one that teloxide understands.

use crate::common::{TOKEN, start};
use nameless_simulator::{NewUser, Outgoing};
use serde_json::json;
use teloxide_core::types::{Update, UpdateKind};

#[tokio::test]
async fn teloxide_parses_every_update() {
    let (simulator, bot) = start();
    let kinds = ["message", "edited_message", "callback_query", "message_reaction", "my_chat_member"];
    bot.call("getUpdates", json!({"allowed_updates": kinds})).await;
    let full = NewUser { is_premium: true, language_code: Some("ru".into()), ..NewUser::default() };
    let user = simulator.world().add_user(full).with_bot(TOKEN);
    let bare = NewUser {
        first_name: "B".into(),
        last_name: Some(String::new()),
        username: Some(String::new()),
        language_code: Some(String::new()),
        ..NewUser::default()
    };
    simulator.world().add_user(bare).with_bot(TOKEN).send_text("bare");

    let text = user.send_text("/start 😀 me@mail.com @someone #tag +79161234567 https://x.test");
    user.send(Outgoing::text("plain").reply_to(text).quote(json!({"text": "p", "position": 0})));
    for kind in [
        "photo",
        "video",
        "animation",
        "audio",
        "document",
        "voice",
        "video_note",
        "sticker",
        "dice",
        "contact",
        "location",
        "venue",
        "poll",
    ] {
        user.send(Outgoing::of_kind(kind).unwrap());
    }
    let photo = user.send(Outgoing::photo().caption("with @caption").spoiler());
    user.send(Outgoing::document().file_name("a.pdf").mime("application/pdf"));
    user.send(Outgoing::audio().performer("P").title("T").file_name("a.mp3"));
    user.send(Outgoing::sticker().set_name("pack").attribute("emoji", "😀"));
    user.album(&[Outgoing::photo().caption("a"), Outgoing::video()]);
    let sender = json!({"id": 7, "is_bot": false, "first_name": "Origin"});
    user.send(
        Outgoing::text("fwd").forward_origin(json!({"type": "user", "sender_user": sender, "date": 1})),
    );
    user.send(
        Outgoing::text("via").via_bot(json!({"id": 8, "is_bot": true, "first_name": "G", "username": "gif"})),
    );
    user.edit_text(text, "edited");
    user.edit(photo, Outgoing::default().caption("edited caption"));
    user.edit(photo, Outgoing::photo().caption("edited media"));
    user.react(text, &["👍", "❤"]);
    user.react(text, &[]);
    let keyboard = json!({"inline_keyboard": [[{"text": "A", "callback_data": "a"}, {"text": "U", "url": "https://x.test"}]]});
    let sent =
        bot.call("sendMessage", json!({"chat_id": user.id(), "text": "k", "reply_markup": keyboard})).await;
    user.press(sent["message_id"].as_i64().unwrap() as i32, "A");
    user.reply(sent["message_id"].as_i64().unwrap() as i32, "answer to the bot");
    user.block_bot();
    user.unblock_bot();
    let group = user.add_to_group();
    user.in_group(group, Outgoing::text("hello all")).unwrap();

    let updates = bot.updates().await;
    assert!(updates.len() >= 30, "{}", updates.len());
    for kind in kinds {
        assert!(updates.iter().any(|u| u.get(kind).is_some()), "no {kind}");
    }
    for raw in updates {
        // From text: teloxide cannot tell the kind of an update that comes from a `Value`.
        let parsed: Update = serde_json::from_str(&raw.to_string()).unwrap_or_else(|e| panic!("{e}: {raw}"));
        assert!(!matches!(parsed.kind, UpdateKind::Error(_)), "{raw}");
    }
}

#[tokio::test]
async fn teloxide_parses_what_methods_return() {
    use teloxide_core::payloads::SendMessageSetters;
    use teloxide_core::requests::Requester;
    use teloxide_core::types::{ChatId, InputFile, InputMedia, InputMediaPhoto, ParseMode};

    let (simulator, _) = start();
    let user = simulator.world().add_user(NewUser::default()).with_bot(TOKEN);
    user.send_text("/start");
    let client = teloxide_core::net::default_reqwest_settings().no_proxy().build().unwrap();
    let bot = teloxide_core::Bot::with_client(TOKEN, client).set_api_url(simulator.url().parse().unwrap());
    let chat = ChatId(user.id());
    assert_eq!(bot.get_me().await.unwrap().id.0, 42);
    let sent = bot.send_message(chat, "<b>x</b>").parse_mode(ParseMode::Html).await.unwrap();
    bot.edit_message_text(chat, sent.id, "y").await.unwrap();
    let photo = || InputFile::memory(vec![1, 2, 3]);
    let message = bot.send_photo(chat, photo()).await.unwrap();
    let file = bot.get_file(message.photo().unwrap()[0].file.id.clone()).await.unwrap();
    assert_eq!(file.size, 3);
    let album = ["a", "b"].map(|c| InputMedia::Photo(InputMediaPhoto::new(photo()).caption(c)));
    assert_eq!(bot.send_media_group(chat, album).await.unwrap().len(), 2);
    bot.send_dice(chat).await.unwrap();
    bot.copy_message(chat, chat, sent.id).await.unwrap();
    bot.forward_message(chat, chat, sent.id).await.unwrap();
    bot.delete_message(chat, sent.id).await.unwrap();
    bot.get_chat(chat).await.unwrap();
    bot.get_webhook_info().await.unwrap();
    let error = bot.delete_message(chat, sent.id).await.unwrap_err();
    assert!(
        matches!(error, teloxide_core::RequestError::Api(teloxide_core::ApiError::MessageToDeleteNotFound)),
        "{error:?}"
    );
}
