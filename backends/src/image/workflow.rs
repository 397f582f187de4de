//! A workflow of ComfyUI's, as its menu exports it for the API, with slots for what changes.

use crate::port::PictureRequest;
use serde_json::{Map, Value, json};

/// The slots; each stands where a text or a number would.
const SLOTS: [&str; 5] = ["{{prompt}}", "{{without}}", "{{seed}}", "{{width}}", "{{height}}"];
/// Nodes that a workflow has at most, and how deep it is nested.
const NODES: usize = 500;
const DEPTH: usize = 16;

/// A workflow that can be filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct Workflow(Map<String, Value>);

/// Why a workflow cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadWorkflow {
    /// It is no JSON object of nodes, each with its `class_type` and `inputs`.
    #[error("no workflow in ComfyUI's API format: export it with \"Export (API)\"")]
    Form,
    /// There is no place for the prompt, or for the seed.
    #[error("it has no {0} in it")]
    Missing(&'static str),
    /// A slot that nothing fills.
    #[error("it has a slot that is none of {SLOTS:?}")]
    Unknown,
}

impl Workflow {
    /// Reads one.
    pub fn read(text: &str) -> Result<Workflow, BadWorkflow> {
        let value: Value = serde_json::from_str(text).map_err(|_| BadWorkflow::Form)?;
        let Value::Object(nodes) = value else { return Err(BadWorkflow::Form) };
        let is_node = |node: &Value| node["class_type"].is_string() && node["inputs"].is_object();
        if nodes.is_empty() || nodes.len() > NODES || !nodes.values().all(is_node) {
            return Err(BadWorkflow::Form);
        }
        let workflow = Workflow(nodes);
        let mut texts = Vec::new();
        workflow.0.values().try_for_each(|node| collect(node, DEPTH, &mut texts)).ok_or(BadWorkflow::Form)?;
        for slot in ["{{prompt}}", "{{seed}}"] {
            if !texts.iter().any(|text| text.contains(slot)) {
                return Err(BadWorkflow::Missing(slot));
            }
        }
        let rest = |text: &&str| SLOTS.iter().fold((*text).to_owned(), |text, slot| text.replace(slot, ""));
        match texts.iter().map(rest).any(|text| text.contains("{{")) {
            true => Err(BadWorkflow::Unknown),
            false => Ok(workflow),
        }
    }

    /// The workflow of a request.
    pub(super) fn of(&self, request: &PictureRequest) -> Value {
        Value::Object(self.0.iter().map(|(name, node)| (name.clone(), filled(node, request))).collect())
    }
}

fn collect<'v>(value: &'v Value, depth: usize, texts: &mut Vec<&'v str>) -> Option<()> {
    let depth = depth.checked_sub(1)?;
    match value {
        Value::String(text) => texts.push(text),
        Value::Array(list) => list.iter().try_for_each(|value| collect(value, depth, texts))?,
        Value::Object(map) => map.values().try_for_each(|value| collect(value, depth, texts))?,
        _ => {}
    }
    Some(())
}

fn filled(value: &Value, request: &PictureRequest) -> Value {
    match value {
        Value::String(text) => match text.as_str() {
            // A number where the node takes one.
            "{{seed}}" => json!(request.seed),
            "{{width}}" => json!(request.size.0),
            "{{height}}" => json!(request.size.1),
            text => Value::String(words(text, request)),
        },
        Value::Array(list) => list.iter().map(|value| filled(value, request)).collect(),
        Value::Object(map) => {
            map.iter().map(|(name, value)| (name.clone(), filled(value, request))).collect()
        }
        other => other.clone(),
    }
}

/// A text with its slots filled, each once: what a prompt says is no slot.
fn words(text: &str, request: &PictureRequest) -> String {
    let numbers = [request.seed.to_string(), request.size.0.to_string(), request.size.1.to_string()];
    let values = [&request.prompt, &request.without, &numbers[0], &numbers[1], &numbers[2]];
    let (mut out, mut rest) = (String::new(), text);
    loop {
        let next = SLOTS.iter().zip(values).filter_map(|(slot, value)| Some((rest.find(slot)?, slot, value)));
        let Some((at, slot, value)) = next.min_by_key(|(at, ..)| *at) else { return out + rest };
        out.push_str(&rest[..at]);
        out.push_str(value);
        rest = &rest[at + slot.len()..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> PictureRequest {
        PictureRequest {
            prompt: "a {{seed}} \"cape\"".to_owned(),
            without: "fog".to_owned(),
            size: (640, 832),
            seed: 7,
            job: String::new(),
            find: false,
        }
    }

    #[test]
    fn slots_are_filled_once_and_numbers_stay_numbers() {
        let text = r#"{"1":{"class_type":"T","inputs":{"text":"photo, {{prompt}}, {{width}}","seed":"{{seed}}",
            "size":["{{width}}","{{height}}"],"from":["2",0]}},"2":{"class_type":"N","inputs":{"text":"{{without}}"}}}"#;
        let filled = Workflow::read(text).unwrap().of(&request());
        assert_eq!(filled["1"]["inputs"]["text"], "photo, a {{seed}} \"cape\", 640");
        assert_eq!(filled["1"]["inputs"]["seed"], 7);
        assert_eq!(filled["1"]["inputs"]["size"], json!([640, 832]));
        assert_eq!(filled["2"]["inputs"]["text"], "fog");
        assert_eq!(filled["1"]["inputs"]["from"], json!(["2", 0]));
    }

    #[test]
    fn what_is_none_is_refused() {
        let node = |text: &str| format!(r#"{{"1":{{"class_type":"T","inputs":{{"text":"{text}"}}}}}}"#);
        for (text, why) in [
            ("[]".to_owned(), BadWorkflow::Form),
            ("{}".to_owned(), BadWorkflow::Form),
            (r#"{"nodes":[],"links":[]}"#.to_owned(), BadWorkflow::Form),
            (node("rain"), BadWorkflow::Missing("{{prompt}}")),
            (node("{{prompt}}"), BadWorkflow::Missing("{{seed}}")),
            (node("{{prompt}} {{seed}} {{colour}}"), BadWorkflow::Unknown),
        ] {
            assert_eq!(Workflow::read(&text).unwrap_err(), why, "{text}");
        }
        let deep = format!("{}1{}", "[".repeat(100), "]".repeat(100));
        let deep = format!(r#"{{"1":{{"class_type":"T","inputs":{{"a":{deep}}}}}}}"#);
        assert_eq!(Workflow::read(&deep).unwrap_err(), BadWorkflow::Form);
    }
}
