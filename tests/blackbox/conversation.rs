//! Two strangers meet, talk and part: the engine end to end, on both kinds of database.

use crate::common::metric;
use crate::support::app::{Options, Place, real_postgres, spawn_app};
use crate::support::people::{PATIENCE, chatting, press, sees, sees_part};
use crate::support::redis::RedisServer;
use nameless::config::ExposeSecret;

async fn meet_talk_part(options: Options) {
    let app = spawn_app(options);
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    let hello = anna.send_text("hello");
    let seen = sees(&boris, "hello").await;
    boris.reply(seen.message_id, "hi");
    assert_eq!(sees(&anna, "hi").await.reply_to(), Some(hello));
    boris.send_text("/stop");
    sees_part(&boris, "The chat is over").await;
    sees_part(&anna, "The other person ended the chat").await;
    press(&anna, "fb:up").await;
}

#[tokio::test]
async fn on_a_private_cluster() {
    meet_talk_part(Options::default()).await;
}

#[tokio::test]
async fn on_a_real_postgres() {
    let Some((_server, url)) = real_postgres() else { return };
    meet_talk_part(Options { place: Place::Server(url), ..Options::default() }).await;
}

/// What a session and a pair know stands before the store, and before the cache: a chat that runs
/// asks them for nothing.
async fn a_running_chat_reads_nothing(options: Options, caches: bool) {
    let app = spawn_app(options);
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    let hello = anna.send_text("hello");
    let seen = sees(&boris, "hello").await;
    let reads = async || {
        let cache = match caches {
            true => metric(&app, "nameless_cache_reads_total{kind=\"entitlement\"}").await,
            false => 0,
        };
        [app.count("store_reads"), app.count("entitlement_reads"), cache]
    };
    let before = reads().await;
    assert!(before[1] > 0 && (before[2] > 0) == caches, "their searches asked: {before:?}");
    for n in 0..20 {
        anna.send_text(&format!("there {n}"));
        boris.reply(seen.message_id, &format!("back {n}"));
    }
    anna.edit_text(hello, "hello again");
    let last = sees(&anna, "back 19").await;
    assert_eq!(last.reply_to(), Some(hello));
    sees(&boris, "there 19").await;
    boris.wait_for(PATIENCE, |m| m.text() == Some("hello again")).await.expect("the edit");
    assert_eq!(reads().await, before);
}

#[tokio::test]
async fn a_running_chat_reads_nothing_from_the_store() {
    a_running_chat_reads_nothing(Options::default(), false).await;
}

#[tokio::test]
async fn a_running_chat_of_a_node_reads_nothing_from_the_store_and_the_cache() {
    let Some(redis) = RedisServer::start(&[]) else { return };
    let Some((_server, url)) = real_postgres() else { return };
    let options = Options { place: Place::Server(url), ..Options::default() };
    a_running_chat_reads_nothing(options.with("REDIS_URL", redis.url().expose_secret()), true).await;
}
