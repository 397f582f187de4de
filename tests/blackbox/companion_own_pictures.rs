//! What characters of people's own look like: out of a card, as a photo, or drawn in a dialog;
//! looked at, shown on the card, told to operators before anybody else sees it, and gone with it.

use crate::admin::{get, post, staff, staffed_with, token};
use crate::common::{MAN, WOMAN, ask, member, receives, tap, told};
use crate::companion::{RICH, says};
use crate::companion_own::{brings, card, makes, own};
use crate::companion_pictures::states;
use crate::maker::Maker;
use crate::model::Server;
use crate::pages::visitor::{self, Visitor};
use crate::photos::{guarded, has_worker, models, nude};
use crate::support::app::spawn_app;
use crate::support::characters::BackEnds;
use crate::support::people::PATIENCE;
use nameless_domain::capabilities::admin::Role;
use nameless_domain::capabilities::companion::{Event, Request};
use nameless_domain::ids::UserId;
use nameless_domain::text::Lang;
use nameless_simulator::{ChatMessage, Outgoing, SimUser};
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::time::Duration;

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// A PNG of these pixels and bytes, with a card inside if there is one. Nobody decodes it.
fn png(sides: (u32, u32), bytes: usize, card: Option<&Value>) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut chunk = |kind: &[u8; 4], data: &[u8]| {
        file.extend((data.len() as u32).to_be_bytes());
        file.extend([kind.as_slice(), data, b"crc!"].concat());
    };
    let head = [sides.0.to_be_bytes().as_slice(), &sides.1.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
    chunk(b"IHDR", &head);
    if let Some(card) = card {
        chunk(b"tEXt", format!("chara\0{}", base64(card.to_string().as_bytes())).as_bytes());
    }
    chunk(b"tEXt", b"Author\0somebody by name");
    chunk(b"IDAT", &vec![7; bytes]);
    chunk(b"IEND", b"");
    file
}

/// The picture of somebody's only character, as their copy of their data has it.
async fn picture(app: &crate::support::app::TestApp, user: &SimUser) -> Option<Vec<u8>> {
    use base64::Engine as _;
    let cards = own(app, user).await;
    let url = cards[0]["data"]["extensions"]["nameless"]["picture"].as_str()?.to_owned();
    let text = url.strip_prefix("data:image/png;base64,").expect("a PNG");
    Some(base64::engine::general_purpose::STANDARD.decode(text).expect("base64"))
}

