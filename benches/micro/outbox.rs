//! The pacer with so many chats that each have something to say: the pick of the next call, its
//! return, and the next message handed in.

use super::samples::NOW;
use super::size;
use criterion::Criterion;
use nameless_domain::ids::{ChatId, PairId};
use nameless_domain::outbox::{Lane, Pacer, PacerConfig};

pub fn benches(c: &mut Criterion) {
    for chats in [1_000, 100_000] {
        c.bench_function(&format!("outbox/pick/{chats}"), |b| {
            let mut pacer = Pacer::new(PacerConfig { chat_rate: 1_000.0, ..PacerConfig::default() });
            let mut now = NOW;
            let hand_in = |pacer: &mut Pacer<u64>, now, chat: ChatId| {
                pacer.enqueue(now, chat, Lane::Interactive, Some(PairId(chat.0)), true, 1)
            };
            for chat in 1..=size(chats, 1_000) as i64 {
                hand_in(&mut pacer, now, ChatId(chat));
            }
            b.iter(|| {
                now = now.plus(1);
                let (chat, item) = pacer.next(now).expect("one is ready");
                pacer.on_done(now, chat);
                hand_in(&mut pacer, now, chat);
                let wake = pacer.wake_at(now);
                (item, wake)
            });
        });
    }
}
