//! Figures of dating: what is counted, and that nothing is said of a few.

use super::admin::{done, order};
use super::context::{Context, NOW};
use nameless_actors::capabilities::{Answer as Told, DatingDesk, DatingFigures, Told as Desk};
use nameless_actors::ports::StoreError;
use nameless_domain::capabilities::admin::desk::dating::Deed;
use tokio_postgres::NoTls;

const DAY: i64 = 86_400_000;

async fn figures(c: &Context) -> DatingFigures {
    let told = done(c, order("desk", Deed::Figures.into())).await;
    let Told::Desk(Desk::Dating(DatingDesk::Figures(figures))) = told else { panic!("{told:?}") };
    *figures
}

/// So many people with profiles, who came and were here last so long ago (days).
async fn come(c: &mut Context, (first, last): (i64, i64), came: i64, here: i64) {
    let now = chrono(c).await;
    let (since, active) = (now - came * DAY, now - here * DAY);
    c.sql(&format!(
        "INSERT INTO dating_profiles (user_id, standing, birth, gender, genders, from_age, to_age, reach, cell,
            interests, goal, sealed, asked, since, active, decided, liked)
        SELECT u, 'shown', '1998-03-24', 2, 7, 18, 99, 4, 1000000, 7, 1, 'x', 0, {since}, {active}, 4, 2
        FROM generate_series({first}, {last}) u"
    ))
    .await;
}

/// The database's clock, milliseconds: the store counts by its own machine's, which is the same.
async fn chrono(c: &mut Context) -> i64 {
    c.sql("SELECT (extract(epoch FROM now()) * 1000)::bigint - 1000").await[0].parse().expect("a time")
}

pub async fn a_few_people_are_not_told_of(c: &mut Context) {
    c.clear().await;
    come(c, (1, 9), 20, 0).await;
    let few = figures(c).await;
    assert_eq!((few.profiles, few.today, few.starved, few.gini), (None, None, None, None), "{few:?}");
    assert!(few.funnel.steps().iter().all(|(_, _, n)| n.is_none()), "{few:?}");
    // Kept for ten minutes, whatever comes.
    come(c, (10, 47), 20, 0).await;
    assert_eq!(figures(c).await, few);
    c.sql("UPDATE dating_figures SET at = at - 600001").await;
    let more = figures(c).await;
    assert_eq!((more.profiles, more.today), (Some(40), Some(40)), "47 in tens");
    assert_eq!((more.newcomers, more.newcomers_matched), (Some(40), None), "{more:?}");
    assert!(more.at > few.at);
}

