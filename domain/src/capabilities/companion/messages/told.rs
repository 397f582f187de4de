//! What the session is told of: dialogs, facts, characters, and why something is not done.

use crate::ids::DialogId;
use crate::outgoing::KeptPicture;
use crate::time::Millis;
use serde::{Deserialize, Serialize};

/// Something that characters remember of a person, as that person said it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// Which.
    pub id: i64,
    /// The words.
    pub words: String,
}

/// What a character keeps of a dialog whose beginning it has no room for any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summed {
    /// With whom: the character's id.
    pub persona: String,
    /// What a character of the user's own is called.
    pub name: Option<String>,
    /// The words.
    pub words: String,
}

/// A dialog as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dialog {
    /// Which.
    pub id: DialogId,
    /// With whom: the character's id.
    pub persona: String,
    /// What a character of the user's own is called.
    #[serde(default)]
    pub name: Option<String>,
    /// Its first words, or what its owner calls it.
    pub title: String,
    /// When somebody last said something in it.
    pub used: Millis,
    /// Adult mode is on in it.
    #[serde(default)]
    pub adult: bool,
}

/// What a dialog with a character of somebody's own begins with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnWords {
    /// What it is called.
    pub name: String,
    /// Its first words.
    pub greeting: String,
}

/// A character of somebody's own, as they see its card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnCard {
    /// What their list says of it.
    pub line: OwnLine,
    /// How it begins.
    pub greeting: String,
    /// What it looks like, if it has a picture.
    #[serde(skip)]
    pub picture: Option<KeptPicture>,
}

/// A character of somebody's own, in their list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnLine {
    /// Which.
    pub id: i64,
    /// What it is called.
    pub name: String,
    /// Years.
    pub age: u32,
    /// Where it is shared, or was to be: how that stands.
    #[serde(default)]
    pub shared: Option<Standing>,
}

/// How it stands with a character that somebody shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// An operator has to look at it first.
    Waits,
    /// Everybody may talk to it.
    Shown,
    /// It is not shared: an operator said no.
    Refused,
    /// People reported it: nobody is shown it until an operator has looked again.
    Held,
}

impl Standing {
    /// Every one.
    pub const ALL: [Standing; 4] = [Standing::Waits, Standing::Shown, Standing::Refused, Standing::Held];

    /// As it is kept.
    pub fn name(self) -> &'static str {
        match self {
            Standing::Waits => "waits",
            Standing::Shown => "shown",
            Standing::Refused => "refused",
            Standing::Held => "held",
        }
    }
}

/// A character that somebody shares, as others see it: nothing of whose it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedCard {
    /// Which: how dialogs refer to it is [`SHARED`](super::super::SHARED) and this.
    pub id: i64,
    /// What it is called.
    pub name: String,
    /// Years.
    pub age: u32,
    /// How it begins.
    pub greeting: String,
    /// What it looks like, if it has a picture; in no list.
    #[serde(skip)]
    pub picture: Option<KeptPicture>,
}

/// Why a character is not shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BadShare {
    /// There is an address, a name or a number in it that leads out of here.
    Contacts,
    /// So many of theirs wait for an operator.
    Waiting,
    /// An operator has said no to it.
    Refused,
    /// Nobody shares characters here: the operator has it so.
    Closed,
}

/// What is asked of who makes a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnStep {
    /// Its name, or its card.
    Name,
    /// Its age.
    Age,
    /// Who it is.
    About,
    /// How it begins.
    Greeting,
}

/// Why a character of somebody's own is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BadOwn {
    /// Somebody in it is under 18.
    Minor,
    /// That is no age.
    NoAge,
    /// The file is no card, or too large.
    NoCard,
    /// There are so many.
    Full,
    /// What was sent is no picture that a character can have, or is too large.
    NoPicture,
    /// Such a picture is shown to nobody.
    BadPicture,
    /// Nobody could look at the picture just now.
    Unseen,
}

/// Why a turn has no reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// No back end answers.
    Away,
    /// What may be spent today is spent.
    Spent,
    /// The words are longer than the model takes.
    TooLong,
}

/// Why words are not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Held {
    /// So many within a minute or an hour; seconds until there is room.
    TooMany(u32),
    /// They come like a program's; seconds until there is room.
    Script(u32),
    /// Several wait for their reply.
    Waiting,
    /// A picture is being drawn.
    Drawing,
    /// So many pictures within a day.
    Pictures,
}
