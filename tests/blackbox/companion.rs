//! Characters: met on purpose, labelled, answered by a model that the test scripts.

use crate::admin::{get, orders, staff, staffed_with, token};
use crate::common::{MAN, WOMAN, ask, found, member, receives, search, tap, told};
use crate::model::{Act, Server, finish, head, status, words};
use crate::pages::visitor::{self, Visitor};
use crate::support::app::{Options, spawn_app};
use crate::support::characters::BackEnds;
use crate::support::clock;
use crate::support::export::WholeExport;
use crate::support::people::PATIENCE;
use nameless_domain::capabilities::admin::Role;
use nameless_domain::ids::UserId;
use nameless_simulator::{Bill, ChatEvent, SimUser};
use std::time::Duration;

/// Enough for whatever a test asks.
pub const RICH: f64 = 5.0;

pub fn says(text: &str) -> Vec<Act> {
    vec![head(), words(text), finish("stop")]
}

/// Opens the cards and begins to talk to the first character.
pub async fn begins(user: &SimUser) {
    let mark = user.mark();
    user.send_text("/characters");
    receives(user, mark, "photo").await;
    tap(user, "ch:new:vera").await;
    told(user, mark, "Vera is not a person").await;
    told(user, mark, "Vera · AI").await;
}

/// What was asked of the model in a request: its body.
pub fn body(request: &str) -> serde_json::Value {
    let (_, body) = request.split_once("\r\n\r\n").expect("a body");
    serde_json::from_str(body).expect("JSON")
}

