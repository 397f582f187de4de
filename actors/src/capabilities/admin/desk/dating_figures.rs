//! Figures of dating, as operators see them. Where a number would tell of fewer than ten people,
//! there is none.

use nameless_domain::capabilities::reminders::Kind;
use nameless_domain::text::Msg;
use nameless_domain::time::Millis;
use serde::{Deserialize, Serialize};

/// How dating goes. People are counted in tens, shares are whole percents; of fewer than a hundred
/// people they are tens of percent, and none where part or rest are about fewer than ten.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DatingFigures {
    /// When it was counted.
    pub at: Millis,
    /// Profiles that are shown.
    pub profiles: Option<u32>,
    /// Of those, people who were here within 24 hours.
    pub today: Option<u32>,
    /// Percent of likes that became a match, of people who were here within a week.
    pub match_rate: Option<u32>,
    /// Matches of four weeks in whose last chat each side wrote 20 messages or more.
    pub conversations: Option<u32>,
    /// These, in percent of all matches of four weeks.
    pub conversation_rate: Option<u32>,
    /// People who came one to five weeks ago.
    pub newcomers: Option<u32>,
    /// Percent of them who had a match within their first seven days.
    pub newcomers_matched: Option<u32>,
    /// Gini coefficient of how often cards were shown within a week: 0 if all alike, 1 if only one.
    /// To 0.01; of fewer than a hundred people to 0.1.
    pub gini: Option<f64>,
    /// Percent of those who were here within a week whose card was shown to nobody meanwhile.
    pub starved: Option<u32>,
    /// How far those came who began within four weeks.
    pub funnel: DatingFunnel,
    /// What reminders of four weeks came to, by kind; none of which nothing can be told.
    #[serde(default)]
    pub reminders: Vec<ReminderFigures>,
}

/// What reminders of a kind came to, against people who were held out.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReminderFigures {
    /// Of what.
    pub kind: Kind,
    /// People who were reminded.
    pub reminded: Option<u32>,
    /// After what percent of reminders they came back within 24 hours.
    pub reminded_back: Option<u32>,
    /// People who were held out.
    pub held: Option<u32>,
    /// The same percent of them, at moments at which they would have been reminded.
    pub held_back: Option<u32>,
}

impl ReminderFigures {
    /// Locale key of its kind.
    pub fn key(&self) -> &'static str {
        match self.kind {
            Kind::Waiting => "reminders-kind-waiting",
            Kind::Match => "reminders-kind-match",
        }
    }
}

/// People who came so far.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DatingFunnel {
    /// Began a profile.
    pub began: Option<u32>,
    /// Finished it.
    pub finished: Option<u32>,
    /// Decided about a card.
    pub decided: Option<u32>,
    /// Liked somebody.
    pub liked: Option<u32>,
    /// Have a match.
    pub matched: Option<u32>,
    /// Talked to a match.
    pub talked: Option<u32>,
    /// Know who a match is.
    pub shared: Option<u32>,
}

impl DatingFunnel {
    /// Each step: name in texts, key of its label, people.
    pub fn steps(&self) -> [(&'static str, &'static str, Option<u32>); 7] {
        [
            ("began", "dating-step-began", self.began),
            ("finished", "dating-step-finished", self.finished),
            ("decided", "dating-step-decided", self.decided),
            ("liked", "dating-step-liked", self.liked),
            ("matched", "dating-step-matched", self.matched),
            ("talked", "dating-step-talked", self.talked),
            ("shared", "dating-step-shared", self.shared),
        ]
    }
}

impl DatingFigures {
    pub(super) fn lines(&self) -> Vec<Msg> {
        let told = |msg: Msg, name, value: Option<u32>| match value {
            Some(n) => msg.number(name, n.into()),
            None => msg.key(name, "dating-few"),
        };
        let share = |msg: Msg, name, value: Option<u32>| match value {
            Some(percent) => msg.words(name, format!("{percent} %")),
            None => msg.key(name, "dating-few"),
        };
        let mut all = Msg::new("admin-dating-figures").moment("at", self.at);
        for (name, value) in [
            ("profiles", self.profiles),
            ("today", self.today),
            ("conversations", self.conversations),
            ("newcomers", self.newcomers),
        ] {
            all = told(all, name, value);
        }
        for (name, value) in [
            ("match_rate", self.match_rate),
            ("conversation_rate", self.conversation_rate),
            ("newcomers_matched", self.newcomers_matched),
            ("starved", self.starved),
        ] {
            all = share(all, name, value);
        }
        all = match self.gini {
            Some(gini) => all.words("gini", gini.to_string()),
            None => all.key("gini", "dating-few"),
        };
        let steps = self.funnel.steps().into_iter();
        let steps = steps.fold(Msg::new("admin-dating-funnel"), |msg, (name, _, n)| told(msg, name, n));
        let reminders = self.reminders.iter().map(|one| {
            let msg = Msg::new("admin-reminders-figures").key("kind", one.key());
            let msg = told(told(msg, "reminded", one.reminded), "held", one.held);
            share(share(msg, "reminded_back", one.reminded_back), "held_back", one.held_back)
        });
        [all, steps].into_iter().chain(reminders).collect()
    }
}
