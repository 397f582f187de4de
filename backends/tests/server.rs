//! A server of the tests' own: it reads a request and then does what its script says, byte by byte.

#![allow(dead_code, reason = "not every program of tests uses all of it")]

use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What is done with one request.
#[derive(Clone, Debug)]
pub enum Act {
    /// Writes these bytes.
    Write(Vec<u8>),
    /// Writes this over and over, with a pause between, until the client has gone.
    For(Vec<u8>, Duration),
    /// Does nothing for a while.
    Pause(Duration),
    /// Says nothing until the client has gone.
    Hang,
}

/// A server under way; it ends with the value.
pub struct Server {
    /// What stands before `/chat/completions`.
    pub url: String,
    requests: Arc<Mutex<Vec<String>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What is done with a request: by its number, from 0, and its text.
type Script = Arc<dyn Fn(usize, &str) -> Vec<Act> + Send + Sync>;

impl Server {
    /// Answers the first request by the first script, and so on; the last one answers all others.
    pub async fn new(scripts: Vec<Vec<Act>>) -> Server {
        Server::by(move |number, _| scripts[number.min(scripts.len() - 1)].clone()).await
    }

    /// Answers each request by what it is.
    pub async fn by(script: impl Fn(usize, &str) -> Vec<Act> + Send + Sync + 'static) -> Server {
        let script: Script = Arc::new(script);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = requests.clone();
        let task = tokio::spawn(async move {
            loop {
                let Ok((stream, _)) = listener.accept().await else { return };
                let (seen, script) = (seen.clone(), script.clone());
                tokio::spawn(async move { drop(serve(stream, seen, script).await) });
            }
        });
        Server { url, requests, task }
    }

    /// The requests so far, heads and bodies.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

async fn serve(mut stream: TcpStream, seen: Arc<Mutex<Vec<String>>>, script: Script) -> std::io::Result<()> {
    let (mut request, mut part) = (Vec::new(), [0; 4_096]);
    loop {
        let n = stream.read(&mut part).await?;
        if n == 0 {
            return Ok(());
        }
        request.extend_from_slice(&part[..n]);
        let text = String::from_utf8_lossy(&request);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.to_ascii_lowercase();
        let length = length.lines().find_map(|l| l.strip_prefix("content-length: ")?.parse::<usize>().ok());
        if body.len() >= length.unwrap_or_default() {
            break;
        }
    }
    let text = String::from_utf8_lossy(&request).into_owned();
    let number = {
        let mut seen = seen.lock().unwrap();
        seen.push(text.clone());
        seen.len() - 1
    };
    for act in &script(number, &text) {
        match act {
            Act::Write(bytes) => stream.write_all(bytes).await?,
            Act::For(bytes, pause) => loop {
                stream.write_all(bytes).await?;
                tokio::time::sleep(*pause).await;
            },
            Act::Pause(pause) => tokio::time::sleep(*pause).await,
            Act::Hang => drop(stream.read(&mut part).await?),
        }
    }
    stream.shutdown().await
}

/// A status with headers and a JSON body.
pub fn status(status: &str, headers: &str, body: &str) -> Vec<Act> {
    let length = body.len();
    let text = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n{body}"
    );
    vec![Act::Write(text.into_bytes())]
}

/// The head of a stream that ends with its connection.
pub fn head() -> Act {
    let text = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
    Act::Write(text.as_bytes().to_vec())
}

/// Words of a stream.
pub fn words(words: &str) -> Act {
    data(&serde_json::json!({"choices": [{"delta": {"content": words}, "finish_reason": null}]}).to_string())
}

/// The finish reason, usage and the end.
pub fn finish(reason: &str) -> Act {
    let chunk = serde_json::json!({"choices": [{"delta": {}, "finish_reason": reason}]});
    let usage = serde_json::json!({"choices": [], "usage": {"prompt_tokens": 10, "completion_tokens": 5}});
    Act::Write(format!("data: {chunk}\n\ndata: {usage}\n\ndata: [DONE]\n\n").into_bytes())
}

/// One event.
pub fn data(data: &str) -> Act {
    Act::Write(format!("data: {data}\n\n").into_bytes())
}
