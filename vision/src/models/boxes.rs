//! Boxes around faces, in shares of the picture, and which of them mean the same face.

use serde::{Deserialize, Serialize};

/// Two boxes that share so much of what they cover together mean the same face.
pub(crate) const SAME_FACE: f32 = 0.3;

/// A box in shares of the picture's width and height, from its top left: 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bounds {
    /// Left edge.
    pub x: f32,
    /// Upper edge.
    pub y: f32,
    /// Share of the picture's width.
    pub width: f32,
    /// Share of the picture's height.
    pub height: f32,
}

/// A face that one detector found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found {
    /// Where.
    pub bounds: Bounds,
    /// How sure the detector is, 0 to 1.
    pub score: f32,
}

impl Bounds {
    /// Share that two boxes have in common of what they cover together, 0 to 1.
    #[must_use]
    pub fn overlap(&self, other: &Self) -> f32 {
        let length = |a: f32, a_length: f32, b: f32, b_length: f32| {
            ((a + a_length).min(b + b_length) - a.max(b)).max(0.0)
        };
        let common = length(self.x, self.width, other.x, other.width)
            * length(self.y, self.height, other.y, other.height);
        let together = self.width * self.height + other.width * other.height - common;
        if together > 0.0 { common / together } else { 0.0 }
    }

    /// The same box cut at the picture's edges. What is not a number becomes 0.
    #[must_use]
    pub fn clipped(&self) -> Self {
        let within = |share: f32, least: f32| share.max(least).min(1.0);
        let (x, y) = (within(self.x, 0.0), within(self.y, 0.0));
        let (right, lower) = (within(self.x + self.width, x), within(self.y + self.height, y));
        Self { x, y, width: right - x, height: lower - y }
    }

    /// Where the box was before the picture was turned clockwise by so many quarters.
    #[must_use]
    pub fn turned_back(&self, quarters: u8) -> Self {
        let Self { x, y, width, height } = *self;
        match quarters % 4 {
            0 => *self,
            1 => Self { x: y, y: 1.0 - x - width, width: height, height: width },
            2 => Self { x: 1.0 - x - width, y: 1.0 - y - height, width, height },
            _ => Self { x: 1.0 - y - height, y: x, width: height, height: width },
        }
    }
}

/// Keeps the surest of the boxes that mean the same face; surest first.
pub(super) fn distinct(mut found: Vec<Found>) -> Vec<Found> {
    found.sort_by(|one, two| two.score.total_cmp(&one.score));
    let mut kept: Vec<Found> = Vec::new();
    for face in found {
        if kept.iter().all(|other| face.bounds.overlap(&other.bounds) <= SAME_FACE) {
            kept.push(face);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds(x: f32, y: f32, width: f32, height: f32) -> Bounds {
        Bounds { x, y, width, height }
    }

    #[test]
    fn overlap_of_halves() {
        let whole = bounds(0.0, 0.0, 1.0, 1.0);
        assert_eq!(whole.overlap(&whole), 1.0);
        assert_eq!(whole.overlap(&bounds(0.0, 0.0, 0.5, 1.0)), 0.5);
        assert_eq!(whole.overlap(&bounds(2.0, 2.0, 1.0, 1.0)), 0.0);
        assert_eq!(bounds(0.0, 0.0, 0.0, 0.0).overlap(&bounds(0.0, 0.0, 0.0, 0.0)), 0.0);
    }

    #[test]
    fn the_surest_of_a_heap_is_kept() {
        let found = |x: f32, score: f32| Found { bounds: bounds(x, 0.0, 0.2, 0.2), score };
        let kept = distinct(vec![found(0.0, 0.6), found(0.01, 0.9), found(0.7, 0.7)]);
        assert_eq!(kept, [found(0.01, 0.9), found(0.7, 0.7)]);
    }

    #[test]
    fn a_turned_box_finds_its_way_back() {
        // Upper left before; a quarter clockwise brings it to the upper right.
        let before = bounds(0.0, 0.0, 0.25, 0.125);
        assert_eq!(bounds(0.875, 0.0, 0.125, 0.25).turned_back(1), before);
        assert_eq!(bounds(0.75, 0.875, 0.25, 0.125).turned_back(2), before);
        assert_eq!(bounds(0.0, 0.75, 0.125, 0.25).turned_back(3), before);
    }
}
