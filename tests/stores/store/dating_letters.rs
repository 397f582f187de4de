//! Letters between two of a match: taken once, told once and in order, bounded, over with the
//! match, sealed, in exports and gone with either of the two.

use super::admin::{done, order};
use super::context::Context;
use super::dating::{card, joins, known};
use crate::support::export::WholeExport;
use nameless::capabilities::dating::{Decided, NewLetter};
use nameless_actors::capabilities::{Answer as Told, DatingDesk, Told as Desk};
use nameless_actors::ports::Write;
use nameless_domain::capabilities::admin::desk::dating::Deed;
use nameless_domain::capabilities::dating::Event;
use nameless_domain::capabilities::dating::bot::Token;
use nameless_domain::capabilities::dating::letter::Letter;
use nameless_domain::capabilities::dating::letters::{TO_ALL, TO_ONE, Unsent, WAITING};
use nameless_domain::capabilities::dating::pair::Verdict;
use nameless_domain::ids::{BotId, MessageId, UserId};
use nameless_domain::profile::Gender;
use nameless_domain::session::review::ReportReason;

async fn likes(c: &Context, user: i64) -> Decided {
    let (token, _) = card(c, user).await.expect("a card");
    c.store.dating_say(UserId(user), token, Verdict::Like, 9).await.unwrap()
}

/// The only match of somebody, by its name to them.
async fn only(c: &Context, user: i64) -> Token {
    let all = c.store.dating_matches(UserId(user)).await.unwrap();
    assert_eq!(all.len(), 1);
    all[0].token
}

/// A woman and a man of this city who like each other; what the match is called to each.
pub async fn two(c: &Context, woman: i64, man: i64, city: &str) -> [Token; 2] {
    joins(c, woman, known(Gender::Female, 0b010), ("24.03.1998", city)).await;
    joins(c, man, known(Gender::Male, 0b001), ("1.2.1996", city)).await;
    assert_eq!(likes(c, woman).await, Decided::Kept);
    assert_eq!(likes(c, man).await, Decided::Matched);
    [only(c, woman).await, only(c, man).await]
}

async fn writes(c: &Context, user: i64, to: Token, (message, words): (i32, &str)) -> Event {
    sends(c, user, to, (message, Letter::plain(words), None)).await
}

/// The same of any letter, and in reply to an own message.
pub async fn sends(
    c: &Context,
    user: i64,
    to: Token,
    (message, letter, answers): (i32, Letter, Option<i32>),
) -> Event {
    let answers = answers.map(MessageId);
    let new = NewLetter { bot: BotId::FIRST, message: MessageId(message), letter, answers, is_late: false };
    c.store.dating_letter(UserId(user), to, new).await.unwrap()
}

pub fn taken(matched: Token, message: i32) -> Event {
    Event::LetterTaken { matched, bot: BotId::FIRST, message: MessageId(message) }
}

fn held(matched: Token, why: Unsent) -> Event {
    Event::LetterHeld { matched, why }
}

/// The names of somebody's letters, in their order.
pub async fn names(c: &mut Context, user: i64) -> Vec<Token> {
    let sql = format!("SELECT name FROM dating_letters WHERE sender = {user} ORDER BY message");
    let name = |row: &String| Token(row.parse::<i64>().expect("a name").cast_unsigned());
    c.sql(&sql).await.iter().map(name).collect()
}

/// What the job of a letter tells its receiver.
pub async fn tells(c: &Context, user: i64, letter: Token) -> Vec<String> {
    c.store.dating_letter_told(UserId(user), letter).await.unwrap()
}

/// Jobs of letters are done: what they told has left.
pub async fn jobs_are_done(c: &mut Context) {
    c.sql(
        "UPDATE jobs SET state = 'completed', ended = now(), lease = NULL WHERE key LIKE 'dating:letter:%'",
    )
    .await;
}

