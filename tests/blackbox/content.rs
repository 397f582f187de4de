//! Contents as they come on a bad day and from the newest clients: garbled, too long, of new kinds,
//! with a place inside.

use crate::common::{ask, becomes, counted, inbox, marker, receives, said_to, tap, texts, told};
use crate::support::app::{Options, TestApp, spawn_app};
use crate::support::people::{PATIENCE, chatting, onboard, person, sees};
use nameless_simulator::{ChatMessage, FaultAction, FaultRule, Outgoing, SimUser};
use serde_json::{Value, json};

async fn two() -> (TestApp, SimUser, SimUser) {
    let app = spawn_app(Options::default());
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    (app, anna, boris)
}

/// A garbled update is told and kept, and what is legible passes.
#[tokio::test]
async fn what_is_garbled_is_told_and_kept_and_what_can_be_read_passes() {
    let (app, anna, boris) = two().await;
    let text = |raw: Value| Outgoing::text("legible").with_raw(raw);
    let (mark, before) = (boris.mark(), app.count("dead_letters"));
    anna.send(text(json!({"entities": [{"type": "bold", "offset": 0}], "media_group_id": 7})));
    told(&boris, mark, "legible").await;
    let file = json!({"file_id": null, "file_unique_id": "x"});
    for (n, out) in [
        text(json!({"message_id": 4_294_967_296_u64})),
        text(json!({"text": 5})),
        Outgoing::raw(json!({"dice": {"emoji": "🎲", "value": "many"}})),
        Outgoing::raw(json!({"document": file, "caption": "lost"})),
    ]
    .into_iter()
    .enumerate()
    {
        let mark = anna.mark();
        anna.send(out);
        told(&anna, mark, "reached us garbled").await;
        counted(&app, "dead_letters", before + n as u64 + 1).await;
    }
    // A die whose value is written as a string is a die.
    let mark = boris.mark();
    anna.send(Outgoing::raw(json!({"dice": {"emoji": "🎲", "value": "4"}})));
    told(&boris, mark, "🎲 → 4").await;
}

/// Words of `n` letters and blanks, each of its own.
fn words(n: usize) -> String {
    let mut text = String::new();
    for i in 0.. {
        let word = format!("слово{i} ");
        if text.chars().count() + word.chars().count() > n {
            break;
        }
        text.push_str(&word);
    }
    text.trim_end().to_owned()
}

fn same_words(a: &str, b: &str) {
    assert_eq!(a.split_whitespace().collect::<Vec<_>>(), b.split_whitespace().collect::<Vec<_>>());
}

/// The texts that answer a message.
async fn answers(user: &SimUser, to: i32, n: usize) -> Vec<ChatMessage> {
    let of = |chat: &[ChatMessage]| -> Vec<ChatMessage> {
        chat.iter().filter(|m| m.reply_to() == Some(to) && !m.deleted).cloned().collect()
    };
    let chat = user.wait_chat(PATIENCE, |chat| of(chat).len() == n).await;
    of(&chat.unwrap_or_else(|e| panic!("not {n} answers to #{to}: {e}")))
}

#[tokio::test]
async fn a_caption_that_is_too_long_goes_on_as_a_text() {
    let (_app, anna, boris) = two().await;
    let long = words(2_000);
    let mark = boris.mark();
    // Bold over the cut.
    let sent = anna.send(
        Outgoing::photo()
            .caption(long.clone())
            .with_raw(json!({"caption_entities": [{"type": "bold", "offset": 900, "length": 300}]})),
    );
    let photo = receives(&boris, mark, "photo").await;
    let rest = answers(&boris, photo.message_id, 1).await.remove(0);
    same_words(&format!("{} {}", photo.caption().unwrap(), rest.text().unwrap()), &long);
    let bold = |m: &ChatMessage| m.entities()[0]["length"].as_u64().unwrap();
    let units = photo.caption().unwrap().encode_utf16().count() as u64;
    assert_eq!(bold(&photo), units - 900);
    assert!(rest.entities()[0]["offset"] == 0 && bold(&rest) + bold(&photo) <= 300, "{:?}", rest.entities());
    // An edit changes both, a shorter one takes the text away, a longer one brings it back.
    let other = format!("{} конец", words(1_900));
    anna.edit(sent, Outgoing::default().caption(other.clone()));
    becomes(&boris, rest.message_id, |m| m.text().is_some_and(|t| t.ends_with("конец"))).await;
    anna.edit(sent, Outgoing::default().caption("short"));
    becomes(&boris, photo.message_id, |m| m.caption() == Some("short")).await;
    crate::common::vanishes(&boris, rest.message_id).await;
    anna.edit(sent, Outgoing::default().caption(long.clone()));
    let again = answers(&boris, photo.message_id, 1).await.remove(0);
    assert!(long.ends_with(again.text().unwrap()));
    // To delete the photo is to delete all of it.
    anna.reply(sent, "/delete");
    crate::common::vanishes(&boris, again.message_id).await;
    crate::common::vanishes(&boris, photo.message_id).await;
}

