//! How a session begins, goes on and ends.

use super::problem::Problem;
use super::{Ask, Endpoint, Needs, Reply, Spec, Verb};
use crate::capabilities::dating::init_data::{self, Refused};
use crate::capabilities::dating::store::{Barred, Begun};
use crate::store::pg::wall_clock;
use actix_web::http::StatusCode;
use actix_web::http::header::AUTHORIZATION;
use nameless_domain::capabilities::dating::Event;
use serde_json::json;
use std::time::Duration;

/// Where links into the app may lead; a link's writer chose the rest.
const PLACES: [&str; 6] = ["cards", "likes", "matches", "profile", "settings", "stats"];

/// Whoever has answered the last of the first questions may be here before the database knows: it
/// is looked so often, with such a wait between.
const LOOKS: usize = 6;
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// Exchanges what Telegram signed for a session.
pub(super) struct Open;
/// A new session in place of one.
pub(super) struct Renew;
/// Ends a session.
pub(super) struct Close;

fn begun(session: Result<Begun, Barred>, start: Option<String>) -> Result<Reply, Problem> {
    match session {
        Ok(Begun { token, good_ms, lang }) => Ok(Reply::json(json!({
            "token": token, "expires_in": good_ms / 1_000, "lang": lang.code(), "start": start,
        }))),
        Err(Barred::Banned) => {
            Err(Problem::new(StatusCode::FORBIDDEN, "forbidden", "this account may not take part"))
        }
        Err(Barred::TooYoung) => Err(Problem::too_young()),
        Err(Barred::Nobody) => Err(Problem::no_account()),
        Err(Barred::Over) => {
            Err(Problem::new(StatusCode::UNAUTHORIZED, "stale", "it is too old: open the app again"))
        }
    }
}

/// Where the app is to begin: a place of its own, nothing else.
fn place(start_param: Option<String>) -> Option<String> {
    start_param.filter(|start| PLACES.contains(&start.as_str()))
}

impl Endpoint for Open {
    const SPEC: Spec = Spec {
        summary: "Begins a session. Authorization: tma INITDATA",
        needs: Needs::Launch,
        ..Spec::new(Verb::Post, "/app/api/v1/session", "OpenSession", "Session")
    };

    async fn answer(ask: Ask<'_>) -> Result<Reply, Problem> {
        const BAD: Problem =
            Problem::new(StatusCode::UNAUTHORIZED, "signature", "not signed by Telegram for this bot");
        let shown = ask.request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let Some(raw) = shown.and_then(|value| value.strip_prefix("tma ")) else { return Err(BAD) };
        let bots = ask.api.client.all().map(|bot| (bot.place(), bot.token().expose()));
        let opened = init_data::opened_at(raw, bots, wall_clock());
        let (bot, opened) = opened.map_err(|refused| match refused {
            Refused::Time => Problem::new(StatusCode::UNAUTHORIZED, "stale", "it is of another time"),
            Refused::Form | Refused::Signature | Refused::Nobody => BAD,
        })?;
        if !ask.api.limits.admits_opening(opened.user, ask.now()) {
            return Err(Problem::too_many(5));
        }
        for _ in 0..LOOKS {
            if ask.api.store().dating_has_settled(opened.user).await? {
                break;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        let session = ask.api.store().dating_open(opened.user, opened.at).await?;
        if session.is_ok() {
            ask.forgive();
            // Where they are now, the bot writes to them; if it may not, they stay where they were.
            if opened.may_write
                && !ask.api.client.is_alone()
                && let Some(engine) = ask.api.port.engine()
            {
                engine.tell(opened.user, Event::Opened { bot });
            }
        }
        begun(session, place(opened.start_param))
    }
}

impl Endpoint for Renew {
    const SPEC: Spec = Spec {
        summary: "A new session in place of this one, which is good for a minute still",
        needs: Needs::Session,
        ..Spec::new(Verb::Post, "/app/api/v1/session/renew", "RenewSession", "Session")
    };

    async fn answer(ask: Ask<'_>) -> Result<Reply, Problem> {
        let token = ask.token.clone().ok_or_else(Problem::session)?;
        begun(ask.api.store().dating_renew(token).await?, None)
    }
}

impl Endpoint for Close {
    const SPEC: Spec = Spec {
        summary: "Ends this session",
        needs: Needs::Session,
        ..Spec::new(Verb::Delete, "/app/api/v1/session", "CloseSession", "")
    };

    async fn answer(ask: Ask<'_>) -> Result<Reply, Problem> {
        let token = ask.token.clone().ok_or_else(Problem::session)?;
        ask.api.store().dating_close(token).await?;
        Ok(Reply::nothing())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_leads_to_places_of_the_app_alone() {
        assert_eq!(place(Some("matches".into())).as_deref(), Some("matches"));
        for words in ["", "javascript:alert(1)", "https://example.org", "matches/../admin"] {
            assert_eq!(place(Some(words.into())), None, "{words}");
        }
    }
}
