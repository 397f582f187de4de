//! Where somebody is, by a place on the map: asked for in the chat, and kept as its square alone.

use crate::common::{ask, counted, member, tap, told};
use crate::dating::{MAN, WOMAN, card, dating, profile};
use crate::dead_letters::{listed, says};
use crate::support::app::{Options, Place, real_postgres, spawn_app};
use crate::support::export::WholeExport;
use crate::support::people::sees_part;
use nameless_actors::env::Faults;
use nameless_domain::ids::UserId;
use nameless_simulator::{ChatMessage, Outgoing, SimUser};
use serde_json::{Value, json};

/// Somewhere in Moscow, to the metre.
const EXACT: (f64, f64) = (55.753215, 37.622504);
/// Somewhere in Surgut, and how it begins, for who looks whether anything of it is left: no clock
/// shows so many seconds.
const HIDDEN: (f64, f64) = (61.253215, 73.422504);
const NEEDLES: [&str; 2] = ["61.2532", "73.4225"];
/// The number of the square that it lies in.
const SQUARE: u32 = 1_512 * 3_600 + 2_534;

fn pin((latitude, longitude): (f64, f64)) -> Outgoing {
    Outgoing::location(latitude, longitude)
}

/// Answers the questions up to the one for the place.
async fn comes_to_the_place(user: &SimUser) {
    ask(user, "/dating", "When were you born?").await;
    ask(user, "24.03.1998", "What should your card call you?").await;
    ask(user, "Lisa", "send a place on the map").await;
}

/// Answers the rest of them.
async fn goes_on(user: &SimUser) {
    let mark = user.mark();
    tap(user, "dt:goal:1").await;
    told(user, mark, "A few words about you").await;
    let mark = user.mark();
    tap(user, "dt:skip").await;
    told(user, mark, "And a photo").await;
    let mark = user.mark();
    tap(user, "dt:skip").await;
    told(user, mark, "Your card is ready").await;
}

fn keys<'m>(message: &'m ChatMessage, pointer: &str) -> Option<&'m Value> {
    message.keyboard.as_ref()?.pointer(pointer)
}

#[tokio::test]
async fn a_profile_takes_a_place_on_the_map() {
    let app = spawn_app(dating());
    let anna = member(&app.world, "anna", WOMAN).await;
    let boris = member(&app.world, "boris", MAN).await;
    profile(&boris, "Tom", "climbing", false).await;
    comes_to_the_place(&anna).await;
    let mark = anna.mark();
    tap(&anna, "dt:pin").await;
    let button = told(&anna, mark, "Tap the button below").await;
    assert_eq!(button.keyboard_labels(), [["📍 I am here"]]);
    assert_eq!(keys(&button, "/keyboard/0/0/request_location"), Some(&json!(true)));

    // One that moves would go on telling.
    let live = |at: f64| json!({"location": {"latitude": at, "longitude": EXACT.1, "live_period": 900}});
    let mark = anna.mark();
    let moving = anna.send(Outgoing::raw(live(EXACT.0)));
    told(&anna, mark, "That is a live location").await;
    anna.edit(moving, Outgoing::raw(live(EXACT.0 + 0.2)));
    let mark = anna.mark();
    anna.send(pin(EXACT));
    let noted = told(&anna, mark, "📍 Noted: Moscow.").await;
    assert_eq!(keys(&noted, "/remove_keyboard"), Some(&json!(true)));
    told(&anna, mark, "What are you looking for?").await;
    goes_on(&anna).await;

    let mark = anna.mark();
    tap(&anna, "dt:next").await;
    let shown = card(&anna, mark, "Tom").await;
    assert!(shown.text().is_some_and(|text| text.contains("less than 10 km")), "{shown:?}");
    // Where nothing is asked for, it is what it is without dating.
    let mark = anna.mark();
    anna.send(pin(EXACT));
    told(&anna, mark, "not talking to anyone").await;
}

