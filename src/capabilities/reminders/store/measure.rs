//! What reminders came to: who came back within a day, and how many chats began within a week. The
//! same is counted of those who were held out, at the moments at which they would have had one.

use crate::store::pg::{Conn, Fault};
use nameless_domain::capabilities::reminders::Kind;
use nameless_domain::capabilities::reminders::effect::{BACK_MS, CHATS_MS, Effect, Group};
use nameless_domain::time::{DAY_MS, Millis};

/// Rows at a time.
const MOST: i64 = 1_000;

/// A chat that began says it at any time; that somebody did anything else, only while the day
/// lasts. Whoever only turned reminders off, or blocked the bot, did not come back by that.
const BACK: &str = "\
    UPDATE reminders SET back = true WHERE reminder_id = ANY(ARRAY(
        SELECT r.reminder_id FROM reminders r
        WHERE r.at > $1 AND NOT r.back AND (
            EXISTS (SELECT FROM pairs p WHERE p.a = r.user_id AND p.opened > r.at AND p.opened <= r.at + $3)
            OR EXISTS (SELECT FROM pairs p WHERE p.b = r.user_id AND p.opened > r.at AND p.opened <= r.at + $3)
            OR r.at + $3 >= $2 AND EXISTS (
                SELECT FROM accounts a WHERE a.user_id = r.user_id AND a.applied > r.applied AND NOT a.blocked_bot
                    AND NOT EXISTS (SELECT FROM reminders_off o WHERE o.user_id = r.user_id AND o.since >= r.at)))
        ORDER BY r.at LIMIT $4))";

const CHATS: &str = "\
    UPDATE reminders r SET chats = (
            SELECT count(*) FROM pairs p WHERE p.a = r.user_id AND p.opened > r.at AND p.opened <= r.at + $2)
        + (SELECT count(*) FROM pairs p WHERE p.b = r.user_id AND p.opened > r.at AND p.opened <= r.at + $2)
    WHERE r.reminder_id = ANY(ARRAY(
        SELECT o.reminder_id FROM reminders o WHERE o.chats IS NULL AND o.at <= $1 ORDER BY o.at LIMIT $3))";

const EFFECTS: &str = "\
    SELECT kind, held, count(DISTINCT user_id) AS people, count(*) AS times,
        count(*) FILTER (WHERE back) AS back, count(chats) AS weeks,
        coalesce(sum(chats), 0)::bigint AS chats
    FROM reminders WHERE at > $1 AND at <= $2 GROUP BY kind, held";

/// Counts what can be counted by now.
pub(super) async fn measure(conn: &mut Conn, now: Millis) -> Result<(), Fault> {
    conn.execute(BACK, &[&now.plus(-2 * DAY_MS).0, &now.0, &BACK_MS, &MOST]).await?;
    conn.execute(CHATS, &[&now.plus(-CHATS_MS).0, &CHATS_MS, &MOST]).await?;
    Ok(())
}

/// Both groups of each kind; of those whose day is over.
pub(crate) async fn effects(conn: &mut Conn, days: u32, now: Millis) -> Result<Vec<Effect>, Fault> {
    let from = now.plus(-DAY_MS.saturating_mul(days.into())).0;
    let rows = conn.query(EFFECTS, &[&from, &now.plus(-BACK_MS).0]).await?;
    let mut effects = Kind::ALL.map(|kind| Effect { kind, reminded: None, held: None });
    for row in &rows {
        let number = |column: &str| -> Result<u32, Fault> {
            let number: i64 = row.try_get(column)?;
            u32::try_from(number).map_err(|_| Fault::Corrupt("a count beyond all".into()))
        };
        let group = Group {
            people: number("people")?,
            times: number("times")?,
            back: number("back")?,
            weeks: number("weeks")?,
            chats: number("chats")?,
        };
        let kind = Kind::from_name(row.try_get("kind")?);
        let Some(effect) = effects.iter_mut().find(|effect| Some(effect.kind) == kind) else { continue };
        match row.try_get("held")? {
            true => effect.held = group.told(),
            false => effect.reminded = group.told(),
        }
    }
    Ok(effects.to_vec())
}
