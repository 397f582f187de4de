//! Chats in which both sides write without end, and what must have come of it.

use crate::support::people::{PATIENCE, chatting, onboard, pair, person};
use nameless_domain::random::Random;
use nameless_simulator::{ChatMessage, SimUser, World};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// One direction of a chat: `from` writes `key-1`, `key-2`, ...
pub struct Way {
    from: SimUser,
    to: SimUser,
    key: String,
    /// Ids of the sent texts in the chat of `from`.
    sent: Vec<i32>,
    /// Texts that were edited afterwards, by number.
    edited: Vec<usize>,
    /// Texts that answer one of the other side: number, and that text's id in the other side's
    /// chat.
    replies: Vec<(usize, i32)>,
}

/// The number of a text of `key`.
fn number(message: &ChatMessage, key: &str) -> Option<usize> {
    let text = message.text().filter(|_| message.from_bot)?;
    text.strip_prefix(key)?.strip_prefix('-')?.split(' ').next()?.parse().ok()
}

/// Pairs people who write to each other; nobody else may be searching meanwhile.
pub async fn pairs(world: &Arc<World>, n: usize) -> Vec<Way> {
    let people: Vec<SimUser> = (0..2 * n).map(|i| person(world, &format!("writer{i}"))).collect();
    futures_util::future::join_all(people.iter().map(|user| onboard(user, 0))).await;
    let mut ways = Vec::new();
    for (i, two) in people.chunks_exact(2).enumerate() {
        pair(&two[0], &two[1]).await;
        for (side, from) in two.iter().enumerate() {
            let (to, key) = (two[1 - side].clone(), format!("w{i}{}", ["a", "b"][side]));
            let (sent, edited, replies) = (Vec::new(), Vec::new(), Vec::new());
            ways.push(Way { from: from.clone(), to, key, sent, edited, replies });
        }
    }
    ways
}

/// Two in a chat, outside of the traffic.
pub async fn two(world: &Arc<World>, name: &str) -> (SimUser, SimUser) {
    chatting(world, &format!("{name}a"), &format!("{name}b")).await
}

/// A thread that writes, answers and edits, some hundred times a second in all chats together.
pub struct Traffic {
    stop: Arc<AtomicBool>,
    #[allow(dead_code, reason = "for `stop_after`")]
    texts: Arc<AtomicUsize>,
    thread: JoinHandle<Vec<Way>>,
}

impl Traffic {
    /// Starts writing, with `pause` between two texts.
    pub fn start(mut ways: Vec<Way>, pause: Duration, mut random: Random) -> Traffic {
        let (stop, texts) = <(Arc<AtomicBool>, Arc<AtomicUsize>)>::default();
        let (stopped, counted) = (stop.clone(), texts.clone());
        let thread = std::thread::spawn(move || {
            while !stopped.load(Ordering::Acquire) {
                let i = random.below(ways.len() as u64) as usize;
                let other = ways[i ^ 1].key.clone();
                let partner_sent = ways[i ^ 1].sent.clone();
                let before = ways[i].sent.len();
                ways[i].act(&mut random, &other, &partner_sent);
                counted.fetch_add(ways[i].sent.len() - before, Ordering::Relaxed);
                std::thread::sleep(pause);
            }
            ways
        });
        Traffic { stop, texts, thread }
    }

    /// Waits until so many more texts were written: on a busy machine that takes longer, and is as
    /// much.
    #[allow(dead_code, reason = "of use with several nodes only")]
    pub async fn writes(&self, more: usize) {
        let enough = self.texts.load(Ordering::Relaxed) + more;
        while self.texts.load(Ordering::Relaxed) < enough && !self.thread.is_finished() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Stops writing as soon as so many texts were written.
    #[allow(dead_code, reason = "of use with several nodes only")]
    pub fn stop_after(self, texts: usize) -> Vec<Way> {
        while self.texts.load(Ordering::Relaxed) < texts && !self.thread.is_finished() {
            std::thread::sleep(Duration::from_millis(10));
        }
        self.stop()
    }

    /// Stops writing.
    pub fn stop(self) -> Vec<Way> {
        self.stop.store(true, Ordering::Release);
        self.thread.join().expect("the traffic goes on")
    }
}

impl Way {
    fn act(&mut self, random: &mut Random, other: &str, partner_sent: &[i32]) {
        let next = self.sent.len() + 1;
        let text = format!("{}-{next}", self.key);
        match random.below(12) {
            0 if next > 1 => {
                let n = next - 1;
                self.from.edit_text(self.sent[n - 1], &format!("{}-{n} v2", self.key));
                self.edited.push(n);
            }
            1 => {
                let heard = self.from.chat().into_iter().rev().find_map(|m| Some((number(&m, other)?, m)));
                let Some((n, heard)) = heard else { return };
                self.sent.push(self.from.reply(heard.message_id, &text));
                self.replies.push((next, partner_sent[n - 1]));
            }
            _ => self.sent.push(self.from.send_text(&text)),
        }
    }

