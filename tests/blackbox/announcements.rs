//! What operators tell whoever comes to the menu, from the alerts chat, over HTTP and on the pages;
//! and broadcasts on the command line.

use crate::admin::{answered, get, orders, post, program, staffed, token, yes};
use crate::common::{MAN, ask, member};
use crate::pages::entries;
use crate::pages::visitor::{self, Visitor};
use crate::support::people::{PATIENCE, sees};
use nameless_domain::capabilities::admin::Role;
use reqwest::StatusCode;
use serde_json::json;
use std::time::Duration;

use crate::admin::GROUP;

/// Mark-up, a line break, quotes: shown as they are, in Telegram and on the page.
const HOSTILE: &str = "<b>Back</b> at noon & \"sooner\"\nif we can";

#[tokio::test]
async fn whoever_comes_to_the_menu_reads_it() {
    let (app, owner, viewer) = staffed().await;
    let anna = member(&app.world, "anna", MAN).await;
    orders(&viewer, "/announce Hello", "broadcast").await;
    let asked = orders(&owner, "/announce Back at noon", "Everybody who comes to the menu").await;
    owner.press_in_group(GROUP, asked.message_id, &yes(&asked)).expect("pressed");
    answered(&owner, asked.message_id - 1, "up since").await;
    let menu = ask(&anna, "/stop", "You are not talking to anyone").await;
    assert!(menu.text().is_some_and(|text| text.ends_with("\n\n📌 Back at noon")), "{menu:?}");

    let token = token(&app, Role::Admin).await;
    let (status, line) = post(&app, &token, "v1/announcements", json!({ "text": { "en": HOSTILE } })).await;
    assert_eq!((status, &line["ended"]), (StatusCode::OK, &json!(null)), "{line}");
    let menu = ask(&anna, "/stop", "if we can").await;
    assert!(menu.text().is_some_and(|text| text.ends_with(HOSTILE)), "{menu:?}");
    let (_, list) = get(&app, &token, "v1/announcements").await;
    assert_eq!(list["items"].as_array().map(Vec::len), Some(2), "{list}");
    assert_eq!(list["items"][1]["ended_by"], "token:admin", "the second took the first one's place: {list}");
    for body in [
        json!({ "text": {} }),
        json!({ "text": { "en": " " } }),
        json!({ "text": { "en": "x".repeat(1_001) } }),
    ] {
        let (status, problem) = post(&app, &token, "v1/announcements", body).await;
        assert_eq!(
            (status, &problem["field"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("text")),
            "{problem}"
        );
    }

    let admin = Visitor::of_name(&app, "page", Role::Admin).await;
    let (_, page) = visitor::get(&admin, "/admin/announcements").await;
    assert!(page.contains("&#60;b&#62;Back&#60;/b&#62;") && !page.contains("<b>Back"), "{page}");
    let number = line["announcement"].as_i64().expect("a number");
    let down = format!("/admin/announcements/{number}/down");
    let sent = visitor::post(&admin, &down, &[("csrf", &*admin.csrf), ("key", "k")]).await;
    assert_eq!(sent.location.as_deref(), Some("/admin/announcements?done=taken-down"), "{}", sent.body);
    let menu = ask(&anna, "/stop", "You are not talking to anyone").await;
    assert!(menu.text().is_some_and(|text| !text.contains('📌')), "{menu:?}");
    let fields = [("csrf", &*admin.csrf), ("key", "k2"), ("ru", ""), ("en", "One\r\ntwo")];
    let sent = visitor::post(&admin, "/admin/announcements", &fields).await;
    assert_eq!(sent.location.as_deref(), Some("/admin/announcements?done=announced"), "{}", sent.body);
    ask(&anna, "/stop", "📌 One\ntwo").await;
    let whose: Vec<_> = entries(&app, "announce").await.into_iter().map(|(who, ..)| who).collect();
    assert_eq!(whose[..3], ["token:page", "token:admin", "telegram:700111"], "the newest first");

    // The same actor's store, from the command line; the running bot carries it out.
    let draft = ["broadcast", "draft", "--en", "Hello all"];
    let counted = async {
        loop {
            let (code, drafted) = program(&app, &draft);
            assert_eq!(code, Some(0), "{drafted}");
            if drafted.contains("draft  for 1:") {
                return drafted;
            }
            // What she chose is written a moment later.
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let drafted = tokio::time::timeout(PATIENCE, counted).await.expect("it is for one person");
    let number = drafted.split_whitespace().next().expect("a number");
    assert_eq!(program(&app, &["broadcast", "pause", number]).0, Some(1), "it has not begun");
    let (code, started) = program(&app, &["broadcast", "start", number]);
    assert!(code == Some(0) && started.contains("running"), "{started}");
    sees(&anna, "Hello all").await;
    assert!(program(&app, &["broadcast", "list"]).1.contains(&format!("{number}  ")));
    assert_eq!(program(&app, &["broadcast", "show", "999"]).0, Some(1));
    assert_eq!(entries(&app, "start_broadcast").await[0].0, "cli");
}
