//! Broadcasts: who gets them, how far they are, and what is counted.

use super::context::{Context, NOW, account};
use crate::support::export::WholeExport;
use nameless_actors::capabilities::{
    Answer, Arrival, BroadcastLine, Denied, NewsStore, Order, Round, Taking,
};
use nameless_actors::ports::Write;
use nameless_domain::capabilities::admin::{Act, Actor, BanKind, Flaw, Refusal, Role, Source, Term};
use nameless_domain::capabilities::news::{Audience, Draft, Event, State, Steer, Texts};
use nameless_domain::ids::UserId;
use nameless_domain::session::account::Account;
use nameless_domain::text::Lang;
use nameless_domain::time::Millis;
use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since the Unix epoch, by the clock that the store goes by.
fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64
}

async fn does(c: &Context, act: Act) -> Result<Answer, Denied> {
    let actor = Actor { name: "telegram:111".into(), role: Role::Owner };
    let order = Order { actor, act, source: Source::Chat, key: None };
    Ok(c.store.carry_out(order).await.unwrap()?.answer)
}

async fn shown(c: &Context, act: Act) -> BroadcastLine {
    match does(c, act).await {
        Ok(Answer::Broadcast(line)) => *line,
        other => panic!("{other:?}"),
    }
}

async fn steer(c: &Context, broadcast: i64, steer: Steer) -> Result<Answer, Denied> {
    does(c, Act::SteerBroadcast { broadcast, steer }).await
}

/// Somebody who may be told things, unless they have blocked the bot.
async fn known(c: &Context, user: i64, lang: Lang, blocked_bot: bool) {
    let account = Account { lang, blocked_bot, ..account(user, 1) };
    c.write(vec![Write::Account(Box::new(account))]).await;
}

fn ids(round: Round) -> Vec<i64> {
    match round {
        Round::To(people) => people.into_iter().map(|(chat, _)| chat.0).collect(),
        other => panic!("{other:?}"),
    }
}

async fn of(c: &Context, to: Audience) -> i64 {
    draft(c, to).await.people
}

async fn taken(c: &Context, broadcast: i64, run: i32) -> i64 {
    match c.store.take(broadcast, run).await.unwrap() {
        Taking::Taken(errand) => errand.holder,
        other => panic!("{other:?}"),
    }
}

async fn draft(c: &Context, to: Audience) -> BroadcastLine {
    let text = Texts { ru: Some("да".into()), en: Some("yes".into()) };
    shown(c, Act::DraftBroadcast { draft: Draft { text, to, ..Draft::default() } }).await
}

/// All that are due and can be told, a round after the other, each landing.
async fn walk(c: &Context, broadcast: i64, holder: i64) -> Vec<(i64, Lang)> {
    let mut all = Vec::new();
    loop {
        match c.store.round(broadcast, holder, 50, Vec::new()).await.unwrap() {
            Round::To(people) if people.is_empty() => return all,
            Round::To(people) => {
                let landed =
                    people.iter().filter_map(|(chat, _)| Some((chat.user()?, Arrival::Sent))).collect();
                c.store.landed(broadcast, landed).await.unwrap();
                all.extend(people.into_iter().map(|(chat, lang)| (chat.0, lang)));
            }
            Round::Over => return all,
            Round::Stop => panic!("it was stopped"),
        }
    }
}

