//! A maker of pictures of the tests' own, which speaks three dialects strictly: what their servers
//! would not understand is noted as a fault and refused.

#![allow(dead_code, reason = "not every program of tests uses all of it")]

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A maker under way; it ends with the value.
pub struct Maker {
    /// Its address; OpenAI's dialect stands behind `/v1`.
    pub url: String,
    state: Arc<Mutex<State>>,
    goes_on: watch::Sender<bool>,
    task: tokio::task::JoinHandle<()>,
}

#[derive(Default)]
struct State {
    drawn: Vec<Value>,
    jobs: BTreeMap<String, &'static str>,
    asked: Vec<String>,
    cancelled: Vec<String>,
    faults: Vec<String>,
    revised: Option<String>,
    refusing: Option<u16>,
    picture: Option<Vec<u8>>,
    /// ComfyUI before 0.26: it knows no address of a job.
    old: bool,
}

impl Drop for Maker {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Maker {
    /// One that draws at once.
    pub async fn new() -> Maker {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (state, goes_on) = (Arc::<Mutex<State>>::default(), watch::Sender::new(true));
        let (shared, hold) = (state.clone(), goes_on.subscribe());
        let task = tokio::spawn(async move {
            loop {
                let Ok((stream, _)) = listener.accept().await else { return };
                let (shared, hold) = (shared.clone(), hold.clone());
                tokio::spawn(async move { drop(serve(stream, shared, hold).await) });
            }
        });
        Maker { url, state, goes_on, task }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// From now on it draws and does not get done, until it may.
    pub fn hold(&self, held: bool) {
        self.goes_on.send_replace(!held);
    }

    /// It says that it has made this of the prompt.
    pub fn revises(&self, to: &str) {
        self.state().revised = Some(to.to_owned());
    }

    /// It answers with this status.
    pub fn refuses(&self, status: Option<u16>) {
        self.state().refusing = status;
    }

    /// It draws this.
    pub fn draws(&self, picture: Vec<u8>) {
        self.state().picture = Some(picture);
    }

    /// It is a ComfyUI before 0.26.
    pub fn is_old(&self) {
        self.state().old = true;
    }

    /// What it was asked to draw: the bodies.
    pub fn drawn(&self) -> Vec<Value> {
        self.state().drawn.clone()
    }

    /// Requests: method and path.
    pub fn asked(&self) -> Vec<String> {
        self.state().asked.clone()
    }

    /// Jobs that were called off.
    pub fn cancelled(&self) -> Vec<String> {
        self.state().cancelled.clone()
    }

    /// A restart: ComfyUI keeps its queue and its history in memory.
    pub fn forgets(&self) {
        self.state().jobs.clear();
    }

    /// What no server of its kind would have understood.
    pub fn faults(&self) -> Vec<String> {
        self.state().faults.clone()
    }
}

/// A grey picture, with what makers write beside it: a PNG that anybody can read.
pub fn picture(words: &str) -> Vec<u8> {
    const SIDE: u32 = 64;
    let raw: Vec<u8> =
        (0..SIDE).flat_map(|y| std::iter::once(0).chain((0..SIDE).map(move |x| (x * y) as u8))).collect();
    // Stored, not compressed (RFC 1950, 1951).
    let length = raw.len() as u16;
    let mut data = vec![0x78, 0x01, 0x01];
    data.extend(length.to_le_bytes());
    data.extend((!length).to_le_bytes());
    data.extend(&raw);
    let (a, b) = raw.iter().fold((1u32, 0u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    data.extend((b << 16 | a).to_be_bytes());
    let header = [&SIDE.to_be_bytes()[..], &SIDE.to_be_bytes(), &[8, 0, 0, 0, 0]].concat();
    let text = [b"parameters\0", words.as_bytes()].concat();
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, data) in [(b"IHDR", header), (b"tEXt", text), (b"IDAT", data), (b"IEND", Vec::new())] {
        let chunk = [kind.as_slice(), &data].concat();
        file.extend((data.len() as u32).to_be_bytes());
        file.extend(&chunk);
        file.extend(crc(&chunk).to_be_bytes());
    }
    file
}

fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, byte| {
        (0..8).fold(
            crc ^ u32::from(*byte),
            |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 },
        )
    })
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for part in bytes.chunks(3) {
        let n = part.iter().fold(0u32, |n, b| n << 8 | u32::from(*b)) << (8 * (3 - part.len()));
        for i in 0..4 {
            let letter = LETTERS[(n >> (18 - 6 * i) & 63) as usize] as char;
            text.push(if i <= part.len() { letter } else { '=' });
        }
    }
    text
}

