use crate::env::Faults;
use crate::relay::Relay;
use crate::service::Die;
use crate::tell;
use crate::testing::Tree;

/// A service that dies often is started anew later and later. What comes meanwhile waits for it.
#[actix::test]
async fn what_comes_while_a_service_is_down_is_not_given_up() {
    let tree = Tree::grow(Faults::default()).await;
    let pair = tree.chat(1, 2);
    let relay = tree.env().directory.of::<Relay>(pair.0);
    for deaths in 1..=5 {
        let old = relay.get();
        tell!(relay, Die);
        tree.until("the death is noticed", || tree.env().meters.actor_deaths.get() == deaths).await;
        if deaths < 5 {
            tree.until("a new one is in its place", || relay.get() != old).await;
        }
    }
    // Down for 160 ms now.
    tree.say(1, "into the void").await;
    tree.gets(2, &["into the void"]).await;
    tree.all_done().await;
    assert_eq!(tree.env().meters.dead_letters.get(), 0);
}
