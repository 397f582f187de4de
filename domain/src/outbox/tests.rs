//! The pacer by example.

// `is_empty` of a pacer asks for calls under way too.
#![allow(clippy::len_zero)]

mod histories;

use super::*;
use crate::ids::{ChatId, PairId};
use crate::relay::content::MediaKind;
use crate::time::Millis;

fn config() -> PacerConfig {
    PacerConfig { chat_rate: 1.0, chat_burst: 3, ..PacerConfig::default() }
}

const A: ChatId = ChatId(1);
const B: ChatId = ChatId(2);

fn put(p: &mut Pacer<u32>, now: i64, chat: ChatId, item: u32) {
    assert_eq!(p.enqueue(Millis(now), chat, Lane::Interactive, None, true, item), Enqueued::Accepted);
}

#[test]
fn one_call_per_chat_at_a_time_and_in_order() {
    let mut p = Pacer::new(config());
    put(&mut p, 0, A, 1);
    put(&mut p, 0, A, 2);
    put(&mut p, 0, B, 3);
    assert_eq!(p.next(Millis(0)), Some((A, 1)));
    assert_eq!(p.next(Millis(0)), Some((B, 3)));
    assert_eq!(p.next(Millis(0)), None);
    p.on_done(Millis(5), A);
    assert_eq!(p.next(Millis(5)), Some((A, 2)));
}

#[test]
fn burst_then_rate() {
    let mut p = Pacer::new(config());
    (0..5).for_each(|i| put(&mut p, 0, A, i));
    for i in 0..3 {
        assert_eq!(p.next(Millis(0)), Some((A, i)));
        p.on_done(Millis(0), A);
    }
    assert_eq!(p.next(Millis(0)), None);
    assert_eq!(p.wake_at(Millis(0)), Some(Millis(1_000)));
    assert_eq!(p.next(Millis(999)), None);
    assert_eq!(p.next(Millis(1_000)), Some((A, 3)));
}

#[test]
fn only_the_chat_that_was_told_to_wait_waits() {
    let mut p = Pacer::new(config());
    put(&mut p, 0, A, 1);
    put(&mut p, 0, A, 2);
    put(&mut p, 0, B, 3);
    let (_, item) = p.next(Millis(0)).unwrap();
    assert_eq!(p.on_retry(Millis(0), A, item, 7_000), None);
    assert_eq!(p.next(Millis(0)), Some((B, 3)));
    assert_eq!(p.next(Millis(6_999)), None);
    assert_eq!(p.next(Millis(7_000)), Some((A, 1)));
    p.on_done(Millis(7_000), A);
    assert_eq!(p.next(Millis(7_000)), Some((A, 2)));
}

#[test]
fn urgent_lanes_go_first() {
    let mut p = Pacer::new(config());
    p.enqueue(Millis(0), A, Lane::Bulk, None, true, 1);
    p.enqueue(Millis(0), B, Lane::Notice, None, true, 2);
    p.enqueue(Millis(0), A, Lane::Interactive, None, true, 3);
    assert_eq!(p.next(Millis(0)), Some((A, 3)));
    assert_eq!(p.next(Millis(0)), Some((B, 2)));
    p.on_done(Millis(0), A);
    assert_eq!(p.next(Millis(0)), Some((A, 1)));
}

/// A broadcast leaves evenly at its own rate, and takes no place before what people say. Guard: the
/// bulk bucket.
#[test]
fn a_broadcast_keeps_its_rate_and_is_in_nobodys_way() {
    let mut p = Pacer::new(PacerConfig { bulk_rate: 25.0, ..config() });
    for chat in 100..200 {
        p.enqueue(Millis(0), ChatId(chat), Lane::Bulk, None, true, 0);
    }
    let mut left = Vec::new();
    let mut now = Millis(0);
    while left.len() < 100 {
        if left.len() % 10 == 0 {
            p.enqueue(now, A, Lane::Notice, None, false, 1);
            p.enqueue(now, B, Lane::Interactive, None, false, 2);
            for said in [(B, 2), (A, 1)] {
                assert_eq!(p.next(now), Some(said), "at once, and in this order");
                p.on_done(now, said.0);
            }
        }
        match p.next(now) {
            Some((chat, _)) => {
                left.push(now.0);
                p.on_done(now, chat);
            }
            None => now = p.wake_at(now).expect("the next moment"),
        }
    }
    assert_eq!(left, (0..100).map(|n| n * 40).collect::<Vec<_>>());
}

