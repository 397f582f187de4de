//! Letters of more than words, and where a session does not know to whom one goes.

use super::letters::{TOKEN, asked, is_relayed, told, writing};
use crate::capabilities::dating::Event;
use crate::capabilities::dating::bot::{Sheet, What, Withheld};
use crate::capabilities::dating::letter::Letter;
use crate::capabilities::dating::letters::{LENGTH, Unsent, as_chat};
use crate::capabilities::faceguard::Reason;
use crate::capabilities::{self, admin, gate};
use crate::ids::{BotId, MessageId};
use crate::relay::content::{Answered, Body, Entity, EntityKind, Finding, Inbound, MediaKind, Refused, Rich};
use crate::session::Effect;
use crate::session::tests::{Bench, has, inbound, media, said};
use crate::update::Act;

const KINDS: [MediaKind; 8] = [
    MediaKind::Photo,
    MediaKind::Video,
    MediaKind::Animation,
    MediaKind::Audio,
    MediaKind::Document,
    MediaKind::Voice,
    MediaKind::VideoNote,
    MediaKind::Sticker,
];

/// Guard: `lets_write`. Where Telegram says nothing people come in, and so do their letters; who
/// has left the channel is found out though they do nothing but write.
#[test]
fn a_letter_waits_for_telegram_as_a_search_does() {
    let hears = |bench: &mut Bench, member| {
        let event = capabilities::Event::Gate(gate::Event { member });
        bench.event(crate::session::Event::Capability(event))
    };
    let looks = |out: &[Effect]| has(out, |e| matches!(e, Effect::Ask(capabilities::Request::Gate(_))));
    let is_sent = |out: &[Effect]| matches!(asked(out), Some(What::Letter { .. }));
    for (member, is_in) in [(Some(true), true), (Some(false), false), (None, true)] {
        let mut bench = writing(Bench::idle());
        bench.rules.gate = Some("https://t.me/example".into());
        let out = bench.text("for Lisa");
        assert!(looks(&out) && !is_sent(&out), "{out:?}");
        let out = hears(&mut bench, member);
        assert_eq!(said(&out).contains(&"gate-join"), !is_in, "{out:?}");
        assert_eq!(is_sent(&bench.text("for Lisa")), is_in, "{member:?}");
    }
    let mut bench = writing(Bench::idle());
    bench.rules.gate = Some("https://t.me/example".into());
    bench.text("for Lisa");
    hears(&mut bench, Some(true));
    bench.later(gate::GOOD_FOR_MS);
    let out = bench.text("for Lisa");
    assert!(looks(&out) && is_sent(&out), "a member writes on while it is asked again");
    hears(&mut bench, Some(false));
    assert!(!is_sent(&bench.text("for Lisa")));
}

/// The letter that is on its way to the store.
fn sent(out: &[Effect]) -> &Letter {
    assert!(!is_relayed(out), "nobody else gets it: {out:?}");
    match asked(out) {
        Some(What::Letter { matched, letter, .. }) if *matched == TOKEN => letter,
        other => panic!("{other:?} of {out:?}"),
    }
}

fn captioned(kind: MediaKind, caption: Rich) -> Body {
    let Body::Media { media, .. } = media(kind, None) else { panic!("a file") };
    Body::Media { media, caption }
}

#[test]
fn whatever_a_chat_passes_on_goes_by_letter() {
    for kind in KINDS {
        let mut bench = writing(Bench::chatting());
        let out = bench.send(captioned(kind, Rich::plain("look")));
        let Letter { words, file: Some(file) } = sent(&out) else { panic!("{kind:?}: no file") };
        assert_eq!((file.kind, &*file.file_id, &*file.unique_id), (kind, "f", "q"));
        assert_eq!(file.spoiler, kind.behind_spoiler(), "{kind:?} (I12)");
        assert_eq!(file.caption, Rich::default(), "{kind:?}: it is the letter's words");
        // Of a kind without words below it Telegram takes none.
        assert_eq!(words.text, if kind.has_caption() { "look" } else { "" }, "{kind:?}");
    }
}

