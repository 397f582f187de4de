//! What a purpose demands of a picture: plain data, judged without a model. It can be read from
//! configuration.

use serde::{Deserialize, Serialize};

use crate::{
    faces::{Effort, Faces},
    failure::Failure,
    findings::{Findings, Wants},
    verdict::{Reason, Verdict},
};

/// Which faces there have to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaceRule {
    /// Any number; faces are looked for quickly, to be shown to moderators.
    Any,
    /// Exactly one, clearly.
    OneClear,
}

/// What a purpose demands.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// Which faces there have to be.
    pub faces: FaceRule,
    /// Whether nudity is nobody's business: both sides asked for it.
    pub nudity_allowed: bool,
    /// Whether somebody has to look at a picture with a QR code.
    pub codes_suspicious: bool,
    /// From here on somebody has to look, 0 to 1.
    pub nudity_suspicious: f32,
    /// From here on it is refused, 0 to 1.
    pub nudity_rejected: f32,
    /// The one clear face's least size, in pixels of the file.
    pub face_pixels: u32,
    /// The one clear face's least [`sharpness`](crate::quality::Quality::sharpness).
    pub face_sharpness: f32,
    /// The one clear face's least brightness, 0 to 1.
    pub face_brightness_least: f32,
    /// The one clear face's greatest brightness, 0 to 1.
    pub face_brightness_most: f32,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            faces: FaceRule::Any,
            nudity_allowed: false,
            codes_suspicious: false,
            nudity_suspicious: 0.2,
            nudity_rejected: 0.8,
            face_pixels: 60,
            face_sharpness: 0.02,
            face_brightness_least: 0.12,
            face_brightness_most: 0.93,
        }
    }
}

/// What others than the worker know of a picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Distance to the nearest banned picture, if one looks the same
    /// ([`Hash::nearest`](crate::pdq::Hash::nearest)).
    pub banned: Option<u32>,
    /// Whether its sender sent it to many.
    pub spam: bool,
}

impl Policy {
    /// A photo in a chat: anything that is neither nude nor banned nor spam.
    #[must_use]
    pub fn chat() -> Self {
        Self::default()
    }

    /// A profile's main photo: exactly one clear face.
    #[must_use]
    pub fn main_photo() -> Self {
        Self { faces: FaceRule::OneClear, ..Self::default() }
    }

    /// What a worker has to find out for it.
    #[must_use]
    pub const fn wants(&self) -> Wants {
        let faces = match self.faces {
            FaceRule::Any => Effort::Quick,
            FaceRule::OneClear => Effort::Certain,
        };
        Wants { faces: Some(faces), nudity: !self.nudity_allowed, codes: self.codes_suspicious }
    }

    /// Decides.
    #[must_use]
    pub fn judge(&self, found: &Result<Findings, Failure>, known: Known) -> Verdict {
        let mut reasons = Vec::new();
        match found {
            // A hash that says nothing is like many others.
            Ok(found) if found.pdq.counts() => {
                reasons.extend(known.banned.map(|distance| Reason::Banned { distance }));
            }
            Ok(_) => {}
            Err(failure) => reasons.push(Reason::Failed { failure: *failure }),
        }
        if known.spam {
            reasons.push(Reason::Spam);
        }
        if let Ok(found) = found {
            self.nudity(found, &mut reasons);
            match found.codes {
                _ if !self.codes_suspicious => {}
                None => reasons.push(Reason::NotLookedAt),
                Some(0) => {}
                Some(_) => reasons.push(Reason::Code),
            }
            if self.faces == FaceRule::OneClear {
                match &found.faces {
                    Some(faces) if faces.judged => self.one_clear_face(found, faces, &mut reasons),
                    _ => reasons.push(Reason::NotLookedAt),
                }
            }
        }
        Verdict::of(reasons)
    }

    fn nudity(&self, found: &Findings, reasons: &mut Vec<Reason>) {
        if self.nudity_allowed {
            return;
        }
        match found.nudity {
            Some(score) if score >= self.nudity_rejected => reasons.push(Reason::Nude { score }),
            Some(score) if score >= self.nudity_suspicious => reasons.push(Reason::PerhapsNude { score }),
            // Written so that what is not a number is not approved.
            Some(score) if score < self.nudity_suspicious => {}
            _ => reasons.push(Reason::NotLookedAt),
        }
    }

