use super::draft::{AHEAD_MS, Flaw, TEXT_MAX, URL_MAX, minute};
use super::markup::{Mark, read, write};
use super::*;
use crate::capabilities;
use crate::capabilities::admin::order::{self, Order};
use crate::capabilities::admin::{Act, Role};
use crate::session::Event as SessionEvent;
use crate::session::tests::{Bench, said, screens};
use crate::text::{Action, Lang};
use crate::time::{DAY_MS, Millis};
use proptest::prelude::*;

fn asked(out: &[Effect]) -> Option<Request> {
    out.iter().find_map(|effect| match effect {
        Effect::Ask(capabilities::Request::News(request)) => Some(*request),
        _ => None,
    })
}

#[test]
fn news_can_be_turned_off_in_every_state() {
    for make in [Bench::new, Bench::idle, Bench::searching, Bench::chatting] {
        let mut bench = make();
        assert_eq!(asked(&bench.text("/news")), Some(Request::Look));
        assert_eq!(asked(&bench.press("news:off")), Some(Request::Want { on: false }));
        assert_eq!(asked(&bench.press("news:on")), Some(Request::Want { on: true }));
        assert_eq!(asked(&bench.press("news:show")), Some(Request::Look));
        for data in ["news", "news:", "news:off:1", "news:x"] {
            assert_eq!(asked(&bench.press(data)), None, "{data}");
        }
    }
    for (event, key) in [
        (Event::Gets(true), "news-are-on"),
        (Event::Gets(false), "news-are-off"),
        (Event::Turned(true), "news-turned-on"),
        (Event::Turned(false), "news-turned-off"),
        (Event::Unknown, "news-unknown"),
    ] {
        let event = SessionEvent::Capability(capabilities::Event::News(event));
        assert_eq!(said(&Bench::idle().event(event)), [key]);
    }
    // Guard: `home::back` of the switch.
    let event = SessionEvent::Capability(capabilities::Event::News(Event::Gets(true)));
    let screen = screens(&Bench::idle().event(event)).remove(0);
    let leads_home = |button: &Button| button.action == Action::Data("h:show".into());
    assert!(screen.keyboard.iter().flatten().any(leads_home), "{screen:?}");
}

#[test]
fn the_course_of_a_broadcast() {
    use State::*;
    use Steer::*;
    let ways = [
        (Draft, Start, Running),
        (Draft, Cancel, Cancelled),
        (Running, Pause, Paused),
        (Running, Cancel, Cancelled),
        (Paused, Resume, Running),
        (Paused, Cancel, Cancelled),
    ];
    for state in State::ALL {
        for steer in Steer::ALL {
            let to = ways.iter().find(|(from, by, _)| (*from, *by) == (state, steer)).map(|way| way.2);
            assert_eq!(state.after(steer), to, "{state:?} {steer:?}");
        }
        assert_eq!(State::from_name(state.name()), Some(state));
        assert_eq!(state.is_over(), Steer::ALL.iter().all(|steer| state.after(*steer).is_none()));
    }
    assert!(Steer::ALL.iter().all(|steer| Steer::from_name(steer.name()) == Some(*steer)));
}

fn draft(ru: Option<&str>, en: Option<&str>) -> Draft {
    let own = |text: Option<&str>| text.map(str::to_owned);
    Draft { text: Texts { ru: own(ru), en: own(en) }, ..Draft::default() }
}

#[test]
fn everybody_reads_their_own_language_or_the_only_one() {
    let both = draft(Some("да"), Some("yes")).text;
    assert_eq!((both.of(Lang::Ru), both.of(Lang::En)), (Some("да"), Some("yes")));
    let one = draft(None, Some("yes")).text;
    assert_eq!((one.of(Lang::Ru), one.of(Lang::En)), (Some("yes"), Some("yes")));
    assert_eq!(one.own(Lang::Ru), None);
    let to = Audience { active_days: Some(7), ..Audience::default() };
    assert_eq!(to.active_since(Millis(10 * DAY_MS)), Some(Millis(3 * DAY_MS)));
}

