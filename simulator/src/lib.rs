//! A fake Telegram Bot API server with simulated people, faults and limits.
//!
//! Bots talk to it over real HTTP as they talk to Telegram ([`Simulator::url`] instead of
//! Telegram's address). Tests and demos act as the people, in the same process through [`SimUser`]
//! or over HTTP under `/sim` ([`configure`]). Faults are asked for through [`Faults`].
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use nameless_simulator::{NewUser, SimConfig, Simulator};
//! use std::time::Duration;
//!
//! let simulator = Simulator::start(SimConfig::default())?;
//! let anna = simulator.world().add_user(NewUser { first_name: "Anna".into(), ..NewUser::default() });
//! // ... start a bot with TELEGRAM_API_URL = simulator.url() ...
//! anna.send_text("/start");
//! anna.wait_for(Duration::from_secs(5), |m| m.from_bot).await?;
//! # Ok(())
//! # }
//! ```
#![forbid(unsafe_code)]

mod actions;
mod bot_api;
mod cli;
mod client;
mod config;
mod content;
mod events;
mod faults;
mod groups;
mod limits;
mod message;
mod mini_app;
mod onlooker;
mod outgoing;
mod payer;
mod payments;
mod server;
mod state;
mod stats;
mod user_side;
mod webhook;
pub mod yookassa;

pub use actions::ActionError;
pub use cli::run_cli;
pub use client::{SimUser, WaitError};
pub use config::{Limits, SimConfig};
pub use events::{CallbackAnswer, ChatEvent};
pub use faults::{FaultAction, FaultRule, Faults, MAX_RULES};
pub use limits::Violation;
pub use message::{Button, ChatMessage};
pub use onlooker::{Onlooker, Written};
pub use outgoing::Outgoing;
pub use payments::{Bill, PayError};
pub use server::{SimError, Simulator};
pub use state::peer::NewUser;
pub use state::world::World;
pub use stats::Stats;
pub use user_side::configure;