pub async fn who_gets_a_broadcast(c: &mut Context) {
    c.clear().await;
    for (user, lang) in
        [(1, Lang::En), (2, Lang::Ru), (4, Lang::En), (5, Lang::En), (6, Lang::En), (7, Lang::En)]
    {
        known(c, user, lang, false).await;
    }
    known(c, 3, Lang::En, true).await;
    let minor = Account { adult: None, ..account(8, 1) };
    c.write(vec![Write::Account(Box::new(minor))]).await;
    let ban = |user, kind| Act::Ban { user: UserId(user), kind, term: Term::Days(1), reason: "x".into() };
    does(c, ban(4, BanKind::Ban)).await.unwrap();
    does(c, ban(5, BanKind::Shadow)).await.unwrap();
    assert_eq!(c.store.want(UserId(6), false).await.unwrap(), Event::Turned(false));
    assert_eq!(c.store.want(UserId(6), false).await.unwrap(), Event::Turned(false), "twice is once");
    assert_eq!(c.store.gets(UserId(6)).await.unwrap(), Event::Gets(false));
    assert_eq!(c.store.gets(UserId(7)).await.unwrap(), Event::Gets(true));
    assert_eq!(c.store.want(UserId(99), false).await.unwrap(), Event::Unknown, "nobody");
    does(c, Act::Grant { user: UserId(7), days: 3 }).await.unwrap();
    let seen = now() - 2 * 86_400_000;
    c.sql(&format!("INSERT INTO activity VALUES (1, 1, 1, {seen}, 1, 1, 0, 1, 0)")).await;

    let all = Audience::default();
    let line = draft(c, all).await;
    let number = line.broadcast;
    // The shadow is told what all are told.
    assert_eq!((line.state, line.people, &*line.by), (State::Draft, 4, "telegram:111"));
    assert_eq!(c.store.take(number, 1).await.unwrap(), Taking::Not, "nobody gets a draft");
    assert!(matches!(steer(c, number, Steer::Pause).await, Err(Denied::NotNow)));
    steer(c, number, Steer::Start).await.unwrap();
    assert!(matches!(steer(c, number, Steer::Start).await, Err(Denied::NotNow)), "once");
    // Who comes after the confirmation has missed it.
    known(c, 9, Lang::En, false).await;
    c.sql(&format!("UPDATE accounts SET created = {} WHERE user_id = 9", now() + 1_000)).await;
    let holder = taken(c, number, 1).await;
    let told = walk(c, number, holder).await;
    assert_eq!(told, [(1, Lang::En), (2, Lang::Ru), (5, Lang::En), (7, Lang::En)]);
    let line = shown(c, Act::Broadcast { broadcast: number }).await;
    assert_eq!((line.state, line.sent), (State::Done, 4));
    assert_eq!(c.store.take(number, 1).await.unwrap(), Taking::Not);

    // By language, by activity, by premium.
    assert_eq!(of(c, Audience { lang: Some(Lang::Ru), ..all }).await, 1);
    assert_eq!(of(c, Audience { lang: Some(Lang::En), ..all }).await, 4);
    assert_eq!(of(c, Audience { active_days: Some(1), ..all }).await, 0);
    assert_eq!(of(c, Audience { active_days: Some(3), ..all }).await, 1);
    assert_eq!(of(c, Audience { premium: Some(true), ..all }).await, 1);
    assert_eq!(of(c, Audience { premium: Some(false), ..all }).await, 4);
    c.store.want(UserId(6), true).await.unwrap();
    assert_eq!((c.store.gets(UserId(6)).await.unwrap(), of(c, all).await), (Event::Gets(true), 6));
    for act in [Act::Broadcast { broadcast: i64::MAX }, Act::PreviewBroadcast { broadcast: i64::MAX }] {
        assert_eq!(does(c, act).await, Ok(Answer::Missing));
    }
    assert!(matches!(steer(c, i64::MAX, Steer::Start).await, Ok(Answer::Missing)));
}

