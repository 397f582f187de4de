//! How people get into chats with any bot: /start, the first button of each keyboard that comes,
//! /search.
//!
//! Nothing is known of the bot but this. Whether it is done with something is seen from its
//! silence; who is in a chat with whom is found out by texts that carry their sender's number.

use super::bot_under_test::Subject;
use super::mix::Kind;
use super::people::People;
use super::progress::Progress;
use super::tag::{PROBE, Tag};
use anyhow::{Context as _, bail};
use nameless_simulator::Outgoing;
use std::time::{Duration, Instant};

/// Buttons that one person presses.
const MOST_PRESSES: u8 = 8;
/// How long a bot that has nothing more to say is silent.
const SILENCE: Duration = Duration::from_millis(700);
/// How often is looked.
const GLANCE: Duration = Duration::from_millis(10);
/// Updates that wait for the bot at a time; the next people begin when there are fewer.
const AT_ONCE: usize = 500;
/// How often texts are sent to find the partner before somebody searches again.
const TRIES: u32 = 2;

/// Gets everybody into a chat; an error that says what is missing if that takes longer than
/// `within`.
pub async fn pair_everybody(
    people: &People,
    subject: &mut Subject,
    within: Duration,
    progress: &mut Progress,
) -> anyhow::Result<()> {
    let mut guide = Guide { people, subject, deadline: Instant::now() + within, within, pressed: Vec::new() };
    let everybody: Vec<u32> = (0..people.users.len() as u32).collect();
    guide.introduce(&everybody, progress).await?;
    let mut tries = 0;
    loop {
        let alone = guide.alone();
        if alone.is_empty() {
            return Ok(());
        }
        if tries > 0 && tries % TRIES == 0 {
            // On a busy machine a bot may have been silent in the middle of its questions.
            guide.introduce(&alone, progress).await?;
        }
        tries += 1;
        guide.probe(&alone, progress).await?;
        guide.silence(progress).await?;
    }
}

struct Guide<'a> {
    people: &'a People,
    subject: &'a mut Subject,
    deadline: Instant,
    within: Duration,
    pressed: Vec<u8>,
}

impl Guide<'_> {
    /// Whose partner is not known both ways.
    fn alone(&self) -> Vec<u32> {
        (0..self.people.users.len() as u32).filter(|u| self.people.ledger.partner(*u).is_none()).collect()
    }

    /// /start, buttons, /search. Buttons that come after it are a chat's or a search's, and not
    /// pressed.
    async fn introduce(&mut self, who: &[u32], progress: &mut Progress) -> anyhow::Result<()> {
        self.pressed = vec![0; self.people.users.len()];
        self.people.ledger.collect_keyboards(true);
        self.say(who, "/start", progress).await?;
        self.silence(progress).await?;
        self.people.ledger.collect_keyboards(false);
        self.say(who, "/search", progress).await?;
        self.silence(progress).await
    }

    /// Lets these people say something, not all at once, and press what comes meanwhile.
    async fn say(&mut self, who: &[u32], text: &str, progress: &mut Progress) -> anyhow::Result<()> {
        for (n, user) in who.iter().enumerate() {
            self.room(n, who.len(), text, progress).await?;
            self.people.users[*user as usize]
                .try_send(Outgoing::text(text))
                .context("a person cannot write")?;
        }
        Ok(())
    }

    async fn probe(&mut self, who: &[u32], progress: &mut Progress) -> anyhow::Result<()> {
        for (n, user) in who.iter().enumerate() {
            self.room(n, who.len(), "who is there?", progress).await?;
            let mut text = "who is there? ".to_owned();
            Tag { sender: *user, number: PROBE }.write(&mut text);
            let message = Kind::Text.message(text, None);
            self.people.users[*user as usize].try_send(message).context("a person cannot write")?;
        }
        Ok(())
    }

    /// Obedience until few enough updates wait for the bot.
    async fn room(&mut self, n: usize, of: usize, text: &str, progress: &mut Progress) -> anyhow::Result<()> {
        if !n.is_multiple_of(64) {
            return Ok(());
        }
        while self.people.world.pending_updates(&self.people.token) >= AT_ONCE {
            self.step(progress, || format!("{text}: {n} of {of} people")).await?;
        }
        self.press();
        Ok(())
    }

    fn press(&mut self) {
        for keyboard in self.people.ledger.take_keyboards() {
            let pressed = &mut self.pressed[keyboard.user as usize];
            if *pressed < MOST_PRESSES {
                *pressed += 1;
                // The message may have got another keyboard meanwhile, which has been noted as
                // well.
                let _ = self.people.users[keyboard.user as usize].try_press(keyboard.message, &keyboard.data);
            }
        }
    }

    async fn step(&mut self, progress: &mut Progress, what: impl FnOnce() -> String) -> anyhow::Result<()> {
        self.press();
        self.subject.check()?;
        progress.show(what);
        if Instant::now() >= self.deadline {
            bail!(self.too_late());
        }
        tokio::time::sleep(GLANCE).await;
        Ok(())
    }

    /// Obedience until the bot has taken everything and says nothing more.
    async fn silence(&mut self, progress: &mut Progress) -> anyhow::Result<()> {
        let (mut written, mut since) = (self.people.ledger.written_by_bots(), Instant::now());
        loop {
            let now = self.people.ledger.written_by_bots();
            let waiting = self.people.world.pending_updates(&self.people.token);
            if now != written || waiting > 0 {
                (written, since) = (now, Instant::now());
            } else if since.elapsed() >= SILENCE {
                return Ok(());
            }
            let all = self.people.users.len();
            let ledger = &self.people.ledger;
            let paired = || (0..all as u32).filter(|u| ledger.partner(*u).is_some()).count();
            let shown = format!("the bot has written {now} messages, {waiting} updates wait for it");
            self.step(progress, || format!("{} of {all} people in chats; {shown}", paired())).await?;
        }
    }

    fn too_late(&self) -> String {
        let alone = self.alone();
        let stats = self.people.world.stats();
        let methods: Vec<String> = stats.methods.iter().map(|(name, n)| format!("{name} {n}")).collect();
        let pressed = self.pressed.iter().filter(|n| **n > 0).count();
        let mut text = format!(
            "the bot did not get everybody into a chat within {:?}: {} of {} people have no partner that answers. \
             {pressed} people were given buttons. Updates that wait for the bot: {}. What it called: {}.",
            self.within,
            alone.len(),
            self.people.users.len(),
            stats.updates_pending,
            if methods.is_empty() { "nothing".to_owned() } else { methods.join(", ") },
        );
        let printed = self.subject.last_lines();
        if !printed.is_empty() {
            text.push_str(" What it printed last:");
            text.push_str(&printed);
        }
        text
    }
}
