//! The operator's channel at the API: whoever wants to meet somebody here has joined it, as in the
//! chat, where the operator wishes so (`GATE_CHANNEL`).
//!
//! Telegram alone knows who has joined. A member is one for ten minutes without being looked up,
//! and goes on for a day while they are; where Telegram says nothing, people come in.

use super::problem::Problem;
use nameless_actors::capabilities::GatePort;
use nameless_actors::env::Env;
use nameless_actors::kernel::lock;
use nameless_domain::capabilities::gate::{GOOD_FOR_MS, GRACE_MS};
use nameless_domain::ids::UserId;
use nameless_domain::time::Millis;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// So long a "no" is taken for one, milliseconds: whoever has joined meanwhile waits no longer.
const NO_FOR_MS: i64 = 1_500;
/// So long nobody is asked again where Telegram said nothing, milliseconds: one whose answers do
/// not come costs a request its patience once in a while, and not each.
const SILENT_FOR_MS: i64 = 15_000;
/// People that are remembered, at most. Of a table that is full the half that was looked at longest
/// ago is forgotten.
const MOST: usize = 20_000;

/// What is known of somebody.
#[derive(Clone, Copy, Debug, Default)]
struct Known {
    /// When Telegram last said that they had joined.
    member: Option<Millis>,
    /// When it last said something else, and whether that was nothing.
    other: Option<(Millis, bool)>,
}

/// What follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    In,
    /// They come in while they are looked up.
    InMeanwhile,
    Ask,
    Out,
}

impl Known {
    fn step(self, now: Millis) -> Step {
        let lately = self
            .other
            .filter(|(at, is_silence)| now.since(*at) < if *is_silence { SILENT_FOR_MS } else { NO_FOR_MS });
        let age = self.member.map(|at| now.since(at));
        match (age, lately) {
            (Some(age), _) if age < GOOD_FOR_MS => Step::In,
            (Some(age), None) if age < GRACE_MS => Step::InMeanwhile,
            (Some(age), Some(_)) if age < GRACE_MS => Step::In,
            (_, Some((_, is_silence))) if is_silence => Step::In,
            (_, Some(_)) => Step::Out,
            (_, None) => Step::Ask,
        }
    }

    fn hear(&mut self, member: Option<bool>, now: Millis) {
        match member {
            Some(true) => *self = Known { member: Some(now), other: None },
            Some(false) => *self = Known { member: None, other: Some((now, false)) },
            None => self.other = Some((now, true)),
        }
    }
}

/// Somebody, and whoever asks about them at the moment.
#[derive(Default)]
struct Entry {
    known: Known,
    /// When they were looked at last.
    looked: Millis,
    turn: Arc<tokio::sync::Mutex<()>>,
}

/// Who has joined, as far as it is known here.
pub(super) struct Channel {
    /// Where it is joined; none: nobody has to.
    link: Option<&'static str>,
    port: Arc<dyn GatePort>,
    env: Option<Arc<Env>>,
    table: Mutex<HashMap<UserId, Entry>>,
}

impl Channel {
    /// `link`: where it is joined, if it has to be.
    pub fn new(link: Option<Arc<str>>, port: Arc<dyn GatePort>, env: Option<Arc<Env>>) -> Arc<Channel> {
        // Read once at the start, and needed until the end.
        let link = link.map(|link| &*Box::leak(Box::<str>::from(&*link)));
        Arc::new(Channel { link, port, env, table: Mutex::default() })
    }

    /// Whether somebody may come in; if not, where they join.
    pub async fn admits(self: &Arc<Self>, user: UserId, now: Millis) -> Result<(), Problem> {
        let Some(link) = self.link else { return Ok(()) };
        let (mut step, turn) = self.look(user, now);
        match step {
            Step::InMeanwhile => {
                let channel = self.clone();
                tokio::spawn(async move {
                    // Somebody else asks already.
                    if let Ok(_turn) = turn.try_lock() {
                        channel.ask(user, now).await;
                    }
                });
            }
            Step::Ask => {
                // One question a person at a time: many requests are no way to hold all places.
                let _turn = turn.lock().await;
                step = match self.look(user, now).0 {
                    Step::Ask => self.ask(user, now).await,
                    known => known,
                };
            }
            Step::In | Step::Out => {}
        }
        match step {
            Step::Out => Err(Problem::channel(link)),
            _ => Ok(()),
        }
    }

    fn look(&self, user: UserId, now: Millis) -> (Step, Arc<tokio::sync::Mutex<()>>) {
        let table = &mut *lock(&self.table);
        if table.len() >= MOST && !table.contains_key(&user) {
            forget_half(table);
        }
        let entry = table.entry(user).or_default();
        entry.looked = now;
        (entry.known.step(now), entry.turn.clone())
    }

    /// Asks Telegram; what follows.
    async fn ask(&self, user: UserId, now: Millis) -> Step {
        let member = self.port.is_member(user).await;
        if let Some(env) = &self.env {
            env.meters.gate_looks.add(1);
            if member.is_none() {
                env.meters.gate_unknown.add(1);
            }
        }
        if let Some(entry) = lock(&self.table).get_mut(&user) {
            entry.known.hear(member, now);
        }
        if member == Some(false) { Step::Out } else { Step::In }
    }
}

