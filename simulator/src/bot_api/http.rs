//! From an HTTP request to a call and back, with the faults in between.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use actix_web::body::{BodySize, MessageBody};
use actix_web::http::header::CONTENT_TYPE;
use actix_web::http::{Method, StatusCode};
use actix_web::web::{self, Bytes, Data, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

use super::{Answer, ApiError, Call, Params, Run, find_method, updates};
use crate::faults::{CallKey, FaultAction};
use crate::state::files::File;
use crate::state::world::World;
use crate::stats::bump;

/// Mounts the Bot API at the root of an application that holds `Data<World>`.
///
/// Paths are taken apart by hand: patterns would be regular expressions, a tenth of what a call
/// costs.
pub(crate) fn configure(cfg: &mut ServiceConfig) {
    cfg.default_service(web::to(dispatch));
}

/// `/bot<token>/<method>`, `/file/bot<token>/<path>`; anything else is unknown.
async fn dispatch(request: HttpRequest, payload: Payload, world: Data<World>) -> HttpResponse {
    let path = decoded(request.path());
    let parts =
        |prefix: &str| path.strip_prefix(prefix)?.split_once('/').filter(|(token, _)| !token.is_empty());
    if let Some((token, name)) = parts("/bot").filter(|(_, name)| !name.is_empty() && !name.contains('/')) {
        return call(&request, token, name, payload, world).await;
    }
    match parts("/file/bot") {
        Some((token, path)) if request.method() == Method::GET => download(token, path, &world),
        _ => ApiError::not_found().response(),
    }
}

/// A path without `%XX`; what is none, or not UTF-8 then, stays as it is.
fn decoded(path: &str) -> Cow<'_, str> {
    if !path.contains('%') {
        return path.into();
    }
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let hex = after.get(..2).filter(|_| first == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).map_or(path.into(), Cow::Owned)
}

/// A body that fails before its first byte: the connection closes without an answer.
struct Cut;

impl MessageBody for Cut {
    type Error = std::io::Error;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<Bytes, Self::Error>>> {
        std::task::Poll::Ready(Some(Err(std::io::Error::other("dropped on request"))))
    }
}

fn cut() -> HttpResponse {
    HttpResponse::Ok().body(Cut)
}

fn server_error(status: u16) -> HttpResponse {
    let status = if (500..600).contains(&status) { status } else { 500 };
    let reason =
        StatusCode::from_u16(status).ok().and_then(|s| s.canonical_reason()).unwrap_or("Server Error");
    ApiError::new(status, reason).response()
}

/// As a proxy answers whose server is away.
fn page(status: u16) -> HttpResponse {
    let status = StatusCode::from_u16(status).ok().filter(StatusCode::is_server_error);
    let status = status.unwrap_or(StatusCode::BAD_GATEWAY);
    HttpResponse::build(status)
        .content_type("text/html")
        .body(format!("<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>"))
}

async fn call(
    request: &HttpRequest,
    token: &str,
    name: &str,
    payload: Payload,
    world: Data<World>,
) -> HttpResponse {
    let world = world.into_inner();
    let response = handle(request, token, name, payload, &world).await;
    if !response.status().is_success() {
        world.counters.error(response.status().as_u16());
    }
    response
}

