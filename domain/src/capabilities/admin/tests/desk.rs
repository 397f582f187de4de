//! Acts that say all about themselves.

use crate::capabilities::admin::desk::announcements::{Deed, TEXT_MAX};
use crate::capabilities::admin::desk::characters::Deed as Characters;
use crate::capabilities::admin::desk::dating::{Deed as Dating, Ruling};
use crate::capabilities::admin::desk::jobs::Deed as Jobs;
use crate::capabilities::admin::desk::shared::{self, Deed as Shared};
use crate::capabilities::admin::desk::{COMMANDS, Facts, NAMES};
use crate::capabilities::admin::order::{Order, commands, read, read_reply};
use crate::capabilities::admin::*;
use crate::capabilities::news::Texts;
use crate::ids::UserId;
use crate::text::Msg;

fn announce(words: &str) -> Act {
    Deed::Announce { text: Texts { ru: None, en: Some(words.into()) } }.into()
}

fn deeds() -> Vec<Act> {
    let list = Deed::List { before: i64::MAX, limit: 5 };
    let announcements = [list.into(), announce("hello"), Deed::TakeDown { announcement: 7 }.into()];
    let looks: [Act; 3] =
        [Jobs::Lanes.into(), Jobs::Failed { limit: 20 }.into(), Characters::Spend { days: 1 }.into()];
    announcements.into_iter().chain(looks).collect()
}

/// The judge, the log and the second tap ask the deed; the log's key and what waits for a second
/// owner hold it as JSON.
#[test]
fn a_deed_says_all_about_itself() {
    let admin = Actor { name: "x".into(), role: Role::Admin };
    let moderator = Actor { role: Role::Moderator, ..admin.clone() };
    let names: Vec<&str> = NAMES.iter().copied().flatten().copied().collect();
    for act in deeds() {
        assert_eq!(judge(&admin, &act), Ok(()), "{act:?}");
        let forbidden = Err(Refusal::Forbidden(act.needs()));
        let figures: [Act; 2] = [Jobs::Lanes.into(), Characters::Spend { days: 1 }.into()];
        assert_eq!(judge(&moderator, &act), if figures.contains(&act) { Ok(()) } else { forbidden });
        assert!(names.contains(&act.name()), "{act:?}");
        assert!(act.is_logged() || !act.changes(), "what changes something is in the log: {act:?}");
        let kept = serde_json::to_string(&act).unwrap();
        assert_eq!(serde_json::from_str::<Act>(&kept).unwrap(), act, "{kept}");
        let tied = Act::IfSeen { seen: "v".into(), what: Box::new(act.clone()) };
        assert_eq!((tied.changes(), tied.is_logged()), (act.changes(), act.is_logged()));
        assert_eq!((tied.name(), tied.detail(), tied.flaw()), (act.name(), act.detail(), act.flaw()));
    }
    let confirmed: Vec<bool> = deeds().iter().map(Act::is_destructive).collect();
    assert_eq!(confirmed, [false, true, false, false, false, false]);
    assert_eq!(deeds()[2].detail(), "announcement=7");
    for (name, _) in COMMANDS.iter().copied().flatten() {
        assert_eq!(commands().filter(|(other, _)| other == name).count(), 1, "{name} twice");
    }
}

fn rule(ruling: Ruling, reason: &str) -> Act {
    Dating::Rule { user: UserId(7), ruling, reason: reason.into() }.into()
}

/// Whoever sees the queue reads no words, and whoever reads them is in the log.
#[test]
fn dating_profiles_are_for_moderators() {
    let actor = |role| Actor { name: "x".into(), role };
    let (queue, read) = (Act::from(Dating::Queue { limit: 20 }), Act::from(Dating::Read { user: UserId(7) }));
    let hide = rule(Ruling::Hide, "selling");
    for (act, role, may) in [
        (&queue, Role::Viewer, true),
        (&read, Role::Viewer, false),
        (&hide, Role::Viewer, false),
        (&read, Role::Moderator, true),
        (&hide, Role::Moderator, true),
    ] {
        assert_eq!(judge(&actor(role), act).is_ok(), may, "{act:?} {role:?}");
    }
    assert_eq!((queue.is_logged(), read.is_logged(), read.changes()), (false, true, false));
    let ruled = [Ruling::Hide, Ruling::Show, Ruling::Remove].map(|ruling| rule(ruling, "selling"));
    assert_eq!(ruled.each_ref().map(Act::name), ["hide_dating", "show_dating", "remove_dating"]);
    assert_eq!(ruled.each_ref().map(Act::is_destructive), [false, false, true]);
    assert!(ruled.iter().all(|act| act.whom() == Some(UserId(7)) && act.changes() && act.is_logged()));
    assert_eq!(rule(Ruling::Hide, " ").flaw(), Some(Flaw::Reason));
    let said = |text: &str| match read_reply(text, None) {
        Some(Order::Do(act)) => Some(act),
        _ => None,
    };
    assert_eq!(said("datingreports"), Some(queue));
    assert_eq!(said("/analytics"), Some(Dating::Figures.into()));
    assert_eq!(said("analytics"), None, "a word like any other");
    assert_eq!(said("/datingprofile 7"), Some(read));
    assert_eq!(said("hidedating 7 selling"), Some(hide));
    assert_eq!(said("showdating 7  selling"), Some(rule(Ruling::Show, "selling")));
    assert_eq!(said("removedating 7 selling\tthings"), Some(rule(Ruling::Remove, "selling things")));
    for wrong in ["/hidedating 7", "hidedating 0 x", "/datingprofile 7 8", "/showdating x y"] {
        assert_eq!(said(wrong), None, "{wrong}");
    }
    assert_eq!(said("hidedating is what we should do"), None);
}

