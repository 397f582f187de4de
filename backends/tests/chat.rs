//! A chat back end against a server that hangs, lies, breaks off and asks to wait.

mod server;

use nameless_backends::port::{ChatRequest, Clock, Failure, Finish, LanguageModel, Reply, Usage, Why};
use nameless_backends::{BreakerSettings, ChatBackEnd, Clocks, Dialect, Sampling, Settings};
use nameless_domain::companion::context::{Message, Role};
use nameless_domain::companion::money::{Micros, Outcome, Price, TokenPrice};
use server::{Act, Server, data, finish, head, status, words};
use std::time::{Duration, Instant};

/// Short, for what is to run out; the rest is far beyond.
const SHORT: Duration = Duration::from_millis(300);
const LONG: Duration = Duration::from_secs(60);

fn settings(url: &str) -> Settings {
    Settings {
        url: url.to_owned(),
        key: Some("sk-secret".into()),
        dialect: Dialect::Plain,
        models: vec!["model".to_owned()],
        sampling: Sampling::default(),
        clocks: Clocks { connect: LONG, first: LONG, between: LONG, total: LONG },
        attempts: 3,
        places: 4,
        breaker: BreakerSettings::default(),
        seed: 1,
    }
}

fn request() -> ChatRequest {
    let messages = vec![Message { role: Role::User, text: "Привет".to_owned() }];
    ChatRequest { messages, most_answer: 100, session: "s".to_owned(), again: false }
}

/// Asks once; gives what was shown as well.
async fn ask(back_end: &ChatBackEnd) -> (Result<Reply, Failure>, String) {
    let mut shown = String::new();
    let mut on = |part: &nameless_domain::companion::reasoning::Shown| {
        nameless_domain::companion::reasoning::take(&mut shown, part.clone());
    };
    // Longer than any clock of these tests: one that hangs is a failure of the test.
    let reply =
        tokio::time::timeout(LONG * 2, back_end.reply(&request(), &mut on)).await.expect("a clock rings");
    (reply, shown)
}

async fn answer(script: Vec<Act>, change: impl FnOnce(&mut Settings)) -> (Result<Reply, Failure>, String) {
    let server = Server::new(vec![script]).await;
    let mut settings = settings(&server.url);
    change(&mut settings);
    ask(&ChatBackEnd::new(settings).unwrap()).await
}

fn why(reply: &Result<Reply, Failure>) -> Why {
    reply.as_ref().map(|r| r.text.clone()).expect_err("a failure").why
}

