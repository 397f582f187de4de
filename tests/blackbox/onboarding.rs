//! Five taps from /start to searching, in both languages; and those who are not 18.

use crate::common::{WOMAN, ask, member, newcomer, tap, told};
use crate::support::app::{Options, TestApp, spawn_app};
use crate::support::people::{PATIENCE, has_button, press};
use nameless_domain::ids::UserId;
use nameless_domain::session::account::ADULT_TEXT_VERSION;
use nameless_simulator::SimUser;

/// Presses the FIRST button of each question; the number of taps until the search button is there.
async fn first_buttons(user: &SimUser) -> u32 {
    user.send_text("/start");
    for (taps, question) in
        ["on:lang", "on:adult", "on:gender", "on:age", "on:wish", "s:go"].iter().enumerate()
    {
        let message =
            user.wait_for(PATIENCE, |m| has_button(m, question)).await.unwrap_or_else(|e| panic!("{e}"));
        let first = message.buttons()[0][0].clone();
        let data = first.data.expect("every button tells the bot");
        if *question == "s:go" {
            assert_eq!(data, "s:go", "the first button is the way forward");
            user.press(message.message_id, &data);
            return taps as u32;
        }
        assert_ne!(data, "on:adult:0", "the first button turns nobody away");
        let query = user.press(message.message_id, &data);
        user.wait_answer(PATIENCE, &query).await.unwrap_or_else(|e| panic!("{e}"));
    }
    unreachable!("the loop returns at the search button")
}

async fn account(app: &TestApp, user: &SimUser) -> nameless_domain::session::account::Account {
    // The row is written in batches: the answer to the next command does not wait for it.
    for _ in 0..200 {
        let loaded = app.engine.env().store.load(UserId(user.id())).await.expect("the store answers");
        if let Some(loaded) = loaded.filter(|l| l.account.profile().is_some()) {
            return loaded.account;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("the account is not kept");
}

#[tokio::test]
async fn five_taps_on_the_first_buttons_lead_to_a_search() {
    let app = spawn_app(Options::default());
    for (code, words) in [
        (Some("ru"), "Ищем собеседника"),
        (Some("ru-RU"), "Ищем собеседника"),
        (Some("en"), "Looking for someone"),
        (Some("de"), "Looking for someone"),
        (None, "Looking for someone"),
    ] {
        let user = newcomer(&app.world, "anna", code);
        let before = app.world.now();
        assert_eq!(first_buttons(&user).await, 5, "{code:?}");
        told(&user, 0, words).await;
        let account = account(&app, &user).await;
        let adult = account.adult.expect("the 18+ gate is recorded");
        assert_eq!(adult.version, ADULT_TEXT_VERSION);
        assert!(adult.at.0 >= before * 1000 - 1000, "with its time");
        assert_eq!(account.wishes.genders, 0b111, "the first choice is anyone");
        user.send_text("/stop");
    }
}

#[tokio::test]
async fn the_language_can_be_chosen_against_the_guess() {
    let app = spawn_app(Options::default());
    let user = newcomer(&app.world, "anna", Some("ru"));
    user.send_text("/start");
    told(&user, 0, "На каком языке").await;
    press(&user, "on:lang:1").await;
    told(&user, 0, "Please confirm that you are 18").await;
}

#[tokio::test]
async fn a_person_who_is_not_18_is_turned_away_kindly() {
    let app = spawn_app(Options::default());
    let adult = member(&app.world, "boris", WOMAN).await;
    crate::common::search(&adult).await;
    let user = newcomer(&app.world, "anna", Some("en"));
    user.send_text("/start");
    press(&user, "on:lang:1").await;
    press(&user, "on:adult:0").await;
    told(&user, 0, "Thank you for being honest").await;
    for words in ["/search", "/next", "/start", "/profile", "hello"] {
        ask(&user, words, "for adults only").await;
    }
    // A button of the gate that is still to be seen in an older client.
    let query = user.try_press(user.mark(), "on:adult:1");
    assert!(query.is_err(), "the gate's buttons are gone");
    for words in ["/help", "/rules", "/privacy", "/language", "/settings"] {
        let mark = user.mark();
        user.send_text(words);
        user.wait_after(mark, PATIENCE, |m| m.from_bot).await.unwrap_or_else(|e| panic!("{words}: {e}"));
    }
    // /settings leads to the profile, which must not open a way around.
    tap(&user, "pf:show").await;
    ask(&user, "/search", "for adults only").await;
    crate::common::still_searching(&adult).await;
}

#[tokio::test]
async fn a_question_stands_until_it_is_answered() {
    let app = spawn_app(Options::default());
    let user = newcomer(&app.world, "anna", Some("en"));
    ask(&user, "hello", "Which language").await;
    press(&user, "on:lang:1").await;
    for words in ["hm?", "/search", "/start", "/profile"] {
        ask(&user, words, "confirm that you are 18").await;
    }
    // The first of several copies of the question is pressed, then a later one: one answer counts.
    let questions: Vec<i32> =
        user.chat().iter().filter(|m| has_button(m, "on:adult:1")).map(|m| m.message_id).collect();
    assert!(questions.len() > 1);
    for id in &questions {
        let query = user.press(*id, "on:adult:1");
        user.wait_answer(PATIENCE, &query).await.unwrap_or_else(|e| panic!("{e}"));
    }
    told(&user, 0, "Who are you?").await;
    let asked = user.chat().iter().filter(|m| has_button(m, "on:gender:0")).count();
    assert_eq!(asked, 1);
}
