//! What a person says about a chat: ratings, reports, blocks.

use crate::capabilities::again;
use crate::ids::{PairId, UserId};
use crate::session::account::Phase;
use crate::session::turn::{Effect, Record};
use crate::session::{Asked, Command, EndCause, Feature, SessionCore, Turn, ending, search};
use crate::text::{Button, Screen};
use serde::{Deserialize, Serialize};

/// Why a partner is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportReason {
    /// Seems to be under 18, or writes of minors sexually.
    Minor,
    /// Insults, threats, harassment.
    Abuse,
    /// Unwanted sexual content.
    Sexual,
    /// Advertising, selling, fraud.
    Spam,
    /// Anything else.
    Other,
}

impl ReportReason {
    /// Every reason, in the order in which they are offered.
    pub const ALL: [ReportReason; 5] = [
        ReportReason::Minor,
        ReportReason::Abuse,
        ReportReason::Sexual,
        ReportReason::Spam,
        ReportReason::Other,
    ];

    /// Locale key of the button, and short name in the store after the dash.
    pub fn key(self) -> &'static str {
        match self {
            ReportReason::Minor => "reason-minor",
            ReportReason::Abuse => "reason-abuse",
            ReportReason::Sexual => "reason-sexual",
            ReportReason::Spam => "reason-spam",
            ReportReason::Other => "reason-other",
        }
    }
}

pub(super) const FEATURE: Feature = Feature {
    prefix: "fb",
    commands: &[Command::new("report", 60, "command-report").help("help-report").repeatable()],
    on_command,
    on_press,
};

fn reasons(chat: &Chat) -> Screen {
    let question = if chat.live { "report-ask-live" } else { "report-ask" };
    ReportReason::ALL.into_iter().enumerate().fold(Screen::text(question), |s, (i, reason)| {
        s.row([Button::new(reason.key(), format!("fb:r:{}:{i}", chat.pair.0))])
    })
}

fn on_command(core: &mut SessionCore, _: &Asked<'_>, turn: &mut Turn<'_>) {
    let last = core.account.last_chat.map(|l| l.pair);
    match core.account.pair().or(last).and_then(|pair| core.chat_of(pair, turn)) {
        Some(chat) if chat.reported => turn.say(Screen::text("report-already")),
        Some(chat) => turn.say(reasons(&chat)),
        None => turn.say(search::home("report-none")),
    }
}

fn on_press(core: &mut SessionCore, parts: &[&str], turn: &mut Turn<'_>) {
    let (verb, pair) = match parts {
        [verb, pair, ..] => (*verb, pair.parse().ok().map(PairId)),
        _ => return turn.toast("error-old-button"),
    };
    // Only the live chat and the last one, whatever a hostile client makes up.
    let Some(chat) = pair.and_then(|pair| core.chat_of(pair, turn)) else {
        let rating = matches!(verb, "up" | "down");
        return turn.toast(if rating { "rate-too-late" } else { "report-too-late" });
    };
    match (verb, parts.get(2)) {
        ("up" | "down", None) => core.rate(chat, verb == "up", turn),
        ("report", None) if chat.reported => turn.toast("report-already"),
        ("report", None) => turn.say(reasons(&chat)),
        ("block", None) => core.block(chat, turn),
        ("r", Some(index)) => match index.parse::<usize>().ok().and_then(|i| ReportReason::ALL.get(i)) {
            Some(&reason) => core.report(chat, reason, turn),
            None => turn.toast("error-old-button"),
        },
        _ => turn.toast("error-old-button"),
    }
}

/// A chat that feedback can be given on.
struct Chat {
    pair: PairId,
    partner: UserId,
    live: bool,
    rated: bool,
    reported: bool,
}

impl SessionCore {
    fn chat_of(&self, pair: PairId, turn: &Turn<'_>) -> Option<Chat> {
        if let Phase::Chatting { pair: live, partner, .. } = self.account.phase
            && live == pair
        {
            return Some(Chat { pair, partner, live: true, rated: false, reported: false });
        }
        let last = self.account.last_chat.filter(|l| l.pair == pair)?;
        (turn.now().since(last.ended) < turn.rules.feedback_window_ms).then_some(Chat {
            pair,
            partner: last.partner,
            live: false,
            rated: last.rated,
            reported: last.reported,
        })
    }

    fn rate(&mut self, chat: Chat, up: bool, turn: &mut Turn<'_>) {
        if chat.rated || chat.live {
            return turn.toast("rate-already");
        }
        if let Some(last) = &mut self.account.last_chat {
            last.rated = true;
        }
        turn.push(Effect::Record(Record::Rated { pair: chat.pair, of: chat.partner, up }));
        turn.toast("rate-thanks");
        if self.account.phase == Phase::Idle {
            let screen = ending::after_chat(Screen::text("rate-thanks"), chat.pair, false);
            turn.show(again::with_button(self, screen, chat.pair, turn.rules, turn.now()));
        }
        turn.save();
    }

    fn report(&mut self, chat: Chat, reason: ReportReason, turn: &mut Turn<'_>) {
        if chat.reported {
            return turn.toast("report-already");
        }
        turn.push(Effect::Record(Record::Reported { pair: chat.pair, of: chat.partner, reason }));
        let for_good = self.part_for_good(&chat, turn);
        if let Some(last) = &mut self.account.last_chat {
            last.reported = true;
        }
        turn.show(search::home(if for_good { "report-sent" } else { "report-sent-full" }));
        turn.save();
    }

    fn block(&mut self, chat: Chat, turn: &mut Turn<'_>) {
        let together = self.account.pair().is_some();
        let done = if self.part_for_good(&chat, turn) { "block-done" } else { "block-full" };
        turn.toast(done);
        if together && self.account.phase == Phase::Idle {
            turn.say(search::home(done));
        }
        turn.save();
    }

    /// Never again these two; if they are together, not any longer. A running search hears of it
    /// too. False if no more people can be blocked: then they part for now, and nothing more is
    /// promised.
    fn part_for_good(&mut self, chat: &Chat, turn: &mut Turn<'_>) -> bool {
        // Where the repeat window is short they can be together in a later chat than the one in
        // question.
        if let Phase::Chatting { pair, partner, .. } = self.account.phase
            && partner == chat.partner
        {
            self.album = None;
            self.note_end(pair, EndCause::Reported, turn);
            turn.push(Effect::EndPair { pair, partner, cause: EndCause::Reported });
        }
        let known = self.account.blocked.has(chat.partner);
        let for_good = self.account.blocked.add(chat.partner, turn.rules.blocks_per_user);
        if for_good && !known {
            turn.push(Effect::Record(Record::Blocked { of: chat.partner }));
        }
        self.seek(turn);
        for_good
    }
}
