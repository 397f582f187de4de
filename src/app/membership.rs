//! What this process is among others: alone, the one at work while others stand by, or a node of a
//! cluster.

use crate::cluster::lease::{Lease, OnLost};
use crate::cluster::node::{Node, NodeParts};
use crate::cluster::poll;
use crate::cluster::redis::Redis;
use crate::config::Config;
use crate::journal::LocalJournal;
use crate::store::PgStore;
use crate::store::jobs::Others;
use crate::telegram::TelegramDecoder;
use nameless_actors::Engine;
use nameless_actors::env::Holds;
use nameless_actors::kernel::chance;
use nameless_actors::ports::{Journal, Peers};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The last process that ran on this folder, so that its successor need not wait for its lease to
/// end.
const FORMER: &str = "node";

/// This process among others.
pub enum Membership {
    /// A private database: there can be no others.
    Alone,
    /// One process on a database works at a time; without Redis there are no nodes.
    OnDuty(Duty),
    /// One of several nodes.
    Member {
        /// The lease.
        duty: Duty,
        /// The node.
        node: Arc<Node>,
        /// Its life, once the engine runs.
        life: Option<JoinHandle<()>>,
    },
}

/// A lease and what goes with it.
pub struct Duty {
    lease: Arc<Lease>,
    store: PgStore,
    /// All bots, in an order in which every process takes their leases: two never wait for each
    /// other.
    bots: Vec<i64>,
    renewal: JoinHandle<()>,
}

/// The process was told to stop before it had anything to do.
#[derive(Debug, thiserror::Error)]
#[error("stopped while standing by")]
pub struct Stopped;

impl Membership {
    /// Takes the place that `config` gives this process. Where another process has the only one,
    /// waits until that is gone or `stop` turns true, which ends in [`Stopped`]. `journal` is this
    /// machine's: holding it proves that the process that ran on this folder before is dead.
    pub async fn take(
        config: &Config,
        store: &PgStore,
        journal: &Arc<LocalJournal>,
        mut stop: watch::Receiver<bool>,
        lost: OnLost,
    ) -> anyhow::Result<Membership> {
        if config.store.database_url.is_none() {
            if config.store.redis_url.is_some() {
                tracing::warn!("REDIS_URL is of use only with DATABASE_URL: several nodes share both");
            }
            return Ok(Membership::Alone);
        }
        let mut bots: Vec<i64> = config.telegram.bots().iter().map(|bot| bot.token.bot_id()).collect();
        bots.sort_unstable();
        let (host, name) = name();
        bury_former(store, &config.store.data_dir, &host).await;
        let redis = config.store.redis_url.as_ref().map(Redis::connect).transpose()?;
        let lease = Lease::take(store.clone(), redis.clone(), name, lost).await?;
        let note = format!("{} {host}", lease.id());
        if let Err(error) = std::fs::write(config.store.data_dir.join(FORMER), note) {
            tracing::warn!(%error, "DATA_DIR cannot be written; a restart will take some seconds longer");
        }
        let renewal = tokio::spawn(lease.clone().renew());
        let duty = Duty { lease: lease.clone(), store: store.clone(), bots, renewal };
        match redis {
            Some(redis) => {
                let (local, decoder) = (journal.clone(), Arc::new(TelegramDecoder));
                let (store, any_accepts) = (store.clone(), config.telegram.webhook.is_some());
                let node = Node::enter(NodeParts { store, redis, local, decoder, lease, any_accepts });
                Ok(Membership::Member { duty, node, life: None })
            }
            None => match duty.turn(&mut stop).await {
                true => Ok(Membership::OnDuty(duty)),
                false => {
                    duty.end().await;
                    Err(Stopped.into())
                }
            },
        }
    }

    /// The journal that accepted updates go to, if it is not this machine's.
    pub fn journal(&self) -> Option<Arc<dyn Journal>> {
        match self {
            Membership::Member { node, .. } => Some(node.journal()),
            _ => None,
        }
    }

