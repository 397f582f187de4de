//! Dialogs with characters.

#[cfg(test)]
mod tests;

use crate::kernel::meters::Meters;
use crate::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::companion::{Event, Request};
use nameless_domain::ids::UserId;

/// Keeps dialogs and what is said in them, and has it answered: words become a turn, a turn a job,
/// with one commit. Nothing here waits for a model.
pub trait CompanionPort: Send + Sync {
    /// Carries a request out. The same again changes nothing more: a dialog is named by the press
    /// that begins it, a turn by its message.
    fn ask(&self, user: UserId, request: Request) -> PortFuture<'_, Result<Event, StoreError>>;

    /// Gives back and settles what nobody else will come for. Called at the start and every hour.
    fn tidy(&self) -> PortFuture<'_, ()> {
        Box::pin(async {})
    }

    /// How those who answer are, and what came of turns so far; nothing where there are none.
    fn health(&self) -> CompanionHealth {
        CompanionHealth::default()
    }
}

/// How those who answer are, and what this process had of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CompanionHealth {
    /// Back ends by name, and whether one is left alone for a while.
    pub back_ends: Vec<(String, bool)>,
    /// Turns by how they ended: `replied`, `refused`, `helped`, `failed`.
    pub turns: Vec<(&'static str, u64)>,
    /// Calls of back ends.
    pub calls: u64,
    /// What they cost, in millionths of the prices' currency; the whole reserve where nobody knows.
    pub spent_micros: u64,
    /// Budgets of a day by cap (`all`, `back_end:NAME`), in the same.
    pub caps: Vec<(String, u64)>,
}

/// Where there are no characters.
pub(super) struct Absent;

impl CompanionPort for Absent {
    fn ask(&self, _: UserId, _: Request) -> PortFuture<'_, Result<Event, StoreError>> {
        Box::pin(async { Err(StoreError::Refused("there are no characters".into())) })
    }
}

/// Carries a request out.
pub(super) async fn perform(
    port: &dyn CompanionPort,
    _: &Meters,
    user: UserId,
    request: Request,
) -> Result<Event, StoreError> {
    port.ask(user, request).await
}
