//! People who use the bot, and what they commonly do.

use nameless_simulator::{ChatMessage, NewUser, SimUser, World};
use std::sync::Arc;
use std::time::Duration;

/// How long anything may take before a test gives up on it. A good one never waits for that long.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A person whose names must never be seen by anybody else.
pub fn person(world: &Arc<World>, name: &str) -> SimUser {
    world.add_user(NewUser {
        first_name: format!("{name}First"),
        last_name: Some(format!("{name}Last")),
        username: Some(format!("{name}_username")),
        language_code: Some("en".into()),
        ..NewUser::default()
    })
}

/// Whether a message has a button whose data begins so.
pub fn has_button(message: &ChatMessage, data: &str) -> bool {
    message.from_bot
        && message.buttons().iter().flatten().any(|b| b.data.as_deref().is_some_and(|d| d.starts_with(data)))
}

/// Waits for a button whose data begins so, presses it, waits for the answer.
pub async fn press(user: &SimUser, data: &str) {
    let message = user
        .wait_for(PATIENCE, |m| has_button(m, data))
        .await
        .unwrap_or_else(|e| panic!("no button {data}: {e}"));
    let button = message
        .buttons()
        .into_iter()
        .flatten()
        .find(|b| b.data.as_deref().is_some_and(|d| d.starts_with(data)))
        .expect("the button that was just seen");
    let query = user.press(message.message_id, &button.data.unwrap_or_default());
    user.wait_answer(PATIENCE, &query).await.unwrap_or_else(|e| panic!("{data} is not answered: {e}"));
}

/// Goes through the questions: English, 18 or older, `gender` (0 female, 1 male, 2 other), 18 to
/// 21, anyone.
pub async fn onboard(user: &SimUser, gender: u8) {
    user.send_text("/start");
    press(user, "on:lang:1").await;
    press(user, "on:adult:1").await;
    press(user, &format!("on:gender:{gender}")).await;
    press(user, "on:age:0").await;
    press(user, "on:wish:0").await;
}

/// Two people, onboarded and in a chat with each other.
pub async fn chatting(world: &Arc<World>, a: &str, b: &str) -> (SimUser, SimUser) {
    let (a, b) = (person(world, a), person(world, b));
    onboard(&a, 0).await;
    onboard(&b, 1).await;
    pair(&a, &b).await;
    (a, b)
}

/// Both search, and find each other.
pub async fn pair(a: &SimUser, b: &SimUser) {
    let (from_a, from_b) = (a.mark(), b.mark());
    a.send_text("/search");
    b.send_text("/search");
    for (user, mark) in [(a, from_a), (b, from_b)] {
        user.wait_after(mark, PATIENCE, is_found).await.unwrap_or_else(|e| panic!("nobody found: {e}"));
    }
}

/// The line that says that a partner was found.
pub fn is_found(message: &ChatMessage) -> bool {
    message.from_bot && message.text().is_some_and(|t| t.starts_with("Someone is here"))
}

/// Waits until `user` sees `text` from the bot.
pub async fn sees(user: &SimUser, text: &str) -> ChatMessage {
    user.wait_for(PATIENCE, |m| m.from_bot && m.text() == Some(text))
        .await
        .unwrap_or_else(|e| panic!("“{text}” does not arrive: {e}"))
}

/// Waits until `user` sees a text from the bot that holds `part`.
pub async fn sees_part(user: &SimUser, part: &str) -> ChatMessage {
    user.wait_for(PATIENCE, |m| m.from_bot && m.text().is_some_and(|t| t.contains(part)))
        .await
        .unwrap_or_else(|e| panic!("nothing with “{part}” arrives: {e}"))
}
