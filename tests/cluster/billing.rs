//! Payments over several nodes: two devices of one person pay once, and what somebody has is known
//! at once on whichever node they live.

use crate::crowd::Cluster;
use crate::process::{Bot, nameless};
use crate::support::front::Front;
use crate::support::people::{PATIENCE, onboard, person, press};
use nameless_simulator::{Bill, ChatMessage, PayError, SimUser};
use std::net::SocketAddr;
use std::time::Duration;

const PEOPLE: usize = 6;

fn addr(bot: &mut Bot) -> SocketAddr {
    bot.http().trim_start_matches("http://").parse().expect("an address")
}

async fn says(user: &SimUser, mark: i32, part: &str) -> ChatMessage {
    let fits = |m: &ChatMessage| m.from_bot && m.text().is_some_and(|text| text.contains(part));
    user.wait_after(mark, PATIENCE, fits).await.unwrap_or_else(|e| panic!("“{part}” is not said: {e}"))
}

/// What the bot says of their premium now.
async fn premium(user: &SimUser) -> String {
    let mark = user.mark();
    user.send_text("/premium");
    says(user, mark, "remium").await.text().unwrap_or_default().to_owned()
}

async fn invoice(user: &SimUser) -> i32 {
    premium(user).await;
    let mark = user.mark();
    press(user, "bl:buy:premium-7").await;
    let invoice = user.wait_after(mark, PATIENCE, |m| m.from_bot && m.kind() == "invoice").await;
    invoice.unwrap_or_else(|e| panic!("no invoice: {e}")).message_id
}

/// Presses Pay until somebody says yes: a store that is slow says no, and nothing is charged.
async fn let_through(user: &SimUser, bill: Bill<'_>) -> String {
    let asking = async {
        loop {
            let query = user.begin_payment(bill).expect("asked");
            match user.checked_out(&query).await {
                Ok(()) => return query,
                Err(PayError::Declined(_) | PayError::TimedOut) => {
                    tokio::time::sleep(Duration::from_millis(500)).await;
                }
                Err(other) => panic!("{other}"),
            }
        }
    };
    tokio::time::timeout(PATIENCE * 2, asking).await.expect("let through")
}

fn is_declined(answer: &Result<(), PayError>) -> bool {
    matches!(answer, Err(PayError::Declined(_)))
}

/// Guards: the order's row is locked while somebody is let through; a change of what somebody has
/// goes to the node where they live.
#[tokio::test]
async fn two_devices_over_two_nodes_pay_once_and_have_it_at_once() {
    let Some(mut cluster) = Cluster::start() else { return };
    cluster.set("STARS", "on");
    let front = Front::start();
    front.variables().into_iter().for_each(|(name, value)| cluster.set(name, value));
    let (mut a, mut b) = (cluster.node(0), cluster.node(1));
    let (at_a, at_b) = (addr(&mut a), addr(&mut b));
    front.among(vec![at_a, at_b]);
    cluster.level(2).await;
    let people: Vec<SimUser> = (0..PEOPLE).map(|n| person(&cluster.world, &format!("payer{n}"))).collect();
    let mut paid = 0;
    for (n, user) in people.iter().enumerate() {
        onboard(user, 2).await;
        let bill = Bill::Message(invoice(user).await);
        let (one, other) = if n % 2 == 0 { (at_a, at_b) } else { (at_b, at_a) };
        let by = |node| {
            front.to(node);
            front.hang_up();
        };
        by(one);
        let first = let_through(user, bill).await;
        by(other);
        let second = user.begin_payment(bill).expect("asked");
        let answer = user.checked_out(&second).await;
        assert!(is_declined(&answer), "two at a time: {answer:?}");
        let mark = user.mark();
        let charge = user.charge(&first).expect("charged");
        paid += 1;
        says(user, mark, "Receipt №").await;
        let now = premium(user).await;
        assert!(now.contains("You have premium until"), "not known at once: {now}");
        let answer = user.checked_out(&user.begin_payment(bill).expect("asked")).await;
        assert!(is_declined(&answer), "it is paid: {answer:?}");
        if n % 3 == 0 {
            let mark = user.mark();
            user.refund_from_outside(&charge).expect("refunded");
            says(user, mark, "are back with you").await;
            let gone = async {
                while premium(user).await.contains("You have premium until") {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            };
            tokio::time::timeout(PATIENCE, gone).await.expect("what was given back is gone");
        }
    }
    // All at once, both devices of each within a moment, by whichever node.
    front.among(vec![at_a, at_b]);
    front.hang_up();
    let mut bills = Vec::new();
    for user in &people {
        bills.push(invoice(user).await);
    }
    let mut pressed = Vec::new();
    for (user, bill) in people.iter().zip(bills) {
        let press = || user.begin_payment(Bill::Message(bill)).expect("asked");
        pressed.push((user, bill, user.mark(), press(), press()));
    }
    for (user, bill, mark, first, second) in pressed {
        let (one, other) = tokio::join!(user.checked_out(&first), user.checked_out(&second));
        assert!(one.is_err() || other.is_err(), "both");
        let query = match (one, other) {
            (Ok(()), _) => first,
            (_, Ok(())) => second,
            _ => let_through(user, Bill::Message(bill)).await,
        };
        user.charge(&query).expect("charged");
        paid += 1;
        says(user, mark, "Receipt №").await;
    }
    let count = |sql: &str| cluster.postgres.ask("nameless", sql).parse::<usize>().expect("a number");
    assert_eq!(count("SELECT count(*) FROM charges WHERE direction = 'in'"), paid);
    let credits = "SELECT count(*) FROM ledger WHERE unit = 'premium' AND credit = 'person'";
    assert_eq!(count(credits), paid);
    let books = nameless(&["billing", "differences"], &cluster.variables(0)).output().expect("it runs");
    let books = String::from_utf8_lossy(&books.stdout).into_owned();
    assert!(books.contains("nothing differs") && books.contains("the books are right"), "{books}");
    for bot in [a, b] {
        drop(bot.stop());
    }
}
