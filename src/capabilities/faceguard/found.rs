//! From what a worker found to what is kept of it.

use nameless_actors::capabilities::{Looked, Times};
use nameless_domain::capabilities::faceguard::{Hash, Reason, Seen, Verdict};
use nameless_vision::pdq;
use nameless_vision::policy::{Known, Policy};
use nameless_vision::protocol::Answer;
use std::time::Duration;

/// Of models, thresholds and what [`looked`] makes of them.
const VERSION: i16 = 1;

/// The version of verdicts by this policy. What was kept under another one is not believed.
pub(super) fn version(policy: &Policy) -> i16 {
    2 * VERSION + i16::from(policy.codes_suspicious)
}

/// What a photo in a chat has to be.
pub(super) fn policy(codes: bool) -> Policy {
    Policy { codes_suspicious: codes, ..Policy::chat() }
}

/// Who sent it and what is banned comes later: a verdict is of the picture alone.
/// `before` is what is known of a picture like it; then nothing else was looked at.
pub(super) fn looked(policy: &Policy, answer: &Answer, before: Option<Verdict>, download: Duration) -> Looked {
    let verdict = policy.judge(&answer.found, Known::default());
    let reasons =
        verdict.reasons.iter().map(|reason| Reason::of_code(reason.code()).unwrap_or(Reason::Failed));
    let verdict = before.unwrap_or_else(|| Verdict::of(reasons));
    let alike = before.is_some();
    let Ok(found) = &answer.found else {
        let times = Times { download, ..Times::default() };
        return Looked { seen: Seen { verdict, hash: None }, alike, times };
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
    Looked { seen: Seen { verdict, hash }, alike, times }
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
    fn a_hash_keeps_its_bits_and_a_failure_is_unchecked() {
        let (a, b) = (pdq::Hash([1, 2, 3, u64::MAX]), pdq::Hash([1, 2, 3, 0]));
        assert!(!hash(a).is_like(&hash(b)), "{} bits", a.distance(&b));
        assert!(hash(a).is_like(&hash(pdq::Hash([1, 2, 3, u64::MAX << 31]))));
        assert!(!hash(a).is_like(&hash(pdq::Hash([1, 2, 3, u64::MAX << 32]))));
        let answer = Answer { id: 1, found: Err(Failure::Panicked), memory: 0, last: false };
        let seen = looked(&policy(false), &answer, None, Duration::ZERO).seen;
        assert_eq!(seen, Seen { verdict: Verdict::of([Reason::Failed]), hash: None });
    }
}
