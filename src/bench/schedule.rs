//! When each message is due.

use nameless_domain::random::Random;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{Receiver, channel};

/// Slots that are due and not yet taken; with more the clock waits, and what comes later counts as
/// late.
const AHEAD: usize = 4096;

/// An open-loop schedule. Time is cut into slots of one message each; where in its slot a message
/// falls is random, and so is the order of the people, which is the same in every turn: everybody
/// writes at the same rate, and nobody at the same moment as the others. [`Schedule::without_beat`]
/// has them come in another order each turn.
#[derive(Clone, Debug)]
pub struct Schedule {
    slot: f64,
    order: Vec<u32>,
    /// Whether each turn has an order of its own.
    reorders: bool,
    random: Random,
    next: u64,
    end: Duration,
}

/// One message of the schedule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slot {
    /// When it is due, from the start.
    pub due: Duration,
    /// Whose it is.
    pub sender: u32,
}

impl Schedule {
    /// `rate` messages a second of `users` people together, until `end`.
    pub fn new(users: u32, rate: f64, end: Duration, seed: u64) -> Schedule {
        Schedule::of((0..users).collect(), rate, end, seed)
    }

    /// The same of certain people.
    pub fn of(mut order: Vec<u32>, rate: f64, end: Duration, seed: u64) -> Schedule {
        let mut random = Random::for_purpose(seed, 0x5C4E_D01E);
        random.shuffle(&mut order);
        Schedule { slot: 1.0 / rate.max(1e-9), order, reorders: false, random, next: 0, end }
    }

    /// The same people as often, each turn in another order: one's messages are between none and
    /// two turns apart. Whoever writes to a beat for minutes is a program to the engine, which
    /// hides them after a while (`Pattern::Rhythm` of the domain).
    pub fn without_beat(self) -> Schedule {
        Schedule { reorders: true, ..self }
    }

    /// Each slot at the moment at which it is due, from a thread of its own: a timer of tokio goes
    /// by whole milliseconds, and a request that takes one would be measured by what it waited for.
    /// Ends with the schedule, or when nobody takes any more.
    ///
    /// # Errors
    ///
    /// A thread that cannot be started.
    pub fn due(self, start: Instant) -> std::io::Result<Receiver<Slot>> {
        let (to, slots) = channel(AHEAD);
        std::thread::Builder::new().name("schedule".into()).spawn(move || {
            for slot in self {
                std::thread::sleep((start + slot.due).saturating_duration_since(Instant::now()));
                if to.blocking_send(slot).is_err() {
                    return;
                }
            }
        })?;
        Ok(slots)
    }
}

impl Iterator for Schedule {
    type Item = Slot;

    fn next(&mut self) -> Option<Slot> {
        let due = Duration::try_from_secs_f64((self.next as f64 + self.random.unit()) * self.slot).ok()?;
        let place = (self.next % self.order.len().max(1) as u64) as usize;
        if self.reorders && place == 0 {
            self.random.shuffle(&mut self.order);
        }
        let sender = *self.order.get(place)?;
        self.next += 1;
        (due < self.end).then_some(Slot { due, sender })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn no_slot_comes_before_it_is_due_and_none_is_left_out() {
        let schedule = Schedule::new(10, 2_000.0, Duration::from_millis(100), 1);
        let (start, mut came) = (Instant::now(), Vec::new());
        let mut slots = schedule.clone().due(start).expect("a thread starts");
        while let Some(slot) = slots.recv().await {
            assert!(start.elapsed() >= slot.due);
            came.push(slot);
        }
        assert_eq!(came, schedule.collect::<Vec<_>>());
    }

    #[test]
    fn everybody_writes_at_the_same_rate_and_in_order_of_time() {
        let end = Duration::from_secs(10);
        let slots: Vec<Slot> = Schedule::new(10, 100.0, end, 1).collect();
        assert!((999..=1000).contains(&slots.len()), "{}", slots.len());
        assert!(slots.windows(2).all(|w| w[0].due <= w[1].due));
        for user in 0..10 {
            let own: Vec<Duration> = slots.iter().filter(|s| s.sender == user).map(|s| s.due).collect();
            assert!((99..=100).contains(&own.len()));
            // A turn is 100 ms; the jitter is one slot at most on either side.
            let even = |w: &[Duration]| (90..=110).contains(&(w[1] - w[0]).as_millis());
            assert!(own.windows(2).all(even));
        }
        let again: Vec<Slot> = Schedule::new(10, 100.0, end, 1).collect();
        assert_eq!(slots, again);
        assert_ne!(slots, Schedule::new(10, 100.0, end, 2).collect::<Vec<_>>());
    }

    #[test]
    fn without_a_beat_everybody_writes_as_often_and_nobody_is_taken_for_a_program() {
        use nameless_domain::capabilities::admin::Habits;
        use nameless_domain::ids::PairId;
        use nameless_domain::time::Millis;
        // A thousand people for an hour, each every twenty seconds or so.
        let (people, rate, end) = (1_000, 50.0, Duration::from_secs(3_600));
        let suspicions = |schedule: Schedule| -> usize {
            let (mut habits, mut sent) = (vec![Habits::default(); 1_000], vec![0; 1_000]);
            let mut found = 0;
            for slot in schedule {
                let (one, at) = (slot.sender as usize, Millis(slot.due.as_millis() as i64));
                sent[one] += 1;
                found += usize::from(habits[one].note(PairId(1), at, None, false).is_some());
            }
            assert!(sent.iter().all(|sent| (179..=180).contains(sent)));
            found
        };
        assert_eq!(suspicions(Schedule::new(people, rate, end, 1).without_beat()), 0);
        assert!(suspicions(Schedule::new(people, rate, end, 1)) > 1_000, "this test would see a beat");
    }
}
