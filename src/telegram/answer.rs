//! What an answer of the Bot API means for the call: made, to be tried again, or given up.
//!
//! | answer | the call |
//! |---|---|
//! | 429 | waits as told, see `told` |
//! | 401, "Logged out" | waits until the token is good |
//! | 400 with `migrate_to_chat_id` | goes to the supergroup, see `moved` |
//! | 502, 503; a page with 5xx, but for 504 and 524 | was hardly handled: Telegram is away |
//! | 500, 504; a page with 504, 524; no answer; 2xx not of the Bot API | may have been made |
//! | a page with 3xx or 4xx | was turned back on the way |
//! | 403, 413, other 4xx | see `refusal` |

use super::wire::number_behind;
use super::{refusal, told};
pub(super) use nameless_actors::ports::BAD_TOKEN;
use nameless_actors::ports::{SendError, Sent, Unwelcome};
use nameless_domain::ids::{MessageId, MessageIds};
use nameless_domain::outgoing::Call;
use nameless_domain::relay::content::{MediaKind, Payload};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// Bytes of Telegram's description that are kept.
const DESCRIPTION: usize = 200;

/// The envelope (<https://core.telegram.org/bots/api#making-requests>).
#[derive(Deserialize)]
struct Envelope<'a> {
    ok: bool,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    error_code: Option<u16>,
    #[serde(borrow)]
    description: Option<Cow<'a, str>>,
    parameters: Option<Parameters>,
}

#[derive(Clone, Copy, Default, Deserialize)]
struct Parameters {
    retry_after: Option<u64>,
    migrate_to_chat_id: Option<i64>,
}

#[derive(Deserialize)]
struct HasId {
    message_id: i64,
}

/// A call that Telegram said yes to.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Answered {
    /// Ids of the messages that it made or changed.
    pub messages: MessageIds,
    /// The raw result, for calls that want more of it.
    pub result: Box<str>,
}

/// How Telegram's answer begins when a message was made.
const MADE: &str = r#"{"ok":true,"result":{"message_id":"#;

/// Reads an answer of which nothing but the ids is wanted, no further than to the id of the message
/// that was made: the message itself, which Telegram repeats, is many times longer.
pub(super) fn read_ids(status: u16, body: &[u8]) -> Result<Answered, SendError> {
    match number_behind(body, MADE).filter(|_| status == 200) {
        Some(id) => Ok(Answered { messages: id_of(id).into_iter().collect(), result: Box::default() }),
        None => read(status, body),
    }
}

/// Reads an answer.
pub(super) fn read(status: u16, body: &[u8]) -> Result<Answered, SendError> {
    let Ok(envelope) = serde_json::from_slice::<Envelope<'_>>(body) else {
        return Err(match status {
            // It was handed on, and nobody waited for the answer.
            504 | 524 => SendError::Ambiguous(format!("HTTP {status}")),
            // A proxy's page: what it stands for is away.
            500.. => SendError::Away(format!("HTTP {status}")),
            200..=299 => SendError::Ambiguous("an answer that is not the Bot API's".into()),
            429 => SendError::RetryAfter(told::wait(None, told::CHAT)),
            413 => SendError::TooLarge,
            // A server that lacks the method.
            404 | 405 => SendError::Refused(format!("HTTP {status}")),
            // Somebody on the way turned it back; that says nothing about the message or the chat.
            _ => SendError::Unsent(format!("HTTP {status}")),
        });
    };
    if envelope.ok {
        let result = envelope.result.map_or("null", RawValue::get);
        return Ok(Answered { messages: ids(result), result: result.into() });
    }
    let code = envelope.error_code.unwrap_or(status);
    let description = envelope.description.unwrap_or_default();
    let parameters = envelope.parameters.unwrap_or_default();
    if let (400, Some(to)) = (code, parameters.migrate_to_chat_id) {
        return Err(SendError::Moved(to));
    }
    Err(match code {
        429 => SendError::RetryAfter(told::wait(parameters.retry_after, told::CHAT)),
        // The token's trouble, not this call's: it waits until the operator has mended it.
        401 => SendError::Unsent(BAD_TOKEN.into()),
        // The server is being started anew, or what stands before it does not reach it.
        502 | 503 => SendError::Away(format!("HTTP {code}")),
        500.. => SendError::Ambiguous(format!("HTTP {code}")),
        _ => refusal::sort(code, without_quotes(&description)),
    })
}

