//! Secrets as types: they can be used, not printed.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretBox, SecretString};
use std::fmt;

/// A bot's token, `digits:letters`. `Debug` shows nothing of it, the bot's id included.
#[derive(Clone)]
pub struct BotToken(SecretString);

impl BotToken {
    /// Takes a token if it has the form of one.
    pub fn parse(value: &str) -> Option<BotToken> {
        let (id, rest) = value.split_once(':')?;
        let digits = !id.is_empty() && id.len() <= 18 && id.bytes().all(|b| b.is_ascii_digit());
        let letters =
            !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b));
        (digits && letters).then(|| BotToken(value.to_owned().into()))
    }

    /// The token itself, for the URL of a call. Whoever takes it out sees to it that it is not
    /// logged.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// The bot's user id, the digits before the colon.
    pub fn bot_id(&self) -> i64 {
        // `parse` has let at most 18 digits through.
        self.expose().split(':').next().and_then(|id| id.parse().ok()).unwrap_or_default()
    }
}

impl fmt::Debug for BotToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BotToken(hidden)")
    }
}

/// The key that wraps the users' history keys (key-encryption key).
pub struct HistoryKey(SecretBox<[u8; 32]>);

impl HistoryKey {
    /// Reads 32 bytes written as hex or base64 (either alphabet, with or without padding).
    pub fn parse(value: &str) -> Option<HistoryKey> {
        let bytes = from_hex(value).or_else(|| {
            [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD]
                .iter()
                .find_map(|alphabet| alphabet.decode(value).ok())
        })?;
        let key: [u8; 32] = bytes.try_into().ok()?;
        Some(HistoryKey(SecretBox::new(Box::new(key))))
    }

    /// The key itself.
    pub fn expose(&self) -> &[u8; 32] {
        self.0.expose_secret()
    }
}

impl Clone for HistoryKey {
    fn clone(&self) -> HistoryKey {
        HistoryKey(SecretBox::new(Box::new(*self.expose())))
    }
}

impl fmt::Debug for HistoryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HistoryKey(hidden)")
    }
}

fn from_hex(value: &str) -> Option<Vec<u8>> {
    if value.len() != 64 || !value.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    (0..64).step_by(2).map(|i| u8::from_str_radix(&value[i..i + 2], 16).ok()).collect()
}
