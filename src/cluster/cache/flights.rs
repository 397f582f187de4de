//! Questions under way: those who ask for the same at the same time share one answer.
//!
//! A flight is a task of its own and belongs to none of those who wait for it, so who gives up
//! waiting holds up nobody.

use nameless_actors::kernel::lock;
use nameless_actors::ports::StoreError;
use rustc_hash::FxHashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::sync::watch;

/// What a flight brings: a value as JSON, or why there is none.
pub(super) type Landed = Result<Arc<[u8]>, StoreError>;

/// The flights by what they are for. There are no more of them than there are questions of the last
/// seconds.
#[derive(Clone, Default)]
pub(super) struct Flights(Arc<Mutex<Under>>);

#[derive(Default)]
struct Under {
    way: FxHashMap<String, (u64, watch::Receiver<Option<Landed>>)>,
    number: u64,
}

impl Flights {
    fn under(&self) -> MutexGuard<'_, Under> {
        lock(&self.0)
    }

    /// The flight for `key`. The one who gets a departure as well has to bring it to its landing.
    pub fn board(&self, key: &str) -> (Passenger, Option<Departure>) {
        let mut under = self.under();
        if let Some((_, landing)) = under.way.get(key) {
            return (Passenger(landing.clone()), None);
        }
        let (landed, landing) = watch::channel(None);
        under.number += 1;
        let number = under.number;
        under.way.insert(key.to_owned(), (number, landing.clone()));
        let departure = Departure { flights: self.clone(), key: key.to_owned(), number, landed };
        (Passenger(landing), Some(departure))
    }

    /// Who asks from now on does not share what is under way: it may have seen what was before a
    /// change.
    pub fn forget(&self, key: &str) {
        self.under().way.remove(key);
    }
}

/// One who waits.
pub(super) struct Passenger(watch::Receiver<Option<Landed>>);

impl Passenger {
    pub async fn landed(mut self) -> Landed {
        match self.0.wait_for(Option::is_some).await.as_deref() {
            Ok(Some(landed)) => landed.clone(),
            // Its task panicked, or the runtime is shutting down.
            _ => Err(StoreError::Unavailable("the read was cut short".into())),
        }
    }
}

/// A flight that is under way; dropped without a landing, its passengers hear that it failed.
pub(super) struct Departure {
    flights: Flights,
    key: String,
    number: u64,
    landed: watch::Sender<Option<Landed>>,
}

impl Departure {
    /// Tells the passengers. Later ones take a flight of their own: what a removal on another
    /// process has overtaken is told to nobody who comes after the answer.
    pub fn land(self, landed: Landed) {
        self.leave();
        self.landed.send_replace(Some(landed));
    }

    fn leave(&self) {
        let mut under = self.flights.under();
        // After `forget` there may be another one in its place.
        if under.way.get(&self.key).is_some_and(|(number, _)| *number == self.number) {
            under.way.remove(&self.key);
        }
    }
}

impl Drop for Departure {
    fn drop(&mut self) {
        self.leave();
    }
}
