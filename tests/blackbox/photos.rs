//! FaceGuard in chats, the whole way: real models in real workers.

use crate::common::{ask, becomes, counted, marker, metric, receives, said_to, tap, told, vanishes};
use crate::drawn;
use crate::support::app::{Options, TestApp, spawn_app};
use crate::support::people::chatting;
use crate::support::skip;
use nameless_simulator::{ChatMessage, Outgoing, SimUser};
use nameless_vision::picture::Picture;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

/// How long a worker may take to start on a machine that does something else as well.
pub const START: Duration = Duration::from_secs(60);

/// How long a verdict may take; less than the tests' own patience.
const TIMEOUT: &str = "50s";

fn script(arguments: &[&str]) -> Result<PathBuf, String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/models.sh");
    let output = Command::new(script).args(arguments).output().map_err(|error| error.to_string())?;
    let told = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    if output.status.success() { Ok(told) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}

/// The folder of the models, and an ordinary photo; none where they cannot be had and
/// `NAMELESS_SKIP` has `models`.
pub fn models() -> Option<(PathBuf, Vec<u8>)> {
    static FOUND: OnceLock<Result<(PathBuf, Vec<u8>), String>> = OnceLock::new();
    let find = || {
        let models = script(&["--where"]).or_else(|_| script(&[]).and_then(|_| script(&["--where"])))?;
        let photo = script(&["--photos"])?.join("skimage-astronaut.png");
        let bytes = std::fs::read(&photo).map_err(|error| format!("{}: {error}", photo.display()))?;
        Ok((models, bytes))
    };
    match FOUND.get_or_init(find) {
        Ok(found) => Some(found.clone()),
        Err(why) => {
            assert!(skip::allowed("models"), "{why}\nNAMELESS_SKIP=models leaves this out");
            None
        }
    }
}

/// What the models take for pornography.
pub fn nude() -> Vec<u8> {
    let picture: Picture = drawn::nude(drawn::BEST);
    picture.jpeg(95).expect("a picture")
}

/// Workers stand back behind all else that a busy machine does: a look may take many times as long
/// as alone.
pub fn guarded(policy: &str, models: &Path) -> Options {
    let options = Options::default().with("FACE_POLICY", policy).with("FACE_MODELS", models.display());
    options.with("FACE_TIMEOUT", TIMEOUT)
}

/// Waits until somebody can look.
pub async fn has_worker(app: &TestApp) {
    measured(app, "nameless_face_workers ", 1).await;
}

async fn health(app: &TestApp) -> Value {
    let answer = reqwest::get(format!("http://{}/health", app.metrics)).await.expect("an answer");
    answer.json().await.expect("JSON")
}

pub fn photo(bytes: &[u8]) -> Outgoing {
    Outgoing::photo().bytes(bytes.to_vec()).mime("image/png")
}

/// Sends a photo that stands in the open once it was looked at.
pub async fn shown(from: &SimUser, to: &SimUser, bytes: &[u8]) -> ChatMessage {
    let mark = to.mark();
    from.send(photo(bytes));
    let got = receives(to, mark, "photo").await;
    becomes(to, got.message_id, |m| !m.has_spoiler()).await
}