/// I5: nothing of who they are is in a letter.
#[test]
fn words_below_a_file_are_masked_as_in_a_chat() {
    let mut bench = writing(Bench::chatting());
    let entities = vec![
        Entity { kind: EntityKind::Identifying(Finding::Username), offset: 0, length: 14 },
        Entity { kind: EntityKind::HiddenLink, offset: 15, length: 2 },
        Entity { kind: EntityKind::Bold, offset: 18, length: 2 },
    ];
    let caption = Rich { text: "@somebody_real me hi".into(), entities };
    let message = inbound(bench.seq as i32 + 1, captioned(MediaKind::Photo, caption));
    let envelope = vec![Finding::ForwardOrigin, Finding::ViaBot];
    let out = bench.act(Act::Message(Inbound { envelope, ..message }));
    let words = &sent(&out).words;
    assert!(!words.text.contains("somebody_real") && words.text.ends_with("me hi"), "{words:?}");
    let marks: Vec<&EntityKind> = words.entities.iter().map(|mark| &mark.kind).collect();
    assert_eq!(marks, [&EntityKind::Bold]);
    assert!(said(&out).contains(&"chat-not-passed"), "{out:?}");
    // A name that a file would show leaves with another one, or not at all.
    let out = bench.send(media(MediaKind::Sticker, Some("somebodys_pack")));
    let file = sent(&out).file.as_ref().expect("a sticker");
    assert!(file.launder.is_some(), "{file:?}");
    // Too much to read.
    let long = "я".repeat(LENGTH + 1);
    let out = bench.send(captioned(MediaKind::Voice, Rich::plain(long)));
    assert_eq!((said(&out), asked(&out), is_relayed(&out)), (vec!["dating-letter-long"], None, false));
}

#[test]
fn what_a_chat_refuses_goes_by_no_letter_and_that_is_said() {
    let dice = Body::Dice { emoji: "🎲".into(), value: 3 };
    let refused = [
        Refused::Contact,
        Refused::Location,
        Refused::Poll,
        Refused::Story,
        Refused::Paid,
        Refused::Game,
        Refused::Unknown,
    ];
    let blank = Body::Text(Rich::plain(" \n"));
    for body in refused.map(Body::Refused).into_iter().chain([dice, blank]) {
        let mut bench = writing(Bench::chatting());
        let out = bench.send(body);
        assert_eq!((said(&out), asked(&out)), (vec!["dating-letter-kinds"], None));
        assert!(!is_relayed(&out), "nobody gets what was for somebody else: {out:?}");
    }
    // How such a file may go is said as in a chat.
    let mut bench = writing(Bench::chatting());
    let out = bench.send(Body::Refused(Refused::TooLarge));
    assert_eq!((said(&out), asked(&out)), (vec!["refused-too-large"], None));
    // Of an album it is said once.
    let said_of = |bench: &mut Bench| {
        let message = inbound(bench.seq as i32 + 1, Body::Refused(Refused::Paid));
        said(&bench.act(Act::Message(Inbound { album: Some("a".into()), ..message })))
    };
    assert_eq!((said_of(&mut bench), said_of(&mut bench)), (vec!["dating-letter-kinds"], vec![]));
}

#[test]
fn voices_and_pictures_are_warned_of_as_in_a_chat() {
    let mut bench = writing(Bench::chatting());
    let out = bench.send(media(MediaKind::Voice, None));
    assert_eq!(said(&out), ["chat-voice-warning"]);
    let out = bench.send(media(MediaKind::Photo, None));
    assert_eq!(said(&out), ["chat-spoiler"]);
    for kind in [MediaKind::Voice, MediaKind::Photo] {
        assert_eq!(said(&bench.send(media(kind, None))), [""; 0], "once");
    }
    let out = bench.event(told(Event::LetterHeld { matched: TOKEN, why: Unsent::Far }));
    assert_eq!(said(&out), ["dating-letter-far"]);
    assert_eq!(bench.core.account.letter, Some(TOKEN), "and letters go on");
}

