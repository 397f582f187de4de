//! A ticket follows an update from its acceptance to its last effect.
//!
//! Every message that an update causes carries a clone. Whoever finishes its part calls
//! [`Ticket::done`]; a clone that is merely dropped (its actor died with the message in its
//! mailbox) marks the update as lost. When the last clone is gone, the update is done in the
//! journal, or, if lost, handed back to be delivered again. So what is under way is known, bounded,
//! and cannot silently vanish (I2, I10).
//!
//! What a ticket stands for need not be an update: a job's end that is told to its user is followed
//! in the same way, and is delivered when the last clone is gone ([`Receipt`]).

use crate::kernel::gate::Pass;
use crate::kernel::lock;
use crate::kernel::trace::{self, Step};
use crate::ports::Journal;
use nameless_domain::ids::{MessageId, MessageIds, Seq, UserId};
use smallvec::SmallVec;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use tokio::time::Instant;

/// An accepted update as it travels, and comes back if it is lost.
#[derive(Debug)]
pub struct Accepted {
    /// Position in the journal.
    pub seq: Seq,
    /// Telegram's id of it.
    pub update_id: i64,
    /// Whose it is.
    pub user: UserId,
    /// The update as it came in, for handling it again.
    pub raw: Arc<str>,
    /// Ids that its relays got before a crash; they must not be sent again.
    pub sent: Option<Vec<MessageId>>,
    /// How many times it was delivered before.
    pub attempt: u32,
}

/// Tickets of the updates behind something: one, but for albums.
pub type Tickets = SmallVec<[Ticket; 1]>;

/// Takes lost updates back.
pub type Redeliver = Arc<dyn Fn(Accepted) + Send + Sync>;

/// Keeps account of something other than an update that a ticket stands for.
pub trait Receipt: Send + Sync {
    /// These messages have left, all of them so far. Does not wait.
    fn sent(&self, copies: &[MessageId]);
    /// Every effect has happened. Does not wait.
    fn done(&self);
    /// Some effect was lost; these messages had left. Does not wait.
    fn lost(&self, sent: Vec<MessageId>);
}

/// Stands in the place of a copy: there is to be none. Telegram's ids begin at 1.
pub const REFUSED: MessageId = MessageId(0);

/// Where it is noted what becomes of a ticket.
enum Account {
    Journal(Arc<dyn Journal>, Redeliver),
    Receipt(Box<dyn Receipt>),
}

/// The places that an update holds: among all that are under way, and at its session.
pub type Passes = SmallVec<[Pass; 2]>;

struct Inner {
    seq: Seq,
    update_id: i64,
    user: UserId,
    raw: Arc<str>,
    sent: Mutex<Sent>,
    attempt: u32,
    received: Instant,
    passes: Mutex<Passes>,
    lost: AtomicBool,
    /// Its first operation has asked what had left of it.
    claimed: AtomicBool,
    account: Account,
}

#[derive(Default)]
struct Sent {
    /// Sent before a crash and not yet claimed by an operation.
    earlier: MessageIds,
    /// All that left, earlier and now.
    all: MessageIds,
}

/// One holder's share in an update.
pub struct Ticket {
    inner: Arc<Inner>,
    open: bool,
}

impl Ticket {
    /// The first ticket of an update; `passes` are held until [`Ticket::release`].
    pub fn new(
        accepted: Accepted,
        passes: impl IntoIterator<Item = Pass>,
        journal: Arc<dyn Journal>,
        redeliver: Redeliver,
    ) -> Ticket {
        Ticket::of(accepted, passes, Account::Journal(journal, redeliver))
    }

    /// The first ticket of what `receipt` keeps account of. It is as if it were an update of
    /// `user`'s that came in at `seq`; `sent` had left before. It has no raw form, so it ends as no
    /// dead letter.
    pub fn of_receipt(receipt: Box<dyn Receipt>, user: UserId, seq: Seq, sent: Vec<MessageId>) -> Ticket {
        let sent = Some(sent).filter(|sent| !sent.is_empty());
        let accepted = Accepted { seq, update_id: 0, user, raw: "".into(), sent, attempt: 0 };
        Ticket::of(accepted, [], Account::Receipt(receipt))
    }

    fn of(accepted: Accepted, passes: impl IntoIterator<Item = Pass>, account: Account) -> Ticket {
        let earlier = MessageIds::from(accepted.sent.unwrap_or_default());
        let inner = Inner {
            seq: accepted.seq,
            update_id: accepted.update_id,
            user: accepted.user,
            raw: accepted.raw,
            sent: Mutex::new(Sent { all: earlier.clone(), earlier }),
            attempt: accepted.attempt,
            received: Instant::now(),
            passes: Mutex::new(passes.into_iter().collect()),
            lost: AtomicBool::new(false),
            claimed: AtomicBool::new(false),
            account,
        };
        Ticket { inner: Arc::new(inner), open: true }
    }

