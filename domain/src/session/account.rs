//! What is known of a user and survives restarts: one row of the store.

use crate::capabilities::dating::bot::Token;
use crate::ids::{BotId, DialogId, PairId, Seq, UserId};
use crate::profile::{AgeBand, Gender, Interests, Profile, Wishes};
use crate::text::Lang;
use crate::time::Millis;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Version of the 18+ text that people confirm; raise it when the text changes in substance.
pub const ADULT_TEXT_VERSION: i32 = 1;

/// A confirmed 18+ gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdultConsent {
    /// When it was confirmed.
    pub at: Millis,
    /// Which text was confirmed, see [`ADULT_TEXT_VERSION`].
    pub version: i32,
}

/// A question of the onboarding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    /// Which language to speak.
    Language,
    /// Whether they are 18 or older.
    Adult,
    /// Own gender.
    Gender,
    /// Own age.
    Age,
    /// Whom to meet.
    Wish,
}

/// Where a user is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "at")]
pub enum Phase {
    /// Answering the first questions.
    Onboarding {
        /// The one that is open.
        question: Question,
    },
    /// Said they are not 18. Cannot search.
    Underage {
        /// When they said so; /start asks again after a day, for those who hit the wrong button.
        since: Millis,
    },
    /// Nothing going on.
    Idle,
    /// Looking for a partner.
    Searching {
        /// Since when; decides who has waited longest.
        since: Millis,
        /// When they last said that they want to go on; the time-out counts from here.
        confirmed: Millis,
        /// How many times the wishes were widened.
        widened: u8,
    },
    /// In a live pair.
    Chatting {
        /// The pair.
        pair: PairId,
        /// The other one.
        partner: UserId,
        /// Since when.
        since: Millis,
        /// Updates up to here came before the pair: they are never relayed into it.
        after: Seq,
    },
    /// In a dialog with a character, which is an AI.
    Companion {
        /// Which.
        dialog: DialogId,
    },
}

/// The chat that ended last: for rating, reporting, blocking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastChat {
    /// The pair.
    pub pair: PairId,
    /// The other one.
    pub partner: UserId,
    /// When it ended.
    pub ended: Millis,
    /// A rating was given.
    pub rated: bool,
    /// A report was made.
    pub reported: bool,
}

/// Another person this one is not to meet, and until when (`Millis::NEVER` for a block).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Avoided {
    /// Whom.
    pub user: UserId,
    /// Until when.
    pub until: Millis,
}

/// The people whom a user does not want to meet again, ever. Shared by the copies of an account: it
/// may be long, and it changes seldom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Blocked(Option<Arc<[UserId]>>);

impl Blocked {
    /// All of them, in order of their ids.
    pub fn users(&self) -> &[UserId] {
        self.0.as_deref().unwrap_or_default()
    }

    /// Whether `user` is one of them.
    pub fn has(&self, user: UserId) -> bool {
        self.users().binary_search(&user).is_ok()
    }

    /// Adds one unless there are `bound` of them; whether they are among them now.
    pub fn add(&mut self, user: UserId, bound: usize) -> bool {
        let Err(place) = self.users().binary_search(&user) else { return true };
        if self.users().len() >= bound {
            return false;
        }
        let mut users = self.users().to_vec();
        users.insert(place, user);
        self.0 = Some(users.into());
        true
    }
}

impl FromIterator<UserId> for Blocked {
    fn from_iter<T: IntoIterator<Item = UserId>>(users: T) -> Blocked {
        let mut users: Vec<UserId> = users.into_iter().collect();
        users.sort_unstable();
        users.dedup();
        Blocked((!users.is_empty()).then(|| users.into()))
    }
}

/// Everything that is kept of a user. `Save` effects carry a copy of it to the store.
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    /// Who.
    pub user: UserId,
    /// First seen.
    pub created: Millis,
    /// Language of the bot's texts.
    pub lang: Lang,
    /// The 18+ gate.
    pub adult: Option<AdultConsent>,
    /// Own gender, once said.
    pub gender: Option<Gender>,
    /// Own age, once said.
    pub age: Option<AgeBand>,
    /// Topics.
    pub interests: Interests,
    /// Whom to meet.
    pub wishes: Wishes,
    /// Ask before a chat younger than the configured time is ended.
    pub confirm_end: bool,
    /// The warning that voices and faces identify was shown.
    pub warned_voice: bool,
    /// The warning that files may name their author was shown.
    pub warned_file: bool,
    /// Takes and gives nude pictures, which stay behind their spoiler; counts where both of a chat
    /// say so. See [`Account::agrees_to_nudity`].
    pub nude_photos: bool,
    /// Blocked the bot: nothing is sent until they come back.
    pub blocked_bot: bool,
    /// The bot that they wrote to last, and are written to by. It stays the same through a search
    /// and a chat.
    pub bot: BotId,
    /// Where they are.
    pub phase: Phase,
    /// The match to whom their words go as letters, by its name to them, wherever they are.
    pub letter: Option<Token>,
    /// The chat before.
    pub last_chat: Option<LastChat>,
    /// Recent partners, oldest first; bounded, see `Rules`. Blocks of former versions stand here,
    /// too.
    pub avoid: Vec<Avoided>,
    /// People blocked for good. Kept by a record for each ([`crate::session::Record::Blocked`]),
    /// not with this row.
    pub blocked: Blocked,
    /// When a copy of the data was asked for last.
    pub exported: Option<Millis>,
    /// Journal position of the last update whose consequences are in this row.
    pub applied: Seq,
}

impl Account {
    /// A person nobody has seen before.
    pub fn new(user: UserId, lang: Lang, now: Millis) -> Account {
        Account {
            user,
            created: now,
            lang,
            adult: None,
            gender: None,
            age: None,
            interests: Interests::default(),
            wishes: Wishes::anyone(lang),
            confirm_end: true,
            warned_voice: false,
            warned_file: false,
            nude_photos: false,
            blocked_bot: false,
            bot: BotId::FIRST,
            phase: Phase::Onboarding { question: Question::Language },
            letter: None,
            last_chat: None,
            avoid: Vec::new(),
            blocked: Blocked::default(),
            exported: None,
            applied: Seq(0),
        }
    }

    /// The profile, once every question has been answered.
    pub fn profile(&self) -> Option<Profile> {
        self.adult?;
        Some(Profile {
            gender: self.gender?,
            age: self.age?,
            lang: self.lang,
            interests: self.interests,
            wishes: self.wishes,
        })
    }

    /// Whether they are an adult who wants nude pictures. Who has not said that they are 18, or has
    /// said that they are not, never does.
    pub fn agrees_to_nudity(&self) -> bool {
        self.nude_photos && self.adult.is_some() && !matches!(self.phase, Phase::Underage { .. })
    }

    /// The live pair, if any.
    pub fn pair(&self) -> Option<PairId> {
        match self.phase {
            Phase::Chatting { pair, .. } => Some(pair),
            _ => None,
        }
    }
}
