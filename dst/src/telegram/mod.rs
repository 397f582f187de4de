//! Telegram: chats with their messages, and updates that wait for the bot.

pub mod api;
pub mod arrive;
pub mod updates;

use crate::person::Person;
use crate::world::FIRST_PERSON;
use nameless_domain::ids::PairId;
use std::collections::{BTreeMap, VecDeque};

/// What a message of a chat is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Its person wrote it; the number of what was said, none for commands.
    Own(Option<usize>),
    /// The bot relayed it: the number of what was said.
    Copy(usize),
    /// A line of the bot itself.
    Line,
}

/// A message as it stands in a chat.
#[derive(Clone, Debug)]
pub struct Message {
    /// What it is.
    pub kind: Kind,
    /// When it came (true time).
    pub at: i64,
    /// Its words: a line's key.
    pub words: String,
    /// Data of the buttons below.
    pub buttons: Vec<String>,
    /// The bot's reaction.
    pub reaction: Option<String>,
}

/// One life of the bot as a chat knows it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Caller {
    /// It was told not to call before this moment (true time).
    pub wait_until: i64,
    /// Its calls under way.
    pub under_way: u32,
}

/// A person's chat with the bot.
#[derive(Debug)]
pub struct Chat {
    /// Its messages by id.
    pub messages: BTreeMap<i32, Message>,
    /// The id of the next one.
    pub next: i32,
    /// Its person blocks the bot.
    pub blocked: bool,
    /// What the lives of the bot that call here were told.
    pub callers: BTreeMap<u64, Caller>,
    /// Pairs of which the person has read that they are over, and when (true time).
    pub over: BTreeMap<PairId, i64>,
    /// Which life has said so.
    pub over_by: BTreeMap<PairId, u64>,
    /// The first copies of each sender's messages, by sender: the id of the newest original.
    pub newest: BTreeMap<(PairId, i64), i32>,
    /// Who looks at it.
    pub person: Person,
}

impl Chat {
    /// Adds a message; its id.
    pub fn add(&mut self, kind: Kind, at: i64, words: &str, buttons: Vec<String>) -> i32 {
        let id = self.next;
        self.next += 1;
        self.messages.insert(id, Message { kind, at, words: words.to_owned(), buttons, reaction: None });
        id
    }
}

/// An update that waits, or has been fetched.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// Its number.
    pub update: i64,
    /// As the bot gets it.
    pub raw: String,
}

/// The server.
#[derive(Debug)]
pub struct Telegram {
    /// Chats by person.
    pub chats: BTreeMap<i64, Chat>,
    /// Not acknowledged yet, in order.
    pub queue: VecDeque<Waiting>,
    /// Acknowledged a short time ago: a server that repeats itself brings them again.
    pub past: VecDeque<Waiting>,
    /// The number of the next update.
    pub next_update: i64,
}

impl Telegram {
    /// Everybody has opened a chat with the bot.
    pub fn new(people: u64) -> Telegram {
        let chat = |n: u64| {
            let user = FIRST_PERSON + n as i64;
            let chat = Chat {
                messages: BTreeMap::new(),
                next: 1 + 10_000 * (n as i32 + 1),
                blocked: false,
                callers: BTreeMap::new(),
                over: BTreeMap::new(),
                over_by: BTreeMap::new(),
                newest: BTreeMap::new(),
                person: Person::new(user),
            };
            (user, chat)
        };
        Telegram {
            chats: (0..people).map(chat).collect(),
            queue: VecDeque::new(),
            past: VecDeque::new(),
            next_update: 1,
        }
    }

    /// The process that was told to wait is gone, and with it what it was told.
    pub fn forget_waits(&mut self, life: u64) {
        for chat in self.chats.values_mut() {
            chat.callers.remove(&life);
        }
    }
}
