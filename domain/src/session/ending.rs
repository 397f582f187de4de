//! The end of a chat: /stop, /next, and the partner's going.

use crate::capabilities::{Fact, again, companion};
use crate::ids::PairId;
use crate::session::account::{LastChat, Phase};
use crate::session::notice::Notice;
use crate::session::turn::Effect;
use crate::session::{Asked, Command, EndCause, Feature, SessionCore, Turn, home};
use crate::text::{Button, Screen};

/// What a process that died has left comes again within this time, as a rule.
const LATELY_MS: i64 = 600_000;

pub(super) const FEATURE: Feature = Feature {
    prefix: "end",
    commands: &[
        Command::new("next", 20, "command-next").help("help-next"),
        Command::new("stop", 30, "command-stop").help("help-stop"),
    ],
    on_command,
    on_press,
};

/// Rows of buttons after a chat: search again, rate, report, block.
pub(super) fn after_chat(screen: Screen, pair: PairId, rating: bool) -> Screen {
    let mut screen = screen.row([Button::new("search-again", "s:go")]);
    if rating {
        screen = rating_row(screen, pair);
    }
    feedback_row(screen, pair)
}

fn rating_row(screen: Screen, pair: PairId) -> Screen {
    screen.row([
        Button::new("rate-up", format!("fb:up:{}", pair.0)),
        Button::new("rate-down", format!("fb:down:{}", pair.0)),
    ])
}

fn feedback_row(screen: Screen, pair: PairId) -> Screen {
    screen.row([
        Button::new("report-button", format!("fb:report:{}", pair.0)),
        Button::new("block-button", format!("fb:block:{}", pair.0)),
    ])
}

fn on_command(core: &mut SessionCore, asked: &Asked<'_>, turn: &mut Turn<'_>) {
    let next = asked.command == "next";
    match core.account.phase {
        Phase::Chatting { pair, since, .. } => {
            let young = turn.now().since(since) < turn.rules.confirm_end_under_ms;
            if young && core.account.confirm_end {
                let (yes, verb) =
                    if next { ("ended-confirm-next", "next") } else { ("ended-confirm-yes", "stop") };
                turn.say(
                    Screen::text("ended-confirm")
                        .row([Button::new(yes, format!("end:{verb}:{}", pair.0))])
                        .row([Button::new("ended-confirm-no", "end:stay")]),
                );
            } else {
                core.end_chat(next, turn);
            }
        }
        _ if next => core.begin_search(turn),
        Phase::Searching { .. } => {
            core.stop_search(turn);
            core.tell(Fact::Stopped, turn);
        }
        Phase::Companion { .. } => {
            companion::leave(core, turn);
            core.tell(Fact::Stopped, turn);
        }
        _ => {
            turn.say(home::below("chat-none", turn.rules));
            core.tell(Fact::Stopped, turn);
        }
    }
}

fn on_press(core: &mut SessionCore, parts: &[&str], turn: &mut Turn<'_>) {
    match parts {
        ["stay"] if core.account.pair().is_some() => turn.show(Screen::text("ended-kept")),
        [verb @ ("stop" | "next"), pair]
            if core.account.pair().is_some_and(|live| pair.parse() == Ok(live.0)) =>
        {
            core.end_chat(*verb == "next", turn);
        }
        _ => turn.toast("error-old-button"),
    }
}

impl SessionCore {
    /// Ends the live chat at the user's wish, and searches on for /next.
    pub(crate) fn end_chat(&mut self, next: bool, turn: &mut Turn<'_>) {
        let Phase::Chatting { pair, partner, .. } = self.account.phase else { return };
        // What waits for the rest of an album goes too: the end purges what is not delivered.
        self.album = None;
        let cause = if next { EndCause::Next } else { EndCause::Stopped };
        self.note_end(pair, cause, turn);
        turn.push(Effect::EndPair { pair, partner, cause });
        if next {
            let screen = Screen::text("ended-next").row([Button::new("search-stop-button", "s:stop")]);
            let screen = feedback_row(rating_row(screen, pair), pair);
            turn.say(again::with_button(self, screen, pair, turn.rules, turn.now()));
            self.start_search(turn);
        } else {
            let screen = after_chat(Screen::text("ended-by-you"), pair, true);
            turn.say(again::with_button(self, screen, pair, turn.rules, turn.now()));
            turn.save();
            self.tell(Fact::Stopped, turn);
        }
    }

    /// A /stop that comes again, as the process died before it was known that its answer had left:
    /// the chat that it ended is over, with all that can be said of it. False if none ended lately.
    pub(super) fn stopped_again(&self, turn: &mut Turn<'_>) -> bool {
        let Phase::Idle = self.account.phase else { return false };
        let lately = |last: &LastChat| turn.now().since(last.ended) < LATELY_MS;
        let Some(last) = self.account.last_chat.filter(lately) else { return false };
        let screen = after_chat(Screen::text("ended-by-you"), last.pair, !last.rated);
        turn.say(again::with_button(self, screen, last.pair, turn.rules, turn.now()));
        true
    }

    /// Ends whatever goes on, not at the user's wish and without a word to them: the partner hears
    /// that they have gone. The chat that ended, if there was one.
    pub(crate) fn put_out(&mut self, turn: &mut Turn<'_>) -> Option<PairId> {
        self.album = None;
        match self.account.phase {
            Phase::Chatting { pair, partner, .. } => {
                self.note_end(pair, EndCause::Vanished, turn);
                turn.push(Effect::EndPair { pair, partner, cause: EndCause::Vanished });
                turn.save();
                Some(pair)
            }
            Phase::Searching { .. } => {
                self.account.phase = Phase::Idle;
                turn.push(Effect::Unseek);
                turn.save();
                None
            }
            Phase::Companion { .. } => {
                self.account.phase = Phase::Idle;
                turn.save();
                None
            }
            Phase::Onboarding { .. } | Phase::Underage { .. } | Phase::Idle => None,
        }
    }

    pub(super) fn on_pair_ended(&mut self, pair: PairId, cause: EndCause, turn: &mut Turn<'_>) {
        if self.account.pair() != Some(pair) {
            // Word of its beginning may come yet: the two come from different actors.
            self.over = Some(pair);
            return;
        }
        self.album = None;
        self.note_end(pair, cause, turn);
        turn.notify(Notice::ChatEnded { pair, cause });
        turn.save();
    }

    /// Becomes idle and remembers the chat for ratings and reports.
    pub(super) fn note_end(&mut self, pair: PairId, cause: EndCause, turn: &mut Turn<'_>) {
        if let Phase::Chatting { partner, .. } = self.account.phase {
            self.account.last_chat =
                Some(LastChat { pair, partner, ended: turn.now(), rated: false, reported: false });
            let until = turn.now().plus(turn.rules.repeat_window_ms);
            self.avoid(partner, until, turn.rules.avoid_per_user);
            self.account.phase = Phase::Idle;
            self.tell(Fact::ChatEnded { pair, partner, cause }, turn);
        }
    }
}
