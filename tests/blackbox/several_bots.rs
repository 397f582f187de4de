//! Several bots of one operator on one engine: their people are one crowd, unless the operator
//! keeps some apart, and each bot has its own chats, updates, limits and books.

mod apart;
mod dating;

use crate::admin::{post, staff, staffed_with, token};
use crate::billing::{buys, comes_to_have};
use crate::billing_desk::newest;
use crate::common::{
    WOMAN, ask, becomes, counted, found, inbox, marker, member, metric, newcomer, receives, search,
    still_searching, tap, texts, together, told, vanishes,
};
use crate::support::app::{Options, TOKEN, TestApp, spawn_app};
use crate::support::front::Front;
use crate::support::people::{PATIENCE, chatting, onboard, pair, sees};
use nameless_domain::capabilities::admin::Role;
use nameless_simulator::{FaultAction, FaultRule, Outgoing, SimUser};
use reqwest::StatusCode;
use serde_json::json;
use std::time::Duration;

/// Made up, like the first one's.
const SECOND: &str = "2:test";

fn two_bots() -> Options {
    Options::default().with("BOT_TOKENS", format!("second={SECOND}"))
}

/// Anna, who is at the first bot, and Boris, at the second.
async fn strangers(app: &TestApp) -> (SimUser, SimUser) {
    let anna = member(&app.world, "anna", WOMAN).await;
    let boris = newcomer(&app.world, "boris", Some("en")).with_bot(SECOND);
    onboard(&boris, 1).await;
    (anna, boris)
}

#[tokio::test]
async fn two_strangers_at_two_bots_talk() {
    let app = spawn_app(two_bots());
    let (anna, boris) = strangers(&app).await;
    pair(&anna, &boris).await;
    let id = anna.send_text("hello");
    let copy = sees(&boris, "hello").await;
    // An answer, a change, a reaction, a deletion: each finds its counterpart at the other bot.
    boris.reply(copy.message_id, "hello yourself");
    assert_eq!(sees(&anna, "hello yourself").await.reply_to(), Some(id));
    anna.edit_text(id, "hello there");
    becomes(&boris, copy.message_id, |m| m.text() == Some("hello there")).await;
    boris.react(copy.message_id, &["👍"]);
    becomes(&anna, id, |m| m.bot_emoji() == ["👍"]).await;
    let slip = anna.send_text("a slip");
    let slipped = sees(&boris, "a slip").await;
    anna.reply(slip, "delete");
    vanishes(&boris, slipped.message_id).await;
    // Nobody's other chat has a word of it.
    assert!(boris.with_bot(TOKEN).chat().is_empty() && anna.with_bot(SECOND).chat().is_empty());
    let mark = anna.mark();
    boris.send_text("/stop");
    told(&anna, mark, "ended the chat").await;
}

/// Guard: the main bot has never heard of them, and Telegram tells it nothing.
#[tokio::test]
async fn who_is_at_another_bot_joins_the_channel_as_well() {
    let channel = "@example_channel";
    let app = spawn_app(two_bots().with("GATE_CHANNEL", channel));
    app.world.set_told(channel, true);
    let boris = newcomer(&app.world, "boris", Some("en")).with_bot(SECOND);
    onboard(&boris, 1).await;
    ask(&boris, "/search", "join our channel").await;
    app.world.set_member(channel, boris.id(), true);
    let mark = boris.mark();
    tap(&boris, "gate:again").await;
    told(&boris, mark, "you are in").await;
}

/// A handle is good for one bot only: the file is read at one and uploaded at the other, once.
#[tokio::test]
async fn files_go_from_one_bot_to_the_other() {
    let app = spawn_app(two_bots());
    let (anna, boris) = strangers(&app).await;
    pair(&anna, &boris).await;
    let mark = boris.mark();
    anna.send_photo("a view");
    let photo = receives(&boris, mark, "photo").await;
    assert_eq!((photo.caption(), photo.has_spoiler()), (Some("a view"), true));
    let downloads = || app.world.stats().calls("getFile");
    let before = downloads();
    assert!(before > 0, "it was read");
    // The same file once more is known by then.
    let sent = anna.chat().into_iter().rev().find(|m| m.kind() == "photo").expect("just sent");
    let mark = boris.mark();
    anna.send(Outgoing::photo().same_file_as(&sent));
    receives(&boris, mark, "photo").await;
    assert_eq!(downloads(), before);
    // And the other way round.
    let mark = anna.mark();
    boris.send_photo("another view");
    assert_eq!(receives(&anna, mark, "photo").await.caption(), Some("another view"));
}

