//! Makers of pictures: one that speaks each dialect strictly, and servers that hang and lie.

mod maker;
mod server;

use maker::Maker;
use nameless_backends::port::{Clock, Failure, ImageMaker, Picture, PictureRequest, Why};
use nameless_backends::{
    BreakerSettings, Clocks, Drawing, DrawingSettings, ImageBackEnd, ImageDialect, Workflow,
};
use nameless_domain::companion::money::Outcome;
use server::{Act, Server, status};
use std::time::Duration;

const SHORT: Duration = Duration::from_secs(1);
const LONG: Duration = Duration::from_secs(60);
const JOB: &str = "0a1b2c3d-0000-8000-8000-00000000000f";

fn workflow() -> Workflow {
    let text = r#"{"6":{"class_type":"CLIPTextEncode","inputs":{"text":"{{prompt}}"}},
        "7":{"class_type":"CLIPTextEncode","inputs":{"text":"{{without}}"}},
        "3":{"class_type":"KSampler","inputs":{"seed":"{{seed}}","positive":["6",0]}},
        "5":{"class_type":"EmptyLatentImage","inputs":{"width":"{{width}}","height":"{{height}}"}}}"#;
    Workflow::read(text).unwrap()
}

fn settings(url: &str, dialect: ImageDialect) -> DrawingSettings {
    let workflow = (dialect == ImageDialect::ComfyUi).then(workflow);
    DrawingSettings {
        url: if dialect == ImageDialect::OpenAi { format!("{url}/v1") } else { url.to_owned() },
        key: None,
        dialect,
        drawing: Drawing { model: Some("m".to_owned()), steps: Some(20), workflow },
        clocks: Clocks { connect: LONG, first: LONG, between: LONG, total: LONG },
        places: 1,
        breaker: BreakerSettings::default(),
        poll: Duration::from_millis(20),
    }
}

fn request() -> PictureRequest {
    PictureRequest {
        prompt: "a cape, <lora:x:1> wind".to_owned(),
        without: "fog".to_owned(),
        size: (640, 832),
        seed: 1 << 40,
        job: JOB.to_owned(),
        find: false,
    }
}

async fn draw(back_end: &ImageBackEnd) -> Result<Picture, Failure> {
    // Longer than any clock of these tests: one that hangs is a failure of the test.
    tokio::time::timeout(LONG * 2, back_end.picture(&request())).await.expect("a clock rings")
}

async fn drawn_by(maker: &Maker, dialect: ImageDialect) -> Result<Picture, Failure> {
    draw(&ImageBackEnd::new(settings(&maker.url, dialect)).unwrap()).await
}

const ALL: [ImageDialect; 3] = [ImageDialect::OpenAi, ImageDialect::Sdapi, ImageDialect::ComfyUi];

#[tokio::test]
async fn each_dialect_is_spoken_and_the_file_holds_the_picture_alone() {
    for dialect in ALL {
        let maker = Maker::new().await;
        maker.revises("a cape in the wind");
        let picture = drawn_by(&maker, dialect).await.unwrap();
        assert!(picture.bytes.starts_with(b"\x89PNG"), "{dialect:?}");
        assert!(!picture.bytes.windows(4).any(|part| part == b"tEXt"), "{dialect:?}");
        assert_eq!(picture.revised.is_some(), dialect == ImageDialect::OpenAi);
        assert_eq!(maker.faults(), [""; 0], "{dialect:?}");
        let drawn = maker.drawn();
        assert_eq!(drawn.len(), 1, "{dialect:?}");
        let text = drawn[0].to_string();
        assert!(text.contains("a cape, wind") && !text.contains("lora"), "{text}");
        assert!(text.contains("640") && text.contains("832"), "{text}");
    }
}

#[tokio::test]
async fn newer_models_of_openai_are_not_told_the_format() {
    let maker = Maker::new().await;
    let mut settings = settings(&maker.url, ImageDialect::OpenAi);
    settings.drawing.model = Some("gpt-image-1".to_owned());
    draw(&ImageBackEnd::new(settings).unwrap()).await.unwrap();
    assert_eq!(maker.faults(), [""; 0]);
}

