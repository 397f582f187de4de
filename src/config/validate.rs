//! From texts to types. Every setting is checked before any problem is told.

use super::problem::{ConfigErrors, Problem};
use super::secret::{BotToken, HistoryKey};
use super::sources::{Layers, Raw};
use super::variables::{self, Kind, VARIABLES};
use super::{
    Config, Effective, Http, LogFormat, Logging, Pacing, Purpose, Runtime, StoreConfig, Telegram,
    WEBHOOK_PATH, Webhook, parse,
};
use nameless_domain::ids::{ChatId, UserId};
use nameless_domain::rules::Rules;
use secrecy::SecretString;
use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;
use url::Url;

/// Days that no setting of this kind exceeds; keeps sums of milliseconds far from their limits.
const YEAR: Duration = Duration::from_secs(366 * 86_400);

/// Builds the configuration, or lists everything that is wrong with it, after what is already in `problems`.
pub fn build(layers: &Layers, purpose: Purpose, problems: Vec<Problem>) -> Result<Config, ConfigErrors> {
    let mut reader = Reader { layers, problems, warnings: Vec::new() };
    let config = Config {
        telegram: telegram(&mut reader, purpose),
        store: store(&mut reader),
        http: Http {
            addr: reader
                .value("HTTP_ADDR", "an address with a port, such as 127.0.0.1:8080", |s| s.parse().ok())
                .unwrap_or_else(|| ([127, 0, 0, 1], 8080).into()),
            metrics_addr: reader
                .value("METRICS_ADDR", "an address with a port, such as 127.0.0.1:9464", |s| s.parse().ok())
                .unwrap_or_else(|| ([127, 0, 0, 1], 9464).into()),
            admin_token: reader.secret("ADMIN_TOKEN", "at least 16 characters", is_long_enough),
        },
        pacing: pacing(&mut reader),
        rules: rules(&mut reader),
        runtime: runtime(&mut reader),
        logging: logging(&mut reader),
        warnings: Vec::new(),
        effective: effective(layers),
    };
    not_in_this_version(&mut reader);
    let Http { addr, metrics_addr, .. } = &config.http;
    if metrics_addr.port() != 0 && !metrics_addr.ip().is_loopback() {
        reader.warn(
            "METRICS_ADDR is not on this machine's loopback: whoever reaches it sees how the bot is; \
             let your monitoring do so and nobody else",
        );
    }
    if addr.port() != 0 && addr == metrics_addr {
        reader.problems.push(Problem {
            variable: "METRICS_ADDR".to_owned(),
            found: Some(format!("`{metrics_addr}`, which is HTTP_ADDR")),
            expected: "an address of its own".to_owned(),
            mend: "Take another port: metrics are not for everybody.".to_owned(),
        });
    }
    for file in &layers.exposed {
        reader
            .warn(&format!("{} can be read by others and holds secrets; run: chmod 600 {0}", file.display()));
    }
    if config.rules.widen_after_ms >= config.rules.search_timeout_ms {
        reader.warn("WIDEN_AFTER is not below SEARCH_TIMEOUT: people are asked whether to go on before their search widens");
    }
    if config.store.database_url.is_some() && config.store.history_key.is_none() {
        reader.warn(
            "DATABASE_URL is set and HISTORY_KEY is not: the key of the history lies in DATA_DIR only; \
             without that folder the history cannot be read",
        );
    }
    if reader.problems.is_empty() {
        Ok(Config { warnings: reader.warnings, ..config })
    } else {
        Err(ConfigErrors(reader.problems))
    }
}