    /// The other nodes, for the engine.
    pub fn peers(&self) -> Option<Arc<dyn Peers>> {
        match self {
            Membership::Member { node, .. } => Some(node.clone()),
            _ => None,
        }
    }

    /// What the engine asks before each act.
    pub fn lease(&self) -> Option<Holds> {
        match self {
            Membership::Alone => None,
            Membership::OnDuty(duty) | Membership::Member { duty, .. } => {
                let lease = duty.lease.clone();
                Some(Arc::new(move || lease.holds()))
            }
        }
    }

    /// Under which name this process holds jobs, and who else may hold some.
    pub fn holder(&self) -> (i64, Others) {
        match self {
            // Another one in each life: what the last one held is over.
            Membership::Alone => (chance::number() as i64 & i64::MAX, Others::Nobody),
            Membership::OnDuty(duty) => (duty.lease.id(), Others::Nobody),
            Membership::Member { duty, .. } => (duty.lease.id(), Others::Nodes),
        }
    }

    /// The engine runs: a node takes its share of the users.
    pub fn begin(&mut self, engine: &Arc<Engine>) {
        if let Membership::Member { node, life, .. } = self {
            *life = Some(tokio::spawn(node.clone().live(engine.clone())));
        }
    }

    /// Waits until it is this process's turn to poll; false if `stop` comes first.
    pub async fn turn(&self, mut stop: watch::Receiver<bool>) -> bool {
        match self {
            // On duty means that the lease is held.
            Membership::Alone | Membership::OnDuty(_) => true,
            Membership::Member { duty, node, .. } => {
                let turn = duty.turn(&mut stop).await;
                if turn {
                    node.before_polling().await;
                }
                turn
            }
        }
    }

    /// Intake is over: another process may poll, and the users of a node move to the others, as far
    /// as that is done `within` that time.
    pub async fn hand_over(&mut self, within: Duration) {
        match self {
            Membership::Alone | Membership::OnDuty(_) => {}
            Membership::Member { duty, node, life } => {
                duty.give_back().await;
                node.leave_soon(within);
                if let Some(mut life) = life.take()
                    && tokio::time::timeout(within, &mut life).await.is_err()
                {
                    tracing::warn!(
                        "users could not be handed over in time; others take them when this node is gone"
                    );
                    life.abort();
                }
            }
        }
    }

    /// Everything is kept: the place is free.
    pub async fn end(self) {
        match self {
            Membership::Alone => {}
            Membership::OnDuty(duty) | Membership::Member { duty, .. } => duty.end().await,
        }
    }
}

impl Duty {
    async fn turn(&self, stop: &mut watch::Receiver<bool>) -> bool {
        for bot in &self.bots {
            if !poll::wait_for_turn(&self.store, &self.lease, *bot, stop).await {
                return false;
            }
        }
        true
    }

    async fn give_back(&self) {
        for bot in &self.bots {
            poll::give_back(&self.store, &self.lease, *bot).await;
        }
    }

    async fn end(self) {
        self.renewal.abort();
        self.give_back().await;
        self.lease.leaves();
        if let Err(cause) = self.store.node_leaves(self.lease.id()).await {
            tracing::warn!(%cause, "the lease could not be given back; it ends by itself");
        }
    }
}

/// This machine's name, and the process's.
fn name() -> (String, String) {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = host.trim().replace(char::is_whitespace, "-");
    let host = if host.is_empty() { "unnamed".to_owned() } else { host };
    let name = format!("{host}:{}", std::process::id());
    (host, name)
}

/// Removes the process that ran on this folder of this machine before: it is dead, its lease may
/// not be past.
async fn bury_former(store: &PgStore, data_dir: &Path, host: &str) {
    let Ok(note) = std::fs::read_to_string(data_dir.join(FORMER)) else { return };
    let Some((id, on)) = note.trim().split_once(' ') else { return };
    if let (Ok(id), true) = (id.parse(), on == host)
        && let Err(cause) = store.node_leaves(id).await
    {
        tracing::warn!(%cause, "the process before this one could not be taken out; its lease ends by itself");
    }
}
