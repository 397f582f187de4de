//! /privacy: what is kept, a copy of it, and forgetting (I14).

use crate::entitlements::Entitlements;
use crate::session::account::{Account, Phase};
use crate::session::turn::Effect;
use crate::session::{Capability, EndCause, SessionCore, Turn};
use crate::text::{Button, Screen};

pub(super) const CAPABILITY: Capability =
    Capability { prefix: "pv", commands: &["privacy"], on_command, on_press, repeatable: true };

/// Data of the export button. Asking for one's data changes nothing, so a press that comes again after a crash
/// is carried out again.
pub(super) const EXPORT: &str = "pv:export";

fn overview() -> Screen {
    Screen::text("privacy-text")
        .row([Button::new("privacy-export", EXPORT)])
        .row([Button::new("privacy-erase", "pv:erase")])
}

fn on_command(_core: &mut SessionCore, _privacy: &str, turn: &mut Turn<'_>) {
    turn.say(overview());
}

fn on_press(core: &mut SessionCore, parts: &[&str], turn: &mut Turn<'_>) {
    match parts {
        ["show"] => turn.show(overview()),
        ["keep"] => turn.show(Screen::text("privacy-erase-kept")),
        ["export"] => {
            turn.toast("privacy-export-wait");
            turn.push(Effect::Export);
        }
        ["erase"] => turn.show(
            Screen::text("privacy-erase-confirm")
                .row([Button::new("privacy-erase-no", "pv:keep")])
                .row([Button::new("privacy-erase-yes", "pv:erase-yes")]),
        ),
        ["erase-yes"] => {
            match core.account.phase {
                Phase::Chatting { pair, partner, .. } => {
                    turn.push(Effect::EndPair { pair, partner, cause: EndCause::Erased });
                }
                Phase::Searching { .. } => turn.push(Effect::Unseek),
                _ => {}
            }
            turn.show(Screen::text("privacy-erased"));
            turn.push(Effect::Erase);
            let applied = core.account.applied;
            core.account = Account::new(core.account.user, core.account.lang, turn.now());
            core.account.applied = applied;
            core.album = None;
            // The row goes with the rest; it may still be there when asked at once.
            core.entitled.learn(Some(Entitlements::default()), turn.now());
        }
        _ => turn.toast("error-old-button"),
    }
}
