//! /privacy: a copy of everything, and forgetting (I14).

use crate::common::{MAN, ask, found, marker, member, newcomer, receives, search, tap, together, told};
use crate::support::app::{Options, Place, TestApp, real_postgres, spawn_app};
use crate::support::export::WholeExport;
use crate::support::people::{PATIENCE, chatting, press, sees};
use nameless_domain::ids::UserId;
use nameless_simulator::SimUser;
use serde_json::Value;

/// Presses export; the file that comes.
async fn export(app: &TestApp, user: &SimUser) -> Value {
    ask(user, "/privacy", "Privacy").await;
    let mark = user.mark();
    tap(user, "pv:export").await;
    let file = receives(user, mark, "document").await;
    let name = file.media().and_then(|m| m["file_name"].as_str()).unwrap_or_default().to_owned();
    assert!(name.ends_with(".json"), "{name}");
    // What the file holds is the store's document: compared by size, as a person's file is not
    // downloaded here.
    let document = app.engine.env().store.whole_export(UserId(user.id())).await.expect("an export");
    let size = file.media().and_then(|m| m["file_size"].as_u64()).unwrap_or_default();
    assert!(size > 200, "{size} bytes");
    document
}

async fn everything(app: TestApp) {
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    for i in 0..3 {
        anna.send_text(&format!("words of anna {i}"));
        boris.send_text(&format!("words of boris {i}"));
    }
    sees(&boris, "words of anna 2").await;
    sees(&anna, "words of boris 2").await;
    // History is written in batches.
    let written = async {
        loop {
            let document = app.engine.env().store.whole_export(UserId(anna.id())).await.expect("an export");
            if document.to_string().contains("words of anna 2") {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, written).await.expect("the history is written");
    let document = export(&app, &anna).await;
    let text = document.to_string();
    assert!(text.contains("words of anna 0") && text.contains("adult_confirmed"), "{text}");
    for partners in ["words of boris", "boris", &boris.id().to_string()] {
        assert!(!text.contains(partners), "{partners} is in the export: {text}");
    }
    assert_eq!(document["account"]["telegram_id"], anna.id());

    // Kept when unsure.
    ask(&anna, "/privacy", "Privacy").await;
    tap(&anna, "pv:erase").await;
    tap(&anna, "pv:keep").await;
    told(&anna, 0, "Good, everything stays").await;
    together(&anna, &boris).await;

    // And erased when sure: the chat ends, the rows are gone, the words are gone.
    ask(&anna, "/privacy", "Privacy").await;
    tap(&anna, "pv:erase").await;
    tap(&anna, "pv:erase-yes").await;
    told(&anna, 0, "we no longer remember you").await;
    told(&boris, 0, "The other person ended the chat").await;
    let gone = async {
        loop {
            let loaded = app.engine.env().store.load(UserId(anna.id())).await.expect("the store answers");
            let document = app.engine.env().store.whole_export(UserId(anna.id())).await.expect("an export");
            if loaded.is_none() && !document.to_string().contains("words of anna") {
                break document;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    let document = tokio::time::timeout(PATIENCE, gone).await.expect("everything is erased");
    assert!(document["account"].is_null() && document["messages"].as_array().is_some_and(Vec::is_empty));
    let theirs =
        app.engine.env().store.whole_export(UserId(boris.id())).await.expect("an export").to_string();
    assert!(theirs.contains("words of boris") && !theirs.contains("words of anna"));
    // What comes next starts from the beginning.
    ask(&anna, "hello", "Which language").await;
    let clara = member(&app.world, "clara", MAN).await;
    let mark = boris.mark();
    search(&boris).await;
    search(&clara).await;
    found(&boris, mark).await;
    marker(&boris, &clara).await;
}

#[tokio::test]
async fn export_and_erase_on_a_private_cluster() {
    everything(spawn_app(Options::default())).await;
}

#[tokio::test]
async fn export_and_erase_on_a_real_postgres() {
    let Some((_server, url)) = real_postgres() else { return };
    everything(spawn_app(Options { place: Place::Server(url), ..Options::default() })).await;
}

/// Who has said that they are not 18 stays outside for the day, whatever they erase and whoever
/// restarts. Guards: the phase that an erasure leaves, and the hash in the store.
#[tokio::test]
async fn erasing_does_not_shorten_the_day_of_who_is_not_18() {
    let app = spawn_app(Options::default());
    let young = newcomer(&app.world, "young", Some("en"));
    young.send_text("/start");
    press(&young, "on:lang:1").await;
    press(&young, "on:adult:0").await;
    told(&young, 0, "for adults only").await;
    ask(&young, "/privacy", "Privacy").await;
    tap(&young, "pv:erase").await;
    tap(&young, "pv:erase-yes").await;
    told(&young, 0, "we no longer remember you").await;
    ask(&young, "/start", "for adults only").await;
    // Nothing of it is in memory any more.
    let (world, folder) = app.stop();
    let app = spawn_app(Options { world: Some(world), data_dir: Some(folder), ..Options::default() });
    ask(&young, "/start", "for adults only").await;
    ask(&young, "/search", "for adults only").await;
    drop(app);
}

/// Within the hour the second press is answered in words, and no file comes.
#[tokio::test]
async fn a_copy_is_made_once_an_hour() {
    let app = spawn_app(Options::default());
    let anna = member(&app.world, "anna", MAN).await;
    export(&app, &anna).await;
    ask(&anna, "/privacy", "Privacy").await;
    let mark = anna.mark();
    tap(&anna, "pv:export").await;
    told(&anna, mark, "less than an hour ago").await;
    let files = anna.chat().iter().filter(|m| m.media().is_some()).count();
    assert_eq!(files, 1);
}
