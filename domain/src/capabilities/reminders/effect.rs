//! Whether reminders are of any use: those who got them against those who were held out.

use super::Kind;

/// Figures about fewer people are told to nobody.
pub const FEWEST: u32 = 10;
/// Who talked within this time has come back, milliseconds.
pub const BACK_MS: i64 = 86_400_000;
/// Chats that began within this time are counted, milliseconds.
pub const CHATS_MS: i64 = 7 * 86_400_000;

/// One of the two groups. Whoever was to be reminded is in it, also where it did not arrive: of
/// those who were held out nobody knows whether it would have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// Different people.
    pub people: u32,
    /// Times that one was due, a day ago or longer.
    pub times: u32,
    /// Of these, after how many they came back within 24 hours.
    pub back: u32,
    /// Times that one was due, a week ago or longer.
    pub weeks: u32,
    /// Chats that began within seven days of these.
    pub chats: u32,
}

impl Group {
    /// The same if it is large enough to be told of.
    pub fn told(self) -> Option<Group> {
        (self.people >= FEWEST && self.times > 0).then_some(self)
    }

    /// The share that came back within 24 hours, from 0 to 1.
    pub fn share(&self) -> f64 {
        f64::from(self.back) / f64::from(self.times.max(1))
    }

    /// Chats within seven days, each time; none before a week is over.
    pub fn chats_each(&self) -> Option<f64> {
        (self.weeks > 0).then(|| f64::from(self.chats) / f64::from(self.weeks))
    }
}

/// Both groups of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effect {
    /// Of what.
    pub kind: Kind,
    /// Who was reminded; none about fewer than [`FEWEST`] people.
    pub reminded: Option<Group>,
    /// Who was held out, at moments at which they would have been; none about as few.
    pub held: Option<Group>,
}

impl Effect {
    /// By how much more of the reminded came back, and half of the interval in which that lies with
    /// 95 %: both in shares. None where a group is too small.
    ///
    /// Times of one person are not independent, so the interval is a little too narrow.
    pub fn difference(&self) -> Option<(f64, f64)> {
        let (reminded, held) = (self.reminded?, self.held?);
        let spread = |group: &Group| group.share() * (1.0 - group.share()) / f64::from(group.times.max(1));
        let half = 1.96 * (spread(&reminded) + spread(&held)).sqrt();
        Some((reminded.share() - held.share(), half))
    }
}
