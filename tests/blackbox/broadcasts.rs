//! What operators tell everybody, from the alerts chat, over HTTP and on the pages.

use crate::admin::{GROUP, answered, get, orders, post, staff, staffed, token, yes};
use crate::common::{ask, newcomer, tap, told};
use crate::pages::visitor::{self, Visitor};
use crate::support::app::{Options, TestApp, spawn_app};
use crate::support::people::{PATIENCE, chatting, onboard, person, sees};
use nameless_domain::capabilities::admin::Role;
use nameless_simulator::{ChatMessage, Outgoing, SimUser};
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::time::Duration;

/// Messages of the bot with these words.
fn copies(user: &SimUser, words: &str) -> Vec<ChatMessage> {
    user.chat().into_iter().filter(|m| m.from_bot && m.text() == Some(words)).collect()
}

/// Waits until a broadcast is as it should be.
async fn until(app: &TestApp, token: &str, path: &str, fits: impl Fn(&Value) -> bool) -> Value {
    let mut seen = Value::Null;
    let waiting = async {
        loop {
            let (_, line) = get(app, token, path).await;
            if fits(&line) {
                return line;
            }
            seen = line;
            // Each token has twenty requests a second.
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("it is {seen}"))
}

/// Drafts one over HTTP until so many would get it: what people chose is written a moment later.
async fn drafted(app: &TestApp, token: &str, body: Value, people: u64) -> String {
    let mut seen = Value::Null;
    let drafting = async {
        loop {
            let (status, line) = post(app, token, "v1/broadcasts", body.clone()).await;
            assert_eq!(status, StatusCode::OK, "{line}");
            if line["people"] == people {
                return format!("v1/broadcasts/{}", line["broadcast"]);
            }
            seen = line;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(PATIENCE, drafting).await.unwrap_or_else(|_| panic!("it is {seen}"))
}

/// In the language of each, once, and to nobody in the middle of a chat; who has gone is counted.
#[tokio::test]
async fn everybody_is_told_once() {
    let (app, owner, viewer) = staffed().await;
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    let [carla, dora, egor, flora] = ["carla", "dora", "egor", "flora"].map(|name| person(&app.world, name));
    for user in [&carla, &dora, &flora, &egor] {
        onboard(user, 0).await;
    }
    ask(&egor, "/language", "Which language").await;
    tap(&egor, "set:lang:0").await;
    let silent = newcomer(&app.world, "silent", Some("en"));
    silent.send_text("/start");
    ask(&dora, "/news", "You get this news").await;
    let mark = dora.mark();
    tap(&dora, "news:off").await;
    told(&dora, mark, "no more news").await;
    carla.deactivate();
    let secret = token(&app, Role::Admin).await;
    // Anna, Boris, Carla, Flora; and Egor.
    drafted(&app, &secret, json!({ "text": { "en": "x" } }), 5).await;
    drafted(&app, &secret, json!({ "text": { "en": "x" }, "to": { "lang": "en" } }), 4).await;

    orders(&viewer, "/broadcast Hello", "broadcast").await;
    orders(&owner, "/broadcast", "is written like this").await;
    let to = json!({ "message_id": 1, "date": 1, "chat": { "id": GROUP, "type": "supergroup", "title": "x" },
        "text": "[ru]\nПривет всем\n[en]\nHello all",
        "entities": [{ "type": "bold", "offset": 5, "length": 6 }] });
    let reply = Outgoing::text("broadcast silent link=https://example.org/news");
    let id = owner.in_group(GROUP, reply.with_raw(json!({ "reply_to_message": to }))).expect("sent");
    answered(&owner, id, "Привет всем").await;
    answered(&owner, id, "Hello all").await;
    let draft = answered(&owner, id, "It would go to 5 people").await;
    let number = draft.text().and_then(|text| text.split_whitespace().nth(1)).expect("a number");
    let path = format!("v1/broadcasts/{}", number.trim_end_matches(','));
    assert_eq!(get(&app, &secret, &path).await.1["state"], "draft");
    owner.press_in_group(GROUP, draft.message_id, &yes(&draft)).expect("pressed");
    let asked = answered(&owner, draft.message_id, "cannot be taken back").await;
    assert_eq!(get(&app, &secret, &path).await.1["state"], "draft", "the second tap counts");
    owner.press_in_group(GROUP, asked.message_id, &yes(&asked)).expect("pressed");
    answered(&owner, asked.message_id - 1, "under way to 5 people").await;

    let line = until(&app, &secret, &path, |line| line["waiting"] == 2 && line["gone"] == 1).await;
    let line = if line["sent"] == 2 { line } else { until(&app, &secret, &path, |l| l["sent"] == 2).await };
    assert_eq!((&line["state"], &line["people"]), (&json!("running"), &json!(5)), "{line}");
    let [russian, english] = [("Привет всем", &egor), ("Hello all", &flora)].map(|(words, user)| {
        let mut got = copies(user, words);
        assert_eq!(got.len(), 1, "{words}");
        got.remove(0)
    });
    let buttons = english.buttons();
    assert_eq!(buttons[0][0].url.as_deref(), Some("https://example.org/news"));
    assert_eq!(buttons[1][0].data.as_deref(), Some("news:off"));
    assert_eq!(russian.buttons()[0][0].text, "Открыть");
    for user in [&anna, &boris] {
        assert_eq!(copies(user, "Hello all").len(), 0, "in the middle of a chat");
    }
    let mark = boris.mark();
    ask(&anna, "/stop", "The chat is over").await;
    told(&anna, 0, "Hello all").await;
    told(&boris, mark, "Hello all").await;
    let line = until(&app, &secret, &path, |line| line["state"] == "done").await;
    let figures = ["sent", "gone", "failed", "left_out", "waiting"].map(|name| line[name].as_u64());
    assert_eq!(figures, [4, 1, 0, 0, 0].map(Some), "{line}");
    for user in [&anna, &boris, &flora] {
        assert_eq!(copies(user, "Hello all").len(), 1);
    }
    for user in [&dora, &silent, &owner] {
        assert_eq!(copies(user, "Hello all").len() + copies(user, "Привет всем").len(), 0);
    }
    // Below it, the way out.
    let mark = flora.mark();
    tap(&flora, "news:off").await;
    told(&flora, mark, "no more news").await;
    drafted(&app, &secret, json!({ "text": { "en": "x" } }), 3).await;
    let (_, log) = get(&app, &secret, "v1/audit?limit=200").await;
    let of =
        |what: &str| log["items"].as_array().expect("a page").iter().filter(|e| e["what"] == what).count();
    assert_eq!((of("start_broadcast"), of("draft_broadcast") >= 4), (1, true));
}

/// Over HTTP, and over a restart: what is begun goes on by itself.
#[tokio::test]
async fn a_broadcast_outlives_a_restart() {
    let options = || staff().with("BULK_RATE", 5);
    let app = spawn_app(options());
    let people: Vec<SimUser> = (0..20).map(|n| person(&app.world, &format!("reader{n}"))).collect();
    for user in &people {
        onboard(user, 0).await;
    }
    let secret = token(&app, Role::Owner).await;
    let path = drafted(&app, &secret, json!({ "text": { "en": "News" } }), 20).await;
    let to = |what: &str| format!("{path}/{what}");
    for (what, status) in [("pause", StatusCode::CONFLICT), ("resume", StatusCode::CONFLICT)] {
        assert_eq!(post(&app, &secret, &to(what), json!({})).await.0, status, "{what} of a draft");
    }
    assert_eq!(post(&app, &secret, &to("confirm"), json!({})).await.1["state"], "running");
    assert_eq!(post(&app, &secret, &to("confirm"), json!({})).await.0, StatusCode::CONFLICT, "once");
    until(&app, &secret, &path, |line| line["sent"].as_u64() >= Some(2)).await;
    assert_eq!(post(&app, &secret, &to("pause"), json!({})).await.1["state"], "paused");
    // What was in hand arrives; the others wait.
    let line = until(&app, &secret, &path, |line| line["sent"].as_u64() < Some(20)).await;
    assert_eq!(line["state"], "paused");
    assert_eq!(post(&app, &secret, &to("resume"), json!({})).await.1["state"], "running");
    let before = line["sent"].as_u64().unwrap_or_default();
    until(&app, &secret, &path, |line| line["sent"].as_u64() > Some(before)).await;
    let (world, data_dir) = app.stop();
    let app = spawn_app(Options { world: Some(world), data_dir: Some(data_dir), ..options() });
    let line = until(&app, &secret, &path, |line| line["state"] == "done").await;
    assert_eq!((&line["sent"], &line["failed"]), (&json!(20), &json!(0)), "{line}");
    for user in &people {
        assert_eq!(copies(user, "News").len(), 1, "once");
    }
    // What cannot be drafted.
    for body in [
        json!({ "text": {} }),
        json!({ "text": { "en": " " } }),
        json!({ "text": { "en": "x" }, "link": { "url": "http://example.org" } }),
        json!({ "text": { "en": "x" }, "to": { "active_days": 0 } }),
    ] {
        let (status, problem) = post(&app, &secret, "v1/broadcasts", body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    }
    let (status, _) = post(&app, &secret, "v1/broadcasts", json!({ "text": { "en": "x", "de": "y" } })).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(get(&app, &secret, "v1/broadcasts/999").await.0, StatusCode::NOT_FOUND);
}

/// On the pages: drafted, looked at, asked about, sent, and shown as what it came to.
#[tokio::test]
async fn a_broadcast_on_the_pages() {
    let app = spawn_app(Options::default());
    let anna = person(&app.world, "anna");
    onboard(&anna, 0).await;
    let secret = token(&app, Role::Admin).await;
    drafted(&app, &secret, json!({ "text": { "en": "x" } }), 1).await;
    let admin = Visitor::log_in(&app, &secret).await;
    let fields = [
        ("csrf", &*admin.csrf),
        ("key", "one"),
        ("ru", "<script>да</script>"),
        ("en", "<b>News</b> & more"),
        ("link", "https://example.org/a"),
        ("label_en", "Look"),
    ];
    let mut place = Vec::new();
    for _ in 0..2 {
        let answer = visitor::post(&admin, "/admin/broadcasts", &fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        place.push(answer.location.expect("a place"));
    }
    assert_eq!(place[0], place[1], "sent twice, drafted once");
    let place = place.remove(0);
    let (status, page) = visitor::get(&admin, &place).await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("News &#38; more") && page.contains("&#60;script&#62;да"), "{page}");
    assert!(page.contains("Nobody gets it") || page.contains("nobody gets it"), "{page}");
    let path = place.split('?').next().expect("a path").to_owned();
    let (_, asked) = visitor::get(&admin, &format!("{path}/start")).await;
    assert!(asked.contains("It goes to"), "{asked}");
    let tapped = [("csrf", &*admin.csrf), ("key", "two")];
    assert_eq!(visitor::post(&admin, &format!("{path}/pause"), &tapped).await.status, StatusCode::CONFLICT);
    let answer = visitor::post(&admin, &format!("{path}/start"), &tapped).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    told(&anna, 0, "News & more").await;
    let number = path.rsplit('/').next().expect("a number");
    until(&app, &secret, &format!("v1/broadcasts/{number}"), |line| line["state"] == "done").await;
    let (_, page) = visitor::get(&admin, &path).await;
    assert!(page.contains("<progress max=\"100\" value=\"100\""), "{page}");
    let (_, list) = visitor::get(&admin, "/admin/broadcasts").await;
    assert!(list.contains(&format!("href=\"{path}\"")) && list.contains("News &#38; more"), "{list}");
    let (_, again) = visitor::get(&admin, &format!("{path}/cancel")).await;
    assert!(again.contains("no sense any more"), "{again}");
}

/// Who talks with whom and what happened to a person: ids and counts, nobody's words.
#[tokio::test]
async fn chats_and_a_history_without_words() {
    let (app, _, _) = staffed().await;
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    anna.send_text("a secret word");
    sees(&boris, "a secret word").await;
    let secret = token(&app, Role::Moderator).await;
    let kept = |page: &Value| page["items"][0]["messages"].as_array().is_some_and(|m| m.contains(&json!(1)));
    let page = until(&app, &secret, "v1/dialogs?live=true", kept).await;
    let line = &page["items"][0];
    let mut members: Vec<i64> =
        line["members"].as_array().expect("two").iter().filter_map(Value::as_i64).collect();
    members.sort_unstable();
    let mut both = [anna.id(), boris.id()];
    both.sort_unstable();
    assert_eq!((members.as_slice(), &line["ended"]), (&both[..], &Value::Null), "{line}");
    assert!(!page.to_string().contains("secret"));
    ask(&anna, "/stop", "The chat is over").await;
    until(&app, &secret, "v1/dialogs?live=true", |page| page["items"] == json!([])).await;
    let page = until(&app, &secret, "v1/dialogs", |page| page["items"][0]["cause"] == "stopped").await;
    assert_eq!(page["next"], Value::Null);

    let path = format!("v1/users/{}", boris.id());
    let warn = post(&app, &secret, &format!("{path}/warn"), json!({ "reason": "shouts" })).await;
    assert_eq!(warn.0, StatusCode::OK, "{}", warn.1);
    let ban = json!({ "kind": "ban", "days": 2, "reason": "sells" });
    assert_eq!(post(&app, &secret, &format!("{path}/ban"), ban).await.0, StatusCode::OK);
    ask(&anna, "/report", "What happened?").await;
    tap(&anna, "fb:r:").await;
    told(&anna, 0, "your report is in").await;
    let has = |page: &Value| page["items"].as_array().is_some_and(|items| items.len() == 3);
    let page = until(&app, &secret, &format!("{path}/history"), has).await;
    let what: Vec<&str> =
        page["items"].as_array().expect("a list").iter().filter_map(|e| e["what"].as_str()).collect();
    assert_eq!(what, ["reported", "ban", "warn"], "{page}");
    assert!(!page.to_string().contains("sells"), "{page}");
    assert_eq!(get(&app, &secret, "v1/users/5/history").await.0, StatusCode::NOT_FOUND);
    let viewer = token(&app, Role::Viewer).await;
    assert_eq!(get(&app, &viewer, "v1/dialogs").await.0, StatusCode::FORBIDDEN);
}
