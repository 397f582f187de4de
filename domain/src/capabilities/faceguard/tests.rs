use super::*;
use crate::capabilities;
use crate::ids::UserId;
use crate::rules::Rules;
use crate::session::account::Account;
use crate::session::notice::Notice as Line;
use crate::session::{Effect, Event as SessionEvent, Moment};
use crate::text::Lang;

fn seen(reasons: &[Reason], byte: u8) -> Seen {
    Seen { verdict: Verdict::of(reasons.iter().copied()), hash: Some(Hash([byte; 32])) }
}

#[test]
fn the_most_severe_reason_decides_and_unknown_ones_are_not_believed() {
    assert_eq!(Verdict::of([]), Verdict::APPROVED);
    assert_eq!(Verdict::APPROVED.decision(), Decision::Approved);
    assert_eq!(Verdict::NO_WORKER.decision(), Decision::Unchecked);
    let both = Verdict::of([Reason::PerhapsNude, Reason::NoWorker]);
    assert_eq!((both.decision(), both.refused()), (Decision::Suspicious, None));
    let all = Verdict::of(Reason::ALL.iter().copied());
    assert_eq!((all.decision(), all.refused()), (Decision::Rejected, Some(Reason::Banned)));
    for &reason in Reason::ALL {
        assert_eq!(Reason::of_code(reason.code()), Some(reason));
        assert_eq!(Verdict::of_bits(Verdict::of([reason]).bits()), Some(Verdict::of([reason])));
    }
    assert_eq!(Verdict::of_bits(1 << 15), None);
}

#[test]
fn what_is_asked_for_stays_and_what_is_unchecked_is_never_known() {
    let mut memory = Memory::new(4);
    memory.note("kept", seen(&[], 1));
    for other in 0..100 {
        memory.note(&other.to_string(), seen(&[Reason::Nude], 2));
        assert_eq!(memory.verdict("kept"), Some(Verdict::APPROVED), "after {other}");
        assert!(memory.len() <= 4, "{}", memory.len());
    }
    assert_eq!(memory.verdict("0"), None);
    memory.note("failed", Seen { verdict: Verdict::NO_WORKER, hash: None });
    assert_eq!(memory.verdict("failed"), None);
}

#[test]
fn what_is_banned_afterwards_is_refused() {
    let mut memory = Memory::new(10);
    memory.note("a", seen(&[], 0));
    memory.note("plain", Seen { verdict: Verdict::APPROVED, hash: None });
    let mut near = [0; 32];
    near[..3].fill(0xff);
    memory.ban(vec![Hash(near)]);
    assert_eq!(memory.verdict("a").and_then(Verdict::refused), Some(Reason::Banned));
    assert_eq!(memory.verdict("plain"), Some(Verdict::APPROVED));
    near[3] = 0xff;
    memory.ban(vec![Hash(near)]);
    assert_eq!(memory.verdict("a"), Some(Verdict::APPROVED), "32 bits apart");
}

#[test]
fn an_operators_word_ends_doubt_and_no_refusal() {
    let mut memory = Memory::new(10);
    let with = |reason| Seen { verdict: Verdict::of([reason]), hash: Some(bits(0)) };
    memory.note("doubt", with(Reason::PerhapsNude));
    memory.allow(vec![bits(SAME_UPLOAD as usize)]);
    assert_eq!(memory.verdict("doubt"), Some(Verdict::APPROVED));
    for reason in [Reason::Nude, Reason::NoWorker] {
        assert_ne!(memory.judge(with(reason)), Verdict::APPROVED, "{reason:?}");
    }
    memory.ban(vec![bits(10)]);
    assert_eq!(memory.verdict("doubt").and_then(Verdict::refused), Some(Reason::Banned));
    memory.ban(Vec::new());
    memory.allow(vec![bits(SAME_UPLOAD as usize + 1)]);
    assert_eq!(memory.verdict("doubt"), Some(Verdict::of([Reason::PerhapsNude])), "another picture");
}

/// A hash in which so many bits are set.
fn bits(count: usize) -> Hash {
    let mut bytes = [0; 32];
    (0..count).for_each(|bit| bytes[bit / 8] |= 1 << (bit % 8));
    Hash(bytes)
}

