//! `POST /webhook/telegram`: where Telegram delivers updates.

use super::State;
use crate::telegram::RawUpdate;
use actix_web::http::header::RETRY_AFTER;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::StreamExt;
use std::time::Duration;

/// Telegram's header.
const SECRET: &str = "X-Telegram-Bot-Api-Secret-Token";
/// Bytes of a body; real updates have some thousands.
const MAX_BODY: usize = 1 << 20;
/// How long a body may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(10);

/// Takes an update. Where the bot polls, there is no such place.
pub(super) async fn deliver(request: HttpRequest, body: Payload, state: Data<State>) -> HttpResponse {
    let Some(webhook) = &state.webhook else { return HttpResponse::NotFound().finish() };
    // Before a byte of the body is read.
    let shown = request.headers().get(SECRET).map(|value| value.as_bytes()).unwrap_or_default();
    let Some(bot) = webhook.whose_secret(shown) else { return HttpResponse::Unauthorized().finish() };
    let body = match tokio::time::timeout(BODY_TIME, read(body)).await {
        Ok(Ok(body)) => body,
        Ok(Err(Unread::TooLarge)) => return HttpResponse::PayloadTooLarge().finish(),
        Ok(Err(Unread::BrokenOff)) => return HttpResponse::BadRequest().finish(),
        Err(_) => return HttpResponse::RequestTimeout().finish(),
    };
    match webhook.take(RawUpdate::of_body(&body).by(bot)).await {
        Ok(()) => HttpResponse::Ok().finish(),
        Err(cause) => HttpResponse::ServiceUnavailable()
            .insert_header((RETRY_AFTER, cause.retry_after().to_string()))
            .finish(),
    }
}

/// Why a body was not read.
enum Unread {
    /// It is larger than [`MAX_BODY`].
    TooLarge,
    /// The connection broke.
    BrokenOff,
}

async fn read(mut body: Payload) -> Result<Vec<u8>, Unread> {
    let mut bytes = Vec::new();
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|_| Unread::BrokenOff)?;
        if bytes.len() + chunk.len() > MAX_BODY {
            return Err(Unread::TooLarge);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}
