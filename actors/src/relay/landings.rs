//! What has left: now, and before a crash.

use super::already_sent::AlreadySent;
use super::messages::Delivered;
use super::{LeftEarlier, Relay, Slot, Work, copies};
use crate::env::Env;
use crate::kernel::ticket::all_done;
use crate::outbox::{Landing, Said};
use crate::ports::{Owed, SendError, Unwelcome, Write};
use crate::shard;
use crate::tell;
use actix::{Context, Handler};
use nameless_domain::ids::{PairId, UserId};
use nameless_domain::outgoing::Call;
use nameless_domain::relay::Undelivered;
use nameless_domain::session::Event;
use nameless_domain::session::notice::Notice;

/// Brings the relay word from the outbox.
pub(super) fn landed(env: &Env, said: Said, landing: Landing) {
    tell!(env.directory.of::<Relay>(said.pair.0), Delivered { said, landing });
}

impl Relay {
    /// Notes what had left in a former life. It comes again with its update, and is kept then.
    pub(super) fn learn(&mut self, left: LeftEarlier) {
        let LeftEarlier { pair, by, copies } = left;
        if let Some(Slot::Live { core, .. }) = self.pairs.get_mut(&pair)
            && let Some(from) = core.side_of(by)
        {
            copies.into_iter().for_each(|(source, copy)| core.remember(from, source, copy));
        }
    }

    /// What left before a crash is not sent again; its map and history may not have reached the
    /// store.
    pub(super) fn left_earlier(
        &mut self,
        pair: PairId,
        by: UserId,
        left: Vec<AlreadySent>,
        ctx: &mut Context<Self>,
    ) {
        for AlreadySent { source, copy, payload, tickets } in left {
            let from = match self.pairs.get(&pair) {
                Some(Slot::Live { core, .. }) => core.side_of(by),
                _ => None,
            };
            let Some(from) = from else {
                all_done(tickets);
                continue;
            };
            let history = self.history(pair, (from, by), source, 0, &payload);
            let further = self.first_copy(pair, from, source).is_some_and(|first| first != copy);
            self.keep_map(history.into_iter().collect(), (pair, from), &[source], &[copy], further, tickets);
            self.has_left_earlier(pair, from, copy, &payload, ctx);
            self.on_core(pair, None, ctx, |core, effects| core.sent(from, &[source], &[copy], effects));
        }
    }

    pub(super) fn delivered(&mut self, delivered: Delivered, ctx: &mut Context<Self>) {
        let Delivered { said, landing } = delivered;
        let (Said { pair, from, sources }, Landing { out, result, tickets }) = (said, landing);
        let Some(Slot::Live { core, .. }) = self.pairs.get(&pair) else { return all_done(tickets) };
        let sender = core.members[from.index()];
        let edited = match &out.call {
            Call::Edit { message, .. } => core.source_of(from, *message),
            _ => None,
        };
        let update_id = tickets.first().map(|t| t.update_id());
        match result {
            Ok(sent) => {
                self.landed(pair, from, &out.call, copies(&sent), ctx);
                // Kept first: should the core panic, it is loaded with what is kept by then.
                match (&out.call, edited) {
                    (Call::Edit { payload, .. }, Some(source)) => {
                        // Numbered by their updates: an edit that is handled again is the same one,
                        // and two within a moment are two. Later ones sort behind earlier ones.
                        let number = update_id.unwrap_or_default().rem_euclid(i64::from(i32::MAX));
                        let edit = i32::try_from(number).unwrap_or_default().max(1);
                        let history = self.history(pair, (from, sender), source, edit, payload);
                        self.keep(history.into_iter().collect(), tickets);
                    }
                    (call, _) => {
                        let history = self.sent_history(pair, (from, sender), &sources, call);
                        // A further part answers the first. (One that is sent anew, as nobody knew
                        // of it, does not.)
                        let further = match call {
                            Call::Send { reply_to: Some(first), .. } => {
                                sources.iter().any(|&s| self.first_copy(pair, from, s) == Some(*first))
                            }
                            _ => false,
                        };
                        self.keep_map(history, (pair, from), &sources, copies(&sent), further, tickets);
                    }
                }
                if !sources.is_empty() {
                    self.env.meters.relayed.add(sources.len() as u64);
                    self.on_core(pair, update_id, ctx, |core, effects| {
                        core.sent(from, &sources, copies(&sent), effects)
                    });
                }
            }
            Err(cause) => {
                self.env.meters.relay_failed.add(1);
                self.on_core(pair, update_id, ctx, |core, effects| core.failed(from, &sources, effects));
                let Some(why) = undelivered(&cause, &out.call) else { return all_done(tickets) };
                // Owed before the update is done, so that no crash and no outage swallows it (I2).
                let owed = Owed { notice: Notice::NotArrived { pair, why }, life: self.env.life };
                self.keep(vec![Write::Owed { user: sender, owed }], tickets);
                shard::to_session(&self.env, sender, Event::NotArrived { pair, why });
            }
        }
    }
}

/// What the sender is told of a call that was given up. Of a partner who is gone they hear by the
/// end of the pair.
fn undelivered(cause: &SendError, call: &Call) -> Option<Undelivered> {
    match (cause, call) {
        (SendError::Gone, _) => None,
        (SendError::NotPassed(refused), _) => Some(Undelivered::Inside(*refused)),
        (_, Call::Edit { .. }) => Some(Undelivered::Edit),
        (_, Call::Delete { .. }) => Some(Undelivered::Delete),
        (cause, Call::Send { .. } | Call::SendAlbum { .. }) => Some(match cause {
            SendError::TooLarge => Undelivered::TooLarge,
            SendError::FilesBusy => Undelivered::FilesBusy,
            SendError::Unwelcome(Unwelcome::Voice) => Undelivered::NoVoice,
            SendError::Unwelcome(Unwelcome::VideoNote) => Undelivered::NoVideoNotes,
            SendError::Refused(_) => Undelivered::Refused,
            SendError::Ambiguous(_) => Undelivered::Unsure,
            _ => Undelivered::Failed,
        }),
        _ => None,
    }
}

impl Handler<Delivered> for Relay {
    type Result = ();
    fn handle(&mut self, message: Delivered, ctx: &mut Self::Context) {
        // A pair that is not in memory ended while the call was under way, or this actor was
        // started anew since.
        self.work(message.said.pair, Work::Delivered(message), ctx);
    }
}

impl Handler<LeftEarlier> for Relay {
    type Result = ();
    fn handle(&mut self, message: LeftEarlier, ctx: &mut Self::Context) {
        match self.pairs.get(&message.pair) {
            // Not behind what is held: that may be waiting for this very message.
            Some(Slot::Live { .. }) => self.learn(message),
            _ => self.work(message.pair, Work::LeftEarlier(message), ctx),
        }
    }
}
