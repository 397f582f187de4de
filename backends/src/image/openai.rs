//! OpenAI's images (<https://platform.openai.com/docs/api-reference/images/create>): one blocking
//! call, the picture in the answer. Addresses of pictures are not followed.

use super::{Drawing, decoded};
use crate::answer::Attempt;
use crate::exchange::{Ask, Exchange, LARGE};
use crate::port::{Clock, Picture, PictureRequest, Why};
use serde_json::json;
use tokio::time::Instant;

/// Letters of what it made of the prompt that are judged.
const REVISED: usize = 8_000;

pub(super) async fn picture(
    exchange: &Exchange,
    drawing: &Drawing,
    request: &PictureRequest,
    until: Instant,
) -> Result<Picture, Attempt> {
    let (width, height) = request.size;
    let mut body = json!({ "prompt": request.prompt, "n": 1, "size": format!("{width}x{height}") });
    let model = drawing.model.as_deref().unwrap_or_default();
    if !model.is_empty() {
        body["model"] = json!(model);
    }
    // Those models answer in base64 always, and refuse to be told so.
    if !model.starts_with("gpt-image") {
        body["response_format"] = json!("b64_json");
    }
    let ask = Ask { path: "/images/generations", body: Some(&body), most: LARGE, clock: Clock::Total };
    let answer = exchange.json(ask, until).await?;
    let one = &answer["data"][0];
    let Some(text) = one["b64_json"].as_str() else {
        // An error inside a 200, or an address: what it cost is not known.
        return Err(Attempt::unknown(Why::Malformed));
    };
    let revised = one["revised_prompt"].as_str().map(|text| text.chars().take(REVISED).collect());
    Ok(Picture { bytes: decoded(text)?, revised })
}
