//! Updates and texts as the simulation writes them. Reading Telegram's JSON and rendering the
//! locale files are tested elsewhere and would only cost time here.

use nameless_actors::ports::{Decoder, Texts};
use nameless_domain::ids::{MessageId, UserId};
use nameless_domain::relay::content::{Body, Inbound, Media, MediaKind, Payload, Rich};
use nameless_domain::text::{Button, Lang, Msg};
use nameless_domain::update::{Act, Update};

/// Texts are their keys.
pub struct Keys;

impl Texts for Keys {
    fn html(&self, _: Lang, msg: &Msg) -> String {
        msg.key.to_owned()
    }
    fn label(&self, _: Lang, button: &Button) -> String {
        button.label.key.to_owned()
    }
    fn plain(&self, _: Lang, msg: &Msg) -> String {
        msg.key.to_owned()
    }
}

/// Reads `update|user|kind|message|reply to|album|words`.
pub struct Lines;

/// Writes what [`Lines`] reads.
pub fn line(
    update: i64,
    user: i64,
    kind: char,
    message: i32,
    reply_to: i32,
    album: &str,
    words: &str,
) -> String {
    format!("{update}|{user}|{kind}|{message}|{reply_to}|{album}|{words}")
}

impl Decoder for Lines {
    fn decode(&self, raw: &str) -> Option<Update> {
        let mut parts = raw.splitn(7, '|');
        let update_id = parts.next()?.parse().ok()?;
        let user = UserId(parts.next()?.parse().ok()?);
        let kind = parts.next()?;
        let id = MessageId(parts.next()?.parse().ok()?);
        let reply_to = parts.next()?.parse().ok().filter(|&id| id != 0).map(MessageId);
        let album = Some(parts.next()?).filter(|album| !album.is_empty()).map(str::to_owned);
        let words = parts.next()?;
        let message =
            |body| Inbound { id, reply_to, answers: None, album, body, envelope: Vec::new(), manner: None };
        let act = match kind {
            "t" => Act::Message(message(Body::Text(Rich::plain(words)))),
            "p" => Act::Message(message(photo(id, words))),
            "e" => Act::Edited(message(Body::Text(Rich::plain(words)))),
            "r" => Act::Reacted {
                message: id,
                emoji: Some(words.to_owned()).filter(|w| !w.is_empty()).into_iter().collect(),
            },
            "c" => Act::Pressed {
                callback_id: format!("press{update_id}"),
                data: words.to_owned(),
                message: Some(id),
            },
            "b" => Act::BlockedBot,
            "u" => Act::UnblockedBot,
            _ => return None,
        };
        Some(Update { update_id, user, lang_hint: Some(Lang::En), act })
    }
}

fn photo(id: MessageId, words: &str) -> Body {
    let media = Media {
        kind: MediaKind::Photo,
        file_id: format!("file{}", id.0),
        unique_id: format!("unique{}", id.0),
        label: None,
        mime: None,
        size: None,
        preview: None,
        veiled: false,
    };
    Body::Media { media, caption: Rich::plain(words) }
}

/// The words of what is sent: a text, or a caption.
pub fn words_of(payload: &Payload) -> &str {
    match payload {
        Payload::Text(rich) => &rich.text,
        Payload::Media(media) => &media.caption.text,
        Payload::Dice { emoji } => emoji,
    }
}

/// The number of what was said: words begin with it, `w17 hello`.
pub fn token_of(words: &str) -> Option<usize> {
    let rest = words.strip_prefix('w')?;
    rest.split(' ').next()?.parse().ok()
}