#[test]
fn a_full_lane_says_so_and_notices_make_room() {
    let mut p = Pacer::new(PacerConfig { interactive_cap: 1, notice_cap: 1, ..config() });
    put(&mut p, 0, A, 1);
    assert_eq!(p.enqueue(Millis(0), A, Lane::Interactive, None, true, 2), Enqueued::Full(2));
    assert_eq!(p.enqueue(Millis(0), A, Lane::Notice, None, true, 3), Enqueued::Accepted);
    assert_eq!(p.enqueue(Millis(0), A, Lane::Notice, None, true, 4), Enqueued::AcceptedDropping(3));
}

#[test]
fn what_is_under_way_for_an_ended_pair_does_not_come_back() {
    let mut p = Pacer::new(config());
    let pair = Some(PairId(9));
    p.enqueue(Millis(0), A, Lane::Interactive, pair, true, 1);
    p.enqueue(Millis(0), A, Lane::Interactive, pair, true, 2);
    p.enqueue(Millis(0), A, Lane::Interactive, None, true, 3);
    let (_, item) = p.next(Millis(0)).unwrap();
    assert_eq!(p.purge(A, PairId(9)), vec![2]);
    assert_eq!(p.on_unsent(Millis(0), A, item, 1), Some(1));
    assert_eq!(p.next(Millis(10_000)), Some((A, 3)));
}

#[test]
fn many_chats_told_to_wait_lower_the_budget_and_quiet_lifts_it() {
    let mut p = Pacer::new(config());
    for i in 0..100 {
        put(&mut p, 0, ChatId(i + 1), i as u32);
    }
    for _ in 0..3 {
        let (chat, item) = p.next(Millis(10)).unwrap();
        p.on_retry(Millis(10), chat, item, 1_000);
    }
    let lowered = p.rate().expect("a budget was learned");
    assert!(lowered < 10.0, "{lowered}");
    let mut now = 10;
    while p.rate().is_some() && now < 400_000 {
        now += 500;
        put(&mut p, now, ChatId(now), 0);
        while let Some((chat, _)) = p.next(Millis(now)) {
            p.on_done(Millis(now), chat);
        }
    }
    assert_eq!(p.rate(), None);
}

/// Each for reasons of its own, as chats are (I7): the other thousand go on as fast as before.
#[test]
fn a_few_chats_of_many_told_to_wait_leave_the_budget_alone() {
    let mut p = Pacer::new(PacerConfig { max_in_flight: usize::MAX, ..config() });
    for i in 0..1_000 {
        put(&mut p, 0, ChatId(i + 1), i as u32);
    }
    let mut under_way: Vec<_> = std::iter::from_fn(|| p.next(Millis(10))).collect();
    assert_eq!(under_way.len(), 1_000);
    for (chat, item) in under_way.drain(..40) {
        p.on_retry(Millis(20), chat, item, 1_000);
    }
    assert_eq!(p.rate(), None);
    for (chat, item) in under_way.drain(..40) {
        p.on_retry(Millis(30), chat, item, 1_000);
    }
    assert!(p.rate().is_some(), "a twelfth is not a few");
}

#[test]
fn one_chat_told_to_wait_leaves_the_budget_alone() {
    let mut p = Pacer::new(config());
    put(&mut p, 0, A, 1);
    for t in 0..10 {
        let (chat, item) = p.next(Millis(t * 1_000)).unwrap();
        p.on_retry(Millis(t * 1_000), chat, item, 100);
    }
    assert_eq!(p.rate(), None);
}

#[test]
fn quiet_chats_are_forgotten() {
    let mut p = Pacer::new(PacerConfig { max_in_flight: usize::MAX, ..config() });
    for i in 0..50_000 {
        put(&mut p, i, ChatId(i + 1), 0);
        while let Some((chat, _)) = p.next(Millis(i)) {
            p.on_done(Millis(i), chat);
        }
    }
    assert!(p.chats() < 10_000, "{}", p.chats());
}

fn put_file(p: &mut Pacer<u32>, chat: i64, flow: Flow, item: u32) -> Enqueued<u32> {
    let kind = Kind { paced: true, flow };
    p.enqueue(Millis(0), ChatId(chat), Lane::Interactive, Some(PairId(chat)), kind, item)
}

