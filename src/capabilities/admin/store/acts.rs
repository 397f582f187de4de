//! Each act as statements of one transaction.

use super::{Done, audit, bans, people, reports, tokens};
use crate::store::aggregates::dead_letter;
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault};
use nameless_actors::capabilities::{
    Answer, Carried, DeadLine, Denied, Order, Page, PremiumNow, Replayed, StandingNow,
};
use nameless_domain::capabilities::admin::{Act, Ban};
use nameless_domain::time::{DAY_MS, Millis};

/// Carries an act out. The log's lock is held where the act is logged.
pub(super) async fn carry_out(
    conn: &mut Conn,
    keys: &Keys,
    order: &Order,
    now: Millis,
) -> Result<Result<Done, Denied>, Fault> {
    let act = &order.act;
    let answer = match act {
        // Answered by the actor itself.
        Act::Health | Act::Settings => Answer::Missing,
        // Always refused before.
        Act::Attempt { .. } => Answer::Missing,
        Act::Stats => people::stats(conn, now).await?,
        Act::People { after, limit } => people::page(conn, *after, *limit).await?,
        Act::Person { user } => people::dossier(conn, keys, *user, now).await?,
        Act::Ban { user, kind, term, reason } => {
            let ban =
                Ban { kind: *kind, since: now, until: term.until(now), reason: reason.trim().to_owned() };
            bans::write(conn, keys, *user, &ban, &order.actor.name).await?;
            let ban = Some(ban);
            let answer = Answer::Standing(StandingNow { user: *user, ban: ban.clone() });
            let carried = Carried { answer, standing: Some((*user, ban)), entitled: None };
            return Ok(Ok(Done { carried, about: Some(*user) }));
        }
        Act::Unban { user, .. } => {
            if !bans::lift(conn, keys, *user, now).await? {
                Answer::Missing
            } else {
                let answer = Answer::Standing(StandingNow { user: *user, ban: None });
                let carried = Carried { answer, standing: Some((*user, None)), entitled: None };
                return Ok(Ok(Done { carried, about: Some(*user) }));
            }
        }
        Act::Grant { user, days } => {
            let ms = i64::from(*days) * DAY_MS;
            match crate::capabilities::premium::grant(conn, *user, ms, "operator", now).await? {
                None => Answer::Missing,
                Some(granted) => {
                    let answer = Answer::Premium(PremiumNow { user: *user, until: Some(granted.until) });
                    let carried = Carried { answer, standing: None, entitled: Some(*user) };
                    return Ok(Ok(Done { carried, about: Some(*user) }));
                }
            }
        }
        Act::Revoke { user } => {
            if !crate::capabilities::premium::revoke(conn, *user).await? {
                Answer::Missing
            } else {
                let answer = Answer::Premium(PremiumNow { user: *user, until: None });
                let carried = Carried { answer, standing: None, entitled: Some(*user) };
                return Ok(Ok(Done { carried, about: Some(*user) }));
            }
        }
        Act::Reports { limit } => reports::queue(conn, *limit, now).await?,
        Act::Report { report } => return reports::take(conn, keys, order, *report, now).await,
        Act::Decide { report, verdict, .. } => {
            return reports::decide(conn, order, *report, *verdict, now).await;
        }
        Act::Audit { before, limit } => Answer::Audit(audit::page(conn, *before, *limit).await?),
        Act::DeadLetters { limit } => {
            let line = |dead: dead_letter::DeadLetter| DeadLine {
                seq: dead.seq,
                user: dead.user,
                at: dead.at,
                error: dead.error,
            };
            let items = dead_letter::list(conn, i64::from(*limit)).await?.into_iter().map(line).collect();
            Answer::DeadLetters(Page { items, next: None })
        }
        Act::Replay { seq } => match dead_letter::ask(conn, Some(*seq), now).await? {
            0 => Answer::Missing,
            _ => Answer::Replayed(Replayed { seq: *seq }),
        },
        Act::Tokens => tokens::list(conn).await?,
        Act::CreateToken { name, role, days } => {
            return tokens::create(conn, act, name, *role, *days, now).await;
        }
        Act::RevokeToken { name } => tokens::revoke(conn, name, now).await?,
    };
    Ok(Ok(Done::plain(act, answer)))
}
