//! A call happens: what the chat looks like then, and whether it may look so.

use super::Kind;
use crate::plan::Fault;
use crate::said::Copy;
use crate::words::{token_of, words_of};
use crate::world::{FIRST_PERSON, State};
use nameless_actors::ports::{SendError, Sent};
use nameless_domain::ids::{MessageId, MessageIds, PairId, UserId};
use nameless_domain::outgoing::{Call, Key, Outgoing};
use nameless_domain::relay::content::Payload;
use nameless_domain::text::Action;

/// How long a node may be without word of the other, milliseconds.
const HEARD: i64 = 20_000;

/// How long word of a copy may take to the other node, milliseconds.
const HEARD_OF: i64 = 1_000;

/// Who makes a call, and how.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Which life.
    pub life: u64,
    /// When it was begun (true time).
    pub begun: i64,
    /// Nobody will hear that it happened.
    pub unheard: bool,
    /// The journal had failed when it was begun.
    pub journal_failed: bool,
}

impl State {
    /// Carries out a call.
    pub fn arrives(&mut self, out: &Outgoing, by: &Caller) -> Result<Sent, SendError> {
        let chat = out.chat.0;
        let now = self.now();
        let Some(there) = self.telegram.chats.get_mut(&chat) else { return Ok(Sent::default()) };
        if there.blocked {
            return Err(SendError::Gone);
        }
        let mut messages = MessageIds::new();
        match &out.call {
            Call::Say { html, keyboard } => {
                let buttons: Vec<String> = keyboard.iter().flatten().map(data_of).collect();
                self.event("line", [chat, html.len() as i64, 0]);
                if self.trace.loud {
                    println!("              {chat} reads {html}");
                }
                let Some(there) = self.telegram.chats.get_mut(&chat) else { return Ok(Sent::default()) };
                messages.push(MessageId(there.add(Kind::Line, now, html, buttons.clone())));
                self.reads(chat, html, &buttons, by.life);
            }
            Call::Rewrite { message, html, keyboard } => {
                let buttons: Vec<String> = keyboard.iter().flatten().map(data_of).collect();
                if let Some(line) = there.messages.get_mut(&message.0) {
                    (line.words, line.buttons) = (html.clone(), buttons.clone());
                }
                self.reads(chat, html, &buttons, by.life);
            }
            Call::Send { payload, reply_to, .. } => {
                messages.push(self.copied(chat, payload, *reply_to, by));
            }
            Call::SendAlbum { items, reply_to } => {
                for item in items {
                    let payload = Payload::Media(item.clone());
                    messages.push(self.copied(chat, &payload, *reply_to, by));
                }
            }
            Call::Edit { message, payload } => {
                self.event("edited", [chat, i64::from(message.0), 0]);
                let words = words_of(payload);
                self.looks_anonymous(chat, words);
                if let Some(copy) =
                    self.telegram.chats.get_mut(&chat).and_then(|c| c.messages.get_mut(&message.0))
                {
                    let was = copy.kind.clone();
                    copy.words = words.to_owned();
                    if token_of(words).map(Kind::Copy) != Some(was.clone()) {
                        self.broke(format!("an edit of {words:?} changes {was:?} in {chat}"));
                    }
                }
            }
            Call::React { message, emoji } => {
                let Some(there) = self.telegram.chats.get_mut(&chat) else { return Ok(Sent::default()) };
                if let Some(copy) = there.messages.get_mut(&message.0) {
                    copy.reaction = emoji.as_ref().map(|emoji| emoji.0.clone());
                }
            }
            Call::AnswerCallback { .. } => {
                there.person.heard = now;
            }
            // An edit takes away what the message no longer has, also a copy that was sent twice.
            Call::Delete { messages } => {
                for message in messages {
                    there.messages.remove(&message.0);
                }
            }
            Call::SendFile { .. } | Call::Picture { .. } | Call::LeaveChat | Call::Method(_) => {}
        }
        Ok(Sent { messages })
    }

    /// What reaches somebody names nobody (I5).
    fn looks_anonymous(&mut self, chat: i64, words: &str) {
        if words.contains("secret") || words.contains(&FIRST_PERSON.to_string()[..7]) {
            self.broke(format!("I5: {chat} reads {words:?}"));
        }
    }

