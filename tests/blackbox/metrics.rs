//! `/metrics` is what Prometheus's own tool wants, and `docs/metrics.md` says all of it.

use crate::support::app::{Options, TestApp, spawn_app};
use crate::support::people::{PATIENCE, chatting, sees};
use crate::support::skip;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// The figures of a bot in which two people have talked.
async fn scrape(app: &TestApp) -> String {
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    anna.send_text("hello");
    sees(&boris, "hello").await;
    // The figures are of a moment after the copy has arrived.
    let counted = async {
        loop {
            let page = reqwest::get(format!("http://{}/metrics", app.metrics)).await.expect("an answer");
            let page = page.text().await.expect("text");
            if page.contains("nameless_relay_latency_seconds_count 1\n") {
                return page;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, counted).await.expect("the message is counted")
}

/// Name, kind and meaning of each figure, as the page itself says.
fn families(page: &str) -> Vec<(String, String, String)> {
    let mut families = Vec::new();
    let mut help = None;
    for line in page.lines() {
        if let Some(said) = line.strip_prefix("# HELP ") {
            help = said.split_once(' ').map(|(name, what)| (name.to_owned(), what.to_owned()));
        } else if let Some(said) = line.strip_prefix("# TYPE ") {
            let (name, kind) = said.split_once(' ').expect("a name and a kind");
            let (named, what) = help.take().expect("each figure says what it is");
            assert_eq!(named, name);
            families.push((name.to_owned(), kind.to_owned(), what.replace("\\\\", "\\")));
        }
    }
    families.sort();
    families
}

#[tokio::test]
async fn each_figure_is_documented_and_said_as_prometheus_wants_it() {
    let app = spawn_app(Options::default());
    let page = scrape(&app).await;

    let mut table = String::from("| Figure | Kind | What it says |\n| --- | --- | --- |\n");
    for (name, kind, what) in families(&page) {
        let _ = writeln!(table, "| `{name}` | {kind} | {what} |");
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/metrics.md");
    let docs = std::fs::read_to_string(&path).expect("a file of the repository");
    let (begin, end) = ("<!-- figures: begin -->\n", "<!-- figures: end -->");
    let (before, rest) = docs.split_once(begin).expect("where the table begins");
    let (_, after) = rest.split_once(end).expect("where the table ends");
    let wanted = format!("{before}{begin}{table}{end}{after}");
    if std::env::var_os("NAMELESS_BLESS").is_some_and(|value| value == "1") {
        std::fs::write(&path, &wanted).expect("the docs can be written");
    }
    let has = std::fs::read_to_string(&path).expect("a file of the repository");
    assert!(
        has == wanted,
        "docs/metrics.md says something else than /metrics: `make settings` writes it\n{table}"
    );

    let Ok(tool) = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
    else {
        assert!(skip::allowed("prometheus"), "promtool is not installed (Debian's package prometheus)");
        return;
    };
    let mut tool = tool;
    tool.stdin.take().expect("its input").write_all(page.as_bytes()).expect("it reads");
    let told = tool.wait_with_output().expect("it ends");
    let said = format!("{}{}", String::from_utf8_lossy(&told.stdout), String::from_utf8_lossy(&told.stderr));
    assert!(told.status.success() && said.trim().is_empty(), "{said}");
}
