//! What an operator is told of by itself, and when: neither at the first second of a trouble nor
//! twice, and never so often that nobody reads it any more.

use crate::text::Msg;
use crate::time::Millis;

/// Bits of a set of alarms.
type Bits = u32;

/// Something that an operator has to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Alarm {
    /// A thread of actors stands still.
    Blocked,
    /// The journal's disk takes nothing.
    Journal,
    /// It is nearly full of what is not done.
    JournalFills,
    /// The disk has little room left.
    Disk,
    /// Updates are left with Telegram.
    Held,
    /// Telegram gives no updates.
    Telegram,
    /// A process that shares the work is gone, without having given it away.
    Node,
    /// The database is away.
    Database,
    /// It answers, and takes long for it.
    SlowDatabase,
    /// What people say is not kept any more.
    History,
    /// What the nodes share to find partners is away.
    Queue,
    /// It answers, and takes long for it.
    SlowQueue,
    /// Telegram refuses messages.
    Refused,
    /// Messages take long.
    Slow,
    /// Parts crash again and again.
    Restarts,
    /// An update was put aside.
    DeadLetter,
    /// Telegram tells the bot to slow down.
    ToldToWait,
    /// Photos are not looked at.
    Photos,
    /// Durable work fails.
    Jobs,
    /// Somebody tries the operators' doors.
    Strangers,
    /// The clock on the wall was set.
    Clock,
    /// A certificate of the bot's own address ends soon, or Telegram does not take it.
    Certificate,
}

/// How many there are.
const COUNT: usize = 22;

impl Alarm {
    /// All of them, the worst first.
    pub const ALL: [Alarm; COUNT] = [
        Alarm::Blocked,
        Alarm::Journal,
        Alarm::JournalFills,
        Alarm::Disk,
        Alarm::Held,
        Alarm::Telegram,
        Alarm::Node,
        Alarm::Database,
        Alarm::SlowDatabase,
        Alarm::History,
        Alarm::Queue,
        Alarm::SlowQueue,
        Alarm::Refused,
        Alarm::Slow,
        Alarm::Restarts,
        Alarm::DeadLetter,
        Alarm::ToldToWait,
        Alarm::Photos,
        Alarm::Jobs,
        Alarm::Strangers,
        Alarm::Clock,
        Alarm::Certificate,
    ];

    /// The sentence that says what is wrong.
    pub const fn key(self) -> &'static str {
        match self {
            Alarm::Blocked => "alarm-blocked",
            Alarm::Journal => "alarm-journal",
            Alarm::JournalFills => "alarm-journal-fills",
            Alarm::Disk => "alarm-disk",
            Alarm::Held => "alarm-held",
            Alarm::Telegram => "alarm-telegram",
            Alarm::Node => "alarm-node",
            Alarm::Database => "alarm-database",
            Alarm::SlowDatabase => "alarm-slow-database",
            Alarm::History => "alarm-history",
            Alarm::Queue => "alarm-queue",
            Alarm::SlowQueue => "alarm-slow-queue",
            Alarm::Refused => "alarm-refused",
            Alarm::Slow => "alarm-slow",
            Alarm::Restarts => "alarm-restarts",
            Alarm::DeadLetter => "alarm-dead-letter",
            Alarm::ToldToWait => "alarm-told-to-wait",
            Alarm::Photos => "alarm-photos",
            Alarm::Jobs => "alarm-jobs",
            Alarm::Strangers => "alarm-strangers",
            Alarm::Clock => "alarm-clock",
            Alarm::Certificate => "alarm-certificate",
        }
    }

    /// The paragraph of docs/operations.md that says what to look at and what to do.
    pub const fn paragraph(self) -> &'static str {
        match self {
            Alarm::Blocked => "blocked",
            Alarm::Journal | Alarm::JournalFills | Alarm::Disk => "journal",
            Alarm::Held => "held",
            Alarm::Telegram => "no-updates",
            Alarm::Node => "down",
            Alarm::Database | Alarm::History => "database",
            Alarm::SlowDatabase | Alarm::SlowQueue => "slow-servers",
            Alarm::Queue => "queue",
            Alarm::Refused => "messages-fail",
            Alarm::Slow => "slow",
            Alarm::Restarts => "restarts",
            Alarm::DeadLetter => "dead-letters",
            Alarm::ToldToWait => "told-to-wait",
            Alarm::Photos => "photos",
            Alarm::Jobs => "jobs",
            Alarm::Strangers => "strangers",
            Alarm::Clock => "clock",
            Alarm::Certificate => "certificate",
        }
    }

    /// Whether it tells of something that has happened, and not of something that lasts: it is told
    /// at once, and that it is over is no news.
    pub const fn is_event(self) -> bool {
        matches!(self, Alarm::Node | Alarm::Restarts | Alarm::DeadLetter | Alarm::Strangers | Alarm::Clock)
    }

    const fn bit(self) -> Bits {
        1 << self as u8
    }
}

/// A set of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AlarmSet(Bits);

impl AlarmSet {
    /// Puts one in, if so.
    pub fn put(&mut self, alarm: Alarm, is_on: bool) {
        if is_on {
            self.0 |= alarm.bit();
        }
    }

    /// Whether it is in.
    pub const fn has(self, alarm: Alarm) -> bool {
        self.0 & alarm.bit() != 0
    }