#[tokio::test]
async fn captions_of_albums_go_on_as_texts_too() {
    let (app, anna, boris) = two().await;
    let mark = boris.mark();
    let long = words(1_500);
    let items =
        [Outgoing::photo().caption("one"), Outgoing::photo().caption(long.clone()), Outgoing::photo()];
    anna.album(&items);
    let first = receives(&boris, mark, "photo").await;
    let second = receives(&boris, first.message_id, "photo").await;
    let rest = answers(&boris, second.message_id, 1).await.remove(0);
    same_words(&format!("{} {}", second.caption().unwrap(), rest.text().unwrap()), &long);
    assert_eq!(second.media_group_id(), first.media_group_id());
    marker(&anna, &boris).await;
    assert_eq!(app.world.stats().total_violations(), 0, "no limit of Telegram's was tried");
}

/// The menu of a message that Telegram does not show or has lost comes as a new message.
#[tokio::test]
async fn a_press_on_what_is_gone_is_answered_by_a_new_message() {
    let app = spawn_app(Options::default());
    let anna = person(&app.world, "anna");
    onboard(&anna, 0).await;
    for why in ["message to edit not found", "message can't be edited"] {
        let menu = ask(&anna, "/settings", "Settings").await;
        let error = FaultAction::Error { code: 400, description: format!("Bad Request: {why}") };
        app.world.faults().add(FaultRule::new(error).on("editMessageText").times(1));
        let mark = anna.mark();
        tap(&anna, "set:").await;
        let next = anna.wait_after(mark, PATIENCE, |m| m.from_bot && !m.buttons().is_empty()).await;
        assert!(next.unwrap_or_else(|e| panic!("{why}: {e}")).message_id > menu.message_id);
    }
}

/// The toast of a press that Telegram takes no answer to any more is said.
#[tokio::test]
async fn the_words_of_a_late_answer_are_said() {
    let (app, anna, _boris) = two().await;
    let mark = anna.mark();
    anna.send_text("/report");
    let menu =
        anna.wait_after(mark, PATIENCE, |m| !m.buttons().is_empty()).await.unwrap_or_else(|e| panic!("{e}"));
    let description =
        "Bad Request: query is too old and response timeout expired or query ID is invalid".to_owned();
    let error = FaultAction::Error { code: 400, description };
    app.world.faults().add(FaultRule::new(error).on("answerCallbackQuery").times(1));
    // A made-up button, as only a hostile client sends it, is answered by a toast.
    let mark = anna.mark();
    let raw = json!({"id": "1", "from": anna.profile(), "chat_instance": "5", "data": "of:the:past",
        "message": {"message_id": menu.message_id, "date": 1, "chat": {"id": anna.id(), "type": "private"}}});
    app.world
        .inject_update(crate::support::app::token().expose(), json!({"callback_query": raw}))
        .expect("room");
    told(&anna, mark, "no longer works").await;
}

#[tokio::test]
async fn commands_are_understood_as_people_write_them() {
    let app = spawn_app(Options::default());
    let anna = person(&app.world, "anna");
    onboard(&anna, 0).await;
    for (search, stop) in [("/Search", "/Stop"), ("/SEARCH", "/stop."), ("/search!", "/STOP@SomeBot")] {
        ask(&anna, search, "Looking for someone").await;
        ask(&anna, stop, "Search stopped").await;
    }
    let (_app, anna, boris) = two().await;
    anna.send_text("/usr/bin/env is a path");
    sees(&boris, "/usr/bin/env is a path").await;
    ask(&anna, "/nonsense", "There is no such command").await;
    ask(&anna, "/Help!", "How it works").await;
}

