mod board;
mod second;
mod telling;

use super::{GroupAct, InGroup};
use crate::capabilities::{
    AdminStore, Answer, AuditLine, Capabilities, Carried, Changes, Deleted, Denied, Order, Page, StandingNow,
    Stats, Watched,
};
use crate::ports::{PortFuture, StoreError};
use crate::testing::peers::Neighbour;
use crate::testing::{STAFF_CHAT, Tree};
use nameless_domain::capabilities::admin::{
    Act, Actor, Ban, BanKind, Event, Flaw, Line, LineKind, Permission, Refusal, Role, Source, Suspicion, Term,
};
use nameless_domain::capabilities::news::Texts;
use nameless_domain::ids::{ChatId, MessageId, Seq, UserId};
use nameless_domain::outgoing::{Call, InlineKeyboard};
use nameless_domain::session::account::Phase;
use nameless_domain::text::{Action, Lang};
use nameless_domain::time::Millis;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// What reached the store.
#[derive(Default)]
struct Book {
    carried: Mutex<Vec<Order>>,
    refused: Mutex<Vec<Order>>,
    told: Mutex<Vec<UserId>>,
    mute: AtomicBool,
    changed: Mutex<Vec<(UserId, Option<Ban>)>>,
    /// Lines of the audit log.
    lines: Mutex<usize>,
    heard: Mutex<Vec<i64>>,
    /// The announcement that is up.
    up: Mutex<Option<Texts>>,
    /// What the watch brings, once.
    watched: Mutex<Watched>,
}

fn a_ban(kind: BanKind, reason: &str) -> Ban {
    Ban { kind, since: Millis(1), until: Millis::NEVER, reason: reason.into() }
}

impl crate::capabilities::Sessions for Book {}

impl AdminStore for Book {
    fn told(&self, user: UserId, _: Millis) -> PortFuture<'_, Result<(), StoreError>> {
        self.told.lock().unwrap().push(user);
        Box::pin(async { Ok(()) })
    }
    fn appeal(&self, _: UserId, _: Seq, _: String) -> PortFuture<'_, Result<Event, StoreError>> {
        Box::pin(async { Ok(Event::Appealed) })
    }
    fn carry_out(&self, order: Order) -> PortFuture<'_, Result<Carried, Denied>> {
        Box::pin(async move {
            if self.mute.load(Ordering::SeqCst) {
                return std::future::pending().await;
            }
            let (answer, standing) = match &order.act {
                Act::Ban { user, kind, reason, .. } => {
                    let ban = Some(a_ban(*kind, reason));
                    (Answer::Standing(StandingNow { user: *user, ban: ban.clone() }), Some((*user, ban)))
                }
                Act::Stats => (Answer::Stats(Stats::default()), None),
                Act::Hide { user, .. } => {
                    let ban = Some(a_ban(BanKind::Shadow, "reports"));
                    (Answer::Standing(StandingNow { user: *user, ban: ban.clone() }), Some((*user, ban)))
                }
                Act::Delete { user, .. } => {
                    let remove = vec![(ChatId(2), (1..=250).map(MessageId).collect())];
                    let answer = Answer::Deleted(Deleted { user: *user, messages: 250, chats: 1 });
                    self.carried.lock().unwrap().push(order);
                    return Ok(Carried { remove, ..Carried::quietly(answer) });
                }
                Act::Audit { .. } => {
                    let line = AuditLine {
                        seq: 1,
                        at: Millis(1),
                        who: "x".into(),
                        role: "owner".into(),
                        what: "ban".into(),
                        whom: None,
                        detail: String::new(),
                        reason: String::new(),
                        source: "chat".into(),
                        outcome: "done".into(),
                    };
                    let items = vec![line; *self.lines.lock().unwrap()];
                    (Answer::Audit(Page { items, next: None }), None)
                }
                Act::Desk(deed) => (board::notice(self, deed), None),
                Act::Report { .. } => (second::report(), None),
                Act::Erase { .. } => (second::waits(), None),
                _ => (Answer::Missing, None),
            };
            self.carried.lock().unwrap().push(order);
            Ok(Carried { standing, ..Carried::quietly(answer) })
        })
    }
    fn note_refusal(&self, order: Order) -> PortFuture<'_, Result<(), StoreError>> {
        self.refused.lock().unwrap().push(order);
        Box::pin(async { Ok(()) })
    }
    fn changes(&self, since: Option<i64>) -> PortFuture<'_, Result<Changes, StoreError>> {
        let of = if since.is_none() { self.changed.lock().unwrap().clone() } else { Vec::new() };
        Box::pin(async { Ok(Changes { version: 7, of }) })
    }
    fn whose(&self, _: String) -> PortFuture<'_, Result<Option<Actor>, StoreError>> {
        Box::pin(async { Ok(None) })
    }
    fn settings(&self) -> String {
        "BOT_TOKEN hidden".into()
    }
    fn heard(&self, _: UserId, line: i64) -> PortFuture<'_, Result<(), StoreError>> {
        self.heard.lock().unwrap().push(line);
        Box::pin(async { Ok(()) })
    }
    fn announced(&self) -> PortFuture<'_, Result<Option<Texts>, StoreError>> {
        let up = self.up.lock().unwrap().clone();
        Box::pin(async { Ok(up) })
    }
    fn is_watched(&self) -> bool {
        true
    }
    fn watch(&self) -> PortFuture<'_, Result<Watched, StoreError>> {
        let watched = std::mem::take(&mut *self.watched.lock().unwrap());
        Box::pin(async { Ok(watched) })
    }
}

