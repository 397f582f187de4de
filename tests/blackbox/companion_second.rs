//! Characters: second thoughts, jobs that are late, and who is shown what is being written.

use crate::common::{MAN, WOMAN, ask, member, tap, told};
use crate::companion::{RICH, asked_for, begins, body, says};
use crate::model::{Act, Server, head, status, words};
use crate::support::app::{TestApp, spawn_app};
use crate::support::characters::BackEnds;
use crate::support::export::WholeExport;
use crate::support::people::PATIENCE;
use nameless_actors::ports::NewJob;
use nameless_domain::capabilities::companion::{Event, Request};
use nameless_domain::ids::{DialogId, UserId};
use nameless_domain::session::account::Phase;
use nameless_simulator::{ChatEvent, ChatMessage, FaultAction, FaultRule, SimUser};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::Receiver;

/// Data of a message's button.
fn data(message: &ChatMessage, begins: &str) -> String {
    let data = message.buttons().into_iter().flatten().filter_map(|button| button.data);
    data.into_iter().find(|data| data.starts_with(begins)).expect("a button")
}

/// What somebody's copy of their data has of dialogs.
async fn kept(app: &TestApp, user: &SimUser) -> String {
    let export = app.engine.env().store.whole_export(UserId(user.id())).await.expect("an export");
    export["dialogs_with_characters"].to_string()
}

/// Guard: of a dialog's open turns one has a job.
#[tokio::test]
async fn while_an_earlier_turn_is_asked_again_a_later_one_is_not() {
    let broken = || status("500 Internal Server Error", "", "{}");
    let server = Server::new(vec![broken(), broken(), says("Two."), vec![Act::Hang]]).await;
    let back_ends = BackEnds::new(&[&server.url], RICH);
    let app = spawn_app(back_ends.options());
    let anna = member(&app.world, "anna", WOMAN).await;
    begins(&anna).await;
    ask(&anna, "The first words", "What you wrote is kept").await;
    let mark = anna.mark();
    let second = anna.send_text("The second words");
    let two = told(&anna, mark, "Two.").await;
    tap(&anna, "ch:again:").await;
    asked_for(&server, 4).await;
    let mark = anna.mark();
    anna.edit_text(second, "The second words, changed");
    told(&anna, mark, "Only the last words").await;
    let mark = anna.mark();
    anna.press(two.message_id, &data(&two, "ch:other:"));
    told(&anna, mark, "Only the last words").await;
    assert_eq!(server.requests().len(), 4);
}

/// Guard: where turns begin and end the attempt is looked at.
#[tokio::test]
async fn a_job_of_an_earlier_attempt_neither_asks_nor_ends() {
    let server = Server::new(vec![says("First."), vec![Act::Hang], says("For Boris.")]).await;
    let back_ends = BackEnds::new(&[&server.url], RICH);
    let app = spawn_app(back_ends.options());
    let (anna, boris) = (member(&app.world, "anna", WOMAN).await, member(&app.world, "boris", MAN).await);
    begins(&anna).await;
    begins(&boris).await;
    let first = ask(&anna, "Say something", "First.").await;
    let other = data(&first, "ch:other:");
    anna.press(first.message_id, &other);
    asked_for(&server, 2).await;
    // Whose process died before it had noted that its turn has its reply.
    let id: i64 = other.split(':').nth(2).expect("a dialog").parse().expect("a number");
    let late = serde_json::json!({"dialog": id, "turn": 1, "attempt": 1}).to_string().into_bytes();
    let late = NewJob::new("companion_reply", "a job that is late", late).of(UserId(anna.id()));
    let env = app.engine.env();
    env.jobs.as_ref().expect("jobs").added(vec![late]).await.expect("it is added");
    ask(&boris, "Hello", "For Boris.").await;
    assert_eq!(server.requests().len(), 3, "nothing is bought for who is late");
    let given_up = Request::GaveUp { dialog: DialogId(id), turn: 1, attempt: 1 };
    let event = env.capabilities.companion.ask(UserId(anna.id()), given_up).await;
    assert_eq!(event, Ok(Event::Nothing), "the second attempt goes on");
}

/// Guard: answers from before count again, and there is a way on.
#[tokio::test]
async fn another_answer_that_does_not_come_takes_nothing_away() {
    let broken = || status("500 Internal Server Error", "", "{}");
    let bad = || says("She is 15 and naked.");
    // Nobody else can be asked, so each time the same back end is, twice.
    let twice = || [broken(), broken()];
    let mut scripts = vec![says("First.")];
    scripts.extend(twice().into_iter().chain([says("Second.")]));
    scripts.extend(twice().into_iter().chain([says("Third."), bad(), says("Last.")]));
    let server = Server::new(scripts).await;
    let back_ends = BackEnds::new(&[&server.url], RICH);
    let app = spawn_app(back_ends.options());
    let anna = member(&app.world, "anna", WOMAN).await;
    begins(&anna).await;
    let again = async |message: &ChatMessage, part: &str| {
        let mark = anna.mark();
        anna.press(message.message_id, &data(message, "ch:other:"));
        told(&anna, mark, part).await
    };
    let first = ask(&anna, "Say something", "First.").await;
    again(&first, "What you wrote is kept").await;
    // By the line that says so,
    let mark = anna.mark();
    tap(&anna, "ch:again:").await;
    let second = told(&anna, mark, "Second.").await;
    again(&second, "What you wrote is kept").await;
    // or by the answer that counts.
    let third = again(&second, "Third.").await;
    again(&third, "not something anybody here").await;
    let words = kept(&app, &anna).await;
    assert!(words.contains("Say something") && words.contains("Third."), "{words}");
    again(&third, "Last.").await;
    let last = body(&server.requests()[8]).to_string();
    assert!(last.contains("Say something") && !last.contains("naked"), "{last}");
}

