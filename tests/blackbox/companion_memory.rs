//! Characters: what is left of a dialog whose beginning the prompt has no room for.

use crate::common::{WOMAN, ask, member, tap, told};
use crate::companion::{RICH, begins, body};
use crate::model::{Act, Server, data, head, status, words};
use crate::support::app::{Options, Place, TestApp, real_postgres, spawn_app};
use crate::support::characters::BackEnds;
use crate::support::export::WholeExport;
use crate::support::people::PATIENCE;
use nameless_domain::ids::UserId;
use nameless_simulator::{ChatMessage, SimUser};
use serde_json::Value;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const SUMMED: &str = "They own a boat called Albatross and are afraid of fog.";

/// What the model says to each turn: none opens like another.
pub const REPLIES: [&str; 12] = [
    "A proud name for a hull.",
    "Fog is honest, at least.",
    "My lamps were cleaned this morning.",
    "Seven gulls sat on the rail.",
    "Quiet nights are the long ones.",
    "Stepanych would agree with you there.",
    "Tea first, and readings after that.",
    "Wind from the east, and rising.",
    "Isobar has eaten my left glove.",
    "Nobody sails in that, believe me.",
    "Perhaps tomorrow will be clearer.",
    "Good charts never lie, only captains.",
];

/// Whether a request is for a summary.
pub fn is_summary(request: &str) -> bool {
    request.contains("You keep the memory of a character")
}

/// An answer of which nobody says how many tokens it took: what is learnt of them would change how
/// much fits.
pub fn says(text: &str) -> Vec<Act> {
    let end = r#"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#;
    vec![head(), words(text), data(end), data("[DONE]")]
}

/// A model that sums up as it is told to, and talks.
async fn model(summary: impl Fn() -> Vec<Act> + Send + Sync + 'static) -> Server {
    let said = AtomicUsize::new(0);
    let talks = move || says(REPLIES[said.fetch_add(1, Ordering::Relaxed) % REPLIES.len()]);
    Server::by(move |_, request| if is_summary(request) { summary() } else { talks() }).await
}

/// Long words, of which a prompt holds few.
pub fn long(n: usize, words: &str) -> String {
    let days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    let filler: String =
        (0..14).map(|k| format!("On {} {k} we mended net {n}{k}. ", days[(n + k) % 7])).collect();
    format!("{words} {filler}")
}

pub async fn talks(user: &SimUser, n: usize, words: &str, reply: &str) -> ChatMessage {
    ask(user, &long(n, words), reply).await
}

/// What somebody's copy of their data has of their only dialog.
pub async fn dialog(app: &TestApp, user: &SimUser) -> Value {
    let export = app.engine.env().store.whole_export(UserId(user.id())).await.expect("an export");
    export["dialogs_with_characters"][0].clone()
}

