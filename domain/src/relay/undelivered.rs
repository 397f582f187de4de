//! Why something did not reach the partner, in the words of its sender.

use crate::relay::content::Refused;
use serde::{Deserialize, Serialize};

/// Said to who sent it; owed to them until it has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Undelivered {
    /// It did not arrive; sent again it may.
    Failed,
    /// Telegram never said whether it arrived.
    Unsure,
    /// Telegram does not take it, now or later.
    Refused,
    /// An edit did not arrive.
    Edit,
    /// A message that was to be removed may still be there.
    Delete,
    /// The file is too large to be given a neutral name.
    TooLarge,
    /// Too many files wait to be passed on.
    FilesBusy,
    /// What is inside the file tells of its owner and cannot be taken out.
    Inside(Refused),
    /// The partner's settings let no voice messages through.
    NoVoice,
    /// The partner's settings let no round videos through.
    NoVideoNotes,
}

impl Undelivered {
    /// Locale key of the line.
    pub fn key(self) -> &'static str {
        match self {
            Undelivered::Failed => "chat-send-failed",
            Undelivered::Unsure => "chat-send-unsure",
            Undelivered::Refused => "chat-send-refused",
            Undelivered::Edit => "chat-edit-not-passed",
            Undelivered::Delete => "chat-delete-failed",
            Undelivered::TooLarge => "refused-too-large",
            Undelivered::FilesBusy => "chat-files-busy",
            Undelivered::Inside(refused) => refused.key(),
            Undelivered::NoVoice => "chat-no-voice",
            Undelivered::NoVideoNotes => "chat-no-video-notes",
        }
    }
}
