//! Photos in a chat, over a port that looks as it is told.

use super::Relay;
use crate::capabilities::{Capabilities, Looked, PhotoChecks, PhotoHealth, Times, Unseen};
use crate::faceguard::FaceGuard;
use crate::ports::{PortFuture, StoreError, Write};
use crate::service::Die;
use crate::tell;
use crate::testing::{NEWER, Tree};
use nameless_domain::capabilities::faceguard::{Hash, Policy, Purpose, Reason, Seen, Verdict};
use nameless_domain::ids::{MessageId, PairId, UserId};
use nameless_domain::outgoing::Call;
use nameless_domain::relay::RelayOp;
use nameless_domain::relay::content::Payload;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use tokio::sync::Semaphore;

/// Who looks: says of each file what it is told, when the door is open.
pub(super) struct Eyes {
    policy: Policy,
    says: Mutex<BTreeMap<String, Result<Verdict, Unseen>>>,
    pub(super) door: Semaphore,
    looks: AtomicU32,
    pub(super) kept: Mutex<BTreeMap<String, Seen>>,
    chats: Mutex<BTreeSet<PairId>>,
    banned: Mutex<Vec<Hash>>,
    spam_after: u32,
    pub(super) agree: AtomicBool,
    pub(super) purposes: Mutex<Vec<Purpose>>,
    pub(super) held: Mutex<Vec<(UserId, String)>>,
}

impl Eyes {
    pub(super) fn new(policy: Policy) -> Eyes {
        Eyes {
            policy,
            says: Mutex::default(),
            door: Semaphore::new(1_000),
            looks: AtomicU32::new(0),
            kept: Mutex::default(),
            chats: Mutex::default(),
            banned: Mutex::default(),
            spam_after: 0,
            agree: AtomicBool::new(false),
            purposes: Mutex::default(),
            held: Mutex::default(),
        }
    }

    pub(super) fn say(&self, file: i32, verdict: Result<Verdict, Unseen>) {
        self.says.lock().unwrap().insert(format!("file{file}"), verdict);
    }

    pub(super) fn looks(&self) -> u32 {
        self.looks.load(Ordering::SeqCst)
    }
}

pub(super) const HASH: Hash = Hash([7; 32]);

impl PhotoChecks for Eyes {
    fn policy(&self) -> Policy {
        self.policy
    }
    fn look(&self, purpose: Purpose, file_id: String) -> PortFuture<'_, Result<Looked, Unseen>> {
        Box::pin(async move {
            self.looks.fetch_add(1, Ordering::SeqCst);
            drop(self.door.acquire().await);
            self.purposes.lock().unwrap().push(purpose);
            let verdict =
                self.says.lock().unwrap().get(&file_id).copied().unwrap_or(Ok(Verdict::APPROVED))?;
            let seen = Seen { verdict, hash: Some(HASH) };
            Ok(Looked { seen, alike: false, faces: Vec::new(), times: Times::default() })
        })
    }
    fn recall(&self, unique_id: String) -> PortFuture<'_, Result<Option<Seen>, StoreError>> {
        Box::pin(async move { Ok(self.kept.lock().unwrap().get(&unique_id).copied()) })
    }
    fn keep(&self, unique_id: String, seen: Seen) -> PortFuture<'_, Result<(), StoreError>> {
        self.kept.lock().unwrap().insert(unique_id, seen);
        Box::pin(async { Ok(()) })
    }
    fn sent(&self, _: UserId, pair: PairId, _: Hash) -> PortFuture<'_, Result<u32, StoreError>> {
        let mut chats = self.chats.lock().unwrap();
        chats.insert(pair);
        let chats = chats.len() as u32;
        Box::pin(async move { Ok(chats) })
    }
    fn spam_after(&self) -> u32 {
        self.spam_after
    }
    fn hold(
        &self,
        sender: UserId,
        (unique_id, _): (String, String),
        _: Seen,
    ) -> PortFuture<'_, Result<(), StoreError>> {
        self.held.lock().unwrap().push((sender, unique_id));
        Box::pin(async { Ok(()) })
    }
    fn keep_reported(&self) -> PortFuture<'_, Result<usize, StoreError>> {
        Box::pin(async { Ok(0) })
    }
    fn allowed(&self) -> PortFuture<'_, Result<Vec<Hash>, StoreError>> {
        Box::pin(async { Ok(Vec::new()) })
    }
    fn both_agree(&self, sender: UserId, partner: UserId) -> PortFuture<'_, Result<bool, StoreError>> {
        assert_ne!(sender, partner);
        let agree = self.agree.load(Ordering::SeqCst);
        Box::pin(async move { Ok(agree) })
    }
    fn learn(&self) -> PortFuture<'_, Result<(), StoreError>> {
        Box::pin(async { Ok(()) })
    }
    fn banned(&self) -> PortFuture<'_, Result<Vec<Hash>, StoreError>> {
        let banned = self.banned.lock().unwrap().clone();
        Box::pin(async move { Ok(banned) })
    }
    fn health(&self) -> PhotoHealth {
        PhotoHealth::default()
    }
    fn crash_worker(&self) -> bool {
        false
    }
}