/// Guards: the key of the table in `INSERT`, `TAKEN` before `TAKE`, and `UNDER_WAY`.
pub async fn a_letter_is_taken_once_and_told_once(c: &mut Context) {
    let [hers, his] = two(c, 4_900, 4_901, "Orenburg").await;
    // As they are taken, which is not as they were written.
    assert_eq!(writes(c, 4_900, hers, (12, "second")).await, taken(hers, 12));
    assert_eq!(writes(c, 4_900, hers, (11, "first")).await, taken(hers, 11));
    assert_eq!(writes(c, 4_900, hers, (11, "first")).await, taken(hers, 11), "the same message again");
    let both = tokio::join!(writes(c, 4_900, hers, (13, "third")), writes(c, 4_900, hers, (13, "third")));
    assert_eq!(both, (taken(hers, 13), taken(hers, 13)));
    let jobs = "SELECT count(*), count(DISTINCT user_id), bool_and(not_before IS NOT NULL) FROM jobs
        WHERE key LIKE 'dating:letter:%' AND user_id = 4901";
    assert_eq!(c.sql(jobs).await, ["3|1|t"]);
    let letters = names(c, 4_900).await;
    let [first, second, third] = letters[..] else { panic!("{letters:?}") };

    // Whose it is not is told nothing; the match has another name to each.
    assert_eq!(tells(c, 4_900, first).await, [""; 0]);
    assert_eq!(writes(c, 4_901, hers, (1, "by her name")).await, held(hers, Unsent::Gone));
    let none = Token(hers.0 ^ 1);
    assert_eq!(writes(c, 4_900, none, (1, "by no name")).await, held(none, Unsent::Gone));
    // Whichever job is first tells all that waits, in order; after a crash the same ones.
    for _ in 0..2 {
        assert_eq!(tells(c, 4_901, second).await, ["first", "second", "third"]);
    }
    assert_eq!(tells(c, 4_901, first).await, [""; 0]);
    // What comes after that waits until it has left.
    assert_eq!(writes(c, 4_900, hers, (14, "fourth")).await, taken(hers, 14));
    let fourth = names(c, 4_900).await[3];
    assert_eq!(tells(c, 4_901, fourth).await, [""; 0], "what came before is on its way");
    jobs_are_done(c).await;
    assert_eq!(tells(c, 4_901, fourth).await, ["fourth"]);
    assert_eq!(tells(c, 4_901, third).await, [""; 0]);
    // The other way round it is none of theirs.
    let talked = "SELECT talked FROM dating_pairs WHERE lo = 4900 AND hi = 4901";
    assert_eq!(c.sql(talked).await, ["f"], "nobody has answered");
    assert_eq!(writes(c, 4_901, his, (11, "an answer")).await, taken(his, 11));
    assert_eq!(c.sql(talked).await, ["t"]);
    let answer = names(c, 4_901).await[0];
    assert_eq!(tells(c, 4_900, answer).await, ["an answer"]);
    // More than one message holds goes with the next job.
    jobs_are_done(c).await;
    let long = "я".repeat(1_000);
    for message in 21..=25 {
        assert_eq!(writes(c, 4_900, hers, (message, &long)).await, taken(hers, message));
    }
    let long = names(c, 4_900).await[4..].to_vec();
    assert_eq!(tells(c, 4_901, long[0]).await.len(), 3);
    c.sql("UPDATE dating_letters SET at = 0 WHERE sender = 4900 AND told_by IS NOT NULL").await;
    assert_eq!(tells(c, 4_901, long[1]).await.len(), 2, "the rest");
    // A match that dissolved and came about again is another one.
    assert_eq!(writes(c, 4_901, his, (31, "of the first match")).await, taken(his, 31));
    let old = names(c, 4_901).await[1];
    assert_eq!(c.store.dating_undo(UserId(4_901)).await.unwrap(), Decided::Kept);
    assert_eq!(tells(c, 4_900, old).await, [""; 0]);
    assert_eq!(likes(c, 4_901).await, Decided::Matched);
    assert_eq!(tells(c, 4_900, old).await, [""; 0]);
    assert_eq!(writes(c, 4_901, his, (32, "by its old name")).await, held(his, Unsent::Gone));
}

