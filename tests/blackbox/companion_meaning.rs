//! Characters: older turns that are recalled by what was meant, where somebody makes vectors.

use crate::common::{WOMAN, ask, member, tap, told};
use crate::companion::{RICH, begins, body};
use crate::companion_adult::switches_on;
use crate::companion_memory::{REPLIES, dialog, is_summary, long, says, small, talks};
use crate::companion_pictures::until;
use crate::model::{Act, Server, status};
use crate::support::app::{Options, Place, TestApp, real_postgres, spawn_app};
use crate::support::characters::BackEnds;
use crate::support::people::PATIENCE;
use crate::support::postgres::Postgres;
use nameless_domain::capabilities::companion::Request;
use nameless_domain::ids::{DialogId, UserId};
use nameless_simulator::SimUser;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const KITTEN: &str = "My kitten is called Soup, after the first thing that she fell into.";
/// Shares no word with it.
const PET: &str = "Which pet lives at mine?";
/// How a model is told of it.
const RECALLED: &str = "Earlier the other person said: My kitten is called Soup";

fn is_embedding(request: &str) -> bool {
    request.starts_with("POST /v1/embeddings ")
}

/// The texts of a request for vectors.
fn texts(request: &str) -> Vec<String> {
    let input = body(request)["input"].as_array().expect("texts").clone();
    input.iter().map(|text| text.as_str().expect("a text").to_owned()).collect()
}

/// Whether somebody waits for it: the vectors of turns are made some at once.
fn is_waited_for(request: &str) -> bool {
    is_embedding(request) && texts(request).len() == 1
}

/// A vector: pets lie in one direction, everything else in another.
fn vector(text: &str) -> Value {
    let is_pet = text.contains("kitten") || text.contains("pet");
    if is_pet { json!([1, 0.1, 0, 0, 0, 0, 0, 0]) } else { json!([0, 0, 0, 0, 0, 0, 0.2, 1]) }
}

fn vectors(texts: &[String]) -> Vec<Act> {
    let one = |(index, text): (usize, &String)| json!({ "index": index, "embedding": vector(text) });
    let data: Vec<Value> = texts.iter().enumerate().map(one).collect();
    let usage = json!({ "prompt_tokens": 9, "total_tokens": 9 });
    status("200 OK", "", &json!({ "object": "list", "data": data, "usage": usage }).to_string())
}

/// A model that talks, sums up and makes vectors; `waited` answers who waits for one.
async fn model(waited: impl Fn(&[String]) -> Vec<Act> + Send + Sync + 'static) -> Server {
    let said = AtomicUsize::new(0);
    let talk = move || says(REPLIES[said.fetch_add(1, Ordering::Relaxed) % REPLIES.len()]);
    Server::by(move |_, request| match request {
        _ if is_waited_for(request) => waited(&texts(request)),
        _ if is_embedding(request) => vectors(&texts(request)),
        _ if is_summary(request) => says("They talked of nets."),
        _ => talk(),
    })
    .await
}

/// Long enough for a machine that does other things: where a vector comes, it is waited for.
const WAITS: &str = "wait = 5000";

fn back_ends(server: &Server, more: &str) -> BackEnds {
    small(server).embedding(&server.url, more)
}

/// Twelve turns, of which the first is of the kitten; a prompt has no room for all of them.
async fn twelve_turns(app: &TestApp, user: &SimUser) {
    begins(user).await;
    for (n, reply) in REPLIES.iter().enumerate() {
        talks(user, n, if n == 0 { KITTEN } else { "Another day." }, reply).await;
    }
    found(app, user, 12).await;
}

