//! `nameless bench dating`, small, on a private cluster.

use super::{number, run};

#[test]
fn dating_measures_cards_decks_and_matches() {
    let small = [
        "--profiles=1000",
        "--viewers=20",
        "--rate=20",
        "--writers=10",
        "--texts=20",
        "--likes=10",
        "--rounds=1",
        "--duration=600ms",
        "--warm-up=200ms",
    ];
    let json = run(&[&["dating"], &small[..]].concat()).sound("dating");
    assert_eq!(json["settings"]["verdicts"], 5_000);
    for (what, most) in
        [("next_cards", 13.0), ("a_deck_is_filled", 20.0), ("a_like_until_both_have_heard", 5.0)]
    {
        let [p50, p99] = ["p50_ms", "p99_ms"].map(|quantile| number(&json, &format!("/{what}/{quantile}")));
        assert!(0.0 < p50 && p50 <= p99, "{}", json[what]);
        let n = number(&json, &format!("/{what}/n"));
        assert!((1.0..=most).contains(&n), "{what}: {n}");
    }
    assert!(number(&json, "/texts_ratio/mean") > 0.0);
}
