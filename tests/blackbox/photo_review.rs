//! Pictures that operators look at.

use crate::admin::{self, token};
use crate::common::{ask, counted, marker, receives, tap, told};
use crate::pages::entries;
use crate::pages::visitor::{self, Visitor};
use crate::photos::{START, guarded, has_worker, models, nameless, nude, photo, shown};
use crate::support::app::{Options, TestApp, spawn_app};
use crate::support::people::chatting;
use nameless_domain::capabilities::admin::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;

/// What the models are in doubt about, or what was reported, waits for an operator, sealed; looks
/// and words are in the audit log.
#[tokio::test]
async fn an_operator_looks_at_pictures_in_doubt_and_of_reports() {
    let Some((models, astronaut)) = models() else { return };
    // What is nude is in doubt, too.
    let doubtful = |models| guarded("spoiler", models).with("FACE_NUDITY", "0.2-0.9999");
    let app = spawn_app(doubtful(&models));
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    has_worker(&app).await;
    anna.send(photo(&nude()));
    receives(&boris, 0, "photo").await;
    counted(&app, "photos_suspicious", 1).await;
    shown(&anna, &boris, &astronaut).await;
    marker(&anna, &boris).await;
    ask(&boris, "/stop", "The chat is over").await;
    ask(&boris, "/report", "What happened?").await;
    tap(&boris, "fb:r:").await;
    told(&boris, 0, "your report is in").await;

    let url = app.simulator.as_ref().map(|simulator| simulator.url()).unwrap_or_default();
    let variables = [
        ("BOT_TOKEN", "1:test".to_owned()),
        ("TELEGRAM_API_URL", url),
        ("DATA_DIR", app.data_dir.path().display().to_string()),
        ("FACE_MODELS", models.display().to_string()),
    ];
    let review = || nameless(&["photos", "review"], &variables);
    let until = tokio::time::Instant::now() + START;
    let doubt = loop {
        let listed = review();
        if let Some(line) =
            listed.lines().find(|line| line.contains("doubt") && line.contains("perhaps_nude"))
        {
            break line.split_whitespace().next().expect("a number").to_owned();
        }
        assert!(tokio::time::Instant::now() < until, "{listed}");
    };
    let looked = nameless(&["photos", "look", &doubt, "--reason", "to see"], &variables);
    assert!(looked.contains("data:image/jpeg;base64,/9j/"), "{}", &looked[..200.min(looked.len())]);
    let ruled = nameless(&["photos", "rule", &doubt, "approve", "--reason", "a drawing"], &variables);
    assert_eq!(ruled, format!("photo {doubt}: approve\n"));
    assert!(nameless(&["audit", "verify"], &variables).contains("2 entries"));

    // Whoever starts now keeps the report's picture, and lets the other pass.
    let (world, data_dir) = app.stop();
    let app = spawn_app(Options { world: Some(world), data_dir: Some(data_dir), ..doubtful(&models) });
    let variables = {
        let url = app.simulator.as_ref().map(|simulator| simulator.url()).unwrap_or_default();
        let mut variables = variables;
        variables[1].1 = url;
        variables
    };
    let until = tokio::time::Instant::now() + START;
    let reported = loop {
        let listed = nameless(&["photos", "review"], &variables);
        let astronaut = |line: &&str| line.contains("report") && !line.contains("nude");
        if let Some(line) = listed.lines().find(astronaut) {
            break line.split_whitespace().next().expect("a number").to_owned();
        }
        assert!(tokio::time::Instant::now() < until, "{listed}");
    };
    let looked = nameless(&["photos", "look", &reported, "--reason", "to see"], &variables);
    assert!(looked.contains("data:image/png;base64,iVBOR"), "{}", &looked[..200.min(looked.len())]);
    let number: i64 = reported.parse().expect("a number");
    on_pages(&app, number).await;
    over_http(&app, number).await;
    // The same picture of somebody else's, in a file of its own: an operator has said that it is
    // fine.
    let (clara, david) = chatting(&app.world, "clara", "david").await;
    has_worker(&app).await;
    shown(&clara, &david, &nude()).await;
}

/// How often a look is tried until a worker was quick enough to say what it sees.
const TRIES: usize = 20;

