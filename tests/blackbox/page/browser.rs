//! Headless Chromium over the WebDriver protocol: the few calls that a visitor's doings need.

use super::process::{self, Process};
use anyhow::{Context as _, bail};
use base64::Engine as _;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use tempfile::TempDir;

const CHROMIUM: &str = "/usr/bin/chromium";
const DRIVER: &str = "/usr/bin/chromedriver";

/// For how long something may take to be seen, beside all other tests on a slow machine.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// How often is looked whether it is.
const GLANCE: Duration = Duration::from_millis(50);
/// Key of an element's id in the protocol.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// The key that sends a message.
pub const ENTER: &str = "\u{e007}";

/// A browser with one window.
pub struct Browser {
    http: reqwest::Client,
    session: String,
    browser: Option<u64>,
    // In this order: the driver ends before its browser's folder is removed.
    _driver: Process,
    _profile: TempDir,
}

/// An element of the page.
#[derive(Debug, Clone)]
pub struct Element(String);

impl Element {
    fn reference(&self) -> Value {
        json!({ ELEMENT: self.0 })
    }
}

/// Whether Chromium and its driver are installed.
pub fn installed() -> bool {
    Path::new(CHROMIUM).exists() && Path::new(DRIVER).exists()
}

impl Browser {
    /// Starts driver and browser; neither looks at or touches anything of the user's.
    pub async fn start() -> anyhow::Result<Browser> {
        let profile = tempfile::tempdir()?;
        let driver = Process::start(Command::new(DRIVER).arg("--port=0"))?;
        let port: u16 = driver.line(PATIENCE, |line| {
            line.split_once("started successfully on port ")?.1.trim_end_matches('.').parse().ok()
        })?;
        let http = reqwest::Client::builder().no_proxy().timeout(2 * PATIENCE).build()?;
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            "--lang=en-US",
            &format!("--user-data-dir={}", profile.path().display()),
        ];
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:loggingPrefs": {"browser": "ALL"},
            "goog:chromeOptions": {"binary": CHROMIUM, "args": arguments},
        }}});
        let root = format!("http://127.0.0.1:{port}/session");
        let answer = post(&http, &root, &wanted).await.context("Chromium did not start")?;
        let id = answer["sessionId"].as_str().context("no session id")?;
        Ok(Browser {
            session: format!("{root}/{id}"),
            browser: answer["capabilities"]["goog:processID"].as_u64(),
            http,
            _driver: driver,
            _profile: profile,
        })
    }

    async fn post(&self, path: &str, body: Value) -> anyhow::Result<Value> {
        post(&self.http, &format!("{}{path}", self.session), &body).await
    }

    /// Opens an address.
    pub async fn open(&self, url: &str) -> anyhow::Result<()> {
        self.post("/url", json!({"url": url})).await.map(drop)
    }

    /// Loads the page again.
    pub async fn reload(&self) -> anyhow::Result<()> {
        self.post("/refresh", json!({})).await.map(drop)
    }

    /// The window's inner size, as on a device of that size.
    pub async fn size(&self, width: u32, height: u32) -> anyhow::Result<()> {
        let params = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600});
        self.devtools("Emulation.setDeviceMetricsOverride", params).await.map(drop)
    }

    /// Colours as a device prefers them: `light` or `dark`. Nothing moves from one to the other.
    pub async fn colours(&self, scheme: &str) -> anyhow::Result<()> {
        let features = json!([
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]);
        self.devtools("Emulation.setEmulatedMedia", json!({"features": features})).await.map(drop)
    }

    /// From now on the window has the keyboard, as one in front of somebody has.
    pub async fn focused(&self) -> anyhow::Result<()> {
        self.devtools("Emulation.setFocusEmulationEnabled", json!({"enabled": true})).await.map(drop)
    }

    /// A call of Chromium's own protocol, for what WebDriver has no word.
    pub async fn devtools(&self, call: &str, params: Value) -> anyhow::Result<Value> {
        self.post("/goog/cdp/execute", json!({"cmd": call, "params": params})).await
    }

    /// Presses a key, wherever the keyboard's attention is.
    pub async fn press(&self, key: &str) -> anyhow::Result<()> {
        let strokes = json!([{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]);
        let body = json!({"actions": [{"type": "key", "id": "keyboard", "actions": strokes}]});
        self.post("/actions", body).await.map(drop)
    }

    /// Runs a function's body in the page.
    pub async fn run(&self, script: &str, args: Value) -> anyhow::Result<Value> {
        self.post("/execute/sync", json!({"script": script, "args": args})).await
    }

    /// Waits until an expression of the page is true. It may fail meanwhile: a page that is about
    /// to be left, or has only begun to arrive, does not have everything.
    pub async fn until(&self, expression: &str) -> anyhow::Result<Value> {
        let script = format!("return {expression}");
        let until = Instant::now() + PATIENCE;
        loop {
            let value = self.run(&script, json!([])).await;
            if let Ok(value) = &value
                && !matches!(value, Value::Null | Value::Bool(false))
            {
                return Ok(value.clone());
            }
            if Instant::now() > until {
                let place = self.run("return `${location} ${document.body?.innerText}`", json!([])).await;
                bail!("not so in time: {expression}, but {value:?}; the page: {place:?}");
            }
            tokio::time::sleep(GLANCE).await;
        }
    }

    /// Waits for the last element of an XPath.
    pub async fn find(&self, xpath: &str) -> anyhow::Result<Element> {
        let until = Instant::now() + PATIENCE;
        loop {
            let found = self.post("/elements", json!({"using": "xpath", "value": xpath})).await?;
            let last = found.as_array().and_then(|list| list.last()).and_then(|e| e[ELEMENT].as_str());
            if let Some(id) = last {
                return Ok(Element(id.to_owned()));
            }
            if Instant::now() > until {
                bail!("not seen in time: {xpath}");
            }
            tokio::time::sleep(GLANCE).await;
        }
    }

    /// Clicks what an XPath names, as a visitor would. The page may redraw it meanwhile: then it is
    /// looked for anew.
    pub async fn click(&self, xpath: &str) -> anyhow::Result<()> {
        let until = Instant::now() + PATIENCE;
        loop {
            let element = self.find(xpath).await?;
            match self.post(&format!("/element/{}/click", element.0), json!({})).await {
                Ok(_) => return Ok(()),
                Err(error) if Instant::now() > until => {
                    return Err(error.context(format!("cannot be clicked: {xpath}")));
                }
                Err(_) => tokio::time::sleep(GLANCE).await,
            }
        }
    }

    /// Types into what an XPath names.
    pub async fn type_into(&self, xpath: &str, text: &str) -> anyhow::Result<()> {
        let element = self.find(xpath).await?;
        self.post(&format!("/element/{}/value", element.0), json!({"text": text})).await.map(drop)
    }

    /// Empties a field.
    pub async fn clear(&self, xpath: &str) -> anyhow::Result<()> {
        let element = self.find(xpath).await?;
        self.post(&format!("/element/{}/clear", element.0), json!({})).await.map(drop)
    }

    /// What an element shows, as the page holds it.
    pub async fn text(&self, xpath: &str) -> anyhow::Result<String> {
        let element = self.find(xpath).await?;
        let text = self.run("return arguments[0].textContent", json!([element.reference()])).await?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    /// Takes a picture of the window.
    pub async fn picture(&self, file: &Path) -> anyhow::Result<()> {
        let picture = get(&self.http, &format!("{}/screenshot", self.session)).await?;
        let encoded = picture.as_str().context("no picture")?;
        std::fs::write(file, base64::engine::general_purpose::STANDARD.decode(encoded)?)?;
        Ok(())
    }

    /// Errors and warnings in the console since the last look.
    pub async fn complaints(&self) -> anyhow::Result<Vec<String>> {
        let log = self.post("/se/log", json!({"type": "browser"})).await?;
        let entries = log.as_array().cloned().unwrap_or_default();
        let bad = |entry: &&Value| matches!(entry["level"].as_str(), Some("SEVERE" | "WARNING"));
        Ok(entries.iter().filter(bad).map(|entry| entry["message"].to_string()).collect())
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver, ended, leaves its browser behind.
        if let Some(pid) = self.browser {
            process::end(pid);
        }
    }
}

async fn post(http: &reqwest::Client, url: &str, body: &Value) -> anyhow::Result<Value> {
    value(http.post(url).json(body).send().await?).await
}

async fn get(http: &reqwest::Client, url: &str) -> anyhow::Result<Value> {
    value(http.get(url).send().await?).await
}

async fn value(answer: reqwest::Response) -> anyhow::Result<Value> {
    let ok = answer.status().is_success();
    let mut body: Value = answer.json().await?;
    if !ok {
        bail!("{}: {}", body["value"]["error"], body["value"]["message"]);
    }
    Ok(body["value"].take())
}
