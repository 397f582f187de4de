//! `REDIS_URL`: one server, a master found by Sentinel, or a Cluster.
//!
//! | Form | What |
//! | --- | --- |
//! | `redis://[user:password@]host[:6379][/db]` | one server |
//! | `redis+sentinel://[user:password@]h1[:26379],h2/master-name[/db]` | the Sentinels' master |
//! | `redis+cluster://[user:password@]h1[:6379],h2` | a Cluster, found through any of these nodes |
//!
//! `rediss` in place of `redis` is TLS. The database may also be given as `?db=0`. User and
//! password are those of the data servers; the Sentinels' own are `?sentinel_username=` and
//! `?sentinel_password=`. Special characters are percent-encoded. It is the syntax of Python's
//! `limits` and `redis-sentinel-url`.

use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo};
use url::Url;

/// Where Redis is. Holds the password, so it has no `Debug`.
#[derive(Clone)]
pub(super) enum Address {
    /// One server.
    Single(Box<ConnectionInfo>),
    /// The master that the Sentinels name.
    Sentinel(Box<Sentinel>),
    /// A Cluster, by some of its nodes.
    Cluster(Vec<ConnectionInfo>),
}

/// A master behind Sentinels.
#[derive(Clone)]
pub(super) struct Sentinel {
    /// The Sentinels.
    pub sentinels: Vec<ConnectionAddr>,
    /// The name that they know the master by.
    pub master: String,
    /// User, password and database of the data servers; its address means nothing.
    pub node: ConnectionInfo,
    /// Whether all of them speak TLS.
    pub tls: bool,
    /// The Sentinels' own user.
    pub username: Option<String>,
    /// The Sentinels' own password.
    pub password: Option<String>,
}

/// Reads a URL; says what is wrong without quoting it.
pub(super) fn parse(url: &str) -> Result<Address, &'static str> {
    let (scheme, rest) = url.split_once("://").ok_or("there is no scheme such as redis://")?;
    let (scheme, kind) = scheme.split_once('+').unwrap_or((scheme, ""));
    if !matches!(scheme, "redis" | "rediss") {
        return Err("the scheme is neither redis nor rediss");
    }
    if rest.contains('#') {
        return Err("there is a `#`; in a password it is written %23");
    }
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (login, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));
    let query = Query::parse(query)?;
    let default_port = if kind == "sentinel" { 26379 } else { 6379 };
    let node = |host: &str, db: i64| info(scheme, login, host, default_port, db);
    let hosts: Vec<&str> = hosts.split(',').collect();
    if kind != "sentinel" && (query.username.is_some() || query.password.is_some()) {
        return Err("sentinel_username and sentinel_password are for redis+sentinel");
    }
    match kind {
        "" => match hosts[..] {
            [host] => Ok(Address::Single(Box::new(node(host, database(path, query.db)?)?))),
            _ => Err("several hosts need redis+sentinel or redis+cluster"),
        },
        "sentinel" => {
            let (master, db) = path.split_once('/').unwrap_or((path, ""));
            let named = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
            if master.is_empty() || !master.chars().all(named) {
                return Err("the name of the master is missing after the Sentinels: /master-name");
            }
            let db = database(db, query.db)?;
            let sentinels = hosts.iter().map(|host| Ok(node(host, 0)?.addr().clone()));
            Ok(Address::Sentinel(Box::new(Sentinel {
                sentinels: sentinels.collect::<Result<_, &'static str>>()?,
                master: master.to_owned(),
                node: node(hosts[0], db)?,
                tls: scheme == "rediss",
                username: query.username,
                password: query.password,
            })))
        }
        "cluster" => match database(path, query.db)? {
            0 => Ok(Address::Cluster(hosts.iter().map(|host| node(host, 0)).collect::<Result<_, _>>()?)),
            _ => Err("a Cluster has the database 0 only"),
        },
        _ => Err("after the + only sentinel and cluster are known"),
    }
}

/// One server; the driver decodes what is percent-encoded.
fn info(
    scheme: &str,
    login: &str,
    host: &str,
    default_port: u16,
    db: i64,
) -> Result<ConnectionInfo, &'static str> {
    let has_port = host.rsplit_once(':').is_some_and(|(_, port)| !port.contains(']'));
    let at = if login.is_empty() { "" } else { "@" };
    let port = if has_port { String::new() } else { format!(":{default_port}") };
    let url = format!("{scheme}://{login}{at}{host}{port}/{db}");
    let sane =
        Url::parse(&url).is_ok_and(|u| u.host_str().is_some_and(|h| !h.is_empty()) && u.port() != Some(0));
    let info = url.into_connection_info().ok().filter(|_| sane);
    info.ok_or("a host is not written as host:port, or the user or the password needs percent-encoding")
}

