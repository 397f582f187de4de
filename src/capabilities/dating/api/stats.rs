//! Figures of one's own.

use super::problem::Problem;
use super::{Ask, Endpoint, Reply, Spec, Verb};
use serde_json::json;

/// With fewer matches than that a rate says nothing.
const ENOUGH: u32 = 5;

/// The figures.
pub(super) struct Own;

impl Endpoint for Own {
    const SPEC: Spec = Spec {
        summary: "Their own figures; what others did as of the last midnight (UTC)",
        ..Spec::new(Verb::Get, "/app/api/v1/stats", "Stats", "Stats")
    };

    async fn answer(ask: Ask<'_>) -> Result<Reply, Problem> {
        let own = ask.api.store().dating_mine(ask.viewer()?.user).await?;
        let stats = own.map(|own| own.stats).unwrap_or_default();
        let rate = f64::from(stats.talked) / f64::from(stats.matches.max(1));
        Ok(Reply::json(json!({
            "seen": stats.seen, "likes_given": stats.likes_given, "likes_received": stats.likes_received,
            "matches": stats.matches,
            "reply_rate": (stats.matches >= ENOUGH).then(|| (100.0 * rate).round() / 100.0),
        })))
    }
}
