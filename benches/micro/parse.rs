//! Reading updates: by our reader, which reads what may pass and nothing else, and into the types
//! of teloxide-core.

use super::samples::{contents, in_private, message, person, update};
use criterion::{Criterion, Throughput};
use nameless::telegram::{decode, parse_updates};
use serde_json::json;
use std::hint::black_box;
use teloxide_core::types::Update;

const USER: i64 = 5_000_000_123;

fn samples() -> Vec<(&'static str, String)> {
    let mut all: Vec<_> =
        contents().into_iter().map(|(name, content)| (name, message(900, USER, 41, content))).collect();
    all.retain(|(name, _)| ["text", "text_cyrillic", "text_formatted", "photo"].contains(name));
    let question = in_private(USER, 3, json!({"text": "a question"}));
    let pressed = json!({"id": "123456789012345678", "from": person(USER), "chat_instance": "1", "data": "set:lang:0",
        "message": question});
    all.push(("pressed", update(900, "callback_query", pressed)));
    all
}

pub fn benches(c: &mut Criterion) {
    for (name, raw) in samples() {
        let mut group = c.benchmark_group("parse");
        group.throughput(Throughput::Bytes(raw.len() as u64));
        group.bench_function(name, |b| b.iter(|| decode(black_box(&raw))));
        group.bench_function(format!("{name}/teloxide"), |b| {
            b.iter(|| serde_json::from_str::<Update>(black_box(&raw)).expect("an update"));
        });
    }
    c.bench_function("parse/batch/100", |b| {
        let texts: Vec<String> = (0..100)
            .map(|i| message(900 + i, USER + i, 41, json!({"text": super::samples::SHORT})))
            .collect();
        let answer = format!(r#"{{"ok":true,"result":[{}]}}"#, texts.join(","));
        b.iter(|| parse_updates(black_box(answer.as_bytes())).expect("updates"));
    });
}
