//! Bots whose people are apart: on no card, in no list, and not asked back.

use super::context::{Context, account};
use super::dating::{card, joins, known};
use nameless::capabilities::dating::Decided;
use nameless_actors::capabilities::AgainPort;
use nameless_actors::ports::Write;
use nameless_domain::capabilities::again::{Event, Request};
use nameless_domain::capabilities::dating::pair::Verdict;
use nameless_domain::crowds::Crowds;
use nameless_domain::ids::{BotId, UserId};
use nameless_domain::profile::Gender;
use nameless_domain::session::EndCause;
use nameless_domain::session::account::Account;
use nameless_domain::time::Millis;
use tokio_postgres::NoTls;

/// A city of their own.
const CITY: &str = "Arkhangelsk";
const WOMAN: (&str, &str) = ("24.03.1998", CITY);
const MAN: (&str, &str) = ("1.2.1996", CITY);

const FIRST: BotId = BotId(0);
const SECOND: BotId = BotId(1);

/// Somebody is at this bot from now on.
async fn goes_to(c: &Context, user: i64, bot: BotId, applied: u64) {
    c.write(vec![Write::Account(Box::new(Account { bot, ..account(user, applied) }))]).await;
}

/// There are two bots, and people of each are apart, or not.
async fn are_apart(c: &Context, apart: bool) {
    assert_eq!(c.store.bots(vec![700, 900]).await.unwrap(), [FIRST, SECOND]);
    let crowds = if apart { Crowds::apart(&[vec![FIRST], vec![SECOND]]) } else { Crowds::default() };
    c.store.share_bots(crowds).await.unwrap();
}

async fn likes(c: &Context, user: i64, other: i64) -> Decided {
    let (token, who) = card(c, user).await.expect("a card");
    assert_eq!(who, UserId(other));
    c.store.dating_say(UserId(user), token, Verdict::Like, 1_000).await.unwrap()
}

async fn matches(c: &Context, user: i64) -> usize {
    c.store.dating_matches(UserId(user)).await.unwrap().len()
}

async fn of_the_second(c: &mut Context) -> Vec<String> {
    c.sql("SELECT user_id FROM dating_profiles WHERE bot = 1 AND user_id BETWEEN 7700 AND 7799 ORDER BY 1")
        .await
}

/// Guards: the trigger that lets a profile follow its owner, the crowd in `Person::may_meet`, the
/// statements of one crowd's bots, and what lists look at.
pub async fn people_of_two_crowds_see_nothing_of_each_other(c: &mut Context) {
    are_apart(c, false).await;
    let (woman, man) = (known(Gender::Female, 0b010), known(Gender::Male, 0b001));
    joins(c, 7_700, woman, WOMAN).await;
    joins(c, 7_701, man, MAN).await;
    // Somebody whose profile is made at the second bot.
    goes_to(c, 7_702, SECOND, 2).await;
    joins(c, 7_702, woman, WOMAN).await;
    assert_eq!(of_the_second(c).await, ["7702"]);
    // Two bots, one crowd: a match, of whom one goes to the other bot.
    let (token, _) = card(c, 7_700).await.expect("a card");
    c.store.dating_say(UserId(7_700), token, Verdict::Like, 9).await.unwrap();
    loop {
        // The other woman may come first.
        let (token, who) = card(c, 7_701).await.expect("a card");
        let verdict = if who == UserId(7_700) { Verdict::Like } else { Verdict::Later };
        let decided = c.store.dating_say(UserId(7_701), token, verdict, 9).await.unwrap();
        if decided == Decided::Matched {
            break;
        }
    }
    goes_to(c, 7_701, SECOND, 10).await;
    assert_eq!(of_the_second(c).await, ["7701", "7702"], "the profile goes along");
    assert_eq!((matches(c, 7_700).await, matches(c, 7_701).await), (1, 1));

    // A like that lies before somebody, and the card that it was given on.
    joins(c, 7_703, woman, WOMAN).await;
    assert_eq!(likes(c, 7_703, 7_701).await, Decided::Kept);
    joins(c, 7_704, woman, WOMAN).await;
    let (lies_open, _) = card(c, 7_704).await.expect("a card");

    are_apart(c, true).await;
    assert_eq!((matches(c, 7_700).await, matches(c, 7_701).await), (0, 0), "not while they are apart");
    let late = c.store.dating_say(UserId(7_704), lies_open, Verdict::Like, 9).await.unwrap();
    assert_eq!(late, Decided::Gone, "a button of before");
    for _ in 0..2 {
        assert_eq!(card(c, 7_704).await, None, "what waited is dropped, and none is dealt");
    }
    // He sees the one of his own crowd alone, though others like him, and as if they were not
    // there.
    c.sql("DELETE FROM dating_cards WHERE viewer = 7701").await;
    c.sql("DELETE FROM dating_pairs WHERE 7701 IN (lo, hi) AND 7702 IN (lo, hi)").await;
    assert_eq!(card(c, 7_701).await.map(|(_, who)| who), Some(UserId(7_702)));
    let dealt = c.sql("SELECT other FROM dating_cards WHERE viewer = 7701").await;
    assert_eq!(dealt, ["7702"]);

    // Whoever comes back is among the others again, and the match was only out of sight.
    goes_to(c, 7_701, FIRST, 11).await;
    assert_eq!((matches(c, 7_700).await, matches(c, 7_701).await), (1, 1));
    assert_eq!(card(c, 7_704).await.map(|(_, who)| who), Some(UserId(7_701)));
    assert_eq!(card(c, 7_702).await, None);
    are_apart(c, false).await;
    assert_eq!(card(c, 7_702).await.map(|(_, who)| who), Some(UserId(7_701)));
}

