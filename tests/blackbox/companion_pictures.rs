//! Pictures of characters: asked for, drawn once, labelled, called off, and what is not drawn.

use crate::common::{MAN, WOMAN, ask, found, member, receives, search, tap, told};
use crate::companion::{RICH, begins, says};
use crate::maker::Maker;
use crate::model::Server;
use crate::photos::{guarded, has_worker, models, nude};
use crate::support::app::{Options, Place, TestApp, real_postgres, spawn_app};
use crate::support::characters::BackEnds;
use crate::support::clock;
use crate::support::export::WholeExport;
use crate::support::people::PATIENCE;
use crate::support::postgres::Postgres;
use nameless_domain::ids::UserId;
use nameless_simulator::{ChatEvent, SimUser};
use std::time::Duration;

/// Until something outside is so.
pub async fn until(what: &str, so: impl Fn() -> bool) {
    let wait = async {
        while !so() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("{what}"));
}

fn pictures(user: &SimUser) -> usize {
    let drawn = |caption: &str| caption.contains("drawn by AI");
    user.chat().iter().filter(|m| m.json["caption"].as_str().is_some_and(drawn)).count()
}

async fn picture(user: &SimUser, mark: i32) -> nameless_simulator::ChatMessage {
    let message = receives(user, mark, "photo").await;
    let caption = message.json["caption"].as_str().unwrap_or_default();
    assert!(caption.contains("drawn by AI"), "{caption}");
    message
}

/// What somebody's copy of their data has of pictures: their states.
pub async fn states(app: &TestApp, user: &SimUser) -> Vec<String> {
    let export = app.engine.env().store.whole_export(UserId(user.id())).await.expect("an export");
    let state = |one: &serde_json::Value| one["state"].as_str().unwrap_or_default().to_owned();
    export["pictures_by_characters"].as_array().map(|all| all.iter().map(state).collect()).unwrap_or_default()
}

/// What of a cap is reserved and spent.
fn spent(server: &Postgres, database: &str, cap: &str) -> (i64, i64) {
    let sum = |what: &str| {
        let sql = format!("SELECT coalesce(sum({what}), 0)::bigint FROM companion_sums WHERE cap = '{cap}'");
        server.ask(database, &sql).parse().expect("a number")
    };
    (sum("reserved"), sum("spent"))
}

fn at(url: String, options: Options) -> Options {
    Options { place: Place::Server(url), ..options }
}

/// Guards: the prompt, the label, the file without what its maker wrote, one picture a request.
#[tokio::test]
async fn somebody_asks_to_be_shown_the_scene() {
    let Some((database, _)) = real_postgres() else { return };
    for dialect in ["openai", "sdapi", "comfyui"] {
        let server = Server::new(vec![says("Look, the *lighthouse* is lit.")]).await;
        let maker = Maker::new().await;
        let back_ends = BackEnds::new(&[&server.url], RICH).drawing(&maker.url, dialect, 0.5);
        let app = spawn_app(at(database.create(dialect), back_ends.options()));
        let anna = member(&app.world, "anna", WOMAN).await;
        ask(&anna, "/picture", "in a conversation with a character").await;
        begins(&anna).await;
        let reply = ask(&anna, "What is there?", "Look, the lighthouse is lit.").await;
        let mut events = anna.events();
        let mark = anna.mark();
        maker.hold(true);
        let data = reply.buttons().into_iter().flatten().filter_map(|button| button.data);
        let show = data.into_iter().find(|data| data.starts_with("ch:show:")).expect("a button");
        anna.press(reply.message_id, &show);
        told(&anna, mark, "The AI is drawing").await;
        until("it is drawn", || maker.drawn().len() == 1).await;
        loop {
            let event =
                tokio::time::timeout(PATIENCE, events.recv()).await.expect("in time").expect("an event");
            if matches!(&*event, ChatEvent::ChatAction { action } if action == "upload_photo") {
                break;
            }
        }
        // Who is impatient gets no second one.
        ask(&anna, "/picture", "being drawn already").await;
        maker.hold(false);
        let shown = picture(&anna, mark).await;
        assert_eq!(shown.json["has_media_spoiler"], true, "nobody has looked at it: {shown:?}");
        let drawn = maker.drawn()[0].to_string();
        assert!(drawn.contains("lighthouse is lit") && drawn.contains("freckles"), "{drawn}");
        assert!(drawn.contains("mustard knitted sweater"), "{drawn}");
        for private in ["anna", &anna.id().to_string()] {
            assert!(!drawn.contains(private), "{private} goes to no maker");
        }
        assert_eq!((maker.faults(), pictures(&anna)), (Vec::new(), 1), "{dialect}");
        until("it is told", || database.ask(dialect, "SELECT state FROM companion_pictures") == "told").await;
        assert_eq!(states(&app, &anna).await, ["told"]);
        assert_eq!(spent(&database, dialect, "pictures"), (0, 500_000), "apart from words");
        assert!(spent(&database, dialect, "person").1 < 500_000);
        let kept =
            database.ask(dialect, "SELECT sealed IS NULL AND file IS NOT NULL FROM companion_pictures");
        assert_eq!(kept, "t", "only Telegram's handle is kept");
    }
}

