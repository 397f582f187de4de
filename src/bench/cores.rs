//! Which core the load runs on, and which the bot.

use anyhow::Context as _;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use serde_json::{Value, json};
use std::process::{Child, Command};

/// Cores looked for.
const MOST: usize = 1024;

/// The split of this machine's cores. The load has one core of its own, with everything that is
/// started beside the bot; the bot has others. Where that is not possible, both run anywhere, and
/// the result says so.
#[derive(Clone, Debug)]
pub struct Cores {
    split: Option<(usize, Vec<usize>)>,
    /// Why there is no split.
    why_not: Option<String>,
}

impl Cores {
    /// Takes the first core for the calling thread and all that it starts, and sets `bot` others
    /// aside. To be called before there are other threads. With `bot` 0 nothing is set aside.
    pub fn take(bot: usize) -> Cores {
        let none = |why: String| Cores { split: None, why_not: Some(why) };
        let set = match sched_getaffinity(None) {
            Ok(set) => set,
            Err(error) => return none(format!("this process's cores cannot be read: {error}")),
        };
        let cores: Vec<usize> = (0..MOST.min(CpuSet::MAX_CPU)).filter(|n| set.is_set(*n)).collect();
        let Some((&load, others)) = cores.split_first().filter(|(_, others)| others.len() >= bot) else {
            return none(format!("{} cores are too few for the load and {bot} for the bot", cores.len()));
        };
        match pin(&[load]) {
            Ok(()) => Cores { split: Some((load, others[..bot].to_vec())), why_not: None },
            Err(error) => none(format!("this process cannot be bound to a core: {error}")),
        }
    }

    /// Starts a process on the bot's cores. It inherits them from this thread, so none of its own
    /// ever runs elsewhere.
    pub fn spawn_bot(&self, command: &mut Command) -> anyhow::Result<Child> {
        let Some((load, bot)) = &self.split else { return Ok(command.spawn()?) };
        pin(bot).context("the bot cannot be bound to its cores")?;
        let child = command.spawn();
        // The load must not stay there, whatever became of the child.
        pin(&[*load]).context("the load cannot be bound to its core")?;
        Ok(child?)
    }

    /// From here on this thread, and all that it starts, runs on the bot's cores: what was started
    /// before stays where it is.
    pub fn enter_bots(&self) -> anyhow::Result<()> {
        match &self.split {
            Some((_, bot)) => pin(bot).context("the bot cannot be bound to its cores"),
            None => Ok(()),
        }
    }

    /// For the result.
    pub fn describe(&self) -> Value {
        match &self.split {
            Some((load, bot)) => json!({"pinned": true, "load": [load], "bot": bot}),
            None => json!({"pinned": false, "why": self.why_not}),
        }
    }

    /// One line for people, where there is something to know.
    pub fn note(&self) -> Option<String> {
        self.why_not.as_ref().map(|why| format!("Load and bot were not bound to cores of their own: {why}."))
    }
}

fn pin(cores: &[usize]) -> rustix::io::Result<()> {
    let mut set = CpuSet::new();
    cores.iter().for_each(|core| set.set(*core));
    sched_setaffinity(None, &set)
}