pub async fn what_people_do_is_counted(c: &mut Context) {
    c.clear().await;
    come(c, (1, 40), 20, 0).await;
    // Here last week, and long ago: counted by some figures only.
    come(c, (41, 60), 20, 3).await;
    come(c, (61, 90), 300, 100).await;
    let now = chrono(c).await;
    // 20 matches of the first 40 within their first week; 10 talked much, 11 know each other.
    let (matched, day) = (now - 19 * DAY, now - DAY);
    c.sql(&format!(
        "INSERT INTO dating_pairs (lo, hi, lo_said, lo_at, hi_said, hi_at, matched_at, matches, lo_token, hi_token,
            changed, talked, chat, lo_shares, hi_shares)
        SELECT u, u + 20, 'like', 1, 'like', 1, {matched}, 1, u, u, 1, u <= 15, CASE WHEN u <= 15 THEN 1000 + u END,
            u <= 12, u <= 11
        FROM generate_series(1, 20) u;
        INSERT INTO history (pair_id, side, message, edit, opened, at, sealed)
        SELECT 1000 + u, s, m, 0, {}, {}, 'x' FROM generate_series(1, 15) u, generate_series(0, 1) s,
            generate_series(1, 25) m
        WHERE u <= 10 OR s = 0 OR m < 20;
        INSERT INTO dating_cards (viewer, token, other, place, made, served)
        SELECT v, o, o, 1, {day}, {day} FROM generate_series(1, 10) v, generate_series(1, 40) o WHERE v <> o",
        NOW.0, NOW.0
    ))
    .await;
    let all = figures(c).await;
    assert_eq!((all.profiles, all.today), (Some(90), Some(40)), "{all:?}");
    // 60 people with two likes each; of the matches each is somebody's twice.
    assert_eq!(all.match_rate, Some(30), "{all:?}");
    assert_eq!((all.conversations, all.conversation_rate), (Some(10), Some(50)), "{all:?}");
    assert_eq!((all.newcomers, all.newcomers_matched), (Some(60), Some(70)), "{all:?}");
    // 20 of 60 were shown to nobody, the others alike but for a card.
    assert_eq!((all.starved, all.gini), (Some(30), Some(0.3)), "{all:?}");
    let steps = all.funnel.steps().map(|(_, _, n)| n);
    let n = Some;
    assert_eq!(steps, [n(60), n(60), n(60), n(60), n(40), n(30), n(20)], "{all:?}");
    // One more with a match is not seen: 41 of 60.
    c.sql(&format!(
        "INSERT INTO dating_pairs (lo, hi, lo_said, lo_at, hi_said, hi_at, matched_at, matches, lo_token, hi_token,
            changed) VALUES (41, 61, 'like', 1, 'like', 1, {matched}, 1, 1, 1, 1);
        UPDATE dating_figures SET at = at - 600001"
    ))
    .await;
    let more = figures(c).await;
    assert!(more.at > all.at);
    assert_eq!(DatingFigures { at: all.at, ..more }, all);
    // Of 20 newcomers 19: the one without would be known.
    c.sql(
        "DELETE FROM dating_profiles WHERE user_id > 20; DELETE FROM dating_pairs WHERE lo = 20;
        UPDATE dating_figures SET at = at - 600001",
    )
    .await;
    let few = figures(c).await;
    assert_eq!((few.newcomers, few.newcomers_matched), (Some(20), None), "{few:?}");
    c.clear().await;
}

/// Guard: counting takes neither a node's database away from it nor more than one connection.
pub async fn counting_waits_for_nobody(c: &mut Context) {
    c.clear().await;
    let (client, connection) = tokio_postgres::connect(&c.url, NoTls).await.expect("a connection");
    let driver = tokio::spawn(connection);
    let beside = async |sql: &str| client.batch_execute(sql).await.expect("it is done");
    beside("SELECT pg_advisory_lock(5642809, 14)").await;
    let asked = c.store.carry_out(order("desk", Deed::Figures.into())).await;
    assert!(matches!(asked, Err(StoreError::Unavailable(_))), "somebody else counts: {asked:?}");
    // Who comes while they are counted for the first time waits for that, and is not sent away.
    let frees = async {
        let waits = "SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = 5642809 AND objid = 14 AND NOT granted";
        while client.query(waits, &[]).await.expect("an answer").is_empty() {
            tokio::task::yield_now().await;
        }
        beside("SELECT pg_advisory_unlock(5642809, 14)").await;
    };
    let (old, ()) = futures_util::future::join(figures(c), frees).await;
    assert_eq!(figures(c).await, old);
    come(c, (1, 40), 20, 0).await;
    beside("UPDATE dating_figures SET at = at - 600001; SELECT pg_advisory_lock(5642809, 14)").await;
    assert_eq!(figures(c).await, old, "somebody else counts");
    beside("SELECT pg_advisory_unlock(5642809, 14); BEGIN; LOCK TABLE dating_profiles").await;
    assert_eq!(figures(c).await, old, "it takes too long");
    beside("COMMIT").await;
    assert_eq!(figures(c).await.profiles, Some(40));
    drop(client);
    driver.await.expect("the driver").expect("the connection");
    c.clear().await;
}
