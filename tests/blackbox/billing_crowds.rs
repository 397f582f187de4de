//! Many who pay at one moment, and payments while everybody writes. `make soak` has the numbers of
//! the promise.

use crate::billing::invoice;
use crate::common::{texts, told};
use crate::companion::{RICH, asked_for, begins};
use crate::model::{Act, Server};
use crate::support::app::{Options, Place, TOKEN, real_postgres, spawn_app};
use crate::support::characters::BackEnds;
use crate::support::crowd::{all_done, all_heard_in_order, chats, people, say};
use crate::support::front::Front;
use crate::support::people::PATIENCE;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use nameless_simulator::{Bill, PayError, SimUser};
use std::time::{Duration, Instant};

fn soak() -> bool {
    std::env::var_os("NAMELESS_SOAK").is_some()
}

/// An invoice of everybody's, some at one time.
async fn invoices(users: &[SimUser]) -> Vec<i32> {
    let each = users.iter().map(|user| async move { invoice(user, "bl:buy:premium-7").await.message_id });
    futures_util::stream::iter(each).buffered(25).collect().await
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
    tokio::time::timeout(PATIENCE * 4, asking).await.expect("let through")
}

/// Guard: the order's row is locked while somebody is let through. Everybody presses Pay twice
/// within a millisecond, all at one moment: nobody is let through twice, everybody pays once.
#[tokio::test(flavor = "multi_thread")]
async fn everybody_presses_pay_twice_at_one_moment_and_pays_once() {
    let Some((server, url)) = real_postgres() else { return };
    let many = if soak() { 1_000 } else { 50 };
    let app = spawn_app(Options { place: Place::Server(url), ..Options::default() }.with("STARS", "on"));
    let payers = people(&app, many).await;
    let bills: Vec<i32> = invoices(&payers).await;
    let (began, mut widest) = (Instant::now(), Duration::ZERO);
    let mut pressed = FuturesUnordered::new();
    for (user, bill) in payers.iter().zip(&bills) {
        let at = Instant::now();
        let press = || user.begin_payment(Bill::Message(*bill)).expect("asked");
        let queries = [press(), press()];
        widest = widest.max(at.elapsed());
        pressed.push(async move {
            let [first, second] = &queries;
            let (one, other) = tokio::join!(user.checked_out(first), user.checked_out(second));
            assert!(one.is_err() || other.is_err(), "both were let through");
            match (one, other) {
                (Ok(()), _) => Some(queries[0].clone()),
                (_, Ok(())) => Some(queries[1].clone()),
                _ => None,
            }
            .map_or(Err((user, *bill)), |query| Ok((user, query)))
        });
    }
    let all_pressed = began.elapsed();
    let (mut through, mut again) = (Vec::new(), Vec::new());
    while let Some(answer) = pressed.next().await {
        match answer {
            Ok(one) => through.push(one),
            Err(one) => again.push(one),
        }
    }
    println!(
        "{many} people pressed twice each within {widest:?} at most, all within {all_pressed:?}; answered within {:?}: \
         {} let through, {} heard no twice",
        began.elapsed(),
        through.len(),
        again.len()
    );
    assert!(!through.is_empty());
    for (user, bill) in again {
        through.push((user, let_through(user, Bill::Message(bill)).await));
    }
    for (user, query) in &through {
        user.charge(query).expect("charged");
    }
    for (user, _) in &through {
        told(user, 0, "Receipt №").await;
    }
    all_done(&app).await;
    for user in &payers {
        assert_eq!(texts(user, 0).iter().filter(|text| text.contains("Receipt №")).count(), 1);
    }
    let count = |sql: &str| server.ask("nameless", sql).trim().parse::<usize>().expect("a number");
    assert_eq!(count("SELECT count(*) FROM charges WHERE direction = 'in'"), many);
    assert_eq!(count("SELECT count(*) FROM ledger WHERE unit = 'premium' AND credit = 'person'"), many);
}

/// Guard: a checkout is answered past the journal and every queue. Everybody writes as fast as the
/// engine takes it, and thousands of texts wait: who presses Pay has an answer before those.
#[tokio::test(flavor = "multi_thread")]
async fn a_checkout_is_answered_before_the_texts_that_wait() {
    let (rooms, payers, least) =
        if soak() { (500, 120, Duration::from_secs(60)) } else { (100, 12, Duration::ZERO) };
    // Telegram's own read-ahead ends at 10,000: what stands behind that has not been sent yet.
    let backlog = 6_000;
    let front = Front::start();
    let app = front.spawn_app(Options::default().with("STARS", "on"));
    let payers = people(&app, payers).await;
    let bills = invoices(&payers).await;
    let rooms = chats(&app, rooms).await;
    let waiting = || app.world.pending_updates(TOKEN);
    let (began, mut lines) = (Instant::now(), 0);
    let mut flood = || {
        while waiting() < backlog {
            say(&rooms, lines..lines + 1);
            lines += 1;
        }
    };
    let (mut took, mut refused) = (Vec::new(), 0);
    for (user, bill) in payers.iter().zip(bills) {
        flood();
        let asked = Instant::now();
        let query = user.begin_payment(Bill::Message(bill)).expect("asked");
        match user.checked_out(&query).await {
            Ok(()) => {}
            // A clear no, where the store is too slow to say yes.
            Err(PayError::Declined(_)) => refused += 1,
            Err(other) => panic!("{other}"),
        }
        took.push(asked.elapsed());
        assert!(waiting() > 0, "it was answered behind all that was written before");
        let rest = least.saturating_sub(began.elapsed()) / u32::try_from(payers.len()).expect("a number");
        tokio::time::sleep(Duration::from_millis(50).max(rest / 2)).await;
    }
    let (all, lasted, left) = (lines * 2 * rooms.len(), began.elapsed(), waiting());
    took.sort_unstable();
    let at = |percent: usize| took[(took.len() - 1) * percent / 100];
    println!(
        "{} checkouts beside {:.0} texts a second, {left} of {all} still waiting: p50 {:?}, p99 {:?}, max {:?}, \
         {refused} refused",
        took.len(),
        (all - left) as f64 / lasted.as_secs_f64(),
        at(50),
        at(99),
        at(100)
    );
    assert!(refused < took.len(), "somebody may pay");
    all_heard_in_order(&rooms, lines, PATIENCE * 10).await;
}

/// Guard: a checkout is answered past every queue and every lane. A character's model takes what it
/// is asked and says nothing, all of its places are taken, and others wait for one: whoever presses
/// Pay is let through and has what they paid for.
#[tokio::test(flavor = "multi_thread")]
async fn a_checkout_is_answered_while_a_model_hangs() {
    let places = 8;
    let hangs = Server::new(vec![vec![Act::Hang]]).await;
    let back_ends = BackEnds::new(&[&hangs.url], RICH);
    let app = spawn_app(back_ends.options().with("STARS", "on").with("DRAIN_TIMEOUT", "1s"));
    let talkers = people(&app, places + 2).await;
    futures_util::future::join_all(talkers.iter().map(begins)).await;
    for talker in &talkers {
        talker.send_text("Are you there?");
    }
    asked_for(&hangs, places).await;
    let payers = people(&app, 5).await;
    let bills = invoices(&payers).await;
    for (user, bill) in payers.iter().zip(bills) {
        let query = let_through(user, Bill::Message(bill)).await;
        user.charge(&query).expect("charged");
        told(user, 0, "Receipt №").await;
    }
    drop(app);
}
