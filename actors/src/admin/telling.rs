//! What operators have to say to people, on its way to them. It counts as said once it has left, as
//! a warning is a strike only if the person could heed it, or was given up, as where they have
//! blocked the bot; a process that ends before says it again in its next life.

use super::Admin;
use crate::env::Env;
use crate::kernel::lock;
use crate::kernel::ticket::{Receipt, Ticket};
use crate::ports::StoreError;
use crate::{shard, tell};
use actix::{Handler, Message};
use nameless_domain::capabilities::Event as CapabilityEvent;
use nameless_domain::capabilities::admin::{Event as AdminEvent, Line};
use nameless_domain::ids::{MessageId, UserId};
use nameless_domain::session::Event;
use smallvec::smallvec;
use std::sync::{Arc, Weak};
use std::time::Duration;

/// How soon a store that is away is told again.
const AGAIN: Duration = Duration::from_secs(1);

/// Has a person's session say a line, unless it is on its way to them. Where they live on another
/// node, that one keeps account of it ([`from_peer`]).
pub(crate) fn tell_line(env: &Arc<Env>, user: UserId, line: Line) {
    let number = line.line;
    let event = Event::Capability(CapabilityEvent::Admin(AdminEvent::Line(line)));
    if !env.is_mine(user) {
        return shard::to_session(env, user, event);
    }
    if !lock(&env.telling.0).insert(number) {
        return;
    }
    let receipt = Box::new(OnItsWay { env: Arc::downgrade(env), user, line: number });
    let ticket = Ticket::of_receipt(receipt, user, env.journal.last(), Vec::new());
    shard::to_session_with(env, user, event, smallvec![ticket]);
}

/// Another node tells of a person who lives here.
pub(crate) fn from_peer(env: &Arc<Env>, user: UserId, event: Event) {
    match event {
        Event::Capability(CapabilityEvent::Admin(AdminEvent::Line(line))) => tell_line(env, user, line),
        event => shard::to_session(env, user, event),
    }
}

/// Keeps account of a line.
struct OnItsWay {
    env: Weak<Env>,
    user: UserId,
    line: i64,
}

impl Receipt for OnItsWay {
    /// It is one message, so there is no part of it to be left out another time.
    fn sent(&self, _: &[MessageId]) {}

    fn done(&self) {
        if let Some(env) = self.env.upgrade() {
            tell!(env.directory.one::<Admin>(), Said { user: self.user, line: self.line });
        }
    }

    /// The watch finds that it is owed.
    fn lost(&self, _: Vec<MessageId>) {
        if let Some(env) = self.env.upgrade() {
            lock(&env.telling.0).remove(&self.line);
        }
    }
}

/// A line has left.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Said {
    user: UserId,
    line: i64,
}

impl Handler<Said> for Admin {
    type Result = ();
    fn handle(&mut self, message: Said, _: &mut Self::Context) {
        actix_rt::spawn(note(self.env.clone(), message.user, message.line));
    }
}

/// Notes that a line was said, however long the store is away.
async fn note(env: Arc<Env>, user: UserId, line: i64) {
    loop {
        match env.capabilities.admin.heard(user, line).await {
            Ok(()) => break,
            Err(StoreError::Unavailable(_)) => {
                env.meters.store_retries.add(1);
                tokio::time::sleep(AGAIN).await;
            }
            Err(StoreError::Refused(cause)) => {
                tracing::error!(cause, "the store refused to note what was said to somebody");
                // It stays among those on their way: it is not said every few seconds.
                return;
            }
        }
    }
    lock(&env.telling.0).remove(&line);
}
