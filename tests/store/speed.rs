//! Rough figures, on request: cargo test --release --test store -- --ignored --nocapture how_fast

use crate::context::{Context, NOW, account, history};
use crate::postgres::Postgres;
use nameless_actors::ports::{MapRow, Write};
use nameless_domain::ids::{MessageId, PairId};
use nameless_domain::relay::Side;
use std::time::Instant;

/// Makes row `i` of batch `b`.
type Make = fn(i32, i32) -> Write;

const BATCHES: i32 = 50;
const ROWS: i32 = 1_000;

async fn measure(c: &mut Context, name: &str) {
    c.sql(
        "INSERT INTO pairs (pair_id, a, b, opened) OVERRIDING SYSTEM VALUE
         SELECT n, n, n + 1000000, 1 FROM generate_series(0, 999) n",
    )
    .await;
    let kinds: [(&str, Make); 3] = [
        ("accounts", |batch, i| Write::Account(Box::new(account(i.into(), batch as u64)))),
        ("map rows", |batch, i| Write::Mapped {
            pair: PairId(i.into()),
            at: NOW.plus(batch.into()),
            rows: vec![MapRow { from: Side::A, source: MessageId(batch), copy: MessageId(i) }],
        }),
        ("history", |batch, i| {
            let text = "a message of a usual length, some eighty characters of it, as people write them";
            history(PairId(i.into()), Side::A, i.into(), batch, NOW.plus(batch.into()), text)
        }),
    ];
    for (kind, make) in kinds {
        let batches: Vec<Vec<Write>> =
            (0..BATCHES).map(|b| (0..ROWS).map(|i| make(b, i)).collect()).collect();
        let began = Instant::now();
        for batch in batches {
            c.write(batch).await;
        }
        let rate = f64::from(BATCHES * ROWS) / began.elapsed().as_secs_f64();
        println!("{name}: {rate:.0} {kind}/s in batches of {ROWS}");
    }
}

#[cfg(feature = "embedded")]
#[tokio::test]
#[ignore = "a measurement"]
async fn how_fast_is_the_embedded_database() {
    let mut c = Context::embedded().await;
    measure(&mut c, "embedded").await;
    c.finish().await;
}

#[tokio::test]
#[ignore = "a measurement"]
async fn how_fast_is_a_real_postgres() {
    let Some(server) = Postgres::start(&[]) else { return };
    let mut c = Context::real(server.create("speed")).await;
    measure(&mut c, "real").await;
    c.finish().await;
}
