//! From what a worker found to what is kept of it.

use nameless_actors::capabilities::{Examined, FACES_TOLD, FaceSeen, Looked, Times};
use nameless_domain::capabilities::faceguard::{Demands, Faces, Hash, Reason, Seen, Verdict};
use nameless_vision::faces::Face;
use nameless_vision::findings::Findings;
use nameless_vision::models::Bounds;
use nameless_vision::pdq;
use nameless_vision::policy::{FaceRule, Known, Policy};
use nameless_vision::protocol::Answer;
use std::time::Duration;

/// Of models, thresholds and what [`looked`] makes of them.
const VERSION: i16 = 1;

/// The version of verdicts by these demands. What was kept under another one is not believed.
pub(super) fn version(demands: &Demands) -> i16 {
    let nudity = demands.nudity;
    let parts = [
        VERSION as u32,
        u32::from(demands.codes),
        nudity.suspicious().to_bits(),
        nudity.rejected().to_bits(),
        // Size counts where a face is demanded.
        if demands.faces == Faces::OneClear { demands.face_pixels } else { 0 },
    ];
    // FNV-1a; a number of 15 bits tells a handful of settings apart.
    let mixed = parts
        .iter()
        .flat_map(|part| part.to_le_bytes())
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    ((mixed ^ mixed >> 16) & 0x7fff) as i16
}

/// The workers' policy for what is demanded.
pub(super) fn policy(demands: &Demands) -> Policy {
    let faces = match demands.faces {
        Faces::Any => FaceRule::Any,
        Faces::OneClear => FaceRule::OneClear,
    };
    Policy {
        faces,
        codes_suspicious: demands.codes,
        nudity_suspicious: demands.nudity.suspicious(),
        nudity_rejected: demands.nudity.rejected(),
        face_pixels: demands.face_pixels,
        ..Policy::default()
    }
}

/// Who sent it and what is banned comes later: a verdict is of the picture alone.
/// `before` is what is known of a picture like it; then nothing else was looked at.
pub(super) fn looked(
    policy: &Policy,
    answer: &Answer,
    before: Option<Verdict>,
    download: Duration,
) -> Looked {
    let verdict = policy.judge(&answer.found, Known::default());
    let reasons =
        verdict.reasons.iter().map(|reason| Reason::of_code(reason.code()).unwrap_or(Reason::Failed));
    let verdict = before.unwrap_or_else(|| Verdict::of(reasons));
    let alike = before.is_some();
    let Ok(found) = &answer.found else {
        let times = Times { download, ..Times::default() };
        return Looked { seen: Seen { verdict, hash: None }, alike, faces: Vec::new(), times };
    };
    let of = |micros: u32| Duration::from_micros(u64::from(micros));
    let times = Times {
        download,
        decode: of(found.times.decode),
        hash: of(found.times.hash),
        faces: of(found.times.faces),
        nudity: of(found.times.nudity),
    };
    let hash = found.pdq.counts().then(|| hash(found.pdq.hash));
    let faces = found.faces.iter().flat_map(|faces| &faces.faces).take(FACES_TOLD);
    let faces =
        faces.map(|face| [face.bounds.x, face.bounds.y, face.bounds.width, face.bounds.height]).collect();
    Looked { seen: Seen { verdict, hash }, alike, faces, times }
}

/// What an operator is told of what was found.
pub(super) fn examined(found: &Findings) -> Examined {
    let seen = |face: &Face| {
        let Bounds { x, y, width, height } = face.bounds;
        FaceSeen { place: [x, y, width, height], quick: face.quick, judge: face.judge }
    };
    let faces = found.faces.iter().flat_map(|faces| &faces.faces).take(FACES_TOLD);
    Examined { faces: faces.map(seen).collect(), nudity: found.nudity }
}

pub(super) fn hash(pdq::Hash(words): pdq::Hash) -> Hash {
    let mut bytes = [0; 32];
    for (place, word) in bytes.chunks_exact_mut(8).zip(words) {
        place.copy_from_slice(&word.to_be_bytes());
    }
    Hash(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use nameless_domain::capabilities::faceguard::{NudityBand, Policies, Purpose};
    use nameless_vision::{failure::Failure, verdict};

    #[test]
    fn every_reason_of_the_workers_is_known() {
        let score = 0.5;
        for reason in [
            verdict::Reason::Banned { distance: 1 },
            verdict::Reason::Spam,
            verdict::Reason::Nude { score },
            verdict::Reason::PerhapsNude { score },
            verdict::Reason::Code,
            verdict::Reason::NoFace,
            verdict::Reason::UncertainFace,
            verdict::Reason::SeveralFaces { faces: 2 },
            verdict::Reason::SmallFace { pixels: 9 },
            verdict::Reason::BlurredFace,
            verdict::Reason::DarkFace,
            verdict::Reason::BrightFace,
            verdict::Reason::NotLookedAt,
            verdict::Reason::Failed { failure: Failure::Broken },
            verdict::Reason::NoWorker,
        ] {
            let ours = Reason::of_code(reason.code()).unwrap_or_else(|| panic!("{}", reason.code()));
            assert_eq!(format!("{:?}", ours.decision()), format!("{:?}", reason.decision()), "{ours:?}");
        }
    }

    #[test]
    fn demands_are_the_workers_policy_and_another_threshold_is_another_version() {
        let policies = Policies::default();
        let [chat, main] = Purpose::ALL.map(|purpose| policies.demands(purpose));
        assert_eq!(policy(&chat), Policy::chat());
        assert_eq!(policy(&main), Policy { codes_suspicious: true, ..Policy::main_photo() });
        let band = |word| Policies { nudity: NudityBand::of_word(word).unwrap(), ..policies };
        let [loose, codes] = [band("0.3-0.8"), Policies { codes: true, ..policies }];
        assert_eq!(policy(&band("0.3-0.9").demands(Purpose::Chat)).nudity_rejected, 0.9);
        let small = Policies { face_pixels: 30, ..policies };
        let of = |policies: Policies, purpose| version(&policies.demands(purpose));
        let all = [
            of(policies, Purpose::Chat),
            of(policies, Purpose::MainPhoto),
            of(loose, Purpose::Chat),
            of(codes, Purpose::Chat),
            of(small, Purpose::MainPhoto),
        ];
        assert_eq!(all.iter().collect::<std::collections::BTreeSet<_>>().len(), all.len(), "{all:?}");
        assert_eq!(of(small, Purpose::Chat), all[0], "a chat demands no face");
        assert!(all.iter().all(|version| *version >= 0));
    }

    #[test]
    fn a_hash_keeps_its_bits_and_a_failure_is_unchecked() {
        let (a, b) = (pdq::Hash([1, 2, 3, u64::MAX]), pdq::Hash([1, 2, 3, 0]));
        assert!(!hash(a).is_like(&hash(b)), "{} bits", a.distance(&b));
        assert!(hash(a).is_like(&hash(pdq::Hash([1, 2, 3, u64::MAX << 31]))));
        assert!(!hash(a).is_like(&hash(pdq::Hash([1, 2, 3, u64::MAX << 32]))));
        let answer = Answer { id: 1, found: Err(Failure::Panicked), memory: 0, last: false };
        let seen = looked(&Policy::chat(), &answer, None, Duration::ZERO).seen;
        assert_eq!(seen, Seen { verdict: Verdict::of([Reason::Failed]), hash: None });
    }
}
