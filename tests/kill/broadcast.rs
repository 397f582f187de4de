//! A broadcast whose process ends in the middle of it, at named moments and by kill -9: nobody goes
//! without, and nobody gets it twice but whom it reached in the moment before it was marked.

use super::process::{Bot, PATIENCE, nameless, variables};
use crate::support::app::quick_simulator;
use crate::support::people::{onboard, person};
use nameless_simulator::{SimUser, Simulator};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, Instant};

const PEOPLE: usize = 14;

/// A bot that is begun again where it ended, and its API.
struct Lives<'a> {
    bot: Bot,
    http: String,
    token: String,
    url: String,
    folder: &'a Path,
}

fn all(url: &str, folder: &Path, die_at: Option<&str>) -> Vec<(&'static str, String)> {
    let mut all = variables(url, folder);
    // Half a second between two: who is killed after a mark is killed before the next one.
    all.push(("BULK_RATE", "2".into()));
    all.extend(die_at.map(|at| ("NAMELESS_DIE_AT", at.to_owned())));
    all
}

impl<'a> Lives<'a> {
    fn begin(url: String, folder: &'a Path) -> Lives<'a> {
        let mut bot = Bot::serve(&all(&url, folder, None));
        let args = ["token", "create", "test", "--role", "owner", "--days", "1"];
        let output = nameless(&args, &all(&url, folder, None)).output().expect("it runs");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let token = said.split_whitespace().find(|word| word.starts_with("nameless_"));
        let token = token.unwrap_or_else(|| panic!("{said}")).to_owned();
        let http = bot.http();
        Lives { bot, http, token, url, folder }
    }

    /// This life is killed if it has not ended.
    fn ends(&mut self) {
        self.bot.signal_if_alive("KILL");
        self.bot.ended(PATIENCE);
    }

    /// The next life, when this one has ended.
    fn again(&mut self, die_at: Option<&str>) {
        self.ends();
        self.bot = Bot::serve(&all(&self.url, self.folder, die_at));
        self.http = self.bot.http();
    }

    async fn asks(&self, method: Method, path: &str, body: Option<Value>) -> Option<Value> {
        let url = format!("{}/admin/api/v1/broadcasts{path}", self.http);
        let mut request = Client::new().request(method, url).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        // Of a process that is dying there is none.
        let answer = tokio::time::timeout(Duration::from_secs(30), request.send()).await.ok()?.ok()?;
        let text = answer.text().await.ok()?;
        serde_json::from_str(&text).ok()
    }

    /// Waits until a broadcast is as it should be.
    async fn until(&self, path: &str, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let (until, mut seen) = (Instant::now() + PATIENCE * 2, Value::Null);
        loop {
            if let Some(line) = self.asks(Method::GET, path, None).await {
                if fits(&line) {
                    return line;
                }
                seen = line;
            }
            assert!(Instant::now() < until, "does not come: {what}: {seen}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

fn copies(user: &SimUser, text: &str) -> usize {
    user.chat().iter().filter(|m| m.from_bot && m.text() == Some(text)).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broadcast_is_neither_lost_nor_doubled() {
    let simulator = Simulator::start(quick_simulator()).expect("a simulator");
    let world = simulator.world();
    let folder = tempfile::tempdir().expect("a folder");
    let mut lives = Lives::begin(simulator.url(), folder.path());
    let people: Vec<SimUser> = (0..PEOPLE).map(|n| person(&world, &format!("reader{n}"))).collect();
    for user in &people {
        onboard(user, 0).await;
    }
    let body = || Some(json!({ "text": { "en": "News!" } }));
    let until = Instant::now() + PATIENCE;
    let line = loop {
        let line = lives.asks(Method::POST, "", body()).await.expect("an answer");
        if line["people"] == PEOPLE {
            break line;
        }
        assert!(Instant::now() < until, "{line}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let path = format!("/{}", line["broadcast"]);
    lives.again(Some("broadcast after round#1"));
    let confirmed = lives.asks(Method::POST, &format!("{path}/confirm"), None).await;
    assert!(confirmed.is_none_or(|line| line["state"] == "running"));
    // Given out, and nothing has left.
    lives.bot.ended(PATIENCE);
    let left = || people.iter().map(|user| copies(user, "News!")).sum::<usize>();
    assert_eq!(left(), 0);
    // Some have left and are marked.
    lives.again(Some("broadcast after mark#3"));
    lives.bot.ended(PATIENCE);
    // On a machine that is slow to mark one, or to kill, the next one has left by then.
    let mut unmarked = left() - 3;
    // And by a signal from outside, right behind a mark.
    lives.again(None);
    let sent = |line: &Value| line["sent"].as_u64().unwrap_or_default() as usize;
    for least in [5, 8] {
        let line = lives.until(&path, &format!("{least} have it"), |line| sent(line) >= least).await;
        lives.ends();
        unmarked += left() - sent(&line);
        lives.again(None);
    }
    let line = lives.until(&path, "the end", |line| line["state"] == "done").await;
    let counted = ["sent", "gone", "failed", "left_out", "waiting"].map(|name| line[name].as_u64());
    assert_eq!(counted, [PEOPLE as u64, 0, 0, 0, 0].map(Some), "{line}");
    let each: Vec<usize> = people.iter().map(|user| copies(user, "News!")).collect();
    assert!(each.iter().all(|copies| (1..=2).contains(copies)), "{each:?}");
    assert!(left() <= PEOPLE + unmarked, "once each, but for {unmarked}: {each:?}");
}