#[tokio::test]
async fn a_burst_and_an_album_get_one_answer() {
    let app = spawn_app(Options::default());
    let anna = person(&app.world, "anna");
    onboard(&anna, 0).await;
    let count = |user: &SimUser, part: &str| texts(user, 0).iter().filter(|t| t.contains(part)).count();
    anna.album(&vec![Outgoing::photo(); 6]);
    told(&anna, 0, "not talking to anyone").await;
    ask(&anna, "/search", "Looking for someone").await;
    assert_eq!(count(&anna, "not talking to anyone"), 1);
    (0..8).for_each(|n| _ = anna.send_text(&format!("word {n}")));
    told(&anna, 0, "Already looking").await;
    ask(&anna, "/stop", "Search stopped").await;
    assert_eq!(count(&anna, "Already looking"), 1);
    // The next burst is another one.
    ask(&anna, "hello?", "not talking to anyone").await;

    let (_app, anna, boris) = two().await;
    let mark = anna.mark();
    let image = || Outgoing::document().file_name("a.jpg").mime("image/jpeg");
    anna.album(&vec![image(); 5]);
    told(&anna, mark, "The image file was not").await;
    let lines = said_to(&anna, &boris, mark).await;
    assert_eq!(lines.iter().filter(|l| l.contains("The image file was not")).count(), 1, "{lines:?}");
}

/// The last words are there soon, and in few calls.
#[tokio::test]
async fn many_edits_leave_as_few_and_the_last_wins() {
    let (app, anna, boris) = two().await;
    let id = anna.send_text("version 0");
    let got = sees(&boris, "version 0").await;
    // The first edit is on its way while the others come, however slowly they are written here.
    let slow = FaultAction::Latency { min_ms: 2_000, max_ms: 2_000 };
    app.world.faults().add(FaultRule::new(slow).on("editMessageText").times(1));
    for n in 1..=25 {
        anna.edit_text(id, &format!("version {n}"));
    }
    anna.send_text("behind");
    let last = becomes(&boris, got.message_id, |m| m.text() == Some("version 25")).await;
    assert!(last.edited <= 4, "{} edits left", last.edited);
    sees(&boris, "behind").await;
    assert!(app.count("edits_merged") >= 20);
}

#[tokio::test]
async fn newer_kinds_pass_or_are_told() {
    let (_app, anna, boris) = two().await;
    let theirs = boris.send_text("the whole of the answer");
    let seen = sees(&anna, "the whole of the answer").await;
    // A quote that stands in the partner's text.
    let quoting = |words: &str| {
        let quote = json!({"text": words, "position": 0});
        Outgoing::text(format!("on {words}")).reply_to(seen.message_id).quote(quote)
    };
    anna.send(quoting("whole"));
    let reply = sees(&boris, "on whole").await;
    assert_eq!((reply.reply_to(), &reply.json["quote"]["text"]), (Some(theirs), &json!("whole")));
    // One that does not: the answer arrives without it.
    anna.send(quoting("nowhere"));
    let reply = sees(&boris, "on nowhere").await;
    assert_eq!((reply.reply_to(), reply.json.get("quote")), (Some(theirs), None));
    // An effect that everybody has, and one that not everybody has.
    anna.send(Outgoing::text("boo").with_raw(json!({"effect_id": "5104841245755180586"})));
    assert_eq!(sees(&boris, "boo").await.json["effect_id"], "5104841245755180586");
    anna.send(Outgoing::text("premium boo").with_raw(json!({"effect_id": "777"})));
    assert_eq!(sees(&boris, "premium boo").await.json.get("effect_id"), None);
    told(&anna, 0, "the message effect").await;
    // The caption above.
    let mark = boris.mark();
    let sent =
        anna.send(Outgoing::photo().caption("above").with_raw(json!({"show_caption_above_media": true})));
    let photo = receives(&boris, mark, "photo").await;
    assert_eq!(photo.json["show_caption_above_media"], true);
    anna.edit(sent, Outgoing::default().caption("still").with_raw(json!({"show_caption_above_media": true})));
    let edited = becomes(&boris, photo.message_id, |m| m.caption() == Some("still")).await;
    assert_eq!(edited.json["show_caption_above_media"], true);
    // A live photo stands still.
    let mark = boris.mark();
    let live = json!({"live_photo": {"file_id": "x", "file_unique_id": "y", "duration": 2, "width": 1, "height": 1}});
    anna.send(Outgoing::photo().with_raw(live));
    receives(&boris, mark, "photo").await;
    told(&anna, 0, "the motion of a live photo").await;
    // Formatted texts and checklists.
    let blocks = json!([{"type": "heading", "size": 1, "text": "Title"}, {"type": "paragraph",
        "text": ["call ", {"type": "phone_number", "text": "+79161234567", "phone_number": "+79161234567"}]},
        {"type": "photo", "photo": [], "caption": {"text": "us"}}]);
    anna.send(Outgoing::raw(json!({"rich_message": {"blocks": blocks}})));
    let rich = boris.wait_for(PATIENCE, |m| m.text().is_some_and(|t| t.starts_with("Title\n\ncall "))).await;
    let rich = rich.unwrap_or_else(|e| panic!("{e}"));
    assert!(!rich.text().unwrap().contains("9161234567") && rich.text().unwrap().ends_with("us"));
    told(&anna, 0, "other media inside the text").await;
    let list = json!({"title": "Shop", "tasks": [{"id": 1, "text": "milk", "completion_date": 5,
        "completed_by_user": {"id": 5, "is_bot": false, "first_name": "secretname"}}]});
    anna.send(Outgoing::raw(json!({"checklist": list})));
    sees(&boris, "Shop\n☑ milk").await;
    assert!(!crate::common::dump(&boris).contains("secretname"));
}

