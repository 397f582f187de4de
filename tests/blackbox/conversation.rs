//! Two strangers meet, talk and part: the engine end to end, on both kinds of database.

use crate::support::app::{Options, Place, real_postgres, spawn_app};
use crate::support::people::{chatting, press, sees, sees_part};

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
async fn on_the_embedded_database() {
    meet_talk_part(Options::default()).await;
}

#[tokio::test]
async fn on_a_real_postgres() {
    let Some((_server, url)) = real_postgres() else { return };
    meet_talk_part(Options { place: Place::Server(url), ..Options::default() }).await;
}
