//! The bot's side of Telegram.

mod pools;

use crate::config::check::{FOLDER, Hidden, Is, Within, is_long_enough, url};
use crate::config::setting::{plain, secret};
use crate::config::sources::Layers;
use crate::config::{BotToken, Problem, Purpose};
use crate::settings;
use nameless_domain::capabilities::admin::Role;
use nameless_domain::ids::{ChatId, UserId};
use secrecy::SecretString;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;
use url::Url;

pub use pools::BotPools;

/// Where the HTTP server takes updates; the path of `WEBHOOK_URL` ends so.
pub const WEBHOOK_PATH: &str = "/webhook/telegram";

settings! {
    "telegram", "Telegram";

    /// Token of the bot, from @BotFather. `nameless serve` cannot start without it or `BOT_TOKENS`.
    BOT_TOKEN: BotToken = secret().needed(), Is("digits, a colon, letters", BotToken::parse);
    /// Further bots of the same operator, as `label=token`, separated by commas
    /// (docs/several-bots.md). A label has letters, digits, `-`, `_`.
    BOT_TOKENS: Vec<NamedBot> = secret(),
        Is(
            "label=token, separated by commas, no label and no bot twice, \
             32 bots at most with that of BOT_TOKEN",
            named,
        );
    /// Which bots share their people: `shared` (all), `apart` (none), or pools by label (`main` is
    /// the bot of `BOT_TOKEN`), such as `main+moscow,night`. People of two pools never meet.
    BOT_POOLS: BotPools = plain("shared"),
        Is("shared, apart, or pools of labels such as main+moscow,night, none of them empty", BotPools::parse);
    /// Server that speaks the Bot API: Telegram's, a local one, or a simulator.
    TELEGRAM_API_URL: Url = plain("https://api.telegram.org"),
        Is("an http or https address without a query", |s| {
            url(s, &["http", "https"]).filter(|u| u.query().is_none())
        });
    /// How long one `getUpdates` waits for the first update. Telegram allows 50s.
    POLL_TIMEOUT: Duration = plain("25s"), Within(Duration::ZERO..=Duration::from_secs(50));
    /// Webhook instead of polling: a public https address that ends in `/webhook/telegram`. Needs
    /// `WEBHOOK_SECRET`.
    WEBHOOK_URL: Url = plain("").like("https://bot.example.org/webhook/telegram"), Is(
        "an https address that ends in /webhook/telegram (http on this machine), such as \
         https://bot.example.org/webhook/telegram",
        webhook_url,
    );
    /// What Telegram must send along with a webhook: 16 to 256 of `A-Za-z0-9_-`, such as
    /// `openssl rand -hex 32` makes.
    WEBHOOK_SECRET: SecretString = secret(), Hidden("16 to 256 letters, digits, - and _", |s| {
        let letters = s.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b));
        is_long_enough(s) && s.len() <= 256 && letters
    });
    /// Group in which the operators give commands (`help` lists them).
    ALERTS_CHAT_ID: ChatId = plain("").like("-1000000000000"),
        Is("the id of a group, a negative number", |s| {
            s.parse().ok().filter(|id| *id < 0).map(ChatId)
        });
    /// How long something must be wrong (the database away, a full disk, crashes) before the bot
    /// says so in the alerts chat, and right again before it says that. It says nothing more often.
    ALERT_AFTER: Duration = plain("60s"), Within(Duration::from_secs(1)..=Duration::from_secs(3_600));
    /// User ids of the operators, separated by commas, each with its role: `viewer`, `moderator`,
    /// `admin` or `owner`. Without one it is `moderator`.
    ADMIN_USER_IDS: Vec<(UserId, Role)> = plain("").like("111:owner,222:moderator"),
        Is("user ids with roles, such as 111:owner,222:moderator", |s| {
            s.split(',').map(|one| operator(one.trim())).collect()
        });
    /// Whether a second owner has to agree within a day before a person is erased or a payment
    /// given back: `on` or `off`. The request is told in the alerts chat and stands on the pages.
    ADMIN_SECOND_OWNER: bool = plain("off"), Is("on or off", |s| match s {
        "on" => Some(true),
        "off" => Some(false),
        _ => None,
    });
    /// Folder with texts that replace the bot's own, such as `ru.ftl` and `en.ftl`. They may hold
    /// only what differs.
    LOCALES_DIR: PathBuf = plain("").like("locales"), FOLDER;
}

/// The bot's side of Telegram.
#[derive(Clone, Debug)]
pub struct Telegram {
    /// The main bot's token; there for [`Purpose::Serve`].
    pub token: Option<BotToken>,
    /// The main bot's name in logs, where there are others.
    pub label: String,
    /// The other bots.
    pub others: Vec<NamedBot>,
    /// Which of all these share their people.
    pub pools: BotPools,
    /// Base URL of the Bot API, without a slash at its end.
    pub api_url: String,
    /// How long a getUpdates waits for the first update.
    pub poll_timeout: Duration,
    /// Webhook instead of polling.
    pub webhook: Option<Webhook>,
    /// Chat that alerts go to.
    pub alerts_chat: Option<ChatId>,
    /// How long something must be wrong before they are told.
    pub alert_after: Duration,
    /// The operators.
    pub admins: Vec<(UserId, Role)>,
    /// A second owner has to agree to what nobody can bring back.
    pub second_owner: bool,
    /// Folder with changed texts.
    pub locales_dir: Option<PathBuf>,
}

/// One of several bots.
#[derive(Clone, Debug)]
pub struct NamedBot {
    /// What logs and health call it.
    pub label: String,
    /// Its token.
    pub token: BotToken,
}

