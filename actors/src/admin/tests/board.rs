//! What whoever comes to the menu reads.

use super::{Book, data, keyboards, order, pressed, said, tree};
use crate::capabilities::{AnnouncementLine, Announcements, Answer};
use crate::testing::STAFF_CHAT;
use nameless_domain::capabilities::admin::Role;
use nameless_domain::capabilities::admin::desk::Deed;
use nameless_domain::capabilities::admin::desk::announcements::Deed as Notice;
use nameless_domain::capabilities::news::Texts;
use nameless_domain::session::account::Phase;
use nameless_domain::time::Millis;

/// What a store would make of it.
pub(super) fn notice(book: &Book, deed: &Deed) -> Answer {
    let Deed::Announcements(deed) = deed else { return Answer::Missing };
    let (text, ended) = match deed {
        Notice::Announce { text } => (Some(text.clone()), None),
        _ => (None, Some(Millis(2))),
    };
    *book.up.lock().unwrap() = text.clone();
    let line = AnnouncementLine {
        announcement: 7,
        at: Millis(1),
        by: "x".into(),
        ended,
        ended_by: None,
        text: text.unwrap_or_default(),
    };
    Announcements::One(Box::new(line)).into()
}

fn text() -> Texts {
    Texts { ru: None, en: Some("Back at noon".into()) }
}

/// At once in this process, below the menu and nowhere else, until it is taken down.
#[actix::test]
async fn an_announcement_stands_below_the_menu() {
    let (tree, book) = tree().await;
    tree.person(1, Phase::Idle);
    tree.chat(2, 3);
    said(&tree, 111, "/announce Back at noon");
    tree.gets(STAFF_CHAT.0, &["admin-confirm-announce"]).await;
    assert!(book.carried.lock().unwrap().is_empty(), "the second tap counts");
    pressed(&tree, 111, &data(&keyboards(&tree)[0])[0]);
    tree.until("it is up", || book.up.lock().unwrap().is_some()).await;
    tree.until("it is told", || keyboards(&tree).len() == 2).await;
    tree.say(1, "/stop").await;
    tree.gets(1, &["chat-none\n\nannouncement"]).await;
    tree.say(2, "/rules").await;
    tree.gets(2, &["rules-text"]).await;
    tree.say(2, "hello").await;
    tree.gets(3, &["hello"]).await;
    let down = tree.engine.administer(order(Role::Admin, Notice::TakeDown { announcement: 7 }.into())).await;
    assert!(matches!(down, Ok(Answer::Desk(_))), "{down:?}");
    tree.say(1, "/stop").await;
    tree.gets(1, &["chat-none\n\nannouncement", "chat-none"]).await;
}

/// Other nodes, and the next life, find it in the store.
#[actix::test]
async fn a_node_hears_of_announcements_that_others_wrote() {
    let (tree, book) = tree().await;
    *book.up.lock().unwrap() = Some(text());
    tree.until("the board has it", || tree.env().board.says(nameless_domain::text::Lang::Ru).is_some()).await;
    *book.up.lock().unwrap() = None;
    tree.until("it is down", || tree.env().board.says(nameless_domain::text::Lang::En).is_none()).await;
}
