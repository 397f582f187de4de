//! aiogram 3 as a judge: a bot that others' code runs, driven through the world.

use crate::skip;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nameless_simulator::{Bill, ChatMessage, NewUser, Outgoing, PayError, SimConfig, SimUser, Simulator};
use serde_json::json;

const WAIT: Duration = Duration::from_secs(20);
const TOKEN: &str = "4242:aiogram";

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself, which the test has seen by then.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Python with aiogram: made once, kept in the user's cache for as long as the requirements stay
/// the same.
fn python(scripts: &Path) -> PathBuf {
    let requirements = std::fs::read_to_string(scripts.join("requirements.txt")).unwrap();
    let cache = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")))
        .unwrap_or_else(std::env::temp_dir);
    let home = cache.join("nameless/venv-aiogram");
    let (python, stamp) = (home.join("bin/python3"), home.join("requirements.installed"));
    if python.exists() && std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == requirements) {
        return python;
    }
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&home));
    run(Command::new(&python)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"])
        .arg(scripts.join("requirements.txt")));
    std::fs::write(stamp, requirements).unwrap();
    python
}

fn start_bot(python: &Path, script: &Path, url: &str) -> Running {
    let mut bot = Command::new(python)
        .arg(script)
        .args([url, TOKEN])
        // A proxy of the surroundings must not get between the bot and this machine.
        .env_remove("http_proxy")
        .env_remove("HTTP_PROXY")
        .stdout(Stdio::piped())
        .spawn()
        .map(Running)
        .unwrap();
    let mut line = String::new();
    BufReader::new(bot.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line.trim(), "ready", "the bot's own messages are above");
    bot
}

/// Invoices, payments, subscriptions and refunds, as aiogram's models read them.
async fn pays(anna: &SimUser) {
    let says = async |text: &'static str| {
        anna.wait_for(WAIT, |m| m.from_bot && m.text() == Some(text)).await.unwrap();
    };
    anna.send_text("/pay");
    let invoice = anna.wait_for(WAIT, |m| m.from_bot && m.kind() == "invoice").await.unwrap();
    let is_link = |m: &ChatMessage| m.from_bot && m.text().is_some_and(|t| t.starts_with("https://t.me/$"));
    let link = anna.wait_for(WAIT, is_link).await.unwrap();
    anna.pay(Bill::Message(invoice.message_id)).await.expect("paid");
    says("paid once 75 None None False").await;
    anna.pay(Bill::Link(link.text().unwrap())).await.expect("paid");
    says("paid monthly 75 True True True").await;
    anna.renew().expect("renewed");
    says("paid monthly 75 True None True").await;
    anna.cancel_subscription().expect("cancelled");
    says("subscription monthly: canceled").await;
    assert_eq!(anna.renew(), Err(PayError::NotSubscribed));
    anna.resume_subscription().expect("on again");
    says("subscription monthly: active").await;
    anna.fail_renewal().expect("failed");
    says("subscription monthly: failed").await;
    anna.send_text("/cancel");
    says("cancelled: True").await;
    assert_eq!(anna.resume_subscription(), Err(PayError::NotSubscribed), "the bot bars it");
    anna.send_text("/refund");
    says("refunded 75: in in in out, 150 left").await;
    says("again: Bad Request: CHARGE_ALREADY_REFUNDED").await;
}

