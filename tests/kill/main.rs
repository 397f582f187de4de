//! The program as a process: killed, stopped, misconfigured, cut off from its server; and its
//! client of the Bot API against servers that misbehave.

#[path = "../support/mod.rs"]
mod support;

mod billing;
mod billing_many;
mod broadcast;
mod chats;
mod client;
mod config;
mod demo;
mod disk;
mod guards;
mod jobs;
mod journal_crash;
mod outage;
mod poison;
mod process;
mod server;
mod stop;
mod traffic;
