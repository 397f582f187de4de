//! `nameless demo --script`: a conversation without a browser, printed as a timeline and checked.
//!
//! The people are the simulator's; everything between them is the real engine, as in production.

mod dating;
mod desk;
mod further;

use super::folder::Folder;
use super::{Application, Extras, demo, stand_in};
use crate::capabilities::{billing, gate};
use crate::config::Config;
use anyhow::{Context as _, bail, ensure};
use desk::Operator;
use nameless_simulator::{ChatMessage, NewUser, Outgoing, SimUser};
use std::process::ExitCode;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// How long each step may take, on a machine that does much else.
const STEP: Duration = Duration::from_secs(60);

/// The operator's channel, which the people join.
const CHANNEL: &str = "@nameless_demo";

/// Plays, prints, checks. Exit code 0 if everything came as it should, else 1.
pub async fn run(mut config: Config) -> anyhow::Result<ExitCode> {
    // Nothing of an earlier run, nothing left behind.
    let folder = Folder::new("demo")?;
    config.store.data_dir = folder.path().to_owned();
    config.store.database_url = None;
    config.http.addr = ([127, 0, 0, 1], 0).into();
    config.http.metrics_addr = ([127, 0, 0, 1], 0).into();
    let simulator = demo::start_simulator()?;
    demo::point_at(&mut config, &simulator);
    demo::with_dating(&mut config);
    let world = simulator.world();
    let olga = Operator::begin(&mut config, &world)?;
    // Stars of simulated people.
    config.set_own(&billing::settings::STARS, "on");
    config.set_own(&billing::settings::INVITE_DAYS, "3");
    config.set_own(&gate::settings::GATE_CHANNEL, CHANNEL);
    stand_in::begin(&mut config, folder.path()).await?;
    let application = Application::build(&config, Extras::default()).await?;
    let (engine, at) = (application.engine(), application.http_addr());
    let (stop, stopped) = watch::channel(false);
    let running = actix_rt::spawn(application.run_until_stopped(stopped));
    let mut play = Play { began: Instant::now(), steps: 0 };
    let person = |first: &str, last: &str| {
        world.add_user(NewUser {
            first_name: first.into(),
            last_name: Some(last.into()),
            username: Some(format!("{first}_{last}").to_lowercase()),
            language_code: Some("en".into()),
            ..NewUser::default()
        })
    };
    let (anna, boris) = (person("Anna", "Petrova"), person("Boris", "Sokolov"));
    let (lisa, tom) = (person("Lisa", "Demo"), person("Tom", "Demo"));
    let clara = person("Clara", "Demo");
    world.set_told(CHANNEL, true);
    for user in [&anna, &boris, &lisa, &tom] {
        world.set_member(CHANNEL, user.id(), true);
    }
    let played = async {
        play.conversation(&anna, &boris).await?;
        play.dating(at, &lisa, &tom).await?;
        play.goods(&anna, &boris).await?;
        play.falls(&engine, &anna, &boris).await?;
        play.joins(&clara, &world).await?;
        play.report(&engine, &olga, &anna, &boris).await?;
        let free = [("Anna", &anna), ("Boris", &boris), ("Clara", &clara)];
        play.broadcast(&engine, &olga, &free, &lisa, &tom).await?;
        play.own(&boris).await
    }
    .await;
    let _ = stop.send(true);
    running.await.context("the engine's task ended early")??;
    simulator.stop();
    match played {
        Ok(()) => {
            let relayed = engine.meters().relayed.get();
            println!("\n{} steps, {relayed} messages relayed, all as they should be.", play.steps);
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            println!("\nFAILED after {} steps: {error:#}", play.steps);
            Ok(ExitCode::FAILURE)
        }
    }
}

struct Play {
    began: Instant,
    steps: u32,
}

impl Play {
    /// Prints a line of the timeline.
    fn say(&mut self, who: &str, what: &str) {
        self.steps += 1;
        let ms = self.began.elapsed().as_millis();
        println!("{ms:>6} ms  {who:<6} {what}");
    }

