//! How dating goes: over HTTP, on the page and in the alerts chat, without a word about a few.

use crate::admin::{get, orders, staff, staffed_with, token};
use crate::pages::visitor::{self, Visitor};
use nameless_domain::capabilities::admin::Role;
use reqwest::StatusCode;
use serde_json::Value;

#[tokio::test]
async fn operators_see_how_dating_goes() {
    let (app, owner, viewer) = staffed_with(staff().with("DATING", "on")).await;
    for (who, first, last) in [
        (&owner, "Here today: under 10 of under 10 profiles", "Know who a match is: under 10"),
        (&viewer, "Сегодня заходили: меньше 10, всего анкет: меньше 10", "Обменялись контактами: меньше 10"),
    ] {
        let told = orders(who, "/analytics", first).await;
        assert!(told.text().is_some_and(|text| text.contains(last)), "{told:?}");
    }
    let eyes = token(&app, Role::Viewer).await;
    let (status, figures) = get(&app, &eyes, "v1/dating/figures").await;
    assert_eq!((status, &figures["today"], &figures["gini"]), (StatusCode::OK, &Value::Null, &Value::Null));
    assert!(figures["at"].is_i64() && figures["funnel"]["began"].is_null(), "{figures}");
    assert_eq!(get(&app, "nobody", "v1/dating/figures").await.0, StatusCode::UNAUTHORIZED);
    let page = Visitor::of_name(&app, "page", Role::Viewer).await;
    let (_, shown) = visitor::get(&page, "/admin/analytics").await;
    assert!(shown.contains("Gini of exposure") && shown.contains("under 10"), "{shown}");
}
