//! What is around every page: menu, language, who is logged in.

use super::door::{Visit, page};
use super::look::Look;
use super::words;
use super::{Served, assets};
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use nameless_actors::ports::Texts;
use nameless_domain::capabilities::admin::{Permission, Role};
use nameless_domain::text::{Lang, Msg};
use nameless_domain::time::Millis;
use std::sync::Arc;

/// The menu: path, key of the label, what it takes.
const MENU: &[(&str, &str, Permission)] = &[
    ("/admin", "pages-overview", Permission::SeeFigures),
    ("/admin/figures", "pages-figures", Permission::SeeFigures),
    ("/admin/reports", "pages-reports", Permission::SeeQueue),
    ("/admin/photos", "pages-photos", Permission::SeeQueue),
    ("/admin/analytics", "pages-analytics", Permission::SeeFigures),
    ("/admin/dating", "pages-dating", Permission::SeeQueue),
    ("/admin/shared", "pages-shared", Permission::SeeQueue),
    ("/admin/users", "pages-users", Permission::SeePeople),
    ("/admin/payments", "pages-payments", Permission::SeePayments),
    ("/admin/broadcasts", "pages-broadcasts", Permission::Broadcast),
    ("/admin/announcements", "pages-announcements", Permission::Broadcast),
    ("/admin/dead-letters", "pages-dead", Permission::Repair),
    ("/admin/characters", "pages-characters", Permission::SeeFigures),
    ("/admin/jobs", "pages-jobs", Permission::SeeFigures),
    ("/admin/actors", "pages-actors", Permission::SeeFigures),
    ("/admin/audit", "pages-audit", Permission::SeeAudit),
    ("/admin/requests", "pages-requests", Permission::Erase),
    ("/admin/tokens", "pages-tokens", Permission::HandOutTokens),
    ("/admin/config", "pages-config", Permission::SeeSettings),
];

/// A line of the menu.
pub(super) struct Link {
    pub path: &'static str,
    pub label: String,
    pub here: bool,
    pub locked: bool,
}

/// What is around a page, and its texts.
#[derive(Clone)]
pub(super) struct Frame {
    texts: Arc<dyn Texts>,
    look: Look,
    /// Name and role; none where nobody is logged in.
    pub who: Option<(String, Role)>,
    pub csrf: String,
    here: &'static str,
    title: &'static str,
    /// Where a change of the look leads back to.
    pub back: String,
    now: Millis,
    done: Option<&'static str>,
}

/// What was just done, by its name in the address.
fn done(query: &str) -> Option<&'static str> {
    let name = query.split('&').find_map(|pair| pair.strip_prefix("done="))?;
    Some(match name {
        "ban" => "pages-done-ban",
        "shadow" => "pages-done-shadow",
        "unban" => "pages-done-unban",
        "grant" => "pages-done-grant",
        "revoke" => "pages-done-revoke",
        "dismissed" => "pages-done-dismissed",
        "upheld" => "pages-done-upheld",
        "approve-photo" => "pages-done-photo-approve",
        "reject-photo" => "pages-done-photo-reject",
        "ban-photo" => "pages-done-photo-ban",
        "alone-photo" => "pages-done-photo-alone",
        "replay" => "pages-done-replay",
        "token" => "pages-done-token",
        "refund" => "pages-done-refund",
        "broadcast" => "pages-done-broadcast",
        "start" => "pages-done-start",
        "pause" => "pages-done-pause",
        "resume" => "pages-done-resume",
        "cancel" => "pages-done-cancel",
        "preview" => "pages-done-preview",
        "announced" => "pages-done-announced",
        "hide-card" => "pages-done-dating-hide",
        "show-card" => "pages-done-dating-show",
        "remove-card" => "pages-done-dating-remove",
        "show-character" => "pages-done-shared-show",
        "refuse-character" => "pages-done-shared-refuse",
        "taken-down" => "pages-done-taken-down",
        "erase" => "pages-done-erase",
        "many" => "pages-done-many",
        "waits" => "pages-done-waits",
        "approved" => "pages-done-approved",
        "refused" => "pages-done-refused",
        _ => return None,
    })
}

