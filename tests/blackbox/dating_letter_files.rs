//! Letters of more than words, to somebody who talks to somebody else.

use crate::common::{inbox, tap, together, told};
use crate::dating::dating;
use crate::dating_letters::{marked, one_talks, replies, tells_nothing};
use crate::photos::{guarded, has_worker, models, nude, photo};
use crate::support::app::spawn_app;
use crate::support::people::{PATIENCE, has_button};
use nameless_simulator::{ChatMessage, Outgoing, SimUser};
use serde_json::json;

/// Somebody's words go to their match from now on.
async fn writes(user: &SimUser) {
    let mark = user.mark();
    tap(user, "dt:write:").await;
    told(user, mark, "What you write now goes to Tom").await;
}

/// Sends something, waits until it was taken.
async fn sends(user: &SimUser, what: Outgoing) {
    let message = user.send(what);
    marked(user, message).await;
}

/// The letters that somebody got, in their order.
fn letters(user: &SimUser) -> Vec<ChatMessage> {
    inbox(user, 0).into_iter().filter(|m| has_button(m, "dt:letter_report:")).collect()
}

fn kinds(letters: &[ChatMessage]) -> Vec<&'static str> {
    letters.iter().map(ChatMessage::kind).collect()
}

#[tokio::test]
async fn a_photo_a_voice_and_words_come_in_their_order() {
    let app = spawn_app(dating());
    let (anna, boris, carla) = one_talks(&app).await;
    let (hers, his) = (anna.mark(), boris.mark());
    writes(&anna).await;
    let owner = json!({ "id": 987_654, "is_bot": false, "first_name": "Somebody" });
    let origin = json!({ "type": "user", "date": 1, "sender_user": owner });
    let photo = Outgoing::photo().caption("a view, ask @anna_username").forward_origin(origin);
    sends(&anna, photo).await;
    sends(&anna, Outgoing::voice()).await;
    sends(&anna, Outgoing::text("and some words")).await;
    told(&boris, his, "and some words").await;
    let got = letters(&boris);
    assert_eq!(kinds(&got), ["photo", "voice", "text"]);
    // I12: nobody has looked at it.
    assert!(got[0].has_spoiler(), "{:?}", got[0]);
    let caption = got[0].caption().expect("the words below it");
    assert!(caption.starts_with("a view, ask ") && !caption.contains("username"), "{caption}");
    for letter in &got[..2] {
        let label = letter.buttons()[0][0].text.clone();
        assert!(label.contains("Lisa, "), "whose it is: {label}");
    }
    let all = letters(&boris).iter().map(|m| m.json.to_string()).collect::<String>();
    assert!(!all.contains("987654") && !all.contains("forward_origin"), "{all}");
    told(&anna, hers, "Voices and faces are easy to recognise").await;

    // A reply to the photo goes to her, with all that a letter can be; his chat goes on.
    let answer = replies(&boris, &got[0], "what a view");
    marked(&boris, answer).await;
    told(&anna, hers, "what a view").await;
    sends(&boris, Outgoing::sticker().reply_to(got[1].message_id)).await;
    sends(&boris, Outgoing::video_note().reply_to(got[1].message_id)).await;
    sends(&boris, Outgoing::text("that was all").reply_to(got[2].message_id)).await;
    told(&anna, hers, "that was all").await;
    assert_eq!(kinds(&letters(&anna)), ["text", "sticker", "video_note", "text"]);
    // Where her settings keep a voice out she reads that there was one, and may answer.
    anna.forbid_voice(true);
    let (hers, mark) = (anna.mark(), boris.mark());
    sends(&boris, Outgoing::voice().caption("listen").reply_to(got[1].message_id)).await;
    let lost = told(&anna, hers, "doesn’t get through").await;
    assert!(
        lost.text().is_some_and(|text| text.starts_with("✉️ Tom, ") && text.ends_with("listen")),
        "{lost:?}"
    );
    let answer = replies(&anna, &lost, "in words, please");
    marked(&anna, answer).await;
    told(&boris, mark, "in words, please").await;
    together(&boris, &carla).await;
    assert!(letters(&carla).is_empty());
    let strays = inbox(&carla, 0).into_iter().filter(|m| m.kind() != "text").count();
    assert_eq!(strays, 0, "nothing of it is Carla's");
    tells_nothing(&anna, (&boris, "boris"));
    tells_nothing(&boris, (&anna, "anna"));
    assert_eq!(letters(&boris).len(), 4, "told once");
    assert_eq!(app.count("actor_deaths"), 0);
}

/// Guards: the look in `letter_files::screened`, what it takes out, and the jobs that tell of that.
/// The models and workers are real.
#[tokio::test]
async fn a_photo_that_is_refused_is_told_to_nobody() {
    let Some((models, astronaut)) = models() else { return };
    let app = spawn_app(guarded("spoiler", &models).with("DATING", "on"));
    let (anna, boris, _carla) = one_talks(&app).await;
    has_worker(&app).await;
    writes(&anna).await;
    let (hers, his) = (anna.mark(), boris.mark());
    let refused = anna.send(photo(&nude()));
    marked(&anna, refused).await;
    told(&anna, hers, "too revealing").await;
    let unmarked = anna.wait_for(PATIENCE, |m| m.message_id == refused && m.bot_emoji().is_empty());
    unmarked.await.unwrap_or_else(|e| panic!("it is not taken any more: {e}"));
    sends(&anna, photo(&astronaut).caption("that is me")).await;
    sends(&anna, Outgoing::text("and some words")).await;
    told(&boris, his, "and some words").await;
    let got = letters(&boris);
    assert_eq!(kinds(&got), ["photo", "text"]);
    assert_eq!((got[0].caption(), got[0].has_spoiler()), (Some("that is me"), false));
}
