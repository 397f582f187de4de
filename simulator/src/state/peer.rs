//! A person, or a group, with a chat for each bot.

use std::sync::{Arc, Mutex};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tokio::sync::Notify;

use super::chat::Chat;
use super::lock;

/// A person to be added. What is left out is made up.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct NewUser {
    /// The Telegram id; absent: a free one.
    pub id: Option<i64>,
    /// Shown name; empty: made up.
    pub first_name: String,
    /// Second name; absent: made up, so that tests for leaks have something to find. Empty: none.
    pub last_name: Option<String>,
    /// Without `@`; absent: made up. Empty: none.
    pub username: Option<String>,
    /// IETF tag; absent: `en`. Empty: none.
    pub language_code: Option<String>,
    /// Whether the person has Telegram Premium.
    pub is_premium: bool,
}

/// What Telegram tells bots about a person or group, ready to be pasted into messages.
#[derive(Debug)]
pub(crate) struct Identity {
    /// The `User` object; empty for a group.
    pub(crate) user: Arc<str>,
    /// The `Chat` object.
    pub(crate) chat: Arc<str>,
    pub(crate) deactivated: bool,
    pub(crate) voice_forbidden: bool,
    /// The supergroup that a group has become.
    pub(crate) migrated_to: Option<i64>,
}

#[derive(Debug)]
pub(crate) struct PeerState {
    pub(crate) identity: Identity,
    chats: Vec<Chat>,
}

/// One lock per person: two people never wait for each other.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) id: i64,
    state: Mutex<PeerState>,
    /// Rung after every change in any of the chats.
    pub(crate) wake: Notify,
}

const FIRST: [&str; 12] = [
    "Evdokia",
    "Feofan",
    "Glafira",
    "Isidor",
    "Kaleria",
    "Lavrenty",
    "Melitina",
    "Nikanor",
    "Olimpiada",
    "Prokofy",
    "Rogneda",
    "Sevastian",
];
const LAST: [&str; 11] = [
    "Zimorodkov",
    "Yasnopolsky",
    "Tikhomirov",
    "Ryabinina",
    "Peregudova",
    "Okhotnikov",
    "Nezhdanova",
    "Luchezarov",
    "Kolokoltsev",
    "Zhuravskaya",
    "Gromyko",
];

impl Peer {
    pub(crate) fn person(id: i64, new: NewUser) -> Self {
        let pick = |names: &[&str]| names[(id.unsigned_abs() % names.len() as u64) as usize].to_owned();
        let first = if new.first_name.is_empty() { pick(&FIRST) } else { new.first_name };
        let last = new.last_name.unwrap_or_else(|| pick(&LAST));
        let username = new
            .username
            .unwrap_or_else(|| format!("{}_{}", first.to_lowercase().replace(' ', "_"), id % 100_000));
        let language = new.language_code.unwrap_or_else(|| "en".into());

        let mut names = Map::new();
        names.insert("first_name".into(), first.into());
        for (key, value) in [("last_name", last), ("username", username)] {
            if !value.is_empty() {
                names.insert(key.into(), value.into());
            }
        }
        let mut user = names.clone();
        user.insert("id".into(), id.into());
        user.insert("is_bot".into(), false.into());
        if !language.is_empty() {
            user.insert("language_code".into(), language.into());
        }
        if new.is_premium {
            user.insert("is_premium".into(), true.into());
        }
        let mut chat = names;
        chat.insert("id".into(), id.into());
        chat.insert("type".into(), "private".into());
        Self::of(id, Value::Object(user).to_string(), Value::Object(chat).to_string())
    }

    pub(crate) fn group(id: i64, title: &str) -> Self {
        let chat =
            json!({"id": id, "type": "group", "title": title, "all_members_are_administrators": false});
        Self::of(id, String::new(), chat.to_string())
    }

    pub(crate) fn supergroup(id: i64, title: &str) -> Self {
        Self::of(id, String::new(), json!({"id": id, "type": "supergroup", "title": title}).to_string())
    }

    fn of(id: i64, user: String, chat: String) -> Self {
        let identity = Identity {
            user: user.into(),
            chat: chat.into(),
            deactivated: false,
            voice_forbidden: false,
            migrated_to: None,
        };
        Self { id, state: Mutex::new(PeerState { identity, chats: Vec::new() }), wake: Notify::new() }
    }

    pub(crate) fn is_group(&self) -> bool {
        self.id < 0
    }

    /// Runs `f` on the chat with a bot, which `make` makes where it is the first contact.
    pub(crate) fn with_chat<T>(
        &self,
        bot: u32,
        make: impl FnOnce() -> Chat,
        f: impl FnOnce(&mut Identity, &mut Chat) -> T,
    ) -> T {
        let mut state = lock(&self.state);
        let PeerState { identity, chats } = &mut *state;
        let at = match chats.iter().position(|c| c.bot == bot) {
            Some(at) => at,
            None => {
                chats.push(make());
                chats.len() - 1
            }
        };
        f(identity, &mut chats[at])
    }

    /// Whether there is anything between them and the bot.
    pub(crate) fn knows(&self, bot: u32) -> bool {
        lock(&self.state).chats.iter().any(|chat| chat.bot == bot)
    }

    pub(crate) fn with_identity<T>(&self, f: impl FnOnce(&mut Identity) -> T) -> T {
        f(&mut lock(&self.state).identity)
    }

    pub(crate) fn user(&self) -> Value {
        self.with_identity(|i| serde_json::from_str(&i.user).unwrap_or(Value::Null))
    }
}