#[test]
fn flaws_of_a_draft() {
    let good = draft(Some("Привет\nвсем"), None);
    assert_eq!(good.flaw(), None);
    assert_eq!(draft(None, None).flaw(), Some(Flaw::Text));
    for text in ["", " \n ", "a\tb", "a\u{1b}[1m", &"x".repeat(TEXT_MAX + 1)] {
        assert_eq!(draft(Some("да"), Some(text)).flaw(), Some(Flaw::Text), "{text:?}");
    }
    assert_eq!(draft(None, Some(&"😀".repeat(TEXT_MAX))).flaw(), None);
    let link =
        |url: &str| Draft { link: Some(Link { url: url.into(), label: Texts::default() }), ..good.clone() };
    for url in ["https://example.org", "https://t.me/x?start=1", "https://a-b.example.org/p/q#r"] {
        assert_eq!(link(url).flaw(), None, "{url}");
    }
    let long = format!("https://example.org/{}", "x".repeat(URL_MAX));
    for url in [
        "",
        "example.org",
        "http://example.org",
        "https://",
        "https://x",
        "https://a..b",
        "https://a.b/ c",
        &long,
    ] {
        assert_eq!(link(url).flaw(), Some(Flaw::Link), "{url}");
    }
    let labelled = |label: &str| {
        let label = Texts { ru: Some(label.into()), en: None };
        Draft { link: Some(Link { url: "https://example.org".into(), label }), ..good.clone() }
    };
    assert_eq!(labelled("Открыть").flaw(), None);
    for label in ["", " ", "a\nb", &"x".repeat(61)] {
        assert_eq!(labelled(label).flaw(), Some(Flaw::Link), "{label:?}");
    }
    for (days, flaw) in [(0, Some(Flaw::Days)), (1, None), (365, None), (366, Some(Flaw::Days))] {
        let to = Audience { active_days: Some(days), ..Audience::default() };
        assert_eq!(Draft { to, ..good.clone() }.flaw(), flaw, "{days}");
    }
}

#[test]
fn a_minute_is_read_as_it_is_written() {
    let day = |days: i64| Millis(days * DAY_MS);
    for (words, at) in [
        ("2000-01-01T00:00", day(10_957)),
        ("2000-02-29T00:00", day(11_016)),
        ("2025-12-31T23:59Z", day(20_453).plus(DAY_MS - 60_000)),
        ("2096-12-31T12:00", day(46_386).plus(DAY_MS / 2)),
    ] {
        assert_eq!(minute(words), Some(at), "{words}");
        assert_eq!(format!("{:04}", at.date().0), &words[..4]);
    }
    for words in [
        "",
        "2026-02-29T00:00",
        "2026-13-01T00:00",
        "2026-12-01T24:00",
        "2026-12-01",
        "2026-12-1T00:00",
        "1999-01-01T00:00",
    ] {
        assert_eq!(minute(words), None, "{words}");
    }
    let now = day(20_000);
    let late = |at: Millis| Draft { at: Some(at), ..draft(None, Some("x")) }.late(now);
    assert_eq!(draft(None, Some("x")).late(now), None);
    for at in [now.plus(-60_000), now.plus(AHEAD_MS), Millis(i64::MAX), Millis(-1)] {
        assert_eq!(late(at), Some(Flaw::When), "{at:?}");
    }
    assert_eq!((late(now), late(now.plus(AHEAD_MS - 1))), (None, None));
}

fn mark(kind: &'static str, offset: usize, length: usize) -> Mark {
    Mark { kind: kind.into(), offset, length, url: None }
}

#[test]
fn tags_become_formatting_and_what_is_none_stays() {
    let marked = read("<b>Hi <i>you</i></b> 😀<u>x</u>");
    assert_eq!(marked.text, "Hi you 😀x");
    assert_eq!(marked.marks, [mark("bold", 0, 6), mark("italic", 3, 3), mark("underline", 9, 1)]);
    let link = read("See <a href=\"https://example.org/?a=1&b\">here</a>");
    assert_eq!(link.text, "See here");
    assert_eq!(link.marks[0].url.as_deref(), Some("https://example.org/?a=1&b"));
    for same in [
        "1 < 2 > 0",
        "<b>open",
        "close</b>",
        "<x>y</x>",
        "<a href=\"javascript:x\">y</a>",
        "<a>y</a>",
        "<b></b>",
        "<",
        "</",
        "a <script>b</script>",
    ] {
        assert_eq!((read(same).text.as_str(), read(same).marks), (same, vec![]), "{same}");
    }
    // What is not closed in order is no tag; the rest is.
    assert_eq!(read("<b><i>x</b></i>").text, "<i>x</i>");
}