/// Guard: the counts of `BEFORE`.
pub async fn letters_are_bounded(c: &mut Context) {
    let [hers, _] = two(c, 4_910, 4_911, "Tver").await;
    for n in 1..=i32::try_from(WAITING).expect("few") {
        assert_eq!(writes(c, 4_910, hers, (n, "waits")).await, taken(hers, n));
    }
    assert_eq!(writes(c, 4_910, hers, (90, "x")).await, held(hers, Unsent::Waiting));
    assert_eq!(writes(c, 4_910, hers, (1, "waits")).await, taken(hers, 1), "it was taken before");
    // Told ones do not wait; those of a day count, whoever they went to.
    let rest = |receiver: i64, from: i64, n: i64| {
        format!(
            "UPDATE dating_letters SET told_by = 1 WHERE sender = 4910;
            INSERT INTO dating_letters (sender, receiver, bot, message, name, number, units, sealed, at, told_by)
            SELECT 4910, {receiver}, 0, {from} + n, 791000000 + {from} + n, 1, 1, 'x',
                (extract(epoch FROM now()) * 1000)::bigint - 1000, 1 FROM generate_series(1, {n}) n"
        )
    };
    c.sql(&rest(4_911, 1_000, TO_ONE - WAITING)).await;
    assert_eq!(writes(c, 4_910, hers, (91, "x")).await, held(hers, Unsent::Enough));
    c.sql(&rest(4_912, 2_000, TO_ALL - TO_ONE)).await;
    c.sql("UPDATE dating_letters SET receiver = 4912 WHERE sender = 4910 AND message < 1000").await;
    assert_eq!(writes(c, 4_910, hers, (92, "x")).await, held(hers, Unsent::EnoughForAll));
    c.sql("UPDATE dating_letters SET at = at - 86400000 WHERE sender = 4910").await;
    assert_eq!(writes(c, 4_910, hers, (93, "x")).await, taken(hers, 93), "tomorrow");
    // In quiet hours the job waits, and tells nothing if it is early.
    c.sql(
        "UPDATE dating_profiles SET utc_offset = 0, quiet_from = (m + 1380) % 1440, quiet_to = (m + 60) % 1440
        FROM (SELECT (extract(epoch FROM now()) / 60)::bigint % 1440 AS m) AS clock WHERE user_id = 4911",
    )
    .await;
    assert_eq!(writes(c, 4_910, hers, (94, "in the night")).await, taken(hers, 94));
    let waits = "SELECT count(*) FROM jobs j JOIN dating_letters l
            ON j.key = 'dating:letter:' || lpad(to_hex(l.name), 16, '0')
        WHERE l.sender = 4910 AND l.message = 94 AND j.not_before > now() + interval '50 minutes'";
    assert_eq!(c.sql(waits).await, ["1"]);
    let night = "SELECT name FROM dating_letters WHERE sender = 4910 AND message = 94";
    let night = Token(c.sql(night).await[0].parse::<i64>().expect("a name").cast_unsigned());
    assert_eq!(tells(c, 4_911, night).await, [""; 0]);
}

