//! What two people said of each other: one record for an unordered pair, so that one row decides.
//!
//! Two likes that come at the same moment meet in the same row. Whichever is second finds the first
//! and makes the match: exactly one (I17). The record also answers whether a card was swiped, and
//! whether one of the two blocked the other.
//!
//! A pair is *open*, *matched*, or *closed*: an unmatch closes it for good. A block closes it as
//! well, for as long as it stands; neither side can tell the two apart. Whether safety allows a
//! like is decided outside ([`Gate`]). Wishes decide who is on a card, and nothing of what is said
//! of one that was shown: were a like refused for them unless the other likes, whoever keeps cards
//! and moves far away would be told for nothing who does.

use crate::ids::UserId;
use crate::time::{DAY_MS, Millis};
use serde::{Deserialize, Serialize};

/// Which of the two: the one with the lower or the higher id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The lower id.
    Low,
    /// The higher id.
    High,
}

impl Side {
    /// The other one.
    pub fn other(self) -> Side {
        match self {
            Side::Low => Side::High,
            Side::High => Side::Low,
        }
    }
}

/// The name of a pair: its two ids in order, and never the same twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PairKey {
    low: UserId,
    high: UserId,
}

impl PairKey {
    /// The pair of two people, and which side the first one is; none if they are the same.
    pub fn of(user: UserId, other: UserId) -> Option<(PairKey, Side)> {
        match user.cmp(&other) {
            std::cmp::Ordering::Less => Some((PairKey { low: user, high: other }, Side::Low)),
            std::cmp::Ordering::Greater => Some((PairKey { low: other, high: user }, Side::High)),
            std::cmp::Ordering::Equal => None,
        }
    }

    /// Who is on this side.
    pub fn user(self, side: Side) -> UserId {
        match side {
            Side::Low => self.low,
            Side::High => self.high,
        }
    }
}

/// What one said of the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Would like to meet them.
    Like,
    /// A like that may be told at once.
    SuperLike,
    /// Not them.
    Pass,
    /// Not now.
    Later,
}

impl Verdict {
    /// Whether it is one half of a match.
    pub fn is_like(self) -> bool {
        matches!(self, Verdict::Like | Verdict::SuperLike)
    }
}

/// A verdict with its moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// What.
    pub verdict: Verdict,
    /// When.
    pub at: Millis,
}

/// What a person does about the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Act {
    /// Says what they think.
    Say(Verdict),
    /// Takes back what they said last, and with it a match.
    Undo,
    /// Ends a match, and the pair for good.
    Unmatch,
    /// Never wants to see the other again.
    Block,
    /// Takes a block back. What was said before it is forgotten.
    Unblock,
    /// Agrees that both learn who the other is, or takes that back.
    Share(bool),
    /// Deletes their profile. Blocks stay, and so does an unmatch, and that the other passed by.
    Leave,
}

/// Whether the two of a match know who the other is, as one of them sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Contacts {
    /// Neither has agreed.
    #[default]
    None,
    /// This one has.
    Mine,
    /// The other has.
    Theirs,
    /// Both have: that is final.
    Open,
}

/// What holds of the two outside the record, at the moment of the act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gate {
    /// Safety allows that they meet: [`super::person::Person::may_meet`].
    pub is_safe: bool,
}

/// How long what was said counts, milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows {
    /// After a pass the card may come again.
    pub pass_ms: i64,
    /// After "not now".
    pub later_ms: i64,
    /// A verdict can be taken back.
    pub undo_ms: i64,
}

impl Default for Windows {
    fn default() -> Windows {
        Windows { pass_ms: 90 * DAY_MS, later_ms: DAY_MS, undo_ms: 600_000 }
    }
}

/// What an act did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// A match has begun: this is its number in the pair. Both are told, once.
    pub matched: Option<u32>,
    /// The match of this number is over. It disappears on both sides.
    pub dissolved: Option<u32>,
    /// A like to count against the quota of who acted.
    pub spent: Option<Verdict>,
    /// A like to give back to them, and when it was spent: it counts for that day.
    pub returned: Option<Said>,
    /// The second of two agreed: from now on each may learn who the other is.
    pub opened: bool,
}

