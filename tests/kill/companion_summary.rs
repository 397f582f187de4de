//! I16: the process ends at named moments around a summary. What a prompt has no room for is summed
//! up once, a span at a time, and no call is paid beyond its reserve.

use super::process::PATIENCE;
use super::vera::Place;
use crate::model::{Act, Server, data, finish, head, words};
use crate::support::characters::BackEnds;
use nameless_simulator::{ChatMessage, SimUser};
use serde_json::Value;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Where, and how many requests of a summary that costs: what was bought and not kept is bought
/// again, what was kept never.
const POINTS: [(&str, usize); 3] = [
    ("companion summary before call#1", 1),
    ("companion summary before keeping#1", 2),
    ("companion summary after keeping#1", 1),
];
/// Turns until a prompt cuts again: half a block, and some to spare.
const MOST_TURNS: usize = 16;
/// The most that one call can cost here, in millionths: 2,048 tokens of context at one, an answer
/// of 200 at two.
const WORST: u64 = 2_448;

/// What the model says to turns: none opens like another.
const REPLIES: [&str; 12] = [
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

fn is_summary(request: &str) -> bool {
    request.contains("You keep the memory of a character")
}

fn body(request: &str) -> Value {
    let (_, body) = request.split_once("\r\n\r\n").expect("a body");
    serde_json::from_str(body).expect("JSON")
}

/// The words of the summary of this number.
fn summary(number: usize) -> String {
    format!("Summary number {number}. They own a boat called Albatross.")
}

/// A model that talks, and sums up. Nobody says how many tokens a reply took: what is learnt of
/// them would have prompts hold ever more, and nothing would be left to sum up.
async fn model() -> Server {
    let (said, summed) = (AtomicUsize::new(0), AtomicUsize::new(0));
    Server::by(move |_, request| -> Vec<Act> {
        if is_summary(request) {
            let number = summed.fetch_add(1, Ordering::SeqCst) + 1;
            return vec![head(), words(&summary(number)), finish("stop")];
        }
        let number = said.fetch_add(1, Ordering::SeqCst);
        let reply = format!("{} ({number})", REPLIES[number % REPLIES.len()]);
        let end = r#"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#;
        vec![head(), words(&reply), data(end), data("[DONE]")]
    })
    .await
}

/// Long words with a number, of which a prompt holds few.
fn entry(n: usize) -> String {
    let days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    let filler: String =
        (0..14).map(|k| format!("On {} {k} we mended net {n}{k}. ", days[(n + k) % 7])).collect();
    format!("Entry {n}: another day. {filler}")
}

/// The numbers of what a request for a summary holds.
fn entries(request: &str) -> Vec<usize> {
    let body = body(request);
    let text = body["messages"][1]["content"].as_str().expect("words");
    let number = |part: &str| part.split(':').next().and_then(|n| n.parse().ok()).expect("a number");
    text.split("Entry ").skip(1).map(number).collect()
}

/// The last turn that the last prompt had no room for, by the first one that stands in it.
fn left_out(server: &Server) -> usize {
    let requests = server.requests();
    let last = body(requests.iter().rfind(|one| !is_summary(one)).expect("a request"));
    let messages = last["messages"].as_array().expect("messages");
    let said = messages.iter().filter(|one| one["role"] == "user").filter_map(|one| one["content"].as_str());
    // What is recalled stands before the new words, in the last one.
    let number = |text: &str| text.strip_prefix("Entry ")?.split(':').next()?.parse::<usize>().ok();
    said.filter_map(number).min().map_or(0, |first| first - 1)
}

/// Different replies that somebody has. The one at whose delivery the process ended may be there
/// twice, as with every send.
fn replies(user: &SimUser) -> usize {
    let chat = user.chat();
    let text = |m: &ChatMessage| m.text().filter(|_| m.from_bot).map(str::to_owned);
    let told: Vec<String> = chat.iter().filter_map(text).collect();
    (0..).take_while(|n| told.iter().any(|text| text.contains(&format!("({n})")))).count()
}

/// What characters remember of somebody, as they are shown it.
async fn remembered(user: &SimUser) -> String {
    let mark = user.mark();
    user.send_text("/memory");
    let shown = |m: &ChatMessage| m.from_bot && m.text().is_some_and(|text| text.contains("remember"));
    let message = user.wait_after(mark, 2 * PATIENCE, shown).await.expect("what is remembered");
    message.text().unwrap_or_default().to_owned()
}

/// The day's books: calls, what they cost, and what is still reserved.
pub async fn books(http: &str, token: &str) -> (u64, u64, u64) {
    let request = reqwest::Client::new().get(format!("{http}/admin/api/v1/characters/spend"));
    let answer = request.bearer_auth(token).send().await.expect("an answer");
    let text = answer.text().await.expect("text");
    let page: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}"));
    let all = page["items"].as_array().expect("lines").iter().filter(|line| line["cap"] == "all");
    // It may be midnight.
    all.fold((0, 0, 0), |(calls, spent, reserved), line| {
        let of = |name: &str| line[name].as_u64().expect("a number");
        (calls + of("calls"), spent + of("spent"), reserved + of("reserved"))
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_around_a_summary_each_span_is_summed_up_once() {
    let server = model().await;
    let back_ends = BackEnds::new(&[&server.url], 10.0)
        .changed("context = 8192", "context = 2048")
        // A test writes at a program's pace.
        .changed("hour = 10000", "hour = 10000\nscript = false");
    let place = Place::new(back_ends);
    let mut bot = place.serve(None);
    let anna = place.anna().await;
    let summaries = || server.requests().into_iter().filter(|one| is_summary(one)).collect::<Vec<_>>();

    let (mut asked, mut bought, mut kept_upto) = (0, 0, 0);
    for (point, requests) in POINTS {
        bot.stop();
        bot = place.serve(Some(point));
        let (mut deaths, from) = (0, asked);
        while deaths == 0 {
            assert!(asked - from < MOST_TURNS, "{point}: nothing is summed up:\n{}", bot.printed());
            asked += 1;
            anna.send_text(&entry(asked));
            let since = Instant::now();
            while replies(&anna) < asked {
                assert!(since.elapsed() < 2 * PATIENCE, "{point}: no reply to {asked}:\n{}", bot.printed());
                if bot.is_over() {
                    deaths += 1;
                    bot = place.serve(None);
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            // What is left out now is summed up, so this life ends; nothing else is under way then.
            if deaths == 0 && left_out(&server) >= kept_upto + 4 {
                bot.ended(PATIENCE);
                deaths += 1;
                bot = place.serve(None);
            }
        }
        bought += requests;
        let since = Instant::now();
        while !remembered(&anna).await.contains(&summary(bought)) {
            assert!(since.elapsed() < 2 * PATIENCE, "{point}: nothing is kept:\n{}", bot.printed());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let all = summaries();
        assert_eq!((deaths, all.len()), (1, bought), "{point}");
        // The same span where it was bought again, right behind what was summed up before.
        let spans: Vec<Vec<usize>> = all[bought - requests..].iter().map(|one| entries(one)).collect();
        for span in &spans {
            let expected: Vec<usize> = (kept_upto + 1..=kept_upto + span.len()).collect();
            assert!(span.len() >= 4 && *span == expected, "{point}: {spans:?} behind {kept_upto}");
        }
        if let Some(before) = bought.checked_sub(requests).filter(|before| *before > 0) {
            let text = all.last().expect("a request");
            assert!(text.contains(&format!("What was before: {}", summary(before))), "{point}: {text}");
        }
        kept_upto += spans.last().expect("a span").len();
    }

    // What is told to the model next stands on the last summary, and on no other.
    asked += 1;
    anna.send_text("And now, do you remember the boat?");
    let since = Instant::now();
    while replies(&anna) < asked {
        assert!(since.elapsed() < PATIENCE, "no reply:\n{}", bot.printed());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let requests = server.requests();
    let last = body(requests.iter().rfind(|one| !is_summary(one)).expect("a request"));
    let system = last["messages"][0]["content"].as_str().expect("words");
    assert!(system.contains(&summary(bought)) && system.matches("Summary number").count() == 1, "{system}");

    // One reserve more than there were calls: of the one that ended before it was made.
    let token = place.token();
    let (calls, spent, reserved) = books(&bot.http(), &token).await;
    assert_eq!((calls, reserved), (server.requests().len() as u64 + 1, 0));
    assert!(spent > 0 && spent <= calls * WORST, "{spent} for {calls} calls");
    bot.stop();
    let all = (replies(&anna), summaries().len(), server.requests().len());
    assert_eq!(all, (asked, bought, asked + bought), "each turn is answered once, each reply bought once");
}
