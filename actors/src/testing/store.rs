//! The store in memory.

use super::lock;
use crate::ports::*;
use nameless_domain::ids::{BotId, PairId, UserId};
use nameless_domain::session::account::{Account, Phase};
use nameless_domain::time::Millis;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

/// The database in memory.
#[derive(Default)]
pub struct Memory {
    pub accounts: Mutex<BTreeMap<UserId, Account>>,
    pub standings: Mutex<BTreeMap<UserId, nameless_domain::capabilities::admin::Standing>>,
    pub pairs: Mutex<BTreeMap<PairId, (LivePair, bool)>>,
    pub map: Mutex<BTreeMap<PairId, Vec<MapRow>>>,
    pub batches: Mutex<Vec<Vec<Write>>>,
    /// So many writes and reads from now on fail as unavailable.
    pub away: AtomicU32,
    /// So many batches are taken, those behind them fail as unavailable.
    pub takes: Mutex<Option<u32>>,
    /// So many `open_pairs` from now on are refused.
    pub refuse_open: AtomicU32,
    pub opens: AtomicU32,
    /// How many files an export has; 0 is taken for 1.
    pub export_files: AtomicU32,
    /// Files that were asked for, and whether none is given.
    pub exports: AtomicU32,
    pub export_away: AtomicBool,
    /// Exports that are being read, and how many there were at most at one time.
    pub exporting: AtomicU32,
    pub most_exporting: AtomicU32,
    /// How often pairs were asked for.
    pub loads_of_pairs: AtomicU32,
    /// How many users each read asked for.
    pub loads: Mutex<Vec<usize>>,
}

/// A user whose row cannot be read.
pub const UNREADABLE: UserId = UserId(666);

impl Memory {
    fn here(&self) -> Result<(), StoreError> {
        let away = self.away.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1));
        away.map_or(Ok(()), |_| Err(StoreError::Unavailable("scripted".into())))
    }

    fn take(&self) -> Result<(), StoreError> {
        match &mut *lock(&self.takes) {
            Some(0) => return Err(StoreError::Unavailable("scripted".into())),
            Some(more) => *more -= 1,
            None => {}
        }
        Ok(())
    }

    fn live(&self, user: UserId) -> Option<LivePair> {
        let pairs = lock(&self.pairs);
        pairs.values().find(|(p, live)| *live && p.members.contains(&user)).map(|(p, _)| p.clone())
    }
}

impl Store for Memory {
    fn load_users(&self, users: Vec<UserId>) -> PortFuture<'_, Result<Vec<Option<Loaded>>, StoreError>> {
        Box::pin(async move {
            self.here()?;
            lock(&self.loads).push(users.len());
            if users.contains(&UNREADABLE) {
                return Err(StoreError::Refused("scripted".into()));
            }
            let load = |user: &UserId| {
                let account = lock(&self.accounts).get(user).cloned();
                account.map(|account| Loaded {
                    account,
                    live: self.live(*user),
                    owed: Vec::new(),
                    standing: lock(&self.standings).get(user).cloned(),
                })
            };
            Ok(users.iter().map(load).collect())
        })
    }
    fn write(&self, batch: Arc<[Write]>) -> PortFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            self.here()?;
            self.take()?;
            for write in batch.iter() {
                match write {
                    Write::Account(a) => drop(lock(&self.accounts).insert(a.user, (**a).clone())),
                    Write::EndPair { pair, .. } => {
                        lock(&self.pairs).entry(*pair).and_modify(|(_, live)| *live = false);
                    }
                    Write::Mapped { pair, rows, .. } => {
                        lock(&self.map).entry(*pair).or_default().extend(rows)
                    }
                    _ => {}
                }
            }
            lock(&self.batches).push(batch.to_vec());
            Ok(())
        })
    }
    fn open_pairs(&self, proposals: Vec<Proposal>) -> PortFuture<'_, Result<Vec<Opened>, StoreError>> {
        Box::pin(async move {
            self.here()?;
            self.opens.fetch_add(1, Ordering::SeqCst);
            let refuse =
                self.refuse_open.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1));
            if refuse.is_ok() {
                return Err(StoreError::Refused("scripted".into()));
            }
            let open = |p: Proposal| {
                let busy: Vec<UserId> = p.members.into_iter().filter(|&u| self.live(u).is_some()).collect();
                if !busy.is_empty() {
                    return Opened::Conflict(busy);
                }
                let pair = PairId(lock(&self.pairs).len() as i64 + 1);
                let live = LivePair { pair, members: p.members, bots: [BotId::FIRST; 2], opened: p.at };
                lock(&self.pairs).insert(pair, (live, true));
                Opened::Pair(pair)
            };
            Ok(proposals.into_iter().map(open).collect())
        })
    }
    fn load_pairs(
        &self,
        pairs: Vec<AskedPair>,
        newest: u32,
    ) -> PortFuture<'_, Result<Vec<PairRecord>, StoreError>> {
        Box::pin(async move {
            self.here()?;
            self.loads_of_pairs.fetch_add(1, Ordering::SeqCst);
            let load = |AskedPair { pair, message }: AskedPair| {
                let known = lock(&self.pairs).get(&pair).cloned();
                let members = known.as_ref().map_or([None, None], |(p, _)| p.members.map(Some));
                let live = known.and_then(|(p, live)| live.then_some(p));
                let map = lock(&self.map).get(&pair).cloned().unwrap_or_default();
                PairRecord { live, members, map, asked: None }.cut(newest, message)
            };
            Ok(pairs.into_iter().map(load).collect())
        })
    }
    fn unsettled(&self) -> PortFuture<'_, Result<Vec<UserId>, StoreError>> {
        Box::pin(async move {
            self.here()?;
            let accounts = lock(&self.accounts);
            let searching = |a: &&Account| matches!(a.phase, Phase::Searching { .. });
            Ok(accounts.values().filter(searching).map(|a| a.user).collect())
        })
    }
    fn export(
        &self,
        user: UserId,
        from: ExportFrom,
        _: usize,
    ) -> PortFuture<'_, Result<ExportFile, StoreError>> {
        Box::pin(async move {
            self.exports.fetch_add(1, Ordering::SeqCst);
            let at_once = self.exporting.fetch_add(1, Ordering::SeqCst) + 1;
            self.most_exporting.fetch_max(at_once, Ordering::SeqCst);
            tokio::task::yield_now().await;
            self.exporting.fetch_sub(1, Ordering::SeqCst);
            if self.export_away.load(Ordering::SeqCst) {
                return Err(StoreError::Unavailable("scripted".into()));
            }
            let more = from.file + 1 < self.export_files.load(Ordering::SeqCst).max(1);
            let next = more.then_some(ExportFrom { file: from.file + 1, after: Some((user.0, 0, 0, 0)) });
            Ok(ExportFile { json: format!("{} {}", user.0, from.file).into_bytes(), next })
        })
    }
    fn expire(&self, _: Millis) -> PortFuture<'_, Result<u64, StoreError>> {
        Box::pin(async { Ok(0) })
    }
    fn ping(&self) -> PortFuture<'_, Result<(), StoreError>> {
        Box::pin(async { Ok(()) })
    }
}
