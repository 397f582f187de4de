//! What everybody is told: drafts, how far each is, and what can be done about it.

use super::door::{Shown, Visit, see};
use super::frame::Frame;
use super::refused::Refused;
use super::words::{given, number, shown};
use askama::Template;
use nameless_actors::capabilities::{Answer, BroadcastLine};
use nameless_domain::capabilities::admin::{Act, Flaw, Permission};
use nameless_domain::capabilities::news::draft::minute;
use nameless_domain::capabilities::news::{Audience, Draft, Link, State, Steer, Texts, markup};
use nameless_domain::text::Lang;
use serde::Deserialize;

/// Rows of the list.
const ROWS: u32 = 50;

struct Row {
    number: i64,
    title: String,
    words: String,
    state: String,
    at: String,
    people: String,
    sent: String,
}

#[derive(Template)]
#[template(path = "admin/broadcasts.html", whitespace = "minimize")]
struct View {
    f: Frame,
    rows: Vec<Row>,
    next: Option<i64>,
    key: String,
}

fn state(f: &Frame, state: State) -> String {
    f.say(match state {
        State::Draft => "pages-broadcast-state-draft",
        State::Running => "pages-broadcast-state-running",
        State::Paused => "pages-broadcast-state-paused",
        State::Done => "pages-broadcast-state-done",
        State::Cancelled => "pages-broadcast-state-cancelled",
    })
}

/// What it says, in the operator's language if it can.
fn words(f: &Frame, line: &BroadcastLine) -> String {
    let lang = Lang::from_code(f.lang()).unwrap_or(Lang::En);
    let text = line.text.of(lang).map(|text| markup::read(text).text).unwrap_or_default();
    let mut short: String = text.chars().take(80).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    shown(&short, false)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    before: Option<i64>,
    #[serde(rename = "done")]
    _done: Option<String>,
}