/// Guards: the caps, and what an operator has not configured.
#[tokio::test]
async fn pictures_have_caps_of_their_own() {
    clock::one_day().await;
    let server = Server::new(vec![says("Hello.")]).await;
    let maker = Maker::new().await;
    let back_ends = BackEnds::new(&[&server.url], RICH).drawing(&maker.url, "sdapi", 3.0);
    let app = spawn_app(back_ends.options());
    let anna = member(&app.world, "anna", WOMAN).await;
    begins(&anna).await;
    ask(&anna, "Hi", "Hello.").await;
    let mark = anna.mark();
    anna.send_text("/picture");
    picture(&anna, mark).await;
    // A day has room for one at this price.
    ask(&anna, "/picture", "No more pictures today").await;
    assert_eq!(maker.drawn().len(), 1, "no call beyond the cap");
    drop(app);

    let maker = Maker::new().await;
    let back_ends = BackEnds::new(&[&server.url], RICH).drawing(&maker.url, "sdapi", 0.0).limit(1);
    let app = spawn_app(back_ends.options());
    let anna = member(&app.world, "anna", WOMAN).await;
    begins(&anna).await;
    let mark = anna.mark();
    anna.send_text("/picture");
    picture(&anna, mark).await;
    ask(&anna, "/picture", "enough pictures for today").await;
    // Nor in another dialog where that one is forgotten. Guard: `forget`.
    ask(&anna, "/stop", "You have left the conversation").await;
    for button in ["ch:mine:0", "ch:open:", "ch:del:"] {
        tap(&anna, button).await;
    }
    let mark = anna.mark();
    tap(&anna, "ch:del-yes:").await;
    told(&anna, mark, "is deleted").await;
    begins(&anna).await;
    ask(&anna, "/picture", "enough pictures for today").await;
    assert_eq!(maker.drawn().len(), 1);
}

/// Guards: the judgement of what was said, of the prompt, and of what the maker made of it.
#[tokio::test]
async fn what_is_not_to_be_seen_is_not_drawn() {
    let Some((database, url)) = real_postgres() else { return };
    let replies = ["Gladly.", "She is fifteen, my niece."];
    let server = Server::new(replies.map(says).to_vec()).await;
    let maker = Maker::new().await;
    let back_ends = BackEnds::new(&[&server.url], RICH).drawing(&maker.url, "openai", 0.1).adult(&[0]);
    let app = spawn_app(at(url.clone(), back_ends.options()));
    let anna = member(&app.world, "anna", WOMAN).await;
    begins(&anna).await;
    ask(&anna, "Show me yourself", "Gladly.").await;
    // The maker's own words for it.
    maker.revises("a naked girl, 15 years old");
    ask(&anna, "/picture", "not something anybody here").await;
    maker.revises("a naked woman");
    ask(&anna, "/picture", "not what these conversations are for").await;
    assert_eq!((maker.drawn().len(), pictures(&anna)), (2, 0));
    assert_eq!(spent(&database, "nameless", "pictures"), (0, 200_000), "bought, and settled");
    // Adult mode, and somebody under 18: no call.
    anna.send_text("/characters");
    tap(&anna, "ch:mine:0").await;
    tap(&anna, "ch:open:").await;
    tap(&anna, "ch:adult:").await;
    let mark = anna.mark();
    tap(&anna, "ch:adult-yes:").await;
    told(&anna, mark, "Adult mode is on").await;
    ask(&anna, "Who was that?", "my niece").await;
    maker.revises("a woman");
    // Nobody under 18 is drawn in any light.
    ask(&anna, "/picture", "not something anybody here").await;
    ask(&anna, "Undress", "not something anybody here").await;
    assert_eq!((maker.drawn().len(), pictures(&anna)), (2, 0), "no maker is asked");
}