#[test]
fn a_kind_of_call_that_hangs_holds_up_only_its_own() {
    let mut p = Pacer::new(PacerConfig { max_in_flight: 4, uploads: 2, large_uploads: 1, ..config() });
    for (from, flow) in
        [(100, Flow::Upload), (200, Flow::LargeUpload), (300, Flow::Media(MediaKind::Sticker))]
    {
        for chat in from..from + 5 {
            assert_eq!(put_file(&mut p, chat, flow, chat as u32), Enqueued::Accepted);
        }
    }
    let under_way: Vec<u32> = std::iter::from_fn(|| p.next(Millis(0)).map(|(_, item)| item)).collect();
    assert_eq!(under_way, [100, 101, 200, 300], "and none of them comes back");
    assert_eq!(p.wake_at(Millis(0)), None, "no need to look again by the clock");
    for (i, chat) in [A, B].into_iter().enumerate() {
        put(&mut p, 0, chat, i as u32);
        assert_eq!(p.next(Millis(0)), Some((chat, i as u32)));
    }
    // A chat whose file is under way or waits keeps its order; those that wait have their turn in
    // the order in which they came.
    put(&mut p, 0, ChatId(102), 7);
    p.on_done(Millis(0), ChatId(101));
    assert_eq!(p.next(Millis(0)), Some((ChatId(102), 102)));
    assert_eq!(p.next(Millis(0)), None);
}

/// One who sends many files waits behind those of the others.
#[test]
fn uploads_are_fair_by_chat() {
    let mut p = Pacer::new(PacerConfig { uploads: 1, chat_rate: 0.0, ..config() });
    for item in 0..5 {
        put_file(&mut p, 1, Flow::Upload, item);
    }
    for chat in 2..5 {
        put_file(&mut p, chat, Flow::Upload, chat as u32);
    }
    let mut order = Vec::new();
    while let Some((chat, _)) = p.next(Millis(0)) {
        order.push(chat.0);
        p.on_done(Millis(0), chat);
    }
    assert_eq!(order, [1, 2, 3, 4, 1, 1, 1, 1]);
}

/// A place that was offered to a chat whose call is purged then goes to the next.
#[test]
fn a_place_that_is_not_taken_goes_to_the_next() {
    let mut p = Pacer::new(PacerConfig { uploads: 1, chat_rate: 0.0, ..config() });
    let pair = |chat| Some(PairId(chat));
    for chat in 1..=3 {
        let kind = Kind { paced: false, flow: Flow::Upload };
        p.enqueue(Millis(0), ChatId(chat), Lane::Interactive, pair(chat), kind, chat as u32);
    }
    assert_eq!(p.next(Millis(0)), Some((ChatId(1), 1)));
    assert_eq!(p.next(Millis(0)), None);
    p.on_done(Millis(0), ChatId(1));
    assert_eq!(p.purge(ChatId(2), PairId(2)), [2]);
    assert_eq!(p.next(Millis(0)), Some((ChatId(3), 3)));
}

#[test]
fn files_that_wait_are_bounded_and_texts_are_not_concerned() {
    let mut p = Pacer::new(PacerConfig { uploads: 1, uploads_waiting: 2, ..config() });
    for chat in 1..=2 {
        assert_eq!(put_file(&mut p, chat, Flow::Upload, 0), Enqueued::Accepted);
    }
    assert_eq!(put_file(&mut p, 3, Flow::Upload, 9), Enqueued::TooManyUploads(9));
    assert_eq!(put_file(&mut p, 3, Flow::LargeUpload, 0), Enqueued::Accepted);
    let own = Kind { paced: true, flow: Flow::Upload };
    assert_eq!(p.enqueue(Millis(0), B, Lane::Interactive, None, own, 5), Enqueued::Accepted);
    put(&mut p, 0, ChatId(3), 1);
    // One that is told that it must be uploaded after all goes on as such.
    let mut q = Pacer::new(PacerConfig { uploads: 1, ..config() });
    put_file(&mut q, 1, Flow::Upload, 1);
    assert!(q.next(Millis(0)).is_some());
    put_file(&mut q, 2, Flow::Media(MediaKind::Sticker), 2);
    assert!(q.next(Millis(0)).is_some());
    q.will_share(ChatId(2), Flow::Upload);
    assert_eq!(q.on_unsent(Millis(0), ChatId(2), 2, 1), None);
    assert_eq!(q.next(Millis(1_000)), None, "the place is taken");
    q.on_done(Millis(1_000), ChatId(1));
    assert_eq!(q.next(Millis(1_000)), Some((ChatId(2), 2)));
}