#[test]
fn a_picture_that_is_uploaded_anew_is_known_by_its_looks() {
    let nude = Verdict::of([Reason::Nude]);
    let mut hashes = Hashes::new(10);
    assert_eq!(hashes.like(&bits(0)), None);
    hashes.note(bits(0), Verdict::APPROVED);
    assert_eq!(hashes.like(&bits(SAME_UPLOAD as usize)), Some(Verdict::APPROVED));
    assert_eq!(hashes.like(&bits(SAME_UPLOAD as usize + 1)), None, "somebody may have painted into it");
    hashes.note(bits(256), nude);
    assert_eq!(hashes.like(&bits(256 - SAME as usize)), Some(nude), "refusal takes what shows the same");
    assert_eq!(hashes.like(&bits(255 - SAME as usize)), None);
    hashes.note(bits(3), nude);
    assert_eq!(hashes.like(&bits(1)), None, "they disagree: somebody looks");
    hashes.note(bits(100), Verdict::NO_WORKER);
    assert_eq!(hashes.like(&bits(100)), None, "what failed is tried again");
}

#[test]
fn between_adults_a_nude_picture_is_not_refused_and_not_approved_and_all_else_is_as_ever() {
    let nude = Verdict::of([Reason::Nude]);
    assert!(nude.is_only_nude() && nude.and(Reason::PerhapsNude).is_only_nude());
    assert_eq!(
        (nude.between_adults().decision(), nude.between_adults().refused()),
        (Decision::Suspicious, None)
    );
    for other in [Reason::Banned, Reason::Spam] {
        assert!(!nude.and(other).is_only_nude());
    }
    assert!(!Verdict::APPROVED.is_only_nude() && !Verdict::of([Reason::Banned]).is_only_nude());
}

#[test]
fn a_main_photo_demands_one_clear_face_and_a_chat_none() {
    let policies = Policies { face_pixels: 90, ..Policies::default() };
    let (chat, main) = (policies.demands(Purpose::Chat), policies.demands(Purpose::MainPhoto));
    assert_eq!((chat.faces, chat.codes), (Faces::Any, false));
    assert_eq!((main.faces, main.codes, main.face_pixels), (Faces::OneClear, true, 90));
    assert_eq!(chat.nudity, main.nudity);
}

#[test]
fn a_band_has_its_lower_end_below_its_upper() {
    let band = NudityBand::of_word("0.25 - 0.9").map(|band| (band.suspicious(), band.rejected()));
    assert_eq!(band, Some((0.25, 0.9)));
    for bad in ["", "0.2", "0.8-0.2", "0.5-0.5", "0-0.5", "0.2-1.1", "NaN-0.5", "0.2-NaN", "a-b", "-0.2-0.8"]
    {
        assert_eq!(NudityBand::of_word(bad), None, "{bad}");
    }
}

#[test]
fn the_oldest_looks_make_room() {
    let mut hashes = Hashes::new(3);
    for count in [0, 80, 80, 160, 240] {
        hashes.note(bits(count), Verdict::APPROVED);
        assert!(hashes.len() <= 3);
    }
    assert_eq!((hashes.like(&bits(0)), hashes.like(&bits(80))), (None, Some(Verdict::APPROVED)));
}

#[test]
fn a_sender_hears_once_of_an_album_and_again_of_something_else() {
    let mut session = SessionCore::new(Account::new(UserId(1), Lang::En, Millis(0)));
    let mut hears = |at, reason| {
        let mut out = Vec::new();
        let event = Event::Refused { pair: PairId(1), reason };
        let event = SessionEvent::Capability(capabilities::Event::FaceGuard(event));
        session.on(event, Moment { now: Millis(at), seq: None }, &Rules::default(), &mut out);
        out
    };
    let line =
        |reason| Effect::Notify(Line::Capability(capabilities::Notice::FaceGuard(Notice::Refused(reason))));
    assert_eq!(hears(0, Reason::Nude), [line(Reason::Nude)]);
    assert_eq!(hears(9_999, Reason::Nude), []);
    assert_eq!(hears(10_000, Reason::Spam), [line(Reason::Spam)]);
    assert_eq!(hears(30_000, Reason::Spam), [line(Reason::Spam)]);
}
