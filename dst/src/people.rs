//! What people do: each step, one of them does one thing that fits what they have read.

use crate::person::Mode;
use crate::plan::Fault;
use crate::said::Said;
use crate::telegram::Kind;
use crate::words::line;
use crate::world::State;
use nameless_domain::ids::PairId;

impl State {
    /// Somebody does something.
    pub fn step(&mut self) {
        let users: Vec<i64> = self.telegram.chats.keys().copied().collect();
        let Some(&user) = self.rng.pick(&users) else { return };
        self.act(user);
    }

    /// This one does something.
    pub fn act(&mut self, user: i64) {
        let now = self.now();
        let chat = &self.telegram.chats[&user];
        if chat.blocked {
            let Some(chat) = self.telegram.chats.get_mut(&user) else { return };
            chat.blocked = false;
            self.simple(user, 'u', 0, "");
            return self.command(user, "/start");
        }
        let person = &chat.person;
        // Who has asked for something waits for the answer, within reason.
        if person.asked > person.heard && now - person.asked < 60_000 {
            return;
        }
        match person.mode {
            Mode::Fresh => self.command(user, "/start"),
            Mode::Asked => self.presses_first(user),
            Mode::Idle if self.rng.permille(800) => self.command(user, "/search"),
            Mode::Idle => self.says(user, None, None),
            Mode::Searching => match self.rng.below(20) {
                0 => self.leaves(user, "/stop"),
                1 => self.command(user, "/search"),
                2 => self.says(user, None, None),
                _ => {}
            },
            Mode::Chatting => self.chats(user),
        }
    }

    fn chats(&mut self, user: i64) {
        let pair = self.telegram.chats[&user].person.sure_of(&self.tables);
        if self.strikes(Fault::Block, 30) {
            if let Some(chat) = self.telegram.chats.get_mut(&user) {
                chat.blocked = true;
                chat.person.mode = Mode::Idle;
            }
            let update = self.simple(user, 'b', 0, "");
            return self.left(user, update, None);
        }
        if self.strikes(Fault::Flood, 60) {
            for _ in 0..self.rng.between(35, 60) {
                self.says(user, pair, None);
            }
            if self.rng.permille(500) {
                self.leaves(user, "/stop");
            }
            return;
        }
        let targets = pair.map(|pair| self.answerable(user, pair)).unwrap_or_default();
        match self.rng.below(100) {
            0..45 => self.says(user, pair, None),
            45..70 => {
                let target = match self.rng.below(3) {
                    0 => targets.first().copied(),
                    1 => targets.last().copied(),
                    _ => self.rng.pick(&targets).copied(),
                };
                self.says(user, pair, target);
            }
            70..78 => self.edits(user, &targets),
            78..83 => {
                if let Some(&target) = self.rng.pick(&targets) {
                    let emoji = if self.rng.permille(800) { "👍" } else { "" };
                    self.simple(user, 'r', target, emoji);
                }
            }
            83..88 => {
                let group = format!("g{}", self.telegram.next_update);
                for _ in 0..self.rng.between(2, 4) {
                    self.shows(user, pair, &group);
                }
            }
            88..91 => self.shows(user, pair, ""),
            91..94 => self.leaves(user, "/stop"),
            94..98 => self.leaves(user, "/next"),
            98 => self.command(user, "/settings"),
            _ => {
                // If the chat is over by now, this begins a search: no chat can be named before the
                // answer.
                self.command(user, "/search");
                if let Some(chat) = self.telegram.chats.get_mut(&user) {
                    chat.person.leaving = true;
                }
            }
        }
    }

    /// A text.
    pub fn says(&mut self, user: i64, pair: Option<PairId>, reply_to: Option<i32>) {
        let now = self.now();
        let token = self.said.len();
        let poison = pair.is_some() && self.strikes(Fault::Poison, 60);
        let deadly = !poison && pair.is_some() && self.strikes(Fault::Deadly, 30);
        let words = match self.rng.below(8) {
            _ if poison => format!("w{token} poison"),
            _ if deadly => format!("w{token} deadly"),
            0 => format!("w{token} write to @secret{user} or t.me/secret{user}"),
            _ => format!("w{token}"),
        };
        self.write(user, 't', "", &words, pair.filter(|_| !poison && !deadly), reply_to, now);
    }

