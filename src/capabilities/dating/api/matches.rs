//! Matches: the list, the way into the chat, contacts, the end.

use super::problem::Problem;
use super::verdicts::{Why, carry_out};
use super::{Ask, Endpoint, Reply, Spec, Verb, cards};
use crate::capabilities::dating::store::{Deed, Line};
use futures_util::StreamExt as _;
use nameless_domain::capabilities::dating::bot::Token;
use nameless_domain::capabilities::dating::found;
use nameless_domain::capabilities::dating::pair::Contacts;
use serde::Deserialize;
use serde_json::{Value, json};

/// Matches of a page.
const PAGE: usize = 20;
/// Characters of what is looked for.
const MOST_ASKED: usize = 60;
/// Names that Telegram is asked for at once.
const ASKED_AT_ONCE: usize = 4;

/// The list.
pub(super) struct Matches;
/// The way into the chat.
pub(super) struct Chat;
/// The end.
pub(super) struct Part;
/// The end, with a report.
pub(super) struct Report;
/// The end, never to meet again.
pub(super) struct Block;
/// Agrees to be known.
pub(super) struct Share;
/// Takes that back.
pub(super) struct Unshare;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    q: Option<String>,
    after: Option<String>,
}

/// What a match is called in Telegram, if both agreed to that; none if nobody can tell now.
async fn username(ask: &Ask<'_>, line: &Line) -> Option<String> {
    match line.contacts {
        Contacts::Open => ask.api.names.of((ask.api.store(), &ask.api.client), line.other, ask.now()).await,
        _ => None,
    }
}

async fn shown(ask: &Ask<'_>, line: &Line) -> Value {
    let (token, photos) = (line.token.to_string(), cards::photos_of(line.token, &line.photos));
    // The first one by itself is what the app of the version before looks for.
    let first = photos.first().cloned().unwrap_or_else(|| json!({ "url": null, "is_checked": false }));
    json!({
        "token": token, "name": line.name, "age": line.age, "since": line.since.0 / 1_000,
        "photo": first["url"], "is_checked": first["is_checked"], "photos": photos,
        "contacts": line.contacts,
        "username": username(ask, line).await,
    })
}

impl Endpoint for Matches {
    const SPEC: Spec = Spec {
        summary: "Their matches, the newest first",
        query: &[
            ("q", r#"{"type": "string", "maxLength": 60, "description": "part of the name"}"#),
            (
                "after",
                r#"{"type": "string", "pattern": "^[0-9a-f]{16}$", "description": "`next` of the page before"}"#,
            ),
        ],
        ..Spec::new(Verb::Get, "/app/api/v1/matches", "Matches", "Matches")
    };

    async fn answer(ask: Ask<'_>) -> Result<Reply, Problem> {
        let Wanted { q, after } = ask.query()?;
        let odd = || Problem::malformed("the query is not as it is described");
        let after = after.map(|word| Token::of_word(&word).ok_or_else(odd)).transpose()?;
        let part = found::folded(&q.unwrap_or_default());
        if part.chars().count() > MOST_ASKED {
            return Err(odd());
        }
        let mut lines = ask.api.store().dating_lines(ask.viewer()?.user).await?;
        if let Some(after) = after {
            // What is no match any more is the end of no page.
            let from = lines.iter().position(|line| line.token == after).map_or(lines.len(), |at| at + 1);
            lines.drain(..from);
        }
        lines.retain(|line| found::holds(&line.name, &part));
        let next = lines.get(PAGE - 1).filter(|_| lines.len() > PAGE).map(|line| line.token.to_string());
        lines.truncate(PAGE);
        let shown = lines.iter().map(|line| shown(&ask, line));
        let matches: Vec<Value> = futures_util::stream::iter(shown).buffered(ASKED_AT_ONCE).collect().await;
        Ok(Reply::json(json!({ "matches": matches, "next": next })))
    }
}

impl Endpoint for Chat {
    const SPEC: Spec = Spec {
        summary: "Opens the chat with a match in the bot, or tells them that somebody wants to talk",
        is_gated: true,
        ..Spec::new(Verb::Post, "/app/api/v1/matches/{token}/chat", "OpenChat", "Chat")
    };

    async fn answer(ask: Ask<'_>) -> Result<Reply, Problem> {
        let matched = ask.named()?;
        // What a shadow writes reaches nobody, and the shadow does not learn that.
        if ask.viewer()?.is_shadow {
            return Ok(Reply::json(json!({ "state": "busy" })));
        }
        let done = carry_out(&ask, Deed::Write { matched }).await?;
        Ok(Reply::json(json!({ "state": if done.opened { "open" } else { "busy" } })))
    }
}

impl Endpoint for Part {
    const SPEC: Spec = Spec {
        summary: "Ends a match for good",
        ..Spec::new(Verb::Delete, "/app/api/v1/matches/{token}", "EndMatch", "")
    };

    async fn answer(ask: Ask<'_>) -> Result<Reply, Problem> {
        carry_out(&ask, Deed::Part { matched: ask.named()? }).await?;
        Ok(Reply::nothing())
    }
}

impl Endpoint for Report {
    const SPEC: Spec = Spec {
        summary: "Reports a match, and ends it for good",
        body: Some("Why"),
        ..Spec::new(Verb::Post, "/app/api/v1/matches/{token}/report", "ReportMatch", "")
    };

    async fn answer(ask: Ask<'_>) -> Result<Reply, Problem> {
        let Why { reason } = ask.body()?;
        carry_out(&ask, Deed::TurnAwayMatch { matched: ask.named()?, reason: Some(reason) }).await?;
        Ok(Reply::nothing())
    }
}

impl Endpoint for Block {
    const SPEC: Spec = Spec {
        summary: "Ends a match, never to meet again",
        ..Spec::new(Verb::Post, "/app/api/v1/matches/{token}/block", "BlockMatch", "")
    };

    async fn answer(ask: Ask<'_>) -> Result<Reply, Problem> {
        carry_out(&ask, Deed::TurnAwayMatch { matched: ask.named()?, reason: None }).await?;
        Ok(Reply::nothing())
    }
}

/// Agrees, or takes it back; how it stands after that.
async fn share(ask: &Ask<'_>, on: bool) -> Result<Reply, Problem> {
    let (matched, viewer) = (ask.named()?, ask.viewer()?);
    if viewer.is_shadow {
        let contacts = if on { Contacts::Mine } else { Contacts::None };
        return Ok(Reply::json(json!({ "contacts": contacts })));
    }
    carry_out(ask, Deed::Share { matched, on }).await?;
    let lines = ask.api.store().dating_lines(viewer.user).await?;
    let line = lines.into_iter().find(|line| line.token == matched).ok_or_else(Problem::unknown)?;
    Ok(Reply::json(json!({ "contacts": line.contacts })))
}

impl Endpoint for Share {
    const SPEC: Spec = Spec {
        summary: "Agrees that a match and they learn who the other is",
        is_gated: true,
        ..Spec::new(Verb::Post, "/app/api/v1/matches/{token}/contacts", "ShareContacts", "Contacts")
    };

    async fn answer(ask: Ask<'_>) -> Result<Reply, Problem> {
        share(&ask, true).await
    }
}

impl Endpoint for Unshare {
    const SPEC: Spec = Spec {
        summary: "Takes that back, while the other has not agreed",
        ..Spec::new(Verb::Delete, "/app/api/v1/matches/{token}/contacts", "UnshareContacts", "Contacts")
    };

    async fn answer(ask: Ask<'_>) -> Result<Reply, Problem> {
        share(&ask, false).await
    }
}