    /// A relayed message appears.
    fn copied(
        &mut self,
        chat: i64,
        payload: &Payload,
        reply_to: Option<MessageId>,
        caller: &Caller,
    ) -> MessageId {
        let now = self.now();
        let words = words_of(payload).to_owned();
        self.looks_anonymous(chat, &words);
        let Some(token) = token_of(&words).filter(|&token| token < self.said.len()) else {
            self.broke(format!("{chat} gets {words:?}, which nobody said"));
            return MessageId(0);
        };
        let Some(there) = self.telegram.chats.get_mut(&chat) else { return MessageId(0) };
        let id = there.add(Kind::Copy(token), now, &words, Vec::new());
        let by = self.said[token].by;
        self.event("copy", [chat, i64::from(id), token as i64]);
        let meant = self.said[token].pair.filter(|pair| self.tables.side(*pair, UserId(chat)).is_some());
        // A call may hang until the two have met again.
        let newest = || self.tables.newest_of(UserId(by), UserId(chat), caller.begun);
        let Some(pair) = meant.or_else(newest) else {
            self.broke(format!("I4: {chat} gets w{token} of {by}, who never was their partner"));
            return MessageId(id);
        };
        // A call that was on its way when its process lost its place: nobody could hold it back.
        let stale = self.cluster.as_ref().is_some_and(|cluster| !cluster.nodes.contains_key(&caller.life));
        if stale {
            self.trace.count("arrived after its sender lost its place");
        } else {
            self.check_copy(token, chat, pair, reply_to, caller);
        }
        let (reply_to, life) = (reply_to.map(|id| id.0), caller.life);
        let (lost, after_failure) = (caller.unheard || stale, caller.journal_failed);
        let copy = Copy { chat, id, pair, lost, heard: i64::MAX, after_failure, reply_to, life };
        self.said[token].copies.push(copy);
        MessageId(id)
    }

    /// Whether this copy may be: the right partner, not doubled without need, in order, under what
    /// it answers.
    fn check_copy(
        &mut self,
        token: usize,
        chat: i64,
        pair: PairId,
        reply_to: Option<MessageId>,
        caller: &Caller,
    ) {
        let said = &self.said[token];
        let (by, id) = (said.by, said.id);
        let there = &self.telegram.chats[&chat];
        let mut wrong = Vec::new();
        let over = there.over.get(&pair).copied();
        if over.is_some_and(|over| !self.may_not_have_heard(chat, pair, over, caller)) {
            wrong.push(format!("I4: {chat} gets w{token} of {pair:?}, which they know to be over"));
        }
        if said.pair.is_some_and(|meant| meant != pair) {
            wrong.push(format!("I4: w{token} was said in {:?} and arrives in {pair:?}", said.pair));
        }
        if said.copies.iter().any(|copy| copy.chat == chat && !copy.lost) {
            wrong.push(format!("I3: w{token} arrives twice at {chat}"));
        }
        let newest = there.newest.get(&(pair, by)).copied();
        // What was refused and comes again after a crash, as no mark of it was kept, and is taken
        // then, comes late.
        let comes_again = said.excused && self.crashed;
        let in_order = comes_again || newest.is_none_or(|newest| newest <= id);
        if said.copies.is_empty() && !in_order && !self.disordered(said.update) {
            wrong.push(format!("I6: w{token} ({id}) arrives behind {newest:?} of its writer"));
        }
        if let Some(target) = said.reply_to {
            // Looked for when it was handled; what it is called with may have waited for long.
            let (fits, may_miss) = self.targets(by, target, chat, pair, said.at);
            match reply_to {
                Some(to) if !fits.contains(&to.0) => {
                    wrong.push(format!("I4: w{token} answers {to:?} in {chat}, not one of {fits:?}"));
                }
                None if !fits.is_empty() && !may_miss && !self.was_on_a_disk(said.update) => {
                    wrong.push(format!("w{token} arrives at {chat} without what it answers, {fits:?}"));
                }
                _ => {}
            }
        }
        let newest = newest.unwrap_or_default().max(id);
        if let Some(there) = self.telegram.chats.get_mut(&chat) {
            there.newest.insert((pair, by), newest);
        }
        wrong.into_iter().for_each(|what| self.broke(what));
    }

