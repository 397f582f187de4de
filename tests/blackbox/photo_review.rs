//! Pictures that operators look at.

use crate::common::{ask, counted, marker, receives, tap, told};
use crate::photos::{START, guarded, has_worker, models, nameless, nude, photo, shown};
use crate::support::app::{Options, spawn_app};
use crate::support::people::chatting;

/// What the models are in doubt about, or what was reported, waits for an operator, sealed; looks
/// and words are in the audit log.
#[tokio::test]
async fn an_operator_looks_at_pictures_in_doubt_and_of_reports() {
    let Some((models, _)) = models() else { return };
    // What is nude is in doubt, too.
    let doubtful = |models| guarded("spoiler", models).with("FACE_NUDITY", "0.2-0.9999");
    let app = spawn_app(doubtful(&models));
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    has_worker(&app).await;
    anna.send(photo(&nude()));
    receives(&boris, 0, "photo").await;
    counted(&app, "photos_suspicious", 1).await;
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
    let looked = nameless(&["photos", "look", &doubt], &variables);
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
        if let Some(line) = listed.lines().find(|line| line.contains("report")) {
            break line.split_whitespace().next().expect("a number").to_owned();
        }
        assert!(tokio::time::Instant::now() < until, "{listed}");
    };
    let looked = nameless(&["photos", "look", &reported], &variables);
    assert!(looked.contains("data:image/jpeg;base64,/9j/"), "{}", &looked[..200.min(looked.len())]);
    // The same picture of somebody else's, in a file of its own: an operator has said that it is
    // fine.
    let (clara, david) = chatting(&app.world, "clara", "david").await;
    has_worker(&app).await;
    shown(&clara, &david, &nude()).await;
}
