//! Reminders through the simulator: somebody waits, somebody else is told, comes, and they meet;
//! and whoever does not want that is left alone.

use crate::common::{MAN, WOMAN, ask, found, member, search, tap, texts, together, told};
use crate::support::app::{Options, Place, TestApp, real_postgres, spawn_app};
use crate::support::clock;
use crate::support::people::PATIENCE;
use crate::support::postgres::Postgres;
use nameless_simulator::{ChatMessage, SimUser};
use std::time::Duration;

const WAITS: &str = "Somebody is waiting right now";

fn reminding(url: &str) -> Options {
    Options { place: Place::Server(url.to_owned()), ..Options::default() }
        .with("REMINDERS", "on")
        .with("REMINDERS_HELD_OUT", "0")
        .with("REMINDERS_EVERY", "1s")
}

/// Somebody was here three days ago, at this time of the day. The row is there once they are known.
async fn was_here(server: &Postgres, user: &SimUser) {
    let id = user.id();
    let known = format!("SELECT count(*) FROM accounts WHERE user_id = {id} AND phase ->> 'at' = 'idle'");
    until(server, &known, "1").await;
    server.psql(
        "nameless",
        &format!(
            "INSERT INTO activity (user_id, first_day, last_day, last_seen, sessions, messages, photos, days, seen)
            SELECT {id}, 1, seen / 86400000, seen, 1, 1, 0, 1, 0
            FROM (SELECT (extract(epoch FROM now()) * 1000)::bigint - 3 * 86400000 AS seen) AS ago
            ON CONFLICT (user_id) DO UPDATE SET last_seen = excluded.last_seen, last_day = excluded.last_day"
        ),
    );
}

/// Whoever searches has done so for a minute.
async fn waits_for_long(server: &Postgres, user: &SimUser) {
    let searching = format!(
        "SELECT count(*) FROM accounts WHERE user_id = {} AND phase ->> 'at' = 'searching'",
        user.id()
    );
    until(server, &searching, "1").await;
    server.psql(
        "nameless",
        &format!(
            "UPDATE accounts SET phase = jsonb_set(phase, '{{since}}', to_jsonb((phase ->> 'since')::bigint - 60000))
            WHERE user_id = {}",
            user.id()
        ),
    );
}

