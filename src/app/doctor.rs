//! `nameless doctor`: looks at everything that a bot stands on, and says what to do about what is
//! not well.

mod outside;
mod shared;

use super::{backfill, health};
use crate::capabilities::faceguard;
use crate::cluster::redis::Redis;
use crate::config::{BotPools, BotToken, Config, ExposeSecret, NamedBot};
use crate::postgres;
use crate::store::{Conn, KEY_FILE, OLD_KEY_FILE, migrate};
use crate::telegram::control::ControlError;
use crate::telegram::{Client, ClientConfig};
use nameless_actors::ports::{BotApi as _, SendError};
use nameless_domain::ids::ChatId;
use rustix::process::{Resource, getrlimit};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How far this machine's clock may be from the database's.
const CLOCK: Duration = Duration::from_secs(2);
/// Open files that a busy bot needs: a connection for each update under way, the journal, the
/// database.
const FILES: u64 = 4_096;
/// How long Telegram may take to say whether a chat is there.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a failed delivery to the webhook is news, in seconds.
const NEWS: i64 = 3_600;
/// Updates that wait at Telegram without there being something wrong.
const WAITING: i64 = 1_000;

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum How {
    /// Fine.
    Well,
    /// The bot runs; somebody should look at it.
    Mind,
    /// The bot does not run, or not for long.
    Ill,
}

/// What was found about one thing.
struct Finding {
    what: &'static str,
    how: How,
    said: String,
}

impl Finding {
    /// The same, of one of several bots.
    fn of(self, bot: Option<&str>) -> Finding {
        match bot {
            Some(label) => Finding { said: format!("{label}: {}", self.said), ..self },
            None => self,
        }
    }
}

fn well(what: &'static str, said: impl Into<String>) -> Finding {
    Finding { what, how: How::Well, said: said.into() }
}

fn mind(what: &'static str, said: impl Into<String>) -> Finding {
    Finding { what, how: How::Mind, said: said.into() }
}

fn ill(what: &'static str, said: impl Into<String>) -> Finding {
    Finding { what, how: How::Ill, said: said.into() }
}

/// Looks at everything: what to print, and the worst of it.
pub async fn run(config: &Config) -> (String, How) {
    let mut found = vec![bot(config)];
    found.extend(telegram(config).await);
    found.extend(database(config).await);
    found.push(redis(config).await);
    found.push(match faceguard::who_looks(config) {
        Ok(said) => well("photos", said),
        Err(said) => mind("photos", said),
    });
    found.extend(outside::characters(config).await);
    found.extend(folder(&config.store.data_dir, config.store.journal_max_bytes));
    found.push(files());
    found.extend(config.warnings.iter().map(|warning| mind("settings", warning)));
    let worst = found.iter().map(|finding| finding.how).max().unwrap_or(How::Well);
    let line = |Finding { what, how, said }: &Finding| {
        let mark = match how {
            How::Well => "well",
            How::Mind => "MIND",
            How::Ill => "ILL ",
        };
        format!("{mark}  {what:<12} {said}\n")
    };
    (found.iter().map(line).collect(), worst)
}

/// Whether it runs on this machine. The doctor is asked before the first start as well.
fn bot(config: &Config) -> Finding {
    const WHAT: &str = "bot";
    match health::ask(config.http.metrics_addr) {
        Ok((true, answer)) if answer.contains("\"degraded\"") => {
            mind(WHAT, format!("it runs here: {answer}"))
        }
        Ok((true, _)) => well(WHAT, "it runs here and takes updates"),
        Ok((false, answer)) => ill(WHAT, format!("it runs here and takes no updates: {answer}")),
        Err(error) => well(WHAT, format!("it does not run here ({error:#})")),
    }
}

