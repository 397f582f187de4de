//! Handlers of FaceGuard.

use super::{Check, FaceGuard, Photo};
use crate::capabilities::{FaceBox, Looked, Unseen};
use crate::env::{Env, LastPhoto};
use crate::ports::PortFuture;
use actix::Handler;
use nameless_domain::capabilities::faceguard::{Decision, Memory, Policy, Purpose, Reason, Seen, Verdict};
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long the store is asked for what was seen, and told of a picture that was sent: half a
/// second, or more where a verdict may take longer. Looking again costs less than waiting.
fn ask(env: &Env) -> Duration {
    (env.limits.photo_patience / 7).max(Duration::from_millis(500))
}

/// What is remembered in this process.
pub(crate) fn memory(env: &Env) -> MutexGuard<'_, Memory> {
    env.photos.lock().unwrap_or_else(PoisonError::into_inner)
}

impl FaceGuard {
    pub(super) fn is_on(&self) -> bool {
        self.env.capabilities.faceguard.policy() != Policy::Off
    }

    /// Learns what is banned by now, and what others have seen. While the store is away, what was
    /// known goes on.
    pub(super) fn read_up(&self) {
        let env = self.env.clone();
        actix_rt::spawn(async move {
            if let Err(cause) = env.capabilities.faceguard.learn().await {
                tracing::debug!(%cause, "what was seen lately could not be read");
            }
            match env.capabilities.faceguard.allowed().await {
                Ok(allowed) => memory(&env).allow(allowed),
                Err(cause) => tracing::debug!(%cause, "the allowed pictures could not be read"),
            }
            match env.capabilities.faceguard.keep_reported().await {
                Ok(0) => {}
                Ok(count) => tracing::info!(count, "pictures of reports are kept for operators"),
                Err(cause) => tracing::debug!(%cause, "pictures of reports could not be kept"),
            }
            match env.capabilities.faceguard.banned().await {
                Ok(banned) => memory(&env).ban(banned),
                Err(cause) => tracing::debug!(%cause, "the banned pictures could not be read"),
            }
        });
    }
}

impl Handler<Check> for FaceGuard {
    type Result = ();
    fn handle(&mut self, message: Check, _: &mut Self::Context) {
        let Check { photo, reply } = message;
        let env = self.env.clone();
        let Ok(place) = self.room.clone().try_acquire_owned() else {
            env.meters.photos_turned_away.add(1);
            count(&env, Verdict::NO_WORKER);
            return reply.say(Verdict::NO_WORKER);
        };
        actix_rt::spawn(async move {
            let since = Instant::now();
            let mut faces = Vec::new();
            let decided = decide(&env, &photo, &mut faces);
            let verdict = tokio::time::timeout(env.limits.photo_patience, decided).await;
            let verdict = verdict.unwrap_or(Verdict::NO_WORKER);
            let took = since.elapsed();
            env.meters.photo_verdict.record(took);
            let last = LastPhoto { unique_id: photo.unique_id, verdict, took, faces };
            *env.last_photo.lock().unwrap_or_else(PoisonError::into_inner) = Some(last);
            count(&env, verdict);
            drop(place);
            reply.say(verdict);
        });
    }
}

/// Has a picture judged that is for something else than a chat, such as a profile: by its purpose's
/// demands, and by what is banned. Answered within [`Limits::photo_patience`](crate::env::Limits);
/// where nobody could look it is unchecked, never approved. Nothing of it is remembered: what is
/// fine in a chat need not be fine there.
pub async fn vet(env: &Env, purpose: Purpose, file_id: String) -> Verdict {
    judged(env, env.capabilities.faceguard.look(purpose, file_id)).await
}

/// The same of a picture that is here, and nowhere else yet.
pub async fn vet_here(env: &Env, purpose: Purpose, picture: Vec<u8>) -> Verdict {
    judged(env, env.capabilities.faceguard.look_at(purpose, picture)).await
}

async fn judged(env: &Env, looked: PortFuture<'_, Result<Looked, Unseen>>) -> Verdict {
    match tokio::time::timeout(env.limits.photo_patience, looked).await {
        Ok(Ok(Looked { seen, .. })) => memory(env).judge(seen),
        _ => Verdict::NO_WORKER,
    }
}

