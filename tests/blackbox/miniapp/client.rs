//! A phone with the Mini App: Chromium with what Telegram's script brings, for one person.

use crate::page::browser::Browser;
use crate::support::app::{TOKEN, TestApp};
use anyhow::Context as _;
use nameless_simulator::SimUser;
use ring::hmac;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};
use url::form_urlencoded::Serializer;

const TELEGRAM: &str = include_str!("telegram.js");

/// How somebody's Telegram is.
#[derive(Clone, Copy)]
pub struct Client {
    pub version: &'static str,
    pub language: &'static str,
    pub start: &'static str,
    /// Colours of the theme, by Telegram's names.
    pub theme: &'static [(&'static str, &'static str)],
    /// Seconds ago that Telegram signed who it is.
    pub age: u64,
    pub width: u32,
    pub height: u32,
}

impl Default for Client {
    fn default() -> Client {
        Client { version: "9.6", language: "en", start: "", theme: &[], age: 0, width: 390, height: 760 }
    }
}

/// What Telegram signs of a person, for the bot of tests.
pub fn signed(user: i64, language: &str, start: &str, age: u64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let who = json!({ "id": user, "first_name": "A", "language_code": language }).to_string();
    let mut fields =
        vec![("auth_date", (now - age).to_string()), ("query_id", "AAF".to_owned()), ("user", who)];
    if !start.is_empty() {
        fields.push(("start_param", start.to_owned()));
    }
    fields.sort();
    let lines: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let secret = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, b"WebAppData"), TOKEN.as_bytes());
    let hash = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_ref()), lines.join("\n").as_bytes());
    let hash: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    Serializer::new(String::new()).extend_pairs(&fields).append_pair("hash", &hash).finish()
}

/// A browser as the phone of somebody.
pub struct Phone {
    pub browser: Browser,
    base: String,
    /// The script that sets up Telegram's side.
    script: Mutex<Option<String>>,
    lives: AtomicU32,
}

impl Phone {
    /// With the app open.
    pub async fn open(app: &TestApp, user: &SimUser, client: Client) -> anyhow::Result<Phone> {
        Phone::of(app, user.id(), client).await
    }

    /// The same for an id.
    pub async fn of(app: &TestApp, user: i64, client: Client) -> anyhow::Result<Phone> {
        let browser = Browser::start().await?;
        browser.focused().await?;
        browser.devtools("Network.enable", json!({})).await?;
        let base = format!("http://{}", app.http);
        let phone = Phone { browser, base, script: Mutex::default(), lives: AtomicU32::new(0) };
        phone.block(&[]).await?;
        phone.become_(user, client).await?;
        Ok(phone)
    }

    /// From now on it is this client of this person's, with the app open.
    pub async fn become_(&self, user: i64, client: Client) -> anyhow::Result<()> {
        let Client { version, language, start, theme, age, width, height } = client;
        let theme: BTreeMap<&str, &str> = theme.iter().copied().collect();
        let words = json!({
            "version": version, "language": language, "start": start, "user": user, "life": self.lives(),
            "init_data": signed(user, language, start, age),
            "theme": theme,
        });
        let source = TELEGRAM.replace("WORDS", &words.to_string());
        let before = self.script.lock().expect("nobody panics with it").take();
        if let Some(identifier) = before {
            let gone = json!({ "identifier": identifier });
            self.browser.devtools("Page.removeScriptToEvaluateOnNewDocument", gone).await?;
        }
        let kept = json!({ "source": source });
        let kept = self.browser.devtools("Page.addScriptToEvaluateOnNewDocument", kept).await?;
        *self.script.lock().expect("nobody panics with it") = kept["identifier"].as_str().map(str::to_owned);
        self.browser.size(width, height).await?;
        self.browser.open("about:blank").await?;
        self.browser.open(&format!("{}/app", self.base)).await
    }

    /// Another number for each client that it becomes.
    fn lives(&self) -> u32 {
        self.lives.fetch_add(1, Ordering::Relaxed)
    }

    /// Requests that go nowhere: Telegram's script, and what is named.
    pub async fn block(&self, more: &[&str]) -> anyhow::Result<()> {
        let urls: Vec<&str> = [&["*telegram.org*"][..], more].concat();
        self.browser.devtools("Network.setBlockedURLs", json!({ "urls": urls })).await.map(drop)
    }

