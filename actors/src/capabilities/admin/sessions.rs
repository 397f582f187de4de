//! Who may come in to the pages, and for how long.

use super::none;
use crate::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::admin::{Actor, Link, Role};
use nameless_domain::ids::UserId;

/// What somebody shows to come in. It is no secret any more once it was shown.
#[derive(Clone, PartialEq, Eq)]
pub enum Credential {
    /// The last part of a link that the bot made: good once.
    Link(String),
    /// A token of the HTTP API.
    Token(String),
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Credential::Link(_) => "Link",
            Credential::Token(_) => "Token",
        })
    }
}

/// Somebody came in.
#[derive(Clone, PartialEq, Eq)]
pub struct Entered {
    /// What their browser shows from now on: kept nowhere else.
    pub secret: String,
    /// Who they are.
    pub actor: Actor,
}

impl std::fmt::Debug for Entered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entered").field("actor", &self.actor).finish_non_exhaustive()
    }
}

/// Links and sessions of the pages, kept by their SHA-256. Coming and going are entries of the
/// audit log.
pub trait Sessions: Send + Sync {
    /// Makes a link for an operator, in place of one that they have not used. None: the pages'
    /// address is not known.
    fn link(&self, _user: UserId, _role: Role) -> PortFuture<'_, Result<Option<Link>, StoreError>> {
        none()
    }

    /// Lets the bearer of a good credential in. The role is that of the moment in which the
    /// credential was made.
    fn log_in(&self, _with: Credential) -> PortFuture<'_, Result<Option<Entered>, StoreError>> {
        none()
    }

    /// Whose session this is, if it is good: neither ended nor too old, and its token still good.
    fn session(&self, _secret: String) -> PortFuture<'_, Result<Option<Actor>, StoreError>> {
        none()
    }

    /// Ends a session.
    fn log_out(&self, _secret: String) -> PortFuture<'_, Result<(), StoreError>> {
        none()
    }
}
