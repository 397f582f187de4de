//! Somebody talks to a character while the process ends at named moments: what the tests of that
//! begin with.

use super::process::{Bot, nameless, variables};
use crate::support::app::quick_simulator;
use crate::support::characters::BackEnds;
use crate::support::people::{onboard, person, press, sees_part};
use nameless_simulator::{SimUser, Simulator};
use tempfile::TempDir;

/// Where a bot with characters lives, one life after the other.
pub struct Place {
    simulator: Simulator,
    folder: TempDir,
    back_ends: BackEnds,
}

impl Place {
    /// With these back ends.
    pub fn new(back_ends: BackEnds) -> Place {
        let simulator = Simulator::start(quick_simulator()).expect("a simulator");
        Place { simulator, folder: tempfile::tempdir().expect("a folder"), back_ends }
    }

    fn settings(&self, die_at: Option<&str>) -> Vec<(&'static str, String)> {
        let mut all = variables(&self.simulator.url(), self.folder.path());
        all.push(("COMPANIONS", self.back_ends.path().display().to_string()));
        all.extend(die_at.map(|at| ("NAMELESS_DIE_AT", at.to_owned())));
        all
    }

    /// A life of the bot, which ends at a moment if one is named.
    pub fn serve(&self, die_at: Option<&str>) -> Bot {
        Bot::serve(&self.settings(die_at))
    }

    /// Somebody who has begun to talk to Vera, while the bot lives: words before that are for
    /// nobody.
    pub async fn anna(&self) -> SimUser {
        let anna = person(&self.simulator.world(), "anna");
        onboard(&anna, 0).await;
        anna.send_text("/characters");
        press(&anna, "ch:new:vera").await;
        sees_part(&anna, "Vera · AI").await;
        anna
    }

    /// A token of an owner's for the operators' API.
    pub fn token(&self) -> String {
        let args = ["token", "create", "test", "--role", "owner", "--days", "1"];
        let output = nameless(&args, &self.settings(None)).output().expect("it runs");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let token = said.split_whitespace().find(|word| word.starts_with("nameless_"));
        token.unwrap_or_else(|| panic!("{said}")).to_owned()
    }
}
