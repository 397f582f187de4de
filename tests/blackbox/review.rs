//! Ratings, reports with their evidence, blocks.

use crate::common::{ask, marker, tap, told};
use crate::support::app::{Options, Place, TestApp, real_postgres, spawn_app};
use crate::support::export::WholeExport;
use crate::support::people::{PATIENCE, chatting, has_button, sees};
use nameless::store::{Author, Keys, PgStore, Report, StoreOptions};
use nameless_domain::ids::UserId;
use nameless_domain::session::review::ReportReason;
use nameless_simulator::Outgoing;
use std::time::Duration;

/// A second view of the application's database, as an operator's tool would have it.
async fn store(app: &TestApp, url: &str) -> PgStore {
    let keys = Keys::load_or_create(app.data_dir.path()).expect("the key");
    PgStore::connect(url, keys, StoreOptions { connections: 1, ..StoreOptions::default() })
        .await
        .expect("a store")
}

/// The open report; written in batches, hence waited for.
async fn report(store: &PgStore) -> Report {
    for _ in 0..500 {
        if let Some(report) = store.open_reports(10).await.expect("reports").pop() {
            return report;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("no report");
}

#[tokio::test]
async fn a_report_keeps_its_evidence_whatever_happens_to_the_messages() {
    let Some((_server, url)) = real_postgres() else { return };
    let app = spawn_app(Options { place: Place::Server(url.clone()), ..Options::default() });
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    let store = store(&app, &url).await;
    anna.send_text("please stop");
    sees(&boris, "please stop").await;
    let bad = boris.send_text("an insult");
    let got = sees(&anna, "an insult").await;
    boris.edit_text(bad, "a worse insult");
    crate::common::becomes(&anna, got.message_id, |m| m.text() == Some("a worse insult")).await;
    boris.send(Outgoing::photo().caption("a picture"));
    crate::common::receives(&anna, got.message_id, "photo").await;
    // He removes it on both sides before she reports.
    boris.reply(bad, "/delete");
    crate::common::vanishes(&anna, got.message_id).await;
    ask(&anna, "/stop", "The chat is over").await;
    let asked = ask(&anna, "/report", "What happened?").await;
    assert_eq!(asked.buttons().len(), 5);
    tap(&anna, "fb:r:").await;
    told(&anna, 0, "your report is in").await;
    let report = report(&store).await;
    assert_eq!(report.reporter, Some(UserId(anna.id())));
    assert_eq!(report.reported, UserId(boris.id()));
    assert_eq!(report.reason, ReportReason::Minor);
    let evidence = store.report_evidence(report.report).await.expect("readable").expect("there");
    let lines: Vec<String> = evidence
        .messages
        .iter()
        .map(|m| format!("{:?} {} {}", m.from, m.edit > 0, m.payload.get()))
        .collect();
    let has = |from: Author, words: &str| {
        evidence.messages.iter().any(|m| m.from == from && m.payload.get().contains(words))
    };
    assert!(has(Author::Reporter, "please stop"), "{lines:?}");
    assert!(has(Author::Reported, "an insult"), "what was edited away and deleted: {lines:?}");
    assert!(has(Author::Reported, "a worse insult"), "{lines:?}");
    assert!(has(Author::Reported, "a picture"), "{lines:?}");
    assert_eq!(evidence.unreadable, 0);
    // He erases himself: the evidence stays readable, as the report is open.
    ask(&boris, "/privacy", "Privacy").await;
    tap(&boris, "pv:erase").await;
    tap(&boris, "pv:erase-yes").await;
    told(&boris, 0, "we no longer remember you").await;
    ask(&boris, "hello", "Which language").await;
    let evidence = store.report_evidence(report.report).await.expect("readable").expect("there");
    assert!(evidence.messages.iter().any(|m| m.payload.get().contains("a worse insult")));
    // One report per chat.
    ask(&anna, "/report", "already reported").await;
    store.close().await;
}

#[tokio::test]
async fn a_live_chat_is_reported_and_ends_without_telling_why() {
    let app = spawn_app(Options::default());
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    marker(&boris, &anna).await;
    ask(&anna, "/report", "The chat will end").await;
    tap(&anna, "fb:r:").await;
    told(&anna, 0, "your report is in").await;
    let screen = told(&boris, 0, "The other person ended the chat").await;
    assert!(!screen.text().unwrap_or_default().contains("report"), "who was reported is not told");
    ask(&anna, "/report", "already reported").await;
}

#[tokio::test]
async fn ratings_count_once_and_hostile_buttons_do_nothing() {
    let app = spawn_app(Options::default());
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    ask(&anna, "/stop", "The chat is over").await;
    let screen = anna.chat().into_iter().rev().find(|m| has_button(m, "fb:up:")).expect("rating");
    let up = screen.buttons()[1][0].data.clone().expect("data");
    let first = anna.press(screen.message_id, &up);
    let second = anna.press(screen.message_id, &up);
    let answer = anna.wait_answer(PATIENCE, &first).await.unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(answer.text.as_deref(), Some("Thanks, noted."));
    let answer = anna.wait_answer(PATIENCE, &second).await.unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(answer.text.as_deref(), Some("You have already rated this chat."));
    told(&boris, 0, "ended the chat").await;
    tap(&boris, "fb:down:").await;
    // Written in batches, hence waited for.
    let counted = async {
        loop {
            let export = app.engine.env().store.whole_export(UserId(anna.id())).await.expect("an export");
            if export["ratings"]["received"]["down"] == 1 {
                break export;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let export = tokio::time::timeout(PATIENCE, counted).await.expect("the ratings are written");
    assert_eq!(export["ratings"]["given"]["up"], 1, "{export}");
    // Data that no button of ours has, pressed by a hostile client: answered, and nothing happens.
    for (n, data) in
        ["fb:r:1:99", "fb:up:999999", "fb:up:x", "pf:age:77", "zz", "", "on:wish:0", "end:stop:1", ":::::"]
            .iter()
            .enumerate()
    {
        let query = format!("hostile{n}");
        let update = serde_json::json!({"callback_query": {
            "id": query, "from": anna.profile(), "chat_instance": "1", "data": data,
            "message": {"message_id": screen.message_id, "date": 1, "chat": {"id": anna.id(), "type": "private"}},
        }});
        app.world.inject_update(crate::support::app::TOKEN, update).expect("room");
    }
    ask(&anna, "/search", "Looking for someone").await;
}
