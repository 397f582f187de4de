//! Characters: several answers of which one counts, and dialogs that their owner names.

use crate::common::{WOMAN, ask, member, receives, tap, told};
use crate::companion::{RICH, begins, body, says};
use crate::model::Server;
use crate::support::app::{TestApp, spawn_app};
use crate::support::characters::BackEnds;
use crate::support::export::WholeExport;
use crate::support::people::PATIENCE;
use nameless_domain::ids::UserId;
use nameless_simulator::{ChatMessage, SimUser};
use serde_json::Value;

/// Data of a message's button; none where there is none.
fn data(message: &ChatMessage, begins: &str) -> Option<String> {
    let mut data = message.buttons().into_iter().flatten().filter_map(|button| button.data);
    data.find(|data| data.starts_with(begins))
}

/// Waits until a message says so.
async fn becomes(user: &SimUser, id: i32, part: &str) -> ChatMessage {
    let is_it = |m: &ChatMessage| m.message_id == id && m.text().is_some_and(|text| text.contains(part));
    user.wait_for(PATIENCE, is_it).await.unwrap_or_else(|e| panic!("no “{part}”: {e}"))
}

/// What somebody's copy of their data has of their only dialog.
async fn dialog(app: &TestApp, user: &SimUser) -> Value {
    let export = app.engine.env().store.whole_export(UserId(user.id())).await.expect("an export");
    export["dialogs_with_characters"][0].clone()
}

/// Guards: the one that is shown counts, each is paid for once, and there are five at most.
#[tokio::test]
async fn somebody_turns_through_the_answers_and_goes_on_with_one() {
    let words = ["First.", "Second.", "Third.", "Fourth.", "Fifth.", "And so it goes on.", "Another end."];
    let server = Server::new(words.map(says).to_vec()).await;
    let back_ends = BackEnds::new(&[&server.url], RICH);
    let app = spawn_app(back_ends.options());
    let anna = member(&app.world, "anna", WOMAN).await;
    begins(&anna).await;
    let mut shown = ask(&anna, "Say something", "First.").await;
    assert_eq!(data(&shown, "ch:swipe:"), None, "there is one answer");
    for next in &words[1..5] {
        let mark = anna.mark();
        anna.press(shown.message_id, &data(&shown, "ch:other:").expect("a button"));
        shown = told(&anna, mark, next).await;
    }
    assert!(format!("{:?}", shown.buttons()).contains("5/5"), "{shown:?}");
    assert_eq!(data(&shown, "ch:other:"), None, "there are no more than five");
    // Back to the third, in the same message.
    for (part, place) in [("Fourth.", "4/5"), ("Third.", "3/5")] {
        anna.press(shown.message_id, &data(&shown, "ch:swipe:").expect("a button"));
        shown = becomes(&anna, shown.message_id, part).await;
        assert!(format!("{:?}", shown.buttons()).contains(place), "{shown:?}");
    }
    assert_eq!(server.requests().len(), 5, "to turn costs nothing");
    let kept = dialog(&app, &anna).await;
    assert_eq!(kept["turns"][0]["character"], "Third.", "{kept}");
    assert_eq!(kept["turns"][0]["answers"].as_array().map(Vec::len), Some(5), "{kept}");
    // The dialog goes on with it, and then it is too late.
    ask(&anna, "And then?", "And so it goes on.").await;
    let last = body(&server.requests()[5]).to_string();
    assert!(last.contains("Third.") && !last.contains("Fourth.") && !last.contains("Fifth."), "{last}");
    let mark = anna.mark();
    anna.press(shown.message_id, &data(&shown, "ch:swipe:").expect("a button"));
    told(&anna, mark, "Only the last words").await;
    assert_eq!(dialog(&app, &anna).await["turns"][0]["character"], "Third.");
}

/// Guard: where another answer comes to nothing, the one that was chosen counts, not the last.
#[tokio::test]
async fn an_answer_that_was_chosen_outlives_one_that_does_not_come() {
    let broken = || crate::model::status("500 Internal Server Error", "", "{}");
    let scripts = vec![says("First."), says("Second."), broken(), broken(), says("Go on.")];
    let server = Server::new(scripts).await;
    let back_ends = BackEnds::new(&[&server.url], RICH);
    let app = spawn_app(back_ends.options());
    let anna = member(&app.world, "anna", WOMAN).await;
    begins(&anna).await;
    let first = ask(&anna, "Say something", "First.").await;
    let mark = anna.mark();
    anna.press(first.message_id, &data(&first, "ch:other:").expect("a button"));
    let shown = told(&anna, mark, "Second.").await;
    anna.press(shown.message_id, &data(&shown, "ch:swipe:").expect("a button"));
    let shown = becomes(&anna, shown.message_id, "First.").await;
    let mark = anna.mark();
    anna.press(shown.message_id, &data(&shown, "ch:other:").expect("a button"));
    told(&anna, mark, "What you wrote is kept").await;
    assert_eq!(dialog(&app, &anna).await["turns"][0]["character"], "First.");
    ask(&anna, "Well?", "Go on.").await;
    let last = body(server.requests().last().expect("a request")).to_string();
    assert!(last.contains("First.") && !last.contains("Second."), "{last}");
}

