//! Each act as statements of one transaction.

use super::{
    Done, audit, bans, desk, dialogs, hidden, lines, many, pairs, people, reports, requests, tokens,
};
use crate::capabilities::billing::shown;
use crate::capabilities::faceguard::held;
use crate::capabilities::news;
use crate::store::aggregates::{activity, dead_letter};
use crate::store::keys::Keys;
use crate::store::pg::{Conn, Fault};
use nameless_actors::capabilities::{
    Answer, Carried, DeadLine, Deleted, Denied, Erasing, Noted, Order, Page, PremiumNow, Replayed,
    StandingNow, Warned,
};
use nameless_domain::capabilities::admin::{Act, Ban, Line, LineKind};
use nameless_domain::ids::UserId;
use nameless_domain::time::{DAY_MS, Millis};

/// What is told, and whom it is about.
fn about((answer, about): (Answer, Option<UserId>)) -> Done {
    Done { carried: Carried::quietly(answer), about }
}

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
        // Always refused before; only noted.
        Act::Attempt { .. } | Act::Mend { .. } => Answer::Missing,
        // Untied before.
        Act::IfSeen { .. } => Answer::Missing,
        Act::Desk(deed) => return desk::carry_out(conn, keys, order, deed, now).await,
        Act::Stats => people::stats(conn, now).await?,
        Act::People { after, limit, of } => people::page(conn, *after, *limit, of, now).await?,
        Act::Person { user } => people::dossier(conn, keys, *user, now).await?,
        Act::Ban { user, kind, term, reason } => {
            let ban =
                Ban { kind: *kind, since: now, until: term.until(now), reason: reason.trim().to_owned() };
            bans::write(conn, keys, *user, &ban, &order.actor.name).await?;
            let ban = Some(ban);
            let answer = Answer::Standing(StandingNow { user: *user, ban: ban.clone() });
            let carried = Carried { standing: Some((*user, ban)), ..Carried::quietly(answer) };
            return Ok(Ok(Done { carried, about: Some(*user) }));
        }
        Act::Unban { user, .. } => {
            if !bans::lift(conn, keys, *user, now).await? {
                Answer::Missing
            } else {
                let answer = Answer::Standing(StandingNow { user: *user, ban: None });
                let carried = Carried { standing: Some((*user, None)), ..Carried::quietly(answer) };
                return Ok(Ok(Done { carried, about: Some(*user) }));
            }
        }
        Act::Grant { user, days } => {
            let ms = i64::from(*days) * DAY_MS;
            match crate::capabilities::premium::grant(conn, keys, *user, ms, "operator", now).await? {
                None => Answer::Missing,
                Some(granted) => {
                    let answer = Answer::Premium(PremiumNow { user: *user, until: Some(granted.until) });
                    let carried = Carried { entitled: Some(*user), ..Carried::quietly(answer) };
                    return Ok(Ok(Done { carried, about: Some(*user) }));
                }
            }
        }
        Act::Revoke { user } => {
            if !crate::capabilities::premium::revoke(conn, keys, *user, now).await? {
                Answer::Missing
            } else {
                let answer = Answer::Premium(PremiumNow { user: *user, until: None });
                let carried = Carried { entitled: Some(*user), ..Carried::quietly(answer) };
                return Ok(Ok(Done { carried, about: Some(*user) }));
            }
        }
        Act::Reports { limit } => reports::queue(conn, *limit, now).await?,
        Act::Report { report } => return reports::take(conn, keys, order, *report, now).await,
        Act::Decide { report, verdict, .. } => {
            return reports::decide(conn, keys, order, *report, *verdict, now).await;
        }
        Act::Warn { user, reason } => {
            let line = lines::owe(conn, keys, *user, LineKind::Warning, reason, now).await?;
            let warnings = lines::warnings(conn, *user).await?;
            let answer = Answer::Warned(Warned { user: *user, warnings });
            return Ok(Ok(told(act, *user, line, answer)));
        }
        Act::Note { user, words } => {
            lines::note(conn, keys, *user, &order.actor.name, words, now).await?;
            let (_, notes) = lines::notes(conn, keys, *user).await?;
            Answer::Noted(Noted { user: *user, notes })
        }
        Act::Appeals { limit } => Answer::Appeals(bans::open_appeals(conn, keys, *limit).await?),
        Act::AnswerAppeal { user, accepted, reason } => {
            if !bans::answer_appeal(conn, keys, *user, *accepted, now).await? {
                Answer::Missing
            } else {
                let kind = if *accepted { LineKind::Accepted } else { LineKind::Declined };
                let line = lines::owe(conn, keys, *user, kind, reason, now).await?;
                let lifted = *accepted && bans::lift(conn, keys, *user, now).await?;
                let ban = bans::standing(conn, keys, *user, now).await?.map(|(ban, _)| ban);
                let answer = Answer::Standing(StandingNow { user: *user, ban });
                let standing = lifted.then_some((*user, None));
                let line = line.map(|line| (*user, line));
                let carried = Carried { standing, line, ..Carried::quietly(answer) };
                return Ok(Ok(Done { carried, about: Some(*user) }));
            }
        }
        Act::Delete { user, .. } => {
            let remove = dialogs::delivered(conn, *user, now).await?;
            let messages = remove.iter().map(|(_, messages)| messages.len() as i64).sum();
            let answer = Answer::Deleted(Deleted { user: *user, messages, chats: remove.len() as i64 });
            let carried = Carried { remove, ..Carried::quietly(answer) };
            return Ok(Ok(Done { carried, about: Some(*user) }));
        }
        Act::Hide { user, why } => match hidden::due(conn, keys, *user, *why, now).await? {
            None => Answer::Missing,
            Some(ban) => {
                bans::write(conn, keys, *user, &ban, hidden::ENGINE).await?;
                let ban = Some(ban);
                let answer = Answer::Standing(StandingNow { user: *user, ban: ban.clone() });
                let carried = Carried { standing: Some((*user, ban)), ..Carried::quietly(answer) };
                return Ok(Ok(Done { carried, about: Some(*user) }));
            }
        },
        Act::Detections { limit } => Answer::Detections(hidden::list(conn, *limit).await?),
        Act::Dialogs { user, .. } => dialogs::read(conn, keys, *user).await?,
        Act::Activity { days } => Answer::Activity(activity::days(conn, *days, now).await?),
        Act::Retention { days } => Answer::Retention(activity::cohorts(conn, *days, now).await?),
        Act::Payments { before, limit, of } => {
            Answer::Payments(shown::page(conn, keys, *before, *limit, *of).await?)
        }
        Act::Payment { payment } => match shown::one(conn, *payment, now).await? {
            None => Answer::Missing,
            Some((page, whose)) => return Ok(Ok(about((Answer::Payment(Box::new(page)), whose)))),
        },
        Act::Refund { payment, payer, part, .. } => {
            return Ok(shown::give_back(conn, keys, *payment, (*payer, *part)).await?.map(about));
        }
        Act::Photos { limit } => held::queue(conn, *limit).await?,
        Act::Photo { photo, .. } => return Ok(Ok(about(held::look(conn, keys, *photo).await?))),
        Act::Picture { photo } => match audit::has_looked(conn, &order.actor, *photo, now).await? {
            true => held::look(conn, keys, *photo).await?.0,
            false => Answer::Missing,
        },
        Act::RulePhoto { photo, ruling, reason } => {
            return Ok(Ok(about(held::rule(conn, *photo, *ruling, reason, now).await?)));
        }
        Act::Pairs { before, live, limit } => pairs::page(conn, *before, *live, *limit).await?,
        Act::History { user } => pairs::history(conn, keys, *user).await?,
        Act::Broadcasts { before, limit } => news::list(conn, *before, *limit).await?,
        Act::Broadcast { broadcast } | Act::PreviewBroadcast { broadcast } => {
            news::line(conn, *broadcast).await?
        }
        Act::DraftBroadcast { draft } => match news::draft(conn, &order.actor.name, draft, now).await? {
            Ok(answer) => answer,
            Err(denied) => return Ok(Err(denied)),
        },
        Act::SteerBroadcast { broadcast, steer } => {
            match news::steer(conn, keys, *broadcast, *steer, now).await? {
                Ok(answer) => answer,
                Err(denied) => return Ok(Err(denied)),
            }
        }
        Act::Audit { before, limit, of } => {
            Answer::Audit(audit::page(conn, keys, *before, *limit, of).await?)
        }
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
            return tokens::create(conn, order, name, *role, *days, now).await;
        }
        Act::RevokeToken { name } => tokens::revoke(conn, name, now).await?,
        Act::Erase { user, reason } => {
            let line = lines::owe(conn, keys, *user, LineKind::Erased, reason, now).await?;
            return Ok(Ok(told(act, *user, line, Answer::Erasing(Erasing { user: *user }))));
        }
        Act::Preview { of } => many::preview(conn, of).await?,
        Act::Many { of, expects, .. } => return many::carry_out(conn, keys, order, of, *expects, now).await,
        Act::Requests { limit } => requests::list(conn, keys, *limit, now).await?,
        Act::Approve { request } => return requests::approve(conn, keys, order, *request, now).await,
        Act::Refuse { request, .. } => {
            return Ok(Ok(requests::refuse(conn, keys, order, *request, now).await?));
        }
    };
    Ok(Ok(Done::plain(act, answer)))
}

/// An act of which the person hears; missing where there is nobody who could.
fn told(act: &Act, user: UserId, line: Option<Line>, answer: Answer) -> Done {
    match line {
        None => Done::plain(act, Answer::Missing),
        Some(line) => {
            let carried = Carried { line: Some((user, line)), ..Carried::quietly(answer) };
            Done { carried, about: Some(user) }
        }
    }
}
