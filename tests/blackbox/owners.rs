//! What owners alone may do: a person is erased, by one owner or with a second one's word.

use crate::admin::{GROUP, answered, get, orders, post, staff, staffed, url, yes};
use crate::common::told;
use crate::pages::visitor::{self, Visitor};
use crate::support::app::spawn_app;
use crate::support::people::{chatting, sees, sees_part};
use nameless_domain::capabilities::admin::Role;
use nameless_simulator::NewUser;
use reqwest::StatusCode;
use serde_json::json;

/// In the alerts chat, by a second tap; the same as when they ask for it themselves.
#[tokio::test]
async fn an_owner_erases_a_person() {
    let (app, owner, viewer) = staffed().await;
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    boris.send_text("remember me");
    sees(&anna, "remember me").await;
    orders(&viewer, &format!("erase {} why", boris.id()), "owner").await;
    let text = format!("erase {} asked us to", boris.id());
    let asked = orders(&owner, &text, "cannot be brought back").await;
    let mark = boris.mark();
    owner.press_in_group(GROUP, asked.message_id, &yes(&asked)).expect("pressed");
    told(&boris, mark, "have deleted everything we kept about you. asked us to").await;
    sees_part(&anna, "ended the chat").await;
    // They begin anew, as somebody whom nobody knows.
    let mark = boris.mark();
    boris.send_text("/start");
    told(&boris, mark, "Which language").await;
    orders(&owner, "audit", "erase").await;
}

/// Guard: `takes_two`, and that two tokens of one person are one.
#[tokio::test]
async fn nobody_erases_alone() {
    let app = spawn_app(staff().with("ADMIN_SECOND_OWNER", "on"));
    let owner = app.world.add_user(NewUser { id: Some(700_111), ..NewUser::default() });
    assert_eq!(owner.add_to_group(), GROUP);
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    let a = visitor::token(&app, "maria.laptop", Role::Owner).await;
    let same = visitor::token(&app, "maria.phone", Role::Owner).await;
    let other = visitor::token(&app, "olga", Role::Owner).await;
    let body = json!({"reason": "asked us to"});
    // Only what was looked at is erased, and as it was then.
    let client = reqwest::Client::new();
    let path = url(&app, &format!("v1/users/{}", boris.id()));
    let look = async || {
        let seen = client.get(&path).bearer_auth(&a).send().await.expect("an answer");
        seen.headers()["etag"].to_str().expect("text").to_owned()
    };
    let erase = async |etag: Option<&[u8]>| {
        let request = client.post(format!("{path}/erase")).bearer_auth(&a).json(&body);
        let request = etag.into_iter().fold(request, |request, etag| request.header("If-Match", etag));
        let answer = request.send().await.expect("an answer");
        (answer.status(), answer.json::<serde_json::Value>().await.expect("JSON"))
    };
    assert_eq!(erase(None).await.0, StatusCode::PRECONDITION_REQUIRED);
    assert_eq!(erase(Some(b"u1")).await.0, StatusCode::BAD_REQUEST, "no quotes");
    assert_eq!(erase(Some(b"\xc2\x84")).await.0, StatusCode::BAD_REQUEST, "no text");
    let before = look().await;
    assert_eq!(look().await, before, "a look changes nothing");
    let granted = post(&app, &a, &format!("v1/users/{}/premium", boris.id()), json!({"days": 3})).await;
    assert_eq!(granted.0, StatusCode::OK, "{}", granted.1);
    assert_eq!(erase(Some(before.as_bytes())).await.0, StatusCode::PRECONDITION_FAILED);
    let (status, asked) = erase(Some(look().await.as_bytes())).await;
    assert_eq!((status, &asked["what"]), (StatusCode::OK, &json!("erase")), "{asked}");
    let request = asked["request"].as_i64().expect("a number");
    answered(&owner, 0, "a second one has to agree to").await;
    answered(&owner, 0, "asked by token:maria.laptop").await;

    let page = Visitor::log_in(&app, &other).await;
    let (status, html) = visitor::get(&page, "/admin/requests").await;
    assert!(status == StatusCode::OK && html.contains("asked us to"), "{html}");
    let approve = format!("v1/requests/{request}/approve");
    for token in [&a, &same] {
        let (status, problem) = post(&app, token, &approve, json!({})).await;
        assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    }
    // Nothing has happened to them.
    boris.send_text("still here");
    sees(&anna, "still here").await;
    let mark = boris.mark();
    let fields = [("csrf", &*page.csrf), ("key", "k")];
    let sent = visitor::post(&page, &format!("/admin/requests/{request}/approve"), &fields).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.body);
    told(&boris, mark, "have deleted everything").await;
    let (_, waiting) = get(&app, &other, "v1/requests").await;
    assert_eq!(waiting["items"], json!([]));
    sees_part(&anna, "ended the chat").await;
}
