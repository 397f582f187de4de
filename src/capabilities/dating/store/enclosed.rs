//! A letter as it is kept: sealed under the key of who wrote it.

use super::people;
use crate::store::keys::{Keys, SealingKey};
use crate::store::pg::Fault;
use nameless_domain::capabilities::dating::letter::Letter;
use nameless_domain::ids::{BotId, MessageId, UserId};
use nameless_domain::relay::content::{OutMedia, Rich};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use tokio_postgres::Row;

/// What one job tells is bounded by the units of its letters; a file counts as so many beside those
/// of its words, as it is a message of its own.
const OF_A_FILE: usize = 360;

/// What is sealed. Letters from before files were in them have words alone.
#[derive(Serialize, Deserialize)]
struct Enclosed<'a> {
    #[serde(flatten)]
    words: Cow<'a, Rich>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    file: Option<Cow<'a, OutMedia>>,
    /// The file's smaller picture, which is not written with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    preview: Option<Cow<'a, str>>,
}

/// Identity of a sealed letter.
fn aad(sender: UserId, bot: i16, message: i32) -> Vec<u8> {
    format!("dating letter:{}:{bot}:{message}", sender.0).into_bytes()
}

/// A letter, sealed, which is this message of its sender's chat with a bot.
pub(super) fn seal(
    key: &SealingKey,
    sender: UserId,
    (bot, message): (BotId, MessageId),
    letter: &Letter,
) -> Result<Vec<u8>, Fault> {
    let file = letter.file.as_ref();
    let enclosed = Enclosed {
        words: Cow::Borrowed(&letter.words),
        preview: file.and_then(|file| file.preview.as_deref()).map(Cow::Borrowed),
        file: file.map(Cow::Borrowed),
    };
    let plain = serde_json::to_vec(&enclosed)
        .map_err(|_| Fault::Corrupt("a letter that cannot be written".into()))?;
    Ok(key.seal(&plain, &aad(sender, i16::from(bot.0), message.0))?)
}

/// A letter of a row that holds `bot`, `message` and `sealed`, opened; none, which is counted,
/// where it cannot be read.
pub(super) fn open(
    keys: &Keys,
    key: &SealingKey,
    sender: UserId,
    row: &Row,
) -> Result<Option<Letter>, Fault> {
    let (bot, message): (i16, i32) = (row.try_get("bot")?, row.try_get("message")?);
    let plain = key.open(row.try_get("sealed")?, &aad(sender, bot, message)).map_err(Fault::from);
    let letter = plain.and_then(|plain| {
        let enclosed: Enclosed<'_> = serde_json::from_slice(&plain)
            .map_err(|_| Fault::Corrupt("a letter that cannot be read".into()))?;
        let Enclosed { words, file, preview } = enclosed;
        let preview = preview.map(|preview| preview.into_owned().into_boxed_str());
        let file = file.map(|file| OutMedia { preview, ..file.into_owned() });
        Ok(Letter { words: words.into_owned(), file })
    });
    people::readable(keys, letter)
}

/// What a letter counts for among those that one job tells.
pub(super) fn weight(letter: &Letter) -> i16 {
    let file = if letter.file.is_some() { OF_A_FILE } else { 0 };
    i16::try_from(letter.units() + file).unwrap_or(i16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use nameless_domain::relay::content::{Entity, EntityKind};
    use serde_json::{Value, json};

    /// What letters from before files were in them hold, and what a program from then reads.
    #[test]
    fn words_alone_are_kept_as_they_ever_were() {
        let bold = Entity { kind: EntityKind::Bold, offset: 0, length: 2 };
        let pre = Entity { kind: EntityKind::Pre { language: Some("rust".into()) }, offset: 3, length: 1 };
        let words = Rich { text: "hi x".into(), entities: vec![bold, pre] };
        let old = serde_json::to_value(&words).expect("JSON");
        let new = Enclosed { words: Cow::Borrowed(&words), file: None, preview: None };
        assert_eq!(serde_json::to_value(&new).expect("JSON"), old);
        let read: Enclosed<'_> = serde_json::from_value(old).expect("words");
        assert_eq!((read.words.into_owned(), read.file), (words, None));
    }

    #[test]
    fn a_file_is_kept_with_its_smaller_picture() {
        let file: OutMedia = serde_json::from_value(json!({
            "kind": "photo", "file_id": "f", "unique_id": "u", "spoiler": true, "agreed": true,
        }))
        .expect("a photo");
        let file = OutMedia { preview: Some("p".into()), ..file };
        let words = Rich::plain("look");
        let enclosed = Enclosed {
            words: Cow::Borrowed(&words),
            preview: file.preview.as_deref().map(Cow::Borrowed),
            file: Some(Cow::Borrowed(&file)),
        };
        let kept: Value = serde_json::to_value(&enclosed).expect("JSON");
        let read: Enclosed<'_> = serde_json::from_value(kept).expect("a letter");
        assert_eq!(read.preview.as_deref(), Some("p"));
        let again = OutMedia { preview: Some("p".into()), ..read.file.expect("a file").into_owned() };
        assert_eq!((again, read.words.into_owned()), (file, words));
        let letter = Letter { words: Rich::plain("look"), file: None };
        assert_eq!(weight(&letter), 4);
    }
}
