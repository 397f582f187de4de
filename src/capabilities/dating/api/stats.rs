//! Figures of one's own.

use super::problem::Problem;
use super::{Ask, Endpoint, Reply, Spec, Verb};
use serde_json::json;

/// The figures.
pub(super) struct Own;

impl Endpoint for Own {
    const SPEC: Spec = Spec {
        summary: "Their own figures; what others did as of the last midnight (UTC)",
        ..Spec::new(Verb::Get, "/app/api/v1/stats", "Stats", "Stats")
    };

    async fn answer(ask: Ask<'_>) -> Result<Reply, Problem> {
        let own = ask.api.store().dating_mine(ask.viewer()?.user).await?;
        let stats = own.map(|own| own.stats.told()).unwrap_or_default();
        Ok(Reply::json(json!({
            "seen": stats.seen, "likes_given": stats.likes_given, "likes_received": stats.likes_received,
            "matches": stats.matches,
            "reply_rate": stats.talked.map(|percent| f64::from(percent) / 100.0),
        })))
    }
}
