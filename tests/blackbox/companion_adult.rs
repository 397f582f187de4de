//! Characters in adult mode: off at first, one dialog's alone, gone with one tap; and what no mode
//! touches.

use crate::common::{MAN, WOMAN, ask, member, receives, tap, told};
use crate::companion::{RICH, asked_for, begins, body, says};
use crate::model::{Act, Server};
use crate::support::app::spawn_app;
use crate::support::characters::BackEnds;
use crate::support::export::WholeExport;
use nameless_domain::capabilities::companion::{Event, Request};
use nameless_domain::ids::{DialogId, UserId};
use nameless_simulator::SimUser;

/// What the lexicon that ships takes for sexual.
const WORDS: &str = "Let us have sex";

/// Opens the newest dialog.
async fn opens(user: &SimUser) {
    user.send_text("/characters");
    tap(user, "ch:mine:0").await;
    let mark = user.mark();
    tap(user, "ch:open:").await;
    told(user, mark, "You are back with").await;
}

/// Switches adult mode on, by its button and the question behind it.
pub async fn switches_on(user: &SimUser) {
    opens(user).await;
    // It is asked in place of the menu.
    tap(user, "ch:adult:").await;
    let mark = user.mark();
    tap(user, "ch:adult-yes:").await;
    told(user, mark, "Adult mode is on").await;
}

/// Guards: the wish of the dialog before and after each call, and what a prompt takes of the
/// history.
#[tokio::test]
async fn adult_mode_is_one_dialogs_and_ends_with_a_tap() {
    let script = ["Gladly: sex it is.", "As you like.", "Sex again.", "Tame."].map(says).to_vec();
    let server = Server::new(script).await;
    let back_ends = BackEnds::new(&[&server.url], RICH).adult(&[0]);
    let app = spawn_app(back_ends.options());
    let anna = member(&app.world, "anna", WOMAN).await;
    let mark = anna.mark();
    anna.send_text("/characters");
    let card = receives(&anna, mark, "photo").await;
    assert!(card.json["caption"].as_str().is_some_and(|c| c.contains("Adult mode is off")), "{card:?}");
    begins(&anna).await;
    ask(&anna, WORDS, "not what these conversations are for").await;
    assert!(server.requests().is_empty(), "no model is asked");

    switches_on(&anna).await;
    let reply = ask(&anna, WORDS, "Gladly: sex it is.").await;
    let system = body(&server.requests()[0])["messages"][0]["content"].to_string();
    assert!(system.contains("asked for a talk between adults"), "{system}");
    assert!(system.contains("Never anything sexual with somebody under eighteen"), "{system}");
    let data: Vec<_> = reply.buttons().into_iter().flatten().filter_map(|button| button.data).collect();
    assert!(data.iter().any(|data| data.starts_with("ch:adult_off:")), "{data:?}");
    let export = app.engine.env().store.whole_export(UserId(anna.id())).await.expect("an export");
    assert!(export["dialogs_with_characters"][0]["adult_mode_since"].is_string(), "{export}");

    // Another dialog, and somebody else, have none of it.
    begins(&anna).await;
    ask(&anna, WORDS, "not what these conversations are for").await;
    ask(&anna, "Good evening", "As you like.").await;
    let boris = member(&app.world, "boris", MAN).await;
    begins(&boris).await;
    ask(&boris, WORDS, "not what these conversations are for").await;

    // One tap, and the dialog is as tame as before: what was said in it goes to no model.
    let mark = anna.mark();
    anna.press(reply.message_id, data.iter().find(|d| d.starts_with("ch:adult_off:")).expect("a button"));
    told(&anna, mark, "Adult mode is off").await;
    let id = data.iter().find(|d| d.starts_with("ch:adult_off:")).and_then(|d| d.rsplit(':').next());
    let id: i64 = id.expect("a dialog").parse().expect("a number");
    let port = app.engine.env().capabilities.companion.clone();
    let opened =
        port.ask(UserId(anna.id()), Request::Open { dialog: DialogId(id) }).await.expect("an answer");
    assert!(matches!(&opened, Event::Opened { last: None, dialog } if !dialog.adult), "{opened:?}");
    anna.send_text("/characters");
    tap(&anna, "ch:mine:0").await;
    let mark = anna.mark();
    tap(&anna, &format!("ch:open:{id}")).await;
    told(&anna, mark, "You are back with").await;
    ask(&anna, WORDS, "not what these conversations are for").await;
    // A model that is not asked for it, and does it all the same.
    ask(&anna, "Good night", "not what these conversations are for").await;
    ask(&anna, "Good night then", "Tame.").await;
    let last = body(&server.requests()[3]).to_string();
    assert!(!last.contains("have sex") && !last.contains("sex it is"), "{last}");
    let foreign = port.ask(UserId(boris.id()), Request::Adult { dialog: DialogId(id), on: true }).await;
    assert_eq!(foreign, Ok(Event::Gone), "nobody switches it for somebody else");
}

/// Guard: the rulings on minors and self-harm look at no mode.
#[tokio::test]
async fn minors_are_refused_in_adult_mode_too() {
    let server = Server::new(vec![says("She is 15 and naked."), says("I am here.")]).await;
    let back_ends = BackEnds::new(&[&server.url], RICH).adult(&[0]);
    let app = spawn_app(back_ends.options());
    let anna = member(&app.world, "anna", WOMAN).await;
    begins(&anna).await;
    switches_on(&anna).await;
    ask(&anna, "She is 15 and naked", "not something anybody here").await;
    ask(&anna, "I want to kill myself", "call 112").await;
    assert!(server.requests().is_empty(), "no model is asked");
    ask(&anna, "Tell me about your niece", "not something anybody here").await;
    ask(&anna, "Are you there?", "I am here.").await;
}

/// Guards: the back end's own leave, the operator's, and the look at the wish when a reply is kept.
#[tokio::test]
async fn only_back_ends_that_may_are_asked_and_a_reply_behind_the_tap_is_refused() {
    let tame = Server::new(vec![says("From the tame one.")]).await;
    let slow =
        vec![crate::model::head(), crate::model::words("Sex"), Act::Pause(std::time::Duration::from_secs(5))];
    let slow = [slow, vec![crate::model::words(" it is."), crate::model::finish("stop")]].concat();
    let bold = Server::new(vec![slow]).await;
    let back_ends = BackEnds::new(&[&tame.url, &bold.url], RICH).adult(&[1]);
    let app = spawn_app(back_ends.options());
    let anna = member(&app.world, "anna", WOMAN).await;
    begins(&anna).await;
    switches_on(&anna).await;
    let mark = anna.mark();
    anna.send_text(WORDS);
    asked_for(&bold, 1).await;
    tap(&anna, "ch:adult_off:").await;
    told(&anna, mark, "Adult mode is off").await;
    told(&anna, mark, "not what these conversations are for").await;
    assert!(tame.requests().is_empty(), "it may not");
    let export = app.engine.env().store.whole_export(UserId(anna.id())).await.expect("an export").to_string();
    assert!(!export.contains(WORDS), "what is refused is not kept: {export}");

    // An operator who takes it back has taken it back for every dialog.
    switches_on(&anna).await;
    let (world, data_dir) = app.stop();
    let server = Server::new(vec![says("Never.")]).await;
    let again = BackEnds::new(&[&server.url], RICH);
    let options = again.options();
    let app =
        spawn_app(crate::support::app::Options { world: Some(world), data_dir: Some(data_dir), ..options });
    ask(&anna, WORDS, "not what these conversations are for").await;
    assert!(server.requests().is_empty());
    drop(app);
}