/// As a program of before 0057 does, which goes on beside this one while nodes are updated. Guard:
/// the trigger `dating_profiles_begin_at_bot`.
pub async fn a_profile_begins_at_its_owners_bot_whoever_makes_it(c: &mut Context) {
    are_apart(c, false).await;
    goes_to(c, 7_712, SECOND, 2).await;
    c.sql(
        "INSERT INTO dating_profiles (user_id, standing, gender, genders, from_age, to_age, reach, interests, asked,
            since, active) VALUES (7712, 'draft', 0, 7, 18, 99, 1, 0, 0, 0, 0)",
    )
    .await;
    assert_eq!(of_the_second(c).await, ["7712"]);
    // Nobody has no bot: what is put in is as it was, as where a backup is read back.
    c.sql(
        "INSERT INTO dating_profiles (user_id, standing, gender, genders, from_age, to_age, reach, interests, asked,
            since, active, bot) VALUES (7713, 'draft', 0, 7, 18, 99, 1, 0, 0, 0, 0, 1)",
    )
    .await;
    assert_eq!(of_the_second(c).await, ["7712", "7713"]);
    c.sql("DELETE FROM dating_profiles WHERE user_id IN (7712, 7713)").await;
}

/// Another process keeps people apart from now on, and this one has not heard of it: it looks for
/// cards where it did, and shows none. Guard: the crowd in `may_show`, as it is now.
pub async fn what_is_remembered_of_crowds_shows_nobody(c: &mut Context) {
    let (woman, man) = (known(Gender::Female, 0b010), known(Gender::Male, 0b001));
    are_apart(c, false).await;
    joins(c, 7_710, woman, ("24.03.1998", "Pskov")).await;
    goes_to(c, 7_711, SECOND, 2).await;
    joins(c, 7_711, man, ("1.2.1996", "Pskov")).await;
    assert_eq!(card(c, 7_710).await.map(|(_, who)| who), Some(UserId(7_711)));
    let (other, connection) = tokio_postgres::connect(&c.url, NoTls).await.unwrap();
    tokio::spawn(connection);
    other.batch_execute("UPDATE bots SET crowd = bot").await.unwrap();
    for _ in 0..2 {
        assert_eq!(card(c, 7_710).await, None);
    }
    are_apart(c, false).await;
    assert_eq!(card(c, 7_710).await.map(|(_, who)| who), Some(UserId(7_711)));
}

/// Guard: `APART`. Who asks does not learn that it is so.
pub async fn nobody_is_asked_back_by_another_crowd(c: &mut Context) {
    c.clear().await;
    are_apart(c, true).await;
    goes_to(c, 970, FIRST, 1).await;
    goes_to(c, 971, FIRST, 1).await;
    let at = Millis(c.sql("SELECT (extract(epoch FROM now()) * 1000)::bigint").await[0].parse().unwrap());
    let mut asked = Vec::new();
    // At one bot, then at two.
    for (n, bot) in [FIRST, SECOND].into_iter().enumerate() {
        goes_to(c, 971, bot, 2).await;
        let at = at.plus(n as i64);
        let pair = c.open(970, 971, at).await;
        c.write(vec![Write::EndPair { pair, at, cause: EndCause::Stopped }]).await;
        let ask = AgainPort::ask(&c.store, UserId(970), Request::Ask { pair, most: 5 });
        assert_eq!(ask.await.unwrap(), Event::Asked);
        let state = c.sql(&format!("SELECT state FROM again_asks WHERE pair_id = {}", pair.0)).await;
        asked.extend(state);
    }
    assert_eq!(asked, ["asked", "off"]);
    let take = AgainPort::ask(&c.store, UserId(971), Request::Take).await.unwrap();
    assert_eq!(take, Event::Nothing, "nor are they told of what was asked before they went");
    are_apart(c, false).await;
}

/// Guard: `share_bots` of the bots that are not run any more.
pub async fn a_bot_that_is_gone_has_its_people_to_itself(c: &mut Context) {
    c.clear().await;
    c.store.bots(vec![700, 900, 800]).await.unwrap();
    let crowds = Crowds::apart(&[vec![BotId(2)], vec![FIRST]]);
    c.store.share_bots(crowds).await.unwrap();
    assert_eq!(c.sql("SELECT crowd FROM bots ORDER BY bot").await, ["0", "1", "2"]);
    c.store.share_bots(Crowds::apart(&[vec![BotId(2), SECOND], vec![FIRST]])).await.unwrap();
    assert_eq!(c.sql("SELECT crowd FROM bots ORDER BY bot").await, ["0", "1", "1"]);
    c.store.share_bots(Crowds::default()).await.unwrap();
    assert_eq!(c.sql("SELECT crowd FROM bots ORDER BY bot").await, ["0", "0", "0"]);
}
