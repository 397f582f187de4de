//! What operators do, and what the store knows of bans.

mod answer;
mod desk;
mod dossier;
mod many;
mod page;
mod payments;
mod picture;
mod reports;
mod requests;
mod sessions;

pub use answer::*;
pub use desk::*;
pub use dossier::*;
pub use many::*;
pub use page::*;
pub use payments::*;
pub use picture::*;
pub use reports::*;
pub use requests::*;
pub use sessions::*;

use crate::kernel::meters::Meters;
use crate::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::admin::{
    Act, Actor, Ban, Event, Line, Pattern, Refusal, Request, Source, Suspicion,
};
use nameless_domain::capabilities::news::Texts;
use nameless_domain::ids::{ChatId, MessageId, Seq, UserId};
use nameless_domain::time::Millis;

/// An act on its way.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// Who.
    pub actor: Actor,
    /// What.
    pub act: Act,
    /// From where.
    pub source: Source,
    /// Names the act among the actor's: the same again is answered as the first time and changes
    /// nothing more.
    pub key: Option<String>,
}

/// An act that was carried out.
#[derive(Debug)]
pub struct Carried {
    /// What came of it.
    pub answer: Answer,
    /// Whose session has to hear of a ban, or of its end.
    pub standing: Option<(UserId, Option<Ban>)>,
    /// The same of many.
    pub standings: Vec<(UserId, Option<Ban>)>,
    /// Whose session has to hear of their entitlements.
    pub entitled: Option<UserId>,
    /// Whom the operators have something to say. It is owed until it was said.
    pub line: Option<(UserId, Line)>,
    /// What has to be deleted, by chat.
    pub remove: Vec<(ChatId, Vec<MessageId>)>,
}

impl Carried {
    /// One of which nobody else has to hear.
    pub fn quietly(answer: Answer) -> Carried {
        Carried {
            answer,
            standing: None,
            standings: Vec::new(),
            entitled: None,
            line: None,
            remove: Vec::new(),
        }
    }
}

/// Why an act was not carried out.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Denied {
    /// The actor may not, or it cannot be done as it is.
    #[error("refused: {0:?}")]
    Refused(Refusal),
    /// Its key was used for another act.
    #[error("the key was used for something else")]
    KeyReused,
    /// Somebody else has taken the report.
    #[error("taken by {by}")]
    Taken {
        /// Who.
        by: String,
    },
    /// A broadcast stands where this makes no sense.
    #[error("it makes no sense now")]
    NotNow,
    /// A token of this name is there.
    #[error("the name is taken")]
    NameTaken,
    /// It is not any more as it was when they looked at it.
    #[error("changed meanwhile")]
    Changed,
    /// They asked for it themselves: another owner has to agree.
    #[error("asked for by the same person")]
    Own,
    /// Too many acts wait.
    #[error("too many acts wait")]
    Busy,
    /// The store does not answer, or refuses.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Bans that were written or lifted since one looked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    /// The number of the last change.
    pub version: i64,
    /// Whose, and what holds now; those who have no account have no session that matters.
    pub of: Vec<(UserId, Option<Ban>)>,
}

/// Carries out what operators do, each act in one transaction with its entry in the audit log.
pub trait AdminStore: Sessions + Send + Sync {
    /// Notes when a banned person was told.
    fn told(&self, user: UserId, at: Millis) -> PortFuture<'_, Result<(), StoreError>>;
    /// Keeps what a banned person wrote, sealed, unless they wrote lately. `seq` and the user name
    /// it.
    fn appeal(&self, user: UserId, seq: Seq, words: String) -> PortFuture<'_, Result<Event, StoreError>>;
    /// Carries out an act that was judged.
    fn carry_out(&self, order: Order) -> PortFuture<'_, Result<Carried, Denied>>;
    /// Notes an act that was refused.
    fn note_refusal(&self, order: Order) -> PortFuture<'_, Result<(), StoreError>>;
    /// What has changed since a version; without one, what changed within the last minute.
    fn changes(&self, since: Option<i64>) -> PortFuture<'_, Result<Changes, StoreError>>;
    /// Whose token this is, if it is good.
    fn whose(&self, token: String) -> PortFuture<'_, Result<Option<Actor>, StoreError>>;
    /// The configuration, without secrets.
    fn settings(&self) -> String;
    /// Notes that a person was told what operators had to say to them.
    fn heard(&self, _user: UserId, _line: i64) -> PortFuture<'_, Result<(), StoreError>> {
        Box::pin(async { Ok(()) })
    }
    /// Keeps that somebody writes like a program. `seq` and the user name it.
    fn detected(&self, _: UserId, _seq: Seq, _: Pattern) -> PortFuture<'_, Result<(), StoreError>> {
        Box::pin(async { Ok(()) })
    }
    /// What whoever comes to the menu reads, if there is something.
    fn announced(&self) -> PortFuture<'_, Result<Option<Texts>, StoreError>> {
        Box::pin(async { Ok(None) })
    }
    /// Whether there is anything behind it that has to be watched.
    fn is_watched(&self) -> bool {
        false
    }
    /// What has come up since: whom the engine has to hide, and what is still owed to whom.
    fn watch(&self) -> PortFuture<'_, Result<Watched, StoreError>> {
        Box::pin(async { Ok(Watched::default()) })
    }
}

/// What has to be done without anybody's asking.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Watched {
    /// Whom to hide, and why.
    pub hide: Vec<(UserId, Suspicion)>,
    /// Lines that should have been said by now, and were not.
    pub owed: Vec<(UserId, Line)>,
}

/// Where there is no database.
pub(super) struct Absent;

impl Sessions for Absent {}

pub(super) fn none<T: Send + 'static>() -> PortFuture<'static, Result<T, StoreError>> {
    Box::pin(async { Err(StoreError::Unavailable("there is none".into())) })
}

impl AdminStore for Absent {
    fn told(&self, _: UserId, _: Millis) -> PortFuture<'_, Result<(), StoreError>> {
        none()
    }
    fn appeal(&self, _: UserId, _: Seq, _: String) -> PortFuture<'_, Result<Event, StoreError>> {
        none()
    }
    fn carry_out(&self, _: Order) -> PortFuture<'_, Result<Carried, Denied>> {
        Box::pin(async { Err(StoreError::Unavailable("there is none".into()).into()) })
    }
    fn note_refusal(&self, _: Order) -> PortFuture<'_, Result<(), StoreError>> {
        none()
    }
    fn changes(&self, _: Option<i64>) -> PortFuture<'_, Result<Changes, StoreError>> {
        none()
    }
    fn whose(&self, _: String) -> PortFuture<'_, Result<Option<Actor>, StoreError>> {
        none()
    }
    fn settings(&self) -> String {
        String::new()
    }
}

/// Carries a session's request out.
pub(super) async fn perform(
    store: &dyn AdminStore,
    _: &Meters,
    user: UserId,
    request: Request,
) -> Result<Event, StoreError> {
    match request {
        Request::Told { at } => store.told(user, at).await.map(|()| Event::Noted),
        Request::Appeal { seq, words } => store.appeal(user, seq, words).await,
        Request::Link { role } => store.link(user, role).await.map(Event::Linked),
        Request::Detected { seq, pattern } => store.detected(user, seq, pattern).await.map(|()| Event::Noted),
    }
}
