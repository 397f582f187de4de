//! The webhook: Telegram sends each update by itself, many at once, and keeps it until it is told
//! 200.
//!
//! In this order: a place in the queue to the engine, the journal, the queue, the disk, 200. The
//! place comes first, so that an engine which has as much under way as it may is noticed before
//! anything is promised: the update stays with Telegram then. From the journal on nothing depends
//! on the connection: what was appended is in the queue, even if Telegram hangs up and is told
//! nothing (what it sends again is known by its id, I3). The answer waits for the disk (I2), and
//! all that wait share one fsync. Telegram sends a chat's next update only after it was told 200
//! for the one before, and the queue keeps the order, so each user's updates stay in theirs. Where
//! any of several nodes may get the next one, 200 waits until the user's own node has this one
//! before it ([`nameless_actors::ports::Peers::passed_on`]).

use super::accept::{Batch, Intake, Taken};
use crate::config::{ExposeSecret, SecretString};
use crate::telegram::RawUpdate;
use nameless_actors::kernel::lock;
use nameless_actors::ports::JournalError;
use nameless_domain::ids::BotId;
use sha2::{Digest, Sha256};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use subtle::ConstantTimeEq;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

/// Updates in the journal that wait for the engine. Telegram has at most 100 deliveries under way.
const QUEUE: usize = 256;
/// How long a delivery waits for a place in the queue. Telegram itself gives up after 60 s.
const PATIENCE: Duration = Duration::from_secs(5);
/// A journal that takes nothing is told of this often: every waiting chat's update comes again and
/// again.
const TELL_AGAIN: Duration = Duration::from_secs(10);

/// Why an update was not taken. It stays with Telegram.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum NotTaken {
    /// The process is on its way out.
    #[error("the bot is stopping")]
    Stopping,
    /// The engine has as much under way as it may.
    #[error("too many updates are under way")]
    Busy,
    /// It is in the journal, but the node of its user could not be told.
    #[error("the node where its user lives does not take it yet")]
    NotPassedOn,
    /// The journal is full, or its disk fails.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

impl NotTaken {
    /// After how many seconds Telegram is to try again. It obeys, instead of waiting twice as long
    /// each time.
    pub fn retry_after(&self) -> u32 {
        match self {
            // By then the next process may be there.
            NotTaken::Stopping => 1,
            NotTaken::Busy | NotTaken::NotPassedOn => 2,
            NotTaken::Journal(JournalError::Full) => 5,
            NotTaken::Journal(JournalError::Io(_)) => 15,
        }
    }
}

/// Takes the updates that Telegram sends.
pub struct Webhook {
    intake: Arc<Intake>,
    /// Hash of each bot's secret, so that neither its bytes nor its length decide how long a
    /// comparison takes.
    secrets: Vec<([u8; 32], BotId)>,
    /// To the engine; none once closed. Held while an update goes into journal and queue, which so
    /// have one order.
    queue: Mutex<Option<mpsc::Sender<Queued>>>,
    told: Mutex<Option<Instant>>,
}

/// An update, and who is told when it was handed over.
type Queued = (Taken, oneshot::Sender<()>);

/// Hands what was taken to the engine, one after the other.
pub struct Delivery(JoinHandle<()>);

impl Webhook {
    /// Opens a webhook. Must be called on an actix system.
    pub fn open(intake: Arc<Intake>, secrets: &[(SecretString, BotId)]) -> (Arc<Webhook>, Delivery) {
        let (queue, mut taken) = mpsc::channel::<Queued>(QUEUE);
        let hash =
            |secret: &SecretString| -> [u8; 32] { Sha256::digest(secret.expose_secret().as_bytes()).into() };
        let secrets = secrets.iter().map(|(secret, bot)| (hash(secret), *bot)).collect();
        let delivery = actix_rt::spawn({
            let intake = intake.clone();
            async move {
                let mut batch = Vec::new();
                // Several at a time only where they wait for the disk together: a place in the
                // queue says that the engine will soon have room.
                while taken.recv_many(&mut batch, if intake.is_wary() { QUEUE } else { 1 }).await > 0 {
                    intake.count(batch.iter().map(|(taken, _)| taken)).await;
                    for (taken, handed_over) in batch.drain(..) {
                        intake.hand_over(taken).await;
                        let _ = handed_over.send(());
                    }
                }
            }
        });
        let queue = Mutex::new(Some(queue));
        (Arc::new(Webhook { intake, secrets, queue, told: Mutex::default() }), Delivery(delivery))
    }

    /// Whether a request comes from Telegram, and for which bot: it knows that one's secret. Takes
    /// the same time for every wrong one.
    pub fn whose_secret(&self, shown: &[u8]) -> Option<BotId> {
        let shown: [u8; 32] = Sha256::digest(shown).into();
        let mut known = None;
        for (secret, bot) in &self.secrets {
            if bool::from(shown.ct_eq(secret)) {
                known = Some(*bot);
            }
        }
        if known.is_none() {
            self.intake.engine.meters().webhook_strangers.add(1);
        }
        known
    }

    /// Takes an update; `Ok` once it would survive kill -9 and loss of power. What is no update is
    /// counted and taken as well: Telegram would send it again for ever.
    pub async fn take(&self, update: RawUpdate) -> Result<(), NotTaken> {
        self.intake.check_out(std::slice::from_ref(&update));
        let taken = self.journal(update).await;
        if let Err(cause) = &taken {
            self.intake.engine.meters().webhook_put_off.add(1);
            if let NotTaken::Journal(cause) = cause {
                self.tell(cause);
            }
        }
        taken
    }

    async fn journal(&self, update: RawUpdate) -> Result<(), NotTaken> {
        let queue = lock(&self.queue).clone().ok_or(NotTaken::Stopping)?;
        let place = match tokio::time::timeout(PATIENCE, queue.reserve_owned()).await {
            Ok(Ok(place)) => place,
            Ok(Err(_)) => return Err(NotTaken::Stopping),
            Err(_) => return Err(NotTaken::Busy),
        };
        let (tell, handed_over) = oneshot::channel();
        let mut sent = None;
        let Batch { durable, .. } = {
            let open = lock(&self.queue);
            if open.is_none() {
                return Err(NotTaken::Stopping);
            }
            let mut batch = self.intake.append(&[update])?;
            if let Some(taken) = batch.fresh.pop() {
                sent = Some(taken.update_id);
                place.send((taken, tell));
            }
            batch
        };
        durable.await?;
        let peers = &self.intake.engine.env().peers;
        if let (Some(update_id), Some(peers)) = (sent, peers) {
            let passed_on = async { handed_over.await.is_ok() && peers.passed_on(update_id).await };
            if !tokio::time::timeout(PATIENCE, passed_on).await.unwrap_or(false) {
                return Err(NotTaken::NotPassedOn);
            }
        }
        Ok(())
    }

    /// From now on nothing is taken.
    pub fn close(&self) {
        lock(&self.queue).take();
    }

    fn tell(&self, cause: &JournalError) {
        let mut told = lock(&self.told);
        if told.is_none_or(|at| at.elapsed() >= TELL_AGAIN) {
            *told = Some(Instant::now());
            tracing::error!(%cause, "updates cannot be accepted; they stay with Telegram");
        }
    }
}

impl Delivery {
    /// Waits, at most `within`, until the engine has everything that was taken; the webhook must be
    /// closed.
    pub async fn finish(mut self, within: Duration) {
        if tokio::time::timeout(within, &mut self.0).await.is_err() {
            self.0.abort();
        }
    }
}