#[tokio::test]
async fn a_reply_streams() {
    let script = vec![
        head(),
        Act::Write(b": keep-alive\n\n".to_vec()),
        data(r#"{"choices":[{"delta":{"role":"assistant","content":null}}]}"#),
        words("<think>what to "),
        words("say</thi"),
        words("nk>\n\nПри"),
        words("вет"),
        finish("stop"),
    ];
    let server = Server::new(vec![script]).await;
    let (reply, shown) = ask(&ChatBackEnd::new(settings(&server.url)).unwrap()).await;
    let reply = reply.unwrap();
    assert_eq!((reply.text.as_str(), shown.as_str()), ("Привет", "Привет"));
    assert_eq!((reply.finish.clone(), reply.usage), (Finish::Stop, Some(Usage { prompt: 10, answer: 5 })));
    let price = Price::Tokens(TokenPrice { prompt: Micros(1_000_000), answer: Micros(2_000_000) });
    assert_eq!(reply.outcome(price), Outcome::Spent(Micros(20)));
    let request = &server.requests()[0];
    assert!(request.starts_with("POST /v1/chat/completions HTTP/1.1\r\n"), "{request}");
    assert!(request.to_lowercase().contains("authorization: bearer sk-secret\r\n"));
}

#[tokio::test]
async fn a_server_that_does_not_stream_is_understood() {
    let body = r#"{"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}"#;
    let (reply, shown) = answer(status("200 OK", "", body), |_| ()).await;
    assert_eq!((reply.unwrap().text, shown), ("Hi".to_owned(), "Hi".to_owned()));
}

#[tokio::test]
async fn a_stream_without_finish_is_a_failure_whose_cost_is_unknown() {
    for last in [vec![], vec![data("[DONE]")]] {
        let script = [vec![head(), words("Half a ")], last].concat();
        let (reply, shown) = answer(script, |_| ()).await;
        assert_eq!((why(&reply), shown.as_str()), (Why::CutOff, "Half a "));
        let failure = reply.unwrap_err();
        assert_eq!((failure.outcome(), failure.shown, failure.attempts), (Outcome::Unknown, true, 1));
    }
}

#[tokio::test]
async fn done_may_be_missing_and_usage_too() {
    let script = vec![head(), words("Hi"), data(r#"{"choices":[{"delta":{},"finish_reason":"length"}]}"#)];
    let reply = answer(script, |_| ()).await.0.unwrap();
    assert_eq!((reply.finish.clone(), reply.usage), (Finish::Length, None));
    assert_eq!(reply.outcome(Price::Call(Micros(1))), Outcome::Unknown);
}

#[tokio::test]
async fn keep_alives_feed_no_clock() {
    let alive = |pause| Act::For(b": OPENROUTER PROCESSING\n\n".to_vec(), Duration::from_millis(pause));
    let (reply, _) = answer(vec![head(), alive(20)], |s| s.clocks.first = SHORT).await;
    assert_eq!(why(&reply), Why::Late(Clock::First));
    let (reply, _) = answer(vec![head(), words("Hi"), alive(20)], |s| s.clocks.between = SHORT).await;
    assert_eq!(why(&reply), Why::Late(Clock::Between));
    // Reasoning neither.
    let thought = Act::For(
        b"data: {\"choices\":[{\"delta\":{\"reasoning_content\":\"hm\"}}]}\n\n".to_vec(),
        Duration::from_millis(20),
    );
    let (reply, _) = answer(vec![head(), thought], |s| s.clocks.first = SHORT).await;
    assert_eq!(why(&reply), Why::Late(Clock::First));
}

#[tokio::test]
async fn each_clock_rings() {
    let (reply, _) = answer(vec![Act::Hang], |s| s.clocks.first = SHORT).await;
    assert_eq!((why(&reply), reply.unwrap_err().outcome()), (Why::Late(Clock::First), Outcome::Unknown));
    let slowly = Act::For(
        b"data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n".to_vec(),
        Duration::from_millis(20),
    );
    let (reply, _) = answer(vec![head(), slowly], |s| s.clocks.total = SHORT).await;
    assert_eq!(why(&reply), Why::Late(Clock::Total));
    let (reply, _) = answer(vec![head(), words("a"), Act::Hang], |s| s.clocks.between = SHORT).await;
    assert_eq!(why(&reply), Why::Late(Clock::Between));
    // A peer that accepts and says nothing while TLS waits for it.
    let server = Server::new(vec![vec![Act::Hang]]).await;
    let mut settings = settings(&server.url.replace("http://", "https://"));
    settings.clocks.connect = SHORT;
    let (reply, _) = ask(&ChatBackEnd::new(settings).unwrap()).await;
    assert_eq!((why(&reply), reply.unwrap_err().outcome()), (Why::Late(Clock::Connect), Outcome::NotSpent));
}

#[tokio::test]
async fn nobody_there_is_unreachable_and_costs_nothing() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    drop(listener);
    let (reply, _) = ask(&ChatBackEnd::new(settings(&url)).unwrap()).await;
    assert_eq!((why(&reply), reply.unwrap_err().outcome()), (Why::Unreachable, Outcome::NotSpent));
}

#[tokio::test]
async fn errors_inside_a_200_are_errors() {
    for (script, expected) in [
        (vec![head(), data(r#"{"error":{"code":"400","message":"x"}}"#), data("[DONE]")], Why::Refused),
        (vec![head(), words("Hi"), data(r#"{"error":{"code":502}}"#), finish("stop")], Why::Broken),
        (
            vec![head(), words("Hi"), data(r#"{"choices":[{"delta":{},"finish_reason":"error"}]}"#)],
            Why::Broken,
        ),
        (status("200 OK", "", r#"{"error":"no model"}"#), Why::Broken),
    ] {
        let (reply, _) = answer(script, |_| ()).await;
        assert_eq!(why(&reply), expected);
    }
}

#[tokio::test]
async fn what_is_mal_formed_or_endless_is_bounded() {
    let pause = Duration::ZERO;
    for (script, expected) in [
        (vec![head(), words("Hi"), data("{\"choices\":")], Why::Malformed),
        (vec![head(), Act::Write(vec![b'x'; 10 * 1024 * 1024])], Why::TooLarge),
        (vec![head(), Act::For(b"data: ".repeat(100), pause)], Why::TooLarge),
        (vec![head(), Act::For(b": a comment\n".repeat(1_000), pause)], Why::TooLarge),
        (
            vec![
                head(),
                Act::For(
                    format!("data: {}\n\n", r#"{"choices":[{"delta":{"content":"aaaaaaaaaaaaaaaaaaaa"}}]}"#)
                        .repeat(100)
                        .into_bytes(),
                    pause,
                ),
            ],
            Why::TooLarge,
        ),
        (vec![head(), finish("stop")], Why::Empty),
        (vec![head(), words("<think>all of it"), finish("stop")], Why::Empty),
        (vec![Act::Write(b"not http at all\r\n\r\n".to_vec())], Why::CutOff),
    ] {
        let name = format!("{expected:?}");
        let (reply, _) = answer(script, |_| ()).await;
        assert_eq!(why(&reply), expected, "{name}");
    }
}

#[tokio::test]
async fn busy_and_broken_are_tried_again_after_the_time_told() {
    let good = vec![head(), words("Hi"), finish("stop")];
    let scripts =
        vec![status("429 Too Many", "retry-after: 1\r\n", "{}"), status("503 Busy", "", "{}"), good];
    let server = Server::new(scripts).await;
    let begun = Instant::now();
    let reply = ask(&ChatBackEnd::new(settings(&server.url)).unwrap()).await.0.unwrap();
    assert_eq!((reply.text.as_str(), server.requests().len()), ("Hi", 3));
    assert!(begun.elapsed() >= Duration::from_secs(1), "Retry-After is a floor");
    // The 503 may have been charged.
    assert_eq!((reply.unknown_attempts, reply.outcome(Price::Free)), (1, Outcome::Unknown));
}

#[tokio::test]
async fn what_is_refused_is_asked_once() {
    for (line, expected) in [
        ("400 Bad", Why::Refused),
        ("401 No", Why::Account),
        ("402 Pay", Why::Account),
        ("403 No", Why::Account),
        ("404 None", Why::Refused),
    ] {
        let server = Server::new(vec![status(line, "", "{}")]).await;
        let (reply, _) = ask(&ChatBackEnd::new(settings(&server.url)).unwrap()).await;
        assert_eq!((why(&reply), server.requests().len()), (expected, 1));
        assert_eq!(reply.unwrap_err().outcome(), Outcome::NotSpent);
    }
    let body = r#"{"error":{"type":"exceed_context_size_error","n_prompt_tokens":9,"n_ctx":4}}"#;
    let (reply, _) = answer(status("400 Bad", "", body), |_| ()).await;
    assert_eq!(why(&reply), Why::ContextTooLong);
}

#[tokio::test]
async fn nothing_is_tried_again_after_words() {
    let server = Server::new(vec![vec![head(), words("Hi"), data(r#"{"error":{"code":503}}"#)]]).await;
    let (reply, _) = ask(&ChatBackEnd::new(settings(&server.url)).unwrap()).await;
    assert_eq!((why(&reply), server.requests().len()), (Why::Broken, 1));
}

#[tokio::test]
async fn a_wait_beyond_the_time_left_is_given_back() {
    let server = Server::new(vec![status("429 Too Many", "retry-after: 3600\r\n", "{}")]).await;
    let back_end = ChatBackEnd::new(settings(&server.url)).unwrap();
    let failure = ask(&back_end).await.0.unwrap_err();
    assert_eq!(
        (failure.why, failure.retry_after, failure.attempts),
        (Why::Busy, Some(Duration::from_secs(3_600)), 1)
    );
    // And nobody else asks in the meantime.
    assert_eq!((why(&ask(&back_end).await.0), server.requests().len()), (Why::Open, 1));
}

#[tokio::test]
async fn the_breaker_opens_and_places_are_bounded() {
    let server = Server::new(vec![status("500 Broken", "", "{}")]).await;
    let mut few = settings(&server.url);
    few.attempts = 1;
    let back_end = ChatBackEnd::new(few).unwrap();
    for _ in 0..BreakerSettings::default().strikes {
        assert_eq!(why(&ask(&back_end).await.0), Why::Broken);
    }
    assert_eq!(why(&ask(&back_end).await.0), Why::Open);
    assert!(back_end.is_open());
    assert_eq!(server.requests().len(), BreakerSettings::default().strikes);

    let server = Server::new(vec![vec![Act::Hang]]).await;
    let mut one = settings(&server.url);
    one.places = 1;
    one.clocks.first = Duration::from_secs(5);
    let back_end = ChatBackEnd::new(one).unwrap();
    let (first, second) = tokio::join!(ask(&back_end), ask(&back_end));
    assert_eq!((why(&first.0), why(&second.0)), (Why::Late(Clock::First), Why::Full));
}

#[tokio::test]
async fn a_dropped_call_gives_its_place_back() {
    let server = Server::new(vec![vec![Act::Hang], vec![head(), words("Hi"), finish("stop")]]).await;
    let mut one = settings(&server.url);
    one.places = 1;
    let back_end = ChatBackEnd::new(one).unwrap();
    let begun = async {
        while server.requests().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::select! {
        _ = ask(&back_end) => panic!("it hangs"),
        done = tokio::time::timeout(LONG, begun) => done.expect("it is asked"),
    }
    assert_eq!(ask(&back_end).await.0.unwrap().text, "Hi");
}

#[test]
fn addresses_are_checked_and_errors_hold_no_key() {
    for url in ["", "openrouter.ai", "ftp://x/v1", "http:///v1", "https://user name/"] {
        assert!(ChatBackEnd::new(settings(url)).is_err(), "{url}");
    }
    assert!(!format!("{:?}", settings("http://x/v1")).contains("sk-secret"));
}
