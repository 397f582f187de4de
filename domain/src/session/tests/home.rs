//! The home screen: what is on is there, what is off is not, and a chat goes on beside it.

use super::*;
use crate::capabilities::billing::{Shop, read};
use crate::capabilities::companion::{Cast, Character};
use crate::companion::persona::Persona;
use crate::text::Action;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What the buttons of the last screen do.
fn ways(effects: &[Effect]) -> Vec<Action> {
    let screen = screens(effects).pop().expect("a screen");
    screen.keyboard.into_iter().flatten().map(|button| button.action).collect()
}

fn data(action: &Action) -> &str {
    match action {
        Action::Data(data) => data,
        _ => "",
    }
}

/// Everything that an operator can switch on.
fn everything() -> Rules {
    let week = serde_json::json!([{
        "id": "week", "kind": "once", "entitlement": "premium", "days": 7, "stars": 75,
        "title": "billing-title-week", "about": "billing-about",
    }]);
    let shop: Shop = read(serde_json::from_value(week).expect("products")).expect("a shop");
    let somebody = Character { persona: Persona::default(), picture: Arc::from(*b"png") };
    let cast = Cast { characters: vec![somebody], ..Cast::default() };
    Rules { dating: true, cast: Arc::new(cast), shop: Arc::new(shop), ..Rules::default() }
}

#[test]
fn only_what_is_on_is_shown() {
    let mut bench = Bench::idle();
    let shown = ways(&bench.text("/menu"));
    assert_eq!(shown.iter().map(data).collect::<Vec<_>>(), ["s:go", "set:show"]);
    bench.rules = everything();
    let shown = ways(&bench.text("/menu"));
    let all = ["s:go", "dt:home", "ch:card:0", "pr:show", "set:show"];
    assert_eq!(shown.iter().map(data).collect::<Vec<_>>(), all, "never more than five");
}

#[test]
fn each_way_leads_somewhere_and_back() {
    for way in ["pr:show", "set:show"] {
        let mut bench = Bench::idle();
        bench.rules = everything();
        let back = ways(&bench.press(way));
        assert!(back.contains(&Action::Data("h:show".into())), "{way}: {back:?}");
        let home = ways(&bench.press("h:show"));
        assert_eq!(home.len(), 5);
        assert_eq!(home.iter().map(|way| format!("{way:?}")).collect::<BTreeSet<_>>().len(), 5);
    }
}

/// Guard: whoever looks at one of these has a way on, and is not left to know commands by heart.
#[test]
fn no_screen_is_a_dead_end() {
    let leads_home = |out: &[Effect]| ways(out).contains(&Action::Data("h:show".into()));
    for make in [Bench::idle as fn() -> Bench, Bench::searching, Bench::chatting] {
        for command in ["/profile", "/privacy", "/language", "/rules", "/settings", "/help"] {
            assert!(leads_home(&make().text(command)), "{command}");
        }
        for press in ["pf:show", "pv:show", "pv:keep", "set:languages", "set:lang:1", "set:show", "i:help"] {
            assert!(leads_home(&make().press(press)), "{press}");
        }
    }
    // Whoever is asked their first questions has those to answer.
    let mut bench = Bench::new();
    bench.text("/start");
    assert!(!leads_home(&bench.text("/language")) && !leads_home(&bench.press("set:lang:1")));
}

#[test]
fn a_chat_goes_on_beside_it() {
    let mut bench = Bench::chatting();
    bench.rules = everything();
    bench.rules.dating_app = Some("https://bot.example/app".into());
    for ask in ["/menu", "/settings"] {
        let before = bench.core.account.phase;
        let shown = ways(&bench.text(ask));
        assert_eq!(bench.core.account.phase, before, "{ask}");
        assert!(shown.iter().all(|way| data(way) != "s:go"));
    }
    let shown = ways(&bench.text("/menu"));
    assert!(shown.contains(&Action::WebApp("https://bot.example/app".into())), "dating apart from the chat");
    assert!(shown.iter().all(|way| data(way) != "dt:home"), "and not in it");
}

#[test]
fn who_has_not_answered_yet_is_asked_on() {
    let mut bench = Bench::new();
    bench.text("/start");
    assert_eq!(said(&bench.text("/menu")), ["lang-ask"]);
}
