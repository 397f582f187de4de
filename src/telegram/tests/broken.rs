//! Each field of each kind of update broken in turn, in each way. Whatever comes of it, nobody is
//! left without a word: it passes as far as it can be read, or its sender is told and it is kept as
//! a dead letter.

use super::super::{Decoded, decode};
use super::hostile::paths;
use super::newer::newer;
use super::samples::{USER, all, message, person, private, update};
use nameless_domain::ids::{PairId, Seq, UserId};
use nameless_domain::profile::{AgeBand, Gender};
use nameless_domain::relay::content::Body;
use nameless_domain::rules::Rules;
use nameless_domain::session::account::{Account, AdultConsent, Phase};
use nameless_domain::session::{Effect, Event, Moment, SessionCore};
use nameless_domain::text::Lang;
use nameless_domain::time::Millis;
use nameless_domain::update::{Act, Update};
use serde_json::{Value, json};

/// Stands for half a surrogate pair, which no `Value` can hold.
const HALF: &str = "@half@";

/// What a field becomes; none: it is missing.
fn breaks() -> Vec<Option<Value>> {
    let values = [
        json!(null),
        json!(true),
        json!(5),
        json!(-1),
        json!(i64::MAX),
        json!(1e300),
        json!("words"),
        json!(HALF),
        json!([]),
        json!([null]),
        json!({}),
    ];
    [None].into_iter().chain(values.into_iter().map(Some)).collect()
}

fn broken(json: &Value, path: &str, with: Option<&Value>) -> String {
    let mut json = json.clone();
    match with {
        Some(value) => *json.pointer_mut(path).expect("a path of it") = value.clone(),
        None => {
            let (parent, key) = path.rsplit_once('/').expect("a path");
            match json.pointer_mut(parent).expect("a path of it") {
                Value::Object(map) => drop(map.remove(key)),
                Value::Array(list) => drop(list.remove(key.parse().expect("an index"))),
                _ => unreachable!(),
            }
        }
    }
    json.to_string().replace(HALF, "a\\ud83d")
}

/// Whether an update that is broken so is rightly nobody's of ours.
fn is_nobodys(path: &str, value: Option<&Value>) -> bool {
    let depth = path.matches('/').count();
    // No kind of update at all, or one that is not known.
    if depth == 1 {
        // A number beyond all bounds is read as none.
        return value.is_none_or(|value| value.is_null() || *value == json!(1e300));
    }
    let number = |n: i64| value == Some(&json!(n));
    match path.rsplit('/').next().expect("a key") {
        // Another bot, another person's chat, a group.
        "is_bot" => value == Some(&json!(true)),
        "id" => number(5) || number(-1),
        // A change of the membership that says nothing of a block.
        "status" => value.is_some_and(Value::is_string),
        _ => false,
    }
}

fn chatting() -> SessionCore {
    let mut account = Account::new(UserId(USER), Lang::En, Millis(0));
    account.adult = Some(AdultConsent { at: Millis(0), version: 1 });
    account.gender = Some(Gender::Female);
    account.age = Some(AgeBand::From22);
    let since = Millis(0);
    account.phase = Phase::Chatting { pair: PairId(7), partner: UserId(8), since, after: Seq(0) };
    SessionCore::new(account)
}

/// Whether somebody sees something of it.
fn is_seen(update: &Update) -> bool {
    // Telegram's own lines ("pinned a message") are no words, and that the bot was unblocked needs
    // no answer.
    let silent = match &update.act {
        Act::Message(message) | Act::Edited(message) => matches!(message.body, Body::Service),
        Act::UnblockedBot => true,
        _ => false,
    };
    let mut effects = Vec::new();
    let at = Moment { now: Millis(1), seq: Some(Seq(1)) };
    chatting().on(Event::Update(update.clone()), at, &Rules::default(), &mut effects);
    let shows = |e: &Effect| {
        matches!(
            e,
            Effect::Say(_)
                | Effect::Relay { .. }
                | Effect::AwaitAlbum { .. }
                | Effect::Answer { .. }
                | Effect::EndPair { .. }
        )
    };
    silent || effects.iter().any(shows)
}

