//! Payments at the operators' desks: seen, explained and given back over HTTP, in the alerts chat
//! and on the pages.

use crate::admin::{GROUP, get, orders, post, staff, staffed_with, token, yes};
use crate::billing::{buys, comes_to_have};
use crate::common::{MAN, WOMAN, ask, member, tap, told};
use crate::pages::visitor::{self, Visitor};
use crate::support::app::{Options, spawn_app};
use crate::support::people::sees_part;
use nameless_domain::capabilities::admin::Role;
use reqwest::StatusCode;
use serde_json::{Value, json};

/// The newest payment of somebody.
pub async fn newest(app: &crate::support::app::TestApp, token: &str, user: i64) -> i64 {
    let (status, page) = get(app, token, &format!("v1/payments?user={user}&limit=1")).await;
    assert_eq!((status, &page["items"][0]["user"]), (StatusCode::OK, &json!(user)));
    page["items"][0]["payment"].as_i64().expect("a number")
}

/// Guard: `Act::Refund` in the transaction of its entry in the log.
#[tokio::test]
async fn a_payment_is_seen_and_given_back_over_http_and_in_the_chat() {
    let (app, owner, viewer) = staffed_with(staff().with("STARS", "on")).await;
    let anna = member(&app.world, "anna", WOMAN).await;
    let admin = token(&app, Role::Admin).await;
    let moderator = token(&app, Role::Moderator).await;
    assert_eq!(get(&app, &admin, "v1/payments").await.1, json!({"items": [], "next": null}));
    buys(&anna).await;
    let first = newest(&app, &admin, anna.id()).await;
    buys(&anna).await;
    let second = newest(&app, &admin, anna.id()).await;
    assert_ne!(first, second);

    let (_, page) = get(&app, &admin, &format!("v1/payments/{second}")).await;
    let line = [&page["product"], &page["currency"], &page["amount"], &page["refunded"], &page["renewal"]];
    assert_eq!(json!(line), json!(["premium-7", "XTR", 75, null, null]), "{page}");
    assert!(page["unused_ms"].as_i64().is_some_and(|ms| ms == 7 * 86_400_000), "{page}");
    // Money and premium of both payments, the newest first.
    let ledger = page["ledger"].as_array().expect("entries");
    assert_eq!(ledger.len(), 4, "{page}");
    assert!(ledger.windows(2).all(|two| two[0]["entry"].as_i64() > two[1]["entry"].as_i64()), "{page}");
    let of_second = ledger.iter().filter(|entry| entry["payment"] == second);
    let sums: Vec<_> = of_second.map(|e| (e["unit"].clone(), e["amount"].clone())).collect();
    assert!(sums.contains(&(json!("XTR"), json!(75))), "{sums:?}");

    let place = format!("v1/payments/{second}/refund");
    assert_eq!(get(&app, &moderator, "v1/payments").await.0, StatusCode::FORBIDDEN);
    assert_eq!(post(&app, &moderator, &place, json!({"reason": "x"})).await.0, StatusCode::FORBIDDEN);
    for (body, wanted) in [
        (json!({}), StatusCode::BAD_REQUEST),
        (json!({"reason": " "}), StatusCode::UNPROCESSABLE_ENTITY),
        (json!({"reason": "x", "payer": 5}), StatusCode::CONFLICT),
    ] {
        assert_eq!(post(&app, &admin, &place, body.clone()).await.0, wanted, "{body}");
    }
    let nobody = post(&app, &admin, "v1/payments/999999/refund", json!({"reason": "x"})).await;
    assert_eq!(nobody.0, StatusCode::NOT_FOUND);

    let mark = anna.mark();
    let (status, done) = post(&app, &admin, &place, json!({"reason": "was no use"})).await;
    assert_eq!((status, done), (StatusCode::OK, json!({"payment": second, "state": "soon"})));
    told(&anna, mark, "are back with you").await;
    let again = post(&app, &admin, &place, json!({"reason": "was no use"})).await.1;
    assert_eq!(again, json!({"payment": second, "state": "before"}));
    let (_, page) = get(&app, &admin, &format!("v1/payments/{second}")).await;
    assert!(page["refunded"].is_i64() && page["unused_ms"] == 0, "{page}");
    // Guard: `comes_of`.
    let ledger = page["ledger"].as_array().expect("entries");
    let sources: Vec<_> = ledger.iter().filter_map(|entry| entry["source"].as_str()).collect();
    assert_eq!(sources, ["refund", "refund", "charge", "charge", "charge", "charge"], "{page}");
    ask(&anna, "/premium", "You have premium until").await;

    // The rest in the alerts chat, with a second tap.
    orders(&owner, &format!("payments {}", anna.id()), &format!("№{first}")).await;
    orders(&viewer, &format!("payments {}", anna.id()), "see_payments").await;
    orders(&viewer, &format!("refund {first} for fun"), "refund").await;
    let asked = orders(&owner, &format!("refund {first} asked for it"), "cannot be taken back").await;
    assert!(asked.text().is_some_and(|text| text.contains("asked for it")), "{asked:?}");
    let mark = anna.mark();
    owner.press_in_group(GROUP, asked.message_id, &yes(&asked)).expect("pressed");
    told(&anna, mark, "are back with you").await;
    comes_to_have(&anna, "With premium your searches").await;

    let log = get(&app, &admin, "v1/audit?limit=200").await.1;
    let entries: Vec<&Value> = log["items"].as_array().expect("a page").iter().collect();
    let refunds: Vec<_> = entries.iter().filter(|e| e["what"] == "refund").collect();
    let did = |reason: &str, outcome: &str, whom: Value| {
        let fits = |e: &&&&Value| e["reason"] == reason && e["outcome"] == outcome && e["whom"] == whom;
        refunds.iter().filter(fits).count()
    };
    assert_eq!(did("was no use", "done", json!(anna.id())), 2, "{refunds:?}");
    assert_eq!(did("asked for it", "done", json!(anna.id())), 1, "{refunds:?}");
    assert!(refunds.iter().any(|e| e["outcome"] == "refused"), "{refunds:?}");
}

