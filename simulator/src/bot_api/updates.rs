//! `getUpdates` and the webhook methods.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, timeout_at};

use super::{Answer, ApiError, Call, Params};
use crate::faults::FaultAction;
use crate::limits::Violation;
use crate::server::Line;
use crate::state::bot::Bot;
use crate::state::lock;
use crate::state::queue::Webhook;
use crate::state::world::World;

/// Longest wait of one `getUpdates`, seconds.
const MAX_WAIT: i64 = 50;

fn allowed_updates(params: &Params) -> Result<Option<Vec<String>>, ApiError> {
    if params.text("allowed_updates").is_none() && params.json("allowed_updates")?.is_none() {
        return Ok(None);
    }
    let kinds = params.list("allowed_updates")?;
    Ok(Some(kinds.iter().filter_map(|k| k.as_str()).map(str::to_owned).collect()))
}

/// An absent list keeps the earlier one; an empty one restores the default.
fn apply_allowed(current: &mut Option<Vec<String>>, given: Option<Vec<String>>) {
    if let Some(kinds) = given {
        *current = (!kinds.is_empty()).then_some(kinds);
    }
}

pub(crate) async fn get_updates(
    world: &Arc<World>,
    bot: &Arc<Bot>,
    params: &Params,
    fault: Option<&FaultAction>,
    line: Option<&Line>,
) -> Answer {
    let allowed = allowed_updates(params)?;
    let offset = params.int("offset").unwrap_or(0);
    let limit = params.int("limit").filter(|n| (1..=100).contains(n)).unwrap_or(100) as usize;
    let wait = params.int("timeout").unwrap_or(0).clamp(0, MAX_WAIT) as u64;
    let me = {
        let mut queue = lock(&bot.queue);
        if queue.webhook.is_some() {
            return Err(ApiError::new(
                409,
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
            ));
        }
        apply_allowed(&mut queue.allowed, allowed);
        if fault == Some(&FaultAction::MalformedUpdate) {
            // Full queues need no further trouble.
            let _ = queue.push_raw(json!({"message": {"message_id": "not a number", "chat": []}}));
        }
        if fault != Some(&FaultAction::IgnoreOffset) {
            queue.acknowledge(offset);
        }
        queue.poller += 1;
        queue.poller
    };
    // The earlier poller, if one waits, sees that it was replaced.
    bot.wake.notify_waiters();
    if fault == Some(&FaultAction::EmptyAtOnce) {
        return Ok("[]".into());
    }
    let deadline = Instant::now() + Duration::from_secs(wait);
    loop {
        let mut rung = std::pin::pin!(bot.wake.notified());
        rung.as_mut().enable();
        {
            let mut queue = lock(&bot.queue);
            if queue.webhook.is_some() {
                return Err(ApiError::new(409, "Conflict: terminated by setWebhook request"));
            }
            if queue.poller != me {
                if !line.is_some_and(Line::is_closed) {
                    world.counters.violations.count(Violation::Pollers);
                }
                return Err(ApiError::new(
                    409,
                    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
                ));
            }
            if let Some(batch) = queue.batch(limit) {
                return Ok(batch);
            }
        }
        if timeout_at(deadline, rung).await.is_err() {
            return Ok("[]".into());
        }
    }
}

pub(crate) fn set_webhook(call: &Call<'_>) -> Answer {
    let url = call.params.text("url").unwrap_or_default().into_owned();
    if url.is_empty() {
        return delete_webhook(call);
    }
    if !url.starts_with("https://") && !url.starts_with("http://") {
        return Err(ApiError::bad("bad webhook: invalid webhook URL specified"));
    }
    let secret = call.params.text("secret_token").map(|s| s.into_owned()).filter(|s| !s.is_empty());
    let legal =
        |s: &String| s.len() <= 256 && s.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if !secret.as_ref().is_none_or(legal) {
        return Err(ApiError::bad("secret token contains unallowed characters"));
    }
    let allowed = allowed_updates(call.params)?;
    let max_connections = call.params.int("max_connections").unwrap_or(40).clamp(1, 100) as usize;
    let mut queue = lock(&call.bot.queue);
    apply_allowed(&mut queue.allowed, allowed);
    if call.params.flag("drop_pending_updates") {
        queue.clear();
    }
    queue.webhook = Some(Webhook { url, secret, max_connections, last_error: None });
    queue.webhook_epoch += 1;
    drop(queue);
    call.bot.wake.notify_waiters();
    call.world.webhooks_changed.notify_one();
    Ok("true".into())
}

pub(crate) fn delete_webhook(call: &Call<'_>) -> Answer {
    let mut queue = lock(&call.bot.queue);
    if call.params.flag("drop_pending_updates") {
        queue.clear();
    }
    if queue.webhook.take().is_some() {
        queue.webhook_epoch += 1;
        drop(queue);
        call.bot.wake.notify_waiters();
        call.world.webhooks_changed.notify_one();
    }
    Ok("true".into())
}

pub(crate) fn get_webhook_info(call: &Call<'_>) -> Answer {
    let queue = lock(&call.bot.queue);
    let mut info =
        json!({"url": "", "has_custom_certificate": false, "pending_update_count": queue.pending()});
    if let Some(webhook) = &queue.webhook {
        info["url"] = webhook.url.clone().into();
        info["max_connections"] = webhook.max_connections.into();
        if let Some((date, text)) = &webhook.last_error {
            info["last_error_date"] = (*date).into();
            info["last_error_message"] = text.clone().into();
        }
    }
    if let Some(kinds) = &queue.allowed {
        info["allowed_updates"] = kinds.clone().into();
    }
    Ok(info.to_string())
}
