//! Erasure of a user (I14): every table's steps, stage by stage.

use super::keys::Keys;
use super::pg::{Conn, Fault, PgStore};
use super::schema::tables;
use super::table::{Action, Erasing, Erasure, Stage, Step};
use nameless_actors::ports::{PortFuture, Write};
use nameless_domain::ids::UserId;
use nameless_domain::time::Millis;

/// Removes everything about the user but what is declared to stay.
pub(crate) async fn erase(conn: &mut Conn, keys: &Keys, user: UserId, now: Millis) -> Result<(), Fault> {
    for step in Stage::ALL.into_iter().flat_map(steps) {
        match step.action {
            Action::Sql(sql) => drop(conn.execute(sql, &[&user.0]).await?),
            Action::Routine(routine) => routine(conn, Erasing { user, keys, now }).await?,
        }
    }
    Ok(())
}

/// The steps of a stage.
fn steps(stage: Stage) -> impl Iterator<Item = &'static Step> {
    let steps = tables().flat_map(|table| match table.erasure {
        Erasure::Steps(steps) => steps,
        Erasure::No(_) => &[],
    });
    steps.filter(move |step| step.stage == stage)
}

/// Hears of users whose erasure has just been written; the write waits for it.
pub type OnErased = Box<dyn Fn(Vec<UserId>) -> PortFuture<'static, ()> + Send + Sync>;

impl PgStore {
    /// What is kept elsewhere of a user, such as in a cache, is to go as well: `told` is called
    /// after each batch with an erasure. Only the first call of this counts.
    pub fn after_erasure(&self, told: OnErased) {
        let _ = self.inner.erased.set(told);
    }

    /// The users whom a batch erases, if anybody wants to hear of it.
    pub(in crate::store) fn erasures(&self, batch: &[Write]) -> Vec<UserId> {
        let erased = |write: &Write| match write {
            Write::Erase { user } => Some(*user),
            _ => None,
        };
        match self.inner.erased.get() {
            Some(_) => batch.iter().filter_map(erased).collect(),
            None => Vec::new(),
        }
    }

    pub(in crate::store) async fn tell_erased(&self, users: Vec<UserId>) {
        if let (Some(told), false) = (self.inner.erased.get(), users.is_empty()) {
            told(users).await;
        }
    }
}
