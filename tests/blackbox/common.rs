//! What the modules share: people who answer as they are told, waits, and a view of all that
//! somebody got.

use crate::support::app::TestApp;
use crate::support::people::{PATIENCE, press, sees};
use nameless_simulator::{CallbackAnswer, ChatMessage, NewUser, SimUser, World};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// What somebody answers to the first questions: indices of buttons.
#[derive(Clone, Copy)]
pub struct Answers {
    /// 0 female, 1 male, 2 other.
    pub gender: u8,
    /// 0 is 18 to 21.
    pub age: u8,
    /// 0 anyone, 1 women, 2 men.
    pub wish: u8,
}

pub const WOMAN: Answers = Answers { gender: 0, age: 0, wish: 0 };
pub const MAN: Answers = Answers { gender: 1, age: 0, wish: 0 };

/// A person whose Telegram speaks `language`, who has not written yet.
pub fn newcomer(world: &Arc<World>, name: &str, language: Option<&str>) -> SimUser {
    world.add_user(NewUser {
        first_name: format!("{name}First"),
        last_name: Some(format!("{name}Last")),
        username: Some(format!("{name}_username")),
        language_code: language.map(str::to_owned),
        ..NewUser::default()
    })
}

/// Waits until something counted has reached `least`.
pub async fn counted(app: &TestApp, name: &str, least: u64) {
    let reached = async {
        while app.count(name) < least {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, reached)
        .await
        .unwrap_or_else(|_| panic!("{name} is {}, not {least}", app.count(name)));
}

/// A value of `/metrics`, by its name with its labels.
pub async fn metric(app: &TestApp, name: &str) -> u64 {
    let page = reqwest::get(format!("http://{}/metrics", app.metrics)).await.expect("an answer");
    let page = page.text().await.expect("text");
    let value = page.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok());
    value.unwrap_or_else(|| panic!("no {name} in {page}"))
}

/// An onboarded person.
pub async fn member(world: &Arc<World>, name: &str, answers: Answers) -> SimUser {
    let user = newcomer(world, name, Some("en"));
    comes(&user, answers).await;
    user
}

/// Somebody new answers the first questions.
pub async fn comes(user: &SimUser, answers: Answers) {
    user.send_text("/start");
    press(user, "on:lang:1").await;
    press(user, "on:adult:1").await;
    press(user, &format!("on:gender:{}", answers.gender)).await;
    press(user, &format!("on:age:{}", answers.age)).await;
    press(user, &format!("on:wish:{}", answers.wish)).await;
}

/// Waits for a message of the bot after `mark` that holds `part`.
pub async fn told(user: &SimUser, mark: i32, part: &str) -> ChatMessage {
    user.wait_after(mark, PATIENCE, |m| m.from_bot && m.text().is_some_and(|t| t.contains(part)))
        .await
        .unwrap_or_else(|e| panic!("nothing with “{part}”: {e}"))
}

/// Sends a text, waits for the bot's own answer to it.
pub async fn ask(user: &SimUser, text: &str, part: &str) -> ChatMessage {
    let mark = user.mark();
    user.send_text(text);
    told(user, mark, part).await
}

/// /search, and that the search has begun.
pub async fn search(user: &SimUser) {
    ask(user, "/search", "Looking for someone").await;
    // Who has waited longer is told by milliseconds: two searches of the same one would be equals.
    next_millisecond();
}

/// Still in the queue: nobody was found for them meanwhile.
pub async fn still_searching(user: &SimUser) {
    // A command is answered each time; words in a burst once.
    ask(user, "/search", "Already looking").await;
}

/// Waits for the line that somebody was found, after `mark`.
pub async fn found(user: &SimUser, mark: i32) {
    told(user, mark, "Someone is here").await;
}

/// Sends something new from one to the other: whatever was sent before has arrived by then, or
/// never will.
pub async fn marker(from: &SimUser, to: &SimUser) -> ChatMessage {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let text = format!("marker {}", NEXT.fetch_add(1, Ordering::Relaxed));
    from.send_text(&text);
    sees(to, &text).await
}

/// What the bot itself said to `user` after `mark`, once all of it is there: a chat's own lines
/// keep their order with what the partner sends, so both send something that is waited for.
pub async fn said_to(user: &SimUser, partner: &SimUser, mark: i32) -> Vec<String> {
    together(user, partner).await;
    texts(user, mark).into_iter().filter(|t| !t.starts_with("marker ")).collect()
}

/// These two talk to each other.
pub async fn together(a: &SimUser, b: &SimUser) {
    marker(a, b).await;
    marker(b, a).await;
}

/// Waits for a message of this kind from the bot after `mark`.
pub async fn receives(user: &SimUser, mark: i32, kind: &str) -> ChatMessage {
    user.wait_after(mark, PATIENCE, |m| m.from_bot && m.kind() == kind)
        .await
        .unwrap_or_else(|e| panic!("no {kind}: {e}"))
}

/// Waits until a message of the chat looks so.
pub async fn becomes(user: &SimUser, id: i32, mut fits: impl FnMut(&ChatMessage) -> bool) -> ChatMessage {
    user.wait_for(PATIENCE, |m| m.message_id == id && fits(m))
        .await
        .unwrap_or_else(|e| panic!("#{id} does not become what it should: {e}"))
}

/// Waits until a message is gone from the chat.
pub async fn vanishes(user: &SimUser, id: i32) {
    user.wait_chat(PATIENCE, |chat| chat.iter().any(|m| m.message_id == id && m.deleted))
        .await
        .unwrap_or_else(|e| panic!("#{id} is not deleted: {e}"));
}

/// Presses a button of the newest message that has one whose data begins so; what the bot answered.
pub async fn tap(user: &SimUser, data: &str) -> CallbackAnswer {
    let fits = |d: &Option<String>| d.as_deref().is_some_and(|d| d.starts_with(data));
    let has = |m: &ChatMessage| m.from_bot && m.buttons().iter().flatten().any(|b| fits(&b.data));
    user.wait_for(PATIENCE, has).await.unwrap_or_else(|e| panic!("no button {data}: {e}"));
    let message = user.chat().into_iter().rev().find(|m| !m.deleted && has(m)).expect("just seen");
    let button = message.buttons().into_iter().flatten().find(|b| fits(&b.data)).expect("just seen");
    let query = user.press(message.message_id, button.data.as_deref().unwrap_or_default());
    user.wait_answer(PATIENCE, &query).await.unwrap_or_else(|e| panic!("{data} is not answered: {e}"))
}

/// Messages of the bot after `mark`, deleted ones too.
pub fn inbox(user: &SimUser, mark: i32) -> Vec<ChatMessage> {
    user.chat().into_iter().filter(|m| m.from_bot && m.message_id > mark).collect()
}

/// Everything the bot ever sent to somebody, as JSON.
pub fn dump(user: &SimUser) -> String {
    inbox(user, 0).iter().map(|m| format!("{} {:?}\n", m.json, m.bot_reactions)).collect()
}

/// The texts of the bot's messages after `mark`.
pub fn texts(user: &SimUser, mark: i32) -> Vec<String> {
    inbox(user, mark).iter().filter_map(|m| m.text().map(str::to_owned)).collect()
}

/// Returns when the clock shows a later millisecond than now.
fn next_millisecond() {
    let now =
        || std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_millis());
    let before = now();
    while now() == before {
        std::thread::yield_now();
    }
}
