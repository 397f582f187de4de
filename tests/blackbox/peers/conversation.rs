//! What two people see of a peer.

use super::process::{Bot, TOKEN};
use crate::support::app::{quick_simulator, real_postgres};
use crate::support::people::{PATIENCE, person};
use crate::support::redis::RedisServer;
use nameless_simulator::{ChatMessage, Outgoing, SimUser, Simulator, World};
use secrecy::ExposeSecret;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// How long a bot may take from its start to its first answer, on a machine that does much else
/// meanwhile.
const START: Duration = Duration::from_secs(120);
/// Questions that there may be at most.
const TAPS: usize = 5;

/// A peer that does all that the engine is compared in.
pub async fn everything(bot: Bot) {
    if !bot.install() {
        return;
    }
    let (Some((_server, database)), Some(redis)) = (real_postgres(), RedisServer::start(&[])) else { return };
    let url = redis.url();
    let simulator = Simulator::start(quick_simulator()).expect("the simulator starts");
    let start = || bot.start(&simulator.url(), &database, url.expose_secret());
    let running = start();
    let world = simulator.world();

    let (anna, boris) = (newcomer(&world, "anna"), newcomer(&world, "boris"));
    anna.send_text("/search");
    assert!(first_taps(&anna).await <= TAPS, "/search asks a stranger first");
    boris.send_text("/start");
    assert!(first_taps(&boris).await <= TAPS);

    meet(&anna, &boris).await;
    talk(&anna, &boris).await;
    reply(&anna, &boris).await;
    every_kind(&anna, &boris).await;

    // It remembers: people and pairs are in PostgreSQL, the reply map in Redis.
    let before = anna.send_text("before the restart");
    let copy = arrives(&boris, "before the restart").await;
    settled(&anna, &boris).await;
    running.stop();
    let running = start();
    started(&boris).await;
    boris.reply(copy.message_id, "after the restart");
    assert_eq!(arrives(&anna, "after the restart").await.reply_to(), Some(before));

    part(&anna, &boris).await;
    // A former partner's message can be replied to, and that reaches nobody.
    let marks = (anna.mark(), boris.mark());
    anna.reply(before, "to nobody");
    says(&anna, marks.0, "not in a chat").await;
    somebody_else(&world, &anna, &boris).await;
    assert!(boris.chat().iter().filter(|m| m.message_id > marks.1).all(|m| m.text() != Some("to nobody")));
    running.stop();
    assert_eq!(world.pending_updates(TOKEN), 0, "the bot has acknowledged what it was given");
}

/// The null relay: no questions, no reply map, texts only.
pub async fn texts_only(bot: Bot) {
    if !bot.install() {
        return;
    }
    let simulator = Simulator::start(quick_simulator()).expect("the simulator starts");
    let running = bot.start(&simulator.url(), "", "");
    let world = simulator.world();
    let (anna, boris) = (newcomer(&world, "anna"), newcomer(&world, "boris"));
    started(&anna).await;
    meet(&anna, &boris).await;
    talk(&anna, &boris).await;
    part(&anna, &boris).await;
    running.stop();
}

fn newcomer(world: &Arc<World>, name: &str) -> SimUser {
    person(world, name).with_bot(TOKEN)
}

/// Presses the first button of every question until there is none; how many there were.
async fn first_taps(user: &SimUser) -> usize {
    let mut asked = user.wait_for(START, is_question).await.unwrap_or_else(|e| panic!("no question: {e}"));
    for taps in 1..=TAPS {
        let first = asked.buttons()[0][0].data.clone().expect("a button that tells the bot");
        let (id, edits) = (asked.message_id, asked.edited);
        let press = user.press(id, &first);
        user.wait_answer(PATIENCE, &press).await.unwrap_or_else(|e| panic!("a press without answer: {e}"));
        // The next question comes in the same message or in a new one.
        let next =
            |m: &ChatMessage| m.from_bot && (m.message_id > id || m.message_id == id && m.edited > edits);
        asked = user.wait_for(PATIENCE, next).await.unwrap_or_else(|e| panic!("nothing after a press: {e}"));
        if !is_question(&asked) {
            assert!(asked.text().is_some_and(|t| t.contains("/search")), "{asked}");
            return taps;
        }
    }
    panic!("more than {TAPS} questions: {asked}");
}

fn is_question(message: &ChatMessage) -> bool {
    message.from_bot && !message.buttons().is_empty()
}

/// Waits until the bot says something with `part` in it, after `mark`.
async fn says(user: &SimUser, mark: i32, part: &str) -> ChatMessage {
    user.wait_after(mark, PATIENCE, |m| m.from_bot && m.text().is_some_and(|t| t.contains(part)))
        .await
        .unwrap_or_else(|e| panic!("“{part}” is not said: {e}"))
}

