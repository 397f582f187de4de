//! `nameless bench pages`, small.

use super::{number, run};
use crate::support::skip;

#[test]
fn pages_measures_each_page_idle_and_beside_texts() {
    let small = ["--people=300", "--reports=40", "--loads=3", "--writers=10", "--load=20", "--warm-up=200ms"];
    let done = run(&[&["pages"], &small[..]].concat());
    if done.printed.contains("PostgreSQL is not installed") && skip::allowed("postgres") {
        return;
    }
    // How many texts a busy machine relays is its own affair.
    let reasons: Vec<&str> = done.reasons().into_iter().filter(|kind| *kind != "missed").collect();
    assert_eq!(reasons, [""; 0], "{}", done.printed);
    assert!(number(&done.json, "/texts/p99_ms") > 0.0);
    let pages = done.json["pages"].as_array().expect("pages");
    assert_eq!(pages.len(), 9);
    for page in pages {
        for when in ["idle_ms", "beside_texts_ms"] {
            let [p50, p99] = ["p50", "p99"].map(|quantile| number(page, &format!("/{when}/{quantile}")));
            assert!(0.0 < p50 && p50 <= p99, "{page}");
        }
    }
}
