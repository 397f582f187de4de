//! A reply begins with the commit that keeps what it is to.

use crate::admin::{GROUP, answered, staff, staffed_with};
use crate::common::{WOMAN, ask, member, told};
use crate::companion::{RICH, begins, says};
use crate::model::Server;
use crate::support::app::{Options, Place, real_postgres, spawn_app};
use crate::support::characters::BackEnds;
use crate::support::clock;
use crate::support::crowd::until;
use crate::support::people::PATIENCE;
use crate::support::proxy::{Proxy, Then};
use nameless_simulator::ChatMessage;

/// Guards: nobody claims such a job, its call is reserved before it is made, and all of it is
/// settled.
#[tokio::test]
async fn a_reply_begins_with_the_commit_that_keeps_what_it_is_to() {
    let Some((database, _)) = real_postgres() else { return };
    clock::one_day().await;
    let answers = ["The lamp is lit.", "The tide is out.", "Good night, then."];
    let server = Server::new(answers.iter().map(|text| says(text)).collect()).await;
    let back_ends = BackEnds::new(&[&server.url], RICH);
    let place = Place::Server(database.create("begins"));
    let app = spawn_app(Options { place, ..back_ends.options() });
    let anna = member(&app.world, "anna", WOMAN).await;
    begins(&anna).await;
    for (question, answer) in ["Is it dark?", "And the sea?", "I am off to bed."].iter().zip(answers) {
        ask(&anna, question, answer).await;
    }
    let count = |sql: &str| database.ask("begins", &format!("SELECT count(*) FROM {sql}"));
    let jobs = "jobs WHERE lane = 'companion_reply'";
    assert_eq!(count(jobs), "3");
    assert_eq!(count(&format!("{jobs} AND attempt = 1 AND state = 'completed'")), "3");
    // A look at the table that is under way when one is said may have taken every place.
    let at_once: usize = count(&format!("{jobs} AND started = added")).parse().expect("a number");
    assert!(at_once >= 1, "{at_once} began with their own commit");
    assert_eq!(count("companion_calls WHERE number = 1 AND spent IS NOT NULL"), "3");
    assert_eq!(count("companion_calls"), "3", "one call a turn");
    assert_eq!(count("companion_sums WHERE reserved <> 0"), "0");
    let spent = "SELECT count(DISTINCT spent) FROM companion_sums";
    assert_eq!(database.ask("begins", spent), "1", "the person, all and the back end paid the same");
    assert_eq!(server.requests().len(), 3);
}

/// Where a connection dies behind the commit that keeps somebody's words, their turn goes on with
/// the call that is reserved for it. Guard: `learnt` in `say.rs`; without it the job is given again
/// by the next look at the table, and the call counts as spent. That its reserve passed a mark of
/// the day's cap is told, once. Guard: `passed` there.
#[tokio::test]
async fn a_turn_whose_commit_was_not_heard_of_goes_on_at_once() {
    let Some((database, _)) = real_postgres() else { return };
    clock::one_day().await;
    let answers = ["The lamp is lit.", "The tide is out.", "It turns.", "Good night, then."];
    let server = Server::new(answers.iter().map(|text| says(text)).collect()).await;
    let back_ends = BackEnds::new(&[&server.url], RICH);
    database.create("unheard");
    let proxy = Proxy::to_port(database.port());
    let place = Place::Server(database.url_through(proxy.port(), "unheard"));
    let options = Options { place, ..staff() }.with("COMPANIONS", back_ends.path().display());
    let (app, owner, _) = staffed_with(options).await;
    let anna = member(&app.world, "anna", WOMAN).await;
    begins(&anna).await;
    ask(&anna, "Is it dark?", answers[0]).await;
    let count = |sql: &str| -> usize {
        database.ask("unheard", &format!("SELECT count(*) FROM {sql}")).parse().expect("a number")
    };
    let dialog = database.ask("unheard", "SELECT max(dialog_id) FROM companion_dialogs");
    let last = "SELECT max(turn) FROM companion_turns";
    let goes_on_at_once = || {
        let began = format!(
            "jobs WHERE lane = 'companion_reply' AND key LIKE '%:' || ({last}) || ':1' AND started = added"
        );
        count(&began) == 1 && count(&format!("companion_calls WHERE turn = ({last})")) == 1
    };
    let mut turns = 1;
    for (question, answer) in
        ["And the sea?", "What does it do?", "I am off to bed."].iter().zip(&answers[1..])
    {
        // Whatever it may cost is beyond half of the day's cap.
        database.psql("unheard", "UPDATE companion_sums SET spent = 4999999, told = 0 WHERE cap = 'all'");
        // Its job leaves with COMMIT, and is named by nothing that leaves before.
        let job = format!("companion:{dialog}:{}:1", turns + 1);
        proxy.drop_reply(job.as_bytes(), Then::Silence);
        let mark = anna.mark();
        anna.send_text(question);
        turns += 1;
        until("the turn is kept", PATIENCE, || count("companion_turns") == turns).await;
        until("nobody hears of it", PATIENCE, || proxy.figures().dropped as usize == turns - 1).await;
        proxy.reset();
        told(&anna, mark, answer).await;
        // A look at the table that came in between has given the job to somebody who knows nothing
        // of it, or had taken the place: then once more.
        if goes_on_at_once() {
            break;
        }
    }
    assert!(goes_on_at_once(), "each call was reserved anew");
    assert_eq!(server.requests().len(), turns, "nothing was asked twice");
    let alert = answered(&owner, 0, "Characters: 50").await;
    let is_it = |message: &&ChatMessage| message.text() == alert.text();
    assert_eq!(owner.group_chat(GROUP).iter().filter(is_it).count(), 1, "{alert:?}");
}
