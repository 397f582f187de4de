//! Who opened the Mini App: `initData`, as Telegram signs it
//! (<https://core.telegram.org/bots/webapps#validating-data-received-via-the-mini-app>).
//!
//! Everything in it is what a client sent until the signature was checked; afterwards `start_param`
//! still is what whoever made the link wrote. Nothing here is logged.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use nameless_domain::ids::{BotId, UserId};
use nameless_domain::time::Millis;
use ring::{hmac, signature};
use serde::Deserialize;

/// Longer than this is none, bytes.
const MOST: usize = 4_096;
/// How old it may be: some clients hand out one that they got up to a day ago, milliseconds.
const AGE_MS: i64 = 86_400_000;
/// How far it may lie ahead of our clock, milliseconds.
const AHEAD_MS: i64 = 60_000;
/// A user's id has at most 52 bits.
const MOST_ID: i64 = (1 << 52) - 1;

/// Telegram's key by which a third party, without the bot's token, may check.
pub const PRODUCTION: [u8; 32] = [
    0xe7, 0xbf, 0x03, 0xa2, 0xfa, 0x46, 0x02, 0xaf, 0x45, 0x80, 0x70, 0x3d, 0x88, 0xdd, 0xa5, 0xbb, 0x59,
    0xf3, 0x2e, 0xd8, 0xb0, 0x2a, 0x56, 0xc1, 0x87, 0xfe, 0x7d, 0x34, 0xca, 0xed, 0x24, 0x2d,
];

/// By what it is checked.
pub enum Trust<'a> {
    /// The bot's token.
    Token(&'a str),
    /// Telegram's signature for this bot, under this key.
    Signature {
        /// The bot's id.
        bot: i64,
        /// Telegram's key.
        key: &'a [u8; 32],
    },
}

/// Who opened the app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Who.
    pub user: UserId,
    /// The language of their Telegram, as it says.
    pub language: Option<String>,
    /// When Telegram signed it.
    pub at: Millis,
    /// What the link said that they came by: anybody may have written it.
    pub start_param: Option<String>,
    /// The bot may write to them.
    pub may_write: bool,
}

/// Why it is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is too long, or not in the form.
    #[error("initData that is none")]
    Form,
    /// Nobody signed it.
    #[error("initData that is not signed")]
    Signature,
    /// It is too old, or of the future.
    #[error("initData of another time")]
    Time,
    /// It names nobody.
    #[error("initData of nobody")]
    Nobody,
}

#[derive(Deserialize)]
struct User {
    id: i64,
    #[serde(default)]
    language_code: Option<String>,
    /// Left out where it is false (<https://core.telegram.org/bots/webapps#webappuser>).
    #[serde(default)]
    allows_write_to_pm: bool,
}

/// Who opened the app, and at which of these bots, given with their tokens: each has a signature of
/// its own, so it is one of them at most.
pub fn opened_at<'a>(
    raw: &str,
    bots: impl Iterator<Item = (BotId, &'a str)>,
    now: Millis,
) -> Result<(BotId, Opened), Refused> {
    for (bot, token) in bots {
        match check(raw, &Trust::Token(token), now) {
            Ok(opened) => return Ok((bot, opened)),
            // Perhaps another one's.
            Err(Refused::Signature) => {}
            Err(other) => return Err(other),
        }
    }
    Err(Refused::Signature)
}

/// Checks `raw`, as it came. Whatever fails, it is refused.
pub fn check(raw: &str, trust: &Trust<'_>, now: Millis) -> Result<Opened, Refused> {
    if raw.is_empty() || raw.len() > MOST {
        return Err(Refused::Form);
    }
    let mut fields: Vec<(String, String)> =
        url::form_urlencoded::parse(raw.as_bytes()).into_owned().collect();
    fields.sort();
    if fields.windows(2).any(|two| two[0].0 == two[1].0) {
        return Err(Refused::Form);
    }
    let field = |name: &str| fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let lines = |without: &[&str]| {
        let kept = fields.iter().filter(|(key, _)| !without.contains(&key.as_str()));
        kept.map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join("\n")
    };
    match trust {
        Trust::Token(token) => {
            let hash = field("hash").and_then(from_hex).ok_or(Refused::Signature)?;
            let secret = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, b"WebAppData"), token.as_bytes());
            let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_ref());
            // Compares in constant time.
            hmac::verify(&key, lines(&["hash"]).as_bytes(), &hash).map_err(|_| Refused::Signature)?;
        }
        Trust::Signature { bot, key } => {
            let signed = field("signature").and_then(|words| URL_SAFE_NO_PAD.decode(words).ok());
            let signed = signed.ok_or(Refused::Signature)?;
            let message = format!("{bot}:WebAppData\n{}", lines(&["hash", "signature"]));
            signature::UnparsedPublicKey::new(&signature::ED25519, &key[..])
                .verify(message.as_bytes(), &signed)
                .map_err(|_| Refused::Signature)?;
        }
    }
    let seconds: i64 = field("auth_date").and_then(|date| date.parse().ok()).ok_or(Refused::Form)?;
    let at = Millis(seconds.saturating_mul(1_000));
    if at > now.plus(AHEAD_MS) || now.since(at) > AGE_MS {
        return Err(Refused::Time);
    }
    let user = field("user").ok_or(Refused::Nobody)?;
    let user: User = serde_json::from_str(user).map_err(|_| Refused::Nobody)?;
    if !(1..=MOST_ID).contains(&user.id) {
        return Err(Refused::Nobody);
    }
    let start_param = field("start_param").filter(|words| !words.is_empty()).map(str::to_owned);
    let (language, may_write) = (user.language_code, user.allows_write_to_pm);
    Ok(Opened { user: UserId(user.id), language, at, start_param, may_write })
}

