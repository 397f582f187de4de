//! AUTOMATIC1111's API, which stable-diffusion.cpp speaks too: one blocking call. The result is
//! lost with its connection, and calls that overlap hang (AUTOMATIC1111#14908), so `places` is 1
//! there.

use super::{Drawing, decoded};
use crate::answer::Attempt;
use crate::exchange::{Ask, Exchange, LARGE};
use crate::port::{Clock, Picture, PictureRequest, Why};
use serde_json::json;
use tokio::time::Instant;

pub(super) async fn picture(
    exchange: &Exchange,
    drawing: &Drawing,
    request: &PictureRequest,
    until: Instant,
) -> Result<Picture, Attempt> {
    let (width, height) = request.size;
    let mut body = json!({
        "prompt": request.prompt,
        "negative_prompt": request.without,
        "width": width,
        "height": height,
        "batch_size": 1,
        "n_iter": 1,
        // Larger seeds are refused by both.
        "seed": request.seed % u64::from(u32::MAX),
        // It keeps no file of it.
        "save_images": false,
        "send_images": true,
        "do_not_save_samples": true,
        "do_not_save_grid": true,
    });
    if let Some(steps) = drawing.steps {
        body["steps"] = json!(steps);
    }
    let ask = Ask { path: "/sdapi/v1/txt2img", body: Some(&body), most: LARGE, clock: Clock::Total };
    let answer = exchange.json(ask, until).await?;
    let Some(text) = answer["images"][0].as_str() else { return Err(Attempt::unknown(Why::Malformed)) };
    Ok(Picture { bytes: decoded(text)?, revised: None })
}
