//! Payments: once, to whom they belong, and all of it or nothing (I8).

use super::context::{Context, NOW, account};
use super::subscriptions::told_of_renewals;
use crate::support::export::WholeExport;
use nameless::capabilities::billing::Asked;
use nameless_actors::capabilities::{EntitlementStore, Settled};
use nameless_actors::ports::Write;
use nameless_domain::capabilities::billing::{
    Act, Checkout, Event, GRACE_MS, Kind, Notice, Payment, Price, Product, Refusal, Renewal, Stars,
};
use nameless_domain::ids::{Seq, UserId};
use nameless_domain::time::{DAY_MS, Millis};

pub(super) const WEEK: i64 = 7 * DAY_MS;
const MONTH: i64 = 30 * DAY_MS;

fn product(kind: Kind) -> (Product, Price) {
    let (amount, stars) = if kind == Kind::Monthly { (30, 200) } else { (7, 75) };
    let stars = Stars::new(stars).unwrap();
    let product = Product {
        id: kind.name(),
        kind,
        amount,
        good: None,
        stars: Some(stars),
        kopecks: None,
        title: "",
        about: "",
    };
    (product, Price::Stars(stars))
}

pub(super) async fn known(c: &Context, user: i64) {
    c.write(vec![Write::Account(Box::new(account(user, 1)))]).await;
}

async fn order_for(c: &Context, user: i64, gift: Option<i64>, seq: u64, kind: Kind) -> Option<String> {
    let (product, price) = product(kind);
    c.store.open_order((UserId(user), gift.map(UserId)), Seq(seq), product, price).await.unwrap()
}

pub(super) async fn order(c: &Context, user: i64, seq: u64, kind: Kind) -> String {
    order_for(c, user, None, seq, kind).await.expect("an order")
}

pub(super) fn payment(order: &str, charge: &str, kind: Kind) -> Payment {
    Payment {
        charge: charge.into(),
        payload: order.into(),
        currency: "XTR".into(),
        amount: product(kind).1.amount(),
        until: None,
        is_recurring: kind == Kind::Monthly,
    }
}

pub(super) async fn pays(c: &Context, user: i64, payment: Payment, cause: i64, now: Millis) -> Settled {
    c.store.settle_at(UserId(user), Act::Paid(payment), Some(cause), now).await.unwrap()
}

pub(super) async fn refunded(c: &Context, user: i64, charge: &str, amount: i64, now: Millis) -> Settled {
    let act = Act::Refunded { charge: charge.into(), currency: "XTR".into(), amount };
    c.store.settle_at(UserId(user), act, Some(999), now).await.unwrap()
}

async fn asks(c: &Context, user: i64, order: &str, amount: i64) -> Result<(), Refusal> {
    let by = Checkout { from: UserId(user), currency: "XTR".into(), amount };
    c.store.check_out(order.to_owned(), by).await.unwrap()
}

pub(super) async fn until(c: &Context, user: i64) -> Option<Millis> {
    c.store.entitlements(UserId(user)).await.unwrap().premium_until
}

/// The real time: some of what is done takes it from the clock.
pub(super) async fn present(c: &mut Context) -> Millis {
    Millis(c.sql("SELECT (extract(epoch FROM now()) * 1000)::bigint").await[0].parse().unwrap())
}

pub(super) async fn right(c: &Context) {
    let audit = c.store.billing_audit().await.unwrap();
    assert!(audit.is_right(), "{audit:?}");
}

fn number(settled: &Settled) -> Option<i64> {
    match settled.told {
        Some(Event::Receipt { receipt, .. }) => Some(receipt.number),
        _ => None,
    }
}

