//! Pictures that wait for an operator: the queue, one of them, what is said of it.
//!
//! A look is an act with a reason, in the audit log. The picture itself is a request of the
//! browser's own, and given to nobody who has not looked at it just now ([`Act::Picture`]).

use super::door::{HEADERS, Shown, Visit, see};
use super::frame::Frame;
use super::refused::Refused;
use actix_web::HttpResponse;
use askama::Template;
use nameless_actors::capabilities::{Answer, FaceSeen, PhotoLine};
use nameless_domain::capabilities::admin::{Act, Permission, Ruling};
use nameless_domain::capabilities::faceguard::Reason;
use serde::Deserialize;

/// Rows of the queue: those of reports, then the oldest.
const ROWS: u32 = 50;

struct Row {
    number: i64,
    report: Option<i64>,
    /// What it came of.
    of: String,
    against: String,
    sender: i64,
    ago: String,
    at: String,
}

impl Row {
    fn of(f: &Frame, line: &PhotoLine) -> Row {
        let against: Vec<String> =
            line.reasons.iter().filter_map(|code| Some(f.say(said(Reason::of_code(code)?)))).collect();
        Row {
            number: line.photo,
            report: line.report,
            of: match line.report {
                Some(report) => f.words("pages-photo-of-report", "report", &report.to_string()),
                None => f.say("pages-photo-of-doubt"),
            },
            against: if against.is_empty() { "–".to_owned() } else { against.join(", ") },
            sender: line.sender.0,
            ago: f.ago(line.at),
            at: f.moment(line.at),
        }
    }
}

/// What a reason is called.
fn said(reason: Reason) -> &'static str {
    match reason {
        Reason::Banned => "pages-photo-banned",
        Reason::Nude => "pages-photo-nude",
        Reason::Spam => "pages-photo-spam",
        Reason::NoFace => "pages-photo-no-face",
        Reason::SeveralFaces => "pages-photo-several-faces",
        Reason::SmallFace => "pages-photo-small-face",
        Reason::BlurredFace => "pages-photo-blurred-face",
        Reason::DarkFace => "pages-photo-dark-face",
        Reason::BrightFace => "pages-photo-bright-face",
        Reason::PerhapsNude => "pages-photo-perhaps-nude",
        Reason::UncertainFace => "pages-photo-uncertain-face",
        Reason::NotLookedAt | Reason::Failed | Reason::NoWorker => "pages-photo-unchecked",
        Reason::Code => "pages-photo-code",
    }
}

#[derive(Template)]
#[template(path = "admin/photos.html", whitespace = "minimize")]
struct Queue {
    f: Frame,
    rows: Vec<Row>,
    may_open: bool,
}

/// `/admin/photos`
pub(super) async fn queue(visit: &Visit) -> Shown {
    let Answer::Photos(page) = visit.look_at(Act::Photos { limit: ROWS }).await? else {
        return Err(Refused::Away);
    };
    let f = visit.frame("/admin/photos", "pages-photos");
    let rows = page.items.iter().map(|line| Row::of(&f, line)).collect();
    let view = Queue { rows, may_open: f.may(Permission::SeeEvidence), f };
    Ok(view.f.show(&view))
}

#[derive(Template)]
#[template(path = "admin/photo.html", whitespace = "minimize")]
struct Asks {
    f: Frame,
    number: i64,
}

/// `/admin/photos/{photo}`: asks why. Nothing is shown of it yet.
pub(super) async fn ask(visit: &Visit) -> Shown {
    let number = visit.number("photo")?;
    visit.needs(Permission::SeeEvidence)?;
    let view = Asks { f: visit.frame("/admin/photos", "pages-photo-look"), number };
    Ok(view.f.show(&view))
}

/// A face as it is drawn: places are hundredths of the picture.
struct Face {
    left: String,
    top: String,
    width: String,
    height: String,
    /// Beside its frame.
    score: String,
    name: String,
    /// In the list: of both models.
    scores: String,
}

impl Face {
    fn of(f: &Frame, n: usize, face: &FaceSeen) -> Face {
        let share = |share: f32| format!("{:.2}", 100.0 * share.clamp(0.0, 1.0));
        let [left, top, width, height] = face.place.map(share);
        let score = |score: Option<f32>| score.map_or_else(|| "–".to_owned(), |score| format!("{score:.2}"));
        let best = [face.quick, face.judge].into_iter().flatten().reduce(f32::max);
        let scores =
            f.words2("pages-photo-scores", ("quick", &score(face.quick)), ("judge", &score(face.judge)));
        let name = f.counted("pages-photo-face", "n", i64::try_from(n).unwrap_or(i64::MAX));
        Face { left, top, width, height, score: score(best), name, scores }
    }
}

#[derive(Template)]
#[template(path = "admin/photo-look.html", whitespace = "minimize")]
struct Look {
    f: Frame,
    row: Row,
    alt: String,
    /// Models have looked at it now.
    seen: bool,
    nudity: String,
    faces: Vec<Face>,
    may_rule: bool,
    /// A reason to begin with.
    because: String,
    key: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Why {
    #[serde(rename = "csrf")]
    _csrf: String,
    reason: String,
}

/// `POST /admin/photos/{photo}`: a look, which is written to the audit log.
pub(super) async fn look(visit: &Visit) -> Shown {
    let photo = visit.number("photo")?;
    let Why { reason, .. } = visit.form()?;
    let Answer::Photo(page) = visit.look_at(Act::Photo { photo, reason }).await? else {
        return Err(Refused::Away);
    };
    let f = visit.frame("/admin/photos", "pages-photo");
    let row = Row::of(&f, &page.line);
    let seen = page.seen.as_ref();
    let faces = seen.map(|seen| &seen.faces[..]).unwrap_or_default();
    let view = Look {
        alt: f.words("pages-photo-alt", "photo", &photo.to_string()),
        seen: seen.is_some(),
        nudity: seen.and_then(|seen| seen.nudity).map_or_else(|| "–".to_owned(), |n| format!("{n:.2}")),
        faces: (1..).zip(faces).map(|(n, face)| Face::of(&f, n, face)).collect(),
        may_rule: f.may(Permission::Moderate),
        because: row.report.map(|report| format!("report {report}")).unwrap_or_default(),
        key: visit.new_key()?,
        row,
        f,
    };
    Ok(view.f.show(&view))
}

/// `/admin/photos/{photo}/picture`: its bytes, for whoever has just looked at it.
pub(super) async fn picture(visit: &Visit) -> Shown {
    let photo = visit.number("photo")?;
    match visit.look_at(Act::Picture { photo }).await? {
        Answer::Picture(picture) => {
            let mut response = HttpResponse::Ok();
            for header in HEADERS {
                response.insert_header(header);
            }
            response.insert_header(("cross-origin-resource-policy", "same-origin"));
            Ok(response.content_type(picture.kind.mime()).body(picture.bytes))
        }
        _ => Err(Refused::Away),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ruled {
    #[serde(rename = "csrf")]
    _csrf: String,
    key: String,
    ruling: Ruling,
    reason: String,
}

/// `POST /admin/photos/{photo}/rule`
pub(super) async fn rule(visit: &Visit) -> Shown {
    let photo = visit.number("photo")?;
    let Ruled { key, ruling, reason, .. } = visit.form()?;
    let answer = visit.carry(Act::RulePhoto { photo, ruling, reason }, Some(key)).await?;
    let alone = matches!(&answer, Answer::PhotoRuled(ruled) if !ruled.known) && ruling != Ruling::Reject;
    let done = if alone { "alone" } else { ruling.name() };
    Ok(see(&format!("/admin/photos?done={done}-photo")))
}
