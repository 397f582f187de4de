//! I16: the process ends at named moments around a reply. Each turn is answered once, and what was
//! kept is never bought again.

use super::process::PATIENCE;
use super::vera::Place;
use crate::model::{Act, Server, finish, head, words};
use crate::support::characters::BackEnds;
use std::time::{Duration, Instant};

/// Where, at which of a life's replies, and how many calls more than turns that costs: what was
/// bought and not kept is bought again, what was kept never.
const POINTS: [(&str, usize); 4] = [
    // Turn, job and reserve are on the disk, and nobody has come for them.
    ("companion begun#1", 0),
    ("companion before call#1", 0),
    ("companion before keeping#2", 1),
    ("companion after keeping#1", 0),
];
/// Turns in each life.
const TURNS: usize = 4;

/// So many times all points: a thousand turns in `make soak`.
fn rounds() -> usize {
    if std::env::var_os("NAMELESS_SOAK").is_some() { 63 } else { 1 }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_around_a_reply_each_turn_is_answered_once() {
    let most = rounds() * POINTS.len() * (TURNS + 1);
    let script =
        |n: usize| -> Vec<Act> { vec![head(), words(&format!("Reply number {n}.")), finish("stop")] };
    let server = Server::new((1..=most).map(script).collect()).await;
    let back_ends = BackEnds::new(&[&server.url], 10.0);
    let place = Place::new(back_ends);
    let mut bot = place.serve(None);
    let anna = place.anna().await;
    let replies = || {
        let is_reply = |text: &str| text.contains("Reply number");
        anna.chat().iter().filter(|m| m.from_bot && m.text().is_some_and(is_reply)).count()
    };
    let (mut asked, mut calls) = (0, 0);
    for (point, extra) in (0..rounds()).flat_map(|_| POINTS) {
        bot.stop();
        bot = place.serve(Some(point));
        let mut deaths = 0;
        for _ in 0..TURNS {
            asked += 1;
            anna.send_text(&format!("Question number {asked}?"));
            let since = Instant::now();
            while replies() < asked {
                assert!(since.elapsed() < 2 * PATIENCE, "{point}: no reply to {asked}:\n{}", bot.printed());
                if bot.is_over() {
                    deaths += 1;
                    bot = place.serve(None);
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        calls += TURNS + extra;
        assert_eq!(deaths, 1, "{point}: nobody died");
        assert_eq!((replies(), server.requests().len()), (asked, calls), "{point}");
    }
    bot.stop();
    assert_eq!(replies(), asked, "one reply a turn");
}

/// Guards: between the commit that keeps a turn and the one that says whether its caps hold it, no
/// call is made, and the turn is told what became of it once.
#[tokio::test(flavor = "multi_thread")]
async fn killed_before_a_reserve_a_turn_beyond_its_cap_is_told_so_once() {
    let server = Server::new(vec![vec![head(), words("Never said."), finish("stop")]]).await;
    let back_ends = BackEnds::new(&[&server.url], 0.0);
    let place = Place::new(back_ends);
    let mut bot = place.serve(Some("companion before reserve#1"));
    let anna = place.anna().await;
    anna.send_text("Are you there?");
    let told = || {
        let is_it = |text: &str| text.contains("That is all for today");
        anna.chat().iter().filter(|m| m.from_bot && m.text().is_some_and(is_it)).count()
    };
    let (since, mut deaths) = (Instant::now(), 0);
    while told() == 0 {
        assert!(since.elapsed() < 2 * PATIENCE, "nothing is told:\n{}", bot.printed());
        if bot.is_over() {
            deaths += 1;
            bot = place.serve(None);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    bot.stop();
    assert_eq!((deaths, told(), server.requests().len()), (1, 1, 0));
}

/// Guard: `Begun::Ended`. What was said is not passed on, and whom the character stepped aside for
/// hears where help is, though the process ended between the two.
#[tokio::test(flavor = "multi_thread")]
async fn killed_after_the_character_stepped_aside_the_contacts_are_told() {
    let server = Server::new(vec![vec![head(), words("Never said."), finish("stop")]]).await;
    let place = Place::new(BackEnds::new(&[&server.url], 10.0));
    let mut bot = place.serve(Some("companion after refusing#1"));
    let anna = place.anna().await;
    anna.send_text("I want to kill myself");
    let told = || {
        let is_it = |text: &str| text.contains("call 112");
        anna.chat().iter().filter(|m| m.from_bot && m.text().is_some_and(is_it)).count()
    };
    let (since, mut deaths) = (Instant::now(), 0);
    while told() == 0 {
        assert!(since.elapsed() < 2 * PATIENCE, "nothing is told:\n{}", bot.printed());
        if bot.is_over() {
            deaths += 1;
            bot = place.serve(None);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    bot.stop();
    assert_eq!((deaths, told(), server.requests().len()), (1, 1, 0));
}
