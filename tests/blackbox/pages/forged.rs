//! Cookies, form tokens, origins, links and tokens that are made up, altered or used again: none of
//! them lets in, and none of them breaks anything.

use super::visitor::{Visitor, send, token};
use crate::support::app::{Options, TestApp, spawn_app};
use nameless_domain::capabilities::admin::Role;
use reqwest::header::{COOKIE, ORIGIN};
use reqwest::{Method, StatusCode};

/// Attempts in `make test`, and in `make soak`.
fn attempts() -> u32 {
    if std::env::var_os("NAMELESS_SOAK").is_some() { 100_000 } else { 3_000 }
}

/// A generator of its own: what is sent depends on the seed alone.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed ^ (mixed >> 27)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    /// As a secret looks.
    fn secret(&mut self) -> String {
        const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        (0..43).map(|_| char::from(LETTERS[self.below(LETTERS.len())])).collect()
    }

    /// A good one, altered: a letter changed, cut off, added, in another case.
    fn altered(&mut self, good: &str) -> String {
        let mut bytes = good.as_bytes().to_vec();
        let at = self.below(bytes.len());
        match self.below(4) {
            0 => bytes[at] = if bytes[at] == b'x' { b'y' } else { b'x' },
            1 => bytes.truncate(at),
            2 => bytes.insert(at, b'Q'),
            _ => return good.chars().rev().collect(),
        }
        String::from_utf8(bytes).expect("ASCII")
    }
}

/// Somebody whose session has ended.
async fn gone(app: &TestApp) -> Visitor {
    let visitor = Visitor::of_name(app, "gone", Role::Owner).await;
    let fields = [("csrf", visitor.csrf.as_str())];
    assert_eq!(super::post(&visitor, "/admin/logout", &fields).await.status, StatusCode::SEE_OTHER);
    visitor
}

#[tokio::test]
async fn nothing_forged_lets_in() {
    let app = spawn_app(Options::default().with("TRUSTED_PROXIES", "127.0.0.1"));
    let seed: u64 = std::env::var("KILL_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(20_261_128);
    println!("KILL_SEED={seed}");
    let mut chance = Chance(seed);
    // Several, as each may ask for so much in a second.
    let mut owners = Vec::new();
    for n in 0..12 {
        owners.push(Visitor::of_name(&app, &format!("owner-{n}"), Role::Owner).await);
    }
    let other = Visitor::of_name(&app, "other", Role::Owner).await;
    let gone = gone(&app).await;
    let bearer = token(&app, "bearer", Role::Owner).await;
    let before = app.count("admin_acts");
    for n in 0..attempts() {
        // Each from an address of its own, so that it is not the lock-out that answers.
        let address = format!("10.{}.{}.{}", n >> 16 & 255, n >> 8 & 255, n & 255);
        let good = &owners[n as usize % owners.len()];
        let secret = good.cookie.split_once('=').expect("a cookie").1;
        let cookie = |value: &str| format!("nameless_session={value}");
        let evil = ["https://evil.example", "null", "", "http://127.0.0.1", "http://127.0.0.1:1"];
        let (kind, place) = (chance.below(10), "/admin/users/9/ban");
        let ban = |csrf: &str| vec![("csrf", csrf.to_owned()), ("key", format!("k{n}"))];
        let (method, path, cookies, origin, fields) = match kind {
            // Cookies: made up, altered, of a session that is over, another's form token, two at
            // once.
            0 => (Method::GET, "/admin", cookie(&chance.secret()), None, vec![]),
            1 => (Method::GET, "/admin", cookie(&chance.altered(secret)), None, vec![]),
            2 => (Method::GET, "/admin", gone.cookie.clone(), None, vec![]),
            3 => (
                Method::GET,
                "/admin",
                format!("{}; {}", good.cookie, cookie(&chance.secret())),
                None,
                vec![],
            ),
            // Forms of a good session: with a token that is made up, altered, another's; from
            // elsewhere.
            4 => (Method::POST, place, good.cookie.clone(), Some(good.origin.clone()), ban(&chance.secret())),
            5 => {
                let csrf = chance.altered(&good.csrf);
                (Method::POST, place, good.cookie.clone(), Some(good.origin.clone()), ban(&csrf))
            }
            6 => (Method::POST, place, good.cookie.clone(), Some(good.origin.clone()), ban(&other.csrf)),
            7 => {
                let origin = evil[chance.below(evil.len())].to_owned();
                let origin = Some(origin).filter(|origin| !origin.is_empty());
                (Method::POST, place, good.cookie.clone(), origin, ban(&good.csrf))
            }
            // Credentials: links and tokens.
            8 => {
                let fields = vec![("link", chance.secret())];
                (Method::POST, "/admin/login", String::new(), Some(good.origin.clone()), fields)
            }
            _ => {
                let fields = vec![("token", chance.altered(&bearer))];
                (Method::POST, "/admin/login", String::new(), Some(good.origin.clone()), fields)
            }
        };
        let mut request = good.client.request(method, format!("{}{path}", good.base));
        request = request.header(COOKIE, cookies).header("x-forwarded-for", &address);
        if let Some(origin) = &origin {
            request = request.header(ORIGIN, origin);
        }
        if !fields.is_empty() {
            request = request.form(&fields);
        }
        let response = send(request).await;
        let (status, set) = (response.status(), response.headers().get("set-cookie").cloned());
        let let_in = set.is_some_and(|set| !set.to_str().unwrap_or_default().contains("Max-Age=0"));
        // Two cookies of a name are none, and whoever has none is sent to log in. Limits may
        // answer, too.
        let turned_away = match kind {
            3 => status == StatusCode::SEE_OTHER,
            4..=7 => [StatusCode::FORBIDDEN, StatusCode::TOO_MANY_REQUESTS].contains(&status),
            _ => [StatusCode::UNAUTHORIZED, StatusCode::TOO_MANY_REQUESTS, StatusCode::SEE_OTHER]
                .contains(&status),
        };
        assert!(turned_away && !let_in, "attempt {n} of kind {kind}: {status}");
    }
    assert_eq!(app.count("admin_acts"), before, "nothing was carried out");
    assert_eq!(super::get(&other, "/admin").await.0, StatusCode::OK, "a good one still is");
}

/// One address that guesses is locked out, and a form from it is not even read.
#[tokio::test]
async fn who_guesses_is_locked_out() {
    let app = spawn_app(Options::default());
    let stranger = Visitor::stranger(&app, &format!("http://{}", app.http));
    let mut locked = 0;
    for n in 0..60 {
        let guess = format!("nameless_{n}");
        let sent = super::post(&stranger, "/admin/login", &[("token", &guess)]).await;
        match sent.status {
            StatusCode::UNAUTHORIZED => {}
            StatusCode::TOO_MANY_REQUESTS => locked += 1,
            other => panic!("{other}"),
        }
    }
    assert!(locked >= 30, "{locked}");
}
