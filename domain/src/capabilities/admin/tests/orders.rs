use crate::capabilities::admin::confirm::{GOOD_FOR_MS, MOST, Offers, Stale};
use crate::capabilities::admin::order::{Order, commands, read};
use crate::capabilities::admin::*;
use crate::ids::{Seq, UserId};
use crate::time::Millis;
use proptest::prelude::*;

fn act(text: &str) -> Act {
    match read(text) {
        Some(Order::Do(act)) => act,
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn commands_with_and_without_a_slash() {
    let user = UserId(111);
    let reason = || "sells things".to_owned();
    for (text, expected) in [
        ("stats", Act::Stats),
        ("/Stats@NamelessBot", Act::Stats),
        (" health ", Act::Health),
        ("user 111", Act::Person { user }),
        ("/user\n111", Act::Person { user }),
        ("premium 111 on 30", Act::Grant { user, days: 30 }),
        ("premium 111 off", Act::Revoke { user }),
        (
            "ban 111 7 sells things",
            Act::Ban { user, kind: BanKind::Ban, term: Term::Days(7), reason: reason() },
        ),
        (
            "shadow 111 forever sells things",
            Act::Ban { user, kind: BanKind::Shadow, term: Term::Forever, reason: reason() },
        ),
        ("unban 111 sells things", Act::Unban { user, reason: reason() }),
        ("report 5", Act::Report { report: 5 }),
        ("dismiss 5 sells things", Act::Decide { report: 5, verdict: Verdict::Dismissed, reason: reason() }),
        ("payments 111", Act::Payments { before: i64::MAX, limit: 20, of: Some(user) }),
        ("refund 5 sells things", Act::Refund { payment: 5, payer: None, part: None, reason: reason() }),
        ("replay 9", Act::Replay { seq: Seq(9) }),
        ("tokens", Act::Tokens),
        ("erase 111 sells things", Act::Erase { user, reason: reason() }),
        ("approve 5", Act::Approve { request: 5 }),
        ("refuse 5 sells things", Act::Refuse { request: 5, reason: reason() }),
    ] {
        assert_eq!(act(text), expected, "{text}");
    }
    assert_eq!(read("help"), Some(Order::Help));
    for text in
        ["", "hello", "ban him, please", "help me", "the stats look good", "user names", "/start", "/"]
    {
        assert_eq!(read(text), None, "{text}");
    }
    for text in [
        "ban 111",
        "/ban",
        "ban 111 7",
        "/user x",
        "refund 5",
        "premium 111 on",
        "replay 0x",
        "/unban 111",
        "/report -1",
    ] {
        assert!(matches!(read(text), Some(Order::Usage(_))), "{text}");
    }
    for (name, usage) in commands() {
        assert!(usage.trim_start_matches('/').starts_with(name), "{usage}");
    }
}

#[test]
fn flaws_are_found_whoever_asks() {
    let owner = Actor { name: "x".into(), role: Role::Owner };
    let flaw = |act: Act| match judge(&owner, &act) {
        Err(Refusal::Flawed(flaw)) => Some(flaw),
        Ok(()) => None,
        other => panic!("{other:?}"),
    };
    let ban = |user, term, reason: &str| Act::Ban {
        user: UserId(user),
        kind: BanKind::Ban,
        term,
        reason: reason.into(),
    };
    assert_eq!(flaw(ban(1, Term::Days(1), "why")), None);
    assert_eq!(flaw(ban(0, Term::Days(1), "why")), Some(Flaw::User));
    assert_eq!(flaw(ban(1 << 52, Term::Days(1), "why")), Some(Flaw::User));
    assert_eq!(flaw(ban(1, Term::Days(0), "why")), Some(Flaw::Days));
    assert_eq!(flaw(ban(1, Term::Days(3_651), "why")), Some(Flaw::Days));
    assert_eq!(flaw(ban(1, Term::Forever, " \n")), Some(Flaw::Reason));
    assert_eq!(flaw(ban(1, Term::Forever, &"я".repeat(500))), None);
    assert_eq!(flaw(ban(1, Term::Forever, &"я".repeat(501))), Some(Flaw::Reason));
    for steering in ["a\u{0}b", "a\u{1b}[31mb", "a\tb", "a\u{7f}"] {
        assert_eq!(flaw(ban(1, Term::Forever, steering)), Some(Flaw::Reason), "{steering:?}");
    }
    let look = |reason: &str| Act::Photo { photo: 1, reason: reason.into() };
    assert_eq!((flaw(look("reported")), flaw(look(" "))), (None, Some(Flaw::Reason)));
    assert!(look("reported").is_logged() && look("reported").reason() == "reported");
    assert_eq!(flaw(Act::Audit { before: 1, limit: 0, of: Entries::default() }), Some(Flaw::Limit));
    assert_eq!(flaw(Act::People { after: 0, limit: 201, of: Persons::default() }), Some(Flaw::Limit));
    let active = |days| Persons { active: Some(days), ..Persons::default() };
    assert_eq!(flaw(Act::People { after: 0, limit: 1, of: active(0) }), Some(Flaw::Days));
    assert_eq!(flaw(Act::Erase { user: UserId(1), reason: " ".into() }), Some(Flaw::Reason));
    assert_eq!(flaw(Act::RevokeToken { name: "a b".into() }), Some(Flaw::Name));
}

#[test]
fn a_refusal_names_what_is_missing() {
    let viewer = Actor { name: "x".into(), role: Role::Viewer };
    assert_eq!(judge(&viewer, &Act::Stats), Ok(()));
    assert_eq!(
        judge(&viewer, &Act::Person { user: UserId(0) }),
        Err(Refusal::Forbidden(Permission::SeePeople)),
        "who may not is told nothing else"
    );
}

#[test]
fn a_button_acts_once_for_one_in_time() {
    let mut offers = Offers::default();
    let (me, other, at) = (UserId(1), UserId(2), Millis(1_000));
    offers.add(7, me, Act::Stats, at);
    assert_eq!(offers.take(8, me, at), Err(Stale::Unknown));
    assert_eq!(offers.take(7, other, at), Err(Stale::NotYours));
    assert_eq!(offers.take(7, me, at), Ok(Act::Stats), "another's press takes nothing away");
    assert_eq!(offers.take(7, me, at), Err(Stale::Unknown));
    offers.add(9, me, Act::Stats, at);
    assert_eq!(offers.take(9, me, at.plus(GOOD_FOR_MS)), Err(Stale::Expired));
    for number in 0..2 * MOST as u64 {
        offers.add(number, me, Act::Stats, at);
    }
    assert_eq!(offers.take(0, me, at), Err(Stale::Unknown), "there is a bound");
    assert_eq!(Offers::default().take(7, me, at), Err(Stale::Unknown), "a restart forgets");
}

proptest! {
    #[test]
    fn any_text_is_read(text in "\\PC{0,60}", command in 0..commands().count()) {
        let (command, _) = commands().nth(command).expect("a command");
        let _ = read(&text);
        let _ = read(&format!("{} {text}", command));
        let _ = read(&format!("/{} {text}", command));
    }

    /// No act that a role may not do gets past the judge.
    #[test]
    fn the_judge_looks_at_the_role(text in "(ban|shadow) 1 1 x|user 1|stats|audit|replay 1|premium 1 off|tokens",
                                   role in 0..4usize) {
        let actor = Actor { name: "x".into(), role: Role::ALL[role] };
        let act = act(&text);
        let may = actor.role.permissions().0 & (1 << act.needs() as u32) != 0;
        prop_assert_eq!(judge(&actor, &act).is_ok(), may);
    }
}
