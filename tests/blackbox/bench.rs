//! `nameless bench`: each bench once, small, so that they cannot rot; and bots that are bad at
//! their job, so that the verdict is known to be given. Nothing is said about speed: a run may be
//! void for being slow here, and only for that.

mod billing;
mod companion;
mod dating;
mod day;
mod pages;

use crate::support::port::Port;
use crate::support::skip;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// Reasons that say nothing but that this machine was busy.
const SLOW: [&str; 3] = ["generator_busy", "core_busy", "schedule_missed"];
/// Few people for a short time.
const SMALL: [&str; 8] = [
    "--users=10",
    "--rates=60",
    "--duration=600ms",
    "--warm-up=200ms",
    "--rounds=2",
    "--patience=10s",
    "--seed=7",
    "--pairing-timeout=40s",
];

struct Done {
    code: i32,
    json: Value,
    printed: String,
    folder: TempDir,
}

fn bench(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nameless"));
    command.arg("bench").args(args).stdin(Stdio::null()).current_dir(std::env::temp_dir());
    command
}

fn run(args: &[&str]) -> Done {
    let folder = tempfile::tempdir().expect("a folder");
    let (json, html) = (folder.path().join("deep/result.json"), folder.path().join("result.html"));
    let output = bench(args).arg("--json").arg(&json).arg("--html").arg(&html).output().expect("it runs");
    let printed =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    println!("{args:?}\n{printed}");
    let json = std::fs::read_to_string(json).ok();
    let json = json.map_or(Value::Null, |text| serde_json::from_str(&text).expect("JSON"));
    Done { code: output.status.code().expect("an exit code"), json, printed, folder }
}

impl Done {
    /// Why it is void, without what a busy machine does.
    fn reasons(&self) -> Vec<&str> {
        let reasons =
            self.json["void_reasons"].as_array().unwrap_or_else(|| panic!("no result: {}", self.printed));
        let void = !reasons.is_empty();
        assert_eq!(self.json["void"], Value::Bool(void));
        assert_eq!(self.code, i32::from(void), "the exit code says whether it is void");
        let kinds = reasons.iter().map(|r| r["kind"].as_str().expect("a kind"));
        let kinds: Vec<&str> = kinds.filter(|kind| !SLOW.contains(kind)).collect();
        assert!(reasons.iter().all(|r| r["detail"].is_string() && r["run"].is_string()));
        kinds
    }

    /// Whole and sound, as far as a bench can be on a busy machine.
    fn sound(self, name: &str) -> Value {
        self.sound_but_for(name, &[])
    }

    /// The same, if its only fault is one of these.
    fn sound_but_for(self, name: &str, faults: &[&str]) -> Value {
        let mut reasons = self.reasons();
        reasons.retain(|reason| !faults.contains(reason));
        assert_eq!(reasons, [""; 0], "{}", self.printed);
        assert_eq!(self.json["bench"], name);
        for field in ["format", "version", "machine", "settings", "notes", "finished_unix"] {
            assert!(!self.json[field].is_null(), "{field}");
        }
        assert!(self.json["machine"]["filesystem"].is_string(), "{}", self.json["machine"]);
        let page = std::fs::read_to_string(self.folder.path().join("result.html")).expect("a page");
        assert!(page.contains("<table>") && page.contains("<svg"), "{page}");
        for foreign in ["<script", "http://", "https://", "NaN"] {
            assert!(!page.contains(foreign), "{foreign} is in the page");
        }
        self.json
    }
}

fn number(value: &Value, path: &str) -> f64 {
    value.pointer(path).and_then(Value::as_f64).unwrap_or_else(|| panic!("no number at {path} in {value}"))
}

