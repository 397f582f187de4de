//! How long pages take where there are many people and reports, on PostgreSQL. Figures are printed;
//! what is asserted is that they do not grow with what waits.

use super::visitor::{Visitor, get};
use crate::support::app::{Options, Place, real_postgres, spawn_app};
use crate::support::postgres::Postgres;
use nameless_domain::capabilities::admin::Role;
use reqwest::StatusCode;
use std::time::{Duration, Instant};

/// Loads of a page.
const LOADS: usize = 7;

/// People and open reports from one number to another.
fn fill(server: &Postgres, people: (u32, u32), reports: (u32, u32)) {
    let (from, to) = (people.0 + 1, people.1);
    server.psql(
        "nameless",
        &format!(
            "INSERT INTO accounts (user_id, created, lang, interests, wish_genders, wish_ages, wish_langs, \
             wish_shared_interest, confirm_end, warned_voice, warned_file, blocked_bot, phase, avoid_users, \
             avoid_until, applied) \
             SELECT 900000000 + n, 1, 'en', 0, 7, 31, 3, false, false, false, false, false, \
             '{{\"at\": \"idle\"}}', '{{}}', '{{}}', 0 FROM generate_series({from}, {to}) n"
        ),
    );
    let (from, to) = (reports.0 + 1, reports.1);
    server.psql(
        "nameless",
        &format!(
            "INSERT INTO reports (pair_id, reporter_hash, reported, reason, at) \
             SELECT n, decode(md5((n % 5000)::text), 'hex'), 900000001 + n / 3, \
             (ARRAY['abuse', 'sexual', 'spam', 'other'])[1 + n % 4], 1000 + n FROM generate_series({from}, {to}) n"
        ),
    );
    server.psql("nameless", "ANALYZE accounts");
    server.psql("nameless", "ANALYZE reports");
}

/// The median of some loads.
async fn takes(visitor: &Visitor, path: &str) -> Duration {
    let mut times = Vec::new();
    for _ in 0..LOADS {
        let begun = Instant::now();
        let (status, _) = get(visitor, path).await;
        times.push(begun.elapsed());
        assert_eq!(status, StatusCode::OK, "{path}");
    }
    times.sort();
    times[LOADS / 2]
}

#[tokio::test]
async fn pages_do_not_slow_down_with_what_waits() {
    let Some((server, url)) = real_postgres() else { return };
    let app = spawn_app(Options { place: Place::Server(url), ..Options::default() });
    let pages = ["/admin", "/admin/reports", "/admin/users?after=900001000"];
    let mut figures = Vec::new();
    let mut last = None;
    for (name, people, reports) in
        [("few", (0, 10_000), (0, 2_000)), ("many", (10_000, 100_000), (2_000, 10_000))]
    {
        fill(&server, people, reports);
        let visitor = Visitor::of_name(&app, name, Role::Owner).await;
        let mut line = Vec::new();
        for page in pages {
            line.push(takes(&visitor, page).await);
        }
        println!("{} people, {} open reports: {pages:?} {line:?}", people.1, reports.1);
        figures.push(line);
        last = Some(visitor);
    }
    let visitor = last.expect("who has looked");
    for (at, page) in pages.iter().enumerate() {
        let (few, mut many) = (figures[0][at], figures[1][at]);
        // Ten times the people and five times the reports; a moment of grace for a busy machine,
        // and another look if it was busier than that.
        let allowed = few * 3 + Duration::from_millis(50);
        for _ in 0..5 {
            if many > allowed {
                many = many.min(takes(&visitor, page).await);
            }
        }
        assert!(many <= allowed, "{page}: {few:?}, then {many:?}");
    }
}
