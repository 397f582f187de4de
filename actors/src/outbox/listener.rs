//! Who hears what became of a call. Whoever enqueues it says so; the outbox knows nobody by name.

use crate::env::Env;
use crate::kernel::ticket::Tickets;
use crate::ports::{SendError, Sent};
use nameless_domain::ids::{MessageIds, PairId};
use nameless_domain::outgoing::Outgoing;
use nameless_domain::relay::Side;
use std::fmt;
use std::sync::Arc;

/// What became of a call: Telegram has taken it, or it was given up.
#[derive(Debug)]
pub struct Landing {
    /// The call.
    pub out: Arc<Outgoing>,
    /// The ids of the messages that it made, in the chat to which it went, or why there are none.
    pub result: Result<Sent, SendError>,
    /// The updates behind it. Who hears of the landing finishes them, or hands them on: tickets
    /// that are merely dropped bring their updates back.
    pub tickets: Tickets,
}

/// What people said, by the ids in the sender's chat.
#[derive(Debug)]
pub struct Said {
    /// In which pair.
    pub pair: PairId,
    /// Who said it.
    pub from: Side,
    /// The messages; none where the call makes none (an edit, a reaction).
    pub sources: MessageIds,
}

/// Who hears what became of a call. Dropped unheard, the call was taken back before it left: the
/// pair had ended, or the process ends.
///
/// It is called on the outbox's thread, so it tells an actor and does no more.
pub enum Listener {
    /// Of what people say to each other. A plain function, as a box for each message would cost an
    /// allocation on the way of every text.
    Of(Said, fn(&Env, Said, Landing)),
    /// Of anything else.
    Own(Own),
}

/// What a listener of any kind does.
pub type Own = Box<dyn FnOnce(&Env, Landing) + Send>;

impl Listener {
    /// A listener of any kind.
    pub fn own(hears: impl FnOnce(&Env, Landing) + Send + 'static) -> Listener {
        Listener::Own(Box::new(hears))
    }

    /// Tells it.
    pub(super) fn hear(self, env: &Env, landing: Landing) {
        match self {
            Listener::Of(said, hears) => hears(env, said, landing),
            Listener::Own(hears) => hears(env, landing),
        }
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Listener::Of(said, _) => f.debug_tuple("Of").field(said).finish_non_exhaustive(),
            Listener::Own(_) => f.debug_tuple("Own").finish_non_exhaustive(),
        }
    }
}
