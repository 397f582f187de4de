//! What comes of each button.

use super::{Request, SHARED, ask, draw, leave, may_meet, screens, sharing, show_card};
use crate::ids::DialogId;
use crate::session::account::Phase;
use crate::session::{SessionCore, Turn};
use crate::text::Screen;

pub(super) fn on_press(session: &mut SessionCore, parts: &[&str], turn: &mut Turn<'_>) {
    if let ["card", at] = *parts {
        return show_card(session, at.parse().unwrap_or(usize::MAX), turn);
    }
    if !may_meet(session, turn) {
        return;
    }
    let dialog = |id: &str| id.parse().ok().map(DialogId);
    match *parts {
        ["new", id] => match (turn.rules.cast.find(id), turn.seq()) {
            (found, Some(seq)) if found.is_some() || id.starts_with('+') || id.starts_with(SHARED) => {
                // Whoever talks has a row, so that erasing finds what they said.
                turn.save();
                ask(Request::Begin { seq, persona: id.to_owned(), lang: session.account.lang }, turn);
            }
            _ => turn.toast("error-old-button"),
        },
        ["mine", page] => ask(Request::List { page: page.parse().unwrap_or_default() }, turn),
        ["open", id] if dialog(id).is_some() => {
            dialog(id).into_iter().for_each(|dialog| ask(Request::Open { dialog }, turn));
        }
        ["again", id, number] => match (dialog(id), number.parse()) {
            (Some(dialog), Ok(number)) => ask(Request::Again { dialog, turn: number }, turn),
            _ => turn.toast("error-old-button"),
        },
        ["other", id, number, answer] => match (dialog(id), number.parse(), answer.parse()) {
            (Some(dialog), Ok(number), Ok(answer)) => {
                ask(Request::Another { dialog, turn: number, answer }, turn);
            }
            _ => turn.toast("error-old-button"),
        },
        ["swipe", id, number, to] => match (dialog(id), number.parse(), to.parse(), turn.pressed_message()) {
            // In another dialog it is not shown, so there it does not count either.
            (Some(dialog), Ok(number), Ok(to), Some(message))
                if [Phase::Idle, Phase::Companion { dialog }].contains(&session.account.phase) =>
            {
                ask(Request::Swipe { dialog, turn: number, to, message }, turn);
            }
            _ => turn.toast("error-old-button"),
        },
        ["shown"] => turn.toast("companion-variant-shown"),
        ["name", id] => match dialog(id) {
            // What is said next is for the dialog that is open.
            Some(dialog) if session.account.phase == (Phase::Companion { dialog }) => {
                ask(Request::Rename { dialog }, turn);
            }
            _ => turn.toast("error-old-button"),
        },
        ["name_no", id] => match dialog(id) {
            Some(dialog) => ask(Request::KeepTitle { dialog }, turn),
            None => turn.toast("error-old-button"),
        },
        ["undo", id, number] => match (dialog(id), number.parse()) {
            (Some(dialog), Ok(number)) => ask(Request::Undo { dialog, turn: number }, turn),
            _ => turn.toast("error-old-button"),
        },
        ["show", id] if dialog(id).is_some() => {
            dialog(id).into_iter().for_each(|dialog| draw(dialog, turn));
        }
        ["pic-stop", id] => match id.parse() {
            Ok(picture) => ask(Request::StopPicture { picture }, turn),
            Err(_) => turn.toast("error-old-button"),
        },
        ["pic", id] => match id.parse() {
            Ok(picture) => ask(Request::ShowPicture { picture }, turn),
            Err(_) => turn.toast("error-old-button"),
        },
        ["own"] => ask(Request::Own, turn),
        ["own-new"] => match turn.seq() {
            Some(seq) => {
                turn.save();
                ask(Request::MakeOwn { seq, lang: session.account.lang }, turn);
            }
            None => turn.toast("error-old-button"),
        },
        ["own_card", id] => match id.parse() {
            Ok(own) => ask(Request::OwnCard { own }, turn),
            Err(_) => turn.toast("error-old-button"),
        },
        ["own_pic", id] => match id.parse() {
            Ok(own) => ask(Request::WishPicture { own, lang: session.account.lang }, turn),
            Err(_) => turn.toast("error-old-button"),
        },
        ["own_pic_no", id] => match id.parse() {
            Ok(own) => ask(Request::DropPicture { own }, turn),
            Err(_) => turn.toast("error-old-button"),
        },
        ["pic_own", id] => match id.parse() {
            Ok(picture) => ask(Request::PictureOfOwn { picture }, turn),
            Err(_) => turn.toast("error-old-button"),
        },
        ["own-del", id] => match id.parse() {
            Ok(own) => ask(Request::DeleteOwn { own }, turn),
            Err(_) => turn.toast("error-old-button"),
        },
        ["sh", ref parts @ ..] => sharing::on_press(session, parts, turn),
        ["facts"] => ask(Request::Facts { page: 0 }, turn),
        ["facts", page] => ask(Request::Facts { page: page.parse().unwrap_or_default() }, turn),
        ["fact-del", id, page] => match (id.parse(), page.parse()) {
            (Ok(id), Ok(page)) => ask(Request::Forget { fact: Some(id), page }, turn),
            _ => turn.toast("error-old-button"),
        },
        ["forget"] => ask(Request::Forget { fact: None, page: 0 }, turn),
        // That it is wanted is asked first; that it is not is done at once.
        ["adult", id] => match (id.parse(), turn.rules.cast.adult) {
            (Ok(id), true) => turn.show(screens::adult_sure(id)),
            _ => turn.toast("error-old-button"),
        },
        ["adult-yes", id] => match (dialog(id), turn.rules.cast.adult) {
            (Some(dialog), true) => ask(Request::Adult { dialog, on: true }, turn),
            _ => turn.toast("error-old-button"),
        },
        ["adult_off", id] => match dialog(id) {
            Some(dialog) => ask(Request::Adult { dialog, on: false }, turn),
            None => turn.toast("error-old-button"),
        },
        ["adult-no"] => turn.show(Screen::text("companion-adult-no")),
        ["leave"] => leave(session, turn),
        ["del", id] => match id.parse() {
            Ok(id) => turn.show(screens::sure(id)),
            Err(_) => turn.toast("error-old-button"),
        },
        ["keep"] => turn.show(Screen::text("companion-kept")),
        ["del-yes", id] if dialog(id).is_some() => {
            dialog(id).into_iter().for_each(|dialog| ask(Request::Delete { dialog }, turn));
        }
        _ => turn.toast("error-old-button"),
    }
}
