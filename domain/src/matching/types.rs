//! Types of seekers and which fit which.

use crate::profile::{Interests, Profile, Wishes};
use rustc_hash::FxHashMap;
use std::collections::VecDeque;

/// Index of a type.
pub(super) type TypeId = usize;

/// Types kept although nobody of them waits, so that a type that comes and goes is not computed anew.
const KEPT: usize = 512;

/// Own gender, age and language and the wishes about them, packed. Interests are left out: see the module above.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Key(u32);

impl Key {
    fn of(profile: &Profile) -> Key {
        let Wishes { genders, ages, langs, .. } = profile.wishes;
        Key(u32::from_be_bytes([
            (profile.gender as u8) | (profile.age as u8) << 2 | (profile.lang as u8) << 5,
            genders,
            ages,
            langs,
        ]))
    }
}

/// The part of a profile that makes its type.
fn coarse(profile: &Profile) -> Profile {
    Profile {
        interests: Interests::default(),
        wishes: Wishes { shared_interest: false, ..profile.wishes },
        ..*profile
    }
}

struct Type {
    key: Key,
    profile: Profile,
    /// How many of it wait.
    waiting: usize,
    /// Bit i: type i fits, both ways. Meaningless beyond the types there are; may be shorter than them.
    fits: Vec<u64>,
}

/// All types with someone waiting and some without.
#[derive(Default)]
pub(super) struct Types {
    all: Vec<Type>,
    by_key: FxHashMap<Key, TypeId>,
    /// Bit i: someone of type i waits.
    live: Vec<u64>,
    /// Types that became empty, longest ago first; some may have come back since.
    empty: VecDeque<TypeId>,
}

impl Types {
    /// How many types there are, empty ones included.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// The type of `profile`; computed where it is new.
    pub fn of(&mut self, profile: &Profile) -> TypeId {
        let key = Key::of(profile);
        if let Some(&id) = self.by_key.get(&key) {
            return id;
        }
        let id = self.free_slot();
        let profile = coarse(profile);
        let mut fits = vec![0u64; self.all.len().max(id + 1).div_ceil(64)];
        for (i, other) in self.all.iter_mut().enumerate() {
            if i != id {
                let fit = profile.fits(&other.profile);
                set(&mut fits, i, fit);
                set(&mut other.fits, id, fit);
            }
        }
        let fits_itself = profile.fits(&profile);
        set(&mut fits, id, fits_itself);
        let new = Type { key, profile, waiting: 0, fits };
        match self.all.get_mut(id) {
            Some(old) => {
                self.by_key.remove(&old.key);
                *old = new;
            }
            None => self.all.push(new),
        }
        self.by_key.insert(key, id);
        self.empty.push_back(id);
        id
    }

    /// A slot for a new type: the one longest empty once there are many.
    fn free_slot(&mut self) -> TypeId {
        if self.all.len() >= KEPT {
            while let Some(id) = self.empty.pop_front() {
                if self.all[id].waiting == 0 {
                    return id;
                }
            }
        }
        self.all.len()
    }

    /// One more of type `id` waits.
    pub fn enter(&mut self, id: TypeId) {
        self.all[id].waiting += 1;
        set(&mut self.live, id, true);
    }

    /// One of type `id` no longer waits.
    pub fn leave(&mut self, id: TypeId) {
        self.all[id].waiting -= 1;
        if self.all[id].waiting == 0 {
            set(&mut self.live, id, false);
            // The list holds types more than once if they come and go; keep it short.
            if self.empty.len() > 4 * KEPT.max(self.all.len()) {
                let mut seen = vec![false; self.all.len()];
                let all = &self.all;
                self.empty.retain(|&id| all[id].waiting == 0 && !std::mem::replace(&mut seen[id], true));
            }
            self.empty.push_back(id);
        }
    }

    /// The types with someone waiting that fit type `id`.
    pub fn fitting(&self, id: TypeId) -> impl Iterator<Item = TypeId> {
        let words = self.all[id].fits.iter().zip(&self.live).map(|(fits, live)| fits & live).enumerate();
        words.flat_map(|(at, mut word)| {
            std::iter::from_fn(move || {
                if word == 0 {
                    return None;
                }
                let bit = word.trailing_zeros() as usize;
                word &= word - 1;
                Some(at * 64 + bit)
            })
        })
    }
}

fn set(bits: &mut Vec<u64>, at: usize, value: bool) {
    if at / 64 >= bits.len() {
        bits.resize(at / 64 + 1, 0);
    }
    let (word, bit) = (&mut bits[at / 64], 1 << (at % 64));
    if value { *word |= bit } else { *word &= !bit }
}
