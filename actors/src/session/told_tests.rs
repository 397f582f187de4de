use super::stale_tests::one_searches_in;
use crate::env::Faults;
use crate::kernel::ticket::REFUSED;
use crate::ports::SendError;
use crate::testing::Tree;
use nameless_domain::ids::{BotId, Seq, UserId};
use std::time::Duration;

/// 1 searches and 2 finds them; the line that tells 1 so meets with `errors`, of which the first
/// has been heard.
async fn found(errors: impl IntoIterator<Item = SendError>) -> Tree {
    found_in(Tree::grow(Faults::default()).await, errors).await
}

/// The same in a tree of one's own.
async fn found_in(tree: Tree, errors: impl IntoIterator<Item = SendError>) -> Tree {
    let tree = one_searches_in(tree).await;
    tree.script(1, errors);
    tree.say(2, "/search").await;
    tree.gets(2, &["search-started", "chat-found"]).await;
    tried(&tree, 4).await;
    tree
}

/// Waits until so many calls were begun in all, and each has come back.
async fn tried(tree: &Tree, times: u32) {
    let in_flight = || tree.env().meters.outbox_in_flight.get();
    tree.until("the call comes back", || tree.tries() == times && in_flight() == 0).await;
}

/// Telegram makes the chat wait, or cannot be reached: what is said before the line leaves is for
/// whoever was there before, or for nobody. Guards: `begins`, and `NOT_YET` in `ends`.
#[actix::test]
async fn what_is_said_before_the_word_of_a_chat_leaves_is_not_for_that_chat() {
    let wait = SendError::RetryAfter(Duration::from_millis(40));
    for error in [wait, SendError::Unsent("no route".into())] {
        let tree = found([error]).await;
        tree.say(1, "for another").await;
        // Else the line might leave first: its number is lower, so this would be for the chat.
        tree.until("it is refused", || tree.noted(Seq(3)) == [REFUSED]).await;
        tree.pass_ms(100);
        tree.gets(1, &["search-already", "chat-found", "chat-older"]).await;
        tree.say(1, "for you").await;
        tree.gets(2, &["search-started", "chat-found", "for you"]).await;
        tree.all_done().await;
    }
}

/// Telegram brings late what was written before the line, though it is accepted long after it has
/// left. Guard: `line`.
#[actix::test]
async fn what_telegram_held_back_until_the_word_of_a_chat_had_left_is_not_for_that_chat() {
    let tree = found([]).await;
    tree.gets(1, &["search-already", "chat-found"]).await;
    // All that Telegram made has greater ids.
    tree.brings(1, 1, "for another").await;
    tree.brings(1, 2, "for nobody").await;
    tree.gets(1, &["search-already", "chat-found", "chat-older"]).await;
    tree.say(1, "for you").await;
    tree.gets(2, &["search-started", "chat-found", "for you"]).await;
    tree.all_done().await;
}

/// Ids of one bot's chat say nothing of another's. Guard: the bot in `told`.
#[actix::test]
async fn what_is_said_at_another_bot_is_not_compared_with_the_word_of_a_chat() {
    let tree = found_in(Tree::grow_at_bots().await, []).await;
    tree.gets(1, &["search-already", "chat-found"]).await;
    // It is greater than that of the line, which proves nothing.
    let elsewhere = BotId(1);
    tree.brings_by(elsewhere, 1, i32::MAX, "for nobody").await;
    tree.gets(UserId(1).at(elsewhere).0, &["elsewhere-chat"]).await;
    // Where the line stands, this is older than it.
    tree.brings(1, 1, "for another").await;
    tree.gets(1, &["search-already", "chat-found", "chat-older"]).await;
    tree.say(1, "for you").await;
    tree.gets(2, &["search-started", "chat-found", "for you"]).await;
    tree.all_done().await;
}

/// Nobody knows whether the line has arrived: an answer to it passes, whatever comes of the next
/// try. Guard: `doubted`.
#[actix::test]
async fn what_may_be_an_answer_to_the_word_of_a_chat_is_passed_on() {
    let tree = found([SendError::Ambiguous("cut off".into()), SendError::Unsent("no route".into())]).await;
    tree.pass_ms(100);
    tried(&tree, 5).await;
    tree.say(1, "for you").await;
    tree.gets(2, &["search-started", "chat-found", "for you"]).await;
    tree.pass_ms(200);
    tree.gets(1, &["search-already", "chat-found"]).await;
    tree.all_done().await;
}

/// The life that refused it is over, and nothing else of that is known. Guard: `was_refused`.
#[actix::test]
async fn what_was_refused_is_not_passed_on_by_the_next_life() {
    let tree = Tree::grow(Faults::default()).await;
    tree.chat(1, 2);
    let refused = tree.unfinished(1, "for another", Some(vec![REFUSED]));
    let later = tree.unfinished(1, "for you", None);
    tree.engine.replay(vec![refused, later]).await;
    tree.gets(2, &["for you"]).await;
    tree.gets(1, &["chat-older"]).await;
    tree.all_done().await;
}