fn count(env: &Env, verdict: Verdict) {
    let meters = &env.meters;
    match verdict.decision() {
        Decision::Approved => &meters.photos_approved,
        Decision::Unchecked => &meters.photos_unchecked,
        Decision::Suspicious => &meters.photos_suspicious,
        Decision::Rejected => &meters.photos_rejected,
    }
    .add(1);
}

/// Cheapest first: what is remembered here, what is kept, a look.
async fn decide(env: &Arc<Env>, photo: &Photo, faces: &mut Vec<FaceBox>) -> Verdict {
    let remembered = memory(env).recall(&photo.unique_id);
    let seen = match remembered {
        Some(seen) => seen,
        None => match recall(env, photo).await {
            Some(seen) => seen,
            None => match look(env, photo).await {
                Some(looked) => {
                    *faces = looked.faces;
                    looked.seen
                }
                None => return Verdict::NO_WORKER,
            },
        },
    };
    let mut verdict = memory(env).judge(seen);
    if is_spam(env, photo, seen).await {
        verdict = verdict.and(Reason::Spam);
    }
    if verdict.decision() == Decision::Suspicious {
        let (env, photo) = (env.clone(), photo.clone());
        actix_rt::spawn(async move {
            let file = (photo.unique_id, photo.file_id);
            // It stays behind its spoiler all the same.
            if let Err(cause) = env.capabilities.faceguard.hold(photo.sender, file, seen).await {
                tracing::debug!(%cause, "no operator will look at a photo");
            }
        });
    }
    if verdict.is_only_nude() && both_agree(env, photo).await {
        verdict = verdict.between_adults();
    }
    verdict
}

/// Whether sender and partner are adults who agreed to nude pictures, now. Without an answer of the
/// store they are not.
async fn both_agree(env: &Arc<Env>, photo: &Photo) -> bool {
    let asked = env.capabilities.faceguard.both_agree(photo.sender, photo.partner);
    matches!(tokio::time::timeout(ask(env), asked).await, Ok(Ok(true)))
}

async fn recall(env: &Arc<Env>, photo: &Photo) -> Option<Seen> {
    let asked = env.capabilities.faceguard.recall(photo.unique_id.clone());
    let seen = tokio::time::timeout(ask(env), asked).await.ok()?.ok()??;
    env.meters.photos_recalled.add(1);
    memory(env).note(&photo.unique_id, seen);
    Some(seen)
}

async fn look(env: &Arc<Env>, photo: &Photo) -> Option<Looked> {
    let port = &env.capabilities.faceguard;
    let looked = match port.look(Purpose::Chat, photo.file_id.clone()).await {
        Ok(looked) => looked,
        Err(cause) => {
            // Neither the file nor whose it is stands in the log.
            tracing::debug!(%cause, "a photo was not looked at");
            return None;
        }
    };
    let meters = &env.meters;
    let Looked { seen, alike, times, .. } = looked;
    if alike {
        meters.photos_alike.add(1);
    }
    let steps = [
        (&meters.photo_download, times.download),
        (&meters.photo_decode, times.decode),
        (&meters.photo_hash, times.hash),
        (&meters.photo_faces, times.faces),
        (&meters.photo_nudity, times.nudity),
    ];
    steps.into_iter().filter(|(_, time)| !time.is_zero()).for_each(|(meter, time)| meter.record(time));
    if seen.verdict.decision() != Decision::Unchecked {
        memory(env).note(&photo.unique_id, seen);
        let (env, unique_id) = (env.clone(), photo.unique_id.clone());
        actix_rt::spawn(async move {
            // Not kept, it is looked at again one day.
            if let Err(cause) = env.capabilities.faceguard.keep(unique_id, seen).await {
                tracing::debug!(%cause, "what was seen of a photo is not kept");
            }
        });
    }
    Some(looked)
}

/// Whether its sender sent the same picture to many. Without an answer of the store it is not.
async fn is_spam(env: &Arc<Env>, photo: &Photo, seen: Seen) -> bool {
    let port = &env.capabilities.faceguard;
    let (Some(hash), most @ 1..) = (seen.hash, port.spam_after()) else { return false };
    let chats = tokio::time::timeout(ask(env), port.sent(photo.sender, photo.pair, hash)).await;
    matches!(chats, Ok(Ok(chats)) if chats > most)
}
