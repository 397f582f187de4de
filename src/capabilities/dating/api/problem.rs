//! What goes wrong, as `application/problem+json` (RFC 9457) with a word that the app has a text
//! for.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, RETRY_AFTER, WWW_AUTHENTICATE};
use nameless_actors::ports::StoreError;
use nameless_domain::capabilities::dating::profile::Objection;
use serde_json::{Value, json};

/// A problem on its way out.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: &'static str,
    retry_after: Option<i64>,
    objection: Option<(&'static str, Objection)>,
    /// Where to go first.
    link: Option<&'static str>,
}

impl Problem {
    pub const fn new(status: StatusCode, code: &'static str, detail: &'static str) -> Problem {
        Problem { status, code, detail, retry_after: None, objection: None, link: None }
    }

    /// The request itself is none that can be understood.
    pub const fn malformed(detail: &'static str) -> Problem {
        Problem::new(StatusCode::BAD_REQUEST, "bad_request", detail)
    }

    /// There is no dating here.
    pub const fn off() -> Problem {
        Problem::new(StatusCode::NOT_FOUND, "off", "dating is switched off")
    }

    pub const fn session() -> Problem {
        Problem::new(
            StatusCode::UNAUTHORIZED,
            "session",
            "a session is needed, and this is none that is good",
        )
    }

    pub const fn unknown() -> Problem {
        Problem::new(StatusCode::NOT_FOUND, "gone", "there is nothing of that name")
    }

    /// Under this key something else was done.
    pub const fn key_reused() -> Problem {
        Problem::new(StatusCode::CONFLICT, "conflict", "the Idempotency-Key was used for something else")
    }

    pub const fn gone() -> Problem {
        Problem::new(StatusCode::GONE, "gone", "it is not there any more")
    }

    pub const fn no_profile() -> Problem {
        Problem::new(StatusCode::NOT_FOUND, "no_profile", "there is no profile yet")
    }

    pub const fn no_account() -> Problem {
        Problem::new(StatusCode::FORBIDDEN, "no_account", "the first questions are answered in the chat")
    }

    /// It comes with premium, or with what is sold apart.
    pub const fn not_entitled() -> Problem {
        Problem::new(StatusCode::FORBIDDEN, "not_entitled", "it takes something that they do not have")
    }

    /// The operator's channel is joined first, there.
    pub const fn channel(link: &'static str) -> Problem {
        let problem =
            Problem::new(StatusCode::FORBIDDEN, "channel", "the operator's channel is joined first");
        Problem { link: Some(link), ..problem }
    }

    /// There is no chat that a photo could go to.
    pub const fn no_chat() -> Problem {
        Problem::new(StatusCode::CONFLICT, "no_chat", "the chat with the bot has to be opened first")
    }

    pub const fn too_young() -> Problem {
        Problem::new(StatusCode::FORBIDDEN, "too_young", "for people of 18 and older")
    }

    pub const fn too_many(seconds: i64) -> Problem {
        let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many", "too many requests");
        Problem { retry_after: Some(seconds), ..problem }
    }

    /// No likes are left; there are new ones in so many seconds.
    pub const fn spent(seconds: i64) -> Problem {
        let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "spent", "no likes are left today");
        Problem { retry_after: Some(seconds), ..problem }
    }

    pub const fn busy() -> Problem {
        let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "too much is under way");
        Problem { retry_after: Some(2), ..problem }
    }

    pub const fn away() -> Problem {
        let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "away", "what it takes does not answer");
        Problem { retry_after: Some(5), ..problem }
    }

    /// What is wrong with a field of the profile.
    pub const fn objection(field: &'static str, reason: Objection) -> Problem {
        let problem =
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "objection", "this cannot stand in a profile");
        Problem { objection: Some((field, reason)), ..problem }
    }

    pub fn respond(self) -> HttpResponse {
        let mut body = json!({
            "type": "about:blank", "title": self.status.canonical_reason().unwrap_or_default(),
            "status": self.status.as_u16(), "detail": self.detail, "code": self.code,
        });
        if let Some((field, reason)) = self.objection {
            body["field"] = field.into();
            body["reason"] = serde_json::to_value(reason).unwrap_or(Value::Null);
        }
        if let Some(link) = self.link {
            body["link"] = link.into();
        }
        let mut response = HttpResponse::build(self.status);
        response.content_type("application/problem+json").insert_header((CACHE_CONTROL, "no-store"));
        if self.status == StatusCode::UNAUTHORIZED {
            response.insert_header((WWW_AUTHENTICATE, "Bearer"));
        }
        if let Some(seconds) = self.retry_after {
            response.insert_header((RETRY_AFTER, seconds.to_string()));
        }
        response.body(body.to_string())
    }
}

impl From<StoreError> for Problem {
    fn from(cause: StoreError) -> Problem {
        // The cause is for the log: it may name what it must not.
        tracing::warn!(%cause, "a request of the Mini App met a store that did not carry it out");
        Problem::away()
    }
}
