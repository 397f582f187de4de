//! The user side over HTTP, for the demo's page and for load generators: `/sim/...`, JSON.

mod events;
mod requests;

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{self, Bytes, Data, Path, Payload, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use thiserror::Error;

use crate::actions::ActionError;
use crate::client::SimUser;
use crate::faults::FaultRule;
use crate::payments::{Bill, PayError};
use crate::state::files::{FileKind, Viewer};
use crate::state::peer::NewUser;
use crate::state::world::World;
use requests::MessageRequest;

/// Mounts the user side under `/sim` of any actix-web application.
pub fn configure(cfg: &mut ServiceConfig, world: Arc<World>) {
    let scope = web::scope("/sim")
        .app_data(Data::from(world))
        .route("/users", web::post().to(add_user))
        .route("/users", web::get().to(list_users))
        .route("/users/{id}/messages", web::post().to(send))
        .route("/users/{id}/albums", web::post().to(album))
        .route("/users/{id}/press", web::post().to(press))
        .route("/users/{id}/pay", web::post().to(pay))
        .route("/users/{id}/edit", web::post().to(edit))
        .route("/users/{id}/reactions", web::post().to(react))
        .route("/users/{id}/block", web::post().to(block))
        .route("/users/{id}/unblock", web::post().to(unblock))
        .route("/users/{id}/groups", web::post().to(add_group))
        .route("/users/{id}/app-data", web::get().to(app_data))
        .route("/users/{id}/chat", web::get().to(chat))
        .route("/users/{id}/events", web::get().to(events::stream))
        .route("/users/{id}/files/{file_id}", web::get().to(file))
        .route("/stats", web::get().to(stats))
        .route("/faults", web::get().to(list_faults))
        .route("/faults", web::post().to(add_faults))
        .route("/faults", web::delete().to(clear_faults));
    cfg.service(scope);
}

/// A refused request: `{"error": "..."}`.
#[derive(Debug, Error)]
pub(crate) enum Refused {
    #[error(transparent)]
    Action(#[from] ActionError),
    #[error("{0}")]
    Request(String),
    #[error("the body is too large")]
    TooLarge,
    #[error("no such file")]
    NoSuchFile,
    #[error("no bot has called yet")]
    NoBot,
    #[error(transparent)]
    Unpaid(#[from] PayError),
}

impl ResponseError for Refused {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Action(
                ActionError::NoSuchUser | ActionError::NoSuchGroup | ActionError::NoSuchMessage(_),
            )
            | Self::NoSuchFile => StatusCode::NOT_FOUND,
            Self::Action(ActionError::QueueFull) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Action(ActionError::Blocked | ActionError::BotLeft | ActionError::NotOwnMessage(_))
            | Self::NoBot => StatusCode::CONFLICT,
            Self::Action(_) | Self::Request(_) => StatusCode::BAD_REQUEST,
            Self::Unpaid(PayError::NoInvoice | PayError::NoPayButton) => StatusCode::NOT_FOUND,
            Self::Unpaid(PayError::Action(ActionError::QueueFull)) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Unpaid(_) => StatusCode::CONFLICT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        }
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::build(self.status_code()).json(json!({"error": self.to_string()}))
    }
}

pub(crate) type Outcome = Result<HttpResponse, Refused>;

/// To whom and where the person talks.
#[derive(Debug, Deserialize)]
pub(crate) struct BotQuery {
    /// The bot; absent: the current one.
    token: Option<String>,
    /// The group; absent: the private chat.
    group: Option<i64>,
    /// Only messages with an id above this.
    after: Option<i32>,
}

pub(crate) fn person(world: &Data<World>, id: i64, query: &BotQuery) -> Result<SimUser, Refused> {
    let user = Arc::clone(world).user(id).ok_or(ActionError::NoSuchUser)?;
    let user = match &query.token {
        Some(token) => user.with_bot(token),
        None => user,
    };
    Ok(match query.group {
        Some(group) => user.at_group(group)?,
        None => user,
    })
}

async fn read_body(payload: Payload, world: &World) -> Result<Bytes, Refused> {
    match payload.to_bytes_limited(world.config.max_body).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(error)) => Err(Refused::Request(error.to_string())),
        Err(_) => Err(Refused::TooLarge),
    }
}

async fn read_json<T: for<'a> Deserialize<'a>>(payload: Payload, world: &World) -> Result<T, Refused> {
    let body = read_body(payload, world).await?;
    let body = if body.is_empty() { Bytes::from_static(b"{}") } else { body };
    serde_json::from_slice(&body).map_err(|e| Refused::Request(format!("the body does not fit: {e}")))
}

fn ok(value: &impl Serialize) -> Outcome {
    Ok(HttpResponse::Ok().json(value))
}

async fn add_user(payload: Payload, world: Data<World>) -> Outcome {
    let new: NewUser = read_json(payload, &world).await?;
    let user = Arc::clone(&world).add_user(new);
    ok(&json!({"id": user.id(), "profile": user.profile()}))
}

async fn list_users(world: Data<World>) -> Outcome {
    let profiles: Vec<Value> =
        world.user_ids().into_iter().filter_map(|id| Some(world.peer(id)?.user())).collect();
    ok(&profiles)
}

type Id = Path<i64>;

async fn send(
    request: HttpRequest,
    id: Id,
    query: Query<BotQuery>,
    payload: Payload,
    world: Data<World>,
) -> Outcome {
    let user = person(&world, *id, &query)?;
    let content_type = request.headers().get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let out = if content_type.starts_with("multipart/") {
        requests::of_form(content_type, &read_body(payload, &world).await?)?
    } else {
        read_json::<MessageRequest>(payload, &world).await?.into_outgoing()?
    };
    ok(&json!({"message_id": user.try_send(out)?}))
}