/// A box of MP4.
fn mp4box(kind: &str, content: &[u8]) -> Vec<u8> {
    [&(content.len() as u32 + 8).to_be_bytes(), kind.as_bytes(), content].concat()
}

/// Documents, sounds and films under a camera's name are cleaned by what they are, or refused with
/// a line that says what to do.
#[tokio::test]
async fn files_lose_place_and_tags_whatever_they_are_called() {
    let (_app, anna, boris) = two().await;
    let place = b"+55.7558+037.6173/secretplace";
    let film = |moov: &[u8]| {
        [mp4box("ftyp", b"qt  \0\0\0\0"), mp4box("moov", moov), mp4box("mdat", b"pictures")].concat()
    };
    let udta = [&[0, 0, 0, (place.len() + 8) as u8], &b"\xa9xyz"[..], place].concat();
    let filmed = film(&mp4box("udta", &udta));
    let tagged = [&b"ID3\x03\0\0\0\0\0\x0bsecretowner\xff\xfbsound"[..]].concat();
    for (name, kind, out, kept) in [
        (
            "a film",
            "document",
            Outgoing::document().file_name("IMG_0001.MOV").bytes(filmed.clone()),
            "pictures",
        ),
        (
            "a film as a video",
            "video",
            Outgoing::video().file_name("IMG_0001.MOV").mime("video/quicktime").bytes(filmed.clone()),
            "pictures",
        ),
        (
            "a film as a video in MP4",
            "video",
            Outgoing::video().file_name("PXL_20260101_120000123.mp4").bytes(filmed.clone()),
            "pictures",
        ),
        (
            "a film under a name that is replaced",
            "video",
            Outgoing::video().file_name("Anna.mp4").bytes(filmed.clone()),
            "pictures",
        ),
        (
            "a film as an animation",
            "animation",
            Outgoing::animation().file_name("VID_20260101_120000.mp4").bytes(filmed.clone()),
            "pictures",
        ),
        ("under a false name", "document", Outgoing::document().file_name("1.txt").bytes(filmed), "pictures"),
        ("a song", "document", Outgoing::document().file_name("1.mp3").bytes(tagged.clone()), "sound"),
        ("a sound", "audio", Outgoing::audio().file_name("audio.mp3").bytes(tagged), "sound"),
    ] {
        let mark = boris.mark();
        anna.send(out);
        let got = receives(&boris, mark, kind).await;
        let bytes = boris.file(got.file_id().expect("a file")).expect("its bytes");
        let text = String::from_utf8_lossy(&bytes).into_owned();
        assert!(!text.contains("secret") && text.contains(kept), "{name}: {text}");
    }
    let (file, video) = (|| Outgoing::document().file_name("1.bin"), Outgoing::video().file_name("1.mkv"));
    let matroska = b"\x1a\x45\xdf\xa3matroska";
    for (out, bytes, line) in [
        (file(), &matroska[..], "as a video from the Telegram app on your phone"),
        (file(), b"\xff\xd8\xff\xe1secretcamera", "Send it as a photo"),
        (file(), b"FORM\0\0\0\0AIFF", "Send it as an MP3"),
        (video, matroska, "as a video from the Telegram app on your phone"),
    ] {
        let (mark, theirs) = (anna.mark(), boris.mark());
        anna.send(out.bytes(bytes.to_vec()));
        told(&anna, mark, line).await;
        let last = marker(&anna, &boris).await.message_id;
        assert!(inbox(&boris, theirs).iter().all(|m| m.message_id == last), "{line}");
    }
}
