//! Where somebody is.

use super::problem::Problem;
use super::{Ask, Endpoint, Needs, Reply, Spec, Verb};
use crate::store::pg::wall_clock;
use nameless_domain::capabilities::billing::Good;
use serde_json::{Value, json};

/// Beyond this a number of people is not told.
const TOLD: u32 = 9;

/// The first screen.
pub(super) struct Me;

/// How many, as far as that is told.
pub(super) fn rounded(count: u32) -> String {
    match count {
        0..=TOLD => count.to_string(),
        _ => format!("{TOLD}+"),
    }
}

/// Whether somebody has premium now.
async fn has_premium(ask: &Ask<'_>) -> Result<bool, Problem> {
    let user = ask.viewer()?.user;
    let entitlements = ask.state.engine.env().capabilities.premium.entitlements(user).await?;
    Ok(entitlements.premium(wall_clock()).is_some())
}

/// Whether somebody sees now who likes them.
pub(super) async fn sees_likers(ask: &Ask<'_>) -> Result<bool, Problem> {
    let left = ask.api.store().dating_left(ask.viewer()?.user).await?;
    Ok(left.likers_until > wall_clock() || has_premium(ask).await?)
}

/// Likes left today.
pub(super) fn likes_left(ask: &Ask<'_>, spent: u32) -> u32 {
    ask.api.port.likes.saturating_sub(spent)
}

/// Where somebody is, as the app begins with.
pub(super) async fn me(ask: &Ask<'_>) -> Result<Value, Problem> {
    let viewer = ask.viewer()?;
    let own = ask.api.store().dating_mine(viewer.user).await?;
    let (is_premium, left) = (has_premium(ask).await?, ask.api.store().dating_left(viewer.user).await?);
    let shop = &ask.api.port.shop;
    // What has no price in Stars is sold in the chat alone.
    let for_stars = |good: &Good| shop.of(*good).any(|product| product.stars.is_some());
    let sold: Vec<&str> = Good::DATING.into_iter().filter(for_stars).map(Good::name).collect();
    let may_undo = !shop.sells(Good::DatingUndo) || is_premium || left.has_free_undo || left.undos > 0;
    let (stats, spent) = own.as_ref().map(|own| (own.stats, own.spent)).unwrap_or_default();
    let question = match &own {
        Some(own) => own.missing.map(|question| question.word()),
        None => Some("birth"),
    };
    Ok(json!({
        "has_profile": own.as_ref().is_some_and(|own| own.missing.is_none()),
        "question": question,
        "is_paused": own.as_ref().is_some_and(|own| own.is_paused),
        "is_hidden": own.as_ref().is_some_and(|own| own.is_hidden),
        "likes_left": likes_left(ask, spent), "likes_a_day": ask.api.port.likes,
        "matches": stats.matches, "likers": rounded(stats.likers),
        "can": {
            "see_likers": is_premium || left.likers_until > wall_clock(),
            "super_like": left.supers > 0 || (is_premium && likes_left(ask, spent) > 0),
            "undo": may_undo,
            "more_cards": left.likes > 0,
        },
        "left": {
            "dating_super": left.supers, "dating_likes": left.likes, "dating_undo": left.undos,
            "dating_likers": left.likers,
        },
        "sold": sold,
        "needs_account": viewer.known.is_none(),
    }))
}

impl Endpoint for Me {
    const SPEC: Spec = Spec {
        summary: "Where somebody is: profile, likes left, matches",
        needs: Needs::Session,
        ..Spec::new(Verb::Get, "/app/api/v1/me", "Me", "Me")
    };

    async fn answer(ask: Ask<'_>) -> Result<Reply, Problem> {
        me(&ask).await.map(Reply::json)
    }
}
