//! Dating profiles that people report.

use super::Done;
use crate::capabilities::dating::{figures, reported};
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault};
use nameless_actors::capabilities::{Answer, Denied, Order};
use nameless_domain::capabilities::admin::desk::dating::Deed;
use nameless_domain::time::Millis;

pub(super) async fn carry_out(
    conn: &mut Conn,
    keys: &Keys,
    order: &Order,
    deed: &Deed,
    now: Millis,
) -> Result<Result<Done, Denied>, Fault> {
    let told = match deed {
        Deed::Figures => Some(figures(conn, now).await?),
        Deed::Queue { limit } => Some(reported::queue(conn, *limit).await?),
        Deed::Read { user } => reported::read(conn, keys, *user).await?,
        Deed::Rule { user, ruling, .. } => reported::rule(conn, keys, *user, *ruling, now).await?,
    };
    Ok(Ok(Done::plain(&order.act, told.map_or(Answer::Missing, Answer::from))))
}
