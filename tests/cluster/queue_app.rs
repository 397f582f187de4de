//! An application whose queue is in Redis: people meet, and an outage of Redis holds searches up
//! and loses none.

use crate::support::app::{Options, Place, real_postgres, spawn_app};
use crate::support::people::{PATIENCE, onboard, pair, person, sees_part};
use crate::support::redis as servers;
use secrecy::ExposeSecret;

#[tokio::test]
async fn people_meet_through_redis_and_an_outage_only_holds_them_up() {
    let Some(mut server) = servers::RedisServer::start(&[]) else { return };
    let Some((_database, url)) = real_postgres() else { return };
    let options = Options { place: Place::Server(url), ..Options::default() };
    let app = spawn_app(options.with("REDIS_URL", server.url().expose_secret()));
    let people: Vec<_> = ["anna", "boris", "clara", "dmitri"].map(|name| person(&app.world, name)).into();
    for (i, someone) in people.iter().enumerate() {
        onboard(someone, (i % 2) as u8).await;
    }
    let [anna, boris, clara, dmitri] = &people[..] else { unreachable!() };
    pair(anna, boris).await;
    clara.send_text("/search");
    sees_part(clara, "Looking for someone").await;
    servers::wait("Clara to wait in Redis", || {
        server.command::<i64>(&["HLEN", "nameless:{queue:1}:seekers"]) == 1
    });
    server.kill();
    dmitri.send_text("/search");
    sees_part(dmitri, "Looking for someone").await;
    sees_part(dmitri, "held up on our side").await;
    // The chat does not notice.
    anna.send_text("still there?");
    boris
        .wait_for(PATIENCE, |m| m.text() == Some("still there?"))
        .await
        .unwrap_or_else(|e| panic!("the chat is disturbed: {e}"));
    // Redis comes back without anything: Clara, who waited only there, is found all the same.
    server.restart_empty();
    for someone in [clara, dmitri] {
        sees_part(someone, "Someone is here").await;
    }
}