/// Who is in a chat waits, and what is due is due again for whoever takes it over.
pub async fn a_broadcast_waits_and_is_taken_over(c: &mut Context) {
    c.clear().await;
    for user in 1..=6 {
        known(c, user, Lang::En, false).await;
    }
    c.open(3, 4, NOW).await;
    let number = draft(c, Audience::default()).await.broadcast;
    steer(c, number, Steer::Start).await.unwrap();
    let later = draft(c, Audience::default()).await.broadcast;
    steer(c, later, Steer::Start).await.unwrap();
    assert_eq!(c.store.take(later, 1).await.unwrap(), Taking::Later, "one at a time");
    let first = taken(c, number, 1).await;
    assert_eq!(ids(round(c, number, first, 2, &[]).await), [1, 2]);
    assert_eq!(ids(round(c, number, first, 2, &[1, 2]).await), [0i64; 0], "there is no room");
    c.store.landed(number, vec![(UserId(1), Arrival::Sent)]).await.unwrap();
    // The process dies with 2 in hand; another one takes over.
    let second = taken(c, number, 1).await;
    assert_eq!(round(c, number, first, 9, &[]).await, Round::Stop, "the first one has lost it");
    assert_eq!(ids(round(c, number, second, 9, &[]).await), [2, 5, 6], "two are in a chat");
    let line = shown(c, Act::Broadcast { broadcast: number }).await;
    assert_eq!((line.sent, line.waiting), (1, 2));
    // Whoever turns news off, or begins to chat, meanwhile.
    c.store.want(UserId(5), false).await.unwrap();
    c.open(2, 6, NOW).await;
    assert_eq!(ids(round(c, number, second, 9, &[]).await), [0i64; 0]);
    c.sql("DELETE FROM active_pair_member WHERE user_id IN (3, 4)").await;
    assert_eq!(ids(round(c, number, second, 9, &[]).await), [3, 4], "their chat is over");
    // A chat that nobody ends.
    c.sql("UPDATE broadcast_due SET since = since - 6 * 3600000 WHERE user_id = 2").await;
    assert_eq!(ids(round(c, number, second, 9, &[3, 4]).await), [2]);
    let landed = vec![(UserId(2), Arrival::Sent), (UserId(3), Arrival::Gone), (UserId(4), Arrival::Failed)];
    c.store.landed(number, landed.clone()).await.unwrap();
    c.store.landed(number, landed).await.unwrap();
    let line = shown(c, Act::Broadcast { broadcast: number }).await;
    let figures = (line.sent, line.gone, line.failed, line.left_out, line.waiting);
    assert_eq!(figures, (2, 1, 1, 1, 1), "each counts once");

    // Paused, it is given to nobody; taken up again, it goes on.
    steer(c, number, Steer::Pause).await.unwrap();
    assert_eq!(round(c, number, second, 9, &[]).await, Round::Stop);
    assert_eq!(c.store.take(number, 1).await.unwrap(), Taking::Not);
    steer(c, number, Steer::Resume).await.unwrap();
    // The other one was begun meanwhile, and was confirmed later.
    assert_eq!(c.store.take(later, 1).await.unwrap(), Taking::Later);
    // Whoever carried it before the pause may have some in hand still.
    assert_eq!(c.store.take(number, 2).await.unwrap(), Taking::Former);
    let ended = format!("broadcast:{number}:1");
    let ends = "UPDATE jobs SET state = 'completed', ended = now(), not_before = NULL WHERE key =";
    c.sql(&format!("{ends} '{ended}'")).await;
    let third = taken(c, number, 2).await;
    c.store.halt(number, second).await.unwrap();
    assert_eq!(ids(round(c, number, third, 9, &[]).await), [0i64; 0], "the second has no say any more");
    c.sql("DELETE FROM active_pair_member").await;
    assert_eq!(ids(round(c, number, third, 9, &[]).await), [6]);
    // Erased in the middle of it.
    c.write(vec![Write::Erase { user: UserId(6) }]).await;
    assert_eq!(round(c, number, third, 9, &[]).await, Round::Over);
    assert_eq!(shown(c, Act::Broadcast { broadcast: number }).await.state, State::Done);
    let holder = taken(c, later, 1).await;
    c.store.halt(later, holder).await.unwrap();
    let line = shown(c, Act::Broadcast { broadcast: later }).await;
    assert_eq!((line.state, line.why.as_deref()), (State::Paused, Some("refused")));
    steer(c, later, Steer::Cancel).await.unwrap();
    assert!(matches!(steer(c, later, Steer::Resume).await, Err(Denied::NotNow)));
    // What a courier that died has left is let go of.
    c.sql(&format!("INSERT INTO broadcast_due VALUES ({later}, 1, 1, false)")).await;
    assert_eq!(c.store.take(later, 1).await.unwrap(), Taking::Not);
    assert_eq!(c.sql("SELECT count(*) FROM broadcast_due").await, ["0"]);
    let jobs = c.sql(&format!("SELECT count(*) FROM jobs WHERE key LIKE 'broadcast:{number}:%'")).await;
    assert_eq!(jobs, ["2"], "one for each time that it began");
    match does(c, Act::Broadcasts { before: i64::MAX, limit: 2 }).await {
        Ok(Answer::Broadcasts(page)) => {
            let numbers: Vec<i64> = page.items.iter().map(|line| line.broadcast).collect();
            assert_eq!((numbers, page.next), (vec![later, number], Some(number)));
        }
        other => panic!("{other:?}"),
    }
    c.clear().await;
}

