//! Invitations: a link, somebody who comes by it and talks, and days of premium for both.

use crate::billing::comes_to_have;
use crate::common::{MAN, WOMAN, ask, found, member, newcomer, search, tap, together, told};
use crate::support::app::{Options, spawn_app};
use crate::support::people::press;

/// Guards: only who is new and has talked counts, and nobody learns who it was.
#[tokio::test]
async fn who_comes_by_a_link_and_talks_brings_both_days_and_no_name() {
    let app = spawn_app(Options::default().with("INVITE_DAYS", "3").with("INVITE_BOTH", "on"));
    let anna = member(&app.world, "anna", WOMAN).await;
    let shown = ask(&anna, "/invite", "Your link").await;
    let text = shown.text().expect("words").to_owned();
    assert!(text.contains("Nobody has come by it yet"), "{text}");
    let link = text.lines().find(|line| line.starts_with("https://t.me/")).expect("a link");
    let code = link.split_once("?start=").expect("an argument").1;
    assert!(!link.contains(&anna.id().to_string()), "{link}");

    let boris = newcomer(&app.world, "boris", Some("en"));
    let mark = boris.mark();
    boris.send_text(&format!("/start {code}"));
    let said = told(&boris, mark, "A friend's link has brought you here").await;
    assert!(!said.json.to_string().contains("anna"), "{said:?}");
    for answer in ["on:lang:1", "on:adult:1", "on:gender:1", "on:age:0", "on:wish:0"] {
        press(&boris, answer).await;
    }
    // Whom Boris will meet is somebody whom others meet, too.
    let carla = member(&app.world, "carla", MAN).await;
    let (dora, egon) = (member(&app.world, "dora", WOMAN).await, member(&app.world, "egon", MAN).await);
    for (one, other) in [(&carla, &dora), (&dora, &egon)] {
        let (mark_one, mark_other) = (one.mark(), other.mark());
        search(one).await;
        other.send_text("/search");
        found(one, mark_one).await;
        found(other, mark_other).await;
        together(one, other).await;
        one.send_text("/stop");
        told(other, mark_other, "The other person ended the chat").await;
    }
    ask(&carla, &format!("/start {code}"), "not talking to anyone").await;
    let (mark_a, mark_b, mark_c) = (anna.mark(), boris.mark(), carla.mark());
    search(&boris).await;
    carla.send_text("/search");
    told(&carla, mark_c, "Someone is here").await;
    told(&boris, mark_b, "Someone is here").await;
    for _ in 0..4 {
        together(&boris, &carla).await;
    }
    carla.send_text("/stop");
    let brought = told(&anna, mark_a, "Somebody came by your link").await;
    let said = brought.json.to_string();
    assert!(!said.contains("boris") && !said.contains(&boris.id().to_string()), "{said}");
    told(&boris, mark_b, "Your first real chat").await;
    comes_to_have(&anna, "You have premium until").await;
    comes_to_have(&boris, "You have premium until").await;
    ask(&carla, "/premium", "You have no premium").await;
    tap(&anna, "bl:invite").await;
    told(&anna, mark_a, "One person has come by it so far").await;
}
