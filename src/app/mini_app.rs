//! Somebody with the Mini App open, as a client of the engine's own HTTP API: for the demo and its
//! script, whose people have no phones.

use anyhow::{Context as _, bail};
use nameless_simulator::{ChatMessage, SimUser};
use reqwest::Method;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// How long the API, or an answer in the chat, may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Presses through the first questions; `answers` are the starts of the buttons' data, in order.
pub async fn onboard(user: &SimUser, answers: &[&str]) -> anyhow::Result<()> {
    user.send_text("/start");
    for answer in answers {
        let fits = |data: &str| data.starts_with(answer);
        let has = |m: &ChatMessage| {
            m.from_bot && m.buttons().iter().flatten().any(|b| b.data.as_deref().is_some_and(fits))
        };
        let message = user.wait_for(PATIENCE, has).await.with_context(|| format!("no button {answer}"))?;
        let buttons = message.buttons();
        let data = buttons.iter().flatten().find_map(|b| b.data.as_deref().filter(|data| fits(data)));
        let query = user.press(message.message_id, data.context("the button is gone")?);
        user.wait_answer(PATIENCE, &query).await.context("a press is not answered")?;
    }
    Ok(())
}

/// An open app.
pub struct MiniApp {
    base: String,
    client: reqwest::Client,
    token: String,
    keys: AtomicU32,
}

impl MiniApp {
    /// Opens it at the engine that listens there.
    pub async fn open(engine: SocketAddr, user: &SimUser) -> anyhow::Result<MiniApp> {
        let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build()?;
        let base = format!("http://{engine}/app/api/v1");
        let signed = user.init_data().context("the simulator knows no token of a bot")?;
        let opening = client.post(format!("{base}/session")).header("authorization", format!("tma {signed}"));
        let session = read(opening.send().await?).await?;
        let token = session["token"].as_str().context("a session without a token")?.to_owned();
        Ok(MiniApp { base, client, token, keys: AtomicU32::new(0) })
    }

    /// Reads.
    pub async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.ask(self.client.get(format!("{}{path}", self.base))).await
    }

    /// Writes, under a key of its own.
    pub async fn write(&self, method: Method, path: &str, body: Option<Value>) -> anyhow::Result<Value> {
        let key = format!("demo-{}", self.keys.fetch_add(1, Ordering::Relaxed));
        let request = self.client.request(method, format!("{}{path}", self.base));
        let request = request.header("Idempotency-Key", key);
        self.ask(match body {
            Some(body) => request.json(&body),
            None => request,
        })
        .await
    }

    async fn ask(&self, request: reqwest::RequestBuilder) -> anyhow::Result<Value> {
        read(request.bearer_auth(&self.token).send().await?).await
    }
}

async fn read(answer: reqwest::Response) -> anyhow::Result<Value> {
    let (status, text) = (answer.status(), answer.text().await?);
    if !status.is_success() {
        bail!("the API says {status}: {text}");
    }
    if text.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_str(&text).context("the API's answer is no JSON")
}

/// A card's worth of a profile, in a city where everybody of the demo is.
pub fn profile(name: &str, birth: &str, gender: &str, bio: &str, interests: &[&str]) -> Value {
    json!({
        "name": name, "birth": birth, "gender": gender, "wants": ["female", "male", "other"], "bio": bio,
        "city": "moscow", "goal": "dates", "interests": interests, "age_range": [18, 60], "distance": null,
    })
}
