//! Acts that stand in files of their own, each within its transaction.

use super::{Done, announcements, characters, dating, jobs, shared};
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault};
use nameless_actors::capabilities::{Denied, Order};
use nameless_domain::capabilities::admin::desk::Deed;
use nameless_domain::time::Millis;

/// Carries one out. An area adds its line.
pub(super) async fn carry_out(
    conn: &mut Conn,
    keys: &Keys,
    order: &Order,
    deed: &Deed,
    now: Millis,
) -> Result<Result<Done, Denied>, Fault> {
    match deed {
        Deed::Announcements(deed) => announcements::carry_out(conn, order, deed, now).await,
        Deed::Characters(deed) => characters::carry_out(conn, order, deed, now).await,
        Deed::Dating(deed) => dating::carry_out(conn, keys, order, deed, now).await,
        Deed::Jobs(deed) => jobs::carry_out(conn, order, deed).await,
        Deed::Shared(deed) => shared::carry_out(conn, keys, order, deed, now).await,
    }
}
