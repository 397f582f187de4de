//! Looking for a partner.

use super::*;
use crate::profile::Wishes;
use crate::session::EndCause;
use crate::session::account::Avoided;

#[test]
fn a_search_states_the_wish_and_a_second_one_is_the_same() {
    let mut b = Bench::idle();
    let out = b.text("/search");
    let request = seek(&out).expect("a wish").clone();
    assert_eq!(said(&out), ["search-started"]);
    assert_eq!(request.seeker.since, Millis(b.now));
    assert_eq!(request.check_at, Millis(b.now + b.rules.search_timeout_ms), "nothing to widen");
    assert!(saves(&out));
    b.later(500);
    for out in [b.text("/search"), b.press("s:go"), b.text("/next"), b.text("hello")] {
        assert_eq!(said(&out), ["search-already"]);
        assert!(seek(&out).is_none());
    }
}

#[test]
fn asked_once_then_given_up() {
    let mut b = Bench::searching();
    let timeout = b.rules.search_timeout_ms;
    assert!(said(&b.event(Event::SearchDue)).is_empty(), "not yet");
    b.later(timeout);
    let out = b.event(Event::SearchDue);
    assert_eq!(said(&out), ["search-timeout"]);
    assert_eq!(buttons(&out), ["s:more", "s:stop"]);
    assert_eq!(seek(&out).expect("still looking").check_at, Millis(b.now + timeout));
    b.later(timeout - 1);
    assert!(said(&b.event(Event::SearchDue)).is_empty(), "asked once");
    b.later(1);
    let out = b.event(Event::SearchDue);
    assert_eq!(said(&out), ["search-gave-up"]);
    assert!(has(&out, |e| matches!(e, Effect::Unseek)) && saves(&out));
    assert_eq!(b.phase(), Phase::Idle);
    assert!(b.event(Event::SearchDue).is_empty());
    assert_eq!(said(&b.press("s:more")), ["search-started"], "the old question still leads to a search");
}

#[test]
fn going_on_counts_anew() {
    let mut b = Bench::searching();
    let since = b.now;
    b.later(b.rules.search_timeout_ms);
    b.event(Event::SearchDue);
    let out = b.press("s:more");
    assert_eq!(toast(&out), Some("search-goes-on"));
    let request = seek(&out).expect("still looking");
    assert_eq!(request.check_at, Millis(b.now + b.rules.search_timeout_ms));
    assert_eq!(request.seeker.since, Millis(since), "the place in the queue stays");
    b.later(b.rules.search_timeout_ms);
    assert_eq!(said(&b.event(Event::SearchDue)), ["search-timeout"]);
}

#[test]
fn a_widening_after_the_question_does_not_ask_again() {
    let mut b = Bench::idle();
    b.rules.widen_after_ms = 90_000;
    b.core.account.wishes.shared_interest = true;
    b.core.account.wishes.ages = 1;
    b.text("/search");
    b.later(90_000);
    assert_eq!(said(&b.event(Event::SearchDue)), ["search-widened-interests"]);
    b.later(30_000);
    assert_eq!(said(&b.event(Event::SearchDue)), ["search-timeout"]);
    b.later(60_000);
    assert_eq!(said(&b.event(Event::SearchDue)), ["search-widened-ages"]);
}

#[test]
fn a_search_that_slept_through_the_question_is_asked_first() {
    let b = Bench::searching();
    let (mut b, out) = b.reloaded(None);
    assert!(seek(&out).is_some());
    b.later(10 * b.rules.search_timeout_ms);
    assert_eq!(said(&b.event(Event::SearchDue)), ["search-timeout"]);
    b.later(b.rules.search_timeout_ms);
    assert_eq!(said(&b.event(Event::SearchDue)), ["search-gave-up"]);
}