fn database(path: &str, query: Option<i64>) -> Result<i64, &'static str> {
    let number = |text: &str| text.parse().ok().filter(|db| (0..=9_999).contains(db));
    match (path, query) {
        ("", db) => Ok(db.unwrap_or(0)),
        (path, None) => number(path).ok_or("the database after the / is not a number"),
        (_, Some(_)) => Err("the database is given twice"),
    }
}

#[derive(Default)]
struct Query {
    db: Option<i64>,
    username: Option<String>,
    password: Option<String>,
}

impl Query {
    fn parse(text: &str) -> Result<Query, &'static str> {
        let mut query = Query::default();
        let url =
            Url::parse(&format!("redis://host/?{text}")).map_err(|_| "what follows the ? is not valid")?;
        for (key, value) in url.query_pairs() {
            match &*key {
                "db" => query.db = Some(database(&value, None)?),
                "sentinel_username" => query.username = Some(value.into_owned()),
                "sentinel_password" => query.password = Some(value.into_owned()),
                _ => return Err("after the ? only db, sentinel_username and sentinel_password are known"),
            }
        }
        Ok(query)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tcp(info: &ConnectionInfo) -> (String, u16, bool) {
        match info.addr() {
            ConnectionAddr::Tcp(host, port) => (host.clone(), *port, false),
            ConnectionAddr::TcpTls { host, port, .. } => (host.clone(), *port, true),
            _ => panic!("no TCP address"),
        }
    }

    #[test]
    fn single() {
        let table = [
            ("redis://localhost", ("localhost", 6379, false), 0),
            ("redis://10.0.0.1:7000/3", ("10.0.0.1", 7000, false), 3),
            ("rediss://redis.example:7000?db=2", ("redis.example", 7000, true), 2),
            ("redis://[::1]:7000", ("::1", 7000, false), 0),
            ("redis://[::1]", ("::1", 6379, false), 0),
        ];
        for (url, (host, port, tls), db) in table {
            let Ok(Address::Single(info)) = parse(url) else { panic!("{url}") };
            assert_eq!(tcp(&info), (host.to_owned(), port, tls), "{url}");
            assert_eq!(info.redis_settings().db(), db, "{url}");
        }
    }

    #[test]
    fn user_and_password_are_decoded() {
        let Ok(Address::Single(info)) = parse("redis://me:p%40ss%2Fw@localhost:1") else { panic!() };
        assert_eq!(info.redis_settings().username(), Some("me"));
        assert_eq!(info.redis_settings().password(), Some("p@ss/w"));
    }

    #[test]
    fn sentinel() {
        let url = "redis+sentinel://:secret@one:1,two/my-master.1/4?sentinel_password=a%26b";
        let Ok(Address::Sentinel(found)) = parse(url) else { panic!() };
        assert_eq!(found.master, "my-master.1");
        assert_eq!(found.sentinels.len(), 2);
        assert!(matches!(&found.sentinels[1], ConnectionAddr::Tcp(host, 26379) if host == "two"));
        assert_eq!(found.node.redis_settings().password(), Some("secret"));
        assert_eq!(found.node.redis_settings().db(), 4);
        assert_eq!(found.password.as_deref(), Some("a&b"));
        let Ok(Address::Sentinel(found)) = parse("rediss+sentinel://one,two/m?db=5") else { panic!() };
        assert!(found.tls && found.node.redis_settings().db() == 5);
    }

    #[test]
    fn cluster() {
        let Ok(Address::Cluster(nodes)) = parse("redis+cluster://me:pw@one:1,two:2,three") else { panic!() };
        let hosts: Vec<_> = nodes.iter().map(tcp).collect();
        let wanted =
            [("one", 1), ("two", 2), ("three", 6379)].map(|(host, port)| (host.to_owned(), port, false));
        assert_eq!(hosts, wanted);
        assert!(nodes.iter().all(|node| node.redis_settings().password() == Some("pw")));
    }

    #[test]
    fn what_is_wrong_is_said_and_never_quoted() {
        for url in [
            "localhost:6379",
            "http://hunter2",
            "redis://",
            "redis://hunter2@",
            "redis://host:hunter2",
            "redis://host:0",
            "redis://host/hunter2",
            "redis://host/-1",
            "redis://host/1?db=1",
            "redis://host?hunter2=1",
            "redis://host?sentinel_password=hunter2",
            "redis://:hunter2#@host",
            "redis://one,two",
            "redis+tube://hunter2@host",
            "redis+sentinel://one,two",
            "redis+sentinel://one,two/",
            "redis+sentinel://one,two/a b",
            "redis+sentinel://one,,two/m",
            "redis+cluster://one:1,two:hunter2",
            "redis+cluster://one/1",
            "redis+cluster://",
        ] {
            let Err(why) = parse(url) else { panic!("{url} is accepted") };
            assert!(!why.contains("hunter2"), "{why}");
        }
    }
}
