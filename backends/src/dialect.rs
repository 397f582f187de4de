//! What differs between servers that speak OpenAI's chat completions.

use crate::port::ChatRequest;
use nameless_domain::companion::context::Role;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// Bytes of a session's name that OpenRouter takes.
const SESSION: usize = 256;

/// A kind of server, by its name in the configuration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// Nothing but what OpenAI's first version had.
    #[default]
    Plain,
    /// OpenAI itself.
    OpenAi,
    /// openrouter.ai.
    OpenRouter,
    /// api.deepseek.com.
    DeepSeek,
    /// api.venice.ai.
    Venice,
    /// Ollama.
    Ollama,
    /// llama.cpp's own server.
    LlamaCpp,
    /// vLLM.
    Vllm,
}

/// How words are chosen. What a dialect does not take is not sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sampling {
    /// 0 to 2.
    pub temperature: Option<f64>,
    /// 0 to 1.
    pub top_p: Option<f64>,
    /// 0 to 1; local servers, OpenRouter and Venice.
    pub min_p: Option<f64>,
    /// Against loops; llama.cpp only.
    pub dry: Option<Dry>,
}

/// The DRY sampler: 0.8, 1.75 and 2 ended a loop when it was tried.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dry {
    /// How much a repetition costs.
    pub multiplier: f64,
    /// How fast that grows.
    pub base: f64,
    /// Tokens that may repeat.
    pub allowed_length: u32,
}

impl Default for Dry {
    fn default() -> Dry {
        Dry { multiplier: 0.8, base: 1.75, allowed_length: 2 }
    }
}

impl Dialect {
    /// The body of a request. `models` is in the order of fail-over; those beyond the first are
    /// sent where the server fails over itself.
    pub(crate) fn body(self, models: &[String], sampling: &Sampling, request: &ChatRequest) -> Vec<u8> {
        let mut body = Map::new();
        let mut put = |name: &str, value: Value| drop(body.insert(name.to_owned(), value));
        put("model", json!(models.first()));
        put("messages", messages(request));
        put("stream", json!(true));
        let most = if self == Dialect::OpenAi { "max_completion_tokens" } else { "max_tokens" };
        put(most, json!(request.most_answer));
        if !matches!(self, Dialect::OpenRouter | Dialect::Plain) {
            put("stream_options", json!({"include_usage": true}));
        }
        // Another attempt after a loop is sampled a little wider.
        let wider = if request.again { 0.2 } else { 0.0 };
        if let Some(temperature) = sampling.temperature {
            put("temperature", json!((temperature + wider).min(2.0)));
        }
        if let Some(top_p) = sampling.top_p {
            put("top_p", json!(top_p));
        }
        let local = matches!(self, Dialect::LlamaCpp | Dialect::Vllm);
        if let Some(min_p) =
            sampling.min_p.filter(|_| local || matches!(self, Dialect::OpenRouter | Dialect::Venice))
        {
            put("min_p", json!(min_p));
        }
        let session = cut(&request.session);
        match self {
            Dialect::OpenRouter => {
                if models.len() > 1 {
                    put("models", json!(models));
                }
                put("provider", json!({"data_collection": "deny"}));
                put("session_id", json!(session));
            }
            // On by default, and then temperature and penalties are ignored.
            Dialect::DeepSeek => put("thinking", json!({"type": "disabled"})),
            Dialect::Venice => {
                put(
                    "venice_parameters",
                    json!({
                        "include_venice_system_prompt": false,
                        "disable_thinking": true,
                        "strip_thinking_response": true
                    }),
                );
                put("prompt_cache_key", json!(session));
            }
            Dialect::LlamaCpp => {
                if let Some(dry) = sampling.dry {
                    put("dry_multiplier", json!(dry.multiplier));
                    put("dry_base", json!(dry.base));
                    put("dry_allowed_length", json!(dry.allowed_length));
                }
            }
            Dialect::Plain | Dialect::OpenAi | Dialect::Ollama | Dialect::Vllm => {}
        }
        Value::Object(body).to_string().into_bytes()
    }

