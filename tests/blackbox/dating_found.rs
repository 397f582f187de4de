//! Many matches in the chat: page by page, and looked for by name.

use crate::common::{ask, member, tap, told};
use crate::dating::{MAN, WOMAN, dating, likes, profile};
use crate::support::app::spawn_app;
use nameless_simulator::ChatMessage;

/// More than a page has.
const NAMES: [&str; 9] =
    ["Andrew", "Bernard", "Conrad", "Edgar", "Felix", "George", "Henry", "Isaac", "Алёша"];

/// The names on a page, without ages.
fn names(page: &ChatMessage) -> Vec<String> {
    let buttons = page.buttons().into_iter().flatten();
    let names = buttons.filter(|b| b.data.as_deref().is_some_and(|data| data.starts_with("dt:write:")));
    names.filter_map(|b| Some(b.text.trim_start_matches("💬 ").split(',').next()?.to_owned())).collect()
}

#[tokio::test]
async fn matches_are_found_by_a_part_of_the_name() {
    let app = spawn_app(dating());
    let anna = member(&app.world, "anna", WOMAN).await;
    profile(&anna, "Lisa", "rain and old films", false).await;
    let mut talks = None;
    for (n, name) in NAMES.into_iter().enumerate() {
        let him = member(&app.world, &format!("man{n}"), MAN).await;
        profile(&him, name, "climbing", false).await;
        let (hers, his) = (anna.mark(), him.mark());
        likes(&him, "Lisa").await;
        ask(&anna, "/dating", "Likes left today").await;
        likes(&anna, name).await;
        told(&anna, hers, &format!("It is mutual: you and {name}")).await;
        told(&him, his, "It is mutual: you and Lisa").await;
        talks = Some(him);
    }

    // The newest first, then the rest, and back.
    let page = ask(&anna, "/matches", "Who would you like to write to?").await;
    assert_eq!(names(&page), NAMES.iter().rev().take(8).map(|name| (*name).to_owned()).collect::<Vec<_>>());
    tap(&anna, "dt:found:8:").await;
    anna.wait_for(crate::support::people::PATIENCE, |m| names(m) == ["Andrew"])
        .await
        .expect("the second page");
    tap(&anna, "dt:found:0:").await;
    anna.wait_for(crate::support::people::PATIENCE, |m| names(m).len() == 8).await.expect("the first one");

    // By the button: whatever the case.
    let mark = anna.mark();
    tap(&anna, "dt:find").await;
    anna.wait_for(crate::support::people::PATIENCE, |m| {
        m.text().is_some_and(|text| text.contains("Whom are you looking for?"))
    })
    .await
    .expect("the question");
    anna.send_text("NARD");
    let page = told(&anna, mark, "Found for “nard”").await;
    assert_eq!(names(&page), ["Bernard"]);
    // What is said after that is for nobody's ears, as ever.
    ask(&anna, "felix", "not talking to anyone").await;
    ask(&anna, "/matches nobody", "Nobody with “nobody”").await;

    // By the command, also in a chat, whose partner hears nothing of it. Either letter finds him.
    let him = talks.expect("the last of them");
    let mark = him.mark();
    let page = ask(&anna, "/matches алеш", "Found for “алеш”").await;
    assert_eq!(names(&page), ["Алёша"]);
    tap(&anna, "dt:write:").await;
    told(&him, mark, "This is Lisa, your match").await;
    let page = ask(&anna, "/matches Isa", "Found for “isa”").await;
    assert_eq!(names(&page), ["Isaac"]);
    anna.send_text("still here?");
    told(&him, mark, "still here?").await;
    let heard = him.chat().into_iter().filter(|m| m.from_bot && m.message_id > mark);
    assert!(!heard.filter_map(|m| m.text().map(str::to_owned)).any(|text| text.contains("Isa")));
    assert_eq!(app.count("actor_deaths"), 0);
}
