//! The API's side: who asks, whether it was asked before, and what troubles come in between.

use super::checks::Wrong;
use super::shop::{No, Shop};
use super::{Trouble, checks};
use crate::state::lock;
use actix_web::http::header::{AUTHORIZATION, CONTENT_TYPE};
use actix_web::http::{Method, StatusCode};
use actix_web::web::{self, Bytes, Data, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::stream;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Mutex;

const IDEMPOTENCE: &str = "Idempotence-Key";

pub(super) fn configure(config: &mut ServiceConfig) {
    config.service(web::scope("/v3").default_service(web::to(answer)));
}

fn error(status: u16, code: &str, parameter: &str, words: &str) -> HttpResponse {
    let mut body = json!({ "type": "error", "id": "e", "code": code, "description": words });
    if !parameter.is_empty() {
        body["parameter"] = parameter.into();
    }
    if status == 429 {
        body["retry_after"] = 1_000.into();
    }
    HttpResponse::build(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)).json(body)
}

fn refusal(no: No) -> HttpResponse {
    match no {
        No::Wrong(Wrong(parameter, words)) => error(400, "invalid_request", parameter, words),
        No::NotFound => error(404, "not_found", "", "there is none of this name"),
        No::OtherBody => error(400, "invalid_request", IDEMPOTENCE, "the same key with another body"),
    }
}

async fn answer(
    request: HttpRequest,
    body: Bytes,
    query: Query<HashMap<String, String>>,
    shop: Data<Mutex<Shop>>,
) -> HttpResponse {
    let (made, trouble) = {
        let mut shop = lock(&shop);
        shop.requests += 1;
        if shop.away {
            return error(503, "internal_server_error", "", "away");
        }
        if let Some(no) = refused_at_the_door(&request, &shop) {
            return no;
        }
        let trouble = (request.method() != Method::GET).then(|| shop.troubles.pop_front()).flatten();
        if let Some(Trouble::Refused(status)) = trouble {
            let code = if status == 429 { "too_many_requests" } else { "internal_server_error" };
            return error(status, code, "", "trouble");
        }
        (carry_out(&request, &body, &query, &mut shop), trouble)
    };
    let made = match made {
        Ok(made) => made,
        Err(no) => return refusal(no),
    };
    let text = shown(made).to_string();
    match trouble {
        Some(Trouble::DoneAnd500) => error(500, "internal_server_error", "", "trouble"),
        Some(Trouble::DoneAnd202) => HttpResponse::Accepted()
            .json(json!({ "type": "processing", "description": "it goes on", "retry_after": 200 })),
        Some(Trouble::DoneAndTruncated) => {
            let half = Bytes::copy_from_slice(&text.as_bytes()[..text.len() / 2]);
            let broken = std::io::Error::other("the connection breaks");
            let parts = stream::iter([Ok(half), Err(broken)]);
            HttpResponse::Ok().content_type("application/json").streaming(parts)
        }
        Some(Trouble::DoneAndSilent(time)) => {
            tokio::time::sleep(time).await;
            HttpResponse::Ok().content_type("application/json").body(text)
        }
        _ => HttpResponse::Ok().content_type("application/json").body(text),
    }
}

/// Without what is the stand-in's own.
fn shown(mut made: Value) -> Value {
    let strip = |one: &mut Value| {
        if let Some(fields) = one.as_object_mut() {
            fields.remove("capture");
            fields.remove("saves");
        }
    };
    strip(&mut made);
    if let Some(items) = made.get_mut("items").and_then(Value::as_array_mut) {
        items.iter_mut().for_each(strip);
    }
    made
}

fn refused_at_the_door(request: &HttpRequest, shop: &Shop) -> Option<HttpResponse> {
    let shown = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let wanted = format!("Basic {}", STANDARD.encode(format!("{}:{}", shop.id, shop.secret)));
    if shown != Some(&wanted) {
        return Some(error(401, "invalid_credentials", "", "these are not the shop's"));
    }
    if request.method() != Method::POST {
        return None;
    }
    let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !kind.starts_with("application/json") {
        return Some(error(415, "unsupported_media_type", "", "JSON is expected"));
    }
    let key = request.headers().get(IDEMPOTENCE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !(1..=64).contains(&key.len()) {
        return Some(error(400, "invalid_request", IDEMPOTENCE, "1 to 64 characters"));
    }
    None
}

fn carry_out(
    request: &HttpRequest,
    body: &[u8],
    query: &HashMap<String, String>,
    shop: &mut Shop,
) -> Result<Value, No> {
    let path: Vec<&str> = request.path().trim_start_matches("/v3/").split('/').collect();
    if request.method() == Method::GET {
        return match *path.as_slice() {
            ["payments"] => Shop::page(&shop.payments, query),
            ["refunds"] => Shop::page(&shop.refunds, query),
            ["payments", id] => shop.payments.get(id).cloned().ok_or(No::NotFound),
            ["refunds", id] => shop.refunds.get(id).cloned().ok_or(No::NotFound),
            _ => Err(No::NotFound),
        };
    }
    if request.method() != Method::POST {
        return Err(No::NotFound);
    }
    let key = request.headers().get(IDEMPOTENCE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let asked = format!("{} {}", request.path(), String::from_utf8_lossy(body));
    if let Some(before) = shop.again(key, &asked)? {
        return Ok(before);
    }
    let given: Value = match body.is_empty() {
        true => json!({}),
        false => serde_json::from_slice(body).map_err(|_| checks::Wrong("body", "JSON is expected"))?,
    };
    let made = match *path.as_slice() {
        ["payments"] => shop.create(&given),
        ["refunds"] => shop.refund(&given),
        ["payments", id, "capture"] => shop.capture(id, &given),
        ["payments", id, "cancel"] => shop.cancel(id),
        _ => Err(No::NotFound),
    }?;
    shop.remember(key, asked, &made);
    Ok(made)
}
