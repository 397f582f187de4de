//! Death on request: a panic outside every guard, so that tests see the second net at work.

use crate::jobs::Jobs;
use crate::matchmaker::Matchmaker;
use crate::outbox::Outbox;
use crate::persistence::Persistence;
use crate::relay::Relay;
use crate::session::Session;
use crate::shard::Shard;
use actix::{Context, Handler, Message};

/// Sent by tests only: die, with all that is in the mailbox.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Die;

macro_rules! mortal {
    ($($actor:ty),+) => {$(
        impl Handler<Die> for $actor {
            type Result = ();
            fn handle(&mut self, _: Die, _: &mut Context<Self>) {
                panic!("death asked for");
            }
        }
    )+};
}

mortal!(Jobs, Matchmaker, Outbox, Persistence, Relay, Session, Shard);
