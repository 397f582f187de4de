//! The pick: who of those waiting meets the one who comes.

use super::cohort::Asked;
use super::pool::{Pool, PoolLimits, alive, looks_in};
use super::queue::{Cursor, Node, Place};
use super::seeker::Seeker;
use super::types::{Type, TypeId};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Whose turn it is first.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Everyone.
    Free,
    /// Those who pay to wait less.
    Premium,
}

impl Class {
    /// The class that a seeker waits in.
    pub fn of(seeker: &Seeker, limits: &PoolLimits) -> Class {
        if seeker.priority && limits.premium_streak > 0 { Class::Premium } else { Class::Free }
    }
}

/// The slot of the partner for `seeker` of type `its`, none if nobody fits within the look-ahead.
///
/// Of the longest-waiting premium and the longest-waiting free one who may be met, the premium one
/// is taken, unless so many were in a row while a free one fitted ([`PoolLimits::premium_streak`]).
pub(super) fn pick(pool: &mut Pool, seeker: &Seeker, its: Type) -> Option<u32> {
    let premium = oldest(pool, Class::Premium, seeker, its);
    let free = oldest(pool, Class::Free, seeker, its);
    match (premium, free) {
        (Some(premium), Some(_)) if pool.streak < pool.limits.premium_streak => {
            pool.streak += 1;
            Some(premium)
        }
        (_, Some(free)) => {
            pool.streak = 0;
            Some(free)
        }
        // Nobody was passed over.
        (premium, None) => premium,
    }
}

/// The one of `class` who waits longest and may be met.
fn oldest(pool: &mut Pool, class: Class, seeker: &Seeker, its: Type) -> Option<u32> {
    let asked = Asked::of(&seeker.profile, its);
    let head = match pool.cohorts[class as usize].oldest(&asked, pool.read) {
        Some(head) => head?,
        None => {
            let (rows, holders) = (&mut pool.rows[class as usize], &pool.holders);
            let heads = looks_in(&seeker.profile).filter_map(|p| rows[p].oldest(its, |n| alive(holders, n)));
            heads.min()?
        }
    };
    if may_meet(pool, seeker, head) {
        return Some(head.slot);
    }
    look_ahead(pool, class, seeker, its)
}

fn may_meet(pool: &Pool, seeker: &Seeker, node: Node) -> bool {
    pool.entries[node.slot as usize].as_ref().is_some_and(|e| !e.avoids(seeker))
}

/// The same past heads that are to be avoided: the fitting queues are merged in order of their
/// places. A seeker who stands in several topics' queues comes up once per queue, one after the
/// other, and counts once.
fn look_ahead(pool: &mut Pool, class: Class, seeker: &Seeker, its: Type) -> Option<u32> {
    let mut walks: BinaryHeap<Reverse<(Node, usize, TypeId, Cursor)>> = BinaryHeap::new();
    for purpose in looks_in(&seeker.profile) {
        let row = &mut pool.rows[class as usize][purpose];
        let ids: Vec<TypeId> = row.fitting(its).map(|line| line.id).collect();
        for id in ids {
            let cursors = row.queues[id as usize].cursors(|n| alive(&pool.holders, n));
            walks.extend(cursors.map(|(node, cursor)| Reverse((node, purpose, id, cursor))));
        }
    }
    let mut looked = 0;
    let mut last = Place::NONE;
    while let Some(Reverse((node, purpose, id, cursor))) = walks.pop() {
        if node.place != last {
            if looked == pool.limits.look_ahead {
                return None;
            }
            looked += 1;
            last = node.place;
            if may_meet(pool, seeker, node) {
                return Some(node.slot);
            }
        }
        let queue = &mut pool.rows[class as usize][purpose].queues[id as usize];
        let holders = &pool.holders;
        if let Some((node, cursor)) = queue.next(cursor, |n| alive(holders, n)) {
            walks.push(Reverse((node, purpose, id, cursor)));
        }
    }
    None
}
