//! What goes wrong, as `application/problem+json` (RFC 9457).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, RETRY_AFTER, WWW_AUTHENTICATE};
use nameless_actors::capabilities::Denied;
use nameless_domain::capabilities::admin::{Flaw, Permission, Refusal};
use serde_json::{Map, Value};

/// A problem on its way out.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    detail: String,
    more: Map<String, Value>,
    retry_after: Option<u32>,
}

impl Problem {
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Problem {
        Problem { status, detail: detail.into(), more: Map::new(), retry_after: None }
    }

    /// The request itself is none that can be understood.
    pub fn malformed(detail: impl Into<String>) -> Problem {
        Problem::new(StatusCode::BAD_REQUEST, detail)
    }

    pub fn unauthorized() -> Problem {
        Problem::new(StatusCode::UNAUTHORIZED, "a token is needed, and this is none that is good")
    }

    pub fn too_many(seconds: u32) -> Problem {
        let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "too many requests");
        Problem { retry_after: Some(seconds), ..problem }
    }

    /// What is missing, and who has it.
    pub fn forbidden(permission: Permission) -> Problem {
        let mut problem = Problem::new(StatusCode::FORBIDDEN, "the token's role may not do this");
        problem.more.insert("permission".into(), permission.name().into());
        problem.more.insert("role".into(), permission.least_role().name().into());
        problem
    }

    /// What cannot be brought back is done only to what was looked at.
    pub fn unseen() -> Problem {
        let text = "If-Match is needed: the ETag of the person as you have seen them";
        Problem::new(StatusCode::PRECONDITION_REQUIRED, text)
    }

    pub fn missing() -> Problem {
        Problem::new(StatusCode::NOT_FOUND, "there is nobody, or nothing, of that name")
    }

    pub fn of(denied: &Denied) -> Problem {
        match denied {
            Denied::Refused(Refusal::Forbidden(permission)) => Problem::forbidden(*permission),
            Denied::Refused(Refusal::Flawed(flaw)) => {
                // Nothing is wrong with the order itself where somebody else has paid, where so
                // much of the payment is not left, or where its moment is over.
                let status = match flaw {
                    Flaw::Payer | Flaw::Part | Flaw::When => StatusCode::CONFLICT,
                    _ => StatusCode::UNPROCESSABLE_ENTITY,
                };
                let mut problem = Problem::new(status, "this cannot be carried out as it is");
                problem.more.insert("field".into(), flaw.name().into());
                problem
            }
            Denied::KeyReused => {
                Problem::new(StatusCode::CONFLICT, "the Idempotency-Key was used for something else")
            }
            Denied::Taken { by } => {
                let mut problem = Problem::new(StatusCode::CONFLICT, "somebody else works on it");
                problem.more.insert("taken_by".into(), by.clone().into());
                problem
            }
            Denied::NotNow => Problem::new(StatusCode::CONFLICT, "it stands where this makes no sense"),
            Denied::NameTaken => Problem::new(StatusCode::CONFLICT, "the name is taken"),
            Denied::Changed => Problem::new(
                StatusCode::PRECONDITION_FAILED,
                "it is not any more as it was when it was looked at",
            ),
            Denied::Own => Problem::new(StatusCode::CONFLICT, "another owner has to agree"),
            Denied::Busy => {
                let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too much is under way");
                Problem { retry_after: Some(1), ..problem }
            }
            // The cause is for the log: it may name what it must not.
            Denied::Store(cause) => {
                tracing::warn!(%cause, "an operator's act met a store that did not carry it out");
                let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "the database does not answer");
                Problem { retry_after: Some(5), ..problem }
            }
        }
    }

    pub fn respond(self) -> HttpResponse {
        let mut body = self.more;
        body.insert("type".into(), "about:blank".into());
        body.insert("title".into(), self.status.canonical_reason().unwrap_or_default().into());
        body.insert("status".into(), self.status.as_u16().into());
        body.insert("detail".into(), self.detail.into());
        let mut response = HttpResponse::build(self.status);
        response.content_type("application/problem+json").insert_header((CACHE_CONTROL, "no-store"));
        if self.status == StatusCode::UNAUTHORIZED {
            response.insert_header((WWW_AUTHENTICATE, "Bearer"));
        }
        if let Some(seconds) = self.retry_after {
            response.insert_header((RETRY_AFTER, seconds.to_string()));
        }
        response.body(Value::Object(body).to_string())
    }
}