pub(super) async fn tree(eyes: Eyes) -> (Tree, Arc<Eyes>, PairId) {
    let eyes = Arc::new(eyes);
    let tree = Tree::grow_capable(Capabilities { faceguard: eyes.clone(), ..Capabilities::absent() }).await;
    let pair = tree.chat(1, 2);
    (tree, eyes, pair)
}

/// What a chat was shown of photos, in order: each as it left, uncovered, or taken away.
pub(super) fn photos(tree: &Tree, chat: i64) -> Vec<&'static str> {
    let calls = tree.telegram.calls.lock().unwrap();
    let of = |call: &Call| match call {
        Call::Send { payload: Payload::Media(media), .. } if media.spoiler => Some("covered"),
        Call::Send { payload: Payload::Media(_), .. } => Some("open"),
        Call::Edit { payload: Payload::Media(media), .. } if !media.spoiler => Some("uncovered"),
        Call::Edit { .. } => Some("changed"),
        Call::Delete { .. } => Some("removed"),
        _ => None,
    };
    calls.iter().filter(|out| out.chat.0 == chat).filter_map(|out| of(&out.call)).collect()
}

pub(super) async fn shows(tree: &Tree, chat: i64, wanted: &[&str]) {
    tree.until(&format!("{chat} is shown {wanted:?}"), || photos(tree, chat).len() >= wanted.len()).await;
    assert_eq!(photos(tree, chat), wanted);
}

/// Sends a photo of its own album, which leaves alone; its number.
pub(super) async fn photo(tree: &Tree) -> i32 {
    let number = tree.say(1, "album:alone").await - NEWER;
    tree.until("it is handed over", || tree.env().meters.outbox_in_flight.get() == 0).await;
    number
}

/// Number of the next photo.
pub(super) fn next(tree: &Tree) -> i32 {
    tree.done() as i32 + 1
}

#[actix::test]
async fn what_is_fine_loses_its_spoiler_and_leaves_in_the_open_from_then_on() {
    let (tree, eyes, _) = tree(Eyes::new(Policy::Spoiler)).await;
    photo(&tree).await;
    shows(&tree, 2, &["covered", "uncovered"]).await;
    tree.all_done().await;
    let seen = eyes.kept.lock().unwrap().values().copied().next();
    assert_eq!(seen.map(|seen| seen.verdict), Some(Verdict::APPROVED));
    assert_eq!(tree.env().meters.photos_approved.get(), 1);
}

/// Guard: `Relay::screened`.
#[actix::test]
async fn a_remembered_photo_leaves_in_the_open() {
    let (tree, eyes, _) = tree(Eyes::new(Policy::Spoiler)).await;
    let seen = Seen { verdict: Verdict::APPROVED, hash: None };
    crate::faceguard::memory(tree.env()).note("unique1", seen);
    photo(&tree).await;
    shows(&tree, 2, &["open"]).await;
    tree.all_done().await;
    assert_eq!((eyes.looks(), tree.env().meters.photos_remembered.get()), (0, 1));
}

#[actix::test]
async fn what_the_store_remembers_is_not_looked_at_again() {
    let (tree, eyes, _) = tree(Eyes::new(Policy::Spoiler)).await;
    eyes.kept.lock().unwrap().insert("unique1".into(), Seen { verdict: Verdict::APPROVED, hash: None });
    photo(&tree).await;
    shows(&tree, 2, &["covered", "uncovered"]).await;
    assert_eq!((eyes.looks(), tree.env().meters.photos_recalled.get()), (0, 1));
}

/// Guard: `Relay::looked_there`.
#[actix::test]
async fn what_is_refused_is_taken_away_and_its_sender_hears_why() {
    let (tree, eyes, _) = tree(Eyes::new(Policy::Spoiler)).await;
    eyes.say(1, Ok(Verdict::of([Reason::Nude])));
    photo(&tree).await;
    shows(&tree, 2, &["covered", "removed"]).await;
    tree.until("the sender hears", || tree.got(1).contains(&"photo-refused-nude".to_owned())).await;
    tree.all_done().await;
    // The same again does not leave.
    crate::faceguard::memory(tree.env())
        .note("unique2", Seen { verdict: Verdict::of([Reason::Nude]), hash: None });
    assert_eq!(next(&tree), 2);
    tree.pass_ms(60_000);
    tree.say(1, "album:alone").await;
    let heard = || tree.got(1).iter().filter(|line| *line == "photo-refused-nude").count() == 2;
    tree.until("the sender hears again", heard).await;
    tree.all_done().await;
    assert_eq!(photos(&tree, 2), ["covered", "removed"]);
}

