//! Where the actors are. Peers are named by their type and a key, never by an address that somebody
//! kept.

use crate::kernel::{read_lock, write_lock};
use actix::{Actor, Addr};
use nameless_domain::ids::spread;
use std::any::{Any, TypeId};
use std::sync::RwLock;

/// One actor's present address; changes when it is started anew.
pub struct Place<A: Actor>(RwLock<Option<Addr<A>>>);

impl<A: Actor> Default for Place<A> {
    fn default() -> Place<A> {
        Place(RwLock::new(None))
    }
}

impl<A: Actor> Place<A> {
    /// Moves in.
    pub fn set(&self, addr: Addr<A>) {
        *write_lock(&self.0) = Some(addr);
    }

    /// Runs `f` with the address; nothing happens before the actor was first started.
    pub fn with<R>(&self, f: impl FnOnce(&Addr<A>) -> R) -> Option<R> {
        read_lock(&self.0).as_ref().map(f)
    }

    /// A copy of the address.
    pub fn get(&self) -> Option<Addr<A>> {
        self.with(Addr::clone)
    }
}

/// The places of all services.
#[derive(Default)]
pub struct Directory {
    /// By type. There are about ten: looking through them is quicker than hashing.
    places: Vec<(TypeId, Box<dyn Any + Send + Sync>)>,
}

impl Directory {
    /// Makes `count` places for actors of a type.
    pub fn add<A: Actor>(&mut self, count: usize) {
        let places: Vec<Place<A>> = (0..count.max(1)).map(|_| Place::default()).collect();
        self.places.push((TypeId::of::<A>(), Box::new(places)));
    }

    /// All places of a type, by index.
    pub fn all<A: Actor>(&self) -> &[Place<A>] {
        let own = TypeId::of::<A>();
        let places =
            self.places.iter().find(|(id, _)| *id == own).and_then(|(_, places)| places.downcast_ref());
        let places: &Vec<Place<A>> = places.expect("every service is in the list of services");
        places
    }

    /// The place of a service of which there is one.
    pub fn one<A: Actor>(&self) -> &Place<A> {
        &self.all::<A>()[0]
    }

    /// The place of a service of which there are several, for what goes by this key (a user, a
    /// pair).
    pub fn of<A: Actor>(&self, key: i64) -> &Place<A> {
        let places = self.all::<A>();
        &places[spread(key) as usize % places.len()]
    }
}

/// Tells the actor of a place.
#[macro_export]
macro_rules! tell {
    ($place:expr, $message:expr) => {
        $place.with(|addr| $crate::kernel::tell(addr, $message))
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix::Context;

    struct One;
    impl Actor for One {
        type Context = Context<Self>;
    }
    struct Many;
    impl Actor for Many {
        type Context = Context<Self>;
    }

    #[test]
    fn places_are_found_by_type_and_key() {
        let mut directory = Directory::default();
        directory.add::<One>(1);
        directory.add::<Many>(4);
        assert!(directory.one::<One>().get().is_none());
        let mut used = [0; 4];
        for key in 0..400 {
            let place = directory.of::<Many>(key);
            let index = directory.all::<Many>().iter().position(|p| std::ptr::eq(p, place));
            used[index.expect("one of them")] += 1;
        }
        assert!(used.iter().all(|n| *n > 50), "{used:?}");
    }
}
