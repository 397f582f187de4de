//! Everyone of one kind, longest waiting first, with all that a search asks of them.
//!
//! Whoever fits is nearly always among the longest waiting, whatever the number of those behind. So
//! a search first reads the beginnings of the cohorts it may choose from: a few adjacent cache
//! lines each, and none of the many queues.

use super::queue::{Node, Place, too_many};
use super::types::{KINDS, Kinds, Type, each};
use crate::profile::Profile;
use std::collections::{BTreeMap, VecDeque};

/// So few of those who have left are read again and again.
const MIN_PASSED: usize = if cfg!(test) { 1 } else { 4 };

/// What a search asks of those who wait.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    its: Type,
    interests: u16,
    insists: bool,
}

impl Asked {
    pub fn of(profile: &Profile, its: Type) -> Asked {
        Asked { its, interests: profile.interests.0, insists: profile.wishes.shared_interest }
    }
}

/// One who waits.
#[derive(Clone, Copy)]
struct Face {
    node: Node,
    /// Whom they accept.
    accepts: Kinds,
    interests: u16,
    /// Insists on a shared interest.
    insists: bool,
    /// Has left. Then they accept nobody.
    gone: bool,
}

impl Face {
    /// Whether they fit one who accepts their kind.
    fn fits(&self, asked: &Asked) -> bool {
        let interests = self.interests & asked.interests != 0 || !(self.insists || asked.insists);
        self.accepts & 1 << asked.its.kind != 0 && interests
    }
}

/// The search would read too far.
struct TooFar;

/// The cohort of one kind.
#[derive(Default)]
struct Cohort {
    /// Those who came in the order of their `since`. The first has not left.
    orderly: VecDeque<Face>,
    /// How many of them have left.
    gone: usize,
    /// Those who came back or changed their wishes.
    late: BTreeMap<Place, Face>,
}

impl Cohort {
    fn insert(&mut self, face: Face) {
        while self.orderly.back().is_some_and(|back| back.gone) {
            self.orderly.pop_back();
            self.gone -= 1;
        }
        if self.orderly.back().is_none_or(|back| back.node.place < face.node.place) {
            self.orderly.push_back(face);
        } else {
            self.late.insert(face.node.place, face);
        }
    }

    fn remove(&mut self, place: Place) {
        if !self.late.is_empty() && self.late.remove(&place).is_some() {
            return;
        }
        let Some(at) = self.position(place) else { return };
        let face = &mut self.orderly[at];
        (face.gone, face.accepts) = (true, 0);
        self.gone += 1;
        while self.orderly.front().is_some_and(|front| front.gone) {
            self.orderly.pop_front();
            self.gone -= 1;
        }
        if too_many(self.gone, self.orderly.len()) {
            self.orderly.retain(|face| !face.gone);
            self.gone = 0;
            if self.orderly.capacity() > 4 * self.orderly.len() {
                self.orderly.shrink_to(2 * self.orderly.len());
            }
        }
    }

    /// Where in the orderly part; by doubled steps, as most who leave are near its beginning.
    fn position(&self, place: Place) -> Option<usize> {
        let before = |at: usize| self.orderly.get(at).is_some_and(|face| face.node.place < place);
        let mut end = 1;
        while before(end) {
            end *= 2;
        }
        let (mut from, mut end) = (end / 2, end.min(self.orderly.len()));
        while from < end {
            let middle = usize::midpoint(from, end);
            if before(middle) { from = middle + 1 } else { end = middle }
        }
        self.orderly.get(from).filter(|face| face.node.place == place).map(|_| from)
    }

    /// The first before `best` who fits, else `best`. `left`: how many may still be read.
    fn sooner(&mut self, asked: &Asked, best: Place, left: &mut usize) -> Result<Option<Node>, TooFar> {
        let mut found = None;
        let (mut read, mut gone) = (0, 0);
        for face in self.orderly.iter().take(*left) {
            if face.node.place >= best {
                break;
            }
            if face.fits(asked) {
                found = Some(face.node);
                break;
            }
            read += 1;
            gone += usize::from(face.gone);
        }
        let too_far = read == *left && read < self.orderly.len();
        *left -= read;
        // Nobody is to read those again: each who has left is paid for once.
        if gone > MIN_PASSED && gone * 2 > read {
            self.squeeze(read);
            self.gone -= gone;
        }
        if too_far {
            return Err(TooFar);
        }
        let best = found.map_or(best, |node| node.place);
        for (place, face) in &self.late {
            if *place >= best {
                break;
            }
            if face.fits(asked) {
                return Ok(Some(face.node));
            }
            *left = left.checked_sub(1).ok_or(TooFar)?;
        }
        Ok(found)
    }

    /// Drops those who have left among the first `n`: the others move up to the ones behind.
    fn squeeze(&mut self, n: usize) {
        let mut to = n;
        for at in (0..n).rev() {
            if !self.orderly[at].gone {
                to -= 1;
                self.orderly[to] = self.orderly[at];
            }
        }
        self.orderly.drain(..to);
    }
}

/// The cohorts of a class.
#[derive(Default)]
pub(super) struct Cohorts {
    cohorts: [Cohort; KINDS],
    /// The kinds of which somebody waits.
    live: Kinds,
}

impl Cohorts {
    /// Adds one who is and asks so.
    pub fn insert(&mut self, asked: Asked, node: Node) {
        let Asked { its, interests, insists } = asked;
        self.cohorts[its.kind as usize].insert(Face {
            node,
            accepts: its.accepts,
            interests,
            insists,
            gone: false,
        });
        self.live |= 1 << its.kind;
    }

    /// One of this kind at this place leaves.
    pub fn remove(&mut self, kind: u8, place: Place) {
        let cohort = &mut self.cohorts[kind as usize];
        cohort.remove(place);
        if cohort.orderly.is_empty() && cohort.late.is_empty() {
            self.live &= !(1 << kind);
        }
    }

    /// Whoever has waited longest of those who fit; none if that takes reading more than `left`.
    pub fn oldest(&mut self, asked: &Asked, mut left: usize) -> Option<Option<Node>> {
        let mut best = None;
        for kind in each(asked.its.accepts & self.live) {
            let before = best.map_or(Place::NONE, |best: Node| best.place);
            best = self.cohorts[kind].sooner(asked, before, &mut left).ok()?.or(best);
        }
        Some(best)
    }

    /// The counts, the order and the bound are as they should be; how many wait.
    #[cfg(test)]
    pub fn check(&self, alive: impl Fn(Node) -> bool) -> usize {
        for (kind, cohort) in self.cohorts.iter().enumerate() {
            assert!(cohort.orderly.iter().all(|face| face.gone != alive(face.node)));
            assert!(cohort.late.values().all(|face| alive(face.node)));
            assert_eq!(cohort.gone, cohort.orderly.iter().filter(|face| face.gone).count());
            assert!(
                !too_many(cohort.gone, cohort.orderly.len()),
                "{} of {}",
                cohort.gone,
                cohort.orderly.len()
            );
            assert!(cohort.orderly.front().is_none_or(|front| !front.gone));
            assert!(cohort.orderly.iter().is_sorted_by_key(|face| face.node.place));
            assert_eq!(self.live & 1 << kind != 0, cohort.orderly.len() + cohort.late.len() > 0);
        }
        self.cohorts.iter().map(|cohort| cohort.orderly.len() - cohort.gone + cohort.late.len()).sum()
    }
}
