use super::{Enqueue, Listener, Origin, Outbox, Purge};
use crate::env::Faults;
use crate::kernel::ticket::all_done;
use crate::ports::{BAD_TOKEN, Owed, SendError, Unwelcome, Write};
use crate::tell;
use crate::testing::Tree;
use nameless_domain::ids::{BotId, ChatId, MessageId, PairId};
use nameless_domain::outbox::Lane;
use nameless_domain::outgoing::{Call, Outgoing};
use nameless_domain::relay::Undelivered;
use nameless_domain::session::notice::Notice;
use smallvec::smallvec;
use std::time::Duration;
use tokio::sync::oneshot;

#[actix::test]
async fn told_to_wait_concerns_that_chat_only() {
    let tree = Tree::grow(Faults::default()).await;
    tree.chat(1, 2);
    tree.chat(3, 4);
    tree.script(2, [SendError::RetryAfter(Duration::from_millis(40))]);
    tree.say(1, "waits").await;
    tree.until("it was told to wait", || tree.env().meters.told_to_wait.get() == 1).await;
    tree.say(1, "behind").await;
    tree.say(3, "goes").await;
    tree.gets(4, &["goes"]).await;
    assert!(tree.got(2).is_empty(), "the clock stands");
    tree.pass_ms(40);
    tree.gets(2, &["waits", "behind"]).await;
    tree.all_done().await;
}

/// Told once until something arrives, whether it is that message which is held up or one that comes
/// behind.
#[actix::test]
async fn a_long_wait_is_told_to_who_writes() {
    let tree = Tree::grow(Faults::default()).await;
    tree.chat(1, 2);
    let wait = || SendError::RetryAfter(Duration::from_secs(18_053));
    tree.script(2, [wait(), wait()]);
    tree.say(1, "a").await;
    tree.gets(1, &["chat-held-up"]).await;
    tree.say(1, "b").await;
    tree.pass_ms(18_053_000);
    tree.until("it is told to wait again", || tree.env().meters.told_to_wait.get() == 2).await;
    tree.say(1, "c").await;
    tree.pass_ms(18_053_000);
    tree.gets(2, &["a", "b", "c"]).await;
    tree.gets(1, &["chat-held-up"]).await;
    tree.script(2, [wait()]);
    tree.say(1, "d").await;
    tree.gets(1, &["chat-held-up", "chat-held-up"]).await;
    tree.pass_ms(18_053_000);
    tree.say(1, "e").await;
    tree.all_done().await;
}

#[actix::test]
async fn an_unknown_outcome_is_tried_again_and_counted() {
    let tree = Tree::grow(Faults::default()).await;
    tree.chat(1, 2);
    tree.script(2, [SendError::Ambiguous("cut off".into()), SendError::Unsent("no route".into())]);
    tree.say(1, "hello").await;
    tree.until("the first try", || tree.env().meters.ambiguous_retries.get() == 1).await;
    tree.pass_ms(100);
    tree.until("the second try", || tree.tries() == 2).await;
    tree.pass_ms(200);
    tree.gets(2, &["hello"]).await;
    assert_eq!(tree.env().meters.ambiguous_retries.get(), 1, "the definite failure is not counted");
    tree.all_done().await;
}

#[actix::test]
async fn what_telegram_refuses_is_told_and_blocks_nothing() {
    let tree = Tree::grow(Faults::default()).await;
    tree.chat(1, 2);
    tree.script(2, [SendError::Refused("bad".into())]);
    let lost = tree.say(1, "refused").await;
    tree.say(1, &format!("re:{lost}:on")).await;
    tree.gets(2, &["on"]).await;
    tree.gets(1, &["chat-send-refused"]).await;
    tree.all_done().await;
}

