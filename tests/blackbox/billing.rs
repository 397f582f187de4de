//! Premium for Stars: bought, renewed, given away, cancelled, given back; and who is told no.

use crate::common::{MAN, WOMAN, ask, counted, member, receives, search, tap, together, told};
use crate::support::app::{Options, Place, TestApp, spawn_app};
use crate::support::people::PATIENCE;
use crate::support::postgres::{FAST, Postgres};
use crate::support::proxy::{Mode, Proxy};
use nameless_simulator::{Bill, ChatMessage, PayError, SimUser};
use std::time::{Duration, Instant};

fn selling() -> Options {
    Options::default().with("STARS", "on")
}

/// An invoice in the chat.
pub async fn invoice(user: &SimUser, data: &str) -> ChatMessage {
    ask(user, "/premium", "remium").await;
    let mark = user.mark();
    tap(user, data).await;
    receives(user, mark, "invoice").await
}

/// A link to a subscription.
async fn link(user: &SimUser) -> String {
    ask(user, "/premium", "remium").await;
    let mark = user.mark();
    tap(user, "bl:buy:premium-monthly").await;
    let message = told(user, mark, "every 30 days").await;
    message.buttons().into_iter().flatten().find_map(|b| b.url).expect("a link")
}

/// Asks until /premium says so: what a job tells a session may come a moment later.
pub async fn comes_to_have(user: &SimUser, part: &str) {
    let said = async {
        while !ask(user, "/premium", "remium").await.text().is_some_and(|text| text.contains(part)) {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    tokio::time::timeout(PATIENCE, said).await.unwrap_or_else(|_| panic!("/premium never says {part}"));
}

pub async fn buys(user: &SimUser) -> String {
    let invoice = invoice(user, "bl:buy:premium-7").await;
    let mark = user.mark();
    let charge = user.pay(Bill::Message(invoice.message_id)).await.expect("paid");
    told(user, mark, "Receipt №").await;
    charge
}

fn declined(paid: Result<String, PayError>) -> String {
    match paid {
        Err(PayError::Declined(words)) => words,
        other => panic!("it was not declined: {other:?}"),
    }
}

#[tokio::test]
async fn somebody_buys_a_week_and_has_it_at_once() {
    let app = spawn_app(selling());
    let anna = member(&app.world, "anna", WOMAN).await;
    let boris = member(&app.world, "boris", MAN).await;
    ask(&anna, "/premium", "With premium your searches go before others'").await;
    let invoice = invoice(&anna, "bl:buy:premium-7").await;
    assert_eq!(invoice.json["invoice"]["total_amount"], 75);
    // A forwarded copy leads back to the bot.
    let copy = Bill::CopyOf(anna.id(), invoice.message_id);
    assert_eq!(boris.pay(copy).await, Err(PayError::NoPayButton));
    let mark = anna.mark();
    let charge = anna.pay(Bill::Message(invoice.message_id)).await.expect("paid");
    let receipt = told(&anna, mark, "Receipt №").await;
    assert!(receipt.text().unwrap().contains("7 days of premium are yours"), "{receipt:?}");
    // The session that runs knows of it.
    ask(&anna, "/premium", "You have premium until").await;
    ask(&boris, "/premium", "With premium your searches").await;
    let words = declined(anna.pay(Bill::Message(invoice.message_id)).await);
    assert!(words.contains("paid already"), "{words}");
    let list = {
        let mark = anna.mark();
        tap(&anna, "bl:mine").await;
        told(&anna, mark, "75 ⭐").await
    };
    assert!(!list.text().unwrap().contains("⭐ ↩"));

    let mark = anna.mark();
    anna.refund_from_outside(&charge).expect("refunded");
    told(&anna, mark, "are back with you").await;
    comes_to_have(&anna, "With premium your searches").await;
    ask(&anna, "/terms", "Terms of payment").await;
    ask(&anna, "/paysupport", "Something wrong with a payment").await;
    ask(&anna, "/paysupport it is all fine", "numbers of your last payments").await;
    ask(&boris, "/premium", "With premium your searches").await;
}

#[tokio::test]
async fn a_subscription_renews_until_it_is_cancelled() {
    let app = spawn_app(selling());
    let anna = member(&app.world, "anna", WOMAN).await;
    let first = link(&anna).await;
    let mark = anna.mark();
    anna.pay(Bill::Link(&first)).await.expect("paid");
    told(&anna, mark, "it renews by itself").await;
    // A second one at the same time is refused before anything is charged.
    let second = link(&anna).await;
    let words = declined(anna.pay(Bill::Link(&second)).await);
    assert!(words.contains("already have a subscription"), "{words}");
    let mark = anna.mark();
    anna.renew().expect("renewed");
    told(&anna, mark, "Receipt №").await;
    let mark = anna.mark();
    anna.cancel_subscription().expect("cancelled");
    told(&anna, mark, "will not renew").await;
    let mark = anna.mark();
    anna.resume_subscription().expect("on again");
    told(&anna, mark, "renews again").await;

    ask(&anna, "/premium", "You have premium until").await;
    tap(&anna, "bl:mine").await;
    let mark = anna.mark();
    tap(&anna, "bl:cancel:").await;
    tap(&anna, "bl:cancel-yes:").await;
    told(&anna, mark, "Done: it will not renew").await;
    // The effect at Telegram, and not only a mark of ours.
    assert_eq!(anna.renew(), Err(PayError::NotSubscribed));
    assert_eq!(anna.resume_subscription(), Err(PayError::NotSubscribed));
    ask(&anna, "/premium", "You have premium until").await;
}

#[tokio::test]
async fn a_gift_tells_neither_of_the_other() {
    let app = spawn_app(selling());
    let anna = member(&app.world, "anna", WOMAN).await;
    let boris = member(&app.world, "boris", MAN).await;
    let (mark_a, mark_b) = (anna.mark(), boris.mark());
    search(&anna).await;
    boris.send_text("/search");
    told(&anna, mark_a, "Someone is here").await;
    told(&boris, mark_b, "Someone is here").await;
    together(&anna, &boris).await;

    ask(&anna, "/premium", "remium").await;
    tap(&anna, "bl:gifts").await;
    let (mark_a, mark_b) = (anna.mark(), boris.mark());
    tap(&anna, "bl:gift:premium-7").await;
    let invoice = receives(&anna, mark_a, "invoice").await;
    anna.pay(Bill::Message(invoice.message_id)).await.expect("paid");
    told(&anna, mark_a, "Your gift has arrived").await;
    let gift = told(&boris, mark_b, "Somebody has given you").await;
    let said = gift.json.to_string();
    assert!(!said.contains("anna") && !said.contains(&anna.id().to_string()), "{said}");
    comes_to_have(&boris, "You have premium until").await;
    ask(&anna, "/premium", "With premium your searches").await;
}

/// Guard: the answer past every queue, within the time that a payer waits, and a clear no.
#[tokio::test]
async fn while_the_store_is_away_nobody_is_charged_and_hears_so_at_once() {
    let Some(server) = Postgres::start(FAST) else { return };
    server.create("nameless");
    // Two addresses, and both hang: that costs no more than one.
    let proxies = [Proxy::to_port(server.port()), Proxy::to_port(server.port())];
    let [one, two] = proxies.each_ref().map(Proxy::port);
    let url = format!(
        "postgresql://postgres@127.0.0.1:{one},127.0.0.1:{two}/nameless?target_session_attrs=read-write"
    );
    let place = Place::Server(url);
    let app = spawn_app(Options { place, ..selling() }.with("DATABASE_STATEMENT_TIMEOUT", "1s"));
    let anna = member(&app.world, "anna", WOMAN).await;
    let invoice = invoice(&anna, "bl:buy:premium-7").await;
    proxies.iter().for_each(|proxy| proxy.set(Mode::BlackHole));
    for _ in 0..3 {
        let since = Instant::now();
        let words = declined(anna.pay(Bill::Message(invoice.message_id)).await);
        assert!(words.contains("nothing was charged"), "{words}");
        // Telegram has it hear no after ten seconds; two hosts that hang one after the other cost
        // more.
        assert!(since.elapsed() < Duration::from_secs(9), "{:?}", since.elapsed());
    }
    proxies.iter().for_each(|proxy| proxy.set(Mode::Pass));
    let mark = anna.mark();
    let paid = async {
        loop {
            match anna.pay(Bill::Message(invoice.message_id)).await {
                Ok(charge) => return charge,
                Err(PayError::Declined(_) | PayError::TimedOut) => {
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
                Err(other) => panic!("{other}"),
            }
        }
    };
    tokio::time::timeout(PATIENCE * 2, paid).await.expect("the store is back");
    told(&anna, mark, "Receipt №").await;
    ask(&anna, "/premium", "You have premium until").await;
}

/// Guard: the list of transactions, gone through at the start.
#[tokio::test]
async fn what_no_update_told_of_is_found_at_the_start() {
    let app = spawn_app(selling());
    let anna = member(&app.world, "anna", WOMAN).await;
    let charge = buys(&anna).await;
    // Who has blocked the bot has the money back, and the bot is told nothing.
    anna.block_bot();
    counted(&app, "updates_accepted", 1).await;
    let (world, data_dir) = app.stop();
    anna.refund_from_outside(&charge).expect("refunded");
    anna.unblock_bot();
    let options = Options { world: Some(world), data_dir: Some(data_dir), ..selling() };
    let app: TestApp = spawn_app(options);
    counted(&app, "billing_missed", 1).await;
    told(&anna, 0, "are back with you").await;
    comes_to_have(&anna, "With premium your searches").await;
}

/// Guard: the key of `trials`.
#[tokio::test]
async fn everybody_may_try_premium_once() {
    let app = spawn_app(Options::default().with("TRIAL_DAYS", "3"));
    let anna = member(&app.world, "anna", WOMAN).await;
    ask(&anna, "/premium", "You have no premium").await;
    let mark = anna.mark();
    tap(&anna, "bl:trial").await;
    told(&anna, mark, "premium for 3 days").await;
    let now = ask(&anna, "/premium", "You have premium until").await;
    let offered: Vec<_> = now.buttons().into_iter().flatten().filter_map(|button| button.data).collect();
    assert_eq!(offered, ["h:show"], "nothing is sold, and nothing to try");
    let mark = anna.mark();
    tap(&anna, "bl:trial").await;
    told(&anna, mark, "You have had your free days already").await;
}