#[test]
fn a_broken_field_is_never_silence() {
    let (mut passed, mut told, mut nobodys, mut faults) = (0, 0, 0, Vec::new());
    for (name, json) in all().into_iter().chain(newer()) {
        let mut places = Vec::new();
        paths(&json, "", &mut places);
        for path in places.iter().filter(|path| *path != "/update_id") {
            for value in breaks() {
                let raw = broken(&json, path, value.as_ref());
                match decode(&raw) {
                    Decoded::Update(update) if update.user != UserId(USER) => {
                        faults.push(format!("{name} {path} {value:?}: told to {:?}", update.user));
                    }
                    Decoded::Update(update) if update.act == Act::Unreadable => told += 1,
                    Decoded::Update(update) if is_seen(&update) => passed += 1,
                    Decoded::Ignored { .. } if is_nobodys(path, value.as_ref()) => nobodys += 1,
                    // Whose it is cannot be known: kept, and there is nobody to tell.
                    Decoded::Malformed { update_id: Some(900) } if path.matches('/').count() == 1 => {
                        nobodys += 1
                    }
                    other => faults.push(format!("{name} {path} {value:?}: {other:?}")),
                }
            }
        }
    }
    assert!(faults.is_empty(), "{} of {}:\n{}", faults.len(), passed + told, faults.join("\n"));
    // Most pass; the rest is what the message is nothing without.
    assert!(
        passed > 5_000 && told > 200 && nobodys < 800,
        "{passed} passed, {told} told, {nobodys} nobody's"
    );
}

/// What must not be lost by a break elsewhere.
#[test]
fn what_can_be_read_passes() {
    let act = |content: Value| match decode(&update("message", message(content)).to_string()) {
        Decoded::Update(update) => update.act,
        other => panic!("{other:?}"),
    };
    let body = |content| match act(content) {
        Act::Message(message) => message,
        other => panic!("{other:?}"),
    };
    let marks = json!({"text": "words", "entities": [{"type": "bold", "offset": 0},
        {"type": "italic", "offset": 1, "length": 2}, {"type": "code", "offset": "0", "length": 1}]});
    assert!(matches!(body(marks).body, Body::Text(rich) if rich.text == "words" && rich.entities.len() == 1));
    let file = json!({"document": {"file_id": "handle"}, "caption": "look"});
    let Body::Media { media, caption } = body(file).body else { panic!() };
    assert_eq!((media.unique_id.as_str(), caption.text.as_str()), ("handle", "look"));
    let sizes =
        json!({"photo": [{"file_id": "a", "file_unique_id": "b"}, {"file_id": 4}, null, {"width": 1}]});
    assert!(matches!(body(sizes).body, Body::Media { media, .. } if media.file_id == "4"));
    let dice = |value: Value| body(json!({"dice": {"emoji": "🎲", "value": value}})).body;
    assert_eq!(dice(json!("4")), Body::Dice { emoji: "🎲".into(), value: 4 });
    let reply = json!({"text": "x", "reply_to_message": {"message_id": 3}});
    assert_eq!(body(reply).reply_to, None);
    assert_eq!(body(json!({"text": "x", "media_group_id": 5})).album.as_deref(), Some("5"));
    for lost in [
        json!({"text": 5}),
        json!({"text": "x", "message_id": 4_000_000_000_u64}),
        json!({"text": "x", "message_id": null}),
        json!({"dice": {"emoji": "🎲", "value": 4_000_000_000_u64}}),
        json!({"document": {"file_unique_id": "b"}, "caption": "look"}),
        json!({"photo": {}}),
        json!({"text": "x", "chat": null}),
    ] {
        assert_eq!(act(lost.clone()), Act::Unreadable, "{lost}");
    }
    // A group is none of ours, broken or not.
    let group = json!({"text": 5, "chat": {"id": -5, "type": "group"}});
    assert_eq!(decode(&update("message", message(group)).to_string()), Decoded::Ignored { update_id: 900 });
    for (from, chat) in [
        (json!(null), private()),
        (person(USER), json!({"type": "private"})),
        (person(USER), json!({"id": USER})),
    ] {
        let whose = json!({"text": "x", "from": from, "chat": chat});
        assert!(matches!(act(whose), Act::Message(_)));
    }
}