/// Guard: the look at history and queue before the post.
#[tokio::test]
async fn a_job_that_comfyui_knows_is_waited_for_and_not_posted_again() {
    let maker = Maker::new().await;
    maker.hold(true);
    let back_end = ImageBackEnd::new(settings(&maker.url, ImageDialect::ComfyUi)).unwrap();
    let held = request();
    let begun = async {
        while maker.drawn().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::select! {
        _ = back_end.picture(&held) => panic!("it is held"),
        done = tokio::time::timeout(LONG, begun) => done.expect("it is begun, and then its process ends"),
    }
    assert_eq!(maker.drawn().len(), 1);
    maker.hold(false);
    draw(&back_end).await.unwrap();
    assert_eq!(maker.drawn().len(), 1, "the same job");
    // It has been restarted: what it knows of is nothing.
    maker.forgets();
    let known = PictureRequest { find: true, ..request() };
    let failed = back_end.picture(&known).await.unwrap_err();
    assert_eq!((failed.why, failed.outcome()), (Why::Unsendable, Outcome::NotSpent));
    assert_eq!(maker.drawn().len(), 1, "who only looks posts nothing");
    draw(&back_end).await.unwrap();
    back_end.picture(&known).await.unwrap();
    assert_eq!((maker.drawn().len(), maker.faults().len()), (2, 0));
}

#[tokio::test]
async fn comfyui_is_told_that_nobody_waits_by_the_jobs_name() {
    for old in [false, true] {
        let maker = Maker::new().await;
        if old {
            maker.is_old();
        }
        let back_end = ImageBackEnd::new(settings(&maker.url, ImageDialect::ComfyUi)).unwrap();
        back_end.cancel(JOB).await;
        assert_eq!((maker.cancelled(), maker.faults()), (vec![JOB.to_owned()], Vec::new()));
    }
    // The others would stop whoever is at work.
    let maker = Maker::new().await;
    for dialect in [ImageDialect::OpenAi, ImageDialect::Sdapi] {
        ImageBackEnd::new(settings(&maker.url, dialect)).unwrap().cancel(JOB).await;
    }
    assert_eq!(maker.asked(), [""; 0]);
}

/// Guard: the clock of all, and that a job which is late is called off.
#[tokio::test]
async fn who_never_gets_done_is_given_up_and_may_have_cost() {
    for dialect in ALL {
        let maker = Maker::new().await;
        maker.hold(true);
        let mut settings = settings(&maker.url, dialect);
        settings.clocks.total = SHORT;
        let failed = draw(&ImageBackEnd::new(settings).unwrap()).await.unwrap_err();
        assert_eq!(
            (failed.why, failed.outcome()),
            (Why::Late(Clock::Total), Outcome::Unknown),
            "{dialect:?}"
        );
        assert_eq!(maker.cancelled().len(), usize::from(dialect == ImageDialect::ComfyUi));
    }
}

#[tokio::test]
async fn a_refusal_costs_nothing_and_is_no_strike() {
    for (code, why, outcome, strikes) in [
        (400, Why::Refused, Outcome::NotSpent, false),
        (401, Why::Account, Outcome::NotSpent, false),
        (429, Why::Busy, Outcome::NotSpent, true),
        (500, Why::Broken, Outcome::Unknown, true),
    ] {
        for dialect in ALL {
            let maker = Maker::new().await;
            maker.refuses(Some(code));
            let mut settings = settings(&maker.url, dialect);
            settings.breaker.strikes = 1;
            let back_end = ImageBackEnd::new(settings).unwrap();
            let failed = draw(&back_end).await.unwrap_err();
            assert_eq!((failed.why, failed.outcome()), (why, outcome), "{code} {dialect:?}");
            assert_eq!(back_end.is_open(), strikes, "{code} {dialect:?}");
            let asked = maker.asked().len();
            if strikes {
                assert_eq!(draw(&back_end).await.unwrap_err().why, Why::Open);
                assert_eq!(maker.asked().len(), asked, "nothing is sent");
            }
            assert!(asked <= 3, "no call is made again");
        }
    }
}

#[tokio::test]
async fn what_is_no_picture_is_none() {
    for bytes in [b"GIF89a".to_vec(), Vec::new(), b"\x89PNG\r\n\x1a\n".to_vec(), vec![0; 11 << 20]] {
        for dialect in ALL {
            let maker = Maker::new().await;
            maker.draws(bytes.clone());
            let failed = drawn_by(&maker, dialect).await.unwrap_err();
            assert_eq!((failed.why, failed.outcome()), (Why::Malformed, Outcome::Unknown), "{dialect:?}");
        }
    }
    for body in
        ["{}", "no JSON", r#"{"data":[{"url":"http://127.0.0.1/x"}]}"#, r#"{"data":[{"b64_json":"!"}]}"#]
    {
        let server = Server::new(vec![status("200 OK", "", body)]).await;
        let url = server.url.trim_end_matches("/v1");
        let failed =
            draw(&ImageBackEnd::new(settings(url, ImageDialect::OpenAi)).unwrap()).await.unwrap_err();
        assert_eq!((failed.why, failed.outcome()), (Why::Malformed, Outcome::Unknown), "{body}");
        assert_eq!(server.requests().len(), 1, "no address is followed");
    }
}

/// Guards: the bounds of bodies, and the clock between their parts.
#[tokio::test]
async fn an_endless_answer_and_one_that_stops_are_cut() {
    let head = || Act::Write(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n".to_vec());
    let flood = Act::For(vec![b'x'; 1 << 20], Duration::ZERO);
    for dialect in ALL {
        let server = Server::new(vec![vec![head(), flood.clone()]]).await;
        let url = server.url.trim_end_matches("/v1");
        let failed = draw(&ImageBackEnd::new(settings(url, dialect)).unwrap()).await.unwrap_err();
        assert_eq!(failed.why, Why::TooLarge, "{dialect:?}");
        let server = Server::new(vec![vec![head(), Act::Write(b"{".to_vec()), Act::Hang]]).await;
        let mut settings = settings(server.url.trim_end_matches("/v1"), dialect);
        settings.clocks.between = SHORT;
        let failed = draw(&ImageBackEnd::new(settings).unwrap()).await.unwrap_err();
        assert_eq!(failed.why, Why::Late(Clock::Between), "{dialect:?}");
    }
}

#[tokio::test]
async fn one_at_a_time_and_the_rest_is_refused() {
    let maker = Maker::new().await;
    maker.hold(true);
    let back_end = ImageBackEnd::new(settings(&maker.url, ImageDialect::Sdapi)).unwrap();
    let request = request();
    let mut first = back_end.picture(&request);
    assert!(tokio::time::timeout(SHORT, &mut first).await.is_err());
    let failed = draw(&back_end).await.unwrap_err();
    assert_eq!((failed.why, failed.outcome()), (Why::Full, Outcome::NotSpent));
    maker.hold(false);
    first.await.unwrap();
    draw(&back_end).await.unwrap();
}

#[tokio::test]
async fn a_key_is_sent_as_the_dialect_takes_it() {
    let b64 = "iVBORw0KGgo=";
    for (dialect, key, header) in [
        (ImageDialect::OpenAi, "sk-secret", "authorization: bearer sk-secret\r\n"),
        (ImageDialect::Sdapi, "name:password", "authorization: basic bmftztpwyxnzd29yza==\r\n"),
    ] {
        let body = format!(r#"{{"images":["{b64}"],"data":[{{"b64_json":"{b64}"}}]}}"#);
        let server = Server::new(vec![status("200 OK", "", &body)]).await;
        let mut settings = settings(server.url.trim_end_matches("/v1"), dialect);
        settings.key = Some(key.into());
        let _ = draw(&ImageBackEnd::new(settings).unwrap()).await;
        assert!(server.requests()[0].to_lowercase().contains(header), "{:?}", server.requests());
    }
    for bad in ["", "cape", "ftp://127.0.0.1", "http://127.0.0.1/?key=1"] {
        assert!(ImageBackEnd::new(settings(bad, ImageDialect::Sdapi)).is_err(), "{bad}");
    }
}