/// A command that starts the bot of these tests; none where there is no Python.
fn bot(mode: &str) -> Option<String> {
    if Command::new("python3").arg("--version").output().is_err() {
        assert!(
            skip::allowed("python3"),
            "python3 is not installed; NAMELESS_SKIP=python3 leaves its tests out"
        );
        return None;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/blackbox/bench/bot.py");
    Some(format!("exec python3 '{}' {mode}", script.display()))
}

fn relay_with_bot(mode: &str, more: &[&str]) -> Option<Done> {
    let bot = bot(mode)?;
    let name = |option: &str| option.split('=').next().map(str::to_owned);
    let small = SMALL.into_iter().filter(|option| more.iter().all(|other| name(other) != name(option)));
    let args: Vec<&str> =
        ["relay", "--bot", &bot].into_iter().chain(small).chain(more.iter().copied()).collect();
    Some(run(&args))
}

#[test]
fn relay_measures_the_engine() {
    let result = run(&[&["relay", "--mix=text=7,reply=2,photo=1"], &SMALL[..]].concat()).sound("relay");
    let runs = result["runs"].as_array().expect("runs");
    assert_eq!(runs.len(), 1);
    assert_eq!(runs[0]["rounds"].as_array().map(Vec::len), Some(2));
    assert_eq!(number(&runs[0], "/sent"), number(&runs[0], "/arrived"));
    assert!(number(&runs[0], "/sent") >= 80.0);
    for positive in [
        "/throughput",
        "/latency_ms/p50",
        "/latency_ms/p999",
        "/cpu_s_per_million",
        "/rss_bytes",
        "/generator_busy",
    ] {
        assert!(number(&runs[0], positive) > 0.0, "{positive}");
    }
    assert!(number(&runs[0], "/latency_ms/p50") <= number(&runs[0], "/latency_ms/max"));
    assert_eq!(result["settings"]["seed"], 7);
}

#[test]
fn relay_by_webhook_on_a_real_postgres() {
    let result = run(&[&["relay", "--updates=webhook", "--database=postgres"], &SMALL[..]].concat());
    if result.printed.contains("PostgreSQL is not installed") && skip::allowed("postgres") {
        return;
    }
    let result = result.sound("relay");
    assert_eq!(result["settings"]["updates"], "webhook");
    assert!(number(&result["runs"][0], "/servers_cpu_s_per_million") > 0.0);
}

#[test]
fn relay_drives_another_bot() {
    let Some(done) = relay_with_bot("good", &[]) else { return };
    let result = done.sound("relay");
    assert!(number(&result["runs"][0], "/cpu_s_per_million") > 0.0, "of the shell's descendants");
}

#[test]
fn lost_messages_make_a_run_void() {
    let Some(done) = relay_with_bot("drops", &["--patience=2s"]) else { return };
    assert_eq!(done.reasons(), ["lost"]);
    assert!(done.printed.contains("VOID (60/s)"), "{}", done.printed);
    assert!(number(&done.json["runs"][0], "/lost") > 0.0);
}

#[test]
fn doubled_messages_make_a_run_void() {
    let Some(done) = relay_with_bot("doubles", &[]) else { return };
    assert_eq!(done.reasons(), ["doubled"]);
}

#[test]
fn messages_out_of_order_make_a_run_void() {
    let Some(done) = relay_with_bot("swaps", &["--patience=2s"]) else { return };
    // The last ones may be held back for ever.
    assert!(done.reasons().contains(&"reordered"), "{:?}", done.reasons());
}

#[test]
fn messages_to_somebody_else_make_a_run_void() {
    let Some(done) = relay_with_bot("mixes_up", &["--patience=2s"]) else { return };
    assert_eq!(done.reasons(), ["lost", "astray"]);
}

#[test]
fn faults_that_cost_messages_make_a_run_void() {
    let Some(done) = relay_with_bot("good", &["--faults=429=0.3", "--patience=2s"]) else { return };
    assert_eq!(done.reasons(), ["lost"]);
    assert!(number(&done.json, "/faults_applied/too_many_requests") > 0.0);
}

#[test]
fn the_engine_loses_nothing_to_429() {
    let args = ["relay", "--faults=429=0.05,slow=0.05,5xx=0.03,drop=0.03", "--poll-latency=10ms"];
    let result = run(&[&args[..], &SMALL].concat()).sound("relay");
    for fault in ["too_many_requests", "latency"] {
        assert!(number(&result, &format!("/faults_applied/{fault}")) > 0.0, "{fault}");
    }
    assert_eq!(result["settings"]["poll_latency_ms"], 10.0);
}

#[test]
fn two_nodes_relay_together() {
    let args = ["relay", "--nodes=2", "--database=postgres", "--redis"];
    let done = run(&[&args[..], &SMALL].concat());
    let missing = [("PostgreSQL", "postgres"), ("Redis", "redis")]
        .into_iter()
        .find(|(name, _)| done.printed.contains(&format!("{name} is not installed")));
    if missing.is_some_and(|(_, word)| skip::allowed(word)) {
        return;
    }
    let result = done.sound("relay");
    assert_eq!(number(&result["runs"][0], "/sent"), number(&result["runs"][0], "/arrived"));
}

#[test]
fn a_bot_that_pairs_nobody_is_told_so() {
    let Some(done) = relay_with_bot("lonely", &["--pairing-timeout=10s"]) else { return };
    assert_eq!((done.code, &done.json), (1, &Value::Null));
    for part in ["10 of 10 people have no partner", "10 people were given buttons", "sendMessage"] {
        assert!(done.printed.contains(part), "{part}: {}", done.printed);
    }
}

#[test]
fn a_bot_that_ends_is_shown_with_its_last_words() {
    let done = run(&[&["relay", "--bot", "echo I cannot work; exit 3"], &SMALL[..]].concat());
    assert_eq!(done.code, 1);
    assert!(
        done.printed.contains("I cannot work") && done.printed.contains("exit status: 3"),
        "{}",
        done.printed
    );
}

struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Drives a bot that is started here, once the bench has said where: `bot` makes its command from
/// that line.
fn drive(options: &[&str], bot: impl FnOnce(&str) -> Command) -> Done {
    let folder = tempfile::tempdir().expect("a folder");
    let json = folder.path().join("result.json");
    let args =
        [&["relay", "--token=77:other", "--json"][..], &[json.to_str().expect("UTF-8")], options, &SMALL]
            .concat();
    let mut load = Ended(bench(&args).stderr(Stdio::piped()).spawn().expect("it runs"));
    let mut line = String::new();
    BufReader::new(load.0.stderr.take().expect("stderr")).read_line(&mut line).expect("a line");
    let _bot = Ended(bot(&line).env("BOT_TOKEN", "77:other").spawn().expect("the bot runs"));
    let code = load.0.wait().expect("its end").code().expect("an exit code");
    let json = serde_json::from_str(&std::fs::read_to_string(json).expect("a result")).expect("JSON");
    Done { code, json, printed: line, folder }
}

#[test]
fn a_bot_that_somebody_else_started_is_driven() {
    let Some(bot) = bot("good") else { return };
    let done = drive(&["--target=polling"], |line| {
        let url = line.split_whitespace().find(|word| word.starts_with("http://")).expect("an address");
        let mut other = Command::new("/bin/sh");
        other.args(["-c", &bot]).env("TELEGRAM_API_URL", url);
        other
    });
    assert_eq!(done.reasons(), [""; 0]);
    assert!(done.json["runs"][0]["cpu_s_per_million"].is_null(), "nobody knows its process");
    assert!(number(&done.json["runs"][0], "/arrived") > 0.0);
}

/// The address that somebody else's bot takes updates at; the bot starts when the bench already
/// waits for it.
#[test]
fn a_webhook_that_somebody_else_serves_is_driven() {
    let Some(bot) = bot("good") else { return };
    let ports = [Port::free(), Port::free()];
    let [telegram, hook] = ports.each_ref().map(Port::addr);
    let (target, listen) = (format!("--target=http://{hook}/any/path"), format!("--listen={telegram}"));
    let done = drive(&[&target, &listen, "--webhook-secret=made-up"], |line| {
        assert!(line.contains(&telegram.to_string()), "{line}");
        let mut other = Command::new("/bin/sh");
        other.args(["-c", &bot]).env("TELEGRAM_API_URL", format!("http://{telegram}"));
        other.env("WEBHOOK_PORT", hook.port().to_string()).env("WEBHOOK_SECRET", "made-up");
        other
    });
    assert_eq!(done.reasons(), [""; 0]);
    assert!(number(&done.json["runs"][0], "/arrived") > 0.0);
}

#[test]
fn startup_measures_starts() {
    let result = run(&["startup", "--users=10", "--rounds=2"]).sound("startup");
    assert_eq!(result["starts_ms"].as_array().map(Vec::len), Some(2));
    assert!(number(&result, "/summary_ms/median") > 0.0);
}

#[test]
fn recover_measures_what_a_kill_costs() {
    let result = run(&["recover", "--users=20", "--rounds=2"]).sound("recover");
    let rounds = result["rounds"].as_array().expect("rounds");
    assert_eq!(rounds.len(), 2);
    for round in rounds {
        assert_eq!(number(round, "/chats"), 10.0);
        assert!(number(round, "/first_chat_ms") <= number(round, "/last_chat_ms"));
    }
}

#[test]
fn memory_measures_sessions() {
    let result = run(&["memory", "--users=20", "--flood=300"]).sound("memory");
    let moments = result["moments"].as_array().expect("moments");
    let sessions: Vec<f64> = moments.iter().map(|m| number(m, "/sessions")).collect();
    assert_eq!(sessions, [0.0, 20.0, 20.0, 0.0, 0.0]);
    assert!(moments.iter().all(|m| number(m, "/resident_bytes") > 0.0));
    assert!(
        result["bytes_per_live_session"].is_number() && result["bytes_per_passivated_session"].is_number()
    );
}

#[test]
fn match_measures_both_queues() {
    let small = ["--waiting=100,1000", "--matches=500", "--redis-waiting=50,100", "--redis-matches=50"];
    let mut args = vec!["match"];
    args.extend(small);
    if Command::new("redis-server").arg("--version").output().is_ok() {
        args.push("--redis");
    } else {
        assert!(skip::allowed("redis"), "Redis is not installed; NAMELESS_SKIP=redis leaves its tests out");
    }
    let with_redis = args.contains(&"--redis");
    let result = run(&args).sound("match");
    assert_eq!(result["memory_ns"].as_array().map(Vec::len), Some(2));
    assert!(
        result["memory_ns"]
            .as_array()
            .is_some_and(|sizes| sizes.iter().all(|s| number(s, "/matches") == 500.0))
    );
    assert_eq!(result["redis_us"].as_array().map(Vec::len), with_redis.then_some(2));
}

#[test]
fn jobs_measures_beginnings_bursts_and_claims() {
    let small =
        ["--users=20", "--rates=50,100", "--duration=500ms", "--burst=300", "--done=2000", "--waiting=500"];
    let done = run(&[&["jobs", "--claims=20"], &small[..]].concat());
    if done.printed.contains("PostgreSQL is not installed") && skip::allowed("postgres") {
        return;
    }
    let result = done.sound("jobs");
    let rates = result["rates"].as_array().expect("rates");
    assert_eq!(rates.len(), 2);
    for rate in rates {
        // The first sixth warms up.
        let (all, counted) = (number(rate, "/jobs"), number(rate, "/begin_ms/count"));
        assert!(counted > 0.7 * all && counted <= all, "{counted} of {all}");
        assert!(number(rate, "/begin_ms/p50") > 0.0 && number(rate, "/done_per_s") > 0.0);
    }
    assert!(number(&result, "/burst/jobs_per_s") > 0.0);
    let claims = result["claims"].as_array().expect("claims");
    assert_eq!(claims.len(), 4);
    assert!(claims.iter().all(|claim| number(claim, "/mean_us") > 0.0));
}

#[test]
fn outbox_measures_a_backlog_and_its_manners() {
    let result = run(&["outbox", "--users=20", "--messages=400", "--global-rate=100"]).sound("outbox");
    let steps = result["steps"].as_array().expect("steps");
    assert_eq!(steps.len(), 3);
    assert!(number(&steps[1], "/answers_429") > 0.0 && number(&steps[2], "/answers_429") > 0.0);
    assert!(steps.iter().all(|step| number(step, "/calls_too_soon") == 0.0));
}

/// Row by row of the ledger, not by time: all texts and all files arrive, each once, and the places
/// of uploads were taken the whole time.
#[test]
fn launder_measures_texts_beside_files_that_hang() {
    let args = ["launder", "--users=10", "--senders=60", "--rate=60", "--hang=600ms"];
    let times = ["--duration=600ms", "--warm-up=500ms", "--rounds=2", "--seed=7"];
    let result = run(&[&args[..], &times].concat()).sound("launder");
    assert_eq!(number(&result, "/sent"), number(&result, "/arrived"));
    assert_eq!(result["rounds"].as_array().map(Vec::len), Some(2));
    for round in result["rounds"].as_array().expect("rounds") {
        assert!(number(round, "/files") >= 2.0 * 60.0, "every sender has two under way");
        assert!(
            number(round, "/fewest_under_way/small") > 32.0 && number(round, "/fewest_under_way/large") > 4.0
        );
        for phase in ["calm", "saturated"] {
            assert!(number(round, &format!("/{phase}/latency_ms/count")) > 20.0, "{phase}");
        }
    }
    assert!(number(&result, "/faults_applied/latency") > 0.0);
}

/// All photos and texts arrive, each once; in calm nobody looks, and saturated more come than can
/// be looked at.
#[test]
fn face_measures_looks_and_texts_beside_photos() {
    if crate::photos::models().is_none() {
        return;
    }
    let args = ["face", "--looks=1", "--model-rounds=1", "--remembered=2000", "--users=6", "--senders=2"];
    let times = ["--rate=60", "--photos=60", "--duration=700ms", "--warm-up=300ms", "--rounds=1", "--seed=7"];
    // A worker that is late is ended, and the next one starts after a pause.
    let patient = ["--env=FACE_TIMEOUT=8s"];
    let result = run(&[&args[..], &times, &patient].concat()).sound("face");
    assert_eq!(result["models"]["models"].as_array().map(Vec::len), Some(3));
    for purpose in result["purposes"].as_array().expect("purposes") {
        assert_eq!(number(purpose, "/look_ms/count"), 1.0);
        assert!(
            number(purpose, "/pictures_per_core_second") > 0.0 && number(purpose, "/steps_ms/nudity") > 0.0
        );
    }
    assert!(number(&result, "/worker_bytes") > 1e7);
    // The fourth, of the texts beside them, is there where the load was not busy itself.
    assert!(result["bars"].as_array().map_or(0, Vec::len) >= 3, "{}", result["bars"]);
    assert_eq!(number(&result, "/sent"), number(&result, "/arrived"));
    for round in result["rounds"].as_array().expect("rounds") {
        assert!(number(round, "/photos") > number(round, "/looked_at"));
        for phase in ["calm", "saturated"] {
            assert!(number(round, &format!("/{phase}/latency_ms/count")) > 20.0, "{phase}");
        }
    }
}
