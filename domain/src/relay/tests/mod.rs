//! A pair by example.

use super::content::{Payload, Rich};
use super::pair::{PairCore, PairEffect};
use super::*;
use crate::ids::{ChatId, PairId, UserId};
use crate::outgoing::{Call, Outgoing};

type Pair = PairCore<u32>;

const A: ChatId = ChatId(1);
const B: ChatId = ChatId(2);

fn pair() -> Pair {
    Pair::new(PairId(7), [UserId(1), UserId(2)], 100)
}

fn id(n: i32) -> MessageId {
    MessageId(n)
}

fn text(source: i32, reply_to: Option<i32>) -> RelayOp {
    RelayOp::Send {
        source: id(source),
        payload: Payload::Text(Rich::plain("x")),
        reply_to: reply_to.map(id),
        manner: None,
    }
}

fn edit(source: i32) -> RelayOp {
    RelayOp::Edit { source: id(source), payload: Payload::Text(Rich::plain("y")) }
}

fn delete(source: i32) -> RelayOp {
    RelayOp::Delete { source: id(source), request: id(99) }
}

fn react(message: i32) -> RelayOp {
    RelayOp::React { message: id(message), emoji: None }
}

fn pass(p: &mut Pair, from: Side, op: RelayOp, token: u32) -> Vec<PairEffect<u32>> {
    let mut out = Vec::new();
    p.pass(from, op, token, &mut out);
    out
}

fn sent(p: &mut Pair, from: Side, source: i32, copy: i32) -> Vec<PairEffect<u32>> {
    let mut out = Vec::new();
    p.sent(from, &[id(source)], &[id(copy)], &mut out);
    out
}

fn calls(out: &[PairEffect<u32>]) -> Vec<(ChatId, &Call)> {
    out.iter()
        .filter_map(|e| match e {
            PairEffect::Forward { out: Outgoing { chat, call }, .. } => Some((*chat, call)),
            _ => None,
        })
        .collect()
}

fn tokens(out: &[PairEffect<u32>]) -> Vec<u32> {
    out.iter()
        .filter_map(|e| match e {
            PairEffect::Forward { token, .. } => *token,
            PairEffect::Finish(token) => Some(*token),
            PairEffect::Note { .. } => None,
        })
        .collect()
}

#[test]
fn what_refers_to_a_message_under_way_waits_and_what_is_behind_it_too() {
    let mut p = pair();
    assert_eq!(tokens(&pass(&mut p, Side::A, text(10, None), 1)), [1]);
    assert_eq!(tokens(&pass(&mut p, Side::A, text(11, None), 2)), [2], "without a reference nothing waits");
    for (op, token) in [(edit(10), 3), (text(12, None), 4), (text(13, Some(11)), 5), (text(14, None), 6)] {
        assert!(pass(&mut p, Side::A, op, token).is_empty());
    }
    assert_eq!(tokens(&pass(&mut p, Side::B, text(10, None), 7)), [7], "the other side does not wait");
    assert_eq!((p.waiting(), p.pending()), (4, 3));
    assert_eq!(tokens(&sent(&mut p, Side::A, 10, 50)), [3, 4]);
    let out = sent(&mut p, Side::A, 11, 51);
    assert_eq!(tokens(&out), [5, 6]);
    assert!(matches!(calls(&out)[0], (B, Call::Send { reply_to: Some(MessageId(51)), .. })));
}

#[test]
fn a_failed_message_sets_free_what_waited_for_it() {
    let mut p = pair();
    pass(&mut p, Side::A, text(10, None), 1);
    pass(&mut p, Side::A, text(11, Some(10)), 2);
    pass(&mut p, Side::A, edit(10), 3);
    let mut out = Vec::new();
    p.failed(Side::A, &[id(10)], &mut out);
    assert_eq!(tokens(&out), [2, 3]);
    assert!(matches!(calls(&out)[..], [(B, Call::Send { reply_to: None, .. })]), "the edit has no target");
}

