use super::*;
use crate::ids::UserId;
use proptest::prelude::*;

fn caps(person: u64, all: u64, pictures: u64, back_end: u64) -> Caps {
    let back_ends = [(1, Micros(back_end)), (2, Micros(back_end))].into_iter().collect();
    Caps { person: Micros(person), all: Micros(all), pictures: Micros(pictures), back_ends }
}

fn subject(user: i64, picture: bool) -> Subject {
    Subject { user: UserId(user), back_end: 1, picture }
}

#[test]
fn nothing_lets_nothing_through() {
    for (caps, over) in [
        (caps(0, 9, 9, 9), Cap::Person(UserId(1))),
        (caps(9, 0, 9, 9), Cap::All),
        (caps(9, 9, 0, 9), Cap::Pictures),
        (caps(9, 9, 9, 0), Cap::BackEnd(1)),
    ] {
        let mut books = Books::new(caps);
        assert_eq!(books.reserve(1, 1, subject(1, true), Micros(1)), Err(Refusal::Over(over)));
        // What is free is free.
        assert!(books.reserve(1, 2, subject(1, true), Micros::ZERO).is_ok());
    }
    let mut unlisted = Books::new(Caps { back_ends: Default::default(), ..caps(9, 9, 9, 9) });
    assert_eq!(unlisted.reserve(1, 1, subject(1, false), Micros(1)), Err(Refusal::Over(Cap::BackEnd(1))));
}

#[test]
fn pictures_have_a_cap_of_their_own() {
    let mut books = Books::new(caps(100, 100, 10, 100));
    assert!(books.reserve(1, 1, subject(1, true), Micros(10)).is_ok());
    assert_eq!(books.reserve(1, 2, subject(2, true), Micros(1)), Err(Refusal::Over(Cap::Pictures)));
    assert!(books.reserve(1, 3, subject(2, false), Micros(50)).is_ok());
}

#[test]
fn an_unknown_outcome_is_spent_and_settling_counts_once() {
    let mut books = Books::new(caps(100, 100, 100, 100));
    books.reserve(1, 1, subject(1, false), Micros(60)).unwrap();
    assert_eq!(books.reserve(1, 1, subject(1, false), Micros(1)), Err(Refusal::Again));
    assert_eq!(books.settle(1, Outcome::Unknown), Settled::Done { spent: Micros(60), beyond: Micros::ZERO });
    assert_eq!(books.settle(1, Outcome::NotSpent), Settled::Nothing);
    assert_eq!(books.spent(1, Cap::All), Micros(60));
    assert_eq!(books.reserve(1, 1, subject(1, false), Micros(1)), Err(Refusal::Again));
}

#[test]
fn a_day_after_midnight_counts_for_the_day_of_its_reserve() {
    let mut books = Books::new(caps(100, 100, 100, 100));
    books.reserve(1, 1, subject(1, false), Micros(60)).unwrap();
    books.reserve(2, 2, subject(1, false), Micros(100)).unwrap();
    books.settle(1, Outcome::Spent(Micros(70)));
    assert_eq!((books.spent(1, Cap::All), books.spent(2, Cap::All)), (Micros(70), Micros::ZERO));
    books.forget_before(3);
    assert_eq!(
        books.settle(2, Outcome::Spent(Micros(1))),
        Settled::Done { spent: Micros(1), beyond: Micros::ZERO }
    );
}

#[test]
fn marks_are_told_once_a_day() {
    let mut books = Books::new(caps(100, 100, 100, 200));
    let mut reserve = |id, day, amount| books.reserve(day, id, subject(1, false), Micros(amount)).unwrap();
    assert_eq!(reserve(1, 1, 49), []);
    assert_eq!(reserve(2, 1, 1), [Alert { cap: Cap::All, percent: 50 }]);
    assert_eq!(reserve(3, 1, 1), []);
    assert_eq!(
        reserve(4, 1, 49),
        [Alert { cap: Cap::All, percent: 100 }, Alert { cap: Cap::BackEnd(1), percent: 50 }]
    );
    assert_eq!(reserve(5, 2, 80), [Alert { cap: Cap::All, percent: 80 }]);
}