    /// Position in the journal.
    pub fn seq(&self) -> Seq {
        self.inner.seq
    }

    /// Telegram's id of the update; 0 where it stands for none.
    pub fn update_id(&self) -> i64 {
        self.inner.update_id
    }

    /// Whether it stands for an update, which can be handled again from its raw form, and is in the
    /// journal.
    pub fn is_update(&self) -> bool {
        matches!(self.inner.account, Account::Journal(..))
    }

    /// Whose update it is.
    pub fn user(&self) -> UserId {
        self.inner.user
    }

    /// How many times it was delivered before.
    pub fn attempt(&self) -> u32 {
        self.inner.attempt
    }

    /// The update as it came in.
    pub fn raw(&self) -> &Arc<str> {
        &self.inner.raw
    }

    /// When this node took it.
    pub fn received(&self) -> Instant {
        self.inner.received
    }

    /// This holder's part has happened.
    pub fn done(mut self) {
        self.open = false;
    }

    /// Notes that a relay of this update has left: it is not sent again after a crash.
    pub fn note_sent(&self, copies: &[MessageId]) {
        let mut sent = lock(&self.inner.sent);
        sent.all.extend_from_slice(copies);
        match &self.inner.account {
            Account::Journal(journal, _) => journal.sent(self.inner.seq, &sent.all),
            Account::Receipt(receipt) => receipt.sent(&sent.all),
        }
    }

    /// The ids of the next `n` messages of this update if they had left before a crash.
    pub fn claim_sent(&self, n: usize) -> Option<MessageIds> {
        let mut sent = lock(&self.inner.sent);
        (n > 0 && sent.earlier.len() >= n).then(|| sent.earlier.drain(..n).collect())
    }

    /// The next message of this update that had left before a crash, if there is one. It is not
    /// claimed by this.
    pub fn left_before(&self) -> Option<MessageId> {
        lock(&self.inner.sent).earlier.first().copied()
    }

    /// Whether this is the first operation of the update that asks what had left. What a pair knows
    /// of the update's message is of that one; further ones carry the same message's id.
    pub fn is_first_claim(&self) -> bool {
        !self.inner.claimed.swap(true, Ordering::AcqRel)
    }

    /// Notes that this update's message is not passed on, whatever is known in a later life: what
    /// was written after it may have been.
    pub fn note_refused(&self) {
        if !self.was_refused() {
            self.note_sent(&[REFUSED]);
        }
    }

    /// Whether that was noted, before a crash or now.
    pub fn was_refused(&self) -> bool {
        lock(&self.inner.sent).all.first() == Some(&REFUSED)
    }

    /// Keeps a place in a gate until [`Ticket::release`].
    pub fn hold(&self, pass: Pass) {
        lock(&self.inner.passes).push(pass);
    }

    /// Lets others in once the passes are dropped: what counts against bounds is over, only the
    /// keeping of it is left. Drop them after the keeping was asked for, or a drain may see nobody
    /// inside and be done too early.
    #[must_use]
    pub fn release(&self) -> Passes {
        std::mem::take(&mut *lock(&self.inner.passes))
    }
}

impl Clone for Ticket {
    fn clone(&self) -> Ticket {
        Ticket { inner: self.inner.clone(), open: true }
    }
}

impl std::fmt::Debug for Ticket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Ticket({:?})", self.inner.seq)
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if self.open {
            self.inner.lost.store(true, Ordering::Release);
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let lost = self.lost.load(Ordering::Acquire);
        match &self.account {
            Account::Journal(journal, _) if !lost => {
                trace::ended(self.update_id, Step::Update, || self.received.elapsed());
                journal.done(self.seq);
            }
            Account::Journal(_, redeliver) => redeliver(Accepted {
                seq: self.seq,
                update_id: self.update_id,
                user: self.user,
                raw: self.raw.clone(),
                sent: Some(self.all_sent()).filter(|s| !s.is_empty()),
                attempt: self.attempt + 1,
            }),
            Account::Receipt(receipt) if !lost => receipt.done(),
            Account::Receipt(receipt) => receipt.lost(self.all_sent()),
        }
    }
}

impl Inner {
    fn all_sent(&self) -> Vec<MessageId> {
        std::mem::take(&mut lock(&self.sent).all).into_vec()
    }
}

/// Finishes every ticket of a group.
pub fn all_done(tickets: impl IntoIterator<Item = Ticket>) {
    tickets.into_iter().for_each(Ticket::done);
}

/// Notes on the updates behind a call that it has left. An album's items are updates of their own,
/// each with its own copy: so it does not matter which of the others are finished when the process
/// dies.
pub fn note_sent(tickets: &[Ticket], copies: &[MessageId]) {
    if tickets.len() > 1 && tickets.len() == copies.len() {
        tickets.iter().zip(copies).for_each(|(ticket, &copy)| ticket.note_sent(&[copy]));
    } else {
        tickets.iter().for_each(|ticket| ticket.note_sent(copies));
    }
}
