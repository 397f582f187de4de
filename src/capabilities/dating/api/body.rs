//! What is read of a request: bounded in size and time.

use super::Ask;
use super::problem::Problem;
use crate::http::json;
use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{Payload, Query};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use std::time::Duration;

/// What a body is, and its bounds.
pub(super) struct Kind {
    /// Media types; what it really is is seen by its bytes.
    types: &'static [&'static str],
    wrong: &'static str,
    bytes: usize,
    large: &'static str,
    /// How long it may take to arrive.
    time: Duration,
}

/// All but pictures.
pub(super) const JSON: Kind = Kind {
    types: &["application/json"],
    wrong: "the body has to be application/json",
    bytes: 16 << 10,
    large: "the body is over 16 KiB",
    time: Duration::from_secs(10),
};

/// A picture, over whatever network a phone has.
pub(super) const PICTURE: Kind = Kind {
    types: &["image/jpeg", "image/png", "image/webp", "application/octet-stream"],
    wrong: "the body has to be a picture: image/jpeg, image/png or image/webp",
    bytes: 3_000_000,
    large: "the picture is over 3 MB",
    time: Duration::from_secs(30),
};

impl Kind {
    /// Bytes of it, at most.
    pub const fn most(&self) -> usize {
        self.bytes
    }

    /// The media types that it may be.
    pub fn types(&self) -> &'static [&'static str] {
        self.types
    }
}

pub(super) async fn read(request: &HttpRequest, mut body: Payload, of: &Kind) -> Result<Vec<u8>, Problem> {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next()).map(str::trim);
    if !kind.is_some_and(|kind| of.types.contains(&kind)) {
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "bad_request", of.wrong));
    }
    let reading = async {
        let mut bytes = Vec::new();
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|_| Problem::malformed("the body broke off"))?;
            if bytes.len() + chunk.len() > of.bytes {
                return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", of.large));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    };
    let late = || Problem::new(StatusCode::REQUEST_TIMEOUT, "bad_request", "the body did not arrive in time");
    tokio::time::timeout(of.time, reading).await.unwrap_or_else(|_| Err(late()))
}

impl Ask<'_> {
    /// The body, as it is described.
    pub(super) fn body<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        // The parser's error may quote what was sent.
        json::read(&self.body).map_err(|_| Problem::malformed("the body is not as it is described"))
    }

    /// The query, as it is described.
    pub(super) fn query<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        let query = Query::<T>::from_query(self.request.query_string());
        query.map(Query::into_inner).map_err(|_| Problem::malformed("the query is not as it is described"))
    }
}

/// For a field that may be left out, and is not null where it is there.
pub(super) fn some<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}
