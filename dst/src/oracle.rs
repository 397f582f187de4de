//! What must hold when the faults have stopped and all is quiet.

use crate::person::Mode;
use crate::plan::Fault;
use crate::telegram::Kind;
use crate::world::State;
use nameless_actors::Engine;
use nameless_domain::ids::{PairId, UserId};
use nameless_domain::session::account::{Account, Phase};

impl State {
    /// Why it is not quiet yet; none if it is.
    pub fn unrest(&self, engine: &Engine) -> Option<String> {
        let meters = engine.meters();
        let (inside, _) = engine.in_flight();
        let unfinished = match &self.cluster {
            None => self.log.unfinished_updates(),
            Some(cluster) => cluster.unfinished(),
        };
        let free = self.cluster.iter().flat_map(|cluster| &cluster.owners).filter(|o| o.life.is_none());
        let counts = [
            ("updates at Telegram", self.telegram.queue.len() as u64),
            ("unfinished in the journal", unfinished.len() as u64),
            ("under way", u64::from(inside)),
            ("people owed a line", self.tables.owed.len() as u64),
            ("partitions of nobody", free.count() as u64),
            ("calls waiting", meters.outbox_depth.get()),
            ("calls under way", meters.outbox_in_flight.get()),
            ("writes waiting", meters.persistence_depth.get()),
        ];
        let (what, n) = counts.into_iter().find(|(_, n)| *n > 0)?;
        Some(format!("{n} {what} (updates {:?})", &unfinished[..unfinished.len().min(5)]))
    }

    /// How many search, by their rows.
    pub fn searching(&self) -> usize {
        let searches = |account: &&Account| matches!(account.phase, Phase::Searching { .. });
        self.tables.accounts.values().filter(searches).count()
    }

    /// Looks at everything (liveness, and what only shows at the end).
    pub fn look_at_the_end(&mut self) {
        let mut wrong = Vec::new();
        for (token, said) in self.said.iter().enumerate() {
            let Some(pair) = said.pair.filter(|&pair| self.tables.is_live(pair)) else { continue };
            let partner = self.tables.pairs[&pair].members.into_iter().find(|user| user.0 != said.by);
            let Some(partner) = partner else { continue };
            let arrived: Vec<_> = said.copies.iter().filter(|copy| copy.chat == partner.0).collect();
            let busy = self.telegram.chats[&said.by].person.busy;
            // The line that says so is not kept: it may be lost with a process or an actor.
            let told = busy >= 0 || self.crashed || self.plan.has(Fault::Death);
            let excused = said.excused && told || self.telegram.chats[&partner.0].blocked;
            if arrived.is_empty() && !excused && !self.is_excused_refusal(token) {
                wrong.push(format!("I2: w{token} of {} never arrives in {pair:?}", said.by));
            }
            let shows_it = |copy: &&crate::said::Copy| {
                self.telegram.chats[&copy.chat].messages.get(&copy.id).is_some_and(|m| m.words == said.words)
            };
            // It may have come again behind its edit, see `disordered`.
            let disorders = [Fault::Death, Fault::Poison, Fault::Flood];
            let edits_may_fail = disorders.into_iter().any(|fault| self.plan.has(fault));
            // Nobody knows under which id it stands there.
            let unheard = arrived.iter().all(|copy| copy.lost);
            let refused = said.edit_excused && told;
            if said.edits > 0 && !unheard && !refused && !arrived.iter().any(shows_it) && !edits_may_fail {
                wrong.push(format!("w{token} never becomes {:?} at {}", said.words, partner.0));
            }
        }
        for (user, chat) in &self.telegram.chats {
            let person = &chat.person;
            if let Some((pair, update)) = person.ends
                && self.tables.is_live(pair)
            {
                wrong.push(format!("{user} wanted {pair:?} to end (update {update}), and it lives"));
            }
            // Who is told to be too quick is told so once a minute.
            let told = person.busy >= 0 && person.asked - person.busy < 60_000;
            // What was put aside after five deaths is told of in a line that a sixth may take
            // along.
            let aside = self.crashed && !self.tables.letters.is_empty();
            if person.asked > person.heard && !chat.blocked && !told && !aside {
                wrong.push(format!("{user} asked at {} and heard nothing", person.asked));
            }
            wrong.extend(self.looks_settled(UserId(*user)));
        }
        wrong.extend(self.lonely());
        wrong.into_iter().for_each(|what| self.broke(what));
    }

    fn is_excused_refusal(&self, token: usize) -> bool {
        self.said[token].excused && (self.plan.has(Fault::Refuse) || self.plan.has(Fault::Poison))
    }

    fn may_be_stale(&self) -> bool {
        self.plan.has(Fault::Death) && self.plan.has(Fault::SlowStore)
    }

    /// The row and the live pair agree.
    fn looks_settled(&self, user: UserId) -> Option<String> {
        let account = self.tables.accounts.get(&user)?;
        let live: Option<PairId> = self.tables.active.get(&user).copied();
        // A session that dies is loaded while the end of a pair may still be on its way to a slow
        // store.
        (account.pair() != live && !self.may_be_stale())
            .then(|| format!("I1: {user:?} is {:?} and lives in {live:?}", account.phase))
    }

    /// Two who search and would fit.
    pub fn lonely(&self) -> Option<String> {
        let searching = |user: &UserId| {
            let account = self.tables.accounts.get(user);
            let searches = account.is_some_and(|account| matches!(account.phase, Phase::Searching { .. }));
            // Somebody's session may have died twice with the word of their pair, see
            // `looks_settled`.
            searches && !(self.may_be_stale() && self.tables.active.contains_key(user))
        };
        let waiting: Vec<UserId> = self.tables.accounts.keys().copied().filter(searching).collect();
        // Whom somebody has met is avoided until a moment of the wall clock, which may have been
        // set back.
        let now = self.wall();
        let set = self.plan.has(Fault::ClockBack) || self.plan.has(Fault::ClockForward);
        let avoids = |one: UserId, other: UserId| {
            let mut avoided = self.tables.accounts[&one].avoid.iter();
            avoided.any(|avoided| avoided.user == other && (set || avoided.until > now))
        };
        let fit = |one: UserId, other: UserId| one != other && !avoids(one, other) && !avoids(other, one);
        let two =
            waiting.iter().find_map(|&one| Some((one, waiting.iter().copied().find(|&o| fit(one, o))?)));
        two.map(|(one, other)| format!("{one:?} and {other:?} look for somebody and do not meet"))
    }

    /// Everybody in a live pair says something, to see that chats go on.
    pub fn say_at_the_end(&mut self) {
        let users: Vec<UserId> = self.tables.active.keys().copied().collect();
        for user in users {
            let person = &self.telegram.chats[&user.0].person;
            if person.mode == Mode::Chatting && person.pair == self.tables.active.get(&user).copied() {
                let pair = person.sure_of(&self.tables);
                let first = self.telegram.chats[&user.0].messages.iter();
                let target = first.filter(|(_, m)| matches!(m.kind, Kind::Copy(_))).map(|(&id, _)| id);
                let target = pair.and_then(|pair| {
                    let answerable = self.answerable(user.0, pair);
                    target.into_iter().find(|id| answerable.contains(id))
                });
                self.says(user.0, pair, target);
            }
        }
    }
}
