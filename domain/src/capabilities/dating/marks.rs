//! What became of a letter, as its writer sees it on the message that it is.

use super::letters::as_chat;
use super::token::Token;
use super::told::Withheld;
use crate::capabilities::Capability;
use crate::capabilities::faceguard::{Event as Taken, FaceGuard};
use crate::ids::{BotId, MessageId};
use crate::outgoing::Method;
use crate::session::{Effect, SessionCore, Turn};
use crate::text::{Msg, Screen};

/// How the bot marks a letter that it took: one of the reactions that bots may set
/// (<https://core.telegram.org/bots/api#reactiontypeemoji>).
const TAKEN: &str = "🕊";

/// Marks a message as a letter that was taken.
pub(super) fn mark(session: &SessionCore, message: MessageId, turn: &mut Turn<'_>) {
    react(session, message, &format!(r#"[{{"type":"emoji","emoji":"{TAKEN}"}}]"#), turn);
}

/// Letters that were taken will not arrive after all: their marks go, which says which ones.
pub(super) fn lost(
    session: &mut SessionCore,
    (bot, messages): (BotId, Vec<MessageId>),
    why: Option<(Token, Withheld)>,
    turn: &mut Turn<'_>,
) {
    if messages.is_empty() {
        return;
    }
    // They may be at another one by now, where these numbers are other messages'.
    session.answers_at(bot);
    for message in &messages {
        react(session, *message, "[]", turn);
    }
    match why {
        // As in a chat, where several at one time are told of once.
        Some((matched, Withheld::Refused(reason))) => {
            FaceGuard::on_event(session, Taken::Refused { pair: as_chat(matched), reason }, turn);
        }
        Some((_, Withheld::Far)) => turn.say(Screen::text("dating-letter-far")),
        None => {
            let count = i64::try_from(messages.len()).unwrap_or(i64::MAX);
            turn.say(Screen::of(Msg::new("dating-letter-failed").number("count", count)));
        }
    }
}

/// Sets the bot's reactions to a message: a JSON list, complete.
fn react(session: &SessionCore, message: MessageId, reactions: &str, turn: &mut Turn<'_>) {
    let (chat, message) = (session.account.user.0, message.0);
    let parameters = format!(r#"{{"chat_id":{chat},"message_id":{message},"reaction":{reactions}}}"#);
    let method = Method { name: "setMessageReaction", parameters, ..Method::default() };
    turn.push(Effect::Call(Box::new(method)));
}