    fn one_clear_face(&self, found: &Findings, faces: &Faces, reasons: &mut Vec<Reason>) {
        match faces.agreed() {
            0 if faces.faces.is_empty() => return reasons.push(Reason::NoFace),
            0 => return reasons.push(Reason::UncertainFace),
            1 => {}
            faces => return reasons.push(Reason::SeveralFaces { faces }),
        }
        let pixels = found.face_height().unwrap_or_default() as u32;
        if pixels < self.face_pixels {
            reasons.push(Reason::SmallFace { pixels });
        }
        let Some(quality) = found.face_quality else { return reasons.push(Reason::NotLookedAt) };
        if quality.brightness < self.face_brightness_least {
            reasons.push(Reason::DarkFace);
        }
        if quality.brightness > self.face_brightness_most {
            reasons.push(Reason::BrightFace);
        }
        if quality.sharpness < self.face_sharpness {
            reasons.push(Reason::BlurredFace);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        faces::Face,
        failure::Refusal,
        findings::Times,
        header::Format,
        models::Bounds,
        pdq::{Hash, Pdq},
        quality::Quality,
        verdict::Decision,
    };

    fn face(quick: Option<f32>, judge: Option<f32>) -> Face {
        Face { bounds: Bounds { x: 0.2, y: 0.2, width: 0.3, height: 0.3 }, quick, judge }
    }

    fn found(faces: Vec<Face>, nudity: f32) -> Findings {
        let quality = Quality { sharpness: 0.2, brightness: 0.5, contrast: 0.2 };
        Findings {
            format: Format::Jpeg,
            width: 640,
            height: 640,
            animated: false,
            pdq: Pdq { hash: Hash([0; 4]), quality: 100 },
            quality,
            faces: Some(Faces { faces, judged: true, turned: 0 }),
            face_quality: Some(quality),
            nudity: Some(nudity),
            codes: None,
            times: Times::default(),
        }
    }

    fn decides(policy: Policy, found: Findings) -> (Decision, Vec<&'static str>) {
        let verdict = policy.judge(&Ok(found), Known::default());
        (verdict.decision, verdict.reasons.iter().map(Reason::code).collect())
    }

    const CLEAR: Face = Face {
        bounds: Bounds { x: 0.2, y: 0.2, width: 0.3, height: 0.3 },
        quick: Some(0.9),
        judge: Some(0.9),
    };

    #[test]
    fn a_main_photo_has_exactly_one_clear_face() {
        let policy = Policy::main_photo();
        assert_eq!(decides(policy, found(vec![CLEAR], 0.0)), (Decision::Approved, vec![]));
        assert_eq!(decides(policy, found(vec![], 0.0)), (Decision::Rejected, vec!["no_face"]));
        assert_eq!(decides(policy, found(vec![CLEAR; 2], 0.0)), (Decision::Rejected, vec!["several_faces"]));
        for doubt in [face(Some(0.9), None), face(None, Some(0.9))] {
            assert_eq!(
                decides(policy, found(vec![doubt], 0.0)),
                (Decision::Suspicious, vec!["uncertain_face"])
            );
            // A doubtful one beside a clear one is a shadow, not a person.
            assert_eq!(decides(policy, found(vec![CLEAR, doubt], 0.0)), (Decision::Approved, vec![]));
        }
        let small = Findings { width: 150, height: 150, ..found(vec![CLEAR], 0.0) };
        assert_eq!(decides(policy, small), (Decision::Rejected, vec!["small_face"]));
        let poor = |brightness, sharpness| Findings {
            face_quality: Some(Quality { sharpness, brightness, contrast: 0.2 }),
            ..found(vec![CLEAR], 0.0)
        };
        assert_eq!(decides(policy, poor(0.05, 0.2)), (Decision::Rejected, vec!["dark_face"]));
        assert_eq!(decides(policy, poor(0.97, 0.2)), (Decision::Rejected, vec!["bright_face"]));
        assert_eq!(decides(policy, poor(0.5, 0.001)), (Decision::Rejected, vec!["blurred_face"]));
    }

    #[test]
    fn a_quick_look_is_not_enough_for_a_main_photo() {
        let mut quick = found(vec![face(Some(0.9), None)], 0.0);
        quick.faces.as_mut().unwrap().judged = false;
        assert_eq!(decides(Policy::main_photo(), quick), (Decision::Unchecked, vec!["not_looked_at"]));
    }

    #[test]
    fn nudity_has_two_bands_and_two_may_agree_to_it() {
        let policy = Policy::chat();
        assert_eq!(decides(policy, found(vec![], 0.19)).0, Decision::Approved);
        assert_eq!(decides(policy, found(vec![], 0.2)), (Decision::Suspicious, vec!["perhaps_nude"]));
        assert_eq!(decides(policy, found(vec![], 0.8)), (Decision::Rejected, vec!["nude"]));
        assert_eq!(decides(policy, found(vec![], f32::NAN)), (Decision::Unchecked, vec!["not_looked_at"]));
        let allowed = Policy { nudity_allowed: true, ..policy };
        assert_eq!(decides(allowed, found(vec![], 0.99)).0, Decision::Approved);
        assert!(!allowed.wants().nudity);
        let unseen = Findings { nudity: None, ..found(vec![], 0.0) };
        assert_eq!(decides(policy, unseen), (Decision::Unchecked, vec!["not_looked_at"]));
    }

    #[test]
    fn a_code_is_looked_for_only_where_that_is_asked() {
        let policy = Policy { codes_suspicious: true, ..Policy::chat() };
        assert!(policy.wants().codes && !Policy::chat().wants().codes);
        let with = |codes| Findings { codes, ..found(vec![], 0.0) };
        assert_eq!(decides(policy, with(Some(0))).0, Decision::Approved);
        assert_eq!(decides(policy, with(Some(1))), (Decision::Suspicious, vec!["code"]));
        assert_eq!(decides(policy, with(None)), (Decision::Unchecked, vec!["not_looked_at"]));
        assert_eq!(decides(Policy::chat(), with(Some(1))).0, Decision::Approved);
    }

    #[test]
    fn banned_and_spam_are_refused_whatever_is_seen() {
        let known = Known { banned: Some(12), spam: true };
        let verdict = Policy::chat().judge(&Ok(found(vec![], 0.0)), known);
        assert_eq!(verdict.decision, Decision::Rejected);
        assert_eq!(verdict.reasons, [Reason::Banned { distance: 12 }, Reason::Spam]);
        let mut plain = found(vec![], 0.0);
        plain.pdq.quality = 49;
        let known = Known { banned: Some(0), spam: false };
        assert_eq!(Policy::chat().judge(&Ok(plain), known).decision, Decision::Approved);
    }

    #[test]
    fn what_failed_is_never_approved() {
        for failure in
            [Failure::Refused(Refusal::TooManyPixels), Failure::Broken, Failure::Panicked, Failure::Model]
        {
            for policy in
                [Policy::chat(), Policy::main_photo(), Policy { nudity_allowed: true, ..Policy::chat() }]
            {
                assert_eq!(policy.judge(&Err(failure), Known::default()).decision, Decision::Unchecked);
            }
        }
    }
}
