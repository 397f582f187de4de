//! What passes in a chat, and what the sender is told.

use super::*;
use crate::capabilities::dating::place::Cell;
use crate::relay::content::{Payload, Refused};

#[test]
fn text_reply_edit_reaction() {
    let mut b = Bench::chatting();
    assert!(matches!(
        relayed(&b.text("hello"))[..],
        [RelayOp::Send { payload: Payload::Text(_), reply_to: None, .. }]
    ));
    let out = b.act(reply(9, "yes", 4));
    assert!(matches!(relayed(&out)[..], [RelayOp::Send { reply_to: Some(MessageId(4)), .. }]));
    let out = b.act(Act::Edited(inbound(9, Body::Text(Rich::plain("no")))));
    assert!(matches!(relayed(&out)[..], [RelayOp::Edit { source: MessageId(9), .. }]));
    let out = b.act(Act::Reacted { message: MessageId(4), emoji: vec!["👍".into(), "🔥".into()] });
    assert!(matches!(relayed(&out)[..], [RelayOp::React { emoji: Some(e), .. }] if e == "👍"));
    let out = b.act(Act::Reacted { message: MessageId(4), emoji: Vec::new() });
    assert!(matches!(relayed(&out)[..], [RelayOp::React { emoji: None, .. }]));
    let mut idle = Bench::idle();
    assert!(idle.act(Act::Edited(inbound(9, Body::Text(Rich::plain("no"))))).is_empty());
    assert!(idle.act(Act::Reacted { message: MessageId(4), emoji: Vec::new() }).is_empty());
}

#[test]
fn delete_needs_a_reply() {
    let mut b = Bench::chatting();
    for word in ["/delete", "delete", "Delete", "удалить", "Удалить", "УДАЛИТЬ", "/удалить"]
    {
        let out = b.act(reply(9, word, 4));
        assert!(
            matches!(relayed(&out)[..], [RelayOp::Delete { source: MessageId(4), request: MessageId(9) }]),
            "{word}"
        );
    }
    assert_eq!(said(&b.text("/delete")), ["chat-delete-how"]);
    assert!(matches!(relayed(&b.text("delete"))[..], [RelayOp::Send { .. }]), "just a word");
    assert_eq!(said(&Bench::idle().text("/delete")), ["chat-none"]);
    assert_eq!(said(&Bench::searching().act(reply(9, "delete", 4))), ["search-already"]);
}

#[test]
fn a_die_is_told_in_words() {
    let mut b = Bench::chatting();
    let out = b.send(Body::Dice { emoji: "🎲".into(), value: 5 });
    let ops = relayed(&out);
    assert!(matches!(ops[0], RelayOp::Send { payload: Payload::Dice { .. }, .. }));
    assert!(matches!(ops[1], RelayOp::Send { payload: Payload::Text(rich), .. } if rich.text == "🎲 → 5"));
    assert_eq!(said(&out), ["chat-dice"]);
    assert!(said(&b.send(Body::Dice { emoji: "🎲".into(), value: 1 })).is_empty(), "explained once a chat");
    let out = b.send(Body::Dice { emoji: "+7 999 123-45-67".into(), value: 1 });
    assert!(relayed(&out).is_empty());
}

#[test]
fn what_the_partner_misses_is_told_every_time_the_rest_once_a_chat() {
    let mut b = Bench::chatting();
    let hello = || Body::Text(Rich::plain("hello"));
    assert_eq!(said(&b.act(with(hello(), &[Finding::ForwardOrigin]))), ["chat-not-passed"]);
    assert!(said(&b.act(with(hello(), &[Finding::ForwardOrigin]))).is_empty());
    for _ in 0..2 {
        assert_eq!(said(&b.act(with(hello(), &[Finding::ExternalReply]))), ["chat-not-passed"]);
    }
    b.text("/next");
    b.found(PairId(71), UserId(3));
    assert_eq!(said(&b.act(with(hello(), &[Finding::ForwardOrigin]))), ["chat-not-passed"], "a new chat");
}

#[test]
fn warnings_once_in_a_life_spoiler_once_a_chat() {
    let mut b = Bench::chatting();
    let out = b.send(media(MediaKind::Voice, None));
    assert!(said(&out).contains(&"chat-voice-warning") && saves(&out));
    assert!(said(&b.send(media(MediaKind::VideoNote, None))).is_empty());
    let out = b.send(media(MediaKind::Document, None));
    assert!(said(&out).contains(&"chat-file-warning") && saves(&out));
    assert!(said(&b.send(media(MediaKind::Photo, None))).contains(&"chat-spoiler"));
    assert!(said(&b.send(media(MediaKind::Photo, None))).is_empty());
    b.text("/next");
    b.found(PairId(71), UserId(3));
    assert!(said(&b.send(media(MediaKind::Photo, None))).contains(&"chat-spoiler"));
    assert!(!said(&b.send(media(MediaKind::Voice, None))).contains(&"chat-voice-warning"));
}

