//! What docs/try.md leads a stranger to beyond chats of two: `scripts/person.py` in the operators'
//! group and before the Mini App, over the simulator's HTTP side alone.

use crate::admin::{GROUP, OWNER, staff};
use crate::common::{ask, member, told};
use crate::dating::{WOMAN, dating, profile};
use crate::dating_api::phone::exchange;
use crate::page::process::Process;
use crate::support::app::{Options, TestApp, spawn_app};
use crate::support::people::PATIENCE;
use crate::support::python;
use anyhow::Context as _;
use nameless_simulator::{NewUser, Outgoing, SimUser};
use reqwest::StatusCode;
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use url::{Url, form_urlencoded};

/// As docs/try.md has it.
const NO_UPDATES: &str =
    r#"{"method": "getUpdates", "action": {"type": "server_error_before", "status": 502}}"#;

fn simulator(app: &TestApp) -> anyhow::Result<String> {
    Ok(app.simulator.as_ref().context("no simulator")?.url())
}

/// A terminal of this person's.
fn terminal(app: &TestApp, user: &SimUser, more: &[&str]) -> anyhow::Result<Process> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/person.py");
    let mut command = Command::new("python3");
    command.arg("-u").arg(script).args([simulator(app)?, user.id().to_string()]).args(more);
    Process::typed_to(&mut command)
}

/// Waits for a line with this in it.
fn shows(terminal: &Process, part: &str) -> anyhow::Result<String> {
    let found = terminal.line(PATIENCE, |line| line.contains(part).then(|| line.to_owned()));
    found.with_context(|| format!("nothing with “{part}”"))
}

#[tokio::test]
async fn an_operator_makes_a_group_orders_there_and_hears_an_alarm() -> anyhow::Result<()> {
    if !python::is_here() {
        return Ok(());
    }
    let app = spawn_app(staff().with("ALERT_AFTER", "1s").with("POLL_TIMEOUT", "1s"));
    let owner = app.world.add_user(NewUser { id: Some(OWNER), ..NewUser::default() });
    let anna = member(&app.world, "anna", WOMAN).await;
    let mut group = terminal(&app, &owner, &["--group"])?;
    shows(&group, &format!("in the group {GROUP}"))?;
    group.types("help")?;
    shows(&group, "Your role here: owner")?;
    let mark = anna.mark();
    group.types(&format!("ban {} 1 a try", anna.id()))?;
    shows(&group, "(1) ")?;
    group.types("1")?;
    shows(&group, "is banned until")?;
    // Whoever is not about hears of it when they come.
    anna.send_text("/search");
    told(&anna, mark, "You are banned until").await;

    let faults = format!("{}/sim/faults", simulator(&app)?);
    let client = reqwest::Client::builder().no_proxy().build()?;
    client.post(&faults).body(NO_UPDATES).send().await?.error_for_status()?;
    shows(&group, "🔴 Telegram gives the bot no updates")?;
    client.delete(&faults).send().await?.error_for_status()?;
    shows(&group, "🟢 Over after")?;
    // What is typed afterwards is heard, also in a terminal that comes back to the same group.
    drop(group);
    let mut again = terminal(&app, &owner, &["--group", &GROUP.to_string()])?;
    shows(&again, "🟢 Over after")?;
    again.types("stats")?;
    shows(&again, "Chats now: 0")?;
    Ok(())
}

#[tokio::test]
async fn a_group_that_the_bot_has_left_can_be_made_the_operators() -> anyhow::Result<()> {
    if !python::is_here() {
        return Ok(());
    }
    let app = spawn_app(Options::default());
    let owner = app.world.add_user(NewUser { id: Some(OWNER), ..NewUser::default() });
    let mut group = terminal(&app, &owner, &["--group"])?;
    shows(&group, "private chats")?;
    let left = async {
        while owner.in_group(GROUP, Outgoing::text("stay")).is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, left).await?;
    group.types("help")?;
    shows(&group, "the bot has left the group")?;
    drop(group);
    let (world, data_dir) = app.stop();
    let app = spawn_app(Options { world: Some(world), data_dir: Some(data_dir), ..staff() });
    let mut group = terminal(&app, &owner, &["--group", &GROUP.to_string()])?;
    shows(&group, "in the group")?;
    group.types("help")?;
    shows(&group, "Your role here: owner")?;
    Ok(())
}

#[tokio::test]
async fn the_mini_app_opens_where_a_terminal_says() -> anyhow::Result<()> {
    if !python::is_here() {
        return Ok(());
    }
    let app = spawn_app(dating().with("DATING_APP_URL", "https://127.0.0.1:8080/app"));
    let anna = member(&app.world, "anna", WOMAN).await;
    profile(&anna, "Anna", "rain and old films", false).await;
    ask(&anna, "/privacy", "Privacy").await;
    let mut phone = terminal(&app, &anna, &[])?;
    // Then all of before is shown.
    shows(&phone, "Privacy")?;
    phone.types("/dating")?;
    let keys = shows(&phone, "Open cards")?;
    let key = keys.split("  ").find(|key| key.contains("Open cards")).context("a button")?;
    let number = key.trim_start_matches('(').split(')').next().context("its number")?;
    phone.types(number)?;
    let opens = shows(&phone, "opens ")?;
    let address: Url = opens.trim_start_matches("opens ").parse()?;
    // Nothing here speaks TLS.
    assert_eq!(address.as_str().split('#').next(), Some("http://127.0.0.1:8080/app"));
    let told = address.fragment().context("who opens it")?;
    let told: Vec<_> = form_urlencoded::parse(told.as_bytes()).into_owned().collect();
    let signed = told.iter().find(|(name, _)| name == "tgWebAppData").context("what is signed")?;
    let (status, session) = exchange(&app, &signed.1).await;
    assert_eq!(status, StatusCode::OK, "{session}");
    assert!(session["token"].is_string(), "{session}");
    Ok(())
}
