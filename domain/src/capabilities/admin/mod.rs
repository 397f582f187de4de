//! What operators do, and what a banned person's session makes of it.
//!
//! An operator's act is a value ([`acts`]) that is judged by its actor's role ([`roles`]), carried
//! out once, and written to a log that shows every change to it ([`audit`]). The session of a
//! person only knows whether they are banned ([`ban`]): it came with their account, and changes by
//! an event. So the gate before every handler ([`admits`]) is a look at a field.

pub mod acts;
pub mod audit;
pub mod ban;
pub mod confirm;
mod demands;
pub mod desk;
pub mod judge;
mod logged;
pub mod order;
pub mod particulars;
pub mod patterns;
pub mod roles;
#[cfg(test)]
mod tests;
pub mod weight;

pub use acts::{Act, Actor, Source};
pub use ban::{Ban, BanKind};
pub use judge::{Flaw, Refusal, judge};
pub use particulars::{Entries, MANY_MAX, Many, Mending, Persons, Ruling, Suspicion, Term, Verdict};
pub use patterns::{Habits, Pattern};
pub use roles::{Permission, Permissions, Role};

use super::{Capability, Fact, Nothing};
use crate::ids::{PairId, Seq};
use crate::relay::content::Body;
use crate::session::notice::Notice;
use crate::session::{self, Asked, Command, Effect, EndCause, Feature, SessionCore, Turn, is_command};
use crate::text::{Msg, Screen};
use crate::time::Millis;
use crate::update;
use ban::TOLD_AGAIN_MS;
use serde::{Deserialize, Serialize};

/// How long a banned person waits before they may write to the operators again, milliseconds.
pub const APPEAL_AGAIN_MS: i64 = 7 * 86_400_000;
/// For how long what they wrote is kept, milliseconds.
pub const APPEAL_KEPT_MS: i64 = 90 * 86_400_000;

/// The capability.
pub enum Admin {}

/// What is asked of the store.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// Note when the person was told of their ban.
    Told {
        /// When.
        at: Millis,
    },
    /// Keep what a banned person wrote to the operators, unless they wrote lately.
    Appeal {
        /// Position of the update in the journal: names the row together with the user.
        seq: Seq,
        /// What they wrote.
        words: String,
    },
    /// Make a link that opens the pages, once, for an operator.
    Link {
        /// What they are trusted with.
        role: Role,
    },
    /// Keep that the person writes like a program.
    Detected {
        /// Position of the update: names the row together with the user.
        seq: Seq,
        /// In what way.
        pattern: Pattern,
    },
}

/// What operators have to say to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    /// That they went too far.
    Warning,
    /// That their ban is lifted, as they objected.
    Accepted,
    /// That it is not.
    Declined,
    /// That they are erased: hearing of it, their session does it.
    Erased,
}

impl LineKind {
    /// Every kind.
    pub const ALL: [LineKind; 4] =
        [LineKind::Warning, LineKind::Accepted, LineKind::Declined, LineKind::Erased];

    /// As it is kept.
    pub fn name(self) -> &'static str {
        match self {
            LineKind::Warning => "warning",
            LineKind::Accepted => "accepted",
            LineKind::Declined => "declined",
            LineKind::Erased => "erased",
        }
    }

    /// Locale key of what the person reads.
    fn key(self) -> &'static str {
        match self {
            LineKind::Warning => "warned",
            LineKind::Accepted => "appeal-accepted",
            LineKind::Declined => "appeal-declined",
            LineKind::Erased => "erased-by-operators",
        }
    }
}

/// A line that is owed to a person until they were told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Its number.
    pub line: i64,
    /// What it is.
    pub kind: LineKind,
    /// Why, in the operator's words.
    pub reason: String,
}

/// What a session is told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// An operator banned the person, or lifted their ban.
    Standing(Option<Ban>),
    /// When they were told is noted, or could not be.
    Noted,
    /// Their appeal is kept.
    Appealed,
    /// They have appealed lately.
    AppealedLately,
    /// The store refuses it.
    NotAppealed,
    /// The operators have something to say. It comes again until it is noted as heard.
    Line(Line),
    /// A link to the pages; none where nobody knows their address.
    Linked(Option<Link>),
    /// There is none, as the store does not answer.
    NotLinked,
}

/// An address that opens the pages to whoever has it, once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link(pub String);

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Link")
    }
}