/// What is wrong with a message or a file says nothing of the bot.
#[actix::test]
async fn only_what_is_refused_to_the_bot_itself_is_counted_for_it() {
    let tree = Tree::grow(Faults::default()).await;
    tree.chat(1, 2);
    let refused = || tree.env().meters.bots.of(BotId::FIRST).refused.get();
    tree.script(2, [SendError::Refused("bad".into()), SendError::TooLarge, SendError::FilesBusy]);
    for words in ["a", "b", "c", "d"] {
        tree.say(1, words).await;
    }
    tree.gets(2, &["d"]).await;
    assert_eq!(refused(), 0);
    tree.script(2, [SendError::Unsent(BAD_TOKEN.into())]);
    tree.say(1, "e").await;
    tree.until("its token", || refused() == 1).await;
    tree.pass_ms(30_000);
    tree.gets(2, &["d", "e"]).await;
    assert_eq!(refused(), 1);
    tree.script(2, [SendError::Gone]);
    tree.say(1, "f").await;
    tree.until("somebody who is gone", || refused() == 2).await;
    tree.all_done().await;
}

/// Lets calls come back, whatever the back-off, until there were so many tries in all.
async fn tries(tree: &Tree, total: u32) {
    while tree.tries() < total {
        let before = tree.tries();
        tree.pass_ms(30_000);
        tree.until("the next try", || {
            tell!(
                tree.env().directory.one::<Outbox>(),
                Purge { chat: ChatId(99), pair: PairId(99), over: None }
            );
            tree.tries() > before
        })
        .await;
    }
}

/// Lines that were owed at some time, and those that are no longer.
fn owed(tree: &Tree) -> (Vec<Notice>, Vec<Notice>) {
    let (mut owed, mut over) = (Vec::new(), Vec::new());
    for write in tree.store.batches.lock().unwrap().iter().flatten() {
        match write {
            Write::Owed { owed: Owed { notice, .. }, .. } => owed.push(*notice),
            Write::NotOwed { notice, .. } => over.push(*notice),
            _ => {}
        }
    }
    owed.dedup();
    (owed, over)
}

/// Guard: `Setback::Away`. With the count of doubts both would be lost after ten tries.
#[actix::test]
async fn an_outage_of_any_length_within_the_hour_costs_nothing() {
    let tree = Tree::grow(Faults::default()).await;
    tree.chat(1, 2);
    let page = || SendError::Away("HTTP 502".into());
    tree.script(2, (0..40).map(|_| page()));
    tree.script(1, (0..40).map(|_| page()));
    tree.say(1, "kept").await;
    tree.say(1, "/help").await;
    tree.until("the first tries", || tree.tries() == 2).await;
    tries(&tree, 82).await;
    tree.gets(2, &["kept"]).await;
    tree.gets(1, &["help-text"]).await;
    tree.all_done().await;
}

/// Guards: `Write::Owed` in the relay, the longer patience with owed lines.
#[actix::test]
async fn what_may_not_have_arrived_is_said_and_the_line_is_owed_until_it_leaves() {
    let tree = Tree::grow(Faults::default()).await;
    let pair = tree.chat(1, 2);
    tree.script(2, (0..10).map(|_| SendError::Ambiguous("cut off".into())));
    tree.script(1, (0..15).map(|_| SendError::Ambiguous("cut off".into())));
    tree.say(1, "lost").await;
    tree.until("the first try", || tree.tries() == 1).await;
    tries(&tree, 10).await;
    let line = Notice::NotArrived { pair, why: Undelivered::Unsure };
    tree.until("the line is owed", || owed(&tree).0 == [line]).await;
    assert_eq!(tree.done(), 1, "the update is done with the row that says so");
    tries(&tree, 25).await;
    assert_eq!((tree.got(1), owed(&tree).1), (vec![], vec![]), "it is not given up after ten tries");
    tries(&tree, 26).await;
    tree.gets(1, &["chat-send-unsure"]).await;
    tree.until("it is owed no more", || owed(&tree).1 == [line]).await;
}

