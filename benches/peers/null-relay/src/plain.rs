//! The default form: reqwest's client, a task for each lane of chats.

use std::time::Duration;

use reqwest::Client;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use tokio::sync::mpsc;

use crate::Target;
use crate::api::{PATIENCE, POLL_SECONDS, Updates, poll_body, push_send_body};
use crate::pairs::Pairs;

/// A chat's messages all go through one lane, so they leave in order; this many requests are under
/// way at once.
const LANES: usize = 64;
/// Messages that wait in one lane before the poller waits too.
const QUEUE: usize = 256;

/// Relays until the process ends.
pub async fn relay(target: &Target) -> Result<(), String> {
    let url = |method: &str| format!("http://{}{}{method}", target.host, target.path);
    let client = Client::builder()
        .no_proxy()
        .tcp_nodelay(true)
        .pool_max_idle_per_host(LANES + 1)
        .timeout(Duration::from_secs(POLL_SECONDS.into()) + PATIENCE)
        .build()
        .map_err(|e| format!("no client: {e}"))?;
    let lanes: Vec<_> = (0..LANES).map(|_| lane(client.clone(), url("sendMessage"))).collect();
    let poll = url("getUpdates");
    let (mut pairs, mut offset, mut out) = (Pairs::default(), 0, Vec::new());
    loop {
        let answer = async {
            client
                .post(&poll)
                .header(CONTENT_TYPE, json())
                .body(poll_body(offset))
                .send()
                .await?
                .bytes()
                .await
        };
        let bytes = match answer.await {
            Ok(bytes) => bytes,
            Err(error) => {
                eprintln!("null-relay: getUpdates: {}", error.without_url());
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            }
        };
        let updates: Updates<'_> = serde_json::from_slice(&bytes).map_err(|e| format!("getUpdates: {e}"))?;
        for update in updates.result {
            offset = update.update_id + 1;
            let Some(message) = update.message else { continue };
            let Some(text) = message.text else { continue };
            pairs.on_text(message.chat.id, text.get(), |chat, text| {
                let mut body = Vec::with_capacity(text.len() + 48);
                push_send_body(&mut body, chat, text);
                out.push((chat, body));
            });
            for (chat, body) in out.drain(..) {
                let lane = &lanes[chat.unsigned_abs() as usize % LANES];
                lane.send(body).await.map_err(|_| "a lane has ended")?;
            }
        }
    }
}

fn json() -> HeaderValue {
    HeaderValue::from_static("application/json")
}

fn lane(client: Client, url: String) -> mpsc::Sender<Vec<u8>> {
    let (sender, mut bodies) = mpsc::channel::<Vec<u8>>(QUEUE);
    tokio::spawn(async move {
        while let Some(body) = bodies.recv().await {
            let sent = async {
                let response = client.post(&url).header(CONTENT_TYPE, json()).body(body).send().await?;
                let status = response.status();
                // Read to the end, so that the connection can be used again.
                response.bytes().await.map(|_| status)
            };
            match sent.await {
                Ok(status) if status.is_success() => {}
                Ok(status) => eprintln!("null-relay: sendMessage: {status}"),
                Err(error) => eprintln!("null-relay: sendMessage: {}", error.without_url()),
            }
        }
    });
    sender
}