#[tokio::test]
async fn a_place_is_changed_by_itself_three_times_a_day() {
    crate::support::clock::one_day().await;
    let app = spawn_app(dating());
    let anna = member(&app.world, "anna", WOMAN).await;
    profile(&anna, "Lisa", "rain and old films", false).await;
    ask(&anna, "/dating", "Likes left today").await;
    let mark = anna.mark();
    tap(&anna, "dt:choices").await;
    told(&anna, mark, "You want to meet people").await;
    for (place, noted) in [
        ((59.938612, 30.314132), "📍 Noted: Saint Petersburg."),
        ((56.512345, 36.012345), "The nearest big city is Tver;"),
        ((1.012345, -30.012345), "📍 Noted. The exact place is not kept."),
    ] {
        let mark = anna.mark();
        tap(&anna, "dt:place").await;
        told(&anna, mark, "Where are you now?").await;
        let mark = anna.mark();
        anna.send(pin(place));
        told(&anna, mark, noted).await;
        told(&anna, mark, "You want to meet people").await;
    }
    let mark = anna.mark();
    tap(&anna, "dt:place").await;
    told(&anna, mark, "Where are you now?").await;
    ask(&anna, "Atlantis", "do not know this city").await;
    let mark = anna.mark();
    anna.send(pin(EXACT));
    told(&anna, mark, "changed the city often enough").await;
    let mark = anna.mark();
    tap(&anna, "dt:later").await;
    told(&anna, mark, "whenever you like").await;
    let mark = anna.mark();
    anna.send(pin(EXACT));
    told(&anna, mark, "not talking to anyone").await;
}

/// Guards: `coarse`, before anything is journalled, and the square in place of the position.
#[tokio::test]
async fn what_is_kept_says_only_the_square() {
    let Some((server, url)) = real_postgres() else { return };
    let faults = Faults { poison: Some("pOiSoN".into()), ..Faults::default() };
    let app = spawn_app(Options { place: Place::Server(url.clone()), faults, ..dating() });
    let anna = member(&app.world, "anna", WOMAN).await;
    comes_to_the_place(&anna).await;
    // An update that cannot be handled is kept as it was journalled.
    anna.send(pin(HIDDEN).with_raw(json!({"author_signature": "pOiSoN"})));
    sees_part(&anna, "Something broke on our side").await;
    counted(&app, "dead_letters", 1).await;
    let folder = app.data_dir.clone();
    let seqs = listed(folder.path(), Some(&url));
    let [seq] = &seqs[..] else { panic!("{seqs:?}") };
    let raw = says(folder.path(), Some(&url), &["show", seq, "--raw"]);
    assert!(raw.contains("pOiSoN") && raw.contains("61.25") && raw.contains("73.45"), "{raw}");
    assert!(!NEEDLES.iter().any(|needle| raw.contains(needle)), "{raw}");

    let mark = anna.mark();
    anna.send(pin(HIDDEN));
    told(&anna, mark, "📍 Noted: Surgut.").await;
    told(&anna, mark, "What are you looking for?").await;
    goes_on(&anna).await;
    let cell =
        server.ask("nameless", &format!("SELECT cell FROM dating_profiles WHERE user_id = {}", anna.id()));
    assert_eq!(cell, SQUARE.to_string());
    let tables = "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
        WHERE schemaname NOT IN ('pg_catalog', 'information_schema')";
    let tables = server.psql_rows("nameless", tables);
    assert!(tables.len() > 50, "{tables:?}");
    for table in tables {
        let rows = server.ask("nameless", &format!("SELECT t::text FROM {table} t"));
        assert!(!NEEDLES.iter().any(|needle| rows.contains(needle)), "{table}: {rows}");
    }
    let export = app.engine.env().store.whole_export(UserId(anna.id())).await.expect("an export").to_string();
    assert!(export.contains("Lisa") && !NEEDLES.iter().any(|needle| export.contains(needle)), "{export}");
}
