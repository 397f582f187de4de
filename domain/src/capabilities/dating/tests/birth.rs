//! Age by example and over every birthday.

use super::super::birth::BirthDate;
use super::NOW;
use crate::time::{DAY_MS, Millis};

const NOON_MS: i64 = DAY_MS / 2;

#[test]
fn days_that_are_not_in_the_calendar_are_none() {
    for (year, month, day) in [
        (2001, 2, 29),
        (1900, 2, 29),
        (2000, 0, 1),
        (2000, 13, 1),
        (2000, 4, 31),
        (2000, 1, 0),
        (2000, 1, 32),
    ] {
        assert_eq!(BirthDate::new(year, month, day), None, "{year}-{month}-{day}");
    }
    assert!(BirthDate::new(2000, 2, 29).is_some() && BirthDate::new(2004, 2, 29).is_some());
    let read = |json: &str| serde_json::from_str::<BirthDate>(json);
    assert!(read("[2001,2,29]").is_err());
    let date = BirthDate::new(1999, 12, 31).unwrap();
    assert_eq!(read(&serde_json::to_string(&date).unwrap()).unwrap(), date);
}

#[test]
fn the_eighteenth_birthday_counts_once_it_has_begun_everywhere() {
    // Noon in UTC is midnight in the last zone.
    let birth = BirthDate::new(2008, 11, 28).unwrap();
    assert!(birth.is_adult(NOW) && !birth.is_adult(NOW.plus(-1)));
    assert!(!BirthDate::new(2008, 11, 29).unwrap().is_adult(NOW));
    assert!(BirthDate::new(2008, 11, 27).unwrap().is_adult(NOW));
}

#[test]
fn ages_by_example() {
    let age = |year, month, day| BirthDate::new(year, month, day).unwrap().age(NOW);
    assert_eq!([age(1996, 5, 17), age(1996, 11, 28), age(1996, 11, 29)], [30, 30, 29]);
    assert_eq!([age(2026, 11, 28), age(2027, 1, 1), age(3000, 1, 1)], [0, 0, 0]);
    assert!(!BirthDate::new(1900, 1, 1).unwrap().is_believable(NOW));
    let leap = BirthDate::new(2008, 2, 29).unwrap();
    // 28 February and 1 March 2026.
    assert_eq!([20_512, 20_513].map(|day| leap.age(Millis(day * DAY_MS + NOON_MS))), [17, 18]);
}

/// Day by day through sixty years: never younger, and older by one a year.
#[test]
fn age_never_goes_back() {
    let birth = BirthDate::new(1970, 6, 30).unwrap();
    let mut before = 0;
    for day in 0..22_000 {
        let age = birth.age(Millis(day * DAY_MS));
        assert!(age == before || age == before + 1, "day {day}");
        before = age;
    }
    assert_eq!(before, 59);
}
