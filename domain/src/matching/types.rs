//! Types of seekers: what somebody is, and whom they accept.
//!
//! What somebody is (gender, age, language) is one of 30 **kinds**; whom they accept is a set of
//! kinds, a bit each. So whether two types fit is two looks at bits, and needs no table.

use crate::profile::{AgeBand, Gender, Profile, Wishes};
use crate::text::Lang;
use rustc_hash::FxHashMap;
use std::collections::VecDeque;

/// Index of a type.
pub(super) type TypeId = u32;

/// How many kinds of people there are.
pub(super) const KINDS: usize = Gender::ALL.len() * AgeBand::ALL.len() * Lang::ALL.len();

/// Types kept although nobody of them waits, so that the queues of one that comes and goes are not
/// made anew.
const KEPT: usize = 512;

/// A kind of people: own gender, age and language.
pub(super) fn kind_of(profile: &Profile) -> usize {
    (profile.gender as usize * AgeBand::ALL.len() + profile.age as usize) * Lang::ALL.len()
        + profile.lang as usize
}

/// A set of kinds: bit i is kind i.
pub(super) type Kinds = u32;

/// Whom wishes accept. Interests are left out: see the module above.
fn accepted_by(wishes: &Wishes) -> Kinds {
    let ages_and_langs = (0..AgeBand::ALL.len())
        .filter(|age| wishes.ages & (1 << age) != 0)
        .fold(0, |all, age| all | Kinds::from(wishes.langs & Wishes::ANY_LANG) << (age * Lang::ALL.len()));
    (0..Gender::ALL.len())
        .filter(|gender| wishes.genders & (1 << gender) != 0)
        .fold(0, |all, gender| all | ages_and_langs << (gender * AgeBand::ALL.len() * Lang::ALL.len()))
}

/// The type of a profile.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Type {
    /// What they are.
    pub kind: u8,
    /// Whom they accept.
    pub accepts: Kinds,
}

impl Type {
    /// The type of `profile`.
    pub fn of(profile: &Profile) -> Type {
        Type { kind: kind_of(profile) as u8, accepts: accepted_by(&profile.wishes) }
    }
}

/// The kinds of a set, ascending.
pub(super) fn each(mut kinds: Kinds) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let kind = kinds.trailing_zeros() as usize;
        kinds &= kinds.wrapping_sub(1);
        (kind < KINDS).then_some(kind)
    })
}

/// Numbers for types, those with someone waiting and some without.
#[derive(Default)]
pub(super) struct Types {
    /// Each with how many of it wait.
    all: Vec<(Type, u32)>,
    by_type: FxHashMap<Type, TypeId>,
    /// Types that became empty, longest ago first; some may have come back since.
    empty: VecDeque<TypeId>,
}

impl Types {
    /// How many types there are, empty ones included.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// One more of a type waits; its number, and whose that was until now if it was another's.
    pub fn enter(&mut self, its: Type) -> (TypeId, Option<Type>) {
        let (id, old) = match self.by_type.get(&its) {
            Some(&id) => (id, None),
            None => self.number(its),
        };
        self.all[id as usize].1 += 1;
        (id, old)
    }

    /// A number for a new type: that of the one longest empty once there are many.
    fn number(&mut self, its: Type) -> (TypeId, Option<Type>) {
        let (id, old) = match self.free() {
            Some(id) => {
                let (old, _) = std::mem::replace(&mut self.all[id as usize], (its, 0));
                self.by_type.remove(&old);
                (id, Some(old))
            }
            None => {
                self.all.push((its, 0));
                ((self.all.len() - 1) as TypeId, None)
            }
        };
        self.by_type.insert(its, id);
        (id, old)
    }

    fn free(&mut self) -> Option<TypeId> {
        if self.all.len() < KEPT {
            return None;
        }
        let all = &self.all;
        std::iter::from_fn(|| self.empty.pop_front()).find(|&id| all[id as usize].1 == 0)
    }

    /// One of type `id` no longer waits.
    pub fn leave(&mut self, id: TypeId) {
        self.all[id as usize].1 -= 1;
        if self.all[id as usize].1 == 0 {
            // The list holds types more than once if they come and go; keep it short.
            if self.empty.len() > 4 * KEPT.max(self.all.len()) {
                let mut seen = vec![false; self.all.len()];
                let all = &self.all;
                self.empty.retain(|&id| {
                    all[id as usize].1 == 0 && !std::mem::replace(&mut seen[id as usize], true)
                });
            }
            self.empty.push_back(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Interests;

    /// Every type there can be against every kind: the bits say what the profiles say.
    #[test]
    fn the_bits_say_who_accepts_whom() {
        let profile = |kind: usize, wishes: Wishes| Profile {
            gender: Gender::ALL[kind / 10],
            age: AgeBand::ALL[kind / 2 % 5],
            lang: Lang::ALL[kind % 2],
            interests: Interests(0),
            wishes,
        };
        let everybody: Vec<_> = (0..KINDS).map(|kind| profile(kind, Wishes::anyone(Lang::Ru))).collect();
        for (kind, who) in everybody.iter().enumerate() {
            assert_eq!(kind_of(who), kind);
        }
        for masks in 0..8 * 32 * 4u32 {
            let (genders, ages, langs) = ((masks & 7) as u8, (masks >> 3 & 31) as u8, (masks >> 8) as u8);
            let seeker = profile(0, Wishes { genders, ages, langs, shared_interest: false });
            let accepts = Type::of(&seeker).accepts;
            let accepted: Vec<_> = (0..KINDS).filter(|&kind| seeker.accepts(&everybody[kind])).collect();
            assert_eq!(each(accepts).collect::<Vec<_>>(), accepted);
        }
    }
}
