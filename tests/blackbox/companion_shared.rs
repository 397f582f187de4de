//! Characters that people share with each other: looked at first, nobody's to whoever meets them,
//! and gone as soon as their maker, an operator or enough people say so.

use crate::admin::{GROUP, answered, get, orders, post, staff, staffed_with, token};
use crate::common::{MAN, WOMAN, ask, member, receives, tap, told};
use crate::companion::{RICH, body, says};
use crate::model::Server;
use crate::pages::visitor::{self, Visitor};
use crate::support::app::{Options, TestApp};
use crate::support::characters::BackEnds;
use crate::support::export::WholeExport;
use crate::support::people::{PATIENCE, sees_part};
use nameless_domain::capabilities::admin::Role;
use nameless_domain::capabilities::companion::{BadShare, Event, Request, SharedCard};
use nameless_domain::ids::{Seq, UserId};
use nameless_domain::text::Lang;
use nameless_simulator::{FaultAction, FaultRule, SimUser};
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::time::Duration;

/// Goes to what they have made.
async fn own(user: &SimUser) {
    let mark = user.mark();
    user.send_text("/characters");
    // Its buttons are the newest by then, and those of earlier lists not.
    receives(user, mark, "photo").await;
    let mark = user.mark();
    tap(user, "ch:own").await;
    told(user, mark, "characters").await;
}

/// Writes one.
async fn makes(user: &SimUser, name: &str, about: &str) {
    own(user).await;
    let mark = user.mark();
    tap(user, "ch:own-new").await;
    told(user, mark, "What is the character called?").await;
    ask(user, name, "How old are they?").await;
    ask(user, "41", "Who is it?").await;
    ask(user, about, "With which words").await;
    ask(user, &format!("{name} greets you."), "greets you").await;
}

/// Wants to share the newest of them, which may not be shared yet; what comes of it.
async fn shares(user: &SimUser, part: &str) {
    own(user).await;
    // Each takes the place of the one before.
    tap(user, "ch:sh:ask:").await;
    sees_part(user, "Share this character with everybody?").await;
    tap(user, "ch:sh:yes:").await;
    sees_part(user, part).await;
}

async fn asks(app: &TestApp, user: &SimUser, request: Request) -> Event {
    let port = app.engine.env().capabilities.companion.clone();
    port.ask(UserId(user.id()), request).await.expect("an answer")
}

/// What somebody sees among the characters from people.
async fn people(app: &TestApp, user: &SimUser) -> Vec<SharedCard> {
    match asks(app, user, Request::People { page: 0, lang: Lang::En }).await {
        Event::People { list, .. } => list,
        other => panic!("{other:?}"),
    }
}

/// What waits for an operator.
async fn queue(app: &TestApp, token: &str) -> Vec<Value> {
    let (_, queue) = get(app, token, "v1/characters/shared").await;
    queue["items"].as_array().cloned().unwrap_or_else(|| panic!("{queue}"))
}

async fn rules(app: &TestApp, token: &str, shared: &Value, ruling: &str) {
    let rule = json!({ "ruling": ruling, "reason": "we have read it" });
    let (status, ruled) = post(app, token, &format!("v1/characters/shared/{shared}/rule"), rule).await;
    assert_eq!(status, StatusCode::OK, "{ruled}");
}

async fn export(app: &TestApp, user: &SimUser) -> Value {
    app.engine.env().store.whole_export(UserId(user.id())).await.expect("an export")
}

fn options(back_ends: &BackEnds) -> Options {
    staff().with("COMPANIONS", back_ends.path().display())
}

