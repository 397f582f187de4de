//! Words at rest: sealed under their owner's key, each for its own place.

use crate::store::keys::SealingKey;
use crate::store::pg::Fault;

/// Which words.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part {
    /// A dialog's title.
    Title,
    /// What the person said in a turn.
    Asked,
    /// What was answered.
    Reply,
    /// What is to be remembered of somebody.
    Fact,
}

/// Identity of sealed words: where they stand.
fn aad(part: Part, (dialog, turn): (i64, i32)) -> Vec<u8> {
    let name = match part {
        Part::Title => "title",
        Part::Asked => "asked",
        Part::Reply => "reply",
        Part::Fact => "fact",
    };
    format!("companion:{name}:{dialog}:{turn}").into_bytes()
}

pub(super) fn seal(key: &SealingKey, part: Part, at: (i64, i32), words: &str) -> Result<Vec<u8>, Fault> {
    Ok(key.seal(words.as_bytes(), &aad(part, at))?)
}

pub(super) fn open(key: &SealingKey, part: Part, at: (i64, i32), sealed: &[u8]) -> Result<String, Fault> {
    String::from_utf8(key.open(sealed, &aad(part, at))?)
        .map_err(|_| Fault::Corrupt("words of a dialog that are no text".into()))
}
