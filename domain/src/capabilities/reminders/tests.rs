//! Two a week, at a fitting hour, and always the same people held out.

use super::effect::{Effect as Measured, FEWEST, Group};
use super::when::*;
use super::*;
use crate::capabilities::dating::notices::{Notices, Quiet};
use crate::capabilities::dating::place::Cell;
use crate::session::tests::*;
use crate::text::Action;
use crate::time::{DAY_MS, Millis};
use proptest::prelude::*;

const HOUR_MS: i64 = 3_600_000;

fn at(hour: i64) -> Millis {
    Millis(20_000 * DAY_MS + hour * HOUR_MS)
}

fn once(hour: i64) -> Past {
    Past { at: at(hour), times: 1 }
}

#[test]
fn two_a_week_and_no_more() {
    assert!(may_leave(&[], at(0)) && may_leave(&[once(0)], at(1)));
    let two = [once(0), once(30)];
    assert!(!may_leave(&two, at(31)) && !may_leave(&two, at(167)));
    assert!(may_leave(&two, at(168)), "seven days after the first one");
    assert!(!may_leave(&[Past { times: 2, ..once(0) }], at(1)), "it may have left twice");
    assert!(!may_leave(&[Past { times: 0, ..once(0) }, once(1)], at(2)), "who is held out is counted too");
    assert!(!may_leave(&[once(50), once(50)], at(0)), "a clock that was set back gives none away");
}

fn asked(out: &[Effect]) -> Vec<Request> {
    let of = |effect: &Effect| match effect {
        Effect::Ask(crate::capabilities::Request::Reminders(request)) => Some(*request),
        _ => None,
    };
    out.iter().filter_map(of).collect()
}

fn told(bench: &mut Bench, event: Event) -> Vec<Effect> {
    bench.event(crate::session::Event::Capability(crate::capabilities::Event::Reminders(event)))
}

#[test]
fn one_tap_ends_them_wherever_somebody_is() {
    for make in [Bench::idle as fn() -> Bench, Bench::searching, Bench::chatting] {
        let mut b = make();
        let phase = b.phase();
        assert_eq!(asked(&b.press(OFF)), [Request::Want { on: false }]);
        assert_eq!(said(&told(&mut b, Event::Turned(false))), ["reminders-turned-off"]);
        assert_eq!(b.phase(), phase);
    }
    let mut b = Bench::idle();
    assert_eq!(asked(&b.press("rm:show")), [Request::Look]);
    let screen = screens(&told(&mut b, Event::Gets(false))).pop().expect("a screen");
    assert_eq!(screen.keyboard[0][0].action, Action::Data("rm:on".into()));
    assert_eq!(asked(&b.press("rm:on")), [Request::Want { on: true }]);
    assert!(asked(&b.press("rm:whatever")).is_empty());
}

#[test]
fn each_reminder_leads_somewhere_and_can_be_stopped() {
    for kind in Kind::ALL {
        let screen = kind.screen();
        let data: Vec<_> = screen.keyboard.iter().flatten().map(|button| button.action.clone()).collect();
        assert_eq!(data.len(), 2);
        assert_eq!(data[1], Action::Data(OFF.into()));
        assert_eq!(Kind::from_name(kind.name()), Some(kind));
    }
    let mut b = Bench::idle();
    assert_eq!(said(&b.press("s:go")), ["search-started"], "the button of the one");
}

#[test]
fn settings_lead_there_where_there_are_any() {
    for on in [false, true] {
        let mut b = Bench::idle();
        b.rules.reminders = on;
        let screen = screens(&b.text("/settings")).pop().expect("a screen");
        let leads = screen.keyboard.iter().flatten().any(|b| b.action == Action::Data("rm:show".into()));
        assert_eq!(leads, on);
    }
}

