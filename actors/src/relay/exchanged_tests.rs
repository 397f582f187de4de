//! Pictures that an edit brings, that their sender put behind a spoiler, or that arrive when the
//! chat is over.

use super::photo_tests::{Eyes, next, photo, photos, shows, tree};
use super::{Pass, Relay};
use crate::tell;
use crate::testing::{NEWER, Tree};
use nameless_domain::capabilities::faceguard::{Policy, Reason, Seen, Verdict};
use nameless_domain::ids::{MessageId, PairId, UserId};
use nameless_domain::outgoing::Call;
use nameless_domain::relay::RelayOp;
use nameless_domain::relay::content::{OutMedia, Payload};

/// The picture that the last message to 2 brought, with another file in its place.
fn with_file(tree: &Tree, file: i32) -> OutMedia {
    let calls = tree.telegram.calls.lock().unwrap();
    let sent = calls.iter().find_map(|out| match &out.call {
        Call::Send { payload: Payload::Media(media), .. } => Some(media.clone()),
        _ => None,
    });
    let media = sent.expect("it was sent");
    OutMedia { file_id: format!("file{file}"), unique_id: format!("unique{file}"), preview: None, ..media }
}

fn passes(tree: &Tree, pair: PairId, op: RelayOp) {
    let tickets = smallvec::smallvec![tree.ticket(1)];
    tell!(tree.env().directory.of::<Relay>(pair.0), Pass { pair, by: UserId(1), op, tickets });
}

fn edit(tree: &Tree, pair: PairId, source: i32, media: OutMedia) {
    passes(tree, pair, RelayOp::Edit { source: MessageId(NEWER + source), payload: Payload::Media(media) });
}

/// Guards: the look at what an edit brings in `Relay::landed`; an old verdict in `looked_there`.
#[actix::test]
async fn the_verdict_of_a_picture_that_was_exchanged_is_not_the_new_ones() {
    for (old, new, then) in [
        (Verdict::APPROVED, Verdict::of([Reason::Nude]), "removed"),
        (Verdict::of([Reason::Nude]), Verdict::APPROVED, "uncovered"),
    ] {
        let (tree, eyes, pair) = tree(Eyes::new(Policy::Spoiler)).await;
        let door = eyes.door.acquire_many(1_000).await.unwrap();
        let number = photo(&tree).await;
        shows(&tree, 2, &["covered"]).await;
        eyes.say(number, Ok(old));
        eyes.say(77, Ok(new));
        edit(&tree, pair, number, with_file(&tree, 77));
        shows(&tree, 2, &["covered", "changed"]).await;
        tree.until("both are looked at", || eyes.looks() == 2).await;
        drop(door);
        let meters = &tree.env().meters;
        tree.until("both have a verdict", || {
            meters.photos_approved.get() + meters.photos_rejected.get() == 2
        })
        .await;
        // Edits of one message keep a distance.
        tree.pass_ms(60_000);
        shows(&tree, 2, &["covered", "changed", then]).await;
        tree.all_done().await;
        assert_eq!(photos(&tree, 2), ["covered", "changed", then]);
    }
}

/// It may be fine and stays covered all the same; it is looked at all the same. Guards: `veiled` in
/// `Relay::screened` and in `Relay::landed`.
#[actix::test]
async fn what_its_sender_put_behind_a_spoiler_stays_there_and_is_looked_at() {
    let (tree, eyes, pair) = tree(Eyes::new(Policy::Spoiler)).await;
    photo(&tree).await;
    shows(&tree, 2, &["covered", "uncovered"]).await;
    let veiled = |file| OutMedia { spoiler: true, veiled: true, ..with_file(&tree, file) };
    let fine = Seen { verdict: Verdict::APPROVED, hash: None };
    crate::faceguard::memory(tree.env()).note("unique88", fine);
    let send = |source, media| RelayOp::Send {
        source: MessageId(NEWER + source),
        payload: Payload::Media(media),
        reply_to: None,
        manner: None,
    };
    passes(&tree, pair, send(900, veiled(88)));
    shows(&tree, 2, &["covered", "uncovered", "covered"]).await;
    tree.until("it is looked at", || tree.env().meters.photos_approved.get() == 2).await;
    eyes.say(99, Ok(Verdict::of([Reason::Nude])));
    tree.pass_ms(60_000);
    edit(&tree, pair, 900, veiled(99));
    shows(&tree, 2, &["covered", "uncovered", "covered", "changed", "removed"]).await;
    tree.all_done().await;
}

/// Guard: `Relay::landed_late`.
#[actix::test]
async fn what_arrives_when_the_chat_is_over_is_looked_at_and_may_be_removed() {
    let (tree, eyes, _) = tree(Eyes::new(Policy::Spoiler)).await;
    // Whoever sends the first one is told of spoilers.
    photo(&tree).await;
    shows(&tree, 2, &["covered", "uncovered"]).await;
    tree.all_done().await;
    tree.pass_ms(60_000);
    eyes.say(next(&tree), Ok(Verdict::of([Reason::Nude])));
    let (door, before) = (tree.telegram.door.acquire_many(1_000).await.unwrap(), tree.tries());
    tree.say(1, "album:alone").await;
    tree.until("it is in the air", || tree.tries() == before + 1).await;
    tree.say(2, "/stop").await;
    tree.until("the chat is over", || tree.env().meters.pairs_ended.get() == 1).await;
    drop(door);
    shows(&tree, 2, &["covered", "uncovered", "covered", "removed"]).await;
    tree.all_done().await;
}