/// Guard: `takes_two` has refunds.
#[tokio::test]
async fn nobody_gives_back_alone_where_two_are_asked_for() {
    let app = spawn_app(Options::default().with("STARS", "on").with("ADMIN_SECOND_OWNER", "on"));
    let anna = member(&app.world, "anna", WOMAN).await;
    let admin = visitor::token(&app, "maria.laptop", Role::Admin).await;
    let same = visitor::token(&app, "maria.phone", Role::Owner).await;
    let other = visitor::token(&app, "olga", Role::Owner).await;
    buys(&anna).await;
    let payment = newest(&app, &admin, anna.id()).await;
    let mark = anna.mark();
    let place = format!("v1/payments/{payment}/refund");
    let (status, asked) = post(&app, &admin, &place, json!({"reason": "was no use"})).await;
    assert_eq!((status, &asked["what"]), (StatusCode::OK, &json!("refund")), "{asked}");
    let approve = format!("v1/requests/{}/approve", asked["request"]);
    assert_eq!(post(&app, &admin, &approve, json!({})).await.0, StatusCode::FORBIDDEN, "not an owner's");
    assert_eq!(post(&app, &same, &approve, json!({})).await.0, StatusCode::CONFLICT, "the same person");
    let (_, page) = get(&app, &admin, &format!("v1/payments/{payment}")).await;
    assert_eq!((&page["refunded"], &page["refunding"]), (&Value::Null, &json!(false)), "{page}");
    let (status, done) = post(&app, &other, &approve, json!({})).await;
    assert_eq!(status, StatusCode::OK, "{done}");
    told(&anna, mark, "are back with you").await;
}

#[tokio::test]
async fn a_payment_is_given_back_on_its_page_also_to_who_has_erased_themselves() {
    let app = spawn_app(Options::default().with("STARS", "on"));
    let boris = member(&app.world, "boris", MAN).await;
    let admin = Visitor::of(&app, Role::Admin).await;
    buys(&boris).await;
    let (status, page) = visitor::get(&admin, &format!("/admin/payments?user={}", boris.id())).await;
    assert_eq!(status, StatusCode::OK);
    let number = page.split("href=\"/admin/payments/").nth(1).and_then(|rest| rest.split('"').next());
    let place = format!("/admin/payments/{}", number.expect("a payment"));
    let (_, page) = visitor::get(&admin, &place).await;
    assert!(page.contains("given → person") && page.contains("telegram → sales"), "{page}");
    let (_, page) = visitor::get(&admin, &format!("{place}/refund")).await;
    assert!(page.contains("75\u{a0}⭐ go back") && page.contains("6 days, 23 hours"), "{page}");

    ask(&boris, "/privacy", "Privacy").await;
    tap(&boris, "pv:erase").await;
    tap(&boris, "pv:erase-yes").await;
    sees_part(&boris, "no longer remember you").await;
    let erased = async {
        while !visitor::get(&admin, &place).await.1.contains("erased") {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(crate::support::people::PATIENCE, erased).await.expect("erased");
    let form = async |payer: &str| {
        let key = format!("of-{payer}");
        let fields = [("csrf", &*admin.csrf), ("key", &*key), ("reason", "they wrote"), ("payer", payer)];
        visitor::post(&admin, &format!("{place}/refund"), &fields).await.status
    };
    assert_eq!(form("").await, StatusCode::UNPROCESSABLE_ENTITY, "nobody knows who it was");
    assert_eq!(form("5").await, StatusCode::UNPROCESSABLE_ENTITY, "it was somebody else");
    assert_eq!(form(&boris.id().to_string()).await, StatusCode::SEE_OTHER);
    let back = async {
        while !visitor::get(&admin, &place).await.1.contains("went back on") {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(crate::support::people::PATIENCE, back).await.expect("it went back");
}
