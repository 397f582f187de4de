//! The chat with a match: how it begins, and how it ends with the match.

use super::bot::Token;
use super::{letters, screens};
use crate::ids::{PairId, UserId};
use crate::session::account::Phase;
use crate::session::notice::Notice;
use crate::session::{Effect, EndCause, SessionCore, Turn};
use crate::text::Screen;

/// The chat with a match begins where nobody else is talked to; elsewhere it ends at once.
pub(super) fn begin(
    session: &mut SessionCore,
    (pair, partner): (PairId, UserId),
    (name, matched): (String, Option<Token>),
    turn: &mut Turn<'_>,
) {
    let is_here = matches!(session.account.phase, Phase::Idle | Phase::Searching { .. })
        || session.account.pair() == Some(pair);
    if is_here && session.account.letter == matched {
        // What they write to this match is said in the chat from now on.
        letters::lay_down(session, turn);
    }
    match session.account.phase {
        Phase::Chatting { pair: live, .. } if live == pair => {}
        Phase::Idle | Phase::Searching { .. } if !session.is_shadowed(turn.now()) => {
            session.capabilities.dating.talks = Some(Box::new((pair, name)));
            let line = Notice::ChatBegan { pair, common: Default::default(), again: false, matched: true };
            session.enter_chat(pair, partner, line, turn);
        }
        _ => {
            turn.push(Effect::EndPair { pair, partner, cause: EndCause::Stopped });
            letters::remind(session, turn);
        }
    }
}

/// What the line says that owes this chat's beginning; none where the name is not known: the line
/// is kept without it, and a later life has only that.
pub(crate) fn began(session: &SessionCore, pair: PairId) -> Option<Screen> {
    let (of, name) = session.capabilities.dating.talks.as_deref()?;
    (*of == pair).then(|| screens::talks_to(name.clone()))
}

/// The chat with somebody who is no match any more ends. Who is blocked is met in no other: the
/// store knows that already, a session that is awake and its running search hear of it here.
pub(super) fn part(session: &mut SessionCore, partner: UserId, blocked: bool, turn: &mut Turn<'_>) {
    if blocked {
        session.account.blocked.add(partner, turn.rules.blocks_per_user);
        turn.save();
    }
    if matches!(session.account.phase, Phase::Chatting { partner: other, .. } if other == partner) {
        session.end_chat(false, turn);
    } else if blocked {
        session.seek(turn);
    }
}
