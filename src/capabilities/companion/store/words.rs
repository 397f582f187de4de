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
    /// A picture's bytes.
    Picture,
    /// Telegram's handle of one.
    File,
    /// A character of somebody's own.
    Own,
    /// What it looks like.
    Face,
    /// The copy of it that they share.
    Shared,
    /// What that looks like.
    SharedFace,
    /// What a dialog's older turns are summed up in.
    Summary,
    /// What was meant in a turn, as a model's vector.
    Vector,
}

/// Identity of sealed words: where they stand.
fn aad(part: Part, (dialog, turn): (i64, i32)) -> Vec<u8> {
    let name = match part {
        Part::Title => "title",
        Part::Asked => "asked",
        Part::Reply => "reply",
        Part::Fact => "fact",
        Part::Picture => "picture",
        Part::File => "file",
        Part::Own => "own",
        Part::Face => "face",
        Part::Shared => "shared",
        Part::SharedFace => "shared face",
        Part::Summary => "summary",
        Part::Vector => "vector",
    };
    format!("companion:{name}:{dialog}:{turn}").into_bytes()
}

pub(super) fn seal(key: &SealingKey, part: Part, at: (i64, i32), words: &str) -> Result<Vec<u8>, Fault> {
    seal_bytes(key, part, at, words.as_bytes())
}

pub(super) fn seal_bytes(
    key: &SealingKey,
    part: Part,
    at: (i64, i32),
    bytes: &[u8],
) -> Result<Vec<u8>, Fault> {
    Ok(key.seal(bytes, &aad(part, at))?)
}

pub(super) fn open(key: &SealingKey, part: Part, at: (i64, i32), sealed: &[u8]) -> Result<String, Fault> {
    String::from_utf8(open_bytes(key, part, at, sealed)?)
        .map_err(|_| Fault::Corrupt("words of a dialog that are no text".into()))
}

pub(super) fn open_bytes(
    key: &SealingKey,
    part: Part,
    at: (i64, i32),
    sealed: &[u8],
) -> Result<Vec<u8>, Fault> {
    Ok(key.open(sealed, &aad(part, at))?)
}