async fn telegram(config: &Config) -> Vec<Finding> {
    let bots = config.telegram.bots();
    if bots.is_empty() {
        return vec![ill("token", "BOT_TOKEN is not set: ask @BotFather for one")];
    }
    let mut found = Vec::new();
    for bot in &bots {
        let label = (bots.len() > 1).then_some(bot.label.as_str());
        let of_it = telegram_of(config, bot.token.clone()).await;
        found.extend(of_it.into_iter().map(|finding| finding.of(label)));
    }
    found.extend(outside::clock(config).await);
    found.extend(pools(config));
    found.extend(alerts(config, bots).await);
    found
}

/// Which of several bots share their people.
fn pools(config: &Config) -> Option<Finding> {
    let bots = config.telegram.bots();
    let all = || bots.iter().map(|bot| bot.label.as_str()).collect::<Vec<_>>();
    let said = match &config.telegram.pools {
        _ if bots.len() == 1 => return None,
        BotPools::Shared => format!("people of {} meet each other", all().join(", ")),
        BotPools::Apart => {
            format!("people of {} are apart: each bot's meet each other only", all().join(", "))
        }
        BotPools::Named(pools) => {
            let pools: Vec<String> = pools.iter().map(|pool| pool.join(" and ")).collect();
            format!("people meet each other within: {}", pools.join("; "))
        }
    };
    Some(well("pools", said))
}

/// Whether the operators can be told. A group that becomes a supergroup, as one does whose bot is
/// made an administrator, has another id from then on.
async fn alerts(config: &Config, bots: Vec<NamedBot>) -> Option<Finding> {
    const WHAT: &str = "alerts";
    let Some(ChatId(chat)) = config.telegram.alerts_chat else {
        return Some(well(WHAT, "no chat (ALERTS_CHAT_ID): the log and Prometheus alone tell of trouble"));
    };
    let main = bots.into_iter().next()?;
    let client = Client::new(ClientConfig::new(&config.telegram.api_url, main.token)).ok()?;
    let asked = client.method("getChat", &serde_json::json!({ "chat_id": chat }), PATIENCE).await;
    let words = match asked {
        Ok(_) => {
            // Of one that has become a supergroup Telegram says so only to who writes.
            let typing = serde_json::json!({ "chat_id": chat, "action": "typing" });
            let written = client.method("sendChatAction", &typing, PATIENCE).await;
            let now = client.chat_now(ChatId(chat)).0;
            return Some(match written {
                _ if now != chat => mind(
                    WHAT,
                    format!("the group has become a supergroup, with another id: set ALERTS_CHAT_ID={now}"),
                ),
                Err(SendError::Gone | SendError::Refused(_)) => mind(
                    WHAT,
                    "the chat is there, and the bot may not write to it: put it into the group again",
                ),
                _ => well(WHAT, "the chat is there"),
            });
        }
        // There is none, or the bot is not in it (any more): the client tells these from all else.
        Err(SendError::Gone) => "chat not found".to_owned(),
        Err(SendError::Refused(words)) => words,
        // The lines above say what is wrong then.
        Err(_) => return None,
    };
    let todo = "put the bot into the group of ALERTS_CHAT_ID, or mend that; a group that became a supergroup \
                has a new id";
    Some(mind(WHAT, format!("{words}: {todo}")))
}

async fn telegram_of(config: &Config, token: BotToken) -> Vec<Finding> {
    let client = match Client::new(ClientConfig::new(&config.telegram.api_url, token)) {
        Ok(client) => client,
        Err(error) => return vec![ill("telegram", format!("{error}"))],
    };
    let asked = Instant::now();
    let me = match client.get_me().await {
        Ok(me) => me,
        Err(ControlError::Unauthorized) => {
            return vec![ill(
                "token",
                "Telegram does not accept it: ask @BotFather for the present one (/token)",
            )];
        }
        Err(error) => {
            let todo = "look at this machine's way out, its names and its proxy, and at TELEGRAM_API_URL";
            return vec![ill("telegram", format!("{error}: {todo}"))];
        }
    };
    let token = well("token", format!("@{}, answered in {:?}", me.username, asked.elapsed()));
    let mut found = vec![token, webhook(config, &client).await];
    found.extend(outside::channel(config, &client, me.id).await);
    found
}