/// Guard: the key of `charges`. An order that is paid again is credited again, under its own name.
pub async fn a_payment_is_credited_once_and_a_second_one_as_well(c: &mut Context) {
    c.clear().await;
    known(c, 870).await;
    let id = order(c, 870, 1, Kind::Once).await;
    assert_eq!(order(c, 870, 1, Kind::Once).await, id, "the press comes again after a crash");
    assert_ne!(order(c, 870, 2, Kind::Once).await, id);
    assert_eq!(order_for(c, 879, None, 1, Kind::Once).await, None, "nobody is known by that name");

    let one = payment(&id, "one", Kind::Once);
    assert!(!c.store.is_paid(id.clone()).await.unwrap());
    let first = pays(c, 870, one.clone(), 5, NOW).await;
    assert!(c.store.is_paid(id.clone()).await.unwrap(), "a press that comes again now shows no invoice");
    assert_eq!(first.entitled, [UserId(870)]);
    let said = number(&first).expect("a receipt");
    let end = NOW.plus(WEEK);
    assert_eq!(until(c, 870).await, Some(end));
    // The same update after a crash says the same; any other says nothing, and nobody has more.
    assert_eq!(number(&pays(c, 870, one.clone(), 5, NOW.plus(9)).await), Some(said));
    assert_eq!(pays(c, 870, one.clone(), 6, NOW).await.told, None);
    let listed = c.store.settle_at(UserId(870), Act::Paid(one), None, NOW).await.unwrap();
    assert_eq!(listed, Settled::default(), "found in the list as well");
    assert_eq!(until(c, 870).await, Some(end));
    // An old invoice that is paid once more: another name, another week.
    let again = pays(c, 870, payment(&id, "two", Kind::Once), 7, NOW).await;
    assert!(number(&again).is_some_and(|number| number > said));
    assert_eq!(until(c, 870).await, Some(NOW.plus(2 * WEEK)));
    assert_eq!(c.store.payments(UserId(870)).await.unwrap().len(), 2);
    right(c).await;
}

/// Guard: the transaction. Whatever fails on the way, nothing is there.
pub async fn a_payment_is_kept_whole_or_not_at_all(c: &mut Context) {
    c.clear().await;
    known(c, 871).await;
    let id = order(c, 871, 1, Kind::Once).await;
    for (step, broken) in [
        ("entitlements", "ADD CONSTRAINT broken CHECK (until < 0) NOT VALID"),
        ("ledger", "ADD CONSTRAINT broken CHECK (unit = 'RUB') NOT VALID"),
        ("orders", "ADD CONSTRAINT broken CHECK (state = 'open') NOT VALID"),
        ("jobs", "ADD CONSTRAINT broken CHECK (priority = 7) NOT VALID"),
    ] {
        c.sql(&format!("ALTER TABLE {step} {broken}")).await;
        let act = Act::Paid(payment(&id, "whole", Kind::Once));
        assert!(c.store.settle_at(UserId(871), act, Some(5), NOW).await.is_err(), "{step}");
        c.sql(&format!("ALTER TABLE {step} DROP CONSTRAINT broken")).await;
        for table in ["charges", "ledger", "entitlements", "jobs"] {
            assert_eq!(c.sql(&format!("SELECT count(*) FROM {table}")).await, ["0"], "{step}: {table}");
        }
        assert_eq!(c.sql("SELECT state FROM orders").await, ["open"], "{step}");
    }
    assert!(number(&pays(c, 871, payment(&id, "whole", Kind::Once), 5, NOW).await).is_some());
    right(c).await;
}

