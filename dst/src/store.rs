//! The database: its tables, as the engine's writes leave them.

use nameless_actors::ports::{
    AskedPair, LivePair, Loaded, MapRow, Opened, Owed, PairRecord, Proposal, Write,
};
use nameless_domain::ids::{BotId, PairId, UserId};
use nameless_domain::relay::Side;
use nameless_domain::session::account::{Account, Phase};
use nameless_domain::time::Millis;
use std::collections::{BTreeMap, BTreeSet};

/// A pair, live or ended.
#[derive(Clone, Debug)]
pub struct Pair {
    /// Its members in the order of their sides.
    pub members: [UserId; 2],
    /// When it was opened, by the wall clock of who proposed it.
    pub proposed: Millis,
    /// When (true time).
    pub opened: i64,
    /// When it ended (true time), if it has.
    pub ended: Option<i64>,
}

/// The database.
#[derive(Debug, Default)]
pub struct Tables {
    /// People.
    pub accounts: BTreeMap<UserId, Account>,
    /// Pairs ever opened.
    pub pairs: BTreeMap<PairId, Pair>,
    /// Who is in a live pair (I1).
    pub active: BTreeMap<UserId, PairId>,
    /// Lines that are owed.
    pub owed: BTreeMap<UserId, Vec<Owed>>,
    /// Message maps.
    pub map: BTreeMap<PairId, Vec<MapRow>>,
    /// Whom they blocked.
    pub blocks: BTreeMap<UserId, BTreeSet<UserId>>,
    /// Dead letters by update.
    pub letters: BTreeSet<i64>,
    next: i64,
    /// Pairs that ended since somebody looked.
    pub ends: Vec<PairId>,
}

impl Tables {
    fn live(&self, pair: PairId) -> Option<LivePair> {
        let row = self.pairs.get(&pair).filter(|row| row.ended.is_none())?;
        Some(LivePair { pair, members: row.members, bots: [BotId::FIRST; 2], opened: row.proposed })
    }

    /// A user's row, live pair and owed lines.
    pub fn load(&self, user: UserId) -> Option<Loaded> {
        let mut account = self.accounts.get(&user)?.clone();
        account.blocked = self.blocks.get(&user).into_iter().flatten().copied().collect();
        let live = self.active.get(&user).and_then(|&pair| self.live(pair));
        let owed = self.owed.get(&user).cloned().unwrap_or_default();
        Some(Loaded { account, live, owed, standing: None })
    }

    /// A pair and its map, as the store's port promises it.
    pub fn pair(&self, AskedPair { pair, message }: AskedPair, newest: u32) -> PairRecord {
        let live = self.live(pair);
        let members = self.pairs.get(&pair).map_or([None, None], |row| row.members.map(Some));
        let map = live.as_ref().and_then(|_| self.map.get(&pair).cloned()).unwrap_or_default();
        PairRecord { live, members, map, asked: None }.cut(newest, message)
    }

    /// Opens a pair if both are free; one that this proposal has opened is found again.
    pub fn open(&mut self, proposal: &Proposal, now: i64) -> Opened {
        let Proposal { members, at } = *proposal;
        let busy: Vec<UserId> = members.into_iter().filter(|user| self.active.contains_key(user)).collect();
        if busy.is_empty() {
            self.next += 1;
            let pair = PairId(self.next);
            self.pairs.insert(pair, Pair { members, proposed: at, opened: now, ended: None });
            members.iter().for_each(|&user| _ = self.active.insert(user, pair));
            return Opened::Pair(pair);
        }
        let found = self.active.get(&members[0]).copied().filter(|pair| {
            self.pairs.get(pair).is_some_and(|row| row.members == members && row.proposed == at)
        });
        found.map_or(Opened::Conflict(busy), Opened::Pair)
    }

    /// Writes a batch, as one transaction does.
    pub fn write(&mut self, batch: &[Write], now: i64) {
        batch.iter().for_each(|write| self.write_one(write, now));
    }

    fn write_one(&mut self, write: &Write, now: i64) {
        match write {
            Write::Account(account) => {
                let old = self.accounts.get(&account.user);
                if old.is_none_or(|old| old.applied <= account.applied) {
                    self.accounts.insert(account.user, (**account).clone());
                }
            }
            Write::Owed { user, owed } => {
                let lines = self.owed.entry(*user).or_default();
                match lines.iter_mut().find(|line| line.notice == owed.notice) {
                    Some(line) => line.life = owed.life,
                    None => lines.push(*owed),
                }
            }
            Write::NotOwed { user, notice } => {
                if let Some(lines) = self.owed.get_mut(user) {
                    lines.retain(|line| line.notice != *notice);
                    if lines.is_empty() {
                        self.owed.remove(user);
                    }
                }
            }
            Write::EndPair { pair, .. } => {
                self.active.retain(|_, live| live != pair);
                if let Some(row) = self.pairs.get_mut(pair).filter(|row| row.ended.is_none()) {
                    row.ended = Some(now);
                    self.ends.push(*pair);
                }
            }
            Write::Mapped { pair, rows, .. } => {
                let map = self.map.entry(*pair).or_default();
                for row in rows {
                    match map.iter_mut().find(|known| (known.from, known.source) == (row.from, row.source)) {
                        Some(known) => known.copy = row.copy,
                        None => map.push(*row),
                    }
                }
            }
            Write::Blocked { by, of, .. } => _ = self.blocks.entry(*by).or_default().insert(*of),
            Write::DeadLetter { update_id, .. } => _ = self.letters.insert(*update_id),
            Write::History(_) | Write::Rated { .. } | Write::Reported { .. } | Write::Erase { .. } => {}
        }
    }

    /// Whose sessions must be woken at a start.
    pub fn unsettled(&self) -> Vec<UserId> {
        let mut waiting: BTreeMap<UserId, i64> = BTreeMap::new();
        let mut add = |user: UserId, since: i64| {
            let at = waiting.entry(user).or_insert(since);
            *at = (*at).min(since);
        };
        for (&user, account) in &self.accounts {
            match account.phase {
                Phase::Searching { since, .. } => add(user, since.0),
                Phase::Chatting { pair, since, .. } if self.active.get(&user) != Some(&pair) => {
                    add(user, since.0)
                }
                _ => {}
            }
        }
        for (&user, &pair) in &self.active {
            if self.accounts.get(&user).is_none_or(|account| account.pair() != Some(pair)) {
                add(user, self.pairs[&pair].proposed.0);
            }
        }
        self.owed.keys().for_each(|&user| add(user, 0));
        let mut users: Vec<_> = waiting.into_iter().map(|(user, since)| (since, user)).collect();
        users.sort_unstable();
        users.into_iter().map(|(_, user)| user).collect()
    }

    /// The side of a member.
    pub fn side(&self, pair: PairId, user: UserId) -> Option<Side> {
        let members = self.pairs.get(&pair)?.members;
        Side::BOTH.into_iter().find(|side| members[side.index()] == user)
    }

    /// The newest pair of these two that was opened by then (true time).
    pub fn newest_of(&self, one: UserId, other: UserId, by: i64) -> Option<PairId> {
        let both =
            |row: &Pair| row.opened <= by && row.members.contains(&one) && row.members.contains(&other);
        self.pairs.iter().rev().find(|(_, row)| both(row)).map(|(&pair, _)| pair)
    }

    /// Whether a pair has not ended.
    pub fn is_live(&self, pair: PairId) -> bool {
        self.pairs.get(&pair).is_some_and(|row| row.ended.is_none())
    }
}
