use crate::env::Faults;
use crate::ports::SendError;
use crate::testing::Tree;
use std::time::Duration;

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

/// Told once until something arrives, whether it is that message which is held up or one that comes behind.
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
    tree.gets(1, &["chat-send-failed"]).await;
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
    crate::tell!(tree.env().directory.outbox, super::Crash);
    tree.until("it was rebuilt", || tree.env().meters.outbox_restarts.get() == 1).await;
    drop(door);
    tree.gets(2, &["a", "b", "c"]).await;
    tree.all_done().await;
}
