//! Bots whose people are apart: random chat, dating, and what becomes of who goes over.

use super::{SECOND, strangers, two_bots};
use crate::common::{ask, found, metric, newcomer, search, still_searching, tap, texts, together, told};
use crate::dating::{likes, profile};
use crate::support::app::{Options, TOKEN, TestApp, spawn_app};
use crate::support::people::{PATIENCE, onboard, pair};
use nameless_domain::ids::{BotId, UserId};
use nameless_simulator::SimUser;

fn apart() -> Options {
    two_bots().with("BOT_POOLS", "apart")
}

/// Waits until the store has somebody at this bot.
async fn is_at(app: &TestApp, user: &SimUser, bot: u8) {
    let kept = async {
        let store = &app.engine.env().store;
        while store.load(UserId(user.id())).await.expect("an answer").map(|l| l.account.bot)
            != Some(BotId(bot))
        {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, kept).await.expect("the store has it");
}

#[tokio::test]
async fn people_of_two_bots_wait_past_each_other_and_those_of_one_meet() {
    let app = spawn_app(apart());
    let (anna, boris) = strangers(&app).await;
    search(&anna).await;
    search(&boris).await;
    still_searching(&anna).await;
    still_searching(&boris).await;
    for crowd in [0, 1] {
        let name = format!("nameless_crowd_seekers{{crowd=\"{crowd}\"}}");
        let counted = async {
            while metric(&app, &name).await != 1 {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, counted).await.unwrap_or_else(|_| panic!("{name} is not 1"));
    }
    // Somebody of his own bot.
    let clara = newcomer(&app.world, "clara", Some("en")).with_bot(SECOND);
    onboard(&clara, 0).await;
    let mark = boris.mark();
    clara.send_text("/search");
    found(&boris, mark).await;
    found(&clara, 0).await;
    together(&clara, &boris).await;
    still_searching(&anna).await;

    // He goes over: with his next search he is among her bot's people.
    let (mark, there) = (anna.mark(), boris.with_bot(TOKEN));
    ask(&there, "/stop", "").await;
    let from_there = there.mark();
    search(&there).await;
    found(&anna, mark).await;
    found(&there, from_there).await;
    together(&anna, &there).await;
}

/// The pools change with the next start; nobody is torn out of a chat for that.
#[tokio::test]
async fn a_chat_that_is_open_goes_on_when_the_bots_part() {
    let app = spawn_app(two_bots());
    let (anna, boris) = strangers(&app).await;
    pair(&anna, &boris).await;
    together(&anna, &boris).await;
    let (world, data_dir) = app.stop();
    let options = apart().with("REPEAT_WINDOW", "0s");
    let app = spawn_app(Options { world: Some(world), data_dir: Some(data_dir), ..options });
    together(&anna, &boris).await;
    let mark = anna.mark();
    ask(&boris, "/stop", "").await;
    told(&anna, mark, "ended the chat").await;
    // It was their last one.
    search(&anna).await;
    search(&boris).await;
    still_searching(&anna).await;
    still_searching(&boris).await;
    assert_eq!(app.count("pairs_opened"), 0);
}

/// Named pools: two bots of three share their people.
#[tokio::test]
async fn bots_of_one_pool_share_their_people() {
    let tokens = format!("second={SECOND},third=3:test");
    let options = Options::default().with("BOT_TOKENS", tokens).with("BOT_POOLS", "main,second+third");
    let app = spawn_app(options);
    let (anna, boris) = strangers(&app).await;
    search(&anna).await;
    let dora = newcomer(&app.world, "dora", Some("en")).with_bot("3:test");
    onboard(&dora, 0).await;
    pair(&boris, &dora).await;
    together(&boris, &dora).await;
    still_searching(&anna).await;
}

#[tokio::test]
async fn a_card_is_of_the_own_crowd_and_a_match_out_of_sight_while_apart() {
    let app = spawn_app(two_bots().with("DATING", "on"));
    let (anna, boris) = super::dating::two(&app).await;
    let (from_anna, from_boris) = (anna.mark(), boris.mark());
    likes(&anna, "Tom").await;
    likes(&boris, "Lisa").await;
    told(&anna, from_anna, "It is mutual: you and Tom").await;
    told(&boris, from_boris, "It is mutual: you and Lisa").await;
    let (world, data_dir) = app.stop();
    let options = Options { world: Some(world), data_dir: Some(data_dir), ..apart().with("DATING", "on") };
    let app = spawn_app(options);
    ask(&anna, "/matches", "No matches yet").await;
    let mark = anna.mark();
    tap(&anna, "dt:write:").await;
    ask(&anna, "/help", "How it works").await;
    assert!(!texts(&anna, mark).iter().any(|text| text.contains("This is Tom")), "an old button");
    // Somebody new at his bot is on his card.
    let clara = newcomer(&app.world, "clara", Some("en")).with_bot(SECOND);
    crate::common::comes(&clara, crate::dating::WOMAN).await;
    profile(&clara, "Eva", "tea", false).await;
    likes(&boris, "Eva").await;
    // He goes over, and is where she is.
    let there = boris.with_bot(TOKEN);
    ask(&there, "/help", "How it works").await;
    is_at(&app, &boris, 0).await;
    ask(&anna, "/matches", "Who would you like to write to?").await;
    let mark = anna.mark();
    tap(&anna, "dt:write:").await;
    told(&anna, mark, "This is Tom, your match").await;
    together(&anna, &there).await;
    assert_eq!(app.count("actor_deaths"), 0);
}
