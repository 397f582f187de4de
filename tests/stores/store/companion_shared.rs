//! Characters that people share: what waits for operators, and what goes with whom.

use super::admin::{done, known, order};
use super::context::Context;
use nameless_actors::capabilities::{Answer, SharedDesk, Told};
use nameless_actors::ports::{Store, Write};
use nameless_domain::capabilities::admin::desk::shared::{Deed, Ruling};
use nameless_domain::capabilities::companion::Standing;
use nameless_domain::ids::UserId;
use nameless_domain::time::{DAY_MS, Millis};

const MAKER: i64 = 7_700;
const OTHER: i64 = 7_701;
const READER: i64 = 7_702;

/// Numbers and reports of what waits, in its order.
async fn queue(c: &Context) -> Vec<(i64, Standing, u32)> {
    let told = done(c, order("desk", Deed::Queue { limit: 200 }.into())).await;
    let Answer::Desk(Told::Shared(SharedDesk::Queue(page))) = told else { panic!("{told:?}") };
    page.items.iter().map(|line| (line.shared, line.standing, line.reports)).collect()
}

/// Guards: the steps of an erasure, the order of what waits, and that looked-at reports count no
/// more. What is sealed here opens for nobody: no act may need it for a list.
pub async fn what_is_shared_waits_and_goes_with_its_maker(c: &mut Context) {
    for user in [MAKER, OTHER, READER] {
        known(c, user).await;
    }
    let share = |id: i64, user: i64, state: &str| {
        format!(
            "INSERT INTO companion_shared (shared_id, user_id, own_id, state, lang, sealed, at)
             OVERRIDING SYSTEM VALUE VALUES ({id}, {user}, {id}, '{state}', 'en', 'x', {id});"
        )
    };
    let report = |id: i64, user: i64, handled: bool| {
        format!("INSERT INTO companion_shared_reports VALUES ({id}, {user}, {id}, {handled});")
    };
    let rows = [
        share(901, MAKER, "waits"),
        share(902, MAKER, "shown"),
        share(903, OTHER, "waits"),
        share(904, OTHER, "held"),
        share(905, OTHER, "refused"),
        report(902, READER, false),
        report(904, READER, false),
        report(904, MAKER, true),
        report(902, OTHER, false),
    ];
    c.sql(&rows.concat()).await;
    let (waits, held) = (Standing::Waits, Standing::Held);
    assert_eq!(queue(c).await, [(904, held, 1), (901, waits, 0), (903, waits, 0)]);
    let rule = Deed::Rule { shared: 999, ruling: Ruling::Refuse, reason: "not there".into() };
    assert_eq!(done(c, order("desk", rule.into())).await, Answer::Missing);
    assert_eq!(done(c, order("desk", Deed::Read { shared: 999 }.into())).await, Answer::Missing);

    c.write(vec![Write::Erase { user: UserId(MAKER) }]).await;
    assert_eq!(queue(c).await, [(904, held, 1), (903, waits, 0)]);
    let left = "SELECT shared_id || ' ' || user_id FROM companion_shared_reports ORDER BY 1";
    assert_eq!(c.sql(left).await, [format!("904 {READER}")], "what others said of the maker's goes, too");
    // Who reports something leaves it where it is.
    c.write(vec![Write::Erase { user: UserId(READER) }]).await;
    assert_eq!(queue(c).await, [(904, held, 0), (903, waits, 0)]);
    c.sql(&report(904, READER, true)).await;
    c.store.expire(Millis(904 + 365 * DAY_MS)).await.unwrap();
    assert_eq!(c.sql(left).await.len(), 1);
    c.store.expire(Millis(905 + 365 * DAY_MS)).await.unwrap();
    assert_eq!(c.sql(left).await.len(), 0);
    c.write(vec![Write::Erase { user: UserId(OTHER) }]).await;
    assert!(queue(c).await.is_empty());
}
