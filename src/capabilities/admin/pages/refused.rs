//! Why a page is not shown, as a page that says so.

use super::door::page;
use super::frame::Frame;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use askama::Template;
use nameless_actors::capabilities::Denied;
use nameless_domain::capabilities::admin::{Flaw, Permission, Refusal};

/// Why not.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Refused {
    /// The role does not have this permission.
    Forbidden(Permission),
    /// What was asked for cannot be done as it is.
    Flawed(Flaw),
    /// Somebody else works on it.
    Taken(String),
    /// It stands where this makes no sense.
    NotNow,
    /// It is not any more as it was.
    Changed,
    /// They asked for it themselves.
    Own,
    /// The name is taken.
    NameTaken,
    /// There is nothing of that name.
    Missing,
    /// The request is none that a page of ours makes.
    Malformed,
    /// The form was not sent by a page of this session.
    Foreign,
    /// Too often.
    TooMany,
    /// The database does not answer, or too much is under way.
    Away,
}

impl From<Denied> for Refused {
    fn from(denied: Denied) -> Refused {
        match denied {
            Denied::Refused(Refusal::Forbidden(permission)) => Refused::Forbidden(permission),
            Denied::Refused(Refusal::Flawed(flaw)) => Refused::Flawed(flaw),
            Denied::Taken { by } => Refused::Taken(by),
            Denied::Changed => Refused::Changed,
            Denied::Own => Refused::Own,
            Denied::NameTaken => Refused::NameTaken,
            Denied::NotNow => Refused::NotNow,
            Denied::KeyReused => Refused::Malformed,
            Denied::Busy => Refused::Away,
            // The cause is for the log: it may name what it must not.
            Denied::Store(cause) => {
                tracing::warn!(%cause, "a page met a store that did not answer");
                Refused::Away
            }
        }
    }
}

#[derive(Template)]
#[template(path = "admin/refused.html", whitespace = "minimize")]
struct View<'a> {
    f: &'a Frame,
    heading: String,
    text: String,
}

impl Refused {
    /// Status, heading and text.
    fn told(&self, f: &Frame) -> (StatusCode, &'static str, String) {
        match self {
            Refused::Forbidden(permission) => (
                StatusCode::FORBIDDEN,
                "pages-forbidden",
                f.words2(
                    "pages-forbidden-text",
                    ("permission", permission.name()),
                    ("role", permission.least_role().name()),
                ),
            ),
            Refused::Flawed(flaw) => {
                let key = match flaw {
                    Flaw::User => "pages-flaw-user",
                    Flaw::Days => "pages-flaw-days",
                    Flaw::Reason => "pages-flaw-reason",
                    Flaw::Name => "pages-flaw-name",
                    Flaw::Payer => "pages-flaw-payer",
                    Flaw::Part => "pages-flaw-part",
                    Flaw::Text => "pages-flaw-text",
                    Flaw::Link => "pages-flaw-link",
                    Flaw::When => "pages-flaw-when",
                    Flaw::Limit => "pages-malformed-text",
                };
                (StatusCode::UNPROCESSABLE_ENTITY, "pages-flawed", f.say(key))
            }
            Refused::Taken(by) => {
                (StatusCode::CONFLICT, "pages-taken", f.words("pages-taken-text", "by", by))
            }
            Refused::NotNow => (StatusCode::CONFLICT, "pages-flawed", f.say("pages-not-now")),
            Refused::Changed => {
                (StatusCode::PRECONDITION_FAILED, "pages-changed", f.say("pages-changed-text"))
            }
            Refused::Own => (StatusCode::CONFLICT, "pages-own-request", f.say("pages-own-request-text")),
            Refused::NameTaken => (StatusCode::CONFLICT, "pages-flawed", f.say("pages-name-taken")),
            Refused::Missing => (StatusCode::NOT_FOUND, "pages-missing", f.say("pages-missing-text")),
            Refused::Malformed => (StatusCode::BAD_REQUEST, "pages-malformed", f.say("pages-malformed-text")),
            Refused::Foreign => (StatusCode::FORBIDDEN, "pages-foreign", f.say("pages-foreign-text")),
            Refused::TooMany => {
                (StatusCode::TOO_MANY_REQUESTS, "pages-too-many", f.say("pages-too-many-text"))
            }
            Refused::Away => (StatusCode::SERVICE_UNAVAILABLE, "pages-away", f.say("pages-away-text")),
        }
    }

    /// The page that says so.
    pub fn respond(&self, f: &Frame) -> HttpResponse {
        let (status, heading, text) = self.told(f);
        let f = f.titled(heading);
        let html = View { heading: f.say(heading), text, f: &f }.render().unwrap_or_default();
        let mut response = page(status, html);
        if matches!(self, Refused::TooMany) {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("60"));
        }
        response
    }
}
