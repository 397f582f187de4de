//! What the session is told.

use super::{
    BadOwn, BadShare, Dialog, Fact, Held, OwnCard, OwnLine, OwnStep, OwnWords, SharedCard, Summed, Trouble,
};
use crate::ids::DialogId;
use serde::{Deserialize, Serialize};

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
    /// Another answer of several counts from now on: as parameters of Bot API calls.
    Shown {
        /// In which dialog.
        dialog: DialogId,
        /// The message that showed one of them is changed; else there are new ones.
        edit: bool,
        /// A JSON object for each call, complete.
        messages: Vec<String>,
    },
    /// What is said next is a dialog's title.
    Naming {
        /// Which dialog's.
        dialog: DialogId,
    },
    /// A dialog has the title that its owner gave it.
    Named {
        /// The title.
        title: String,
    },
    /// It keeps the one that it has.
    TitleKept,
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
        /// On the first: what characters keep of the last dialogs that they have summed up.
        #[serde(default)]
        summed: Vec<Summed>,
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
    /// One of them.
    OwnCard(Box<OwnCard>),
    /// A photo that is sent next is what one of them looks like.
    OwnPictureWished {
        /// In this dialog, with it.
        dialog: DialogId,
        /// What it is called.
        name: String,
    },
    /// One of them has a picture.
    OwnPictureKept {
        /// Where it is still being made: in which dialog, and what is asked next.
        making: Option<(DialogId, OwnStep)>,
    },
    /// A character of the user's waits for an operator, who says whether it is shared.
    ShareAsked {
        /// What it is called.
        name: String,
    },
    /// A character is not shared.
    ShareRefused(BadShare),
    /// A character of the user's is not shared any more.
    Unshared,
    /// An operator has said whether a character of the user's is shared.
    ShareRuled {
        /// What it is called.
        name: String,
        /// It is.
        shown: bool,
        /// Why, in the operator's words.
        reason: String,
    },
    /// A page of the characters that people share, the newest first.
    People {
        /// From 0.
        page: usize,
        /// Those on it.
        list: Vec<SharedCard>,
        /// There is another page.
        more: bool,
    },
    /// One of them.
    PeopleCard(SharedCard),
    /// One of them is reported.
    ShareReported,
    /// A character that somebody shared is not there any more.
    PersonaGone {
        /// The dialog with it, where there is one.
        dialog: Option<DialogId>,
    },
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
