//! Files: what they keep when resent, what an upload gives them, whose ids they have.

use crate::common::{Bot, SOON, start, started};
use nameless_simulator::Outgoing;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

async fn upload(bot: &Bot, method: &str, form: Form) -> (u16, Value) {
    let response = bot.client.post(bot.method(method)).multipart(form).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

fn part(bytes: Vec<u8>, name: &str) -> Part {
    Part::bytes(bytes).file_name(name.to_owned()).mime_str("application/pdf").unwrap()
}

#[tokio::test]
async fn resending_by_id_keeps_what_the_sender_told() {
    let (simulator, bot) = start();
    let (a, b) = (started(&simulator, &bot).await, started(&simulator, &bot).await);
    for (out, kind, key, value) in [
        (Outgoing::document().file_name("Ivanov CV.pdf"), "document", "file_name", "Ivanov CV.pdf"),
        (Outgoing::video().file_name("birthday.mp4"), "video", "file_name", "birthday.mp4"),
        (Outgoing::audio().performer("Ivanov"), "audio", "performer", "Ivanov"),
        (Outgoing::sticker().set_name("ivanov_family"), "sticker", "set_name", "ivanov_family"),
    ] {
        a.send(out);
        let update = bot.updates().await.pop().unwrap();
        let media = &update["message"][kind];
        assert_eq!(media[key], value);
        let method = format!("send{kind}");
        bot.call(&method, json!({"chat_id": b.id(), kind: media["file_id"]})).await;
        let seen = b.last_message().unwrap();
        assert_eq!(seen.media().unwrap()[key], value, "a leak that the relay must prevent is visible");
        assert_eq!(seen.media().unwrap()["file_unique_id"], media["file_unique_id"]);
        assert_ne!(seen.media().unwrap()["file_id"], media["file_id"]);
    }
}

#[tokio::test]
async fn an_upload_is_a_new_file() {
    let (simulator, bot) = start();
    let user = started(&simulator, &bot).await;
    user.send(Outgoing::document().file_name("private.pdf").bytes(vec![5; 100]));
    let update = bot.updates().await.pop().unwrap();
    let old = &update["message"]["document"];
    let file = bot.call("getFile", json!({"file_id": old["file_id"]})).await;
    let url = format!("{}/file/bot{}/{}", bot.url, bot.token, file["file_path"].as_str().unwrap());
    let bytes = bot.client.get(url).send().await.unwrap().bytes().await.unwrap();
    assert_eq!(bytes, vec![5; 100]);
    let form =
        Form::new().text("chat_id", user.id().to_string()).part("document", part(bytes.to_vec(), "file.pdf"));
    let (_, body) = upload(&bot, "sendDocument", form).await;
    let new = &body["result"]["document"];
    assert_eq!((&new["file_name"], &new["mime_type"]), (&json!("file.pdf"), &json!("application/pdf")));
    assert_ne!(new["file_unique_id"], old["file_unique_id"]);
}

#[tokio::test]
async fn an_album_comes_as_messages_with_one_group() {
    let (simulator, bot) = start();
    let user = started(&simulator, &bot).await;
    let ids = user.album(&[Outgoing::photo().caption("first"), Outgoing::video(), Outgoing::photo()]);
    let updates = bot.updates().await;
    let groups: Vec<&Value> = updates.iter().map(|u| &u["message"]["media_group_id"]).collect();
    assert_eq!(updates.len(), 3);
    assert!(groups[0].is_string() && groups.iter().all(|g| *g == groups[0]));
    assert!(ids.is_sorted());

    let photo = updates[0]["message"]["photo"][2]["file_id"].clone();
    let media = json!([
        {"type": "photo", "media": photo, "caption": "<i>c</i>", "parse_mode": "HTML", "has_spoiler": true},
        {"type": "video", "media": "attach://clip"},
    ]);
    let form = Form::new()
        .text("chat_id", user.id().to_string())
        .text("media", media.to_string())
        .text("reply_parameters", json!({"message_id": ids[0]}).to_string())
        .part("clip", part(vec![1, 2, 3], "clip.mp4"));
    let (status, body) = upload(&bot, "sendMediaGroup", form).await;
    assert_eq!(status, 200, "{body}");
    let chat = user.wait_chat(SOON, |chat| chat.len() == 6).await.unwrap();
    let (first, second) = (&chat[4], &chat[5]);
    assert!(first.has_spoiler() && !second.has_spoiler());
    assert_eq!(first.caption(), Some("c"));
    assert_eq!(first.entities().len(), 1);
    assert_eq!((first.reply_to(), second.kind()), (Some(ids[0]), "video"));
    assert_eq!(first.media_group_id(), second.media_group_id());

    let many: Vec<Value> = (0..11).map(|_| json!({"type": "photo", "media": photo})).collect();
    bot.refused("sendMediaGroup", json!({"chat_id": user.id(), "media": many})).await;
    let mixed =
        json!([{"type": "photo", "media": photo}, {"type": "audio", "media": "https://x.test/a.mp3"}]);
    bot.refused("sendMediaGroup", json!({"chat_id": user.id(), "media": mixed})).await;
    assert_eq!(simulator.world().stats().violations["media_group"], 1);
}

#[tokio::test]
async fn a_file_keeps_its_kind_and_its_bot() {
    let (simulator, bot) = start();
    let user = started(&simulator, &bot).await;
    user.send_photo("");
    let photo = bot.updates().await[0]["message"]["photo"][0]["file_id"].clone();
    let wrong = bot.refused("sendDocument", json!({"chat_id": user.id(), "document": photo})).await;
    assert_eq!(wrong.1, "Bad Request: can't use file of type Photo as Document");
    let other = Bot::with_token(&simulator, "43:other");
    started(&simulator, &other).await;
    assert_eq!(other.refused("getFile", json!({"file_id": photo})).await.0, 400);
}

#[tokio::test]
async fn sizes_have_limits() {
    let (simulator, bot) = start();
    let user = started(&simulator, &bot).await;
    let chat = user.id().to_string();
    let form =
        Form::new().text("chat_id", chat.clone()).part("photo", part(vec![0; 10 * 1024 * 1024 + 1], "a.jpg"));
    assert_eq!(upload(&bot, "sendPhoto", form).await.0, 413);
    let form = Form::new().text("chat_id", chat.clone()).part("document", part(Vec::new(), "a.txt"));
    assert_eq!(
        upload(&bot, "sendDocument", form).await.1["description"],
        "Bad Request: file must be non-empty"
    );
    user.send(Outgoing::document().bytes(vec![0; 20 * 1024 * 1024 + 1]));
    let id = bot.updates().await[0]["message"]["document"]["file_id"].clone();
    assert_eq!(bot.refused("getFile", json!({"file_id": id})).await.1, "Bad Request: file is too big");
    assert_eq!(simulator.world().stats().violations["file_size"], 2);
}

#[tokio::test]
async fn copies_lose_their_origin_and_forwards_keep_it() {
    let (simulator, bot) = start();
    let (a, b) = (started(&simulator, &bot).await, started(&simulator, &bot).await);
    let one = a.send_photo("look");
    let many = a.album(&[Outgoing::photo(), Outgoing::photo()]);
    let params = |id: i32| json!({"chat_id": b.id(), "from_chat_id": a.id(), "message_id": id});
    let copy = bot.call("copyMessage", params(one)).await;
    let seen = b.last_message().unwrap();
    assert_eq!(copy, json!({"message_id": seen.message_id}));
    assert_eq!((seen.caption(), seen.kind()), (Some("look"), "photo"));
    assert!(!seen.json.to_string().contains(&format!("\"id\":{}", a.id())), "{}", seen.json);
    bot.call("forwardMessage", params(one)).await;
    assert_eq!(b.last_message().unwrap().json["forward_origin"]["sender_user"]["id"], json!(a.id()));
    let list = json!({"chat_id": b.id(), "from_chat_id": a.id(), "message_ids": [many[0], many[1], 999_999]});
    assert_eq!(bot.call("copyMessages", list).await.as_array().unwrap().len(), 2);
    let chat = b.chat();
    let groups: Vec<_> = chat.iter().rev().take(2).map(|m| m.media_group_id().unwrap()).collect();
    assert_eq!(groups[0], groups[1]);
    assert_ne!(Some(groups[0]), a.message(many[0]).unwrap().media_group_id());
}
