//! One life of a node in a cluster, from its place in the table to its end in order.

use super::handover::MOVE;
use super::lease::{BEAT, Lease};
use super::node::Node;
use super::queue::QueuePort;
use super::writer::Writer;
use crate::node::{Clustered, DRAIN, Present, poll, start};
use crate::store_port::Way;
use crate::world::{Life, World};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::task::spawn_local;
use tokio::time::{sleep, timeout};

/// How long the leases may take to be given back.
const GIVE_BACK: Duration = Duration::from_millis(500);

/// Between the former poller's last update and the next one's first, as in the product.
const SETTLE: Duration = Duration::from_millis(600);

/// Lives until it is stopped or dies.
pub async fn live_in_cluster(world: Arc<World>, life: Arc<Life>, present: Present) {
    let lease = Lease::take(&world, &life).await;
    let node = Node::enter(lease.clone());
    let tasks = [
        spawn_local(lease.clone().renew()),
        spawn_local(Writer::new(node.clone()).run()),
        spawn_local(node.clone().write_streams()),
    ];
    let holds = lease.clone();
    let clustered = Clustered {
        peers: node.clone(),
        lease: Arc::new(move || holds.holds()),
        queue: Arc::new(QueuePort::new(world.clone(), life.clone())),
    };
    let engine = start(&world, &life, node.clone(), Some(clustered));
    present.set(&engine, &life);
    engine.wake_unsettled().await;
    let mut living = spawn_local(node.clone().live(engine.clone()));
    if turn(&world, &lease).await {
        node.before_polling().await;
        poll(&world, &life, &engine, node.as_ref()).await;
    }
    let _ = timeout(GIVE_BACK, polls_no_more(&world, &life)).await;
    node.leave_soon();
    if timeout(MOVE, &mut living).await.is_err() {
        living.abort();
    }
    if engine.drain(DRAIN / 2).await {
        world.lock().trace.count("drained");
    }
    // The product stops its actors here, before it leaves.
    life.halted.store(true, Ordering::SeqCst);
    tasks[0].abort();
    let leaves = world.store(&life, Way::LEASE, |state| state.removed(life.number));
    let _ = timeout(GIVE_BACK, leaves).await;
    world.lock().end(&life, "stopped");
}

/// Waits until it is this life's turn to poll; false if it is to stop before.
async fn turn(world: &Arc<World>, lease: &Arc<Lease>) -> bool {
    let (life, me) = (&lease.life, lease.life.number);
    let mut stood_by = false;
    while !life.stopping.load(Ordering::SeqCst) {
        let taking = world.store(life, Way::LEASE, |state| {
            let Some(cluster) = &mut state.cluster else { return true };
            if cluster.polling.is_none_or(|holder| !cluster.nodes.contains_key(&holder)) {
                cluster.polling = Some(me);
            }
            cluster.polling == Some(me)
        });
        match taking.await {
            Ok(true) => {
                if stood_by {
                    sleep(SETTLE).await;
                }
                world.lock().event("polls", [me as i64, 0, 0]);
                return true;
            }
            Ok(false) => stood_by = true,
            Err(_) => {}
        }
        let _ = lease.remove_the_dead().await;
        sleep(BEAT / 2).await;
    }
    false
}

async fn polls_no_more(world: &World, life: &Life) {
    let giving = world.store(life, Way::LEASE, |state| {
        if let Some(cluster) = &mut state.cluster
            && cluster.polling == Some(life.number)
        {
            cluster.polling = None;
        }
    });
    let _ = giving.await;
}