/// Guard: the lanes of `Places::held`.
#[test]
fn a_more_urgent_one_has_the_first_place_that_becomes_free() {
    let mut p = Pacer::new(PacerConfig { max_in_flight: 1, ..config() });
    put(&mut p, 0, A, 1);
    assert!(p.next(Millis(0)).is_some());
    p.enqueue(Millis(0), B, Lane::Bulk, None, true, 2);
    assert_eq!(p.next(Millis(0)), None);
    put(&mut p, 0, ChatId(3), 3);
    assert_eq!(p.next(Millis(0)), None);
    p.on_done(Millis(0), A);
    assert_eq!(p.next(Millis(0)), Some((ChatId(3), 3)));
}

/// Edits of one message that wait are one; the newest goes to the end, behind what was said before
/// it.
#[test]
fn a_waiting_edit_is_superseded_and_the_order_kept() {
    use crate::ids::MessageId;
    use crate::outgoing::Sets;
    let mut p = Pacer::new(config());
    let sets = Sets::Content(MessageId(7));
    let edit = |p: &mut Pacer<u32>, now: i64, item: u32| {
        let old = p.supersede(Millis(now), A, Lane::Interactive, None, sets);
        let terms = Terms { kind: true.into(), sets: Some(sets), spaced: true, ..Terms::default() };
        assert_eq!(p.enqueue_on(Millis(now), A, Lane::Interactive, terms, item), Enqueued::Accepted);
        old
    };
    assert_eq!(edit(&mut p, 0, 1), None);
    assert_eq!(p.next(Millis(0)), Some((A, 1)), "the first leaves at once");
    assert_eq!(edit(&mut p, 0, 2), None, "what is under way is not taken back");
    put(&mut p, 0, A, 50);
    assert_eq!(edit(&mut p, 1, 3), Some(2));
    assert_eq!(p.supersede(Millis(1), A, Lane::Interactive, None, Sets::Reaction(MessageId(7))), None);
    assert_eq!(p.supersede(Millis(1), A, Lane::Interactive, Some(PairId(1)), sets), None, "another pair's");
    p.on_done(Millis(10), A);
    assert_eq!(p.next(Millis(10)), Some((A, 50)), "said before the edit");
    p.on_done(Millis(20), A);
    assert_eq!(p.next(Millis(20)), None, "not yet: the same message was edited just now");
    assert_eq!(p.wake_at(Millis(20)), Some(Millis(EDIT_EVERY_MS)));
    assert_eq!(edit(&mut p, 30, 4), Some(3));
    assert_eq!(p.next(Millis(EDIT_EVERY_MS)), Some((A, 4)));
    p.on_done(Millis(EDIT_EVERY_MS), A);
    assert!(p.is_idle());
}

/// Taking the only waiting item out leaves nothing behind that would be made.
#[test]
fn what_is_superseded_is_gone() {
    use crate::ids::MessageId;
    use crate::outgoing::Sets;
    let mut p = Pacer::new(config());
    let sets = Sets::Reaction(MessageId(1));
    let terms = Terms { sets: Some(sets), ..Terms::default() };
    p.enqueue_on(Millis(0), A, Lane::Interactive, terms, 1);
    assert_eq!(p.supersede(Millis(0), A, Lane::Interactive, None, sets), Some(1));
    assert_eq!((p.next(Millis(0)), p.waiting(), p.is_idle()), (None, 0, true));
}

/// What a capability sends goes by its size as what a relay passes on does.
#[test]
fn a_large_file_of_a_letter_keeps_no_place_of_the_small_ones() {
    use crate::outgoing::{Call, Method};
    use crate::relay::content::OutMedia;
    let flow = |kind, size| {
        let file = OutMedia {
            kind,
            file_id: "1:f".into(),
            unique_id: "u".into(),
            launder: None,
            size,
            caption: Default::default(),
            spoiler: false,
            caption_above: false,
            veiled: false,
            agreed: false,
            preview: None,
        };
        let method = Method { name: kind.method(), files: vec![file], ..Method::default() };
        Flow::of(&Call::Method(Box::new(method)), true)
    };
    assert_eq!(flow(MediaKind::Video, Some(SMALL_BYTES + 1)), Flow::LargeUpload);
    assert_eq!(flow(MediaKind::Document, None), Flow::LargeUpload);
    assert_eq!(flow(MediaKind::Voice, Some(SMALL_BYTES)), Flow::Upload);
    assert_eq!(flow(MediaKind::Photo, None), Flow::Upload, "a profile's, of which that is not kept");
}