/// Guards: the look at the match in `post::said`, `evidence` in `avoid`, and that a report goes by
/// the letter and not by the match.
pub async fn an_end_ends_letters_and_a_report_carries_them(c: &mut Context) {
    let [hers, his] = two(c, 4_920, 4_921, "Ulyanovsk").await;
    assert_eq!(writes(c, 4_921, his, (1, "an ugly word")).await, taken(his, 1));
    let ugly = names(c, 4_921).await[0];
    assert_eq!(c.store.dating_letter_away(UserId(4_920), ugly, None).await.unwrap(), None, "not told yet");
    assert_eq!(tells(c, 4_920, ugly).await, ["an ugly word"]);
    jobs_are_done(c).await;
    assert_eq!(writes(c, 4_921, his, (2, "on its way")).await, taken(his, 2));
    let late = names(c, 4_921).await[1];
    // He gets away by ending the match: nothing more is told, and she can still say what he wrote.
    assert_eq!(c.store.dating_part(UserId(4_921), his).await.unwrap(), (Event::Parted, None));
    assert_eq!(tells(c, 4_920, late).await, [""; 0]);
    assert_eq!(writes(c, 4_920, hers, (1, "x")).await, held(hers, Unsent::Gone));
    assert_eq!(c.store.dating_pen(UserId(4_920), hers).await.unwrap(), held(hers, Unsent::Gone));
    let away = |user: i64| c.store.dating_letter_away(UserId(user), ugly, Some(ReportReason::Abuse));
    assert_eq!(away(4_921).await.unwrap(), None, "whose letter it is not");
    assert_eq!(away(4_920).await.unwrap(), Some(UserId(4_921)));
    assert_eq!(away(4_920).await.unwrap(), Some(UserId(4_921)), "a second tap");
    let read = done(c, order("letters", Deed::Read { user: UserId(4_921) }.into())).await;
    let Told::Desk(Desk::Dating(DatingDesk::Profile(profile))) = read else { panic!("{read:?}") };
    assert_eq!(profile.reports.len(), 1);
    assert_eq!(profile.reports[0].letters, ["an ugly word"], "what was never told is none");
    assert_eq!(profile.reports[0].bio, "a secret liking for rain");
    assert_eq!(c.sql("SELECT count(*) FROM blocks WHERE user_id = 4920 AND blocked = 4921").await, ["1"]);

    // A block in a chat ends letters as well, and so does a ban.
    let [hers, his] = two(c, 4_922, 4_923, "Tyumen").await;
    assert_eq!(writes(c, 4_923, his, (1, "x")).await, taken(his, 1));
    let letter = names(c, 4_923).await[0];
    c.sql("INSERT INTO blocks (user_id, blocked, at) VALUES (4922, 4923, 1)").await;
    assert_eq!(tells(c, 4_922, letter).await, [""; 0]);
    assert_eq!(writes(c, 4_923, his, (2, "x")).await, held(his, Unsent::Gone));
    c.sql("DELETE FROM blocks WHERE user_id = 4922").await;
    c.sql("UPDATE dating_profiles SET standing = 'hidden' WHERE user_id = 4923").await;
    assert_eq!(tells(c, 4_922, letter).await, [""; 0]);
    assert_eq!(writes(c, 4_922, hers, (1, "x")).await, held(hers, Unsent::Gone));
}

/// Guard: `blocked_bot` in `post::said`.
pub async fn a_letter_waits_for_whoever_has_blocked_the_bot(c: &mut Context) {
    let [hers, _] = two(c, 4_954, 4_955, "Denpasar").await;
    assert_eq!(writes(c, 4_954, hers, (1, "are you there?")).await, taken(hers, 1));
    let letter = names(c, 4_954).await[0];
    c.sql("UPDATE accounts SET blocked_bot = true WHERE user_id = 4955").await;
    assert_eq!(tells(c, 4_955, letter).await, [""; 0]);
    c.sql("UPDATE accounts SET blocked_bot = false WHERE user_id = 4955").await;
    assert_eq!(tells(c, 4_955, letter).await, ["are you there?"]);
}

/// I14, and I11.
pub async fn letters_are_sealed_exported_and_erased(c: &mut Context) {
    let [hers, his] = two(c, 5_557_930, 5_557_931, "Lipetsk").await;
    assert_eq!(writes(c, 5_557_930, hers, (1, "a secret word")).await, taken(hers, 1));
    assert_eq!(writes(c, 5_557_931, his, (1, "his own word")).await, taken(his, 1));
    let found = "SELECT (SELECT count(*) FROM dating_letters WHERE position('word'::bytea IN sealed) > 0)
        + (SELECT count(*) FROM jobs WHERE position('word'::bytea IN payload) > 0)";
    assert_eq!(c.sql(found).await, ["0"]);
    let export = c.store.whole_export(UserId(5_557_930)).await.unwrap();
    assert_eq!(export["dating_letters"][0]["words"], "a secret word");
    let all = export.to_string();
    assert!(!all.contains("5557931") && !all.contains("his own word"), "nothing of others: {all}");
    // His letter to her goes with her.
    let his_letter = names(c, 5_557_931).await[0];
    c.write(vec![Write::Erase { user: UserId(5_557_930) }]).await;
    let left = "SELECT count(*) FROM dating_letters WHERE 5557930 IN (sender, receiver)";
    assert_eq!(c.sql(left).await, ["0"]);
    let hers = "SELECT count(*) FROM jobs WHERE key LIKE 'dating:letter:%' AND user_id = 5557931";
    assert_eq!(c.sql(hers).await, ["0"], "nor do her words stay with what tells him");
    assert_eq!(tells(c, 5_557_930, his_letter).await, [""; 0]);
    assert_eq!(writes(c, 5_557_931, his, (2, "x")).await, held(his, Unsent::Gone));
}
