//! The operator's channel: who has joined comes in, and who has not is told where; nothing that
//! people need waits for it, and a Telegram that is silent holds up nobody.

use crate::common::{MAN, WOMAN, ask, counted, member, search, tap, told};
use crate::dating_api::phone::Phone;
use crate::support::app::{Options, TestApp, spawn_app};
use nameless_simulator::{FaultAction, FaultRule};
use reqwest::StatusCode;
use serde_json::{Value, json};

const CHANNEL: &str = "@example_channel";

fn gated() -> TestApp {
    let app = spawn_app(Options::default().with("GATE_CHANNEL", CHANNEL));
    app.world.set_told(CHANNEL, true);
    app
}

#[tokio::test]
async fn who_joins_comes_in_and_nothing_else_waits() {
    let app = gated();
    let anna = member(&app.world, "anna", WOMAN).await;
    let asked = ask(&anna, "/search", "join our channel").await;
    let links: Vec<_> = asked.buttons().into_iter().flatten().filter_map(|button| button.url).collect();
    assert_eq!(links, ["https://t.me/example_channel"]);
    for (command, part) in
        [("/privacy", "What the other person sees"), ("/settings", "Settings"), ("/stop", "not talking")]
    {
        ask(&anna, command, part).await;
    }
    let mark = anna.mark();
    tap(&anna, "gate:again").await;
    told(&anna, mark, "join our channel").await;
    app.world.set_member(CHANNEL, anna.id(), true);
    let mark = anna.mark();
    tap(&anna, "gate:again").await;
    told(&anna, mark, "you are in").await;
    search(&anna).await;
    // Known for a while: Telegram is not asked for each search.
    let asked = crate::common::metric(&app, "nameless_gate_looks_total").await;
    ask(&anna, "/stop", "Search stopped").await;
    search(&anna).await;
    assert_eq!(crate::common::metric(&app, "nameless_gate_looks_total").await, asked);

    let boris = member(&app.world, "boris", MAN).await;
    app.world.set_member(CHANNEL, boris.id(), true);
    let mark = boris.mark();
    boris.send_text("/search");
    told(&boris, mark, "Someone is here").await;
}

#[tokio::test]
async fn a_telegram_that_does_not_tell_lets_in() {
    let app = gated();
    app.world.set_told(CHANNEL, false);
    let anna = member(&app.world, "anna", WOMAN).await;
    search(&anna).await;
    counted(&app, "gate_unknown", 1).await;
    app.world.set_told(CHANNEL, true);
    app.world
        .faults()
        .add(FaultRule::new(FaultAction::Latency { min_ms: 60_000, max_ms: 60_000 }).on("getChatMember"));
    let boris = member(&app.world, "boris", MAN).await;
    let mark = boris.mark();
    boris.send_text("/search");
    told(&boris, mark, "Someone is here").await;
    counted(&app, "gate_unknown", 2).await;
}

/// What is answered to who has to join first.
fn asks_to_join((status, problem): (StatusCode, Value)) {
    assert_eq!((status, &problem["code"]), (StatusCode::FORBIDDEN, &json!("channel")), "{problem}");
    assert_eq!(problem["link"], "https://t.me/example_channel");
}

/// The Mini App's API: the deck and what is said there wait, what people need does not.
#[tokio::test]
async fn the_app_waits_as_the_chat_does_and_ways_out_stay_open() {
    let options = Options::default().with("GATE_CHANNEL", CHANNEL).with("DATING", "on");
    let app = spawn_app(options);
    app.world.set_told(CHANNEL, true);
    let anna = member(&app.world, "anna", WOMAN).await;
    let boris = member(&app.world, "boris", MAN).await;
    for user in [&anna, &boris] {
        app.world.set_member(CHANNEL, user.id(), true);
    }
    let (hers, his) = (Phone::of(&app, &anna).await, Phone::of(&app, &boris).await);
    for (phone, name) in [(&hers, "Lisa"), (&his, "Tom")] {
        let profile = json!({ "birth": "1998-03-24", "name": name, "city": "moscow", "goal": "dates" });
        assert_eq!(phone.put("profile", profile).await.0, StatusCode::OK);
    }
    let card = hers.card().await;
    let token = card["token"].as_str().expect("a token").to_owned();

    // Somebody else, who has not joined.
    let dora = member(&app.world, "dora", WOMAN).await;
    let doras = Phone::of(&app, &dora).await;
    asks_to_join(doras.look("cards").await);
    asks_to_join(doras.look("likes").await);
    asks_to_join(doras.put("profile", json!({ "birth": "1998-03-24" })).await);
    asks_to_join(doras.post(&format!("cards/{token}/verdict"), json!({ "verdict": "like" })).await);
    for path in ["undo", "likes/open", "matches/00000000000000a1/chat", "matches/00000000000000a1/contacts"] {
        asks_to_join(doras.act(path).await);
    }
    // What is theirs, what is wrong, and what is paid: as ever.
    for path in ["me", "lists", "matches", "settings", "goods", "stats", "profile"] {
        assert_ne!(doras.look(path).await.1["code"], "channel", "{path}");
    }
    let why = json!({ "reason": "spam" });
    for path in ["cards/00000000000000a1/report", "matches/00000000000000a1/report"] {
        assert_eq!(doras.post(path, why.clone()).await.1["code"], "gone", "{path}");
    }
    for path in ["cards/00000000000000a1/block", "matches/00000000000000a1/block"] {
        assert_eq!(doras.act(path).await.1["code"], "gone", "{path}");
    }
    for path in ["profile", "profile/photos/00000000000000a1", "matches/00000000000000a1"] {
        assert_ne!(doras.delete(path).await.1["code"], "channel", "{path}");
    }
    assert_ne!(doras.act("goods/premium-7/invoice").await.1["code"], "channel");

    // They join, and are in: at the latest when what was said before is forgotten.
    app.world.set_member(CHANNEL, dora.id(), true);
    let inside = async {
        while doras.look("cards").await.1["code"] == "channel" {
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(crate::support::people::PATIENCE, inside).await.expect("they are in");
    assert_eq!(doras.look("cards").await.1["code"], "no_profile");
    let profile = json!({ "birth": "1998-03-24", "name": "Dora", "city": "moscow", "goal": "dates" });
    assert_eq!(doras.put("profile", profile).await.0, StatusCode::OK);

    // Telegram is asked once in a while, not for each request.
    let asked = crate::common::metric(&app, "nameless_gate_looks_total").await;
    for _ in 0..5 {
        hers.get("cards").await;
    }
    assert_eq!(crate::common::metric(&app, "nameless_gate_looks_total").await, asked);
}
