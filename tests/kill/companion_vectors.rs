//! I16: the process ends at named moments around vectors of turns. Those that are kept are not made
//! again, and no call is paid beyond its reserve.

use super::companion_summary::books;
use super::process::PATIENCE;
use super::vera::Place;
use crate::model::{Act, Server, finish, head, status, words};
use crate::support::characters::BackEnds;
use nameless_simulator::SimUser;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Where, and how many requests for the vectors of a life's turns that costs: what was bought and
/// not kept is bought again, what was kept never.
const POINTS: [(&str, usize); 3] = [
    ("companion vectors before call#1", 1),
    ("companion vectors before keeping#1", 2),
    ("companion vectors after keeping#1", 1),
];
/// Turns after which their vectors are made.
const TURNS: usize = 4;
/// The most that one call can cost here, in millionths: 8,192 tokens of context at one, an answer
/// of 200 at two.
const WORST: u64 = 8_592;

/// The texts of a request for the vectors of turns; none of any other. Who waits asks for one text.
fn lot(request: &str) -> Option<Vec<String>> {
    let (head, body) = request.split_once("\r\n\r\n")?;
    let body: Value = serde_json::from_str(body).ok().filter(|_| head.contains(" /v1/embeddings "))?;
    let texts = body["input"].as_array()?.iter().filter_map(|text| Some(text.as_str()?.to_owned()));
    Some(texts.collect::<Vec<_>>()).filter(|texts| texts.len() > 1)
}

async fn model() -> Server {
    let said = AtomicUsize::new(0);
    Server::by(move |_, request| -> Vec<Act> {
        if !request.starts_with("POST /v1/embeddings ") {
            let number = said.fetch_add(1, Ordering::SeqCst) + 1;
            return vec![head(), words(&format!("Reply number {number}.")), finish("stop")];
        }
        let count = lot(request).map_or(1, |texts| texts.len());
        let one = |index: usize| json!({ "index": index, "embedding": [1, 2, 3, 4, 5, 6, 7, 8] });
        let data: Vec<Value> = (0..count).map(one).collect();
        status("200 OK", "", &json!({ "data": data, "usage": { "prompt_tokens": 9 } }).to_string())
    })
    .await
}

fn lots(server: &Server) -> Vec<Vec<String>> {
    server.requests().iter().filter_map(|request| lot(request)).collect()
}

/// Whether somebody has so many different replies. The one at whose delivery the process ended may
/// be there twice, as with every send.
fn has(user: &SimUser, replies: usize) -> bool {
    let chat = user.chat();
    let told = |n: usize| {
        let line = format!("Reply number {n}.");
        chat.iter().any(|m| m.from_bot && m.text().is_some_and(|text| text.contains(&line)))
    };
    (1..=replies).all(told)
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_around_vectors_what_was_kept_is_not_made_again() {
    let server = model().await;
    let back_ends = BackEnds::new(&[&server.url], 10.0)
        // A test writes at a program's pace.
        .changed("hour = 10000", "hour = 10000\nscript = false")
        // A call that is given up before it leaves would be counted here, and not by the server.
        .embedding(&server.url, "wait = 5000");
    let place = Place::new(back_ends);
    let mut bot = place.serve(None);
    let anna = place.anna().await;
    let token = place.token();

    let (mut asked, mut bought) = (0, 0);
    // At last a life that nothing ends.
    for (point, requests) in POINTS.map(|(point, n)| (Some(point), n)).into_iter().chain([(None, 1)]) {
        bot.stop();
        bot = place.serve(point);
        let mut deaths = 0;
        for _ in 0..TURNS {
            asked += 1;
            anna.send_text(&format!("Question number {asked}?"));
            let since = Instant::now();
            while !has(&anna, asked) {
                assert!(since.elapsed() < 2 * PATIENCE, "{point:?}: no reply to {asked}:\n{}", bot.printed());
                if bot.is_over() {
                    deaths += 1;
                    bot = place.serve(None);
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        if point.is_some() && deaths == 0 {
            bot.ended(PATIENCE);
            deaths += 1;
            bot = place.serve(None);
        }
        bought += requests;
        let (since, http) = (Instant::now(), bot.http());
        let settled = async || lots(&server).len() >= bought && books(&http, &token).await.2 == 0;
        while !settled().await {
            assert!(since.elapsed() < 2 * PATIENCE, "{point:?}: nothing is made:\n{}", bot.printed());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let all = lots(&server);
        assert_eq!((deaths, all.len()), (usize::from(point.is_some()), bought), "{point:?}");
        // Those of this life's turns and of no others: what was made before is kept.
        for texts in &all[bought - requests..] {
            let of_now = |text: &String| {
                (asked + 1 - TURNS..=asked).any(|n| text.starts_with(&format!("Question number {n}?")))
            };
            assert!(texts.len() == TURNS && texts.iter().all(of_now), "{point:?}: {texts:?}");
        }
    }
    // One reserve more than there were calls: of the one that ended before it was made.
    let (calls, spent, reserved) = books(&bot.http(), &token).await;
    assert_eq!((calls, reserved), (server.requests().len() as u64 + 1, 0));
    assert!(spent > 0 && spent <= calls * WORST, "{spent} for {calls} calls");
    bot.stop();
    assert_eq!(lots(&server).len(), bought, "and nothing is made again");
}
