//! Whether what the database holds, and what people were told, is a history that could have been.

use super::{Block, Pair, Person, REPEAT_WINDOW};
use crate::support::people::is_found;
use nameless_domain::profile::Profile;
use nameless_simulator::ChatMessage;
use std::collections::{BTreeMap, BTreeSet};

/// Everybody is in one pair at a time, with somebody who fits and is not to be avoided.
pub(super) fn check_pairs(
    pairs: &[Pair],
    lived: &BTreeSet<(i64, i64)>,
    profiles: &BTreeMap<i64, Profile>,
    blocks: &[Block],
) {
    let (mut last, mut met) = (BTreeMap::<i64, &Pair>::new(), BTreeMap::<[i64; 2], &Pair>::new());
    let by_id: BTreeMap<i64, &Pair> = pairs.iter().map(|p| (p.id, p)).collect();
    for Block { user, pair, at } in blocks {
        let before = by_id[pair];
        assert!(before.members.contains(user), "a button of a foreign pair");
        let again = |p: &&Pair| p.opened > *at && before.members.iter().all(|m| p.members.contains(m));
        // A wish that was stated before the block may be matched after it: the pair is ended before
        // a word of it.
        for pair in pairs.iter().filter(again) {
            let entered = pair.ended == i64::MAX || lived.contains(&(*user, pair.id));
            assert!(!entered, "{user} had parted from the other for good at {at}: {pair:?}");
        }
    }
    let mut unwanted = 0;
    for pair in pairs {
        let [a, b] = pair.members;
        assert!(profiles[&a].fits(&profiles[&b]), "they do not fit: {pair:?}");
        for user in pair.members {
            if let Some(before) = last.insert(user, pair) {
                assert!(before.ended <= pair.opened, "{user} is in two pairs: {before:?}, {pair:?}");
            }
        }
        let mut two = pair.members;
        two.sort_unstable();
        // Proposed while a member changed their mind, or by a wish from before they parted; that
        // member's session ended it instead of entering. Two have met if both entered.
        if pair.ended != i64::MAX && !pair.members.iter().all(|m| lived.contains(&(*m, pair.id))) {
            unwanted += 1;
            continue;
        }
        if let Some(before) = met.insert(two, pair) {
            let pause = pair.opened - before.ended;
            assert!(pause >= REPEAT_WINDOW, "again after {pause} ms: {before:?}, {pair:?}");
        }
    }
    println!(
        "{} pairs, {} blocks, {unwanted} pairs were over before both had entered",
        pairs.len(),
        blocks.len()
    );
}

fn is_end(message: &ChatMessage) -> bool {
    let ends = [
        "The other person ended",
        "The other person is gone",
        "The chat is over",
        "The chat broke off",
        "Done, you will not be paired",
    ];
    message.from_bot && message.text().is_some_and(|text| ends.iter().any(|end| text.starts_with(end)))
}

/// How often somebody was told of a new partner while they believed to be with another.
#[derive(Default)]
pub(super) struct Unended {
    /// The line was said twice of one pair: a node that was stopped after a call and before its
    /// note says it again in its next life. As many as were under way then.
    pub(super) twice: usize,
    /// Another pair was there in between, and the line at its end was never said.
    pub(super) missed: usize,
}

pub(super) fn unended(people: &[Person], pairs: &[Pair]) -> Unended {
    let mut unended = Unended::default();
    for Person { user, .. } in people {
        let own: Vec<&Pair> = pairs.iter().filter(|p| p.members.contains(&user.id())).collect();
        // Where in the user's pairs the last end was, and lines of somebody new since then.
        let (mut after, mut found) = (0, 0_usize);
        let chat = user.chat();
        let mut count = |found: usize, between: usize| {
            let missed = found.saturating_sub(1).min(between);
            unended.missed += missed;
            unended.twice += found.saturating_sub(1 + missed);
        };
        for message in &chat {
            if is_found(message) {
                found += 1;
            } else if is_end(message) {
                let ended = pair_of(message).and_then(|pair| own.iter().position(|p| p.id == pair));
                count(found, ended.map_or(0, |ended| ended.saturating_sub(after)));
                (after, found) = (ended.map_or(after, |ended| ended + 1), 0);
            }
        }
        count(found, own.len().saturating_sub(after + 1));
    }
    unended
}

/// The pair that a line with buttons is of.
fn pair_of(message: &ChatMessage) -> Option<i64> {
    let mut data = message.buttons().into_iter().flatten().filter_map(|b| b.data);
    data.find_map(|d| d.strip_prefix("fb:")?.split(':').nth(1)?.parse().ok())
}

/// Who entered which pair: the line at its end has buttons with its number.
pub(super) fn lived(people: &[Person]) -> BTreeSet<(i64, i64)> {
    let mut lived = BTreeSet::new();
    for Person { user, .. } in people {
        for message in user.chat().iter().filter(|m| m.from_bot) {
            lived.extend(pair_of(message).map(|pair| (user.id(), pair)));
        }
    }
    lived
}

/// Both members of each pair heard of it, unless it was over before they could: in so many
/// milliseconds.
pub(super) fn check_told(pairs: &[Pair], lived: &BTreeSet<(i64, i64)>, told: i64) {
    for pair in pairs.iter().filter(|p| p.ended != i64::MAX && p.ended - p.opened >= told) {
        for user in pair.members {
            assert!(lived.contains(&(user, pair.id)), "{user} did not hear of {pair:?}");
        }
    }
}
