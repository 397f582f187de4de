//! Asks what the user is entitled to, before an update that may need it is handled.

use super::Session;
use crate::env::Env;
use actix::fut::WrapFuture;
use actix::{ActorFutureExt, AsyncContext, Context};
use nameless_domain::entitlements::Entitlements;
use nameless_domain::ids::UserId;
use nameless_domain::session::Event;
use std::time::Duration;

/// How long an answer is waited for; then the update is handled with what is known.
const PATIENCE: Duration = Duration::from_secs(1);

/// One question; none if there is no answer in time.
pub(super) async fn ask(env: &Env, user: UserId) -> Option<Entitlements> {
    env.meters.entitlement_reads.add(1);
    match tokio::time::timeout(PATIENCE, env.entitlements.entitlements(user)).await {
        Ok(Ok(entitlements)) => return Some(entitlements),
        Ok(Err(cause)) => tracing::debug!(%cause, "what a user is entitled to is not known"),
        Err(_) => tracing::debug!("what a user is entitled to is not known in time"),
    }
    None
}

impl Session {
    /// Asks, then handles the rest that is set aside. The mailbox waits, so that order holds.
    pub(super) fn ask_first(&mut self, ctx: &mut Context<Self>) {
        let (env, user) = (self.env.clone(), self.user);
        let asking = async move { ask(&env, user).await }.into_actor(self);
        ctx.wait(asking.map(|answer, actor, ctx| {
            actor.happened(Event::Entitled { answer }, ctx);
            actor.go_on(ctx);
        }));
    }
}
