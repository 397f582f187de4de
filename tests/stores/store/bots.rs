//! Several bots: their places, and where people and chats are.

use super::context::{Context, NOW, account};
use nameless_actors::ports::{Store, Write};
use nameless_domain::ids::{BotId, UserId};
use nameless_domain::session::account::Account;

async fn at(c: &Context, user: i64, bot: BotId, applied: u64) {
    c.write(vec![Write::Account(Box::new(Account { bot, ..account(user, applied) }))]).await;
}

pub async fn a_bot_keeps_its_place(c: &Context) {
    assert_eq!(c.store.bots(vec![700]).await.unwrap(), [BotId(0)]);
    assert_eq!(c.store.bots(vec![700, 900, 800]).await.unwrap(), [BotId(0), BotId(1), BotId(2)]);
    // In whatever order they are named, and without the others.
    assert_eq!(c.store.bots(vec![800, 700]).await.unwrap(), [BotId(2), BotId(0)]);
    assert_eq!(c.store.bots(vec![900]).await.unwrap(), [BotId(1)]);
    // Processes that start at the same moment.
    let starting = (0..8).map(|n| c.store.bots(vec![1_000 + n % 4, 1_000 + (n + 1) % 4]));
    for places in futures_util::future::join_all(starting).await {
        assert!(places.unwrap().iter().all(|bot| (3..7).contains(&bot.0)));
    }
}

pub async fn a_chat_notes_where_its_members_are(c: &Context) {
    at(c, 9_100, BotId(2), 1).await;
    at(c, 9_101, BotId::FIRST, 1).await;
    let loaded = c.store.load(UserId(9_100)).await.unwrap().expect("known");
    assert_eq!(loaded.account, Account { bot: BotId(2), ..account(9_100, 1) });
    let pair = c.open(9_100, 9_101, NOW).await;
    let live = c.store.load_pair(pair, 1).await.unwrap().live.expect("it lives");
    assert_eq!(live.bots, [BotId(2), BotId::FIRST]);
    // Whoever moves, the chat stays where it began.
    at(c, 9_100, BotId(1), 2).await;
    let loaded = c.store.load(UserId(9_100)).await.unwrap().expect("known");
    assert_eq!((loaded.account.bot, loaded.live.map(|live| live.bots)), (BotId(1), Some(live.bots)));
    // Nobody knows where somebody is who is not known.
    let strangers = c.open(9_102, 9_103, NOW).await;
    let live = c.store.load_pair(strangers, 1).await.unwrap().live.expect("it lives");
    assert_eq!(live.bots, [BotId::FIRST; 2]);
}