/// Why an act did nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// They cannot meet. Why is not told: whoever is blocked must not learn it.
    Gone,
    /// They are matched: an unmatch is the way out.
    Matched,
    /// There is nothing to take back, or to end.
    Nothing,
    /// It is too late to take it back.
    Late,
}

/// The record of a pair.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair {
    said: [Option<Said>; 2],
    blocked: [bool; 2],
    is_closed: bool,
    matched_at: Option<Millis>,
    /// How many matches began here; the number of the last one.
    matches: u32,
    /// Who agrees that both learn who the other is. Of this match only.
    shares: [bool; 2],
}

impl Pair {
    /// A record as it was kept: what both said, whom they blocked, whether it is closed, since when
    /// they are matched, and how many matches began here.
    pub fn restore(
        said: [Option<Said>; 2],
        blocked: [bool; 2],
        is_closed: bool,
        matched_at: Option<Millis>,
        matches: u32,
    ) -> Pair {
        Pair { said, blocked, is_closed, matched_at, matches, shares: [false; 2] }
    }

    /// The same with who agreed that both learn who the other is.
    pub fn sharing(self, shares: [bool; 2]) -> Pair {
        Pair { shares: shares.map(|shares| shares && self.matched_at.is_some()), ..self }
    }

    /// Whether `side` agrees that both learn who the other is.
    pub fn shares(&self, side: Side) -> bool {
        self.shares[side as usize]
    }

    /// Whether the two know who the other is, as `side` sees it.
    pub fn contacts(&self, side: Side) -> Contacts {
        match (self.shares(side), self.shares(side.other())) {
            (false, false) => Contacts::None,
            (true, false) => Contacts::Mine,
            (false, true) => Contacts::Theirs,
            (true, true) => Contacts::Open,
        }
    }

    /// Whether `side` blocked the other.
    pub fn blocks(&self, side: Side) -> bool {
        self.blocked[side as usize]
    }

    /// Whether it has ended for good.
    pub fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// How many matches began here.
    pub fn matches(&self) -> u32 {
        self.matches
    }

    /// What `side` said last, if it stands.
    pub fn said(&self, side: Side) -> Option<Said> {
        self.said[side as usize]
    }

    /// Since when they are matched, if they are.
    pub fn matched_at(&self) -> Option<Millis> {
        self.matched_at
    }

    /// Whether one of them blocked the other, or ended a match.
    pub fn is_gone(&self) -> bool {
        self.is_closed || self.blocked != [false; 2]
    }

    /// Whether `side`'s like stands.
    pub fn likes(&self, side: Side) -> bool {
        self.liked_at(side).is_some()
    }

    /// When `side` gave the like that stands, if one does.
    pub fn liked_at(&self, side: Side) -> Option<Millis> {
        self.said(side).filter(|said| said.verdict.is_like()).map(|said| said.at)
    }

    /// Whether the card of the other is kept from `side`.
    pub fn hides_from(&self, side: Side, windows: &Windows, now: Millis) -> bool {
        let is_swiped = self.said(side).is_some_and(|said| {
            let age = now.since(said.at);
            match said.verdict {
                Verdict::Like | Verdict::SuperLike => true,
                Verdict::Pass => age < windows.pass_ms,
                Verdict::Later => age < windows.later_ms,
            }
        });
        is_swiped || self.is_gone() || self.matched_at.is_some()
    }

