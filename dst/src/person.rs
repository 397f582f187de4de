//! Somebody at their phone: what they have read, and what they believe.

use crate::store::Tables;
use crate::telegram::Kind;
use crate::world::State;
use nameless_domain::ids::{PairId, UserId};

/// Where a person believes themselves to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Has not begun.
    Fresh,
    /// Was asked something: the buttons are below the newest line.
    Asked,
    /// Nothing going on.
    Idle,
    /// Somebody is being looked for.
    Searching,
    /// In a chat.
    Chatting,
}

/// How long the store may be at opening a pair, milliseconds.
const MIND: i64 = 60_000;
/// How long it may take from one pair of somebody's to the next that a stale wish led to,
/// milliseconds.
const STALE: i64 = 5_000;

/// A person.
#[derive(Clone, Debug)]
pub struct Person {
    /// Who.
    pub user: i64,
    /// Where they believe themselves to be.
    pub mode: Mode,
    /// The pair that they see themselves in, if they can be sure.
    pub pair: Option<PairId>,
    /// They have asked for the end of a chat or a search, and not yet heard of it.
    pub leaving: bool,
    /// When they last heard from the bot (true time).
    pub heard: i64,
    /// When they last asked the bot for something.
    pub asked: i64,
    /// Ways out of a chat or search that they took: the update, and when.
    pub left: Vec<(i64, i64)>,
    /// The pair that their newest wish to leave was meant for, and the update.
    pub ends: Option<(PairId, i64)>,
    /// When each of their updates was sent; for whether they were too quick.
    pub sent: Vec<i64>,
    /// They have once been told that they are not heard.
    pub busy: i64,
}

impl Person {
    /// Somebody who has just opened the chat.
    pub fn new(user: i64) -> Person {
        Person {
            user,
            mode: Mode::Fresh,
            pair: None,
            leaving: false,
            heard: 0,
            asked: -1,
            left: Vec::new(),
            ends: None,
            sent: Vec::new(),
            busy: -1,
        }
    }

    /// Whether what they do now is meant for a pair they can name.
    pub fn sure_of(&self, tables: &Tables) -> Option<PairId> {
        self.pair
            .filter(|_| !self.leaving && self.mode == Mode::Chatting)
            .filter(|p| tables.pairs.contains_key(p))
    }
}

impl State {
    /// A person reads a line that this life of the bot has sent.
    pub fn reads(&mut self, user: i64, key: &str, buttons: &[String], life: u64) {
        let now = self.now();
        let over: Option<PairId> = buttons
            .iter()
            .find_map(|data| data.strip_prefix("fb:report:").and_then(|pair| pair.parse().ok()).map(PairId));
        let newest = self.newest_pair(user);
        // Told late of a pair that is over, they cannot tell it from one that they have asked for
        // since. Nor can they before they have read that the pair before is over: lines come in
        // their order, so this one may be of that pair.
        let before = newest.and_then(|pair| self.pair_before(user, pair));
        let is_read =
            |pair: PairId| self.telegram.chats.get(&user).is_some_and(|chat| chat.over.contains_key(&pair));
        let nameable = newest.filter(|_| before.is_none_or(is_read)).filter(|pair| {
            let row = &self.tables.pairs[pair];
            let asked = self.telegram.chats.get(&user).map(|chat| chat.person.asked);
            row.ended.is_none() || asked.is_none_or(|asked| asked < row.opened)
        });
        let Some(chat) = self.telegram.chats.get_mut(&user) else { return };
        let person = &mut chat.person;
        person.heard = now;
        match key {
            "chat-found" => {
                if !person.leaving && newest.is_some_and(|pair| !chat.over.contains_key(&pair)) {
                    (person.mode, person.pair) = (Mode::Chatting, nameable);
                }
                return;
            }
            "chat-going-on" | "search-in-chat" => {
                person.leaving = false;
                person.mode = Mode::Chatting;
                return;
            }
            "busy-session" => {
                person.busy = now;
                return;
            }
            _ => {}
        }
        if let Some(pair) = over {
            chat.over.entry(pair).or_insert(now);
            chat.over_by.entry(pair).or_insert(life);
            let person = &mut chat.person;
            if person.pair == Some(pair) {
                person.pair = None;
                person.mode = Mode::Idle;
            }
        }
        let person = &mut chat.person;
        let mode = match key {
            "lang-ask" | "adult-ask" | "gender-ask" | "age-ask" | "wish-ask" => Mode::Asked,
            "search-ready" | "chat-none" | "search-stopped" | "search-gave-up" | "busy-search"
            | "ended-by-you" | "report-sent" | "block-done" | "report-none" => Mode::Idle,
            "ended-by-partner" | "ended-vanished" | "ended-lost"
                if person.pair.is_none() && !person.leaving =>
            {
                Mode::Idle
            }
            "search-started" | "search-already" | "ended-next" | "search-delayed" => Mode::Searching,
            _ => return,
        };
        if !key.starts_with("ended-by-partner") {
            person.leaving = false;
        }
        person.mode = mode;
        if mode != Mode::Chatting {
            person.pair = None;
        }
    }

