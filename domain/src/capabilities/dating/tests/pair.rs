//! The record of a pair, by example and by random histories.

use super::super::pair::{Act, Contacts, Gate, Outcome, Pair, PairKey, Refusal, Side, Verdict, Windows};
use super::{NOW, cases};
use crate::ids::UserId;
use crate::time::{DAY_MS, Millis};
use Act::{Block, Leave, Say, Share, Unblock, Undo, Unmatch};
use Side::{High, Low};
use Verdict::{Later, Like, Pass, SuperLike};
use proptest::prelude::*;

const FREE: Gate = Gate { is_safe: true };
const UNSAFE: Gate = Gate { is_safe: false };
const WINDOWS: Windows = Windows { pass_ms: 90 * DAY_MS, later_ms: DAY_MS, undo_ms: 600_000 };
const NOTHING: Outcome =
    Outcome { matched: None, dissolved: None, spent: None, returned: None, opened: false };

/// Acts at [`NOW`] with nothing in the way.
fn act(pair: &mut Pair, side: Side, act: Act) -> Result<Outcome, Refusal> {
    pair.act(side, act, FREE, &WINDOWS, NOW)
}

fn after(acts: &[(Side, Act)]) -> Pair {
    let mut pair = Pair::default();
    for (side, what) in acts {
        act(&mut pair, *side, *what).unwrap();
    }
    pair
}

#[test]
fn a_pair_has_one_name() {
    let (a, b) = (UserId(7), UserId(3));
    let (key, side) = PairKey::of(a, b).unwrap();
    assert_eq!(PairKey::of(b, a), Some((key, Low)));
    assert_eq!((side, key.user(Low), key.user(High)), (High, b, a));
    assert_eq!(PairKey::of(a, a), None);
}

#[test]
fn the_second_like_makes_the_match() {
    for kinds in [[Like, Like], [Like, SuperLike], [SuperLike, Like]] {
        let mut pair = after(&[(Low, Say(kinds[0]))]);
        assert_eq!(pair.matched_at(), None);
        let outcome = act(&mut pair, High, Say(kinds[1])).unwrap();
        assert_eq!(outcome, Outcome { matched: Some(1), spent: Some(kinds[1]), ..NOTHING });
        assert_eq!(pair.matched_at(), Some(NOW));
        // Double taps, on either side.
        assert_eq!(act(&mut pair, High, Say(kinds[1])), Ok(NOTHING));
        assert_eq!(act(&mut pair, Low, Say(kinds[0])), Ok(NOTHING));
    }
}

#[test]
fn a_like_from_the_other_side_is_no_duplicate_and_no_verdict_of_ones_own() {
    let pair = after(&[(Low, Say(Like))]);
    assert!(!pair.hides_from(High, &WINDOWS, NOW) && pair.hides_from(Low, &WINDOWS, NOW.plus(999 * DAY_MS)));
}

#[test]
fn passes_come_back_after_their_window_and_not_now_sooner() {
    for (verdict, window) in [(Pass, 90 * DAY_MS), (Later, DAY_MS)] {
        let pair = after(&[(High, Say(verdict))]);
        assert!(pair.hides_from(High, &WINDOWS, NOW.plus(window - 1)), "{verdict:?}");
        assert!(!pair.hides_from(High, &WINDOWS, NOW.plus(window)), "{verdict:?}");
        assert!(!pair.hides_from(Low, &WINDOWS, NOW));
    }
    // "Not now" decides nothing that was decided.
    let mut pair = after(&[(Low, Say(Like))]);
    assert_eq!(act(&mut pair, Low, Say(Later)), Ok(NOTHING));
    assert!(pair.likes(Low));
}

