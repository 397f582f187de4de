//! A person's chats as a text to be read.

use super::lines::{shown, words_of};
use crate::capabilities::Dialogs;
use nameless_domain::time::Millis;
use std::fmt::Write as _;

/// Writes it: a heading for each chat, a line for each message.
pub(super) fn text(dialogs: &Dialogs) -> String {
    let mut text = format!("user {}\n", dialogs.user.0);
    for chat in &dialogs.chats {
        let ended = chat.ended.map_or_else(|| "goes on".to_owned(), moment);
        // Writing into a string does not fail.
        let _ = writeln!(text, "\nchat {}: {} to {ended}", chat.pair.0, moment(chat.opened));
        for line in &chat.messages {
            let _ = writeln!(text, "{} {}: {}", moment(line.at), line.from, shown(&words_of(&line.payload)));
        }
        if chat.unreadable > 0 {
            let _ = writeln!(text, "not readable any more: {}", chat.unreadable);
        }
    }
    if dialogs.more {
        text.push_str("\nThere is more than fits here.\n");
    }
    text
}

fn moment(at: Millis) -> String {
    let ((year, month, day), seconds) = (at.date(), at.time_of_day() / 1_000);
    format!(
        "{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}",
        seconds / 3_600,
        seconds / 60 % 60,
        seconds % 60
    )
}