#[test]
fn the_night_is_waited_for_by_their_own_clock() {
    let moscow = Notices { offset: Some(180), ..Notices::default() };
    let hours = Hours { notices: Some((moscow, None)), seen: at(2) };
    // 22:00 to 9:00 there is 19:00 to 6:00 of UTC.
    for (hour, waits) in [(18, 0), (19, 11), (23, 7), (24, 6), (29, 1), (30, 0), (36, 0)] {
        assert_eq!(hours.wait_ms(at(hour)), waits * HOUR_MS, "{hour}");
    }
    let by_place = Hours { notices: Some((Notices::default(), Cell::of(55.75, 37.62))), seen: at(2) };
    assert_eq!(by_place.wait_ms(at(19)), 11 * HOUR_MS);
    let nap = Notices { quiet: Some(Quiet { from: 13 * 60, to: 15 * 60 }), ..moscow };
    let napping = Hours { notices: Some((nap, None)), seen: at(2) };
    assert_eq!(napping.wait_ms(at(10)), 2 * HOUR_MS, "quiet hours of their own");
}

#[test]
fn without_a_clock_it_is_about_when_they_were_here() {
    for notices in [None, Some((Notices::default(), None))] {
        let hours = Hours { notices, seen: at(23) };
        for (hour, waits) in [(44, 0), (47, 0), (50, 0), (51, 17), (60, 8), (67, 1), (68, 0)] {
            assert_eq!(hours.wait_ms(at(hour)), waits * HOUR_MS, "{hour}");
        }
    }
}

#[test]
fn nothing_is_told_of_a_few() {
    let group = |people| Group { people, times: 40, back: 10, weeks: 20, chats: 30 };
    assert_eq!(group(FEWEST - 1).told(), None);
    assert_eq!(group(FEWEST).told(), Some(group(FEWEST)));
    assert_eq!(group(FEWEST).chats_each(), Some(1.5));
    assert_eq!(Group::default().told(), None);
    let held = Group { back: 6, ..group(20) };
    let both = Measured { kind: Kind::Waiting, reminded: group(20).told(), held: held.told() };
    let (more, half) = both.difference().expect("both are told of");
    assert!((more - 0.1).abs() < 1e-9 && half > 0.17 && half < 0.18, "{more} {half}");
    assert_eq!(Measured { held: None, ..both }.difference(), None);
}

proptest! {
    /// Whoever asks at whatever moments: no seven days in a row have more than two.
    #[test]
    fn no_window_ever_holds_more(gaps in prop::collection::vec((0i64..40 * HOUR_MS, 0u32..3), 1..120)) {
        let (mut now, mut left) = (Millis(1_000_000), Vec::<Past>::new());
        for (gap, times) in gaps {
            now = now.plus(gap);
            if may_leave(&left, now) {
                left.push(Past { at: now, times });
            }
        }
        for past in &left {
            let within = left.iter().filter(|p| p.at >= past.at && p.at.0 < past.at.0 + WINDOW_MS);
            prop_assert!(within.count() <= MOST as usize);
        }
    }

    /// After the wait it may be said, and it is never longer than a day.
    #[test]
    fn a_wait_ends(
        now in 0i64..40_000 * DAY_MS, seen in 0i64..40_000 * DAY_MS, offset in -720i16..841,
        known in any::<bool>(),
    ) {
        let notices = known.then(|| (Notices { offset: Some(offset), ..Notices::default() }, None));
        let hours = Hours { notices, seen: Millis(seen) };
        let wait = hours.wait_ms(Millis(now));
        prop_assert!((0..DAY_MS).contains(&wait));
        prop_assert_eq!(hours.wait_ms(Millis(now).plus(wait)), 0);
        if known && wait == 0 {
            let local = (now.div_euclid(60_000) + i64::from(offset)).rem_euclid(1_440);
            prop_assert!((9 * 60..22 * 60).contains(&local), "{}", local);
        }
    }

    /// The same people at every restart, and a larger share holds the smaller one.
    #[test]
    fn the_held_out_stay_so(hash in prop::collection::vec(any::<u8>(), 32), percent in 0u32..=100) {
        let held = is_held_out(&hash, percent);
        prop_assert_eq!(held, is_held_out(&hash, percent));
        prop_assert!(!held || is_held_out(&hash, percent + 1));
        prop_assert!(!is_held_out(&hash, 0) && is_held_out(&hash, 100));
    }
}

#[test]
fn about_as_many_are_held_out_as_are_to_be() {
    // Numbers as a hash makes them: the high bits decide as well as the low ones.
    let hash = |n: u64| n.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(17).to_be_bytes();
    let held = (0..10_000u64).filter(|n| is_held_out(&hash(*n), 10)).count();
    assert!((800..1_200).contains(&held), "{held}");
}