/// Guard: `has_looked`. A picture is for whoever has said why, and for nobody else.
async fn on_pages(app: &TestApp, photo: i64) {
    let path = format!("/admin/photos/{photo}");
    let picture = format!("{path}/picture");
    let moderator = Visitor::of_name(app, "first", Role::Moderator).await;
    let other = Visitor::of_name(app, "second", Role::Moderator).await;
    let viewer = Visitor::of_name(app, "eyes", Role::Viewer).await;
    let (status, queue) = visitor::get(&viewer, "/admin/photos").await;
    assert!(status == StatusCode::OK && queue.contains(&path), "{queue}");
    assert_eq!(visitor::get(&viewer, &path).await.0, StatusCode::FORBIDDEN);
    assert_eq!(visitor::get(&viewer, &picture).await.0, StatusCode::FORBIDDEN);
    assert_eq!(visitor::get(&moderator, &path).await.0, StatusCode::OK);
    assert_eq!(visitor::get(&moderator, &picture).await.0, StatusCode::NOT_FOUND, "nobody said why");

    let look = async |reason: &str| {
        visitor::post(&moderator, &path, &[("csrf", &*moderator.csrf), ("reason", reason)]).await
    };
    assert_eq!(look(" ").await.status, StatusCode::UNPROCESSABLE_ENTITY, "a look has a reason");
    assert_eq!(visitor::get(&moderator, &picture).await.0, StatusCode::NOT_FOUND);
    let mut tries = 0;
    let page = loop {
        let looked = look("somebody reported it").await;
        assert_eq!(looked.status, StatusCode::OK, "{}", looked.body);
        if looked.body.contains("<rect x=") || tries == TRIES {
            break looked.body;
        }
        tries += 1;
    };
    assert!(page.contains("<rect x=") && page.contains("Nudity"), "the face has a frame: {page}");
    assert!(page.contains(&format!("src=\"{picture}\"")), "{page}");
    let noted = entries(app, "photo").await;
    let look = ("token:first".to_owned(), format!("photo={photo}"), "done".to_owned());
    assert_eq!(noted.iter().filter(|entry| **entry == look).count(), tries + 1, "{noted:?}");

    let response = visitor::send(moderator.request(Method::GET, &picture)).await;
    assert_eq!(response.status(), StatusCode::OK);
    let header = |name: &str| response.headers()[name].to_str().expect("text").to_owned();
    assert_eq!(header("content-type"), "image/png");
    assert_eq!(
        (header("cache-control"), header("x-content-type-options")),
        ("no-store".into(), "nosniff".into())
    );
    assert!(header("content-security-policy").contains("default-src 'none'"));
    assert!(response.bytes().await.expect("bytes").starts_with(b"\x89PNG"));
    assert_eq!(visitor::get(&other, &picture).await.0, StatusCode::NOT_FOUND, "another's look is not theirs");
    assert_eq!(entries(app, "picture").await.iter().filter(|(.., outcome)| outcome == "done").count(), 0);
}

async fn over_http(app: &TestApp, photo: i64) {
    let owner = token(app, Role::Owner).await;
    let at = |what: &str| format!("v1/photos/{photo}/{what}");
    let (_, queue) = admin::get(app, &owner, "v1/photos").await;
    let items = queue["items"].as_array().expect("a page");
    assert!(items.iter().any(|line| line["photo"] == photo && line["report"].is_i64()), "{queue}");
    assert_eq!(admin::status(app, &owner, &at("picture")).await.0, StatusCode::NOT_FOUND);
    let why = json!({ "reason": "a script asks" });
    let (status, looked) = admin::post(app, &owner, &at("look"), why).await;
    assert_eq!((status, &looked["photo"]), (StatusCode::OK, &json!(photo)), "{looked}");
    let (status, kind) = admin::status(app, &owner, &at("picture")).await;
    assert_eq!((status, kind.as_str()), (StatusCode::OK, "image/png"));
    let ban = || json!({ "ruling": "ban", "reason": "an ad" });
    let (status, ruled) = admin::post(app, &owner, &at("rule"), ban()).await;
    assert_eq!((status, ruled), (StatusCode::OK, json!({ "photo": photo, "ruling": "ban", "known": true })));
    assert_eq!(admin::post(app, &owner, &at("rule"), ban()).await.0, StatusCode::NOT_FOUND, "said once");
    let banned = app.engine.env().capabilities.faceguard.banned().await.expect("the store answers");
    assert_eq!(banned.len(), 1);
    let (_, log) = admin::get(app, &owner, "v1/audit?limit=200").await;
    let noted = |what: &str, why: &str| {
        let entries = log["items"].as_array().expect("a page");
        entries.iter().any(|entry| entry["what"] == what && entry["reason"] == why)
    };
    assert!(noted("photo", "somebody reported it") && noted("photo", "a script asks"), "{log}");
    assert!(noted("rule_photo", "an ad"), "{log}");
}
