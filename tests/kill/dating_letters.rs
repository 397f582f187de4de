//! kill -9 while somebody writes letters and sends photos to a match, each of the two in a chat
//! with somebody else: none is lost, and none goes to whom they talk to.

use super::process::{Bot, variables};
use crate::support::app::{TOKEN, quick_simulator};
use crate::support::people::{PATIENCE, onboard, pair, person, press, sees, sees_part};
use nameless_simulator::{ChatMessage, Outgoing, SimUser, Simulator, World};
use std::time::{Duration, Instant};

/// Letters of a round; a kill follows each.
const LETTERS: usize = 3;

/// Sends a text, waits for the bot's answer.
async fn ask(user: &SimUser, text: &str, part: &str) {
    let mark = user.mark();
    user.send_text(text);
    let says = user.wait_after(mark, PATIENCE, |m| m.from_bot && m.text().is_some_and(|t| t.contains(part)));
    says.await.unwrap_or_else(|e| panic!("{text}: nothing with “{part}”: {e}"));
}

async fn profile(user: &SimUser, name: &str) {
    ask(user, "/dating", "When were you born?").await;
    ask(user, "24.03.1998", "What should your card call you?").await;
    ask(user, name, "Which city").await;
    ask(user, "moscow", "What are you looking for?").await;
    press(user, "dt:goal:1").await;
    sees_part(user, "A few words about you").await;
    ask(user, "rain and old films", "And a photo").await;
    press(user, "dt:skip").await;
    sees_part(user, "Your card is ready").await;
}

/// Waits until the bot has acknowledged everything.
async fn acknowledged(world: &World) {
    let until = Instant::now() + PATIENCE;
    while world.pending_updates(TOKEN) > 0 {
        assert!(Instant::now() < until, "updates are not acknowledged");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn letter(n: usize) -> String {
    format!("<letter {n}>")
}

/// The first of each round is a photo.
fn sends(user: &SimUser, n: usize) {
    user.send(match n.is_multiple_of(LETTERS) {
        true => Outgoing::photo().caption(letter(n)),
        false => Outgoing::text(letter(n)),
    });
}

/// Whether a message of the bot holds these words, as a text or below a photo.
fn holds(message: &ChatMessage, words: &str) -> bool {
    message.from_bot && message.text().or(message.caption()).is_some_and(|text| text.contains(words))
}

/// Waits until somebody got this.
async fn gets(user: &SimUser, words: &str) {
    let got = user.wait_for(PATIENCE, |m| holds(m, words)).await;
    got.unwrap_or_else(|e| panic!("{words} does not arrive: {e}"));
}

/// How often somebody got this.
fn times(user: &SimUser, words: &str) -> usize {
    user.chat().iter().filter(|m| holds(m, words)).count()
}

/// Guards: that to whom words go is kept with the account, and `TAKEN` before `TAKE` in the store.
#[tokio::test]
async fn killed_around_letters_none_is_lost_and_none_goes_astray() {
    let simulator = Simulator::start(quick_simulator()).expect("a simulator");
    let world = simulator.world();
    world.default_bot(TOKEN);
    let folder = tempfile::tempdir().expect("a folder");
    let mut variables = variables(&simulator.url(), folder.path());
    variables.push(("DATING", "on".to_owned()));
    let mut bot = Bot::serve(&variables);
    let [anna, boris, carla, dora] = ["anna", "boris", "carla", "dora"].map(|name| person(&world, name));
    for (user, gender) in [(&anna, 0), (&boris, 1), (&carla, 0), (&dora, 1)] {
        onboard(user, gender).await;
    }
    profile(&anna, "Lisa").await;
    profile(&boris, "Tom").await;
    for user in [&anna, &boris] {
        press(user, "dt:next").await;
        press(user, "dt:like:").await;
    }
    sees_part(&anna, "It is mutual: you and Tom").await;
    pair(&boris, &carla).await;
    pair(&anna, &dora).await;
    press(&anna, "dt:write:").await;
    sees_part(&anna, "What you write now goes to Tom").await;

    let mut written = 0;
    for round in 0..3 {
        for n in written..written + LETTERS {
            sends(&anna, n);
        }
        match round {
            // Taken, perhaps; told, hardly.
            0 => acknowledged(&world).await,
            // Told, and perhaps not noted.
            1 => gets(&boris, &letter(written)).await,
            _ => gets(&boris, &letter(written + LETTERS - 1)).await,
        }
        written += LETTERS;
        bot.kill();
        bot = Bot::serve(&variables);
        for n in 0..written {
            gets(&boris, &letter(n)).await;
        }
    }
    let all: Vec<usize> = (0..written).map(|n| times(&boris, &letter(n))).collect();
    // What had just reached Telegram when the bot was killed is said once more.
    assert!(all.iter().all(|times| (1..=2).contains(times)), "{all:?}");
    press(&anna, "dt:unletter:").await;
    sees_part(&anna, "You are back in your chat").await;
    anna.send_text("for Dora alone");
    sees(&dora, "for Dora alone").await;
    boris.send_text("for Carla alone");
    sees(&carla, "for Carla alone").await;
    for user in [&carla, &dora] {
        assert_eq!(times(user, "letter"), 0, "what was for a match went to whom somebody talks to");
    }
    assert_eq!(times(&boris, "Dora"), 0);
    bot.stop();
}
