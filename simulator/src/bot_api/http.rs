//! From an HTTP request to a call and back, with the faults in between.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use actix_web::body::{BodySize, MessageBody};
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{self, Bytes, Data, Path, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

use super::{Answer, ApiError, Call, Params, Run, find_method, updates};
use crate::faults::{CallKey, FaultAction};
use crate::state::files::File;
use crate::state::world::World;
use crate::stats::bump;

/// Mounts the Bot API at the root of an application that holds `Data<World>`.
pub(crate) fn configure(cfg: &mut ServiceConfig) {
    cfg.route("/bot{token}/{method}", web::to(call))
        .route("/file/bot{token}/{path:.*}", web::get().to(download))
        .default_service(web::to(|| async { ApiError::not_found().response() }));
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

async fn call(
    request: HttpRequest,
    path: Path<(String, String)>,
    payload: Payload,
    world: Data<World>,
) -> HttpResponse {
    let world = world.into_inner();
    let (token, name) = path.into_inner();
    let response = handle(&request, &token, &name, payload, &world).await;
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

async fn download(path: Path<(String, String)>, world: Data<World>) -> HttpResponse {
    let (token, path) = path.into_inner();
    if world.bot(&token).is_none() {
        return ApiError::unauthorized().response();
    }
    let file = File::number_of_path(&path).and_then(|no| world.files.get(no)).filter(|f| f.path() == path);
    match file {
        Some(file) => HttpResponse::Ok().content_type("application/octet-stream").body(file.bytes.clone()),
        None => ApiError::not_found().response(),
    }
}

/// Runs a method that a bot put into its answer to a webhook; the result is discarded, as in Telegram.
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
