//! /privacy: what is kept, a copy of it, and forgetting (I14).

use crate::capabilities::Fact;
use crate::session::account::{Account, Phase};
use crate::session::turn::Effect;
use crate::session::{Asked, Command, EndCause, Feature, SessionCore, Turn, home};
use crate::text::{Button, Screen};

pub(super) const FEATURE: Feature = Feature {
    prefix: "pv",
    commands: &[Command::new("privacy", 110, "command-privacy").help("help-privacy").repeatable()],
    on_command,
    on_press,
};

/// Data of the export button. Asking for one's data changes nothing, so a press that comes again
/// after a crash is carried out again.
pub(super) const EXPORT: &str = "pv:export";

fn overview() -> Screen {
    let screen = Screen::text("privacy-text")
        .row([Button::new("privacy-export", EXPORT)])
        .row([Button::new("privacy-erase", "pv:erase")]);
    home::back(screen)
}

fn on_command(_core: &mut SessionCore, _: &Asked<'_>, turn: &mut Turn<'_>) {
    turn.say(overview());
}

impl SessionCore {
    /// Has a copy of the data made, unless one was not long ago: it costs the database as much as
    /// thousands of messages.
    fn export(&mut self, turn: &mut Turn<'_>) {
        let again = turn.rules.export_again_ms;
        if self.account.exported.is_some_and(|at| turn.now().since(at) < again) {
            turn.toast("privacy-export-lately");
            return turn.say(Screen::text("privacy-export-lately"));
        }
        self.account.exported = Some(turn.now());
        turn.save();
        self.export_again(turn);
    }

    /// The same for a press that comes again after a crash: nobody knows whether it was answered.
    pub(super) fn export_again(&mut self, turn: &mut Turn<'_>) {
        turn.toast("privacy-export-wait");
        turn.push(Effect::Export);
    }

    /// Forgets the person: what they have going on ends, they read `said`, and nothing of them is
    /// kept.
    pub(crate) fn erase(&mut self, turn: &mut Turn<'_>, said: impl FnOnce(&mut Turn<'_>)) {
        match self.account.phase {
            Phase::Chatting { pair, partner, .. } => {
                turn.push(Effect::EndPair { pair, partner, cause: EndCause::Erased });
            }
            Phase::Searching { .. } => turn.push(Effect::Unseek),
            _ => {}
        }
        said(turn);
        turn.push(Effect::Erase);
        let (applied, phase, bot) = (self.account.applied, self.account.phase, self.account.bot);
        self.account = Account::new(self.account.user, self.account.lang, turn.now());
        // In memory only: what is still to be said is said where they are.
        (self.account.applied, self.account.bot) = (applied, bot);
        // Who has just said that they are not 18 is not asked again before the day is over,
        // whatever they erase. The store remembers as much of it, too.
        if let Phase::Underage { .. } = phase {
            self.account.phase = phase;
        }
        self.album = None;
        self.tell(Fact::Erased, turn);
    }

    /// The copy could not be made or sent: it may be asked for again.
    pub(super) fn on_export_failed(&mut self, turn: &mut Turn<'_>) {
        self.account.exported = None;
        turn.say(Screen::text("privacy-export-failed"));
        turn.save();
    }
}

fn on_press(core: &mut SessionCore, parts: &[&str], turn: &mut Turn<'_>) {
    match parts {
        ["show"] => turn.show(overview()),
        ["keep"] => turn.show(home::back(Screen::text("privacy-erase-kept"))),
        ["export"] => core.export(turn),
        ["erase"] => turn.show(
            Screen::text("privacy-erase-confirm")
                .row([Button::new("privacy-erase-no", "pv:keep")])
                .row([Button::new("privacy-erase-yes", "pv:erase-yes")]),
        ),
        ["erase-yes"] => {
            core.erase(turn, |turn| turn.show(Screen::text("privacy-erased")));
        }
        _ => turn.toast("error-old-button"),
    }
}
