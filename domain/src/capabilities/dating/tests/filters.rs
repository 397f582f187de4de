//! Filters beyond genders, ages and distance.

use super::super::filters::{ANY_GOAL, Change, Filters, Lately};
use super::super::person::{Goal, Interests, Person};
use super::{NOW, cases, person};
use crate::time::{DAY_MS, Millis};
use proptest::prelude::*;

fn wanting(filters: Filters) -> Person {
    let mut own = person(1);
    own.wishes.filters = filters;
    own
}

/// Makes somebody not fit any more.
type Spoils = fn(&mut Person);

#[test]
fn each_filter_is_kept_strictly_and_by_both_sides() {
    let any = Filters::default();
    let (plain, mut other) = (wanting(any), person(2));
    assert!(plain.may_see(&other, None, NOW));
    let cases: [(Filters, Spoils); 4] = [
        (Filters { shared: true, ..any }, |other| other.interests = Interests(0b1_0000)),
        (Filters { goals: 1 << Goal::Relationship as u8, ..any }, |other| other.goal = Goal::Friendship),
        (Filters { photo: true, ..any }, |other| other.has_photo = false),
        (Filters { lately: Lately::Week, ..any }, |other| other.active = Some(NOW.plus(-9 * DAY_MS))),
    ];
    other.has_photo = true;
    for (filters, spoil) in cases {
        let own = wanting(filters);
        let mut fits = other.clone();
        fits.goal = Goal::Relationship;
        assert!(own.may_see(&fits, None, NOW), "{filters:?}");
        let mut odd = fits.clone();
        spoil(&mut odd);
        assert!(
            !own.may_see(&odd, Some(NOW), NOW),
            "a like is over theirs, never over one's own: {filters:?}"
        );
        // Whoever is not asked for does not see who does not ask for them, unless those like them.
        assert!(!odd.may_see(&own, None, NOW) && odd.may_see(&own, Some(NOW), NOW), "{filters:?}");
    }
}

#[test]
fn who_does_not_show_that_they_are_here_is_found_by_every_filter_of_time() {
    let mut other = person(2);
    for lately in Lately::ALL {
        let own = wanting(Filters { lately, ..Filters::default() });
        for days in [0, 6, 8, 29, 31, 400] {
            other.active = Some(NOW.plus(-days * DAY_MS));
            let is_in = lately == Lately::Ever || days <= i64::from(lately.days());
            assert_eq!(own.may_see(&other, None, NOW), is_in, "{lately:?} {days}");
        }
        other.active = None;
        assert!(own.may_see(&other, None, NOW), "nothing follows from it: {lately:?}");
        assert_eq!(Lately::of_days(lately.days()), Some(lately));
    }
}

#[test]
fn a_change_sets_what_it_says_and_goals_are_never_none() {
    let filters = Filters::default().with(Change::Shared(true)).with(Change::Shared(true));
    assert_eq!(filters, Filters { shared: true, ..Filters::default() });
    assert!(!filters.with(Change::Goals(0)).is_allowed() && !filters.with(Change::Goals(16)).is_allowed());
    let mut left = filters;
    for goal in Goal::ALL {
        left = left.with(Change::Goals(left.goals_without(goal)));
        assert!(left.is_allowed());
    }
    assert_eq!(left.goals, ANY_GOAL, "without any it is all");
    assert_eq!(Lately::of_days(8), None);
}

proptest! {
    #![proptest_config(cases(512))]

    /// Within a day nobody moves over the edge of a filter of time, whenever it is looked at.
    #[test]
    fn what_is_asked_of_time_tells_no_hour(ago in 0..40 * DAY_MS, one in 0..DAY_MS, two in 0..DAY_MS) {
        let day = NOW.0 - NOW.0.rem_euclid(DAY_MS);
        let mut other = person(2);
        other.active = Some(Millis(day - ago));
        let own = wanting(Filters { lately: Lately::Week, ..Filters::default() });
        let sees = |at: i64| own.may_see(&other, None, Millis(day + at));
        prop_assert_eq!(sees(one), sees(two));
    }
}
