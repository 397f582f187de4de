//! What users may have beyond what everyone has.

use super::context::{Context, NOW, account};
use crate::support::export::WholeExport;
use nameless_actors::capabilities::EntitlementStore;
use nameless_actors::ports::{PortFuture, Store, Write};
use nameless_domain::capabilities::premium::Entitlements;
use nameless_domain::ids::UserId;
use nameless_domain::time::{DAY_MS, Millis};
use std::sync::{Arc, Mutex};
use std::time::Duration;

async fn known(c: &Context, user: i64) {
    c.write(vec![Write::Account(Box::new(account(user, 1)))]).await;
}

async fn until(c: &Context, user: i64) -> Option<Millis> {
    let Entitlements { premium_until, .. } = c.store.entitlements(UserId(user)).await.unwrap();
    premium_until
}

async fn grant(c: &Context, user: i64, days: i64, now: Millis) -> Option<Millis> {
    let granted = c.store.grant_premium(UserId(user), days * DAY_MS, "operator", now).await.unwrap();
    granted.map(|g| g.until)
}

pub async fn are_granted_added_to_and_revoked(c: &Context) {
    known(c, 800).await;
    known(c, 801).await;
    let user = UserId(800);
    assert_eq!(grant(c, 899, 30, NOW).await, None, "nobody is known by that name");
    assert_eq!(c.store.premium(UserId(899)).await.unwrap(), None);
    assert_eq!(until(c, 899).await, None);
    assert_eq!(c.store.premium(user).await.unwrap().unwrap().premium, None);

    let end = NOW.plus(30 * DAY_MS);
    assert_eq!(grant(c, 800, 30, NOW).await, Some(end));
    assert_eq!(until(c, 800).await, Some(end));
    // What is left is kept; what has ended is not made up for.
    let later = NOW.plus(DAY_MS);
    assert_eq!(grant(c, 800, 5, later).await, Some(end.plus(5 * DAY_MS)));
    let ended = end.plus(100 * DAY_MS);
    assert_eq!(grant(c, 800, 1, ended).await, Some(ended.plus(DAY_MS)));
    let premium = c.store.premium(user).await.unwrap().unwrap().premium.unwrap();
    assert_eq!((premium.granted, premium.changed, &*premium.source), (NOW, ended, "operator"));

    let export = c.store.whole_export(user).await.unwrap();
    assert_eq!(export["entitlements"][0]["what"], "premium");
    assert_eq!(export["entitlements"][0]["granted"], "2025-10-09T08:53:20.000Z");
    assert_eq!(export["entitlements"][0]["granted_by"], "operator");

    assert!(c.store.revoke_premium(user).await.unwrap());
    assert!(!c.store.revoke_premium(user).await.unwrap());
    assert_eq!((until(c, 800).await, until(c, 801).await), (None, None));
    assert_eq!(c.store.whole_export(user).await.unwrap()["entitlements"], serde_json::json!([]));
}

/// I14. Who keeps something elsewhere is told, once it is gone here.
pub async fn go_with_the_user(c: &Context) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let (heard, store) = (told.clone(), c.store.clone());
    c.store.after_erasure(Box::new(move |users| -> PortFuture<'static, ()> {
        let (heard, store) = (heard.clone(), store.clone());
        Box::pin(async move {
            for user in users {
                let left = store.entitlements(user).await.unwrap();
                heard.lock().unwrap().push((user, left));
            }
        })
    }));
    known(c, 810).await;
    known(c, 811).await;
    grant(c, 810, 30, NOW).await;
    grant(c, 811, 30, NOW).await;
    c.write(vec![Write::Account(Box::new(account(811, 2)))]).await;
    assert!(told.lock().unwrap().is_empty());
    c.write(vec![Write::Erase { user: UserId(810) }, Write::Account(Box::new(account(810, 9)))]).await;
    assert_eq!(*told.lock().unwrap(), [(UserId(810), Entitlements::default())]);
    assert_eq!(until(c, 810).await, None, "who comes back is somebody new");
    assert!(until(c, 811).await.is_some());
}

/// Guard: the erasure removes the account, which a grant locks, before what was granted.
pub async fn a_grant_beside_an_erasure_leaves_nothing(c: &mut Context) {
    // The store before may be fenced off.
    c.store.close().await;
    c.store = c.connect(1).await.expect("a store");
    for round in 0..40 {
        let user = UserId(5_000 + round);
        known(c, user.0).await;
        let (store, other) = (c.store.clone(), c.store.clone());
        let granting = async move {
            tokio::time::sleep(Duration::from_micros(50 * round as u64)).await;
            other.grant_premium(user, DAY_MS, "operator", NOW).await
        };
        let (erased, granted) = tokio::join!(store.write(vec![Write::Erase { user }].into()), granting);
        erased.unwrap();
        granted.unwrap();
    }
    assert_eq!(c.sql("SELECT count(*) FROM entitlements WHERE user_id >= 5000").await, ["0"]);
}

pub async fn ended_ones_go(c: &mut Context) {
    for (user, days) in [(820, 30), (821, 31), (822, 500)] {
        known(c, user).await;
        assert_eq!(grant(c, user, days, Millis(0)).await, Some(Millis(days * DAY_MS)));
    }
    // Kept for thirty days after the end, to answer what became of it.
    assert_eq!(c.store.expire(Millis(61 * DAY_MS)).await.unwrap(), 1);
    assert_eq!(c.sql("SELECT user_id FROM entitlements ORDER BY user_id").await, ["821", "822"]);
}
