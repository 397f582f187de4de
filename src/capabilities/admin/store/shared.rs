//! Characters that people share with each other.

use super::Done;
use crate::capabilities::companion::shared_desk;
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault};
use nameless_actors::capabilities::{Answer, Carried, Denied, Order, SharedDesk};
use nameless_domain::capabilities::admin::desk::shared::{Deed, Ruling};
use nameless_domain::ids::UserId;
use nameless_domain::time::Millis;

pub(super) async fn carry_out(
    conn: &mut Conn,
    keys: &Keys,
    order: &Order,
    deed: &Deed,
    now: Millis,
) -> Result<Result<Done, Denied>, Fault> {
    let found: Option<(UserId, SharedDesk)> = match deed {
        Deed::Queue { limit } => {
            let page = SharedDesk::Queue(shared_desk::queue(conn, *limit).await?);
            return Ok(Ok(Done::plain(&order.act, page.into())));
        }
        Deed::Read { shared } => {
            let one = shared_desk::read(conn, keys, *shared).await?;
            one.map(|one| (one.user, SharedDesk::One(Box::new(one))))
        }
        Deed::Rule { shared, ruling, reason } => {
            let what = (*shared, *ruling == Ruling::Show);
            let ruled = shared_desk::rule(conn, keys, what, reason, now).await?;
            ruled.map(|(user, ruled)| (user, SharedDesk::Ruled(ruled)))
        }
    };
    // The log has whom it is about, as a hash.
    Ok(Ok(match found {
        Some((user, told)) => Done { carried: Carried::quietly(told.into()), about: Some(user) },
        None => Done::plain(&order.act, Answer::Missing),
    }))
}
