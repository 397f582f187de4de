//! The tuned form: requests written to keep-alive sockets, responses read no further than needed.
//!
//! One request is under way on a connection at a time. Writing several at once would be cheaper
//! still, but RFC 9112 (9.3.2) advises against that for requests that are not idempotent, and no
//! client library does it.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::Target;
use crate::api::{PATIENCE, POLL_SECONDS, Updates, poll_body, push_send_body};
use crate::pairs::Pairs;

/// A chat's messages all go over one connection, so they leave in order; this many requests are
/// under way at once.
const CONNECTIONS: usize = 64;
/// Messages that wait for one connection before the poller waits too.
const QUEUE: usize = 256;
/// Longest response that is read, bytes: a batch of a hundred updates of the longest texts is far
/// below it.
const MAX_RESPONSE: usize = 16 * 1024 * 1024;

/// Relays until the process ends.
pub async fn relay(target: &Target) -> Result<(), String> {
    let senders: Vec<_> = (0..CONNECTIONS).map(|_| connection(target)).collect();
    let head = head(target, "getUpdates");
    let limit = Duration::from_secs(POLL_SECONDS.into()) + PATIENCE;
    let mut poller = Connection::new(target);
    let (mut pairs, mut offset) = (Pairs::default(), 0);
    loop {
        let request = request(&head, |body| body.extend_from_slice(poll_body(offset).as_bytes()));
        let body = match poller.exchange(&request, limit).await {
            Ok((_, body)) => body,
            Err(error) => {
                eprintln!("null-relay: getUpdates: {error}");
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            }
        };
        let updates: Updates<'_> = serde_json::from_slice(body).map_err(|e| format!("getUpdates: {e}"))?;
        let mut out = Vec::new();
        for update in updates.result {
            offset = update.update_id + 1;
            let Some(message) = update.message else { continue };
            let Some(text) = message.text else { continue };
            pairs.on_text(message.chat.id, text.get(), |chat, text| out.push((chat, text)));
            for (chat, text) in out.drain(..) {
                let sender = &senders[chat.unsigned_abs() as usize % CONNECTIONS];
                sender.send((chat, text.into())).await.map_err(|_| "a connection's task has ended")?;
            }
        }
    }
}

fn connection(target: &Target) -> mpsc::Sender<(i64, Box<str>)> {
    let (sender, mut messages) = mpsc::channel::<(i64, Box<str>)>(QUEUE);
    let (mut connection, head) = (Connection::new(target), head(target, "sendMessage"));
    tokio::spawn(async move {
        while let Some((chat, text)) = messages.recv().await {
            let request = request(&head, |body| push_send_body(body, chat, &text));
            match connection.exchange(&request, PATIENCE).await {
                Ok((200, _)) => {}
                Ok((status, _)) => eprintln!("null-relay: sendMessage: {status}"),
                Err(error) => eprintln!("null-relay: sendMessage: {error}"),
            }
        }
    });
    sender
}

fn head(target: &Target, method: &str) -> String {
    let Target { host, path } = target;
    format!(
        "POST {path}{method} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: "
    )
}

/// A request in one piece, so that it is one write.
fn request(head: &str, push_body: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    /// Room for the length, filled in when it is known; HTTP allows leading zeros.
    const DIGITS: usize = 8;
    let mut bytes = Vec::with_capacity(head.len() + 256);
    bytes.extend_from_slice(head.as_bytes());
    bytes.extend_from_slice(b"00000000\r\n\r\n");
    let start = bytes.len();
    push_body(&mut bytes);
    let mut length = bytes.len() - start;
    for place in (head.len()..head.len() + DIGITS).rev() {
        bytes[place] = b'0' + (length % 10) as u8;
        length /= 10;
    }
    bytes
}

/// One keep-alive connection, made when it is first needed and again when it has broken.
struct Connection {
    host: String,
    stream: Option<TcpStream>,
    buffer: Vec<u8>,
}

impl Connection {
    fn new(target: &Target) -> Self {
        Self { host: target.host.clone(), stream: None, buffer: Vec::with_capacity(8 * 1024) }
    }

    /// Sends a request; its status and body.
    async fn exchange(&mut self, request: &[u8], limit: Duration) -> Result<(u16, &[u8]), String> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => {
                let stream =
                    TcpStream::connect(&self.host).await.map_err(|e| format!("no connection: {e}"))?;
                stream.set_nodelay(true).map_err(|e| e.to_string())?;
                stream
            }
        };
        self.buffer.clear();
        let answered = timeout(limit, answer(&mut stream, &mut self.buffer, request)).await;
        // After anything but a whole answer the connection is of no use.
        let (status, start, end) = answered.map_err(|_| "no answer in time".to_owned())??;
        self.stream = Some(stream);
        Ok((status, &self.buffer[start..end]))
    }
}

/// The status, and where in `buffer` the body is.
async fn answer(
    stream: &mut TcpStream,
    buffer: &mut Vec<u8>,
    request: &[u8],
) -> Result<(u16, usize, usize), String> {
    stream.write_all(request).await.map_err(|e| e.to_string())?;
    let mut known = None;
    loop {
        if stream.read_buf(buffer).await.map_err(|e| e.to_string())? == 0 {
            return Err("the connection was closed".into());
        }
        if known.is_none() {
            known = parse_head(buffer)?;
        }
        if let Some((status, start, length)) = known {
            if length > MAX_RESPONSE {
                return Err("the response is too long".into());
            }
            if buffer.len() >= start + length {
                return Ok((status, start, start + length));
            }
            // One large read instead of many that double the buffer.
            buffer.reserve(start + length - buffer.len());
        } else if buffer.len() > MAX_RESPONSE {
            return Err("the response's head is too long".into());
        }
    }
}

/// Status, where the body begins, its length; nothing while the head is not whole.
fn parse_head(bytes: &[u8]) -> Result<Option<(u16, usize, usize)>, String> {
    let mut headers = [httparse::EMPTY_HEADER; 32];
    let mut response = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(start) = response.parse(bytes).map_err(|e| e.to_string())? else {
        return Ok(None);
    };
    let length = response.headers.iter().find(|h| h.name.eq_ignore_ascii_case("content-length"));
    let length = length.and_then(|h| std::str::from_utf8(h.value).ok()?.trim().parse().ok());
    let length = length.ok_or("a response without a length")?;
    Ok(Some((response.code.unwrap_or(0), start, length)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_says_its_length() {
        let bytes =
            request("POST / HTTP/1.1\r\nContent-Length: ", |body| body.extend_from_slice(b"{\"a\":1}"));
        assert_eq!(bytes, b"POST / HTTP/1.1\r\nContent-Length: 00000007\r\n\r\n{\"a\":1}");
    }

    #[test]
    fn a_head_is_read_when_it_is_whole() {
        let whole = b"HTTP/1.1 429 Too Many\r\ncontent-length: 2\r\nretry-after: 1\r\n\r\n{}";
        assert_eq!(parse_head(&whole[..30]), Ok(None));
        assert_eq!(parse_head(whole), Ok(Some((429, whole.len() - 2, 2))));
        assert!(parse_head(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
        assert!(parse_head(b"nonsense\r\n").is_err());
    }
}