/// Waits until so many turns of somebody's only dialog are found by what was meant.
async fn found(app: &TestApp, user: &SimUser, count: usize) {
    let there = async {
        loop {
            let dialog = dialog(app, user).await;
            let turns = dialog["turns"].as_array().expect("turns");
            if turns.iter().filter(|turn| turn["found_by_meaning"] == true).count() == count {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, there).await.unwrap_or_else(|_| panic!("no {count} turns with vectors"));
}

/// The last words that a model was told in a reply's request.
fn told_last(server: &Server) -> String {
    let is_reply = |request: &&String| !is_embedding(request) && !is_summary(request);
    let asked = body(server.requests().iter().rfind(is_reply).expect("a request"));
    asked["messages"].as_array().and_then(|all| all.last()).expect("a message")["content"].to_string()
}

/// Guards: the vectors beside the words, sealed, paid for, of the turn as it is now, and forgotten.
#[tokio::test]
async fn what_was_meant_is_recalled_though_no_word_of_it_is_said() {
    let Some((database, _)) = real_postgres() else { return };
    let server = model(vectors).await;
    let back_ends = back_ends(&server, WAITS);
    let options = Options { place: Place::Server(database.create("meaning")), ..back_ends.options() };
    let app = spawn_app(options);
    let anna = member(&app.world, "anna", WOMAN).await;
    ask(&anna, "/remember I like tea", "Remembered").await;
    twelve_turns(&app, &anna).await;
    ask(&anna, PET, REPLIES[0]).await;
    assert!(told_last(&server).contains(RECALLED), "{}", told_last(&server));
    let embeddings: Vec<String> = server.requests().into_iter().filter(|one| is_embedding(one)).collect();
    assert!(embeddings.iter().any(|one| is_waited_for(one)), "{embeddings:?}");
    for private in ["anna", &anna.id().to_string()] {
        assert!(!embeddings.concat().contains(private), "{private} goes to nobody");
    }

    let ask_database = |sql: &str| database.ask("meaning", sql);
    let sealed =
        "SELECT count(*) FROM companion_turns WHERE octet_length(vector) > 8 AND vector_of = 'small:8:'";
    assert_eq!(ask_database(sealed), "12");
    let open = "SELECT count(*) FROM companion_turns WHERE position('\\x0000197f' IN vector) > 0";
    assert_eq!(ask_database(open), "0", "the database cannot read them");
    let unsettled = "SELECT count(*) FROM companion_calls WHERE spent IS NULL";
    until("every call is settled", || ask_database(unsettled) == "0").await;
    let cost =
        "SELECT count(*) > 3 AND sum(spent) = 9 * count(*) FROM companion_calls WHERE back_end = 'meaning'";
    assert_eq!(ask_database(cost), "t", "three lots of turns and one that was waited for, as the usage says");

    // What is answered anew, or taken back, is found by what it means then, once that is read.
    let mark = anna.mark();
    tap(&anna, "ch:undo:").await;
    told(&anna, mark, "Undone").await;
    found(&app, &anna, 12).await;
    let port = app.engine.env().capabilities.companion.clone();
    let at = "SELECT dialog_id FROM companion_dialogs";
    let at = DialogId(ask_database(at).parse().expect("a number"));
    let again = Request::Another { dialog: at, turn: 12, answer: 1 };
    port.ask(UserId(anna.id()), again).await.expect("an answer");
    found(&app, &anna, 11).await;

    ask(&anna, "/memory", "I like tea").await;
    let mark = anna.mark();
    tap(&anna, "ch:forget").await;
    told(&anna, mark, "No character remembers anything").await;
    found(&app, &anna, 0).await;
}

/// What the one who waits for a vector may get, beside one.
fn troubles() -> Vec<Vec<Act>> {
    let json = |body: &str| status("200 OK", "", body);
    let one = |embedding: &str| json(&format!("{{\"data\":[{{\"index\":0,\"embedding\":{embedding}}}]}}"));
    let slow = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n".to_vec();
    vec![
        json("{\"data\":[]}"),
        one("[1,0.1,0,0]"),
        one("[NaN,0,0,0,0,0,0,0]"),
        one("[0,0,0,0,0,0,0,0]"),
        // A client that reads on would never come to its end.
        one(&format!("[{}1]", "1,".repeat(5_000_000))),
        vec![Act::Write(slow), Act::For(b" ".to_vec(), Duration::from_millis(20))],
        vec![Act::Hang],
        status("500 Internal Server Error", "", "{}"),
        status("429 Too Many Requests", "retry-after: 60\r\n", "{}"),
    ]
}

/// Guards: the time for which a reply waits, the check of what comes, the breaker.
#[tokio::test]
async fn whatever_becomes_of_a_vector_the_reply_comes() {
    let which = Arc::new(AtomicUsize::new(0));
    let (now, all) = (which.clone(), troubles());
    let count = all.len();
    let server = model(move |_| all[now.load(Ordering::SeqCst).min(count - 1)].clone()).await;
    let back_ends = back_ends(&server, "wait = 1500");
    let app = spawn_app(back_ends.options());
    let anna = member(&app.world, "anna", WOMAN).await;
    twelve_turns(&app, &anna).await;
    let waited = || server.requests().iter().filter(|one| is_waited_for(one)).count();
    let before = waited();
    for (n, reply) in REPLIES.iter().enumerate().take(count) {
        which.store(n, Ordering::SeqCst);
        ask(&anna, PET, reply).await;
        let last = told_last(&server);
        assert!(last.contains("Which pet") && !last.contains(RECALLED), "{n}: {last}");
    }
    assert_eq!(waited() - before, count, "each was asked for once");
    let health = app.engine.env().capabilities.companion.health().back_ends;
    assert!(
        health.contains(&("meaning".to_owned(), true)),
        "who says when to come again is left alone: {health:?}"
    );
}

/// Guards: vectors of another model are not compared with, and are made anew where somebody talks.
#[tokio::test]
async fn with_another_model_the_vectors_are_made_anew() {
    let server = model(vectors).await;
    let back_ends_before = back_ends(&server, WAITS);
    let app = spawn_app(back_ends_before.options());
    let anna = member(&app.world, "anna", WOMAN).await;
    twelve_turns(&app, &anna).await;
    let (world, data_dir) = app.stop();
    let server = model(vectors).await;
    let other = back_ends(&server, WAITS).changed("model = \"small\"", "model = \"other\"");
    let app = spawn_app(Options { world: Some(world), data_dir: Some(data_dir), ..other.options() });
    ask(&anna, PET, REPLIES[0]).await;
    assert!(!told_last(&server).contains(RECALLED), "nothing is compared with what another model made");
    for (n, reply) in (13..).zip(&REPLIES[1..4]) {
        talks(&anna, n, "Another day.", reply).await;
    }
    let anew = || {
        let all = server.requests();
        let mut lots = all.iter().filter(|one| is_embedding(one) && !is_waited_for(one));
        lots.any(|one| texts(one).len() == 16 && one.contains("\"other\""))
    };
    until("all turns are read anew", anew).await;
    found(&app, &anna, 16).await;
    ask(&anna, PET, REPLIES[4]).await;
    assert!(told_last(&server).contains(RECALLED), "{}", told_last(&server));
}

/// Guard: who makes vectors is told nothing in a mode of which they are not to know.
#[tokio::test]
async fn in_adult_mode_who_may_not_know_is_not_asked() {
    let server = model(vectors).await;
    let back_ends = back_ends(&server, WAITS).adult(&[0]);
    let app = spawn_app(back_ends.options());
    let anna = member(&app.world, "anna", WOMAN).await;
    twelve_turns(&app, &anna).await;
    let waited = || server.requests().iter().filter(|one| is_waited_for(one)).count();
    let before = waited();
    switches_on(&anna).await;
    ask(&anna, PET, REPLIES[0]).await;
    assert!(waited() == before && !told_last(&server).contains(RECALLED));
    let mark = anna.mark();
    tap(&anna, "ch:adult_off:").await;
    told(&anna, mark, "Adult mode is off").await;
    ask(&anna, PET, REPLIES[1]).await;
    assert!(waited() == before + 1 && told_last(&server).contains(RECALLED), "{}", told_last(&server));
}

/// Guard: the reserve before each call for vectors.
#[tokio::test]
async fn no_vector_is_bought_beyond_a_cap() {
    let server = model(vectors).await;
    let dear = BackEnds::new(&[&server.url], RICH)
        .changed("hour = 10000", "hour = 10000\nscript = false")
        .embedding(&server.url, "")
        // No call for vectors fits under its own cap.
        .changed("price = 1\ncap = 10", "price = 1000\ncap = 0.001");
    let app = spawn_app(dear.options());
    let anna = member(&app.world, "anna", WOMAN).await;
    begins(&anna).await;
    for (n, reply) in REPLIES.iter().enumerate() {
        ask(&anna, &long(n, "Another day."), reply).await;
    }
    assert!(!server.requests().iter().any(|request| is_embedding(request)), "nothing beyond a cap");
}

/// A call of a reply's own whose process ended before it had settled it, so long ago; as the books
/// have it then.
fn unsettled(database: &Postgres, name: &str, ago: Duration) {
    let last = "c.try < 0 AND c.turn = (SELECT max(turn) FROM companion_calls WHERE try < 0)";
    let sums = "s.day = c.day AND s.cap IN ('all', 'person', 'back_end:' || c.back_end)";
    let ago = ago.as_millis();
    database.ask(
        name,
        &format!(
            "WITH back AS (
                UPDATE companion_sums s SET reserved = reserved + c.worst, spent = s.spent - coalesce(c.spent, 0)
                FROM companion_calls c WHERE {last} AND {sums} AND c.spent IS NOT NULL),
            changed AS (UPDATE companion_calls c SET spent = NULL, at = at - {ago} WHERE {last})
            SELECT 1"
        ),
    );
}

/// Guard: what nobody comes back to does not stay reserved.
#[tokio::test]
async fn a_call_whose_process_ended_counts_as_spent_an_hour_later() {
    let Some((database, _)) = real_postgres() else { return };
    let server = model(vectors).await;
    let back_ends = back_ends(&server, WAITS);
    let options = Options { place: Place::Server(database.create("lost_calls")), ..back_ends.options() };
    let app = spawn_app(options);
    let anna = member(&app.world, "anna", WOMAN).await;
    twelve_turns(&app, &anna).await;
    talks(&anna, 12, PET, REPLIES[0]).await;
    let reserved = || database.ask("lost_calls", "SELECT sum(reserved)::bigint FROM companion_sums") != "0";
    until("all is settled", || !reserved()).await;

    let open = "SELECT count(*) FROM companion_calls WHERE try < 0 AND spent IS NULL";
    let is_open = || database.ask("lost_calls", open) == "1";
    let port = app.engine.env().capabilities.companion.clone();
    unsettled(&database, "lost_calls", Duration::from_secs(600));
    assert!(is_open() && reserved());
    port.tidy().await;
    assert!(is_open() && reserved(), "its turn may still come back to it");
    unsettled(&database, "lost_calls", Duration::from_secs(3_600));
    port.tidy().await;
    assert!(!is_open());
    let worst = "SELECT worst - spent FROM companion_calls WHERE try < 0 ORDER BY turn DESC LIMIT 1";
    assert_eq!(database.ask("lost_calls", worst), "0", "nobody knows what it cost");
    until("nothing is reserved", || !reserved()).await;
    let sums =
        "SELECT (SELECT sum(spent) FROM companion_calls) - spent FROM companion_sums WHERE cap = 'all'";
    assert_eq!(database.ask("lost_calls", sums), "0", "the sum is that of its calls");
}
