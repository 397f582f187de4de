//! What takes a second tap by a button, and what takes a second owner.

use super::{Book, data, keyboards, order, pressed, said, tree};
use crate::capabilities::{Answer, ReportLine, ReportPage, RequestLine};
use crate::testing::STAFF_CHAT;
use nameless_domain::capabilities::admin::{Act, BanKind, Role, Term};
use nameless_domain::ids::{PairId, UserId};
use nameless_domain::session::review::ReportReason;
use nameless_domain::time::Millis;

/// A report about user 1.
pub(super) fn report() -> Answer {
    Answer::Report(Box::new(ReportPage {
        line: ReportLine {
            report: 5,
            reported: UserId(1),
            reason: ReportReason::Abuse,
            at: Millis(1),
            reporters: 1,
            trust: 100,
            weight: 400,
            taken_by: None,
        },
        pair: PairId(1),
        evidence: Vec::new(),
        unreadable: 0,
        verdict: None,
        version: "r0".into(),
    }))
}

/// What was asked for.
pub(super) fn waits() -> Answer {
    Answer::Waits(RequestLine {
        request: 3,
        at: Millis(1),
        until: Millis(2),
        who: "token:x".into(),
        what: "erase",
        user: Some(UserId(1)),
        reason: "asked us to".into(),
    })
}

fn bans(book: &Book) -> Vec<Act> {
    let carried = book.carried.lock().unwrap();
    carried.iter().map(|order| order.act.clone()).filter(|act| matches!(act, Act::Ban { .. })).collect()
}

/// Guard: a button of what is destructive only asks (`offer`).
#[actix::test]
async fn a_ban_by_a_report_s_button_is_asked_about_first() {
    let (tree, book) = tree().await;
    said(&tree, 111, "report 5");
    tree.until("it is shown", || keyboards(&tree).len() == 1).await;
    let buttons = data(&keyboards(&tree)[0]);
    // Dismiss, uphold; three bans; warn, delete.
    assert_eq!(buttons.len(), 7);
    let asking: Vec<bool> = buttons.iter().map(|data| data.starts_with("adm:a:")).collect();
    assert_eq!(asking, [false, false, true, true, true, true, true]);
    pressed(&tree, 111, &buttons[2]);
    tree.gets(
        STAFF_CHAT.0,
        &["admin-report-line", "admin-confirm-ban\nadmin-reason\nadmin-consequences-ban"],
    )
    .await;
    assert_eq!(bans(&book), []);
    let asked = data(&keyboards(&tree)[1]);
    assert!(asked[0].starts_with("adm:y:") && asked.len() == 2, "{asked:?}");
    // The first one is of no use any more; nobody else's press is.
    pressed(&tree, 111, &buttons[2]);
    pressed(&tree, 222, &asked[0]);
    pressed(&tree, 111, &asked[0]);
    tree.until("it is done", || bans(&book).len() == 1).await;
    let ban =
        Act::Ban { user: UserId(1), kind: BanKind::Ban, term: Term::Days(7), reason: "report 5".into() };
    assert_eq!(bans(&book), [ban]);
}

/// Guard: nobody may be looking at the pages, so the chat is told of what waits; where it was asked
/// for there, the answer says so.
#[actix::test]
async fn the_chat_hears_of_what_waits_for_a_second_owner() {
    let (tree, _) = tree().await;
    let erase = || Act::Erase { user: UserId(1), reason: "asked us to".into() };
    let answer = tree.engine.administer(order(Role::Owner, erase())).await;
    assert_eq!(answer, Ok(waits()));
    tree.gets(STAFF_CHAT.0, &["admin-request-asked\nadmin-request-line\nadmin-request-how"]).await;
    said(&tree, 111, "erase 1 asked us to");
    tree.until("it is asked", || keyboards(&tree).len() == 2).await;
    let yes = data(&keyboards(&tree)[1]);
    pressed(&tree, 111, &yes[0]);
    tree.until("it is answered", || keyboards(&tree).len() == 3).await;
}
