//! What is asked of the port, and what the session is told.

use crate::ids::{DialogId, MessageId, Seq};
use crate::text::Lang;
use crate::time::Millis;
use serde::{Deserialize, Serialize};

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Begin a dialog.
    Begin {
        /// The press: with the user it names the dialog.
        seq: Seq,
        /// With whom.
        persona: String,
        /// In which language.
        lang: Lang,
    },
    /// Go on with a dialog.
    Open {
        /// Which.
        dialog: DialogId,
    },
    /// A page of the user's dialogs.
    List {
        /// From 0.
        page: usize,
    },
    /// Keep what the user says, and have it answered.
    Say {
        /// In which dialog.
        dialog: DialogId,
        /// Their message: with the dialog it names the turn.
        message: MessageId,
        /// The words.
        words: String,
    },
    /// A turn's job came to nothing beyond its attempts.
    GaveUp {
        /// In which dialog.
        dialog: DialogId,
        /// Which turn.
        turn: u32,
        /// Which of its jobs, from 1: the turn may have another since. 0: nobody knows.
        attempt: u32,
    },
    /// Have a turn answered that was not.
    Again {
        /// In which dialog.
        dialog: DialogId,
        /// Which turn.
        turn: u32,
    },
    /// Another answer to the words of a dialog's last turn.
    Another {
        /// In which dialog.
        dialog: DialogId,
        /// Which turn.
        turn: u32,
        /// Instead of its which answer: who taps twice gets one.
        answer: u32,
    },
    /// The words of a dialog's last turn were changed.
    Changed {
        /// In which dialog.
        dialog: DialogId,
        /// The message that held them.
        message: MessageId,
        /// What it says now.
        words: String,
    },
    /// A dialog's last turn never happened.
    Undo {
        /// In which dialog.
        dialog: DialogId,
        /// Which turn.
        turn: u32,
    },
    /// Keep something that characters are to remember.
    Remember {
        /// The message that says it, which names it.
        message: MessageId,
        /// What.
        words: String,
    },
    /// A page of what characters remember of the user.
    Facts {
        /// From 0.
        page: usize,
    },
    /// Forget one of them, or all.
    Forget {
        /// Which; none: all.
        fact: Option<i64>,
        /// The page to go on with.
        page: usize,
    },
    /// Switch adult mode on, which its owner has confirmed, or off: in this dialog alone.
    Adult {
        /// In which dialog.
        dialog: DialogId,
        /// On.
        on: bool,
    },
    /// Draw the scene of a dialog.
    Picture {
        /// Of which dialog.
        dialog: DialogId,
        /// The press or the command: with the user it names the picture.
        seq: Seq,
    },
    /// Nobody waits for a picture any more.
    StopPicture {
        /// Which.
        picture: i64,
    },
    /// Send a picture that was made while its owner was with people.
    ShowPicture {
        /// Which.
        picture: i64,
    },
    /// A picture's job came to nothing beyond its attempts.
    PictureGaveUp {
        /// Which.
        picture: i64,
    },
    /// The user's own characters.
    Own,
    /// Make a character of their own: what they say in the dialog that begins are the answers.
    MakeOwn {
        /// The press: with the user it names the dialog.
        seq: Seq,
        /// In which language.
        lang: Lang,
    },
    /// Forget one of their own, with its dialogs.
    DeleteOwn {
        /// Which.
        own: i64,
    },
    /// A file was sent in a dialog.
    File {
        /// In which.
        dialog: DialogId,
        /// Telegram's handle of it.
        file: String,
        /// Bytes, where known.
        size: Option<u64>,
    },
    /// Forget a dialog.
    Delete {
        /// Which.
        dialog: DialogId,
    },
}

/// Something that characters remember of a person, as that person said it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// Which.
    pub id: i64,
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

/// A character of somebody's own, in their list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnLine {
    /// Which.
    pub id: i64,
    /// What it is called.
    pub name: String,
    /// Years.
    pub age: u32,
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

/// What is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A dialog has begun; it is the one that the same press began before, if it comes again.
    Begun {
        /// Which.
        dialog: DialogId,
        /// With whom.
        persona: String,
        /// Where it is one of the user's own.
        #[serde(default)]
        own: Option<OwnWords>,
    },
    /// A dialog goes on.
    Opened {
        /// Which.
        dialog: Dialog,
        /// The character's last words.
        last: Option<String>,
    },
    /// A page of the user's dialogs, the last used first.
    Dialogs {
        /// From 0.
        page: usize,
        /// Those on it.
        list: Vec<Dialog>,
        /// There is another page.
        more: bool,
    },
    /// The words are kept; the reply follows.
    Kept,
    /// The words are not taken.
    Held(Held),
    /// There is no such dialog (any more).
    Gone,
    /// A reply, or a part of one, as parameters of `sendMessage`, labelled.
    Replied {
        /// In which dialog.
        dialog: DialogId,
        /// With whom.
        persona: String,
        /// It is time to say again that it is an AI.
        notice: bool,
        /// A JSON object for each message, complete.
        messages: Vec<String>,
    },
    /// What was said, or answered, is refused in every mode.
    Refused,
    /// What was said, or answered, is for adult mode only.
    AdultOnly,
    /// The user speaks of harming themselves: the character steps aside.
    Help,
    /// There is no reply.
    Failed {
        /// In which dialog.
        dialog: DialogId,
        /// To which turn.
        turn: u32,
        /// Why.
        why: Trouble,
    },
    /// A turn's job came to nothing, and nobody has noted it yet.
    GaveUp {
        /// In which dialog.
        dialog: DialogId,
        /// Which turn.
        turn: u32,
        /// Which of its jobs, from 1. 0: nobody knows.
        #[serde(default)]
        attempt: u32,
    },
    /// There is nothing to be said: another word of the same turn is answered.
    Nothing,
    /// Something is remembered from now on.
    Remembered,
    /// So much is remembered that there is no room.
    FullOfFacts,
    /// A page of what is remembered of the user, the newest first.
    Facts {
        /// From 0.
        page: usize,
        /// Those on it.
        list: Vec<Fact>,
        /// There is another page.
        more: bool,
    },
    /// The last turn is forgotten.
    Undone,
    /// What was to be changed is not the last turn any more.
    TooLate,
    /// Adult mode is on or off in a dialog.
    Adult {
        /// In which dialog.
        dialog: DialogId,
        /// On.
        on: bool,
    },
    /// Adult mode cannot be had here: the operator, or what is known of the user, does not allow
    /// it.
    NoAdult,
    /// A picture is being drawn; it comes by itself.
    Drawing {
        /// Which.
        picture: i64,
    },
    /// A picture is there, and its owner is elsewhere.
    PictureWaits {
        /// With whom they talked.
        persona: String,
        /// Which.
        picture: i64,
    },
    /// There is no picture.
    NoPicture {
        /// Why.
        why: Trouble,
    },
    /// A picture is not drawn any more.
    PictureStopped,
    /// A picture's job came to nothing, and nobody has noted it yet.
    PictureGaveUp {
        /// Which.
        picture: i64,
    },
    /// A character is being made: what is asked next.
    Making {
        /// In which dialog.
        dialog: DialogId,
        /// What.
        step: OwnStep,
    },
    /// A character of the user's own is not taken.
    OwnRefused(BadOwn),
    /// The user's own characters.
    OwnList(Vec<OwnLine>),
    /// A character hears and sees nothing.
    NoMedia,
    /// A dialog is forgotten.
    Deleted {
        /// Which.
        dialog: DialogId,
    },
    /// It cannot be done at the moment.
    NotNow,
}
