//! Letters: a match is written to while somebody else is talked to, and nobody gets what was for
//! another.

use crate::common::{ask, dump, marker, member, tap, texts, together, told};
use crate::dating::{MAN, WOMAN, dating, likes, profile};
use crate::support::app::{TestApp, spawn_app};
use crate::support::people::{PATIENCE, pair, sees};
use nameless_simulator::{ChatMessage, Outgoing, SimUser};

/// Two who like each other.
async fn matched(app: &TestApp) -> (SimUser, SimUser) {
    let anna = member(&app.world, "anna", WOMAN).await;
    let boris = member(&app.world, "boris", MAN).await;
    profile(&anna, "Lisa", "rain and old films", false).await;
    profile(&boris, "Tom", "climbing", false).await;
    let (from_anna, from_boris) = (anna.mark(), boris.mark());
    likes(&anna, "Tom").await;
    told(&anna, from_anna, "That is everybody for now").await;
    likes(&boris, "Lisa").await;
    told(&anna, from_anna, "It is mutual: you and Tom").await;
    told(&boris, from_boris, "It is mutual: you and Lisa").await;
    (anna, boris)
}

/// The same, and one of them talks to somebody by chance.
pub async fn one_talks(app: &TestApp) -> (SimUser, SimUser, SimUser) {
    let (anna, boris) = matched(app).await;
    let carla = member(&app.world, "carla", WOMAN).await;
    pair(&boris, &carla).await;
    together(&boris, &carla).await;
    (anna, boris, carla)
}

pub fn replies(user: &SimUser, to: &ChatMessage, words: &str) -> i32 {
    user.send(Outgoing::text(words).reply_to(to.message_id))
}

/// Waits until the bot has marked a message as a letter that it took.
pub async fn marked(user: &SimUser, message: i32) {
    user.wait_for(PATIENCE, |m| m.message_id == message && m.bot_emoji() == ["🕊"])
        .await
        .unwrap_or_else(|e| panic!("#{message} is not taken: {e}"));
}

/// I18: nothing of who the other one is.
pub fn tells_nothing(reader: &SimUser, (other, name): (&SimUser, &str)) {
    let all = dump(reader);
    for part in [other.id().to_string(), format!("{name}First"), format!("{name}_username")] {
        assert!(!all.contains(&part), "{part} in {all}");
    }
}

/// Texts of the bot that hold any of these words.
fn holding(user: &SimUser, words: &[&str]) -> Vec<String> {
    texts(user, 0).into_iter().filter(|text| words.iter().any(|word| text.contains(word))).collect()
}

#[tokio::test]
async fn a_match_is_written_to_beside_a_chat_and_nobody_gets_what_was_for_another() {
    let app = spawn_app(dating());
    let (anna, boris, carla) = one_talks(&app).await;
    let (hers, his) = (anna.mark(), boris.mark());
    tap(&anna, "dt:write:").await;
    told(&anna, hers, "What you write now goes to Tom").await;
    let first = anna.send_text("hello from Lisa");
    marked(&anna, first).await;
    let letter = told(&boris, his, "hello from Lisa").await;
    assert!(letter.text().is_some_and(|text| text.starts_with("✉️ Lisa, ")), "{letter:?}");

    // In his chat all goes on; his reply goes to her alone.
    together(&boris, &carla).await;
    let answer = replies(&boris, &letter, "hello from Tom");
    marked(&boris, answer).await;
    let answer = told(&anna, hers, "hello from Tom").await;
    assert!(answer.text().is_some_and(|text| text.starts_with("✉️ Tom, ")), "{answer:?}");
    let said = marker(&carla, &boris).await;
    replies(&boris, &said, "for Carla alone");
    sees(&carla, "for Carla alone").await;

    // Until he ends it his words go to her; a reply to what Carla wrote goes to Carla.
    let mark = boris.mark();
    tap(&boris, "dt:letter:").await;
    told(&boris, mark, "What you write now goes to Lisa").await;
    let second = boris.send_text("a second letter");
    marked(&boris, second).await;
    told(&anna, hers, "a second letter").await;
    let said = marker(&carla, &boris).await;
    replies(&boris, &said, "for Carla once more");
    sees(&carla, "for Carla once more").await;
    let mark = boris.mark();
    boris.send(Outgoing::contact("+79161234567", "Somebody"));
    told(&boris, mark, "can’t go by letter").await;
    let mark = boris.mark();
    tap(&boris, "dt:unletter:").await;
    told(&boris, mark, "You are back in your chat").await;
    together(&boris, &carla).await;

    assert_eq!(
        holding(&carla, &["Lisa", "hello from", "second letter"]),
        [""; 0],
        "nothing of it is Carla's"
    );
    assert_eq!(holding(&anna, &["Carla", "marker"]), [""; 0], "nor is anything of hers Anna's");
    for text in ["hello from Tom", "a second letter"] {
        assert_eq!(holding(&anna, &[text]).len(), 1, "told once");
    }
    assert_eq!(holding(&boris, &["hello from Lisa"]).len(), 1, "told once");
    tells_nothing(&anna, (&boris, "boris"));
    tells_nothing(&boris, (&anna, "anna"));
    assert_eq!(app.count("actor_deaths"), 0);
}

/// Whoever talks to somebody else can begin a letter as well; a search that finds somebody
/// meanwhile changes nothing about to whom words go; /stop ends both.
#[tokio::test]
async fn letters_begin_in_a_chat_and_go_on_into_one() {
    let app = spawn_app(dating());
    let (anna, boris, carla) = one_talks(&app).await;
    let (hers, mark) = (anna.mark(), boris.mark());
    ask(&boris, "/matches", "Who would you like to write to?").await;
    tap(&boris, "dt:write:").await;
    told(&boris, mark, "What you write now goes to Lisa").await;
    boris.send_text("beside a chat");
    told(&anna, hers, "beside a chat").await;
    // Carla goes on; he searches, and is found by somebody new.
    ask(&carla, "/stop", "").await;
    told(&boris, mark, "ended the chat").await;
    let dora = member(&app.world, "dora", WOMAN).await;
    let mark = boris.mark();
    pair(&boris, &dora).await;
    told(&boris, mark, "What you write now goes to Lisa").await;
    boris.send_text("still for Lisa");
    told(&anna, hers, "still for Lisa").await;
    tap(&boris, "dt:unletter:").await;
    told(&boris, mark, "You are back in your chat").await;
    together(&boris, &dora).await;
    assert_eq!(holding(&dora, &["Lisa"]), [""; 0]);
}

#[tokio::test]
async fn whoever_is_blocked_by_a_letter_writes_no_more() {
    let app = spawn_app(dating());
    let (anna, boris, carla) = one_talks(&app).await;
    let (hers, his) = (anna.mark(), boris.mark());
    tap(&anna, "dt:write:").await;
    told(&anna, hers, "What you write now goes to Tom").await;
    anna.send_text("a word");
    let letter = told(&boris, his, "a word").await;
    tap(&boris, "dt:letter_report:").await;
    told(&boris, his, "What is wrong with this letter?").await;
    tap(&boris, "dt:letter_block:").await;
    told(&boris, his, "You will not see each other again").await;
    // Hers reach nobody, and that is said; his reply does not go to whom he talks to.
    anna.send_text("another word");
    told(&anna, hers, "so nothing was sent").await;
    let mark = boris.mark();
    replies(&boris, &letter, "too late");
    told(&boris, mark, "so nothing was sent").await;
    together(&boris, &carla).await;
    assert_eq!(holding(&boris, &["another word"]), [""; 0]);
    assert_eq!(holding(&carla, &["too late"]), [""; 0]);
}
