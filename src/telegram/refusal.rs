//! What Telegram's refusals mean, by their words: Telegram gives no other sign.
//!
//! Words are looked for without regard to case, as they are written differently by the Bot API
//! server ("user restricted receiving of voice note messages") and by what stands behind it
//! ("VOICE_MESSAGES_FORBIDDEN"). What is not named here is refused for good, and nobody is asked to
//! send it again.

use nameless_actors::ports::{SendError, Unwelcome};

/// The chat is gone, beside every 403. Sources: the Bot API server's `Client.cpp`, what users
/// report.
const GONE: [&str; 6] = [
    "chat not found",
    "user not found",
    "user is deactivated",
    "peer_id_invalid",
    "user_deactivated",
    "input_user_deactivated",
];

/// The partner's settings. Both kinds hang on one setting of Telegram's clients, whose one error
/// names either.
const UNWELCOME: [(&str, Option<Unwelcome>); 4] = [
    // Of the kind that was sent.
    ("voice_messages_forbidden", None),
    ("restricted receiving of voice", Some(Unwelcome::Voice)),
    ("restricted receiving of video", Some(Unwelcome::VideoNote)),
    ("restricted receiving of round", Some(Unwelcome::VideoNote)),
];

/// Refusals with a code of 4xx that pass by themselves, and why.
const PASSING: [(&str, &str); 8] = [
    // getFile; its words cover a 429 and a 5xx of the server that holds the file.
    ("temporarily unavailable", "the file's server is busy"),
    // The handle is good, what stands behind it has to be fetched anew, which the try itself has
    // begun.
    ("file_reference_", "the file is being looked up anew"),
    // MTProto's own trouble, passed on by the Bot API server.
    ("rpc_call_fail", "trouble inside Telegram"),
    ("rpc_mcget_fail", "trouble inside Telegram"),
    ("msg_wait_failed", "an earlier call is not done"),
    ("msg_wait_timeout", "an earlier call is not done"),
    ("interdc_", "trouble between Telegram's data centres"),
    ("request aborted", "the Bot API server restarts"),
];

/// A file that Telegram does not take however often it comes.
const TOO_LARGE: [&str; 2] = ["file is too big", "request entity too large"];

/// The token is on its way to another server (`logOut`): as if it were refused.
const LOGGED_OUT: &str = "logged out";

/// Sorts a refusal of 4xx; `words` without what they quote.
pub(super) fn sort(code: u16, words: String) -> SendError {
    let lower = words.to_ascii_lowercase();
    let says = |needle: &str| lower.contains(needle);
    if let Some((_, kind)) = UNWELCOME.iter().find(|(needle, _)| says(needle)) {
        return SendError::Unwelcome(kind.unwrap_or(Unwelcome::Voice));
    }
    if code == 403 || GONE.iter().any(|needle| says(needle)) {
        return SendError::Gone;
    }
    if code == 413 || TOO_LARGE.iter().any(|needle| says(needle)) {
        return SendError::TooLarge;
    }
    if says(LOGGED_OUT) {
        return SendError::Unsent(super::answer::BAD_TOKEN.into());
    }
    match PASSING.iter().find(|(needle, _)| says(needle)) {
        Some((_, why)) => SendError::Passing((*why).to_owned()),
        None => SendError::Refused(words),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_sorted_by_their_words() {
        let sort = |words: &str| sort(400, words.to_owned());
        for words in [
            "Bad Request: wrong file_id or the file is temporarily unavailable",
            "Bad Request: FILE_REFERENCE_EXPIRED",
            "Bad Request: RPC_CALL_FAIL",
        ] {
            assert!(matches!(sort(words), SendError::Passing(_)), "{words}");
        }
        for (words, kind) in [
            ("Bad Request: VOICE_MESSAGES_FORBIDDEN", Unwelcome::Voice),
            ("Bad Request: user restricted receiving of voice note messages", Unwelcome::Voice),
            ("Bad Request: User restricted receiving of video messages", Unwelcome::VideoNote),
        ] {
            assert_eq!(sort(words), SendError::Unwelcome(kind), "{words}");
        }
        for words in ["Bad Request: chat not found", "Bad Request: USER_DEACTIVATED"] {
            assert_eq!(sort(words), SendError::Gone);
        }
        assert_eq!(super::sort(403, "Forbidden: bot was blocked by the user".into()), SendError::Gone);
        let restricted = super::sort(403, "Forbidden: VOICE_MESSAGES_FORBIDDEN".into());
        assert_eq!(restricted, SendError::Unwelcome(Unwelcome::Voice));
        assert_eq!(sort("Bad Request: file is too big"), SendError::TooLarge);
        assert!(matches!(sort("Bad Request: Logged out"), SendError::Unsent(_)));
        // For good: an unknown handle, a kind that does not fit, a query that is too old.
        for words in [
            "Bad Request: wrong file identifier/HTTP URL specified",
            "Bad Request: can't use file of type Sticker as Photo",
            "Bad Request: query is too old and response timeout expired or query ID is invalid",
            "Bad Request: message can't be edited",
            "Bad Request: PHOTO_INVALID_DIMENSIONS",
        ] {
            assert_eq!(sort(words), SendError::Refused(words.into()));
        }
    }
}
