//! Inviting others: a link of one's own, and days of premium once whoever came by it has talked.
//!
//! Who invites learns that somebody has come, and never who. Whoever comes is told that before
//! their first chat, and what the link is good for: as soon as the store knows that it is good for
//! anything.

use super::{Request, ask};
use crate::ids::PairId;
use crate::session::account::Phase;
use crate::session::{Command, SessionCore, Turn};
use crate::text::{Action, Button, Msg, Screen};
use crate::time::{DAY_MS, Millis};
use serde::{Deserialize, Serialize};

/// Messages that each of both has sent, and that have arrived: a chat that counts.
pub const TALKED: i64 = 3;
/// For how long after they came somebody's chats are looked at, milliseconds.
pub const WITHIN_MS: i64 = 7 * DAY_MS;
/// The time in which an inviter's rewards are counted, milliseconds.
pub const COUNTED_MS: i64 = 30 * DAY_MS;
/// What stands before a code in a link: other links into the bot begin otherwise.
pub const PREFIX: &str = "i_";
/// Characters of a code: hex.
pub const CODE: usize = 16;

/// What an operator gives for invitations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Invites {
    /// Days of premium for who invites; 0: nobody is invited.
    pub days: u32,
    /// Who comes has as many.
    pub both: bool,
    /// For how many people somebody has them, within 30 days.
    pub most: u32,
}

/// What a session knows of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Nobody's invitation waits for this user's chats.
    settled: bool,
}

/// What somebody's link has brought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Where it leads.
    pub url: String,
    /// How many people it has brought them days for.
    pub brought: i64,
}

pub(super) const COMMAND: Command = Command::new("invite", 95, "command-invite")
    .help("help-invite")
    .repeatable()
    .only(|rules| rules.shop.invites.days > 0);

/// The user wants their link.
pub(super) fn show(turn: &mut Turn<'_>) {
    // Whoever invites has a row, so that the days are theirs.
    turn.save();
    ask(Request::Invite, turn);
}

/// The button to it, where people are invited.
pub(super) fn button(invites: Invites) -> Option<Button> {
    let label = Msg::new("billing-button-invite").number("days", invites.days.into());
    (invites.days > 0).then(|| Button { label, ..Button::new("billing-button-invite", "bl:invite") })
}

/// What the user can pass on.
pub(super) fn link(link: Link, invites: Invites) -> Screen {
    let key = if invites.both { "billing-invite-both" } else { "billing-invite" };
    let msg = Msg::new(key).number("days", invites.days.into()).number("brought", link.brought);
    let share = Action::Url(format!("https://t.me/share/url?url={}", escaped(&link.url)));
    let copy = Action::Copy(link.url.clone());
    Screen::of(msg.words("link", link.url))
        .row([Button::with("billing-button-share", share)])
        .row([Button::with("billing-button-copy", copy)])
}

/// What stands in an address as an argument of another.
fn escaped(url: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.~".contains(&b);
    let of = |b: u8| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") };
    url.bytes().map(of).collect()
}

/// Somebody gives /start with something behind it: it may be an invitation, and they may be new.
/// The same again after a crash is the same.
pub(crate) fn came(session: &SessionCore, words: &str, turn: &mut Turn<'_>) {
    let is_new = matches!(session.account.phase, Phase::Onboarding { .. }) && session.account.adult.is_none();
    let code = words.strip_prefix(PREFIX).filter(|code| is_code(code));
    let Some(code) = code.filter(|_| is_new && turn.rules.shop.invites.days > 0) else { return };
    turn.save();
    ask(Request::Came { code: code.to_owned() }, turn);
}

/// The store has noted by whose link somebody came, or that it is good for nothing: then nothing is
/// said. Of another one, by which they came before, this says nothing either.
pub(super) fn welcome(session: &mut SessionCore, is_good: bool, turn: &mut Turn<'_>) {
    let invites = turn.rules.shop.invites;
    if !is_good || invites.days == 0 {
        return;
    }
    waits(session, true);
    let key = if invites.both { "billing-came-both" } else { "billing-came" };
    turn.say(Screen::of(Msg::new(key).number("days", invites.days.into())));
}