async fn tree() -> (Tree, Arc<Book>) {
    let book = Arc::new(Book::default());
    let capabilities = Capabilities { admin: book.clone(), ..Capabilities::absent() };
    (Tree::grow_capable(capabilities).await, book)
}

fn order(role: Role, act: Act) -> Order {
    Order { actor: Actor { name: "token:x".into(), role }, act, source: Source::Http, key: None }
}

fn ban(user: i64, reason: &str) -> Act {
    Act::Ban { user: UserId(user), kind: BanKind::Ban, term: Term::Forever, reason: reason.into() }
}

fn in_group(tree: &Tree, chat: ChatId, from: i64, what: GroupAct) {
    let from = (from > 0).then_some(UserId(from));
    let message = InGroup { chat, from, lang: Lang::En, what };
    crate::tell!(tree.env().directory.one::<super::Admin>(), message);
}

fn said(tree: &Tree, from: i64, text: &str) {
    in_group(tree, STAFF_CHAT, from, GroupAct::Said(text.into()));
}

fn pressed(tree: &Tree, from: i64, data: &str) {
    let data = data.to_owned();
    let what = GroupAct::Pressed { callback_id: "c".into(), data, message: Some(MessageId(9)) };
    in_group(tree, STAFF_CHAT, from, what);
}

/// The keyboards under what was said in the alerts chat.
fn keyboards(tree: &Tree) -> Vec<InlineKeyboard> {
    let calls = tree.telegram.calls.lock().unwrap();
    let of = |call: &Call| match call {
        Call::Say { keyboard, .. } | Call::Rewrite { keyboard, .. } => Some(keyboard.clone()),
        _ => None,
    };
    calls.iter().filter(|out| out.chat == STAFF_CHAT).filter_map(|out| of(&out.call)).collect()
}

fn data(keyboard: &InlineKeyboard) -> Vec<String> {
    let keys = keyboard.iter().flatten();
    keys.filter_map(|key| match &key.action {
        Action::Data(data) => Some(data.clone()),
        _ => None,
    })
    .collect()
}

fn toasts(tree: &Tree) -> Vec<Option<String>> {
    let calls = tree.telegram.calls.lock().unwrap();
    let of = |call: &Call| match call {
        Call::AnswerCallback { text, .. } => Some(text.clone()),
        _ => None,
    };
    calls.iter().filter_map(|out| of(&out.call)).collect()
}

#[actix::test]
async fn a_ban_ends_the_chat_at_once_whoever_orders_it() {
    let (tree, book) = tree().await;
    tree.chat(1, 2);
    let answer = tree.engine.administer(order(Role::Moderator, ban(1, "sells things"))).await.unwrap();
    assert!(matches!(answer, Answer::Standing(_)), "{answer:?}");
    tree.gets(1, &["banned-for-good"]).await;
    tree.gets(2, &["ended-vanished"]).await;
    tree.say(1, "hello?").await;
    tree.say(2, "/search").await;
    tree.all_done().await;
    assert_eq!(tree.got(1).len(), 1, "told once");
    tree.until("it is noted that they were told", || *book.told.lock().unwrap() == [UserId(1)]).await;
}

