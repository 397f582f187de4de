//! `nameless bench companion`, small.

use super::{number, run};
use crate::support::skip;

#[test]
fn companion_measures_the_way_to_the_model() {
    let small = ["--users=20", "--rates=20", "--duration=1s", "--warm-up=200ms"];
    let done = run(&[&["companion"], &small[..]].concat());
    if done.printed.contains("PostgreSQL is not installed") && skip::allowed("postgres") {
        return;
    }
    let json = done.sound("companion");
    let turns = json["turns"].as_array().expect("turns");
    assert_eq!(turns.len(), 2, "straight and through the engine: {json}");
    for way in turns {
        assert!(number(way, "/sent") > 15.0 && number(way, "/lost") == 0.0, "{way}");
        let [p50, p99] = ["p50", "p99"].map(|quantile| number(way, &format!("/ms/{quantile}")));
        assert!(0.0 < p50 && p50 <= p99, "{way}");
        if way["way"] == "through the engine" {
            let taken = number(way, "/taken_ms/p50");
            assert!(0.0 < taken && taken <= p50, "it waits for the poll before: {way}");
        }
    }
}