#[test]
fn refusals_are_told_when_sent_and_not_again_by_edits() {
    let mut b = Bench::chatting();
    let cell = Cell::of(55.75, 37.62).expect("a cell");
    let place = || Body::Place { cell, is_live: true };
    let out = b.send(place());
    assert_eq!((said(&out), relayed(&out).len()), (vec!["refused-location"], 0));
    assert!(b.act(Act::Edited(inbound(1, place()))).is_empty(), "a live location moves");
    let out = b.send(Body::Refused(Refused::Location));
    assert_eq!((said(&out), relayed(&out).len()), (vec!["refused-location"], 0));
    assert!(
        b.act(Act::Edited(inbound(1, Body::Refused(Refused::Location)))).is_empty(),
        "a live location moves"
    );
    let out = b.act(Act::Edited(inbound(1, Body::Refused(Refused::ImageAsFile))));
    assert_eq!(said(&out), ["refused-image-as-file"]);
}

#[test]
fn service_messages_get_no_answer() {
    for make in [Bench::new, Bench::idle, Bench::searching, Bench::chatting] {
        assert!(make().send(Body::Service).is_empty());
    }
}

#[test]
fn words_to_nobody_are_answered() {
    assert_eq!(said(&Bench::idle().text("hello")), ["chat-none"]);
    assert_eq!(buttons(&Bench::idle().text("hello")), ["s:go", "set:show"]);
}

#[test]
fn a_burst_of_words_to_nobody_gets_one_answer() {
    let mut b = Bench::searching();
    let lines: Vec<_> = (0..8).flat_map(|_| said(&b.text("hello"))).collect();
    assert_eq!(lines, ["search-already"]);
    b.later(6_000);
    assert_eq!(said(&b.text("hello")), ["search-already"], "a new burst");
    b.text("/stop");
    assert_eq!(said(&b.text("hello")), ["chat-none"]);
    b.text("/search");
    assert_eq!(said(&b.text("hello")), ["search-already"], "something was done in between");
    // Somebody who goes on and on is answered every minute.
    let mut answers = 0;
    for _ in 0..40 {
        b.later(3_000);
        answers += said(&b.text("hello")).len();
    }
    assert_eq!(answers, 2);
    // A clock that was set back does not silence anybody.
    b.later(-3_600_000);
    assert_eq!(said(&b.text("hello")), ["search-already"]);
}

#[test]
fn a_long_caption_goes_on_in_reply_and_edits_change_every_part() {
    let mut b = Bench::chatting();
    let long = |words: &str| {
        let Body::Media { media, .. } = media(MediaKind::Photo, None) else { unreachable!() };
        Body::Media { media, caption: Rich::plain(words.repeat(400)) }
    };
    let out = b.act(Act::Message(inbound(9, long("words "))));
    let ops = relayed(&out);
    assert!(
        matches!(ops[0], RelayOp::Send { reply_to: None, payload: Payload::Media(m), .. } if m.caption.text.len() <= 1024)
    );
    assert!(matches!(
        ops[1],
        RelayOp::Send { reply_to: Some(MessageId(9)), payload: Payload::Text(_), source: MessageId(9), .. }
    ));
    assert_eq!(ops.len(), 2);
    let out = b.act(Act::Edited(inbound(9, long("other "))));
    let parts: Vec<_> = relayed(&out)
        .into_iter()
        .map(|op| match op {
            RelayOp::EditPart { part, of, source: MessageId(9), .. } => (*part, *of),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(parts, [(0, 2), (1, 2)]);
}

#[test]
fn a_quote_passes_whole_or_not_at_all() {
    use crate::relay::content::Manner;
    let mut b = Bench::chatting();
    let mut quoted = |words: &str| {
        let manner = Manner { quote: Some(Rich::plain(words)), ..Manner::default() };
        let message = inbound(9, Body::Text(Rich::plain("yes")));
        let out = b.act(Act::Message(Inbound {
            reply_to: Some(MessageId(4)),
            manner: Some(Box::new(manner)),
            ..message
        }));
        match relayed(&out)[..] {
            [RelayOp::Send { manner, .. }] => manner.as_ref().and_then(|m| m.quote.clone()).map(|q| q.text),
            ref other => panic!("{other:?}"),
        }
    };
    assert_eq!(quoted("you are right").as_deref(), Some("you are right"));
    assert_eq!(quoted("write to me: +7 916 123-45-67"), None);
    assert_eq!(quoted("   "), None);
    assert_eq!(quoted(&"a".repeat(1_025)), None);
}

#[test]
fn what_cannot_be_read_is_told_in_every_state() {
    for make in [Bench::new, Bench::idle, Bench::searching, Bench::chatting] {
        assert_eq!(said(&make().act(Act::Unreadable)), ["error-unreadable"]);
    }
}