#[test]
fn wishes_widen_step_by_step_saying_so() {
    let mut b = Bench::idle();
    b.core.account.wishes = Wishes { shared_interest: true, ages: 1, genders: 1, ..b.core.account.wishes };
    let out = b.text("/search");
    assert_eq!(seek(&out).expect("a wish").check_at, Millis(b.now + b.rules.widen_after_ms));
    b.later(b.rules.widen_after_ms);
    let out = b.event(Event::SearchDue);
    assert_eq!(said(&out), ["search-widened-interests"]);
    assert!(saves(&out) && !seek(&out).expect("restated").seeker.profile.wishes.shared_interest);
    b.later(b.rules.widen_after_ms);
    let out = b.event(Event::SearchDue);
    assert_eq!(said(&out), ["search-widened-ages"]);
    let wishes = seek(&out).expect("restated").seeker.profile.wishes;
    assert_eq!((wishes.ages, wishes.genders), (Wishes::ANY_AGE, 1), "the gender is not widened");
    assert!(b.core.account.wishes.shared_interest, "the profile itself stays");
    b.later(b.rules.widen_after_ms);
    assert!(said(&b.event(Event::SearchDue)).is_empty());
}

#[test]
fn edits_while_searching_are_looked_for_at_once_and_unwidened() {
    let mut b = Bench::idle();
    b.core.account.wishes.shared_interest = true;
    b.text("/search");
    let since = b.now;
    b.later(b.rules.widen_after_ms);
    b.event(Event::SearchDue);
    let out = b.press("pf:ages:0");
    let request = seek(&out).expect("restated");
    assert!(request.seeker.profile.wishes.shared_interest, "as the profile says now");
    assert_eq!(request.seeker.profile.wishes.ages, 0b11110);
    assert_eq!(request.seeker.since, Millis(since));
    assert_eq!(request.check_at, Millis(b.now + b.rules.widen_after_ms));
    let out = b.press("set:lang:0");
    assert_eq!(seek(&out).expect("restated").seeker.profile.lang, Lang::Ru);
}

#[test]
fn stop_and_refusal_end_the_search() {
    for stop in ["/stop", "s:stop"] {
        let mut b = Bench::searching();
        let out = if stop.starts_with('/') { b.text(stop) } else { b.press(stop) };
        assert_eq!(said(&out), ["search-stopped"]);
        assert!(has(&out, |e| matches!(e, Effect::Unseek)) && saves(&out));
        assert_eq!(b.phase(), Phase::Idle);
    }
    let mut b = Bench::searching();
    let out = b.event(Event::SearchRefused);
    assert_eq!((said(&out), b.phase()), (vec!["busy-search"], Phase::Idle));
    assert!(saves(&out));
    assert!(b.event(Event::SearchRefused).is_empty());
    assert_eq!(toast(&b.press("s:stop")), Some("error-old-button"));
}

#[test]
fn who_searches_hears_that_it_takes_longer() {
    let mut b = Bench::searching();
    let out = b.event(Event::SearchDelayed);
    assert_eq!((said(&out), saves(&out)), (vec!["search-delayed"], false));
    b.text("/stop");
    assert!(b.event(Event::SearchDelayed).is_empty(), "no longer");
}

#[test]
fn a_found_partner_begins_a_chat() {
    let mut b = Bench::searching();
    let common = Interests(0b11);
    let out = b.event(Event::PartnerFound { pair: P, partner: YOU, common });
    assert_eq!(said(&out), ["chat-found", "chat-shared-topics"]);
    assert!(saves(&out) && has(&out, |e| matches!(e, Effect::Unseek)), "nothing restated stays behind");
    assert!(b.found(P, YOU).is_empty(), "told once");
    assert_eq!(ends(&b.found(PairId(71), UserId(3))), Some((PairId(71), EndCause::Stopped)), "I1");
    assert_eq!(b.core.account.pair(), Some(P));
    assert_eq!(said(&b.text("/search")), ["search-in-chat"]);
}

