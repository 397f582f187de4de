//! The lease that a process lives by where others could take its place.
//!
//! PostgreSQL's clock decides. While PostgreSQL is away nobody can remove anybody; then a key in
//! Redis bears witness that the process lives, and whoever removes looks there, too, and twice: a
//! Redis that was emptied knows nobody for a beat, and one that does not answer says nothing at all
//! (see [`Suspects`]). A process that neither has heard of within its lease must take it that
//! others have its users: it ends. Without Redis there is no other witness than the process's own
//! tries: one that was stopped for longer than its lease ends, one that only cannot reach
//! PostgreSQL goes on.
//!
//! The time between is taken from the system's boot clock, which no one sets and which goes on
//! while the machine sleeps: who wakes after an hour knows at once that the lease is past.

use super::clock::{Asked, Positions};
use super::redis::Redis;
use super::suspects::{Suspects, Witness};
use crate::store::PgStore;
use anyhow::Context as _;
use nameless_actors::ports::StoreError;
use rustix::time::{ClockId, clock_gettime};
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long a lease lasts. A dead process is replaced within this and three beats.
pub const LEASE: Duration = Duration::from_secs(5);
/// How often it is renewed.
pub const BEAT: Duration = Duration::from_secs(1);
/// What a lease counts as shorter here than there: clocks run at different speeds, and an act takes
/// its time.
const MARGIN: Duration = Duration::from_millis(500);

/// Called when the lease is lost; ends the process.
pub type OnLost = Arc<dyn Fn() + Send + Sync>;

/// Time since the machine was started, its sleep included.
pub(super) fn uptime() -> Duration {
    #[cfg(target_os = "linux")]
    const CLOCK: ClockId = ClockId::Boottime;
    // Elsewhere this one does not stand still in sleep.
    #[cfg(not(target_os = "linux"))]
    const CLOCK: ClockId = ClockId::Monotonic;
    let now = clock_gettime(CLOCK);
    // Neither is ever negative.
    Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
}

fn uptime_ms() -> i64 {
    i64::try_from(uptime().as_millis()).unwrap_or(i64::MAX)
}

/// A process's lease.
pub struct Lease {
    id: i64,
    name: String,
    store: PgStore,
    redis: Option<Redis>,
    positions: Positions,
    /// The moment on the boot clock until which it holds for sure, in milliseconds.
    holds_until: AtomicU64,
    /// When the last witness that Redis took was begun, in the same; 0: none was.
    witnessed: AtomicU64,
    suspects: Mutex<Suspects>,
    /// Others that this process has removed, and nobody has counted yet.
    removed: AtomicU64,
    lost: OnLost,
    /// The process gives the lease back by itself.
    leaves: Arc<AtomicBool>,
}

/// What who finds no place is told.
const FULL: &str = "as many nodes as there may be (32) are running on this database, or were killed a moment ago: stop \
                    one, or wait ten seconds";

impl Lease {
    /// Enters the process under a name for people. From here on every write of `store` is fenced.
    pub async fn take(
        store: PgStore,
        redis: Option<Redis>,
        name: String,
        lost: OnLost,
    ) -> anyhow::Result<Arc<Lease>> {
        // Positive, so that it reads well in tables and logs.
        let id =
            (std::collections::hash_map::RandomState::new().hash_one(std::process::id()) as i64) & i64::MAX;
        let asked = uptime();
        let slot = store.register_node(id, &name, LEASE).await?.context(FULL)?;
        let positions = Positions::new(slot as u8, uptime_ms);
        let at = uptime_ms();
        let millis = store.server_time().await?;
        positions.adjust(Asked { at, answered: uptime_ms() }, millis);
        let leaves = Arc::new(AtomicBool::new(false));
        let (fenced, left) = (lost.clone(), leaves.clone());
        store.fence(id, move || {
            // What still wants to write behind the end of an orderly stop is refused, no more.
            if !left.load(Ordering::Acquire) {
                tracing::error!(node = id, "others have removed this node: it writes nothing any more");
                fenced();
            }
        });
        let lease = Lease {
            id,
            name,
            store,
            redis,
            positions,
            holds_until: AtomicU64::new(0),
            witnessed: AtomicU64::new(0),
            suspects: Mutex::default(),
            removed: AtomicU64::new(0),
            lost,
            leaves,
        };
        lease.holds_from(asked);
        Ok(Arc::new(lease))
    }