#[test]
fn replies_edits_and_reactions_find_their_message_from_both_sides() {
    let mut p = pair();
    p.remember(Side::A, id(10), id(50));
    let out = pass(&mut p, Side::B, text(51, Some(50)), 1);
    assert!(matches!(calls(&out)[..], [(A, Call::Send { reply_to: Some(MessageId(10)), .. })]));
    let out = pass(&mut p, Side::A, text(11, Some(10)), 2);
    assert!(
        matches!(calls(&out)[..], [(B, Call::Send { reply_to: Some(MessageId(50)), .. })]),
        "to one's own"
    );
    let out = pass(&mut p, Side::A, edit(10), 3);
    assert!(matches!(calls(&out)[..], [(B, Call::Edit { message: MessageId(50), .. })]));
    assert!(matches!(
        calls(&pass(&mut p, Side::B, react(50), 4))[..],
        [(A, Call::React { message: MessageId(10), .. })]
    ));
    assert!(matches!(
        calls(&pass(&mut p, Side::A, react(10), 5))[..],
        [(B, Call::React { message: MessageId(50), .. })]
    ));
    assert_eq!((p.source_of(Side::A, id(50)), p.source_of(Side::B, id(10))), (Some(id(10)), None));
}

#[test]
fn only_own_messages_are_changed() {
    let mut p = pair();
    p.remember(Side::A, id(10), id(50));
    assert_eq!(pass(&mut p, Side::B, edit(50), 1), [PairEffect::Finish(1)]);
    let note = |key| PairEffect::Note { to: Side::B, key };
    assert_eq!(pass(&mut p, Side::B, delete(50), 2), [note("chat-delete-not-yours"), PairEffect::Finish(2)]);
    assert_eq!(pass(&mut p, Side::B, delete(77), 3), [note("chat-delete-too-late"), PairEffect::Finish(3)]);
    let out = pass(&mut p, Side::A, delete(10), 4);
    let both = [
        (A, &Call::Delete { messages: vec![id(10), id(99)] }),
        (B, &Call::Delete { messages: vec![id(50)] }),
    ];
    assert_eq!(calls(&out), both);
    assert_eq!(tokens(&out), [4]);
}

#[test]
fn a_die_goes_with_its_value() {
    let mut p = pair();
    for token in [1, 2] {
        pass(&mut p, Side::A, text(10, None), token);
    }
    sent(&mut p, Side::A, 10, 50);
    assert!(pass(&mut p, Side::A, delete(10), 3).is_empty(), "its value is still under way");
    let out = sent(&mut p, Side::A, 10, 51);
    assert_eq!(calls(&out)[1], (B, &Call::Delete { messages: vec![id(50), id(51)] }));
    let out = pass(&mut p, Side::B, text(60, Some(51)), 4);
    assert!(matches!(calls(&out)[..], [(A, Call::Send { reply_to: Some(MessageId(10)), .. })]));
}

#[test]
fn unknown_targets_change_nothing() {
    let mut p = pair();
    for op in [edit(5), react(5)] {
        assert_eq!(pass(&mut p, Side::A, op, 1), [PairEffect::Finish(1)]);
    }
    let out = pass(&mut p, Side::A, text(10, Some(5)), 1);
    assert!(matches!(calls(&out)[..], [(B, Call::Send { reply_to: None, .. })]));
    assert_eq!(p.side_of(UserId(3)), None);
}