/// A line that Telegram never answered stays owed, for the next life to say.
#[actix::test]
async fn a_line_that_could_not_leave_stays_owed() {
    let tree = Tree::grow(Faults::default()).await;
    tree.chat(1, 2);
    tree.script(2, [SendError::Refused("bad".into())]);
    tree.script(1, (0..30).map(|_| SendError::Ambiguous("cut off".into())));
    tree.say(1, "refused").await;
    tree.until("the first try of the line", || tree.tries() == 2).await;
    tries(&tree, 31).await;
    tree.say(1, "on").await;
    tree.gets(2, &["on"]).await;
    tree.say(1, "/help").await;
    tree.gets(1, &["help-text"]).await;
    assert_eq!(owed(&tree).1, [], "still owed");
}

/// Guard: `Event::Unsaid`. Without it nothing more is said of an answer that ended after ten tries.
#[actix::test]
async fn an_answer_of_the_bot_that_may_not_have_arrived_is_spoken_of() {
    let tree = Tree::grow(Faults::default()).await;
    tree.chat(1, 2);
    tree.script(1, (0..15).map(|_| SendError::Ambiguous("cut off".into())));
    tree.say(1, "/help").await;
    tree.until("the first try", || tree.tries() == 1).await;
    tries(&tree, 10).await;
    tree.until("the line is owed", || owed(&tree).0 == [Notice::Unsaid]).await;
    tree.until("the update is done with that row", || tree.done() == 1).await;
    tries(&tree, 16).await;
    tree.gets(1, &["said-unsure"]).await;
    tree.until("it is owed no more", || owed(&tree).1 == [Notice::Unsaid]).await;
    tree.all_done().await;
}

#[actix::test]
async fn a_partner_who_takes_no_voices_is_spoken_of_as_such() {
    for (cause, key) in [
        (SendError::Unwelcome(Unwelcome::Voice), "chat-no-voice"),
        (SendError::Unwelcome(Unwelcome::VideoNote), "chat-no-video-notes"),
        (SendError::TooLarge, "refused-too-large"),
        (SendError::FilesBusy, "chat-files-busy"),
    ] {
        let tree = Tree::grow(Faults::default()).await;
        tree.chat(1, 2);
        tree.script(2, [cause]);
        tree.say(1, "of a kind").await;
        tree.gets(1, &[key]).await;
        tree.all_done().await;
    }
}

/// More hanging files than there are places for texts. Guard: `Places`.
#[actix::test]
async fn files_that_hang_stop_no_text() {
    let tree = Tree::grow(Faults::default()).await;
    let files = tree.telegram.files.acquire_many(1_000).await.unwrap();
    for chat in 0..300 {
        tree.chat(1_000 + 2 * chat, 1_001 + 2 * chat);
        tree.say(1_000 + 2 * chat, &format!("album:{chat}")).await;
    }
    tree.until("as many are under way as may", || tree.env().meters.outbox_in_flight.get() >= 64).await;
    tree.until("the others wait", || tree.env().meters.outbox_depth.get() >= 236).await;
    tree.chat(1, 2);
    tree.say(1, "goes").await;
    tree.gets(2, &["goes"]).await;
    drop(files);
    tree.all_done().await;
}

/// The end of a chat takes back what waits, and what was in the air and must be sent again.
#[actix::test]
async fn the_end_purges_what_waits_and_what_comes_back() {
    let tree = Tree::grow(Faults::default()).await;
    tree.chat(1, 2);
    tree.script(2, [SendError::RetryAfter(Duration::from_millis(10))]);
    let door = tree.telegram.door.acquire_many(1_000).await.unwrap();
    tree.say(1, "in the air").await;
    tree.until("a call is under way", || tree.tries() == 1).await;
    tree.say(1, "waits").await;
    tree.until("one waits", || tree.env().meters.outbox_depth.get() == 1).await;
    tree.say(1, "/stop").await;
    // The ends of both sides have been queued: the purge came before them.
    tree.until("both are to be told", || tree.tries() == 2 && tree.env().meters.outbox_depth.get() == 1)
        .await;
    drop(door);
    tree.until("it was told to wait", || tree.env().meters.told_to_wait.get() == 1).await;
    tree.pass_ms(20);
    tree.gets(2, &["ended-by-partner"]).await;
    tree.gets(1, &["ended-by-you"]).await;
    tree.all_done().await;
}

