//! The operators' pages over HTTP: who comes in, who is turned away, and what nobody can forge.

pub mod browser;
mod forged;
mod quick;
pub mod visitor;

use crate::admin::nobodys;
use crate::common::{MAN, ask, counted, member, receives, tap, told};
use crate::support::app::{Options, TestApp, spawn_app};
use crate::support::people::{chatting, sees, sees_part};
use futures_util::StreamExt;
use nameless::capabilities::admin::PAGES;
use nameless_actors::capabilities::{Answer, Order};
use nameless_actors::env::Faults;
use nameless_domain::capabilities::admin::{Act, Actor, Entries, Role, Source};
use nameless_simulator::{NewUser, Outgoing};
use nameless_vision::picture::Picture;
use reqwest::StatusCode;
use visitor::{Visitor, get, post, token};

const OWNER: i64 = 700_111;
/// Mark-up, marks that turn text around, a line break, a terminal's colours.
const HOSTILE: &str = "<script>document.title='owned'</script> \u{202e}drawkcab \u{1b}[31mred\nnext & \"'";

/// What a camera wrote beside a picture.
const WRITTEN: &str = "Taken at home";

fn address() -> Options {
    Options::default()
        .with("PUBLIC_URL", "https://admin.example.org")
        .with("ADMIN_USER_IDS", format!("{OWNER}:admin"))
}

/// What a reader of the log sees.
pub async fn entries(app: &TestApp, what: &str) -> Vec<(String, String, String)> {
    let of = Entries { what: Some(what.into()), ..Entries::default() };
    let actor = Actor { name: "cli".into(), role: Role::Owner };
    let act = Act::Audit { before: i64::MAX, limit: 50, of };
    match app.engine.administer(Order { actor, act, source: Source::Cli, key: None }).await {
        Ok(Answer::Audit(page)) => page.items.into_iter().map(|e| (e.who, e.detail, e.outcome)).collect(),
        other => panic!("{other:?}"),
    }
}