#[test]
fn a_standing_like_never_goes_over_safety() {
    let say = |pair: &mut Pair, side, gate| pair.act(side, Say(Like), gate, &WINDOWS, NOW);
    let mut pair = Pair::default();
    assert_eq!(say(&mut pair, Low, UNSAFE), Err(Refusal::Gone));
    assert_eq!(pair, Pair::default());
    say(&mut pair, Low, FREE).unwrap();
    assert_eq!(say(&mut pair, High, UNSAFE), Err(Refusal::Gone));
    assert_eq!(say(&mut pair, High, FREE).unwrap().matched, Some(1));
}

#[test]
fn undo_returns_the_like_and_dissolves_the_match_on_both_sides() {
    let mut pair = after(&[(Low, Say(Like)), (High, Say(SuperLike))]);
    let outcome = pair.act(High, Undo, UNSAFE, &WINDOWS, NOW.plus(600_000)).unwrap();
    assert_eq!(outcome.dissolved, Some(1));
    assert_eq!(outcome.returned.map(|said| (said.verdict, said.at)), Some((SuperLike, NOW)));
    assert_eq!((pair.matched_at(), pair.likes(Low), pair.likes(High)), (None, true, false));
    assert_eq!(act(&mut pair, High, Undo), Err(Refusal::Nothing));
    // A new like is a new match.
    assert_eq!(act(&mut pair, High, Say(Like)).unwrap().matched, Some(2));
    assert_eq!(pair.act(Low, Undo, FREE, &WINDOWS, NOW.plus(600_001)), Err(Refusal::Late));
    // A pass cost nothing, so nothing comes back.
    assert_eq!(act(&mut after(&[(Low, Say(Pass))]), Low, Undo), Ok(NOTHING));
}

#[test]
fn a_super_like_over_a_like_is_paid_for_once() {
    let mut pair = after(&[(Low, Say(Like))]);
    let outcome = act(&mut pair, Low, Say(SuperLike)).unwrap();
    assert_eq!(outcome.spent, Some(SuperLike));
    assert_eq!(outcome.returned.map(|said| said.verdict), Some(Like));
    assert_eq!(act(&mut pair, Low, Say(Like)), Ok(NOTHING));
}

#[test]
fn an_unmatch_is_for_good_and_looks_like_a_block() {
    let matched = [(Low, Say(Like)), (High, Say(Like))];
    assert_eq!(act(&mut after(&matched), Low, Say(Pass)), Err(Refusal::Matched));
    assert_eq!(act(&mut after(&matched[..1]), Low, Unmatch), Err(Refusal::Nothing));
    for end in [Unmatch, Block] {
        let mut pair = after(&matched);
        assert_eq!(act(&mut pair, High, end), Ok(Outcome { dissolved: Some(1), ..NOTHING }));
        act(&mut pair, High, Unblock).unwrap();
        for side in [Low, High] {
            assert_eq!(act(&mut pair, side, Say(Like)), Err(Refusal::Gone));
            assert!(pair.hides_from(side, &WINDOWS, NOW.plus(9_999 * DAY_MS)));
        }
    }
}

#[test]
fn a_block_holds_both_ways_and_outlives_a_profile_deleted_and_made_again() {
    let mut pair = after(&[(Low, Say(Like)), (High, Block), (Low, Leave), (High, Leave), (Low, Unblock)]);
    for side in [Low, High] {
        assert_eq!(act(&mut pair, side, Say(Like)), Err(Refusal::Gone));
    }
    act(&mut pair, High, Unblock).unwrap();
    // The like from before the block is forgotten.
    assert_eq!(act(&mut pair, High, Say(Like)).unwrap().matched, None);
    assert_eq!(act(&mut pair, Low, Say(Like)).unwrap().matched, Some(1));
}

