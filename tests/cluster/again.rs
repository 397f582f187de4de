//! The last partner asked back where the two live on different nodes.

use crate::crowd::Cluster;
use crate::support::people::{PATIENCE, onboard, pair, person, press, sees};
use nameless_simulator::SimUser;

/// Pairs of people: that all of them live on one node each is a matter of one in 64.
const PAIRS: usize = 6;

async fn says(user: &SimUser, mark: i32, part: &str) {
    let fits = |m: &nameless_simulator::ChatMessage| m.from_bot && m.text().is_some_and(|t| t.contains(part));
    user.wait_after(mark, PATIENCE, fits).await.unwrap_or_else(|e| panic!("“{part}” is not said: {e}"));
}

#[tokio::test]
async fn two_of_different_nodes_meet_again() {
    let Some(mut cluster) = Cluster::start() else { return };
    cluster.set("TRIAL_DAYS", "3");
    let nodes = [cluster.node(0), cluster.node(1)];
    cluster.level(2).await;
    for n in 0..PAIRS {
        let (a, b) =
            (person(&cluster.world, &format!("asker{n}")), person(&cluster.world, &format!("asked{n}")));
        onboard(&a, 0).await;
        onboard(&b, 1).await;
        a.send_text("/premium");
        press(&a, "bl:trial").await;
        says(&a, 0, "It is yours").await;
        pair(&a, &b).await;
        let (from_a, from_b) = (a.mark(), b.mark());
        a.send_text("/stop");
        says(&b, from_b, "ended the chat").await;
        press(&a, "ag:ask:").await;
        says(&a, from_a, "Asked.").await;
        says(&b, from_b, "would like to talk to you again").await;
        press(&b, "ag:yes:").await;
        says(&a, from_a, "You both said yes").await;
        says(&b, from_b, "You both said yes").await;
        a.send_text(&format!("from a {n}"));
        sees(&b, &format!("from a {n}")).await;
        b.send_text(&format!("from b {n}"));
        sees(&a, &format!("from b {n}")).await;
        // Nobody waits for the next pair.
        let mark = a.mark();
        b.send_text("/stop");
        says(&a, mark, "ended the chat").await;
    }
    for bot in nodes {
        drop(bot.stop());
    }
}