#[test]
fn letters_are_told_in_their_order() {
    let mut bench = writing(Bench::chatting());
    let voice = sent(&bench.send(media(MediaKind::Voice, None))).file.clone();
    let sheet = |file, words: &str| Sheet { file, parameters: words.into(), instead: Some("{}".into()) };
    let all = vec![sheet(None, "{1}"), sheet(voice, "{2}"), sheet(None, "{3}")];
    let out = bench.event(told(Event::Letters(all)));
    let calls: Vec<(&str, &str, bool, usize)> = out
        .iter()
        .map(|effect| match effect {
            Effect::Call(call) => (call.name, &*call.parameters, call.shows, call.files.len()),
            other => panic!("{other:?}"),
        })
        .collect();
    let [first, second, third] =
        [("sendMessage", "{1}", true, 0), ("sendVoice", "{2}", true, 1), ("sendMessage", "{3}", true, 0)];
    assert_eq!(calls, [first, second, third]);
}

/// Guard: `goes_along`. Whichever items of an album say what it answers, none is for the partner.
#[test]
fn an_album_goes_to_one_match_as_a_whole() {
    let mut bench = writing(Bench::chatting());
    bench.press(&format!("dt:unletter:{TOKEN}"));
    let mut item = |album: &str, answers: Option<&str>| {
        let message = inbound(bench.seq as i32 + 1, media(MediaKind::Photo, None));
        let answers = answers.map(|data| Answered::Buttons(data.into()));
        let reply_to = answers.as_ref().map(|_| MessageId(500));
        let album = Some(album.to_owned());
        bench.act(Act::Message(Inbound { album, answers, reply_to, ..message }))
    };
    let letter = format!("dt:letter:{TOKEN}");
    assert!(sent(&item("a", Some(&letter))).file.is_some());
    assert!(sent(&item("a", None)).file.is_some());
    // Another one is for whom they talk to.
    assert_eq!(asked(&item("b", None)), None);
    assert!(is_relayed(&bench.event(crate::session::Event::AlbumDue)));
}

/// What was a letter before a restart the store knows; it is asked where letters are written.
#[test]
fn a_reply_to_what_may_have_been_a_letter_says_so() {
    let answers = |out: &[Effect]| match asked(out) {
        Some(What::Letter { answers, .. }) => *answers,
        other => panic!("{other:?}"),
    };
    let mut bench = writing(Bench::chatting());
    let mut to = |id: Option<i32>| {
        let message = inbound(bench.seq as i32 + 100, Body::Text(Rich::plain("and one more thing")));
        bench.act(Act::Message(Inbound { reply_to: id.map(MessageId), ..message }))
    };
    assert_eq!(answers(&to(None)), None);
    assert_eq!(answers(&to(Some(40))), Some(MessageId(40)));
    bench.event(told(Event::LetterTaken { matched: TOKEN, bot: BotId::FIRST, message: MessageId(40) }));
    let message = inbound(bench.seq as i32 + 100, Body::Text(Rich::plain("and one more thing")));
    let out = bench.act(Act::Message(Inbound { reply_to: Some(MessageId(40)), ..message }));
    assert_eq!(answers(&out), None, "that one is remembered");
}

