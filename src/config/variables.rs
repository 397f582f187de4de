//! Every setting in one table: what it is called, where it belongs, what it is unless said otherwise.
//!
//! `config/base.toml`, `.env.example` and the README's table are compared with this one by a test, so a
//! setting that is added here and nowhere else does not pass.

/// One setting. In the environment it goes by [`Variable::name`]; in a configuration file by the same name in
/// lower case under `[section]`.
#[derive(Clone, Copy, Debug)]
pub struct Variable {
    /// Name in the environment.
    pub name: &'static str,
    /// Section of the configuration files.
    pub section: &'static str,
    /// Whether its value may be shown, and where it may come from.
    pub kind: Kind,
    /// The built-in value; empty when there is none.
    pub default: &'static str,
}

/// How a setting's value is to be treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// May stand in a configuration file and be shown.
    Plain,
    /// Never shown, and refused in configuration files: those are committed and copied around.
    Secret,
    /// Says which files are read, hence cannot stand in one of them.
    Bootstrap,
}

impl Variable {
    /// Its key in a configuration file.
    pub fn key(&self) -> String {
        self.name.to_ascii_lowercase()
    }
}

/// The setting of this name in the environment.
pub fn find(name: &str) -> Option<&'static Variable> {
    VARIABLES.iter().find(|v| v.name == name)
}

/// The setting whose name is so close to `name` that a slip is likely: at most two letters differ.
pub fn resembling(name: &str) -> Option<&'static Variable> {
    let name = name.to_ascii_uppercase();
    VARIABLES
        .iter()
        .map(|v| (edit_distance(&name, v.name), v))
        .filter(|(distance, v)| *distance <= 2.min(v.name.len() / 4))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, v)| v)
}

/// Letters to insert, drop or change to make one of the other.
fn edit_distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let change = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[b.len()]
}

const fn plain(section: &'static str, name: &'static str, default: &'static str) -> Variable {
    Variable { name, section, kind: Kind::Plain, default }
}

const fn secret(section: &'static str, name: &'static str) -> Variable {
    Variable { name, section, kind: Kind::Secret, default: "" }
}

const fn bootstrap(name: &'static str, default: &'static str) -> Variable {
    Variable { name, section: "", kind: Kind::Bootstrap, default }
}

/// Every setting.
pub const VARIABLES: [Variable; 40] = [
    bootstrap("NAMELESS_ENV", ""),
    bootstrap("NAMELESS_CONFIG_DIR", "config"),
    secret("telegram", "BOT_TOKEN"),
    plain("telegram", "TELEGRAM_API_URL", "https://api.telegram.org"),
    plain("telegram", "POLL_TIMEOUT", "25s"),
    plain("telegram", "WEBHOOK_URL", ""),
    secret("telegram", "WEBHOOK_SECRET"),
    plain("telegram", "ALERTS_CHAT_ID", ""),
    plain("telegram", "ADMIN_USER_IDS", ""),
    plain("telegram", "LOCALES_DIR", ""),
    plain("store", "DATA_DIR", "./data"),
    secret("store", "DATABASE_URL"),
    plain("store", "POSTGRES_BIN", ""),
    plain("store", "DATABASE_POOL_SIZE", "8"),
    plain("store", "DATABASE_STATEMENT_TIMEOUT", "10s"),
    secret("store", "REDIS_URL"),
    secret("store", "HISTORY_KEY"),
    plain("store", "HISTORY_DAYS", "30"),
    plain("store", "JOURNAL_MAX_BYTES", "256MiB"),
    plain("http", "HTTP_ADDR", "127.0.0.1:8080"),
    plain("http", "METRICS_ADDR", "127.0.0.1:9464"),
    secret("http", "ADMIN_TOKEN"),
    plain("pacing", "CHAT_RATE", "1"),
    plain("pacing", "CHAT_BURST", "20"),
    plain("pacing", "GLOBAL_RATE", "0"),
    plain("pacing", "BULK_RATE", "25"),
    plain("pacing", "USER_RATE", "5"),
    plain("pacing", "USER_BURST", "30"),
    plain("rules", "REPEAT_WINDOW", "24h"),
    plain("rules", "SEARCH_TIMEOUT", "120s"),
    plain("rules", "WIDEN_AFTER", "30s"),
    plain("rules", "CONFIRM_END_UNDER", "10s"),
    plain("runtime", "SHARDS", ""),
    plain("runtime", "MAX_IN_FLIGHT", "20000"),
    plain("runtime", "SESSION_PERMITS", "32"),
    plain("runtime", "IDLE_AFTER", "10m"),
    plain("runtime", "DRAIN_TIMEOUT", "4s"),
    plain("logging", "LOG_FORMAT", "pretty"),
    plain("logging", "RUST_LOG", "info"),
    secret("logging", "SENTRY_DSN"),
];
