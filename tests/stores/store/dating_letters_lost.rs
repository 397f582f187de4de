//! Letters that come again.

use super::context::Context;
use super::dating_letters::{sends, taken, two};
use nameless::capabilities::dating::NewLetter;
use nameless_domain::capabilities::dating::Event;
use nameless_domain::capabilities::dating::bot::Token;
use nameless_domain::capabilities::dating::letter::Letter;
use nameless_domain::capabilities::dating::letters::Unsent;
use nameless_domain::ids::{BotId, MessageId, UserId};

fn words(message: i32, words: &str) -> (i32, Letter, Option<i32>) {
    (message, Letter::plain(words), None)
}

/// A message comes again, of a time before words went to this match.
async fn again(c: &Context, user: i64, to: Token, message: i32) -> Event {
    let letter = Letter::plain("for somebody else");
    let new =
        NewLetter { bot: BotId::FIRST, message: MessageId(message), letter, answers: None, is_late: true };
    c.store.dating_letter(UserId(user), to, new).await.unwrap()
}

/// I4. Guard: `is_late` in `take`.
pub async fn what_comes_again_goes_to_nobody_else(c: &mut Context) {
    let [hers, _] = two(c, 4_950, 4_951, "Lisbon").await;
    assert_eq!(sends(c, 4_950, hers, words(1, "one")).await, taken(hers, 1));
    let other = Token(hers.0 ^ 1);
    assert_eq!(again(c, 4_950, other, 1).await, taken(hers, 1), "it was taken, and for whom");
    let nobody = Event::LetterHeld { matched: hers, why: Unsent::Again };
    assert_eq!(again(c, 4_950, hers, 2).await, nobody, "it may have been for another");
    assert_eq!(c.sql("SELECT count(*) FROM dating_letters WHERE sender = 4950").await, ["1"]);
}