async fn album(id: Id, query: Query<BotQuery>, payload: Payload, world: Data<World>) -> Outcome {
    #[derive(Deserialize)]
    struct Album {
        items: Vec<MessageRequest>,
    }
    let user = person(&world, *id, &query)?;
    let album: Album = read_json(payload, &world).await?;
    if !(2..=10).contains(&album.items.len()) {
        return Err(Refused::Request("an album has 2 to 10 items".into()));
    }
    let items: Result<Vec<_>, _> = album.items.into_iter().map(MessageRequest::into_outgoing).collect();
    ok(&json!({"message_ids": user.try_album(&items?)?}))
}

async fn press(id: Id, query: Query<BotQuery>, payload: Payload, world: Data<World>) -> Outcome {
    #[derive(Deserialize)]
    struct Press {
        message_id: i32,
        /// `callback_data`, or else the label.
        data: String,
    }
    let user = person(&world, *id, &query)?;
    let press: Press = read_json(payload, &world).await?;
    ok(&json!({"callback_query_id": user.try_press(press.message_id, &press.data)?}))
}

/// Pays an invoice of the chat, or one behind a link.
async fn pay(id: Id, query: Query<BotQuery>, payload: Payload, world: Data<World>) -> Outcome {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum What {
        Message { message_id: i32 },
        Link { url: String },
    }
    let user = person(&world, *id, &query)?;
    let what: What = read_json(payload, &world).await?;
    let bill = match &what {
        What::Message { message_id } => Bill::Message(*message_id),
        What::Link { url } => Bill::Link(url),
    };
    ok(&json!({"charge": user.pay(bill).await?}))
}

async fn edit(id: Id, query: Query<BotQuery>, payload: Payload, world: Data<World>) -> Outcome {
    #[derive(Deserialize)]
    struct Edit {
        message_id: i32,
        #[serde(flatten)]
        content: MessageRequest,
    }
    let user = person(&world, *id, &query)?;
    let edit: Edit = read_json(payload, &world).await?;
    user.try_edit(edit.message_id, edit.content.into_outgoing()?)?;
    ok(&json!({}))
}

async fn react(id: Id, query: Query<BotQuery>, payload: Payload, world: Data<World>) -> Outcome {
    #[derive(Deserialize)]
    struct React {
        message_id: i32,
        #[serde(default)]
        emoji: Vec<String>,
    }
    let user = person(&world, *id, &query)?;
    let react: React = read_json(payload, &world).await?;
    let emoji: Vec<&str> = react.emoji.iter().map(String::as_str).collect();
    user.try_react(react.message_id, &emoji)?;
    ok(&json!({}))
}

async fn block(id: Id, query: Query<BotQuery>, world: Data<World>) -> Outcome {
    person(&world, *id, &query)?.try_block(true)?;
    ok(&json!({}))
}

async fn unblock(id: Id, query: Query<BotQuery>, world: Data<World>) -> Outcome {
    person(&world, *id, &query)?.try_block(false)?;
    ok(&json!({}))
}

/// Makes a group with the person and the bot in it.
async fn add_group(id: Id, query: Query<BotQuery>, world: Data<World>) -> Outcome {
    ok(&json!({"id": person(&world, *id, &query)?.try_add_to_group()?}))
}

/// What Telegram signs of a person who opens the Mini App.
async fn app_data(id: Id, query: Query<BotQuery>, world: Data<World>) -> Outcome {
    let data = person(&world, *id, &query)?.init_data().ok_or(Refused::NoBot)?;
    ok(&json!({"init_data": data}))
}

async fn chat(id: Id, query: Query<BotQuery>, world: Data<World>) -> Outcome {
    let after = query.after.unwrap_or(0);
    let mut messages = person(&world, *id, &query)?.chat();
    messages.retain(|m| m.message_id > after);
    ok(&json!({"messages": messages}))
}

async fn file(path: Path<(i64, String)>, world: Data<World>) -> Outcome {
    let (id, file_id) = path.into_inner();
    world.peer(id).ok_or(ActionError::NoSuchUser)?;
    let file = world.files.find(&file_id, Viewer::Person).ok_or(Refused::NoSuchFile)?;
    let mime = match file.kind {
        // Photos are shown by the page whatever the uploader called them.
        FileKind::Photo if !file.mime.starts_with("image/") => "image/jpeg",
        _ => &file.mime,
    };
    Ok(HttpResponse::Ok()
        .content_type(mime)
        .insert_header(("X-Content-Type-Options", "nosniff"))
        .insert_header(("Content-Security-Policy", "default-src 'none'; sandbox"))
        .body(file.bytes.clone()))
}

async fn stats(world: Data<World>) -> Outcome {
    ok(&world.stats())
}

async fn list_faults(world: Data<World>) -> Outcome {
    ok(&json!({"rules": world.faults().rules(), "applied": world.faults().applied()}))
}

async fn add_faults(payload: Payload, world: Data<World>) -> Outcome {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Rules {
        Many(Vec<FaultRule>),
        One(FaultRule),
    }
    let rules = match read_json(payload, &world).await? {
        Rules::Many(rules) => rules,
        Rules::One(rule) => vec![rule],
    };
    for rule in rules {
        if !world.faults().add(rule) {
            return Err(Refused::Request("too many rules".into()));
        }
    }
    list_faults(world).await
}

async fn clear_faults(world: Data<World>) -> Outcome {
    world.faults().clear();
    ok(&json!({}))
}
