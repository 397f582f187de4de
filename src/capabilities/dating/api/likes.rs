//! Who likes somebody: how many, and for who is entitled, their cards.

use super::problem::Problem;
use super::verdicts::carry_out;
use super::{Ask, Endpoint, Reply, Spec, Verb, cards, me};
use crate::capabilities::dating::store::{Deed, Laid};
use serde_json::{Value, json};

/// Likes that wait.
pub(super) struct Likes;

impl Endpoint for Likes {
    const SPEC: Spec = Spec {
        summary: "How many liked them at the last midnight (UTC), and their cards for who may see them",
        is_gated: true,
        ..Spec::new(Verb::Get, "/app/api/v1/likes", "Likes", "Likes")
    };

    async fn answer(ask: Ask<'_>) -> Result<Reply, Problem> {
        list(&ask).await
    }
}

/// Opens the list for a day.
pub(super) struct Open;

impl Endpoint for Open {
    const SPEC: Spec = Spec {
        summary: "Opens the list for a day, by one use of what is sold for it",
        is_gated: true,
        ..Spec::new(Verb::Post, "/app/api/v1/likes/open", "OpenLikes", "Likes")
    };

    async fn answer(ask: Ask<'_>) -> Result<Reply, Problem> {
        if !me::sees_likers(&ask).await? {
            carry_out(&ask, Deed::OpenLikers).await?;
        }
        list(&ask).await
    }
}

async fn list(ask: &Ask<'_>) -> Result<Reply, Problem> {
    let (store, user) = (ask.api.store(), ask.viewer()?.user);
    let mut shown: Vec<Value> = Vec::new();
    if me::sees_likers(ask).await?
        && let Laid::Hand(hand) = store.dating_likers(user, ask.api.port.windows).await?
    {
        shown = hand.cards.iter().map(|seen| cards::card(&hand.own, seen, ask.api.port.scale)).collect();
    }
    // Whoever sees the cards sees how many they are.
    let cards = u32::try_from(shown.len()).unwrap_or(u32::MAX);
    let count = me::rounded(store.dating_liked_by(user).await?.max(cards));
    Ok(Reply::json(json!({ "count": count, "cards": shown })))
}
