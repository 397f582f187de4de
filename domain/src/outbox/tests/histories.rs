//! The pacer by property: whatever is handed in, sent, refused and purged in any order.

use super::*;
use proptest::prelude::*;
use std::collections::HashMap;

#[derive(Clone, Debug)]
enum Op {
    Put { chat: u8, lane: u8, pair: u8, paced: bool },
    Next,
    Done(u8),
    Retry(u8, u16),
    Unsent(u8),
    Purge { chat: u8, pair: u8 },
    Pass(u16),
    Rebuild,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => (0..4u8, 0..3u8, 0..3u8, any::<bool>())
            .prop_map(|(chat, lane, pair, paced)| Op::Put { chat, lane, pair, paced }),
        4 => Just(Op::Next),
        3 => (0..4u8).prop_map(Op::Done),
        1 => (0..4u8, 1..3_000u16).prop_map(|(c, ms)| Op::Retry(c, ms)),
        1 => (0..4u8).prop_map(Op::Unsent),
        1 => (0..4u8, 0..3u8).prop_map(|(chat, pair)| Op::Purge { chat, pair }),
        3 => (1..2_000u16).prop_map(Op::Pass),
        1 => Just(Op::Rebuild),
    ]
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Item {
    id: u32,
    lane: u8,
    pair: u8,
    paced: bool,
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Order per chat and lane, rate per chat, waits obeyed, nothing lost or doubled, purge exact,
    /// and in the end everything leaves.
    #[test]
    fn random_histories_keep_every_promise(ops in proptest::collection::vec(op(), 1..200)) {
        let mut p: Pacer<Item> = Pacer::new(PacerConfig {
            interactive_cap: 1_000, notice_cap: 1_000, max_in_flight: 2, uploads: 1, ..config()
        });
        let mut now = 0i64;
        let mut next_id = 0u32;
        // The model: what waits per chat and lane, in order; what is under way; who must wait until
        // when.
        let mut queues: HashMap<(u8, u8), Vec<Item>> = HashMap::new();
        let mut flights: HashMap<u8, (Item, bool)> = HashMap::new();
        let mut hold: HashMap<u8, i64> = HashMap::new();
        let mut sends: HashMap<u8, Vec<i64>> = HashMap::new();
        let lanes = [Lane::Interactive, Lane::Notice, Lane::Bulk];
        let flows = [Flow::Text, Flow::Upload, Flow::Edit];
        let step = |p: &mut Pacer<Item>, now: i64,
                        queues: &mut HashMap<(u8, u8), Vec<Item>>,
                        flights: &mut HashMap<u8, (Item, bool)>,
                        hold: &HashMap<u8, i64>,
                        sends: &mut HashMap<u8, Vec<i64>>| -> Result<bool, TestCaseError> {
            let Some((chat, item)) = p.next(Millis(now)) else { return Ok(false) };
            let c = chat.0 as u8;
            prop_assert!(!flights.contains_key(&c), "two calls under way for one chat");
            prop_assert!(hold.get(&c).is_none_or(|&h| now >= h), "left before its wait was over");
            for lane in 0..item.lane {
                prop_assert!(queues.get(&(c, lane)).is_none_or(Vec::is_empty), "overtook a more urgent lane");
            }
            let queue = queues.entry((c, item.lane)).or_default();
            prop_assert_eq!(queue.first(), Some(&item), "out of order");
            queue.remove(0);
            if item.paced {
                let sent = sends.entry(c).or_default();
                sent.push(now);
                // Over any window: burst + rate * time.
                for (i, &from) in sent.iter().enumerate() {
                    let count = (sent.len() - i) as f64;
                    prop_assert!(count <= 3.0 + (now - from) as f64 / 1000.0 + 1e-6, "too fast: {:?}", sent);
                }
            }
            flights.insert(c, (item, false));
            Ok(true)
        };
        for op in ops {
            match op {
                Op::Put { chat, lane, pair, paced } => {
                    let item = Item { id: next_id, lane, pair, paced };
                    next_id += 1;
                    let tag = Some(PairId(i64::from(pair)));
                    let r = p.enqueue(Millis(now), ChatId(i64::from(chat)), lanes[lane as usize], tag, Kind { paced, flow: flows[next_id as usize % 3] }, item);
                    prop_assert_eq!(r, Enqueued::Accepted);
                    queues.entry((chat, lane)).or_default().push(item);
                }
                Op::Next => { step(&mut p, now, &mut queues, &mut flights, &hold, &mut sends)?; }
                Op::Done(chat) => {
                    if flights.remove(&chat).is_some() {
                        p.on_done(Millis(now), ChatId(i64::from(chat)));
                    }
                }
                Op::Retry(chat, ms) => {
                    if let Some((item, purged)) = flights.remove(&chat) {
                        let back = p.on_retry(Millis(now), ChatId(i64::from(chat)), item, i64::from(ms));
                        prop_assert_eq!(back.is_some(), purged);
                        let until = now + i64::from(ms);
                        hold.entry(chat).and_modify(|h| *h = (*h).max(until)).or_insert(until);
                        if !purged { queues.entry((chat, item.lane)).or_default().insert(0, item); }
                    }
                }
                Op::Unsent(chat) => {
                    if let Some((item, purged)) = flights.remove(&chat) {
                        let back = p.on_unsent(Millis(now), ChatId(i64::from(chat)), item, 1);
                        prop_assert_eq!(back.is_some(), purged);
                        if !purged { queues.entry((chat, item.lane)).or_default().insert(0, item); }
                    }
                }
                Op::Purge { chat, pair } => {
                    let mut got = p.purge(ChatId(i64::from(chat)), PairId(i64::from(pair)));
                    let mut want = Vec::new();
                    for lane in 0..3 {
                        if let Some(queue) = queues.get_mut(&(chat, lane)) {
                            want.extend(queue.iter().filter(|i| i.pair == pair).copied());
                            queue.retain(|i| i.pair != pair);
                        }
                    }
                    if let Some((item, purged)) = flights.get_mut(&chat) {
                        *purged |= item.pair == pair;
                    }
                    got.sort_by_key(|i| i.id);
                    want.sort_by_key(|i| i.id);
                    prop_assert_eq!(got, want);
                }
                Op::Pass(ms) => now += i64::from(ms),
                Op::Rebuild => p = p.rebuilt(Millis(now)),
            }
            prop_assert_eq!(p.waiting(), queues.values().map(Vec::len).sum::<usize>());
            prop_assert_eq!(p.in_flight(), flights.len());
        }
        // Everything leaves in the end, and the pacer knows when to look.
        let mut idle = 0;
        while p.waiting() > 0 || !flights.is_empty() {
            for (chat, _) in std::mem::take(&mut flights) {
                p.on_done(Millis(now), ChatId(i64::from(chat)));
            }
            if step(&mut p, now, &mut queues, &mut flights, &hold, &mut sends)? {
                idle = 0;
                continue;
            }
            if p.waiting() == 0 { break; }
            let at = p.wake_at(Millis(now));
            prop_assert!(at.is_some(), "something waits and nobody knows until when");
            now = at.unwrap_or(Millis(now)).0.max(now);
            idle += 1;
            prop_assert!(idle < 10, "looks again and again in vain");
        }
    }
}