pub async fn asked_for(server: &Server, count: usize) {
    let there = async {
        while server.requests().len() < count {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, there).await.unwrap_or_else(|_| panic!("no {count} requests"));
}

#[tokio::test]
async fn somebody_talks_to_a_character() {
    let server = Server::new(vec![says("The wind is **strong** today."), says("Good night, then.")]).await;
    let back_ends = BackEnds::new(&[&server.url], RICH);
    let app = spawn_app(back_ends.options());
    let anna = member(&app.world, "anna", WOMAN).await;
    let mark = anna.mark();
    anna.send_text("/characters");
    let card = receives(&anna, mark, "photo").await;
    let caption = card.json["caption"].as_str().expect("a caption");
    assert!(caption.contains("Vera, 34") && caption.contains("not a person"), "{caption}");
    let mark = anna.mark();
    tap(&anna, "ch:card:1").await;
    let card = receives(&anna, mark, "photo").await;
    assert!(card.json["caption"].as_str().is_some_and(|c| c.contains("Mark, 46")), "{card:?}");
    begins(&anna).await;

    let mark = anna.mark();
    anna.send_text("What is the weather like?");
    let reply = told(&anna, mark, "The wind is strong today.").await;
    let text = reply.text().expect("words");
    assert!(text.starts_with("🤖 Vera · AI\n"), "{text}");
    let bold = |e: &serde_json::Value| (e["type"].clone(), e["offset"].clone(), e["length"].clone());
    let entities: Vec<_> = reply.json["entities"].as_array().expect("entities").iter().map(bold).collect();
    assert_eq!(entities, [("bold".into(), 0.into(), 12.into()), ("bold".into(), 25.into(), 6.into())]);
    ask(&anna, "I shall go to bed.", "Good night, then.").await;

    let requests = server.requests();
    let messages = body(&requests[1])["messages"].clone();
    let said: Vec<&str> = messages.as_array().unwrap().iter().filter_map(|m| m["content"].as_str()).collect();
    assert!(said[0].contains("You are Vera") && said[0].contains("program"), "{said:?}");
    // The greeting, the first turn, the new words.
    assert_eq!(
        said[2..],
        ["What is the weather like?", "The wind is **strong** today.", "I shall go to bed."]
    );
    for private in ["anna", &anna.id().to_string()] {
        assert!(!requests.concat().contains(private), "{private} goes to no provider");
    }

    // What was said is in her copy of her data, and goes with her.
    let export = app.engine.env().store.whole_export(UserId(anna.id())).await.expect("an export").to_string();
    assert!(export.contains("I shall go to bed.") && export.contains("Good night, then."), "{export}");
    ask(&anna, "/stop", "You have left the conversation").await;
    ask(&anna, "hello?", "not talking to anyone").await;
    assert_eq!(server.requests().len(), 2, "who has left is asked nothing");
    tap(&anna, "ch:card:0").await;
    tap(&anna, "ch:mine:0").await;
    let mark = anna.mark();
    tap(&anna, "ch:open:").await;
    told(&anna, mark, "Good night, then.").await;
    tap(&anna, "ch:del:").await;
    let mark = anna.mark();
    tap(&anna, "ch:del-yes:").await;
    told(&anna, mark, "is deleted").await;
    let export = app.engine.env().store.whole_export(UserId(anna.id())).await.expect("an export").to_string();
    assert!(!export.contains("I shall go to bed."), "{export}");
}

#[tokio::test]
async fn where_nobody_is_configured_there_is_no_character() {
    let app = spawn_app(Options::default());
    let anna = member(&app.world, "anna", WOMAN).await;
    ask(&anna, "/characters", "There is no such command").await;
    let home = ask(&anna, "hello?", "not talking to anyone").await;
    assert!(!home.buttons().iter().flatten().any(|b| b.data.as_deref() == Some("ch:card:0")), "{home:?}");
    let help = ask(&anna, "/help", "How it works").await;
    assert!(!help.text().unwrap().contains("/characters"));
}

/// Guards: the judgements before and after the call.
#[tokio::test]
async fn minors_are_refused_before_and_after_and_who_wants_to_die_finds_help() {
    let server = Server::new(vec![says("She is 15 and naked."), says("I am here.")]).await;
    let back_ends = BackEnds::new(&[&server.url], RICH);
    let app = spawn_app(back_ends.options());
    let anna = member(&app.world, "anna", WOMAN).await;
    begins(&anna).await;
    ask(&anna, "She is 15 and naked", "not something anybody here").await;
    ask(&anna, "I want to kill myself", "call 112").await;
    assert!(server.requests().is_empty(), "no model is asked");
    ask(&anna, "Tell me about your niece", "not something anybody here").await;
    ask(&anna, "Are you there?", "I am here.").await;
    let requests = server.requests();
    let last = body(requests.last().expect("a request")).to_string();
    assert!(!last.contains("naked") && !last.contains("niece"), "what was refused is in no prompt: {last}");
}

#[tokio::test]
async fn while_no_back_end_answers_the_words_are_kept() {
    let broken = || status("500 Internal Server Error", "", "{}");
    let server = Server::new(vec![broken(), broken(), says("Back again.")]).await;
    let back_ends = BackEnds::new(&[&server.url], RICH);
    let app = spawn_app(back_ends.options());
    let anna = member(&app.world, "anna", WOMAN).await;
    begins(&anna).await;
    ask(&anna, "Are you there?", "What you wrote is kept").await;
    let mark = anna.mark();
    tap(&anna, "ch:again:").await;
    told(&anna, mark, "Back again.").await;
    let requests = server.requests();
    assert_eq!(requests.len(), 3, "twice, as nobody else could be asked, and once when she wanted it");
    assert!(body(&requests[2]).to_string().contains("Are you there?"));
}

/// Guard: the second back end, and two calls a turn at most.
#[tokio::test]
async fn another_back_end_answers_where_the_first_fails() {
    let first = Server::new(vec![status("500 Internal Server Error", "", "{}")]).await;
    let second = Server::new(vec![says("Here I am.")]).await;
    let back_ends = BackEnds::new(&[&first.url, &second.url], RICH);
    let app = spawn_app(back_ends.options());
    let anna = member(&app.world, "anna", WOMAN).await;
    begins(&anna).await;
    ask(&anna, "Are you there?", "Here I am.").await;
    assert_eq!((first.requests().len(), second.requests().len()), (1, 1));
}

/// Guard: the reserve before each call.
#[tokio::test]
async fn nothing_is_bought_beyond_a_cap() {
    clock::one_day().await;
    let server = Server::new(vec![says("One."), says("Two."), says("Three.")]).await;
    // 200 tokens of an answer are 0.0004; a prompt some 0.001. The first call's worst case fits.
    let back_ends = BackEnds::new(&[&server.url], 0.0016);
    let app = spawn_app(back_ends.options());
    let anna = member(&app.world, "anna", WOMAN).await;
    begins(&anna).await;
    // The mock reports 10 and 5 tokens, so calls are cheap once settled: one without usage is not.
    ask(&anna, "first", "One.").await;
    drop(app);

    let server = Server::new(vec![vec![head(), words("One."), crate::model::data("[DONE]")]]).await;
    let back_ends = BackEnds::new(&[&server.url], 0.0016);
    let app = spawn_app(back_ends.options());
    let boris = member(&app.world, "boris", MAN).await;
    begins(&boris).await;
    // A stream without a finish reason fails, and nobody knows what it cost: all of the reserve.
    ask(&boris, "first", "That is all for today").await;
    ask(&boris, "second", "That is all for today").await;
    assert_eq!(server.requests().len(), 1, "no call beyond the cap");
}

/// Guards: a pack is used in the transaction of the reserve, once a turn, and not beyond its end.
#[tokio::test]
async fn a_pack_goes_on_where_a_day_ends() {
    let server = Server::new(vec![says("One."), says("Two."), says("Three.")]).await;
    // No call's worst case fits into a day.
    let back_ends = BackEnds::new(&[&server.url], 0.00001);
    let products = back_ends.path().with_file_name("products.toml");
    let pack = "[[product]]\nid = \"talk\"\nkind = \"pack\"\nentitlement = \"companion\"\namount = 3\nstars = 9\n\
        title = \"billing-title-pack\"\nabout = \"billing-about-pack\"\n";
    std::fs::write(&products, pack).expect("the products are written");
    let app = spawn_app(back_ends.options().with("STARS", "on").with("PRODUCTS", products.display()));
    let anna = member(&app.world, "anna", WOMAN).await;
    ask(&anna, "/premium", "remium").await;
    let mark = anna.mark();
    tap(&anna, "bl:buy:talk").await;
    let invoice = receives(&anna, mark, "invoice").await;
    anna.pay(Bill::Message(invoice.message_id)).await.expect("paid");
    told(&anna, mark, "3 messages to characters are yours").await;
    ask(&anna, "/premium", "You have 3 messages").await;
    begins(&anna).await;
    ask(&anna, "first", "One.").await;
    let mark = anna.mark();
    let second = anna.send_text("second");
    told(&anna, mark, "Two.").await;
    // Other words in its place are another message. Guard: `says_anew`.
    let mark = anna.mark();
    anna.edit_text(second, "something else");
    told(&anna, mark, "Three.").await;
    ask(&anna, "third", "That is all for today").await;
    assert_eq!(server.requests().len(), 3, "what was bought is used up");
}

/// Guards: the turn and its job in the table, and one reply a turn.
#[tokio::test]
async fn what_was_said_before_a_restart_is_answered_after_it_once() {
    let hangs = Server::new(vec![vec![Act::Hang]]).await;
    let back_ends = BackEnds::new(&[&hangs.url], RICH);
    let app = spawn_app(back_ends.options().with("DRAIN_TIMEOUT", "1s"));
    let anna = member(&app.world, "anna", WOMAN).await;
    begins(&anna).await;
    anna.send_text("Are you there?");
    asked_for(&hangs, 1).await;
    let (world, data_dir) = app.stop();
    let server = Server::new(vec![says("I am, and was."), says("Yes.")]).await;
    let again = BackEnds::new(&[&server.url], RICH);
    let mark = anna.mark();
    let app = spawn_app(Options { world: Some(world), data_dir: Some(data_dir), ..again.options() });
    told(&anna, mark, "I am, and was.").await;
    ask(&anna, "Still?", "Yes.").await;
    let times = anna.chat().iter().filter(|m| m.text().is_some_and(|t| t.contains("I am, and was."))).count();
    assert_eq!(times, 1);
    drop(app);
}

/// Guard: a dialog is a phase of its own.
#[tokio::test]
async fn who_meets_a_person_has_left_the_character() {
    let server = Server::new(vec![says("Hello.")]).await;
    let back_ends = BackEnds::new(&[&server.url], RICH);
    let app = spawn_app(back_ends.options());
    let (anna, boris) = (member(&app.world, "anna", WOMAN).await, member(&app.world, "boris", MAN).await);
    begins(&anna).await;
    ask(&anna, "Hi", "Hello.").await;
    let (mark_a, mark_b) = (anna.mark(), boris.mark());
    search(&anna).await;
    boris.send_text("/search");
    found(&anna, mark_a).await;
    found(&boris, mark_b).await;
    anna.send_text("for boris alone");
    told(&boris, mark_b, "for boris alone").await;
    // She may look at the cards, and that is all.
    let mark = anna.mark();
    anna.send_text("/characters");
    receives(&anna, mark, "photo").await;
    tap(&anna, "ch:new:vera").await;
    told(&anna, mark, "with people right now").await;
    boris.send_text("/stop");
    told(&anna, mark_a, "ended the chat").await;
    ask(&anna, "was that all?", "not talking to anyone").await;
    assert_eq!(server.requests().len(), 1, "words to people go to no model");
}

/// Guard: only the last turn, and one reply that counts.
#[tokio::test]
async fn somebody_thinks_again() {
    let server = Server::new(["First.", "Second.", "Third.", "Fourth."].map(says).to_vec()).await;
    let back_ends = BackEnds::new(&[&server.url], RICH);
    let app = spawn_app(back_ends.options());
    let anna = member(&app.world, "anna", WOMAN).await;
    begins(&anna).await;
    let mark = anna.mark();
    let asked = anna.send_text("Say something");
    let first = told(&anna, mark, "First.").await;
    let mark = anna.mark();
    // Who taps the same button twice gets one answer.
    let other = first.buttons().into_iter().flatten().filter_map(|button| button.data);
    let other = other.into_iter().find(|data| data.starts_with("ch:other:")).expect("a button");
    for _ in 0..2 {
        anna.press(first.message_id, &other);
    }
    told(&anna, mark, "Second.").await;
    // Her words changed: the old ones, and both answers to them, are gone.
    let mark = anna.mark();
    anna.edit_text(asked, "Say something nice");
    told(&anna, mark, "Third.").await;
    ask(&anna, "And more", "Fourth.").await;
    let last = body(&server.requests()[3]).to_string();
    assert!(last.contains("Say something nice") && last.contains("Third."), "{last}");
    assert!(!last.contains("First.") && !last.contains("Second."), "{last}");
    let mark = anna.mark();
    anna.edit_text(asked, "Too late");
    told(&anna, mark, "Only the last words").await;
    let mark = anna.mark();
    tap(&anna, "ch:undo:").await;
    told(&anna, mark, "Undone").await;
    let export = app.engine.env().store.whole_export(UserId(anna.id())).await.expect("an export");
    let said = export["dialogs_with_characters"].to_string();
    assert!(said.contains("Third.") && !said.contains("Fourth."), "{export}");
}

#[tokio::test]
async fn characters_remember_what_they_are_told_to() {
    let server = Server::new(vec![says("Soup is a fine name.")]).await;
    let back_ends = BackEnds::new(&[&server.url], RICH);
    let app = spawn_app(back_ends.options());
    let anna = member(&app.world, "anna", WOMAN).await;
    ask(&anna, "/memory", "No character remembers anything").await;
    ask(&anna, "/remember", "right after the command").await;
    ask(&anna, "/remember I have a cat called Soup", "Remembered").await;
    begins(&anna).await;
    ask(&anna, "How is my cat called?", "Soup is a fine name.").await;
    let last = body(&server.requests()[0])["messages"].as_array().unwrap().last().unwrap().to_string();
    assert!(last.contains("I have a cat called Soup") && last.contains("How is my cat called?"), "{last}");
    let export = app.engine.env().store.whole_export(UserId(anna.id())).await.expect("an export").to_string();
    assert!(export.contains("a cat called Soup"), "{export}");
    ask(&anna, "/memory", "I have a cat called Soup").await;
    let mark = anna.mark();
    tap(&anna, "ch:fact-del:").await;
    told(&anna, mark, "No character remembers anything").await;
}

#[tokio::test]
async fn a_reply_appears_while_it_is_written() {
    let more = Act::For(b": keep-alive\n\n".to_vec(), Duration::from_millis(100));
    let server = Server::new(vec![vec![head(), words("It began with rain"), more]]).await;
    let back_ends = BackEnds::new(&[&server.url], RICH);
    let app = spawn_app(back_ends.options().with("DRAIN_TIMEOUT", "1s"));
    let anna = member(&app.world, "anna", WOMAN).await;
    begins(&anna).await;
    let mut events = anna.events();
    anna.send_text("Tell me a story");
    let (mut draft, mut typing) = (None, false);
    while draft.is_none() || !typing {
        let event = tokio::time::timeout(PATIENCE, events.recv()).await.expect("in time").expect("an event");
        match &*event {
            ChatEvent::Draft { text } => draft = Some(text.clone()),
            ChatEvent::ChatAction { action } => typing |= action == "typing",
            _ => {}
        }
    }
    assert_eq!(draft.as_deref(), Some("🤖 Vera · AI\nIt began with rain"));
}

#[tokio::test]
async fn operators_see_what_characters_cost() {
    clock::one_day().await;
    let server = Server::new(vec![says("Hello.")]).await;
    let back_ends = BackEnds::new(&[&server.url], RICH);
    let (app, owner, _) = staffed_with(staff().with("COMPANIONS", back_ends.path().display())).await;
    orders(&owner, "/spend", "Nothing was spent").await;
    let anna = member(&app.world, "anna", WOMAN).await;
    begins(&anna).await;
    ask(&anna, "Hi there", "Hello.").await;
    let token = token(&app, Role::Viewer).await;
    let (_, spend) = get(&app, &token, "v1/characters/spend").await;
    let lines = spend["items"].as_array().expect("lines");
    let caps: Vec<_> = lines.iter().filter_map(|line| line["cap"].as_str()).collect();
    assert_eq!(caps, ["all", "back_end:model-0"], "and nobody's own: {spend}");
    for line in lines {
        let of = |key: &str| line[key].as_i64().expect("a number");
        assert!((of("calls"), of("open"), of("reserved")) == (1, 0, 0) && of("spent") > 0, "{spend}");
    }
    let (status, problem) = get(&app, &token, "v1/characters/spend?days=36").await;
    assert_eq!((status.as_u16(), problem["field"].as_str()), (422, Some("days")), "{problem}");
    orders(&owner, "/spend", "calls: 1").await;
    let viewer = Visitor::of_name(&app, "page", Role::Viewer).await;
    let (_, page) = visitor::get(&viewer, "/admin/characters").await;
    assert!(page.contains("model-0") && page.contains("answers") && page.contains("10.0000"), "{page}");
}
