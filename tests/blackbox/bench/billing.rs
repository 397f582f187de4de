//! `nameless bench billing`, small.

use super::{number, run};
use crate::support::skip;

#[test]
fn billing_measures_the_books_and_receipts() {
    let small = ["--users=30", "--rates=10,20", "--duration=1s", "--texts=50", "--checkouts=10", "--away"];
    let done = run(&[&["billing"], &small[..]].concat());
    if done.printed.contains("PostgreSQL is not installed") && skip::allowed("postgres") {
        return;
    }
    let result = done.sound("billing");
    let books = result["books"].as_array().expect("books");
    assert_eq!(books.len(), 2);
    assert!(books.iter().all(|round| number(round, "/per_s") > 0.0 && number(round, "/payments") == 30.0));
    let rates = result["rates"].as_array().expect("rates");
    assert_eq!(rates.len(), 2);
    for rate in rates {
        assert_eq!((number(rate, "/lost"), number(rate, "/payments") > 0.0), (0.0, true));
        assert!(number(rate, "/receipt_ms/p99") >= number(rate, "/receipt_ms/p50"));
    }
    // Whoever presses Pay has an answer, also where there is no database: then it is no.
    let checkouts = result["checkouts"].as_array().expect("checkouts");
    assert_eq!(checkouts.len(), 2, "{checkouts:?}");
    for (part, through) in checkouts.iter().zip([true, false]) {
        assert_eq!((number(part, "/pressed"), number(part, "/unanswered")), (10.0, 0.0), "{part}");
        assert_eq!(number(part, "/yes") > 0.0, through, "{part}");
        assert!(number(part, "/arrived_per_s") >= 0.0 && number(part, "/sent_per_s") > 0.0, "{part}");
    }
}
