//! From one actor to the next: what our bounds cost beside a bare message of actix.
//!
//! `hop/actix/...` is actix alone between two threads. `hop/shard` is an update without effects
//! through the engine: its gate, the shard, the session's gate, the session, the end of its ticket.
//! `hop/text` is a text in a chat all the way to Telegram and into the store's queue, both of which
//! do nothing.

use super::engine::{Bench, Tally};
use super::samples::{SHORT, decoded, message, person, update};
use actix::{Actor, Addr, Context, Handler, Message};
use criterion::{BatchSize, Criterion, Throughput};
use nameless_actors::kernel::gate::Gate;
use nameless_actors::kernel::tell;
use nameless_actors::kernel::ticket::{Accepted, Ticket};
use nameless_domain::ids::{Seq, UserId};
use nameless_domain::update::Update;
use serde_json::json;
use std::sync::Arc;

/// Messages per round; a round ends when the last has been handled.
const ROUND: u64 = 512;
/// Users whose updates they are: fewer of each than a session takes at once.
const USERS: i64 = 64;

struct Bare(Arc<Tally>);

impl Actor for Bare {
    type Context = Context<Self>;
}

#[derive(Message)]
#[rtype(result = "()")]
struct Count;

impl Handler<Count> for Bare {
    type Result = ();
    fn handle(&mut self, _: Count, _: &mut Self::Context) {
        self.0.count();
    }
}

fn bare(tally: &Arc<Tally>) -> (actix_rt::Arbiter, Addr<Bare>) {
    let arbiter = actix_rt::Arbiter::new();
    let tally = tally.clone();
    let addr = Actor::start_in_arbiter(&arbiter.handle(), move |_| Bare(tally));
    (arbiter, addr)
}

fn without_effects(user: i64) -> String {
    let chat = json!({"id": user, "type": "private", "first_name": "Ivan"});
    let content = json!({"chat": chat, "from": person(user), "date": 1,
        "old_chat_member": {"status": "kicked"}, "new_chat_member": {"status": "member"}});
    update(900, "my_chat_member", content)
}

/// A round of updates, one per user after the other.
fn round(raw_of: fn(i64) -> String) -> Vec<(Update, Arc<str>)> {
    let raw: Vec<String> = (0..USERS).map(|i| raw_of(1_000 + i)).collect();
    let of_user = |n: u64| &raw[(n % USERS as u64) as usize];
    (0..ROUND).map(|n| (decoded(of_user(n)), of_user(n).as_str().into())).collect()
}

pub fn benches(c: &mut Criterion) {
    c.bench_function("hop/gate", |b| {
        let gate = Gate::new(1_000);
        b.iter(|| gate.try_enter().expect("room"));
    });
    c.bench_function("hop/ticket", |b| {
        let tally = Arc::new(Tally::default());
        let (gate, raw): (_, Arc<str>) = (Gate::new(1_000), "{}".into());
        b.iter(|| {
            let (seq, user, raw) = (Seq(1), UserId(1), raw.clone());
            let accepted = Accepted { seq, update_id: 1, user, raw, sent: None, attempt: 0 };
            let pass = gate.try_enter().expect("room");
            let ticket = Ticket::new(accepted, vec![pass], tally.clone(), Arc::new(|_| {}));
            ticket.clone().done();
            ticket.done();
        });
    });
    c.bench_function("hop/actix/send", |b| {
        let system = actix_rt::System::new();
        let (arbiter, addr) = bare(&Arc::default());
        b.iter(|| system.block_on(addr.send(Count)).expect("an answer"));
        arbiter.stop();
    });
    let mut group = c.benchmark_group("hop");
    group.throughput(Throughput::Elements(ROUND));
    group.bench_function("actix/tell", |b| {
        let system = actix_rt::System::new();
        let tally = Arc::default();
        let (arbiter, addr) = bare(&tally);
        b.iter(|| {
            system.block_on(async {
                let done = tally.expect(ROUND);
                (0..ROUND).for_each(|_| tell(&addr, Count));
                done.await;
            })
        });
        arbiter.stop();
    });
    let text: fn(i64) -> String = |user| message(900, user, 41, json!({"text": SHORT}));
    for (name, raw_of) in [("shard", without_effects as fn(i64) -> String), ("text", text)] {
        group.bench_function(name, |b| {
            let system = actix_rt::System::new();
            let mut bench = system.block_on(Bench::start(1));
            let updates = round(raw_of);
            // Sessions and pairs are loaded by then.
            system.block_on(bench.run(updates.clone()));
            b.iter_batched(
                || updates.clone(),
                |updates| system.block_on(bench.run(updates)),
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}