    /// Waits until everything has arrived, then checks order, answers, edits. The number of
    /// doubles.
    async fn check(&self, kills: usize) -> usize {
        let arrived = |chat: &[ChatMessage]| {
            let mut arrived: BTreeMap<usize, Vec<ChatMessage>> = BTreeMap::new();
            for message in chat {
                if let Some(n) = number(message, &self.key) {
                    arrived.entry(n).or_default().push(message.clone());
                }
            }
            arrived
        };
        let edited =
            |copies: &[ChatMessage]| copies.iter().any(|m| m.text().is_some_and(|t| t.ends_with(" v2")));
        let complete = |chat: &[ChatMessage]| {
            let arrived = arrived(chat);
            arrived.len() == self.sent.len() && self.edited.iter().all(|n| edited(&arrived[n]))
        };
        // Patience begins anew with whatever arrives: a slow machine has much to catch up on.
        let mut there = 0;
        let chat = loop {
            let error = match self.to.wait_chat(PATIENCE, |chat| complete(chat)).await {
                Ok(chat) => break chat,
                Err(error) => error,
            };
            let now = self.to.chat().iter().filter(|m| number(m, &self.key).is_some()).count();
            if now == std::mem::replace(&mut there, now) {
                let arrived = arrived(&self.to.chat());
                let missing: Vec<_> = (1..=self.sent.len()).filter(|n| !arrived.contains_key(n)).collect();
                let stale: Vec<_> =
                    self.edited.iter().filter(|n| arrived.get(n).is_some_and(|c| !edited(c))).collect();
                panic!(
                    "{}: of {} lost {missing:?}, not edited {stale:?}: {error}",
                    self.key,
                    self.sent.len()
                );
            }
        };
        let arrived = arrived(&chat);
        let firsts: Vec<i32> = arrived.values().map(|copies| copies[0].message_id).collect();
        assert!(firsts.is_sorted(), "{}: first arrivals out of order: {firsts:?}", self.key);
        for (n, answered) in &self.replies {
            let copies = &arrived[n];
            // Where the answered text was doubled, the copy that was answered may be the forgotten
            // one.
            let fits = |m: &ChatMessage| m.reply_to() == Some(*answered) || m.reply_to().is_none();
            assert!(copies.iter().all(fits), "{}-{n} answers {answered}: {:?}", self.key, copies[0]);
        }
        // One more for each kill at which it was under way: two in a row at the most.
        for (n, copies) in &arrived {
            assert!(copies.len() <= 1 + kills.min(2), "{}-{n} arrived {} times", self.key, copies.len());
        }
        arrived.values().map(|copies| copies.len() - 1).sum()
    }

    /// Texts that were answered and that the answers do not point to.
    fn untargeted(&self) -> usize {
        let chat = self.to.chat();
        let lost =
            |n: &usize| chat.iter().any(|m| number(m, &self.key) == Some(*n) && m.reply_to().is_none());
        let targets: BTreeSet<i32> = self.replies.iter().filter(|(n, _)| lost(n)).map(|(_, t)| *t).collect();
        targets.len()
    }
}

/// What a run came to.
#[allow(dead_code, reason = "fields that are only printed")]
#[derive(Debug)]
pub struct Figures {
    /// Texts sent and arrived.
    pub texts: usize,
    /// Arrivals beyond the first of a text.
    pub doubles: usize,
    /// Edits made and seen.
    pub edits: usize,
    /// Answers threaded.
    pub replies: usize,
    /// Texts whose answers arrived without pointing to them.
    pub untargeted: usize,
}

/// Waits for everything and checks it.
pub async fn check(ways: &[Way], kills: usize) -> Figures {
    let figures = check_arrivals(ways, kills).await;
    assert!(figures.untargeted <= figures.doubles, "answers lost their target without a reason: {figures:?}");
    figures
}

/// The same where nodes were killed and others went on. The partner's node learns the ids of what
/// arrived from the sender's node; where that was killed before it could tell, answers go without
/// their target until its users live elsewhere. That is one text at most for each kill and
/// direction.
#[allow(dead_code, reason = "of use with several nodes only")]
pub async fn check_nodes(ways: &[Way], kills: usize) -> Figures {
    let figures = check_arrivals(ways, kills).await;
    // What left and was in no committed batch of marks comes twice. A batch that takes longer than
    // 100 ms is noted in Redis as well, so at some 200 texts a second that is twenty or so.
    assert!(figures.doubles <= 20 * kills, "more doubles than sends under way at the kills: {figures:?}");
    let most = figures.doubles + ways.len() * kills;
    assert!(figures.untargeted <= most, "answers lost their target without a reason: {figures:?}");
    figures
}

/// The same where a node was cut off from everything and went on until its lease was past: it could
/// tell nobody what it had sent, so all of that may come a second time from whoever has its users
/// then.
#[allow(dead_code, reason = "of use with several nodes only")]
pub async fn check_cut_off(ways: &[Way]) -> Figures {
    arrivals(ways, 1).await
}

async fn check_arrivals(ways: &[Way], kills: usize) -> Figures {
    let figures = arrivals(ways, kills).await;
    let most = ways.len() / 2 * 2 * kills;
    assert!(figures.doubles <= most, "more doubles than sends under way at the kills: {figures:?}");
    figures
}

async fn arrivals(ways: &[Way], kills: usize) -> Figures {
    let mut doubles = 0;
    for way in ways {
        doubles += way.check(kills).await;
    }
    Figures {
        texts: ways.iter().map(|w| w.sent.len()).sum(),
        doubles,
        edits: ways.iter().map(|w| w.edited.len()).sum(),
        replies: ways.iter().map(|w| w.replies.len()).sum(),
        untargeted: ways.iter().map(Way::untargeted).sum(),
    }
}

/// The message map reaches back to before the first kill: an answer to the first text finds it.
pub async fn check_first(ways: &[Way]) {
    for (i, way) in ways.iter().enumerate().step_by(7) {
        let other = &ways[i ^ 1];
        let first =
            way.to.chat().into_iter().find(|m| number(m, &way.key) == Some(1)).expect("the first text");
        let text = format!("{} looks back", other.key);
        other.from.reply(first.message_id, &text);
        let seen = way.from.wait_for(PATIENCE, |m| m.from_bot && m.text() == Some(&text)).await;
        assert_eq!(seen.expect("an answer").reply_to(), Some(way.sent[0]), "{}", way.key);
    }
}