/// Guards: the payer's check and the sum's, before a payment and after it.
pub async fn only_the_owner_pays_and_only_the_price(c: &mut Context) {
    c.clear().await;
    known(c, 872).await;
    known(c, 873).await;
    let id = order(c, 872, 1, Kind::Once).await;
    assert_eq!(asks(c, 872, "nothing", 75).await, Err(Refusal::Unknown));
    assert_eq!(asks(c, 872, &"x".repeat(300), 75).await, Err(Refusal::Unknown));
    assert_eq!(asks(c, 873, &id, 75).await, Err(Refusal::NotYours));
    assert_eq!(asks(c, 872, &id, 74).await, Err(Refusal::Amount));
    assert_eq!(asks(c, 872, &id, 75).await, Ok(()));
    assert_eq!(asks(c, 872, &id, 75).await, Err(Refusal::UnderWay), "two devices");
    // Somebody else's money goes back, and whose order it is gets nothing for it.
    let strange = pays(c, 873, payment(&id, "strange", Kind::Once), 5, NOW).await;
    assert!(matches!(strange.told, Some(Event::Say(Notice::SentBack { .. }))), "{strange:?}");
    let less = Payment { amount: 1, ..payment(&id, "less", Kind::Once) };
    assert_eq!(pays(c, 872, less, 6, NOW).await.told, None);
    assert_eq!(pays(c, 872, payment("nothing", "lost", Kind::Once), 7, NOW).await.told, None);
    assert_eq!((until(c, 872).await, until(c, 873).await), (None, None));
    let mut found: Vec<String> =
        c.store.billing_differences(10).await.unwrap().into_iter().map(|d| d.reason).collect();
    found.sort();
    assert_eq!(found, ["amount", "no_order", "not_the_payer"]);
    assert_eq!(c.sql("SELECT key FROM jobs WHERE lane = 'billing_refund'").await, ["billing:refund:strange"]);
    pays(c, 872, payment(&id, "right", Kind::Once), 8, NOW).await;
    assert_eq!(asks(c, 872, &id, 75).await, Err(Refusal::Paid));
    right(c).await;
}

/// A refund, also one that nobody here has asked for, takes what is not used; told before its
/// payment, it takes all.
pub async fn a_refund_takes_what_is_not_used(c: &mut Context) {
    c.clear().await;
    known(c, 874).await;
    let first = order(c, 874, 1, Kind::Once).await;
    pays(c, 874, payment(&first, "a", Kind::Once), 1, NOW).await;
    pays(c, 874, payment(&first, "b", Kind::Once), 2, NOW).await;
    let day3 = NOW.plus(3 * DAY_MS);
    assert_eq!(refunded(c, 874, "a", 75, day3).await.entitled, [UserId(874)]);
    assert_eq!(until(c, 874).await, Some(NOW.plus(3 * DAY_MS + WEEK)), "four days of the first are gone");
    assert_eq!(refunded(c, 874, "a", 75, day3).await, Settled::default(), "once");
    let lines = c.store.payments(UserId(874)).await.unwrap();
    assert_eq!(lines.iter().map(|line| line.is_refunded).collect::<Vec<_>>(), [false, true]);
    // Told in the wrong order.
    refunded(c, 874, "c", 75, day3).await;
    let before = until(c, 874).await;
    pays(c, 874, payment(&first, "c", Kind::Once), 3, day3).await;
    assert_eq!(until(c, 874).await, before, "it was given back");
    assert_eq!(c.store.billing_differences(10).await.unwrap(), [], "both are known by now");
    // What an operator wants back.
    let number = lines[0].number;
    assert_eq!(c.store.ask_refund(number + 100, None, None).await.unwrap(), Asked::NoPayment);
    assert_eq!(c.store.ask_refund(lines[1].number, None, None).await.unwrap(), Asked::Before);
    assert_eq!(c.store.ask_refund(number, Some(UserId(1)), None).await.unwrap(), Asked::NotTheirs);
    assert_eq!(c.store.ask_refund(number, None, None).await.unwrap(), Asked::Soon);
    assert_eq!(c.store.ask_refund(number, None, None).await.unwrap(), Asked::Soon, "one job");
    assert_eq!(c.sql("SELECT count(*) FROM jobs WHERE lane = 'billing_refund'").await, ["1"]);
    right(c).await;
}

