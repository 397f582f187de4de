//! Reminders: two a week whatever asks for them, said only while they are true, and measured.

use super::admin::{ban, done, order};
use super::context::{Context, account, history};
use super::dating::{card, joins, known};
use crate::support::clock::one_day;
use crate::support::export::WholeExport;
use nameless::capabilities::dating::Decided;
use nameless::capabilities::reminders::Book;
use nameless::store::PgStore;
use nameless_actors::capabilities::{Cause, Claimed, Fate, RemindersPort};
use nameless_actors::ports::Write;
use nameless_domain::capabilities::admin::{BanKind, Term};
use nameless_domain::capabilities::dating::pair::Verdict;
use nameless_domain::capabilities::reminders::{Event, Kind};
use nameless_domain::crowds::Crowds;
use nameless_domain::ids::{BotId, DialogId, PairId, Seq, UserId};
use nameless_domain::profile::Gender;
use nameless_domain::relay::Side;
use nameless_domain::session::EndCause;
use nameless_domain::session::account::{Account, Phase};
use nameless_domain::text::Lang;
use nameless_domain::time::{DAY_MS, Millis};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Who searches, in every scenario.
const SEEKER: i64 = 8_400;

/// Milliseconds since the Unix epoch, by the clock that the store goes by.
fn now() -> Millis {
    Millis(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64)
}

/// `held` of a hundred get none.
fn book(store: &PgStore, held: u32) -> Book {
    Book::new(store.clone(), Some(Duration::from_secs(60)), held)
}

fn cause(slot: i64) -> Cause {
    Cause { kind: Kind::Waiting, slot, about: None }
}

async fn claims(c: &Context, user: i64, slot: i64) -> Claimed {
    book(&c.store, 0).claim(UserId(user), cause(slot)).await.expect("an answer")
}

fn said(time: i16) -> Claimed {
    Claimed::Say { bot: BotId::FIRST, lang: Lang::En, time }
}

async fn lands(c: &Context, user: i64, slot: i64, time: i16, fate: Fate) {
    book(&c.store, 0).landed(UserId(user), (cause(slot), time), fate).await.expect("kept");
}

/// Somebody searches for a minute already; the others were here three days ago, at this hour.
async fn people(c: &mut Context, users: impl IntoIterator<Item = i64>) {
    c.clear().await;
    let since = now().plus(-60_000);
    let phase = Phase::Searching { since, confirmed: since, widened: 0 };
    c.write(vec![Write::Account(Box::new(Account { phase, ..account(SEEKER, 1) }))]).await;
    let seen = now().plus(-3 * DAY_MS).0;
    for user in users {
        c.write(vec![Write::Account(Box::new(account(user, 1)))]).await;
        c.sql(&format!("INSERT INTO activity VALUES ({user}, 1, {seen} / 86400000, {seen}, 1, 1, 0, 1, 0)"))
            .await;
    }
}

/// Guards: the key of `reminders`, the window in the domain, and the lock of a person's claims.
pub async fn two_a_week_whatever_asks(c: &mut Context) {
    one_day().await;
    people(c, [8_000, 8_001, 8_002]).await;
    assert_eq!(claims(c, 8_000, 1).await, said(1));
    lands(c, 8_000, 1, 1, Fate::Sent).await;
    assert_eq!(claims(c, 8_000, 1).await, Claimed::Nothing, "it was said");
    // What was taken back before it left does not count, however often that is told.
    assert_eq!(claims(c, 8_000, 2).await, said(1));
    for _ in 0..2 {
        lands(c, 8_000, 2, 1, Fate::Unsent).await;
    }
    assert_eq!(claims(c, 8_000, 2).await, said(1));
    lands(c, 8_000, 2, 1, Fate::Gone).await;
    assert_eq!(claims(c, 8_000, 3).await, Claimed::Nothing, "two a week");
    c.sql(&format!("UPDATE reminders SET last = last - {} WHERE slot = 1", 7 * DAY_MS)).await;
    assert_eq!(claims(c, 8_000, 3).await, said(1), "the first one is a week ago");
    assert_eq!(claims(c, 8_000, 4).await, Claimed::Nothing);

    // A process dies with one that may have left: once more, and then the week is full.
    assert_eq!(claims(c, 8_001, 1).await, said(1));
    assert_eq!(claims(c, 8_001, 1).await, said(2));
    assert_eq!(claims(c, 8_001, 1).await, Claimed::Nothing);
    assert_eq!(claims(c, 8_001, 2).await, Claimed::Nothing);

    // Two nodes, six causes, one moment.
    let other = c.connect(1).await.expect("a store");
    let books = [book(&c.store, 0), book(&other, 0)];
    let claim = |n: i64| books[n as usize % 2].claim(UserId(8_002), cause(n));
    let all = tokio::join!(claim(1), claim(2), claim(3), claim(4), claim(5), claim(6));
    let all = [all.0, all.1, all.2, all.3, all.4, all.5].map(|claimed| claimed.expect("an answer"));
    assert_eq!(all.iter().filter(|claimed| **claimed == said(1)).count(), 2, "{all:?}");
    other.close().await;
}

