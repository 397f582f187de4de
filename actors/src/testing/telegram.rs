//! Telegram by script.

use super::lock;
use crate::ports::{BotApi, PortFuture, SendError, Sent};
use nameless_domain::ids::MessageId;
use nameless_domain::outgoing::{Call, Outgoing};
use nameless_domain::relay::content::Payload;
use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicI32, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use tokio::sync::Semaphore;

/// Telegram: records what was taken, answers by script.
pub struct Telegram {
    pub(super) script: Mutex<BTreeMap<i64, VecDeque<SendError>>>,
    pub calls: Mutex<Vec<Outgoing>>,
    pub(super) tries: AtomicU32,
    next: AtomicI32,
    /// Closed: calls wait.
    pub door: Semaphore,
    /// Closed: calls with files wait behind the other one.
    pub files: Semaphore,
}

impl Telegram {
    /// One that takes everything.
    pub fn open() -> Telegram {
        Telegram {
            script: Mutex::default(),
            calls: Mutex::default(),
            tries: AtomicU32::new(0),
            next: AtomicI32::new(1_000),
            door: Semaphore::new(1_000),
            files: Semaphore::new(1_000),
        }
    }
}

impl BotApi for Telegram {
    fn call(&self, out: Arc<Outgoing>) -> PortFuture<'_, Result<Sent, SendError>> {
        Box::pin(async move {
            self.tries.fetch_add(1, Ordering::SeqCst);
            drop(self.door.acquire().await);
            if matches!(out.call, Call::SendAlbum { .. } | Call::Send { payload: Payload::Media(_), .. }) {
                drop(self.files.acquire().await);
            }
            let scripted = lock(&self.script).get_mut(&out.chat.0).and_then(VecDeque::pop_front);
            if let Some(error) = scripted {
                return Err(error);
            }
            let n = match &out.call {
                Call::SendAlbum { items, .. } => items.len(),
                Call::Send { .. } | Call::Say { .. } => 1,
                Call::Method(method) if method.shows => 1,
                _ => 0,
            };
            lock(&self.calls).push((*out).clone());
            let messages = (0..n).map(|_| MessageId(self.next.fetch_add(1, Ordering::SeqCst))).collect();
            Ok(Sent { messages })
        })
    }
}