/// `/admin` in private: a link that lets in once, whoever looked at it before.
#[tokio::test]
async fn a_link_lets_in_once() {
    let app = spawn_app(address());
    let language_code = Some("en".to_owned());
    let owner = app.world.add_user(NewUser { id: Some(OWNER), language_code, ..NewUser::default() });
    let stranger = member(&app.world, "stranger", MAN).await;
    ask(&stranger, "/admin", "no such command").await;
    let first = ask(&owner, "/admin", "Here is your way in").await;
    let second = ask(&owner, "/admin", "Here is your way in").await;
    let secret = |text: &str| text.split("link=").nth(1).expect("a link").trim().to_owned();
    let [first, second] = [first, second].map(|message| secret(message.text().expect("text")));
    assert_ne!(first, second);

    let visitor = Visitor::stranger(&app, "https://admin.example.org");
    // An app that shows what is behind a link does not use it.
    for _ in 0..2 {
        let (status, page) = get(&visitor, &format!("/admin/login?link={second}")).await;
        assert!(status == StatusCode::OK && page.contains(&second), "{page}");
    }
    let enter = async |link: &str| post(&visitor, "/admin/login", &[("link", link)]).await;
    assert_eq!(enter(&first).await.status, StatusCode::UNAUTHORIZED, "a newer one was made");
    // Of many at once one comes in.
    let many = futures_util::future::join_all((0..8).map(|_| enter(&second))).await;
    let inside: Vec<_> = many.iter().filter(|answer| answer.status == StatusCode::SEE_OTHER).collect();
    assert_eq!(inside.len(), 1);
    let cookie = inside[0].cookie.clone().expect("a session");
    for part in ["Path=/admin", "HttpOnly", "SameSite=Strict", "Secure"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert_eq!(enter(&second).await.status, StatusCode::UNAUTHORIZED);

    let visitor = visitor.with(&cookie).await;
    let (status, page) = get(&visitor, "/admin").await;
    assert!(status == StatusCode::OK && page.contains(&format!("telegram:{OWNER}")), "{page}");
    assert_eq!(get(&visitor, "/admin/tokens").await.0, StatusCode::FORBIDDEN, "an admin is no owner");
    let left = post(&visitor, "/admin/logout", &[("csrf", &visitor.csrf)]).await;
    assert_eq!(left.status, StatusCode::SEE_OTHER);
    assert_eq!(get(&visitor, "/admin").await.0, StatusCode::UNAUTHORIZED, "the cookie is of no use any more");
    let who = format!("telegram:{OWNER}");
    assert_eq!(entries(&app, "log_in").await, [(who.clone(), "link".to_owned(), "done".to_owned())]);
    assert_eq!(entries(&app, "log_out").await, [(who, String::new(), "done".to_owned())]);
}

/// A session may ask sixty times at once, and twenty times a second from then on. Guard: `OF_TOKEN`
/// in `enter_pages`.
#[tokio::test]
async fn a_session_may_not_ask_without_end() {
    let app = spawn_app(Options::default());
    let admin = Visitor::of(&app, Role::Owner).await;
    let many = (0..400).map(|_| get(&admin, "/admin/live"));
    let asked = futures_util::stream::iter(many).buffer_unordered(8).map(|(status, _)| status);
    let asked: Vec<StatusCode> = asked.collect().await;
    let served = asked.iter().filter(|status| **status == StatusCode::OK).count();
    assert!((50..400).contains(&served), "{served} of 400 are served");
    let slowed = asked.iter().all(|status| [StatusCode::OK, StatusCode::TOO_MANY_REQUESTS].contains(status));
    assert!(slowed, "{asked:?}");
}

/// Each page with each role, without one, and with a role that was taken away.
#[tokio::test]
async fn every_page_asks_who_comes() {
    let app = spawn_app(Options::default());
    let stranger = Visitor::stranger(&app, &format!("http://{}", app.http));
    let mut walked = 0;
    for role in Role::ALL {
        let visitor = Visitor::of(&app, role).await;
        for place in PAGES {
            // Of nobody, so that nothing is done by whoever may.
            let path = nobodys(place.path);
            let fields = [("csrf", visitor.csrf.as_str())];
            let first = match place.method {
                "GET" => get(&stranger, &path).await.0,
                _ => post(&stranger, &path, &fields).await.status,
            };
            let (status, page) = loop {
                let (status, page) = match place.method {
                    "GET" => get(&visitor, &path).await,
                    _ => {
                        let answer = post(&visitor, &path, &fields).await;
                        (answer.status, answer.body)
                    }
                };
                // There are more pages than somebody may ask for in one go.
                match status {
                    StatusCode::TOO_MANY_REQUESTS => {
                        tokio::time::sleep(std::time::Duration::from_millis(50)).await
                    }
                    _ => break (status, page),
                }
            };
            assert_eq!(first, StatusCode::SEE_OTHER, "{path} lets strangers in");
            let may = role.may(place.needs);
            assert_eq!(status == StatusCode::FORBIDDEN, !may, "{role:?} {} {path}: {status}", place.method);
            assert!(!status.is_server_error(), "{path}: {status}");
            if !may {
                let (permission, least) = (place.needs.name(), place.needs.least_role().name());
                assert!(
                    page.contains(permission) && page.contains(least),
                    "{path} does not say what is missing"
                );
            }
            walked += 1;
        }
    }
    assert_eq!(walked, 4 * PAGES.len());
    let refused = entries(&app, "ban").await;
    assert!(entries(&app, "audit").await.iter().any(|(.., outcome)| outcome == "refused"), "{refused:?}");

    // A session goes with its token.
    let visitor = Visitor::of_name(&app, "gone", Role::Viewer).await;
    assert_eq!(get(&visitor, "/admin").await.0, StatusCode::OK);
    let owner = Visitor::of_name(&app, "boss", Role::Owner).await;
    let fields = [("csrf", owner.csrf.as_str()), ("key", "k")];
    let answer = post(&owner, "/admin/tokens/gone/revoke", &fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    assert_eq!(get(&visitor, "/admin").await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn nothing_is_kept_framed_or_loaded_from_elsewhere() {
    let app = spawn_app(Options::default());
    let visitor = Visitor::of(&app, Role::Owner).await;
    for path in ["/admin", "/admin/users", "/admin/login", "/admin/users/5"] {
        let headers = visitor.headers(path).await;
        let header = |name: &str| headers[name].to_str().expect("text").to_owned();
        assert_eq!(header("cache-control"), "no-store");
        assert_eq!(
            (header("x-frame-options"), header("referrer-policy")),
            ("DENY".into(), "same-origin".into())
        );
        let policy = header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    }
    for place in PAGES.iter().filter(|place| place.method == "GET") {
        let (_, page) = get(&visitor, &place.path.replace(['{', '}'], "")).await;
        for wrong in ["=\"http", "=\"//", "style=", "onclick", "<script>"] {
            assert!(!page.contains(wrong), "{}: {wrong}", place.path);
        }
    }
}

/// What people wrote and operators gave as reasons, on every page that shows it.
async fn hostile(app: &TestApp, admin: &Visitor) -> (i64, i64) {
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    anna.send_text("hello, who are you?");
    sees(&boris, "hello, who are you?").await;
    boris.send_text(HOSTILE);
    sees_part(&anna, "document.title").await;
    boris.send_text("pOiSoN for you");
    sees_part(&boris, "Something broke on our side").await;
    counted(app, "dead_letters", 1).await;
    let picture = Picture::plain(320, 240, [90, 120, 150]).jpeg(80).expect("a picture");
    let picture = [&picture[..2], b"\xff\xfe\0\x0f", WRITTEN.as_bytes(), &picture[2..]].concat();
    boris.send(Outgoing::photo().bytes(picture).mime("image/jpeg"));
    receives(&anna, 0, "photo").await;
    ask(&anna, "/stop", "The chat is over").await;
    ask(&anna, "/report", "What happened?").await;
    tap(&anna, "fb:r:").await;
    told(&anna, 0, "your report is in").await;
    let user = boris.id();
    let path = format!("/admin/users/{user}/ban");
    // Of operators' words, what steers a terminal is refused before.
    let reason = HOSTILE.replace('\u{1b}', "");
    let fields = [("csrf", &*admin.csrf), ("key", "one"), ("term", "7"), ("reason", &*reason)];
    for _ in 0..2 {
        let answer = post(admin, &path, &fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    }
    assert_eq!(entries(app, "ban").await.len(), 1, "sent twice, done once");
    ask(&boris, &format!("/appeal {HOSTILE}"), "will look at it").await;
    let report = loop {
        let (_, page) = get(admin, "/admin/reports").await;
        if let Some(rest) = page.split("href=\"/admin/reports/").nth(1) {
            break rest.split('"').next().and_then(|n| n.parse().ok()).expect("a number");
        }
        // Rarer than a session may ask.
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    };
    (user, report)
}

/// The picture of the report, once it waits for an operator. Nobody looks at photos here, so nobody
/// goes through reports by themselves.
async fn held(app: &TestApp, admin: &Visitor) -> i64 {
    loop {
        app.engine.env().capabilities.faceguard.keep_reported().await.expect("the store answers");
        let (_, page) = get(admin, "/admin/photos").await;
        if let Some(rest) = page.split("href=\"/admin/photos/").nth(1) {
            break rest.split('"').next().and_then(|n| n.parse().ok()).expect("a number");
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

fn poisoned() -> Options {
    Options { faults: Faults { poison: Some("pOiSoN".into()), ..Faults::default() }, ..Options::default() }
}

#[tokio::test]
async fn hostile_words_are_text() {
    let app = spawn_app(poisoned());
    let admin = Visitor::of(&app, Role::Owner).await;
    let (user, report) = hostile(&app, &admin).await;
    let log = format!("/admin/audit?who={}", "%3Cscript%3E%22%3E");
    let person = format!("/admin/users/{user}");
    for (path, shows) in [
        (format!("/admin/reports/{report}"), true),
        (person, true),
        ("/admin/audit".to_owned(), true),
        ("/admin/dead-letters".to_owned(), false),
        (log, false),
    ] {
        let (status, page) = get(&admin, &path).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        assert!(!page.contains("<script>"), "{path}: {page}");
        assert!(!page.contains(['\u{202e}', '\u{1b}']), "{path}");
        assert_eq!(page.contains("&#60;script&#62;document.title"), shows, "{path}: {page}");
        let peoples = shows && path != "/admin/audit";
        assert_eq!(page.contains("⟨U+202E⟩drawkcab "), shows, "{path}");
        assert_eq!(page.contains("⟨U+202E⟩drawkcab ⟨U+001B⟩[31mred"), peoples, "{path}");
    }
    // What nobody can tell apart is not told apart.
    assert_eq!(get(&admin, "/admin/users/5").await.0, StatusCode::NOT_FOUND);
    assert_eq!(get(&admin, "/admin/users?id=abc").await.0, StatusCode::NOT_FOUND);
    assert_eq!(get(&admin, "/admin/audit?user=-1").await.0, StatusCode::BAD_REQUEST);
    assert_eq!(get(&admin, "/admin/users?after=1&x=2").await.0, StatusCode::BAD_REQUEST);
    // Guard: `bare`. A picture that is kept has nothing beside it any more.
    let photo = held(&app, &admin).await;
    let fields = [("csrf", admin.csrf.as_str()), ("reason", "it was reported")];
    let (status, page) = get(&admin, &format!("/admin/photos/{photo}")).await;
    assert!(status == StatusCode::OK && !page.contains("<img"), "{page}");
    let looked = post(&admin, &format!("/admin/photos/{photo}"), &fields).await;
    assert!(looked.body.contains("<img") && looked.body.contains("No model could look"), "{}", looked.body);
    let picture = admin.request(reqwest::Method::GET, &format!("/admin/photos/{photo}/picture"));
    let picture = visitor::send(picture).await.bytes().await.expect("bytes");
    assert!(picture.starts_with(b"\xff\xd8\xff") && picture.ends_with(b"\xff\xd9"));
    assert!(!picture.windows(WRITTEN.len()).any(|part| part == WRITTEN.as_bytes()));
    let again = token(&app, "second", Role::Moderator).await;
    let second = Visitor::log_in(&app, &again).await;
    let (status, page) = get(&second, &format!("/admin/reports/{report}")).await;
    assert!(status == StatusCode::CONFLICT && page.contains("token:owner"), "{page}");
}
