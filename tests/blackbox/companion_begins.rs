//! A reply begins with the commit that keeps what it is to.

use crate::common::{WOMAN, ask, member};
use crate::companion::{RICH, begins, says};
use crate::model::Server;
use crate::support::app::{Options, Place, real_postgres, spawn_app};
use crate::support::characters::BackEnds;
use crate::support::clock;

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