/// Guard: what the claim looks at, right before it is said.
pub async fn only_what_is_true_and_only_to_whom_it_concerns(c: &mut Context) {
    one_day().await;
    let users = 8_010..8_021;
    people(c, users).await;
    assert_eq!(claims(c, 8_010, 1).await, said(1));
    assert_eq!(claims(c, 8_099, 1).await, Claimed::Nothing, "nobody");
    // Here today.
    c.sql(&format!("UPDATE activity SET last_seen = {} WHERE user_id = 8011", now().plus(-3_600_000).0))
        .await;
    assert_eq!(claims(c, 8_011, 1).await, Claimed::Nothing);
    // At another hour of the day.
    c.sql("UPDATE activity SET last_seen = last_seen - 12 * 3600000 WHERE user_id = 8012").await;
    assert_eq!(claims(c, 8_012, 1).await, Claimed::Nothing);
    // In a chat, of which the account may not know yet.
    c.open(8_013, 8_014, now()).await;
    assert_eq!(claims(c, 8_013, 1).await, Claimed::Nothing);
    let blocked = Account { blocked_bot: true, ..account(8_015, 2) };
    let minor = Account { adult: None, phase: Phase::Underage { since: now() }, ..account(8_016, 2) };
    c.write([blocked, minor].map(|account| Write::Account(Box::new(account))).into()).await;
    for user in [8_015, 8_016] {
        assert_eq!(claims(c, user, 1).await, Claimed::Nothing, "{user}");
    }
    done(c, order("telegram:111", ban(8_017, BanKind::Ban, Term::Days(1)))).await;
    assert_eq!(claims(c, 8_017, 1).await, Claimed::Nothing);
    // A dialog with a character stays open until it is left: after three days nobody is in it.
    let phase = Phase::Companion { dialog: DialogId(1) };
    c.write(vec![Write::Account(Box::new(Account { phase, ..account(8_020, 2) }))]).await;
    assert_eq!(claims(c, 8_020, 1).await, said(1));
    // Whoever has turned them off, and turns them on again.
    let port = book(&c.store, 0);
    assert_eq!(port.want(UserId(8_018), false).await.unwrap(), Event::Turned(false));
    assert_eq!(port.gets(UserId(8_018)).await.unwrap(), Event::Gets(false));
    assert_eq!(claims(c, 8_018, 1).await, Claimed::Nothing);
    assert_eq!(port.want(UserId(8_018), true).await.unwrap(), Event::Turned(true));
    assert_eq!(claims(c, 8_018, 1).await, said(1));
    assert_eq!(port.want(UserId(8_099), false).await.unwrap(), Event::Unknown, "nobody");
    // Whom they have blocked does not wait for them; and then nobody waits at all.
    c.write(vec![Write::Blocked { by: UserId(SEEKER), of: UserId(8_019), at: now() }]).await;
    assert_eq!(claims(c, 8_019, 1).await, Claimed::Nothing);
    c.write(vec![Write::Account(Box::new(account(SEEKER, 5)))]).await;
    assert_eq!(claims(c, 8_010, 2).await, Claimed::Nothing);
}

/// Guard: the crowd of those who wait, and of whom they call.
pub async fn who_waits_in_another_crowd_calls_nobody(c: &mut Context) {
    people(c, [8_050]).await;
    let bots = c.store.bots(vec![700, 900]).await.unwrap();
    c.store.share_bots(Crowds::apart(&bots.iter().map(|bot| vec![*bot]).collect::<Vec<_>>())).await.unwrap();
    let there = Account { bot: bots[1], ..account(8_050, 2) };
    c.write(vec![Write::Account(Box::new(there.clone()))]).await;
    assert_eq!(claims(c, 8_050, 1).await, Claimed::Nothing);
    let back = Account { bot: bots[0], applied: Seq(3), ..there };
    c.write(vec![Write::Account(Box::new(back))]).await;
    assert_eq!(claims(c, 8_050, 1).await, said(1));
    c.store.share_bots(Crowds::default()).await.unwrap();
}