impl Telegram {
    /// All bots, the main one first; none without a token.
    pub fn bots(&self) -> Vec<NamedBot> {
        let main = self.token.clone().map(|token| NamedBot { label: self.label.clone(), token });
        main.into_iter().chain(self.others.iter().cloned()).collect()
    }
}

/// Where Telegram delivers updates.
#[derive(Clone, Debug)]
pub struct Webhook {
    /// Public address.
    pub url: String,
    /// What Telegram must send along.
    pub secret: SecretString,
}

/// What is missing: a token to serve with, a secret beside a webhook's address.
pub(in crate::config) fn missing(layers: &Layers, purpose: Purpose) -> Vec<Problem> {
    let mut problems = Vec::new();
    if purpose == Purpose::Serve && !layers.has(&BOT_TOKEN) && !layers.has(&BOT_TOKENS) {
        problems.push(Problem {
            variable: BOT_TOKEN.variable.name.to_owned(),
            found: None,
            expected: "the token of a bot".to_owned(),
            mend: "Get one from @BotFather and set BOT_TOKEN in the environment or .env. \
                   `nameless demo` needs none."
                .to_owned(),
        });
    }
    let (main, others) = (layers.value(&BOT_TOKEN), layers.value(&BOT_TOKENS));
    if let (Some(main), Some(others)) = (&main, &others)
        && others.iter().any(|other| other.token.bot_id() == main.bot_id() || other.label == MAIN)
    {
        problems.push(Problem {
            variable: BOT_TOKENS.variable.name.to_owned(),
            found: None,
            expected: format!("bots beside the one of BOT_TOKEN, none of them called {MAIN}"),
            mend: "Name each bot once: in BOT_TOKEN, or in BOT_TOKENS under a label of its own.".to_owned(),
        });
    }
    if main.is_some()
        && others.is_some_and(|others| others.len() == MOST_BOTS)
        && let Some(raw) = layers.get(BOT_TOKENS.variable.name)
    {
        problems.push(Problem::refused(&BOT_TOKENS, raw));
    }
    problems.extend(pools::problem(layers));
    if layers.value(&WEBHOOK_URL).is_some() && !layers.has(&WEBHOOK_SECRET) {
        problems.push(Problem {
            variable: WEBHOOK_SECRET.variable.name.to_owned(),
            found: None,
            expected: "a secret, as WEBHOOK_URL is set".to_owned(),
            mend: "Make one with `openssl rand -hex 32`; without it anybody could send updates.".to_owned(),
        });
    }
    problems
}

pub(in crate::config) fn read(layers: &Layers) -> Result<Telegram, Problem> {
    let hook = layers.value(&WEBHOOK_URL).zip(layers.value(&WEBHOOK_SECRET));
    let mut others = layers.value(&BOT_TOKENS).unwrap_or_default();
    let main = match layers.value(&BOT_TOKEN) {
        Some(token) => Some(NamedBot { label: MAIN.to_owned(), token }),
        None if others.is_empty() => None,
        None => Some(others.remove(0)),
    };
    let (label, token) = main.map(|main| (main.label, main.token)).unzip();
    Ok(Telegram {
        token,
        label: label.unwrap_or_else(|| MAIN.to_owned()),
        others,
        pools: layers.need(&BOT_POOLS)?,
        api_url: layers.need(&TELEGRAM_API_URL)?.as_str().trim_end_matches('/').to_owned(),
        poll_timeout: layers.need(&POLL_TIMEOUT)?,
        webhook: hook.map(|(url, secret)| Webhook { url: url.into(), secret }),
        alerts_chat: layers.value(&ALERTS_CHAT_ID),
        alert_after: layers.need(&ALERT_AFTER)?,
        admins: layers.value(&ADMIN_USER_IDS).unwrap_or_default(),
        second_owner: layers.need(&ADMIN_SECOND_OWNER)?,
        locales_dir: layers.value(&LOCALES_DIR),
    })
}

/// What the bot of `BOT_TOKEN` is called among several.
const MAIN: &str = "main";
/// Bots of one operator at a time, the main one among them.
const MOST_BOTS: usize = 32;
/// Letters of a label.
const LABEL: usize = 32;

/// Bots with their labels.
fn named(text: &str) -> Option<Vec<NamedBot>> {
    let mut bots: Vec<NamedBot> = Vec::new();
    for one in text.split([',', '\n']).map(str::trim).filter(|one| !one.is_empty()) {
        let (label, token) = one.split_once('=')?;
        let (label, token) = (label.trim(), BotToken::parse(token.trim())?);
        let twice = bots.iter().any(|bot| bot.label == label || bot.token.bot_id() == token.bot_id());
        if !is_label(label) || twice || bots.len() == MOST_BOTS {
            return None;
        }
        bots.push(NamedBot { label: label.to_owned(), token });
    }
    (!bots.is_empty()).then_some(bots)
}

fn is_label(text: &str) -> bool {
    let letters = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b));
    letters && (1..=LABEL).contains(&text.len())
}

/// An operator: an id, perhaps with a role.
fn operator(text: &str) -> Option<(UserId, Role)> {
    let (id, role) = text.split_once(':').unwrap_or((text, Role::Moderator.name()));
    let id = id.parse().ok().filter(|id| *id > 0)?;
    Some((UserId(id), Role::from_name(role)?))
}

/// A webhook's address. A proxy may put something before the path. Without TLS only what stays on
/// this machine, as a local Bot API server's: anybody on the way could read everything, the secret
/// included.
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
