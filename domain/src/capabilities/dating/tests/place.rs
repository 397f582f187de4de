//! Cells, distances, rings, against plain geometry.

use super::super::place::{Band, Cell};
use super::cases;
use proptest::prelude::*;

fn position() -> impl Strategy<Value = (f64, f64)> {
    prop_oneof![
        4 => (-90.0..=90.0, -180.0..=180.0),
        1 => (-90.0..=90.0, 179.5..=180.0),
        1 => (88.0..=90.0, -180.0..=180.0),
    ]
}

#[test]
fn cells_by_example() {
    let number = |lat, lon| Cell::of(lat, lon).map(Cell::number);
    assert_eq!(number(-90.0, -180.0), Some(0));
    assert_eq!(number(0.0, 0.0), Some(900 * 3_600 + 1_800));
    assert_eq!(number(52.52, 13.40), Some(1_425 * 3_600 + 1_934));
    // The pole has a row to belong to, and 180° is 180° on either side.
    assert_eq!(number(90.0, 0.0), Some(1_799 * 3_600 + 1_800));
    assert_eq!(number(0.0, 180.0), number(0.0, -180.0));
    assert_eq!(number(0.0, -1e-300), number(0.0, 0.0));
    assert_eq!(number(0.0, 190.05), number(0.0, -169.95));
    for (lat, lon) in [(90.1, 0.0), (-90.1, 0.0), (f64::NAN, 0.0), (0.0, f64::NAN), (0.0, f64::INFINITY)] {
        assert_eq!(number(lat, lon), None, "{lat} {lon}");
    }
    assert_eq!(Cell::new(6_480_000), None);
    assert!(serde_json::from_str::<Cell>("6480000").is_err());
}

#[test]
fn distances_by_example() {
    let of = |lat, lon| Cell::of(lat, lon).unwrap();
    // Berlin and Moscow: 1,608 km; between centres of cells a few km less or more.
    let km = of(52.52, 13.40).distance_km(of(55.75, 37.62));
    assert!((km - 1_608.0).abs() < 15.0, "{km}");
    // Over the date line, not round the world.
    let km = of(-16.85, 179.95).distance_km(of(-16.85, -179.95));
    assert!((km - 10.6).abs() < 0.1, "{km}");
    assert_eq!(Band::between(of(52.52, 13.40), of(52.59, 13.49)), Band::Near);
    assert_eq!(Band::between(of(52.5, 13.4), of(52.4, 13.4)), Band::To25);
    assert_eq!(Band::between(of(52.5, 13.4), of(55.7, 37.6)), Band::Beyond);
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn the_centre_is_in_its_cell((lat, lon) in position()) {
        let cell = Cell::of(lat, lon).unwrap();
        let (y, x) = cell.centre();
        prop_assert_eq!(Cell::of(y, x), Some(cell));
        prop_assert!((y - lat).abs() <= 0.0501);
        prop_assert!((x - lon).abs() <= 0.0501 || 360.0 - (x - lon).abs() <= 0.0501);
    }

    #[test]
    fn distance_is_the_same_both_ways((a, b) in (position(), position())) {
        let (a, b) = (Cell::of(a.0, a.1).unwrap(), Cell::of(b.0, b.1).unwrap());
        prop_assert_eq!(a.distance_km(b).to_bits(), b.distance_km(a).to_bits());
        prop_assert_eq!(Band::between(a, b), Band::between(b, a));
        prop_assert_eq!(a.distance_km(a), 0.0);
        prop_assert!(a.distance_km(b) <= 20_016.0);
    }

    /// Exactly the cells at this distance, at the poles and over the date line too.
    #[test]
    fn a_ring_has_the_cells_within_and_no_others(
        (lat, lon) in position(),
        km in 0.0..120.0f64,
        near in prop::collection::vec((-1.3..1.3f64, -1.0..1.0f64), 200),
    ) {
        let middle = Cell::of(lat, lon).unwrap();
        let ring = middle.within(km);
        prop_assert!(ring.iter().any(|range| range.contains(&middle.number())));
        for pair in ring.windows(2) {
            prop_assert!(pair[0].end() < pair[1].start(), "{:?}", pair);
        }
        for (north, east) in near {
            let widened = east * (2.0 / lat.to_radians().cos().abs().max(0.01)).min(180.0);
            let Some(cell) = Cell::of((lat + north).clamp(-90.0, 90.0), lon + widened) else { continue };
            let apart = middle.distance_km(cell);
            let is_in = ring.iter().any(|range| range.contains(&cell.number()));
            if (apart - km).abs() > 1e-6 {
                prop_assert_eq!(is_in, apart < km, "{} km of {} at {:?}", apart, km, cell.centre());
            }
        }
    }
}
