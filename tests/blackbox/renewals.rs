//! Premium by card that renews: agreed to, charged again by itself, switched off by one tap.

use crate::billing::comes_to_have;
use crate::cards::{SECRET, SHOP, selling, tells};
use crate::common::{WOMAN, ask, member, tap, texts, told};
use crate::support::app::{Options, Place, TestApp, real_postgres, spawn_app};
use crate::support::people::PATIENCE;
use crate::support::postgres::Postgres;
use nameless_simulator::SimUser;
use nameless_simulator::yookassa::{Trouble, Yookassa};
use std::time::Duration;

/// Buys a month that renews.
async fn subscribes(user: &SimUser, shop: &Yookassa, app: &TestApp) {
    ask(user, "/premium", "remium").await;
    tap(user, "bl:cards").await;
    tap(user, "bl:auto:premium-monthly").await;
    let mark = user.mark();
    tap(user, "bl:agree:premium-monthly").await;
    let message = told(user, mark, "349 ₽ to pay").await;
    let page = message.buttons().into_iter().flatten().find_map(|b| b.url).expect("an address");
    shop.pay(&page).expect("it can be paid");
    tells(shop, app).await;
    told(user, mark, "it renews by itself").await;
    comes_to_have(user, "You have premium until").await;
}

/// Guards: the consent, the key of a renewal's request, the switch.
#[tokio::test]
async fn a_card_is_charged_again_once_a_month_until_one_tap() {
    let Some((server, url)) = real_postgres() else { return };
    let shop = Yookassa::start(SHOP, SECRET).expect("it starts");
    let place = || Place::Server(url.clone());
    let options = || Options { place: place(), ..selling(&shop) }.with("YOOKASSA_AUTOPAY", "on");
    let app = spawn_app(options());
    let anna = member(&app.world, "anna", WOMAN).await;
    subscribes(&anna, &shop, &app).await;
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

/// Waits until so many charges of saved cards were tried and are over.
async fn tried(server: &Postgres, times: usize) {
    let over = "SELECT count(*) FROM jobs WHERE lane = 'billing_renew' AND state = 'completed'";
    let waiting = async {
        while server.ask("nameless", over).trim() != times.to_string() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect("the attempts are over");
}

/// The bank declines: once more a day later; then it ends, and they are told, once. Who has taken
/// their permission back is not charged a second time.
#[tokio::test]
async fn a_declined_card_is_tried_once_more_and_then_it_ends() {
    let Some((server, url)) = real_postgres() else { return };
    let shop = Yookassa::start(SHOP, SECRET).expect("it starts");
    let options =
        || Options { place: Place::Server(url.clone()), ..selling(&shop) }.with("YOOKASSA_AUTOPAY", "on");
    let mut app = spawn_app(options());
    let anna = member(&app.world, "anna", WOMAN).await;
    subscribes(&anna, &shop, &app).await;
    // Started anew when what is paid ends in so many hours; negative: has ended.
    let when_it_ends_in = |app: TestApp, hours: i64| {
        let (world, data_dir) = app.stop();
        server.psql(
            "nameless",
            &format!("UPDATE subscriptions SET paid_until = (extract(epoch FROM now()) * 1000)::bigint + 3600000 * {hours}"),
        );
        spawn_app(Options { world: Some(world), data_dir: Some(data_dir), ..options() })
    };
    let still = || server.ask("nameless", "SELECT count(*) FROM subscriptions WHERE method IS NOT NULL");
    let (ended, renewed) = ("Your card could not be charged", "it renews by itself");
    let times = |mark, part: &str| texts(&anna, mark).iter().filter(|text| text.contains(part)).count();

    // Declined a day before the end: nothing is said, it goes on. After the end it is paid.
    let mark = anna.mark();
    shop.decline_saved(&["insufficient_funds"]);
    app = when_it_ends_in(app, 1);
    tried(&server, 1).await;
    assert_eq!((shop.payments().len(), still().trim()), (2, "1"), "{:?}", shop.payments());
    app = when_it_ends_in(app, -1);
    told(&anna, mark, renewed).await;
    tried(&server, 2).await;
    assert_eq!((shop.payments().len(), times(mark, ended)), (3, 0));

    // Declined both times.
    let mark = anna.mark();
    shop.decline_saved(&["insufficient_funds", "card_expired"]);
    app = when_it_ends_in(app, 1);
    tried(&server, 3).await;
    assert_eq!((still().trim(), times(mark, ended)), ("1", 0));
    app = when_it_ends_in(app, -1);
    told(&anna, mark, ended).await;
    assert_eq!((shop.payments().len(), still().trim()), (5, "0"));
    // Nothing is charged any more, and it is said once.
    app = when_it_ends_in(app, -2);
    comes_to_have(&anna, "You have premium until").await;
    assert_eq!((shop.payments().len(), times(mark, ended), times(mark, renewed)), (5, 1, 0));

    // She begins anew, and takes the permission back at her bank.
    subscribes(&anna, &shop, &app).await;
    let mark = anna.mark();
    shop.decline_saved(&["permission_revoked"]);
    let _app = when_it_ends_in(app, 1);
    told(&anna, mark, ended).await;
    assert_eq!((shop.payments().len(), still().trim()), (7, "0"));
}
