//! Why a run does not count.

use serde::Serialize;
use serde_json::{Value, json};
use std::fmt;

/// Share of its core that the load may use. Above it, latency is that of the load.
pub const MOST_BUSY: f64 = 0.7;
/// Share of its core that load and servers may use together.
pub const MOST_BUSY_WITH_SERVERS: f64 = 0.95;
/// How late the 99th percentile of messages may be sent, milliseconds.
pub const MOST_LATE_MS: f64 = 20.0;

/// What makes a run void.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Messages never arrived.
    Lost(u64),
    /// Messages arrived more than once.
    Doubled(u64),
    /// Messages arrived after a later one of the same sender.
    Reordered(u64),
    /// Messages reached somebody else than the partner.
    Astray(u64),
    /// The load used too much of its core in a round (counted from 1).
    GeneratorBusy(usize, f64),
    /// Load and servers together did.
    CoreBusy(usize, f64),
    /// Messages were sent later than due: 99th percentile, milliseconds, of a round.
    ScheduleMissed(usize, f64),
    /// Messages could not be sent at all.
    Refused(u64),
    /// The bot has ended.
    BotEnded(String),
    /// A bar was missed.
    Missed(String),
    /// Something else did not happen.
    Failed(String),
}

impl Reason {
    /// Its name in JSON.
    pub fn kind(&self) -> &'static str {
        match self {
            Reason::Lost(_) => "lost",
            Reason::Doubled(_) => "doubled",
            Reason::Reordered(_) => "reordered",
            Reason::Astray(_) => "astray",
            Reason::GeneratorBusy(..) => "generator_busy",
            Reason::CoreBusy(..) => "core_busy",
            Reason::ScheduleMissed(..) => "schedule_missed",
            Reason::Refused(_) => "refused",
            Reason::BotEnded(_) => "bot_ended",
            Reason::Missed(_) => "missed",
            Reason::Failed(_) => "failed",
        }
    }

    /// For the result.
    pub fn json(&self) -> Value {
        json!({"kind": self.kind(), "detail": self.to_string()})
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |share: &f64| share * 100.0;
        match self {
            Reason::Lost(n) => write!(f, "{n} messages were lost"),
            Reason::Doubled(n) => write!(f, "{n} messages arrived doubled"),
            Reason::Reordered(n) => write!(f, "{n} messages arrived out of order"),
            Reason::Astray(n) => write!(f, "{n} messages reached somebody else than the partner"),
            Reason::GeneratorBusy(round, share) => {
                let (share, most) = (percent(share), percent(&MOST_BUSY));
                write!(
                    f,
                    "the load was {share:.1}% busy in round {round}; above {most:.0}% it measures itself"
                )
            }
            Reason::CoreBusy(round, share) => {
                write!(f, "load and servers used {:.0}% of their core in round {round}", percent(share))
            }
            Reason::ScheduleMissed(round, ms) => write!(
                f,
                "the schedule was not kept in round {round}: a hundredth of the messages left {ms:.1} ms late or \
                 later, more than {MOST_LATE_MS:.0} ms"
            ),
            Reason::Refused(n) => {
                write!(f, "{n} messages could not be sent: too many updates waited for the bot")
            }
            Reason::BotEnded(how) => f.write_str(how),
            Reason::Missed(what) | Reason::Failed(what) => f.write_str(what),
        }
    }
}