    async fn see(
        &mut self,
        who: &str,
        user: &SimUser,
        what: &str,
        matches: impl FnMut(&ChatMessage) -> bool,
    ) -> anyhow::Result<ChatMessage> {
        let message =
            user.wait_for(STEP, matches).await.with_context(|| format!("{who} waits for: {what}"))?;
        self.say(who, &format!("sees {what}"));
        Ok(message)
    }

    /// Waits for a keyboard whose first button carries `data`, and presses it.
    async fn press(&mut self, who: &str, user: &SimUser, data: &str) -> anyhow::Result<()> {
        let has = |m: &ChatMessage| {
            m.buttons().iter().flatten().any(|b| b.data.as_deref().is_some_and(|d| d.starts_with(data)))
        };
        let message = user.wait_for(STEP, has).await.with_context(|| format!("{who} waits for {data}"))?;
        let buttons = message.buttons();
        let button = buttons
            .iter()
            .flatten()
            .find(|b| b.data.as_deref().is_some_and(|d| d.starts_with(data)))
            .context("the button is gone")?;
        let query = user.press(message.message_id, &button.text);
        self.say(who, &format!("presses “{}”", button.text));
        user.wait_answer(STEP, &query).await.with_context(|| format!("{who}'s press is not answered"))?;
        Ok(())
    }

    async fn onboard(&mut self, who: &str, user: &SimUser) -> anyhow::Result<()> {
        user.send_text("/start");
        self.say(who, "sends /start");
        for question in ["on:lang", "on:adult:1", "on:gender", "on:age", "on:wish"] {
            self.press(who, user, question).await?;
        }
        Ok(())
    }

    async fn conversation(&mut self, anna: &SimUser, boris: &SimUser) -> anyhow::Result<()> {
        self.onboard("Anna", anna).await?;
        self.onboard("Boris", boris).await?;
        for (who, user) in [("Anna", anna), ("Boris", boris)] {
            user.send_text("/search");
            self.say(who, "sends /search");
        }
        let found = |m: &ChatMessage| m.from_bot && m.text().is_some_and(|t| t.contains("/next"));
        self.see("Anna", anna, "that a partner is found", found).await?;
        self.see("Boris", boris, "that a partner is found", found).await?;

        let hello = anna.send_text("Hello there");
        self.say("Anna", "writes “Hello there”");
        let got = self.see("Boris", boris, "“Hello there”", |m| says(m, "Hello there")).await?;
        ensure_nameless(&got)?;

        boris.reply(got.message_id, "Hi! How are you?");
        self.say("Boris", "answers to it");
        let answer = self.see("Anna", anna, "“Hi! How are you?”", |m| says(m, "Hi! How are you?")).await?;
        ensure!(answer.reply_to() == Some(hello), "the answer is not threaded to the message it answers");

        anna.edit_text(hello, "Hello there, stranger");
        self.say("Anna", "edits her first message");
        self.see("Boris", boris, "the edit", |m| says(m, "Hello there, stranger")).await?;

        boris.react(got.message_id, &["👍"]);
        self.say("Boris", "reacts with 👍");
        self.see("Anna", anna, "the reaction", |m| m.message_id == hello && !m.bot_reactions.is_empty())
            .await?;

        anna.send_photo("The sea this morning");
        self.say("Anna", "sends a photo");
        let photo = self
            .see("Boris", boris, "the photo behind a spoiler", |m| m.from_bot && m.kind() == "photo")
            .await?;
        ensure!(photo.has_spoiler(), "the photo is not behind a spoiler");
        ensure!(photo.caption() == Some("The sea this morning"), "the caption is gone");

        anna.send_text("write to me: @anna_petrova, +7 999 123-45-67, https://example.org/anna");
        self.say("Anna", "tries to tell who she is");
        let masked = self.see("Boris", boris, "it masked", |m| says_part(m, "write to me")).await?;
        let text = masked.text().unwrap_or_default().to_owned();
        for leak in ["anna_petrova", "999", "example.org"] {
            ensure!(!text.contains(leak), "{leak} has passed");
        }
        self.see("Anna", anna, "what was not passed on", |m| m.from_bot && says_part(m, "Not passed on"))
            .await?;

        boris.send(Outgoing::sticker());
        self.say("Boris", "sends a sticker");
        self.see("Anna", anna, "the sticker", |m| m.from_bot && m.kind() == "sticker").await?;

        self.stops("Boris", boris).await?;
        let ended = |m: &ChatMessage| {
            m.buttons().iter().flatten().any(|b| b.data.as_deref().is_some_and(|d| d.starts_with("fb:up")))
        };
        self.see("Boris", boris, "that the chat is over", ended).await?;
        self.see("Anna", anna, "that the chat is over", ended).await?;
        let before = boris.chat().len();
        anna.send_text("are you still there?");
        self.say("Anna", "writes once more");
        anna.wait_for(STEP, |m| m.from_bot && says_part(m, "/search"))
            .await
            .context("Anna waits to be told")?;
        self.press("Anna", anna, "fb:up").await?;
        if boris.chat().iter().skip(before).any(|m| says_part(m, "are you still there")) {
            bail!("a message has reached a former partner");
        }
        self.say("Boris", "hears nothing of it");
        self.character(anna).await
    }

