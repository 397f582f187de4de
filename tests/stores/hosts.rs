//! Several hosts in `DATABASE_URL`: the one that may be written to is found behind others that
//! hang.

use crate::support::postgres::{FAST, Postgres};
use crate::support::proxy::{Mode, Proxy};
use nameless::store::migrate;
use std::time::{Duration, Instant};

/// Machines that take connections and say nothing, and such that refuse them; the good one is the
/// last of five.
#[tokio::test(flavor = "multi_thread")]
async fn the_last_of_five_hosts_is_found_in_time() {
    let Some(server) = Postgres::start(FAST) else { return };
    server.create("hosts");
    let others: Vec<Proxy> = (0..4).map(|_| Proxy::to_port(server.port())).collect();
    others[..3].iter().for_each(|proxy| proxy.set(Mode::BlackHole));
    others[3].set(Mode::Refuse);
    let ports: Vec<u16> = others.iter().map(Proxy::port).chain([server.port()]).collect();
    let hosts: Vec<String> = ports.iter().map(|port| format!("127.0.0.1:{port}")).collect();
    let url = format!("postgresql://postgres@{}/hosts?target_session_attrs=read-write", hosts.join(","));
    let begun = Instant::now();
    let applied = migrate::up(&url).await.expect("the good one is found");
    let took = begun.elapsed();
    assert!(!applied.is_empty());
    println!("found and migrated in {took:?}");
    assert!(took < Duration::from_secs(20), "{took:?}");
    assert!(others[..3].iter().all(|proxy| proxy.figures().accepted > 0), "each was tried");
}
