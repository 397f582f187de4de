//! Photos that are held until they were looked at.

use super::photo_tests::{Eyes, photos, shows, tree};
use nameless_domain::capabilities::faceguard::{Policy, Reason, Verdict};
use nameless_domain::outgoing::Call;

/// Guard: `Relay::leave`.
#[actix::test]
async fn behind_the_gate_a_photo_and_what_follows_it_wait_and_leave_in_order() {
    let (tree, eyes, _) = tree(Eyes::new(Policy::Gate)).await;
    eyes.say(3, Ok(Verdict::of([Reason::Nude])));
    let door = eyes.door.acquire_many(1_000).await.unwrap();
    tree.say(1, "album:one").await;
    tree.say(1, "after it").await;
    tree.say(1, "album:two").await;
    tree.say(1, "and then").await;
    tree.until("both are looked at", || eyes.looks() == 2).await;
    tree.say(2, "meanwhile").await;
    tree.until("the other side does not wait", || tree.got(1).contains(&"meanwhile".to_owned())).await;
    assert!(tree.got(2).is_empty(), "{:?}", tree.got(2));
    drop(door);
    tree.gets(2, &["media", "after it", "and then"]).await;
    shows(&tree, 2, &["open"]).await;
    tree.until("the sender hears", || tree.got(1).contains(&"photo-refused-nude".to_owned())).await;
    tree.all_done().await;
}

#[actix::test]
async fn behind_the_gate_nobody_waits_for_a_verdict_for_ever() {
    let (tree, eyes, _) = tree(Eyes::new(Policy::Gate)).await;
    let door = eyes.door.acquire_many(1_000).await.unwrap();
    tree.say(1, "album:one").await;
    tree.say(1, "after it").await;
    tree.gets(2, &["media", "after it"]).await;
    assert_eq!(photos(&tree, 2), ["covered"]);
    drop(door);
    tree.all_done().await;
}

#[actix::test]
async fn what_waits_at_the_gate_ends_with_its_chat() {
    let (tree, eyes, _) = tree(Eyes::new(Policy::Gate)).await;
    let door = eyes.door.acquire_many(1_000).await.unwrap();
    tree.say(1, "album:one").await;
    tree.until("it is looked at", || eyes.looks() == 1).await;
    tree.say(2, "/stop").await;
    tree.gets(1, &["chat-spoiler", "ended-by-partner"]).await;
    drop(door);
    tree.all_done().await;
    assert!(photos(&tree, 2).is_empty());
}

/// Of an album what is refused is left out; each item's update ends once.
#[actix::test]
async fn an_album_leaves_without_what_is_refused() {
    let (tree, eyes, _) = tree(Eyes::new(Policy::Gate)).await;
    eyes.say(2, Ok(Verdict::of([Reason::Nude])));
    for _ in 0..3 {
        tree.say(1, "album:of three").await;
    }
    tree.gets(2, &["album of 2"]).await;
    tree.until("the sender hears", || tree.got(1).contains(&"photo-refused-nude".to_owned())).await;
    tree.all_done().await;
    let calls = tree.telegram.calls.lock().unwrap();
    let covered = calls.iter().any(|out| match &out.call {
        Call::SendAlbum { items, .. } => items.iter().any(|item| item.spoiler),
        _ => false,
    });
    assert!(!covered, "the others were looked at");
}