    /// A talk with a character: by the same queue, database and rules as with a real model.
    async fn character(&mut self, anna: &SimUser) -> anyhow::Result<()> {
        anna.send_text("/characters");
        self.say("Anna", "sends /characters");
        self.see("Anna", anna, "a character's card", |m| m.from_bot && m.caption().is_some_and(is_told))
            .await?;
        self.press("Anna", anna, "ch:new:").await?;
        self.see("Anna", anna, "that it is no person", |m| m.from_bot && m.text().is_some_and(is_told))
            .await?;
        anna.send_text("Are you there?");
        self.say("Anna", "writes “Are you there?”");
        let reply = |m: &ChatMessage| m.from_bot && says_part(m, "I follow a script");
        let reply = self.see("Anna", anna, "the reply, by the demo's stand-in for a model", reply).await?;
        let text = reply.text().unwrap_or_default();
        ensure!(text.contains("AI") && text.contains("Are you there?"), "the reply is not labelled: {text}");
        anna.send_text("/stop");
        self.say("Anna", "sends /stop");
        self.see("Anna", anna, "that she has left", |m| {
            m.from_bot && says_part(m, "You have left the conversation")
        })
        .await?;
        Ok(())
    }

    /// Leaves a chat; where it is young, the bot asks first.
    async fn stops(&mut self, who: &str, user: &SimUser) -> anyhow::Result<()> {
        let has = |m: &ChatMessage, data: &str| {
            m.buttons().iter().flatten().any(|b| b.data.as_deref().is_some_and(|d| d.starts_with(data)))
        };
        let mark = user.mark();
        user.send_text("/stop");
        self.say(who, "sends /stop");
        let answered = |m: &ChatMessage| m.from_bot && (has(m, "end:stop") || has(m, "fb:up"));
        let asked = user.wait_after(mark, STEP, answered).await;
        match asked.with_context(|| format!("{who} waits for an answer to /stop"))? {
            asked if has(&asked, "end:stop") => self.press(who, user, "end:stop").await,
            _ => Ok(()),
        }
    }
}

/// It is said that somebody is no person.
fn is_told(text: &str) -> bool {
    text.contains("not a person")
}

fn says(message: &ChatMessage, text: &str) -> bool {
    message.from_bot && message.text() == Some(text)
}

fn says_part(message: &ChatMessage, part: &str) -> bool {
    message.text().is_some_and(|t| t.contains(part))
}

/// Nothing of the sender's name stands in what the partner sees.
fn ensure_nameless(message: &ChatMessage) -> anyhow::Result<()> {
    let json = message.json.to_string();
    for leak in ["Anna", "Petrova", "anna_petrova"] {
        ensure!(!json.contains(leak), "{leak} has passed");
    }
    Ok(())
}
