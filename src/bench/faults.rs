//! Bad days of the simulated Telegram, by share of the calls that send something.

use nameless_simulator::{FaultAction, FaultRule, World};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// A fault by its name on the command line.
struct Known {
    name: &'static str,
    action: fn() -> FaultAction,
}

/// `-after` faults happen after the message was taken: a bot cannot know, and one that tries again
/// doubles it.
const KNOWN: [Known; 6] = [
    Known { name: "429", action: || FaultAction::TooManyRequests { retry_after: 1 } },
    Known { name: "5xx", action: || FaultAction::ServerErrorBefore { status: 502 } },
    Known { name: "5xx-after", action: || FaultAction::ServerErrorAfter { status: 502 } },
    Known { name: "drop", action: || FaultAction::DropBefore },
    Known { name: "drop-after", action: || FaultAction::DropAfter },
    Known { name: "slow", action: || FaultAction::Latency { min_ms: 50, max_ms: 250 } },
];

/// Calls that faults befall.
const METHODS: [&str; 8] = [
    "sendMessage",
    "sendPhoto",
    "sendVideo",
    "sendAnimation",
    "sendVoice",
    "sendAudio",
    "sendDocument",
    "copyMessage",
];

/// Shares of calls per fault, in millionths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FaultShares(Vec<(usize, u32)>);

/// Faults that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error(
    "not of the form 429=0.001,slow=0.01 with faults out of 429, 5xx, 5xx-after, drop, drop-after, slow and shares up to 1"
)]
pub struct BadFaults;

impl FromStr for FaultShares {
    type Err = BadFaults;

    fn from_str(text: &str) -> Result<FaultShares, BadFaults> {
        let part = |part: &str| {
            let (name, share) = part.split_once('=').ok_or(BadFaults)?;
            let known = KNOWN.iter().position(|k| k.name == name.trim()).ok_or(BadFaults)?;
            let share: f64 = share.trim().parse().map_err(|_| BadFaults)?;
            (0.0..=1.0).contains(&share).then_some((known, (share * 1e6).round() as u32)).ok_or(BadFaults)
        };
        let parts: Result<Vec<_>, _> = text.split(',').filter(|p| !p.trim().is_empty()).map(part).collect();
        Ok(FaultShares(parts?))
    }
}

impl fmt::Display for FaultShares {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, (known, share)) in self.0.iter().enumerate() {
            let comma = if n > 0 { "," } else { "" };
            write!(f, "{comma}{}={}", KNOWN[*known].name, f64::from(*share) / 1e6)?;
        }
        Ok(())
    }
}

impl FaultShares {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Begins to apply them.
    pub fn apply(&self, world: &World) {
        for (known, share) in &self.0 {
            for method in METHODS {
                let rule = FaultRule::new((KNOWN[*known].action)()).on(method);
                world.faults().add(rule.probability(f64::from(*share) / 1e6));
            }
        }
    }
}

/// Has each `getUpdates` take that long before it looks for updates.
pub fn slow_polls(world: &World, latency: Duration) {
    let ms = u64::try_from(latency.as_millis()).unwrap_or(u64::MAX);
    world.faults().add(FaultRule::new(FaultAction::Latency { min_ms: ms, max_ms: ms }).on("getUpdates"));
}

#[cfg(test)]
mod tests {
    use super::FaultShares;

    #[test]
    fn shares_are_read_and_shown() {
        let faults: FaultShares = "429=0.001, slow=0.5".parse().unwrap();
        assert_eq!(faults.to_string(), "429=0.001,slow=0.5");
        assert!("".parse::<FaultShares>().unwrap().is_empty());
        for bad in ["429", "429=2", "429=-1", "418=0.1", "429=x", "429=nan"] {
            assert!(bad.parse::<FaultShares>().is_err(), "{bad}");
        }
    }
}
