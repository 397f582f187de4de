//! What is asked of the store.

use super::choices::Set;
use super::filters;
use super::letter::Letter;
use super::pair::Verdict;
use super::profile::Answer;
use super::token::Token;
use crate::ids::{BotId, MessageId, Seq};
use crate::profile::{Gender, Interests};
use crate::session::review::ReportReason;
use crate::text::Lang;
use crate::time::Millis;

/// What is asked of the store.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The language of what is shown.
    pub lang: Lang,
    /// What.
    pub what: What,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// Where they are: the open question, or the first screen. Without a profile: begin one with
    /// what the account knows.
    Enter(Known),
    /// Answer the questions anew.
    Fill(Known),
    /// Something was said that may be an answer to the open question.
    Hear {
        /// The update: one that was heard changes nothing more.
        seq: Seq,
        /// What.
        answer: Answer,
        /// A question that was asked before this is forgotten: they have talked to somebody since.
        since: Millis,
    },
    /// Let the question be.
    Leave,
    /// A card.
    Next,
    /// What they think of the person on a card.
    Say {
        /// Which card.
        card: Token,
        /// What.
        verdict: Verdict,
    },
    /// Never see the person on a card again, and report them.
    Report {
        /// Which card.
        card: Token,
        /// Why; none: they are not reported.
        reason: Option<ReportReason>,
        /// The next card follows: nothing is known that keeps them from cards.
        goes_on: bool,
    },
    /// Take back what they said last.
    Undo,
    /// The own card as others see it.
    Preview,
    /// The other photos of a card; none: of the own one.
    Album {
        /// Which card.
        card: Option<Token>,
    },
    /// What they have of what is sold apart.
    Goods,
    /// The next card of somebody who likes them.
    Likers,
    /// Their own photos.
    Photos,
    /// Say where they are now.
    Place {
        /// With the button that sends it.
        pin: bool,
    },
    /// Send another photo.
    More,
    /// Have a photo stand first.
    PhotoFirst {
        /// Which.
        photo: Token,
    },
    /// Remove a photo.
    PhotoAway {
        /// Which.
        photo: Token,
    },
    /// What they ask for beyond genders, ages and distance; with a change, after that.
    Filters(Option<filters::Change>),
    /// Whom they want to meet by age and distance, what they want to hear; with a change, after
    /// that.
    Choices(Option<Set>),
    /// Figures of their own.
    Stats,
    /// Their matches.
    Matches,
    /// Ask for a name to look for among them.
    Find,
    /// Those whose name holds something, a page of them.
    Found {
        /// What, as [`super::found::part`] made it; empty: anything.
        part: String,
        /// How many stand before the page.
        from: usize,
    },
    /// Talk to a match: in a chat, or by letters where one of the two is not free.
    Write {
        /// Which.
        matched: Token,
    },
    /// Write letters to a match.
    Pen {
        /// Which.
        matched: Token,
    },
    /// A letter.
    Letter {
        /// To which match.
        matched: Token,
        /// The bot to which it was written.
        bot: BotId,
        /// The message that it is, in the chat with that bot: the same one again is no second
        /// letter.
        message: MessageId,
        /// What it holds, as it may leave.
        letter: Box<Letter>,
        /// The own message that it answers, which the session does not remember: if that was a
        /// letter, this one is for the same match.
        answers: Option<MessageId>,
        /// It comes again, and nothing says that it was for this match: if it was not taken before
        /// it goes to nobody.
        is_late: bool,
    },
    /// Have whoever wrote a letter told that it does not arrive: the job that was to tell it has
    /// failed for good.
    LetterFailed {
        /// Which letter, by its name to who was to get it.
        letter: Token,
    },
    /// Never meet whoever wrote a letter again, and report them.
    LetterReport {
        /// Which letter, by its name to who got it.
        letter: Token,
        /// Why; none: they are not reported.
        reason: Option<ReportReason>,
    },
    /// Agree that a match and they learn who the other is, or take that back.
    Share {
        /// Which.
        matched: Token,
        /// Agree.
        on: bool,
    },
    /// End a match for good.
    Part {
        /// Which.
        matched: Token,
    },
    /// Take a break, or come back.
    Pause(bool),
    /// Delete the profile.
    Delete,
}

/// What the account says already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// Own gender.
    pub gender: Gender,
    /// Whom they want to meet, a mask over [`Gender::ALL`].
    pub genders: u8,
    /// Topics.
    pub interests: Interests,
}
