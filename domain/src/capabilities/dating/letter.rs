//! What a letter holds: words, or a file with words below it.

use crate::relay::content::{MediaKind, OutMedia, Payload, Rich};

/// A letter, as it may leave.
#[derive(Clone, Debug, PartialEq)]
pub struct Letter {
    /// Its words: those below its file, if it has one.
    pub words: Rich,
    /// Its file. It has no caption: that is in `words`.
    pub file: Option<OutMedia>,
}

impl Letter {
    /// What goes by letter of what may leave: a die does not, which Telegram throws anew for each
    /// copy, and neither do words without a sign in them.
    pub(super) fn of(payload: Payload) -> Option<Letter> {
        let (words, file) = match payload {
            Payload::Text(words) => (words, None),
            Payload::Media(mut file) => (std::mem::take(&mut file.caption), Some(file)),
            Payload::Dice { .. } => return None,
        };
        let letter = Letter { words, file };
        (letter.file.is_some() || !letter.is_wordless()).then_some(letter)
    }

    /// Words alone.
    pub fn plain(words: impl Into<String>) -> Letter {
        Letter { words: Rich::plain(words), file: None }
    }

    /// Whether there is nothing to read in it.
    pub fn is_wordless(&self) -> bool {
        self.words.text.trim().is_empty()
    }

    /// UTF-16 units of its words.
    pub fn units(&self) -> usize {
        self.words.text.encode_utf16().count()
    }

    /// In one line, for operators: a picture of its kind in front of the words. The file itself is
    /// shown to nobody else.
    pub fn line(&self) -> String {
        match &self.file {
            None => self.words.text.clone(),
            Some(file) if self.is_wordless() => sign(file.kind).to_owned(),
            Some(file) => format!("{} {}", sign(file.kind), self.words.text),
        }
    }
}

/// A kind of file in a character that every language reads.
fn sign(kind: MediaKind) -> &'static str {
    match kind {
        MediaKind::Photo => "🖼",
        MediaKind::Video => "🎬",
        MediaKind::Animation => "🎞",
        MediaKind::Audio => "🎵",
        MediaKind::Document => "📎",
        MediaKind::Voice => "🎤",
        MediaKind::VideoNote => "📹",
        MediaKind::Sticker => "🏷",
    }
}