#[actix::test]
async fn a_panic_of_the_pacer_loses_nothing() {
    let tree = Tree::grow(Faults::default()).await;
    tree.chat(1, 2);
    let door = tree.telegram.door.acquire_many(1_000).await.unwrap();
    for words in ["a", "b", "c"] {
        tree.say(1, words).await;
    }
    tree.until("two wait", || tree.env().meters.outbox_depth.get() == 2).await;
    crate::tell!(tree.env().directory.one::<Outbox>(), super::Crash);
    tree.until("it was rebuilt", || tree.env().meters.outbox_restarts.get() == 1).await;
    drop(door);
    tree.gets(2, &["a", "b", "c"]).await;
    tree.all_done().await;
}

/// Something that somebody beside the relay sends into a chat, and what they hear: the ids in the
/// chat that it went to.
fn heard(tree: &Tree, pair: PairId, words: &str) -> oneshot::Receiver<Result<Vec<MessageId>, SendError>> {
    let (hears, heard) = oneshot::channel();
    let listener = Listener::own(move |_, landing| {
        let _ = hears.send(landing.result.map(|sent| sent.messages.into_vec()));
        all_done(landing.tickets);
    });
    let call = Call::Say { html: words.to_owned(), keyboard: Vec::new() };
    let message = Enqueue {
        out: Outgoing { chat: ChatId(2), call },
        lane: Lane::Interactive,
        origin: Origin::Pair { pair, noted: false, listener },
        tickets: smallvec![tree.ticket(1)],
    };
    tell!(tree.env().directory.one::<Outbox>(), message);
    heard
}

/// Guards: `Listener::hear`; and of the last, `ended`.
#[actix::test]
async fn whoever_enqueues_hears_of_the_landing_and_nobody_of_what_was_taken_back() {
    let tree = Tree::grow(Faults::default()).await;
    let pair = tree.chat(1, 2);
    assert_eq!(heard(&tree, pair, "a").await, Ok(Ok(vec![MessageId(1_000)])));
    tree.script(2, [SendError::Refused("bad".into())]);
    assert_eq!(heard(&tree, pair, "b").await, Ok(Err(SendError::Refused("bad".into()))));
    tell!(tree.env().directory.one::<Outbox>(), Purge { chat: ChatId(2), pair, over: None });
    assert!(heard(&tree, pair, "c").await.is_err(), "taken back");
    tree.gets(2, &["a"]).await;
    tree.all_done().await;
}

/// What the admin tools will send to everybody. Guard: `BULK_RATE`, here as the domain sets it, 25
/// a second.
#[actix::test]
async fn a_broadcast_leaves_behind_what_people_say() {
    let tree = Tree::grow(Faults::default()).await;
    tree.chat(1, 2);
    for chat in 3..=5 {
        let call = Call::Say { html: "news".to_owned(), keyboard: Vec::new() };
        tree.engine.call(Outgoing { chat: ChatId(chat), call }, Lane::Bulk);
    }
    tree.gets(3, &["news"]).await;
    tree.say(1, "hello").await;
    tree.gets(2, &["hello"]).await;
    assert!(tree.got(4).is_empty(), "the clock stands");
    tree.pass_ms(40);
    tree.gets(4, &["news"]).await;
    assert!(tree.got(5).is_empty());
    tree.pass_ms(40);
    tree.gets(5, &["news"]).await;
    tree.all_done().await;
}
