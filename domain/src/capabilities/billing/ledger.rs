//! The ledger: double-entry, append-only. Each entry takes from one account what it gives to
//! another, so all accounts of a unit add up to zero by construction.
//!
//! Premium time is a unit like money. What somebody has is not written anywhere by itself: it
//! follows from their entries, in order ([`Holding`]).

use super::Kopecks;
use crate::time::Millis;

/// Whose side of an entry it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Account {
    /// What Telegram holds for the bot.
    Telegram,
    /// What YooKassa holds for the bot.
    Yookassa,
    /// What was sold.
    Sales,
    /// Payments that belong to no order: an operator has to look.
    Unassigned,
    /// Premium time and uses that the bot has given out.
    Given,
    /// Premium time and uses that the person has been given.
    Person,
}

impl Account {
    /// Of the provider that takes this unit.
    pub fn of_provider(unit: &str) -> Account {
        if unit == Kopecks::UNIT { Account::Yookassa } else { Account::Telegram }
    }

    /// As it is kept.
    pub fn name(self) -> &'static str {
        match self {
            Account::Telegram => "telegram",
            Account::Yookassa => "yookassa",
            Account::Sales => "sales",
            Account::Unassigned => "unassigned",
            Account::Given => "given",
            Account::Person => "person",
        }
    }
}

/// The unit of premium time: milliseconds.
pub const PREMIUM: &str = "premium";

/// Where an entitlement comes from, or why it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// A payment, and its refund.
    Charge,
    /// A payment of somebody else's, and its refund.
    Gift,
    /// The operator's trial.
    Trial,
    /// An operator.
    Grant,
    /// Somebody came by their invitation, and has talked.
    Referral,
    /// They came by an invitation, and have talked.
    Invited,
    /// It was used, or a use came to nothing.
    Use,
    /// The person erased themselves.
    Erasure,
    /// What was there before there was a ledger.
    Opening,
}

impl Source {
    /// As it is kept.
    pub fn name(self) -> &'static str {
        match self {
            Source::Charge => "charge",
            Source::Gift => "gift",
            Source::Trial => "trial",
            Source::Grant => "grant",
            Source::Referral => "referral",
            Source::Invited => "invited",
            Source::Use => "use",
            Source::Erasure => "erasure",
            Source::Opening => "opening",
        }
    }
}

/// What operators are told that an entry comes of: what goes back of a payment, whoever had it, is
/// its refund. The books name the payment for both.
pub fn comes_of<'s>(source: &'s str, debit: &str, credit: &str) -> &'s str {
    let is_paid = [Source::Charge, Source::Gift].iter().any(|paid| paid.name() == source);
    let to_provider = [Account::Telegram, Account::Yookassa].iter().any(|account| account.name() == credit);
    if is_paid && (to_provider || debit == Account::Person.name()) { "refund" } else { source }
}

/// An entry about premium time, as it is read to know what somebody has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When.
    pub at: Millis,
    /// The payment that it is for, if it is for one.
    pub charge: Option<String>,
    /// Milliseconds; negative: taken back.
    pub ms: i64,
    /// It goes on from the end of what was there if that is no longer ago than this, milliseconds:
    /// a renewal that came within its grace.
    pub late_ms: i64,
}

/// Premium of one cause.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Lot {
    charge: Option<String>,
    from: Millis,
    until: Millis,
}

/// What somebody has, made of their entries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holding {
    lots: Vec<Lot>,
}

impl Holding {
    /// From all entries, oldest first.
    pub fn of<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Holding {
        let mut holding = Holding::default();
        entries.into_iter().for_each(|entry| holding.add(entry));
        holding
    }

    /// Takes the next entry.
    pub fn add(&mut self, entry: &Entry) {
        if entry.ms < 0 {
            return self.take(entry.charge.as_deref(), -entry.ms, entry.at);
        }
        let from = match self.until() {
            Some(until) if entry.at <= until.plus(entry.late_ms) => until,
            _ => entry.at,
        };
        self.lots.push(Lot { charge: entry.charge.clone(), from, until: from.plus(entry.ms) });
    }

    /// Until when premium lasts; none if there never was any.
    pub fn until(&self) -> Option<Millis> {
        self.lots.last().map(|lot| lot.until)
    }

    /// What of a payment's premium is not used up, milliseconds.
    pub fn unused(&self, charge: &str, now: Millis) -> i64 {
        let own = self.lots.iter().filter(|lot| lot.charge.as_deref() == Some(charge));
        own.map(|lot| left(lot, now)).sum()
    }

    /// What is left of everything, milliseconds.
    pub fn left(&self, now: Millis) -> i64 {
        self.lots.iter().map(|lot| left(lot, now)).sum()
    }

    /// Takes back so much: of a payment, or else of whatever comes last. What comes after moves
    /// forward.
    fn take(&mut self, charge: Option<&str>, ms: i64, now: Millis) {
        let mut rest = ms;
        for at in (0..self.lots.len()).rev() {
            let lot = &self.lots[at];
            if rest == 0 || (charge.is_some() && lot.charge.as_deref() != charge) {
                continue;
            }
            let taken = rest.min(left(lot, now));
            rest -= taken;
            self.lots[at].until = self.lots[at].until.plus(-taken);
            for later in &mut self.lots[at + 1..] {
                (later.from, later.until) = (later.from.plus(-taken), later.until.plus(-taken));
            }
        }
    }
}

fn left(lot: &Lot, now: Millis) -> i64 {
    lot.until.since(lot.from.max(now)).max(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_back_is_called_a_refund() {
        for (source, debit, credit, expected) in [
            ("charge", "telegram", "sales", "charge"),
            ("charge", "sales", "telegram", "refund"),
            ("charge", "unassigned", "yookassa", "refund"),
            ("charge", "given", "person", "charge"),
            ("charge", "person", "given", "refund"),
            ("gift", "person", "given", "refund"),
            ("gift", "given", "person", "gift"),
            ("use", "person", "given", "use"),
            ("grant", "person", "given", "grant"),
            ("erasure", "person", "given", "erasure"),
        ] {
            assert_eq!(comes_of(source, debit, credit), expected, "{source}: {debit} → {credit}");
        }
    }
}