/// A whole life: first payment, renewal, one that is late, cancelled, on again, failed, given back;
/// a second one at the same time is refused.
pub async fn a_subscription_lives(c: &mut Context) {
    c.clear().await;
    known(c, 875).await;
    let (user, id) = (UserId(875), order(c, 875, 1, Kind::Monthly).await);
    let t0 = present(c).await;
    let paid =
        |charge: &str, until: Millis| Payment { until: Some(until), ..payment(&id, charge, Kind::Monthly) };
    assert_eq!(asks(c, 875, &id, 200).await, Ok(()));
    let other = order(c, 875, 2, Kind::Monthly).await;
    assert_eq!(asks(c, 875, &other, 200).await, Err(Refusal::UnderWay), "two devices, two orders");
    pays(c, 875, paid("s1", t0.plus(MONTH)), 1, t0).await;
    // With the grace: Telegram may charge late. People are told what the receipt says.
    assert_eq!(until(c, 875).await, Some(t0.plus(MONTH + GRACE_MS)));
    assert_eq!(c.store.entitlements(user).await.unwrap().told_until(t0), Some(t0.plus(MONTH)));
    assert_eq!(asks(c, 875, &other, 200).await, Err(Refusal::Subscribed));

    let renewed = t0.plus(MONTH - 60_000);
    pays(c, 875, paid("s2", t0.plus(2 * MONTH)), 2, renewed).await;
    assert_eq!(until(c, 875).await, Some(t0.plus(2 * MONTH + GRACE_MS)));
    let late = t0.plus(2 * MONTH + GRACE_MS);
    pays(c, 875, paid("s3", t0.plus(3 * MONTH)), 3, late).await;
    assert_eq!(
        until(c, 875).await,
        Some(t0.plus(3 * MONTH + GRACE_MS)),
        "a day late, and no day lost or won"
    );

    let becomes = async |state: Renewal, cause: i64, at: Millis| {
        let act = Act::Subscription { payload: id.clone(), state };
        c.store.settle_at(user, act, Some(cause), at).await.unwrap()
    };
    let new = Settled { entitled: vec![user], wakes: true, ..Settled::default() };
    let end = t0.plus(3 * MONTH);
    assert_eq!(becomes(Renewal::Canceled, 4, late).await, new);
    assert_eq!(becomes(Renewal::Canceled, 4, late).await, Settled::default(), "the job of before says it");
    assert_eq!(until(c, 875).await, Some(end), "what is paid goes on, without grace");
    assert_eq!(becomes(Renewal::Active, 5, late).await, new);
    assert_eq!(becomes(Renewal::Failed, 6, end).await, new);
    assert_eq!(until(c, 875).await, Some(end));
    // Somebody else's word about it changes nothing.
    let act = Act::Subscription { payload: id.clone(), state: Renewal::Active };
    assert_eq!(c.store.settle_at(UserId(876), act, Some(5), end).await.unwrap(), Settled::default());

    // Only of one that renews is anything to cancel, and of its first payment.
    let number = c.store.payments(user).await.unwrap().last().unwrap().number;
    assert_eq!(c.store.cancel_subscription(user, number).await.unwrap(), Event::NothingToCancel);
    assert_eq!(becomes(Renewal::Active, 7, end).await, new);
    assert_eq!(c.store.cancel_subscription(user, number).await.unwrap(), Event::Canceling);
    assert_eq!(c.store.cancel_subscription(UserId(876), number).await.unwrap(), Event::NothingToCancel);

    let told = told_of_renewals(c).await;
    let keys: Vec<&str> = told.iter().map(|(key, _)| &**key).collect();
    let all = ["active:5", "active:7", "canceled:4", "failed:6"];
    assert_eq!(keys, all.map(|of| format!("billing:renewal:{id}:{of}")));
    assert!(told.iter().all(|(_, words)| words.contains(&end.0.to_string())), "{told:?}");

    let back = end.plus(-10 * DAY_MS);
    refunded(c, 875, "s3", 200, back).await;
    assert_eq!(until(c, 875).await, Some(back), "what is not used is gone, and it does not renew");
    assert_eq!(c.sql("SELECT state FROM subscriptions").await, ["canceled"]);
    right(c).await;
}

