//! What a session asks the capabilities' ports.

use super::{SILENCE, Session, say_store_away};
use crate::env::Env;
use crate::kernel::ticket::Tickets;
use crate::persistence::{kept, kept_of};
use crate::ports::StoreError;
use crate::shard;
use actix::fut::WrapFuture;
use actix::{ActorFutureExt, AsyncContext, Context};
use nameless_domain::capabilities;
use nameless_domain::ids::{ChatId, UserId};
use nameless_domain::session::Event;
use nameless_domain::text::Lang;
use std::sync::Arc;
use std::time::Duration;

/// How long an answer is waited for before an update; then it is handled with what is known.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long who sent a file is told nothing: before the store has anything to do with it, it is
/// read at Telegram and looked at.
const FILES: Duration = Duration::from_secs(30);
/// How soon a store that is away is asked again: at first, and at most.
const AGAIN: [Duration; 2] = [Duration::from_millis(100), Duration::from_secs(5)];

/// Whoever comes first has it first.
pub(super) type InTurn = Arc<tokio::sync::Mutex<()>>;

/// One question; what the capability makes of none if there is no answer in time.
pub(super) async fn ask(env: &Env, user: UserId, request: capabilities::Request) -> Event {
    let unanswered = request.unanswered();
    let asked = env.capabilities.perform(&env.meters, user, request);
    Event::Capability(match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(event)) => return Event::Capability(event),
        Ok(Err(cause)) => {
            tracing::debug!(%cause, "a capability's question was not answered");
            unanswered
        }
        Err(_) => {
            tracing::debug!("a capability's question was not answered in time");
            unanswered
        }
    })
}

/// Carries a request out, beside the session and for as long as it takes. The answer goes to the
/// session, with the tickets: the update is done when what the answer brings is. What keeps its
/// order has its turn.
pub(super) fn begin(
    env: Arc<Env>,
    user: UserId,
    (lang, chat): (Lang, ChatId),
    (request, turn): (capabilities::Request, Option<InTurn>),
    tickets: Tickets,
) {
    actix_rt::spawn(async move {
        let silence = if request.reads_files() { FILES } else { SILENCE };
        let answered = async {
            let _turn = match &turn {
                Some(turn) => Some(turn.lock().await),
                None => None,
            };
            answer(env.clone(), user, request).await
        };
        tokio::pin!(answered);
        let event = match tokio::time::timeout(silence, &mut answered).await {
            Ok(event) => event,
            Err(_) => {
                // What no update of theirs asked for keeps nobody waiting.
                if !tickets.is_empty() {
                    say_store_away(&env, chat, lang);
                }
                answered.await
            }
        };
        shard::to_session_with(&env, user, Event::Capability(event), tickets);
    });
}

async fn answer(env: Arc<Env>, user: UserId, request: capabilities::Request) -> capabilities::Event {
    // What was kept before is in the store by then: the user's row above all.
    match request.stands_alone() {
        true => kept_of(env.clone(), user).await,
        false => kept(env.clone(), None).await,
    }
    let places = if request.reads_files() { &env.reading } else { &env.asking };
    let mut wait = AGAIN[0];
    loop {
        let asked = match places.acquire().await {
            Ok(_place) => env.capabilities.perform(&env.meters, user, request.clone()).await,
            // Nobody closes it.
            Err(_) => return request.unanswered(),
        };
        match asked {
            Ok(event) => {
                if let (Some(lane), Some(jobs)) = (crate::capabilities::lane_of(&event), &env.jobs) {
                    jobs.wake(lane);
                }
                return event;
            }
            Err(StoreError::Refused(cause)) => {
                tracing::error!(cause, "the store refused what a capability asks");
                return request.unanswered();
            }
            Err(StoreError::Unavailable(_)) => {
                env.meters.store_retries.add(1);
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(AGAIN[1]);
            }
        }
    }
}

impl Session {
    /// Asks, then handles the rest that is set aside. The mailbox waits, so that order holds.
    pub(super) fn ask_first(&mut self, request: capabilities::Request, ctx: &mut Context<Self>) {
        let (env, user) = (self.env.clone(), self.user);
        let asking = async move { ask(&env, user, request).await }.into_actor(self);
        ctx.wait(asking.map(|event, actor, ctx| {
            actor.happened(event, Tickets::new(), ctx);
            actor.go_on(ctx);
        }));
    }
}
