//! Nude photos between two who agreed, and pictures that are for something else than a chat.

use super::photo_tests::{Eyes, HASH, next, photo, photos, shows, tree};
use crate::capabilities::Unseen;
use nameless_domain::capabilities::faceguard::{Policy, Purpose, Reason, Seen, Verdict};
use std::sync::atomic::Ordering;

/// Guard: `both_agree` of FaceGuard's handlers, and `may_be_agreed`.
#[actix::test]
async fn between_two_who_agreed_a_nude_photo_stays_behind_its_spoiler() {
    for policy in [Policy::Spoiler, Policy::Gate] {
        let (tree, eyes, _) = tree(Eyes::new(policy)).await;
        eyes.agree.store(true, Ordering::SeqCst);
        eyes.say(1, Ok(Verdict::of([Reason::Nude])));
        // Their sender has said so in /settings.
        tree.say(1, "press:set:nude").await;
        tree.all_done().await;
        let (number, again) = (next(&tree), next(&tree) + 1);
        eyes.say(number, Ok(Verdict::of([Reason::Nude])));
        photo(&tree).await;
        shows(&tree, 2, &["covered"]).await;
        let seen = |count| tree.env().meters.photos_suspicious.get() == count;
        tree.until("it was looked at", || seen(1 + u64::from(policy == Policy::Gate))).await;
        // Known by now, it is not refused either; when one of them takes it back, it is.
        let nude = Seen { verdict: Verdict::of([Reason::Nude]), hash: None };
        for file in [number, again, again + 1] {
            crate::faceguard::memory(tree.env()).note(&format!("unique{file}"), nude);
        }
        photo(&tree).await;
        shows(&tree, 2, &["covered", "covered"]).await;
        tree.all_done().await;
        assert_eq!(photos(&tree, 2), ["covered", "covered"], "{policy:?}");
        eyes.agree.store(false, Ordering::SeqCst);
        photo(&tree).await;
        tree.until("the sender hears", || tree.got(1).contains(&"photo-refused-nude".to_owned())).await;
        tree.all_done().await;
        let left: &[&str] = match policy {
            Policy::Gate => &["covered", "covered"],
            _ => &["covered", "covered", "covered", "removed"],
        };
        assert_eq!(photos(&tree, 2), left, "{policy:?}");
        assert!(eyes.held.lock().unwrap().is_empty(), "it is nobody's business");
    }
}

/// For profiles: the purpose goes along, what is banned is refused, and no failure approves.
#[actix::test]
async fn a_picture_is_vetted_for_another_purpose() {
    let (tree, eyes, _) = tree(Eyes::new(Policy::Spoiler)).await;
    let vet =
        async |file: i32| crate::faceguard::vet(tree.env(), Purpose::MainPhoto, format!("file{file}")).await;
    eyes.say(7, Ok(Verdict::of([Reason::NoFace])));
    eyes.say(8, Err(Unseen::Crashed));
    assert_eq!(vet(6).await, Verdict::APPROVED);
    assert_eq!(vet(7).await.refused(), Some(Reason::NoFace));
    assert_eq!(vet(8).await, Verdict::NO_WORKER);
    crate::faceguard::memory(tree.env()).ban(vec![HASH]);
    assert_eq!(vet(6).await.refused(), Some(Reason::Banned));
    assert_eq!(*eyes.purposes.lock().unwrap(), [Purpose::MainPhoto; 4]);
    assert!(eyes.kept.lock().unwrap().is_empty(), "nothing of it is remembered");
}
