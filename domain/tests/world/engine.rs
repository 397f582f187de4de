//! A model of the engine: carries out effects in order over queues that a test drains in any
//! interleaving.

use crate::state::{History, Item, Mail, ToOutbox, USERS, User, Work};
use crate::telegram::Telegram;
use nameless_domain::ids::{ChatId, MessageId, PairId, Seq, UserId};
use nameless_domain::matching::Seeker;
use nameless_domain::outbox::{Enqueued, Lane, Pacer, PacerConfig};
use nameless_domain::outgoing::{Call, Outgoing};
use nameless_domain::relay::RelayOp;
use nameless_domain::relay::pair::{PairCore, PairEffect};
use nameless_domain::rules::Rules;
use nameless_domain::session::account::Account;
use nameless_domain::session::{Effect, EndCause, Event, Moment, Record, SessionCore};
use nameless_domain::text::Lang;
use nameless_domain::time::Millis;
use nameless_domain::update::{Act, Update};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

pub struct World {
    pub now: Millis,
    pub rules: Rules,
    pub users: BTreeMap<UserId, User>,
    pub telegram: Telegram,
    pub live: HashMap<UserId, PairId>,
    pub pairs: BTreeMap<PairId, History>,
    pub pool: Vec<Seeker>,
    pub opening: BTreeSet<UserId>,
    pub proposals: VecDeque<[Seeker; 2]>,
    pub relay: HashMap<PairId, PairCore<u64>>,
    pub relay_work: VecDeque<Work>,
    pub outbox_work: VecDeque<ToOutbox>,
    pub pacer: Pacer<Item>,
    pub flights: BTreeMap<ChatId, Item>,
    pub tokens: HashSet<u64>,
    pub ended_for_outbox: HashSet<PairId>,
    /// Who never wants to meet whom again.
    pub parted: HashSet<(UserId, UserId)>,
    /// Updates that have been handled: by whom, what, and in which pair they were relayed (or tried
    /// to be).
    pub handled: BTreeMap<Seq, (Update, Option<PairId>)>,
    /// Updates whose message has left, with the ids of its copies, one entry per call.
    pub sent: HashMap<Seq, Vec<Vec<MessageId>>>,
    pub token_seqs: HashMap<u64, Vec<Seq>>,
    /// What a typed message answers.
    pub replies: HashMap<(UserId, MessageId), MessageId>,
    /// Messages that their authors changed.
    pub edits: HashSet<(ChatId, MessageId)>,
    /// Of these an edit was refused by Telegram.
    pub spoilt: HashSet<(ChatId, MessageId)>,
    /// The update that is being handled for the second time.
    pub coming_again: Option<Seq>,
    /// Updates that changed more than what a session says.
    pub changed: HashSet<Seq>,
    next: u64,
}

impl World {
    pub fn new() -> World {
        let rules = Rules {
            repeat_window_ms: 60_000,
            feedback_window_ms: 60_000,
            search_timeout_ms: 20_000,
            widen_after_ms: 7_000,
            confirm_end_under_ms: 1_000,
            ..Rules::default()
        };
        let now = Millis(1_000_000);
        let users = (1..=USERS).map(|id| (UserId(id), User::onboarded(UserId(id), now))).collect();
        World {
            now,
            rules,
            users,
            telegram: Telegram::default(),
            live: HashMap::new(),
            pairs: BTreeMap::new(),
            pool: Vec::new(),
            opening: BTreeSet::new(),
            proposals: VecDeque::new(),
            relay: HashMap::new(),
            relay_work: VecDeque::new(),
            outbox_work: VecDeque::new(),
            pacer: Pacer::new(PacerConfig { chat_rate: 5.0, chat_burst: 5, ..PacerConfig::default() }),
            flights: BTreeMap::new(),
            tokens: HashSet::new(),
            ended_for_outbox: HashSet::new(),
            parted: HashSet::new(),
            handled: BTreeMap::new(),
            sent: HashMap::new(),
            token_seqs: HashMap::new(),
            replies: HashMap::new(),
            edits: HashSet::new(),
            spoilt: HashSet::new(),
            coming_again: None,
            changed: HashSet::new(),
            next: 0,
        }
    }

