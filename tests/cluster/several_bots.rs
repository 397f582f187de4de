//! Two nodes and two bots: people are spread over the nodes by who they are, not by their bot.

use crate::crowd::Cluster;
use crate::support::app::TOKEN;
use crate::support::people::{PATIENCE, onboard, pair, person, sees};
use nameless_simulator::SimUser;

/// Made up, like the first one's.
const SECOND: &str = "2:test";
/// Pairs of people: that all of them live on one node each is a matter of one in 64.
const PAIRS: usize = 6;

async fn says(user: &SimUser, mark: i32, part: &str) {
    let fits = |m: &nameless_simulator::ChatMessage| m.from_bot && m.text().is_some_and(|t| t.contains(part));
    user.wait_after(mark, PATIENCE, fits).await.unwrap_or_else(|e| panic!("“{part}” is not said: {e}"));
}

#[tokio::test]
async fn people_of_two_bots_talk_over_two_nodes() {
    let Some(mut cluster) = Cluster::start() else { return };
    cluster.set("BOT_TOKENS", format!("second={SECOND}"));
    let nodes = [cluster.node(0), cluster.node(1)];
    cluster.level(2).await;
    let mut all = Vec::new();
    for n in 0..PAIRS {
        let a = person(&cluster.world, &format!("first{n}"));
        let b = person(&cluster.world, &format!("second{n}")).with_bot(SECOND);
        onboard(&a, 0).await;
        onboard(&b, 1).await;
        pair(&a, &b).await;
        a.send_text(&format!("from a {n}"));
        let copy = sees(&b, &format!("from a {n}")).await;
        b.reply(copy.message_id, &format!("from b {n}"));
        let answer = sees(&a, &format!("from b {n}")).await;
        assert!(answer.reply_to().is_some(), "its counterpart is found at the other bot");
        all.push((a, b));
    }
    // One node goes: those who lived there live on, at the bots where they were.
    let [first, second] = nodes;
    first.kill();
    for (n, (a, b)) in all.iter().enumerate() {
        a.send_text(&format!("still a {n}"));
        sees(b, &format!("still a {n}")).await;
        b.send_text(&format!("still b {n}"));
        sees(a, &format!("still b {n}")).await;
        let mark = a.mark();
        b.send_text("/stop");
        says(a, mark, "ended the chat").await;
        assert!(b.with_bot(TOKEN).chat().is_empty() && a.with_bot(SECOND).chat().is_empty());
    }
    drop(second.stop());
}

/// Guard: the crowd in Redis, on whichever node somebody lives.
#[tokio::test]
async fn people_of_two_bots_apart_wait_past_each_other_over_two_nodes() {
    let Some(mut cluster) = Cluster::start() else { return };
    cluster.set("BOT_TOKENS", format!("second={SECOND}"));
    cluster.set("BOT_POOLS", "apart".to_owned());
    let nodes = [cluster.node(0), cluster.node(1)];
    cluster.level(2).await;
    // Everybody fits everybody. At the first bot wait two of them at a time, who meet each other;
    // so of three one is left, and that one not to somebody of the second bot.
    let mut waiting = Vec::new();
    for (bot, name) in [(TOKEN, "first"), (SECOND, "second")] {
        for n in 0..3 {
            let user = person(&cluster.world, &format!("{name}{n}")).with_bot(bot);
            onboard(&user, 2).await;
            let mark = user.mark();
            user.send_text("/search");
            says(&user, mark, "Looking for someone").await;
            waiting.push(user);
        }
    }
    let is_found = |user: &SimUser| {
        user.chat().iter().any(|m| m.from_bot && m.text().is_some_and(|t| t.starts_with("Someone is here")))
    };
    for bot in [&waiting[..3], &waiting[3..]] {
        let two_meet = async {
            while bot.iter().filter(|user| is_found(user)).count() < 2 {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, two_meet).await.expect("two of one bot meet");
    }
    let left: Vec<&SimUser> = waiting.iter().filter(|user| !is_found(user)).collect();
    assert_eq!(left.len(), 2, "one of each bot");
    for user in &left {
        let mark = user.mark();
        user.send_text("/search");
        says(user, mark, "Already looking").await;
    }
    // One of them goes over, and both are found.
    let [here, other] = [left[0], left[1]];
    let there = other.with_bot(TOKEN);
    let marks = [here.mark(), there.mark()];
    there.send_text("/stop");
    says(&there, marks[1], "stopped").await;
    there.send_text("/search");
    says(&there, marks[1], "Someone is here").await;
    says(here, marks[0], "Someone is here").await;
    there.send_text("from the other side");
    sees(here, "from the other side").await;
    nodes.into_iter().for_each(|node| drop(node.stop()));
}
