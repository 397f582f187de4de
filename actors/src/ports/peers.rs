//! The other nodes of a cluster.

use super::future::PortFuture;
use super::store::MapRow;
use crate::kernel::ticket::Accepted;
use nameless_domain::capabilities;
use nameless_domain::ids::BotId;
use nameless_domain::ids::PairId;
use nameless_domain::ids::Seq;
use nameless_domain::ids::UserId;
use nameless_domain::profile::Interests;
use nameless_domain::relay::Undelivered;
use nameless_domain::session::{EndCause, Event};
use serde::Deserialize;
use serde::Serialize;
use std::time::Duration;

/// What one node tells another of a user whose session lives there. A hint: the truth is in the
/// store, and a node that never hears it finds it there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum PeerEvent {
    /// A pair was opened.
    PairOpened {
        /// Which.
        pair: PairId,
        /// Its members in the order of their sides: the relay there needs no store for the first
        /// message.
        members: [UserId; 2],
        /// Topics that both like.
        common: Interests,
    },
    /// The partner, or the system, ended the pair: nothing more goes from here to the partner (I4).
    PairClosed {
        /// Which.
        pair: PairId,
        /// Why.
        cause: EndCause,
        /// The other member.
        partner: UserId,
    },
    /// The node of the partner has heard that the pair is over: nothing of it reaches this user any
    /// more.
    PairLeft {
        /// Which.
        pair: PairId,
    },
    /// The partner's messages have arrived: replies and reactions to them can be threaded.
    Mapped {
        /// In which pair.
        pair: PairId,
        /// Their rows.
        rows: Vec<MapRow>,
    },
    /// Something that the user's session is to be told.
    Told {
        /// What.
        told: Told,
    },
    /// The store knows better than the session: it is to look there.
    Recall,
}

/// Word of a pair's beginning that is older than this may be of a pair that is over by now: it may
/// have waited for somebody to take its user's partition.
const FRESH: Duration = Duration::from_secs(2);

impl PeerEvent {
    /// What is to be done of it when it comes so long after it was told. A new pair needs no store
    /// for its first words; of one that is no longer new the store knows, and its end with it.
    pub fn after(self, age: Duration) -> PeerEvent {
        match self {
            PeerEvent::PairOpened { .. } if age >= FRESH => PeerEvent::Recall,
            other => other,
        }
    }
}

/// Events of a session that may begin on another node than its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "told", content = "what")]
pub enum Told {
    /// Telegram says that this user cannot be reached any more, by the first bot.
    Unreachable,
    /// The same by another one.
    UnreachableBy {
        /// Which.
        bot: BotId,
    },
    /// The search was not taken on.
    SearchRefused,
    /// The search waits for the queue.
    SearchDelayed,
    /// Something that the user sent will not reach the partner.
    NotArrived {
        /// The pair it was meant for.
        pair: PairId,
        /// Why.
        why: Undelivered,
    },
    /// A copy of the user's data could not be made or sent.
    ExportFailed,
    /// An update was put aside.
    PutAside,
    /// An answer of the bot may not have arrived.
    Unsaid,
    /// A capability's own.
    Capability(capabilities::Event),
}

impl Told {
    /// An event as it travels; none for what concerns only the session that caused it, and went
    /// with that.
    pub fn of(event: Event) -> Option<Told> {
        Some(match event {
            Event::Unreachable { bot: BotId::FIRST } => Told::Unreachable,
            Event::Unreachable { bot } => Told::UnreachableBy { bot },
            Event::SearchRefused => Told::SearchRefused,
            Event::SearchDelayed => Told::SearchDelayed,
            Event::NotArrived { pair, why } => Told::NotArrived { pair, why },
            Event::ExportFailed => Told::ExportFailed,
            Event::PutAside => Told::PutAside,
            Event::Unsaid => Told::Unsaid,
            Event::Capability(event) => Told::Capability(event),
            // The beginning and the end of a pair have ways of their own: `PairOpened`,
            // `PairClosed`.
            Event::PartnerFound { .. } | Event::PairEnded { .. } => return None,
            // Its node loads it, counts its time, and hands it its updates; a remark on a message
            // is for who just sent it.
            Event::Update(_)
            | Event::Loaded { .. }
            | Event::SearchDue
            | Event::AlbumDue
            // Each node's relay tells those who live there.
            | Event::Placed { .. }
            | Event::RelayNote { .. }
            | Event::NotTaken => return None,
        })
    }
}

impl From<Told> for Event {
    fn from(told: Told) -> Event {
        match told {
            Told::Unreachable => Event::Unreachable { bot: BotId::FIRST },
            Told::UnreachableBy { bot } => Event::Unreachable { bot },
            Told::SearchRefused => Event::SearchRefused,
            Told::SearchDelayed => Event::SearchDelayed,
            Told::NotArrived { pair, why } => Event::NotArrived { pair, why },
            Told::ExportFailed => Event::ExportFailed,
            Told::PutAside => Event::PutAside,
            Told::Unsaid => Event::Unsaid,
            Told::Capability(event) => Event::Capability(event),
        }
    }
}

/// What is to be done with an accepted update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// Its user lives here: handle it.
    Here,
    /// It was sent on to the node where its user lives.
    Elsewhere,
    /// It was taken before (I3).
    Before,
}

/// Keeps a user on this node: until it is dropped their partition is not given away, as if an
/// update of theirs were under way. A default one keeps nobody.
#[derive(Default)]
pub struct Anchor(Option<Box<dyn FnOnce() + Send>>);

impl Anchor {
    /// One that calls `weigh` when it is dropped.
    pub fn new(weigh: impl FnOnce() + Send + 'static) -> Anchor {
        Anchor(Some(Box::new(weigh)))
    }
}

impl Drop for Anchor {
    fn drop(&mut self) {
        if let Some(weigh) = self.0.take() {
            weigh();
        }
    }
}

/// The other nodes of a cluster. A user's session, their half of a pair and what they send live on
/// one node, the owner of the user's partition.
pub trait Peers: Send + Sync {
    /// Takes an accepted update for its user, or sends it on.
    fn take(&self, accepted: &Accepted) -> Taken;
    /// Whether the user lives here.
    fn is_mine(&self, user: UserId) -> bool;
    /// Keeps the user here while something is told that their next node would tell again; none
    /// where they do not live here, or are about to go: it is for that node to tell.
    fn anchor(&self, user: UserId) -> Option<Anchor> {
        self.is_mine(user).then(Anchor::default)
    }
    /// The journal's position when the user came to live here: what is at or before it was accepted
    /// for a former life.
    fn born(&self, user: UserId) -> Seq;
    /// Tells the node where the user lives. Does not wait.
    fn tell(&self, user: UserId, event: PeerEvent);
    /// Waits until no later update of its user can overtake one that [`Peers::take`] sent on,
    /// whichever node accepts that later one; false if that was not to be had in time.
    fn passed_on(&self, update_id: i64) -> PortFuture<'_, bool> {
        let _ = update_id;
        Box::pin(std::future::ready(true))
    }
}
