//! A project's address: `https://KEY@HOST[/PATH]/PROJECT`.

use secrecy::{ExposeSecret, SecretString};
use url::Url;

/// Where envelopes go, and what lets them in. It cannot be printed.
pub struct Dsn {
    /// Where to.
    pub(super) address: SecretString,
    /// The header `X-Sentry-Auth`.
    pub(super) auth: SecretString,
}

impl Dsn {
    /// Reads one; none of what is not one.
    pub fn parse(text: &SecretString) -> Option<Dsn> {
        let mut url = Url::parse(text.expose_secret()).ok()?;
        let key = url.username().to_owned();
        let path = url.path().trim_end_matches('/').to_owned();
        let (before, project) = path.rsplit_once('/')?;
        let is_word =
            |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        if !["http", "https"].contains(&url.scheme())
            || !is_word(&key)
            || !is_word(project)
            || url.query().is_some()
        {
            return None;
        }
        url.host_str()?;
        url.set_username("").ok()?;
        url.set_password(None).ok()?;
        url.set_path(&format!("{before}/api/{project}/envelope/"));
        let client = concat!("nameless/", env!("CARGO_PKG_VERSION"));
        let auth = format!("Sentry sentry_version=7, sentry_client={client}, sentry_key={key}");
        Some(Dsn { address: url.to_string().into(), auth: auth.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_by_table() {
        let of = |text: &str| Dsn::parse(&text.to_owned().into());
        let good = of("https://abc1:old@sentry.example.org:9000/under/42").expect("one");
        assert_eq!(good.address.expose_secret(), "https://sentry.example.org:9000/under/api/42/envelope/");
        assert!(good.auth.expose_secret().ends_with("sentry_key=abc1"));
        assert_eq!(
            of("http://k@[::1]/7").expect("one").address.expose_secret(),
            "http://[::1]/api/7/envelope/"
        );
        for bad in [
            "",
            "https://host/1",
            "https://k@host",
            "https://k@host/",
            "ftp://k@host/1",
            "https://k@host/1?x=1",
        ] {
            assert!(of(bad).is_none(), "{bad}");
        }
    }
}