/// Doubt, failure, nobody to look: nothing of it approves (I12).
#[actix::test]
async fn what_could_not_be_found_out_stays_covered() {
    let (tree, eyes, _) = tree(Eyes::new(Policy::Spoiler)).await;
    let answers = [
        Ok(Verdict::of([Reason::PerhapsNude])),
        Ok(Verdict::of([Reason::Failed])),
        Err(Unseen::Crashed),
        Err(Unseen::Late),
        Err(Unseen::Full),
        Err(Unseen::NoFile),
        Err(Unseen::NoWorker),
    ];
    for (number, answer) in (1..).zip(answers) {
        eyes.say(number, answer);
        assert_eq!(photo(&tree).await, number);
        tree.until("it is counted", || {
            let meters = &tree.env().meters;
            meters.photos_unchecked.get() + meters.photos_suspicious.get() == number as u64
        })
        .await;
    }
    tree.all_done().await;
    assert_eq!(photos(&tree, 2), ["covered"; 7]);
    let kept: Vec<Verdict> = eyes.kept.lock().unwrap().values().map(|seen| seen.verdict).collect();
    assert_eq!(kept, [Verdict::of([Reason::PerhapsNude])], "what failed is tried again the next time");
    let held = eyes.held.lock().unwrap().clone();
    assert_eq!(held, [(UserId(1), "unique1".to_owned())], "an operator looks where there is doubt");
}

#[actix::test]
async fn a_chat_that_is_over_is_shown_nothing_more_but_what_is_refused_is_removed() {
    let (tree, eyes, _) = tree(Eyes::new(Policy::Spoiler)).await;
    eyes.say(2, Ok(Verdict::of([Reason::Nude])));
    let door = eyes.door.acquire_many(1_000).await.unwrap();
    photo(&tree).await;
    shows(&tree, 2, &["covered"]).await;
    photo(&tree).await;
    shows(&tree, 2, &["covered", "covered"]).await;
    tree.until("both are looked at", || eyes.looks() == 2).await;
    tree.say(1, "/stop").await;
    tree.until("the chat is over", || tree.env().meters.pairs_ended.get() == 1).await;
    drop(door);
    shows(&tree, 2, &["covered", "covered", "removed"]).await;
    tree.until("both are counted", || tree.env().meters.photos_approved.get() == 1).await;
    tree.all_done().await;
    assert_eq!(photos(&tree, 2), ["covered", "covered", "removed"]);
}

/// Guard: the origin of the edit in `Relay::looked_there` (I4).
#[actix::test]
async fn an_uncovering_edit_that_waits_is_taken_back_with_its_chat() {
    let (tree, eyes, _) = tree(Eyes::new(Policy::Spoiler)).await;
    let closed = eyes.door.acquire_many(1_000).await.unwrap();
    photo(&tree).await;
    shows(&tree, 2, &["covered"]).await;
    let door = tree.telegram.door.acquire_many(1_000).await.unwrap();
    tree.say(1, "in the air").await;
    tree.until("it is in the air", || tree.tries() == 3).await;
    drop(closed);
    tree.until("the edit waits behind it", || tree.env().meters.outbox_depth.get() == 1).await;
    tree.say(2, "/stop").await;
    tree.until("the chat is over", || tree.env().meters.pairs_ended.get() == 1).await;
    drop(door);
    tree.until("all is said", || tree.got(2).contains(&"ended-by-you".to_owned())).await;
    tree.all_done().await;
    assert_eq!(photos(&tree, 2), ["covered"]);
}

#[actix::test]
async fn more_than_may_be_looked_at_are_turned_away_at_once() {
    let (tree, eyes, pair) = tree(Eyes::new(Policy::Spoiler)).await;
    let door = eyes.door.acquire_many(1_000).await.unwrap();
    let told = Arc::new(AtomicU32::new(0));
    let most = tree.env().limits.photos as u32;
    for number in 0..most + 3 {
        let told = told.clone();
        let reply = crate::faceguard::Reply::new(move |verdict| {
            assert_eq!(verdict, Verdict::NO_WORKER);
            told.fetch_add(1, Ordering::SeqCst);
        });
        let photo = crate::faceguard::Photo {
            sender: UserId(1),
            partner: UserId(2),
            pair,
            unique_id: format!("u{number}"),
            file_id: format!("f{number}"),
        };
        tell!(tree.env().directory.one::<FaceGuard>(), crate::faceguard::Check { photo, reply });
    }
    tree.until("three are turned away", || told.load(Ordering::SeqCst) == 3).await;
    assert_eq!(tree.env().meters.photos_turned_away.get(), 3);
    // Nobody waits longer than they have to: those under way are late in the end.
    tree.until("the others are late", || told.load(Ordering::SeqCst) == most + 3).await;
    drop(door);
}

