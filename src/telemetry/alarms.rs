//! Tells the operators, in the alerts chat, of what is wrong and of its end.
//!
//! What is wrong is found here, by the figures that `/metrics` and `/health` show; when it is told
//! is decided in `nameless_domain::alarms`. Prometheus's rules in `deploy/monitoring` watch the
//! same from outside, also a process that does not run any more.

mod certificate;
mod signs;

use crate::clock::SystemClock;
use crate::intake::trouble::Condition;
use crate::telegram::moved::look_for_alerts_chat;
use crate::telemetry::round_trips::RoundTrips;
use certificate::Ends;
use nameless_actors::Engine;
use nameless_actors::ports::Clock;
use nameless_domain::alarms::{Alarms, Told};
use nameless_domain::ids::ChatId;
use nameless_domain::outbox::Lane;
use nameless_domain::outgoing::{Call, Outgoing};
use nameless_domain::text::{Lang, Msg};
use signs::Signs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// How often it is looked, unless the patience is shorter than four times that.
const LOOK: Duration = Duration::from_secs(10);
/// How often Telegram is asked whether their group has become a supergroup.
const FIND: Duration = Duration::from_secs(3_600);

/// Where and how it is watched.
#[derive(Clone, Debug)]
pub struct Watch {
    /// How long something must be wrong.
    pub after: Duration,
    /// Whose file system has to have room.
    pub data_dir: PathBuf,
    /// Addresses of the bot's own; of those with TLS the certificate's end is watched.
    pub addresses: Vec<Url>,
}

impl Watch {
    /// How often it is looked.
    pub fn every(&self) -> Duration {
        LOOK.min(self.after / 4).max(Duration::from_millis(50))
    }
}

/// Watches until it is aborted. Without an alerts chat there is nobody to tell.
pub async fn run(engine: Arc<Engine>, intake: Condition, trips: Arc<RoundTrips>, watch: Watch) {
    let Some(configured) = engine.env().rules.alerts_chat else { return };
    let every = watch.every();
    let mut alarms = Alarms::new(i64::try_from(watch.after.as_millis()).unwrap_or(i64::MAX));
    let ends = Ends::unknown();
    let mut signs = Signs::new(watch.data_dir, &engine, trips, ends.clone());
    let watched = async {
        certificate::watch(watch.addresses, ends).await;
        std::future::pending().await
    };
    let looked = async {
        let mut is_moved_told = false;
        loop {
            tokio::time::sleep(every).await;
            let Some(chat) = engine.env().alerts_chat() else { continue };
            if chat != configured && !is_moved_told {
                is_moved_told = true;
                tell_moved(&engine, chat);
            }
            let wrong = signs.wrong(&engine, &intake);
            if let Some(told) = alarms.look(SystemClock.steady(), wrong) {
                tell(&engine, chat, &told);
            }
        }
    };
    // What happened while this process did not run, or where another one was told of it.
    let found = async {
        loop {
            look_for_alerts_chat(engine.env()).await;
            tokio::time::sleep(FIND).await;
        }
    };
    tokio::select! {
        () = found => {}
        () = watched => {}
        () = looked => {}
    }
}

/// What to change, once: the bot goes on without it until it ends, and finds out anew each time.
fn tell_moved(engine: &Engine, chat: ChatId) {
    let line = format!("ALERTS_CHAT_ID={}", chat.telegrams());
    tracing::warn!("the operators' group has become a supergroup, with another id: set {line}");
    say(engine, chat, vec![Msg::new("alarm-moved").words("line", line)]);
}

fn tell(engine: &Engine, chat: ChatId, told: &Told) {
    for alarm in &told.begun {
        tracing::warn!(alarm = ?alarm, "operators are told: docs/operations.md#{}", alarm.paragraph());
    }
    say(engine, chat, told.lines());
}

fn say(engine: &Engine, chat: ChatId, mut lines: Vec<Msg>) {
    let texts = &engine.env().texts;
    lines.insert(0, Msg::new("alarm-head").words("node", host()));
    // Nobody of them has asked: there is no language to answer in.
    let lines: Vec<String> = lines.iter().map(|line| texts.html(Lang::En, line)).collect();
    let call = Call::Say { html: lines.join("\n"), keyboard: Vec::new() };
    engine.call(Outgoing { chat, call }, Lane::Interactive);
}

/// Which of several machines says so.
fn host() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    match host.trim() {
        "" => "Nameless".to_owned(),
        host => format!("Nameless, {host}"),
    }
}