/// Guards: the state in what others are shown, the judgement before an operator looks, and that no
/// answer tells whose it is.
#[tokio::test]
async fn a_character_is_looked_at_shared_talked_to_and_taken_back() {
    let server = Server::new(vec![says("The bees are asleep.")]).await;
    let back_ends = BackEnds::new(&[&server.url], RICH);
    let (app, owner, viewer) = staffed_with(options(&back_ends)).await;
    let anna = member(&app.world, "anna", WOMAN).await;
    let boris = member(&app.world, "boris", MAN).await;
    makes(&anna, "Lena", "Write to me at lena_of_the_bees@example.com").await;
    shares(&anna, "by which somebody could be found").await;
    makes(&anna, "Nora", "You keep bees on a roof.").await;
    let lena = asks(&app, &anna, Request::Own).await;
    let Event::OwnList(list) = lena else { panic!("{lena:?}") };
    asks(&app, &anna, Request::DeleteOwn { own: list[0].id }).await;
    shares(&anna, "Nora goes to a moderator").await;

    // Nobody sees it before an operator has; without words the queue says of whom.
    assert!(people(&app, &boris).await.is_empty());
    let begun = Request::Begin { seq: Seq(1 << 40), persona: "~1".to_owned(), lang: Lang::En };
    assert_eq!(asks(&app, &boris, begun).await, Event::Gone);
    let (eyes, hand) = (token(&app, Role::Viewer).await, token(&app, Role::Moderator).await);
    let waits = queue(&app, &eyes).await;
    assert_eq!((waits.len(), &waits[0]["standing"]), (1, &json!("waits")), "{waits:?}");
    assert!(!format!("{waits:?}").contains("Nora") && waits[0].get("user").is_none(), "{waits:?}");
    let number = &waits[0]["shared"];
    let path = format!("v1/characters/shared/{number}");
    assert_eq!(get(&app, &eyes, &path).await.0, StatusCode::FORBIDDEN);
    let (_, read) = get(&app, &hand, &path).await;
    assert_eq!((&read["about"], &read["user"]), (&json!("You keep bees on a roof."), &json!(anna.id())));
    orders(&viewer, &format!("sharedcharacter {number}"), "see_evidence").await;
    orders(&owner, &format!("sharedcharacter {number}"), "keep bees on a roof").await;

    let page = Visitor::of_name(&app, "page", Role::Moderator).await;
    let (_, shown) = visitor::get(&page, "/admin/shared").await;
    assert!(shown.contains(&format!("/admin/shared/{number}")) && !shown.contains("Nora"), "{shown}");
    let (_, shown) = visitor::get(&page, &format!("/admin/shared/{number}")).await;
    assert!(shown.contains("Nora, 41") && shown.contains("keep bees"), "{shown}");
    let mark = anna.mark();
    let fields = [("csrf", &*page.csrf), ("key", "k"), ("ruling", "show"), ("reason", "it is fine")];
    let sent = visitor::post(&page, &format!("/admin/shared/{number}/rule"), &fields).await;
    assert_eq!(sent.location.as_deref(), Some("/admin/shared?done=show-character"), "{}", sent.body);
    told(&anna, mark, "Nora is among the characters from people now").await;
    orders(&owner, "sharedcharacters", "No character waits").await;

    // Met by others, who are told nothing of who has made it.
    let from = boris.mark();
    boris.send_text("/characters");
    receives(&boris, from, "photo").await;
    tap(&boris, "ch:sh:people:0").await;
    told(&boris, from, "Characters that people here have made").await;
    tap(&boris, "ch:sh:card:").await;
    told(&boris, from, "made by somebody here").await;
    tap(&boris, "ch:new:~").await;
    told(&boris, from, "Nora is not a person").await;
    sees_part(&boris, "Nora greets you.").await;
    ask(&boris, "How are the bees?", "The bees are asleep.").await;
    let system = body(&server.requests()[0])["messages"][0]["content"].to_string();
    assert!(system.contains("You keep bees on a roof."), "{system}");
    let all: String = boris.chat().iter().map(|m| m.json.to_string()).collect();
    let data = export(&app, &boris).await.to_string();
    for private in ["anna", &anna.id().to_string()] {
        assert!(!all.contains(private), "{private} reaches him");
        assert!(!data.contains(private), "{private} is in his data");
        assert!(!server.requests().concat().contains(private), "{private} goes to no provider");
    }
    let hers = export(&app, &anna).await;
    assert_eq!(hers["shared_characters"][0]["state"], "shown", "{hers}");
    assert!(!hers.to_string().contains("How are the bees?"), "what others say to it stays theirs");

    // Taken back, it is gone at once, and what was said is not.
    own(&anna).await;
    tap(&anna, "ch:sh:off:").await;
    sees_part(&anna, "It is yours alone again").await;
    assert!(people(&app, &boris).await.is_empty());
    ask(&boris, "And now?", "This character is not there any more").await;
    assert_eq!(server.requests().len(), 1, "nobody is asked to speak for it");
    assert!(export(&app, &boris).await.to_string().contains("The bees are asleep."));
    ask(&boris, "hello?", "not talking to anyone").await;
}

