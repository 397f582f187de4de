use super::FeedbackStore;
use crate::capabilities::Capabilities;
use crate::ports::{PortFuture, StoreError};
use crate::testing::Tree;
use nameless_domain::capabilities::feedback;
use nameless_domain::ids::{Seq, UserId};
use nameless_domain::session::account::Phase;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

/// What users wrote to the operators.
#[derive(Default)]
struct Words {
    kept: Mutex<BTreeMap<(UserId, Seq), String>>,
    /// The next failures. A row is kept by then, as when the answer to a commit is lost.
    script: Mutex<VecDeque<StoreError>>,
}

impl FeedbackStore for Words {
    fn keep(
        &self,
        user: UserId,
        seq: Seq,
        words: String,
    ) -> PortFuture<'_, Result<feedback::Event, StoreError>> {
        Box::pin(async move {
            let mut kept = self.kept.lock().unwrap();
            if !kept.contains_key(&(user, seq)) && kept.keys().any(|(other, _)| *other == user) {
                return Ok(feedback::Event::TooSoon);
            }
            let next = self.script.lock().unwrap().pop_front();
            if !matches!(next, Some(StoreError::Refused(_))) {
                kept.insert((user, seq), words);
            }
            next.map_or(Ok(feedback::Event::Kept), Err)
        })
    }
}

async fn tree() -> (Tree, Arc<Words>) {
    let words = Arc::new(Words::default());
    let capabilities = Capabilities { feedback: words.clone(), ..Capabilities::absent() };
    (Tree::grow_capable(capabilities).await, words)
}

/// What a capability asks of its port is carried out until the store has it, and the update is done
/// when its answer is.
#[actix::test]
async fn what_is_written_to_the_operators_survives_a_store_that_is_away() {
    let (tree, words) = tree().await;
    (1..=3).for_each(|user| tree.person(user, Phase::Idle));
    let away = || StoreError::Unavailable("away".into());
    words.script.lock().unwrap().extend([away(), away()]);
    tree.say(1, "/feedback it is slow").await;
    tree.gets(1, &["feedback-thanks"]).await;
    tree.say(1, "/feedback again").await;
    tree.gets(1, &["feedback-thanks", "feedback-too-soon"]).await;
    words.script.lock().unwrap().push_back(StoreError::Refused("no".into()));
    tree.say(2, "/feedback refused").await;
    tree.gets(2, &["feedback-not-kept"]).await;
    tree.all_done().await;
    let kept: Vec<String> = words.kept.lock().unwrap().values().cloned().collect();
    assert_eq!(kept, ["it is slow"]);
}

/// An update whose request is under way is not done: a crash brings it back.
#[actix::test]
async fn an_update_is_open_until_its_request_is_answered() {
    let (tree, words) = tree().await;
    tree.person(1, Phase::Idle);
    let away = std::iter::repeat_n((), 3).map(|()| StoreError::Unavailable("away".into()));
    words.script.lock().unwrap().extend(away);
    tree.say(1, "/feedback hello").await;
    tree.until("the store is asked", || tree.env().meters.store_retries.get() > 0).await;
    assert_eq!(tree.done(), 0);
    tree.all_done().await;
    assert_eq!(tree.got(1), ["feedback-thanks"]);
}