/// A group becomes a supergroup, as aiogram's models and exceptions have it.
async fn moves(anna: &SimUser) {
    let says = async |group: i64, text: &str| {
        let said = async {
            while !anna.group_chat(group).iter().any(|m| m.from_bot && m.text() == Some(text)) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(WAIT, said).await.unwrap_or_else(|_| panic!("no “{text}”"));
    };
    let group = anna.add_to_group();
    says(group, "a group").await;
    let supergroup = anna.group_becomes_supergroup(group).expect("it does");
    assert!(supergroup < -1_000_000_000_000);
    says(supergroup, "moved: True").await;
    says(supergroup, &format!("a supergroup that was {group}")).await;
    assert_eq!(anna.group_becomes_supergroup(group).ok(), None, "once");
}

#[tokio::test]
async fn aiogram_understands_the_simulator_and_is_understood() {
    if Command::new("python3").arg("--version").output().is_err() {
        assert!(
            skip::allowed("python3"),
            "python3 is not installed; NAMELESS_SKIP=python3 leaves its tests out"
        );
        return;
    }
    let scripts = Path::new(&std::env::var("CARGO_MANIFEST_DIR").expect("cargo says where the package is"))
        .join("../tests/aiogram");
    let python = python(&scripts);
    let simulator = Simulator::start(SimConfig::default()).unwrap();
    let _bot = start_bot(&python, &scripts.join("echo_bot.py"), &simulator.url());

    let anna = NewUser { first_name: "Anna".into(), language_code: Some("ru".into()), ..NewUser::default() };
    let anna = simulator.world().add_user(anna).with_bot(TOKEN);

    anna.send_text("/start");
    let hello = anna.wait_for(WAIT, |m| m.from_bot).await.unwrap();
    assert_eq!(hello.text(), Some("hello Anna from 4242"));
    assert_eq!(hello.entities(), [json!({"type": "bold", "offset": 0, "length": 5})]);

    let press = anna.press_button("Press me");
    let answer = anna.wait_answer(WAIT, &press).await.unwrap();
    assert_eq!((answer.text.as_deref(), answer.show_alert), (Some("got it"), true));
    let edited = anna.wait_for(WAIT, |m| m.edited == 1).await.unwrap();
    assert_eq!(edited.text(), Some("edited after the press"));
    assert!(edited.buttons().is_empty());

    let id = anna.send(
        Outgoing::text("some bold 😀 text").entities(json!([{"type": "bold", "offset": 5, "length": 4}])),
    );
    let echo = anna.wait_for(WAIT, |m| m.from_bot && m.reply_to() == Some(id)).await.unwrap();
    assert_eq!(echo.text(), Some("some bold 😀 text"));
    assert_eq!(echo.entities(), [json!({"type": "bold", "offset": 5, "length": 4})]);
    anna.wait_for(WAIT, |m| m.message_id == id && m.bot_emoji() == ["👍"]).await.unwrap();

    anna.edit_text(id, "another text");
    anna.wait_for(WAIT, |m| m.text() == Some("edited: another text")).await.unwrap();

    anna.react(echo.message_id, &["🔥"]);
    anna.wait_for(WAIT, |m| m.text() == Some("reacted: 🔥")).await.unwrap();

    anna.send(Outgoing::photo().bytes(vec![7; 4321]));
    let photo = anna.wait_for(WAIT, |m| m.from_bot && m.kind() == "photo").await.unwrap();
    assert_eq!(photo.caption(), Some("4321 bytes"));
    assert!(photo.has_spoiler());
    let document = anna.wait_for(WAIT, |m| m.from_bot && m.kind() == "document").await.unwrap();
    assert_eq!(document.media().unwrap()["file_name"], "made.txt");

    anna.album(&[Outgoing::photo().caption("one"), Outgoing::photo(), Outgoing::photo()]);
    anna.wait_for(WAIT, |m| m.text() == Some("album of 3")).await.unwrap();
    let album: Vec<_> =
        anna.chat().into_iter().filter(|m| m.from_bot && m.media_group_id().is_some()).collect();
    assert_eq!(album.len(), 3);
    assert_eq!(album[0].caption(), Some("one"));

    let kinds = [
        "video",
        "animation",
        "audio",
        "document",
        "voice",
        "video_note",
        "sticker",
        "contact",
        "location",
        "venue",
    ];
    for kind in kinds {
        let mark = anna.mark();
        let sent = anna.send(Outgoing::of_kind(kind).unwrap());
        let copy = anna.wait_after(mark.max(sent), WAIT, |m| m.from_bot).await.unwrap();
        assert_eq!(copy.kind(), kind);
    }

    anna.send_text("/errors");
    let errors = anna.wait_for(WAIT, |m| m.text().is_some_and(|t| t.contains(" | "))).await.unwrap();
    assert_eq!(
        errors.text(),
        Some(
            "TelegramBadRequest: Bad Request: chat not found | TelegramBadRequest: Bad Request: message is too long"
        )
    );

    pays(&anna).await;
    moves(&anna).await;

    anna.block_bot();
    anna.unblock_bot();
    anna.wait_for(WAIT, |m| m.text() == Some("welcome back")).await.unwrap();
    assert_eq!(simulator.world().pending_updates(TOKEN), 0);
}
