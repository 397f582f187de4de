//! The database fails over: a primary with a synchronous standby, promoted while people talk.
//! Nothing is lost, and the bot finds the new one by itself.

use super::outages::each_line_is_kept_once;
use crate::support::app::{Options, Place, spawn_app};
use crate::support::crowd;
use crate::support::people::{PATIENCE, is_found, onboard, person};
use crate::support::postgres::Postgres;
use std::time::{Duration, Instant};

/// How soon after a promotion people are found somebody again.
const BACK: Duration = Duration::from_secs(30);
/// Lines a second, of all.
const RATE: u64 = 200;

#[tokio::test]
async fn a_promotion_under_texts_loses_nothing() {
    // A commit is on both before it counts: no disk is needed for what is told here.
    let settings = ["fsync=off", "full_page_writes=off", "wal_level=replica", "max_wal_senders=4"];
    let Some(mut primary) = Postgres::start(&settings) else { return };
    primary.create("nameless");
    let standby = primary.standby();
    let url = format!(
        "postgresql://postgres@127.0.0.1:{},127.0.0.1:{}/nameless?target_session_attrs=read-write",
        // The standby first: it answers, and is not the one.
        standby.port(),
        primary.port()
    );
    let options = Options { place: Place::Server(url), ..Options::default() };
    let app = spawn_app(options.with("DATABASE_STATEMENT_TIMEOUT", "2s"));
    let chats = crowd::chats(&app, 10).await;
    let (anna, boris) = (person(&app.world, "anna"), person(&app.world, "boris"));
    onboard(&anna, 0).await;
    onboard(&boris, 1).await;
    let each = Duration::from_micros(1_000_000 * 2 * chats.len() as u64 / RATE);
    let mut lines = 0;
    let say_for = async |time: Duration, lines: &mut usize| {
        let until = Instant::now() + time;
        while Instant::now() < until {
            crowd::say(&chats, *lines..*lines + 1);
            *lines += 1;
            tokio::time::sleep(each).await;
        }
    };
    say_for(Duration::from_secs(2), &mut lines).await;
    primary.stop();
    // Nobody is there for a while, as it takes somebody to notice.
    say_for(Duration::from_secs(2), &mut lines).await;
    standby.promote();
    let promoted = Instant::now();
    let searching = (anna.mark(), boris.mark());
    anna.send_text("/search");
    boris.send_text("/search");
    say_for(Duration::from_secs(2), &mut lines).await;
    for (user, mark) in [(&anna, searching.0), (&boris, searching.1)] {
        user.wait_after(mark, PATIENCE, is_found).await.unwrap_or_else(|e| panic!("nobody found: {e}"));
    }
    let back = promoted.elapsed();
    println!("back {back:?} after the promotion, {lines} lines a member");
    crowd::all_heard_in_order(&chats, lines, PATIENCE).await;
    each_line_is_kept_once(&app, &standby, &chats, lines).await;
    assert!(back < BACK, "{back:?}");
}
