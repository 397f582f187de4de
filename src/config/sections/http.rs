//! The HTTP servers.

use crate::config::Problem;
use crate::config::check::{Hidden, Is, is_long_enough, url};
use crate::config::setting::{plain, secret};
use crate::config::sources::Layers;
use crate::settings;
use secrecy::SecretString;
use std::net::{IpAddr, SocketAddr};
use url::Url;

settings! {
    "http", "HTTP";

    /// Address of the webhook and of what a balancer asks: `/health/live`, `/health/ready`. Port 0
    /// takes a free one and says which.
    HTTP_ADDR: SocketAddr = plain("127.0.0.1:8080"),
        Is("an address with a port, such as 127.0.0.1:8080", |s| s.parse().ok());
    /// Address of `/metrics` and of the health in detail, for your monitoring only. Port 0 takes a
    /// free one.
    METRICS_ADDR: SocketAddr = plain("127.0.0.1:9464"),
        Is("an address with a port, such as 127.0.0.1:9464", |s| s.parse().ok());
    /// Addresses of your proxies, separated by commas: what they say in `X-Forwarded-For` is
    /// believed. Without it the operators' API sees a proxy where its callers are.
    TRUSTED_PROXIES: Vec<IpAddr> = plain("").like("127.0.0.1"),
        Is("addresses separated by commas, such as 127.0.0.1", |s| {
            s.split(',').map(|one| one.trim().parse().ok()).collect()
        });
    /// Where the operators' pages are, seen from outside: the address before `/admin`. The bot
    /// makes its links with it, and with https the pages' cookies are for https alone.
    PUBLIC_URL: Url = plain("").like("https://bot.example.org"),
        Is("an https or http address without a path, such as https://bot.example.org", public_url);
    /// Token of the admin pages, at least 16 characters.
    ADMIN_TOKEN: SecretString = secret().later("tokens come of `nameless token create`"),
        Hidden("at least 16 characters", is_long_enough);
}

/// The HTTP servers.
#[derive(Clone, Debug)]
pub struct Http {
    /// Address of what the world may see; port 0 takes a free one.
    pub addr: SocketAddr,
    /// Address of metrics and of the health in detail; port 0 takes a free one.
    pub metrics_addr: SocketAddr,
    /// Proxies that are believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// Where the pages are, seen from outside.
    pub public_url: Option<Url>,
    /// Token of the admin API; none: generated into the data folder.
    pub admin_token: Option<SecretString>,
}

/// Both servers on one address.
pub(in crate::config) fn clash(layers: &Layers) -> Option<Problem> {
    let (addr, metrics) = (layers.value(&HTTP_ADDR)?, layers.value(&METRICS_ADDR)?);
    (addr.port() != 0 && addr == metrics).then(|| Problem {
        variable: METRICS_ADDR.variable.name.to_owned(),
        found: Some(format!("`{metrics}`, which is HTTP_ADDR")),
        expected: "an address of its own".to_owned(),
        mend: "Take another port: metrics are not for everybody.".to_owned(),
    })
}

pub(in crate::config) fn read(layers: &Layers) -> Result<Http, Problem> {
    Ok(Http {
        addr: layers.need(&HTTP_ADDR)?,
        metrics_addr: layers.need(&METRICS_ADDR)?,
        trusted_proxies: layers.value(&TRUSTED_PROXIES).unwrap_or_default(),
        public_url: layers.value(&PUBLIC_URL),
        admin_token: layers.value(&ADMIN_TOKEN),
    })
}

/// An address that everything else is below. It is shown and logged.
fn public_url(value: &str) -> Option<Url> {
    let plain = |u: &Url| u.path() == "/" && u.query().is_none() && u.fragment().is_none();
    let no_secret = |u: &Url| u.username().is_empty() && u.password().is_none();
    url(value, &["https", "http"]).filter(|u| plain(u) && no_secret(u))
}
