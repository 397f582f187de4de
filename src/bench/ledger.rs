//! What was sent, what arrived, and how long it took: the load's eyes in the simulated world.

use super::counts::Counts;
use super::obedience::Obedience;
use super::tag::{PROBE, Tag};
use hdrhistogram::Histogram;
use nameless_actors::kernel::lock;
use nameless_simulator::{Onlooker, Written};
use serde_json::Value;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::time::{Duration, Instant};

/// Telegram id of the first person; the others follow.
pub const FIRST_ID: i64 = 5_000_000_001;
/// Nobody.
const NONE: u32 = u32::MAX;
/// Keyboards that wait to be pressed; more are not, which a bot that floods people with them has to
/// live with.
const MOST_KEYBOARDS: usize = 4_000_000;

/// A button that somebody could press.
#[derive(Clone, Debug)]
pub struct Keyboard {
    /// Index of the person.
    pub user: u32,
    /// The message that it stands under.
    pub message: i32,
    /// `callback_data` of its first button.
    pub data: String,
}

/// When rounds begin and end, counted from the load's start.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// When the first message is due.
    pub start: Instant,
    /// Before the first round.
    pub warm_up: Duration,
    /// Of one round.
    pub round: Duration,
    /// How many.
    pub rounds: u32,
}

impl Plan {
    /// The round that a moment belongs to; none in the warm-up and after the end.
    pub fn round_of(&self, moment: Instant) -> Option<usize> {
        let since = moment.checked_duration_since(self.start)?.checked_sub(self.warm_up)?;
        let n = (since.as_nanos() / self.round.as_nanos().max(1)) as usize;
        (n < self.rounds as usize).then_some(n)
    }

    /// From the first message to the last.
    pub fn total(&self) -> Duration {
        self.warm_up + self.round * self.rounds
    }
}

/// One person's messages that were sent and have not arrived.
#[derive(Default)]
struct Sender {
    /// Number of the first element of `due`.
    base: u32,
    /// When they were due; none once they have arrived.
    due: VecDeque<Option<Instant>>,
    /// The highest number that has arrived, plus one.
    arrived_to: u32,
}

#[derive(Default)]
struct Recorder {
    plan: Option<Plan>,
    /// Microseconds, one histogram a round.
    rounds: Vec<Histogram<u64>>,
}

/// Everything that is known of the people's messages. One for all of them; a lock per sender.
pub struct Ledger {
    senders: Box<[Mutex<Sender>]>,
    partners: Box<[AtomicU32]>,
    /// Newest message of the partner in each person's chat; 0: none.
    newest: Box<[AtomicI32]>,
    recorder: Mutex<Recorder>,
    keyboards: Mutex<Vec<Keyboard>>,
    collects_keyboards: AtomicBool,
    waits: Obedience,
    beside: OnceLock<Arc<dyn Onlooker>>,
    written: AtomicU64,
    sent: AtomicU64,
    arrived: AtomicU64,
    doubled: AtomicU64,
    reordered: AtomicU64,
    astray: AtomicU64,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    lock(mutex)
}

/// The largest value of a histogram: an hour in microseconds. Above it values are clamped.
const HIGHEST: u64 = 3_600_000_000;

/// A histogram with three significant digits. Of a fixed range: one that grows by itself clamps
/// instead of growing when it is told to saturate.
pub fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, HIGHEST, 3).expect("these bounds are legal")
}

impl Ledger {
    /// For so many people.
    pub fn new(users: usize) -> Ledger {
        Ledger {
            senders: (0..users).map(|_| Mutex::default()).collect(),
            partners: (0..users).map(|_| AtomicU32::new(NONE)).collect(),
            newest: (0..users).map(|_| AtomicI32::new(0)).collect(),
            recorder: Mutex::default(),
            keyboards: Mutex::default(),
            collects_keyboards: AtomicBool::new(false),
            waits: Obedience::default(),
            beside: OnceLock::new(),
            written: AtomicU64::new(0),
            sent: AtomicU64::new(0),
            arrived: AtomicU64::new(0),
            doubled: AtomicU64::new(0),
            reordered: AtomicU64::new(0),
            astray: AtomicU64::new(0),
        }
    }

    /// Whoever looks on as well; one at most.
    pub fn beside(&self, onlooker: Arc<dyn Onlooker>) {
        let _ = self.beside.set(onlooker);
    }

    /// Begins new rounds: latencies from now on go into them.
    pub fn begin(&self, plan: Plan) {
        let rounds = (0..plan.rounds).map(|_| histogram()).collect();
        *locked(&self.recorder) = Recorder { plan: Some(plan), rounds };
    }

    /// Latencies of the rounds so far, microseconds.
    pub fn latencies(&self) -> Vec<Histogram<u64>> {
        locked(&self.recorder).rounds.clone()
    }

