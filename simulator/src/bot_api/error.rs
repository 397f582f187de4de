//! Refusals in Telegram's form.

use std::borrow::Cow;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde_json::json;

/// An answer with `"ok": false`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ApiError {
    /// `error_code`, also the HTTP status.
    pub(crate) code: u16,
    pub(crate) description: Cow<'static, str>,
    /// Seconds, for 429.
    pub(crate) retry_after: Option<u32>,
    /// The supergroup that the group has become.
    pub(crate) migrate_to: Option<i64>,
}

impl ApiError {
    pub(crate) fn new(code: u16, description: impl Into<Cow<'static, str>>) -> Self {
        Self { code, description: description.into(), retry_after: None, migrate_to: None }
    }

    /// 400; `reason` without the leading "Bad Request: ".
    pub(crate) fn bad(reason: impl std::fmt::Display) -> Self {
        Self::new(400, format!("Bad Request: {reason}"))
    }

    pub(crate) fn not_found() -> Self {
        Self::new(404, "Not Found")
    }

    pub(crate) fn unauthorized() -> Self {
        Self::new(401, "Unauthorized")
    }

    pub(crate) fn too_many(retry_after: u32) -> Self {
        Self {
            code: 429,
            description: format!("Too Many Requests: retry after {retry_after}").into(),
            retry_after: Some(retry_after),
            migrate_to: None,
        }
    }

    /// What goes to a group that has become a supergroup
    /// (<https://core.telegram.org/bots/api#responseparameters>).
    pub(crate) fn migrated(to: i64) -> Self {
        Self { migrate_to: Some(to), ..Self::bad("group chat was upgraded to a supergroup chat") }
    }

    pub(crate) fn response(&self) -> HttpResponse {
        let status = StatusCode::from_u16(self.code).unwrap_or(StatusCode::BAD_REQUEST);
        let mut body = json!({"ok": false, "error_code": self.code, "description": self.description});
        if let Some(seconds) = self.retry_after {
            body["parameters"] = json!({"retry_after": seconds});
        }
        if let Some(chat) = self.migrate_to {
            body["parameters"] = json!({"migrate_to_chat_id": chat});
        }
        let mut response = HttpResponse::build(status);
        if let Some(seconds) = self.retry_after {
            response.insert_header(("Retry-After", seconds.to_string()));
        }
        response.content_type("application/json").body(body.to_string())
    }
}