/// A ban with what concerns the session alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The ban.
    pub ban: Ban,
    /// When the person was told of it last.
    pub told: Option<Millis>,
    /// There is an account. Without one nothing is done that would make one: the ban outlives an
    /// erasure, and nothing else does.
    pub kept: bool,
}

/// What a session knows.
#[derive(Debug, Default)]
pub struct State {
    /// Of a ban: nothing, nearly always.
    standing: Option<Box<Standing>>,
    /// Of how the person writes.
    habits: Habits,
}

impl State {
    /// The ban in force.
    fn standing(&self, now: Millis) -> Option<&Standing> {
        self.standing.as_deref().filter(|standing| standing.ban.holds(now))
    }

    fn kind(&self, now: Millis) -> Option<BanKind> {
        self.standing(now).map(|standing| standing.ban.kind)
    }

    /// Whether nothing is open to them but to appeal, and what is kept of them.
    pub fn is_banned(&self, now: Millis) -> bool {
        self.kind(now) == Some(BanKind::Ban)
    }

    /// Whether what the person does is to have no effect on others, unknown to them.
    pub fn is_shadowed(&self, now: Millis) -> bool {
        self.kind(now) == Some(BanKind::Shadow)
    }

    /// What is known with the account, before anything is handled.
    pub fn begins(&mut self, standing: Option<Standing>) {
        self.standing = standing.map(Box::new);
    }
}

impl Capability for Admin {
    type State = State;
    type Request = Request;
    type Event = Event;
    type Notice = Nothing;
    type Act = Nothing;

    const FEATURE: Feature = Feature {
        prefix: "appeal",
        // For the few whom they concern: a banned person's notice names the one, docs the other.
        commands: &[
            Command { place: None, ..Command::new("appeal", 0, "command-appeal").repeatable() },
            Command {
                place: None,
                role: session::Role::Operator,
                ..Command::new("admin", 0, "command-admin").repeatable()
            },
        ],
        on_command,
        on_press: |_, _, turn| turn.toast("error-old-button"),
    };

    fn unanswered(request: &Request) -> Event {
        match request {
            Request::Told { .. } => Event::Noted,
            Request::Appeal { .. } => Event::NotAppealed,
            Request::Link { .. } => Event::NotLinked,
            Request::Detected { .. } => Event::Noted,
        }
    }

    fn on_event(session: &mut SessionCore, event: Event, turn: &mut Turn<'_>) {
        match event {
            Event::Standing(ban) => on_standing(session, ban, turn),
            Event::Noted => {}
            Event::Appealed => turn.say(Screen::text("appeal-kept")),
            Event::AppealedLately => turn.say(Screen::text("appeal-lately")),
            Event::NotAppealed => turn.say(Screen::text("appeal-not-kept")),
            Event::Linked(Some(link)) => turn.say(Screen::of(Msg::new("pages-link").words("link", link.0))),
            Event::Linked(None) => turn.say(Screen::text("pages-link-no-address")),
            Event::NotLinked => turn.say(Screen::text("pages-link-not-made")),
            // What was owed goes with them, so there is nothing to note.
            Event::Line(Line { kind: LineKind::Erased, reason, .. }) => {
                let line = Msg::new(LineKind::Erased.key()).words("reason", reason);
                session.erase(turn, |turn| turn.say(Screen::of(line)));
            }
            // Whoever tells of it hears when that has left, and notes it.
            Event::Line(Line { kind, reason, .. }) => {
                turn.say(Screen::of(Msg::new(kind.key()).words("reason", reason)));
            }
        }
    }

    fn hears(session: &mut SessionCore, fact: Fact, _: &mut Turn<'_>) {
        if let (Fact::Erased, Some(standing)) = (fact, &mut session.capabilities.admin.standing) {
            standing.kept = false;
        }
    }
}

/// Takes note of a message that is passed on in a chat: whether it is written as programs write.
pub(crate) fn watch(
    session: &mut SessionCore,
    pair: PairId,
    words: Option<&str>,
    linked: bool,
    turn: &mut Turn<'_>,
) {
    let found = session.capabilities.admin.habits.note(pair, turn.now(), words, linked);
    if let (Some(pattern), Some(seq)) = (found, turn.seq()) {
        turn.push(Effect::Ask(super::Request::Admin(Request::Detected { seq, pattern })));
    }
}