/// Told before the first payment, that it was cancelled is not forgotten.
pub async fn a_subscription_that_is_told_in_the_wrong_order(c: &mut Context) {
    c.clear().await;
    known(c, 876).await;
    let id = order(c, 876, 1, Kind::Monthly).await;
    let act = Act::Subscription { payload: id.clone(), state: Renewal::Canceled };
    assert_eq!(c.store.settle_at(UserId(876), act, Some(1), NOW).await.unwrap().told, None);
    pays(c, 876, payment(&id, "first", Kind::Monthly), 2, NOW).await;
    assert_eq!(c.sql("SELECT state FROM subscriptions").await, ["canceled"]);
    assert_eq!(until(c, 876).await, Some(NOW.plus(MONTH)));
    // Telegram's list says of a first payment as well that it is a subscription's: it begins when
    // it is paid, though what there was before has ended within the grace. Guard: `HAS_BEGUN`.
    known(c, 878).await;
    let t0 = present(c).await;
    let before = order(c, 878, 1, Kind::Once).await;
    pays(c, 878, payment(&before, "before", Kind::Once), 3, t0.plus(-7 * DAY_MS - 3_600_000)).await;
    let id = order(c, 878, 2, Kind::Monthly).await;
    pays(c, 878, payment(&id, "listed", Kind::Monthly), 4, t0).await;
    let lasts = c.sql("SELECT until FROM entitlements WHERE user_id = 878").await;
    assert_eq!(lasts, [t0.plus(MONTH).0.to_string()]);
    right(c).await;
}

/// A gift is the partner's, whoever pays it; if they are gone, the payer's.
pub async fn a_gift_is_anothers(c: &mut Context) {
    c.clear().await;
    for user in [880, 5_550_881, 882] {
        known(c, user).await;
    }
    let id = order_for(c, 880, Some(5_550_881), 1, Kind::Once).await.expect("an order");
    assert!(!id.contains("5550881") && id.len() == 32, "the payload says nothing: {id}");
    assert_eq!(asks(c, 882, &id, 75).await, Ok(()), "anybody may pay a gift");
    let given = pays(c, 880, payment(&id, "g1", Kind::Once), 1, NOW).await;
    assert_eq!((given.entitled.clone(), until(c, 880).await), (vec![UserId(5_550_881)], None));
    let Some(Event::Receipt { receipt, .. }) = given.told else { panic!("a receipt") };
    assert_eq!(receipt.until, None, "what the partner has is theirs to know");
    assert_eq!(until(c, 5_550_881).await, Some(NOW.plus(WEEK)));
    let told = c.sql("SELECT user_id, key FROM jobs WHERE key LIKE 'billing:gift:%'").await;
    assert_eq!(told, ["5550881|billing:gift:g1"]);
    refunded(c, 880, "g1", 75, NOW).await;
    assert_eq!(until(c, 5_550_881).await, Some(NOW));
    let id = order_for(c, 880, Some(5_550_881), 2, Kind::Once).await.expect("an order");
    c.write(vec![Write::Erase { user: UserId(5_550_881) }]).await;
    pays(c, 880, payment(&id, "g2", Kind::Once), 2, NOW).await;
    assert_eq!(until(c, 880).await, Some(NOW.plus(WEEK)));
    assert_eq!(order_for(c, 880, Some(5_550_881), 3, Kind::Once).await, None, "nobody is there");
    right(c).await;
}

