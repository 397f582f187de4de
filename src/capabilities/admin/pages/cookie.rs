//! Cookies: opaque values and words of the program's own, so nothing in them has to be quoted.

use actix_web::HttpRequest;
use actix_web::http::header::COOKIE;

/// The session.
pub(super) const SESSION: &str = "nameless_session";

/// The value of a cookie. Of two of the same name neither counts: somebody put one there.
pub(super) fn read(request: &HttpRequest, name: &str) -> Option<String> {
    let sent = request.headers().get_all(COOKIE).filter_map(|value| value.to_str().ok());
    let mut found = sent
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(key, _)| *key == name);
    let (_, value) = found.next()?;
    (found.next().is_none() && value.len() <= 100).then(|| value.to_owned())
}

/// A `Set-Cookie` line: for the pages alone, never for scripts, never across sites.
pub(super) fn set(name: &str, value: &str, seconds: u64, secure: bool) -> String {
    let secure = if secure { "; Secure" } else { "" };
    format!("{name}={value}; Path=/admin; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn a_cookie_that_is_there_twice_is_none() {
        let of = |header: &str| {
            let request = TestRequest::default().insert_header((COOKIE, header)).to_http_request();
            read(&request, "a")
        };
        assert_eq!(of("b=2; a=1"), Some("1".into()));
        for none in ["", "a", "b=a=1", "a=1; a=2", "A=1", &format!("a={}", "x".repeat(101))] {
            assert_eq!(of(none), None, "{none}");
        }
        assert!(set("a", "b", 5, true).ends_with("HttpOnly; SameSite=Strict; Secure"));
    }
}