/// 32 bytes in hexadecimal digits.
fn from_hex(words: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if words.len() != 64 || !words.is_ascii() {
        return None;
    }
    for (byte, digits) in bytes.iter_mut().zip(words.as_bytes().chunks(2)) {
        let digits = std::str::from_utf8(digits).ok()?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        *byte = u8::from_str_radix(digits, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use nameless_domain::random::Random;

    const TOKEN: &str = "123456:TEST-TOKEN";
    const FIRST: &str = "auth_date=1700000000&query_id=AAF&signature=sig&user=%7B%22id%22%3A42%2C%22first_name%22%3A%22A%22%7D&hash=e25eaffa9f09bd900674fc5cae1cdfde911d3f0b78c001bd16c3227bda1a5ad8";
    const SECOND: &str = "auth_date=1700000000&query_id=AAF&start_param=&user=%7B%22id%22%3A42%2C%22first_name%22%3A%22A%2BB%20C%22%2C%22username%22%3A%22x%22%7D&hash=59ca04ae9dd686ef867d60f3af57ce33aed30cc5f3d1c238ba9f33e117f0f613";
    const THIRD: &str = "user=%7B%22id%22%3A279058397%2C%22first_name%22%3A%22Vladislav%20%2B%20-%20%3F%20%5C%2F%22%2C%22last_name%22%3A%22Kibenko%22%2C%22username%22%3A%22vdkfrost%22%2C%22language_code%22%3A%22ru%22%2C%22is_premium%22%3Atrue%2C%22allows_write_to_pm%22%3Atrue%2C%22photo_url%22%3A%22https%3A%5C%2F%5C%2Ft.me%5C%2Fi%5C%2Fuserpic%5C%2F320%5C%2F4FPEE4tmP3ATHa57u6MqTDih13LTOiMoKoLDRG4PnSA.svg%22%7D&chat_instance=8134722200314281151&chat_type=private&auth_date=1733584787&hash=2174df5b000556d044f3f020384e879c8efcab55ddea2ced4eb752e93e7080d6&signature=zL-ucjNyREiHDE8aihFwpfR9aggP2xiAo3NSpfe-p7IbCisNlDKlo7Kb6G4D0Ao2mBrSgEk4maLSdv6MLIlADQ";
    const THIRD_BOT: i64 = 7_342_037_359;

    fn by_token(raw: &str, at: i64) -> Result<Opened, Refused> {
        check(raw, &Trust::Token(TOKEN), Millis(at * 1_000))
    }

    fn signed(raw: &str, bot: i64) -> Result<Opened, Refused> {
        let trust = Trust::Signature { bot, key: &PRODUCTION };
        check(raw, &trust, Millis(1_733_584_787_000))
    }

    /// Signs fields as Telegram does.
    fn sign(fields: &[(&str, &str)]) -> String {
        let mut lines: Vec<String> = fields.iter().map(|(key, value)| format!("{key}={value}")).collect();
        lines.sort();
        let secret = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, b"WebAppData"), TOKEN.as_bytes());
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_ref());
        let hash = hmac::sign(&key, lines.join("\n").as_bytes());
        let hash: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        let fields = fields.iter().copied().chain([("hash", hash.as_str())]);
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
    }

    #[test]
    fn the_vectors_that_others_take() {
        for raw in [FIRST, SECOND] {
            let opened = by_token(raw, 1_700_000_000).expect("it is signed");
            assert_eq!((opened.user, opened.start_param), (UserId(42), None));
            assert_eq!(
                check(raw, &Trust::Token("123456:OTHER"), Millis(1_700_000_000_000)),
                Err(Refused::Signature)
            );
        }
        // `signature` is a field like any other.
        let without = FIRST.replace("&signature=sig", "");
        assert_eq!(by_token(&without, 1_700_000_000), Err(Refused::Signature));
        let opened = signed(THIRD, THIRD_BOT).expect("it is signed");
        assert_eq!((opened.user, opened.language.as_deref()), (UserId(279_058_397), Some("ru")));
        assert_eq!(signed(THIRD, THIRD_BOT + 1), Err(Refused::Signature));
    }

    #[test]
    fn each_bot_knows_its_own() {
        let (at, now) = ("123456:TEST-TOKEN", Millis(1_700_000_000_000));
        let both = [(BotId(4), "1:OTHER"), (BotId(7), at)];
        let (bot, opened) = opened_at(FIRST, both.into_iter(), now).expect("it is signed");
        assert_eq!((bot, opened.user, opened.may_write), (BotId(7), UserId(42), false));
        assert_eq!(opened_at(FIRST, both[..1].iter().copied(), now), Err(Refused::Signature));
        assert_eq!(opened_at(FIRST, std::iter::empty(), now), Err(Refused::Signature));
        let late = now.plus(AGE_MS + 1);
        assert_eq!(opened_at(FIRST, both.into_iter(), late), Err(Refused::Time));
        assert!(signed(THIRD, THIRD_BOT).expect("it is signed").may_write);
    }

    #[test]
    fn it_is_good_for_a_day_and_for_a_clock_that_is_behind() {
        let at = 1_700_000_000;
        for (now, taken) in [
            (at + 86_400, Ok(())),
            (at + 86_401, Err(Refused::Time)),
            (at - 60, Ok(())),
            (at - 61, Err(Refused::Time)),
        ] {
            assert_eq!(by_token(FIRST, now).map(drop), taken, "{now}");
        }
    }

    #[test]
    fn what_is_signed_and_yet_of_nobody() {
        let at = ("auth_date", "1700000000");
        let refused = |fields: &[(&str, &str)]| by_token(&sign(fields), 1_700_000_000).unwrap_err();
        assert_eq!(refused(&[at]), Refused::Nobody);
        assert_eq!(refused(&[("user", r#"{"id":42}"#)]), Refused::Form);
        for user in
            ["", "{}", "[]", r#"{"id":"42"}"#, r#"{"id":0}"#, r#"{"id":-1}"#, r#"{"id":4503599627370496}"#]
        {
            assert_eq!(refused(&[at, ("user", user)]), Refused::Nobody, "{user}");
        }
        let user = ("user", r#"{"id":42}"#);
        assert!(by_token(&sign(&[at, user, ("start_param", "x")]), 1_700_000_000).is_ok());
        // The second of two fields of one name would be read by some and not by others.
        let twice = sign(&[at, user, user]);
        assert_eq!(by_token(&twice, 1_700_000_000), Err(Refused::Form));
        assert_eq!(by_token("", 1_700_000_000), Err(Refused::Form));
        let long = "x".repeat(4_000);
        assert_eq!(refused(&[at, user, ("start_param", &long)]), Refused::Form);
    }

    /// Whatever is changed: nobody gets in by it. The soak turns up how often it is tried.
    #[test]
    fn nothing_altered_gets_in() {
        let tries: u32 =
            std::env::var("NAMELESS_FORGED").ok().and_then(|tries| tries.parse().ok()).unwrap_or(3_000);
        let seed = 18;
        println!("seed {seed}");
        let mut random = Random::new(seed);
        let fields = |raw: &str| {
            let mut fields: Vec<_> = url::form_urlencoded::parse(raw.as_bytes()).into_owned().collect();
            fields.sort();
            fields
        };
        for n in 0..tries {
            let (raw, third) = [(FIRST, false), (SECOND, false), (THIRD, true)][random.below(3) as usize];
            let mut bytes = raw.as_bytes().to_vec();
            for _ in 0..=random.below(3) {
                let at = random.below(bytes.len() as u64) as usize;
                match random.below(4) {
                    0 => bytes[at] = 32 + random.below(95) as u8,
                    1 => _ = bytes.remove(at),
                    2 => bytes.insert(at, 32 + random.below(95) as u8),
                    _ => bytes.truncate(at.max(1)),
                }
            }
            let Ok(forged) = String::from_utf8(bytes) else { continue };
            // The hash is not part of what is signed for third parties.
            let same = |raw: &str| {
                fields(raw).into_iter().filter(|(key, _)| !third || key != "hash").collect::<Vec<_>>()
            };
            let taken = match third {
                true => signed(&forged, THIRD_BOT),
                false => by_token(&forged, 1_700_000_000),
            };
            // Written otherwise, or in other letters of the hash, it is the same.
            let lower = |fields: Vec<(String, String)>| {
                fields
                    .into_iter()
                    .map(|(k, v)| if k == "hash" { (k, v.to_lowercase()) } else { (k, v) })
                    .collect::<Vec<_>>()
            };
            assert!(taken.is_err() || lower(same(&forged)) == lower(same(raw)), "{n}: {forged}");
        }
    }
}