async fn summed(app: &TestApp, user: &SimUser, there: bool) -> Value {
    let wait = async {
        loop {
            let dialog = dialog(app, user).await;
            if dialog["summary"].is_string() == there {
                return dialog;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.expect("a summary in time")
}

pub fn small(server: &Server) -> BackEnds {
    BackEnds::new(&[&server.url], RICH)
        .changed("context = 8192", "context = 2048")
        // A test writes at a program's pace.
        .changed("hour = 10000", "hour = 10000\nscript = false")
}

/// Guards: the job where the prompt cuts, the stable beginning, the blind index, and that who wants
/// it forgotten is remembered by nothing of it.
#[tokio::test]
async fn what_a_prompt_has_no_room_for_is_summed_up_recalled_and_forgotten() {
    let Some((database, _)) = real_postgres() else { return };
    let server = model(|| says(SUMMED)).await;
    let back_ends = small(&server);
    let options = Options { place: Place::Server(database.create("memory")), ..back_ends.options() };
    let app = spawn_app(options);
    let anna = member(&app.world, "anna", WOMAN).await;
    begins(&anna).await;
    for (n, reply) in REPLIES.into_iter().enumerate().take(9) {
        let words =
            if n == 0 { "My boat is called Albatross, and fog frightens me." } else { "Another day." };
        talks(&anna, n, words, reply).await;
    }
    let kept = summed(&app, &anna, true).await;
    assert_eq!(kept["summary"], SUMMED, "{kept}");
    assert_eq!(kept["turns"].as_array().map(Vec::len), Some(9), "nothing that was said is gone: {kept}");
    let requests = server.requests();
    let summary = requests.iter().find(|request| is_summary(request)).expect("a summary");
    assert!(body(summary).to_string().contains("My boat is called Albatross"), "{summary}");
    assert!(!summary.contains("anna") && !summary.contains(&anna.id().to_string()));

    ask(&anna, "Do you recall the name of the boat, Albatross?", REPLIES[9]).await;
    let asked = body(server.requests().iter().rfind(|request| !is_summary(request)).expect("a request"));
    let messages = asked["messages"].as_array().expect("messages");
    assert!(messages[0]["content"].as_str().is_some_and(|text| text.contains(SUMMED)), "{asked}");
    let last = messages.last().expect("a message")["content"].as_str().expect("words");
    assert!(last.contains("Earlier the other person said: My boat is called Albatross"), "{last}");
    assert!(last.contains(REPLIES[0]), "and what was answered: {last}");

    // The database holds none of it that can be read.
    let index = "SELECT string_agg(encode(stem, 'escape'), ' ') FROM companion_turns, unnest(stems) AS stem";
    let index = database.ask("memory", index);
    assert!(index.len() > 100 && !index.to_lowercase().contains("albatros"), "{index}");
    let sorted = "SELECT bool_and(stems = ARRAY(SELECT stem FROM unnest(stems) AS stem ORDER BY stem)) \
                  FROM companion_turns";
    assert_eq!(database.ask("memory", sorted), "t", "nor does their order say what was said how");
    let sealed = database.ask("memory", "SELECT encode(summary, 'escape') FROM companion_dialogs");
    assert!(!sealed.is_empty() && !sealed.contains("Albatross"), "{sealed}");

    ask(&anna, "/memory", SUMMED).await;
    let mark = anna.mark();
    tap(&anna, "ch:forget").await;
    told(&anna, mark, "No character remembers anything").await;
    summed(&app, &anna, false).await;
    ask(&anna, "And the boat, Albatross?", REPLIES[10]).await;
    let asked = body(server.requests().iter().rfind(|request| !is_summary(request)).expect("a request"));
    let asked = asked.to_string();
    assert!(!asked.contains(SUMMED) && !asked.contains("Earlier the other person"), "{asked}");
}

/// Guards: a summary that does not come costs no turn, and is not asked for without end.
#[tokio::test]
async fn a_summary_that_fails_loses_nothing() {
    let server = model(|| status("500 Internal Server Error", "", "{}")).await;
    let back_ends = small(&server);
    let app = spawn_app(back_ends.options());
    let anna = member(&app.world, "anna", WOMAN).await;
    begins(&anna).await;
    for (n, reply) in REPLIES.iter().enumerate() {
        talks(&anna, n, "Another day.", reply).await;
    }
    let kept = dialog(&app, &anna).await;
    assert_eq!(kept["turns"].as_array().map(Vec::len), Some(REPLIES.len()), "{kept}");
    assert!(kept["summary"].is_null(), "{kept}");
    let summaries = server.requests().iter().filter(|request| is_summary(request)).count();
    assert!((1..=REPLIES.len()).contains(&summaries), "{summaries}");
}

/// How many requests for a summary are of the first thing that was said.
fn of_the_first(server: &Server) -> usize {
    server.requests().iter().filter(|request| is_summary(request) && request.contains("net 00")).count()
}

/// Guard: what was refused after the call is not asked for again.
#[tokio::test]
async fn a_summary_that_is_refused_is_bought_once() {
    let server = model(|| says("She is 15 and naked.")).await;
    let back_ends = small(&server);
    let app = spawn_app(back_ends.options());
    let anna = member(&app.world, "anna", WOMAN).await;
    begins(&anna).await;
    // Until the prompt has cut twice.
    for n in 0..14 {
        talks(&anna, n, "Another day.", REPLIES[n % REPLIES.len()]).await;
    }
    let twice = async {
        while server.requests().iter().filter(|request| is_summary(request)).count() < 2 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, twice).await.expect("what falls out next is asked for");
    let kept = dialog(&app, &anna).await;
    assert!(kept["summary"].is_null(), "{kept}");
    assert_eq!(of_the_first(&server), 1);
}

/// Guard: what was taken back is in no summary.
#[tokio::test]
async fn a_summary_goes_with_what_it_was_made_of() {
    let server = model(|| says(SUMMED)).await;
    let back_ends = small(&server);
    let app = spawn_app(back_ends.options());
    let anna = member(&app.world, "anna", WOMAN).await;
    begins(&anna).await;
    let mut shown = Vec::new();
    for (n, reply) in REPLIES[..9].iter().enumerate() {
        shown.push(talks(&anna, n, "Another day.", reply).await);
    }
    summed(&app, &anna, true).await;
    // Four turns at least are in it.
    for message in shown[3..].iter().rev() {
        let mut data = message.buttons().into_iter().flatten().filter_map(|button| button.data);
        let undo = data.find(|data| data.starts_with("ch:undo:")).expect("a button");
        let mark = anna.mark();
        anna.press(message.message_id, &undo);
        told(&anna, mark, "Undone").await;
    }
    let kept = dialog(&app, &anna).await;
    assert_eq!(kept["turns"].as_array().map(Vec::len), Some(3), "{kept}");
    assert!(kept["summary"].is_null(), "{kept}");
}

/// Guard: a call that found no place is none of a turn's two.
#[tokio::test]
async fn a_reply_waits_for_the_place_that_a_summary_has() {
    let slow = || [vec![Act::Pause(Duration::from_secs(4))], says(SUMMED)].concat();
    let server = model(slow).await;
    let back_ends = small(&server).changed("places = 8", "places = 1");
    let app = spawn_app(back_ends.options());
    let anna = member(&app.world, "anna", WOMAN).await;
    begins(&anna).await;
    let begun = || server.requests().iter().any(|request| is_summary(request));
    let mut n = 0;
    while !begun() {
        assert!(n + 1 < REPLIES.len(), "nothing is summed up");
        talks(&anna, n, "Another day.", REPLIES[n]).await;
        n += 1;
        let begins = async {
            while !begun() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        // Not every turn is followed by one.
        let _ = tokio::time::timeout(Duration::from_millis(500), begins).await;
    }
    talks(&anna, n, "Another day.", REPLIES[n]).await;
}