/// Waits until the bot knows that the picture which it drew has come.
async fn is_told(app: &crate::support::app::TestApp, user: &SimUser) {
    let known = async {
        while states(app, user).await != ["told"] {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, known).await.expect("it is told");
}

/// Sends a photo.
async fn sends(user: &SimUser, photo: Vec<u8>, part: &str) {
    let mark = user.mark();
    user.send(Outgoing::photo().bytes(photo));
    told(user, mark, part).await;
}

/// Writes one, with its last answer.
async fn writes(user: &SimUser) {
    makes(user).await;
    ask(user, "Nora", "How old are they?").await;
    ask(user, "41", "Who is it?").await;
    ask(user, "You keep bees on a roof.", "With which words").await;
    ask(user, "Mind the smoke.", "Mind the smoke.").await;
}

/// Goes to its card, which has a picture or has none; the card with its picture.
async fn looks(user: &SimUser, pictured: bool) -> Option<ChatMessage> {
    let mark = user.mark();
    user.send_text("/characters");
    receives(user, mark, "photo").await;
    let mark = user.mark();
    tap(user, "ch:own").await;
    told(user, mark, "Your own characters").await;
    let mark = user.mark();
    tap(user, "ch:own_card:").await;
    if pictured {
        let card = receives(user, mark, "photo").await;
        let caption = card.json["caption"].as_str().expect("a caption");
        assert!(caption.contains("Nora, 41") && caption.contains("played by an AI"), "{caption}");
        Some(card)
    } else {
        told(user, mark, "A character of your own, played by an AI").await;
        None
    }
}

/// What Telegram calls the file of a card, whichever handle it was sent by.
fn file_of(card: Option<ChatMessage>) -> String {
    let card = card.expect("a picture");
    card.media().expect("a photo")["file_unique_id"].as_str().expect("a name").to_owned()
}

/// Guard: a picture goes to Telegram once from each bot, and anew when it is another one.
#[tokio::test]
async fn a_card_that_is_looked_at_again_uploads_nothing() {
    let server = Server::new(vec![says("Hello.")]).await;
    let back_ends = BackEnds::new(&[&server.url], RICH);
    let app = spawn_app(back_ends.options().with("BOT_TOKENS", "second=2:test"));
    let anna = member(&app.world, "anna", WOMAN).await;
    writes(&anna).await;
    let wishes = async |bytes: usize| {
        let mark = anna.mark();
        tap(&anna, "ch:own_pic:").await;
        told(&anna, mark, "Send a photo").await;
        sends(&anna, png((64, 64), bytes, None), "The picture is kept").await;
    };
    looks(&anna, false).await;
    wishes(10).await;
    let here = file_of(looks(&anna, true).await);
    assert_eq!(file_of(looks(&anna, true).await), here, "it was uploaded once");
    // A handle is good for one bot only.
    let there = anna.with_bot("2:test");
    let other = file_of(looks(&there, true).await);
    assert_ne!(other, here);
    assert_eq!(file_of(looks(&there, true).await), other);
    assert_eq!(file_of(looks(&anna, true).await), here);

    wishes(20).await;
    let card = looks(&anna, true).await;
    let shown = card.as_ref().and_then(|card| anna.file(card.file_id()?)).expect("a file");
    assert_eq!(Some(shown.to_vec()), picture(&app, &anna).await, "the one that it has now");
    let anew = file_of(card);
    assert!(anew != here && anew != other);
    assert_eq!(file_of(looks(&anna, true).await), anew);
}

/// Guards: what is taken out of the file, and its bounds: a card is taken without such a picture.
#[tokio::test]
async fn the_picture_of_a_card_is_kept_without_what_does_not_show() {
    let server = Server::new(vec![says("Honey?")]).await;
    let back_ends = BackEnds::new(&[&server.url], RICH);
    let app = spawn_app(back_ends.options());
    let anna = member(&app.world, "anna", WOMAN).await;
    let nora = card("Nora", "{{char}} keeps bees.");
    makes(&anna).await;
    brings(&anna, png((64, 96), 100, Some(&nora)), "How old are they?").await;
    ask(&anna, "41", "Good day, you!").await;
    let kept = picture(&app, &anna).await.expect("a picture");
    let has = |part: &[u8]| kept.windows(part.len()).any(|window| window == part);
    assert!(has(b"IDAT") && !has(b"tEXt") && !has(b"somebody by name"), "{} bytes", kept.len());
    looks(&anna, true).await;

    for (sides, bytes) in [((8, 96), 100), ((64, 20_000), 100), ((64, 96), 1_100_000)] {
        let mark = anna.mark();
        tap(&anna, "ch:own-del:").await;
        told(&anna, mark, "no characters of your own").await;
        makes(&anna).await;
        brings(&anna, png(sides, bytes, Some(&nora)), "How old are they?").await;
        ask(&anna, "41", "Good day, you!").await;
        assert_eq!(picture(&app, &anna).await, None, "{sides:?}, {bytes} bytes");
        looks(&anna, false).await;
    }
}

/// Guards: where a photo is a picture and where it is nothing that a character sees; another, none,
/// and that it goes with the character.
#[tokio::test]
async fn a_photo_is_its_picture_while_it_is_made_and_once_that_is_wished_for() {
    let server = Server::new(vec![says("Honey?")]).await;
    let back_ends = BackEnds::new(&[&server.url], RICH);
    let app = spawn_app(back_ends.options());
    let anna = member(&app.world, "anna", WOMAN).await;
    makes(&anna).await;
    sends(&anna, b"GIF89a".to_vec(), "no picture a character can have").await;
    ask(&anna, "Nora", "How old are they?").await;
    let mark = anna.mark();
    sends(&anna, png((64, 64), 10, None), "The picture is kept").await;
    told(&anna, mark, "How old are they?").await;
    ask(&anna, "41", "Who is it?").await;
    ask(&anna, "You keep bees on a roof.", "With which words").await;
    ask(&anna, "Mind the smoke.", "Mind the smoke.").await;
    let first = picture(&app, &anna).await.expect("a picture");
    sends(&anna, png((64, 64), 20, None), "cannot hear or see that").await;
    assert_eq!(picture(&app, &anna).await, Some(first.clone()), "it was not wished for");

    looks(&anna, true).await;
    let mark = anna.mark();
    tap(&anna, "ch:own_pic:").await;
    told(&anna, mark, "Send a photo in the next ten minutes").await;
    sends(&anna, png((64, 64), 20, None), "The picture is kept").await;
    let second = picture(&app, &anna).await.expect("a picture");
    assert!(second.len() == first.len() + 10, "{} and {} bytes", first.len(), second.len());
    sends(&anna, png((64, 64), 30, None), "cannot hear or see that").await;
    ask(&anna, "How are the bees?", "Honey?").await;
    assert!(!server.requests().concat().contains("IDAT"), "no model is shown it");

    // Nobody else has anything to do with it.
    let boris = member(&app.world, "boris", MAN).await;
    let port = app.engine.env().capabilities.companion.clone();
    for id in 1..4 {
        for request in [
            Request::OwnCard { own: id },
            Request::WishPicture { own: id, lang: Lang::En },
            Request::DropPicture { own: id },
        ] {
            assert_eq!(port.ask(UserId(boris.id()), request.clone()).await, Ok(Event::Gone), "{request:?}");
        }
    }
    assert_eq!(picture(&app, &anna).await, Some(second));
    looks(&anna, true).await;
    let mark = anna.mark();
    tap(&anna, "ch:own_pic_no:").await;
    told(&anna, mark, "A character of your own").await;
    assert_eq!(picture(&app, &anna).await, None);
}

/// Guard: what was drawn for its owner alone, and passes in every mode.
#[tokio::test]
async fn what_was_drawn_in_its_dialog_stands_on_its_card() {
    let server = Server::new(vec![says("Hello.")]).await;
    let maker = Maker::new().await;
    let back_ends = BackEnds::new(&[&server.url], RICH).drawing(&maker.url, "sdapi", 0.0);
    let app = spawn_app(back_ends.options());
    let anna = member(&app.world, "anna", WOMAN).await;
    writes(&anna).await;
    ask(&anna, "Hi", "Hello.").await;
    let mark = anna.mark();
    anna.send_text("/picture");
    receives(&anna, mark, "photo").await;
    assert_eq!(picture(&app, &anna).await, None);
    // Telegram has shown it before the bot knows that it has.
    is_told(&app, &anna).await;
    let mark = anna.mark();
    tap(&anna, "ch:pic_own:").await;
    told(&anna, mark, "The picture is kept").await;
    assert!(picture(&app, &anna).await.is_some_and(|picture| picture.starts_with(b"\x89PNG")));
    looks(&anna, true).await;
    let port = app.engine.env().capabilities.companion.clone();
    let boris = member(&app.world, "boris", MAN).await;
    for picture in 1..4 {
        let stolen = port.ask(UserId(boris.id()), Request::PictureOfOwn { picture }).await;
        assert!(matches!(stolen, Ok(Event::OwnRefused(_))), "{stolen:?}");
    }
}

/// Guards: an operator sees it before anybody else does, and what they have seen is what is shown.
#[tokio::test]
async fn an_operator_looks_at_it_before_it_is_shared() {
    let server = Server::new(vec![says("Hello.")]).await;
    let back_ends = BackEnds::new(&[&server.url], RICH);
    let (app, _, _) = staffed_with(staff().with("COMPANIONS", back_ends.path().display())).await;
    let (anna, boris) = (member(&app.world, "anna", WOMAN).await, member(&app.world, "boris", MAN).await);
    makes(&anna).await;
    sends(&anna, png((64, 64), 10, None), "The picture is kept").await;
    ask(&anna, "Nora", "How old are they?").await;
    ask(&anna, "41", "Who is it?").await;
    ask(&anna, "You keep bees on a roof.", "With which words").await;
    ask(&anna, "Mind the smoke.", "Mind the smoke.").await;
    let looked_at = picture(&app, &anna).await.expect("a picture");
    let port = app.engine.env().capabilities.companion.clone();
    let asks = async |user: &SimUser, request: Request| {
        port.ask(UserId(user.id()), request).await.expect("an answer")
    };
    let Event::OwnList(list) = asks(&anna, Request::Own).await else { panic!("no list") };
    let shared = asks(&anna, Request::Share { own: list[0].id, lang: Lang::En }).await;
    assert_eq!(shared, Event::ShareAsked { name: "Nora".to_owned() });

    let (eyes, hand) = (token(&app, Role::Viewer).await, token(&app, Role::Moderator).await);
    let (_, queue) = get(&app, &eyes, "v1/characters/shared").await;
    let number = queue["items"][0]["shared"].as_i64().expect("one");
    let (_, read) = get(&app, &hand, &format!("v1/characters/shared/{number}")).await;
    assert_eq!(read["picture"], base64(&looked_at), "{read}");
    let page = Visitor::of_name(&app, "page", Role::Moderator).await;
    let (_, shown) = visitor::get(&page, &format!("/admin/shared/{number}")).await;
    let path = format!("/admin/shared/{number}/picture");
    assert!(shown.contains(&path), "{shown}");
    assert_eq!(visitor::get(&page, &path).await.0, StatusCode::OK);
    let viewer = Visitor::of_name(&app, "onlooker", Role::Viewer).await;
    assert_eq!(visitor::get(&viewer, &path).await.0, StatusCode::FORBIDDEN);

    // Another picture since: nobody has looked at that.
    asks(&anna, Request::WishPicture { own: list[0].id, lang: Lang::En }).await;
    sends(&anna, png((64, 64), 20, None), "The picture is kept").await;
    let rule = json!({ "ruling": "show", "reason": "it is fine" });
    let mark = anna.mark();
    let (status, _) = post(&app, &hand, &format!("v1/characters/shared/{number}/rule"), rule).await;
    assert_eq!(status, StatusCode::OK);
    told(&anna, mark, "is among the characters from people now").await;
    let card = asks(&boris, Request::PeopleCard { shared: number }).await;
    let Event::PeopleCard(card) = card else { panic!("{card:?}") };
    assert!(card.picture.is_some_and(|kept| kept.owner.is_none()), "whose it is stands nowhere");
    let mark = boris.mark();
    boris.send_text("/characters");
    receives(&boris, mark, "photo").await;
    tap(&boris, "ch:sh:people:0").await;
    told(&boris, mark, "Characters that people here have made").await;
    let mark = boris.mark();
    tap(&boris, "ch:sh:card:").await;
    let shown = receives(&boris, mark, "photo").await;
    assert!(shown.json["caption"].as_str().is_some_and(|text| text.contains("Nora, 41")), "{shown:?}");
    let seen = shown.file_id().and_then(|file| boris.file(file)).expect("a file");
    assert_eq!(seen.to_vec(), looked_at);
}

/// Guard: the look at what somebody sends.
#[tokio::test]
async fn a_nude_picture_stands_on_no_card_where_somebody_looks() {
    let Some((models, _)) = models() else { return };
    let server = Server::new(vec![says("Hello.")]).await;
    let back_ends = BackEnds::new(&[&server.url], RICH);
    let app = spawn_app(guarded("spoiler", &models).with("COMPANIONS", back_ends.path().display()));
    has_worker(&app).await;
    let anna = member(&app.world, "anna", WOMAN).await;
    writes(&anna).await;
    looks(&anna, false).await;
    let mark = anna.mark();
    tap(&anna, "ch:own_pic:").await;
    told(&anna, mark, "Send a photo").await;
    sends(&anna, nude(), "cannot stand on a card").await;
    // What no model can read is looked at by nobody.
    sends(&anna, png((64, 64), 10, None), "could not be looked at").await;
    assert_eq!(picture(&app, &anna).await, None);
}