    /// A photo, of an album if that has a name.
    fn shows(&mut self, user: i64, pair: Option<PairId>, album: &str) {
        let (now, token) = (self.now(), self.said.len());
        self.write(user, 'p', album, &format!("w{token}"), pair, None, now);
    }

    #[allow(clippy::too_many_arguments)] // A message has so many parts.
    fn write(
        &mut self,
        user: i64,
        kind: char,
        album: &str,
        words: &str,
        pair: Option<PairId>,
        reply_to: Option<i32>,
        now: i64,
    ) {
        let token = self.said.len();
        let Some(chat) = self.telegram.chats.get_mut(&user) else { return };
        let id = chat.add(Kind::Own(Some(token)), now, words, Vec::new());
        chat.person.sent.push(now);
        let update =
            self.post(|update| line(update, user, kind, id, reply_to.unwrap_or_default(), album, words));
        let excused = self.too_quick(user);
        self.said.push(Said {
            by: user,
            update,
            id,
            at: now,
            reply_to,
            pair,
            words: words.to_owned(),
            edits: 0,
            copies: Vec::new(),
            excused,
            edit_excused: false,
        });
        self.event("says", [user, token as i64, pair.map_or(0, |pair| pair.0)]);
    }

    fn edits(&mut self, user: i64, targets: &[i32]) {
        let Some(&target) = self.rng.pick(targets) else { return };
        let Some(chat) = self.telegram.chats.get_mut(&user) else { return };
        let Some(message) = chat.messages.get_mut(&target) else { return };
        let Kind::Own(Some(token)) = message.kind else { return };
        let said = &mut self.said[token];
        if said.words.contains("poison") || said.words.contains("deadly") {
            return;
        }
        said.edits += 1;
        said.words = format!("w{token} edit {}", said.edits);
        let words = said.words.clone();
        message.words.clone_from(&words);
        self.simple(user, 'e', target, &words);
        self.said[token].edit_excused = self.too_quick(user);
    }

    fn presses_first(&mut self, user: i64) {
        let chat = &self.telegram.chats[&user];
        let asked = chat.messages.iter().rev().find(|(_, m)| m.kind == Kind::Line && !m.buttons.is_empty());
        let Some((&id, data)) = asked.map(|(id, message)| (id, message.buttons[0].clone())) else {
            return self.command(user, "/start");
        };
        self.simple(user, 'c', id, &data);
        self.asks(user);
    }

    fn command(&mut self, user: i64, words: &str) {
        let now = self.now();
        let Some(chat) = self.telegram.chats.get_mut(&user) else { return };
        let id = chat.add(Kind::Own(None), now, words, Vec::new());
        self.simple(user, 't', id, words);
        self.asks(user);
    }

    fn leaves(&mut self, user: i64, words: &str) {
        let pair = self.telegram.chats[&user].person.sure_of(&self.tables);
        let update = self.telegram.next_update;
        self.command(user, words);
        self.left(user, update, pair);
    }

    /// This update is a wish to leave.
    fn left(&mut self, user: i64, update: i64, pair: Option<PairId>) {
        let now = self.now();
        let Some(chat) = self.telegram.chats.get_mut(&user) else { return };
        let person = &mut chat.person;
        person.left.push((update, now));
        person.leaving = true;
        person.ends = pair.map(|pair| (pair, update)).or(person.ends);
        person.pair = None;
    }

    fn asks(&mut self, user: i64) {
        let now = self.now();
        if let Some(chat) = self.telegram.chats.get_mut(&user) {
            chat.person.asked = now;
        }
    }

    fn simple(&mut self, user: i64, kind: char, message: i32, words: &str) -> i64 {
        let now = self.now();
        self.event("does", [user, kind as i64, i64::from(message)]);
        if self.trace.loud {
            println!("              {user} does {kind} {words}");
        }
        if let Some(chat) = self.telegram.chats.get_mut(&user) {
            chat.person.sent.push(now);
        }
        self.post(|update| line(update, user, kind, message, 0, "", words))
    }

    /// Whether a person has sent so much within a short time that not all of it need be taken.
    fn too_quick(&self, user: i64) -> bool {
        let now = self.now();
        let sent = &self.telegram.chats[&user].person.sent;
        // Unanswered ones may come in one batch, as after an outage.
        sent.iter().filter(|&&at| now - at < 300_000).count() > 24
    }
}