    /// Notes that somebody is about to send a message that was due at `due`; its tag.
    pub fn sending(&self, sender: u32, due: Instant) -> Tag {
        let mut state = locked(&self.senders[sender as usize]);
        let number = state.base + state.due.len() as u32;
        state.due.push_back(Some(due));
        self.sent.fetch_add(1, Ordering::Relaxed);
        Tag { sender, number }
    }

    /// The message of the last [`Ledger::sending`] of this person could not be sent.
    pub fn not_sent(&self, sender: u32) {
        locked(&self.senders[sender as usize]).due.pop_back();
        self.sent.fetch_sub(1, Ordering::Relaxed);
    }

    /// How many messages of this person are under way.
    pub fn under_way(&self, sender: u32) -> usize {
        locked(&self.senders[sender as usize]).due.iter().flatten().count()
    }

    /// Counts so far.
    pub fn counts(&self) -> Counts {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Counts {
            sent: read(&self.sent),
            arrived: read(&self.arrived),
            doubled: read(&self.doubled),
            reordered: read(&self.reordered),
            astray: read(&self.astray),
        }
    }

    /// Messages that arrived at the partner.
    pub fn arrived(&self) -> u64 {
        self.arrived.load(Ordering::Relaxed)
    }

    /// Messages of bots, of whatever kind, edits too.
    pub fn written_by_bots(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    /// The partner of a person, if it is known both ways.
    pub fn partner(&self, user: u32) -> Option<u32> {
        let partner = self.partners[user as usize].load(Ordering::Relaxed);
        let back = self.partners.get(partner as usize)?.load(Ordering::Relaxed);
        (back == user).then_some(partner)
    }

    /// Says who is in a chat with whom, where that is known beforehand.
    pub fn pair(&self, a: u32, b: u32) {
        self.partners[a as usize].store(b, Ordering::Relaxed);
        self.partners[b as usize].store(a, Ordering::Relaxed);
    }

    /// The newest message of the partner in a person's chat.
    pub fn newest(&self, user: u32) -> Option<i32> {
        Some(self.newest[user as usize].load(Ordering::Relaxed)).filter(|id| *id != 0)
    }

    /// Whether the bot waits when it is told to.
    pub fn waits(&self) -> &Obedience {
        &self.waits
    }

    /// Collects keyboards that come from now on, or does not any more.
    pub fn collect_keyboards(&self, whether: bool) {
        self.collects_keyboards.store(whether, Ordering::Relaxed);
        if !whether {
            locked(&self.keyboards).clear();
        }
    }

    /// The keyboards that came since the last call.
    pub fn take_keyboards(&self) -> Vec<Keyboard> {
        std::mem::take(&mut locked(&self.keyboards))
    }

    fn index(&self, chat_id: i64) -> Option<u32> {
        let index = usize::try_from(chat_id.checked_sub(FIRST_ID)?).ok()?;
        (index < self.senders.len()).then_some(index as u32)
    }

    fn arrives(&self, receiver: u32, tag: Tag, message: i32) {
        let Some(state) = self.senders.get(tag.sender as usize) else {
            self.astray.fetch_add(1, Ordering::Relaxed);
            return;
        };
        if tag.number == PROBE {
            // An echo pairs nobody.
            if tag.sender != receiver {
                self.partners[receiver as usize].store(tag.sender, Ordering::Relaxed);
            }
            return;
        }
        if self.partners[receiver as usize].load(Ordering::Relaxed) != tag.sender {
            self.astray.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let now = Instant::now();
        self.newest[receiver as usize].store(message, Ordering::Relaxed);
        let mut state = locked(state);
        let due = match tag.number.checked_sub(state.base) {
            None => None,
            Some(place) if place as usize >= state.due.len() => {
                self.astray.fetch_add(1, Ordering::Relaxed);
                return;
            }
            Some(place) => state.due[place as usize].take(),
        };
        let Some(due) = due else {
            self.doubled.fetch_add(1, Ordering::Relaxed);
            return;
        };
        if tag.number < state.arrived_to {
            self.reordered.fetch_add(1, Ordering::Relaxed);
        }
        state.arrived_to = state.arrived_to.max(tag.number + 1);
        while let Some(None) = state.due.front() {
            state.due.pop_front();
            state.base += 1;
        }
        drop(state);
        let mut recorder = locked(&self.recorder);
        if let Some(round) = recorder.plan.and_then(|plan| plan.round_of(due)) {
            let micros = now.saturating_duration_since(due).as_micros();
            recorder.rounds[round].saturating_record(u64::try_from(micros).unwrap_or(u64::MAX));
        }
        drop(recorder);
        self.arrived.fetch_add(1, Ordering::Relaxed);
    }
}

impl Onlooker for Ledger {
    fn told_to_wait(&self, chat_id: i64, seconds: u32) {
        self.waits.told(chat_id, seconds);
    }

    fn called(&self, chat_id: i64) {
        self.waits.called(chat_id);
    }

    fn written(&self, message: &Written<'_>) {
        self.written.fetch_add(1, Ordering::Relaxed);
        if let Some(beside) = self.beside.get() {
            beside.written(message);
        }
        let Some(user) = self.index(message.chat_id) else { return };
        if self.collects_keyboards.load(Ordering::Relaxed)
            && let Some(data) = first_button(message.content.get("reply_markup"))
        {
            let mut keyboards = locked(&self.keyboards);
            if keyboards.len() < MOST_KEYBOARDS {
                keyboards.push(Keyboard { user, message: message.message_id, data: data.to_owned() });
            }
        }
        if message.edited {
            return;
        }
        let text = message.content.get("text").or_else(|| message.content.get("caption"));
        if let Some(tag) = text.and_then(Value::as_str).and_then(Tag::find) {
            self.arrives(user, tag, message.message_id);
        }
    }
}

/// `callback_data` of a keyboard's first button.
pub fn first_button(markup: Option<&Value>) -> Option<&str> {
    let rows = markup?.get("inline_keyboard")?.as_array()?;
    rows.iter()
        .flat_map(|row| row.as_array().into_iter().flatten())
        .find_map(|b| b.get("callback_data")?.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn tell(ledger: &Ledger, chat: u32, tag: Tag) {
        let mut text = "hello ".to_owned();
        tag.write(&mut text);
        let content = json!({"text": text});
        ledger.written(&Written {
            chat_id: FIRST_ID + i64::from(chat),
            message_id: 1,
            edited: false,
            content: content.as_object().unwrap(),
        });
    }

    fn two() -> (Ledger, Vec<Tag>) {
        let ledger = Ledger::new(3);
        ledger.pair(0, 1);
        let tags = (0..4).map(|_| ledger.sending(0, Instant::now())).collect();
        (ledger, tags)
    }

    #[test]
    fn what_arrives_in_order_is_counted_once() {
        let (ledger, tags) = two();
        let start = Instant::now();
        ledger.begin(Plan { start, warm_up: Duration::ZERO, round: Duration::from_secs(9), rounds: 1 });
        assert_eq!(ledger.under_way(0), 4);
        tags.iter().for_each(|tag| tell(&ledger, 1, *tag));
        assert_eq!(ledger.counts(), Counts { sent: 4, arrived: 4, ..Counts::default() });
        assert_eq!(ledger.under_way(0), 0);
        let later = ledger.sending(0, start);
        tell(&ledger, 1, later);
        assert_eq!(ledger.latencies()[0].len(), 1, "those due before the plan are not recorded");
    }

    #[test]
    fn latency_counts_from_when_a_message_was_due() {
        let ledger = Ledger::new(2);
        ledger.pair(0, 1);
        let Some(due) = Instant::now().checked_sub(Duration::from_secs(5)) else { return };
        ledger.begin(Plan { start: due, warm_up: Duration::ZERO, round: Duration::from_secs(9), rounds: 1 });
        let tag = ledger.sending(0, due);
        tell(&ledger, 1, tag);
        let latency = ledger.latencies()[0].value_at_quantile(0.5);
        assert!(latency >= 4_990_000, "{latency} us");
    }

    #[test]
    fn what_goes_wrong_is_counted() {
        let (ledger, tags) = two();
        tell(&ledger, 1, tags[1]);
        tell(&ledger, 1, tags[0]);
        tell(&ledger, 1, tags[0]);
        tell(&ledger, 2, tags[2]);
        tell(&ledger, 0, tags[2]);
        tell(&ledger, 1, Tag { sender: 0, number: 77 });
        let wanted = Counts { sent: 4, arrived: 2, doubled: 1, reordered: 1, astray: 3 };
        assert_eq!(ledger.counts(), wanted);
        tell(&ledger, 1, tags[3]);
        tell(&ledger, 1, tags[3]);
        assert_eq!(ledger.counts(), Counts { arrived: 3, doubled: 2, ..wanted });
    }

    #[test]
    fn probes_tell_who_is_in_a_chat_with_whom() {
        let ledger = Ledger::new(3);
        tell(&ledger, 1, Tag { sender: 0, number: PROBE });
        assert_eq!(ledger.partner(1), None, "one way only");
        tell(&ledger, 0, Tag { sender: 1, number: PROBE });
        tell(&ledger, 2, Tag { sender: 2, number: PROBE });
        assert_eq!((ledger.partner(0), ledger.partner(1), ledger.partner(2)), (Some(1), Some(0), None));
    }

    #[test]
    fn the_first_button_is_found() {
        let markup = json!({"inline_keyboard": [[], [{"text": "a", "url": "x"}, {"text": "b", "callback_data": "c"}]]});
        assert_eq!(first_button(Some(&markup)), Some("c"));
        assert_eq!(first_button(Some(&json!({"keyboard": []}))), None);
    }
}