/// Guard: a dialog's title is somebody's words as well.
#[tokio::test]
async fn words_that_are_forgotten_are_no_title() {
    let server = Server::new(vec![says("So it is.")]).await;
    let back_ends = BackEnds::new(&[&server.url], RICH);
    let app = spawn_app(back_ends.options());
    let anna = member(&app.world, "anna", WOMAN).await;
    begins(&anna).await;
    ask(&anna, "She is 15 and naked", "not something anybody here").await;
    let words = kept(&app, &anna).await;
    assert!(!words.contains("naked"), "refused: {words}");
    let mark = anna.mark();
    let said = anna.send_text("My secret garden");
    told(&anna, mark, "So it is.").await;
    assert_eq!(kept(&app, &anna).await.matches("My secret garden").count(), 2, "the words and the title");
    let mark = anna.mark();
    anna.edit_text(said, "My plain garden");
    told(&anna, mark, "So it is.").await;
    let words = kept(&app, &anna).await;
    assert!(!words.contains("secret") && words.matches("My plain garden").count() == 2, "changed: {words}");
    let mark = anna.mark();
    tap(&anna, "ch:undo:").await;
    told(&anna, mark, "Undone").await;
    let words = kept(&app, &anna).await;
    assert!(!words.contains("garden"), "undone: {words}");
}

/// A reply that grows word by word and does not end.
fn story() -> Vec<Act> {
    let text = "it began with rain over the harbour while every lamp along the pier turned slowly \
                toward open water and gulls cried above wet roofs where old captains once watched \
                for distant sails between grey islands under a sky that nobody had ever painted \
                because its colour changed with each new wave and then came silence after thunder";
    let pause = Act::Pause(Duration::from_millis(700));
    let grown = text.split(' ').flat_map(|word| [words(&format!("{word} ")), pause.clone()]);
    let for_ever = Act::For(b": keep-alive\n\n".to_vec(), Duration::from_millis(100));
    std::iter::once(head()).chain(grown).chain([for_ever]).collect()
}

/// Waits for so many drafts.
async fn drafts(events: &mut Receiver<Arc<ChatEvent>>, count: usize) {
    for _ in 0..count {
        let draft =
            async { while !matches!(&*events.recv().await.expect("an event"), ChatEvent::Draft { .. }) {} };
        tokio::time::timeout(PATIENCE, draft).await.expect("a draft in time");
    }
}

fn are_drafts(events: &mut Receiver<Arc<ChatEvent>>) -> bool {
    std::iter::from_fn(|| events.try_recv().ok()).any(|event| matches!(&*event, ChatEvent::Draft { .. }))
}

/// Guard: a draft is shown to nobody who has left.
#[tokio::test]
async fn who_leaves_sees_no_more_of_what_is_written() {
    let server = Server::new(vec![story()]).await;
    let back_ends = BackEnds::new(&[&server.url], RICH);
    let app = spawn_app(back_ends.options().with("DRAIN_TIMEOUT", "1s"));
    let (anna, boris) = (member(&app.world, "anna", WOMAN).await, member(&app.world, "boris", MAN).await);
    begins(&anna).await;
    begins(&boris).await;
    let (mut hers, mut his) = (anna.events(), boris.events());
    anna.send_text("Tell me a story");
    boris.send_text("Tell me one as well");
    drafts(&mut hers, 1).await;
    ask(&anna, "/stop", "You have left the conversation").await;
    let left = async {
        let store = &app.engine.env().store;
        let at = async || store.load(UserId(anna.id())).await.expect("a store").expect("somebody");
        while at().await.account.phase != Phase::Idle {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, left).await.expect("it is kept that she left");
    // One that was under way.
    his = his.resubscribe();
    drafts(&mut his, 2).await;
    hers = hers.resubscribe();
    drafts(&mut his, 3).await;
    assert!(!are_drafts(&mut hers), "she has left");
}

/// Guard: Telegram's word that a chat gets too much outlives the reply.
#[tokio::test]
async fn where_telegram_wants_no_drafts_the_next_reply_has_none() {
    let server = Server::new(vec![story()]).await;
    let back_ends = BackEnds::new(&[&server.url], RICH);
    let app = spawn_app(back_ends.options().with("DRAIN_TIMEOUT", "1s"));
    let (anna, boris) = (member(&app.world, "anna", WOMAN).await, member(&app.world, "boris", MAN).await);
    begins(&anna).await;
    begins(&boris).await;
    let too_many = FaultRule::new(FaultAction::TooManyRequests { retry_after: 600 }).on("sendMessageDraft");
    app.world.faults().add(too_many.chat(anna.id()).times(1));
    anna.send_text("Tell me a story");
    let refused = async {
        while app.world.faults().applied().is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, refused).await.expect("a draft is refused");
    begins(&anna).await;
    let (mut hers, mut his) = (anna.events(), boris.events());
    anna.send_text("Tell me another one");
    asked_for(&server, 2).await;
    boris.send_text("Tell me one as well");
    drafts(&mut his, 3).await;
    assert!(!are_drafts(&mut hers), "whichever dialog it is");
}