async fn handle(
    request: &HttpRequest,
    token: &str,
    name: &str,
    payload: Payload,
    world: &Arc<World>,
) -> HttpResponse {
    let Ok(Ok(body)) = payload.to_bytes_limited(world.config.max_body).await else {
        return ApiError::new(413, "Request Entity Too Large").response();
    };
    let Some(bot) = world.bot(token) else { return ApiError::unauthorized().response() };
    let content_type = request.headers().get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let params = match Params::parse(request.query_string(), content_type, body) {
        Ok(params) => params,
        Err(error) => return error.response(),
    };
    let name = name.to_ascii_lowercase();
    let method = find_method(&name);
    if let Some((n, _)) = method {
        bump(&world.counters.methods[n]);
    }

    if name.starts_with("send") && name != "sendchataction" {
        world.watch.called(params.int("chat_id"));
    }
    let mut fault = None;
    if world.faults().is_active() {
        let verdict = world.faults().pick(&CallKey { method: &name, token, chat_id: params.int("chat_id") });
        if verdict.latency_ms > 0 {
            tokio::time::sleep(Duration::from_millis(verdict.latency_ms)).await;
        }
        fault = verdict.action;
    }
    match &fault {
        Some(FaultAction::TooManyRequests { retry_after }) => {
            world.watch.told_to_wait(params.int("chat_id"), Some(*retry_after));
            return ApiError::too_many(*retry_after).response();
        }
        Some(FaultAction::ServerErrorBefore { status }) => return server_error(*status),
        Some(FaultAction::Page { status }) => return page(*status),
        Some(FaultAction::DropBefore) => return cut(),
        Some(FaultAction::Unknown) => return ApiError::not_found().response(),
        Some(FaultAction::Error { code, description }) => {
            return ApiError::new(*code, description.clone()).response();
        }
        _ => {}
    }

    let answer = match method {
        None => Err(ApiError::not_found()),
        Some((_, method)) => match method.run {
            Run::Now(run) => run(&Call { world, bot: &bot, params: &params, method: method.name }),
            Run::Poll => {
                updates::get_updates(world, &bot, &params, fault.as_ref(), request.conn_data()).await
            }
        },
    };
    if let Err(error) = &answer {
        world.watch.told_to_wait(params.int("chat_id"), error.retry_after);
    }
    match fault {
        Some(FaultAction::ServerErrorAfter { status }) => server_error(status),
        Some(FaultAction::DropAfter) => cut(),
        _ => respond(answer),
    }
}

fn respond(answer: Answer) -> HttpResponse {
    match answer {
        Ok(result) => {
            let mut body = String::with_capacity(result.len() + 24);
            body.push_str("{\"ok\":true,\"result\":");
            body.push_str(&result);
            body.push('}');
            HttpResponse::Ok().content_type("application/json").body(body)
        }
        Err(error) => error.response(),
    }
}

fn download(token: &str, path: &str, world: &World) -> HttpResponse {
    if world.bot(token).is_none() {
        return ApiError::unauthorized().response();
    }
    let file = File::number_of_path(path).and_then(|no| world.files.get(no)).filter(|f| f.path() == path);
    match file {
        Some(file) => HttpResponse::Ok().content_type("application/octet-stream").body(file.bytes.clone()),
        None => ApiError::not_found().response(),
    }
}

/// Runs a method that a bot put into its answer to a webhook; the result is discarded, as in
/// Telegram.
pub(crate) fn run_discarding(
    world: &Arc<World>,
    token: &str,
    reply: serde_json::Map<String, serde_json::Value>,
) {
    let Some(name) = reply.get("method").and_then(|m| m.as_str()).map(str::to_ascii_lowercase) else {
        return;
    };
    let (Some(bot), Some((n, method))) = (world.bot(token), find_method(&name)) else { return };
    if let Run::Now(run) = method.run {
        world.counters.methods[n].fetch_add(1, Ordering::Relaxed);
        let params = Params::of_object(reply);
        if let Err(error) = run(&Call { world, bot: &bot, params: &params, method: method.name }) {
            world.counters.error(error.code);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::decoded;

    #[test]
    fn paths_are_decoded() {
        for (path, plain) in [
            ("/bot1:a/getMe", "/bot1:a/getMe"),
            ("/bot1%3Aa/getMe", "/bot1:a/getMe"),
            ("/bot1%3", "/bot1%3"),
            ("/%zz%41", "/%zzA"),
            ("/%ff", "/%ff"),
        ] {
            assert_eq!(decoded(path), plain);
        }
    }
}