/// Waits until a value of `/metrics` has reached `least`.
async fn measured(app: &TestApp, name: &str, least: u64) {
    let until = tokio::time::Instant::now() + START;
    while metric(app, name).await < least {
        assert!(tokio::time::Instant::now() < until, "{name} does not become {least}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A message that the person has sent.
fn own(user: &SimUser, id: i32) -> ChatMessage {
    user.chat().into_iter().find(|m| m.message_id == id).expect("it was sent")
}

/// What is the same of a photo's file whoever asks.
fn unique_id(message: &ChatMessage) -> String {
    let largest = message.json["photo"].as_array().and_then(|sizes| sizes.last()).expect("a photo");
    largest["file_unique_id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn a_photo_is_shown_when_it_was_looked_at_and_a_nude_one_is_taken_away() {
    let Some((models, astronaut)) = models() else { return };
    let app = spawn_app(guarded("spoiler", &models));
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    has_worker(&app).await;

    let sent = anna.send(photo(&astronaut).caption("that is <me>"));
    let got = receives(&boris, 0, "photo").await;
    let shown = becomes(&boris, got.message_id, |m| !m.has_spoiler()).await;
    assert_eq!((shown.caption(), shown.edited), (Some("that is <me>"), 1), "the edit changes nothing else");
    told(&anna, 0, "the blur goes").await;

    // The same file leaves in the open, in this chat and from its receiver.
    let mark = boris.mark();
    let again = || Outgoing::photo().same_file_as(&own(&anna, sent));
    anna.send(again());
    let got = receives(&boris, mark, "photo").await;
    assert_eq!((got.has_spoiler(), got.edited), (false, 0));
    assert_eq!(app.count("photos_remembered"), 1);
    // But for who wants it covered.
    let mark = boris.mark();
    anna.send(again().spoiler());
    let got = receives(&boris, mark, "photo").await;
    marker(&anna, &boris).await;
    counted(&app, "photos_approved", 3).await;
    assert!(boris.chat().iter().any(|m| m.message_id == got.message_id && m.has_spoiler()));

    // A film is judged by its small picture; without one it stays covered.
    let mark = boris.mark();
    boris.send(Outgoing::video().thumbnail(astronaut.clone()));
    let got = receives(&anna, 0, "video").await;
    becomes(&anna, got.message_id, |m| !m.has_spoiler()).await;
    let at = anna.mark();
    boris.send(Outgoing::animation());
    assert!(receives(&anna, at, "animation").await.has_spoiler());
    counted(&app, "photos_unchecked", 1).await;
    assert!(said_to(&boris, &anna, mark).await.iter().any(|line| line.contains("blur")));

    let mark = boris.mark();
    anna.send(photo(&nude()).caption("look"));
    let got = receives(&boris, mark, "photo").await;
    assert!(got.has_spoiler());
    vanishes(&boris, got.message_id).await;
    told(&anna, 0, "too revealing").await;
    let mark = boris.mark();
    boris.send(Outgoing::video().thumbnail(nude()));
    let got = receives(&anna, at + 1, "video").await;
    vanishes(&anna, got.message_id).await;
    told(&boris, mark, "too revealing").await;

    // Both films show what was seen before, in other files: their small pictures met no model.
    assert_eq!(app.count("photos_alike"), 2);
    assert_eq!(metric(&app, "nameless_photo_nudity_seconds_count").await, 2);
    assert_eq!(metric(&app, "nameless_photo_download_seconds_count").await, 4);
    assert_eq!((app.count("photos_approved"), app.count("photos_rejected")), (4, 2));
    assert_eq!(metric(&app, "nameless_face_workers_lost_total").await, 0);

    // A worker that ends takes nothing with it: another one is there, and looks.
    assert!(app.engine.env().capabilities.faceguard.crash_worker());
    measured(&app, "nameless_face_workers_lost_total", 1).await;
    has_worker(&app).await;
    let fresh: Picture = drawn::nude(drawn::BEST);
    let blue: Vec<u8> = fresh.rgb.chunks_exact(3).flat_map(|p| [p[2], p[1], p[0]]).collect();
    let blue = Picture { rgb: blue, ..fresh }.jpeg(95).expect("a picture");
    let mark = boris.mark();
    anna.send(photo(&blue));
    receives(&boris, mark, "photo").await;
    measured(&app, "nameless_photo_decode_seconds_count", 5).await;

    let health = health(&app).await;
    assert_eq!(health["photos"]["policy"], "spoiler", "{health}");
    assert_eq!(health["photos"]["trouble"], Value::Null, "{health}");
    assert!(health["photos"]["sandbox"].as_str().is_some_and(|s| s.contains("calls")), "{health}");
}

/// Guards: `Account::agrees_to_nudity`, `AGREE`. One alone who agreed changes nothing, and each
/// takes it back with one tap.
#[tokio::test]
async fn a_nude_photo_stays_covered_between_two_adults_who_both_agreed() {
    let Some((models, _)) = models() else { return };
    let app = spawn_app(guarded("spoiler", &models));
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    has_worker(&app).await;
    let switch = async |who: &SimUser, word: &str| {
        ask(who, "/settings", "Settings").await;
        let answer = tap(who, "set:nude").await;
        assert!(answer.text.unwrap_or_default().contains(word));
    };
    // How many were taken away; none of them is left at the partner's.
    let taken_away = async |count, mark| {
        counted(&app, "photos_rejected", count).await;
        let is_there =
            |m: &ChatMessage| m.message_id > mark && m.from_bot && !m.deleted && m.kind() == "photo";
        let until = tokio::time::Instant::now() + START;
        while boris.chat().iter().any(is_there) {
            assert!(tokio::time::Instant::now() < until, "photo {count} is still there");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let mark = boris.mark();
    let sent = anna.send(photo(&nude()));
    taken_away(1, mark).await;
    told(&anna, 0, "too revealing").await;
    let again = || Outgoing::photo().same_file_as(&own(&anna, sent));
    switch(&anna, "blurred").await;
    let mark = boris.mark();
    anna.send(again());
    taken_away(2, mark).await;
    // What somebody chose holds from the moment at which it is in the store.
    let again_until = async |name, least| {
        let until = tokio::time::Instant::now() + START;
        while app.count(name) < least {
            assert!(tokio::time::Instant::now() < until, "{name} is never {least}");
            anna.send(again());
            marker(&anna, &boris).await;
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    switch(&boris, "blurred").await;
    again_until("photos_suspicious", 1).await;
    let is_left = |m: &ChatMessage| m.from_bot && !m.deleted && m.kind() == "photo";
    let left = boris.chat().into_iter().rfind(is_left);
    assert!(left.is_some_and(|m| m.has_spoiler()), "it stays, and stays covered");
    switch(&boris, "no longer").await;
    again_until("photos_rejected", app.count("photos_rejected") + 1).await;
}

/// Guard: the table behind the memory.
#[tokio::test]
async fn what_was_seen_is_known_after_a_restart_and_to_who_waits_at_the_gate() {
    let Some((models, astronaut)) = models() else { return };
    let app = spawn_app(guarded("gate", &models));
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    has_worker(&app).await;
    let sent = anna.send(photo(&astronaut));
    anna.send_text("behind it");
    let got = receives(&boris, 0, "photo").await;
    assert_eq!((got.has_spoiler(), got.edited), (false, 0), "it was held");
    let after = told(&boris, 0, "behind it").await;
    assert!(after.message_id > got.message_id, "what follows it stays behind it");
    let mark = boris.mark();
    anna.send(photo(&nude()));
    told(&anna, 0, "too revealing").await;
    marker(&anna, &boris).await;
    assert!(!boris.chat().iter().any(|m| m.message_id > mark && m.from_bot && m.kind() == "photo"));

    // What was seen is kept beside the chat.
    let unique_id = unique_id(&own(&anna, sent));
    let until = tokio::time::Instant::now() + START;
    while !matches!(app.engine.env().capabilities.faceguard.recall(unique_id.clone()).await, Ok(Some(_))) {
        assert!(tokio::time::Instant::now() < until, "what was seen is not kept");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let (world, data_dir) = app.stop();
    let again = guarded("spoiler", &models);
    let app = spawn_app(Options { world: Some(world), data_dir: Some(data_dir), ..again });
    let mark = boris.mark();
    anna.send(Outgoing::photo().same_file_as(&own(&anna, sent)));
    let got = receives(&boris, mark, "photo").await;
    becomes(&boris, got.message_id, |m| !m.has_spoiler()).await;
    assert_eq!(app.count("photos_recalled"), 1);
    assert_eq!(metric(&app, "nameless_photo_decode_seconds_count").await, 0, "nobody looked again");
}

#[tokio::test]
async fn without_models_photos_stay_covered_and_the_engine_is_well() {
    let empty = tempfile::tempdir().expect("a folder");
    let app = spawn_app(guarded("spoiler", empty.path()));
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    anna.send(Outgoing::photo());
    assert!(receives(&boris, 0, "photo").await.has_spoiler());
    told(&anna, 0, "blurred until tapped").await;
    let health = health(&app).await;
    assert_eq!((&health["status"], &health["photos"]["policy"]), (&"well".into(), &"off".into()), "{health}");
    let trouble = health["photos"]["trouble"].as_str().expect("what to do");
    assert!(trouble.contains("scripts/models.sh"), "{trouble}");
}

/// A program that starts a worker with something in its environment, so that one of its layers does
/// not hold.
fn careless(folder: &Path) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let script = format!("#!/bin/sh\nLEFT_OVER=1 exec '{}' \"$@\"\n", env!("CARGO_BIN_EXE_nameless"));
    let file = folder.join("worker");
    std::fs::write(&file, script).expect("written");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).expect("executable");
    file
}

/// Guard: `FACE_SANDBOX`.
#[tokio::test]
async fn health_tells_of_a_layer_that_does_not_hold_and_a_setting_accepts_it_or_not() {
    let Some((models, astronaut)) = models() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let start = |sandbox| {
        let options = guarded("spoiler", &models).with("FACE_SANDBOX", sandbox);
        spawn_app(Options { face_worker: Some(careless(folder.path())), ..options })
    };
    let app = start("best");
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    has_worker(&app).await;
    let told = health(&app).await;
    let sandbox = told["photos"]["sandbox"].as_str().unwrap_or_default();
    assert!(sandbox.contains("no environment") && sandbox.contains("calls"), "{told}");
    shown(&anna, &boris, &astronaut).await;
    drop(app);

    let app = start("require");
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    let until = tokio::time::Instant::now() + START;
    let trouble = loop {
        let told = health(&app).await;
        if let Some(trouble) = told["photos"]["trouble"].as_str() {
            break trouble.to_owned();
        }
        assert!(tokio::time::Instant::now() < until, "{told}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert!(trouble.contains("a layer of the sandbox does not hold"), "{trouble}");
    anna.send(photo(&astronaut));
    counted(&app, "photos_unchecked", 1).await;
    assert!(receives(&boris, 0, "photo").await.has_spoiler());
}

/// The models' runtime is in the memory of workers, and never in the engine's.
#[tokio::test]
async fn no_model_runs_in_the_engines_process() {
    let Some((models, astronaut)) = models() else { return };
    let app = spawn_app(guarded("spoiler", &models));
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    has_worker(&app).await;
    shown(&anna, &boris, &astronaut).await;
    let holds = |maps: &str| maps.contains("libonnxruntime") || maps.contains(".onnx");
    let own = std::fs::read_to_string("/proc/self/maps").expect("its own memory");
    assert!(own.contains("blackbox") && !holds(&own), "the engine runs in this process");
    let tasks = std::fs::read_dir("/proc/self/task").expect("threads");
    let children = tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("children")).ok());
    let children: Vec<String> =
        children.flat_map(|list| list.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).collect();
    let is_worker = |pid: &&String| {
        std::fs::read(format!("/proc/{pid}/cmdline"))
            .is_ok_and(|line| line.windows(11).any(|part| part == b"face-worker"))
    };
    let workers: Vec<&String> = children.iter().filter(is_worker).collect();
    assert!(!workers.is_empty(), "{children:?}");
    for worker in workers {
        // Not dumpable: root alone may read it.
        if let Ok(maps) = std::fs::read_to_string(format!("/proc/{worker}/maps")) {
            assert!(maps.is_empty() || holds(&maps), "the test looks for the right name: {maps}");
        }
    }
}

/// What `nameless` prints.
pub fn nameless(arguments: &[&str], variables: &[(&str, String)]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nameless"));
    command.args(arguments).env_clear().stdin(Stdio::null()).current_dir(std::env::temp_dir());
    let output = command.envs(variables.iter().cloned()).output().expect("the program runs");
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{}\n{log}", output.status);
    String::from_utf8(output.stdout).expect("text")
}

#[tokio::test]
async fn check_config_tells_who_looks_and_an_operator_bans_a_picture() {
    let Some((models, astronaut)) = models() else { return };
    let app = spawn_app(guarded("spoiler", &models));
    let variables = [
        ("BOT_TOKEN", "1:test".to_owned()),
        ("DATA_DIR", app.data_dir.path().display().to_string()),
        ("FACE_MODELS", models.display().to_string()),
        ("FACE_TIMEOUT", TIMEOUT.to_owned()),
    ];
    let checked = nameless(&["check-config"], &variables);
    assert!(checked.contains("a worker starts; its sandbox: environment"), "{checked}");
    let elsewhere = [variables[0].clone(), variables[1].clone(), ("FACE_MODELS", "/nowhere".to_owned())];
    assert!(nameless(&["check-config"], &elsewhere).contains("scripts/models.sh /nowhere"));

    assert_eq!(nameless(&["photos", "list"], &variables), "no picture is banned\n");
    let file = app.data_dir.path().join("ad.png");
    std::fs::write(&file, &astronaut).expect("written");
    let banned = nameless(&["photos", "ban", &file.display().to_string(), "--note", "an ad"], &variables);
    let hash = banned.split_whitespace().next().expect("a hash").to_owned();
    let listed = nameless(&["photos", "list"], &variables);
    assert!(listed.contains(&hash) && listed.contains("an ad"), "{listed}");

    // Whoever starts now knows of it.
    let (world, data_dir) = app.stop();
    let options = guarded("spoiler", &models);
    let app = spawn_app(Options { world: Some(world), data_dir: Some(data_dir), ..options });
    let (anna, boris) = chatting(&app.world, "anna", "boris").await;
    has_worker(&app).await;
    anna.send(photo(&astronaut));
    let got = receives(&boris, 0, "photo").await;
    vanishes(&boris, got.message_id).await;
    told(&anna, 0, "isn’t allowed here").await;
    let unbanned = nameless(&["photos", "unban", &hash], &variables);
    assert!(unbanned.contains("not banned any more"), "{unbanned}");
}
