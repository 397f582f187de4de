//! One text's way across two nodes is one trace, and holds nothing of the text or of people.

use crate::crowd::Cluster;
use crate::process::PATIENCE;
use crate::server::{Reply, Server};
use crate::support::people::sees;
use crate::traffic;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// All that there is of a span.
const KEYS: [&str; 7] =
    ["traceId", "spanId", "parentSpanId", "name", "kind", "startTimeUnixNano", "endTimeUnixNano"];

/// A span as it came: which process, and what.
#[derive(Clone, Debug)]
struct Span {
    instance: String,
    name: String,
    id: String,
    parent: String,
    begun: u64,
    ended: u64,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// All that the collector has, by trace.
fn traces(collector: &Server) -> BTreeMap<String, Vec<Span>> {
    let mut all: BTreeMap<String, Vec<Span>> = BTreeMap::new();
    for request in collector.seen() {
        assert_eq!(request.path, "/v1/traces");
        let body = request.json();
        let resource = &body["resourceSpans"][0];
        let attributes = resource["resource"]["attributes"].as_array().expect("attributes");
        let of =
            |key: &str| attributes.iter().find(|a| a["key"] == key).map(|a| text(&a["value"]["stringValue"]));
        assert_eq!(of("service.name").as_deref(), Some("of a test"));
        for span in resource["scopeSpans"][0]["spans"].as_array().expect("spans") {
            let keys: BTreeSet<&str> = span.as_object().expect("a span").keys().map(String::as_str).collect();
            assert_eq!(keys, KEYS.into(), "no attributes, and nothing else");
            let time = |key: &str| text(&span[key]).parse::<u64>().expect("nanoseconds");
            all.entry(text(&span["traceId"])).or_default().push(Span {
                instance: of("service.instance.id").expect("an instance"),
                name: text(&span["name"]),
                id: text(&span["spanId"]),
                parent: text(&span["parentSpanId"]),
                begun: time("startTimeUnixNano"),
                ended: time("endTimeUnixNano"),
            });
        }
    }
    all
}

/// A trace of a text that came in at one node and was passed on by another, whole.
fn across(spans: &[Span]) -> Option<[Span; 5]> {
    let one = |name: &str| spans.iter().find(|span| span.name == name).cloned();
    let [accept, update, session, relay, send] = ["accept", "update", "session", "relay", "send"].map(one);
    let all = [accept?, update?, session?, relay?, send?];
    (all[0].instance != all[1].instance).then_some(all)
}

#[tokio::test]
async fn a_texts_way_across_nodes_is_one_trace() {
    let Some(mut cluster) = Cluster::start() else { return };
    let collector = Server::start(|_| Reply::Body(200, b"{}".to_vec()));
    cluster.set("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url());
    cluster.set("OTEL_EXPORTER_OTLP_HEADERS", "x-canary=canaryheader");
    cluster.set("OTEL_SERVICE_NAME", "of a test");
    cluster.set("OTEL_TRACES_SAMPLER_ARG", "1");
    let bots = [cluster.node(0), cluster.node(1)];
    cluster.level(2).await;
    let mut couples = Vec::new();
    for n in 0..4 {
        couples.push(traffic::two(&cluster.world, &format!("traced{n}")).await);
    }
    let until = Instant::now() + PATIENCE;
    let mut round = 0;
    let [accept, update, session, relay, send] = loop {
        for (anna, boris) in &couples {
            for (from, to) in [(anna, boris), (boris, anna)] {
                let words = format!("canary words {round}");
                from.send_text(&words);
                sees(to, &words).await;
            }
        }
        round += 1;
        if let Some(found) = traces(&collector).values().find_map(|spans| across(spans)) {
            break found;
        }
        assert!(Instant::now() < until, "{:#?}", traces(&collector));
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    assert_eq!(accept.parent, "", "the first of all");
    assert_eq!(update.parent, accept.id);
    for span in [&session, &relay, &send] {
        assert_eq!(span.parent, update.id, "{span:?}");
        assert_eq!(span.instance, update.instance, "{span:?}");
        assert!(span.begun <= span.ended && span.ended - span.begun < PATIENCE.as_nanos() as u64, "{span:?}");
    }
    let ids: BTreeSet<&String> = [&accept, &update, &session, &relay, &send].map(|span| &span.id).into();
    assert_eq!(ids.len(), 5);
    let bytes: String = collector.seen().iter().map(|request| request.text()).collect();
    for canary in ["canary", "traced", "_username", "1:test"] {
        assert!(!bytes.contains(canary), "{canary} is in a trace");
    }
    println!("{} traces, {} bytes", traces(&collector).len(), bytes.len());
    bots.into_iter().for_each(|bot| drop(bot.stop()));
}