/// `/admin/broadcasts`
pub(super) async fn list(visit: &Visit) -> Shown {
    let Which { before, .. } = visit.query()?;
    let before = before.unwrap_or(i64::MAX);
    let Answer::Broadcasts(page) = visit.look_at(Act::Broadcasts { before, limit: ROWS }).await? else {
        return Err(Refused::Away);
    };
    let f = visit.frame("/admin/broadcasts", "pages-broadcasts");
    let rows = page.items.iter().map(|line| Row {
        number: line.broadcast,
        title: f.counted("pages-broadcast", "n", line.broadcast),
        words: words(&f, line),
        state: state(&f, line.state),
        at: f.moment(line.started.unwrap_or(line.created)),
        people: number(line.people),
        sent: number(line.sent),
    });
    let view = View { rows: rows.collect(), next: page.next, key: visit.new_key()?, f };
    Ok(view.f.show(&view))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Drafting {
    #[serde(rename = "csrf")]
    _csrf: String,
    key: String,
    #[serde(default)]
    ru: String,
    #[serde(default)]
    en: String,
    #[serde(default)]
    link: String,
    #[serde(default)]
    label_ru: String,
    #[serde(default)]
    label_en: String,
    #[serde(default)]
    lang: String,
    #[serde(default)]
    active: String,
    #[serde(default)]
    premium: String,
    silent: Option<String>,
    #[serde(default)]
    at: String,
}

impl Drafting {
    fn draft(&self) -> Result<Draft, Refused> {
        let label = Texts { ru: given(&self.label_ru), en: given(&self.label_en) };
        let at = given(&self.at).map(|at| minute(&at).ok_or(Refused::Flawed(Flaw::When)));
        let active_days = given(&self.active).map(|days| days.parse()).transpose();
        Ok(Draft {
            text: Texts { ru: given(&self.ru), en: given(&self.en) },
            link: given(&self.link).map(|url| Link { url, label }),
            silent: self.silent.is_some(),
            at: at.transpose()?,
            to: Audience {
                lang: Lang::ALL.into_iter().find(|lang| lang.code() == self.lang),
                active_days: active_days.map_err(|_| Refused::Flawed(Flaw::Days))?,
                premium: match &*self.premium {
                    "yes" => Some(true),
                    "no" => Some(false),
                    _ => None,
                },
            },
        })
    }
}

/// `POST /admin/broadcasts`
pub(super) async fn create(visit: &Visit) -> Shown {
    let form: Drafting = visit.form()?;
    let act = Act::DraftBroadcast { draft: form.draft()? };
    let broadcast = match visit.carry(act, Some(form.key)).await? {
        Answer::Broadcast(line) => line.broadcast,
        // Sent twice: the first one's answer.
        Answer::Before(before) => before["broadcast"].as_i64().ok_or(Refused::Away)?,
        _ => return Err(Refused::Away),
    };
    Ok(see(&format!("/admin/broadcasts/{broadcast}?done=broadcast")))
}

/// A text as people read it, without its formatting.
struct Read {
    lang: &'static str,
    label: String,
    text: String,
    /// What stands on the button, and where it leads.
    link: Option<(String, String)>,
}

struct Button {
    steer: &'static str,
    label: String,
    /// It is asked about on a page of its own.
    asks: bool,
    main: bool,
}

#[derive(Template)]
#[template(path = "admin/broadcast.html", whitespace = "minimize")]
struct One {
    f: Frame,
    number: i64,
    title: String,
    state: String,
    /// Why it waits or does not go on, and what to do.
    why: Option<String>,
    figures: Vec<(String, String)>,
    /// Of a hundred: how far it is.
    progress: Option<i64>,
    facts: Vec<(String, String)>,
    reads: Vec<Read>,
    buttons: Vec<Button>,
    /// The bot knows who asks.
    to_me: bool,
    key: String,
}

async fn line(visit: &Visit) -> Result<BroadcastLine, Refused> {
    let broadcast = visit.number("broadcast")?;
    match visit.look_at(Act::Broadcast { broadcast }).await? {
        Answer::Broadcast(line) => Ok(*line),
        _ => Err(Refused::Away),
    }
}

/// Whom it is for.
fn audience(f: &Frame, to: &Audience) -> Vec<(String, String)> {
    let lang = to.lang.map(|lang| (f.say("pages-broadcast-lang"), lang.code().to_owned()));
    let active = to.active_days.map(|days| (f.say("pages-broadcast-active"), days.to_string()));
    let premium = to.premium.map(|has| {
        let has = if has { "pages-broadcast-has" } else { "pages-broadcast-has-not" };
        (f.say("pages-broadcast-premium"), f.say(has))
    });
    let facts: Vec<_> = [lang, active, premium].into_iter().flatten().collect();
    match facts.is_empty() {
        true => vec![(f.say("pages-broadcast-for"), f.say("pages-broadcast-everybody"))],
        false => facts,
    }
}

fn reads(f: &Frame, line: &BroadcastLine) -> Vec<Read> {
    let draft = line.draft();
    let own = Lang::ALL.into_iter().filter_map(|lang| Some((lang, draft.text.own(lang)?)));
    let link = |lang: Lang| {
        let link = draft.link.as_ref()?;
        let label = link.label.of(lang).map_or_else(|| f.say("news-link"), |label| shown(label, false));
        Some((label, shown(&link.url, false)))
    };
    let read = |(lang, text): (Lang, &str)| Read {
        lang: lang.code(),
        label: f.say(match lang {
            Lang::Ru => "pages-broadcast-ru",
            Lang::En => "pages-broadcast-en",
        }),
        text: shown(&markup::read(text).text, true),
        link: link(lang),
    };
    own.map(read).collect()
}

/// `/admin/broadcasts/{broadcast}`
pub(super) async fn one(visit: &Visit) -> Shown {
    let line = line(visit).await?;
    let f = visit.frame("/admin/broadcasts", "pages-broadcasts");
    let figure = |key: &'static str, n: i64| (f.say(key), number(n));
    let mut figures = vec![figure("pages-broadcast-people", line.people)];
    if line.state != State::Draft {
        figures.extend([
            figure("pages-broadcast-sent", line.sent),
            figure("pages-broadcast-gone", line.gone),
            figure("pages-broadcast-failed", line.failed),
            figure("pages-broadcast-left", line.left_out),
            figure("pages-broadcast-waiting", line.waiting),
        ]);
    }
    let mut facts = audience(&f, &line.to);
    facts.extend(line.at.map(|at| (f.say("pages-broadcast-at"), f.moment(at))));
    if line.silent {
        facts.push((f.say("pages-broadcast-silent"), "✓".to_owned()));
    }
    facts.push((f.say("pages-broadcast-by"), shown(&line.by, false)));
    let moments = [("pages-broadcast-begun", line.started), ("pages-broadcast-ended", line.ended)];
    facts.extend(moments.into_iter().filter_map(|(key, at)| Some((f.say(key), f.moment(at?)))));
    let steers = [
        (Steer::Start, "pages-broadcast-start"),
        (Steer::Pause, "pages-broadcast-pause"),
        (Steer::Resume, "pages-broadcast-resume"),
        (Steer::Cancel, "pages-broadcast-cancel"),
    ];
    let buttons = steers.into_iter().filter(|(steer, _)| line.state.after(*steer).is_some());
    let buttons = buttons.map(|(steer, label)| Button {
        steer: steer.name(),
        label: f.say(label),
        asks: matches!(steer, Steer::Start | Steer::Cancel),
        main: matches!(steer, Steer::Start | Steer::Resume),
    });
    let why = match (line.state, &line.why) {
        (State::Paused, Some(_)) => Some("pages-broadcast-halted"),
        (State::Running, Some(_)) => Some("pages-broadcast-stuck"),
        _ => None,
    };
    let landed = line.sent + line.gone + line.failed + line.left_out;
    let progress = (line.state != State::Draft).then(|| (landed * 100 / line.people.max(1)).min(100));
    let view = One {
        number: line.broadcast,
        title: f.counted("pages-broadcast", "n", line.broadcast),
        state: state(&f, line.state),
        why: why.map(|key| f.say(key)),
        figures,
        progress,
        facts,
        reads: reads(&f, &line),
        buttons: buttons.collect(),
        to_me: visit.actor.name.starts_with("telegram:") && !line.state.is_over(),
        key: visit.new_key()?,
        f,
    };
    Ok(view.f.show(&view))
}

#[derive(Template)]
#[template(path = "admin/broadcast-ask.html", whitespace = "minimize")]
struct Asking {
    f: Frame,
    number: i64,
    title: String,
    heading: String,
    follows: Vec<String>,
    steer: &'static str,
    yes: String,
    harsh: bool,
    key: String,
}

/// What follows, before it is done.
async fn ask(visit: &Visit, steer: Steer) -> Shown {
    visit.needs(Permission::Broadcast)?;
    let line = line(visit).await?;
    if line.state.after(steer).is_none() {
        return Err(Refused::NotNow);
    }
    let f = visit.frame("/admin/broadcasts", "pages-broadcasts");
    let (heading, follows, yes) = match steer {
        Steer::Start => (
            "pages-broadcast-ask-start",
            vec![
                f.counted("pages-broadcast-start-goes", "n", line.people),
                f.say("pages-broadcast-start-behind"),
                f.say("pages-broadcast-start-back"),
            ],
            "pages-broadcast-start-yes",
        ),
        _ => (
            "pages-broadcast-ask-cancel",
            vec![f.say("pages-broadcast-cancel-ends"), f.say("pages-broadcast-cancel-again")],
            "pages-broadcast-cancel-yes",
        ),
    };
    let view = Asking {
        number: line.broadcast,
        title: f.counted("pages-broadcast", "n", line.broadcast),
        heading: f.counted(heading, "n", line.broadcast),
        follows,
        steer: steer.name(),
        yes: f.say(yes),
        harsh: steer == Steer::Cancel,
        key: visit.new_key()?,
        f,
    };
    Ok(view.f.show(&view))
}

/// `/admin/broadcasts/{broadcast}/start`
pub(super) async fn ask_start(visit: &Visit) -> Shown {
    ask(visit, Steer::Start).await
}

/// `/admin/broadcasts/{broadcast}/cancel`
pub(super) async fn ask_cancel(visit: &Visit) -> Shown {
    ask(visit, Steer::Cancel).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    #[serde(rename = "csrf")]
    _csrf: String,
    key: String,
}

async fn act(visit: &Visit, name: &str, of: impl FnOnce(i64) -> Act) -> Shown {
    let broadcast = visit.number("broadcast")?;
    let Form { key, .. } = visit.form()?;
    // The page has one key for all its buttons.
    visit.carry(of(broadcast), Some(format!("{key}.{name}"))).await?;
    Ok(see(&format!("/admin/broadcasts/{broadcast}?done={name}")))
}

async fn steer(visit: &Visit, steer: Steer) -> Shown {
    act(visit, steer.name(), |broadcast| Act::SteerBroadcast { broadcast, steer }).await
}

/// `POST /admin/broadcasts/{broadcast}/start`
pub(super) async fn start(visit: &Visit) -> Shown {
    steer(visit, Steer::Start).await
}

/// `POST /admin/broadcasts/{broadcast}/pause`
pub(super) async fn pause(visit: &Visit) -> Shown {
    steer(visit, Steer::Pause).await
}

/// `POST /admin/broadcasts/{broadcast}/resume`
pub(super) async fn resume(visit: &Visit) -> Shown {
    steer(visit, Steer::Resume).await
}

/// `POST /admin/broadcasts/{broadcast}/cancel`
pub(super) async fn cancel(visit: &Visit) -> Shown {
    steer(visit, Steer::Cancel).await
}

/// `POST /admin/broadcasts/{broadcast}/preview`
pub(super) async fn preview(visit: &Visit) -> Shown {
    act(visit, "preview", |broadcast| Act::PreviewBroadcast { broadcast }).await
}