/// The ids of a message or of an album's messages; none for `true` and other results.
fn ids(result: &str) -> MessageIds {
    let list = match result.as_bytes().first() {
        Some(b'{') => serde_json::from_str::<HasId>(result).map(|m| vec![m]),
        Some(b'[') => serde_json::from_str::<Vec<HasId>>(result),
        _ => return MessageIds::new(),
    };
    list.unwrap_or_default().into_iter().filter_map(|m| id_of(m.message_id)).collect()
}

/// An id as Telegram gives it; none that fits no message.
fn id_of(id: i64) -> Option<MessageId> {
    i32::try_from(id).ok().map(MessageId)
}

/// A description without what it quotes: Telegram repeats parts of the request ("Unsupported start
/// tag \"...\""), which may be a user's words (I11).
pub(super) fn without_quotes(description: &str) -> String {
    let kept = description.split('"').step_by(2).collect::<Vec<_>>().join("\"…\"");
    kept.chars().take(DESCRIPTION).collect()
}

/// How many messages a call makes; none for calls that make none.
fn made_by(call: &Call) -> Option<usize> {
    match call {
        Call::Send { .. } | Call::Say { .. } | Call::SendFile { .. } | Call::Picture { .. } => Some(1),
        Call::SendAlbum { items, .. } => Some(items.len()),
        Call::Method(method) if method.name == "sendMessage" => Some(1),
        _ => None,
    }
}

/// Refusals that mean that what was wanted is the case already, or cannot matter any more.
pub(super) fn tolerate(call: &Call, answered: Result<Answered, SendError>) -> Result<Sent, SendError> {
    match answered {
        Ok(answered) => match made_by(call) {
            None => Ok(Sent::default()),
            Some(count) if answered.messages.len() == count => Ok(Sent { messages: answered.messages }),
            Some(_) => {
                // It is there: trying again would double it. Ids that cannot be told apart would
                // map replies and edits to wrong messages, so it goes without them.
                tracing::debug!("a message was made without an id");
                Ok(Sent::default())
            }
        },
        Err(SendError::Refused(description)) => {
            let harmless = match call {
                Call::Edit { .. } | Call::Rewrite { .. } => description.contains("message is not modified"),
                Call::Delete { .. } => {
                    description.contains("message to delete not found")
                        || description.contains("message can't be deleted")
                }
                // Too late, or a server that lacks the method: a button's waiting state ends by
                // itself, a reaction is an ornament. A toast is words; see `instead`.
                Call::AnswerCallback { text: None, .. } | Call::React { .. } | Call::LeaveChat => true,
                _ => false,
            };
            if harmless { Ok(Sent::default()) } else { Err(SendError::Refused(description)) }
        }
        // One setting, and one of its errors, stands for both kinds.
        Err(SendError::Unwelcome(kind)) => Err(SendError::Unwelcome(match kind_sent(call) {
            Some(MediaKind::Voice) => Unwelcome::Voice,
            Some(MediaKind::VideoNote) => Unwelcome::VideoNote,
            _ => kind,
        })),
        Err(other) => Err(other),
    }
}