/// Who is held out is counted as if they had been reminded.
pub async fn the_held_out_get_none_and_are_measured(c: &mut Context) {
    people(c, [8_030]).await;
    let all = book(&c.store, 100);
    for slot in 1..=3 {
        assert_eq!(all.claim(UserId(8_030), cause(slot)).await.unwrap(), Claimed::Nothing);
    }
    let rows = c.sql("SELECT slot, held, leaves, fate IS NULL FROM reminders ORDER BY slot").await;
    assert_eq!(rows, ["1|t|0|t", "2|t|0|t"], "two a week as well");
    let export = c.store.whole_export(UserId(8_030)).await.unwrap();
    assert_eq!(export["reminders"]["sent"].as_array().map(Vec::len), Some(0), "{export}");

    // Twelve were reminded eight days ago, of whom nine came back; ten were held out, three did.
    let at = now().plus(-8 * DAY_MS).0;
    c.sql(&format!(
        "TRUNCATE reminders;
        INSERT INTO reminders (user_id, kind, slot, at, last, leaves, held, fate, applied)
        SELECT 8100 + n, 'waiting', 1, {at}, {at}, (n < 12)::int, n >= 12, CASE WHEN n < 12 THEN 'sent' END, 0
        FROM generate_series(0, 21) n;
        INSERT INTO pairs (a, b, opened, ended, cause)
        SELECT 8100 + n, NULL, {at} + 60000, {at} + 70000, 'next' FROM generate_series(0, 21) n
        WHERE n < 9 OR n >= 19;
        INSERT INTO pairs (a, b, opened, ended, cause) VALUES (NULL, 8100, {at} + {}, {at} + {}, 'next')",
        3 * DAY_MS,
        4 * DAY_MS
    ))
    .await;
    c.sql(&format!("UPDATE reminders SET at = at + {}", 7 * DAY_MS - 60_000)).await;
    c.sql(&format!("UPDATE pairs SET opened = opened + {0}, ended = ended + {0}", 7 * DAY_MS - 60_000)).await;
    let port = book(&c.store, 0);
    port.round().await.expect("measured");
    c.sql(&format!("UPDATE reminders SET at = at - {0}", 7 * DAY_MS - 60_000)).await;
    c.sql(&format!("UPDATE pairs SET opened = opened - {0}, ended = ended - {0}", 7 * DAY_MS - 60_000)).await;
    book(&c.store, 0).round().await.expect("measured");
    let effects = c.store.reminders_effect(30).await.unwrap();
    let waiting = effects.iter().find(|effect| effect.kind == Kind::Waiting).expect("it is there");
    let (reminded, held) = (waiting.reminded.expect("twelve"), waiting.held.expect("ten"));
    assert_eq!((reminded.people, reminded.times, reminded.back), (12, 12, 9));
    assert_eq!((reminded.weeks, reminded.chats), (12, 10), "one of them talked twice");
    assert_eq!((held.people, held.back, held.chats), (10, 3, 3));
    let none = effects.iter().find(|effect| effect.kind == Kind::Match).expect("it is there");
    assert_eq!((none.reminded, none.held), (None, None));
    c.sql("DELETE FROM reminders WHERE user_id = 8121").await;
    let effects = c.store.reminders_effect(30).await.unwrap();
    assert!(effects[0].held.is_none() && effects[0].reminded.is_some(), "nine are too few");
}

/// Guard: the answer of whoever blocks the bot for a reminder is no return.
pub async fn who_blocks_the_bot_has_not_come_back(c: &mut Context) {
    let blocked = Account { blocked_bot: true, ..account(8_131, 9) };
    c.write([account(8_130, 9), blocked].map(|account| Write::Account(Box::new(account))).into()).await;
    let at = now().plus(-3_600_000).0;
    c.sql(&format!(
        "INSERT INTO reminders (user_id, kind, slot, at, last, leaves, held, fate, applied)
        SELECT user_id, 'waiting', 1, {at}, {at}, 1, false, 'sent', 5 FROM accounts WHERE user_id IN (8130, 8131)"
    ))
    .await;
    book(&c.store, 0).round().await.expect("measured");
    let back =
        c.sql("SELECT user_id, back FROM reminders WHERE user_id IN (8130, 8131) ORDER BY user_id").await;
    assert_eq!(back, ["8130|t", "8131|f"]);
    c.sql("DELETE FROM reminders WHERE user_id IN (8130, 8131)").await;
}