/// Waits until the partner's text is there.
async fn arrives(user: &SimUser, text: &str) -> ChatMessage {
    user.wait_for(PATIENCE, |m| m.from_bot && m.text() == Some(text))
        .await
        .unwrap_or_else(|e| panic!("“{text}” does not arrive: {e}"))
}

/// Waits until the bot answers for the first time since its start.
async fn started(user: &SimUser) {
    let mark = user.mark();
    user.send_text("/start");
    let answer = user.wait_after(mark, START, |m| m.from_bot).await;
    answer.unwrap_or_else(|e| panic!("the bot has not started: {e}"));
}

/// Waits until the bot has done all that `from`'s earlier messages cause: the reply map is written
/// after the copy is sent, and nobody outside this test replies within that millisecond. A chat's
/// messages are handled in their order.
async fn settled(from: &SimUser, to: &SimUser) {
    let text = format!("settled {}", from.mark());
    from.send_text(&text);
    arrives(to, &text).await;
}

/// The first waits, the second finds.
async fn meet(first: &SimUser, second: &SimUser) {
    let marks = (first.mark(), second.mark());
    first.send_text("/search");
    says(first, marks.0, "Searching").await;
    second.send_text("/search");
    says(first, marks.0, "Someone is here").await;
    says(second, marks.1, "Someone is here").await;
}

async fn talk(anna: &SimUser, boris: &SimUser) {
    anna.send_text("hello \"you\" \\ 😀");
    arrives(boris, "hello \"you\" \\ 😀").await;
    boris.send_text("hello");
    arrives(anna, "hello").await;
    // In order, however quickly they come.
    let texts: Vec<String> = (0..50).map(|n| format!("number {n}")).collect();
    for text in &texts {
        anna.send_text(text);
    }
    arrives(boris, "number 49").await;
    let seen: Vec<_> = boris.chat().iter().filter_map(|m| m.text().map(str::to_owned)).collect();
    let seen: Vec<_> = seen.into_iter().filter(|t| t.starts_with("number ")).collect();
    assert_eq!(seen, texts);
}

async fn reply(anna: &SimUser, boris: &SimUser) {
    let original = anna.send_text("what is that?");
    let copy = arrives(boris, "what is that?").await;
    settled(anna, boris).await;
    let answer = boris.reply(copy.message_id, "an answer");
    let answered = arrives(anna, "an answer").await;
    settled(boris, anna).await;
    assert_eq!(answered.reply_to(), Some(original), "a reply reaches the original");
    anna.reply(answered.message_id, "and thanks");
    assert_eq!(arrives(boris, "and thanks").await.reply_to(), Some(answer), "and the other way round");
    let bold = json!([{"type": "bold", "offset": 0, "length": 4}]);
    anna.send(Outgoing::text("bold").entities(bold.clone()));
    assert_eq!(arrives(boris, "bold").await.entities(), bold.as_array().unwrap().as_slice());
}

async fn every_kind(anna: &SimUser, boris: &SimUser) {
    for kind in ["photo", "video", "voice", "video_note", "audio", "document", "sticker", "animation"] {
        let mark = boris.mark();
        anna.send(Outgoing::of_kind(kind).expect("a kind"));
        let copy = boris.wait_after(mark, PATIENCE, |m| m.from_bot).await;
        assert_eq!(copy.unwrap_or_else(|e| panic!("no {kind}: {e}")).kind(), kind);
    }
    let boris_mark = boris.mark();
    for kind in ["location", "contact"] {
        let mark = anna.mark();
        anna.send(Outgoing::of_kind(kind).expect("a kind"));
        says(anna, mark, "not passed on").await;
    }
    assert_eq!(boris.mark(), boris_mark, "where somebody is stays with them");
}

async fn part(anna: &SimUser, boris: &SimUser) {
    let marks = (anna.mark(), boris.mark());
    anna.send_text("/stop");
    says(anna, marks.0, "The chat is over").await;
    says(boris, marks.1, "has left").await;
}

/// A third person comes, is left by /next, and the first two meet again as nobody else waits.
async fn somebody_else(world: &Arc<World>, anna: &SimUser, boris: &SimUser) {
    let clara = newcomer(world, "clara");
    clara.send_text("/start");
    first_taps(&clara).await;
    meet(boris, &clara).await;
    let marks = (boris.mark(), clara.mark(), anna.mark());
    boris.send_text("/next");
    says(&clara, marks.1, "has left").await;
    says(boris, marks.0, "Searching").await;
    anna.send_text("/search");
    says(anna, marks.2, "Someone is here").await;
    anna.send_text("met again");
    arrives(boris, "met again").await;
}