async fn until(server: &Postgres, sql: &str, value: &str) {
    let so = async {
        while server.ask("nameless", sql).trim() != value {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, so).await.unwrap_or_else(|_| panic!("not {value}: {sql}"));
}

/// Presses a button of this message.
async fn press_of(user: &SimUser, message: &ChatMessage, data: &str) {
    let query = user.press(message.message_id, data);
    user.wait_answer(PATIENCE, &query).await.unwrap_or_else(|e| panic!("{data} is not answered: {e}"));
}

fn reminders(user: &SimUser) -> usize {
    texts(user, 0).iter().filter(|text| text.contains(WAITS)).count()
}

/// The whole way: waiting, reminder, tap, search, matched; then the button that ends them.
#[tokio::test]
async fn who_is_reminded_comes_and_meets_who_waits() {
    clock::one_day().await;
    let Some((server, url)) = real_postgres() else { return };
    let app = spawn_app(reminding(&url));
    let boris = member(&app.world, "boris", MAN).await;
    was_here(&server, &boris).await;
    let anna = member(&app.world, "anna", WOMAN).await;
    let from_anna = anna.mark();
    search(&anna).await;
    waits_for_long(&server, &anna).await;
    let reminder = told(&boris, 0, WAITS).await;
    assert!(!reminder.json.to_string().contains(&anna.id().to_string()), "nobody is named");
    let mark = boris.mark();
    press_of(&boris, &reminder, "s:go").await;
    found(&boris, mark).await;
    found(&anna, from_anna).await;
    together(&anna, &boris).await;
    // In a chat nobody is reminded, and once a day is enough.
    let sent = "SELECT count(*) FROM reminders WHERE fate = 'sent'";
    until(&server, sent, "1").await;
    // One tap, also in the chat, which goes on.
    let mark = boris.mark();
    press_of(&boris, &reminder, "rm:off").await;
    told(&boris, mark, "no more reminders").await;
    together(&anna, &boris).await;
    until(&server, &format!("SELECT count(*) FROM reminders_off WHERE user_id = {}", boris.id()), "1").await;
    assert_eq!(reminders(&boris), 1);
    // In the settings it says so, and can be turned on again.
    ask(&boris, "/stop", "The chat is over").await;
    ask(&boris, "/settings", "Settings").await;
    let mark = boris.mark();
    tap(&boris, "rm:show").await;
    told(&boris, mark, "You get no reminders").await;
    let mark = boris.mark();
    tap(&boris, "rm:on").await;
    told(&boris, mark, "I will remind you").await;
}

/// Several rounds go by: who has blocked the bot, has turned reminders off, or is held out gets
/// nothing, and who comes after them does.
#[tokio::test]
async fn who_wants_none_is_left_alone() {
    clock::one_day().await;
    let Some((server, url)) = real_postgres() else { return };
    let app = spawn_app(reminding(&url));
    let carl = member(&app.world, "carl", MAN).await;
    let dan = member(&app.world, "dan", MAN).await;
    let egon = member(&app.world, "egon", MAN).await;
    carl.block_bot();
    until(&server, &format!("SELECT blocked_bot FROM accounts WHERE user_id = {}", carl.id()), "t").await;
    ask(&dan, "/settings", "Settings").await;
    let mark = dan.mark();
    tap(&dan, "rm:show").await;
    told(&dan, mark, "twice a week at most").await;
    let mark = dan.mark();
    tap(&dan, "rm:off").await;
    told(&dan, mark, "no more reminders").await;
    for user in [&dan, &egon] {
        was_here(&server, user).await;
    }
    server.psql(
        "nameless",
        &format!(
            "INSERT INTO activity (user_id, first_day, last_day, last_seen, sessions, messages, photos, days, seen)
            SELECT {}, 1, last_day, last_seen + 1, 1, 1, 0, 1, 0 FROM activity WHERE user_id = {}",
            carl.id(),
            egon.id()
        ),
    );
    let anna = member(&app.world, "anna", WOMAN).await;
    search(&anna).await;
    waits_for_long(&server, &anna).await;
    told(&egon, 0, WAITS).await;
    until(&server, "SELECT count(*) FROM reminders WHERE fate = 'sent'", "1").await;
    assert_eq!((reminders(&carl), reminders(&dan), reminders(&egon)), (0, 0, 1));
    assert_eq!(server.ask("nameless", "SELECT count(*) FROM jobs WHERE lane = 'remind'").trim(), "1");
}

/// A bot that was not told to remind anybody does not, and says nothing of it.
#[tokio::test]
async fn it_is_off_unless_the_operator_wants_it() {
    let Some((server, url)) = real_postgres() else { return };
    let app: TestApp = spawn_app(Options { place: Place::Server(url), ..Options::default() });
    let boris = member(&app.world, "boris", MAN).await;
    was_here(&server, &boris).await;
    let settings = ask(&boris, "/settings", "Settings").await;
    let data: Vec<_> = settings.buttons().into_iter().flatten().filter_map(|button| button.data).collect();
    assert!(!data.iter().any(|data| data.starts_with("rm:")), "{data:?}");
    let anna = member(&app.world, "anna", WOMAN).await;
    search(&anna).await;
    waits_for_long(&server, &anna).await;
    // As good as a round: there is nobody to do one.
    let rounds = "SELECT count(*) FROM jobs WHERE lane IN ('remind', 'remind_round')";
    assert_eq!(server.ask("nameless", rounds).trim(), "0");
    assert_eq!(reminders(&boris), 0);
}
