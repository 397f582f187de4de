//! The session's core: one event each, state and event made outside of the measurement.

use super::samples::{NOW, SHORT, account, chatting, contents, decoded, in_private, message, update};
use criterion::{BatchSize, Criterion};
use nameless_domain::ids::{PairId, Seq, UserId};
use nameless_domain::profile::Interests;
use nameless_domain::rules::Rules;
use nameless_domain::session::account::Phase;
use nameless_domain::session::{EndCause, Event, Moment, SessionCore};
use serde_json::json;

const ME: i64 = 5_000_000_123;
const PARTNER: i64 = 5_000_000_124;
const PAIR: i64 = 7;

fn event_of(raw: &str) -> Event {
    Event::Update(decoded(raw))
}

fn pressed(data: &str) -> Event {
    let content = json!({"id": "123456789012345678", "from": super::samples::person(ME), "chat_instance": "1",
        "data": data, "message": in_private(ME, 3, json!({"text": "a question"}))});
    event_of(&update(900, "callback_query", content))
}

fn reacted() -> Event {
    let content = json!({"chat": {"id": ME, "type": "private"}, "message_id": 40, "date": 1,
        "user": super::samples::person(ME), "old_reaction": [],
        "new_reaction": [{"type": "emoji", "emoji": "👍"}]});
    event_of(&update(900, "message_reaction", content))
}

/// What can happen, and in which phase.
fn events() -> Vec<(&'static str, Phase, Event)> {
    let chat = chatting(PAIR, PARTNER);
    let searching = Phase::Searching { since: NOW, confirmed: NOW, widened: 0 };
    let said = |content| event_of(&message(900, ME, 41, content));
    let text = |words: &str| said(json!({"text": words}));
    let pair = PairId(PAIR);
    let mut all: Vec<_> = contents().into_iter().map(|(name, content)| (name, chat, said(content))).collect();
    let album = contents().into_iter().find(|(name, _)| *name == "photo").map(|(_, mut photo)| {
        photo["media_group_id"] = json!("13579");
        photo
    });
    let edited = update(900, "edited_message", in_private(ME, 40, json!({"text": SHORT, "edit_date": 2})));
    all.extend([
        ("album_item", chat, said(album.expect("a photo"))),
        ("reply", chat, said(json!({"text": SHORT, "reply_to_message": in_private(ME, 40, json!({}))}))),
        ("edit", chat, event_of(&edited)),
        ("reaction", chat, reacted()),
        ("help", chat, text("/help")),
        ("next", chat, text("/next")),
        ("stop", chat, text("/stop")),
        ("search", Phase::Idle, text("/search")),
        ("pressed", Phase::Idle, pressed("set:lang:0")),
        ("loaded", chat, Event::Loaded { live: Some((pair, UserId(PARTNER), NOW)), owed: Vec::new() }),
        (
            "partner_found",
            searching,
            Event::PartnerFound { pair, partner: UserId(PARTNER), common: Interests(5) },
        ),
        ("pair_ended", chat, Event::PairEnded { pair, cause: EndCause::Stopped }),
        ("search_due", searching, Event::SearchDue),
    ]);
    all
}

pub fn benches(c: &mut Criterion) {
    let rules = Rules::default();
    for (name, phase, event) in events() {
        c.bench_function(&format!("core/{name}"), |b| {
            let account = account(ME, phase);
            let at = Moment { now: NOW.plus(60_000), seq: Some(Seq(9)) };
            b.iter_batched(
                || (SessionCore::new(account.clone()), event.clone(), Vec::with_capacity(4)),
                |(mut core, event, mut effects)| {
                    core.on(event, at, &rules, &mut effects);
                    (core, effects)
                },
                BatchSize::SmallInput,
            );
        });
    }
}
