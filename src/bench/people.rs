//! The simulated Telegram and the people in it.

use super::args::Which;
use super::ledger::{FIRST_ID, Ledger};
use anyhow::{Context as _, ensure};
use nameless_simulator::{Limits, NewUser, SimConfig, SimUser, Simulator, World};
use std::net::SocketAddr;
use std::sync::Arc;

/// Messages that a chat remembers: enough for replies, few enough for a hundred thousand chats.
const REMEMBERED: usize = 32;

/// Telegram with its people, and the eyes of the load in it.
pub struct People {
    /// The server; stops when dropped.
    pub simulator: Simulator,
    /// What it shows.
    pub world: Arc<World>,
    /// In order of their index.
    pub users: Arc<[SimUser]>,
    /// What they sent and got.
    pub ledger: Arc<Ledger>,
    /// The bot's token.
    pub token: String,
}

impl People {
    /// Starts a server with so many people.
    pub fn start(
        users: u32,
        token: &str,
        listen: SocketAddr,
        seed: u64,
        enforce: Limits,
    ) -> anyhow::Result<People> {
        let config =
            SimConfig { addr: listen, seed, enforce, history_per_chat: REMEMBERED, ..SimConfig::default() };
        let simulator = Simulator::start(config).context("the simulated Telegram does not start")?;
        let world = simulator.world();
        let digits =
            token.split_once(':').is_some_and(|(id, rest)| id.parse::<u64>().is_ok() && !rest.is_empty());
        ensure!(digits, "the token is not of the form 123:abc");
        world.default_bot(token);
        let ledger = Arc::new(Ledger::new(users as usize));
        ensure!(world.watch(ledger.clone()), "somebody looks on already");
        let person = |i| {
            world.add_user(NewUser {
                id: Some(FIRST_ID + i64::from(i)),
                language_code: Some("en".into()),
                ..NewUser::default()
            })
        };
        let users = (0..users).map(person).collect();
        Ok(People { simulator, world, users, ledger, token: token.to_owned() })
    }

    /// The same with an unlimited server for the bot that `which` names.
    pub fn for_bot(users: u32, which: &Which, seed: u64) -> anyhow::Result<People> {
        People::start(users, &which.token, which.listen, seed, unlimited())
    }
}

/// A server that never answers 429 by itself.
pub fn unlimited() -> Limits {
    Limits { chat_rate: 0.0, global_rate: 0.0, ..Limits::default() }
}