    /// Runs an expression in the page.
    pub async fn eval(&self, expression: &str) -> anyhow::Result<Value> {
        self.browser.run(&format!("return {expression}"), json!([])).await
    }

    /// Waits until it is so.
    pub async fn until(&self, expression: &str) -> anyhow::Result<Value> {
        self.browser.until(expression).await
    }

    /// Clicks the first element of a selector, as a finger does: where it is seen.
    pub async fn tap(&self, selector: &str) -> anyhow::Result<()> {
        let (x, y) = self.middle(selector).await?;
        self.touch(&[(x, y)]).await
    }

    /// The middle of an element that can be seen and reached there.
    pub async fn middle(&self, selector: &str) -> anyhow::Result<(f64, f64)> {
        let quoted = json!(selector);
        let found = format!(
            "(() => {{ const e = [...document.querySelectorAll({quoted})].find((e) => e.checkVisibility()); \
             if (!e || document.getAnimations().some((a) => a.playState === 'running' && a.effect.getComputedTiming().iterations !== Infinity)) return null; \
             e.scrollIntoView({{ block: 'nearest' }}); const r = e.getBoundingClientRect(); \
             const [x, y] = [r.x + r.width / 2, r.y + r.height / 2]; const hit = document.elementFromPoint(x, y); \
             return hit && (e.contains(hit) || hit.closest('label')?.contains(e)) ? [x, y] : null; }})()"
        );
        let at = self.until(&found).await.with_context(|| format!("cannot be reached: {selector}"))?;
        Ok((at[0].as_f64().context("x")?, at[1].as_f64().context("y")?))
    }

    /// A finger goes down at the first of these points, over the others, and up at the last.
    pub async fn touch(&self, way: &[(f64, f64)]) -> anyhow::Result<()> {
        self.finger("touchStart", way.first().copied()).await?;
        for point in &way[1..] {
            self.finger("touchMove", Some(*point)).await?;
        }
        self.finger("touchEnd", None).await
    }

    /// One event of a finger.
    pub async fn finger(&self, kind: &str, at: Option<(f64, f64)>) -> anyhow::Result<()> {
        let points: Vec<Value> = at.iter().map(|(x, y)| json!({ "x": x, "y": y })).collect();
        let event = json!({ "type": kind, "touchPoints": points });
        self.browser.devtools("Input.dispatchTouchEvent", event).await.map(drop)
    }

    /// The name on the uppermost card, once it lies there.
    pub async fn card(&self) -> anyhow::Result<String> {
        let name =
            self.until("document.querySelector('.deck .card.top')?.getAttribute('aria-label')").await?;
        Ok(name.as_str().unwrap_or_default().to_owned())
    }

    /// Keeps a picture of the page, for whoever wants to look.
    pub async fn picture(&self, name: &str) -> anyhow::Result<()> {
        self.browser.picture(&folder().join(format!("{name}.png"))).await
    }

    /// What the browser has to complain about, but for Telegram's script, which is not let through,
    /// and answers that say no.
    pub async fn complaints(&self) -> anyhow::Result<Vec<String>> {
        let all = self.browser.complaints().await?;
        let expected = |line: &String| line.contains("telegram.org") || line.contains("favicon.ico");
        Ok(all.into_iter().filter(|line| !expected(line)).collect())
    }

    /// What went to the engine of this kind, as the page noted it.
    pub async fn sent(&self, ending: &str) -> anyhow::Result<Vec<Value>> {
        let sent = self.eval("told.sent").await?;
        let fits = |one: &&Value| one["path"].as_str().is_some_and(|path| path.ends_with(ending));
        Ok(sent.as_array().into_iter().flatten().filter(fits).cloned().collect())
    }
}

/// Where pictures are kept.
pub fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("miniapp");
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// The engine's word on somebody, over the API by a session of their own.
pub async fn asks(app: &TestApp, user: &SimUser, path: &str) -> Value {
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let base = format!("http://{}/app/api/v1", app.http);
    let opening = http.post(format!("{base}/session"));
    let opening = opening.header("authorization", format!("tma {}", signed(user.id(), "en", "", 0)));
    let session: Value = opening.send().await.expect("an answer").json().await.expect("a session");
    let token = session["token"].as_str().unwrap_or_else(|| panic!("{session}"));
    let asked = http.get(format!("{base}{path}")).bearer_auth(token).send().await.expect("an answer");
    asked.json().await.expect("json")
}
