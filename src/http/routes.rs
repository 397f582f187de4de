//! Every route of the HTTP servers, a line each. Capabilities bring lists of their own.
//!
//! A handler gets what it needs as `Data<State>`.

use super::{State, health, metrics, webhook};
use crate::capabilities;
use crate::config::WEBHOOK_PATH;
use actix_web::HttpResponse;
use actix_web::http::Method;
use actix_web::http::header::ALLOW;
use actix_web::web::{self, ServiceConfig};
use std::collections::BTreeMap;

/// Which of the two servers a route is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// That for the world, `HTTP_ADDR`. Each request is a stranger's.
    Public,
    /// That for the operator, `METRICS_ADDR`.
    Private,
    /// Each of them.
    Both,
}

/// A route: where it is, and who answers.
pub struct Route {
    on: On,
    method: Method,
    path: &'static str,
    handler: fn(actix_web::Route) -> actix_web::Route,
}

impl Route {
    /// A route whose handler is set by `handler`:
    /// `Route::new(On::Public, Method::GET, "/path", |r| r.to(answer))`.
    pub const fn new(
        on: On,
        method: Method,
        path: &'static str,
        handler: fn(actix_web::Route) -> actix_web::Route,
    ) -> Route {
        Route { on, method, path, handler }
    }
}

/// The core's routes.
static CORE: [Route; 7] = [
    Route::new(On::Both, Method::GET, "/health/live", |r| r.to(health::live)),
    Route::new(On::Both, Method::GET, "/health/ready", |r| r.to(health::ready)),
    Route::new(On::Private, Method::GET, "/health", |r| r.to(health::all)),
    Route::new(On::Private, Method::GET, "/health/db", |r| r.to(health::db)),
    Route::new(On::Private, Method::GET, "/health/redis", |r| r.to(health::redis)),
    Route::new(On::Private, Method::GET, "/metrics", |r| r.to(metrics::metrics)),
    Route::new(On::Public, Method::POST, WEBHOOK_PATH, |r| r.to(webhook::deliver)),
];

/// Every route there is.
fn all() -> impl Iterator<Item = &'static Route> {
    CORE.iter().chain(capabilities::routes())
}

/// Mounts the routes of one server.
pub(super) fn mount(config: &mut ServiceConfig, server: On, state: State) {
    config.app_data(web::Data::new(state));
    let mut places: BTreeMap<&str, Vec<&Route>> = BTreeMap::new();
    for route in all().filter(|route| route.on == server || route.on == On::Both) {
        places.entry(route.path).or_default().push(route);
    }
    // In the order of the alphabet a path comes before one that has a parameter in its place.
    for (path, routes) in places {
        let mut resource = web::resource(path);
        let mut methods: Vec<&str> = Vec::new();
        for route in routes {
            resource = resource.route((route.handler)(web::method(route.method.clone())));
            methods.push(route.method.as_str());
        }
        let allow = methods.join(", ");
        config.service(resource.default_service(web::to(move || std::future::ready(not_so(&allow)))));
    }
}

/// The path is right, and the method is not (RFC 9110: it has to say which ones are).
fn not_so(allow: &str) -> HttpResponse {
    let problem = r#"{"type":"about:blank","title":"Method Not Allowed","status":405,"detail":"see Allow"}"#;
    HttpResponse::MethodNotAllowed()
        .insert_header((ALLOW, allow))
        .content_type("application/problem+json")
        .body(problem)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Of two at one place the second would never be asked, and an operator must know of each.
    #[test]
    fn each_route_has_its_own_place_and_is_documented() {
        let package = std::env::var("CARGO_MANIFEST_DIR").expect("cargo says where the package is");
        let docs = std::path::Path::new(&package).join("docs/operations.md");
        let docs = std::fs::read_to_string(docs).expect("a file of the repository");
        let mut taken = BTreeSet::new();
        for route in all() {
            let path = route.path;
            assert!(path.starts_with('/') && path.len() > 1, "{path}");
            assert!(docs.contains(&format!("`{path}`")), "{path} is not in docs/operations.md");
            for server in [On::Public, On::Private] {
                if [server, On::Both].contains(&route.on) {
                    let place = format!("{server:?} {} {path}", route.method);
                    assert!(taken.insert(place.clone()), "{place} is there twice");
                }
            }
        }
    }
}
