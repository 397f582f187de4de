//! Many people at once: written into the store as they would be after onboarding, in chats or on
//! their own.

use super::app::TestApp;
use nameless_actors::ports::{Opened, Proposal, Write};
use nameless_domain::ids::{PairId, Seq, UserId};
use nameless_domain::profile::{AgeBand, Gender};
use nameless_domain::session::account::{ADULT_TEXT_VERSION, Account, AdultConsent, Phase};
use nameless_domain::text::Lang;
use nameless_domain::time::Millis;
use nameless_simulator::{ChatMessage, NewUser, SimUser};
use std::time::{Duration, Instant};

/// Rows per call of the store.
const BATCH: usize = 500;

/// Two people in a chat with each other.
pub struct Chat {
    /// The pair.
    pub pair: PairId,
    /// Its members.
    pub members: [SimUser; 2],
}

/// The present moment, as the engine sees it.
fn now(app: &TestApp) -> Millis {
    app.engine.env().clock.now()
}

fn account(user: &SimUser, now: Millis, phase: Phase) -> Account {
    Account {
        adult: Some(AdultConsent { at: now, version: ADULT_TEXT_VERSION }),
        gender: Some(Gender::Other),
        age: Some(AgeBand::From18),
        confirm_end: false,
        phase,
        ..Account::new(UserId(user.id()), Lang::En, now)
    }
}

async fn write(app: &TestApp, accounts: Vec<Account>) {
    let store = &app.engine.env().store;
    for batch in accounts.chunks(BATCH) {
        let writes = batch.iter().map(|a| Write::Account(Box::new(a.clone()))).collect();
        store.write(writes).await.expect("accounts are written");
    }
}

/// People who have answered every question.
pub async fn people(app: &TestApp, n: usize) -> Vec<SimUser> {
    let user = |i: usize| {
        app.world.add_user(NewUser {
            first_name: format!("person{i}"),
            language_code: Some("en".into()),
            ..NewUser::default()
        })
    };
    let users: Vec<SimUser> = (0..n).map(user).collect();
    let now = now(app);
    write(app, users.iter().map(|u| account(u, now, Phase::Idle)).collect()).await;
    users
}

/// `n` chats that have been going on for a while.
pub async fn chats(app: &TestApp, n: usize) -> Vec<Chat> {
    let users = people(app, 2 * n).await;
    let (now, store) = (now(app), &app.engine.env().store);
    let mut chats = Vec::with_capacity(n);
    for members in users.chunks(2 * BATCH) {
        let proposals: Vec<Proposal> = members
            .chunks(2)
            .map(|m| Proposal { members: [UserId(m[0].id()), UserId(m[1].id())], at: now })
            .collect();
        let opened = store.open_pairs(proposals).await.expect("pairs are opened");
        for (members, opened) in members.chunks(2).zip(opened) {
            let Opened::Pair(pair) = opened else { panic!("nobody is in a pair yet") };
            chats.push(Chat { pair, members: [members[0].clone(), members[1].clone()] });
        }
    }
    let mut accounts = Vec::with_capacity(2 * n);
    for chat in &chats {
        for (me, other) in [(0, 1), (1, 0)] {
            let partner = UserId(chat.members[other].id());
            let phase = Phase::Chatting { pair: chat.pair, partner, since: now, after: Seq(0) };
            accounts.push(account(&chat.members[me], now, phase));
        }
    }
    write(app, accounts).await;
    chats
}

/// What the person with this number says as the `n`th thing. Nothing in it looks like a way to find
/// somebody.
pub fn line(chat: usize, side: usize, n: usize) -> String {
    format!("chat {chat} side {side} line {n}")
}

/// Each member of each chat says these lines, one line of everybody after the other.
pub fn say(chats: &[Chat], lines: std::ops::Range<usize>) {
    for n in lines {
        for (c, chat) in chats.iter().enumerate() {
            for (side, member) in chat.members.iter().enumerate() {
                member.send_text(&line(c, side, n));
            }
        }
    }
}

/// Texts that are lines of somebody, in the order in which they came.
pub fn heard(messages: &[ChatMessage]) -> Vec<String> {
    let line = |m: &ChatMessage| m.text().filter(|t| m.from_bot && t.starts_with("chat ")).map(str::to_owned);
    messages.iter().filter_map(line).collect()
}

/// Waits until each member has heard `lines` lines, then checks that they are those of the partner,
/// each once and in order.
pub async fn all_heard_in_order(chats: &[Chat], lines: usize, within: Duration) {
    let deadline = Instant::now() + within;
    for (c, chat) in chats.iter().enumerate() {
        for (side, member) in chat.members.iter().enumerate() {
            let left = deadline.saturating_duration_since(Instant::now());
            let all = member.wait_chat(left, |m| heard(m).len() >= lines).await;
            let all = all.unwrap_or_else(|e| panic!("chat {c} side {side} misses lines: {e}"));
            let expected: Vec<String> = (0..lines).map(|n| line(c, 1 - side, n)).collect();
            assert_eq!(heard(&all), expected, "chat {c} side {side}");
        }
    }
}

/// Waits for something that nobody announces: a counter, a level.
pub async fn until(what: &str, within: Duration, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + within;
    while !holds() {
        assert!(Instant::now() < deadline, "not within {within:?}: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Waits until nothing is under way: no ticket is held by anybody.
pub async fn all_done(app: &TestApp) {
    until("no update is under way", Duration::from_secs(60), || app.engine.in_flight().0 == 0).await;
}
