//! Where somebody is, as roughly as it is ever known: a cell of a tenth of a degree.
//!
//! A position becomes a [`Cell`] before anything else sees it, and only that is kept. Distances run
//! between centres of cells, and people see a [`Band`]. All of it is deterministic: noise would
//! average out over many looks. So whoever moves a made-up position about, and watches bands,
//! filters and the order of cards, learns the cell and no more.

use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

/// Cells on a parallel.
const COLUMNS: u32 = 3_600;
/// Parallels.
const ROWS: u32 = 1_800;
/// Mean radius of the earth, km.
const EARTH_KM: f64 = 6_371.0;
/// Width of a cell in radians.
const CELL: f64 = std::f64::consts::PI / ROWS as f64;

/// A cell, a tenth of a degree wide and high. Rows count from the South Pole, columns from 180° W.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Cell(u32);

impl Cell {
    /// The cell of a position in degrees: none if there is no such latitude. Longitudes go round.
    pub fn of(latitude: f64, longitude: f64) -> Option<Cell> {
        if !(-90.0..=90.0).contains(&latitude) || !longitude.is_finite() {
            return None;
        }
        let row = (((latitude + 90.0) * 10.0).floor() as u32).min(ROWS - 1);
        // A longitude just below 0 may be rounded up to a full turn.
        let column = ((longitude + 180.0).rem_euclid(360.0) * 10.0).floor() as u32 % COLUMNS;
        Some(Cell(row * COLUMNS + column))
    }

    /// The cell of this number, if there is one.
    pub fn new(number: u32) -> Option<Cell> {
        (number < ROWS * COLUMNS).then_some(Cell(number))
    }

    /// Its number, as it is stored.
    pub fn number(self) -> u32 {
        self.0
    }

    /// Latitude and longitude of its centre, degrees.
    pub fn centre(self) -> (f64, f64) {
        let degrees = |n: u32| (f64::from(n) + 0.5) / 10.0;
        (degrees(self.row()) - 90.0, degrees(self.column()) - 180.0)
    }

    fn row(self) -> u32 {
        self.0 / COLUMNS
    }

    fn column(self) -> u32 {
        self.0 % COLUMNS
    }

    /// From centre to centre, km. The same both ways, and wherever on the parallel the two are.
    pub fn distance_km(self, other: Cell) -> f64 {
        let apart = self.column().abs_diff(other.column());
        let columns = apart.min(COLUMNS - apart);
        let (north, east) = (half_sine(self.row().abs_diff(other.row())), half_sine(columns));
        let across = north * north + self.shrinks() * other.shrinks() * east * east;
        2.0 * EARTH_KM * across.sqrt().min(1.0).asin()
    }

    /// The cosine of the centre's latitude.
    fn shrinks(self) -> f64 {
        ((f64::from(self.row()) + 0.5) * CELL).sin()
    }

    /// All cells whose centre is at most `km` from this one's, as ranges of numbers: one for each
    /// parallel, two where it goes over 180°. Towards the poles a parallel is shorter, so that more
    /// of its cells are near.
    pub fn within(self, km: f64) -> Vec<RangeInclusive<u32>> {
        let reach = (km.max(0.0) / (2.0 * EARTH_KM)).min(std::f64::consts::FRAC_PI_2).sin();
        let rows = (km.max(0.0) / (EARTH_KM * CELL)).floor().min(f64::from(ROWS)) as u32;
        let mut ranges = Vec::new();
        for row in self.row().saturating_sub(rows)..=(self.row() + rows).min(ROWS - 1) {
            let there = Cell(row * COLUMNS);
            let north = half_sine(self.row().abs_diff(row));
            // Haversine, solved for the columns; their cosines are what widens it to the poles.
            let east = (reach * reach - north * north) / (self.shrinks() * there.shrinks());
            if east < 0.0 && row != self.row() {
                continue;
            }
            let columns = (2.0 * east.max(0.0).sqrt().min(1.0).asin() / CELL).floor() as u32;
            if 2 * columns + 1 >= COLUMNS {
                ranges.push(there.0..=there.0 + COLUMNS - 1);
                continue;
            }
            let (west, east) =
                ((self.column() + COLUMNS - columns) % COLUMNS, (self.column() + columns) % COLUMNS);
            if west <= east {
                ranges.push(there.0 + west..=there.0 + east);
            } else {
                ranges.push(there.0..=there.0 + east);
                ranges.push(there.0 + west..=there.0 + COLUMNS - 1);
            }
        }
        ranges
    }
}

/// The sine of half of so many cells.
fn half_sine(cells: u32) -> f64 {
    (f64::from(cells) * CELL / 2.0).sin()
}

impl TryFrom<u32> for Cell {
    type Error = &'static str;

    fn try_from(number: u32) -> Result<Cell, &'static str> {
        Cell::new(number).ok_or("no such cell")
    }
}

impl From<Cell> for u32 {
    fn from(cell: Cell) -> u32 {
        cell.0
    }
}

/// How far apart two people are, as they are told, and as they filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Band {
    /// Less than 10 km.
    Near,
    /// 10 to 25 km.
    To25,
    /// 25 to 50 km.
    To50,
    /// 50 to 100 km.
    To100,
    /// Farther.
    Beyond,
}

impl Band {
    /// Every band, the nearest first.
    pub const ALL: [Band; 5] = [Band::Near, Band::To25, Band::To50, Band::To100, Band::Beyond];

    /// The band of two cells; the same both ways.
    pub fn between(one: Cell, other: Cell) -> Band {
        let km = one.distance_km(other);
        Band::ALL.into_iter().find(|band| km < band.end_km()).unwrap_or(Band::Beyond)
    }

    /// Where it ends, km: itself outside of it.
    pub fn end_km(self) -> f64 {
        match self {
            Band::Near => 10.0,
            Band::To25 => 25.0,
            Band::To50 => 50.0,
            Band::To100 => 100.0,
            Band::Beyond => f64::INFINITY,
        }
    }
}