#[test]
fn the_map_knows_the_newest_messages_and_the_older_ones_that_it_is_told_of() {
    let mut map = message_map::MessageMap::new(8);
    assert!(!map.may_have_had(Side::A, id(1)), "there was none");
    for n in 1..=100 {
        map.insert(Side::A, id(n), id(100 + n));
        map.trim();
        let known = (1..=n).filter(|&n| map.find(Side::A, id(n)).is_some()).count();
        assert!(known <= 8 && (known > 5 || n <= 5), "{known} after {n}");
    }
    let oldest = (1..).find(|&n| map.find(Side::A, id(n)).is_some()).unwrap();
    for n in 1..=100 {
        assert_eq!(map.find(Side::A, id(n)).is_some(), n >= oldest);
        assert_eq!(map.find(Side::B, id(100 + n)).is_some(), n >= oldest);
        assert_eq!(map.may_have_had(Side::A, id(n)), n < oldest);
        assert_eq!(map.may_have_had(Side::B, id(100 + n)), n < oldest);
    }
    // Told of old ones, it knows some of them, and all of the newest still.
    for n in 1..=60 {
        map.insert(Side::A, id(n), id(100 + n));
        map.trim();
        for n in (n.max(5) - 4..=n).chain(oldest..=100) {
            let there = Some((id(100 + n), true));
            assert_eq!(map.find(Side::A, id(n)).map(|c| (c.there, c.own)), there, "{n}");
            assert_eq!(map.find(Side::B, id(100 + n)).map(|c| (c.there, c.own)), Some((id(n), false)));
            assert_eq!(map.copies(Side::A, id(n)), [id(100 + n)]);
        }
    }
    assert_eq!(map.find(Side::A, id(1)), None, "too many were asked for since");
    map.forget(Side::A, id(160));
    assert_eq!(map.copies(Side::A, id(60)), []);
    // One that begins with the newest of many.
    let mut map = message_map::MessageMap::new(8);
    map.note_cut();
    for n in [80, 81, 82] {
        map.insert(Side::A, id(n), id(100 + n));
    }
    assert!(map.may_have_had(Side::A, id(70)) && map.may_have_had(Side::A, id(90)));
    // One between the newest is known when it was asked for, whatever comes after it.
    map.recall(Side::B, id(177), id(77));
    (83..=99).for_each(|n| map.insert(Side::A, id(n), id(100 + n)));
    map.trim();
    assert_eq!(map.find(Side::A, id(77)).map(|c| (c.there, c.own)), Some((id(177), false)));
    assert_eq!(map.copies(Side::B, id(177)), [id(77)]);
}

/// The next id of one side's chat.
fn next(chats: &mut [i32; 2], side: Side) -> MessageId {
    chats[side.index()] += 1;
    id(chats[side.index()])
}

#[test]
fn a_map_of_any_size_finds_both_ways() {
    let mut map = message_map::MessageMap::new(200);
    // The counters of the two chats; each third message is a die, which has two copies.
    let mut chats = [1, 1_000];
    let mut told = Vec::new();
    for n in 0..120 {
        let from = if n % 5 < 3 { Side::A } else { Side::B };
        let source = next(&mut chats, from);
        let copies: Vec<_> =
            (0..1 + usize::from(n % 3 == 0)).map(|_| next(&mut chats, from.other())).collect();
        // They need not come to be known in their order.
        for &copy in copies.iter().rev() {
            map.insert(from, source, copy);
        }
        let first = *copies.last().unwrap();
        told.push((from, source, copies, first));
        for (from, source, copies, first) in &told {
            assert_eq!(map.copies(*from, *source), *copies);
            assert_eq!(map.find(*from, *source).map(|c| (c.there, c.own)), Some((*first, true)));
            for &copy in copies {
                assert_eq!(map.find(from.other(), copy).map(|c| (c.there, c.own)), Some((*source, false)));
            }
        }
        assert_eq!(map.find(Side::A, id(999)), None);
    }
}

/// A die has two entries in one chat and one in the other, so one of them is trimmed sooner. Guard:
/// what is forgotten in one chat is in the other.
#[test]
fn a_message_that_is_known_has_its_copies() {
    let mut map = message_map::MessageMap::new(8);
    let mut chats = [1, 1_000];
    let mut sources = Vec::new();
    for n in 0..200 {
        let from = if n % 7 < 5 { Side::A } else { Side::B };
        let source = next(&mut chats, from);
        let copies: Vec<_> = (0..1 + n % 3).map(|_| next(&mut chats, from.other())).collect();
        for &copy in &copies {
            map.insert(from, source, copy);
            map.trim();
        }
        sources.push((from, source, copies[0]));
        for &(from, source, first) in &sources {
            if let Some(there) = map.find(from, source) {
                assert_eq!((there.there, there.own), (first, true));
                assert_eq!(map.copies(from, source).first(), Some(&first), "after {n}");
            } else {
                assert!(map.may_have_had(from, source));
            }
        }
    }
}