/// The gate: whether what a person does is handled at all. What a banned person may still do is
/// appeal, and see to their data; and Telegram's word that they blocked the bot is heard.
pub(crate) fn admits(session: &mut SessionCore, act: &update::Act, turn: &mut Turn<'_>) -> bool {
    let Some(standing) = session.capabilities.admin.standing(turn.now()) else { return true };
    if standing.ban.kind == BanKind::Shadow || is_open_to_the_banned(act, standing.kept) {
        return true;
    }
    tell(session, turn);
    if let update::Act::Pressed { callback_id, .. } = act {
        let toast = Some(Msg::new("banned-toast"));
        turn.push(Effect::Answer { callback_id: callback_id.clone(), toast });
    }
    false
}

fn is_open_to_the_banned(act: &update::Act, kept: bool) -> bool {
    use update::Act;
    match act {
        Act::Message(message) => match &message.body {
            Body::Text(rich) => is_command(&rich.text, "appeal") || kept && is_command(&rich.text, "privacy"),
            _ => false,
        },
        Act::Pressed { data, .. } => kept && data.starts_with("pv:"),
        Act::BlockedBot | Act::UnblockedBot => kept,
        Act::Edited(_) | Act::Reacted { .. } | Act::Capability(_) | Act::Unreadable => false,
    }
}

/// Tells the person of their ban, once a day at most.
fn tell(session: &mut SessionCore, turn: &mut Turn<'_>) {
    let now = turn.now();
    let Some(standing) = &mut session.capabilities.admin.standing else { return };
    // A clock that was set back says nothing about how long ago it was.
    if standing.told.is_some_and(|at| at <= now && now.since(at) < TOLD_AGAIN_MS) {
        return;
    }
    standing.told = Some(now);
    let ban = &standing.ban;
    let text = match ban.until {
        Millis::NEVER => Msg::new("banned-for-good"),
        until => Msg::new("banned-until").moment("until", until),
    };
    turn.say(Screen::of(text.words("reason", ban.reason.clone())));
    turn.push(Effect::Ask(super::Request::Admin(Request::Told { at: now })));
}

/// An operator has decided.
fn on_standing(session: &mut SessionCore, ban: Option<Ban>, turn: &mut Turn<'_>) {
    let old = session.capabilities.admin.standing.take();
    // The same comes twice: at once, and when the node looks at the store again.
    if old.as_deref().map(|standing| &standing.ban) == ban.as_ref() {
        session.capabilities.admin.standing = old;
        return;
    }
    let was_shadowed = old.as_deref().is_some_and(|s| s.ban.kind == BanKind::Shadow);
    let kept = old.is_none_or(|standing| standing.kept);
    let Some(ban) = ban else {
        // Who was a shadow goes on searching, among everybody.
        if was_shadowed {
            session.seek(turn);
        }
        return;
    };
    session.capabilities.admin.standing = Some(Box::new(Standing { ban, told: None, kept }));
    enforce(session, turn);
    if session.capabilities.admin.kind(turn.now()) == Some(BanKind::Ban) {
        tell(session, turn);
    }
}

/// Ends what a banned person has going on.
pub(crate) fn enforce(session: &mut SessionCore, turn: &mut Turn<'_>) {
    match session.capabilities.admin.kind(turn.now()) {
        None => {}
        Some(BanKind::Ban) => drop(session.put_out(turn)),
        Some(BanKind::Shadow) => match session.account.pair() {
            // To them it looks as if the other one had gone.
            Some(_) => {
                if let Some(pair) = session.put_out(turn) {
                    turn.notify(Notice::ChatEnded { pair, cause: EndCause::Stopped });
                }
            }
            None => session.seek(turn),
        },
    }
}

fn on_command(session: &mut SessionCore, asked: &Asked<'_>, turn: &mut Turn<'_>) {
    if asked.command == "admin" {
        let user = session.account.user;
        let role = turn.rules.staff.iter().find(|(staff, _)| *staff == user).map(|(_, role)| *role);
        if let Some(role) = role {
            turn.push(Effect::Ask(super::Request::Admin(Request::Link { role })));
        }
        return;
    }
    // To a shadow nothing is wrong.
    if session.capabilities.admin.kind(turn.now()) != Some(BanKind::Ban) {
        return turn.say(Screen::text("appeal-no-need"));
    }
    match turn.seq() {
        Some(seq) if !asked.words.is_empty() => {
            let words: String = asked.words.chars().take(2_000).collect();
            turn.push(Effect::Ask(super::Request::Admin(Request::Appeal { seq, words })));
        }
        _ => turn.say(Screen::text("appeal-how")),
    }
}
