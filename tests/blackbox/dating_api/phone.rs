//! Somebody with the Mini App open: initData as Telegram signs it, a session, requests.

use crate::support::app::{TOKEN, TestApp};
use nameless_simulator::SimUser;
use reqwest::{Client, Method, StatusCode};
use ring::hmac;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds since 1970.
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock");
    i64::try_from(since.as_secs()).expect("seconds")
}

/// initData of these fields, signed for a bot's token.
pub fn signed(fields: &[(&str, &str)], token: &str) -> String {
    let mut lines: Vec<String> = fields.iter().map(|(key, value)| format!("{key}={value}")).collect();
    lines.sort();
    let secret = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, b"WebAppData"), token.as_bytes());
    let hash = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_ref()), lines.join("\n").as_bytes());
    let hash: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(fields).append_pair("hash", &hash);
    query.finish()
}

/// initData of somebody who opens the app at this moment (seconds since 1970).
pub fn init_data(user: i64, at: i64) -> String {
    let user = json!({ "id": user, "first_name": "A", "username": "seen_by_nobody", "language_code": "en" });
    signed(
        &[
            ("auth_date", &at.to_string()),
            ("query_id", "AAF"),
            ("start_param", "matches"),
            ("user", &user.to_string()),
        ],
        TOKEN,
    )
}

/// Where the API is.
pub fn url(app: &TestApp, path: &str) -> String {
    format!("http://{}/app/api/v1/{path}", app.http)
}

/// Exchanges initData for a session.
pub async fn exchange(app: &TestApp, raw: &str) -> (StatusCode, Value) {
    let request = Client::new().post(url(app, "session")).header("Authorization", format!("tma {raw}"));
    let answer = request.send().await.expect("an answer");
    (answer.status(), answer.json().await.expect("JSON"))
}

/// An open app.
pub struct Phone {
    base: String,
    client: Client,
    /// The session's secret.
    pub token: String,
    keys: AtomicU32,
}

impl Phone {
    /// Opens the app.
    pub async fn of(app: &TestApp, user: &SimUser) -> Phone {
        let (status, session) = exchange(app, &init_data(user.id(), now())).await;
        assert_eq!(status, StatusCode::OK, "{session}");
        assert_eq!(session["start"], "matches");
        Phone::with(app, session["token"].as_str().expect("a token"))
    }

    /// With a session that there is.
    pub fn with(app: &TestApp, token: &str) -> Phone {
        let (base, token) = (url(app, ""), token.to_owned());
        Phone { base, client: Client::new(), token, keys: AtomicU32::new(0) }
    }

    /// A request as it is, under a key of its own where it changes something.
    pub async fn raw(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        key: Option<&str>,
    ) -> reqwest::Response {
        let mut request =
            self.client.request(method, format!("{}{path}", self.base)).bearer_auth(&self.token);
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        request.send().await.expect("an answer")
    }

    /// The same, and what is answered; null if nothing is.
    pub async fn keyed(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        key: Option<&str>,
    ) -> (StatusCode, Value) {
        let answer = self.raw(method, path, body.as_ref(), key).await;
        let status = answer.status();
        let text = answer.text().await.expect("text");
        let json = if text.is_empty() { Value::Null } else { serde_json::from_str(&text).expect("JSON") };
        (status, json)
    }

    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        let key = format!("key-{}", self.keys.fetch_add(1, Ordering::Relaxed));
        self.keyed(method, path, body, Some(&key)).await
    }

    /// Sends a picture, under this key.
    pub async fn sends(&self, bytes: Vec<u8>, kind: &str, key: &str) -> (StatusCode, Value) {
        let request = self.client.post(format!("{}profile/photos", self.base)).bearer_auth(&self.token);
        let request = request.header("Idempotency-Key", key).header("Content-Type", kind).body(bytes);
        let answer = request.send().await.expect("an answer");
        (answer.status(), answer.json().await.expect("JSON"))
    }

    /// Reads; it has to be there.
    pub async fn get(&self, path: &str) -> Value {
        let (status, json) = self.look(path).await;
        assert_eq!(status, StatusCode::OK, "{path}: {json}");
        json
    }

    /// Reads.
    pub async fn look(&self, path: &str) -> (StatusCode, Value) {
        self.keyed(Method::GET, path, None, None).await
    }

    /// Changes something.
    pub async fn post(&self, path: &str, body: Value) -> (StatusCode, Value) {
        self.send(Method::POST, path, Some(body)).await
    }

    /// Changes something that takes no body.
    pub async fn act(&self, path: &str) -> (StatusCode, Value) {
        self.send(Method::POST, path, None).await
    }

    /// Sets something.
    pub async fn put(&self, path: &str, body: Value) -> (StatusCode, Value) {
        self.send(Method::PUT, path, Some(body)).await
    }

    /// Ends something.
    pub async fn delete(&self, path: &str) -> (StatusCode, Value) {
        self.send(Method::DELETE, path, None).await
    }

    /// The first card.
    pub async fn card(&self) -> Value {
        let cards = self.get("cards").await;
        assert_eq!(cards["state"], "ok", "{cards}");
        cards["cards"][0].clone()
    }

    /// Says something of the first card; its name and the answer.
    pub async fn says(&self, verdict: &str) -> (String, Value) {
        let card = self.card().await;
        let token = card["token"].as_str().expect("a token").to_owned();
        let (status, answer) =
            self.post(&format!("cards/{token}/verdict"), json!({ "verdict": verdict })).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        (token, answer)
    }

    /// Their only match.
    pub async fn only_match(&self) -> (String, Value) {
        let listed = self.get("matches").await;
        assert_eq!(listed["matches"].as_array().map(Vec::len), Some(1), "{listed}");
        let line = listed["matches"][0].clone();
        (line["token"].as_str().expect("a token").to_owned(), line)
    }
}
