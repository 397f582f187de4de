//! /settings, /profile, /language, the menu, and every command in every state.

use crate::common::{MAN, WOMAN, ask, member, newcomer, search, tap, together, told};
use crate::support::app::{Options, spawn_app};
use crate::support::people::{PATIENCE, chatting, press};
use nameless_domain::ids::UserId;
use nameless_simulator::SimUser;
use std::time::Duration;

const COMMANDS: [&str; 13] = [
    "/start",
    "/search",
    "/next",
    "/settings",
    "/profile",
    "/report",
    "/rules",
    "/help",
    "/premium",
    "/language",
    "/privacy",
    "/nonsense",
    "/delete",
];

async fn answers_everything(user: &SimUser, state: &str, cyrillic: bool) {
    for command in COMMANDS {
        let mark = user.mark();
        user.send_text(command);
        let answer = user
            .wait_after(mark, PATIENCE, |m| m.from_bot && m.text().is_some())
            .await
            .unwrap_or_else(|e| panic!("{state}: {command} is not answered: {e}"));
        let text = answer.text().unwrap_or_default();
        let russian = text.chars().filter(|c| ('а'..='я').contains(c)).count() * 2 > text.chars().count() / 2;
        assert_eq!(russian, cyrillic, "{state}: {command}: {text}");
    }
}

#[tokio::test]
async fn every_command_is_answered_in_every_state_in_the_users_language() {
    let app = spawn_app(Options::default());
    for (code, lang, cyrillic) in [("en", 1, false), ("ru", 0, true)] {
        let user = newcomer(&app.world, "anna", Some(code));
        answers_everything(&user, "new", cyrillic).await;
        press(&user, &format!("on:lang:{lang}")).await;
        press(&user, "on:adult:1").await;
        answers_everything(&user, "onboarding", cyrillic).await;
        press(&user, "on:gender:0").await;
        press(&user, "on:age:0").await;
        press(&user, "on:wish:0").await;
        answers_everything(&user, "idle, then searching", cyrillic).await;
        user.send_text("/stop");
        let young = newcomer(&app.world, "young", Some(code));
        young.send_text("/start");
        press(&young, &format!("on:lang:{lang}")).await;
        press(&young, "on:adult:0").await;
        answers_everything(&young, "underage", cyrillic).await;
    }
    // In a chat nothing of a command reaches the partner.
    let (clara, dmitri) = chatting(&app.world, "clara", "dmitri").await;
    for command in COMMANDS.iter().filter(|c| **c != "/next") {
        let mark = clara.mark();
        clara.send_text(command);
        clara.wait_after(mark, PATIENCE, |m| m.from_bot).await.unwrap_or_else(|e| panic!("{command}: {e}"));
    }
    ask(&clara, "/stop@nameless_bot", "The chat is over").await;
    assert!(!crate::common::texts(&dmitri, 0).iter().any(|t| t.starts_with('/')));
}

#[tokio::test]
async fn every_answer_can_be_changed_and_a_running_search_heeds_it() {
    let app = spawn_app(Options::default());
    let anna = member(&app.world, "anna", WOMAN).await;
    ask(&anna, "/profile", "A woman").await;
    tap(&anna, "pf:gender").await;
    tap(&anna, "pf:gender:1").await;
    told(&anna, 0, "Gender: A man").await;
    tap(&anna, "pf:age").await;
    tap(&anna, "pf:age:2").await;
    told(&anna, 0, "Age: 26–35").await;
    tap(&anna, "pf:topics").await;
    tap(&anna, "pf:topics:0").await;
    tap(&anna, "pf:topics:4").await;
    tap(&anna, "pf:show").await;
    let shown = told(&anna, 0, "Music").await;
    assert!(shown.text().is_some_and(|t| t.contains("Travel")), "{shown}");
    // The last wish must stay.
    tap(&anna, "pf:genders").await;
    tap(&anna, "pf:genders:0").await;
    tap(&anna, "pf:genders:1").await;
    assert_eq!(tap(&anna, "pf:genders:2").await.text.as_deref(), Some("At least one has to stay ticked."));
    // While searching: only "other" is wished for; then men too, and the man who waits is found.
    let boris = member(&app.world, "boris", MAN).await;
    search(&anna).await;
    search(&boris).await;
    crate::common::still_searching(&boris).await;
    let mark = boris.mark();
    tap(&anna, "pf:genders:1").await;
    crate::common::found(&boris, mark).await;
    crate::common::found(&anna, 0).await;
    together(&anna, &boris).await;
}

#[tokio::test]
async fn the_language_changes_at_once_and_stays_after_a_restart() {
    let app = spawn_app(Options::default());
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    ask(&anna, "/language", "Which language").await;
    tap(&anna, "set:lang:0").await;
    told(&anna, 0, "Теперь говорим по-русски").await;
    ask(&anna, "/rules", "Правила").await;
    ask(&boris, "/rules", "Rules").await;
    together(&anna, &boris).await;
    let (world, data_dir) = app.stop();
    let _app = spawn_app(Options { world: Some(world), data_dir: Some(data_dir), ..Options::default() });
    ask(&anna, "/rules", "Правила").await;
    // The pair and its message map are still there.
    together(&anna, &boris).await;
    let old =
        anna.chat().into_iter().find(|m| m.from_bot && m.text().is_some_and(|t| t.starts_with("marker")));
    let mark = boris.mark();
    anna.reply(old.expect("a marker").message_id, "about what was before");
    assert!(told(&boris, mark, "about what was before").await.reply_to().is_some());
}

#[tokio::test]
async fn settings_are_kept_and_the_menu_is_set_in_both_languages() {
    let app = spawn_app(Options::default());
    let anna = member(&app.world, "anna", WOMAN).await;
    ask(&anna, "/settings", "Settings").await;
    tap(&anna, "set:confirm").await;
    let settled = async {
        loop {
            let loaded = app.engine.env().store.load(UserId(anna.id())).await.expect("the store answers");
            if loaded.is_some_and(|l| !l.account.confirm_end) && app.world.stats().calls("setMyCommands") >= 3
            {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, settled).await.expect("kept, and the menu set");
}