/// Leaves the half that was looked at last.
fn forget_half(table: &mut HashMap<UserId, Entry>) {
    let mut looked: Vec<(Millis, UserId)> = table.iter().map(|(user, entry)| (entry.looked, *user)).collect();
    if looked.is_empty() {
        return;
    }
    let half = looked.len() / 2;
    // Of one moment by their ids: exactly half goes, however many were looked at in it.
    let (_, first, _) = looked.select_nth_unstable(half);
    let first = *first;
    table.retain(|user, entry| (entry.looked, *user) >= first);
}

#[cfg(test)]
mod tests {
    use super::*;
    use nameless_actors::ports::PortFuture;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// A Telegram that says this, and how often it was asked.
    #[derive(Default)]
    struct Telegram(Mutex<Option<bool>>, AtomicUsize);

    impl GatePort for Telegram {
        fn is_member(&self, _: UserId) -> PortFuture<'_, Option<bool>> {
            self.1.fetch_add(1, Ordering::Relaxed);
            Box::pin(async {
                tokio::task::yield_now().await;
                *lock(&self.0)
            })
        }
    }

    fn says(telegram: &Telegram, word: Option<bool>) {
        *lock(&telegram.0) = word;
    }

    fn asked(telegram: &Telegram) -> usize {
        telegram.1.load(Ordering::Relaxed)
    }

    fn channel(telegram: &Arc<Telegram>) -> Arc<Channel> {
        Channel::new(Some("https://t.me/example_channel".into()), telegram.clone(), None)
    }

    const WHO: UserId = UserId(7);
    const NOW: Millis = Millis(5_000_000);

    #[tokio::test]
    async fn a_member_is_one_for_a_while_and_goes_on_while_it_is_asked_again() {
        let telegram = Arc::new(Telegram::default());
        let channel = channel(&telegram);
        says(&telegram, Some(false));
        assert!(channel.admits(WHO, NOW).await.is_err());
        assert!(channel.admits(WHO, NOW.plus(NO_FOR_MS - 1)).await.is_err());
        assert_eq!(asked(&telegram), 1, "not for every request");
        says(&telegram, Some(true));
        let joined = NOW.plus(NO_FOR_MS);
        assert!(channel.admits(WHO, joined).await.is_ok());
        says(&telegram, Some(false));
        assert!(channel.admits(WHO, joined.plus(GOOD_FOR_MS - 1)).await.is_ok());
        assert_eq!(asked(&telegram), 2);
        // They have left: what goes on goes on, and then they are asked to join.
        assert!(channel.admits(WHO, joined.plus(GOOD_FOR_MS)).await.is_ok());
        while asked(&telegram) < 3 || channel.look(WHO, joined.plus(GOOD_FOR_MS)).0 != Step::Out {
            tokio::task::yield_now().await;
        }
        assert!(channel.admits(WHO, joined.plus(GOOD_FOR_MS + NO_FOR_MS)).await.is_err());
    }

    #[tokio::test]
    async fn where_telegram_says_nothing_people_come_in_and_it_is_asked_seldom() {
        let telegram = Arc::new(Telegram::default());
        let channel = channel(&telegram);
        for ms in [0, 1, SILENT_FOR_MS - 1] {
            assert!(channel.admits(WHO, NOW.plus(ms)).await.is_ok());
        }
        assert_eq!(asked(&telegram), 1);
        says(&telegram, Some(false));
        assert!(channel.admits(WHO, NOW.plus(SILENT_FOR_MS)).await.is_err());
    }

    #[tokio::test]
    async fn many_requests_of_one_person_are_one_question() {
        let telegram = Arc::new(Telegram::default());
        let channel = channel(&telegram);
        says(&telegram, Some(false));
        let all = futures_util::future::join_all((0..50).map(|_| channel.admits(WHO, NOW))).await;
        assert!(all.iter().all(Result::is_err));
        assert_eq!(asked(&telegram), 1);
        for n in 0..2 * MOST as i64 {
            channel.look(UserId(100 + n), NOW);
        }
        assert!(lock(&channel.table).len() <= MOST);
    }

    #[tokio::test]
    async fn a_full_table_forgets_the_half_that_was_looked_at_longest_ago() {
        let telegram = Arc::new(Telegram::default());
        let channel = channel(&telegram);
        says(&telegram, Some(true));
        for n in 0..MOST as i64 {
            channel.look(UserId(100 + n), NOW.plus(n / 100));
        }
        // Looked at last, though they were the first to come.
        let late = NOW.plus(MOST as i64);
        assert!(channel.admits(UserId(100), late).await.is_ok());
        channel.look(WHO, late);
        let table = lock(&channel.table);
        assert_eq!(table.len(), MOST / 2 + 1);
        let is_there = |n: i64| table.contains_key(&UserId(100 + n));
        assert!(is_there(0) && is_there(MOST as i64 - 1) && table.contains_key(&WHO));
        assert!(!is_there(1) && !is_there(MOST as i64 / 2 - 1));
    }

    #[tokio::test]
    async fn without_a_channel_nobody_is_looked_up() {
        let telegram = Arc::new(Telegram::default());
        let open = Channel::new(None, telegram.clone(), None);
        assert!(open.admits(WHO, NOW).await.is_ok());
        assert_eq!(asked(&telegram), 0);
    }
}
