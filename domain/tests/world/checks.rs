//! What must hold at every moment, and at rest.

use crate::engine::{World, sources_of};
use crate::state::{Item, Mail, Outcome, Work};
use crate::telegram::Message;
use nameless_domain::ids::{BotId, ChatId, MessageId, PairId, Seq, UserId};
use nameless_domain::outgoing::Call;
use nameless_domain::relay::content::Payload;
use nameless_domain::relay::{RelayOp, Side};
use nameless_domain::session::account::{Account, Phase};
use nameless_domain::session::{Effect, Event, Record};
use nameless_domain::time::Millis;
use nameless_domain::update::{Act, Update};

fn words(payload: &Payload) -> String {
    match payload {
        Payload::Text(rich) => rich.text.clone(),
        Payload::Media(media) => media.caption.text.clone(),
        Payload::Dice { emoji } => emoji.clone(),
    }
}

impl World {
    /// One turn of a session: what it may have done.
    pub fn check_turn(
        &mut self,
        id: UserId,
        before: &Account,
        replayed: bool,
        seq: Option<Seq>,
        update: Option<&Update>,
        effects: &[Effect],
    ) {
        let changes = |e: &Effect| {
            matches!(e, Effect::EndPair { .. } | Effect::Seek(_) | Effect::Unseek | Effect::Record(_))
        };
        if let Some(seq) = seq.filter(|_| effects.iter().any(changes)) {
            // One that had only asked back may do more when it comes again: its answer had not
            // left.
            assert!(self.changed.insert(seq) || !replayed, "I3: took effect twice: {update:?}: {effects:?}");
        }
        for effect in effects {
            match effect {
                Effect::Record(Record::Reported { pair, of, .. } | Record::Rated { pair, of, .. }) => {
                    let members = self.pairs[pair].members;
                    assert!(members.contains(&id) && members.contains(of) && id != *of, "a made-up record");
                }
                Effect::EndPair { pair, .. } => {
                    assert!(self.pairs[pair].members.contains(&id), "ended a pair of others");
                }
                Effect::Answer { toast: Some(toast), .. } if toast.key == "block-done" => {
                    if let Some(Update { act: Act::Pressed { data, .. }, .. }) = update {
                        let pair = data.rsplit(':').next().and_then(|p| p.parse().ok()).expect("a pair");
                        let members = self.pairs[&PairId(pair)].members;
                        self.parted.insert((id, members[usize::from(members[0] == id)]));
                    }
                }
                _ => {}
            }
        }
        if let Phase::Chatting { pair, partner, .. } = self.users[&id].core.account.phase
            && before.pair() != Some(pair)
        {
            assert!(!self.parted.contains(&(id, partner)), "met somebody they had parted from for good");
            let (now, window, erased) = (self.now, self.rules.repeat_window_ms, self.users[&id].erased);
            for earlier in self.pairs.values().filter(|h| h.met.contains(&id) && h.members.contains(&partner))
            {
                let ended = earlier.ended.unwrap_or(now);
                let forgotten = erased.is_some_and(|at| at >= ended);
                assert!(forgotten || now.since(ended) >= window, "the same two within the repeat window");
            }
            let history = self.pairs.get_mut(&pair).expect("the store opened it");
            assert!(history.members.contains(&id) && history.members.contains(&partner));
            history.met.insert(id);
        }
    }

    /// Nothing of an account is only in memory.
    pub fn check_kept(&self, id: UserId) {
        let user = &self.users[&id];
        match &user.saved {
            Some(saved) => {
                let saved = Account { applied: user.core.account.applied, ..saved.clone() };
                assert_eq!(saved, user.core.account, "a change was not kept");
            }
            None => {
                let phase = user.core.account.phase;
                assert!(matches!(phase, Phase::Onboarding { .. }), "erased, but {phase:?}");
            }
        }
    }

