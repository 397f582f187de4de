//! How often somebody may ask: by address before anything is known, by person after that.

use nameless_actors::kernel::lock;
use nameless_domain::ids::UserId;
use nameless_domain::outbox::Bucket;
use nameless_domain::time::Millis;
use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::Mutex;

/// Requests a second from one address, and at once: a mobile network has many people behind one.
const OF_ADDRESS: (f64, u32) = (100.0, 400);
/// Requests a second without a good session or signature from one address, and at once.
const OF_STRANGER: (f64, u32) = (0.5, 40);
/// Requests a second of one person, and at once.
const OF_PERSON: (f64, u32) = (10.0, 80);
/// Sessions a second that one person begins, and at once.
const OF_OPENING: (f64, u32) = (0.2, 20);
/// Pictures a second of one person, and at once.
const OF_PICTURES: (f64, u32) = (5.0, 60);
/// Pictures that one person sends a second, and at once.
const OF_UPLOADS: (f64, u32) = (0.1, 20);
/// Invoices that one person asks for a second, and at once: each is an order, and a call to
/// Telegram.
const OF_INVOICES: (f64, u32) = (0.1, 20);
/// Addresses and people that are remembered, at most.
const MOST: usize = 20_000;

/// Buckets by name. A table that is full is forgotten: everybody begins anew.
#[derive(Debug)]
struct Table<K>(Mutex<HashMap<K, Bucket>>, (f64, u32));

impl<K: Hash + Eq> Table<K> {
    fn new(of: (f64, u32)) -> Table<K> {
        Table(Mutex::default(), of)
    }

    fn take(&self, key: K, now: Millis) -> bool {
        let Table(buckets, (rate, burst)) = self;
        let mut buckets = lock(buckets);
        if buckets.len() >= MOST && !buckets.contains_key(&key) {
            buckets.clear();
        }
        buckets.entry(key).or_insert_with(|| Bucket::new(*rate, *burst)).take(now)
    }

    /// One is back. A bucket that is full is as good as none.
    fn give_back(&self, key: &K, now: Millis) {
        let mut buckets = lock(&self.0);
        if buckets.get_mut(key).is_some_and(|bucket| bucket.give_back(now)) {
            buckets.remove(key);
        }
    }
}

/// The limits of the API.
#[derive(Debug)]
pub(super) struct Limits {
    addresses: Table<IpAddr>,
    strangers: Table<IpAddr>,
    people: Table<UserId>,
    openings: Table<UserId>,
    pictures: Table<UserId>,
    uploads: Table<UserId>,
    invoices: Table<UserId>,
}

impl Limits {
    pub fn new() -> Limits {
        Limits {
            addresses: Table::new(OF_ADDRESS),
            strangers: Table::new(OF_STRANGER),
            people: Table::new(OF_PERSON),
            openings: Table::new(OF_OPENING),
            pictures: Table::new(OF_PICTURES),
            uploads: Table::new(OF_UPLOADS),
            invoices: Table::new(OF_INVOICES),
        }
    }

    /// Whether an address may ask at all.
    pub fn admits(&self, address: IpAddr, now: Millis) -> bool {
        self.addresses.take(address, now)
    }

    /// Whether an address may, with nothing good to show. What turns out to be good gives the try
    /// back. Who shows a session is none until there is none of that secret: strangers lock nobody
    /// out who shares their address.
    pub fn admits_stranger(&self, address: IpAddr, now: Millis) -> bool {
        self.strangers.take(address, now)
    }

    /// It turned out to be good: one try is back. Were it all of them, whoever has a session had
    /// guesses without end, by a good request now and then.
    pub fn forgives(&self, address: IpAddr, now: Millis) {
        self.strangers.give_back(&address, now);
    }

    pub fn admits_person(&self, user: UserId, now: Millis) -> bool {
        self.people.take(user, now)
    }

    pub fn admits_opening(&self, user: UserId, now: Millis) -> bool {
        self.openings.take(user, now)
    }

    pub fn admits_upload(&self, user: UserId, now: Millis) -> bool {
        self.uploads.take(user, now)
    }

    pub fn admits_invoice(&self, user: UserId, now: Millis) -> bool {
        self.invoices.take(user, now)
    }

    pub fn admits_picture(&self, user: UserId, now: Millis) -> bool {
        self.pictures.take(user, now)
    }
}

/// Of an IPv6 address its first half: who has one has 2^64.
pub(super) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(four) => IpAddr::V4(four),
        IpAddr::V6(six) => IpAddr::V6((u128::from(six) >> 64 << 64).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guesses_are_few_a_good_one_is_forgiven_and_tables_are_bounded() {
        let (limits, here) = (Limits::new(), IpAddr::from([10, 0, 0, 1]));
        let tries = |n: usize| (0..n).filter(|_| limits.admits_stranger(here, Millis(5))).count();
        assert_eq!(tries(100), OF_STRANGER.1 as usize);
        limits.forgives(here, Millis(5));
        assert_eq!(tries(10), 1, "one is back, not all of them");
        let there = IpAddr::from([10, 0, 0, 2]);
        assert!(limits.admits_stranger(there, Millis(5)));
        limits.forgives(there, Millis(5));
        assert!(!lock(&limits.strangers.0).contains_key(&there), "nothing is left to remember");
        let asked = (0..2 * OF_ADDRESS.1).filter(|_| limits.admits(here, Millis(5))).count();
        assert_eq!(asked, OF_ADDRESS.1 as usize);
        for n in 0..2 * MOST as u32 {
            let there = IpAddr::from(n.to_be_bytes());
            assert!(limits.admits(there, Millis(5)) && limits.admits_stranger(there, Millis(5)));
        }
        assert!(lock(&limits.strangers.0).len() <= MOST && lock(&limits.addresses.0).len() <= MOST);
    }

    #[test]
    fn one_person_is_no_other() {
        let limits = Limits::new();
        let asked = |user| (0..200).filter(|_| limits.admits_person(UserId(user), Millis(5))).count();
        assert_eq!((asked(1), asked(2)), (OF_PERSON.1 as usize, OF_PERSON.1 as usize));
        let invoices = (0..200).filter(|_| limits.admits_invoice(UserId(1), Millis(5))).count();
        assert_eq!(invoices, OF_INVOICES.1 as usize);
    }
}