#[tokio::test]
async fn a_person_is_one_at_all_bots() {
    let app = spawn_app(two_bots().with("STARS", "on").with("REPEAT_WINDOW", "0s"));
    let (anna, boris) = strangers(&app).await;
    pair(&anna, &boris).await;
    together(&anna, &boris).await;
    anna.send_text("/stop");
    tap(&anna, "fb:block:").await;
    // No questions again at the other bot; and the block holds there.
    let anna_there = anna.with_bot(SECOND);
    ask(&anna_there, "/search", "Looking for someone").await;
    search(&boris).await;
    still_searching(&boris).await;
    ask(&anna_there, "/stop", "stopped").await;
    // What was bought at one bot is there at the other.
    buys(&anna_there).await;
    comes_to_have(&anna_there, "You have premium until").await;
    ask(&anna, "/premium", "You have premium until").await;
}

#[tokio::test]
async fn a_chat_stays_at_the_bot_where_it_began() {
    let app = spawn_app(two_bots());
    let (anna, boris) = strangers(&app).await;
    pair(&anna, &boris).await;
    let there = boris.with_bot(TOKEN);
    ask(&there, "is this heard?", "Your chat goes on in another of our bots").await;
    marker(&boris, &anna).await;
    assert!(!texts(&anna, 0).iter().any(|text| text == "is this heard?"));
    // A way out is one at every bot, and whoever takes it is there from then on.
    let mark = anna.mark();
    there.send_text("/stop");
    told(&anna, mark, "ended the chat").await;
    let (mark, at_home) = (there.mark(), boris.mark());
    search(&there).await;
    let clara = member(&app.world, "clara", WOMAN).await;
    clara.send_text("/search");
    found(&there, mark).await;
    found(&clara, 0).await;
    together(&clara, &there).await;
    assert!(inbox(&boris, at_home).is_empty(), "nothing of it comes to the other bot");
}

/// Guard: a pacer for each bot.
#[tokio::test]
async fn one_bots_429_leaves_the_others_people_alone() {
    let app = spawn_app(two_bots());
    let (anna, boris) = strangers(&app).await;
    pair(&anna, &boris).await;
    together(&anna, &boris).await;
    let rule = FaultRule::new(FaultAction::TooManyRequests { retry_after: 3 }).on("sendMessage");
    app.world.faults().add(rule.token(SECOND).times(1));
    anna.send_text("held up");
    counted(&app, "told_to_wait", 1).await;
    // By the bot's number.
    let waits =
        async |bot: u8| metric(&app, &format!("nameless_bot_told_to_wait_total{{bot=\"{bot}\"}}")).await;
    assert_eq!((waits(0).await, waits(1).await), (0, 1));
    for name in ["updates", "calls"] {
        for bot in [0, 1] {
            assert!(
                metric(&app, &format!("nameless_bot_{name}_total{{bot=\"{bot}\"}}")).await > 0,
                "{name} {bot}"
            );
        }
    }
    let (clara, dmitri) = chatting(&app.world, "clara", "dmitri").await;
    together(&clara, &dmitri).await;
    boris.send_text("and back");
    sees(&anna, "and back").await;
    sees(&boris, "held up").await;
}