    /// The process's number.
    pub fn id(&self) -> i64 {
        self.id
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Gives out positions in the shared journal.
    pub fn positions(&self) -> &Positions {
        &self.positions
    }

    /// The process is about to take itself out: that its row is gone is no surprise from here on.
    pub fn leaves(&self) {
        self.leaves.store(true, Ordering::Release);
    }

    fn holds_from(&self, asked: Duration) {
        let until = asked + LEASE - MARGIN;
        self.holds_until.fetch_max(until.as_millis() as u64, Ordering::AcqRel);
    }

    /// Whether it holds. If not, the process is being ended.
    pub fn holds(&self) -> bool {
        let holds = (uptime().as_millis() as u64) < self.holds_until.load(Ordering::Acquire);
        if !holds {
            tracing::error!(node = self.id, "the lease is past: this process must not act any more");
            (self.lost)();
        }
        holds
    }

    /// Renews it every second, for ever.
    pub async fn renew(self: Arc<Self>) {
        // Apart from each other: a PostgreSQL that does not answer must not delay the witness.
        tokio::select! {
            () = self.renew_in_store() => {}
            () = self.bear_witness() => {}
        }
    }

    async fn renew_in_store(&self) {
        loop {
            let asked = uptime();
            // Stopped for longer than the lease lasts: too late, whatever PostgreSQL says.
            if !self.holds() {
                return;
            }
            let at = uptime_ms();
            let renewed = self.store.renew_node(self.id, LEASE).await;
            let told = Asked { at, answered: uptime_ms() };
            match renewed {
                Ok(Some(millis)) => {
                    self.positions.adjust(told, millis);
                    self.holds_from(asked);
                }
                Ok(None) => {
                    tracing::error!(node = self.id, "others have removed this node");
                    return (self.lost)();
                }
                Err(cause) => {
                    let witnessed = Duration::from_millis(self.witnessed.load(Ordering::Acquire));
                    let ago = uptime().saturating_sub(witnessed);
                    tracing::warn!(%cause, witnessed = ago < LEASE, "the lease could not be renewed");
                    match self.redis {
                        Some(_) => self.holds_from(witnessed),
                        None => self.holds_from(asked),
                    }
                }
            }
            tokio::time::sleep(BEAT.saturating_sub(uptime().saturating_sub(asked))).await;
        }
    }

    /// Says in Redis every second that this process lives, for ever.
    async fn bear_witness(&self) {
        let Some(redis) = &self.redis else { return std::future::pending().await };
        loop {
            let asked = uptime();
            let mut cmd = redis::Cmd::new();
            cmd.arg("SET").arg(witness(self.id)).arg(1).arg("PX").arg(LEASE.as_millis() as u64);
            if redis.query::<redis::Value>(&cmd).await.is_ok() {
                self.witnessed.store(asked.as_millis() as u64, Ordering::Release);
            }
            tokio::time::sleep(BEAT.saturating_sub(uptime().saturating_sub(asked))).await;
        }
    }

    async fn look_for_witness(&self, node: i64) -> Witness {
        let Some(redis) = &self.redis else { return Witness::NoneKept };
        let mut cmd = redis::Cmd::new();
        cmd.arg("EXISTS").arg(witness(node));
        match redis.query::<i64>(&cmd).await {
            Ok(0) => Witness::Absent,
            Ok(_) => Witness::Lives,
            Err(_) => Witness::Unknown,
        }
    }

    /// How many others this process has removed since this was asked last.
    pub fn take_removed(&self) -> u64 {
        self.removed.swap(0, Ordering::Relaxed)
    }

    /// Removes others whose lease is past and for whom nothing bears witness.
    pub async fn remove_the_dead(&self) -> Result<(), StoreError> {
        let expired = self.store.expired_nodes(self.id).await?;
        let ids: Vec<i64> = expired.iter().map(|(node, _)| *node).collect();
        self.suspects().keep(&ids);
        for (node, name) in expired {
            let looked = uptime();
            let witness = self.look_for_witness(node).await;
            if witness == Witness::Lives {
                tracing::warn!(node, name, "a node cannot reach PostgreSQL, but lives");
            }
            let dead = self.suspects().is_dead(node, witness, looked);
            if dead && self.store.remove_node(node).await? {
                tracing::warn!(node, name, "a node is gone");
                self.removed.fetch_add(1, Ordering::Relaxed);
            }
        }
        Ok(())
    }

    fn suspects(&self) -> MutexGuard<'_, Suspects> {
        self.suspects.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The key in Redis that says that a process lives.
fn witness(node: i64) -> String {
    format!("nameless:{{nodes}}:alive:{node}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHILD: &str = "NAMELESS_TEST_LEASE_CHILD";
    const AWAY: Duration = Duration::from_secs(3_600);

    /// Not a test by itself: runs where the machine counts as having slept for an hour.
    #[test]
    fn child_tells_the_clock() {
        if std::env::var_os(CHILD).is_some() {
            let awake = clock_gettime(ClockId::Monotonic);
            let slept = uptime().saturating_sub(Duration::new(awake.tv_sec as u64, awake.tv_nsec as u32));
            assert!(slept + MARGIN >= AWAY, "the sleep is not seen: {slept:?}");
        }
    }

    /// A time namespace moves the boot clock as a sleep does, and leaves the one that stands still.
    #[test]
    fn sleep_of_the_machine_counts() {
        let unshare = |command: &str| {
            let mut run = std::process::Command::new("unshare");
            run.args(["--time", "--boottime", &AWAY.as_secs().to_string(), command]);
            run
        };
        if !unshare("true").output().is_ok_and(|out| out.status.success()) {
            println!("SKIPPED: time namespaces are not allowed here");
            return;
        }
        let me = std::env::current_exe().unwrap();
        let mut child = unshare(me.to_str().unwrap());
        child.args(["--exact", "cluster::lease::tests::child_tells_the_clock"]).env(CHILD, "1");
        let out = child.output().unwrap();
        let told = String::from_utf8_lossy(&out.stdout);
        assert!(out.status.success() && told.contains("1 passed"), "{told}");
    }
}
