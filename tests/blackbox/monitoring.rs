//! What `deploy/monitoring` asks of the figures gets an answer from a real Prometheus, and each
//! alert fires, goes out again, and has its paragraph in `docs/operations.md`.

use crate::common::{MAN, WOMAN, counted, member};
use crate::support::app::{Options, spawn_app};
use crate::support::people::{PATIENCE, sees};
use crate::support::port::Port;
use crate::support::skip;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/monitoring")
}

fn read(path: &str) -> String {
    std::fs::read_to_string(folder().join(path)).expect("a file of the repository")
}

/// Values of a key of the rules, one line each.
fn of_rules<'a>(rules: &'a str, key: &str) -> Vec<&'a str> {
    rules.lines().filter_map(|line| line.trim().strip_prefix(key)?.strip_prefix(": ")).collect()
}

/// A rule's expression as a figure that is always there: whether it fires, as 0 or 1.
fn as_figure(rule: &str) -> String {
    let (at, op) = [" == ", " > "].iter().find_map(|op| Some((rule.rfind(op)?, *op))).expect("a comparison");
    format!("{}{op}bool {}", &rule[..at], &rule[at + op.len()..])
}

/// Whether Prometheus's tools are here.
fn is_missing() -> bool {
    let is_there = Command::new("promtool").arg("--version").output().is_ok();
    assert!(is_there || skip::allowed("prometheus"), "Debian's package prometheus is not installed");
    !is_there
}

#[test]
fn each_alert_fires_goes_out_and_is_explained() {
    if is_missing() {
        return;
    }
    for arguments in [&["check", "rules", "alerts.yml"], &["test", "rules", "alerts.test.yml"]] {
        let told = Command::new("promtool").args(arguments).current_dir(folder()).output().expect("it runs");
        let said = [told.stdout, told.stderr].map(|said| String::from_utf8_lossy(&said).into_owned());
        assert!(told.status.success(), "{arguments:?}: {}", said.join("\n"));
    }
    let (rules, tests) = (read("alerts.yml"), read("alerts.test.yml"));
    for alert in of_rules(&rules, "- alert") {
        assert_eq!(tests.matches(&format!("alertname: {alert}\n")).count(), 2, "{alert} fires and goes out");
    }
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/operations.md");
    let docs = std::fs::read_to_string(docs).expect("a file of the repository");
    for place in of_rules(&rules, "runbook") {
        let anchor = place.strip_prefix("docs/operations.md#").expect("a paragraph of the docs");
        assert!(docs.contains(&format!("<a id=\"{anchor}\"></a>")), "{place} is not there");
    }
}

/// Ends with its handle.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The answer of a Prometheus to a query: how many values.
async fn values(base: &str, query: &str) -> Option<usize> {
    let url = reqwest::Url::parse_with_params(&format!("{base}/api/v1/query"), [("query", query)]).ok()?;
    let answer = reqwest::get(url).await.ok()?.text().await.ok()?;
    let answer: Value = serde_json::from_str(&answer).ok()?;
    assert_eq!(answer["status"], "success", "{query}: {answer}");
    answer["data"]["result"].as_array().map(Vec::len)
}

#[tokio::test]
async fn each_panel_and_alert_gets_an_answer() {
    if is_missing() {
        return;
    }
    let app = spawn_app(Options::default());
    let (anna, boris) = (member(&app.world, "anna", WOMAN).await, member(&app.world, "boris", MAN).await);
    anna.send_text("/search");
    boris.send_text("/search");
    counted(&app, "pairs_opened", 1).await;

    let data = tempfile::tempdir().expect("a folder");
    let config = data.path().join("prometheus.yml");
    let scrape = format!(
        "global: {{scrape_interval: 1s, scrape_timeout: 1s}}\nscrape_configs: [{{job_name: nameless, \
         static_configs: [{{targets: [\"{}\"]}}]}}]\n",
        app.metrics
    );
    std::fs::write(&config, scrape).expect("a file");
    // Prometheus does not tell which port it took.
    let port = Port::free();
    let base = format!("http://{}", port.addr());
    let server = Command::new("prometheus")
        .arg(format!("--config.file={}", config.display()))
        .arg(format!("--storage.tsdb.path={}", data.path().join("data").display()))
        .arg(format!("--web.listen-address={}", port.addr()))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("Debian's prometheus");
    let _server = Server(server);

    let dashboard: Value = serde_json::from_str(&read("grafana/dashboards/nameless.json")).expect("JSON");
    let panels = dashboard["panels"].as_array().expect("panels").iter();
    let targets = panels.flat_map(|panel| panel["targets"].as_array().expect("targets"));
    let mut queries: Vec<String> =
        targets.map(|target| target["expr"].as_str().expect("an expression").to_owned()).collect();
    assert!(queries.len() > 30, "{}", queries.len());
    queries.extend(of_rules(&read("alerts.yml"), "expr").into_iter().map(as_figure));
    for (n, query) in queries.iter().enumerate() {
        let answered = async {
            // A rate wants two scrapes.
            while values(&base, query).await.is_none_or(|values| values == 0) {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        tokio::time::timeout(PATIENCE, answered).await.unwrap_or_else(|_| panic!("no answer to {query}"));
        // Something goes on meanwhile.
        if n == 0 {
            anna.send_text("hello");
            sees(&boris, "hello").await;
        }
    }
    // A figure that nobody has is no answer: the check can fail.
    assert_eq!(values(&base, "nameless_nothing_of_this_name").await, Some(0));
}