/// Guard: the bot in an update's number. Without it the second one would be taken for the first.
#[tokio::test]
async fn equal_numbers_of_two_bots_are_two_updates_also_after_a_restart() {
    let app = spawn_app(two_bots());
    let (anna, boris) = strangers(&app).await;
    pair(&anna, &boris).await;
    let said = |user: &SimUser, text: &str| {
        // One that comes after all that the chat has: ids of a chat grow.
        let id = user.mark() + 1_000;
        json!({"update_id": 77_000_001, "message": {"message_id": id, "date": 1, "from": user.profile(),
            "chat": {"id": user.id(), "type": "private"}, "text": text}})
    };
    let (by_anna, by_boris) = (said(&anna, "from the first"), said(&boris, "from the second"));
    // As between two polls it counts as acknowledged, it is sent until it is fetched.
    let fetched = async |app: &TestApp, token: &str, update: &serde_json::Value, figure: &str| {
        let before = app.count(figure);
        let fetched = async {
            while app.count(figure) == before {
                app.world.inject_update(token, update.clone()).expect("room");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, fetched).await.expect("it is fetched");
    };
    fetched(&app, TOKEN, &by_anna, "updates_accepted").await;
    sees(&boris, "from the first").await;
    fetched(&app, SECOND, &by_boris, "updates_accepted").await;
    sees(&anna, "from the second").await;
    let (world, data_dir) = app.stop();
    let options = Options { world: Some(world), data_dir: Some(data_dir), ..two_bots() };
    let app = spawn_app(options);
    fetched(&app, TOKEN, &by_anna, "updates_duplicate").await;
    fetched(&app, SECOND, &by_boris, "updates_duplicate").await;
    together(&anna, &boris).await;
    let times = |user: &SimUser, text: &str| texts(user, 0).iter().filter(|t| *t == text).count();
    assert_eq!((times(&boris, "from the first"), times(&anna, "from the second")), (1, 1), "I3");
}

/// Guard: `introduce_all` waits for no bot before the next one's turn.
#[tokio::test]
async fn one_bots_429_leaves_the_others_menu_alone() {
    let set = async |app: &TestApp, times: u64| {
        let is_set = async {
            while app.world.stats().calls("setMyCommands") < times {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, is_set).await.expect("the menus are set");
    };
    let app = spawn_app(two_bots());
    set(&app, 6).await;
    let (world, data_dir) = app.stop();
    let rule = FaultRule::new(FaultAction::TooManyRequests { retry_after: 3_600 }).on("setMyCommands");
    world.faults().add(rule.token(TOKEN));
    let before = world.stats().calls("setMyCommands");
    let app = spawn_app(Options { world: Some(world), data_dir: Some(data_dir), ..two_bots() });
    set(&app, before + 3).await;
}

/// The main bot knows nothing of this payment, and says no.
#[tokio::test]
async fn stars_go_back_by_the_bot_that_got_them() {
    let options = staff().with("STARS", "on").with("BOT_TOKENS", format!("second={SECOND}"));
    let (app, _, _) = staffed_with(options).await;
    let boris = newcomer(&app.world, "boris", Some("en")).with_bot(SECOND);
    onboard(&boris, 1).await;
    buys(&boris).await;
    let admin = token(&app, Role::Admin).await;
    let payment = newest(&app, &admin, boris.id()).await;
    let (mark, place) = (boris.mark(), format!("v1/payments/{payment}/refund"));
    let (status, done) = post(&app, &admin, &place, json!({"reason": "was no use"})).await;
    assert_eq!((status, &done["state"]), (StatusCode::OK, &json!("soon")), "{done}");
    told(&boris, mark, "are back with you").await;
}

/// The link leads into the bot that who asks for it knows.
#[tokio::test]
async fn an_invitation_leads_to_the_bot_where_it_was_asked_for() {
    let app = spawn_app(two_bots().with("INVITE_DAYS", "3"));
    let (anna, boris) = strangers(&app).await;
    let mut bots = Vec::new();
    for user in [&anna, &boris] {
        let said = ask(user, "/invite", "https://t.me/").await;
        let link = said.text().and_then(|text| text.lines().find_map(|l| l.strip_prefix("https://t.me/")));
        bots.push(link.and_then(|link| link.split_once('?')).expect("a link").0.to_owned());
    }
    assert_ne!(bots[0], bots[1]);
}

#[tokio::test]
async fn two_bots_share_an_address_and_have_secrets_of_their_own() {
    let front = Front::start();
    let app = front.spawn_app(two_bots());
    let (anna, boris) = strangers(&app).await;
    pair(&anna, &boris).await;
    together(&anna, &boris).await;
    assert_eq!(app.count("webhook_strangers"), 0);
}

/// Guard: `is_anothers`. Without it her chat waits for as long as that bot's token is refused.
#[tokio::test]
async fn a_file_of_a_bot_whose_token_is_refused_holds_up_nobody() {
    let app = spawn_app(two_bots());
    let (anna, boris) = strangers(&app).await;
    pair(&anna, &boris).await;
    together(&anna, &boris).await;
    let unauthorized = FaultAction::Error { code: 401, description: "Unauthorized".into() };
    app.world.faults().add(FaultRule::new(unauthorized).on("getFile").token(SECOND));
    let mark = boris.mark();
    boris.send_photo("a view");
    told(&boris, mark, "Telegram does not accept this message").await;
    boris.send_text("and words");
    sees(&anna, "and words").await;
}
