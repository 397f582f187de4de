//! Filters beyond genders, ages and distance.

use super::phone::Phone;
use super::two;
use crate::common::{ask, tap, told};
use crate::dating::dating;
use crate::support::app::spawn_app;
use crate::support::people::PATIENCE;
use reqwest::StatusCode;
use serde_json::{Value, json};

/// Kept strictly and by both sides, private, and changed a few times a day.
#[tokio::test]
async fn filters_hold_for_both_and_are_changed_a_few_times_a_day() {
    crate::support::clock::one_day().await;
    let app = spawn_app(dating());
    let ((anna, hers), (_, his)) = two(&app).await;
    let any = json!({
        "shared": false, "goals": ["relationship", "dates", "friendship", "open"], "photo": false, "days": null,
    });
    assert_eq!(hers.get("profile").await["filters"], any);
    assert_eq!(hers.card().await["name"], "Tom");
    let friends = json!({ "shared": false, "goals": ["friendship"], "photo": false, "days": 30 });
    let (status, changed) = hers.put("profile", json!({ "filters": friends })).await;
    assert_eq!((status, &changed["filters"]), (StatusCode::OK, &friends), "{changed}");
    // He looks for dates: neither sees the other, and nothing tells him why.
    assert_eq!(hers.get("cards").await["state"], "dry");
    let answer = his.get("cards").await;
    assert_eq!(answer, json!({ "cards": [], "state": "dry" }));
    for odd in [
        json!({ "shared": true }),
        json!({ "shared": false, "goals": [], "photo": false, "days": null }),
        json!({ "shared": false, "goals": ["dates", "dates"], "photo": false, "days": null }),
        json!({ "shared": false, "goals": ["dates"], "photo": false, "days": 0 }),
        json!({ "shared": false, "goals": ["dates"], "photo": false, "days": 8 }),
        json!({ "shared": false, "goals": ["dates"], "photo": false, "days": null, "age": 5 }),
    ] {
        let (status, refused) = hers.put("profile", json!({ "filters": odd })).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{odd} {refused}");
    }
    // In the chat: the same ones.
    let mark = anna.mark();
    ask(&anna, "/dating", "Likes left today").await;
    tap(&anna, "dt:filters").await;
    told(&anna, mark, "What your cards have to have").await;
    tap(&anna, "dt:filter:goals:").await;
    let kept = async {
        while hers.get("profile").await["filters"]["goals"] == json!(["friendship"]) {
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(PATIENCE, kept).await.expect("it is kept");
    assert_eq!(hers.get("profile").await["filters"]["goals"], json!(["relationship", "friendship"]));
    assert_eq!(hers.put("profile", json!({ "filters": any })).await.0, StatusCode::OK);
    assert_eq!(hers.card().await["name"], "Tom");
    // Three changes so far.
    for n in 0..7 {
        let filters = json!({ "shared": n % 2 == 0, "goals": ["dates"], "photo": false, "days": null });
        assert_eq!(hers.put("profile", json!({ "filters": filters })).await.0, StatusCode::OK, "{n}");
    }
    let (status, refused) = hers.put("profile", json!({ "filters": any })).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{refused}");
    assert_eq!((&refused["field"], &refused["reason"]), (&json!("filters"), &json!("often")));
    // What one is by the filters of others is of the same number; the same again is no change.
    for (field, other) in
        [("goal", json!("friendship")), ("interests", json!(["music", "art"])), ("gender", json!("other"))]
    {
        let (status, refused) = hers.put("profile", json!({ field: other, "bio": "rain" })).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{field} {refused}");
        assert_eq!((&refused["field"], &refused["reason"]), (&json!(field), &json!("often")));
    }
    let (status, kept) = hers.put("profile", json!({ "goal": "dates", "bio": "rain" })).await;
    assert_eq!(
        (status, &kept["goal"], &kept["bio"]),
        (StatusCode::OK, &json!("dates"), &json!("rain")),
        "{kept}"
    );
}

/// Waits until a field of an answer is this.
async fn becomes(phone: &Phone, (path, field): (&str, &str), value: Value) {
    let is = async {
        while phone.get(path).await[field] != value {
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
    };
    tokio::time::timeout(PATIENCE, is).await.unwrap_or_else(|_| panic!("{field} is not {value}"));
}

/// Ages, distance, notices and one's own figures need no app: the same are there and here.
#[tokio::test]
async fn what_is_chosen_in_the_chat_is_chosen_in_the_app() {
    let app = spawn_app(dating());
    let ((anna, hers), _) = two(&app).await;
    // Around her own age, which goes by today.
    let ages = hers.get("profile").await["age_range"].clone();
    let (from, to) = (ages[0].as_u64().expect("an age"), ages[1].as_u64().expect("an age"));
    let mark = anna.mark();
    ask(&anna, "/dating", "Likes left today").await;
    tap(&anna, "dt:choices").await;
    told(&anna, mark, &format!("people aged {from} to {to}, up to 100 km away")).await;
    tap(&anna, &format!("dt:choose:ages:{}-{to}", from + 5)).await;
    becomes(&hers, ("profile", "age_range"), json!([from + 5, to])).await;
    tap(&anna, "dt:choose:within:4").await;
    becomes(&hers, ("profile", "distance"), Value::Null).await;
    tap(&anna, "dt:choose:like:0").await;
    let notify = json!({ "match": true, "like": false, "message": true });
    becomes(&hers, ("settings", "notify"), notify).await;
    tap(&anna, "dt:choose:quiet:1").await;
    becomes(&hers, ("settings", "quiet"), json!({ "from": "23:00", "to": "09:00" })).await;
    ask(&anna, "/stats", "Your figures").await;
    assert_eq!(app.count("actor_deaths"), 0);
}
