//! Rebuilding from the allowlist, by kind of message.

use super::samples::{contents, decoded, message};
use criterion::{BatchSize, Criterion};
use nameless_domain::relay::allowlist::rebuild;
use nameless_domain::relay::content::Inbound;
use nameless_domain::rules::Rules;
use nameless_domain::update::Act;

fn inbound(raw: &str) -> Inbound {
    match decoded(raw).act {
        Act::Message(inbound) => inbound,
        other => panic!("no message: {other:?}"),
    }
}

pub fn benches(c: &mut Criterion) {
    let rules = Rules::default();
    for (name, content) in contents() {
        let message = inbound(&message(900, 5_000_000_123, 41, content));
        c.bench_function(&format!("allowlist/{name}"), |b| {
            b.iter_batched(
                || message.body.clone(),
                |body| rebuild(body, &message.envelope, &rules),
                BatchSize::SmallInput,
            );
        });
    }
}
