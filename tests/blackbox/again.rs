//! The last partner asked back: both agree and meet again, or nobody learns of a no.

use crate::common::{
    MAN, WOMAN, ask, dump, found, member, receives, search, still_searching, tap, texts, together, told,
};
use crate::support::app::{Options, Place, TestApp, real_postgres, spawn_app};
use crate::support::people::PATIENCE;
use crate::support::postgres::Postgres;
use nameless_simulator::{Bill, ChatMessage, SimUser};

const QUESTION: &str = "would like to talk to you again";
const AGAIN: &str = "You both said yes";
const NOT_BACK: &str = "did not come this time";

/// Premium is tried by who wants it, and what is over is over at once.
fn trying(url: &str) -> Options {
    Options { place: Place::Server(url.to_owned()), ..Options::default() }.with("TRIAL_DAYS", "3")
}

async fn try_premium(user: &SimUser) {
    ask(user, "/premium", "remium").await;
    let mark = user.mark();
    tap(user, "bl:trial").await;
    told(user, mark, "It is yours").await;
}

/// Both search and find each other.
async fn meet(a: &SimUser, b: &SimUser) {
    let (from_a, from_b) = (a.mark(), b.mark());
    search(a).await;
    search(b).await;
    found(a, from_a).await;
    found(b, from_b).await;
    together(a, b).await;
}

/// `who` ends the chat; both have heard that.
async fn part(who: &SimUser, other: &SimUser) {
    let mark = other.mark();
    ask(who, "/stop", "The chat is over").await;
    told(other, mark, "ended the chat").await;
}

/// `user` asks for the partner of the chat that ended.
async fn asks_back(user: &SimUser, answer: &str) {
    let mark = user.mark();
    tap(user, "ag:ask:").await;
    told(user, mark, answer).await;
}

async fn answers(user: &SimUser, button: &str, said: &str) {
    let mark = user.mark();
    tap(user, button).await;
    told(user, mark, said).await;
}

fn heard(user: &SimUser, mark: i32, part: &str) -> usize {
    texts(user, mark).iter().filter(|text| text.contains(part)).count()
}

/// What was kept for a day is over, and whoever waits for that hears of it now.
fn a_day_passes(server: &Postgres) {
    let sql = "UPDATE again_asks SET at = at - 86400000, until = until - 86400000;
        UPDATE jobs SET not_before = now() WHERE lane = 'again_tell' AND state = 'pending'";
    server.psql("nameless", sql);
}

fn live_pairs(server: &Postgres) -> String {
    server.ask("nameless", "SELECT count(*) FROM active_pair_member").trim().to_owned()
}

#[tokio::test]
async fn two_agree_and_meet_again() {
    let Some((server, url)) = real_postgres() else { return };
    let app = spawn_app(trying(&url));
    let anna = member(&app.world, "anna", WOMAN).await;
    let boris = member(&app.world, "boris", MAN).await;
    try_premium(&anna).await;
    meet(&anna, &boris).await;
    part(&boris, &anna).await;
    assert!(!dump(&boris).contains("ag:ask"), "who has no premium, where none is sold, has no button");

    // At once, as he is free; a yes, while she searches on.
    let (from_anna, from_boris) = (anna.mark(), boris.mark());
    asks_back(&anna, "Asked.").await;
    told(&boris, from_boris, QUESTION).await;
    asks_back(&anna, "asked them already").await;
    search(&anna).await;
    tap(&boris, "ag:yes:").await;
    told(&anna, from_anna, AGAIN).await;
    told(&boris, from_boris, AGAIN).await;
    together(&anna, &boris).await;
    assert_eq!(live_pairs(&server), "2", "I1");
    assert_eq!((heard(&anna, from_anna, AGAIN), heard(&boris, from_boris, AGAIN)), (1, 1), "once");
    // A second tap on an old button is nothing.
    tap(&boris, "ag:yes:").await;
    together(&anna, &boris).await;

    // It is a chat like any other. A no is told to nobody.
    part(&anna, &boris).await;
    let (from_anna, from_boris) = (anna.mark(), boris.mark());
    asks_back(&anna, "Asked.").await;
    told(&boris, from_boris, QUESTION).await;
    tap(&boris, "ag:no:").await;
    // In the question's place, so that nothing is left to press.
    let declined = |m: &ChatMessage| m.text().is_some_and(|text| text.contains("They will not be told"));
    boris.wait_for(PATIENCE, declined).await.expect("the question is gone");
    answers(&boris, "ag:yes:", "does not work any more").await;
    search(&anna).await;
    still_searching(&anna).await;
    assert_eq!(heard(&anna, from_anna, NOT_BACK), 0, "not before the day is over");
    a_day_passes(&server);
    told(&anna, from_anna, NOT_BACK).await;
    for (reader, other, name) in [(&anna, &boris, "boris"), (&boris, &anna, "anna")] {
        let all = dump(reader);
        for part in [other.id().to_string(), format!("{name}First"), format!("{name}_username")] {
            assert!(!all.contains(&part), "{part} in {all}");
        }
    }
}