#[test]
fn who_passed_is_not_shown_a_profile_that_was_made_anew() {
    for (verdict, ms) in [(Pass, WINDOWS.pass_ms), (Later, WINDOWS.later_ms)] {
        let mut pair = after(&[(Low, Say(Like)), (High, Say(verdict)), (Low, Leave)]);
        assert_eq!((pair.said(Low), pair.said(High).map(|said| said.verdict)), (None, Some(verdict)));
        assert!(
            pair.hides_from(High, &WINDOWS, NOW.plus(ms - 1))
                && !pair.hides_from(High, &WINDOWS, NOW.plus(ms))
        );
        assert!(!pair.hides_from(Low, &WINDOWS, NOW), "who begins anew may see them");
        // What the one who passed says is theirs, and goes with their own profile.
        act(&mut pair, High, Leave).unwrap();
        assert_eq!(pair, Pair::default());
    }
    let pair = after(&[(Low, Say(Pass)), (High, Say(Like)), (Low, Leave)]);
    assert_eq!((pair.said(Low), pair.said(High)), (None, None), "a like was meant for what is gone");
}

fn any_act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => Just(Say(Like)),
        2 => Just(Say(SuperLike)),
        2 => Just(Say(Pass)),
        1 => Just(Say(Later)),
        3 => Just(Undo),
        1 => Just(Unmatch),
        1 => Just(Block),
        3 => Just(Unblock),
        1 => Just(Leave),
    ]
}

fn any_step() -> impl Strategy<Value = (Side, Act, Gate, i64)> {
    let side = prop_oneof![Just(Low), Just(High)];
    let gate = prop_oneof![7 => Just(FREE), 1 => Just(UNSAFE)];
    (side, any_act(), gate, prop_oneof![4 => 0..60_000i64, 1 => 0..(100 * DAY_MS)])
}

fn history() -> impl Strategy<Value = Vec<(Side, Act, Gate, i64)>> {
    prop::collection::vec(any_step(), 1..60)
}

proptest! {
    #![proptest_config(cases(2_000))]

    /// Matches begin and end by turns, each told once by its number; they begin with the second of
    /// two likes, never while a block stands, never after an unmatch, never against safety.
    #[test]
    fn each_mutual_like_is_exactly_one_match(steps in history()) {
        let mut pair = Pair::default();
        let (mut now, mut blocked, mut was_unmatched, mut told, mut live) = (NOW, [false; 2], false, 0, None);
        for (side, what, gate, after) in steps {
            now = now.plus(after);
            let before = pair;
            let was_mutual = before.likes(Low) && before.likes(High);
            let result = pair.act(side, what, gate, &WINDOWS, now);
            let Ok(outcome) = result else {
                prop_assert_eq!(pair, before, "a refused act changed something");
                continue;
            };
            match what {
                Block => blocked[side as usize] = true,
                Unblock => blocked[side as usize] = false,
                _ => {}
            }
            if let Some(number) = outcome.dissolved {
                prop_assert_eq!(live.take(), Some(number));
                was_unmatched |= matches!(what, Unmatch | Block);
            }
            if let Some(number) = outcome.matched {
                told += 1;
                prop_assert_eq!((number, live.replace(number)), (told, None));
                prop_assert!(matches!(what, Say(Like | SuperLike)) && !was_mutual);
                prop_assert!(blocked == [false; 2] && !was_unmatched && gate.is_safe);
            }
            // Matched is what both like, at every moment.
            prop_assert_eq!(pair.matched_at().is_some(), pair.likes(Low) && pair.likes(High));
            prop_assert_eq!(pair.matched_at().is_some(), live.is_some());
            prop_assert!(live.is_none() || blocked == [false; 2]);
            prop_assert_eq!(pair.is_gone(), was_unmatched || blocked != [false; 2]);
            if pair.is_gone() {
                prop_assert!(pair.hides_from(Low, &WINDOWS, now) && pair.hides_from(High, &WINDOWS, now));
            }
        }
    }

    /// A like is returned only once, to who spent it, as what it was spent for.
    #[test]
    fn what_is_returned_was_spent_before(steps in history()) {
        let (mut pair, mut now) = (Pair::default(), NOW);
        let mut open = [[0i32; 2]; 2];
        for (side, what, gate, after) in steps {
            now = now.plus(after);
            let Ok(outcome) = pair.act(side, what, gate, &WINDOWS, now) else { continue };
            let kind = |verdict| usize::from(verdict == SuperLike);
            if let Some(verdict) = outcome.spent {
                prop_assert!(verdict.is_like());
                open[side as usize][kind(verdict)] += 1;
            }
            if let Some(said) = outcome.returned {
                prop_assert!(said.verdict.is_like() && said.at <= now);
                open[side as usize][kind(said.verdict)] -= 1;
            }
            prop_assert!(open.iter().flatten().all(|n| *n >= 0));
        }
    }

    /// Which of the two has the lower id makes no difference.
    #[test]
    fn the_sides_are_alike(steps in history()) {
        let (mut pair, mut mirror, mut now) = (Pair::default(), Pair::default(), NOW);
        for (side, what, gate, after) in steps {
            now = now.plus(after);
            let here = pair.act(side, what, gate, &WINDOWS, now);
            prop_assert_eq!(here, mirror.act(side.other(), what, gate, &WINDOWS, now));
            for side in [Low, High] {
                prop_assert_eq!(pair.said(side), mirror.said(side.other()));
                prop_assert_eq!(
                    pair.hides_from(side, &WINDOWS, now),
                    mirror.hides_from(side.other(), &WINDOWS, now)
                );
            }
        }
    }

    /// The same act again, at once, changes nothing and is told to nobody.
    #[test]
    fn twice_is_once(steps in history()) {
        let (mut pair, mut now): (Pair, Millis) = (Pair::default(), NOW);
        for (side, what, gate, after) in steps {
            now = now.plus(after);
            let _ = pair.act(side, what, gate, &WINDOWS, now);
            let once = pair;
            let again = pair.act(side, what, gate, &WINDOWS, now);
            prop_assert_eq!(pair, once);
            prop_assert!(again.is_err() || again == Ok(NOTHING), "{:?}", again);
        }
    }
}

