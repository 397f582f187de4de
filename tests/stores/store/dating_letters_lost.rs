//! Letters that come again, letters whose job failed for good, and letters that are told to nobody.

use super::context::Context;
use super::dating_letters::{jobs_are_done, names, sends, taken, tells, two};
use nameless::capabilities::dating::NewLetter;
use nameless_domain::capabilities::dating::Event;
use nameless_domain::capabilities::dating::bot::{Token, Withheld};
use nameless_domain::capabilities::dating::letter::Letter;
use nameless_domain::capabilities::dating::letters::Unsent;
use nameless_domain::capabilities::faceguard::Reason;
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

/// Guards: `BOTS` by `told_by`, `GIVE_UP`, and the name of the job.
pub async fn whoever_wrote_hears_that_a_letter_does_not_arrive(c: &mut Context) {
    let [hers, _] = two(c, 4_952, 4_953, "Bangkok").await;
    for message in [1, 2] {
        assert_eq!(sends(c, 4_952, hers, words(message, "in one breath")).await, taken(hers, message));
    }
    let [first, second] = names(c, 4_952).await[..] else { panic!("two letters") };
    assert_eq!(tells(c, 4_953, first).await.len(), 2);
    jobs_are_done(c).await;
    assert_eq!(sends(c, 4_952, hers, words(3, "never begun")).await, taken(hers, 3));
    let third = names(c, 4_952).await[2];

    // The second one went along with the first; nobody gives up what is for others.
    for (user, letter) in [(4_953, second), (4_952, third), (4_950, third), (4_953, Token(third.0 ^ 1))] {
        c.store.dating_letter_failed(UserId(user), letter).await.unwrap();
    }
    let told = "SELECT count(*) FROM jobs WHERE key LIKE 'dating:lost:%' AND user_id = 4952";
    assert_eq!(c.sql(told).await, ["0"]);
    // An end is told again after a crash.
    for letter in [first, first, third] {
        c.store.dating_letter_failed(UserId(4_953), letter).await.unwrap();
    }
    assert_eq!(c.sql(told).await, ["2"]);
    let lost = |user, letter| c.store.dating_letters_lost(UserId(user), (letter, BotId::FIRST));
    let messages = |ids: &[i32]| {
        let messages = ids.iter().map(|id| MessageId(*id)).collect();
        Some(Event::LettersLost { bot: BotId::FIRST, messages, why: None })
    };
    assert_eq!(lost(4_952, first).await.unwrap(), messages(&[1, 2]));
    assert_eq!(lost(4_952, third).await.unwrap(), messages(&[3]));
    assert_eq!((lost(4_952, second).await.unwrap(), lost(4_953, first).await.unwrap()), (None, None));
    // What is said to be lost goes along with no other one.
    jobs_are_done(c).await;
    assert_eq!(sends(c, 4_952, hers, words(4, "once more")).await, taken(hers, 4));
    let fourth = names(c, 4_952).await[3];
    assert_eq!(tells(c, 4_953, fourth).await, ["once more"]);
}

/// Guards: the name of the job in `dating_letters_held`, and the sender in `MESSAGE`.
pub async fn whoever_wrote_hears_once_of_a_letter_that_is_kept_back(c: &mut Context) {
    let [hers, his] = two(c, 4_956, 4_957, "Samarkand").await;
    for message in [1, 2] {
        assert_eq!(sends(c, 4_956, hers, words(message, "one of two")).await, taken(hers, message));
    }
    let [first, second] = names(c, 4_956).await[..] else { panic!("two letters") };
    let nude = Withheld::Refused(Reason::Nude);
    // An attempt that begins anew keeps back the same ones, and may keep back another.
    for all in [vec![(first, nude)], vec![(first, nude), (second, Withheld::Far)]] {
        c.store.dating_letters_held(UserId(4_956), (hers, all)).await.unwrap();
    }
    let told = "SELECT count(*), count(DISTINCT key) FROM jobs
        WHERE key LIKE 'dating:held:%' AND user_id = 4956 AND lane = 'dating_tell'";
    assert_eq!(c.sql(told).await, ["2|2"]);
    let tells = |user, letter, why| c.store.dating_letter_withheld(UserId(user), letter, (hers, why));
    let lost = |message, why| {
        let (messages, why) = (vec![MessageId(message)], Some((hers, why)));
        Some(Event::LettersLost { bot: BotId::FIRST, messages, why })
    };
    assert_eq!(tells(4_956, first, nude).await.unwrap(), lost(1, nude));
    assert_eq!(tells(4_956, second, Withheld::Far).await.unwrap(), lost(2, Withheld::Far));
    // Nobody but who wrote it, and nothing of what there is not.
    assert_eq!(tells(4_957, first, nude).await.unwrap(), None);
    assert_eq!(tells(4_956, his, nude).await.unwrap(), None);
}
