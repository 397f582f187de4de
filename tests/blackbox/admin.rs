//! The operators' tools as they find them: the alerts chat, the HTTP API, the command line.

use crate::common::{MAN, WOMAN, ask, counted, member, tap, told};
use crate::support::app::{Options, TestApp, spawn_app};
use crate::support::people::{PATIENCE, chatting, sees_part};
use futures_util::StreamExt;
use nameless_actors::capabilities::{Answer, Order};
use nameless_domain::capabilities::admin::{Act, Actor, Permission, Role, Source};
use nameless_simulator::{ChatMessage, NewUser, Outgoing, SimUser};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use std::process::{Command, Stdio};
use std::time::Duration;

/// The first group that a simulator makes.
pub const GROUP: i64 = -4_000_000_001;
pub const OWNER: i64 = 700_111;
const VIEWER: i64 = 700_222;

pub fn staff() -> Options {
    Options::default()
        .with("ALERTS_CHAT_ID", GROUP)
        .with("ADMIN_USER_IDS", format!("{OWNER}:owner,{VIEWER}:viewer"))
}

/// An application with an alerts chat, its owner, and a viewer.
pub async fn staffed() -> (TestApp, SimUser, SimUser) {
    staffed_with(staff()).await
}

/// The same with other settings beside those of [`staff`].
pub async fn staffed_with(options: Options) -> (TestApp, SimUser, SimUser) {
    let app = spawn_app(options);
    let person = |id, language: &str| {
        let language_code = Some(language.to_owned());
        app.world.add_user(NewUser { id: Some(id), language_code, ..NewUser::default() })
    };
    let (owner, viewer) = (person(OWNER, "en"), person(VIEWER, "ru"));
    assert_eq!(owner.add_to_group(), GROUP);
    (app, owner, viewer)
}

