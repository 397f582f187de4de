use crate::capabilities::admin::audit::{Break, Entry, GENESIS, Walk};
use crate::time::Millis;
use proptest::prelude::*;

fn entry() -> impl Strategy<Value = Entry> {
    let words = || "\\PC{0,12}";
    let whom = proptest::option::of(proptest::collection::vec(any::<u8>(), 0..4));
    (any::<i64>(), words(), words(), words(), whom, words(), words(), words(), words()).prop_map(
        |(at, who, role, what, whom, detail, reason, source, outcome)| Entry {
            seq: 1,
            at: Millis(at),
            who,
            role,
            what,
            whom,
            detail,
            reason,
            source,
            outcome,
        },
    )
}

fn log() -> impl Strategy<Value = Vec<(Entry, Vec<u8>)>> {
    proptest::collection::vec(entry(), 1..12).prop_map(|entries| {
        let mut before = GENESIS;
        let number = |(i, entry): (usize, Entry)| {
            let entry = Entry { seq: i as i64 + 1, ..entry };
            before = entry.hash(&before);
            (entry, before.to_vec())
        };
        entries.into_iter().enumerate().map(number).collect()
    })
}

fn walk(log: &[(Entry, Vec<u8>)]) -> Result<Walk, Break> {
    let mut walk = Walk::default();
    for (entry, hash) in log {
        walk.next(entry, hash)?;
    }
    Ok(walk)
}

/// One thing that is altered in an entry.
fn alter(entry: &mut Entry, what: usize) {
    match what {
        0 => entry.at = Millis(entry.at.0.wrapping_add(1)),
        1 => entry.who.push('x'),
        2 => entry.role.push('x'),
        3 => entry.what.push('x'),
        4 => match &mut entry.whom {
            None => entry.whom = Some(Vec::new()),
            Some(hash) => hash.push(0),
        },
        5 => entry.detail.push('x'),
        6 => entry.reason.push('x'),
        7 => entry.source.push('x'),
        _ => entry.outcome.push('x'),
    }
}

proptest! {
    /// Guard: every field stands in the canonical form, with its length.
    #[test]
    fn entries_that_differ_have_forms_that_differ(a in entry(), b in entry(), what in 0..9usize) {
        prop_assert_eq!(a.canonical(&GENESIS) == b.canonical(&GENESIS), a == b);
        let mut altered = a.clone();
        alter(&mut altered, what);
        prop_assert_ne!(altered.hash(&GENESIS), a.hash(&GENESIS));
        prop_assert_ne!(a.hash(&[1; 32]), a.hash(&GENESIS));
        prop_assert_eq!(a.hash(&GENESIS), a.clone().hash(&GENESIS));
    }

    #[test]
    fn words_do_not_move_from_one_field_to_the_next(a in "\\PC{0,6}", b in "\\PC{0,6}", c in "\\PC{1,6}") {
        let entry = |detail: String, reason: String| Entry {
            seq: 1, at: Millis(0), who: String::new(), role: String::new(), what: String::new(), whom: None,
            detail, reason, source: String::new(), outcome: String::new(),
        };
        let one = entry(format!("{a}{c}"), b.clone());
        let other = entry(a, format!("{c}{b}"));
        prop_assert_ne!(one.hash(&GENESIS), other.hash(&GENESIS));
    }

    /// Altered, removed, doubled, moved: found, whichever entry it is.
    #[test]
    fn whatever_is_done_to_a_log_is_found(log in log(), at in any::<prop::sample::Index>(), what in 0..9usize) {
        let (seq, head) = walk(&log).expect("as it was written").head();
        prop_assert_eq!(seq, log.len() as i64);
        prop_assert_eq!(log.last().map(|l| l.1.clone()), Some(head.to_vec()));
        let at = at.index(log.len());
        let number = at as i64 + 1;

        let mut altered = log.clone();
        alter(&mut altered[at].0, what);
        prop_assert_eq!(walk(&altered).err(), Some(Break::Altered { seq: number }));
        // With its hash made anew, the next one tells, and if there is none the head does.
        let before = if at == 0 { GENESIS } else { log[at - 1].1.clone().try_into().unwrap() };
        altered[at].1 = altered[at].0.hash(&before).to_vec();
        match walk(&altered) {
            Err(found) => prop_assert_eq!(found, Break::Altered { seq: number + 1 }),
            Ok(walk) => prop_assert!(number == seq && walk.head().1 != head),
        }

        let mut removed = log.clone();
        removed.remove(at);
        match walk(&removed) {
            Err(found) => prop_assert_eq!(found, Break::Order { expected: number, found: number + 1 }),
            Ok(walk) => prop_assert!(number == seq && walk.head().0 < seq),
        }

        let mut doubled = log.clone();
        doubled.insert(at, log[at].clone());
        prop_assert!(walk(&doubled).is_err());

        if at > 0 {
            let mut moved = log.clone();
            moved.swap(at - 1, at);
            prop_assert!(walk(&moved).is_err());
        }
    }
}
