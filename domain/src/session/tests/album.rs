//! Albums: items come one by one and leave together.

use super::*;

fn item(id: i32, group: &str) -> Act {
    let body = media(MediaKind::Photo, None);
    Act::Message(Inbound { album: Some(group.into()), ..inbound(id, body) })
}

fn shape(out: &[Effect]) -> Vec<Vec<i32>> {
    relayed(out)
        .into_iter()
        .map(|op| match op {
            RelayOp::Send { source, .. } => vec![source.0],
            RelayOp::SendAlbum { items, .. } => items.iter().map(|(id, _)| id.0).collect(),
            other => panic!("{other:?}"),
        })
        .collect()
}

#[test]
fn ten_leave_at_once_in_order() {
    let mut b = Bench::chatting();
    let out = b.act(item(20, "a"));
    assert!(has(&out, |e| matches!(e, Effect::AwaitAlbum { after_ms: 500 })) && b.core.holds_something());
    for id in [19, 11, 12, 13, 14, 15, 16, 17] {
        assert!(b.act(item(id, "a")).is_empty());
    }
    let out = b.act(item(18, "a"));
    assert_eq!(shape(&out), [(11..=20).collect::<Vec<_>>()]);
    let ends = |behind: &[Seq]| (behind.len(), behind.last().copied());
    let first = Seq(b.seq - 9);
    assert!(
        has(&out, |e| matches!(e, Effect::Relay { behind, .. } if ends(behind) == (10, Some(first)))),
        "each update stands where its item does"
    );
    assert!(!b.core.holds_something());
    b.act(item(21, "a"));
    assert_eq!(shape(&b.event(Event::AlbumDue)), [[21]], "an eleventh is one of its own");
}

#[test]
fn whatever_comes_next_flushes_it_first() {
    let flushes: [fn(&mut Bench) -> Vec<Effect>; 5] = [
        |b| b.text("hello"),
        |b| b.act(item(9, "b")),
        |b| b.event(Event::AlbumDue),
        |b| b.act(Act::Edited(inbound(1, Body::Text(Rich::plain("x"))))),
        |b| b.act(Act::Reacted { message: MessageId(1), emoji: Vec::new() }),
    ];
    for flush in flushes {
        let mut b = Bench::chatting();
        b.act(item(5, "a"));
        b.act(item(6, "a"));
        let out = flush(&mut b);
        assert!(matches!(relayed(&out)[0], RelayOp::SendAlbum { items, .. } if items.len() == 2));
    }
    assert!(Bench::chatting().event(Event::AlbumDue).is_empty(), "an outdated timer");
}

#[test]
fn one_item_is_no_album_and_the_end_drops_what_waits() {
    let mut b = Bench::chatting();
    b.act(item(5, "a"));
    assert!(matches!(relayed(&b.event(Event::AlbumDue))[..], [RelayOp::Send { .. }]));
    let ends: [fn(&mut Bench) -> Vec<Effect>; 3] = [
        |b| b.event(Event::PairEnded { pair: P, cause: crate::session::EndCause::Stopped }),
        |b| b.press("fb:block:70"),
        |b| b.act(Act::BlockedBot),
    ];
    for end in ends {
        let mut b = Bench::chatting();
        b.act(item(5, "a"));
        assert!(relayed(&end(&mut b)).is_empty() && !b.core.holds_something());
        assert!(b.event(Event::AlbumDue).is_empty());
    }
}

/// Row by row of issue 12, B17 and B20.
#[test]
fn an_album_is_told_once_and_its_long_captions_go_on_behind_it() {
    let mut b = Bench::chatting();
    let refused = |id, group: &str| {
        let body = Body::Refused(crate::relay::content::Refused::ImageAsFile);
        Act::Message(Inbound { album: Some(group.into()), ..inbound(id, body) })
    };
    let lines: Vec<_> = (1..=6).flat_map(|id| said(&b.act(refused(id, "r")))).collect();
    assert_eq!(lines, ["refused-image-as-file"]);
    assert_eq!(said(&b.act(refused(7, "s"))), ["refused-image-as-file"], "another album");

    let captioned = |id, words: String| {
        let Body::Media { media, .. } = media(MediaKind::Photo, None) else { unreachable!() };
        let body = Body::Media { media, caption: Rich::plain(words) };
        Act::Message(Inbound { album: Some("a".into()), ..inbound(id, body) })
    };
    b.act(captioned(21, "x ".repeat(1000)));
    b.act(captioned(20, "short".into()));
    let out = b.event(Event::AlbumDue);
    assert_eq!(shape(&out), [vec![20, 21], vec![21]]);
    let behind = |e: &Effect| match e {
        Effect::Relay { behind, op: RelayOp::Send { reply_to, .. }, .. } => Some((behind.len(), *reply_to)),
        _ => None,
    };
    assert_eq!(out.iter().find_map(behind), Some((1, Some(MessageId(21)))));
}