async fn webhook(config: &Config, client: &Client) -> Finding {
    let info = match client.webhook_info().await {
        Ok(info) => info,
        Err(error) => return ill("webhook", format!("{error}")),
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let now = i64::try_from(now).unwrap_or(i64::MAX);
    let wanted = config.telegram.webhook.as_ref().map(|webhook| webhook.url.to_string());
    let failed = info.last_error_date.filter(|at| now.saturating_sub(*at) < NEWS);
    match (wanted, info.last_error_message) {
        (None, _) if !info.url.is_empty() => mind(
            "webhook",
            "one is set at Telegram, and the bot polls: its start takes that one out; if another \
                             program set it, end that one",
        ),
        (Some(wanted), _) if info.url != wanted => {
            mind("webhook", "Telegram has another one: the bot's start sets it")
        }
        (Some(_), Some(why)) if failed.is_some() => mind(
            "webhook",
            format!(
                "Telegram could not deliver lately ({why}): look at the proxy, its certificate and its port"
            ),
        ),
        _ if info.pending_update_count > WAITING => mind(
            "webhook",
            format!("{} updates wait at Telegram: does the bot run?", info.pending_update_count),
        ),
        (Some(_), _) => well("webhook", "set, and deliveries arrive"),
        (None, _) => well("webhook", "none: the bot polls"),
    }
}

async fn database(config: &Config) -> Vec<Finding> {
    const WHAT: &str = "database";
    let url = match &config.store.database_url {
        Some(url) => url.expose_secret().to_owned(),
        None => match postgres::running(&config.store.data_dir) {
            Some(url) => url,
            None => {
                return vec![match postgres::Programs::find(config.store.postgres_bin.as_deref()) {
                    Ok(programs) => {
                        well(WHAT, format!("a private one, which runs with the bot ({programs})"))
                    }
                    Err(error) => ill(WHAT, format!("{error}")),
                }];
            }
        },
    };
    let missing: Vec<i32> = match migrate::status(&url).await {
        Ok(migrations) => {
            migrations.iter().filter(|one| one.applied.is_none()).map(|one| one.number).collect()
        }
        Err(error @ migrate::MigrateError::Unreachable(_)) => {
            return vec![ill(
                WHAT,
                format!(
                    "{error}. Chats that run go on, all else waits: look at its own log, its disk, and DATABASE_URL"
                ),
            )];
        }
        Err(error) => return vec![ill(WHAT, format!("{error}"))],
    };
    let asked = look(&url).await;
    let Ok((version, ahead, connections)) = asked else {
        return vec![ill(WHAT, "it does not answer: look at its own log, its disk and its connections")];
    };
    let mut found = Vec::new();
    let about = format!("PostgreSQL {}.{}", version / 10_000, version % 10_000);
    found.push(match (version / 10_000, missing.len()) {
        (..15, _) => ill(WHAT, format!("{about} is too old: 15 is needed")),
        (_, 0) => well(WHAT, about),
        (_, missing) => well(WHAT, format!("{about}; {missing} migrations are applied by the next start")),
    });
    match migrate::fillings(&url).await.map(|fillings| backfill::summary(&fillings, &missing)) {
        Ok(None) => {}
        Ok(Some((true, said))) => found.push(well("backfills", said)),
        Ok(Some((false, said))) => found.push(mind("backfills", said)),
        Err(error) => found.push(ill("backfills", format!("{error}"))),
    }
    if missing.is_empty() {
        found.extend(shared::keys(config, &url).await);
        if config.store.redis_url.is_some() {
            found.push(shared::nodes(&url).await);
        }
    }
    if i64::from(config.store.pool_size) + 4 > connections {
        let said = format!("max_connections is {connections}: too few for DATABASE_POOL_SIZE and commands");
        found.push(mind(WHAT, said));
    }
    found.push(match ahead.unsigned_abs() > CLOCK.as_millis() as u64 {
        true => mind("clock", format!("{ahead} ms from the database's: have both kept by NTP")),
        false => well("clock", format!("{ahead} ms from the database's")),
    });
    found
}

/// Version, how far our clock is ahead in milliseconds, and how many connections there may be.
async fn look(url: &str) -> Result<(i64, i64, i64), crate::store::Fault> {
    const ASK: &str = "SELECT current_setting('server_version_num')::bigint,
        (extract(epoch FROM clock_timestamp()) * 1000)::bigint, current_setting('max_connections')::bigint";
    let mut conn = Conn::alone(url).await?;
    // Once before: what is measured is not how long the first statement takes.
    conn.rows(ASK, &[]).await?;
    let before = crate::store::wall_clock().0;
    let rows = conn.rows(ASK, &[]).await?;
    let between = (before + crate::store::wall_clock().0) / 2;
    let row = rows.first().ok_or_else(|| crate::store::Fault::Corrupt("no answer".into()))?;
    Ok((row.try_get(0)?, between - row.try_get::<_, i64>(1)?, row.try_get(2)?))
}

async fn redis(config: &Config) -> Finding {
    const WHAT: &str = "redis";
    let Some(url) = &config.store.redis_url else { return well(WHAT, "none: one node") };
    let redis = match Redis::connect(url) {
        Ok(redis) => redis,
        Err(error) => return ill(WHAT, error.to_string()),
    };
    if let Err(error) = redis.ping().await {
        // A node starts and goes on without it.
        let todo = "look at its own log, its memory, and REDIS_URL; it may come back empty";
        return mind(
            WHAT,
            format!("{error}. Nodes talk through PostgreSQL meanwhile, and searches wait: {todo}"),
        );
    }
    let policy: Result<Vec<String>, _> =
        redis.query(redis::cmd("CONFIG").arg("GET").arg("maxmemory-policy")).await;
    match policy.ok().and_then(|pair| pair.into_iter().nth(1)) {
        Some(policy) if policy != "noeviction" => {
            mind(WHAT, format!("maxmemory-policy is {policy}: set it to noeviction, or seekers get lost"))
        }
        Some(_) => well(WHAT, "it answers"),
        None => well(WHAT, "it answers; its settings are not shown"),
    }
}

fn folder(data_dir: &Path, journal: u64) -> Vec<Finding> {
    const WHAT: &str = "disk";
    if !data_dir.exists() {
        return vec![well(WHAT, format!("{} is made by the first start", data_dir.display()))];
    }
    let mut found = Vec::new();
    let mut closed = |path: &Path, to: u32, run: &str| {
        let mode = std::fs::metadata(path).map_or(0, |about| about.permissions().mode());
        if mode & to != 0 {
            found.push(mind("files", format!("others get into it; run: chmod {run} {}", path.display())));
        }
    };
    // Others may come through it: whoever runs the private database has to.
    closed(data_dir, 0o022, "go-w");
    for key in [KEY_FILE, OLD_KEY_FILE] {
        closed(&data_dir.join(key), 0o077, "600");
    }
    found.push(match rustix::fs::statvfs(data_dir) {
        Err(error) => ill(WHAT, format!("{}: {error}", data_dir.display())),
        Ok(disk) => {
            let free = disk.f_bavail.saturating_mul(disk.f_frsize);
            let said = format!("{} free", crate::backup::size(free));
            match free {
                _ if free < 2 * journal => {
                    ill(WHAT, format!("{said}: the journal may need twice JOURNAL_MAX_BYTES"))
                }
                _ if disk.f_bavail < disk.f_blocks / 20 => mind(WHAT, format!("{said}: it is nearly full")),
                _ => well(WHAT, said),
            }
        }
    });
    found
}

fn files() -> Finding {
    let limit = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    match limit < FILES {
        true => mind(
            "limits",
            format!(
                "{limit} open files: let there be {FILES} (LimitNOFILE= of systemd, ulimits of Docker, ulimit -n)"
            ),
        ),
        false => well("limits", "enough open files"),
    }
}
