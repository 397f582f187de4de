//! Words about jobs between nodes, over a real Redis.

use crate::support::redis::RedisServer;
use nameless::cluster::jobs::RedisWakes;
use nameless::cluster::redis::Redis;
use nameless_actors::ports::{JobWakes, Word};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);

fn work(lane: &str) -> Word {
    Word::Waiting(lane.into())
}

/// Waits until a node has heard this; all that it heard.
async fn hears(node: &RedisWakes, word: &Word) -> Vec<Word> {
    let mut heard = Vec::new();
    let hearing = async {
        while !heard.contains(word) {
            heard.extend(node.heard().await);
        }
    };
    tokio::time::timeout(PATIENCE, hearing).await.unwrap_or_else(|_| panic!("{word:?} is not heard"));
    heard
}

/// The same, while it is told again and again: a node hears what is told from its first look on.
async fn hears_in_time(node: &RedisWakes, teller: &RedisWakes, word: Word) {
    let telling = async {
        loop {
            teller.tell(word.clone());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::select! {
        () = telling => {}
        _ = hears(node, &word) => {}
    }
}

#[tokio::test]
async fn others_hear_and_the_teller_does_not() {
    let Some(mut server) = RedisServer::start(&[]) else { return };
    let node = |me| RedisWakes::start(Redis::connect(&server.url()).unwrap(), "7", me).unwrap();
    let (one, two, three) = (node(1), node(2), node(3));
    let elsewhere = RedisWakes::start(Redis::connect(&server.url()).unwrap(), "8", 4).unwrap();
    hears_in_time(&one, &two, work("begin")).await;
    hears_in_time(&two, &one, work("begin")).await;
    hears_in_time(&three, &one, work("begin")).await;

    elsewhere.tell(work("another bot's"));
    one.tell(work("own"));
    one.tell(Word::Owed);
    for node in [&two, &three] {
        let heard = hears(node, &Word::Owed).await;
        assert!(heard.contains(&work("own")) && !heard.contains(&work("another bot's")), "{heard:?}");
    }
    two.tell(work("end"));
    let heard = hears(&one, &work("end")).await;
    assert!(!heard.contains(&work("own")) && !heard.contains(&Word::Owed), "{heard:?}");

    // Redis is gone for a while: they hear of what is told then.
    server.kill();
    two.tell(work("lost"));
    server.restart();
    hears_in_time(&one, &two, work("after")).await;
}
