//! The last partner asked back: one question a chat, one chat of it, whoever is first.

use super::context::{Context, account};
use super::dating_goods::buys_pack;
use nameless_actors::capabilities::AgainPort;
use nameless_actors::ports::{Store as _, Write};
use nameless_domain::capabilities::again::{Event, Request, WITHIN_MS};
use nameless_domain::capabilities::billing::Good;
use nameless_domain::ids::{PairId, UserId};
use nameless_domain::session::EndCause;
use nameless_domain::time::Millis;

const MOST: u32 = 2;

/// The real time: a day is counted from it.
async fn present(c: &mut Context) -> Millis {
    Millis(c.sql("SELECT (extract(epoch FROM now()) * 1000)::bigint").await[0].parse().unwrap())
}

/// A chat that ended just now.
async fn ended(c: &mut Context, a: i64, b: i64) -> PairId {
    let at = present(c).await;
    let pair = c.open(a, b, at).await;
    c.write(vec![Write::EndPair { pair, at, cause: EndCause::Stopped }]).await;
    pair
}

async fn asks(c: &Context, user: i64, request: Request) -> Event {
    AgainPort::ask(&c.store, UserId(user), request).await.expect("an answer")
}

/// Guards: the key of `again_asks`, the row's lock, and what the store looks at behind it.
pub async fn a_partner_is_asked_back_once_and_met_once(c: &mut Context) {
    c.clear().await;
    for user in 960..966 {
        c.write(vec![Write::Account(Box::new(account(user, 1)))]).await;
    }
    let pair = ended(c, 960, 961).await;
    let ask = Request::Ask { pair, most: MOST };
    let yes = Request::Answer { pair, yes: true };
    assert_eq!(asks(c, 962, ask).await, Event::TooLate, "it was not their chat");
    assert_eq!(asks(c, 961, yes).await, Event::TooLate, "nobody has asked");
    assert_eq!(asks(c, 960, ask).await, Event::Asked);
    assert_eq!(asks(c, 960, ask).await, Event::AskedBefore);
    assert_eq!(asks(c, 961, Request::Take).await, Event::Question { pair });
    assert_eq!(asks(c, 961, Request::Take).await, Event::Nothing, "once");
    assert_eq!(c.sql("SELECT user_id FROM owed_lines").await, ["961"], "owed with that it was put");
    // Who asked talks to somebody else.
    let other = c.open(960, 962, Millis(1)).await;
    assert_eq!(asks(c, 961, yes).await, Event::Busy);
    c.write(vec![Write::EndPair { pair: other, at: Millis(2), cause: EndCause::Next }]).await;
    assert_eq!(asks(c, 962, yes).await, Event::TooLate, "it is not theirs to say");
    let Event::Opened { pair: anew, partner: UserId(960) } = asks(c, 961, yes).await else {
        panic!("no chat")
    };
    assert_eq!(asks(c, 961, yes).await, Event::Opened { pair: anew, partner: UserId(960) }, "after a crash");
    assert_eq!(
        asks(c, 960, Request::Find { pair: anew }).await,
        Event::Opened { pair: anew, partner: UserId(961) }
    );
    assert_eq!(asks(c, 962, Request::Find { pair: anew }).await, Event::Nothing);
    assert_eq!(c.sql("SELECT user_id FROM active_pair_member ORDER BY 1").await, ["960", "961"]);
    let lines = "SELECT count(*) FROM owed_lines WHERE line LIKE '%\"again\":true%'";
    assert_eq!(c.sql(lines).await, ["2"], "both are owed the line");

    // Both ask at one moment: that is a yes of both, and one chat.
    let pair = ended(c, 963, 964).await;
    let ask = Request::Ask { pair, most: MOST };
    let (one, two) = tokio::join!(asks(c, 963, ask), asks(c, 964, ask));
    let opened = [one, two].iter().filter(|event| matches!(event, Event::Opened { .. })).count();
    assert!(opened == 1 && [one, two].contains(&Event::Asked), "{one:?}, {two:?}");
    assert_eq!(c.sql("SELECT count(*) FROM active_pair_member").await, ["4"]);

    // So many a day; and nobody who blocked is asked, of which nobody hears.
    let pair = ended(c, 962, 965).await;
    let at = present(c).await;
    c.write(vec![Write::Blocked { by: UserId(965), of: UserId(962), at }]).await;
    assert_eq!(asks(c, 962, Request::Ask { pair, most: 1 }).await, Event::Asked);
    assert_eq!(asks(c, 965, Request::Take).await, Event::Nothing);
    let pair = ended(c, 962, 965).await;
    assert_eq!(asks(c, 962, Request::Ask { pair, most: 1 }).await, Event::NoneLeft { most: 1 });
    // A day later; and what is taken back is no more.
    c.sql(&format!("UPDATE pairs SET ended = ended - {WITHIN_MS} WHERE pair_id = {}", pair.0)).await;
    assert_eq!(asks(c, 962, Request::Ask { pair, most: MOST }).await, Event::TooLate);
    let before = present(c).await.plus(1_000);
    asks(c, 962, Request::Forget { before }).await;
    let states = c.sql("SELECT state FROM again_asks ORDER BY pair_id").await;
    assert_eq!(states, ["met", "met", "back"]);
    // An erasure leaves the row of who asked, without the other's name.
    c.write(vec![Write::Erase { user: UserId(961) }, Write::Erase { user: UserId(963) }]).await;
    let named = c.sql("SELECT count(*) FROM again_asks WHERE asked IN (961, 963) OR asker = 963").await;
    assert_eq!(named, ["0"]);
    c.sql("TRUNCATE jobs").await;
}