async fn serve(
    mut stream: TcpStream,
    state: Arc<Mutex<State>>,
    mut hold: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let (mut request, mut part) = (Vec::new(), [0; 8_192]);
    let (head, body) = loop {
        let n = stream.read(&mut part).await?;
        if n == 0 {
            return Ok(());
        }
        request.extend_from_slice(&part[..n]);
        let text = String::from_utf8_lossy(&request).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let lower = head.to_ascii_lowercase();
        let length = lower.lines().find_map(|l| l.strip_prefix("content-length: ")?.parse::<usize>().ok());
        if body.len() >= length.unwrap_or_default() {
            break (head.to_owned(), body.to_owned());
        }
    };
    let line: Vec<&str> = head.lines().next().unwrap_or_default().split(' ').collect();
    let (method, path) = (line[0].to_owned(), line[1].to_owned());
    let is_json = head.to_ascii_lowercase().contains("content-type: application/json");
    state.lock().unwrap().asked.push(format!("{method} {path}"));
    let body = match (method.as_str(), serde_json::from_str::<Value>(&body)) {
        ("GET", _) => Value::Null,
        (_, Ok(body)) if is_json => body,
        _ => return fault(&mut stream, &state, "a body that is no JSON").await,
    };
    let refusing = state.lock().unwrap().refusing;
    let draws = matches!(path.as_str(), "/v1/images/generations" | "/sdapi/v1/txt2img" | "/prompt");
    if let Some(status) = refusing.filter(|_| draws) {
        return answer(&mut stream, status, "application/json", b"{\"error\":{\"message\":\"no\"}}").await;
    }
    match (method.as_str(), path.as_str()) {
        ("POST", "/v1/images/generations") => {
            let known = ["prompt", "n", "size", "model", "response_format"];
            let size = body["size"].as_str().and_then(|s| s.split_once('x'));
            let whole = size.is_some_and(|(w, h)| w.parse::<u32>().is_ok() && h.parse::<u32>().is_ok());
            let is_new = body["model"].as_str().is_some_and(|m| m.starts_with("gpt-image"));
            let format = if is_new { Value::Null } else { json!("b64_json") };
            if !whole || !only(&body, &known) || body["n"] != 1 || body["response_format"] != format {
                return fault(&mut stream, &state, &format!("no request: {body}")).await;
            }
            drawing(&state, &body);
            let _ = hold.wait_for(|on| *on).await;
            let revised = state.lock().unwrap().revised.clone();
            let one =
                json!({ "b64_json": base64(&drawn(&state, &body["prompt"])), "revised_prompt": revised });
            answer_json(&mut stream, &json!({ "created": 1, "data": [one] })).await
        }
        ("POST", "/sdapi/v1/txt2img") => {
            let numbers = ["width", "height", "batch_size", "n_iter", "seed"];
            let whole = body["prompt"].is_string() && body["negative_prompt"].is_string();
            if !whole
                || !numbers.iter().all(|name| body[name].is_u64())
                || body["seed"].as_u64() >= Some(1 << 32)
            {
                return fault(&mut stream, &state, &format!("no request: {body}")).await;
            }
            drawing(&state, &body);
            let _ = hold.wait_for(|on| *on).await;
            let images = json!([base64(&drawn(&state, &body["prompt"]))]);
            answer_json(&mut stream, &json!({ "images": images, "parameters": {}, "info": "{}" })).await
        }
        ("POST", "/prompt") => {
            let id = body["prompt_id"].as_str().unwrap_or_default().to_owned();
            let nodes = body["prompt"].as_object();
            let whole = nodes.is_some_and(|nodes| {
                nodes.values().all(|n| n["class_type"].is_string() && n["inputs"].is_object())
            });
            if !whole || !is_uuid(&id) || !body["client_id"].is_string() {
                return fault(&mut stream, &state, &format!("no request: {body}")).await;
            }
            drawing(&state, &body);
            state.lock().unwrap().jobs.insert(id.clone(), "waits");
            answer_json(&mut stream, &json!({ "prompt_id": id, "number": 1, "node_errors": {} })).await
        }
        ("GET", path) if path.starts_with("/history/") => {
            let id = &path["/history/".len()..];
            let mut entry = json!({});
            {
                let mut shared = state.lock().unwrap();
                if let Some(stands) = shared.jobs.get_mut(id) {
                    if *stands == "waits" && *hold.borrow() {
                        *stands = "done";
                    }
                    let preview =
                        json!({ "images": [{ "filename": "p.png", "subfolder": "", "type": "temp" }] });
                    let saved = json!({ "images": [{ "filename": "a b.png", "subfolder": "x/y", "type": "output" }] });
                    if *stands == "done" {
                        let status = json!({ "status_str": "success", "completed": true, "messages": [] });
                        entry[id] = json!({ "outputs": { "8": preview, "9": saved }, "status": status });
                    }
                }
            }
            answer_json(&mut stream, &entry).await
        }
        ("GET", "/queue") => {
            let entries: Vec<Value> = {
                let shared = state.lock().unwrap();
                let waiting = shared.jobs.iter().filter(|(_, stands)| **stands == "waits");
                waiting.map(|(id, _)| json!([1, id, {}, {}, []])).collect()
            };
            answer_json(&mut stream, &json!({ "queue_running": entries, "queue_pending": [] })).await
        }
        ("GET", "/view?filename=a%20b.png&subfolder=x%2Fy&type=output") => {
            let bytes = drawn(&state, &json!("of ComfyUI"));
            answer(&mut stream, 200, "image/png", &bytes).await
        }
        ("POST", path) if path.starts_with("/api/jobs/") && path.ends_with("/cancel") => {
            if state.lock().unwrap().old {
                return answer(&mut stream, 404, "text/plain", b"404: Not Found").await;
            }
            let id = path["/api/jobs/".len()..].trim_end_matches("/cancel").to_owned();
            answer_json(&mut stream, &json!({ "cancelled": cancel(&state, &id) })).await
        }
        ("POST", "/queue") if body["delete"].is_array() => answer_json(&mut stream, &json!({})).await,
        ("POST", "/interrupt") if body["prompt_id"].is_string() => {
            cancel(&state, body["prompt_id"].as_str().unwrap_or_default());
            answer_json(&mut stream, &json!({})).await
        }
        (method, path) => fault(&mut stream, &state, &format!("{method} {path}")).await,
    }
}

