//! A bot in the hand of a test: calls methods over HTTP and looks at the answers.
#![allow(dead_code, reason = "every test file uses its own part")]

use std::time::Duration;

use nameless_simulator::{NewUser, SimConfig, SimUser, Simulator};
use serde_json::{Value, json};

pub const TOKEN: &str = "42:secret";
pub const SOON: Duration = Duration::from_secs(60);

pub struct Bot {
    pub client: reqwest::Client,
    pub url: String,
    pub token: String,
}

impl Bot {
    pub fn new(simulator: &Simulator) -> Self {
        Self::with_token(simulator, TOKEN)
    }

    pub fn with_token(simulator: &Simulator, token: &str) -> Self {
        let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(60)).build().unwrap();
        Self { client, url: simulator.url(), token: token.into() }
    }

    pub fn method(&self, method: &str) -> String {
        format!("{}/bot{}/{method}", self.url, self.token)
    }

    /// Status and body of a call.
    pub async fn try_call(&self, method: &str, params: Value) -> reqwest::Result<(u16, Value)> {
        let response = self.client.post(self.method(method)).json(&params).send().await?;
        Ok((response.status().as_u16(), response.json().await?))
    }

    /// The `result` of a call that must succeed.
    pub async fn call(&self, method: &str, params: Value) -> Value {
        let (status, body) = self.try_call(method, params).await.unwrap();
        assert_eq!((status, &body["ok"]), (200, &json!(true)), "{method}: {body}");
        body["result"].clone()
    }

    /// The code and description of a call that must be refused.
    pub async fn refused(&self, method: &str, params: Value) -> (u16, String) {
        let (status, body) = self.try_call(method, params).await.unwrap();
        assert_eq!(body["ok"], json!(false), "{method}: {body}");
        assert_eq!(body["error_code"], json!(status));
        (status, body["description"].as_str().unwrap().to_owned())
    }

    /// All waiting updates, acknowledged.
    pub async fn updates(&self) -> Vec<Value> {
        let list = self.call("getUpdates", json!({})).await.as_array().unwrap().clone();
        if let Some(last) = list.last() {
            self.call("getUpdates", json!({"offset": last["update_id"].as_i64().unwrap() + 1, "limit": 1}))
                .await;
        }
        list
    }

    pub async fn text(&self, user: &SimUser, text: &str) -> Value {
        self.call("sendMessage", json!({"chat_id": user.id(), "text": text})).await
    }
}

pub fn start() -> (Simulator, Bot) {
    let simulator = Simulator::start(SimConfig::default()).unwrap();
    let bot = Bot::new(&simulator);
    (simulator, bot)
}

/// A person who has started the bot; that update is acknowledged.
pub async fn started(simulator: &Simulator, bot: &Bot) -> SimUser {
    let user = simulator.world().add_user(NewUser::default()).with_bot(&bot.token);
    user.send_text("/start");
    bot.updates().await;
    user
}