/// Lets a day go by for a question, and its job be told.
async fn a_day_passes(c: &mut Context, pair: PairId) -> Option<Event> {
    c.sql(&format!(
        "UPDATE again_asks SET at = at - {WITHIN_MS}, until = until - {WITHIN_MS} WHERE pair_id = {}",
        pair.0
    ))
    .await;
    let user = c.sql(&format!("SELECT asker FROM again_asks WHERE pair_id = {}", pair.0)).await;
    let user = UserId(user[0].parse().expect("an id"));
    c.store.again_day_is_over(user, pair).await.expect("an answer")
}

/// Guards: `use_one` in `ask`, `give_back` when the day is over.
pub async fn a_pack_is_used_for_who_came_alone(c: &mut Context) {
    c.clear().await;
    for user in 970..976 {
        c.write(vec![Write::Account(Box::new(account(user, 1)))]).await;
    }
    let anna = UserId(970);
    let left = async |c: &Context| c.store.uses_left(anna, Good::Again).await.expect("a number");
    let pair = ended(c, 970, 971).await;
    let ask = |pair| Request::Ask { pair, most: 0 };
    assert_eq!(asks(c, 970, ask(pair)).await, Event::Unpaid);
    assert_eq!(c.sql("SELECT count(*) FROM again_asks WHERE asker = 970").await, ["0"], "nobody was asked");
    buys_pack(c, (anna, 970), Good::Again, 3).await;
    assert_eq!(left(c).await, 3);

    // Asked, and said no: when the day is over it comes back, as it does for who was never asked.
    assert_eq!(asks(c, 970, ask(pair)).await, Event::AskedByPack { left: 2 });
    assert_eq!(asks(c, 970, ask(pair)).await, Event::AskedBefore, "a second tap uses nothing");
    assert_eq!(asks(c, 971, Request::Take).await, Event::Question { pair });
    asks(c, 971, Request::Answer { pair, yes: false }).await;
    assert_eq!(left(c).await, 2, "not sooner");
    assert_eq!(a_day_passes(c, pair).await, Some(Event::Over { pair, returned: true }));
    assert_eq!(left(c).await, 3);

    // Never put to them, as they were never free: once.
    let pair = ended(c, 970, 972).await;
    assert_eq!(asks(c, 970, ask(pair)).await, Event::AskedByPack { left: 2 });
    for _ in 0..2 {
        assert_eq!(a_day_passes(c, pair).await, Some(Event::Over { pair, returned: true }));
        assert_eq!(left(c).await, 3);
    }
    // Whoever has blocked them is not asked, which is not told before that.
    let pair = ended(c, 970, 973).await;
    let at = present(c).await;
    c.write(vec![Write::Blocked { by: UserId(973), of: anna, at }]).await;
    assert_eq!(asks(c, 970, ask(pair)).await, Event::AskedByPack { left: 2 });
    let before = present(c).await.plus(1_000);
    asks(c, 970, Request::Forget { before }).await;
    assert_eq!(left(c).await, 2, "also to who takes it back to find out");
    assert_eq!(a_day_passes(c, pair).await, None, "taken back: nothing is said");
    assert_eq!(left(c).await, 3);

    // Both ask: the second one's word is a yes, for which nothing is used.
    let pair = ended(c, 974, 970).await;
    assert_eq!(asks(c, 974, Request::Ask { pair, most: 1 }).await, Event::Asked);
    let Event::Opened { .. } = asks(c, 970, ask(pair)).await else { panic!("no chat") };
    assert_eq!(left(c).await, 3);
    // A day on which nothing runs loses nobody what they paid for; and after a week it is over.
    let kept = "SELECT used IS NULL FROM again_asks WHERE pair_id IN (-1, -2)";
    c.sql(
        "INSERT INTO again_asks (pair_id, asker, at, until, state, used) VALUES
            (-1, 974, 0, 1000, 'asked', 'again:1'), (-2, 974, 0, 1000, 'asked', NULL)",
    )
    .await;
    let after = |days: i64| Millis(1_000 + days * 24 * 3_600_000);
    c.store.expire(after(1)).await.unwrap();
    assert_eq!(c.sql(kept).await.len(), 2, "to the day");
    for moment in [after(1).plus(1), after(7)] {
        c.store.expire(moment).await.unwrap();
        assert_eq!(c.sql(kept).await, ["f"], "what was used");
    }
    c.store.expire(after(7).plus(1)).await.unwrap();
    assert_eq!(c.sql(kept).await, Vec::<String>::new());
    // A day's own come first.
    c.sql("DELETE FROM active_pair_member").await;
    let pair = ended(c, 970, 975).await;
    assert_eq!(asks(c, 970, Request::Ask { pair, most: 1 }).await, Event::Asked);
    assert_eq!(left(c).await, 3);
    let sums = "SELECT count(*) FROM (SELECT person, sum(CASE WHEN credit = 'person' THEN amount ELSE -amount END) \
                AS has FROM ledger WHERE unit = 'again' GROUP BY person) AS each WHERE has < 0";
    assert_eq!(c.sql(sums).await, ["0"]);
    c.sql("TRUNCATE jobs").await;
}