#[test]
fn closing_gives_every_token_back_once() {
    let mut p = pair();
    let mut seen = Vec::new();
    seen.extend(tokens(&pass(&mut p, Side::A, text(10, None), 1)));
    seen.extend(tokens(&pass(&mut p, Side::A, delete(10), 2)));
    seen.extend(tokens(&pass(&mut p, Side::A, text(11, None), 3)));
    seen.extend(tokens(&pass(&mut p, Side::B, text(10, None), 4)));
    seen.extend(tokens(&pass(&mut p, Side::B, text(11, Some(10)), 5)));
    let mut out = Vec::new();
    p.close(&mut out);
    assert!(calls(&out).is_empty());
    seen.extend(tokens(&out));
    seen.sort_unstable();
    assert_eq!(seen, [1, 2, 3, 4, 5]);
}

#[test]
fn a_quick_answer_waits_for_the_id_of_what_it_answers() {
    let mut p = pair();
    pass(&mut p, Side::A, text(10, None), 1);
    // B sees the copy (55 in B's chat) and answers before Telegram's word of that id is here.
    assert!(pass(&mut p, Side::B, text(56, Some(55)), 2).is_empty());
    assert!(pass(&mut p, Side::B, text(57, None), 3).is_empty(), "nothing overtakes it");
    let out = sent(&mut p, Side::A, 10, 55);
    assert_eq!(tokens(&out), [2, 3]);
    let (_, call) = calls(&out)[0];
    assert!(matches!(call, Call::Send { reply_to: Some(MessageId(10)), .. }), "{call:?}");
}

#[test]
fn an_answer_to_what_is_no_relay_waits_for_what_was_under_way_only() {
    let mut p = pair();
    pass(&mut p, Side::A, text(10, None), 1);
    assert!(pass(&mut p, Side::B, text(56, Some(3)), 2).is_empty());
    pass(&mut p, Side::A, text(11, None), 4);
    assert_eq!(tokens(&sent(&mut p, Side::A, 10, 55)), [2], "11 came later and is not waited for");
}

/// What had left before a crash is learnt from the journal, and told again when its update is.
#[test]
fn a_copy_that_is_told_twice_is_one() {
    let mut p = pair();
    pass(&mut p, Side::A, text(10, None), 1);
    sent(&mut p, Side::A, 10, 50);
    sent(&mut p, Side::A, 10, 50);
    assert_eq!((p.parts(Side::A, id(10)), p.first_copy(Side::A, id(10))), (1, Some(id(50))));
    let out = pass(&mut p, Side::A, edit(10), 2);
    assert!(matches!(calls(&out)[..], [(B, Call::Edit { .. })]), "nothing is taken away: {out:?}");
    assert_eq!(p.source_of(Side::A, id(50)), Some(id(10)));
}

/// A message in parts: what becomes of them when it is edited longer and shorter.
#[test]
fn the_parts_of_a_message_are_edited_added_and_taken_away() {
    let mut p = pair();
    let part = |part, of| RelayOp::EditPart {
        source: id(10),
        payload: Payload::Text(Rich::plain(format!("{part} of {of}"))),
        part,
        of,
    };
    pass(&mut p, Side::A, text(10, None), 1);
    let further = pass(&mut p, Side::A, text(10, Some(10)), 2);
    assert!(further.is_empty(), "a part waits for the first, to answer it");
    let out = sent(&mut p, Side::A, 10, 50);
    assert!(matches!(calls(&out)[..], [(B, Call::Send { reply_to: Some(MessageId(50)), .. })]));
    sent(&mut p, Side::A, 10, 51);
    assert_eq!(p.parts(Side::A, id(10)), 2);

    let message = |out: &[PairEffect<u32>]| match calls(out)[..] {
        [(B, Call::Edit { message, .. })] => message.0,
        ref other => panic!("{other:?}"),
    };
    assert_eq!(message(&pass(&mut p, Side::A, part(0, 2), 3)), 50);
    assert_eq!(message(&pass(&mut p, Side::A, part(1, 2), 4)), 51);
    // Longer: a third one is sent, in reply to the first, and is known afterwards.
    let out = pass(&mut p, Side::A, part(2, 3), 5);
    assert!(matches!(calls(&out)[..], [(B, Call::Send { reply_to: Some(MessageId(50)), .. })]));
    sent(&mut p, Side::A, 10, 52);
    assert_eq!(message(&pass(&mut p, Side::A, part(2, 3), 6)), 52);
    // Shorter: what is no longer there goes.
    let out = pass(&mut p, Side::A, edit(10), 7);
    let deleted = |call: &Call| matches!(call, Call::Delete { messages } if messages[..] == [id(51), id(52)]);
    assert!(matches!(calls(&out)[..], [(B, call), (B, Call::Edit { .. })] if deleted(call)), "{out:?}");
    assert_eq!(tokens(&out), [7]);
    assert_eq!((p.parts(Side::A, id(10)), p.source_of(Side::A, id(52))), (1, None));
    // What was never passed on has no parts.
    assert!(matches!(
        pass(
            &mut p,
            Side::A,
            RelayOp::EditPart { source: id(77), payload: Payload::Text(Rich::plain("x")), part: 1, of: 2 },
            8
        )[..],
        [PairEffect::Finish(8)]
    ));
}

