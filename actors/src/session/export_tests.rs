//! Copies of people's data: one at a time, file by file, and nothing dropped without a word.

use crate::env::Faults;
use crate::ports::SendError;
use crate::testing::Tree;
use nameless_domain::ids::UserId;
use nameless_domain::outgoing::Call;
use nameless_domain::session::Event;
use nameless_domain::session::account::Phase;
use nameless_domain::update::{Act, Update};
use std::sync::atomic::Ordering;

const FAILED: &str = "privacy-export-failed";

fn press(tree: &Tree, user: i64) {
    let act = Act::Pressed { callback_id: "press".into(), data: "pv:export".into(), message: None };
    let update = Update { update_id: 0, user: UserId(user), lang_hint: None, act };
    crate::shard::to_session(tree.env(), UserId(user), Event::Update(update));
}

/// Names and contents of the files that a chat got.
fn files(tree: &Tree, chat: i64) -> Vec<(String, String)> {
    let calls = tree.telegram.calls.lock().unwrap();
    let of_chat = calls.iter().filter(|out| out.chat.0 == chat);
    of_chat
        .filter_map(|out| match &out.call {
            Call::SendFile { name, bytes } => {
                Some((name.clone(), String::from_utf8_lossy(&bytes[..]).into_owned()))
            }
            _ => None,
        })
        .collect()
}

#[actix::test]
async fn copies_are_made_one_at_a_time_and_who_is_too_many_is_told() {
    let tree = Tree::grow(Faults::default()).await;
    let most = tree.env().limits.max_exports as i64;
    let people = 1..=most + 5;
    // Telegram takes nothing yet: all are under way at once.
    let door = tree.telegram.door.acquire_many(1_000).await.unwrap();
    people.clone().for_each(|user| tree.person(user, Phase::Idle));
    people.clone().for_each(|user| press(&tree, user));
    tree.until("the first is on its way", || tree.tries() > most as u32).await;
    assert_eq!(tree.store.exports.load(Ordering::SeqCst), 1, "the next waits until this one has left");
    drop(door);
    let served = || people.clone().filter(|user| !files(&tree, *user).is_empty()).count() as i64;
    tree.until("the others have had theirs", || served() == most).await;
    let refused: Vec<i64> =
        people.clone().filter(|user| tree.got(*user).contains(&FAILED.to_owned())).collect();
    assert_eq!(refused.len(), 5, "{refused:?}");
    assert!(refused.iter().all(|user| files(&tree, *user).is_empty()));
    assert_eq!(tree.store.most_exporting.load(Ordering::SeqCst), 1);
    // They may ask again at once; the others have had theirs for this hour.
    press(&tree, refused[0]);
    tree.until("it is made", || files(&tree, refused[0]).len() == 1).await;
    let other = people.clone().find(|user| !refused.contains(user)).unwrap();
    press(&tree, other);
    tree.until("told in words", || tree.got(other).contains(&"privacy-export-lately".to_owned())).await;
    assert_eq!(files(&tree, other).len(), 1);
}

#[actix::test]
async fn a_long_copy_comes_file_by_file() {
    let tree = Tree::grow(Faults::default()).await;
    tree.store.export_files.store(3, Ordering::SeqCst);
    tree.person(1, Phase::Idle);
    press(&tree, 1);
    tree.until("all are there", || files(&tree, 1).len() == 3).await;
    let part = |n: u32| (format!("nameless-export-part-{n}.json"), format!("1 {}", n - 1));
    assert_eq!(files(&tree, 1), [part(1), part(2), part(3)]);
    tree.person(2, Phase::Idle);
    tree.store.export_files.store(1, Ordering::SeqCst);
    press(&tree, 2);
    tree.until("it is there", || files(&tree, 2).len() == 1).await;
    assert_eq!(files(&tree, 2), [("nameless-export.json".to_owned(), "2 0".to_owned())]);
}

#[actix::test]
async fn a_copy_that_fails_is_told_of() {
    let tree = Tree::grow(Faults::default()).await;
    tree.store.export_files.store(2, Ordering::SeqCst);
    for user in [1, 2] {
        tree.person(user, Phase::Idle);
    }
    // Telegram takes neither the answer to the press nor the first file.
    let refused = || SendError::Refused("too large".into());
    tree.script(1, [refused(), refused()]);
    press(&tree, 1);
    tree.until("told", || tree.got(1).contains(&FAILED.to_owned())).await;
    assert!(files(&tree, 1).is_empty(), "what goes on is of no use without it");

    // The session is loaded, then the store goes away.
    press(&tree, 2);
    tree.until("made", || files(&tree, 2).len() == 2).await;
    tree.pass_ms(tree.env().rules.export_again_ms);
    tree.until("kept", || tree.env().meters.persistence_depth.get() == 0).await;
    tree.store.export_away.store(true, Ordering::SeqCst);
    press(&tree, 2);
    tree.until("told", || tree.got(2).contains(&FAILED.to_owned())).await;
    tree.store.export_away.store(false, Ordering::SeqCst);
    press(&tree, 2);
    tree.until("made after all", || files(&tree, 2).len() == 4).await;
}