fn telegram(r: &mut Reader<'_>, purpose: Purpose) -> Telegram {
    let token = r.value("BOT_TOKEN", "digits, a colon, letters", BotToken::parse);
    if token.is_none() && r.layers.get("BOT_TOKEN").is_none() && purpose == Purpose::Serve {
        r.problems.push(Problem {
            variable: "BOT_TOKEN".to_owned(),
            found: None,
            expected: "the token of a bot".to_owned(),
            mend: "Get one from @BotFather and set BOT_TOKEN in the environment or .env. \
                   `nameless demo` needs none."
                .to_owned(),
        });
    }
    let api_url = r.value("TELEGRAM_API_URL", "an http or https address without a query", |s| {
        url(s, &["http", "https"]).filter(|u| u.query().is_none())
    });
    let expected = "an https address that ends in /webhook/telegram (http on this machine), such as \
                    https://bot.example.org/webhook/telegram";
    let hook = r.value("WEBHOOK_URL", expected, webhook_url);
    let secret = r.secret("WEBHOOK_SECRET", "16 to 256 letters, digits, - and _", |s| {
        is_long_enough(s)
            && s.len() <= 256
            && s.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
    });
    let webhook = match (hook, secret) {
        (Some(url), Some(secret)) => Some(Webhook { url: url.into(), secret }),
        (Some(_), None) if r.layers.get("WEBHOOK_SECRET").is_none() => {
            r.problems.push(Problem {
                variable: "WEBHOOK_SECRET".to_owned(),
                found: None,
                expected: "a secret, as WEBHOOK_URL is set".to_owned(),
                mend: "Make one with `openssl rand -hex 32`; without it anybody could send updates."
                    .to_owned(),
            });
            None
        }
        _ => None,
    };
    let people = "user ids, positive numbers separated by commas";
    Telegram {
        token,
        api_url: api_url.map(|u| u.as_str().trim_end_matches('/').to_owned()).unwrap_or_default(),
        poll_timeout: r.duration("POLL_TIMEOUT", Duration::ZERO..=Duration::from_secs(50)),
        webhook,
        alerts_chat: r.value("ALERTS_CHAT_ID", "the id of a chat, a number other than 0", |s| {
            s.parse().ok().filter(|id| *id != 0).map(ChatId)
        }),
        admins: r
            .value("ADMIN_USER_IDS", people, |s| {
                let ids = parse::numbers(s)?;
                ids.iter().all(|id| *id > 0).then(|| ids.into_iter().map(UserId).collect())
            })
            .unwrap_or_default(),
        locales_dir: r
            .value("LOCALES_DIR", "a folder that exists", |s| Some(PathBuf::from(s)).filter(|p| p.is_dir())),
    }
}

fn store(r: &mut Reader<'_>) -> StoreConfig {
    let database = "postgres://user:password@host:port/database, with ?sslmode=disable, prefer, require, verify-ca or \
                    verify-full at its end if need be";
    let redis = "redis://host:port, redis+sentinel://host:port,host:port/master-name or \
                 redis+cluster://host:port,host:port (rediss: with TLS)";
    StoreConfig {
        data_dir: r
            .value("DATA_DIR", "a folder, not a file", |s| Some(PathBuf::from(s)).filter(|p| !p.is_file()))
            .unwrap_or_default(),
        database_url: r.secret("DATABASE_URL", database, |s| {
            url(s, &["postgres", "postgresql"]).is_some() && crate::store::check_url(s).is_ok()
        }),
        postgres_bin: r.value("POSTGRES_BIN", "a folder with initdb and postgres in it", |s| {
            Some(PathBuf::from(s))
                .filter(|bin| bin.join("initdb").is_file() && bin.join("postgres").is_file())
        }),
        pool_size: r.count("DATABASE_POOL_SIZE", 1..=500) as u32,
        statement_timeout: r
            .duration("DATABASE_STATEMENT_TIMEOUT", Duration::from_secs(1)..=Duration::from_secs(60)),
        redis_url: r.secret("REDIS_URL", redis, |s| crate::cluster::redis::check_url(s).is_ok()),
        history_key: r.value("HISTORY_KEY", "32 bytes as 64 hex digits or as base64", HistoryKey::parse),
        history_days: r.count("HISTORY_DAYS", 1..=366) as u32,
        journal_max_bytes: r
            .value("JOURNAL_MAX_BYTES", "a size of at least 1MiB, such as 256MiB", |s| {
                parse::bytes(s).filter(|n| *n >= 1 << 20)
            })
            .unwrap_or_default(),
    }
}

