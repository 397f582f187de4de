//! How well two people go together, in the words of their cards.

use super::two;
use crate::common::tap;
use crate::dating::{card, dating};
use crate::support::app::spawn_app;
use serde_json::{Value, json};

/// The two have place, goal and age in common, and no interests: 60 of 100 as parts are usually.
#[tokio::test]
async fn an_operator_says_what_counts_and_from_when_on_it_is_told() {
    let usual = ("DATING_FIT", "interests=40,place=30,goal=20,age=10");
    let without_interests = ("DATING_FIT", "interests=0,place=40,goal=40,age=20");
    for ((name, parts), from, fit, words) in [
        (usual, "40", json!("good"), Some("You go well together")),
        (usual, "61", Value::Null, None),
        (without_interests, "40", json!("great"), Some("You go together wonderfully")),
    ] {
        let app = spawn_app(dating().with(name, parts).with("DATING_FIT_FROM", from));
        let ((anna, hers), _) = two(&app).await;
        assert_eq!(hers.card().await["fit"], fit, "{parts} {from}");
        let mark = anna.mark();
        anna.send_text("/dating");
        tap(&anna, "dt:next").await;
        let shown = card(&anna, mark, "Tom").await;
        let text = shown.text().unwrap_or_default();
        match words {
            Some(words) => assert!(text.contains(words), "{parts} {from}: {text}"),
            None => assert!(!text.contains("together") && !text.contains("in common"), "{text}"),
        }
    }
}
