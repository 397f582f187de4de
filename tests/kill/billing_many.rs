//! I8 with many payments at once, each told three times: the process ends at a named moment in each
//! round. In `make soak` ten thousand of them. And the same for a payment by card.

use super::billing::{Lives, now, reports, until};
use super::process::PATIENCE;
use crate::support::app::quick_simulator;
use crate::support::people::{person, press};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use nameless_domain::random::Random;
use nameless_simulator::yookassa::Yookassa;
use nameless_simulator::{Bill, ChatMessage, PayError, SimUser, Simulator};
use std::time::{Duration, Instant};

/// People, payments of each in a round, and rounds: 10,000 payments in the long form.
fn size() -> (usize, usize, usize) {
    if std::env::var_os("NAMELESS_SOAK").is_some() { (50, 5, 40) } else { (4, 2, 1) }
}

/// The receipts that somebody has. One that Telegram took a moment before the process was killed is
/// said again: it has the same number.
fn receipts(user: &SimUser) -> usize {
    let chat = user.chat();
    let told = chat.iter().filter(|m| m.from_bot).filter_map(|m| m.text());
    told.filter(|text| text.contains("Receipt №")).collect::<std::collections::BTreeSet<_>>().len()
}

/// One person pays so often, each time by an invoice of its own. What Telegram had to tell.
async fn pays(user: &SimUser, times: usize) -> Vec<String> {
    let mut charges = Vec::new();
    while charges.len() < times {
        let mark = user.mark();
        user.send_text("/premium");
        press(user, "bl:buy:premium-7").await;
        let is_invoice = |m: &ChatMessage| m.from_bot && m.kind() == "invoice";
        let invoice = user.wait_after(mark, 4 * PATIENCE, is_invoice).await.expect("an invoice").message_id;
        let begun = Instant::now();
        let charge = loop {
            match user.pay(Bill::Message(invoice)).await {
                Ok(charge) => break Some(charge),
                // One that came again after a kill, beside the one that was paid.
                Err(PayError::Declined(why)) if why.contains("paid already") => break None,
                // The process is dead when it is asked: nothing is charged.
                Err(PayError::Declined(_) | PayError::TimedOut) if begun.elapsed() < 4 * PATIENCE => {
                    tokio::time::sleep(Duration::from_millis(500)).await;
                }
                Err(other) => panic!("{other}"),
            }
        };
        charges.extend(charge);
    }
    charges
}

#[tokio::test(flavor = "multi_thread")]
async fn many_payments_told_three_times_are_credited_once() {
    let (people, times, rounds) = size();
    let simulator = Simulator::start(quick_simulator()).expect("a simulator");
    let world = simulator.world();
    let folder = tempfile::tempdir().expect("a folder");
    let mut lives =
        Lives { bot: None, url: simulator.url(), folder: folder.path(), begun: 0, more: Vec::new() };
    lives.begin(None);
    let people: Vec<SimUser> = (0..people).map(|n| person(&world, &format!("payer{n}"))).collect();
    for user in &people {
        user.send_text("/start");
        press(user, "on:lang:1").await;
    }
    let (seed, began) = (20_261_129, now());
    println!("seed {seed}");
    let mut random = Random::new(seed);
    for round in 1..=rounds {
        let at = ["before", "after"][round % 2];
        // Some time among what is told in this round.
        let point = format!("billing {at} commit#{}", 1 + random.below((people.len() * times) as u64));
        println!("round {round}: {point}");
        lives.bot.take().expect("a bot").stop();
        lives.begin(Some(&point));
        let mut paying: FuturesUnordered<_> =
            people.iter().map(|user| async move { (user, pays(user, times).await) }).collect();
        let mut again = Vec::new();
        loop {
            tokio::select! {
                paid = paying.next() => match paid {
                    Some((user, charges)) => {
                        again.extend(charges.into_iter().flat_map(|charge| [(user, charge.clone()), (user, charge)]));
                    }
                    None => break,
                },
                () = tokio::time::sleep(Duration::from_millis(20)) => lives.look(),
            }
        }
        random.shuffle(&mut again);
        for (user, charge) in again {
            user.tell_again(&charge).expect("told");
        }
        until(&mut lives, "all receipts", || {
            people.iter().all(|user| receipts(user) >= round * times).then_some(())
        })
        .await;
        lives.look();
        assert_eq!(lives.begun, 1 + 2 * round, "this life ended where it was told to");
    }
    lives.bot.take().expect("a bot").stop();
    for user in &people {
        assert_eq!(receipts(user), rounds * times, "one receipt each");
    }
    let differences = lives.says(&["billing", "differences"]);
    assert!(
        differences.contains("nothing differs") && differences.contains("the books are right"),
        "{differences}"
    );
    let paid = people.len() * times * rounds;
    reports(&lives, began, paid);
}

