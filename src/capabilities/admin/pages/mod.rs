//! `/admin`: the operators' pages, made on the server.
//!
//! A page gets what it shows by an act of the operators' actor ([`door::Visit::carry`]), as the API
//! does: there is no other way to anything, so there is no page that could forget its guard. What
//! changes something is a form with a token of its own, and says first what follows.

mod actors;
mod analytics;
mod announcements;
mod assets;
mod audit;
mod broadcasts;
mod characters;
mod chart;
mod config;
mod cookie;
mod dating;
mod dead;
mod deeds;
mod door;
mod figures;
mod frame;
mod jobs;
mod login;
mod look;
mod many;
mod overview;
mod payments;
mod photos;
mod refused;
mod reports;
mod requests;
mod ruling;
mod shared;
mod tokens;
mod users;
mod words;

pub use login::let_in;

use crate::http::routes::{On, Route};
use actix_web::HttpRequest;
use actix_web::http::Method;
use actix_web::web::{Data, Payload};
use nameless_domain::capabilities::admin::Permission;

/// A page, for who walks over all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// Its path, as the router has it.
    pub path: &'static str,
    /// What it takes.
    pub needs: Permission,
}

/// A route for each page, and what is said of it.
macro_rules! pages {
    ($($method:ident $path:literal $needs:ident $show:path),+ $(,)?) => {
        /// The pages that somebody has to be logged in for.
        pub static PAGES: &[Place] = &[
            $(Place { method: stringify!($method), path: $path, needs: Permission::$needs }),+
        ];

        /// The routes of the pages.
        pub(super) static ROUTES: &[Route] = &[
            Route::new(On::Public, Method::GET, "/admin/login", |r| r.to(login::show)),
            Route::new(On::Public, Method::POST, "/admin/login", |r| r.to(login::log_in)),
            Route::new(On::Public, Method::POST, "/admin/logout", |r| r.to(login::log_out)),
            Route::new(On::Public, Method::POST, "/admin/look", |r| r.to(look::choose)),
            Route::new(On::Public, Method::GET, "/admin/assets/{file}", |r| r.to(assets::give)),
            $(Route::new(On::Public, Method::$method, $path, |r| {
                r.to(|request: HttpRequest, body: Payload, state| {
                    door::serve(request, body, state, Permission::$needs, $show)
                })
            })),+
        ];
    };
}

pages! {
    GET "/admin" SeeFigures overview::show,
    GET "/admin/live" SeeFigures overview::live,
    GET "/admin/actors" SeeFigures actors::show,
    GET "/admin/figures" SeeFigures figures::show,
    GET "/admin/users" SeePeople users::list,
    GET "/admin/users/{user}" SeePeople users::person,
    GET "/admin/users/{user}/ban" Moderate deeds::ask_ban,
    POST "/admin/users/{user}/ban" Moderate deeds::ban,
    GET "/admin/users/{user}/shadow" Moderate deeds::ask_shadow,
    POST "/admin/users/{user}/shadow" Moderate deeds::shadow,
    GET "/admin/users/{user}/unban" Moderate deeds::ask_unban,
    POST "/admin/users/{user}/unban" Moderate deeds::unban,
    GET "/admin/users/{user}/grant" Grant deeds::ask_grant,
    POST "/admin/users/{user}/grant" Grant deeds::grant,
    GET "/admin/users/{user}/revoke" Grant deeds::ask_revoke,
    POST "/admin/users/{user}/revoke" Grant deeds::revoke,
    GET "/admin/users/{user}/erase" Erase deeds::ask_erase,
    POST "/admin/users/{user}/erase" Erase deeds::erase,
    GET "/admin/requests" Erase requests::show,
    POST "/admin/requests/{request}/approve" Erase requests::approve,
    POST "/admin/requests/{request}/refuse" Erase requests::refuse,
    GET "/admin/many" Moderate many::preview,
    POST "/admin/many" Moderate many::carry_out,
    GET "/admin/reports" SeeQueue reports::queue,
    GET "/admin/reports/{report}" SeeEvidence reports::report,
    POST "/admin/reports/{report}/decide" Moderate reports::decide,
    GET "/admin/photos" SeeQueue photos::queue,
    GET "/admin/photos/{photo}" SeeEvidence photos::ask,
    POST "/admin/photos/{photo}" SeeEvidence photos::look,
    GET "/admin/photos/{photo}/picture" SeeEvidence photos::picture,
    POST "/admin/photos/{photo}/rule" Moderate photos::rule,
    GET "/admin/payments" SeePayments payments::list,
    GET "/admin/payments/{payment}" SeePayments payments::one,
    GET "/admin/payments/{payment}/refund" Refund payments::ask,
    POST "/admin/payments/{payment}/refund" Refund payments::refund,
    GET "/admin/dead-letters" Repair dead::show,
    POST "/admin/dead-letters/{seq}/replay" Repair dead::replay,
    GET "/admin/audit" SeeAudit audit::show,
    GET "/admin/tokens" HandOutTokens tokens::show,
    POST "/admin/tokens" HandOutTokens tokens::create,
    GET "/admin/tokens/{name}/revoke" HandOutTokens tokens::ask_revoke,
    POST "/admin/tokens/{name}/revoke" HandOutTokens tokens::revoke,
    GET "/admin/config" SeeSettings config::show,
    GET "/admin/broadcasts" Broadcast broadcasts::list,
    POST "/admin/broadcasts" Broadcast broadcasts::create,
    GET "/admin/broadcasts/{broadcast}" Broadcast broadcasts::one,
    GET "/admin/broadcasts/{broadcast}/start" Broadcast broadcasts::ask_start,
    POST "/admin/broadcasts/{broadcast}/start" Broadcast broadcasts::start,
    POST "/admin/broadcasts/{broadcast}/pause" Broadcast broadcasts::pause,
    POST "/admin/broadcasts/{broadcast}/resume" Broadcast broadcasts::resume,
    GET "/admin/broadcasts/{broadcast}/cancel" Broadcast broadcasts::ask_cancel,
    POST "/admin/broadcasts/{broadcast}/cancel" Broadcast broadcasts::cancel,
    POST "/admin/broadcasts/{broadcast}/preview" Broadcast broadcasts::preview,
    GET "/admin/characters" SeeFigures characters::show,
    GET "/admin/jobs" SeeFigures jobs::show,
    GET "/admin/analytics" SeeFigures analytics::show,
    GET "/admin/dating" SeeQueue dating::queue,
    GET "/admin/dating/{user}" SeeEvidence dating::profile,
    POST "/admin/dating/{user}/rule" Moderate dating::rule,
    GET "/admin/shared" SeeQueue shared::queue,
    GET "/admin/shared/{shared}" SeeEvidence shared::one,
    GET "/admin/shared/{shared}/picture" SeeEvidence shared::picture,
    POST "/admin/shared/{shared}/rule" Moderate shared::rule,
    GET "/admin/announcements" Broadcast announcements::list,
    POST "/admin/announcements" Broadcast announcements::announce,
    POST "/admin/announcements/{announcement}/down" Broadcast announcements::take_down,
}

/// What every handler is given.
type Served = Data<crate::http::State>;