/// Guards: the delay of its job, and from when it counts as begun.
pub async fn a_broadcast_leaves_at_its_time(c: &mut Context) {
    c.clear().await;
    for user in 1..=3 {
        known(c, user, Lang::En, false).await;
    }
    let text = Texts { ru: None, en: Some("yes".into()) };
    let at = |ms: i64| Act::DraftBroadcast {
        draft: Draft { text: text.clone(), at: Some(Millis(now() + ms)), ..Draft::default() },
    };
    for ms in [-3_600_000, 61 * 86_400_000] {
        let denied = does(c, at(ms)).await;
        assert!(matches!(denied, Err(Denied::Refused(Refusal::Flawed(Flaw::When)))), "{denied:?}");
    }
    let line = shown(c, at(7_200_000)).await;
    let number = line.broadcast;
    steer(c, number, Steer::Start).await.unwrap();
    assert_eq!(shown(c, Act::Broadcast { broadcast: number }).await.started, line.at);
    steer(c, number, Steer::Pause).await.unwrap();
    steer(c, number, Steer::Resume).await.unwrap();
    let waits = "SELECT count(*) FROM jobs WHERE lane = 'broadcast' AND state = 'pending'
        AND not_before > now() + interval '119 minutes' AND expires > now() + interval '60 days 119 minutes'";
    assert_eq!(c.sql(waits).await, ["2"]);
    // One that is confirmed later leaves at once.
    let sooner = draft(c, Audience::default()).await.broadcast;
    steer(c, sooner, Steer::Start).await.unwrap();
    let holder = taken(c, sooner, 1).await;
    assert_eq!(walk(c, sooner, holder).await.len(), 3);
    // Its time has come: whoever came until then has it, too.
    known(c, 4, Lang::En, false).await;
    c.sql(&format!("UPDATE accounts SET created = {} WHERE user_id = 4", now() + 3_600_000)).await;
    let holder = taken(c, number, 1).await;
    assert_eq!(walk(c, number, holder).await.len(), 4);
    c.clear().await;
}

/// While an update rolls through. Guards: `drafted` in `read`, and in `steer`.
pub async fn what_a_newer_node_drafted_is_listed_and_left_to_it(c: &mut Context) {
    c.clear().await;
    let number = draft(c, Audience::default()).await.broadcast;
    c.sql("UPDATE broadcasts SET draft = draft || '{\"of_tomorrow\": 1}'").await;
    match does(c, Act::Broadcasts { before: i64::MAX, limit: 2 }).await {
        Ok(Answer::Broadcasts(page)) => {
            let lines: Vec<_> = page.items.into_iter().map(|line| (line.broadcast, line.text)).collect();
            assert_eq!(lines, [(number, Texts::default())]);
        }
        other => panic!("{other:?}"),
    }
    assert!(matches!(steer(c, number, Steer::Start).await, Err(Denied::NotNow)));
    // Begun there, it is stopped here as well, and is carried by nobody who cannot read it.
    c.sql("UPDATE broadcasts SET state = 'running', started = 1, runs = 1").await;
    assert!(c.store.take(number, 1).await.is_err());
    steer(c, number, Steer::Pause).await.unwrap();
    assert!(matches!(steer(c, number, Steer::Resume).await, Err(Denied::NotNow)));
    steer(c, number, Steer::Cancel).await.unwrap();
    c.clear().await;
}

async fn stands(c: &Context, broadcast: i64) -> (State, Option<String>) {
    let line = shown(c, Act::Broadcast { broadcast }).await;
    (line.state, line.why)
}

/// Guards: the job in `columns`, and that a broadcast which goes on has another one.
pub async fn a_broadcast_whose_job_failed_says_so_and_goes_on(c: &mut Context) {
    c.clear().await;
    known(c, 1, Lang::En, false).await;
    let number = draft(c, Audience::default()).await.broadcast;
    steer(c, number, Steer::Start).await.unwrap();
    assert_eq!(stands(c, number).await, (State::Running, None));
    let fails = "UPDATE jobs SET state = 'failed', ended = now(), not_before = NULL, lease = NULL";
    c.sql(&format!("{fails} WHERE key = 'broadcast:{number}:1'")).await;
    assert_eq!(stands(c, number).await, (State::Running, Some("failed".to_owned())));
    steer(c, number, Steer::Pause).await.unwrap();
    assert_eq!(stands(c, number).await, (State::Paused, None));
    steer(c, number, Steer::Resume).await.unwrap();
    assert_eq!(stands(c, number).await, (State::Running, None));
    let holder = taken(c, number, 2).await;
    assert_eq!(walk(c, number, holder).await, [(1, Lang::En)]);
    c.clear().await;
}

async fn round(c: &Context, broadcast: i64, holder: i64, most: usize, in_hand: &[i64]) -> Round {
    let in_hand = in_hand.iter().map(|user| UserId(*user)).collect();
    c.store.round(broadcast, holder, most, in_hand).await.unwrap()
}

/// I14: what was chosen is in the export, and goes with the person.
pub async fn a_choice_is_exported_and_erased(c: &mut Context) {
    known(c, 9_201, Lang::En, false).await;
    c.store.want(UserId(9_201), false).await.unwrap();
    let export = c.store.whole_export(UserId(9_201)).await.unwrap();
    assert!(export["news"]["off_since"].is_string(), "{export}");
    c.write(vec![Write::Erase { user: UserId(9_201) }]).await;
    assert_eq!(c.sql("SELECT count(*) FROM news_off WHERE user_id = 9201").await, ["0"]);
}
