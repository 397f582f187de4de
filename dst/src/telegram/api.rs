//! The calls of the bot: how each fares.

use crate::plan::Fault;
use crate::said::Copy;
use crate::telegram::Kind;
use crate::telegram::arrive::Caller;
use crate::words::words_of;
use crate::world::{Life, State, World};
use nameless_actors::ports::{BotApi, PortFuture, SendError, Sent};
use nameless_domain::outgoing::{Call, Outgoing};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::oneshot;

/// The client's patience with one call.
const PATIENCE: Duration = Duration::from_secs(30);

/// What becomes of a call.
enum Fate {
    /// It happens.
    Happens,
    /// It happens, and nobody hears of it.
    Unheard,
    /// It does not happen, and nobody hears of it.
    Vanishes,
    /// The chat has to wait.
    Wait(Duration),
    /// There is no connection.
    Unsent,
    /// Telegram does not want it.
    Refused,
}

/// Telegram as one life reaches it.
pub struct ApiPort {
    /// Where it is.
    pub world: Arc<World>,
    /// Who calls.
    pub life: Arc<Life>,
}

impl State {
    fn fate(&mut self, out: &Outgoing) -> (Fate, Duration, Duration) {
        let slow = self.strikes(Fault::Slow, 100);
        let most = if slow { 10_000 } else { 60 };
        let (mut there, mut back) = (self.wait(1, most), self.wait(1, most));
        let says = matches!(out.call, Call::Send { .. } | Call::SendAlbum { .. });
        let seconds = |state: &mut State, low, high| Duration::from_secs(state.rng.between(low, high));
        let fate = if self.in_window(Fault::Away) {
            Fate::Unsent
        } else if self.in_window(Fault::Limit) {
            Fate::Wait(seconds(self, 1, 5))
        } else if self.strikes(Fault::Wait, 30) {
            Fate::Wait(seconds(self, 1, 40))
        } else if self.strikes(Fault::LongWait, 10) {
            Fate::Wait(seconds(self, 300, 900))
        } else if self.strikes(Fault::Ambiguous, 60) {
            if self.rng.permille(500) { Fate::Unheard } else { Fate::Vanishes }
        } else if self.strikes(Fault::Hang, 20) {
            (there, back) = (PATIENCE / 2, PATIENCE / 2);
            if self.rng.permille(500) { Fate::Unheard } else { Fate::Vanishes }
        } else if says && self.strikes(Fault::Refuse, 20) {
            Fate::Refused
        } else {
            Fate::Happens
        };
        (fate, there, back)
    }

    /// A chat that told a process to wait is not called by it before (I7), nor while another call
    /// of its is under way (I6). What one node was told the other does not know.
    fn call_begins(&mut self, life: &Life, out: &Outgoing) {
        let now = self.now();
        self.event("call", [out.chat.0, i64::from(out.call.is_paced()), life.number as i64]);
        self.look_at_holder(life, "calls");
        let Some(chat) = self.telegram.chats.get_mut(&out.chat.0) else { return };
        let caller = chat.callers.entry(life.number).or_default();
        let (early, under_way) = (caller.wait_until - now, caller.under_way);
        caller.under_way += 1;
        if early > 0 {
            self.broke(format!("I7: {} is called {early} ms before its wait is over", out.chat.0));
        }
        if under_way > 0 {
            self.broke(format!("I6: {under_way} calls to {} are under way already", out.chat.0));
        }
    }

    fn call_ends(&mut self, life: &Life, out: &Outgoing, result: &Result<Sent, SendError>) {
        let now = self.now();
        if let Some(chat) = self.telegram.chats.get_mut(&out.chat.0) {
            let caller = chat.callers.entry(life.number).or_default();
            caller.under_way = caller.under_way.saturating_sub(1);
            if let Err(SendError::RetryAfter(wait)) = result {
                caller.wait_until = now + wait.as_millis() as i64;
            }
        }
        for id in result.iter().flat_map(|sent| &sent.messages) {
            let message = self.telegram.chats.get(&out.chat.0).and_then(|chat| chat.messages.get(&id.0));
            if let Some(&Kind::Copy(token)) = message.map(|message| &message.kind) {
                let copies = self.said[token].copies.iter_mut();
                let there = |copy: &&mut Copy| copy.chat == out.chat.0 && copy.id == id.0;
                copies.filter(there).for_each(|copy| copy.heard = now);
            }
        }
        if let Err(SendError::Refused(_)) = result {
            match &out.call {
                Call::Send { payload, .. } => self.excuse(words_of(payload)),
                Call::SendAlbum { items, .. } => {
                    items.iter().for_each(|item| self.excuse(&item.caption.text));
                }
                _ => {}
            }
        }
    }

    fn happens(&mut self, out: &Outgoing, fate: &Fate, mut caller: Caller) -> Result<Sent, SendError> {
        let unheard = || SendError::Ambiguous("simulated".into());
        match fate {
            Fate::Happens => self.arrives(out, &caller),
            Fate::Unheard => {
                caller.unheard = true;
                self.arrives(out, &caller).and_then(|_| Err(unheard()))
            }
            Fate::Vanishes => Err(unheard()),
            Fate::Wait(wait) => Err(SendError::RetryAfter(*wait)),
            Fate::Unsent => Err(SendError::Unsent("simulated".into())),
            Fate::Refused => Err(SendError::Refused("simulated".into())),
        }
    }
}

impl BotApi for ApiPort {
    fn call(&self, out: Arc<Outgoing>) -> PortFuture<'_, Result<Sent, SendError>> {
        Box::pin(async move {
            let (world, life) = (&self.world, &self.life);
            world.dealing(life).await;
            if life.halted.load(Ordering::SeqCst) {
                return std::future::pending().await;
            }
            let ((fate, there, back), caller) = {
                let mut state = world.lock();
                state.call_begins(life, &out);
                let begun = state.now();
                let journal_failed = state.log.failed_before(begun);
                let caller = Caller { life: life.number, begun, unheard: false, journal_failed };
                (state.fate(&out), caller)
            };
            // From here on it is on its way, whatever becomes of the process, unless that ends.
            let (answer, answered) = oneshot::channel();
            let (on_its_way, sender, call) = (world.clone(), life.clone(), out.clone());
            world.send_off(Box::pin(async move {
                tokio::time::sleep(there).await;
                if on_its_way.deals(&sender) {
                    let _ = answer.send(on_its_way.lock().happens(&call, &fate, caller));
                }
            }));
            let Ok(result) = answered.await else { return std::future::pending().await };
            world.dealing(life).await;
            tokio::time::sleep(back).await;
            world.dealing(life).await;
            world.lock().call_ends(life, &out, &result);
            result
        })
    }
}