fn broadcast(text: &str, replied: Option<&str>) -> Option<Draft> {
    match order::read_reply(text, replied) {
        Some(Order::Do(Act::DraftBroadcast { draft })) => Some(draft),
        _ => None,
    }
}

#[test]
fn a_broadcast_is_ordered_in_the_chat() {
    assert_eq!(broadcast("/broadcast Hello\nall", None), Some(draft(None, Some("Hello\nall"))));
    assert_eq!(broadcast("broadcast", Some("<b>Hi</b>")), Some(draft(None, Some("<b>Hi</b>"))));
    let both = draft(Some("Привет"), Some("Hello\n\nall"));
    assert_eq!(broadcast("broadcast [ru]\nПривет\n[en]\nHello\n\nall", None), Some(both.clone()));
    let wanted = Draft {
        silent: true,
        at: minute("2026-12-31T18:00"),
        link: Some(Link { url: "https://example.org/x".into(), label: Texts::default() }),
        to: Audience { lang: Some(Lang::Ru), active_days: Some(7), premium: Some(false) },
        ..both
    };
    let options = "silent at=2026-12-31T18:00 lang=ru active=7 premium=no link=https://example.org/x";
    let text = "[en]\nHello\n\nall\n[ru]\nПривет";
    assert_eq!(broadcast(&format!("broadcast {options}\n{text}"), None), Some(wanted.clone()));
    assert_eq!(broadcast(&format!("/broadcast@Bot {options}"), Some(text)), Some(wanted));
    for talk in ["broadcast", "broadcast it tomorrow", "broadcasts are fun"] {
        assert_eq!(order::read(talk), None, "{talk}");
    }
    assert!(matches!(order::read("/broadcast"), Some(Order::Usage(_))));
    assert!(matches!(order::read("/broadcast silent"), Some(Order::Usage(_))));
    assert!(matches!(order::read("broadcasts"), Some(Order::Do(Act::Broadcasts { .. }))));
}

#[test]
fn who_may_and_what_takes_a_second_tap() {
    let steer = |steer| Act::SteerBroadcast { broadcast: 1, steer };
    let acts = [
        Act::Broadcasts { before: 9, limit: 5 },
        Act::Broadcast { broadcast: 1 },
        Act::DraftBroadcast { draft: draft(None, Some("x")) },
        Act::PreviewBroadcast { broadcast: 1 },
        steer(Steer::Start),
    ];
    for act in &acts {
        let may: Vec<Role> = Role::ALL.into_iter().filter(|role| role.may(act.needs())).collect();
        assert_eq!(may, [Role::Admin, Role::Owner], "{act:?}");
    }
    let tapped: Vec<bool> = Steer::ALL.into_iter().map(|s| steer(s).is_destructive()).collect();
    assert_eq!(tapped, [true, false, false, true], "start and cancel");
    assert!(acts[2].changes() && acts[4].changes() && acts[4].is_logged());
}

proptest! {
    /// Any text is read, nothing of it but tags is lost, and marks lie within it.
    #[test]
    fn any_text_is_read(text in "(<b>|</b>|<i>|</i>|<a href=\"https://a\\.b\">|</a>|<|>|x|😀| |\\n){0,30}") {
        let marked = read(&text);
        let units = marked.text.encode_utf16().count();
        prop_assert!(marked.marks.iter().all(|m| m.length > 0 && m.offset + m.length <= units));
        let bare = |text: &str| text.chars().filter(|c| matches!(c, 'x' | '😀')).count();
        prop_assert_eq!(bare(&marked.text), bare(&text));
        prop_assert_eq!(text.trim().is_empty(), marked.text.trim().is_empty());
    }

    /// What is written out is read as the same.
    #[test]
    fn formatting_survives(text in "[a-c😀][a-c😀 ]{0,11}", marks in prop::collection::vec((0usize..14, 1usize..6, 0usize..4), 0..4)) {
        let kinds = ["bold", "italic", "code", "spoiler"];
        let marks: Vec<Mark> = marks.into_iter().map(|(at, length, kind)| mark(kinds[kind], at, length)).collect();
        let once = read(&write(&text, &marks));
        prop_assert_eq!(&once.text, &text);
        prop_assert_eq!(read(&write(&once.text, &once.marks)), once);
    }
}