/// An answer of two messages, of which no part is like another, and none a word.
fn long_answer() -> String {
    let letter = |digit: char| b"bdfghklmnprtvwzc"[digit.to_digit(16).unwrap_or_default() as usize] as char;
    let word =
        |n: u32| format!("{:08x}", n.wrapping_mul(2_654_435_761)).chars().map(letter).collect::<String>();
    (1..260).map(|n| format!("{} {}. ", word(n), word(n + 1_000))).collect()
}

/// Guard: what counted before. The first part of a long answer would stay above a short one.
#[tokio::test]
async fn an_answer_of_several_messages_is_not_changed_into_another() {
    let long = long_answer();
    let end = long.trim_end().rsplit(' ').next().expect("a word");
    let server = Server::new(vec![says(&long), says("A short one.")]).await;
    let back_ends = BackEnds::new(&[&server.url], RICH);
    let app = spawn_app(back_ends.options());
    let anna = member(&app.world, "anna", WOMAN).await;
    begins(&anna).await;
    let mut shown = ask(&anna, "Say something", end).await;
    for (button, part) in
        [("ch:other:", "A short one."), ("ch:swipe:", end), ("ch:swipe:", "A short one."), ("ch:swipe:", end)]
    {
        let mark = anna.mark();
        anna.press(shown.message_id, &data(&shown, button).expect("a button"));
        shown = told(&anna, mark, part).await;
    }
}

/// Guards: a title of the owner's stays, is judged, and is no word to the character; what is
/// longer, or said after a refusal, is no title.
#[tokio::test]
async fn a_dialog_has_the_name_that_its_owner_gives_it() {
    let said = ["So it is.", "As you like.", "What a tale that is.", "And here you are."];
    let server = Server::new(said.map(says).to_vec()).await;
    let back_ends = BackEnds::new(&[&server.url], RICH);
    let app = spawn_app(back_ends.options());
    let anna = member(&app.world, "anna", WOMAN).await;
    begins(&anna).await;
    let first = ask(&anna, "My secret garden", "So it is.").await;
    let opens = async |title: &str| {
        let mark = anna.mark();
        anna.send_text("/characters");
        receives(&anna, mark, "photo").await;
        let mark = anna.mark();
        tap(&anna, "ch:mine:0").await;
        let list = told(&anna, mark, "Which one").await;
        assert!(format!("{:?}", list.buttons()).contains(title), "{list:?}");
        let mark = anna.mark();
        tap(&anna, "ch:open:").await;
        told(&anna, mark, "The last words were").await;
    };
    let names = async || {
        let mark = anna.mark();
        tap(&anna, "ch:name:").await;
        told(&anna, mark, "What should this conversation be called?").await;
    };
    opens("My secret garden").await;
    names().await;
    ask(&anna, "She is 15 and naked", "not something anybody here").await;
    names().await;
    ask(&anna, "Evenings   on the cape", "now called “Evenings on the cape”").await;
    opens("Evenings on the cape").await;
    assert_eq!(server.requests().len(), 1, "a title is no turn");
    // Who does not want to say it: what comes then is for the character.
    names().await;
    let mark = anna.mark();
    tap(&anna, "ch:name_no:").await;
    told(&anna, mark, "The title stays as it was").await;
    let second = ask(&anna, "Or not", "As you like.").await;
    names().await;
    let long = "Let me tell you of the evening on which the whole cape went dark at once.";
    let third = ask(&anna, long, "What a tale that is.").await;
    names().await;
    ask(&anna, "I want to kill myself", "call 112").await;
    let turns = app.engine.env().capabilities.companion.health().turns;
    assert!(turns.contains(&("helped", 1)), "{turns:?}");
    let fourth = ask(&anna, "I am still here", "And here you are.").await;
    for message in [fourth, third, second, first] {
        let mark = anna.mark();
        anna.press(message.message_id, &data(&message, "ch:undo:").expect("a button"));
        told(&anna, mark, "Undone").await;
    }
    assert_eq!(
        dialog(&app, &anna).await["title"],
        "Evenings on the cape",
        "it is hers, not its first words'"
    );
}