#[actix::test]
async fn a_banned_person_who_was_away_meets_the_gate() {
    let (tree, _) = tree().await;
    tree.person(1, Phase::Idle);
    let standing = nameless_domain::capabilities::admin::Standing {
        ban: a_ban(BanKind::Ban, "x"),
        told: None,
        kept: true,
    };
    tree.store.standings.lock().unwrap().insert(UserId(1), standing);
    tree.say(1, "/search").await;
    tree.gets(1, &["banned-for-good"]).await;
    tree.all_done().await;
    assert_eq!(tree.env().meters.seekers.get(), 0);
}

#[actix::test]
async fn what_a_role_may_not_is_refused_and_written_down() {
    let (tree, book) = tree().await;
    let denied = tree.engine.administer(order(Role::Viewer, ban(1, "x"))).await;
    assert_eq!(denied, Err(Denied::Refused(Refusal::Forbidden(Permission::Moderate))));
    assert_eq!(book.refused.lock().unwrap().len(), 1);
    let denied = tree.engine.administer(order(Role::Owner, ban(1, " "))).await;
    assert_eq!(denied, Err(Denied::Refused(Refusal::Flawed(Flaw::Reason))));
    assert!(book.carried.lock().unwrap().is_empty());
    let Ok(Answer::Health(health)) = tree.engine.administer(order(Role::Viewer, Act::Health)).await else {
        panic!("no health")
    };
    assert_eq!(health.state, "ready");
    assert!(health.actors.iter().any(|actor| actor.name == "admin"));
    assert_eq!(tree.env().meters.admin_refused.get(), 2);
}

/// A full desk says so at once, and has room again.
#[actix::test]
async fn too_many_acts_are_refused() {
    let (tree, book) = tree().await;
    book.mute.store(true, Ordering::SeqCst);
    let many = (0..super::WAITING).map(|_| tree.engine.administer(order(Role::Owner, Act::Stats)));
    let mut waiting: Vec<_> = many.map(Box::pin).collect();
    for one in &mut waiting {
        assert!(futures_util::poll!(one).is_pending());
    }
    assert_eq!(tree.engine.administer(order(Role::Owner, Act::Stats)).await, Err(Denied::Busy));
}

#[actix::test]
async fn a_node_hears_of_bans_that_others_wrote() {
    let book = Arc::new(Book::default());
    let theirs = (UserId(1_001), Some(a_ban(BanKind::Ban, "x")));
    book.changed.lock().unwrap().extend([(UserId(1), Some(a_ban(BanKind::Ban, "x"))), theirs]);
    let capabilities = Capabilities { admin: book.clone(), ..Capabilities::absent() };
    let there = Arc::new(Neighbour::default());
    let tree = Tree::grow_capable_beside(there.clone(), capabilities).await;
    tree.gets(1, &["banned-for-good"]).await;
    assert!(there.told(1_001).is_empty(), "each node tells its own");
    // What is ordered here of somebody who lives there goes there at once.
    tree.engine.administer(order(Role::Owner, ban(1_001, "x"))).await.unwrap();
    assert_eq!(there.told(1_001).len(), 1);
}

#[actix::test]
async fn strangers_are_met_with_silence() {
    let (tree, book) = tree().await;
    said(&tree, 333, "stats");
    said(&tree, -1, "stats");
    in_group(&tree, ChatId(-2), 111, GroupAct::Said("stats".into()));
    said(&tree, 111, "good morning");
    said(&tree, 222, "stats");
    tree.gets(STAFF_CHAT.0, &["admin-stats"]).await;
    assert_eq!(tree.env().meters.admin_strangers.get(), 2);
    assert_eq!(book.carried.lock().unwrap().len(), 1);
}

#[actix::test]
async fn what_is_destructive_takes_a_second_tap() {
    let (tree, book) = tree().await;
    tree.person(1, Phase::Idle);
    said(&tree, 111, "ban 1 forever sells things");
    tree.gets(STAFF_CHAT.0, &["admin-confirm-ban-forever\nadmin-reason\nadmin-consequences-ban"]).await;
    let buttons = data(&keyboards(&tree)[0]);
    assert_eq!(buttons.len(), 2);
    // Another's press, and one that was made up.
    pressed(&tree, 222, &buttons[0]);
    pressed(&tree, 333, &buttons[0]);
    pressed(&tree, 111, "adm:y:12345");
    pressed(&tree, 111, "adm");
    tree.until("they are answered", || toasts(&tree).len() == 3).await;
    let words = ["admin-not-yours", "admin-stale", "admin-stale"].map(|w| Some(w.to_owned()));
    assert_eq!(toasts(&tree), words, "and strangers are not");
    assert!(book.carried.lock().unwrap().is_empty());
    pressed(&tree, 111, &buttons[0]);
    tree.gets(1, &["banned-for-good"]).await;
    // Twice is once.
    pressed(&tree, 111, &buttons[0]);
    tree.until("it is answered", || toasts(&tree).len() == 5).await;
    assert_eq!(book.carried.lock().unwrap().len(), 1);

    // One that comes too late.
    said(&tree, 111, "ban 1 forever again");
    tree.until("it is asked", || keyboards(&tree).len() == 3).await;
    let buttons = data(&keyboards(&tree)[2]);
    tree.pass_ms(nameless_domain::capabilities::admin::confirm::GOOD_FOR_MS);
    pressed(&tree, 111, &buttons[0]);
    tree.until("it is answered", || toasts(&tree).len() == 6).await;
    assert_eq!(toasts(&tree)[5].as_deref(), Some("admin-stale"));
    assert_eq!(book.carried.lock().unwrap().len(), 1);
}

