//! Premium by card that renews: agreed to, charged again by itself, switched off by one tap.

use crate::billing::comes_to_have;
use crate::cards::{SECRET, SHOP, selling, tells};
use crate::common::{WOMAN, ask, member, tap, told};
use crate::support::app::{Options, Place, real_postgres, spawn_app};
use nameless_simulator::yookassa::{Trouble, Yookassa};

/// Guards: the consent, the key of a renewal's request, the switch.
#[tokio::test]
async fn a_card_is_charged_again_once_a_month_until_one_tap() {
    let Some((server, url)) = real_postgres() else { return };
    let shop = Yookassa::start(SHOP, SECRET).expect("it starts");
    let place = || Place::Server(url.clone());
    let options = || Options { place: place(), ..selling(&shop) }.with("YOOKASSA_AUTOPAY", "on");
    let app = spawn_app(options());
    let anna = member(&app.world, "anna", WOMAN).await;
    ask(&anna, "/premium", "remium").await;
    tap(&anna, "bl:cards").await;
    tap(&anna, "bl:auto:premium-monthly").await;
    let mark = anna.mark();
    tap(&anna, "bl:agree:premium-monthly").await;
    let message = told(&anna, mark, "349 ₽ to pay").await;
    let page = message.buttons().into_iter().flatten().find_map(|b| b.url).expect("an address");
    shop.pay(&page).expect("it can be paid");
    tells(&shop, &app).await;
    told(&anna, mark, "it renews by itself").await;
    comes_to_have(&anna, "You have premium until").await;
    // A second one is not sold.
    tap(&anna, "bl:cards").await;
    tap(&anna, "bl:auto:premium-monthly").await;
    let mark = anna.mark();
    tap(&anna, "bl:agree:premium-monthly").await;
    told(&anna, mark, "already have a subscription").await;

    // Its month is nearly over, and YooKassa answers as it does on a bad day.
    let ends = "UPDATE subscriptions SET paid_until = (extract(epoch FROM now()) * 1000)::bigint + 3600000";
    let (world, data_dir) = app.stop();
    server.psql("nameless", ends);
    shop.fail_next([Trouble::DoneAnd500, Trouble::DoneAndTruncated]);
    let mark = anna.mark();
    let again = Options { world: Some(world), data_dir: Some(data_dir), ..options() };
    let app = spawn_app(again);
    told(&anna, mark, "it renews by itself").await;
    assert_eq!(shop.payments().len(), 2, "{:?}", shop.payments());

    ask(&anna, "/premium", "remium").await;
    tap(&anna, "bl:mine").await;
    let mark = anna.mark();
    tap(&anna, "bl:cancel-yes:").await;
    told(&anna, mark, "it will not renew").await;
    let (world, data_dir) = app.stop();
    server.psql("nameless", ends);
    let again = Options { world: Some(world), data_dir: Some(data_dir), ..options() };
    let _app = spawn_app(again);
    comes_to_have(&anna, "You have premium until").await;
    assert_eq!(
        server.ask("nameless", "SELECT count(*) FROM subscriptions WHERE method IS NOT NULL").trim(),
        "0"
    );
    assert_eq!(shop.payments().len(), 2, "nothing is charged any more");
}
