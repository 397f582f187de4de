//! Where somebody is, as the chat asks for it.

use super::context::{Context, account};
use super::dating::{known, says, words};
use crate::support::clock::one_day;
use nameless_actors::ports::Write;
use nameless_domain::capabilities::dating::Event;
use nameless_domain::capabilities::dating::person::Goal;
use nameless_domain::capabilities::dating::place::Cell;
use nameless_domain::capabilities::dating::profile::{Answer, Objection, Question};
use nameless_domain::ids::UserId;
use nameless_domain::profile::Gender;

const HER: UserId = UserId(7_970);

fn asks(question: Question, objection: Option<Objection>) -> Event {
    Event::Ask { question, objection }
}

/// Sends a place on the map.
async fn sends(c: &Context, seq: u64, cell: Cell, is_live: bool) -> Event {
    says(c, HER.0, seq, Answer::Place { cell, is_live }).await
}

/// Guards: what follows the question with a button, what comes by itself, and the changes of a day.
pub async fn where_somebody_is_is_asked_in_the_row_and_by_itself(c: &mut Context) {
    one_day().await;
    let woman = known(Gender::Female, 0b010);
    let (here, there) = (Cell::of(61.79, 34.35).expect("a cell"), Cell::of(57.82, 28.33).expect("a cell"));
    assert_eq!(c.store.dating_place(HER, true).await.unwrap(), Event::Gone);
    c.write(vec![Write::Account(Box::new(account(HER.0, 1)))]).await;
    c.store.dating_enter(HER, woman, 5).await.unwrap();
    let first = c.store.dating_place(HER, true).await.unwrap();
    assert_eq!(first, asks(Question::Birth, None), "what is missing comes first");
    assert_eq!(says(c, HER.0, 1, words("24.03.1998")).await, asks(Question::Name, None));
    assert_eq!(says(c, HER.0, 2, words("Somebody")).await, asks(Question::City, None));
    assert_eq!(c.store.dating_place(HER, false).await.unwrap(), asks(Question::City, None));
    assert_eq!(c.store.dating_place(HER, true).await.unwrap(), asks(Question::Pin, None));
    assert_eq!(c.store.dating_enter(HER, woman, 5).await.unwrap(), asks(Question::Pin, None));
    assert_eq!(sends(c, 3, here, true).await, asks(Question::Pin, Some(Objection::Live)));
    assert_eq!(says(c, HER.0, 4, words("Atlantis")).await, asks(Question::Pin, Some(Objection::NoCity)));
    let then = Box::new(asks(Question::Goal, None));
    assert_eq!(sends(c, 5, here, false).await, Event::Placed { cell: here, says: None, then });
    let kept = c.sql("SELECT cell, asks, moves FROM dating_profiles WHERE user_id = 7970").await;
    assert_eq!(kept, [format!("{}|goal|0", here.number())]);
    assert_eq!(says(c, HER.0, 6, Answer::Goal(Goal::Dates)).await, asks(Question::Bio, None));
    assert_eq!(says(c, HER.0, 7, Answer::Skip).await, asks(Question::Photo, None));
    assert_eq!(says(c, HER.0, 8, Answer::Skip).await, Event::Ready);

    // By itself, by the name of a city as well; then nothing is asked any more.
    let placed = |event: &Event, at: Cell| matches!(event, Event::Placed { cell, then, .. } if *cell == at && matches!(**then, Event::Choices(_)));
    assert_eq!(c.store.dating_place(HER, true).await.unwrap(), asks(Question::Place, None));
    let event = says(c, HER.0, 9, words("Pskov")).await;
    assert!(placed(&event, there), "{event:?}");
    assert_eq!(sends(c, 10, here, false).await, Event::NotAsked);
    // Who names a city in the row has no button below that has to go.
    c.store.dating_fill(HER, woman).await.unwrap();
    assert_eq!(says(c, HER.0, 11, words("Somebody")).await, asks(Question::City, None));
    assert_eq!(says(c, HER.0, 12, words("Pskov")).await, asks(Question::Goal, None));
    c.store.dating_leave(HER).await.unwrap();

    for (seq, at) in [(13, here), (14, there)] {
        c.store.dating_place(HER, false).await.unwrap();
        let event = sends(c, seq, at, false).await;
        assert!(placed(&event, at), "{event:?}");
    }
    c.store.dating_place(HER, false).await.unwrap();
    assert_eq!(sends(c, 15, here, false).await, asks(Question::Place, Some(Objection::Moves)));
    let event = sends(c, 16, there, false).await;
    assert!(placed(&event, there), "where somebody is already is no change: {event:?}");
    let kept =
        c.sql("SELECT cell, coalesce(asks, '-'), moves FROM dating_profiles WHERE user_id = 7970").await;
    assert_eq!(kept, [format!("{}|-|3", there.number())]);
    c.sql("DELETE FROM dating_profiles WHERE user_id = 7970").await;
}
