//! Sends what the schedule says, in a thread of its own.

use super::ledger::{Ledger, Plan, histogram};
use super::mix::{Mix, say};
use super::schedule::Schedule;
use hdrhistogram::Histogram;
use nameless_domain::random::Random;
use nameless_simulator::SimUser;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// What the load is.
pub struct Load {
    /// Whose.
    pub users: Arc<[SimUser]>,
    /// Where it is noted.
    pub ledger: Arc<Ledger>,
    /// What they send.
    pub mix: Mix,
    /// When.
    pub schedule: Schedule,
    /// Its rounds.
    pub plan: Plan,
    /// Of the choice of messages.
    pub seed: u64,
}

/// How the load went, as far as sending goes.
pub struct Sent {
    /// Messages that the simulated Telegram refused: too many were waiting for the bot.
    pub refused: u64,
    /// How much later than due messages of the rounds were sent, microseconds.
    pub lateness: Vec<Histogram<u64>>,
}

/// A running load; stops when dropped.
pub struct Generator {
    thread: Option<JoinHandle<Sent>>,
    stop: Arc<AtomicBool>,
}

impl Generator {
    /// Begins.
    pub fn start(load: Load) -> std::io::Result<Generator> {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let thread = std::thread::Builder::new().name("load".into()).spawn(move || run(load, &stopped))?;
        Ok(Generator { thread: Some(thread), stop })
    }

    /// Whether everything is sent.
    pub fn is_done(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Sends no more.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// How it went; waits for its end.
    pub fn finish(mut self) -> Option<Sent> {
        self.thread.take()?.join().ok()
    }
}

impl Drop for Generator {
    fn drop(&mut self) {
        self.stop();
    }
}

fn run(load: Load, stopped: &AtomicBool) -> Sent {
    let mut random = Random::for_purpose(load.seed, 0x3E55_A6E5);
    let mut sent = Sent { refused: 0, lateness: (0..load.plan.rounds).map(|_| histogram()).collect() };
    for slot in load.schedule {
        let due = load.plan.start + slot.due;
        let mut now = Instant::now();
        if stopped.load(Ordering::Relaxed) {
            return sent;
        }
        while now < due {
            if stopped.load(Ordering::Relaxed) {
                return sent;
            }
            // In steps, so that a stop is seen soon.
            std::thread::sleep((due - now).min(Duration::from_millis(100)));
            now = Instant::now();
        }
        if let Some(round) = load.plan.round_of(due) {
            let late = u64::try_from((now - due).as_micros()).unwrap_or(u64::MAX);
            sent.lateness[round].saturating_record(late);
        }
        let kind = load.mix.pick(&mut random);
        let tag = load.ledger.sending(slot.sender, due);
        let message = kind.message(say(tag, &mut random), load.ledger.newest(slot.sender));
        let user = &load.users[slot.sender as usize];
        // A reply may point at what the chat no longer remembers.
        let done = user.try_send(message).or_else(|error| match error {
            nameless_simulator::ActionError::NoSuchMessage(_) => {
                user.try_send(super::mix::Kind::Text.message(say(tag, &mut random), None))
            }
            other => Err(other),
        });
        if done.is_err() {
            load.ledger.not_sent(slot.sender);
            sent.refused += 1;
        }
    }
    sent
}
