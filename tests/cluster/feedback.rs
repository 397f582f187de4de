//! A capability over two nodes: whoever takes the update, its user's node asks the store and
//! answers.

use crate::crowd::Cluster;
use crate::support::people::{PATIENCE, person};
use std::process::{Command, Stdio};

const PEOPLE: usize = 12;

#[tokio::test]
async fn words_to_the_operators_come_from_users_of_every_node() {
    let Some(mut cluster) = Cluster::start() else { return };
    let nodes = [cluster.node(0), cluster.node(1)];
    cluster.level(2).await;
    let users: Vec<_> = (0..PEOPLE).map(|n| person(&cluster.world, &format!("somebody{n}"))).collect();
    for (n, user) in users.iter().enumerate() {
        user.send_text(&format!("/feedback opinion {n}"));
    }
    for user in &users {
        let thanks = user.wait_for(PATIENCE, |m| m.text().is_some_and(|t| t.contains("will read it"))).await;
        thanks.unwrap_or_else(|e| panic!("not thanked: {e}"));
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_nameless"));
    command.args(["feedback", "list"]).env_clear().stdin(Stdio::null()).current_dir(std::env::temp_dir());
    let output = command.envs(cluster.variables(0)).output().expect("the program runs");
    let listed = String::from_utf8(output.stdout).expect("text");
    let missing: Vec<_> =
        (0..PEOPLE).filter(|n| !listed.lines().any(|l| l.ends_with(&format!("opinion {n}")))).collect();
    assert!(output.status.success() && missing.is_empty(), "{missing:?} of\n{listed}");
    for bot in nodes {
        drop(bot.stop());
    }
}
