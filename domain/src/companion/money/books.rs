//! The books of reserves and of what was spent, by day. The store keeps the same in rows; these are
//! the rules, and what its statements are compared with.

use super::{Micros, Outcome};
use crate::companion::constants::ALERTS;
use crate::ids::UserId;
use rustc_hash::FxHashMap;

/// One call, named by who makes it.
pub type CallId = u64;
/// A day, counted from 1970-01-01 in UTC.
pub type Day = u32;

/// What may be spent in a day. Nothing is unlimited; 0 lets nothing through that costs anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caps {
    /// By one person, words and pictures together.
    pub person: Micros,
    /// By everybody.
    pub all: Micros,
    /// On pictures, by everybody.
    pub pictures: Micros,
    /// At each back end; one without an entry has 0.
    pub back_ends: FxHashMap<u16, Micros>,
}

/// Whose cap it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cap {
    /// One person's.
    Person(UserId),
    /// Everybody's.
    All,
    /// Everybody's for pictures.
    Pictures,
    /// A back end's.
    BackEnd(u16),
}

/// What a call is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Who asked for it.
    pub user: UserId,
    /// Which back end is called.
    pub back_end: u16,
    /// Whether it makes a picture.
    pub picture: bool,
}

impl Subject {
    fn caps(self) -> impl Iterator<Item = Cap> {
        let picture = self.picture.then_some(Cap::Pictures);
        [Cap::Person(self.user), Cap::All, Cap::BackEnd(self.back_end)].into_iter().chain(picture)
    }
}

/// Why a call is not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// This cap does not hold its worst case.
    Over(Cap),
    /// The same call has a reserve, or had one.
    Again,
}

/// A cap that has passed a mark for the first time in its day, in percent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alert {
    /// Which cap; never a person's.
    pub cap: Cap,
    /// The mark.
    pub percent: u32,
}

/// What settling did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// So much is spent, and so much of the reserve free again.
    Done {
        /// What counts as spent.
        spent: Micros,
        /// What the back end took beyond the reserve: its price list is wrong.
        beyond: Micros,
    },
    /// It was settled before, or never reserved: nothing changes.
    Nothing,
}

#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    reserved: Micros,
    spent: Micros,
    /// Marks told, counted.
    told: usize,
}

#[derive(Clone, Debug)]
struct Reserve {
    subject: Subject,
    day: Day,
    worst: Micros,
    open: bool,
}

/// Reserves and sums of today and of calls still open.
#[derive(Clone, Debug, Default)]
pub struct Books {
    caps: Caps,
    sums: FxHashMap<(Day, Cap), Sum>,
    calls: FxHashMap<CallId, Reserve>,
}

impl Books {
    /// Empty books under these caps.
    pub fn new(caps: Caps) -> Books {
        Books { caps, ..Books::default() }
    }

    /// Reserves the most that a call can cost. What is free passes every cap but is noted too, so
    /// that it settles once.
    pub fn reserve(
        &mut self,
        day: Day,
        id: CallId,
        subject: Subject,
        worst: Micros,
    ) -> Result<Vec<Alert>, Refusal> {
        if self.calls.contains_key(&id) {
            return Err(Refusal::Again);
        }
        for cap in subject.caps() {
            let taken = self.taken(day, cap).plus(worst);
            if worst > Micros::ZERO && taken > self.limit(cap) {
                return Err(Refusal::Over(cap));
            }
        }
        for cap in subject.caps() {
            let sum = self.sums.entry((day, cap)).or_default();
            sum.reserved = sum.reserved.plus(worst);
        }
        self.calls.insert(id, Reserve { subject, day, worst, open: true });
        Ok(subject.caps().filter_map(|cap| self.alert(day, cap)).collect())
    }

    /// Settles a call, once. It counts for the day on which it was reserved.
    pub fn settle(&mut self, id: CallId, outcome: Outcome) -> Settled {
        let Some(call) = self.calls.get_mut(&id).filter(|call| call.open) else { return Settled::Nothing };
        call.open = false;
        let Reserve { subject, day, worst, .. } = call.clone();
        let spent = match outcome {
            Outcome::NotSpent => Micros::ZERO,
            Outcome::Spent(amount) => amount,
            Outcome::Unknown => worst,
        };
        for cap in subject.caps() {
            let sum = self.sums.entry((day, cap)).or_default();
            sum.reserved = sum.reserved.minus(worst);
            sum.spent = sum.spent.plus(spent);
        }
        Settled::Done { spent, beyond: spent.minus(worst) }
    }

    /// Settles every call of an earlier process as unknown: what it did not settle may have cost.
    pub fn give_up_open(&mut self) -> usize {
        let open: Vec<CallId> = self.calls.iter().filter(|(_, call)| call.open).map(|(id, _)| *id).collect();
        for id in &open {
            self.settle(*id, Outcome::Unknown);
        }
        open.len()
    }

    /// Forgets what was settled before `day`; open calls stay.
    pub fn forget_before(&mut self, day: Day) {
        self.calls.retain(|_, call| call.open || call.day >= day);
        let open: Vec<Day> = self.calls.values().map(|call| call.day).collect();
        self.sums.retain(|(of, _), _| *of >= day || open.contains(of));
    }

    /// What is spent and reserved of a cap.
    pub fn taken(&self, day: Day, cap: Cap) -> Micros {
        let sum = self.sums.get(&(day, cap)).copied().unwrap_or_default();
        sum.reserved.plus(sum.spent)
    }

    /// What is spent of a cap.
    pub fn spent(&self, day: Day, cap: Cap) -> Micros {
        self.sums.get(&(day, cap)).map_or(Micros::ZERO, |sum| sum.spent)
    }

    fn limit(&self, cap: Cap) -> Micros {
        match cap {
            Cap::Person(_) => self.caps.person,
            Cap::All => self.caps.all,
            Cap::Pictures => self.caps.pictures,
            Cap::BackEnd(id) => self.caps.back_ends.get(&id).copied().unwrap_or_default(),
        }
    }

    /// The highest mark that a cap has newly passed. A person's cap alerts nobody.
    fn alert(&mut self, day: Day, cap: Cap) -> Option<Alert> {
        let limit = self.limit(cap);
        if matches!(cap, Cap::Person(_)) || limit == Micros::ZERO {
            return None;
        }
        let taken = self.taken(day, cap);
        let passed = |mark: &&u32| u128::from(taken.0) * 100 >= u128::from(limit.0) * u128::from(**mark);
        let marks = ALERTS.iter().take_while(passed).count();
        let sum = self.sums.get_mut(&(day, cap))?;
        if marks <= sum.told {
            return None;
        }
        sum.told = marks;
        Some(Alert { cap, percent: ALERTS[marks - 1] })
    }
}
