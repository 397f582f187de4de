//! Handles of files, which are good for one bot only: those of another bot than the first say whose
//! they are, wherever they are kept.
//!
//! Telegram's own handles are letters, digits, `-` and `_`
//! (<https://core.telegram.org/bots/api#sending-files>), so a colon can be in none.

use nameless_domain::ids::BotId;
use nameless_domain::relay::content::{Body, Media};
use nameless_domain::update::{Act, Update};

/// A handle that `bot` got from Telegram, as the engine knows it.
pub(crate) fn of(bot: BotId, handle: String) -> String {
    match bot {
        BotId::FIRST => handle,
        BotId(bot) => format!("{bot}:{handle}"),
    }
}

/// Whose a handle is, and what Telegram calls the file there.
pub(crate) fn read(handle: &str) -> (BotId, &str) {
    let of_another = handle.split_once(':').and_then(|(bot, rest)| Some((BotId(bot.parse().ok()?), rest)));
    of_another.unwrap_or((BotId::FIRST, handle))
}

/// What Telegram calls the file, for a call that is made by the bot whose it is.
pub(super) fn bare(handle: &str) -> &str {
    read(handle).1
}

/// Notes in an update of another bot than the first whose the files in it are.
pub(super) fn note(mut update: Update) -> Update {
    let bot = BotId::of_update(update.update_id);
    if bot == BotId::FIRST {
        return update;
    }
    if let Act::Message(message) | Act::Edited(message) = &mut update.act
        && let Body::Media { media, .. } = &mut message.body
    {
        let Media { file_id, preview, .. } = media;
        *file_id = of(bot, std::mem::take(file_id));
        *preview = preview.take().map(|preview| of(bot, preview.into_string()).into());
    }
    update
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_says_whose_it_is() {
        for bot in [BotId(0), BotId(1), BotId(99)] {
            let handle = of(bot, "AgACAgIAAxkB-_9".into());
            assert_eq!(read(&handle), (bot, "AgACAgIAAxkB-_9"));
            assert_eq!(bare(&handle), "AgACAgIAAxkB-_9");
        }
        assert_eq!(of(BotId::FIRST, "abc".into()), "abc");
        // What stands before a colon and is no bot belongs to the handle.
        assert_eq!(read("attach://x"), (BotId::FIRST, "attach://x"));
        assert_eq!(read("300:x"), (BotId::FIRST, "300:x"));
    }
}