    /// Headers beside the usual ones: how the project calls itself at OpenRouter.
    pub(crate) fn headers(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Dialect::OpenRouter => &[("x-openrouter-title", "Nameless")],
            _ => &[],
        }
    }
}

fn messages(request: &ChatRequest) -> Value {
    let one = |role: Role, text: &str| {
        let role = match role {
            Role::System => "system",
            Role::User => "user",
            Role::Assistant => "assistant",
        };
        json!({"role": role, "content": text})
    };
    request.messages.iter().map(|m| one(m.role, &m.text)).collect()
}

fn cut(session: &str) -> &str {
    let mut end = session.len().min(SESSION);
    while !session.is_char_boundary(end) {
        end -= 1;
    }
    &session[..end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use nameless_domain::companion::context::Message;

    fn body(dialect: Dialect, again: bool) -> Value {
        let request = ChatRequest {
            messages: vec![
                Message { role: Role::System, text: "s".into() },
                Message { role: Role::User, text: "u".into() },
            ],
            most_answer: 300,
            session: "й".repeat(200),
            again,
        };
        let dry = Some(Dry::default());
        let sampling = Sampling { temperature: Some(0.8), top_p: None, min_p: Some(0.05), dry };
        let models = ["a".to_owned(), "b".to_owned()];
        serde_json::from_slice(&dialect.body(&models, &sampling, &request)).unwrap()
    }

    #[test]
    fn each_dialect_is_asked_its_own_way() {
        for (dialect, has, has_not) in [
            (Dialect::Plain, &["max_tokens"][..], &["stream_options", "min_p", "models"][..]),
            (Dialect::OpenAi, &["max_completion_tokens", "stream_options"], &["max_tokens", "min_p"]),
            (
                Dialect::OpenRouter,
                &["models", "provider", "session_id", "min_p"],
                &["dry_base", "stream_options"],
            ),
            (Dialect::DeepSeek, &["thinking", "stream_options"], &["min_p", "models"]),
            (Dialect::Venice, &["venice_parameters", "prompt_cache_key"], &["dry_base", "session_id"]),
            (Dialect::Ollama, &["stream_options"], &["min_p", "dry_base"]),
            (Dialect::LlamaCpp, &["dry_base", "dry_multiplier", "dry_allowed_length", "min_p"], &["models"]),
            (Dialect::Vllm, &["min_p", "stream_options"], &["dry_base"]),
        ] {
            let body = body(dialect, false);
            assert!(has.iter().all(|name| !body[*name].is_null()), "{dialect:?}: {body}");
            assert!(has_not.iter().all(|name| body[*name].is_null()), "{dialect:?}: {body}");
            assert_eq!((&body["model"], &body["stream"]), (&json!("a"), &json!(true)));
            assert_eq!(body["messages"][1], json!({"role": "user", "content": "u"}));
        }
        let session = body(Dialect::OpenRouter, false)["session_id"].as_str().unwrap().len();
        assert!(session <= SESSION && session > SESSION - 2);
        assert_eq!(
            body(Dialect::Venice, false)["venice_parameters"]["include_venice_system_prompt"],
            json!(false)
        );
        assert_eq!(body(Dialect::DeepSeek, false)["thinking"], json!({"type": "disabled"}));
        assert_eq!(body(Dialect::Plain, true)["temperature"], json!(1.0));
    }

    #[test]
    fn dialects_have_names() {
        for (name, dialect) in
            [("openrouter", Dialect::OpenRouter), ("llamacpp", Dialect::LlamaCpp), ("vllm", Dialect::Vllm)]
        {
            assert_eq!(serde_json::from_value::<Dialect>(json!(name)).unwrap(), dialect);
        }
    }
}