fn photo(unique_id: &str, caption: &str) -> OutMedia {
    OutMedia {
        kind: content::MediaKind::Photo,
        file_id: format!("file of {unique_id}"),
        unique_id: unique_id.to_owned(),
        launder: None,
        size: None,
        caption: Rich::plain(caption),
        spoiler: true,
        caption_above: false,
        veiled: false,
        agreed: false,
        preview: None,
    }
}

fn new_photo(source: i32, media: OutMedia) -> RelayOp {
    RelayOp::Edit { source: id(source), payload: Payload::Media(media) }
}

/// A pair in which message 10 of A's is a photo at B's, as message 20.
fn with_photo() -> Pair {
    let mut p = pair();
    pass(&mut p, Side::A, text(10, None), 1);
    p.cover(Side::A, id(20), &photo("u", "before"));
    sent(&mut p, Side::A, 10, 20);
    p
}

/// Guard: `Covered`. Taking the spoiler off sends all of the message again.
#[test]
fn what_is_uncovered_is_as_it_was_changed_last() {
    let mut p = with_photo();
    pass(&mut p, Side::A, new_photo(10, photo("u", "after")), 2);
    assert_eq!(p.uncover(Side::A, id(20), "another"), None);
    assert_eq!(p.uncover(Side::B, id(20), "u"), None, "a message of the other chat");
    let media = OutMedia { spoiler: false, ..photo("u", "after") };
    let call = Call::Edit { message: id(20), payload: Payload::Media(media) };
    assert_eq!(p.uncover(Side::A, id(20), "u"), Some(Outgoing { chat: B, call }));
    assert_eq!(p.uncover(Side::A, id(20), "u"), None, "once");
}

#[test]
fn a_photo_that_was_changed_or_deleted_meanwhile_is_not_uncovered() {
    let mut p = with_photo();
    pass(&mut p, Side::A, new_photo(10, photo("other", "")), 2);
    assert_eq!(p.uncover(Side::A, id(20), "u"), None);
    assert!(p.uncover(Side::A, id(20), "other").is_some());
    let mut p = with_photo();
    pass(&mut p, Side::A, delete(10), 2);
    assert_eq!(p.uncover(Side::A, id(20), "u"), None);
    // Known to be fine, it leaves in the open: there is nothing to uncover.
    let mut p = with_photo();
    pass(&mut p, Side::A, new_photo(10, OutMedia { spoiler: false, ..photo("u", "") }), 2);
    assert_eq!(p.uncover(Side::A, id(20), "u"), None);
}

#[test]
fn a_spoiler_of_the_senders_own_stays_and_the_rest_is_bounded() {
    let mut p = pair();
    p.cover(Side::A, id(20), &OutMedia { veiled: true, ..photo("u", "") });
    assert_eq!(p.uncover(Side::A, id(20), "u"), None);
    (1..=65).for_each(|copy| p.cover(Side::A, id(copy), &photo("u", "")));
    assert_eq!(p.uncover(Side::A, id(1), "u"), None, "the oldest stays covered");
    assert!((2..=65).all(|copy| p.uncover(Side::A, id(copy), "u").is_some()));
}