/// What its mailbox held is answered by its death.
#[actix::test]
async fn a_faceguard_that_dies_leaves_nobody_waiting() {
    let (tree, _, pair) = tree(Eyes::new(Policy::Gate)).await;
    let told = Arc::new(AtomicU32::new(0));
    let guard = tree.env().directory.one::<FaceGuard>();
    tell!(guard, Die);
    let reply = {
        let told = told.clone();
        crate::faceguard::Reply::new(move |_| _ = told.fetch_add(1, Ordering::SeqCst))
    };
    let photo = crate::faceguard::Photo {
        sender: UserId(1),
        partner: UserId(2),
        pair,
        unique_id: "u".into(),
        file_id: "f".into(),
    };
    tell!(guard, crate::faceguard::Check { photo, reply });
    tree.until("it is answered", || told.load(Ordering::SeqCst) == 1).await;
}

#[actix::test]
async fn the_same_picture_to_many_is_spam() {
    let (tree, _, pair) = tree(Eyes { spam_after: 2, ..Eyes::new(Policy::Spoiler) }).await;
    let guard = tree.env().directory.one::<FaceGuard>();
    let verdicts = Arc::new(Mutex::new(Vec::new()));
    for chat in 0..3 {
        let said = verdicts.clone();
        let reply = crate::faceguard::Reply::new(move |verdict| said.lock().unwrap().push(verdict));
        let photo = crate::faceguard::Photo {
            sender: UserId(1),
            partner: UserId(2),
            pair: PairId(pair.0 + chat),
            unique_id: "same".into(),
            file_id: "same".into(),
        };
        tell!(guard, crate::faceguard::Check { photo, reply });
        tree.until("a verdict", || verdicts.lock().unwrap().len() == chat as usize + 1).await;
    }
    let verdicts = verdicts.lock().unwrap().clone();
    assert_eq!(verdicts, [Verdict::APPROVED, Verdict::APPROVED, Verdict::of([Reason::Spam])]);
    assert_eq!(crate::faceguard::memory(tree.env()).verdict("same"), Some(Verdict::APPROVED), "of itself");
}

#[actix::test]
async fn a_banned_picture_is_taken_away_from_the_next_look_on() {
    let eyes = Eyes::new(Policy::Spoiler);
    eyes.banned.lock().unwrap().push(HASH);
    let (tree, _, _) = tree(eyes).await;
    photo(&tree).await;
    shows(&tree, 2, &["covered", "removed"]).await;
    tree.until("the sender hears", || tree.got(1).contains(&"photo-refused-banned".to_owned())).await;
}

/// An edit that comes while the photo is looked at is not undone by taking the spoiler off.
#[actix::test]
async fn a_caption_that_changes_meanwhile_stays_changed() {
    let (tree, eyes, pair) = tree(Eyes::new(Policy::Spoiler)).await;
    let door = eyes.door.acquire_many(1_000).await.unwrap();
    let number = photo(&tree).await;
    shows(&tree, 2, &["covered"]).await;
    let payload = {
        let calls = tree.telegram.calls.lock().unwrap();
        let sent = calls.iter().find_map(|out| match &out.call {
            Call::Send { payload: Payload::Media(media), .. } => Some(media.clone()),
            _ => None,
        });
        let mut media = sent.expect("it was sent");
        media.caption.text = "after".into();
        Payload::Media(media)
    };
    let op = RelayOp::Edit { source: MessageId(NEWER + number), payload };
    let tickets = smallvec::smallvec![tree.ticket(1)];
    tell!(tree.env().directory.of::<Relay>(pair.0), super::Pass { pair, by: UserId(1), op, tickets });
    shows(&tree, 2, &["covered", "changed"]).await;
    drop(door);
    // Edits of one message keep a distance.
    tree.until("the edit waits", || tree.env().meters.outbox_depth.get() == 1).await;
    tree.pass_ms(60_000);
    shows(&tree, 2, &["covered", "changed", "uncovered"]).await;
    let calls = tree.telegram.calls.lock().unwrap();
    let last = calls.iter().rev().find_map(|out| match &out.call {
        Call::Edit { payload: Payload::Media(media), .. } => {
            Some((media.caption.text.clone(), media.spoiler))
        }
        _ => None,
    });
    assert_eq!(last, Some(("after".to_owned(), false)));
    assert!(!tree.store.batches.lock().unwrap().iter().flatten().any(|w| matches!(w, Write::Owed { .. })));
}
