//! OTLP over HTTP, as JSON (opentelemetry.io/docs/specs/otlp, "OTLP/HTTP"), on a thread of its own:
//! a collector that is away or slow holds up nothing.

use crate::config::{ExposeSecret, Tracing};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

/// Spans that wait; what comes beyond that is dropped.
const WAITING: usize = 4_096;
/// Spans of one request.
const BATCH: usize = 512;
/// How long spans are gathered for one.
const GATHER: Duration = Duration::from_secs(1);
/// How long a request may take.
const WITHIN: Duration = Duration::from_secs(10);
/// That the collector is not reached is said no more often.
const SAY_AGAIN: Duration = Duration::from_secs(600);

/// A step, ready to be sent.
pub(super) struct Span {
    pub trace: u128,
    pub id: u64,
    pub parent: Option<u64>,
    pub name: &'static str,
    /// Whether somebody else is asked (SPAN_KIND_CLIENT), else it is within (SPAN_KIND_INTERNAL).
    pub is_call: bool,
    /// Since the Unix epoch.
    pub begun: Duration,
    pub ended: Duration,
}

impl Span {
    fn json(&self) -> Value {
        json!({
            "traceId": format!("{:032x}", self.trace),
            "spanId": format!("{:016x}", self.id),
            "parentSpanId": self.parent.map_or_else(String::new, |parent| format!("{parent:016x}")),
            "name": self.name,
            "kind": if self.is_call { 3 } else { 1 },
            // 64-bit numbers are texts in protobuf's JSON.
            "startTimeUnixNano": self.begun.as_nanos().to_string(),
            "endTimeUnixNano": self.ended.as_nanos().to_string(),
        })
    }
}

/// The way to the thread.
pub(super) struct Exporter {
    queue: SyncSender<Span>,
    instance: u64,
}

impl Exporter {
    /// Starts the thread; none if no collector is configured.
    pub fn start(tracing: &Tracing) -> std::io::Result<Option<Exporter>> {
        let Some(endpoint) = &tracing.endpoint else { return Ok(None) };
        let address = format!("{}/v1/traces", endpoint.as_str().trim_end_matches('/'));
        let headers = tracing.headers.as_ref().map(|text| headers(text.expose_secret()).unwrap_or_default());
        let instance = u64::from_be_bytes(random());
        let resource = json!({ "attributes": [
            attribute("service.name", &tracing.service),
            attribute("service.version", env!("CARGO_PKG_VERSION")),
            attribute("service.instance.id", &format!("{instance:016x}")),
        ] });
        let (queue, spans) = sync_channel(WAITING);
        std::thread::Builder::new().name("traces".to_owned()).spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let client = reqwest::Client::builder().timeout(WITHIN).pool_max_idle_per_host(0);
            let client = client.default_headers(headers.unwrap_or_default());
            let client = client.redirect(reqwest::redirect::Policy::none()).build();
            if let (Ok(runtime), Ok(client)) = (runtime, client) {
                runtime.block_on(work(&address, &client, &resource, &spans));
            }
        })?;
        Ok(Some(Exporter { queue, instance }))
    }

    /// What tells this process from others.
    pub fn instance(&self) -> u64 {
        self.instance
    }

    /// Sends it with others, or drops it if too many wait.
    pub fn put(&self, span: Span) {
        let _ = self.queue.try_send(span);
    }
}

fn attribute(key: &str, value: &str) -> Value {
    json!({ "key": key, "value": { "stringValue": value } })
}

fn random() -> [u8; 8] {
    use ring::rand::{SecureRandom, SystemRandom};
    let mut bytes = [0; 8];
    // Without randomness two nodes could be taken for one, no more.
    let _ = SystemRandom::new().fill(&mut bytes);
    bytes
}

/// `name=value,name=value`, as the specification has it; none of what is not that.
pub fn headers(text: &str) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for one in text.split(',').filter(|one| !one.trim().is_empty()) {
        let (name, value) = one.split_once('=')?;
        let mut value = HeaderValue::from_str(value.trim()).ok()?;
        value.set_sensitive(true);
        headers.insert(HeaderName::from_bytes(name.trim().as_bytes()).ok()?, value);
    }
    Some(headers)
}

async fn work(address: &str, client: &reqwest::Client, resource: &Value, spans: &Receiver<Span>) {
    let mut said: Option<Instant> = None;
    // Nothing else runs on this thread: it may block.
    while let Ok(first) = spans.recv() {
        let (mut batch, until) = (vec![first.json()], Instant::now() + GATHER);
        while batch.len() < BATCH {
            match spans.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(span) => batch.push(span.json()),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
            }
        }
        let scope = json!({ "scope": { "name": "nameless" }, "spans": batch });
        let body = json!({ "resourceSpans": [{ "resource": resource, "scopeSpans": [scope] }] });
        let answer = client
            .post(address)
            .header("Content-Type", "application/json")
            .body(body.to_string())
            .send()
            .await;
        let failed = match answer {
            Ok(answer) if answer.status().is_success() => continue,
            Ok(answer) => answer.status().as_u16(),
            // The error holds the address.
            Err(_) => 0,
        };
        if said.is_none_or(|at| at.elapsed() > SAY_AGAIN) {
            said = Some(Instant::now());
            tracing::warn!(
                status = failed,
                "the collector of traces takes none (0: no answer); they are dropped"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_by_table() {
        let read = headers("authorization=Basic abc=, x-scope=one").expect("two");
        assert_eq!(read["authorization"], "Basic abc=");
        assert_eq!(read["x-scope"], "one");
        assert!(headers("").is_some_and(|none| none.is_empty()));
        for bad in ["x", "a b=c", "x=\u{1}"] {
            assert!(headers(bad).is_none(), "{bad}");
        }
    }
}
