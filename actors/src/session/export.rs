//! A copy of a user's data, file by file, beside the session.
//!
//! One file is in memory at a time: it is made when it is this export's turn, sent, and only then
//! the next one is made. A chat that Telegram lets wait holds up no other person's export for long.

use crate::env::Env;
use crate::kernel::ticket::Tickets;
use crate::kernel::ticket::all_done;
use crate::outbox::{Enqueue, Listener, Origin, Outbox};
use crate::persistence::{ExportUser, Persistence};
use crate::ports::{ExportFile, ExportFrom};
use crate::shard;
use crate::tell;
use nameless_domain::ids::{ChatId, UserId};
use nameless_domain::outbox::Lane;
use nameless_domain::outgoing::{Call, Outgoing};
use nameless_domain::session::Event;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

/// How long others wait for a file that is made and does not leave.
const TURN: Duration = Duration::from_secs(30);

/// Makes and sends the files. The session hears of it where that fails; the update is done with the
/// last of them.
pub(super) fn begin(env: Arc<Env>, chat: ChatId, user: UserId, tickets: Tickets) {
    actix_rt::spawn(async move {
        if !all_sent(&env, chat, user).await {
            shard::to_session(&env, user, Event::ExportFailed);
        }
        all_done(tickets);
    });
}

async fn all_sent(env: &Env, chat: ChatId, user: UserId) -> bool {
    let Ok(_room) = env.exports.room.try_acquire() else { return false };
    let mut from = ExportFrom::default();
    loop {
        let Ok(turn) = env.exports.turn.acquire().await else { return false };
        let (reply, made) = oneshot::channel();
        tell!(env.directory.one::<Persistence>(), ExportUser { user, from, reply });
        let Some(ExportFile { json, next }) = made.await.ok().flatten() else { return false };
        let (landed, mut word) = oneshot::channel();
        // Dropped without a word, the call was never made.
        let listener = Listener::own(move |_, landing| {
            let _ = landed.send(landing.result.is_ok());
            all_done(landing.tickets);
        });
        let call = Call::SendFile { name: name(from, next), bytes: json };
        let (out, origin) = (Outgoing { chat, call }, Origin::Heard(listener));
        tell!(
            env.directory.one::<Outbox>(),
            Enqueue { out, lane: Lane::Interactive, origin, tickets: Tickets::new() }
        );
        let soon = tokio::time::timeout(TURN, &mut word).await;
        drop(turn);
        let sent = match soon {
            Ok(sent) => sent,
            Err(_) => word.await,
        };
        match next {
            _ if sent != Ok(true) => return false,
            None => return true,
            Some(next) => from = next,
        }
    }
}

/// A file's name; it has a number where there are several.
fn name(this: ExportFrom, next: Option<ExportFrom>) -> String {
    match (this.file, next) {
        (0, None) => "nameless-export.json".to_owned(),
        (file, _) => format!("nameless-export-part-{}.json", file + 1),
    }
}
