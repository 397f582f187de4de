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
    /// A process stands still for up to half a minute, and goes on. Only of two nodes, as those
    /// below.
    Freeze = "freeze",
    /// Both nodes are stopped in order and started again, one after the other.
    Rolling = "rolling",
    /// Redis is away for a while.
    NoRedis = "no-redis",
    /// Redis takes up to some seconds for an operation.
    SlowRedis = "slow-redis",
    /// An answer of Redis is lost.
    LostReply = "lost-reply",
    /// Redis loses all that it holds.
    EmptyRedis = "empty-redis",
}

impl Fault {
    /// Only two nodes know it.
    pub fn is_of_two(self) -> bool {
        use Fault::*;
        matches!(self, Freeze | Rolling | NoRedis | SlowRedis | LostReply | EmptyRedis)
    }

    /// Only one node alone knows it: its journal is on its disk.
    pub fn is_of_one(self) -> bool {
        use Fault::*;
        matches!(self, Power | SlowDisk | BadDisk | FullJournal)
    }
}

/// What adapters do wrong, as the product's did before they were mended. They are outside of the
/// engine, so their faults are put back here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wrong {
    /// A failed write is silent: marks are still said to be taken, and nothing ends.
    pub silent_journal: bool,
    /// Tries of an update are not counted over restarts, so one that kills the process does so for
    /// ever.
    pub uncounted: bool,
    /// There is no clock but that on the wall.
    pub one_clock: bool,
    /// Nobody asks whether a lease holds, and no write is fenced.
    pub stale_holder: bool,
    /// Positions in the shared journal go by the wall clock.
    pub wall_positions: bool,
}

impl Wrong {
    /// Its parts by name.
    pub fn named(&mut self) -> [(&'static str, &mut bool); 5] {
        [
            ("silent-journal", &mut self.silent_journal),
            ("uncounted", &mut self.uncounted),
            ("one-clock", &mut self.one_clock),
            ("stale-holder", &mut self.stale_holder),
            ("wall-positions", &mut self.wall_positions),
        ]
    }
}

/// One history.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Where every choice comes from.
    pub seed: u64,
    /// Number of nodes, 1 or 2.
    pub nodes: u64,
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
        let faults = Fault::ALL.iter().copied().filter(|_| rng.permille(share));
        let faults = faults.filter(|fault| !fault.is_of_two()).collect();
        Plan { seed, nodes: 1, people, steps, faults, wrong: Wrong::default() }
    }

    /// The history of a seed on two nodes.
    pub fn of_two(seed: u64) -> Plan {
        let mut rng = Rng::new(seed.wrapping_add(1 << 40));
        let people = rng.skewed(2, 8);
        let steps = rng.between(20, 80);
        let share = [0, 80, 150, 250][rng.below(4) as usize];
        let faults = Fault::ALL.iter().copied().filter(|_| rng.permille(share));
        let faults = faults.filter(|fault| !fault.is_of_one()).collect();
        Plan { seed, nodes: 2, people, steps, faults, wrong: Wrong::default() }
    }

    /// Whether a kind of fault may happen.
    pub fn has(&self, fault: Fault) -> bool {
        self.faults.contains(&fault)
    }

    /// The command that plays it again.
    pub fn command(&self) -> String {
        let faults: Vec<_> = self.faults.iter().map(|f| f.word()).collect();
        let mut command = format!(
            "cargo run -p nameless-dst -- --seed {} --nodes {} --people {} --steps {} --faults {}",
            self.seed,
            self.nodes,
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