    pub fn fresh(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    pub fn user(&mut self, id: UserId) -> &mut User {
        self.users.get_mut(&id).expect("a user of this world")
    }

    /// Telegram hands an update in.
    pub fn accept(&mut self, user: UserId, act: Act) {
        let seq = self.fresh();
        let update = Update { update_id: seq as i64, user, lang_hint: None, act };
        self.user(user).mail.push_back(Mail::Update(Seq(seq), update));
    }

    /// The session handles its next mail.
    pub fn run(&mut self, id: UserId) -> bool {
        let Some(mail) = self.user(id).mail.pop_front() else { return false };
        match mail {
            Mail::Update(seq, update) => self.handle(id, Event::Update(update), Some(seq)),
            Mail::Event(event) => self.handle(id, event, None),
            Mail::Square => {
                let live = self.live_of(id);
                self.handle(id, Event::Loaded { live, owed: Vec::new() }, None);
            }
        }
        true
    }

    fn live_of(&self, id: UserId) -> Option<(PairId, UserId, Millis)> {
        let pair = *self.live.get(&id)?;
        let members = self.pairs[&pair].members;
        Some((pair, members[usize::from(members[0] == id)], self.now))
    }

    /// The session panics: it is rebuilt from what was kept; what an album was gathered from comes
    /// again.
    pub fn crash(&mut self, id: UserId) {
        let (now, live, head) = (self.now, self.live_of(id), Seq(self.next));
        let user = self.user(id);
        let account = user.saved.clone().unwrap_or_else(|| Account::new(id, Lang::En, now));
        user.core = SessionCore::new(account);
        user.core.came_before(head);
        let held = std::mem::take(&mut user.held);
        self.handle(id, Event::Loaded { live, owed: Vec::new() }, None);
        for (seq, update) in held {
            self.handle(id, Event::Update(update), Some(seq));
        }
    }

    pub fn handle(&mut self, id: UserId, event: Event, seq: Option<Seq>) {
        let at = Moment { now: self.now, seq };
        let update = match &event {
            Event::Update(update) => Some(update.clone()),
            _ => None,
        };
        let replayed = seq.is_some_and(|s| self.handled.contains_key(&s));
        let rules = self.rules.clone();
        let user = self.user(id);
        let held_again = seq.is_some_and(|s| user.held.iter().any(|(h, _)| *h == s));
        let before = user.core.account.clone();
        let mut effects = Vec::new();
        user.core.on(event, at, &rules, &mut effects);
        if let (Some(seq), Some(update)) = (seq, &update) {
            let chat = user.core.account.pair();
            self.handled.entry(seq).or_insert((update.clone(), chat));
        }
        self.check_turn(id, &before, replayed && !held_again, seq, update.as_ref(), &effects);
        self.coming_again = seq.filter(|_| replayed && !held_again);
        for effect in effects {
            self.carry_out(id, effect, seq);
        }
        let user = self.user(id);
        if !user.core.holds_something() {
            user.held.clear();
        } else if let (Some(seq), Some(update)) = (seq, update) {
            user.held.push((seq, update));
        }
        self.check_kept(id);
    }

    fn carry_out(&mut self, id: UserId, effect: Effect, seq: Option<Seq>) {
        match effect {
            Effect::Say(screen) => {
                let call = Call::Say { html: screen.text.key.to_owned(), keyboard: Vec::new() };
                let out = Outgoing { chat: id.chat(), call };
                self.outbox_work.push_back(ToOutbox::Enqueue(Item { out, origin: None }));
            }
            Effect::Notify(notice) => {
                for screen in notice.screens() {
                    self.carry_out(id, Effect::Say(screen), seq);
                }
            }
            Effect::NotOwed(_) => {}
            // The capabilities' ports are no part of this world.
            Effect::Ask(_) => {}
            Effect::Rewrite { .. }
            | Effect::Answer { .. }
            | Effect::Export
            | Effect::Picture { .. }
            | Effect::Call(_)
            | Effect::AwaitAlbum { .. } => {}
            Effect::Relay { pair, op, behind } => {
                let seqs = if behind.is_empty() { seq.into_iter().collect() } else { behind };
                // What left before it comes again is not sent again: only the map is to be told.
                let earlier = self.check_relay(id, pair, &op, &seqs);
                let token = self.fresh();
                self.tokens.insert(token);
                self.token_seqs.insert(token, seqs.clone());
                self.relay_work.push_back(Work::Pass { pair, by: id, op, token, earlier });
            }
            Effect::EndPair { pair, cause, .. } => {
                self.end_in_store(pair);
                self.relay_work.push_back(Work::Close { pair, by: id, cause });
            }
            Effect::Seek(request) => self.seek(request.seeker, request.check_at),
            Effect::Unseek => {
                self.user(id).due = None;
                self.opening.remove(&id);
                self.pool.retain(|s| s.user != id);
            }
            Effect::Save => {
                let user = self.user(id);
                user.saved = Some(user.core.account.clone());
            }
            Effect::Record(Record::Reported { of, .. }) => {
                self.parted.insert((id, of));
            }
            Effect::Record(Record::Rated { .. } | Record::Blocked { .. }) => {}
            Effect::Erase => {
                let now = self.now;
                let user = self.user(id);
                user.saved = None;
                user.erased = Some(now);
                self.parted.retain(|(by, _)| *by != id);
            }
        }
    }

    fn end_in_store(&mut self, pair: PairId) {
        let now = self.now;
        let Some(history) = self.pairs.get_mut(&pair) else { return };
        history.ended.get_or_insert(now);
        self.live.retain(|_, p| *p != pair);
    }

    /// The brute-force matchmaker: the longest waiting of those who fit both ways.
    fn seek(&mut self, seeker: Seeker, check_at: Millis) {
        if self.opening.contains(&seeker.user) {
            return;
        }
        self.user(seeker.user).due = Some(check_at);
        self.pool.retain(|s| s.user != seeker.user);
        let fits = |s: &Seeker| {
            s.crowd == seeker.crowd
                && s.profile.fits(&seeker.profile)
                && !s.avoid.contains(&seeker.user)
                && !seeker.avoid.contains(&s.user)
        };
        let best = (0..self.pool.len()).filter(|&i| fits(&self.pool[i])).min_by_key(|&i| self.pool[i].since);
        match best {
            Some(i) => {
                let partner = self.pool.remove(i);
                self.opening.extend([partner.user, seeker.user]);
                self.proposals.push_back([partner, seeker]);
            }
            None => self.pool.push(seeker),
        }
    }

    /// The store decides on the next proposal.
    pub fn decide(&mut self) -> bool {
        let Some(seekers) = self.proposals.pop_front() else { return false };
        let members = [seekers[0].user, seekers[1].user];
        let cancelled = members.map(|user| !self.opening.remove(&user));
        let taken: Vec<UserId> = members.into_iter().filter(|u| self.live.contains_key(u)).collect();
        if taken.is_empty() {
            self.check_meeting(members);
            let pair = PairId(self.fresh() as i64);
            self.live.extend(members.map(|u| (u, pair)));
            self.pool.retain(|s| !members.contains(&s.user));
            self.pairs.insert(pair, History::new(members));
            self.relay.insert(pair, PairCore::new(pair, members, self.rules.map_per_pair));
            let common = seekers[0].profile.interests.common(seekers[1].profile.interests);
            for (user, partner) in [(members[0], members[1]), (members[1], members[0])] {
                let event = Event::PartnerFound { pair, partner, common };
                self.user(user).mail.push_back(Mail::Event(event));
            }
        } else {
            for (seeker, cancelled) in seekers.into_iter().zip(cancelled) {
                if taken.contains(&seeker.user) {
                    self.user(seeker.user).mail.push_back(Mail::Square);
                } else if !cancelled {
                    let at = self.now.plus(self.rules.widen_after_ms);
                    self.seek(seeker, at);
                }
            }
        }
        true
    }

    /// The relay does its next piece of work.
    pub fn relay(&mut self) -> bool {
        let Some(work) = self.relay_work.pop_front() else { return false };
        let mut effects = Vec::new();
        let (Work::Pass { pair, .. } | Work::Close { pair, .. } | Work::Delivered { pair, .. }) = work;
        let Some(core) = self.relay.get_mut(&pair) else {
            match work {
                Work::Pass { by, token, .. } => {
                    self.finish(token);
                    let event = Event::PairEnded { pair, cause: EndCause::Lost };
                    self.user(by).mail.push_back(Mail::Event(event));
                }
                Work::Delivered { token, .. } => self.finish(token),
                Work::Close { .. } => {}
            }
            return true;
        };
        let members = core.members;
        match work {
            Work::Pass { by, op, token, earlier, .. } => {
                let from = core.side_of(by).expect("a member");
                match earlier {
                    Some(copies) => {
                        core.sent(from, &sources_of(&op), &copies, &mut effects);
                        self.finish(token);
                    }
                    None => core.pass(from, op, token, &mut effects),
                }
            }
            Work::Delivered { from, sources, copies, token, .. } => {
                match copies {
                    Some(copies) => core.sent(from, &sources, &copies, &mut effects),
                    None => core.failed(from, &sources, &mut effects),
                }
                self.finish(token);
            }
            Work::Close { by, cause, .. } => {
                let core = self.relay.remove(&pair).expect("it is there");
                let partner = members[core.side_of(by).expect("a member").other().index()];
                core.close(&mut effects);
                self.apply(pair, members, effects);
                for member in members {
                    self.outbox_work.push_back(ToOutbox::Purge(member.chat(), pair));
                }
                self.outbox_work.push_back(ToOutbox::Ended(pair));
                self.user(partner).mail.push_back(Mail::Event(Event::PairEnded { pair, cause }));
                return true;
            }
        }
        self.apply(pair, members, effects);
        true
    }

    fn apply(&mut self, pair: PairId, members: [UserId; 2], effects: Vec<PairEffect<u64>>) {
        for effect in effects {
            match effect {
                PairEffect::Forward { out, from, sources, token } => {
                    let origin = token.map(|token| (pair, from, sources, token));
                    self.outbox_work.push_back(ToOutbox::Enqueue(Item { out, origin }));
                }
                PairEffect::Finish(token) => self.finish(token),
                PairEffect::Note { to, key } => {
                    let event = Event::RelayNote { pair, key };
                    self.user(members[to.index()]).mail.push_back(Mail::Event(event));
                }
            }
        }
    }

    pub fn finish(&mut self, token: u64) {
        assert!(self.tokens.remove(&token), "a token came back twice");
    }

    /// The outbox takes its next message.
    pub fn outbox(&mut self) -> bool {
        match self.outbox_work.pop_front() {
            Some(ToOutbox::Enqueue(item)) => {
                let tag = item.origin.as_ref().map(|o| o.0);
                let (chat, paced) = (item.out.chat, item.out.call.is_paced());
                let taken = self.pacer.enqueue(self.now, chat, Lane::Interactive, tag, paced, item);
                assert_eq!(taken, Enqueued::Accepted);
            }
            Some(ToOutbox::Purge(chat, pair)) => {
                for item in self.pacer.purge(chat, pair) {
                    self.forget(item);
                }
            }
            Some(ToOutbox::Ended(pair)) => {
                self.ended_for_outbox.insert(pair);
            }
            None => return false,
        }
        true
    }

    pub fn forget(&mut self, item: Item) {
        if let Some((.., token)) = item.origin {
            self.finish(token);
        }
    }

    /// The outbox starts its next call.
    pub fn start(&mut self) -> bool {
        let Some((chat, item)) = self.pacer.next(self.now) else { return false };
        if let Some((pair, ..)) = &item.origin {
            assert!(!self.ended_for_outbox.contains(pair), "I4: sent in a pair that has ended");
        }
        assert!(self.flights.insert(chat, item).is_none(), "I6: two calls to one chat at a time");
        true
    }
}

pub fn sources_of(op: &RelayOp) -> Vec<MessageId> {
    match op {
        RelayOp::Send { source, .. } => vec![*source],
        RelayOp::SendAlbum { items, .. } => items.iter().map(|(id, _)| *id).collect(),
        _ => Vec::new(),
    }
}
