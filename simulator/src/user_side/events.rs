//! `GET /sim/users/{id}/events`: server-sent events of one chat.
//!
//! First `hello` with the chat as it stands, then every change. A reader that falls behind by more
//! than the configured buffer is cut off; it connects again and gets a fresh `hello`.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, ContentType};
use actix_web::web::{Bytes, Data, Path, Query};
use futures_util::stream;
use serde_json::{Value, json};
use tokio::sync::broadcast::Receiver;
use tokio::time::timeout;

use super::{BotQuery, Outcome, person};
use crate::actions::ActionError;
use crate::events::ChatEvent;
use crate::state::world::World;

/// Silence after which a comment shows that the stream is alive.
const HEARTBEAT: Duration = Duration::from_secs(10);

struct Reader {
    first: VecDeque<Bytes>,
    events: Receiver<Arc<ChatEvent>>,
}

pub(crate) async fn stream(id: Path<i64>, query: Query<BotQuery>, world: Data<World>) -> Outcome {
    let user = person(&world, *id, &query)?;
    let (messages, events) = user.subscribe().ok_or(ActionError::NoSuchUser)?;
    let hello = frame("hello", &json!({"type": "hello", "user": user.profile(), "messages": messages}));
    let reader = Reader { first: VecDeque::from([hello]), events };
    let body = stream::unfold(reader, |mut reader| async move {
        if let Some(bytes) = reader.first.pop_front() {
            return Some((Ok::<_, Infallible>(bytes), reader));
        }
        let bytes = match timeout(HEARTBEAT, reader.events.recv()).await {
            Err(_) => Bytes::from_static(b": alive\n\n"),
            Ok(Ok(event)) => {
                let json = serde_json::to_value(&*event).unwrap_or(Value::Null);
                let kind = json.get("type").and_then(Value::as_str).unwrap_or("unknown").to_owned();
                frame(&kind, &json)
            }
            // Fell behind, or the chat is gone.
            Ok(Err(_)) => return None,
        };
        Some((Ok(bytes), reader))
    });
    Ok(HttpResponse::Ok()
        .content_type(ContentType(mime()))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(body))
}

fn mime() -> actix_web::mime::Mime {
    actix_web::mime::TEXT_EVENT_STREAM
}

/// One event; JSON has no line breaks, so that one `data` line holds it.
fn frame(kind: &str, data: &Value) -> Bytes {
    Bytes::from(format!("event: {kind}\ndata: {data}\n\n"))
}