/// Nobody is asked in a chat, also not by a bot that was started anew meanwhile; and a session that
/// knows nothing begins the chat by what is owed.
#[tokio::test]
async fn a_question_waits_for_the_end_of_a_chat_and_outlives_restarts() {
    let Some((server, url)) = real_postgres() else { return };
    let again = |app: TestApp| {
        let (world, data_dir) = app.stop();
        spawn_app(Options { world: Some(world), data_dir: Some(data_dir), ..trying(&url) })
    };
    let app = spawn_app(trying(&url));
    let anna = member(&app.world, "anna", WOMAN).await;
    let boris = member(&app.world, "boris", MAN).await;
    let carl = member(&app.world, "carl", MAN).await;
    try_premium(&anna).await;
    meet(&anna, &boris).await;
    part(&anna, &boris).await;
    meet(&carl, &boris).await;
    let mark = boris.mark();
    asks_back(&anna, "Asked.").await;
    together(&carl, &boris).await;
    let app = again(app);
    server.psql("nameless", "UPDATE jobs SET not_before = now() WHERE key LIKE 'again:wanted:%'");
    // The job tells it to the session, which keeps it until the chat is over.
    let told_of = "SELECT count(*) FROM jobs WHERE key LIKE 'again:wanted:%' AND state = 'completed'";
    // What is in a table of the server tells nobody that it has changed.
    let over = async {
        while server.ask("nameless", told_of).trim() != "2" {
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(PATIENCE, over).await.expect("both jobs are over");
    together(&carl, &boris).await;
    assert_eq!(heard(&boris, mark, QUESTION), 0, "never in a chat");
    part(&carl, &boris).await;
    told(&boris, mark, QUESTION).await;

    let app = again(app);
    let from_anna = anna.mark();
    tap(&boris, "ag:yes:").await;
    told(&anna, from_anna, AGAIN).await;
    told(&boris, mark, AGAIN).await;
    together(&anna, &boris).await;
    // A crash right after: the chat goes on.
    let _app = again(app);
    together(&anna, &boris).await;
    assert_eq!(heard(&boris, mark, QUESTION), 1);
}

#[tokio::test]
async fn a_block_stop_and_erasure_leave_nothing_of_it() {
    let Some((server, url)) = real_postgres() else { return };
    let app = spawn_app(trying(&url).with("AGAIN_PER_DAY", "2"));
    let anna = member(&app.world, "anna", WOMAN).await;
    try_premium(&anna).await;
    let mut men = Vec::new();
    for name in ["boris", "carl", "dan", "egon"] {
        men.push(member(&app.world, name, MAN).await);
    }
    let [boris, carl, dan, egon] = &men[..] else { unreachable!() };
    let over = "does not work any more";

    // He blocks her between question and answer; she does not learn that.
    meet(&anna, boris).await;
    part(&anna, boris).await;
    let mark = boris.mark();
    asks_back(&anna, "Asked.").await;
    told(boris, mark, QUESTION).await;
    tap(boris, "fb:block:").await;
    answers(boris, "ag:yes:", over).await;
    // He blocked her before: he is not asked, and she is told the same.
    meet(&anna, carl).await;
    part(&anna, carl).await;
    let from_carl = carl.mark();
    tap(carl, "fb:block:").await;
    ask(carl, "/premium", "remium").await;
    asks_back(&anna, "Asked.").await;
    // Two a day are two.
    meet(&anna, dan).await;
    part(dan, &anna).await;
    asks_back(&anna, "You can ask 2 people back a day").await;
    let from_anna = anna.mark();
    a_day_passes(&server);
    told(&anna, from_anna, NOT_BACK).await;
    ask(carl, "/premium", "remium").await;
    assert_eq!(heard(carl, from_carl, QUESTION), 0);

    // She takes it back by /stop.
    let mark = dan.mark();
    asks_back(&anna, "Asked.").await;
    told(dan, mark, QUESTION).await;
    ask(&anna, "/stop", "").await;
    let back = format!("SELECT count(*) FROM again_asks WHERE state = 'back' AND asked = {}", dan.id());
    while server.ask("nameless", &back).trim() != "1" {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    answers(dan, "ag:yes:", over).await;
    // She erases herself.
    meet(&anna, egon).await;
    part(&anna, egon).await;
    let mark = egon.mark();
    asks_back(&anna, "Asked.").await;
    told(egon, mark, QUESTION).await;
    ask(&anna, "/privacy", "").await;
    tap(&anna, "pv:erase").await;
    tap(&anna, "pv:erase-yes").await;
    let left = format!("SELECT count(*) FROM again_asks WHERE asker = {}", anna.id());
    while server.ask("nameless", &left).trim() != "0" {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    answers(egon, "ag:yes:", over).await;
}

/// Where premium is sold the button leads there.
#[tokio::test]
async fn who_has_no_premium_is_shown_what_it_costs() {
    let app = spawn_app(Options::default().with("STARS", "on"));
    let anna = member(&app.world, "anna", WOMAN).await;
    let boris = member(&app.world, "boris", MAN).await;
    meet(&anna, &boris).await;
    part(&anna, &boris).await;
    let mark = boris.mark();
    tap(&boris, "ag:ask:").await;
    let offer = told(&boris, mark, "ask the last person you talked to").await;
    let data: Vec<String> = offer.buttons().into_iter().flatten().filter_map(|button| button.data).collect();
    assert_eq!(data, ["bl:buy:again-5", "pr:show"]);
    tap(&boris, "pr:show").await;
    told(&boris, mark, "With premium your searches go before others'").await;
    assert_eq!(heard(&anna, 0, QUESTION), 0);
}

/// A pack is bought with Stars: it asks without premium, and what could not be asked is there
/// again.
#[tokio::test]
async fn a_pack_asks_without_premium_and_comes_back_where_nobody_came() {
    let Some((server, url)) = real_postgres() else { return };
    let place = Place::Server(url);
    let app = spawn_app(Options { place, ..Options::default() }.with("STARS", "on"));
    let anna = member(&app.world, "anna", WOMAN).await;
    let boris = member(&app.world, "boris", MAN).await;
    meet(&anna, &boris).await;
    part(&boris, &anna).await;
    asks_back(&anna, "ask the last person you talked to").await;
    let mark = anna.mark();
    tap(&anna, "bl:buy:again-5").await;
    let invoice = receives(&anna, mark, "invoice").await;
    anna.pay(Bill::Message(invoice.message_id)).await.expect("paid");
    told(&anna, mark, "for another chat 5 times").await;
    let from_boris = boris.mark();
    asks_back(&anna, "In your pack: 4 more").await;
    told(&boris, from_boris, QUESTION).await;
    let from_anna = anna.mark();
    tap(&boris, "ag:yes:").await;
    told(&anna, from_anna, AGAIN).await;
    together(&anna, &boris).await;

    // He is in another chat all day: she hears that he did not come, and has it again.
    part(&anna, &boris).await;
    let clara = member(&app.world, "clara", WOMAN).await;
    meet(&boris, &clara).await;
    asks_back(&anna, "In your pack: 3 more").await;
    let mark = anna.mark();
    a_day_passes(&server);
    told(&anna, mark, "it is back in your pack").await;
    assert_eq!(heard(&anna, mark, NOT_BACK), 0);
    let has = "SELECT sum(CASE WHEN credit = 'person' THEN amount ELSE -amount END)::bigint FROM ledger
        WHERE unit = 'again'";
    assert_eq!(server.ask("nameless", has).trim(), "4");
}