fn is_code(code: &str) -> bool {
    code.len() == CODE && code.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// A chat is over: of who came not long ago it may have been the first.
pub(super) fn chat_ended(session: &SessionCore, pair: PairId, turn: &mut Turn<'_>) {
    let young = |created: Millis| turn.now().since(created) < WITHIN_MS;
    let known = &session.capabilities.billing;
    if turn.rules.shop.invites.days > 0 && !known.settled && young(session.account.created) {
        ask(Request::Talked { pair }, turn);
    }
}

/// Whether there is an invitation that waits for the user's chats.
pub(super) fn waits(session: &mut SessionCore, waits: bool) {
    session.capabilities.billing.settled = !waits;
}

/// What is owed to who invited, and to who came.
pub(super) fn reward(days: u32, came: bool, until: Millis) -> Msg {
    let key = if came { "billing-invited" } else { "billing-brought" };
    Msg::new(key).number("days", days.into()).moment("until", until)
}

#[cfg(test)]
mod tests {
    use super::super::Event;
    use super::*;
    use crate::capabilities;
    use crate::session::tests::*;
    use crate::session::{Effect, Event as Told};
    use std::sync::Arc;

    const CODE_16: &str = "0123456789abcdef";

    fn inviting(mut b: Bench, both: bool) -> Bench {
        let invites = Invites { days: 3, both, most: 20 };
        b.rules.shop = Arc::new(super::super::Shop { invites, ..Default::default() });
        b
    }

    fn asked(out: &[Effect]) -> Option<Request> {
        out.iter().find_map(|effect| match effect {
            Effect::Ask(capabilities::Request::Billing(request)) => Some(request.clone()),
            _ => None,
        })
    }

    fn told(b: &mut Bench, event: Event) -> Vec<Effect> {
        b.event(Told::Capability(capabilities::Event::Billing(event)))
    }

    #[test]
    fn a_link_is_there_where_people_are_invited() {
        let mut b = Bench::idle();
        assert_eq!(said(&b.text("/invite")), ["error-unknown-command"]);
        assert_eq!(asked(&b.press("bl:invite")), None);
        let mut b = inviting(Bench::idle(), false);
        assert_eq!(asked(&b.text("/invite")), Some(Request::Invite));
        assert_eq!(asked(&b.press("bl:invite")), Some(Request::Invite));
        let url = "https://t.me/bot?start=i_1".to_owned();
        let screen = screens(&told(&mut b, Event::Invite(Link { url: url.clone(), brought: 2 }))).remove(0);
        assert_eq!(screen.text.key, "billing-invite");
        let actions: Vec<&Action> = screen.keyboard.iter().flatten().map(|b| &b.action).collect();
        let share = "https://t.me/share/url?url=https%3A%2F%2Ft.me%2Fbot%3Fstart%3Di_1".to_owned();
        assert_eq!(actions, [&Action::Url(share), &Action::Copy(url)]);
        assert_eq!(said(&told(&mut b, Event::NoLink)), ["billing-invite-not-now"]);
    }

    /// Guard: only who is new comes by a link, and is told what it is once it is good for that.
    #[test]
    fn who_is_new_comes_by_a_link_and_is_told_so() {
        let start = format!("/start i_{CODE_16}");
        let mut b = inviting(Bench::new(), true);
        let out = b.text(&start);
        assert_eq!(said(&out), ["lang-ask"], "nobody knows yet whether the link is good for anything");
        assert_eq!(asked(&out), Some(Request::Came { code: CODE_16.into() }));
        let save = out.iter().position(|effect| matches!(effect, Effect::Save)).expect("a row");
        assert!(matches!(out[save + 1..], [Effect::Ask(_), ..]), "the row is there before it is asked");
        assert_eq!(said(&told(&mut b, Event::Came { waits: false })), [""; 0], "it is good for nothing");
        assert_eq!(said(&told(&mut b, Event::Came { waits: true })), ["billing-came-both"]);
        let mut alone = inviting(Bench::new(), false);
        assert_eq!(said(&told(&mut alone, Event::Came { waits: true })), ["billing-came"]);
        let mut off = Bench::new();
        assert_eq!(said(&told(&mut off, Event::Came { waits: true })), [""; 0], "they ended meanwhile");
        // The same update after a crash: nobody knows whether it was noted.
        let words = b.words(&start);
        assert_eq!(asked(&b.at(1, words)), Some(Request::Came { code: CODE_16.into() }));
        for other in ["/start", "/start i_", "/start i_0123456789ABCDEF", "/start premium", "/search"] {
            assert_eq!(asked(&inviting(Bench::new(), true).text(other)), None, "{other}");
        }
        assert_eq!(asked(&Bench::new().text(&start)), None, "nobody is invited");
        let mut known = inviting(Bench::idle(), true);
        assert_eq!(asked(&known.text(&start)), None, "they were here before");
    }

    /// Guard: chats of who came long ago are not looked at, nor when nothing waits for them.
    #[test]
    fn a_chat_of_somebody_new_is_looked_at_until_it_counts() {
        let ends = |b: &mut Bench| asked(&b.text("/stop"));
        let chatting = || inviting(Bench::chatting(), false);
        assert_eq!(ends(&mut chatting()), Some(Request::Talked { pair: P }));
        let mut b = chatting();
        told(&mut b, Event::Waits(true));
        assert_eq!(ends(&mut b), Some(Request::Talked { pair: P }));
        let mut b = chatting();
        told(&mut b, Event::Waits(false));
        assert_eq!(ends(&mut b), None);
        let mut b = chatting();
        told(&mut b, Event::Came { waits: false });
        assert_eq!(ends(&mut b), Some(Request::Talked { pair: P }), "they may have come by another one");
        let mut b = chatting();
        b.later(WITHIN_MS);
        assert_eq!(ends(&mut b), None);
        assert_eq!(ends(&mut Bench::chatting()), None, "nobody is invited");
    }
}