    /// The store opens a pair of these two.
    pub fn check_meeting(&self, members: [UserId; 2]) {
        let [a, b] = members;
        assert!(a != b && !self.live.contains_key(&a) && !self.live.contains_key(&b), "I1");
    }

    /// A session hands something to the relay.
    pub fn check_relay(
        &mut self,
        id: UserId,
        pair: PairId,
        op: &RelayOp,
        seqs: &[Seq],
    ) -> Option<Vec<MessageId>> {
        let sources = sources_of(op);
        if sources.is_empty() {
            return None;
        }
        for seq in seqs {
            assert_eq!(self.handled[seq].1, Some(pair), "I4: written in one pair, relayed in another");
        }
        self.user(id).held.retain(|(seq, _)| !seqs.contains(seq));
        let history = self.pairs.get_mut(&pair).expect("a pair of this world");
        let side = history.side(id).index();
        let came_again = self.coming_again.is_some_and(|s| seqs.contains(&s));
        if came_again && let Some(sent) = self.sent.get_mut(&seqs[0]) {
            sent.rotate_left(1);
            return sent.last().cloned();
        }
        if came_again {
            // Its pair is over, only this session has not heard of it yet: the relay will turn it
            // away.
            assert!(history.ended.is_some(), "sent again in a live pair");
            return None;
        }
        assert!(history.relayed[side].last() <= sources.first(), "I6: relayed out of order");
        history.relayed[side].extend(sources);
        None
    }

    /// A call comes back from Telegram.
    pub fn land(&mut self, chat: ChatId, outcome: Outcome) {
        let item = self.flights.remove(&chat).expect("under way");
        let now = self.now;
        let back = match outcome {
            Outcome::Sent => {
                self.pacer.on_done(now, chat);
                return self.take_effect(item);
            }
            Outcome::Refused | Outcome::Gone => {
                self.pacer.on_done(now, chat);
                if let Some((pair, from, sources, token)) = item.origin {
                    let history = self.pairs.get_mut(&pair).expect("known");
                    history.refused.extend(sources.iter().map(|&s| (from, s)));
                    if let Call::Edit { message, .. } = item.out.call {
                        let copy_of = self.telegram.get(chat, message).and_then(|m| m.copy_of);
                        self.spoilt.extend(copy_of.map(|(_, from, source)| (from, source)));
                    }
                    self.relay_work.push_back(Work::Delivered { pair, from, sources, copies: None, token });
                }
                if let (Outcome::Gone, Some(user)) = (outcome, chat.user()) {
                    self.user(user).mail.push_back(Mail::Event(Event::Unreachable { bot: BotId::FIRST }));
                }
                return;
            }
            Outcome::RetryAfter => self.pacer.on_retry(now, chat, item, 700),
            Outcome::Unsent => self.pacer.on_unsent(now, chat, item, 1),
        };
        if let Some(item) = back {
            self.forget(item);
        }
    }