/// What is waited for takes as long, whoever sets the clock.
#[test]
fn a_search_and_a_young_chat_are_as_old_as_they_are() {
    for step in [-3_600_000, 3_600_000] {
        let mut b = Bench::searching();
        b.later(100_000 + step);
        b.core.clock_was_set(step);
        assert!(said(&b.event(Event::SearchDue)).is_empty(), "too soon");
        b.later(20_000);
        assert_eq!(said(&b.event(Event::SearchDue)), ["search-timeout"]);
        b.later(step);
        b.core.clock_was_set(step);
        b.later(b.rules.search_timeout_ms);
        assert_eq!(said(&b.event(Event::SearchDue)), ["search-gave-up"]);
        let mut b = Bench::chatting();
        b.later(step);
        b.core.clock_was_set(step);
        assert_eq!(said(&b.text("/stop")), ["ended-by-you"], "not young");
    }
}

/// The store told of the pair, it was ended, and a search began, all before the matchmaker's word
/// of the pair came.
#[test]
fn a_pair_that_was_ended_is_not_entered_again() {
    let mut b = Bench::chatting();
    b.text("/next");
    let out = b.found(P, YOU);
    assert!(has(&out, |e| matches!(e, Effect::Seek(_))) && said(&out).is_empty(), "{out:?}");
    assert!(matches!(b.phase(), Phase::Searching { .. }));
}

/// The other one gave the pair back, and word of that overtook word of the pair.
#[test]
fn a_pair_that_is_over_before_it_begins_is_not_entered() {
    let mut b = Bench::searching();
    assert!(b.event(Event::PairEnded { pair: P, cause: EndCause::Stopped }).is_empty());
    let out = b.found(P, YOU);
    assert!(
        has(&out, |e| matches!(e, Effect::Seek(_))) && said(&out).is_empty(),
        "the search goes on: {out:?}"
    );
    assert_eq!(said(&b.found(PairId(71), UserId(3))), ["chat-found"], "with the next one");
    let mut b = Bench::searching();
    b.event(Event::PairEnded { pair: P, cause: EndCause::Stopped });
    b.text("/stop");
    assert!(b.found(P, YOU).is_empty());
}

#[test]
fn who_changed_their_mind_gives_the_pair_back() {
    let mut b = Bench::searching();
    b.text("/stop");
    assert_eq!(ends(&b.found(P, YOU)), Some((P, EndCause::Stopped)));
    assert_eq!(b.phase(), Phase::Idle);
}

#[test]
fn who_was_blocked_while_the_pair_was_opened_is_not_met() {
    let mut b = Bench::searching();
    b.core.account.avoid.push(Avoided { user: YOU, until: Millis::NEVER });
    let out = b.found(P, YOU);
    assert_eq!(ends(&out), Some((P, EndCause::Stopped)));
    assert!(seek(&out).is_some() && said(&out).is_empty());
}

#[test]
fn recent_partners_are_avoided_for_the_window_only() {
    let mut b = Bench::after_chat();
    assert_eq!(*seek(&b.text("/search")).expect("a wish").seeker.avoid, [YOU]);
    b.text("/stop");
    b.later(b.rules.repeat_window_ms);
    assert!(seek(&b.text("/search")).expect("a wish").seeker.avoid.is_empty());
    assert!(b.core.account.avoid.is_empty(), "forgotten, not only left out");
}

#[test]
fn the_list_of_recent_partners_is_bounded() {
    let mut b = Bench::idle();
    b.rules.avoid_per_user = 3;
    // A block that a former version kept in this list.
    let never = |n| Avoided { user: UserId(n), until: Millis::NEVER };
    b.core.account.avoid = vec![never(10), Avoided { user: UserId(11), until: Millis(b.now + 5) }, never(12)];
    b.text("/search");
    b.found(P, YOU);
    let users = |b: &Bench| b.core.account.avoid.iter().map(|a| a.user.0).collect::<Vec<_>>();
    assert_eq!(users(&b), [10, 12, 2], "what ends first makes room");
    b.text("/stop");
    for n in 3..100 {
        b.text("/search");
        b.found(PairId(70 + n), UserId(n));
        b.text("/stop");
    }
    assert_eq!(users(&b)[..2], [10, 12], "no block goes for a recent partner");
    assert_eq!(users(&b).len(), 3);
}
