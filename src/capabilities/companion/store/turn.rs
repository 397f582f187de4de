//! What a turn is, and how it ends.

use super::super::own::Own;
use super::turns::Asked;
use nameless_actors::ports::ClaimedJob;
use nameless_domain::capabilities::companion::Event;

/// What a turn's job begins with.
#[derive(Debug)]
pub(crate) enum Begun<T> {
    /// There is no such turn (any more).
    Nothing,
    /// It was answered: with these words, and whether they need adult mode. They are told, never
    /// bought again.
    Replied(Open, String, bool),
    /// It ended in vain, which nobody was told.
    InVain,
    /// The character stepped aside, or it was refused, by an attempt of which nobody heard: this is
    /// told.
    Ended(Event),
    /// It waits for its reply; with what is to be done.
    Open(Open, T),
}

/// A turn and what came before it.
#[derive(Clone, Debug)]
pub(crate) struct Open {
    pub persona: String,
    /// Where it is one of the person's own.
    pub own: Option<Own>,
    pub lang: String,
    /// What the person says.
    pub asked: String,
    /// What the person wants remembered.
    pub facts: Vec<String>,
    /// What both said before, the oldest first.
    pub history: Vec<Said>,
    /// The numbers of those turns.
    pub numbers: Vec<i32>,
    /// Older turns that are recalled for what is said, with their numbers, the earliest first.
    pub recalled: Vec<(i32, Said)>,
    /// Those that share words with it, the best first.
    pub by_words: Vec<i32>,
    /// Some of them may be found by what was meant.
    pub meant: bool,
    /// What the turns up to `summed` are summed up in; empty for nothing.
    pub summary: String,
    pub summed: i32,
    /// Adult mode is on: by the dialog, and the account says over 18. What the operator allows is
    /// asked beside it.
    pub adult: bool,
    /// The number of the history's first turn, from 0.
    pub first: usize,
    /// It is time to say again that it is an AI.
    pub notice: bool,
    /// The place of its reply among the answers to it, from 1, and how many there are with it.
    pub of: (i16, i16),
    /// Calls made for this job before: by an attempt that ended with its process.
    pub calls: i16,
    /// Calls made for it before, by which older turns were to be found.
    pub recalls: i16,
}

/// What words in a dialog are.
#[derive(Debug)]
pub(crate) enum Heard<T> {
    /// This is told; with whether there may be a new job.
    Told(Event, bool),
    /// A turn that has begun, with its job, which this node holds, and with what is to be done.
    Begins(Asked, ClaimedJob, Box<(Open, T)>),
    /// An answer for the character that is being made there.
    Answer,
    /// The dialog's title.
    Title,
}

/// A turn that was answered.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    /// What the person said.
    pub asked: String,
    /// What was answered.
    pub reply: String,
    /// It passes in adult mode only.
    pub adult: bool,
}

/// How a turn ended in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// As it was to.
    Yes,
    /// Its words need adult mode, which was switched off meanwhile: they are refused.
    Revoked,
    /// It had ended before, or is gone.
    No,
}

/// How a turn ends.
#[derive(Clone, Debug)]
pub(crate) enum End {
    /// With words, which are to be told with the notice or without; `asked` is what they answer.
    /// What was said or answered may pass in adult mode only.
    Replied { asked: String, words: String, notice: bool, adult: bool },
    /// Refused; what the person said goes too.
    Refused,
    /// The character stepped aside.
    Helped,
    /// In vain; it may be asked for again.
    Failed,
}