impl Frame {
    /// For somebody who is not logged in.
    pub fn bare(request: &HttpRequest, state: &Served, look: Look) -> Frame {
        let env = state.engine.env();
        Frame {
            texts: env.texts.clone(),
            look,
            who: None,
            csrf: String::new(),
            here: "",
            title: "pages-login",
            back: request.uri().path().to_owned(),
            now: env.clock.now(),
            done: None,
        }
    }

    /// For somebody who is.
    pub fn of(visit: &Visit, here: &'static str, title: &'static str) -> Frame {
        let uri = visit.request.uri();
        Frame {
            who: Some((visit.actor.name.clone(), visit.actor.role)),
            csrf: visit.csrf.clone(),
            here,
            title,
            back: uri.path_and_query().map_or("/admin", |all| all.as_str()).to_owned(),
            done: done(visit.request.query_string()),
            ..Frame::bare(&visit.request, &visit.state, visit.look)
        }
    }

    /// The same under another title.
    pub fn titled(&self, title: &'static str) -> Frame {
        Frame { title, ..self.clone() }
    }

    /// A page in it.
    pub fn show(&self, view: &impl Template) -> HttpResponse {
        match view.render() {
            Ok(html) => page(StatusCode::OK, html),
            // Only writing to memory can fail.
            Err(_) => HttpResponse::InternalServerError().finish(),
        }
    }

    pub fn lang(&self) -> &'static str {
        self.look.lang.code()
    }

    pub fn other_lang(&self) -> &'static str {
        match self.look.lang {
            Lang::Ru => "en",
            Lang::En => "ru",
        }
    }

    pub fn theme(&self) -> &'static str {
        self.look.theme.name()
    }

    pub fn keys(&self) -> bool {
        self.look.keys
    }

    pub fn version(&self) -> &'static str {
        assets::version()
    }

    pub fn title(&self) -> String {
        if self.title.is_empty() { String::new() } else { self.say(self.title) }
    }

    pub fn done(&self) -> Option<String> {
        self.done.map(|key| self.say(key))
    }

    pub fn menu(&self) -> Vec<Link> {
        let Some((_, role)) = &self.who else { return Vec::new() };
        let link = |(path, label, needs): &(&'static str, &'static str, Permission)| Link {
            path,
            label: self.say(label),
            here: *path == self.here,
            locked: !role.may(*needs),
        };
        MENU.iter().map(link).collect()
    }

    pub fn may(&self, permission: Permission) -> bool {
        self.who.as_ref().is_some_and(|(_, role)| role.may(permission))
    }

    fn text(&self, msg: &Msg) -> String {
        self.texts.plain(self.look.lang, msg)
    }

    pub fn say(&self, key: &'static str) -> String {
        self.text(&Msg::new(key))
    }

    /// A text with words of anybody in it.
    pub fn words(&self, key: &'static str, name: &'static str, value: &str) -> String {
        self.text(&Msg::new(key).words(name, words::shown(value, false)))
    }

    pub fn words2(&self, key: &'static str, a: (&'static str, &str), b: (&'static str, &str)) -> String {
        let msg = Msg::new(key).words(a.0, words::shown(a.1, false)).words(b.0, words::shown(b.1, false));
        self.text(&msg)
    }

    pub fn counted(&self, key: &'static str, name: &'static str, n: i64) -> String {
        self.text(&Msg::new(key).number(name, n))
    }

    /// A date and time, in UTC.
    pub fn moment(&self, at: Millis) -> String {
        self.text(&Msg::new("pages-moment").moment("at", at))
    }

    /// Until when; for ever has no date.
    pub fn until(&self, at: Millis) -> String {
        if at == Millis::NEVER { self.say("pages-forever") } else { self.moment(at) }
    }

    /// How long ago, in the unit that says enough.
    pub fn ago(&self, at: Millis) -> String {
        let seconds = (self.now.since(at) / 1_000).max(0);
        match seconds {
            0..60 => self.counted("pages-seconds", "n", seconds),
            60..3_600 => self.counted("pages-minutes", "n", seconds / 60),
            3_600..86_400 => self.counted("pages-hours", "n", seconds / 3_600),
            _ => self.counted("pages-days", "n", seconds / 86_400),
        }
    }
}