    fn take_effect(&mut self, item: Item) {
        let Item { out, origin } = item;
        let chat = out.chat;
        let Some((pair, from, sources, token)) = origin else {
            match out.call {
                Call::Say { html, .. } => {
                    self.telegram.post(chat, Message { text: html, ..Message::default() });
                }
                Call::Delete { messages } => {
                    for id in messages {
                        let message = self.telegram.chat(chat).messages.get_mut(&id).expect("it exists");
                        // The user's own, or a second copy of what the partner wrote and has
                        // changed since.
                        let is_copy = message.copy_of.is_some();
                        assert!(message.author.is_some() || is_copy, "deleted what nobody of the two wrote");
                        message.deleted = true;
                    }
                }
                other => panic!("the bot itself does not {other:?}"),
            }
            return;
        };
        let members = self.pairs[&pair].members;
        let (author, partner) = (members[from.index()], members[from.other().index()]);
        assert_eq!(chat, partner.chat(), "I4: reached another chat than the partner's");
        let mut copies = Vec::new();
        match out.call {
            Call::Send { payload, reply_to, .. } => {
                self.check_reply(pair, author, chat, sources[0], reply_to);
                copies.push(self.arrive(pair, author, chat, sources[0], words(&payload)));
            }
            Call::SendAlbum { items, reply_to } => {
                self.check_reply(pair, author, chat, sources[0], reply_to);
                assert!((2..=10).contains(&items.len()), "an album of {}", items.len());
                for (&source, item) in sources.iter().zip(items) {
                    copies.push(self.arrive(pair, author, chat, source, item.caption.text));
                }
            }
            Call::Edit { message, payload } => {
                self.check_own_copy(pair, author, chat, message);
                self.telegram.chat(chat).messages.get_mut(&message).expect("it exists").text =
                    words(&payload);
            }
            Call::Delete { messages } => {
                for id in messages {
                    self.check_own_copy(pair, author, chat, id);
                    self.telegram.chat(chat).messages.get_mut(&id).expect("it exists").deleted = true;
                }
            }
            Call::React { message, .. } => {
                let target = (chat, message);
                let theirs =
                    self.telegram.chats.get(&author.chat()).into_iter().flat_map(|c| c.messages.keys());
                let known = theirs.clone().any(|&id| self.telegram.linked(pair, target, (author.chat(), id)));
                assert!(known, "a reaction to a message of no one's in this pair");
            }
            other => panic!("a pair does not {other:?}"),
        }
        if !copies.is_empty()
            && let Some(&seq) = self.token_seqs[&token].first()
        {
            self.sent.entry(seq).or_default().push(copies.clone());
        }
        self.relay_work.push_back(Work::Delivered { pair, from, sources, copies: Some(copies), token });
    }

    fn arrive(
        &mut self,
        pair: PairId,
        author: UserId,
        chat: ChatId,
        source: MessageId,
        text: String,
    ) -> MessageId {
        let original = self.telegram.get(author.chat(), source).expect("it was typed");
        assert_eq!(original.author, Some(author), "I4: not the author's message");
        let history = self.pairs.get_mut(&pair).expect("known");
        let side = history.side(author).index();
        history.arrived[side].push(source);
        let copy_of = Some((pair, author.chat(), source));
        self.telegram.post(chat, Message { text, copy_of, ..Message::default() })
    }

    fn check_reply(
        &self,
        pair: PairId,
        author: UserId,
        chat: ChatId,
        source: MessageId,
        reply_to: Option<MessageId>,
    ) {
        let Some(there) = reply_to else { return };
        let asked = self.replies.get(&(author, source)).copied().expect("it answered something");
        let same = self.telegram.linked(pair, (author.chat(), asked), (chat, there));
        assert!(same, "threaded to another message");
    }

    fn check_own_copy(&self, pair: PairId, author: UserId, chat: ChatId, message: MessageId) {
        let copy = self.telegram.get(chat, message).and_then(|m| m.copy_of);
        let own = copy.is_some_and(|(p, c, _)| p == pair && c == author.chat());
        assert!(own, "I4: changed what the author did not send in this pair: {copy:?}");
    }

