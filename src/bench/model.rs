//! A language model that answers at once: it notes when each request is there, and says two words.

use anyhow::Context as _;
use nameless_actors::kernel::lock;
use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;

/// What stands before a turn's number in what a person says.
pub const NUMBER: &str = "What of number ";
/// Bytes of a request at most.
const MOST: usize = 256 * 1024;

/// When each turn's first request was there, by the turn's number; and how many came again.
#[derive(Default)]
pub struct Seen {
    at: HashMap<u64, Instant>,
    again: u64,
}

/// The model; it ends with the process.
pub struct Model {
    address: SocketAddr,
    noted: Arc<Noted>,
}

/// What has arrived, and who waits for it.
#[derive(Default)]
struct Noted {
    seen: Mutex<Seen>,
    more: Notify,
}

impl Model {
    /// Starts it on a thread of its own, on this thread's core.
    pub fn start() -> anyhow::Result<Model> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no port is free")?;
        listener.set_nonblocking(true)?;
        let (address, noted) = (listener.local_addr()?, Arc::<Noted>::default());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let theirs = noted.clone();
        std::thread::Builder::new().name("model".into()).spawn(move || {
            runtime.block_on(async move {
                let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
                while let Ok((stream, _)) = listener.accept().await {
                    let noted = theirs.clone();
                    // A connection that breaks is the client's affair.
                    tokio::spawn(async move { drop(serve(stream, noted).await) });
                }
            });
        })?;
        Ok(Model { address, noted })
    }

    /// What stands before `/chat/completions`.
    pub fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Waits until so many turns have arrived, for so long at most.
    pub async fn arrived(&self, count: usize, within: Duration) {
        let there = async {
            loop {
                let mut more = pin!(self.noted.more.notified());
                // Whatever arrives behind the look is heard of.
                more.as_mut().enable();
                if lock(&self.noted.seen).at.len() >= count {
                    return;
                }
                more.await;
            }
        };
        // What is missing then is lost.
        let _ = tokio::time::timeout(within, there).await;
    }

    /// When they arrived, and how many requests came again; begins anew.
    pub fn take(&self) -> (HashMap<u64, Instant>, u64) {
        let seen = std::mem::take(&mut *lock(&self.noted.seen));
        (seen.at, seen.again)
    }
}

async fn serve(mut stream: TcpStream, noted: Arc<Noted>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let (mut request, mut part) = (Vec::new(), vec![0; 16 * 1024]);
    loop {
        let body = loop {
            if let Some(body) = whole(&request) {
                break body;
            }
            let n = stream.read(&mut part).await?;
            if n == 0 || request.len() > MOST {
                return Ok(());
            }
            request.extend_from_slice(&part[..n]);
        };
        let now = Instant::now();
        let number = number(&request[..body.1]);
        {
            let mut seen = lock(&noted.seen);
            match number {
                Some(number) if !seen.at.contains_key(&number) => drop(seen.at.insert(number, now)),
                _ => seen.again += 1,
            }
        }
        noted.more.notify_waiters();
        stream.write_all(&answer(number.unwrap_or_default())).await?;
        request.drain(..body.1);
    }
}

/// Where the first request's body begins and ends, once it is there.
pub(super) fn whole(bytes: &[u8]) -> Option<(usize, usize)> {
    let head = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let text = String::from_utf8_lossy(&bytes[..head]).to_ascii_lowercase();
    let length = text.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
    let end = head + length.unwrap_or(0usize);
    (bytes.len() >= end).then_some((head, end))
}

/// The number of the turn that is asked about: the last one, as the dialog's earlier ones stand
/// before it.
fn number(request: &[u8]) -> Option<u64> {
    let text = String::from_utf8_lossy(request);
    let digits = &text[text.rfind(NUMBER)? + NUMBER.len()..];
    digits[..digits.find(|c: char| !c.is_ascii_digit())?].parse().ok()
}

/// Two words, never the same as before, as a stream.
fn answer(number: u64) -> Vec<u8> {
    let words = serde_json::json!({
        "id": "bench", "object": "chat.completion.chunk", "created": 0, "model": "bench",
        "choices": [{"index": 0, "delta": {"role": "assistant", "content": format!("Noted: {number}")},
            "finish_reason": null}],
    });
    let end = serde_json::json!({
        "id": "bench", "object": "chat.completion.chunk", "created": 0, "model": "bench",
        "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}],
    });
    let body = format!("data: {words}\n\ndata: {end}\n\ndata: [DONE]\n\n");
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: {length}\r\n\r\n{body}")
        .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_whole_with_its_body_and_the_last_number_is_the_turns() {
        let body = format!("{{\"a\":\"{NUMBER}7?\",\"b\":\"{NUMBER}12?\"}}");
        let request = format!("POST / HTTP/1.1\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        let bytes = request.as_bytes();
        assert_eq!(whole(&bytes[..bytes.len() - 1]), None);
        assert_eq!(whole(bytes), Some((bytes.len() - body.len(), bytes.len())));
        assert_eq!(number(bytes), Some(12));
        assert_eq!(number(b"nothing"), None);
    }
}