fn pacing(r: &mut Reader<'_>) -> Pacing {
    Pacing {
        chat_rate: r.rate("CHAT_RATE", 0.01..=1_000.0),
        chat_burst: r.count("CHAT_BURST", 1..=1_000) as u32,
        global_rate: r.rate("GLOBAL_RATE", 0.0..=1_000_000.0),
        bulk_rate: r.rate("BULK_RATE", 0.01..=1_000.0),
        user_rate: r.rate("USER_RATE", 0.01..=1_000.0),
        user_burst: r.count("USER_BURST", 1..=10_000) as u32,
    }
}

fn rules(r: &mut Reader<'_>) -> Rules {
    let second = Duration::from_secs(1);
    let millis = |d: Duration| d.as_millis() as i64;
    Rules {
        repeat_window_ms: millis(r.duration("REPEAT_WINDOW", Duration::ZERO..=YEAR)),
        search_timeout_ms: millis(r.duration("SEARCH_TIMEOUT", second..=YEAR)),
        widen_after_ms: millis(r.duration("WIDEN_AFTER", second..=YEAR)),
        confirm_end_under_ms: millis(r.duration("CONFIRM_END_UNDER", Duration::ZERO..=YEAR)),
        ..Rules::default()
    }
}

fn runtime(r: &mut Reader<'_>) -> Runtime {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    Runtime {
        shards: if r.layers.get("SHARDS").is_some() { r.count("SHARDS", 1..=256) as usize } else { cores },
        max_in_flight: r.count("MAX_IN_FLIGHT", 100..=10_000_000) as usize,
        // An album arrives as up to ten updates: fewer permits would tear it.
        session_permits: r.count("SESSION_PERMITS", 10..=10_000) as usize,
        idle_after: r.duration("IDLE_AFTER", Duration::from_secs(1)..=YEAR),
        drain_timeout: r.duration("DRAIN_TIMEOUT", Duration::ZERO..=Duration::from_secs(3_600)),
    }
}

fn logging(r: &mut Reader<'_>) -> Logging {
    let format = |s: &str| match s {
        "pretty" => Some(LogFormat::Pretty),
        "json" => Some(LogFormat::Json),
        _ => None,
    };
    let dsn = "the DSN of a project, https://key@host/project";
    Logging {
        format: r.value("LOG_FORMAT", "pretty or json", format).unwrap_or(LogFormat::Pretty),
        filter: r
            .value("RUST_LOG", "directives such as info or info,nameless=debug", |s| {
                s.parse::<tracing_subscriber::filter::Targets>().is_ok().then(|| s.to_owned())
            })
            .unwrap_or_default(),
        sentry_dsn: r.secret("SENTRY_DSN", dsn, |s| {
            url(s, &["http", "https"]).is_some_and(|u| !u.username().is_empty())
        }),
    }
}

/// Says what is set and has no effect yet: silence would look like consent.
fn not_in_this_version(r: &mut Reader<'_>) {
    let later = [
        ("SENTRY_DSN", "this version reports errors in its log only"),
        ("ALERTS_CHAT_ID", "this version sends no alerts to a chat"),
        ("ADMIN_USER_IDS", "this version has no admin commands"),
        ("ADMIN_TOKEN", "this version has no admin pages"),
    ];
    for (name, what) in later {
        if r.layers.get(name).is_some() {
            r.warn(&format!("{name} is set, but {what}"));
        }
    }
}

