//! What characters find again of talks of before there was an index, once a bot or an operator has
//! filled it.

use crate::common::{WOMAN, ask, member};
use crate::companion::{RICH, begins, says};
use crate::model::Server;
use crate::support::app::{Options, Place, spawn_app};
use crate::support::characters::BackEnds;
use crate::support::postgres::{FAST, Postgres};
use nameless::store::{Keys, Pace, PgStore, StoreOptions};
use std::time::Duration;

const KEY: &str = "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a";
const FOUND_BY: &str = "SELECT dialog_id, turn, stems FROM companion_turns ORDER BY 1, 2";
const AS_BEFORE: [&str; 2] = [
    "UPDATE companion_turns SET stems = '{}'",
    "UPDATE backfills SET reached = NULL, filled = 0, ended = NULL WHERE name = 'companion_recall'",
];

/// It is filled with what the bot itself would have written, and not with what its owner wanted
/// forgotten.
#[tokio::test]
async fn older_turns_get_what_newer_ones_have() {
    let Some(postgres) = Postgres::start(FAST) else { return };
    let url = postgres.create("nameless");
    let model = Server::new(vec![says("The keeper had a parrot."), says("A grey one.")]).await;
    let back_ends = BackEnds::new(&[&model.url], RICH);
    let options = Options { place: Place::Server(url.clone()), ..back_ends.options() };
    let app = spawn_app(options.with("HISTORY_KEY", KEY));
    let anna = member(&app.world, "anna", WOMAN).await;
    begins(&anna).await;
    ask(&anna, "Tell me about the lighthouse.", "The keeper had a parrot.").await;
    ask(&anna, "Which colour was the parrot?", "A grey one.").await;
    let sql = |sql: &str| postgres.psql_rows("nameless", sql);
    let begin_anew = || AS_BEFORE.map(sql);
    let written = sql(FOUND_BY);
    assert!(written.len() == 2 && written.iter().all(|row| row.contains("\\x")), "{written:?}");

    let keys = Keys::parse(&KEY.to_owned().into()).expect("a key");
    let store = PgStore::connect(&url, keys, StoreOptions::default()).await.expect("a store");
    begin_anew();
    assert_ne!(sql(FOUND_BY), written);
    let mut steps = Vec::new();
    let filled =
        tokio::time::timeout(Duration::from_secs(60), store.fill(Pace::Asked, |so_far| steps.push(so_far)));
    assert_eq!(filled.await.expect("in time").expect("filled"), 2);
    assert_eq!(sql(FOUND_BY), written);
    assert!(steps.last().is_some_and(|last| last.is_over && last.rows == 2), "{steps:?}");

    begin_anew();
    sql("UPDATE companion_dialogs SET forgot = 1");
    assert_eq!(store.fill(Pace::Asked, |_| {}).await.expect("filled"), 1);
    let left = sql(FOUND_BY);
    assert!(left[0].ends_with("{}") && left[1] == written[1], "{left:?}");
    store.close().await;
}
