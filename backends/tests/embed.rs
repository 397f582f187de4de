//! Who makes vectors: one that speaks OpenAI's embeddings, and servers that hang, dawdle and lie.

mod server;

use nameless_backends::port::{Clock, Embedded, Embedder, Failure, Why};
use nameless_backends::{BreakerSettings, Clocks, EmbeddingBackEnd, EmbeddingSettings};
use nameless_domain::companion::money::{Micros, Outcome, Price, TokenPrice};
use server::{Act, Server, status};
use std::time::{Duration, Instant};

const SHORT: Duration = Duration::from_millis(300);
const LONG: Duration = Duration::from_secs(60);

fn settings(url: &str) -> EmbeddingSettings {
    EmbeddingSettings {
        url: url.to_owned(),
        key: Some("secret".to_owned().into()),
        model: "small".to_owned(),
        dimensions: 2,
        cut: false,
        clocks: Clocks { connect: LONG, first: LONG, between: LONG, total: LONG },
        places: 1,
        breaker: BreakerSettings::default(),
    }
}

async fn asked(end: &EmbeddingBackEnd, within: Option<Duration>) -> Result<Embedded, Failure> {
    let texts = ["a boat".to_owned(), "лодка".to_owned()];
    // Longer than any clock of these tests: one that hangs is a failure of the test.
    tokio::time::timeout(LONG * 2, end.vectors(&texts, within)).await.expect("a clock rings")
}

/// What comes of one answer.
async fn answered(acts: Vec<Act>) -> Result<Embedded, Failure> {
    let server = Server::new(vec![acts]).await;
    asked(&EmbeddingBackEnd::new(settings(&server.url)).unwrap(), None).await
}

fn ok(body: &str) -> Vec<Act> {
    status("200 OK", "", body)
}

const GOOD: &str = r#"{"object":"list","model":"small","usage":{"prompt_tokens":7,"total_tokens":7},"data":[
    {"object":"embedding","index":1,"embedding":[3.5,-4e-2]},{"object":"embedding","index":0,"embedding":[1,2]}]}"#;

#[tokio::test]
async fn texts_are_asked_for_as_openai_has_it_and_vectors_come_in_their_order() {
    let server = Server::new(vec![ok(GOOD)]).await;
    let end = EmbeddingBackEnd::new(settings(&server.url)).unwrap();
    let made = asked(&end, None).await.unwrap();
    assert_eq!(made.vectors, [[1.0, 2.0], [3.5, -0.04]]);
    let price = Price::Tokens(TokenPrice { prompt: Micros(1_000_000), answer: Micros::ZERO });
    assert_eq!(made.outcome(price), Outcome::Spent(Micros(7)));
    let request = server.requests().concat();
    assert!(request.starts_with("POST /v1/embeddings "), "{request}");
    assert!(request.to_ascii_lowercase().contains("authorization: bearer secret"), "{request}");
    let (_, body) = request.split_once("\r\n\r\n").unwrap();
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    let all =
        serde_json::json!({ "model": "small", "input": ["a boat", "лодка"], "encoding_format": "float" });
    assert_eq!(body, all, "and nothing that servers refuse to be told");

    let server = Server::new(vec![ok(GOOD)]).await;
    let cut = EmbeddingSettings { cut: true, ..settings(&server.url) };
    asked(&EmbeddingBackEnd::new(cut).unwrap(), None).await.unwrap();
    assert!(server.requests().concat().contains("\"dimensions\":2"));
}

