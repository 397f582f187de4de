//! What is counted for each of the operator's bots.

use super::meters::Count;
use nameless_domain::ids::BotId;
use std::sync::atomic::{AtomicBool, Ordering};

/// The counters of one bot.
#[derive(Debug, Default)]
pub struct OfBot {
    /// Its updates that the engine has taken.
    pub updates: Count,
    /// Calls of the outbox in its name that have come back, however.
    pub calls: Count,
    /// Those of them that were refused to the bot itself: its token is not accepted, or somebody
    /// has blocked it or is gone. What is wrong with a message or a file is not the bot's.
    pub refused: Count,
    /// Those of them that were told to wait (429).
    pub told_to_wait: Count,
    /// Seekers waiting now, of the crowd that goes by this bot (`CrowdId`).
    pub seekers: Count,
    /// It is one of those that are configured.
    is_run: AtomicBool,
}

impl OfBot {
    /// What they are called and what they say, with their values.
    pub fn figures(&self) -> [(&'static str, &'static str, u64); 4] {
        [
            ("bot_updates", "Updates taken from Telegram, by bot.", self.updates.get()),
            ("bot_calls", "Calls of the outbox that have come back, however, by bot.", self.calls.get()),
            (
                "bot_refused",
                "Those of them that were refused to the bot itself (its token, or people who blocked it or are \
                 gone), by bot.",
                self.refused.get(),
            ),
            (
                "bot_told_to_wait",
                "Those of them that were told to wait (429), by bot.",
                self.told_to_wait.get(),
            ),
        ]
    }

    /// It is run: its figures are told from now on, whether it does anything or not.
    pub fn runs(&self) {
        self.is_run.store(true, Ordering::Relaxed);
    }

    fn is_idle(&self) -> bool {
        !self.is_run.load(Ordering::Relaxed) && self.figures().iter().all(|(.., value)| *value == 0)
    }
}

/// The counters of all: as many as there are numbers, of which [`BotId::MOST`] are ever given.
#[derive(Debug)]
pub struct ByBot(Box<[OfBot; 256]>);

impl Default for ByBot {
    fn default() -> ByBot {
        ByBot(Box::new(std::array::from_fn(|_| OfBot::default())))
    }
}

impl ByBot {
    /// One bot's.
    pub fn of(&self, bot: BotId) -> &OfBot {
        &self.0[usize::from(bot.0)]
    }

    /// Those that are run or have done anything, and the main one.
    pub fn seen(&self, main: BotId) -> Vec<(BotId, &OfBot)> {
        let all = self.0.iter().enumerate().map(|(at, of)| (BotId(at as u8), of));
        all.filter(|(bot, of)| *bot == main || !of.is_idle()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_run_or_did_something_is_told_of_and_the_main_one() {
        let bots = ByBot::default();
        let seen = |main| bots.seen(BotId(main)).iter().map(|(bot, _)| bot.0).collect::<Vec<_>>();
        assert_eq!(seen(0), [0]);
        bots.of(BotId(3)).calls.add(1);
        bots.of(BotId(255)).refused.add(1);
        assert_eq!((seen(0), seen(3)), (vec![0, 3, 255], vec![3, 255]));
        bots.of(BotId(7)).runs();
        assert_eq!(seen(3), [3, 7, 255]);
        assert_eq!(bots.of(BotId(7)).figures().map(|(.., value)| value), [0; 4]);
    }
}
