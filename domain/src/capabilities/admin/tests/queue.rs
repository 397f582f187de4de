use crate::capabilities::admin::weight::{Urgency, trust, weight};
use crate::session::review::ReportReason::{self, *};

fn of(reason: ReportReason, reporters: u32, upheld: u32, dismissed: u32) -> u64 {
    weight(&Urgency { reason, reporters, upheld, dismissed })
}

#[test]
fn minors_first_then_those_whom_many_trustworthy_people_report() {
    assert!(of(Minor, 1, 0, 1_000) > of(Abuse, 1_000, 1_000, 0), "whoever says so");
    assert!(of(Spam, 5, 0, 0) > of(Abuse, 1, 0, 0));
    assert!(of(Abuse, 1, 0, 0) > of(Abuse, 1, 0, 3));
    assert!(of(Abuse, 1, 9, 3) > of(Abuse, 1, 0, 3));
}

#[test]
fn trust_falls_with_each_false_report_and_is_never_nothing() {
    assert_eq!((trust(0, 0), trust(50, 0)), (100, 100));
    let falling: Vec<u32> = (0..20).map(|n| trust(0, n)).collect();
    assert!(falling.windows(2).all(|w| w[1] <= w[0]), "{falling:?}");
    assert_eq!(trust(0, u32::MAX), 5);
}
