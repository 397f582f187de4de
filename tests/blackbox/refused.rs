//! What is never passed on is refused with one line to its sender, and the partner gets nothing.

use crate::common::{inbox, marker, said_to, told};
use crate::support::app::{Options, spawn_app};
use crate::support::people::{chatting, sees};
use nameless_simulator::Outgoing;
use serde_json::{Value, json};

fn refused() -> Vec<(&'static str, Outgoing, &'static str)> {
    let raw = |key: &str, value: Value| {
        let mut fields = json!({});
        fields[key] = value;
        Outgoing::raw(fields)
    };
    let user = json!({"id": 5, "is_bot": false, "first_name": "secretfwd"});
    let place = json!({"latitude": 55.7, "longitude": 37.6});
    let mut live = place.clone();
    live["live_period"] = 900.into();
    vec![
        ("contact", Outgoing::contact("+79161234567", "secretname"), "The contact was not"),
        ("location", Outgoing::location(55.75, 37.61), "The location was not"),
        ("live location", raw("location", live), "The location was not"),
        ("venue", Outgoing::venue("secretcafe", "secretstreet 1"), "The location was not"),
        ("poll", Outgoing::poll("secretquestion", &["a", "b"]), "The poll was not"),
        ("story", raw("story", json!({"chat": {"id": 5, "type": "private"}, "id": 3})), "The story was not"),
        (
            "game",
            raw("game", json!({"title": "secretgame", "description": "x", "photo": []})),
            "Games are not",
        ),
        (
            "invoice",
            raw("invoice", json!({"title": "secretshop", "total_amount": 1})),
            "Paid media, invoices",
        ),
        ("paid media", raw("paid_media", json!({"star_count": 1, "paid_media": []})), "Paid media, invoices"),
        ("giveaway", raw("giveaway", json!({"chats": [], "winner_count": 1})), "Paid media, invoices"),
        ("gift", raw("gift", json!({"gift": {"id": "secretgift"}, "user": user})), "Paid media, invoices"),
        (
            "image as file",
            Outgoing::document().file_name("secretimage.jpg").mime("image/jpeg"),
            "The image file was not",
        ),
        (
            "image by its name",
            Outgoing::document().file_name("IMG_0001.HEIC").mime("application/octet-stream"),
            "The image file was not",
        ),
        (
            "over 20 MB",
            Outgoing::document().file_name("secretfile.pdf").mime("application/pdf").bytes(vec![
                0_u8;
                20 * 1024
                    * 1024
                    + 1
            ]),
            "The file was not passed on: it is over 20 MB",
        ),
        ("unknown", raw("hologram", json!({"name": "secrethologram"})), "We do not know how"),
        ("unknown dice", Outgoing::dice("🧿", 3), "We do not know how"),
        (
            "a contact in a message that also has a text",
            Outgoing::text("secrettext")
                .with_raw(json!({"contact": {"phone_number": "1", "first_name": "x"}})),
            "The contact was not",
        ),
    ]
}

#[tokio::test]
async fn each_kind_is_refused_with_one_line_and_the_partner_gets_nothing() {
    let app = spawn_app(Options::default());
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    for (what, out, line) in refused() {
        let (mark, theirs) = (anna.mark(), boris.mark());
        anna.send(out);
        told(&anna, mark, line).await;
        let last = marker(&anna, &boris).await.message_id;
        let got: Vec<_> = inbox(&boris, theirs).into_iter().filter(|m| m.message_id != last).collect();
        assert!(got.is_empty(), "{what}: the partner got {got:?}");
        let lines = said_to(&anna, &boris, mark).await;
        assert_eq!(lines.len(), 1, "{what}: {lines:?}");
        assert!(!lines[0].contains('\n'), "{what}");
    }
    assert!(!crate::common::dump(&boris).contains("secret"));
}

#[tokio::test]
async fn an_edit_into_something_refused_leaves_what_was_there() {
    let app = spawn_app(Options::default());
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    for (what, out, line) in refused() {
        let mark = anna.mark();
        let hello = format!("before {what}");
        let id = anna.send_text(&hello);
        let got = sees(&boris, &hello).await;
        // The simulator keeps what an edit does not name: the text.
        anna.edit(id, out.with_raw(json!({"text": null})));
        // Of a location that moves its sender was told at the first; each move is an edit.
        if !line.starts_with("The location") {
            told(&anna, mark, line).await;
        }
        marker(&anna, &boris).await;
        let now = boris.message(got.message_id).expect("it is there");
        assert_eq!((now.text(), now.edited), (Some(hello.as_str()), 0), "{what}");
        let lines = said_to(&anna, &boris, mark).await;
        assert!(lines.len() <= 1, "{what}: {lines:?}");
    }
}

#[tokio::test]
async fn a_live_location_is_refused_once_not_with_each_move() {
    let app = spawn_app(Options::default());
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    let (mark, theirs) = (anna.mark(), boris.mark());
    let place = |at: f64| {
        Outgoing::raw(
            json!({"location": {"latitude": at, "longitude": 1.0, "live_period": 900, "heading": 3}}),
        )
    };
    let id = anna.send(place(0.0));
    for step in 1..5 {
        anna.edit(id, place(f64::from(step)));
    }
    marker(&anna, &boris).await;
    let lines = said_to(&anna, &boris, mark).await;
    assert_eq!(lines.len(), 1, "{lines:?}");
    let got = said_to(&boris, &anna, theirs).await;
    assert!(got.is_empty() && inbox(&boris, theirs).iter().all(|m| m.kind() == "text"), "{got:?}");
}

#[tokio::test]
async fn what_a_service_message_says_is_nobodys_word() {
    let app = spawn_app(Options::default());
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    let (mark, theirs) = (anna.mark(), boris.mark());
    for key in ["pinned_message", "write_access_allowed", "chat_background_set", "users_shared"] {
        let mut fields = json!({});
        fields[key] = json!({"message_id": 1, "chat": {"id": anna.id(), "type": "private"}, "date": 0});
        anna.send(Outgoing::raw(fields));
    }
    marker(&anna, &boris).await;
    let got = said_to(&boris, &anna, theirs).await;
    assert!(got.is_empty() && inbox(&boris, theirs).iter().all(|m| m.kind() == "text"), "{got:?}");
    let lines = said_to(&anna, &boris, mark).await;
    assert!(lines.is_empty(), "{lines:?}");
}