/// Each who waits calls one person a round, and none is called twice a day.
pub async fn a_round_calls_one_for_each_who_waits(c: &mut Context) {
    one_day().await;
    people(c, 8_050..8_055).await;
    // They blocked each other: this one is not called.
    c.write(vec![Write::Blocked { by: UserId(8_054), of: UserId(SEEKER), at: now() }]).await;
    let jobs = "SELECT user_id FROM jobs WHERE lane = 'remind' ORDER BY user_id";
    let mut called = Vec::new();
    for round in 1..=6 {
        let added = book(&c.store, 0).round().await.expect("a round");
        called = c.sql(jobs).await;
        assert_eq!(called.len(), round.min(4), "{called:?}");
        assert_eq!(added, usize::from(round <= 4), "round {round}");
    }
    assert_eq!(called, ["8050", "8051", "8052", "8053"]);
    // Nobody waits: nobody is looked at.
    c.write(vec![Write::Account(Box::new(account(SEEKER, 5)))]).await;
    c.sql("TRUNCATE jobs; DELETE FROM reminder_cursor").await;
    assert_eq!(book(&c.store, 0).round().await.unwrap(), 0);
    assert_eq!(c.sql("SELECT count(*) FROM reminder_cursor").await, ["0"]);
    // I14: it goes with the person.
    assert_eq!(book(&c.store, 0).want(UserId(8_050), false).await.unwrap(), Event::Turned(false));
    c.sql(
        "INSERT INTO reminders (user_id, kind, slot, at, last, leaves, held, applied)
        VALUES (8050, 'waiting', 1, 1, 1, 1, false, 0)",
    )
    .await;
    let export = c.store.whole_export(UserId(8_050)).await.unwrap();
    assert!(export["reminders"]["off_since"].is_string(), "{export}");
    assert_eq!(export["reminders"]["sent"][0]["of"], "waiting");
    c.write(vec![Write::Erase { user: UserId(8_050) }]).await;
    let left = "SELECT (SELECT count(*) FROM reminders WHERE user_id = 8050)
        + (SELECT count(*) FROM reminders_off WHERE user_id = 8050)";
    assert_eq!(c.sql(left).await, ["0"]);
    c.clear().await;
}

/// A match's words wait for an answer, and the night for the morning.
pub async fn a_match_waits_for_an_answer(c: &mut Context) {
    joins(c, 5_558_060, known(Gender::Female, 0b010), ("24.03.1998", "Izhevsk")).await;
    joins(c, 5_558_061, known(Gender::Male, 0b001), ("1.2.1996", "Izhevsk")).await;
    for (user, decided) in [(5_558_060, Decided::Kept), (5_558_061, Decided::Matched)] {
        let (token, _) = card(c, user).await.expect("a card");
        assert_eq!(c.store.dating_say(UserId(user), token, Verdict::Like, 9).await.unwrap(), decided);
    }
    // I18: what waits to be told names nobody in a copy of one's data.
    let export = c.store.whole_export(UserId(5_558_060)).await.unwrap().to_string();
    assert!(export.contains("dating_tell") && !export.contains("5558061"), "{export}");
    let at = now().plus(-5 * 3_600_000);
    let him = c.store.dating_matches(UserId(5_558_060)).await.unwrap()[0].token;
    let wrote = Cause { kind: Kind::Match, slot: at.0, about: Some(him.0) };
    // So late by her own clock.
    let is_late = async |c: &mut Context, hours: i64| {
        let sql = format!(
            "UPDATE dating_profiles SET utc_offset = ({hours} * 60 - floor(extract(epoch FROM now()) / 60)::bigint % 1440
                + 2160) % 1440 - 720 WHERE user_id = 5558060"
        );
        c.sql(&sql).await;
    };
    let claimed =
        async |c: &Context| book(&c.store, 0).claim(UserId(5_558_060), wrote).await.expect("an answer");
    is_late(c, 2).await;
    match claimed(c).await {
        Claimed::Later(wait) => {
            assert!(
                wait > Duration::from_secs(6 * 3_600) && wait <= Duration::from_secs(7 * 3_600 + 60),
                "{wait:?}"
            );
        }
        other => panic!("{other:?}"),
    }
    is_late(c, 12).await;
    assert_eq!(claimed(c).await, said(1));
    book(&c.store, 0).landed(UserId(5_558_060), (wrote, 1), Fate::Sent).await.unwrap();

    // She answers in their chat: then there is nothing to say.
    let later = Cause { slot: at.0 + 1, ..wrote };
    let pair: PairId = c.open(5_558_060, 5_558_061, at).await;
    c.write(vec![
        history(pair, Side::A, 5_558_060, 1, at.plus(60_000), "yes"),
        Write::EndPair { pair, at: at.plus(70_000), cause: EndCause::Stopped },
    ])
    .await;
    assert_eq!(book(&c.store, 0).claim(UserId(5_558_060), later).await.unwrap(), Claimed::Nothing);
    // Of a stranger there is nothing to say either.
    let stranger = Cause { about: Some(him.0 ^ 1), ..later };
    assert_eq!(book(&c.store, 0).claim(UserId(5_558_060), stranger).await.unwrap(), Claimed::Nothing);
    let nobody = Cause { about: None, ..later };
    assert_eq!(book(&c.store, 0).claim(UserId(5_558_060), nobody).await.unwrap(), Claimed::Nothing);
}
