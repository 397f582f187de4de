//! The last partner asked back: one question a chat, one chat of it, whoever is first.

use super::context::{Context, account};
use nameless_actors::capabilities::AgainPort;
use nameless_actors::ports::Write;
use nameless_domain::capabilities::again::{Event, Request, WITHIN_MS};
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
