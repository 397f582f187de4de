//! One turn of a session: the moment, the rules, and the effects that come out.

use crate::capabilities;
use crate::ids::{MessageId, PairId, Seq, UserId};
use crate::matching::Seeker;
use crate::outgoing::{Method, Picture};
use crate::relay::RelayOp;
use crate::rules::Rules;
use crate::session::EndCause;
use crate::session::notice::Notice;
use crate::session::review::ReportReason;
use crate::text::{Msg, Screen};
use crate::time::Millis;

/// When an event is handled, and by which update it was caused.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment {
    /// The time.
    pub now: Millis,
    /// Journal position of the update; none for events of the engine itself.
    pub seq: Option<Seq>,
}

/// A wish to be matched.
#[derive(Clone, Debug, PartialEq)]
pub struct SeekRequest {
    /// Who seeks whom; replaces an earlier wish of the same user, keeping its place.
    pub seeker: Seeker,
    /// When to send `SearchDue` if nobody was found.
    pub check_at: Millis,
}

/// Something the store keeps besides the account.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Record {
    /// A rating.
    Rated {
        /// Of which chat.
        pair: PairId,
        /// Who is rated.
        of: UserId,
        /// Up or down.
        up: bool,
    },
    /// Someone is not to be met again, ever.
    Blocked {
        /// Who.
        of: UserId,
    },
    /// A report.
    Reported {
        /// Of which chat.
        pair: PairId,
        /// Who is reported.
        of: UserId,
        /// Why.
        reason: ReportReason,
    },
}

/// What a session wants done. Handled by the actor in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Tell the user something.
    Say(Screen),
    /// Tell the user something that no update asked for. Owed until it has left.
    Notify(Notice),
    /// What a former life owed is owed no more: things have changed.
    NotOwed(Notice),
    /// Change an earlier message of the bot.
    Rewrite {
        /// Which.
        message: MessageId,
        /// Into what.
        screen: Screen,
    },
    /// Close the waiting state of a pressed button.
    Answer {
        /// The press.
        callback_id: String,
        /// A short toast.
        toast: Option<Msg>,
    },
    /// Pass something to the partner.
    Relay {
        /// In which pair.
        pair: PairId,
        /// What.
        op: RelayOp,
        /// The updates behind it if they came earlier (an album's items, in their order); empty:
        /// the update being handled.
        behind: Vec<Seq>,
    },
    /// End the pair. Queued messages of both sides are purged.
    EndPair {
        /// Which.
        pair: PairId,
        /// The other one, who is to hear of it.
        partner: UserId,
        /// Why.
        cause: EndCause,
    },
    /// Look for a partner, or change what is looked for.
    Seek(Box<SeekRequest>),
    /// Stop looking.
    Unseek,
    /// Keep the account as it now is.
    Save,
    /// Keep a record.
    Record(Record),
    /// Ask a capability's port; the answer comes as an event. The update is done when what the
    /// answer brings is.
    Ask(capabilities::Request),
    /// Show a picture of the bot's own with a text and buttons below.
    Picture {
        /// Which.
        picture: Picture,
        /// What stands below it, at most 1,024 characters.
        screen: Screen,
    },
    /// Make a call of a capability's own to the user's chat.
    Call(Box<Method>),
    /// Send the user all that is kept of them, as a file.
    Export,
    /// Forget everything about the user.
    Erase,
    /// Send `AlbumDue` after so many milliseconds. The update stays open until then.
    AwaitAlbum {
        /// Milliseconds.
        after_ms: i64,
    },
}

impl Effect {
    /// Whether the user sees it at once.
    pub fn is_said(&self) -> bool {
        matches!(self, Effect::Say(_) | Effect::Notify(_) | Effect::Rewrite { .. })
    }
}

/// Where one event's effects are collected.
pub struct Turn<'a> {
    at: Moment,
    /// The operator's numbers.
    pub rules: &'a Rules,
    out: &'a mut Vec<Effect>,
    press: Option<String>,
    toast: Option<Msg>,
    pressed_message: Option<MessageId>,
}

impl<'a> Turn<'a> {
    pub(super) fn new(at: Moment, rules: &'a Rules, out: &'a mut Vec<Effect>) -> Turn<'a> {
        Turn { at, rules, out, press: None, toast: None, pressed_message: None }
    }

    /// The present moment.
    pub fn now(&self) -> Millis {
        self.at.now
    }

    /// Journal position of the causing update.
    pub fn seq(&self) -> Option<Seq> {
        self.at.seq
    }

    /// Goes on with what an earlier update caused, which stood at `seq` in the journal.
    pub(crate) fn resumes(&mut self, seq: Option<Seq>) {
        self.at.seq = seq;
    }

    /// Adds an effect.
    pub fn push(&mut self, effect: Effect) {
        self.out.push(effect);
    }

    /// Tells the user something in a new message.
    pub fn say(&mut self, screen: Screen) {
        self.out.push(Effect::Say(screen));
    }

    /// Tells the user something that no update asked for.
    pub fn notify(&mut self, notice: Notice) {
        self.out.push(Effect::Notify(notice));
    }

    /// Takes back what a former life owed.
    pub fn not_owed(&mut self, notice: Notice) {
        self.out.push(Effect::NotOwed(notice));
    }

    /// Whether this turn says it already.
    pub fn says(&self, notice: Notice) -> bool {
        self.out.contains(&Effect::Notify(notice))
    }

    /// Whether this turn says that this chat begins.
    pub fn begins(&self, chat: PairId) -> bool {
        let is_it = |e: &Effect| matches!(e, Effect::Notify(Notice::ChatBegan { pair, .. }) if *pair == chat);
        self.out.iter().any(is_it)
    }

    /// Keeps the account as it is when the turn ends.
    pub fn save(&mut self) {
        if !self.out.iter().any(|e| matches!(e, Effect::Save)) {
            self.out.push(Effect::Save);
        }
    }

    /// Shows a screen in place of the one whose button was pressed; as a new message if there is
    /// none.
    pub fn show(&mut self, screen: Screen) {
        match self.pressed_message {
            Some(message) => self.out.push(Effect::Rewrite { message, screen }),
            None => self.say(screen),
        }
    }

    /// Shows a short line over the chat when the press is answered.
    pub fn toast(&mut self, key: &'static str) {
        self.toast = Some(Msg::new(key));
    }

    /// Says in the chat what would stand over it, where the press was answered before.
    pub(crate) fn say_toast(&mut self) {
        if let Some(text) = self.toast.take() {
            self.say(Screen::of(text));
        }
    }

    /// The message whose button was pressed, where Telegram still knows it.
    pub fn pressed_message(&self) -> Option<MessageId> {
        self.pressed_message
    }

    /// Whether this turn is a pressed button.
    pub fn is_press(&self) -> bool {
        self.press.is_some()
    }

    pub(super) fn pressed(&mut self, callback_id: String, message: Option<MessageId>) {
        self.press = Some(callback_id);
        self.pressed_message = message;
    }

    pub(super) fn answer_press(&mut self) {
        if let Some(callback_id) = self.press.take() {
            let toast = self.toast.take();
            self.out.push(Effect::Answer { callback_id, toast });
        }
    }
}
