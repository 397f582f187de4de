//! An answer of `getUpdates`, cut into raw updates.

use super::coarse::coarse;
use super::wire;
use nameless_domain::ids::BotId;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Bytes of Telegram's description of a failure that are kept; real ones are far shorter.
const DESCRIPTION_BYTES: usize = 256;

/// One update as it came in.
#[derive(Clone, PartialEq, Eq)]
pub struct RawUpdate {
    /// Telegram's id of it, if that can be read and is positive, as all of Telegram's are.
    pub update_id: Option<i64>,
    /// Its JSON. Of a place on the map it has the cell, never the position.
    pub raw: Arc<str>,
}

impl RawUpdate {
    /// An update that came by itself, as to a webhook. It has no id if it is not JSON or bears
    /// none.
    pub fn of_body(body: &[u8]) -> RawUpdate {
        let body = text_of(body);
        match serde_json::from_str::<&RawValue>(&body) {
            Ok(raw) => raw_update(raw),
            Err(_) => RawUpdate { update_id: None, raw: coarse(&body).into() },
        }
    }
}

impl RawUpdate {
    /// The same as an update of `bot`, whose ids may be those of another one's. From here on its id
    /// says whose it is, in its JSON as well: that is what is kept, sent on, and read again.
    pub fn by(self, bot: BotId) -> RawUpdate {
        if bot == BotId::FIRST {
            return self;
        }
        let RawUpdate { update_id, raw } = self;
        let Some(update_id) = update_id.and_then(|id| bot.update(id)) else {
            return RawUpdate { update_id: None, raw };
        };
        match wire::renumbered(&raw, update_id) {
            Some(raw) => RawUpdate { update_id: Some(update_id), raw: raw.into() },
            // Damaged behind its id: who reads it again finds nothing but that.
            None => {
                RawUpdate { update_id: Some(update_id), raw: format!("{{\"update_id\":{update_id}}}").into() }
            }
        }
    }
}

impl fmt::Debug for RawUpdate {
    /// Without the JSON, which holds names and words.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawUpdate")
            .field("update_id", &self.update_id)
            .field("bytes", &self.raw.len())
            .finish()
    }
}

/// Why an answer of the Bot API holds no updates.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApiFailure {
    /// Telegram said no. 409: another process polls, or a webhook is set. 401: the token is wrong.
    #[error("{code}: {description}")]
    Refused {
        /// `error_code`, like an HTTP status; 0 if absent.
        code: i64,
        /// Telegram's words, in English; at most 256 bytes. Empty if absent.
        description: String,
        /// How long to wait before asking again.
        retry_after: Option<Duration>,
    },
    /// Not an answer of the Bot API: a proxy's page, or cut short.
    #[error("not an answer of the Bot API")]
    NotJson,
}

/// The envelope of every answer (<https://core.telegram.org/bots/api#making-requests>).
#[derive(Deserialize)]
struct Answer<'a> {
    ok: bool,
    #[serde(borrow)]
    result: Option<Vec<&'a RawValue>>,
    error_code: Option<i64>,
    #[serde(borrow)]
    description: Option<wire::Str<'a>>,
    parameters: Option<Parameters>,
}

#[derive(Deserialize)]
struct Parameters {
    retry_after: Option<wire::Count>,
}

/// Cuts the body of an answer to `getUpdates` into updates, in Telegram's order.
///
/// Updates are not looked into beyond their id: one that is malformed costs only itself.
///
/// # Errors
/// [`ApiFailure`] if there are none to be had.
pub fn parse_updates(body: &[u8]) -> Result<Vec<RawUpdate>, ApiFailure> {
    let body = text_of(body);
    let answer: Answer<'_> = serde_json::from_str(&body).map_err(|_| ApiFailure::NotJson)?;
    match answer {
        Answer { ok: true, result: Some(updates), .. } => Ok(updates.into_iter().map(raw_update).collect()),
        Answer { ok: true, result: None, .. } => Err(ApiFailure::NotJson),
        Answer { ok: false, error_code, description, parameters, .. } => Err(ApiFailure::Refused {
            code: error_code.unwrap_or_default(),
            description: description.map(shortened).unwrap_or_default(),
            retry_after: parameters.and_then(|p| p.retry_after?.0).map(Duration::from_secs),
        }),
    }
}

/// Bytes that are not UTF-8 must not block all later updates for ever. Nearly all are: those are
/// looked at many at a time, which the lossy reading does not do.
fn text_of(bytes: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

fn raw_update(raw: &RawValue) -> RawUpdate {
    // Ids below 1 are ours: see `intake::replay`.
    let update_id = wire::update_id(raw.get()).filter(|id| *id > 0);
    RawUpdate { update_id, raw: coarse(raw.get()).into() }
}

fn shortened(description: wire::Str<'_>) -> String {
    let mut description = description.into_string();
    description.truncate(description.floor_char_boundary(DESCRIPTION_BYTES));
    description
}
