//! What a history is made of: how many people do how much, and which faults may happen.

use crate::rng::Rng;
use std::collections::BTreeSet;

macro_rules! faults {
    ($($(#[$doc:meta])* $name:ident = $word:literal),+ $(,)?) => {
        /// A kind of fault.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Fault {
            $($(#[$doc])* $name,)+
        }

        impl Fault {
            /// Every kind.
            pub const ALL: &'static [Fault] = &[$(Fault::$name),+];

            /// Its name on the command line and in reports.
            pub fn word(self) -> &'static str {
                match self {
                    $(Fault::$name => $word,)+
                }
            }
        }
    };
}

faults! {
    /// The process is killed: what was written survives, what was synced or not.
    Kill = "kill",
    /// The machine loses power: what was synced survives, of the rest any beginning.
    Power = "power",
    /// The process is stopped in order and started again.
    Restart = "restart",
    /// Telegram's answer to a call is lost; whether the call had happened is for chance.
    Ambiguous = "ambiguous",
    /// Telegram cannot be connected to for a while.
    Away = "away",
    /// A chat is told to wait some seconds.
    Wait = "wait",
    /// A chat is told to wait five minutes and more.
    LongWait = "long-wait",
    /// Everybody is told to wait for a while.
    Limit = "limit",
    /// Calls take up to ten seconds.
    Slow = "slow",
    /// Calls do not return within the client's patience.
    Hang = "hang",
    /// A call is refused for good.
    Refuse = "refuse",
    /// People block the bot and come back.
    Block = "block",
    /// The answer to `getUpdates` is lost.
    LostPoll = "lost-poll",
    /// `getUpdates` brings what was acknowledged before.
    Repeat = "repeat",
    /// The store takes up to some seconds for each operation.
    SlowStore = "slow-store",
    /// The store is away for a while.
    NoStore = "no-store",
    /// The answer to a commit is lost.
    LostCommit = "lost-commit",
    /// The journal's disk is slow.
    SlowDisk = "slow-disk",
    /// The journal's disk is full, or its fsync fails.
    BadDisk = "bad-disk",
    /// The journal takes no more updates for a while.
    FullJournal = "full-journal",
    /// The wall clock is set back by an hour or less.
    ClockBack = "clock-back",
    /// The wall clock is set forward by an hour or less.
    ClockForward = "clock-forward",
    /// People send far too fast.
    Flood = "flood",
    /// An update panics whoever handles it.
    Poison = "poison",
    /// An update kills the process that handles it.
    Deadly = "deadly",
    /// Actors die.
    Death = "death",
}

/// What adapters do wrong, as the product's did before they were mended. They are outside of the engine, so their faults
/// are put back here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wrong {
    /// A failed write is silent: marks are still said to be taken, and nothing ends.
    pub silent_journal: bool,
    /// Tries of an update are not counted over restarts, so one that kills the process does so for ever.
    pub uncounted: bool,
    /// There is no clock but that on the wall.
    pub one_clock: bool,
}

impl Wrong {
    /// Its parts by name.
    pub fn named(&mut self) -> [(&'static str, &mut bool); 3] {
        [
            ("silent-journal", &mut self.silent_journal),
            ("uncounted", &mut self.uncounted),
            ("one-clock", &mut self.one_clock),
        ]
    }
}

/// One history.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Where every choice comes from.
    pub seed: u64,
    /// Number of people, 2 and more.
    pub people: u64,
    /// What they do in all.
    pub steps: u64,
    /// What may go wrong.
    pub faults: BTreeSet<Fault>,
    /// Faults of the simulated journal itself.
    pub wrong: Wrong,
}

impl Plan {
    /// The history of a seed: a few people, a few kinds of fault.
    pub fn of(seed: u64) -> Plan {
        let mut rng = Rng::new(seed);
        let people = rng.skewed(2, 12);
        let steps = rng.between(20, 120);
        let share = [0, 80, 150, 250, 400][rng.below(5) as usize];
        let faults = Fault::ALL.iter().copied().filter(|_| rng.permille(share)).collect();
        Plan { seed, people, steps, faults, wrong: Wrong::default() }
    }

    /// Whether a kind of fault may happen.
    pub fn has(&self, fault: Fault) -> bool {
        self.faults.contains(&fault)
    }

    /// The command that plays it again.
    pub fn command(&self) -> String {
        let faults: Vec<_> = self.faults.iter().map(|f| f.word()).collect();
        let mut command = format!(
            "cargo run -p nameless-dst -- --seed {} --people {} --steps {} --faults {}",
            self.seed,
            self.people,
            self.steps,
            if faults.is_empty() { "none".to_owned() } else { faults.join(",") }
        );
        for (word, wrong) in self.wrong.clone().named() {
            if *wrong {
                command.push_str(" --wrong ");
                command.push_str(word);
            }
        }
        command
    }
}