/// Waits for what the bot says in the group behind a message.
pub async fn answered(user: &SimUser, after: i32, part: &str) -> ChatMessage {
    let look = || {
        let chat = user.group_chat(GROUP);
        chat.into_iter()
            .find(|m| m.from_bot && m.message_id > after && m.text().is_some_and(|text| text.contains(part)))
    };
    let waiting = async {
        loop {
            if let Some(message) = look() {
                return message;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| {
        let seen: Vec<_> = user.group_chat(GROUP).iter().map(|m| m.text().map(str::to_owned)).collect();
        panic!("nothing with “{part}”: {seen:?}")
    })
}

pub async fn orders(user: &SimUser, text: &str, part: &str) -> ChatMessage {
    let id = user.in_group(GROUP, Outgoing::text(text)).expect("it is sent");
    answered(user, id, part).await
}

/// What the bot has answered in the group: how the machine is, its disk and its speed, is told
/// there as well.
fn lines(user: &SimUser) -> usize {
    let is_alarm = |text: &str| ["🔴", "🟢"].iter().any(|sign| text.starts_with(sign));
    let chat = user.group_chat(GROUP);
    chat.iter().filter(|m| m.from_bot && !m.text().is_some_and(is_alarm)).count()
}

pub fn yes(message: &ChatMessage) -> String {
    let buttons = message.buttons();
    buttons[0][0].data.clone().expect("a button")
}

#[tokio::test]
async fn a_ban_from_the_alerts_chat() {
    let (app, owner, viewer) = staffed().await;
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    orders(&owner, "help", "owner").await;
    orders(&owner, &format!("/user {}", anna.id()), "chatting").await;
    orders(&viewer, &format!("user {}", anna.id()), "see_people").await;
    let stats = orders(&viewer, "stats", "Чатов сейчас: 1").await;
    assert!(stats.text().is_some_and(|text| text.contains("Ищут: 0")), "in the operator's language");

    let asked = orders(&owner, &format!("ban {} 7 sells <things>", anna.id()), "end at once").await;
    assert!(asked.text().is_some_and(|text| text.contains("sells <things>")));
    // Another's press does nothing, and is told so.
    let press = viewer.press_in_group(GROUP, asked.message_id, &yes(&asked)).expect("pressed");
    let answer = viewer.wait_answer(PATIENCE, &press).await;
    assert!(answer.is_ok());
    let (at_anna, at_boris) = (anna.mark(), boris.mark());
    owner.press_in_group(GROUP, asked.message_id, &yes(&asked)).expect("pressed");
    let notice = told(&anna, at_anna, "You are banned until").await;
    assert!(notice.text().is_some_and(|text| text.contains("sells <things>")));
    told(&boris, at_boris, "is gone").await;

    // Nothing of theirs is handled, and they are told once.
    let mark = anna.mark();
    for text in ["/search", "hello", "/next", "/settings"] {
        anna.send_text(text);
    }
    ask(&anna, "/appeal I did not", "will look at it").await;
    let said: Vec<_> = anna.chat().into_iter().filter(|m| m.from_bot && m.message_id > mark).collect();
    assert_eq!(said.len(), 1, "the appeal's answer alone: {said:?}");
    orders(&owner, &format!("user {}", anna.id()), "I did not").await;

    // It outlives an erasure, and a restart.
    ask(&anna, "/privacy", "Privacy").await;
    tap(&anna, "pv:erase").await;
    tap(&anna, "pv:erase-yes").await;
    sees_part(&anna, "no longer remember you").await;
    let mark = anna.mark();
    anna.send_text("/start");
    let (world, data_dir) = app.stop();
    let app = spawn_app(Options { world: Some(world), data_dir: Some(data_dir), ..staff() });
    anna.send_text("/start");
    // A button of the life before.
    let press = owner.press_in_group(GROUP, asked.message_id, "adm:y:1");
    assert!(press.is_err(), "it was replaced by the answer");
    // What she sent before that is handled before the ban is lifted.
    orders(&owner, "help", "owner").await;
    let handled = async {
        while app.engine.in_flight().0 > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, handled).await.expect("all is handled");
    orders(&owner, &format!("unban {} a mistake", anna.id()), "is not banned").await;
    anna.send_text("/start");
    told(&anna, mark, "Which language").await;
    let said: Vec<_> = anna.chat().into_iter().filter(|m| m.from_bot && m.message_id > mark).collect();
    assert_eq!(said.len(), 1, "silence before: {said:?}");
    assert_eq!(audit(&app, &["verify"]).0, Some(0));
}

#[tokio::test]
async fn a_shadow_meets_nobody() {
    let (app, owner, _) = staffed().await;
    let (anna, boris) = (member(&app.world, "anna", WOMAN).await, member(&app.world, "boris", MAN).await);
    let asked = orders(&owner, &format!("shadow {} forever bot", anna.id()), "told nothing").await;
    owner.press_in_group(GROUP, asked.message_id, &yes(&asked)).expect("pressed");
    answered(&owner, asked.message_id - 1, "shadowed for good").await;
    ask(&anna, "/search", "Looking for someone").await;
    ask(&boris, "/search", "Looking for someone").await;
    ask(&anna, "/search", "Already looking").await;
    ask(&boris, "/search", "Already looking").await;
    assert_eq!(app.count("pairs_opened"), 0);
    let carla = member(&app.world, "carla", WOMAN).await;
    ask(&carla, "/search", "Someone is here").await;
}

/// A stranger, a mask, a forwarded message: silence, and nothing is done.
#[tokio::test]
async fn nobody_else_is_answered() {
    let (app, owner, _) = staffed().await;
    let stranger = member(&app.world, "stranger", MAN).await;
    orders(&owner, "health", "ready").await;
    let before = lines(&owner);
    let words = || Outgoing::text(format!("unban {} x", stranger.id()));
    stranger.in_group(GROUP, Outgoing::text("stats")).expect("sent");
    let mask = json!({ "sender_chat": { "id": GROUP, "type": "supergroup", "title": "x" } });
    owner.in_group(GROUP, words().with_raw(mask)).expect("sent");
    let anonymous = json!({ "from": { "id": 1_087_968_824, "is_bot": true, "first_name": "Group" } });
    owner.in_group(GROUP, words().with_raw(anonymous)).expect("sent");
    let origin = json!({ "type": "hidden_user", "date": 1, "sender_user_name": "x" });
    owner.in_group(GROUP, words().forward_origin(origin)).expect("sent");
    owner.in_group(GROUP, Outgoing::text("good morning")).expect("sent");
    // A private chat is no alerts chat.
    ask(&stranger, "/stats", "no such command").await;
    counted(&app, "admin_strangers", 3).await;
    orders(&owner, "health", "ready").await;
    assert_eq!(lines(&owner), before + 1);
    assert_eq!(app.count("admin_acts"), 2);
}

pub fn program(app: &TestApp, args: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nameless"));
    command.args(args).env_clear().stdin(Stdio::null()).current_dir(std::env::temp_dir());
    let output = command.env("DATA_DIR", app.data_dir.path()).output().expect("the program runs");
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(text).expect("text"))
}

fn audit(app: &TestApp, args: &[&str]) -> (Option<i32>, String) {
    program(app, &[&["audit"], args].concat())
}

pub async fn token(app: &TestApp, role: Role) -> String {
    let actor = Actor { name: "cli".into(), role: Role::Owner };
    let act = Act::CreateToken { name: role.name().into(), role, days: 1 };
    let order = Order { actor, act, source: Source::Cli, key: None };
    match app.engine.administer(order).await.expect("made") {
        Answer::Token(new) => new.token,
        other => panic!("{other:?}"),
    }
}

pub fn url(app: &TestApp, path: &str) -> String {
    format!("http://{}/admin/api/{path}", app.http)
}

async fn send(request: RequestBuilder) -> Response {
    tokio::time::timeout(PATIENCE, request.send()).await.expect("in time").expect("an answer")
}

pub async fn get(app: &TestApp, token: &str, path: &str) -> (StatusCode, Value) {
    let response = send(Client::new().get(url(app, path)).bearer_auth(token)).await;
    let (status, body) = (response.status(), response.text().await.expect("text"));
    (status, serde_json::from_str(&body).unwrap_or(Value::Null))
}

/// Status and kind of an answer that is no JSON.
pub async fn status(app: &TestApp, token: &str, path: &str) -> (StatusCode, String) {
    let response = send(Client::new().get(url(app, path)).bearer_auth(token)).await;
    let kind = response.headers().get("content-type").and_then(|kind| kind.to_str().ok());
    (response.status(), kind.unwrap_or_default().to_owned())
}

pub async fn post(app: &TestApp, token: &str, path: &str, body: Value) -> (StatusCode, Value) {
    let request = Client::new().post(url(app, path)).bearer_auth(token).json(&body);
    let response = send(request).await;
    (response.status(), response.json().await.expect("JSON"))
}

/// A path of nobody and nothing: what stands in braces is a number that nothing has.
pub fn nobodys(path: &str) -> String {
    let part = |part: &str| match part {
        "{name}" => "nobody".to_owned(),
        part if part.starts_with('{') => "9".to_owned(),
        part => part.to_owned(),
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// Each route that is described, with each role: it is open to whom the role lets in, and to nobody
/// else.
#[tokio::test]
async fn every_route_asks_who_comes() {
    let app = spawn_app(Options::default());
    let owner = token(&app, Role::Owner).await;
    let (status, document) = get(&app, &owner, "openapi.json").await;
    assert_eq!((status, &document["openapi"]), (StatusCode::OK, &json!("3.1.0")));
    let mut tokens = vec![(Role::Owner, owner)];
    for role in [Role::Viewer, Role::Moderator, Role::Admin] {
        tokens.push((role, token(&app, role).await));
    }
    let client = Client::new();
    let mut walked = 0;
    for (path, operations) in document["paths"].as_object().expect("paths") {
        for (method, operation) in operations.as_object().expect("operations") {
            let needed = operation["x-permission"].as_str().expect("a permission");
            let needed = Permission::ALL.into_iter().find(|p| p.name() == needed).expect("one of them");
            // Of nobody, so that nothing is done by whoever may.
            let place = format!("http://{}{}", app.http, nobodys(path));
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).expect("a method");
            let request = || {
                let request = client.request(method.clone(), &place);
                if operation.get("requestBody").is_some() { request.json(&json!({})) } else { request }
            };
            for (role, token) in &tokens {
                let status = send(request().bearer_auth(token)).await.status();
                let refused = status == StatusCode::FORBIDDEN;
                assert_eq!(refused, !role.may(needed), "{method} {path} {role:?}: {status}");
                assert!(status != StatusCode::UNAUTHORIZED && !status.is_server_error(), "{path}: {status}");
                walked += 1;
            }
        }
    }
    assert!(walked >= 4 * 18, "{walked}");
    let (_, log) = get(&app, &tokens[0].1, "v1/audit?limit=200").await;
    let refused = log["items"].as_array().expect("a page").iter().filter(|e| e["outcome"] == "refused");
    assert!(refused.count() > 10, "refusals are written down");
}

/// Without a token, with a wrong one, with a good one in the wrong place: nothing opens, and after
/// some tries the address has to wait.
#[tokio::test]
async fn nothing_opens_without_a_token() {
    let app = spawn_app(Options::default());
    let client = Client::new();
    let place = url(&app, "v1/stats");
    let response = send(client.get(&place)).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(response.headers()["www-authenticate"], "Bearer");
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    let good = token(&app, Role::Owner).await;
    for wrong in ["Bearer ", "Bearer nameless_x", &format!("Basic {good}"), &format!("bearer{good}"), &good] {
        let status = send(client.get(&place).header("authorization", wrong)).await.status();
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{wrong}");
    }
    let in_query = send(client.get(format!("{place}?token={good}"))).await.status();
    assert_eq!(in_query, StatusCode::UNAUTHORIZED);
    assert_eq!(send(client.get(&place).bearer_auth(&good)).await.status(), StatusCode::OK);
    // A good one may ask sixty times at once, and twenty times a second from then on. Few beside
    // each other, as each takes a stranger's place until it is known who asks.
    let many = (0..400).map(|_| send(client.get(&place).bearer_auth(&good)));
    let asked = futures_util::stream::iter(many).buffer_unordered(8).map(|answer| answer.status());
    let asked: Vec<StatusCode> = asked.collect().await;
    let (fine, slowed): (Vec<_>, Vec<_>) = asked.into_iter().partition(|status| *status == StatusCode::OK);
    let served = fine.len() as u64;
    assert!(served >= 50 && !slowed.is_empty(), "{served} of 400 are served");
    assert!(slowed.iter().all(|status| *status == StatusCode::TOO_MANY_REQUESTS), "{slowed:?}");
    let mut locked = 0;
    for n in 0..60 {
        let response = send(client.get(&place).bearer_auth(format!("nameless_{n}"))).await;
        match response.status() {
            StatusCode::UNAUTHORIZED => {}
            StatusCode::TOO_MANY_REQUESTS => {
                assert!(response.headers().contains_key("retry-after"));
                locked += 1;
            }
            other => panic!("{other}"),
        }
    }
    assert!(locked >= 30, "{locked}");
    assert_eq!(app.count("admin_acts"), 2 + served, "the token, one look, and the many");
}

#[tokio::test]
async fn a_person_is_banned_and_granted_over_http() {
    let app = spawn_app(Options::default());
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    let token = token(&app, Role::Admin).await;
    let user = format!("v1/users/{}", anna.id());
    let (status, person) = get(&app, &token, &user).await;
    assert_eq!((status, &person["phase"]), (StatusCode::OK, &json!("chatting")));
    assert_eq!(get(&app, &token, "v1/users/5").await.0, StatusCode::NOT_FOUND);
    for (path, body, wanted) in [
        ("ban", json!({"kind": "ban", "reason": "x", "admin": true}), StatusCode::BAD_REQUEST),
        ("ban", json!({"kind": "wall", "reason": "x"}), StatusCode::BAD_REQUEST),
        ("ban", json!({"kind": "ban", "reason": " "}), StatusCode::UNPROCESSABLE_ENTITY),
        ("premium", json!({"days": 0}), StatusCode::UNPROCESSABLE_ENTITY),
        ("premium", json!({"days": "7"}), StatusCode::BAD_REQUEST),
    ] {
        let (status, problem) = post(&app, &token, &format!("{user}/{path}"), body.clone()).await;
        assert_eq!((status, &problem["status"]), (wanted, &json!(wanted.as_u16())), "{body}");
    }
    assert_eq!(get(&app, &token, "v1/users?limit=5&admin=1").await.0, StatusCode::BAD_REQUEST);
    let plain = Client::new().post(url(&app, &format!("{user}/premium"))).bearer_auth(&token).body("{}");
    assert_eq!(send(plain).await.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);

    // A grant is seen at once, and once for a key.
    for _ in 0..2 {
        let request = Client::new().post(url(&app, &format!("{user}/premium"))).bearer_auth(&token);
        let response = send(request.header("Idempotency-Key", "k").json(&json!({"days": 3}))).await;
        assert_eq!(response.status(), StatusCode::OK);
    }
    ask(&anna, "/premium", "You have premium until").await;
    let log = get(&app, &token, "v1/audit").await.1;
    let grants = log["items"].as_array().expect("a page").iter().filter(|e| e["what"] == "grant");
    assert_eq!(grants.count(), 1);

    let (at_anna, at_boris) = (anna.mark(), boris.mark());
    let body = json!({"kind": "ban", "days": 7, "reason": "sells things"});
    let (status, standing) = post(&app, &token, &format!("{user}/ban"), body).await;
    assert_eq!((status, &standing["ban"]["kind"]), (StatusCode::OK, &json!("ban")));
    told(&anna, at_anna, "You are banned until").await;
    told(&boris, at_boris, "is gone").await;
    let (status, _) = post(&app, &token, &format!("{user}/unban"), json!({"reason": "a mistake"})).await;
    assert_eq!(status, StatusCode::OK);
    ask(&anna, "/search", "Looking for someone").await;

    // Pages go on where the one before ended.
    let first = get(&app, &token, "v1/audit?limit=2").await.1;
    let second = get(&app, &token, &format!("v1/audit?limit=2&before={}", first["next"])).await.1;
    assert_eq!(first["items"].as_array().map(Vec::len), Some(2));
    assert!(second["items"][0]["seq"].as_i64() < first["items"][1]["seq"].as_i64());
    let settings = get(&app, &token, "v1/config").await.1;
    let text = settings["text"].as_str().expect("text");
    assert!(text.contains("SHARDS") && !text.contains(crate::support::app::TOKEN), "{text}");
}

#[tokio::test]
async fn tokens_and_the_log_on_the_command_line() {
    let app = spawn_app(Options::default());
    let (code, made) = program(&app, &["token", "create", "ci", "--role", "viewer"]);
    assert_eq!(code, Some(0), "{made}");
    let token = made.lines().find(|line| line.starts_with("nameless_")).expect("a token").to_owned();
    assert_eq!(get(&app, &token, "v1/stats").await.0, StatusCode::OK);
    let (_, listed) = program(&app, &["token", "list"]);
    assert!(listed.contains("ci  viewer") && !listed.contains(&token), "{listed}");
    assert_eq!(program(&app, &["token", "create", "ci", "--role", "owner"]).0, Some(1));
    let (code, whole) = audit(&app, &["verify"]);
    assert!(code == Some(0) && whole.contains("is whole"), "{whole}");
    let head = whole.lines().find_map(|line| line.strip_prefix("head ")).expect("a head").to_owned();
    assert_eq!(program(&app, &["token", "revoke", "ci"]).0, Some(0));
    assert_eq!(get(&app, &token, "v1/stats").await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(audit(&app, &["verify", "--head", &head]).0, Some(0));
    let other = format!("{}:{}", head.split(':').next().expect("a number"), "00".repeat(32));
    let (code, broken) = audit(&app, &["verify", "--head", &other]);
    assert!(code == Some(1) && broken.contains("was noted"), "{broken}");
    // Other commands that do something are in the log as well.
    assert_eq!(program(&app, &["dead-letters", "drop", "--all"]).0, Some(0));
    assert_eq!(program(&app, &["premium", "grant", "5"]).0, Some(1), "there is nobody");
    let admin = self::token(&app, Role::Admin).await;
    let log = get(&app, &admin, "v1/audit").await.1;
    let cli: Vec<_> =
        log["items"].as_array().expect("a page").iter().filter(|e| e["source"] == "cli").collect();
    let did = |what: &str, outcome: &str| cli.iter().any(|e| e["what"] == what && e["outcome"] == outcome);
    assert!(did("drop_dead_letter", "done") && did("grant", "missing"), "{cli:?}");
}
