//! What people have said, and what became of it.

use nameless_domain::ids::PairId;

/// A message that somebody wrote, numbered by its place in `State::said`.
#[derive(Debug)]
pub struct Said {
    /// Who.
    pub by: i64,
    /// The update that told of it.
    pub update: i64,
    /// Its id in the writer's chat.
    pub id: i32,
    /// When (true time).
    pub at: i64,
    /// The message of the writer's chat that it answers.
    pub reply_to: Option<i32>,
    /// The pair that the writer saw themselves in; none if they were in none, or could not be sure.
    pub pair: Option<PairId>,
    /// Its words now.
    pub words: String,
    /// The writer's emoji on the partner's message, or the number of edits.
    pub edits: u32,
    /// What the partner got.
    pub copies: Vec<Copy>,
    /// The writer was told that it was not passed on, or had written too much to be heard.
    pub excused: bool,
    /// Its writer had written too much for its newest edit to be heard.
    pub edit_excused: bool,
}

/// A copy of it at the partner's.
#[derive(Debug)]
pub struct Copy {
    /// Whose chat.
    pub chat: i64,
    /// Its id there.
    pub id: i32,
    /// In which pair it was relayed.
    pub pair: PairId,
    /// The engine could not know, or could not keep, that it had left.
    pub lost: bool,
    /// When the bot heard that it is there (true time); never yet: far off.
    pub heard: i64,
    /// Its call was begun when the journal had failed.
    pub after_failure: bool,
    /// Which life of the bot sent it.
    pub life: u64,
    /// What it answers there.
    pub reply_to: Option<i32>,
}