#[test]
fn shared_characters_are_for_moderators_and_shared_where_all_of_them_is_read() {
    let actor = |role| Actor { name: "x".into(), role };
    let rule = |ruling| Act::from(Shared::Rule { shared: 7, ruling, reason: "an ad".into() });
    let (show, refuse) = (rule(shared::Ruling::Show), rule(shared::Ruling::Refuse));
    let (queue, read) = (Act::from(Shared::Queue { limit: 20 }), Act::from(Shared::Read { shared: 7 }));
    for (act, role, may) in [
        (&queue, Role::Viewer, true),
        (&read, Role::Viewer, false),
        (&show, Role::Viewer, false),
        (&read, Role::Moderator, true),
        (&show, Role::Moderator, true),
        (&refuse, Role::Moderator, true),
    ] {
        assert_eq!(judge(&actor(role), act).is_ok(), may, "{act:?} {role:?}");
    }
    assert_eq!((queue.is_logged(), read.is_logged(), read.changes()), (false, true, false));
    assert_eq!([show.name(), refuse.name()], ["share_character", "refuse_character"]);
    assert!(show.changes() && show.is_logged() && refuse.changes() && refuse.is_logged());
    let no_reason = Shared::Rule { shared: 7, ruling: shared::Ruling::Refuse, reason: " ".into() };
    assert_eq!(Act::from(no_reason).flaw(), Some(Flaw::Reason));
    let said = |text: &str| match read_reply(text, None) {
        Some(Order::Do(act)) => Some(act),
        _ => None,
    };
    assert_eq!(said("sharedcharacters"), Some(queue));
    assert_eq!(said("/sharedcharacter 7"), Some(read));
    assert_eq!(said("refusecharacter 7 an\tad"), Some(refuse));
    for wrong in
        ["/refusecharacter 7", "refusecharacter 0 x", "/sharedcharacter 7 8", "sharecharacter 7 fine"]
    {
        assert_eq!(said(wrong), None, "{wrong}");
    }
}

/// What no area uses yet is carried, too.
#[test]
fn facts_are_told_as_they_are_given() {
    let facts = |reason| Facts::change("x", Permission::Erase).about(UserId(3)).because(reason).by_two();
    assert_eq!(facts("why").flaw, None);
    assert_eq!(facts(" ").flaw, Some(Flaw::Reason));
    let facts = facts("why").confirmed(vec![Msg::new("admin-confirm")]).flawed(Some(Flaw::Days));
    assert_eq!((facts.whom, facts.reason, facts.takes_two), (Some(UserId(3)), "why", true));
    assert_eq!((facts.follows.len(), facts.flaw), (1, Some(Flaw::Days)));
    for (limit, flaw) in [(0, Some(Flaw::Limit)), (1, None), (200, None), (201, Some(Flaw::Limit))] {
        assert_eq!(Facts::glance("x", Permission::SeeQueue).of_rows(limit).flaw, flaw, "{limit}");
    }
}

#[test]
fn an_announcement_says_something_that_fits() {
    for (words, flaw) in [
        ("hello", None),
        (" \n", Some(Flaw::Text)),
        ("red \u{1b}[31m", Some(Flaw::Text)),
        (&*"я".repeat(TEXT_MAX), None),
        (&*"я".repeat(TEXT_MAX + 1), Some(Flaw::Text)),
    ] {
        assert_eq!(announce(words).flaw(), flaw, "{words:?}");
    }
    assert_eq!(Act::from(Deed::Announce { text: Texts::default() }).flaw(), Some(Flaw::Text));
}

#[test]
fn commands_of_the_desk() {
    let said = |text: &str| match read(text) {
        Some(Order::Do(act)) => Some(act),
        _ => None,
    };
    let both = Texts { ru: Some("да".into()), en: Some("yes".into()) };
    assert_eq!(said("/announce hello"), Some(announce("hello")));
    assert_eq!(said("announce [ru]\nда\n[en]\nyes"), Some(Deed::Announce { text: both }.into()));
    assert_eq!(said("takedown 7"), Some(Deed::TakeDown { announcement: 7 }.into()));
    assert_eq!(said("announcements"), Some(Deed::List { before: i64::MAX, limit: 5 }.into()));
    assert_eq!(said("/jobs"), Some(Jobs::Lanes.into()));
    assert_eq!(said("failedjobs"), Some(Jobs::Failed { limit: 20 }.into()));
    assert_eq!(read_reply("announce", Some("hello")), Some(Order::Do(announce("hello"))));
    for talk in [
        "announce it tomorrow",
        "announcements are read by nobody",
        "takedown of the site",
        "announce",
        "jobs are waiting",
    ] {
        assert_eq!(read(talk), None, "{talk}");
    }
    for wrong in ["/announce", "/takedown", "takedown 0", "/takedown 7 now", "/announcements 3"] {
        assert!(matches!(read(wrong), Some(Order::Usage(_))), "{wrong}");
    }
}