    /// What in `chat` corresponds to message `target` of the chat of `by`, and whether nobody can
    /// know that at the moment `at`.
    fn targets(&self, by: i64, target: i32, chat: i64, pair: PairId, at: i64) -> (Vec<i32>, bool) {
        match self.telegram.chats[&by].messages.get(&target).map(|message| &message.kind) {
            Some(&Kind::Own(Some(token))) => {
                let copies =
                    self.said[token].copies.iter().filter(|copy| copy.chat == chat && copy.pair == pair);
                let may_miss = copies.clone().all(|copy| copy.lost);
                (copies.map(|copy| copy.id).collect(), may_miss)
            }
            Some(&Kind::Copy(token)) => {
                let copies = &self.said[token].copies;
                match copies.iter().find(|copy| copy.chat == by && copy.id == target && copy.pair == pair) {
                    Some(copy) => {
                        // Where the answer's node is another one, word of the copy may be on its
                        // way there.
                        let update = self.said[token].update;
                        let on_its_way =
                            self.cluster.is_some() && at < copy.heard.saturating_add(self.heard_of());
                        let unknown = on_its_way || self.is_left_behind(update) || self.was_on_a_disk(update);
                        (vec![self.said[token].id], copy.lost || unknown)
                    }
                    None => (Vec::new(), true),
                }
            }
            _ => (Vec::new(), true),
        }
    }

    /// An update was not finished before its node was gone, and nobody has that node's users yet:
    /// what is known of it, its next owner takes up.
    fn is_left_behind(&self, update: i64) -> bool {
        let Some(cluster) = &self.cluster else { return false };
        let row = cluster.inbox.get(&update).filter(|row| !row.done);
        row.is_some_and(|row| {
            let owner = cluster.owners[row.partition].life;
            owner.is_none_or(|owner| !cluster.lives.contains(&owner))
        })
    }

    /// An update may be delivered behind later ones of the same person: an actor that dies, or a
    /// panic, brings it again from the journal.
    pub fn disordered(&self, update: i64) -> bool {
        self.plan.has(Fault::Death) || self.plan.has(Fault::Poison) || self.was_on_a_disk(update)
    }

    /// What was accepted while neither the database nor Redis could be reached is on one machine's
    /// disk: others know of it when that machine comes back.
    fn was_on_a_disk(&self, update: i64) -> bool {
        self.cluster.as_ref().is_some_and(|cluster| cluster.kept_on_disks.contains(&update))
    }

    /// How long word of a copy may take to the other node, milliseconds: no time to speak of,
    /// unless Redis or a node falls out, or the node's users are moving.
    fn heard_of(&self) -> i64 {
        use Fault::*;
        let late = [
            Kill, Restart, Rolling, Deadly, Freeze, SlowStore, NoStore, LostCommit, NoRedis, SlowRedis,
            LostReply, EmptyRedis,
        ];
        if late.into_iter().any(|fault| self.plan.has(fault)) { HEARD_OF } else { 0 }
    }

    /// The line that a chat is over waits half a second at most for the node of the partner. If
    /// word of the end takes longer to get there, what that node sends meanwhile still arrives; not
    /// what it sends when it has heard, and not if it has said so itself.
    fn may_not_have_heard(&self, chat: i64, pair: PairId, over: i64, caller: &Caller) -> bool {
        let Some(cluster) = &self.cluster else { return false };
        let by_itself = self.telegram.chats[&chat].over_by.get(&pair) == Some(&caller.life);
        let told = cluster.told_over.get(&(caller.life, pair));
        caller.begun <= over + HEARD && !by_itself && told.is_none_or(|&told| caller.begun <= told)
    }

    /// What was said did not reach the partner, and its writer was told so.
    pub fn excuse(&mut self, words: &str) {
        if let Some(said) = token_of(words).and_then(|token| self.said.get_mut(token)) {
            said.excused = true;
        }
    }
}

/// What a button tells the bot; nothing for one that does something else.
fn data_of(key: &Key) -> String {
    match &key.action {
        Action::Data(data) => data.clone(),
        _ => String::new(),
    }
}