fn only(body: &Value, known: &[&str]) -> bool {
    body.as_object().is_some_and(|body| body.keys().all(|key| known.contains(&key.as_str())))
}

fn is_uuid(id: &str) -> bool {
    let parts: Vec<usize> = id.split('-').map(str::len).collect();
    parts == [8, 4, 4, 4, 12] && id.bytes().all(|b| matches!(b, b'-' | b'0'..=b'9' | b'a'..=b'f'))
}

fn drawing(state: &Mutex<State>, body: &Value) {
    state.lock().unwrap().drawn.push(body.clone());
}

fn drawn(state: &Mutex<State>, prompt: &Value) -> Vec<u8> {
    let own = state.lock().unwrap().picture.clone();
    own.unwrap_or_else(|| picture(prompt.as_str().unwrap_or_default()))
}

fn cancel(state: &Mutex<State>, id: &str) -> bool {
    let mut state = state.lock().unwrap();
    state.cancelled.push(id.to_owned());
    state.jobs.remove(id).is_some()
}

async fn fault(stream: &mut TcpStream, state: &Mutex<State>, what: &str) -> std::io::Result<()> {
    state.lock().unwrap().faults.push(what.to_owned());
    answer(stream, 400, "application/json", b"{\"error\":\"invalid\",\"node_errors\":{}}").await
}

async fn answer_json(stream: &mut TcpStream, body: &Value) -> std::io::Result<()> {
    answer(stream, 200, "application/json", body.to_string().as_bytes()).await
}

async fn answer(stream: &mut TcpStream, status: u16, kind: &str, body: &[u8]) -> std::io::Result<()> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body).await?;
    stream.shutdown().await
}
