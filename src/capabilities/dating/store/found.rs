//! Matches as the chat lists them, and the question for a name.

use super::dialogue;
use super::draft;
use super::matches;
use super::people;
use crate::store::PgStore;
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault, wall_clock};
use nameless_actors::ports::{PortFuture, StoreError};
use nameless_domain::capabilities::dating::bot::Event;
use nameless_domain::capabilities::dating::found::Found;
use nameless_domain::capabilities::dating::profile::Question;
use nameless_domain::ids::UserId;
use nameless_domain::time::Millis;

/// Whoever looks at their matches is asked for no name any more.
const CLOSE: &str = "UPDATE dating_profiles SET asks = NULL WHERE user_id = $1 AND asks = 'find'";

/// A page of somebody's matches. Names are sealed, so they are opened and compared here, as for the
/// app's list.
pub(super) async fn page(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    (part, from): (&str, usize),
    now: Millis,
) -> Result<Event, Fault> {
    let all = matches::listed(conn, keys, user, now).await?;
    let all = all.into_iter().map(|one| (one.matched, one.contacts));
    Ok(Event::Matches(Found::of(all, part, from)))
}

/// Asks for a name. The questions of a profile that is not finished come first.
async fn find(conn: &mut Conn, user: UserId, now: Millis) -> Result<Event, Fault> {
    if !people::are_known(conn, &[user.0]).await? {
        return Ok(Event::Gone);
    }
    let Some(draft) = draft::lock(conn, user).await? else { return Ok(Event::Gone) };
    let question = match draft.is_draft() {
        true => draft.asks.unwrap_or_else(|| draft.missing()),
        false => Question::Find,
    };
    dialogue::ask(conn, user, Some(question), now).await?;
    Ok(Event::Ask { question, objection: None })
}

impl PgStore {
    /// Asks for a name to look for among somebody's matches.
    pub fn dating_find(&self, user: UserId) -> PortFuture<'_, Result<Event, StoreError>> {
        self.run(move |inner| async move {
            inner.transaction(async |conn| find(conn, user, wall_clock()).await).await
        })
    }

    /// A page of somebody's matches: those whose name holds `part`, behind the first `from`.
    pub fn dating_found(
        &self,
        user: UserId,
        part: String,
        from: usize,
    ) -> PortFuture<'_, Result<Event, StoreError>> {
        self.run(move |inner| async move {
            let mut lease = inner.check_out().await?;
            lease.execute(CLOSE, &[&user.0]).await?;
            page(&mut lease, &inner.keys, user, (&part, from), wall_clock()).await
        })
    }
}
