//! What is set by buttons in the chat with the bot.

use super::bot::{asked, on, told};
use crate::capabilities::dating::Event;
use crate::capabilities::dating::bot::What;
use crate::capabilities::dating::choices::{Choices, Set};
use crate::capabilities::dating::filters::{Change, Filters, Lately};
use crate::capabilities::dating::notices::Notices;
use crate::capabilities::dating::place::Band;
use crate::session::tests::{Bench, buttons, said};

/// A button says what is to be from then on, so that a press that comes twice changes nothing more.
#[test]
fn filters_are_set_by_buttons_that_say_what_is_to_be() {
    let mut bench = Bench::idle();
    bench.rules.dating = true;
    assert_eq!(asked(&bench.press("dt:filters")), Some(&What::Filters(None)));
    let filters = Filters::default().with(Change::Shared(true));
    let out = bench.event(told(Event::Filters { filters, often: false }));
    let expected = [
        "dt:filter:shared:0",
        "dt:filter:photo:1",
        "dt:filter:lately:30",
        "dt:filter:goals:14",
        "dt:filter:goals:13",
        "dt:filter:goals:11",
        "dt:filter:goals:7",
        "dt:home",
    ];
    assert_eq!((said(&out), buttons(&out)), (vec!["dating-filters"], expected.map(String::from).to_vec()));
    for (data, change) in [
        ("dt:filter:shared:0", Change::Shared(false)),
        ("dt:filter:photo:1", Change::Photo(true)),
        ("dt:filter:lately:7", Change::Lately(Lately::Week)),
        ("dt:filter:goals:14", Change::Goals(14)),
    ] {
        assert_eq!(asked(&bench.press(data)), Some(&What::Filters(Some(change))), "{data}");
    }
    for odd in ["goals:0", "goals:16", "lately:8", "age:1", "photo:x"] {
        assert_eq!(asked(&bench.press(&format!("dt:filter:{odd}"))), None, "{odd}");
    }
    let out = bench.event(told(Event::Filters { filters, often: true }));
    assert_eq!(said(&out), ["dating-filters-often"]);
}

#[test]
fn ages_distance_and_notices_are_set_by_buttons_that_say_what_is_to_be() {
    let mut bench = on(Bench::idle());
    assert_eq!(asked(&bench.press("dt:choices")), Some(&What::Choices(None)));
    let choices = Choices { ages: (20, 34), within: Band::Beyond, notices: Notices::NEW };
    let out = bench.event(told(Event::Choices(choices)));
    let expected = [
        "dt:choose:ages:19-34",
        "dt:choose:ages:21-34",
        "dt:choose:ages:25-34",
        "dt:choose:ages:20-29",
        "dt:choose:ages:20-33",
        "dt:choose:ages:20-35",
        "dt:choose:ages:20-39",
        "dt:choose:within:0",
        "dt:place",
        "dt:choose:match:0",
        "dt:choose:like:0",
        "dt:choose:message:0",
        "dt:choose:digest:1",
        "dt:choose:quiet:1",
        "dt:choose:online:0",
        "dt:home",
    ];
    assert_eq!((said(&out), buttons(&out)), (vec!["dating-choices"], expected.map(String::from).to_vec()));
    for (data, set) in [
        ("dt:choose:ages:19-34", Set::Ages(19, 34)),
        ("dt:choose:within:0", Set::Within(Band::Near)),
        ("dt:choose:quiet:1", Set::Quiet(true)),
    ] {
        assert_eq!(asked(&bench.press(data)), Some(&What::Choices(Some(set))), "{data}");
    }
    for odd in ["ages:17-34", "ages:34-20", "within:5", "goals:1", "like:x"] {
        assert_eq!(asked(&bench.press(&format!("dt:choose:{odd}"))), None, "{odd}");
    }
}