/// The same moments of a payment by card, of which YooKassa tells again and again.
#[tokio::test(flavor = "multi_thread")]
async fn killed_around_the_commit_a_card_is_credited_once() {
    let (shop_id, secret) = ("100500", "test_secret-of-the-shop");
    let shop = Yookassa::start(shop_id, secret).expect("a shop");
    let simulator = Simulator::start(quick_simulator()).expect("a simulator");
    let world = simulator.world();
    let folder = tempfile::tempdir().expect("a folder");
    let more = [
        ("YOOKASSA", "on"),
        ("YOOKASSA_SHOP_ID", shop_id),
        ("YOOKASSA_SECRET_KEY", secret),
        ("YOOKASSA_API_URL", &shop.url()),
        ("YOOKASSA_RETURN_URL", "https://t.me/nameless"),
        ("YOOKASSA_SOURCES", "127.0.0.1"),
    ];
    let more = more.map(|(name, value)| (name, value.to_owned())).to_vec();
    let mut lives = Lives { bot: None, url: simulator.url(), folder: folder.path(), begun: 0, more };
    lives.begin(None);
    let anna = person(&world, "anna");
    anna.send_text("/start");
    press(&anna, "on:lang:1").await;
    for (n, point) in ["billing before commit#1", "billing after commit#1"].into_iter().enumerate() {
        lives.bot.take().expect("a bot").stop();
        lives.begin(Some(point));
        let mark = anna.mark();
        anna.send_text("/premium");
        press(&anna, "bl:cards").await;
        press(&anna, "bl:card:premium-7").await;
        let has_page =
            |m: &ChatMessage| m.from_bot && m.text().is_some_and(|text| text.contains("149 ₽ to pay"));
        let message = anna.wait_after(mark, PATIENCE, has_page).await.expect("a page");
        let page = message.buttons().into_iter().flatten().find_map(|b| b.url).expect("an address");
        shop.pay(&page).expect("paid");
        let told = shop.told().last().expect("something to tell").to_string();
        let client = reqwest::Client::new();
        let begun = Instant::now();
        // YooKassa tells until it is answered, and once more.
        let mut answered = 0;
        while answered < 2 {
            assert!(begun.elapsed() < PATIENCE, "nobody listens");
            lives.look();
            let address = lives.bot.as_mut().map(|bot| bot.http()).expect("a bot");
            let sent = client.post(format!("{address}/webhook/yookassa")).body(told.clone()).send().await;
            answered += usize::from(sent.is_ok_and(|answer| answer.status().is_success()));
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        until(&mut lives, "a receipt", || (receipts(&anna) > n).then_some(())).await;
        lives.look();
        assert_eq!(lives.begun, 3 + 2 * n, "{point}: this life ended where it was told to");
    }
    lives.bot.take().expect("a bot").stop();
    assert_eq!(receipts(&anna), 2);
    let differences = lives.says(&["billing", "differences"]);
    assert!(
        differences.contains("nothing differs") && differences.contains("the books are right"),
        "{differences}"
    );
}
