//! Both agree: the chat is opened, and both are owed the line that says so.

use super::tell::{self, Telling};
use super::{are_apart, owe, row, set, stay};
use crate::store::aggregates::pair as chat;
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault};
use nameless_actors::ports::{Opened, Proposal};
use nameless_domain::capabilities::again::Event;
use nameless_domain::ids::{PairId, UserId};
use nameless_domain::profile::Interests;
use nameless_domain::session::notice::Notice;
use nameless_domain::time::Millis;
use std::time::Duration;

const ASKER: &str = "SELECT asker FROM again_asks WHERE pair_id = $1";

const IS_FREE: &str = "\
    SELECT 1 FROM accounts WHERE user_id = $1 AND phase ->> 'at' IN ('idle', 'searching')";

/// The chat in which both are, with each other.
const TOGETHER: &str = "\
    SELECT m.pair_id FROM active_pair_member m JOIN active_pair_member n ON n.pair_id = m.pair_id
    WHERE m.user_id = $1 AND n.user_id = $2";

const PARTNER: &str = "\
    SELECT n.user_id FROM active_pair_member m
    JOIN active_pair_member n ON n.pair_id = m.pair_id AND n.user_id <> m.user_id
    WHERE m.user_id = $1 AND m.pair_id = $2";

/// Who was asked says yes, or asks as well. The same again, after a crash, finds the same chat.
pub(super) async fn agree(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    pair: PairId,
    now: Millis,
) -> Result<Event, Fault> {
    let rows = conn.query(ASKER, &[&pair.0]).await?;
    let Some(asker) = rows.first().map(|row| row.try_get(0).map(UserId)).transpose()? else {
        return Ok(Event::TooLate);
    };
    if !stay(conn, &[user.0, asker.0]).await? {
        return Ok(Event::TooLate);
    }
    let Some(row) = row(conn, pair).await?.filter(|row| row.asked == Some(user)) else {
        return Ok(Event::TooLate);
    };
    if row.state == "met" {
        let rows = conn.query(TOGETHER, &[&user.0, &asker.0]).await?;
        let Some(row) = rows.first() else { return Ok(Event::TooLate) };
        return Ok(Event::Opened { pair: PairId(row.try_get(0)?), partner: asker });
    }
    if !row.is_open(now) || are_apart(conn, asker, user, now).await? {
        return Ok(Event::TooLate);
    }
    if conn.query(IS_FREE, &[&asker.0]).await?.is_empty() {
        return Ok(Event::Busy);
    }
    let proposal = Proposal { members: [asker, user], at: now };
    let opened = match chat::open(conn, &[proposal]).await?.first() {
        Some(Opened::Pair(opened)) => *opened,
        _ => return Ok(Event::Busy),
    };
    set(conn, pair, "met").await?;
    let line = Notice::ChatBegan { pair: opened, common: Interests::default(), again: true, matched: false };
    owe(conn, &[asker, user], line).await?;
    let met = Telling::Met { pair: opened };
    tell::add(conn, keys, asker, format!("again:met:{}", opened.0), &met, Duration::ZERO).await?;
    Ok(Event::Opened { pair: opened, partner: asker })
}

/// With whom somebody is in this chat.
pub(super) async fn find(conn: &mut Conn, user: UserId, pair: PairId) -> Result<Event, Fault> {
    let rows = conn.query(PARTNER, &[&user.0, &pair.0]).await?;
    Ok(match rows.first() {
        Some(row) => Event::Opened { pair, partner: UserId(row.try_get(0)?) },
        None => Event::Nothing,
    })
}