#[test]
fn contacts_open_when_both_agree_and_not_before() {
    let matched = [(Low, Say(Like)), (High, Say(Like))];
    let mut pair = after(&matched);
    assert_eq!(act(&mut pair, Low, Share(true)), Ok(NOTHING));
    assert_eq!(act(&mut pair, Low, Share(true)), Ok(NOTHING), "a double tap is not the other's word");
    assert_eq!((pair.contacts(Low), pair.contacts(High)), (Contacts::Mine, Contacts::Theirs));
    assert_eq!(act(&mut pair, Low, Share(false)), Ok(NOTHING));
    assert_eq!(pair.contacts(High), Contacts::None);
    act(&mut pair, High, Share(true)).unwrap();
    assert_eq!(act(&mut pair, Low, Share(true)), Ok(Outcome { opened: true, ..NOTHING }));
    assert_eq!(act(&mut pair, High, Share(true)), Ok(NOTHING), "opened once");
    for side in [Low, High] {
        assert_eq!(act(&mut pair, side, Share(false)), Err(Refusal::Late), "final");
        assert_eq!(pair.contacts(side), Contacts::Open);
    }
}

#[test]
fn what_both_agreed_to_ends_with_the_match() {
    for end in [Unmatch, Block, Undo, Leave] {
        let mut pair = after(&[(Low, Say(Like)), (High, Say(Like)), (Low, Share(true)), (High, Share(true))]);
        act(&mut pair, High, end).unwrap();
        assert_eq!(pair.contacts(Low), Contacts::None, "{end:?}");
        assert_eq!(act(&mut pair, Low, Share(true)), Err(Refusal::Nothing), "{end:?}");
    }
    assert_eq!(act(&mut Pair::default(), Low, Share(true)), Err(Refusal::Nothing));
    // A row cannot say that strangers share.
    assert_eq!(Pair::default().sharing([true, true]).contacts(Low), Contacts::None);
}