/// Guards: a picture that is called off is paid once, its maker told, and nothing of it arrives.
#[tokio::test]
async fn a_picture_is_called_off() {
    let Some((database, url)) = real_postgres() else { return };
    let server = Server::new(vec![says("Hello.")]).await;
    let maker = Maker::new().await;
    let back_ends = BackEnds::new(&[&server.url], RICH).drawing(&maker.url, "comfyui", 0.5);
    let app = spawn_app(at(url.clone(), back_ends.options()));
    let anna = member(&app.world, "anna", WOMAN).await;
    begins(&anna).await;
    maker.hold(true);
    ask(&anna, "/picture", "The AI is drawing").await;
    until("it is drawn", || maker.drawn().len() == 1).await;
    let mark = anna.mark();
    tap(&anna, "ch:pic-stop:").await;
    told(&anna, mark, "The drawing is called off").await;
    until("its maker is told", || maker.cancelled().len() == 1).await;
    assert_eq!(maker.cancelled()[0], maker.drawn()[0]["prompt_id"], "by its name");
    assert_eq!(spent(&database, "nameless", "pictures"), (0, 500_000), "nobody knows what it cost");
    assert_eq!((states(&app, &anna).await, pictures(&anna)), (vec!["cancelled".to_owned()], 0));
    // There is room for another one.
    maker.hold(false);
    let mark = anna.mark();
    anna.send_text("/picture");
    picture(&anna, mark).await;
}

/// Guard: a maker that fails is told of, once.
#[tokio::test]
async fn a_maker_that_fails_is_not_asked_again() {
    let server = Server::new(vec![says("Hello.")]).await;
    let maker = Maker::new().await;
    maker.refuses(Some(500));
    let back_ends = BackEnds::new(&[&server.url], RICH).drawing(&maker.url, "sdapi", 0.5);
    let app = spawn_app(back_ends.options());
    let anna = member(&app.world, "anna", WOMAN).await;
    begins(&anna).await;
    ask(&anna, "/picture", "could not be drawn").await;
    assert_eq!(maker.asked().len(), 1);
    assert_eq!(states(&app, &anna).await, ["failed"]);
}

/// Guards: a job of a process that is gone is found again, and what was kept is only told.
#[tokio::test]
async fn a_picture_arrives_after_a_restart_and_not_among_people() {
    let Some((database, url)) = real_postgres() else { return };
    let server = Server::new(vec![says("Hello.")]).await;
    let maker = Maker::new().await;
    let back_ends = BackEnds::new(&[&server.url], RICH).drawing(&maker.url, "comfyui", 0.5);
    let app = spawn_app(at(url.clone(), back_ends.options().with("DRAIN_TIMEOUT", "1s")));
    let (anna, boris) = (member(&app.world, "anna", WOMAN).await, member(&app.world, "boris", MAN).await);
    begins(&anna).await;
    maker.hold(true);
    ask(&anna, "/picture", "The AI is drawing").await;
    until("it is drawn", || maker.drawn().len() == 1).await;
    let (world, data_dir) = app.stop();
    let again = Options { world: Some(world), data_dir: Some(data_dir), ..back_ends.options() };
    let app = spawn_app(at(url, again));
    let (mark_a, mark_b) = (anna.mark(), boris.mark());
    search(&anna).await;
    boris.send_text("/search");
    found(&anna, mark_a).await;
    found(&boris, mark_b).await;
    let chatting =
        || database.ask("nameless", "SELECT count(*) FROM accounts WHERE phase ->> 'at' = 'chatting'");
    until("the store has it", || chatting() == "2").await;
    let mark = anna.mark();
    maker.hold(false);
    told(&anna, mark, "The picture is ready").await;
    assert_eq!(pictures(&anna), 0, "nobody is to take it for the partner's");
    let mark = anna.mark();
    boris.send_text("/stop");
    told(&anna, mark, "ended the chat").await;
    until("the store has it", || chatting() == "0").await;
    let paired = || database.ask("nameless", "SELECT count(*) FROM active_pair_member");
    until("the store has the end of the chat", || paired() == "0").await;
    let mark = anna.mark();
    tap(&anna, "ch:pic:").await;
    picture(&anna, mark).await;
    assert_eq!((maker.drawn().len(), pictures(&anna)), (1, 1), "drawn once, shown once");
    drop(app);
}

/// Guard: the look at the picture itself.
#[tokio::test]
async fn a_nude_result_is_refused_where_somebody_looks() {
    let (Some((models, _)), Some((database, url))) = (models(), real_postgres()) else { return };
    let server = Server::new(vec![says("Hello.")]).await;
    let maker = Maker::new().await;
    maker.draws(nude());
    let back_ends = BackEnds::new(&[&server.url], RICH).drawing(&maker.url, "sdapi", 0.5);
    let options = guarded("spoiler", &models).with("COMPANIONS", back_ends.path().display());
    let app = spawn_app(at(url, options));
    has_worker(&app).await;
    let anna = member(&app.world, "anna", WOMAN).await;
    begins(&anna).await;
    ask(&anna, "/picture", "not what these conversations are for").await;
    assert_eq!(spent(&database, "nameless", "pictures"), (0, 500_000), "bought, and settled");
    assert_eq!((states(&app, &anna).await, pictures(&anna)), (vec!["refused".to_owned()], 0));
}
