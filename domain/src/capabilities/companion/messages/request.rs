//! What is asked of the port.

use crate::ids::{DialogId, MessageId, Seq};
use crate::text::Lang;

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
    /// Which of several answers to a dialog's last turn counts.
    Swipe {
        /// In which dialog.
        dialog: DialogId,
        /// Which turn.
        turn: u32,
        /// Which answer, from 1.
        to: u32,
        /// The message that shows one of them.
        message: MessageId,
    },
    /// The next words in a dialog are to be its title.
    Rename {
        /// Which.
        dialog: DialogId,
    },
    /// They are not: it keeps the title that it has.
    KeepTitle {
        /// Which.
        dialog: DialogId,
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
    /// One of them.
    OwnCard {
        /// Which.
        own: i64,
    },
    /// The next photo in the dialog with one of their own is what it looks like.
    WishPicture {
        /// Which.
        own: i64,
        /// The language of that dialog, where there is none yet.
        lang: Lang,
    },
    /// One of their own has no picture any more.
    DropPicture {
        /// Which.
        own: i64,
    },
    /// What was drawn in a dialog with one of their own is what it looks like.
    PictureOfOwn {
        /// Which picture.
        picture: i64,
    },
    /// Forget one of their own, with its dialogs.
    DeleteOwn {
        /// Which.
        own: i64,
    },
    /// Have one of their own looked at, to be shared with everybody.
    Share {
        /// Which.
        own: i64,
        /// In which language it is shown.
        lang: Lang,
    },
    /// Do not share it, at once.
    Unshare {
        /// Which.
        own: i64,
    },
    /// A page of the characters that people share.
    People {
        /// From 0.
        page: usize,
        /// In this language.
        lang: Lang,
    },
    /// One of them.
    PeopleCard {
        /// Which.
        shared: i64,
    },
    /// Something is wrong with one of them.
    ReportShared {
        /// Which.
        shared: i64,
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
    /// A photo was sent in a dialog.
    Photo {
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

impl Request {
    /// Whether it is about what is said in a dialog.
    pub fn is_of_turns(&self) -> bool {
        matches!(
            self,
            Request::Say { .. }
                | Request::Changed { .. }
                | Request::Undo { .. }
                | Request::Again { .. }
                | Request::Another { .. }
        )
    }
}
