//! What people are told of dating, and what comes to their sessions.

use super::choices::Choices;
use super::filters::Filters;
use super::found::Found;
use super::letters::Unsent;
use super::pair::Contacts;
use super::place::Cell;
use super::profile::{Objection, Question};
use super::token::Token;
use crate::capabilities::billing::Good;
use crate::capabilities::faceguard::Reason;
use crate::ids::{BotId, MessageId, PairId, UserId};
use crate::relay::content::OutMedia;
use serde::{Deserialize, Serialize};

/// What is told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A question is open.
    Ask {
        /// Which.
        question: Question,
        /// Why the last answer was not taken.
        objection: Option<Objection>,
    },
    /// Where they are is kept.
    Placed {
        /// The square.
        cell: Cell,
        /// Parameters of the call that says so, and takes away the button that sends it, once the
        /// port has rendered them.
        says: Option<String>,
        /// What comes after that.
        then: Box<Event>,
    },
    /// The first screen.
    Home(Home),
    /// The profile is there.
    Ready,
    /// They are not 18.
    TooYoung,
    /// A call that shows something with another person's words and picture: the store has rendered
    /// it.
    Show {
        /// A method of the Bot API.
        method: Shown,
        /// Its parameters: a JSON object, complete.
        parameters: String,
        /// Handles of the photos that the parameters name, in their order.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        photos: Vec<String>,
    },
    /// They have opened the Mini App at this bot, which may write to them.
    Opened {
        /// Which of the operator's.
        bot: BotId,
    },
    /// Their photos.
    Photos(Photos),
    /// A photo of theirs could not stay where it was, as it was looked at late; or not be put where
    /// they wanted it.
    PhotoGone {
        /// Why.
        objection: Objection,
    },
    /// What they ask for beyond genders, ages and distance.
    Filters {
        /// That.
        filters: Filters,
        /// It was changed often enough for today, and stays.
        often: bool,
    },
    /// Whom they want to meet by age and distance, and what they want to hear.
    Choices(Choices),
    /// Figures of their own.
    Stats(Figures),
    /// Somebody gave them a super-like; who, the first of their cards says.
    SuperLiked,
    /// It takes one of these, and they have none.
    Offer {
        /// Of what.
        good: Good,
    },
    /// What they have of what is sold apart: of each good how many.
    Goods(Vec<(Good, i64)>),
    /// Nobody is left for now.
    Dry,
    /// No likes are left today.
    Spent,
    /// Whom they might talk to: a page of their matches.
    Matches(Found),
    /// A match has begun. Told by a job, once to each.
    Matched(Matched),
    /// A match wants to talk.
    Wanted(Matched),
    /// So many like them; who is not said.
    Liked {
        /// How many.
        count: u32,
    },
    /// Both agreed: who a match is.
    Contact {
        /// The name on their card.
        name: String,
        /// What they are called in Telegram now; none: nothing that others may write to.
        username: Option<String>,
        /// Who it is, for who has no such name.
        user: UserId,
        /// They are at another bot: here Telegram makes no link of who they are.
        #[serde(default)]
        is_elsewhere: bool,
    },
    /// Whether both of a match learn who the other is, as it stands now.
    Sharing {
        /// The match.
        matched: Matched,
        /// How it stands.
        contacts: Contacts,
    },
    /// They ended what was between them and somebody elsewhere: if they talk to them, that is over.
    Ended {
        /// Who it is.
        partner: UserId,
        /// They are not to meet again, in no chat either.
        #[serde(default)]
        blocked: bool,
    },
    /// The profile is to go: that takes a tap here.
    Leaving,
    /// The chat with a match has begun.
    ChatOpened {
        /// Which.
        pair: PairId,
        /// With whom.
        partner: UserId,
        /// The name on their card.
        name: String,
        /// The match, by its name to who is told.
        #[serde(default)]
        matched: Option<Token>,
    },
    /// What they write goes to this match as a letter from now on.
    Writes(Matched),
    /// Letters from a match, as calls that show them, in their order: the store has rendered them.
    Letters(Vec<Sheet>),
    /// A letter was taken, now or before.
    LetterTaken {
        /// To which match.
        matched: Token,
        /// The bot to which it was written.
        bot: BotId,
        /// The message that it is, in the chat with that bot.
        message: MessageId,
    },
    /// A letter was not taken, or nothing can be written to this match.
    LetterHeld {
        /// To which match.
        matched: Token,
        /// Why.
        why: Unsent,
    },
    /// The job that was to tell a letter has failed for good: nothing to be shown, and something to
    /// be asked for.
    LetterFailed {
        /// Which letter, by its name to who was to get it.
        letter: Token,
    },
    /// Letters of theirs that were taken do not arrive.
    LettersLost {
        /// The bot to which they were written.
        bot: BotId,
        /// The messages that they are, in the chat with that bot.
        messages: Vec<MessageId>,
        /// To which match, and what of them kept them back; none: telling them failed for good.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<(Token, Withheld)>,
    },
    /// The card, or the match, is no more.
    Gone,
    /// The report is in, and no card follows it.
    Reported,
    /// The two never meet again, and no card follows that.
    Blocked,
    /// There is nothing to take back any more.
    TooLate,
    /// The match has ended.
    Parted,
    /// Nobody is shown them any more, for as long as they like.
    Paused,
    /// The profile is gone.
    Deleted,
    /// Let be.
    Left,
    /// No question was open: the words were not for this.
    NotAsked,
    /// The store does not answer.
    Away,
}

