//! Which faces are in a picture: the quick detector proposes, the judge has the word where it
//! matters.
//!
//! YuNet at 320 pixels costs 3 ms and takes a lamp for a face now and then; CenterFace at 640 costs
//! 74 ms. So the quick one looks first. Where it hesitates, or the answer decides something, both
//! must find the face. And before somebody hears that there is no face, the picture is looked at
//! from the other three sides: phones do not always tell how they were held.

use serde::{Deserialize, Serialize};

use crate::{
    models::{Bounds, CenterFace, Found, YuNet, input::fitted},
    picture::Picture,
};

/// The quick detector's longer side.
pub const QUICK_SIDE: u32 = 320;
/// The judge's longer side. Of a smaller picture it sees no more by enlarging it, so it is shown as
/// it is then.
pub const JUDGE_SIDE: u32 = 640;

/// The quick detector alone is believed from here on.
const SURE: f32 = 0.8;
/// Below this it saw nothing; in between it hesitates.
const COUNTS: f32 = 0.6;
/// What the judge saw as well need not be so clear to it.
const AGREES: f32 = 0.4;
/// The judge's own threshold.
const JUDGED: f32 = 0.5;

/// How much an answer may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effort {
    /// The quick detector; the judge only where it hesitates.
    Quick,
    /// Both, and the other three sides before "no face".
    Certain,
}

/// A face, by whom it was found.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Face {
    /// Where, in shares of the picture.
    pub bounds: Bounds,
    /// How sure the quick detector is, 0 to 1, if it found it.
    pub quick: Option<f32>,
    /// How sure the judge is, 0 to 1, if it was asked and found it.
    pub judge: Option<f32>,
}

impl Face {
    /// Whether both detectors found it.
    #[must_use]
    pub const fn agreed(&self) -> bool {
        self.quick.is_some() && self.judge.is_some()
    }
}

/// The faces of a picture.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Faces {
    /// Agreed ones first, then by how sure the detectors are.
    pub faces: Vec<Face>,
    /// Whether the judge was asked.
    pub judged: bool,
    /// Quarters clockwise that the picture had to be turned by before a face was seen.
    pub turned: u8,
}

impl Faces {
    /// How many faces both detectors found.
    #[must_use]
    pub fn agreed(&self) -> usize {
        self.faces.iter().filter(|face| face.agreed()).count()
    }
}

/// Finds the faces.
///
/// # Errors
/// When the runtime fails.
pub(crate) fn find(
    picture: &Picture,
    effort: Effort,
    quick: &mut YuNet,
    judge: &mut CenterFace,
) -> Result<Faces, ort::Error> {
    let proposed = quick.detect(&fitted(picture, QUICK_SIDE))?;
    let hesitates = proposed.iter().any(|face| (COUNTS..SURE).contains(&face.score));
    if effort == Effort::Quick && !hesitates {
        let sure = proposed.iter().filter(|face| face.score >= SURE);
        let faces =
            sure.map(|face| Face { bounds: face.bounds, quick: Some(face.score), judge: None }).collect();
        return Ok(Faces { faces, judged: false, turned: 0 });
    }
    let upright = judged(picture, &proposed, quick, judge)?;
    if effort == Effort::Quick || upright.iter().any(Face::agreed) {
        return Ok(Faces { faces: upright, judged: true, turned: 0 });
    }
    for turned in 1..4 {
        let other_side = picture.turned(turned);
        let proposed = quick.detect(&fitted(&other_side, QUICK_SIDE))?;
        // Only what the quick one sees clearly is worth the judge's time.
        if proposed.iter().all(|face| face.score < COUNTS) {
            continue;
        }
        let mut faces = judged(&other_side, &proposed, quick, judge)?;
        if faces.iter().any(Face::agreed) {
            faces.iter_mut().for_each(|face| face.bounds = face.bounds.turned_back(turned));
            return Ok(Faces { faces, judged: true, turned });
        }
    }
    Ok(Faces { faces: upright, judged: true, turned: 0 })
}

fn judged(
    picture: &Picture,
    proposed: &[Found],
    quick: &mut YuNet,
    judge: &mut CenterFace,
) -> Result<Vec<Face>, ort::Error> {
    let longest = picture.width.max(picture.height);
    let large = fitted(picture, longest.clamp(QUICK_SIDE, JUDGE_SIDE));
    let mut seen = judge.detect(&large)?;
    seen.retain(|face| face.score >= JUDGED);
    let alone = |seen: &Found, proposed: &[Found]| best(seen, proposed).is_none();
    if !seen.iter().any(|face| alone(face, proposed)) {
        return Ok(paired(&seen, proposed));
    }
    // The judge sees smaller faces than the quick one does at its size: that one looks again, as
    // closely.
    let again = quick.detect(&large)?;
    let mut both: Vec<Found> = proposed.to_vec();
    both.extend(again.iter().filter(|face| best(face, proposed).is_none()));
    Ok(paired(&seen, &both))
}

/// The surest proposal for the same face.
fn best(face: &Found, proposed: &[Found]) -> Option<usize> {
    proposed
        .iter()
        .enumerate()
        .filter(|(_, other)| {
            other.score >= AGREES && face.bounds.overlap(&other.bounds) >= crate::models::SAME_FACE
        })
        .max_by(|(_, one), (_, two)| one.score.total_cmp(&two.score))
        .map(|(at, _)| at)
}

fn paired(seen: &[Found], proposed: &[Found]) -> Vec<Face> {
    let mut taken = vec![false; proposed.len()];
    let mut faces: Vec<Face> = seen
        .iter()
        .map(|face| {
            let quick = best(face, proposed).filter(|&at| !std::mem::replace(&mut taken[at], true));
            Face { bounds: face.bounds, quick: quick.map(|at| proposed[at].score), judge: Some(face.score) }
        })
        .collect();
    let rest = proposed.iter().zip(&taken).filter(|&(face, &taken)| !taken && face.score >= COUNTS);
    faces.extend(rest.map(|(face, _)| Face { bounds: face.bounds, quick: Some(face.score), judge: None }));
    faces.sort_by_key(|face| !face.agreed());
    faces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(x: f32, score: f32) -> Found {
        Found { bounds: Bounds { x, y: 0.0, width: 0.2, height: 0.2 }, score }
    }

    #[test]
    fn both_must_find_it() {
        let faces = paired(&[found(0.0, 0.9), found(0.5, 0.9)], &[found(0.01, 0.45), found(0.75, 0.7)]);
        let told: Vec<_> = faces.iter().map(|face| (face.quick, face.judge)).collect();
        assert_eq!(told, [(Some(0.45), Some(0.9)), (None, Some(0.9)), (Some(0.7), None)]);
    }

    #[test]
    fn a_weak_proposal_neither_agrees_nor_counts() {
        let faces = paired(&[found(0.0, 0.9)], &[found(0.0, 0.35), found(0.5, 0.55)]);
        assert_eq!(faces.len(), 1);
        assert!(!faces[0].agreed());
    }

    #[test]
    fn one_proposal_serves_one_face() {
        let faces = paired(&[found(0.0, 0.9), found(0.02, 0.8)], &[found(0.01, 0.9)]);
        assert_eq!(faces.iter().filter(|face| face.agreed()).count(), 1);
    }
}