/// Guards: the operator's switch where requests are carried out, whatever buttons people still
/// have.
#[tokio::test]
async fn where_nobody_shares_nothing_is_shared_or_offered() {
    let server = Server::new(vec![says("Honey?")]).await;
    let back_ends = BackEnds::new(&[&server.url], RICH);
    let (app, _, _) = staffed_with(options(&back_ends).with("CHARACTER_SHARING", "off")).await;
    let hand = token(&app, Role::Moderator).await;
    let anna = member(&app.world, "anna", WOMAN).await;
    makes(&anna, "Nora", "You keep bees on a roof.").await;
    let from = anna.mark();
    own(&anna).await;
    let shown: Vec<String> = anna
        .chat()
        .iter()
        .filter(|m| m.message_id >= from)
        .flat_map(|m| m.buttons().into_iter().flatten().filter_map(|button| button.data))
        .collect();
    let has = |part: &str| shown.iter().any(|data| data.starts_with(part));
    assert!(has("ch:own-del:") && !has("ch:sh:"), "{shown:?}");
    let Event::OwnList(list) = asks(&app, &anna, Request::Own).await else { panic!("no list") };
    let closed = Event::ShareRefused(BadShare::Closed);
    for request in [
        Request::Share { own: list[0].id, lang: Lang::En },
        Request::People { page: 0, lang: Lang::En },
        Request::PeopleCard { shared: 1 },
        Request::Begin { seq: Seq(1 << 40), persona: "~1".to_owned(), lang: Lang::En },
    ] {
        assert_eq!(asks(&app, &anna, request.clone()).await, closed, "{request:?}");
    }
    assert!(queue(&app, &hand).await.is_empty());
    assert_eq!(asks(&app, &anna, Request::Unshare { own: list[0].id }).await, Event::Unshared);
}

/// Guards: each person counts once, the number, that an operator's look closes reports, and the job
/// by which operators hear of it.
#[tokio::test]
async fn what_people_report_is_gone_until_an_operator_has_looked() {
    let server = Server::new(vec![says("Honey?")]).await;
    let back_ends = BackEnds::new(&[&server.url], RICH);
    let (app, owner, _) = staffed_with(options(&back_ends)).await;
    let hand = token(&app, Role::Moderator).await;
    let anna = member(&app.world, "anna", WOMAN).await;
    makes(&anna, "Nora", "You keep bees on a roof.").await;
    shares(&anna, "Nora goes to a moderator").await;
    let number = queue(&app, &hand).await[0]["shared"].clone();
    rules(&app, &hand, &number, "show").await;
    let shared = number.as_i64().expect("a number");
    let mut crowd = Vec::new();
    for name in ["boris", "carl", "dina", "egor", "fima", "gleb"] {
        crowd.push(member(&app.world, name, MAN).await);
    }
    let report = async |user: &SimUser| asks(&app, user, Request::ReportShared { shared }).await;
    for _ in 0..5 {
        assert_eq!(report(&crowd[0]).await, Event::ShareReported);
    }
    assert_eq!(people(&app, &anna).await.len(), 1, "one person is one report");
    // Telegram does not take the line at once.
    let busy = FaultAction::TooManyRequests { retry_after: 1 };
    app.world.faults().add(FaultRule::new(busy).on("sendMessage").chat(GROUP).times(2));
    // The others at the same moment.
    let all = futures_util::future::join_all([report(&crowd[1]), report(&crowd[2])]).await;
    assert_eq!(all, [Event::ShareReported, Event::ShareReported]);
    assert!(people(&app, &anna).await.is_empty());
    let waits = queue(&app, &hand).await;
    assert_eq!((&waits[0]["standing"], &waits[0]["reports"]), (&json!("held"), &json!(3)), "{waits:?}");
    assert!(!format!("{waits:?}").contains(&crowd[0].id().to_string()), "who reported it stays unsaid");
    answered(&owner, 0, "is reported by several people").await;

    // An operator has looked: those reports are closed, and theirs count no second time.
    rules(&app, &hand, &number, "show").await;
    for user in &crowd[..5] {
        report(user).await;
    }
    assert_eq!(people(&app, &anna).await.len(), 1);
    report(&crowd[5]).await;
    assert!(people(&app, &anna).await.is_empty());
    let mark = anna.mark();
    orders(&owner, &format!("refusecharacter {shared} it is an advertisement"), "refused").await;
    told(&anna, mark, "A moderator says why: it is an advertisement").await;
    assert!(queue(&app, &hand).await.is_empty());
    // A no is a no, also where it is taken back first.
    let Event::OwnList(list) = asks(&app, &anna, Request::Own).await else { panic!("no list") };
    let id = list[0].id;
    assert_eq!(asks(&app, &anna, Request::Unshare { own: id }).await, Event::Unshared);
    shares(&anna, "has already said no").await;
    // Nobody shares, or takes back, what is somebody else's.
    let stolen = Request::Share { own: id, lang: Lang::En };
    assert_eq!(asks(&app, &crowd[0], stolen).await, Event::Gone);
}