    /// Those that are in, the worst first.
    pub fn iter(self) -> impl Iterator<Item = Alarm> {
        Alarm::ALL.into_iter().filter(move |alarm| self.has(*alarm))
    }
}

impl FromIterator<Alarm> for AlarmSet {
    fn from_iter<T: IntoIterator<Item = Alarm>>(alarms: T) -> AlarmSet {
        let mut set = AlarmSet::default();
        alarms.into_iter().for_each(|alarm| set.put(alarm, true));
        set
    }
}

/// What is told at one time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// What is wrong, and was not or was not told.
    pub begun: Vec<Alarm>,
    /// What is still wrong, and was told long ago.
    pub lasting: Vec<(Alarm, i64)>,
    /// What is over, with for how many minutes it was.
    pub over: Vec<(Alarm, i64)>,
}

impl Told {
    /// Each line of it.
    pub fn lines(&self) -> Vec<Msg> {
        let what = |key, alarm: &Alarm| {
            let at = alarm.paragraph().to_owned();
            Msg::new(key).key("what", alarm.key()).words("paragraph", at)
        };
        let begun = self.begun.iter().map(|alarm| what("alarm-line-begun", alarm));
        let lasting =
            self.lasting.iter().map(|(alarm, n)| what("alarm-line-lasting", alarm).number("minutes", *n));
        let over = self.over.iter().map(|(alarm, n)| what("alarm-line-over", alarm).number("minutes", *n));
        begun.chain(lasting).chain(over).collect()
    }
}

/// One alarm's life.
#[derive(Clone, Copy, Debug, Default)]
struct Life {
    /// Since when it is on.
    on: Option<Millis>,
    /// Since when it is off.
    off: Option<Millis>,
    /// When it began, of one that was told and is not over.
    began: Option<Millis>,
    /// When it was told last.
    told: Option<Millis>,
    /// How often it came back soon after it was over.
    returns: u32,
}

/// Decides what is told. Its clock is one that nobody sets.
#[derive(Debug)]
pub struct Alarms {
    after: i64,
    lives: [Life; COUNT],
    said: Option<Millis>,
}

/// What lasts is told again after so many times of patience: six hours, of a minute.
const AGAIN: i64 = 360;
/// One that comes back within so many times of patience has to last longer the next time: an hour.
const SOON: i64 = 60;
/// The longest patience with one that comes and goes, in doublings.
const MOST_DOUBLINGS: u32 = 4;

impl Alarms {
    /// Something must be wrong for `after_ms` before it is told, and right for as long before it
    /// counts as over. Nothing is said more often than that.
    pub fn new(after_ms: i64) -> Alarms {
        Alarms { after: after_ms.max(1), lives: [Life::default(); COUNT], said: None }
    }

    /// What is wrong, of what was told.
    pub fn open(&self) -> impl Iterator<Item = Alarm> {
        Alarm::ALL.into_iter().filter(|alarm| self.lives[*alarm as usize].began.is_some())
    }

    /// Takes what is wrong now: what is to be told, if anything is.
    pub fn look(&mut self, now: Millis, wrong: AlarmSet) -> Option<Told> {
        for alarm in Alarm::ALL {
            let life = &mut self.lives[alarm as usize];
            match wrong.has(alarm) {
                true => {
                    life.off = None;
                    life.on.get_or_insert(now);
                }
                false => {
                    // Told or not: what was wrong for a moment begins anew.
                    life.on = None;
                    life.off.get_or_insert(now);
                }
            }
        }
        if self.said.is_some_and(|said| now.0 - said.0 < self.after) {
            return None;
        }
        let mut told = Told::default();
        for alarm in Alarm::ALL {
            self.tell(alarm, now, &mut told);
        }
        if told == Told::default() {
            return None;
        }
        self.said = Some(now);
        Some(told)
    }

    fn tell(&mut self, alarm: Alarm, now: Millis, told: &mut Told) {
        let after = self.after;
        let life = &mut self.lives[alarm as usize];
        let lasted = |since: Millis| now.0 - since.0;
        match (life.on, life.began) {
            (Some(on), None) => {
                let soon = life.told.is_some_and(|last| lasted(last) < SOON * after);
                let doublings = if soon { life.returns.min(MOST_DOUBLINGS) } else { 0 };
                let patience = if alarm.is_event() && !soon { 0 } else { after << doublings };
                if lasted(on) >= patience {
                    life.returns = if soon { life.returns + 1 } else { 1 };
                    (life.began, life.told) = (Some(on), Some(now));
                    told.begun.push(alarm);
                }
            }
            (Some(_), Some(began)) if life.told.is_some_and(|last| lasted(last) >= AGAIN * after) => {
                life.told = Some(now);
                told.lasting.push((alarm, minutes(lasted(began))));
            }
            (None, Some(began)) if life.off.is_some_and(|off| lasted(off) >= after) => {
                let end = life.off.unwrap_or(now);
                (life.began, life.told) = (None, Some(now));
                if !alarm.is_event() {
                    told.over.push((alarm, minutes(end.0 - began.0)));
                }
            }
            _ => {}
        }
    }
}

/// Rounded up: what was for a moment was not for no time.
fn minutes(ms: i64) -> i64 {
    (ms + 59_999) / 60_000
}

#[cfg(test)]
mod tests;
