//! `POST /webhook/yookassa`: where YooKassa says that something has happened.
//!
//! It bears no signature, and where it comes from is no proof. So nothing of it is believed: it is
//! kept as a job, which asks YooKassa. The answer waits for our own database alone.

use crate::http::State;
use crate::http::routes::{On, Route};
use actix_web::http::Method;
use actix_web::http::header::RETRY_AFTER;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::StreamExt;
use nameless_actors::capabilities::{BILLING_LOOK, Unheard};
use std::time::Duration;

/// Bytes of a body; real ones have some thousands.
const MAX_BODY: usize = 64 << 10;
/// How long a body may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(10);

/// The only route.
pub(in super::super) static ROUTES: &[Route] =
    &[Route::new(On::Public, Method::POST, "/webhook/yookassa", |r| r.to(deliver))];

async fn deliver(request: HttpRequest, body: Payload, state: Data<State>) -> HttpResponse {
    let from = state.admin.source(&request);
    let port = &state.engine.env().capabilities.billing;
    // Before a byte of the body is read.
    match port.hears(from) {
        Ok(()) => {}
        Err(Unheard::NoSuchPlace) => return HttpResponse::NotFound().finish(),
        Err(Unheard::Stranger) => return HttpResponse::Forbidden().finish(),
    }
    let body = match tokio::time::timeout(BODY_TIME, read(body)).await {
        Ok(Ok(body)) => body,
        Ok(Err(status)) => return status,
        Err(_) => return HttpResponse::RequestTimeout().finish(),
    };
    match port.notified(body).await {
        Ok(true) => {
            if let Some(jobs) = &state.engine.env().jobs {
                jobs.wake(BILLING_LOOK);
            }
            HttpResponse::Ok().finish()
        }
        Ok(false) => HttpResponse::BadRequest().finish(),
        // It comes again, for a day.
        Err(_) => HttpResponse::ServiceUnavailable().insert_header((RETRY_AFTER, "10")).finish(),
    }
}

async fn read(mut body: Payload) -> Result<Vec<u8>, HttpResponse> {
    let mut bytes = Vec::new();
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|_| HttpResponse::BadRequest().finish())?;
        if bytes.len() + chunk.len() > MAX_BODY {
            return Err(HttpResponse::PayloadTooLarge().finish());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}
