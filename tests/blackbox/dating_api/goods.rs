//! What is sold apart: shown only where it is sold, paid inside Telegram, used up one by one.

use super::phone::Phone;
use super::two;
use crate::common::{ask, tap, told};
use crate::dating::dating;
use crate::support::app::spawn_app;
use crate::support::people::PATIENCE;
use nameless_simulator::Bill;
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::time::Duration;

/// Waits until the engine says that they have so many.
async fn has(phone: &Phone, good: &str, n: i64) {
    let comes = async {
        while phone.get("me").await["left"][good] != n {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, comes).await.unwrap_or_else(|_| panic!("no {n} of {good}"));
}

async fn invoice(phone: &Phone, id: &str) -> String {
    let (status, invoice) = phone.act(&format!("goods/{id}/invoice")).await;
    assert_eq!(status, StatusCode::OK, "{invoice}");
    invoice["url"].as_str().expect("an address").to_owned()
}

#[tokio::test]
async fn a_super_like_is_bought_in_the_app_and_lies_first() {
    crate::support::clock::one_day().await;
    let app = spawn_app(dating().with("STARS", "on"));
    let ((anna, hers), (boris, his)) = two(&app).await;
    let me = his.get("me").await;
    assert_eq!(me["sold"], json!(["dating_super", "dating_likes", "dating_undo", "dating_likers"]));
    assert_eq!((&me["can"]["super_like"], &me["can"]["undo"]), (&json!(false), &json!(true)));
    let card = his.card().await["token"].as_str().expect("a token").to_owned();
    let verdict = format!("cards/{card}/verdict");
    let (status, refused) = his.post(&verdict, json!({ "verdict": "super" })).await;
    assert_eq!((status, &refused["code"]), (StatusCode::FORBIDDEN, &json!("not_entitled")));

    let goods = his.get("goods").await["goods"].clone();
    let of =
        |good: &str| goods.as_array().and_then(|all| all.iter().find(|one| one["good"] == good)).cloned();
    let pack = of("dating_super").expect("a pack");
    assert_eq!((&pack["amount"], goods.as_array().map(Vec::len)), (&json!(5), Some(4)), "{goods}");
    assert_eq!(his.act("goods/premium-7/invoice").await.0, StatusCode::NOT_FOUND, "none of dating's");
    let url = invoice(&his, pack["id"].as_str().expect("an id")).await;
    let mark = boris.mark();
    boris.pay(Bill::Link(&url)).await.expect("paid");
    told(&boris, mark, "5 super-likes are yours").await;
    has(&his, "dating_super", 5).await;

    let mark = anna.mark();
    let (status, said) = his.post(&verdict, json!({ "verdict": "super" })).await;
    assert_eq!((status, &said["likes_left"]), (StatusCode::OK, &json!(50)), "{said}");
    has(&his, "dating_super", 4).await;
    told(&anna, mark, "Somebody gave you a super-like").await;
    let first = hers.card().await;
    assert_eq!((&first["name"], &first["is_super"]), (&json!("Tom"), &json!(true)), "{first}");

    // Taken back, it comes back; the next one costs.
    assert_eq!(his.act("undo").await.0, StatusCode::OK);
    has(&his, "dating_super", 5).await;
    assert_eq!(hers.card().await["is_super"], false);
    assert_eq!(his.get("me").await["can"]["undo"], false, "the free one of today");

    // The list of likes, for a day.
    his.says("like").await;
    let (status, refused) = hers.act("likes/open").await;
    assert_eq!((status, &refused["code"]), (StatusCode::FORBIDDEN, &json!("not_entitled")));
    assert_eq!(hers.get("likes").await["cards"], json!([]));
    let url = invoice(&hers, "dating-likers-7").await;
    anna.pay(Bill::Link(&url)).await.expect("paid");
    has(&hers, "dating_likers", 7).await;
    let (status, likes) = hers.act("likes/open").await;
    assert_eq!((status, &likes["cards"][0]["name"]), (StatusCode::OK, &json!("Tom")), "{likes}");
    hers.act("likes/open").await;
    has(&hers, "dating_likers", 6).await;
    assert_eq!(hers.get("likes").await["cards"][0]["name"], "Tom");

    // In the chat: the same, and nothing of it on the page of premium.
    let mark = boris.mark();
    ask(&boris, "/dating", "Likes left today").await;
    tap(&boris, "dt:goods").await;
    let shown = told(&boris, mark, "super-likes: 5").await;
    let data: Vec<String> = shown.buttons().into_iter().flatten().filter_map(|button| button.data).collect();
    assert!(data.contains(&"bl:buy:dating-super-5".to_owned()), "{data:?}");
    let premium = ask(&boris, "/premium", "remium").await;
    let data: Vec<String> =
        premium.buttons().into_iter().flatten().filter_map(|button| button.data).collect();
    assert!(!data.iter().any(|data| data.contains("dating")), "{data:?}");
}

/// Where nothing of it is sold nothing is shown, and an undo is free as ever.
#[tokio::test]
async fn where_nothing_is_sold_apart_nothing_is_said_of_it() {
    let app = spawn_app(dating());
    let ((anna, _), (_, his)) = two(&app).await;
    let me = his.get("me").await;
    assert_eq!((&me["sold"], &me["can"]["undo"]), (&json!([]), &json!(true)));
    assert_eq!(his.get("goods").await["goods"], json!([]));
    assert_eq!(his.act("goods/dating-super-5/invoice").await.0, StatusCode::NOT_FOUND);
    let home = ask(&anna, "/dating", "Likes left today").await;
    let shows = |data: &str| home.buttons().iter().flatten().any(|b| b.data.as_deref() == Some(data));
    assert!(shows("dt:photos") && !shows("dt:goods"));
    let _: Value = his.get("likes").await;
}