/// Guards: the number of those that wait, and what an erasure takes along.
#[tokio::test]
async fn few_wait_at_a_time_and_all_of_it_goes_with_its_maker() {
    let server = Server::new(vec![says("Honey?")]).await;
    let back_ends = BackEnds::new(&[&server.url], RICH);
    let (app, _, _) = staffed_with(options(&back_ends)).await;
    let hand = token(&app, Role::Moderator).await;
    let (anna, boris) = (member(&app.world, "anna", WOMAN).await, member(&app.world, "boris", MAN).await);
    for (n, name) in ["Ada", "Bea", "Cleo", "Dora"].into_iter().enumerate() {
        makes(&anna, name, "You keep bees on a roof.").await;
        let Event::OwnList(list) = asks(&app, &anna, Request::Own).await else { panic!("no list") };
        let share = Request::Share { own: list[n].id, lang: Lang::En };
        let came = asks(&app, &anna, share).await;
        assert_eq!(matches!(came, Event::ShareAsked { .. }), n < 3, "{name}: {came:?}");
    }
    for line in queue(&app, &hand).await {
        rules(&app, &hand, &line["shared"], "show").await;
    }
    let cards = people(&app, &boris).await;
    let names: Vec<&str> = cards.iter().map(|card| card.name.as_str()).collect();
    assert_eq!(names, ["Cleo", "Bea", "Ada"], "the newest first");
    let persona = format!("~{}", cards[0].id);
    let begun = Request::Begin { seq: Seq(1 << 40), persona, lang: Lang::En };
    assert!(matches!(asks(&app, &boris, begun).await, Event::Begun { own: Some(_), .. }));
    asks(&app, &boris, Request::ReportShared { shared: cards[1].id }).await;
    assert_eq!(export(&app, &boris).await["reported_characters"].as_array().map(Vec::len), Some(1));

    ask(&anna, "/privacy", "Privacy").await;
    tap(&anna, "pv:erase").await;
    tap(&anna, "pv:erase-yes").await;
    let gone = async {
        while !people(&app, &boris).await.is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, gone).await.expect("what she shares goes with her");
    assert!(queue(&app, &hand).await.is_empty());
    assert_eq!(export(&app, &boris).await["reported_characters"], json!([]), "of what is gone");
    let listed = asks(&app, &boris, Request::List { page: 0 }).await;
    let Event::Dialogs { list, .. } = listed else { panic!("{listed:?}") };
    assert_eq!((list.len(), list[0].name.as_deref()), (1, None), "his dialog is his");
    let opened = asks(&app, &boris, Request::Open { dialog: list[0].id }).await;
    assert!(matches!(opened, Event::Opened { .. }), "{opened:?}");
}