fn kind_sent(call: &Call) -> Option<MediaKind> {
    match call {
        Call::Send { payload: Payload::Media(media), .. } => Some(media.kind),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn sorts_answers() {
        let read = |status, body: &str| read(status, body.as_bytes());
        assert_eq!(
            read(200, r#"{"ok":true,"result":{"message_id":5,"chat":{}}}"#).unwrap().messages[..],
            [MessageId(5)]
        );
        assert_eq!(
            read(200, r#"{"ok":true,"result":[{"message_id":5},{"message_id":6}]}"#).unwrap().messages[..],
            [MessageId(5), MessageId(6)]
        );
        assert!(read(200, r#"{"ok":true,"result":true}"#).unwrap().messages.is_empty());
        let error = |code: u16, description: &str| {
            read(code, &format!(r#"{{"ok":false,"error_code":{code},"description":"{description}"}}"#))
                .unwrap_err()
        };
        assert_eq!(error(403, "Forbidden: bot was blocked by the user"), SendError::Gone);
        assert_eq!(error(400, "Bad Request: chat not found"), SendError::Gone);
        assert_eq!(
            error(400, "Bad Request: VOICE_MESSAGES_FORBIDDEN"),
            SendError::Unwelcome(Unwelcome::Voice)
        );
        assert!(matches!(error(404, "Not Found"), SendError::Refused(_)));
        assert!(matches!(error(502, "Bad Gateway"), SendError::Away(_)));
        assert!(matches!(error(500, "Internal Server Error"), SendError::Ambiguous(_)));
        assert!(matches!(read(502, "<html>").unwrap_err(), SendError::Away(_)));
        assert!(matches!(read(504, "<html>").unwrap_err(), SendError::Ambiguous(_)));
        assert!(matches!(error(503, "Service Unavailable"), SendError::Away(_)));
        assert!(matches!(read(200, "<html>").unwrap_err(), SendError::Ambiguous(_)));
        assert!(matches!(read(403, "<html>").unwrap_err(), SendError::Unsent(_)));
        assert!(matches!(read(404, "").unwrap_err(), SendError::Refused(_)));
        assert_eq!(
            read(429, r#"{"ok":false,"error_code":429,"description":"","parameters":{"retry_after":7}}"#),
            Err(SendError::RetryAfter(Duration::from_secs(7)))
        );
    }

    #[test]
    fn a_group_that_is_a_supergroup_by_now_says_which() {
        let answer = |code: u16| {
            let body = format!(
                r#"{{"ok":false,"error_code":{code},
                "description":"Bad Request: group chat was upgraded to a supergroup chat",
                "parameters":{{"migrate_to_chat_id":-1001234567890}}}}"#
            );
            read(code, body.as_bytes()).unwrap_err()
        };
        assert_eq!(answer(400), SendError::Moved(-1_001_234_567_890));
        assert_eq!(answer(403), SendError::Gone);
    }

    /// The short way and the long one say the same.
    #[test]
    fn reading_stops_at_the_id() {
        for (status, body, ids) in [
            (
                200,
                r#"{"ok":true,"result":{"message_id":5,"chat":{"id":1},"text":"never read"}}"#,
                Some(vec![5]),
            ),
            (200, r#"{"ok":true,"result":{"date":1,"message_id":5}}"#, Some(vec![5])),
            (200, r#"{"result":{"message_id":5},"ok":true}"#, Some(vec![5])),
            (200, r#"{"ok":true,"result":[{"message_id":5},{"message_id":6}]}"#, Some(vec![5, 6])),
            (200, r#"{"ok":true,"result":true}"#, Some(vec![])),
            (200, r#"{"ok":true,"result":{"message_id":"five"}}"#, Some(vec![])),
            (200, r#"{"ok":false,"result":{"message_id":5},"error_code":403}"#, None),
            (502, r#"{"ok":true,"result":{"message_id":5}}"#, Some(vec![5])),
            (200, r#"[5]"#, None),
            (200, "", None),
        ] {
            let (short, long) = (read_ids(status, body.as_bytes()), read(status, body.as_bytes()));
            let ids: Option<MessageIds> = ids.map(|ids| ids.into_iter().map(MessageId).collect());
            assert_eq!(short.as_ref().ok().map(|a| &a.messages), ids.as_ref(), "{body}");
            assert_eq!(short.map(|a| a.messages), long.map(|a| a.messages), "{body}");
        }
    }

    #[test]
    fn descriptions_keep_nothing_of_the_request() {
        assert_eq!(
            without_quotes(r#"can't parse: Unsupported start tag "my secret" at byte 5"#),
            r#"can't parse: Unsupported start tag "…" at byte 5"#
        );
        assert_eq!(without_quotes(r#"cut short in "my sec"#), "cut short in ");
    }

    #[test]
    fn a_yes_without_ids_is_a_yes() {
        let say = Call::Say { html: String::new(), keyboard: vec![] };
        let yes = |ids: &[i32]| {
            Ok(Answered { messages: ids.iter().copied().map(MessageId).collect(), result: "".into() })
        };
        assert_eq!(tolerate(&say, yes(&[])), Ok(Sent::default()));
        assert_eq!(tolerate(&say, yes(&[7])).unwrap().messages.len(), 1);
        assert!(tolerate(&Call::LeaveChat, yes(&[])).is_ok());
    }

    #[test]
    fn what_is_so_already_is_no_failure() {
        let refused = |text: &str| Err(SendError::Refused(text.into()));
        let delete = Call::Delete { messages: vec![] };
        assert!(tolerate(&delete, refused("Bad Request: message to delete not found")).is_ok());
        let say = Call::Say { html: String::new(), keyboard: vec![] };
        assert!(tolerate(&say, refused("Bad Request: message text is empty")).is_err());
    }
}