    /// Carries out what `side` does. A refused act changes nothing; one that comes twice does
    /// nothing the second time.
    pub fn act(
        &mut self,
        side: Side,
        act: Act,
        gate: Gate,
        windows: &Windows,
        now: Millis,
    ) -> Result<Outcome, Refusal> {
        match act {
            Act::Say(verdict) => self.say(side, verdict, gate, now),
            Act::Undo => self.undo(side, windows, now),
            Act::Unmatch => {
                if self.matched_at.is_none() {
                    return Err(Refusal::Nothing);
                }
                self.is_closed = true;
                Ok(Outcome { dissolved: self.forget(), ..Outcome::default() })
            }
            Act::Block => {
                self.blocked[side as usize] = true;
                // After an unblock they may meet anew, unless they had been matched.
                self.is_closed |= self.matched_at.is_some();
                Ok(Outcome { dissolved: self.forget(), ..Outcome::default() })
            }
            Act::Unblock => {
                self.blocked[side as usize] = false;
                Ok(Outcome::default())
            }
            Act::Share(on) => self.share(side, on),
            Act::Leave => {
                // That the other does not want to see them is the other's, and outlives the
                // profile.
                let theirs = self.said(side.other()).filter(|said| !said.verdict.is_like());
                let dissolved = self.forget();
                self.said[side.other() as usize] = theirs;
                Ok(Outcome { dissolved, ..Outcome::default() })
            }
        }
    }

    fn say(&mut self, side: Side, verdict: Verdict, gate: Gate, now: Millis) -> Result<Outcome, Refusal> {
        if self.is_gone() || !gate.is_safe {
            return Err(Refusal::Gone);
        }
        let before = self.said(side);
        match (before.map(|said| said.verdict), verdict) {
            // A double tap, or a card that was open on a second device.
            (Some(old), new) if old == new && old.is_like() => return Ok(Outcome::default()),
            (Some(Verdict::SuperLike), Verdict::Like) => return Ok(Outcome::default()),
            // Nothing was decided by it, so nothing that was decided changes.
            (Some(Verdict::Like | Verdict::SuperLike | Verdict::Pass), Verdict::Later) => {
                return Ok(Outcome::default());
            }
            _ => {}
        }
        if !verdict.is_like() {
            if self.matched_at.is_some() {
                return Err(Refusal::Matched);
            }
            self.said[side as usize] = Some(Said { verdict, at: now });
            return Ok(Outcome::default());
        }
        self.said[side as usize] = Some(Said { verdict, at: now });
        let mut outcome = Outcome { spent: Some(verdict), ..Outcome::default() };
        // A like that became a super-like is not paid for twice.
        outcome.returned = before.filter(|said| said.verdict.is_like());
        if self.likes(side.other()) && self.matched_at.is_none() {
            self.matched_at = Some(now);
            self.matches = self.matches.saturating_add(1);
            outcome.matched = Some(self.matches);
        }
        Ok(outcome)
    }

    fn undo(&mut self, side: Side, windows: &Windows, now: Millis) -> Result<Outcome, Refusal> {
        let said = self.said(side).ok_or(Refusal::Nothing)?;
        if now.since(said.at) > windows.undo_ms {
            return Err(Refusal::Late);
        }
        self.said[side as usize] = None;
        Ok(Outcome {
            // The other's like stands: it was meant, and nobody took it back.
            dissolved: self.dissolve(),
            returned: Some(said).filter(|said| said.verdict.is_like()),
            ..Outcome::default()
        })
    }

    /// Forgets what both said, and the match: its number, if there was one.
    fn forget(&mut self) -> Option<u32> {
        self.said = [None; 2];
        self.dissolve()
    }

    /// Ends the match, with what both agreed to in it.
    fn dissolve(&mut self) -> Option<u32> {
        self.shares = [false; 2];
        self.matched_at.take().map(|_| self.matches)
    }

    /// Before the other has agreed it can be taken back; after that both have learnt it.
    fn share(&mut self, side: Side, on: bool) -> Result<Outcome, Refusal> {
        if self.matched_at.is_none() {
            return Err(Refusal::Nothing);
        }
        let was_open = self.contacts(side) == Contacts::Open;
        if was_open && !on {
            return Err(Refusal::Late);
        }
        self.shares[side as usize] = on;
        let opened = !was_open && self.contacts(side) == Contacts::Open;
        Ok(Outcome { opened, ..Outcome::default() })
    }
}