fn effective(layers: &Layers) -> Vec<Effective> {
    let show = |v: &variables::Variable| match (layers.get(v.name), v.kind) {
        (None, _) => ("-".to_owned(), "not set".to_owned()),
        (Some(raw), Kind::Secret) => ("(hidden)".to_owned(), raw.source.clone()),
        (Some(raw), _) => (raw.value.clone(), raw.source.clone()),
    };
    VARIABLES
        .iter()
        .map(|v| {
            let (shown, source) = show(v);
            Effective { name: v.name, shown, source }
        })
        .collect()
}

/// Shorter secrets can be found by trying.
fn is_long_enough(secret: &str) -> bool {
    secret.len() >= 16
}

fn url(value: &str, schemes: &[&str]) -> Option<Url> {
    Url::parse(value)
        .ok()
        .filter(|u| schemes.contains(&u.scheme()) && u.host_str().is_some_and(|h| !h.is_empty()))
}

/// A webhook's address. A proxy may put something before the path. Without TLS only what stays on this machine, as a
/// local Bot API server's: anybody on the way could read everything, the secret included.
fn webhook_url(value: &str) -> Option<Url> {
    let url = url(value, &["https", "http"])?;
    let host = url.host_str()?.trim_matches(['[', ']']);
    let loopback = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    let plain = url.query().is_none() && url.fragment().is_none();
    // It is shown and logged.
    let no_secret = url.username().is_empty() && url.password().is_none();
    let fits = url.path().ends_with(WEBHOOK_PATH) && plain && no_secret;
    (fits && (url.scheme() == "https" || loopback)).then_some(url)
}

/// Reads values and notes what is wrong with them. After a problem a stand-in is returned: the configuration as
/// a whole is refused then, so it is never used.
struct Reader<'a> {
    layers: &'a Layers,
    problems: Vec<Problem>,
    warnings: Vec<String>,
}

impl Reader<'_> {
    fn warn(&mut self, warning: &str) {
        self.warnings.push(warning.to_owned());
    }

    /// A value that `read` understands; none if it is not set or not understood.
    fn value<T>(&mut self, name: &str, expected: &str, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let raw = self.layers.get(name)?;
        let value = read(&raw.value);
        if value.is_none() {
            self.problems.push(refused(name, raw, expected));
        }
        value
    }

    fn secret(
        &mut self,
        name: &str,
        expected: &str,
        fits: impl FnOnce(&str) -> bool,
    ) -> Option<SecretString> {
        self.value(name, expected, |s| fits(s).then(|| SecretString::from(s)))
    }

    fn duration(&mut self, name: &str, range: RangeInclusive<Duration>) -> Duration {
        let expected = format!(
            "a duration from {:?} to {:?}, such as 500ms, 30s, 10m, 24h, 7d",
            range.start(),
            range.end()
        );
        self.value(name, &expected, |s| parse::duration(s).filter(|d| range.contains(d))).unwrap_or_default()
    }

    fn count(&mut self, name: &str, range: RangeInclusive<u64>) -> u64 {
        let expected = format!("a whole number from {} to {}", range.start(), range.end());
        self.value(name, &expected, |s| s.parse().ok().filter(|n| range.contains(n))).unwrap_or_default()
    }

    fn rate(&mut self, name: &str, range: RangeInclusive<f64>) -> f64 {
        let expected = format!("a number per second from {} to {}", range.start(), range.end());
        self.value(name, &expected, |s| parse::number(s).filter(|n| range.contains(n))).unwrap_or_default()
    }
}

fn refused(name: &str, raw: &Raw, expected: &str) -> Problem {
    let variable = variables::find(name);
    let secret = variable.is_none_or(|v| v.kind == Kind::Secret);
    let mend = match variable.map(|v| v.default) {
        Some(default) if !default.is_empty() => format!("Change it, or remove it for the default {default}."),
        _ => "Change it, or remove it.".to_owned(),
    };
    Problem {
        variable: name.to_owned(),
        found: Some(if secret {
            format!("something else in {} (not shown: it is a secret)", raw.source)
        } else {
            format!("`{}` in {}", raw.value, raw.source)
        }),
        expected: expected.to_owned(),
        mend,
    }
}