#[actix::test]
async fn a_role_that_may_not_hears_which_one_may() {
    let (tree, book) = tree().await;
    said(&tree, 222, "ban 1 forever because");
    tree.gets(STAFF_CHAT.0, &["admin-forbidden"]).await;
    assert_eq!(book.refused.lock().unwrap().len(), 1);
    said(&tree, 111, "ban 1 9999 because");
    tree.gets(STAFF_CHAT.0, &["admin-forbidden", "admin-flaw-days"]).await;
}

#[actix::test]
async fn a_flood_is_answered_with_one_line() {
    let (tree, book) = tree().await;
    for _ in 0..50 {
        said(&tree, 111, "stats");
    }
    tree.until("all are looked at", || tree.env().meters.admin_flood.get() == 40).await;
    tree.until("ten are answered", || book.carried.lock().unwrap().len() == 10).await;
    tree.until("and the line", || tree.got(STAFF_CHAT.0).len() == 11).await;
    // A group takes 20 messages a minute.
    tree.pass_ms(60_000);
    for _ in 0..50 {
        said(&tree, 111, "stats");
    }
    tree.until("ten more", || tree.env().meters.admin_flood.get() == 80).await;
}

#[actix::test]
async fn what_is_too_long_for_a_message_is_a_file() {
    let (tree, book) = tree().await;
    *book.lines.lock().unwrap() = 2_000;
    said(&tree, 111, "audit");
    let is_file = |call: &Call| matches!(call, Call::SendFile { bytes, .. } if bytes.len() > 4_096);
    tree.until("a file", || tree.telegram.calls.lock().unwrap().iter().any(|out| is_file(&out.call))).await;
}

/// What nobody asks for: whom the engine hides, and what was owed when a process died.
#[actix::test]
async fn the_watch_hides_and_says_what_is_owed() {
    let (tree, book) = tree().await;
    let line = Line { line: 7, kind: LineKind::Warning, reason: "no ads".into() };
    *book.watched.lock().unwrap() =
        Watched { hide: vec![(UserId(5), Suspicion::Reports)], owed: vec![(UserId(6), line)] };
    tree.until("somebody is hidden", || !book.carried.lock().unwrap().is_empty()).await;
    let carried = book.carried.lock().unwrap()[0].clone();
    assert_eq!((carried.actor.name.as_str(), carried.source), ("engine", Source::Engine));
    assert_eq!(carried.act, Act::Hide { user: UserId(5), why: Suspicion::Reports });
    tree.gets(6, &["warned"]).await;
    tree.until("it is noted", || *book.heard.lock().unwrap() == [7]).await;
}

/// Telegram deletes a hundred at a time.
#[actix::test]
async fn what_is_taken_back_goes_in_hundreds() {
    let (tree, _) = tree().await;
    said(&tree, 111, "delete 1 ads");
    tree.until("it is asked", || keyboards(&tree).len() == 1).await;
    pressed(&tree, 111, &data(&keyboards(&tree)[0])[0]);
    let sizes = |tree: &Tree| -> Vec<usize> {
        let calls = tree.telegram.calls.lock().unwrap();
        let deleted = calls.iter().filter(|out| out.chat == ChatId(2)).filter_map(|out| match &out.call {
            Call::Delete { messages } => Some(messages.len()),
            _ => None,
        });
        deleted.collect()
    };
    // At the pace of broadcasts.
    let deleted = || {
        tree.pass_ms(20);
        sizes(&tree) == [100, 100, 50]
    };
    tree.until("all of it is deleted", deleted).await;
}