/// I14: payments outlive an erasure without the id; what was left of premium is given up.
pub async fn payments_outlive_an_erasure_without_a_name(c: &mut Context) {
    c.clear().await;
    known(c, 883).await;
    let (user, t0) = (UserId(883), present(c).await);
    let id = order(c, 883, 1, Kind::Once).await;
    pays(c, 883, payment(&id, "kept", Kind::Once), 1, t0).await;
    let export = c.store.whole_export(user).await.unwrap();
    assert_eq!(export["payments"][0]["amount"], 75);
    assert_eq!(export["orders"][0]["product"], "once");
    c.write(vec![Write::Erase { user }]).await;
    assert_eq!(c.sql("SELECT count(*) FROM charges WHERE user_id IS NULL").await, ["1"]);
    assert_eq!(until(c, 883).await, None);
    let number: i64 = c.sql("SELECT number FROM charges").await[0].parse().unwrap();
    assert_eq!(c.store.ask_refund(number, None, None).await.unwrap(), Asked::WhoseIsIt);
    assert_eq!(c.store.ask_refund(number, Some(user), None).await.unwrap(), Asked::Soon);
    // Who comes again has nothing, and what they buy is theirs.
    known(c, 883).await;
    assert_eq!(until(c, 883).await, None);
    let id = order(c, 883, 2, Kind::Once).await;
    let far = t0.plus(DAY_MS);
    pays(c, 883, payment(&id, "new", Kind::Once), 2, far).await;
    assert_eq!(until(c, 883).await, Some(far.plus(WEEK)));
    right(c).await;
    // Money of somebody who is not known goes back.
    c.write(vec![Write::Erase { user }]).await;
    let lost = pays(c, 883, payment(&id, "late", Kind::Once), 3, NOW).await;
    assert!(matches!(lost.told, Some(Event::Say(Notice::SentBack { .. }))), "{lost:?}");
    right(c).await;
}

/// What there was before the ledger goes on, and the ledger explains it from then on.
pub async fn what_was_granted_before_there_were_books(c: &mut Context) {
    c.clear().await;
    known(c, 884).await;
    let end = NOW.plus(DAY_MS);
    c.sql(&format!("INSERT INTO entitlements VALUES (884, 'premium', {}, 'operator', 1, 1)", end.0)).await;
    let id = order(c, 884, 1, Kind::Once).await;
    pays(c, 884, payment(&id, "on top", Kind::Once), 1, NOW).await;
    assert_eq!(until(c, 884).await, Some(end.plus(WEEK)));
    right(c).await;
    assert_eq!(
        c.sql("SELECT source FROM ledger WHERE unit = 'premium' ORDER BY entry").await,
        ["opening", "charge"]
    );
    // Rows of the books are not changed, not even by who has the database's password.
    c.sql(
        "DO $$ BEGIN BEGIN UPDATE ledger SET amount = 1; RAISE EXCEPTION 'changed';
        EXCEPTION WHEN raise_exception THEN IF SQLERRM = 'changed' THEN RAISE; END IF; END; END $$",
    )
    .await;
    c.clear().await;
}

/// Guard: the key of `trials`. Once per person, also after an erasure; the same press is the same
/// trial.
pub async fn a_trial_is_had_once_and_outlives_an_erasure(c: &mut Context) {
    c.clear().await;
    assert_eq!(c.store.begin_trial(UserId(879), Seq(1), 3).await.unwrap(), Event::NotNow, "nobody is known");
    known(c, 879).await;
    assert!(!c.store.entitlements(UserId(879)).await.unwrap().tried);
    let begun = c.store.begin_trial(UserId(879), Seq(1), 3).await.unwrap();
    let Event::Trial { days: 3, until: end } = begun else { panic!("{begun:?}") };
    assert_eq!(until(c, 879).await, Some(end));
    assert!(c.store.entitlements(UserId(879)).await.unwrap().tried);
    assert_eq!(c.store.begin_trial(UserId(879), Seq(1), 3).await.unwrap(), begun, "the same press");
    assert_eq!(c.store.begin_trial(UserId(879), Seq(2), 3).await.unwrap(), Event::NoTrial);
    assert_eq!(c.sql("SELECT source FROM ledger").await, ["trial"]);
    c.write(vec![Write::Erase { user: UserId(879) }]).await;
    known(c, 879).await;
    assert_eq!(c.store.begin_trial(UserId(879), Seq(3), 3).await.unwrap(), Event::NoTrial);
    assert_eq!(until(c, 879).await, None);
    right(c).await;
}
