//! The calls of the bot: how each fares.

use crate::plan::Fault;
use crate::words::words_of;
use crate::world::{Life, State, World};
use nameless_actors::ports::{BotApi, PortFuture, SendError, Sent};
use nameless_domain::outgoing::{Call, Outgoing};
use std::sync::Arc;
use std::time::Duration;

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

    /// A chat that was told to wait is not called before (I7), nor while another call is under way (I6).
    fn call_begins(&mut self, out: &Outgoing) {
        let now = self.now();
        self.event("call", [out.chat.0, i64::from(out.call.is_paced()), 0]);
        let Some(chat) = self.telegram.chats.get_mut(&out.chat.0) else { return };
        let early = chat.wait_until - now;
        let under_way = chat.under_way;
        chat.under_way += 1;
        if early > 0 {
            self.broke(format!("I7: {} is called {early} ms before its wait is over", out.chat.0));
        }
        if under_way > 0 {
            self.broke(format!("I6: {under_way} calls to {} are under way already", out.chat.0));
        }
    }

    fn call_ends(&mut self, out: &Outgoing) {
        if let Some(chat) = self.telegram.chats.get_mut(&out.chat.0) {
            chat.under_way = chat.under_way.saturating_sub(1);
        }
    }
}

impl BotApi for ApiPort {
    fn call(&self, out: Arc<Outgoing>) -> PortFuture<'_, Result<Sent, SendError>> {
        Box::pin(async move {
            self.world.dealing(&self.life).await;
            let ((fate, there, back), failed) = {
                let mut state = self.world.lock();
                state.call_begins(&out);
                (state.fate(&out), state.log.failed_before(state.now()))
            };
            tokio::time::sleep(there).await;
            self.world.dealing(&self.life).await;
            let unheard = || SendError::Ambiguous("simulated".into());
            let result = {
                let mut state = self.world.lock();
                match fate {
                    Fate::Happens => state.arrives(&out, false, failed),
                    Fate::Unheard => state.arrives(&out, true, failed).and_then(|_| Err(unheard())),
                    Fate::Vanishes => Err(unheard()),
                    Fate::Wait(wait) => Err(SendError::RetryAfter(wait)),
                    Fate::Unsent => Err(SendError::Unsent("simulated".into())),
                    Fate::Refused => Err(SendError::Refused("simulated".into())),
                }
            };
            self.world.dealing(&self.life).await;
            tokio::time::sleep(back).await;
            self.world.dealing(&self.life).await;
            let mut state = self.world.lock();
            state.call_ends(&out);
            if let Err(SendError::RetryAfter(wait)) = result {
                let until = state.now() + wait.as_millis() as i64;
                if let Some(chat) = state.telegram.chats.get_mut(&out.chat.0) {
                    chat.wait_until = until;
                }
            }
            if let Err(SendError::Refused(_)) = result {
                match &out.call {
                    Call::Send { payload, .. } => state.excuse(words_of(payload)),
                    Call::SendAlbum { items, .. } => {
                        items.iter().for_each(|item| state.excuse(&item.caption.text));
                    }
                    _ => {}
                }
            }
            drop(state);
            result
        })
    }
}
