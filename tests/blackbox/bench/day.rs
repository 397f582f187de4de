//! `nameless bench day`, small, on a private cluster: with the kill, without servers to restart.

use super::{number, run};

#[test]
fn a_day_of_everything_loses_nothing_over_a_kill() {
    let small = [
        "--people=100",
        "--nodes=1",
        "--duration=12s",
        "--texts=1000",
        "--others=1000",
        "--picture=1s",
        // What was held by the node that is killed is free again after half a minute.
        "--patience=90s",
        "--seed=7",
    ];
    // What is under way at the kill is about a second's, where the disk is well.
    let json = run(&[&["day"], &small[..]].concat()).sound_but_for("day", &["doubled"]);
    for (what, second) in [("doubled", 10.0), ("replies_doubled", 1.0)] {
        assert!(number(&json, &format!("/promises/{what}")) <= 5.0 * second, "{what}: {}", json["promises"]);
    }
    let notes = json["notes"].as_array().expect("notes");
    assert!(
        notes.iter().any(|note| note.as_str().is_some_and(|note| note.contains("was killed"))),
        "{notes:?}"
    );
    for what in [
        "a_text,_a_photo,_an_answer",
        "a_search_until_both_know",
        "a_turn_until_the_reply",
        "a_picture",
        "a_payment_until_the_receipt",
        "a_screen",
        "next_cards",
        "a_like_or_a_pass",
    ] {
        assert!(number(&json, &format!("/kinds/{what}/n")) > 0.0, "{what}: {}", json["kinds"]);
        assert_eq!(number(&json, &format!("/kinds/{what}/lost")), 0.0, "{what}");
    }
    for what in ["reordered", "astray", "telling"] {
        assert_eq!(number(&json, &format!("/promises/{what}")), 0.0, "{what}");
    }
    assert!(number(&json, "/promises/turns") > 0.0 && number(&json, "/promises/paid") > 0.0);
    let pictures = |what: &str| number(&json, &format!("/pictures/{what}"));
    assert_eq!(pictures("came") + pictures("refused"), pictures("asked"), "{}", json["pictures"]);
    assert!(pictures("paid") >= pictures("came"), "{}", json["pictures"]);
}