/// Where the first of an album alone says what it answers, the others go along.
#[test]
fn an_album_that_answers_what_may_have_been_a_letter_stays_together() {
    let mut bench = writing(Bench::chatting());
    let mut answers = |reply_to: Option<i32>| {
        let message = inbound(bench.seq as i32 + 100, media(MediaKind::Photo, None));
        let album = Some("a".to_owned());
        let message = Inbound { reply_to: reply_to.map(MessageId), album, ..message };
        let out = bench.act(Act::Message(message));
        match asked(&out) {
            Some(What::Letter { answers, .. }) => *answers,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!([answers(Some(40)), answers(None)], [Some(MessageId(40)); 2]);
}

/// The mark stands at the bot that got the letter, wherever its writer is by then.
#[test]
fn a_letter_is_marked_where_it_was_written() {
    let mut bench = writing(Bench::chatting());
    let out = bench.event(told(Event::LetterTaken { matched: TOKEN, bot: BotId(1), message: MessageId(5) }));
    assert!(has(&out, |effect| matches!(effect, Effect::Call(call) if call.name == "setMessageReaction")));
    assert_eq!(bench.core.chat(), bench.core.account.user.at(BotId(1)));
    bench.event(told(Event::Letters(Vec::new())));
    assert_eq!(bench.core.chat(), bench.core.account.user.at(BotId::FIRST), "only that");
}

/// The marks say which ones, at the bot that got them; whoever was to get them reads nothing.
#[test]
fn letters_that_do_not_arrive_lose_their_marks() {
    let mut bench = writing(Bench::chatting());
    let lost = |messages: &[i32]| {
        let messages = messages.iter().map(|id| MessageId(*id)).collect();
        told(Event::LettersLost { bot: BotId(1), messages, why: None })
    };
    let out = bench.event(lost(&[5, 6]));
    let calls: Vec<&str> = out
        .iter()
        .filter_map(|effect| match effect {
            Effect::Call(call) if call.name == "setMessageReaction" => Some(&*call.parameters),
            _ => None,
        })
        .collect();
    let of = |id: i32| format!(r#"{{"chat_id":1,"message_id":{id},"reaction":[]}}"#);
    assert_eq!(calls, [of(5), of(6)]);
    assert_eq!(said(&out), ["dating-letter-failed"]);
    assert_eq!(bench.core.chat(), bench.core.account.user.at(BotId(1)));
    assert!(bench.event(lost(&[])).is_empty());
    let out = bench.event(told(Event::LetterFailed { letter: TOKEN }));
    assert_eq!((asked(&out), said(&out)), (Some(&What::LetterFailed { letter: TOKEN }), vec![]));
}

/// Guard: the marks in `marks::lost`. Of several pictures at one time the reason is said once.
#[test]
fn letters_that_are_kept_back_lose_their_marks_and_it_is_said_why() {
    let mut bench = writing(Bench::chatting());
    let mut lost = |id: i32, why: Withheld| {
        let (messages, why) = (vec![MessageId(id)], Some((TOKEN, why)));
        let out = bench.event(told(Event::LettersLost { bot: BotId(1), messages, why }));
        let of = format!(r#"{{"chat_id":1,"message_id":{id},"reaction":[]}}"#);
        assert!(
            has(&out, |effect| {
                let Effect::Call(call) = effect else { return false };
                call.name == "setMessageReaction" && call.parameters == of
            }),
            "{out:?}"
        );
        said(&out)
    };
    assert_eq!(lost(5, Withheld::Refused(Reason::Nude)), ["photo-refused-nude"]);
    assert_eq!(lost(6, Withheld::Refused(Reason::Nude)), [""; 0]);
    assert_eq!(lost(7, Withheld::Refused(Reason::Spam)), ["photo-refused-spam"]);
    assert_eq!(lost(8, Withheld::Far), ["dating-letter-far"]);
}

/// Guard: `default` at `why`. What a node of the version before wrote.
#[test]
fn lost_letters_from_before_say_no_reason() {
    let before = r#"{"letters_lost":{"bot":0,"messages":[5]}}"#;
    let read: Event = serde_json::from_str(before).expect("an event");
    let lost = Event::LettersLost { bot: BotId::FIRST, messages: vec![MessageId(5)], why: None };
    assert_eq!((&read, serde_json::to_string(&lost).expect("JSON").as_str()), (&lost, before));
}

/// Guard: `admin::watch` in `write`.
#[test]
fn letters_to_the_beat_of_a_clock_are_noticed() {
    assert!(as_chat(TOKEN).0 < 0 && as_chat(TOKEN) != as_chat(crate::capabilities::dating::bot::Token(1)));
    let mut bench = writing(Bench::chatting());
    let is_found = |out: &[Effect]| {
        has(out, |effect| {
            let Effect::Ask(capabilities::Request::Admin(asked)) = effect else { return false };
            matches!(asked, admin::Request::Detected { pattern: admin::Pattern::Rhythm, .. })
        })
    };
    let found = (0..20).any(|_| {
        bench.later(5_000);
        is_found(&bench.text("hello"))
    });
    assert!(found, "nobody noticed");
}
