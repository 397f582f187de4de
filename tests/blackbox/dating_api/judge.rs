//! The Mini App's API before judges that are not ours: schemathesis, openapi-spec-validator.

use super::phone::url;
use super::{matched, two};
use crate::admin::{post, staff, token};
use crate::admin_judges::{is_soak, judge, said};
use crate::support::app::spawn_app;
use crate::support::python;
use nameless_domain::capabilities::admin::Role;
use reqwest::{Client, StatusCode};
use serde_json::json;
use std::path::Path;

/// What would take the session itself away.
const LEFT_OUT: &str = "CloseSession";

/// All checks, all phases, nothing excused: no failure.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn schemathesis_finds_nothing() {
    let Some(bin) = python::programs("schemathesis") else { return };
    let app = spawn_app(staff().with("DATING", "on"));
    let admin = token(&app, Role::Admin).await;
    let ((anna, hers), (_, his)) = two(&app).await;
    // Somebody who has a match, a photo that waits, and premium.
    matched(&hers, &his).await;
    let path = format!("v1/users/{}/premium", anna.id());
    let granted = post(&app, &admin, &path, json!({ "days": 5 })).await;
    assert_eq!(granted.0, StatusCode::OK);
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = judge(&bin, "st", folder.path());
    command
        .arg("--config-file")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/judges/schemathesis-dating.toml"))
        .args(["run", &url(&app, "openapi.json")])
        .args(["--header", &format!("Authorization: Bearer {}", hers.token)])
        .args(["--exclude-operation-id", LEFT_OUT])
        .args(["--phases", "examples,coverage,fuzzing,stateful", "--checks", "all"])
        .args(["--max-time", if is_soak() { "600" } else { "40" }])
        .args(["--rate-limit", "10/s", "--continue-on-failure"])
        .args(["--no-color", "--output-truncate", "false"]);
    if !is_soak() {
        // In every run the same; the long form takes others, and prints them.
        command.args(["--seed", "1"]);
    }
    let output = tokio::task::spawn_blocking(move || command.output().expect("it runs"));
    let output = output.await.expect("it ends");
    println!("{}", said(&output));
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(app.count("actor_deaths"), 0);
    hers.get("me").await;
}

#[tokio::test]
async fn the_description_is_valid() {
    let Some(bin) = python::programs("schemathesis") else { return };
    let app = spawn_app(crate::dating::dating());
    let response = Client::new().get(url(&app, "openapi.json")).send().await.expect("an answer");
    let document = response.text().await.expect("text");
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("openapi.json"), document).expect("written");
    let output = judge(&bin, "openapi-spec-validator", folder.path()).arg("openapi.json").output();
    let output = output.expect("it runs");
    assert!(output.status.success(), "{}", said(&output));
}
