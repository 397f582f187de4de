//! The operators' API before judges that are not ours: schemathesis, which makes requests of its
//! description, and openapi-spec-validator. Forged tokens.

use crate::admin::{token, url};
use crate::billing::buys;
use crate::common::{ask, tap, told};
use crate::random::Random;
use crate::support::app::{Options, TestApp, spawn_app};
use crate::support::people::chatting;
use crate::support::python;
use futures_util::StreamExt;
use nameless_domain::capabilities::admin::Role;
use reqwest::{Client, StatusCode};
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

pub fn is_soak() -> bool {
    std::env::var_os("NAMELESS_SOAK").is_some()
}

/// Seconds for which one role is looked at.
fn budget() -> u64 {
    if is_soak() { 600 } else { 25 }
}

pub fn judge(bin: &Path, program: &str, folder: &Path) -> Command {
    let mut command = Command::new(bin.join(program));
    // A proxy of the surroundings must not get between the judge and this machine.
    for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
        command.env_remove(name);
    }
    command.current_dir(folder).stdin(Stdio::null());
    command
}

pub fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr].concat()).into_owned()
}

/// An application with people, a chat, a payment and a report, so that there is something to find.
async fn peopled() -> TestApp {
    let app = spawn_app(Options::default().with("STARS", "on").with("TRUSTED_PROXIES", "127.0.0.1"));
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    buys(&anna).await;
    ask(&anna, "/stop", "The chat is over").await;
    ask(&anna, "/report", "What happened?").await;
    tap(&anna, "fb:r:").await;
    told(&anna, 0, "your report is in").await;
    drop(boris);
    app
}

/// All checks, all phases, once for each role, nothing excused: no failure.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn schemathesis_finds_nothing() {
    let Some(bin) = python::programs("schemathesis") else { return };
    let app = peopled().await;
    let folder = tempfile::tempdir().expect("a folder");
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/judges");
    let mut judges = Vec::new();
    for role in Role::ALL {
        let token = token(&app, role).await;
        let mut command = judge(&bin, "st", folder.path());
        command
            .env("SCHEMATHESIS_HOOKS", ours.join("addresses.py"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .arg("--config-file")
            .arg(ours.join("schemathesis.toml"))
            .args(["run", &url(&app, "openapi.json")])
            .args(["--header", &format!("Authorization: Bearer {token}")])
            .args(["--phases", "examples,coverage,fuzzing,stateful", "--checks", "all"])
            .args(["--max-time", &budget().to_string(), "--rate-limit", "auto", "--continue-on-failure"])
            .args(["--no-color", "--output-truncate", "false"]);
        if !is_soak() {
            // In every run the same; the long form takes others, and prints them.
            command.args(["--seed", "1"]);
        }
        judges.push((role, tokio::task::spawn_blocking(move || command.output().expect("it runs"))));
    }
    let mut report = String::new();
    for (role, judge) in judges {
        let output = judge.await.expect("it ends");
        let said = said(&output);
        println!("{role:?}\n{said}");
        if !output.status.success() {
            let _ = writeln!(report, "{role:?}\n{said}");
        }
    }
    assert!(report.is_empty(), "{report}");
    assert_eq!(app.count("actor_deaths"), 0);
}

#[tokio::test]
async fn the_description_is_valid() {
    let Some(bin) = python::programs("schemathesis") else { return };
    let app = spawn_app(Options::default());
    let viewer = token(&app, Role::Viewer).await;
    let response = Client::new().get(url(&app, "openapi.json")).bearer_auth(viewer).send().await;
    let document = response.expect("an answer").text().await.expect("text");
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("openapi.json"), document).expect("written");
    let output = judge(&bin, "openapi-spec-validator", folder.path()).arg("openapi.json").output();
    let output = output.expect("it runs");
    assert!(output.status.success(), "{}", said(&output));
}

/// What nobody was given, made of what somebody was: each time something else is wrong with it.
fn forged(good: &str, n: usize, random: &mut Random) -> String {
    let mut bytes = good.as_bytes().to_vec();
    let place = random.below(bytes.len());
    match n % 7 {
        0 => bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' },
        1 => bytes.truncate(place),
        2 => bytes.insert(place, b'A'),
        3 => bytes.swap(place, (place + 1) % good.len()),
        4 => bytes = good.to_ascii_uppercase().into_bytes(),
        5 => bytes = (0..52).map(|_| b'0' + u8::try_from(random.below(75)).unwrap_or(0)).collect(),
        _ => bytes.extend_from_slice(b" OR 1=1"),
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Forged, revoked and mangled tokens, from many addresses, so that each is looked up: nobody is
/// let in, nothing breaks, and whoever has a good one is served.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forged_tokens_open_nothing() {
    const TRIES: usize = 3_000;
    let app = spawn_app(Options::default().with("TRUSTED_PROXIES", "127.0.0.1"));
    let good = token(&app, Role::Owner).await;
    let client = Client::new();
    let revoked = token(&app, Role::Admin).await;
    let gone = client.delete(url(&app, "v1/tokens/admin")).bearer_auth(&good).send().await;
    assert_eq!(gone.expect("an answer").status(), StatusCode::OK);
    // The same ones each time.
    let mut random = Random::new(15);
    let tries = if is_soak() { 100_000 } else { TRIES };
    let mut tokens: Vec<String> = (0..tries).map(|n| forged(&good, n, &mut random)).collect();
    tokens.retain(|token| *token != good);
    tokens.push(revoked);
    let paths = ["v1/stats", "v1/users", "v1/audit", "v1/tokens", "openapi.json"];
    let statuses = futures_util::stream::iter(tokens.into_iter().enumerate())
        .map(|(n, token)| {
            // Every address has a few tries only.
            let from = format!("10.{}.{}.{}", n >> 16 & 255, n >> 8 & 255, n & 255);
            let request = client.get(url(&app, paths[n % paths.len()])).header("X-Forwarded-For", from);
            async move { request.bearer_auth(token).send().await.expect("an answer").status() }
        })
        .buffer_unordered(16)
        .collect::<Vec<_>>();
    for status in statuses.await {
        assert_eq!(status, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(app.count("admin_acts"), 3, "two tokens, and the end of one");
    let served = client.get(url(&app, "v1/stats")).bearer_auth(&good).send().await.expect("an answer");
    assert_eq!(served.status(), StatusCode::OK);
}