#[test]
fn prices_round_up_and_never_overflow() {
    let price = TokenPrice { prompt: Micros(150_000), answer: Micros(600_000) };
    assert_eq!(price.of(1, 0), Micros(1));
    assert_eq!(price.of(1_000_000, 1_000_000), Micros(750_000));
    let dear = TokenPrice { prompt: Micros(u64::MAX), answer: Micros(u64::MAX) };
    assert_eq!(dear.of(u32::MAX, u32::MAX), Micros(u64::MAX));
    assert_eq!(Micros::of_units(0.000_000_1), Some(Micros(1)));
    for none in [-0.1, f64::NAN, f64::INFINITY, 1e30] {
        assert_eq!(Micros::of_units(none), None);
    }
}

#[derive(Clone, Debug)]
enum Act {
    Reserve { id: u64, user: i64, back_end: u16, picture: bool, worst: u64 },
    Settle { id: u64, spent: Option<u64> },
    GiveUp,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (0..40u64, 0..4i64, 1..3u16, any::<bool>(), 0..60u64)
            .prop_map(|(id, user, back_end, picture, worst)| Act::Reserve { id, user, back_end, picture, worst }),
        4 => (0..40u64, proptest::option::of(0..60u64)).prop_map(|(id, spent)| Act::Settle { id, spent }),
        1 => Just(Act::GiveUp),
    ]
}

proptest! {
    /// Whatever happens in whatever order: where a back end keeps to its price, no cap is passed;
    /// what is spent is the sum of what calls took; and once all is settled nothing is reserved.
    #[test]
    fn no_cap_is_passed(
        limits in (0..200u64, 0..400u64, 0..200u64, 0..300u64),
        acts in proptest::collection::vec(act(), 0..120),
    ) {
        let (person, all, pictures, back_end) = limits;
        let mut books = Books::new(caps(person, all, pictures, back_end));
        let mut open: std::collections::BTreeMap<u64, u64> = Default::default();
        let mut spent_total = 0;
        for act in acts {
            match act {
                Act::Reserve { id, user, back_end, picture, worst } => {
                    let subject = Subject { user: UserId(user), back_end, picture };
                    if books.reserve(1, id, subject, Micros(worst)).is_ok() {
                        prop_assert!(open.insert(id, worst).is_none());
                    }
                }
                Act::Settle { id, spent } => {
                    let worst = open.remove(&id);
                    let outcome = spent.map_or(Outcome::Unknown, |s| Outcome::Spent(Micros(s.min(worst.unwrap_or(s)))));
                    match (books.settle(id, outcome), worst) {
                        (Settled::Done { spent, beyond }, Some(_)) => {
                            prop_assert_eq!(beyond, Micros::ZERO);
                            spent_total += spent.0;
                        }
                        (settled, None) => prop_assert_eq!(settled, Settled::Nothing),
                        (settled, Some(_)) => prop_assert!(false, "{:?}", settled),
                    }
                }
                Act::GiveUp => {
                    prop_assert_eq!(books.give_up_open(), open.len());
                    spent_total += std::mem::take(&mut open).values().sum::<u64>();
                }
            }
            let reserved: u64 = open.values().sum();
            prop_assert_eq!(books.taken(1, Cap::All), Micros(spent_total + reserved));
            prop_assert!(books.taken(1, Cap::All).0 <= all);
            prop_assert!(books.taken(1, Cap::Pictures).0 <= pictures);
            for user in 0..4 {
                prop_assert!(books.taken(1, Cap::Person(UserId(user))).0 <= person);
            }
            for id in 1..3 {
                prop_assert!(books.taken(1, Cap::BackEnd(id)).0 <= back_end);
            }
        }
        books.give_up_open();
        prop_assert_eq!(books.taken(1, Cap::All), books.spent(1, Cap::All));
    }
}
