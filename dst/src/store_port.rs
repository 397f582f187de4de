//! The way to the database, which is slow, breaks, and swallows answers.

use crate::plan::Fault;
use crate::store::Tables;
use crate::world::{Life, State, World};
use nameless_actors::capabilities::EntitlementStore;
use nameless_actors::ports::{
    AskedPair, ExportFile, ExportFrom, Loaded, Opened, PairRecord, PortFuture, Proposal, Store, StoreError,
    Write,
};
use nameless_domain::capabilities::premium::Entitlements;
use nameless_domain::ids::UserId;
use nameless_domain::time::Millis;
use std::sync::Arc;

/// What an operation is.
#[derive(Clone, Copy, Debug)]
pub struct Way {
    /// It changes something: the answer to it may be lost.
    writes: bool,
    /// It is refused to a life whose place was taken.
    fenced: bool,
    /// The process may end at it. Not for what happens every second: all ends would be there.
    deals: bool,
}

impl Way {
    /// A read.
    pub const READ: Way = Way { writes: false, fenced: false, deals: true };
    /// A write.
    pub const WRITE: Way = Way { writes: true, fenced: true, deals: true };
    /// What a node does as the owner of partitions.
    pub const TAKE: Way = Way { writes: true, fenced: true, deals: false };
    /// What nodes do with leases.
    pub const LEASE: Way = Way { writes: true, fenced: false, deals: false };
}

/// The database as one life reaches it.
pub struct StorePort {
    /// Where it is.
    pub world: Arc<World>,
    /// Who asks.
    pub life: Arc<Life>,
}

impl World {
    /// One operation: it travels, happens at one moment, and the answer travels back, if all goes
    /// well.
    pub async fn store<T>(
        &self,
        life: &Life,
        way: Way,
        act: impl FnOnce(&mut State) -> T,
    ) -> Result<T, StoreError> {
        let away = || Err(StoreError::Unavailable("simulated".into()));
        self.may_end(life, way).await;
        let (there, back, lost) = {
            let mut state = self.lock();
            if state.in_window(Fault::NoStore) {
                return away();
            }
            let slow = state.strikes(Fault::SlowStore, 400);
            let most = if slow { 6_000 } else { 6 };
            let lost = way.writes && state.strikes(Fault::LostCommit, 100);
            (state.wait(0, most), state.wait(0, most), lost)
        };
        tokio::time::sleep(there).await;
        self.may_end(life, way).await;
        let value = {
            let mut state = self.lock();
            if state.in_window(Fault::NoStore) {
                return away();
            }
            if way.fenced && !state.is_member(life) {
                if !state.plan.wrong.stale_holder {
                    state.end(life, "lost its lease");
                    return away();
                }
                state.broke(format!("I15: life {} writes though its place was taken", life.number));
            }
            let value = act(&mut state);
            state.look_at_ends();
            value
        };
        self.may_end(life, way).await;
        tokio::time::sleep(back).await;
        self.alive(life).await;
        if lost { away() } else { Ok(value) }
    }

    async fn may_end(&self, life: &Life, way: Way) {
        match way.deals {
            true => self.dealing(life).await,
            false => self.alive(life).await,
        }
    }
}

impl StorePort {
    async fn operate<T>(&self, act: impl FnOnce(&mut State) -> T, way: Way) -> Result<T, StoreError> {
        self.world.store(&self.life, way, act).await
    }

    async fn read<T>(&self, act: impl FnOnce(&Tables) -> T) -> Result<T, StoreError> {
        self.operate(|state| act(&state.tables), Way::READ).await
    }
}

impl Store for StorePort {
    fn load_users(&self, users: Vec<UserId>) -> PortFuture<'_, Result<Vec<Option<Loaded>>, StoreError>> {
        Box::pin(self.read(move |tables| users.iter().map(|&user| tables.load(user)).collect()))
    }
    fn write(&self, batch: Arc<[Write]>) -> PortFuture<'_, Result<(), StoreError>> {
        let act = move |state: &mut State| {
            let now = state.now();
            state.event("written", [batch.len() as i64, 0, 0]);
            state.look_at_owners(self.life.number, &batch);
            state.tables.write(&batch, now);
        };
        Box::pin(self.operate(act, Way::WRITE))
    }
    fn open_pairs(&self, proposals: Vec<Proposal>) -> PortFuture<'_, Result<Vec<Opened>, StoreError>> {
        let act = move |state: &mut State| {
            let now = state.now();
            let mut opened = Vec::new();
            for proposal in &proposals {
                let one = state.tables.open(proposal, now);
                if let Opened::Pair(pair) = one {
                    let [a, b] = proposal.members;
                    state.event("pair opened", [pair.0, a.0, b.0]);
                }
                opened.push(one);
            }
            opened
        };
        Box::pin(self.operate(act, Way::WRITE))
    }
    fn load_pairs(
        &self,
        pairs: Vec<AskedPair>,
        newest: u32,
    ) -> PortFuture<'_, Result<Vec<PairRecord>, StoreError>> {
        Box::pin(self.read(move |tables| pairs.iter().map(|&asked| tables.pair(asked, newest)).collect()))
    }
    fn unsettled(&self) -> PortFuture<'_, Result<Vec<UserId>, StoreError>> {
        Box::pin(self.read(Tables::unsettled))
    }
    fn export(&self, _: UserId, _: ExportFrom, _: usize) -> PortFuture<'_, Result<ExportFile, StoreError>> {
        Box::pin(async { Ok(ExportFile { json: b"{}".to_vec(), next: None }) })
    }
    fn expire(&self, _: Millis) -> PortFuture<'_, Result<u64, StoreError>> {
        Box::pin(async { Ok(0) })
    }
    fn ping(&self) -> PortFuture<'_, Result<(), StoreError>> {
        Box::pin(self.read(|_| ()))
    }
}

impl EntitlementStore for StorePort {
    fn entitlements(&self, _: UserId) -> PortFuture<'_, Result<Entitlements, StoreError>> {
        Box::pin(self.read(|_| Entitlements::default()))
    }
}
