//! ComfyUI: a queue whose jobs have names. A job that it knows is waited for and never posted
//! again.
//!
//! Its queue and history are in memory: a job that is in neither, after it was in one, is gone.
//! `GET /history/{id}` is `{}` while the job runs and where it is unknown, so the queue is read
//! too.

use super::{Drawing, Workflow};
use crate::answer::Attempt;
use crate::exchange::{Ask, Exchange, LARGE, SMALL};
use crate::port::{Clock, Picture, PictureRequest, Why};
use serde_json::{Value, json};
use std::fmt::Write;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long telling it to stop may take.
const STOP: Duration = Duration::from_secs(5);
/// Looks at a queue that has lost the job before it is taken for gone: it moves from the queue to
/// the history between two answers.
const MISSED: u32 = 3;

pub(super) async fn picture(
    exchange: &Exchange,
    (drawing, poll): (&Drawing, Duration),
    request: &PictureRequest,
    until: Instant,
) -> Result<Picture, Attempt> {
    let workflow = drawing.workflow.as_ref().ok_or_else(|| Attempt::unsent(Why::Unsendable))?;
    let mut job = request.job.clone();
    // What an earlier process has posted is there.
    if look(exchange, &job, until).await? == Stands::Unknown {
        if request.find {
            return Err(Attempt::unsent(Why::Unsendable));
        }
        job = post(exchange, workflow, request, until).await?;
    }
    let mut missed = 0;
    loop {
        match look(exchange, &job, until).await {
            Ok(Stands::Done(file)) => {
                let path = view(&file);
                let ask = Ask { path: &path, body: None, most: LARGE, clock: Clock::First };
                let bytes = exchange.ask(ask, until).await.map_err(charged)?;
                return Ok(Picture { bytes, revised: None });
            }
            Ok(Stands::Failed) => return Err(Attempt::unknown(Why::Broken)),
            Ok(Stands::Waits) => missed = 0,
            Ok(Stands::Unknown) if missed >= MISSED => return Err(Attempt::unknown(Why::CutOff)),
            Ok(Stands::Unknown) => missed += 1,
            // One look in vain says nothing of the job.
            Err(failed) if missed >= MISSED => return Err(charged(failed)),
            Err(_) => missed += 1,
        }
        if Instant::now() + poll >= until {
            cancel(exchange, &job).await;
            return Err(Attempt::unknown(Why::Late(Clock::Total)));
        }
        sleep(poll).await;
    }
}

/// After the post it may have been drawn, whatever failed.
fn charged(failed: Attempt) -> Attempt {
    Attempt { unknown: true, ..failed }
}

/// Where a job stands.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Stands {
    /// In the queue, or under way.
    Waits,
    /// Done; its file.
    Done(File),
    Failed,
    /// In neither.
    Unknown,
}

/// A file of ComfyUI's.
#[derive(Clone, Debug, PartialEq, Eq)]
struct File {
    name: String,
    folder: String,
    kind: String,
}

async fn look(exchange: &Exchange, job: &str, until: Instant) -> Result<Stands, Attempt> {
    let get = |path: String| async move {
        exchange.json(Ask { path: &path, body: None, most: SMALL, clock: Clock::First }, until).await
    };
    let history = get(format!("/history/{}", escaped(job))).await?;
    if let Some(stands) = of_history(&history[job]) {
        return Ok(stands);
    }
    let queue = get("/queue".to_owned()).await?;
    let has = |list: &Value| list.as_array().is_some_and(|list| list.iter().any(|entry| entry[1] == job));
    match has(&queue["queue_running"]) || has(&queue["queue_pending"]) {
        true => Ok(Stands::Waits),
        false => Ok(Stands::Unknown),
    }
}

/// What an entry of the history says; none if it is no entry.
fn of_history(entry: &Value) -> Option<Stands> {
    let outputs = entry["outputs"].as_object()?;
    if entry["status"]["status_str"] == "error" {
        return Some(Stands::Failed);
    }
    let images = outputs.values().filter_map(|output| output["images"].as_array()).flatten();
    let files: Vec<File> = images.filter_map(file).collect();
    // What a preview shows is no result, unless there is nothing else.
    let kept = files.iter().find(|file| file.kind == "output").or(files.first());
    Some(kept.cloned().map_or(Stands::Failed, Stands::Done))
}

fn file(image: &Value) -> Option<File> {
    let text = |name: &str| image[name].as_str().map(str::to_owned);
    let (name, folder) = (text("filename")?, text("subfolder").unwrap_or_default());
    Some(File { name, folder, kind: text("type").unwrap_or_else(|| "output".to_owned()) })
}

async fn post(
    exchange: &Exchange,
    workflow: &Workflow,
    request: &PictureRequest,
    until: Instant,
) -> Result<String, Attempt> {
    let body = json!({ "prompt": workflow.of(request), "client_id": request.job, "prompt_id": request.job });
    let ask = Ask { path: "/prompt", body: Some(&body), most: SMALL, clock: Clock::First };
    let answer = exchange.json(ask, until).await?;
    // Old ones give their own name.
    match answer["prompt_id"].as_str() {
        Some(job) if job.len() <= 64 && !job.is_empty() => Ok(job.to_owned()),
        _ => Err(Attempt::unknown(Why::Malformed)),
    }
}

/// Tells it to stop: by the job's own address, or as older ones take it. Never without the name,
/// which would stop whoever is at work.
pub(super) async fn cancel(exchange: &Exchange, job: &str) {
    let until = Instant::now() + STOP;
    let post = |path: String, body: Value| async move {
        let ask = Ask { path: &path, body: Some(&body), most: SMALL, clock: Clock::First };
        exchange.ask(ask, until).await
    };
    if post(format!("/api/jobs/{}/cancel", escaped(job)), json!({})).await.is_ok() {
        return;
    }
    let _ = post("/queue".to_owned(), json!({ "delete": [job] })).await;
    // Behind the queue: it may have begun meanwhile.
    let _ = post("/interrupt".to_owned(), json!({ "prompt_id": job })).await;
}

fn view(file: &File) -> String {
    let File { name, folder, kind } = file;
    format!("/view?filename={}&subfolder={}&type={}", escaped(name), escaped(folder), escaped(kind))
}

/// A text as a part of an address.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => out.push(char::from(byte)),
            // Writing to a String cannot fail.
            _ => _ = write!(out, "%{byte:02X}"),
        }
    }
    out
}