    /// The pair of a user that is live, or else the newest.
    fn newest_pair(&self, user: i64) -> Option<PairId> {
        let user = UserId(user);
        let of = || self.tables.pairs.iter().rev().find(|(_, row)| row.members.contains(&user));
        self.tables.active.get(&user).copied().or_else(|| of().map(|(&pair, _)| pair))
    }

    /// The pair of a user before this one.
    fn pair_before(&self, user: i64, pair: PairId) -> Option<PairId> {
        let mut before = self.tables.pairs.range(..pair).rev();
        before.find(|(_, row)| row.members.contains(&UserId(user))).map(|(&pair, _)| pair)
    }

    /// Pairs do not end by themselves: a member has asked for it since it began, or before, and was
    /// heard only since.
    pub fn look_at_ends(&mut self) {
        for pair in std::mem::take(&mut self.tables.ends) {
            let row = &self.tables.pairs[&pair];
            let (opened, members) = (row.opened, row.members);
            self.event("pair ended", [pair.0, members[0].0, members[1].0]);
            let wanted = members.iter().any(|member| {
                let left = self.telegram.chats.get(&member.0).map(|chat| &chat.person.left);
                left.into_iter().flatten().any(|&(update, at)| {
                    // Or just before: they had changed their mind while the pair was being opened.
                    at >= opened - MIND || self.done_at(update).is_none_or(|done| done >= opened)
                })
            });
            if !wanted && !self.is_of_a_stale_wish(pair) {
                self.broke(format!("{pair:?} of {members:?} ends though nobody wanted that"));
            }
        }
    }

    /// Whether a member had been found for another pair just before: they had stated their wish
    /// once more before word of that one came, and it was met as well. Who enters the first takes
    /// the wish back, so the second ends like one of somebody who has changed their mind.
    fn is_of_a_stale_wish(&self, pair: PairId) -> bool {
        let row = &self.tables.pairs[&pair];
        row.members.iter().any(|member| {
            let before = self.pair_before(member.0, pair).map(|before| self.tables.pairs[&before].opened);
            before.is_some_and(|before| before >= row.opened - STALE)
        })
    }

    /// Messages of a person's chat that can be answered, newest last.
    pub fn answerable(&self, user: i64, pair: PairId) -> Vec<i32> {
        let chat = &self.telegram.chats[&user];
        let of_pair = |kind: &Kind| match kind {
            Kind::Own(Some(token)) => self.said[*token].pair == Some(pair),
            Kind::Copy(token) => {
                self.said[*token].copies.iter().any(|copy| copy.chat == user && copy.pair == pair)
            }
            _ => false,
        };
        chat.messages.iter().filter(|(_, message)| of_pair(&message.kind)).map(|(&id, _)| id).collect()
    }
}
