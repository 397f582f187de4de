//! Somebody moves a made-up position about, sets filters, looks at bands and at the order of cards:
//! what do they learn of where a person is?

use super::super::chance::Weights;
use super::super::deck::{Candidate, deal};
use super::super::person::Person;
use super::super::place::{Band, Cell};
use super::super::score::{Fit, Scale, Why};
use super::{NOW, cases, person};
use crate::ids::UserId;
use crate::random::Random;
use proptest::prelude::*;

/// A look: from where (degrees from the target's cell), how far the filter reaches, and the draw.
type Look = (f64, f64, usize, u64);

/// All that is seen of one look: who is shown, in which order, with what on each card.
type Seen = Vec<(UserId, Band, Fit, Why)>;

fn look(target: (f64, f64), (north, east, band, seed): Look, around: (f64, f64)) -> Seen {
    let place = |lat: f64, lon: f64| Cell::of(lat.clamp(-90.0, 90.0), lon).unwrap();
    let mut viewer = person(1);
    viewer.cell = place(around.0 + north, around.1 + east);
    viewer.wishes.within = Band::ALL[band];
    let mut others: Vec<Person> = (2..8).map(person).collect();
    others[0].cell = place(target.0, target.1);
    // Company in known places, for the order to say something.
    for (i, other) in others.iter_mut().enumerate().skip(1) {
        other.cell = place(around.0 + i as f64 * 0.17 - 0.5, around.1 + i as f64 * 0.29 - 0.8);
    }
    let candidates: Vec<_> = others.iter().map(|person| Candidate { person, liked_at: None }).collect();
    deal(&viewer, &candidates, &Weights::default(), NOW, &mut Random::new(seed))
        .into_iter()
        .map(|user| {
            let other = others.iter().find(|other| other.user == user).unwrap();
            let why = Why::of(&viewer, other);
            (user, why.band, Scale::default().fit(&viewer, other, NOW), why)
        })
        .collect()
}

fn looks() -> impl Strategy<Value = Vec<Look>> {
    prop::collection::vec((-1.5..1.5f64, -1.5..1.5f64, 0..5usize, any::<u64>()), 1..60)
}

proptest! {
    #![proptest_config(cases(256))]

    /// Two people anywhere in one cell look the same to every series of looks.
    #[test]
    fn within_a_cell_nobody_can_be_told_from_anybody(
        (row, column) in (-895..895i32, -1_800..1_800i32),
        one in (0.001..0.099f64, 0.001..0.099f64),
        other in (0.001..0.099f64, 0.001..0.099f64),
        looks in looks(),
    ) {
        let corner = (f64::from(row) / 10.0, f64::from(column) / 10.0);
        let at = |inside: (f64, f64)| (corner.0 + inside.0, corner.1 + inside.1);
        for step in looks {
            prop_assert_eq!(look(at(one), step, corner), look(at(other), step, corner));
        }
    }
}

/// The attack itself: of all places in a fine grid, those remain that every answer agrees with. The
/// grid's places in the target's cell all remain, however long it goes on; and the looks are good
/// enough that little else does.
#[test]
fn the_attack_ends_at_the_cell() {
    let (corner, target) = ((52.5, 13.4), (52.537, 13.481));
    let mut random = Random::new(18);
    let mut left: Vec<(i32, i32)> = (-40..50).flat_map(|y| (-40..50).map(move |x| (y, x))).collect();
    let place = |(y, x): (i32, i32)| {
        (corner.0 + f64::from(y) / 100.0 + 0.005, corner.1 + f64::from(x) / 100.0 + 0.005)
    };
    for _ in 0..400 {
        let step =
            (3.0 * random.unit() - 1.5, 3.0 * random.unit() - 1.5, random.below(5) as usize, random.number());
        let seen = look(target, step, corner);
        // One of each cell answers for its cell: the property above.
        let mut answers = std::collections::HashMap::new();
        left.retain(|at| {
            let cell = (at.0.div_euclid(10), at.1.div_euclid(10));
            *answers.entry(cell).or_insert_with(|| look(place(*at), step, corner) == seen)
        });
    }
    let inside = |(y, x): &(i32, i32)| (0..10).contains(y) && (0..10).contains(x);
    assert_eq!(left.iter().filter(|at| inside(at)).count(), 100, "a part of the cell was ruled out");
    assert_eq!(left.len(), 100, "the looks are too weak to prove anything");
}