#[tokio::test]
async fn what_it_cost_is_what_it_says_or_unknown() {
    let price = Price::Tokens(TokenPrice { prompt: Micros(1_000_000), answer: Micros::ZERO });
    let usage = r#""usage":{"prompt_tokens":7,"total_tokens":7}"#;
    for (said, outcome) in [
        (r#""usage":{"total_tokens":9}"#, Outcome::Spent(Micros(9))),
        (r#""usage":{"prompt_tokens":7,"cost":0.000003}"#, Outcome::Spent(Micros(3))),
        (r#""usage":{}"#, Outcome::Unknown),
        (r#""usage":{"prompt_tokens":0,"total_tokens":0}"#, Outcome::Unknown),
        (r#""usage":null"#, Outcome::Unknown),
    ] {
        let made = answered(ok(&GOOD.replace(usage, said))).await.unwrap();
        assert_eq!(made.outcome(price), outcome, "{said}");
    }
}

/// Guards: as many vectors as texts, their length, numbers, the bound of a body. What may have been
/// made may have been charged.
#[tokio::test]
async fn an_answer_that_lies_is_no_answer() {
    let fewer = r#"{"data":[{"index":0,"embedding":[1,2]}]}"#;
    let endless = format!("{{\"data\":[{{\"index\":0,\"embedding\":[{}1]}}]}}", "1,".repeat(5_000_000));
    for (body, why) in [
        (fewer.to_owned(), Why::Malformed),
        (GOOD.replace("[1,2]", "[1,2,3]"), Why::Malformed),
        (GOOD.replace("[1,2]", "[1]"), Why::Malformed),
        (GOOD.replace("[1,2]", "[NaN,2]"), Why::Malformed),
        (GOOD.replace("[1,2]", "[null,2]"), Why::Malformed),
        (GOOD.replace("[1,2]", "[1e39,2]"), Why::Malformed),
        (GOOD.replace("[1,2]", "\"AACAPwAAAEA=\""), Why::Malformed),
        (GOOD.replace("\"index\":1", "\"index\":0"), Why::Malformed),
        (GOOD.replace("\"index\":1", "\"index\":-1"), Why::Malformed),
        (r#"{"error":{"message":"no","code":500}}"#.to_owned(), Why::Malformed),
        ("<html>".to_owned(), Why::Malformed),
        (String::new(), Why::Malformed),
        (endless, Why::TooLarge),
    ] {
        let failed = answered(ok(&body)).await.unwrap_err();
        let start = &body[..body.len().min(80)];
        assert_eq!((failed.why, failed.outcome()), (why, Outcome::Unknown), "{start}");
    }
}

#[tokio::test]
async fn who_says_no_is_not_paid_and_is_let_alone_for_as_long_as_it_says() {
    for (line, why) in [("401 Unauthorized", Why::Account), ("400 Bad Request", Why::Refused)] {
        let failed = answered(status(line, "", "{}")).await.unwrap_err();
        assert_eq!((failed.why, failed.outcome()), (why, Outcome::NotSpent), "{line}");
    }
    let busy = status("429 Too Many Requests", "retry-after: 30\r\n", "{}");
    let server = Server::new(vec![busy]).await;
    let end = EmbeddingBackEnd::new(settings(&server.url)).unwrap();
    let failed = asked(&end, None).await.unwrap_err();
    assert_eq!((failed.why, failed.outcome()), (Why::Busy, Outcome::NotSpent));
    assert!(end.is_open());
    assert_eq!(asked(&end, None).await.unwrap_err().why, Why::Open);
    assert_eq!(server.requests().len(), 1, "nobody comes before");
}

/// Guards: whoever waits waits no longer than they say, and a server that hangs is left alone soon.
#[tokio::test]
async fn a_server_that_hangs_or_dawdles_holds_nobody_up() {
    let head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n";
    let dawdles = vec![Act::Write(head.to_vec()), Act::For(b" ".to_vec(), Duration::from_millis(20))];
    for acts in [vec![Act::Hang], dawdles] {
        let server = Server::new(vec![acts]).await;
        let end = EmbeddingBackEnd::new(settings(&server.url)).unwrap();
        let since = Instant::now();
        for _ in 0..BreakerSettings::default().strikes {
            let failed = asked(&end, Some(SHORT)).await.unwrap_err();
            assert_eq!((failed.why, failed.outcome()), (Why::Late(Clock::Total), Outcome::Unknown));
        }
        assert!(since.elapsed() < LONG / 2);
        assert_eq!(asked(&end, Some(SHORT)).await.unwrap_err().why, Why::Open);
    }
}

#[tokio::test]
async fn there_are_so_many_places_and_who_finds_none_pays_nothing() {
    let server = Server::new(vec![vec![Act::Hang]]).await;
    let end = EmbeddingBackEnd::new(settings(&server.url)).unwrap();
    let texts = ["a".to_owned()];
    let mut first = end.vectors(&texts, None);
    // It is under way once it has been polled.
    assert!(tokio::time::timeout(Duration::ZERO, &mut first).await.is_err());
    let failed = asked(&end, None).await.unwrap_err();
    assert_eq!((failed.why, failed.outcome()), (Why::Full, Outcome::NotSpent));
    drop(first);
    let gone = EmbeddingBackEnd::new(settings("http://127.0.0.1:9/v1")).unwrap();
    let failed = asked(&gone, None).await.unwrap_err();
    assert_eq!((failed.why, failed.outcome()), (Why::Unreachable, Outcome::NotSpent));
    assert!(EmbeddingBackEnd::new(settings("nowhere")).is_err());
}