/// What of a letter that was taken keeps it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Withheld {
    /// Its file does not get to the bot where the other one is.
    Far,
    /// What its picture shows.
    Refused(Reason),
}

/// How something is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shown {
    /// With a photo.
    Photo,
    /// Several photos and nothing else.
    Album,
    /// Without.
    Text,
}

/// Letters that are told in one message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sheet {
    /// The file in it; none: words alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<OutMedia>,
    /// Parameters of the call: a JSON object, complete.
    pub parameters: String,
    /// Those of a text that is sent where the file does not get through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead: Option<String>,
}

/// Somebody's own photos, as the chat lists them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Photos {
    /// Their names, in their order.
    pub all: Vec<Token>,
    /// Which of them nobody has looked at yet, by their place.
    pub waiting: Vec<usize>,
    /// The first of them is shown; without one that may stand there none is.
    pub has_first: bool,
}

/// Figures of one's own; what others did as of the last midnight (UTC).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// How often others decided on their card.
    pub seen: u32,
    /// Likes that they gave.
    pub likes_given: u32,
    /// Likes that they got.
    pub likes_received: u32,
    /// Their matches.
    pub matches: u32,
    /// Of those, with whom there was a chat, in percent; none of a few, of which it says nothing.
    pub talked: Option<u8>,
}

impl Figures {
    /// With fewer matches than that a rate says nothing.
    const ENOUGH: u32 = 5;

    /// The same with how many of the matches were talked to.
    pub fn with_talked(self, talked: u32) -> Figures {
        let percent = (u64::from(talked) * 100).checked_div(u64::from(self.matches)).unwrap_or_default();
        let talked = u8::try_from(percent.min(100)).ok().filter(|_| self.matches >= Figures::ENOUGH);
        Figures { talked, ..self }
    }
}

/// The first screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Home {
    /// They take a break.
    pub is_paused: bool,
    /// It is hidden until somebody has looked at it.
    pub is_hidden: bool,
    /// Likes left today.
    pub likes: u32,
    /// Their matches.
    pub matches: u32,
}

/// A match in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matched {
    /// Its name to this person.
    pub token: Token,
    /// The name on the other's card.
    pub name: String,
    /// The other's age.
    pub age: u8,
}
