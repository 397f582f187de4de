//! Ratings, reports, blocks.

use super::*;
use crate::session::review::ReportReason;
use crate::session::{EndCause, Record};

#[test]
fn a_chat_is_rated_once() {
    let mut b = Bench::after_chat();
    let out = b.press("fb:up:70");
    assert!(has(&out, |e| *e == Effect::Record(Record::Rated { pair: P, of: YOU, up: true })) && saves(&out));
    assert_eq!(toast(&out), Some("rate-thanks"));
    assert!(!buttons(&out).iter().any(|d| d.starts_with("fb:up")));
    let out = b.press("fb:down:70");
    assert_eq!(toast(&out), Some("rate-already"));
    assert!(!has(&out, |e| matches!(e, Effect::Record(_))));
}

#[test]
fn a_report_in_the_chat_ends_it_for_good() {
    let mut b = Bench::chatting();
    assert_eq!(said(&b.text("/report")), ["report-ask-live"]);
    let out = b.press("fb:r:70:1");
    let reason = ReportReason::Abuse;
    assert!(has(&out, |e| *e == Effect::Record(Record::Reported { pair: P, of: YOU, reason })));
    assert_eq!(ends(&out), Some((P, EndCause::Reported)));
    assert!(saves(&out));
    assert_eq!(toast(&b.press("fb:r:70:1")), Some("report-already"));
    assert_eq!(said(&b.text("/report")), ["report-already"]);
    b.later(100 * b.rules.repeat_window_ms);
    assert_eq!(*seek(&b.text("/search")).expect("a wish").seeker.avoid, [YOU], "never again");
}

#[test]
fn a_report_afterwards_reaches_the_running_search() {
    let mut b = Bench::after_chat();
    b.rules.repeat_window_ms = 0;
    b.core.account.avoid.clear();
    b.text("/search");
    assert_eq!(buttons(&b.press("fb:report:70")).len(), ReportReason::ALL.len());
    let out = b.press("fb:r:70:0");
    assert_eq!(*seek(&out).expect("restated").seeker.avoid, [YOU]);
    assert!(ends(&out).is_none());
}

#[test]
fn a_block_parts_for_good_live_and_after() {
    let mut b = Bench::chatting();
    let out = b.press("fb:block:70");
    assert_eq!((ends(&out), toast(&out)), (Some((P, EndCause::Reported)), Some("block-done")));
    assert_eq!(said(&out), ["block-done"]);
    let mut b = Bench::after_chat();
    assert!(saves(&b.press("fb:block:70")));
    b.later(i64::MAX / 4);
    assert_eq!(*seek(&b.text("/search")).expect("a wish").seeker.avoid, [YOU]);
}

#[test]
fn a_block_of_the_last_chat_ends_a_later_one_with_the_same_person() {
    let mut b = Bench::after_chat();
    b.rules.repeat_window_ms = 0;
    b.core.account.avoid.clear();
    b.text("/search");
    b.found(PairId(71), YOU);
    assert_eq!(ends(&b.press("fb:block:70")), Some((PairId(71), EndCause::Reported)));
    let mut b = Bench::after_chat();
    b.text("/search");
    b.found(PairId(71), UserId(3));
    assert_eq!(ends(&b.press("fb:block:70")), None, "another person stays");
}

#[test]
fn too_late_is_too_late() {
    let mut b = Bench::after_chat();
    b.later(b.rules.feedback_window_ms);
    assert_eq!(toast(&b.press("fb:up:70")), Some("rate-too-late"));
    assert_eq!(toast(&b.press("fb:report:70")), Some("report-too-late"));
    assert_eq!(toast(&b.press("fb:r:70:0")), Some("report-too-late"));
    assert_eq!(said(&b.text("/report")), ["report-none"]);
    assert_eq!(said(&Bench::idle().text("/report")), ["report-none"]);
}

/// The promise is "never again", so none falls out, and who cannot be given it is not.
#[test]
fn a_block_never_makes_room_for_another() {
    let mut b = Bench::idle();
    (b.rules.avoid_per_user, b.rules.blocks_per_user, b.rules.repeat_window_ms) = (3, 1_500, 0);
    let meet = |b: &mut Bench, n: i64, press: &str| {
        b.text("/search");
        b.found(PairId(n), UserId(n));
        b.press(press)
    };
    for n in 1_001..=2_500 {
        // Blocked or reported, they are parted for good.
        let (press, word) = match n % 2 {
            0 => (format!("fb:block:{n}"), "block-done"),
            _ => (format!("fb:r:{n}:0"), "report-sent"),
        };
        let out = meet(&mut b, n, &press);
        assert!(said(&out).contains(&word), "{n}: {:?}", said(&out));
        let kept = Effect::Record(Record::Blocked { of: UserId(n) });
        assert_eq!(out.iter().filter(|e| **e == kept).count(), 1, "{n}");
    }
    b.later(100 * 365 * 24 * 3_600_000);
    let avoid = seek(&b.text("/search")).expect("a wish").seeker.avoid.clone();
    let all: Vec<UserId> = (1_001..=2_500).map(UserId).collect();
    assert_eq!(*avoid, *all);
    b.text("/stop");
    // Full: nothing is promised that is not kept.
    let out = meet(&mut b, 9_000, "fb:block:9000");
    assert_eq!((toast(&out), said(&out)), (Some("block-full"), vec!["block-full"]));
    assert!(!has(&out, |e| matches!(e, Effect::Record(_))));
    assert_eq!(said(&meet(&mut b, 9_001, "fb:r:9001:0")), ["report-sent-full"]);
    // Whoever is among them stays so, and is kept once.
    b.text("/search");
    b.found(PairId(9_002), UserId(9_002));
    b.core.account.last_chat.iter_mut().for_each(|l| l.partner = UserId(1_001));
    let pair = b.core.account.last_chat.map(|l| l.pair.0).unwrap_or_default();
    let out = b.press(&format!("fb:block:{pair}"));
    assert_eq!(toast(&out), Some("block-done"));
    assert!(!has(&out, |e| matches!(e, Effect::Record(_))));
}