    /// Everything has come to rest.
    pub fn check_rest(&mut self) {
        assert!(self.tokens.is_empty(), "operations nobody finished: {:?}", self.tokens);
        assert!(self.pacer.is_idle());
        for (id, user) in &self.users {
            let live = self.live.get(id).copied();
            assert_eq!(user.core.account.pair(), live, "{id:?} and the store disagree");
            let searching = matches!(user.core.account.phase, Phase::Searching { .. });
            let known = self.pool.iter().any(|s| s.user == *id);
            assert_eq!(searching, known, "{id:?}: searching and known to the matchmaker");
        }
        for core in self.relay.values() {
            assert_eq!((core.waiting(), core.pending()), (0, 0));
        }
        for (i, a) in self.pool.iter().enumerate() {
            for b in &self.pool[i + 1..] {
                let apart = a.avoid.contains(&b.user) || b.avoid.contains(&a.user);
                assert!(apart || !a.profile.fits(&b.profile), "two who fit wait side by side");
            }
        }
        for (pair, history) in &self.pairs {
            for side in Side::BOTH {
                let (sent, got) = (&history.relayed[side.index()], &history.arrived[side.index()]);
                let want: Vec<MessageId> =
                    sent.iter().filter(|&&s| !history.refused.contains(&(side, s))).copied().collect();
                // A die can be refused once and sent once: the only source that is in both.
                let got: Vec<_> = got.iter().filter(|&&s| want.contains(&s)).copied().collect();
                if history.ended.is_none() {
                    assert_eq!(want, got, "lost, doubled or out of order in a live pair");
                }
                assert!(want.starts_with(&got), "I6: {got:?} of {want:?}");
            }
            if history.ended.is_none() {
                self.check_contents(*pair, history.members);
            }
        }
    }

    /// In a live pair every copy says what its author's message says now.
    fn check_contents(&self, pair: PairId, members: [UserId; 2]) {
        for (chat, message) in
            members.iter().flat_map(|m| self.telegram.chats.get(&m.chat())).flat_map(|c| &c.messages)
        {
            let Some((of, from, source)) = message.copy_of else { continue };
            let edited = self.edits.contains(&(from, source));
            if of == pair && edited && !self.spoilt.contains(&(from, source)) {
                let original = self.telegram.get(from, source).expect("it was typed");
                assert_eq!(message.text, original.text, "an edit did not follow ({chat:?})");
            }
        }
    }

    /// Lets everything that can happen without time happen, then time, until nothing is left to do.
    pub fn settle(&mut self) {
        let users: Vec<UserId> = self.users.keys().copied().collect();
        for _ in 0..20_000 {
            let mut busy = false;
            for &user in &users {
                busy |= self.run(user);
                if self.users[&user].mail.is_empty() && self.users[&user].core.holds_something() {
                    self.handle(user, Event::AlbumDue, None);
                    busy = true;
                }
            }
            busy |= self.relay() | self.outbox() | self.start() | self.decide();
            if let Some(&chat) = self.flights.keys().next() {
                self.land(chat, Outcome::Sent);
                busy = true;
            }
            if !busy {
                match self.pacer.wake_at(self.now) {
                    Some(at) => self.now = Millis(self.now.0.max(at.0)),
                    None => return,
                }
            }
        }
        panic!("it never comes to rest");
    }

    /// Time passes; searches whose moment has come are reminded.
    pub fn tick(&mut self, ms: i64) {
        self.now = self.now.plus(ms);
        for user in self.users.values_mut() {
            if user.due.is_some_and(|due| due <= self.now) {
                user.due = None;
                user.mail.push_back(Mail::Event(Event::SearchDue));
            }
        }
    }

    /// Whether an update that was handled may come again (after a crash; Telegram's own doubles are
    /// sorted out before): nothing of it is under way, and what was said went somewhere.
    pub fn may_come_again(&self, seq: Seq) -> bool {
        let (update, pair) = &self.handled[&seq];
        let under_way = self.tokens.iter().any(|t| self.token_seqs[t].contains(&seq))
            || self.users[&update.user].held.iter().any(|(s, _)| *s == seq)
            || self.users[&update.user].mail.iter().any(|m| matches!(m, Mail::Update(s, _) if *s == seq));
        let sent = self.sent.get(&seq).is_some_and(|s| !s.is_empty());
        let settled = match &update.act {
            Act::Pressed { .. } | Act::BlockedBot => true,
            Act::Message(message) if crate::is_command(message) => true,
            Act::Message(message) => {
                message.album.is_none() && pair.is_none_or(|p| self.pairs[&p].ended.is_some() || sent)
            }
            _ => false,
        };
        !under_way && settled
    }
}
