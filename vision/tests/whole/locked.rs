//! What a worker cannot do, tried from inside; and what others see of its layers, from outside.

use std::{
    io::Read,
    os::unix::{fs::MetadataExt, process::ExitStatusExt},
    process::{Child, Command, Stdio},
};

use nameless_vision::{
    client::{Worker, WorkerError},
    findings::Wants,
    sandbox::{Demand, LayerName, State},
};

use crate::{
    corpus,
    support::{PATIENCE, example, models, settings, worker},
};

const KILLED: &str = "killed";
const REFUSED_BY_FILTER: &str = "1";
const REFUSED_BY_LANDLOCK: &str = "13";

/// Somebody to be traced.
struct Victim(Child);

impl Victim {
    fn new() -> Self {
        // Waits for input that never comes.
        let child = Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        Self(child)
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What becomes of an action under a guard: `ok`, an error's number, or `killed` for a forbidden
/// call.
fn tried(guard: &str, action: &str, victim: &Victim) -> String {
    let output = Command::new(example("probe"))
        .args([guard, action, &victim.0.id().to_string()])
        .env_clear()
        .stdin(Stdio::null())
        .output()
        .unwrap();
    // SIGSYS.
    if output.status.signal() == Some(31) {
        return KILLED.to_owned();
    }
    assert!(
        output.status.success(),
        "{action}: {}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

#[test]
fn inside_nothing_is_within_reach() {
    let victim = Victim::new();
    for (action, outcome) in [
        ("udp", KILLED),
        ("tcp", KILLED),
        ("connect", KILLED),
        ("open", REFUSED_BY_FILTER),
        ("create", REFUSED_BY_FILTER),
        ("list", REFUSED_BY_FILTER),
        ("exec", KILLED),
        ("fork", KILLED),
        ("thread", KILLED),
        ("ptrace", KILLED),
        ("read-process", KILLED),
        ("signal", REFUSED_BY_FILTER),
        ("raise", REFUSED_BY_FILTER),
        // ENOMEM
        ("memory", "12"),
    ] {
        assert_eq!(tried("all", action, &victim), outcome, "{action}");
    }
}

/// Else the test above would prove nothing.
#[test]
fn without_the_guards_all_of_it_works() {
    let victim = Victim::new();
    for action in
        ["udp", "tcp", "connect", "open", "create", "list", "fork", "thread", "signal", "raise", "memory"]
    {
        assert_eq!(tried("none", action, &victim), "ok", "{action}");
    }
    // It becomes the other program, which says nothing.
    assert_eq!(tried("none", "exec", &victim), "");
    let _ = std::fs::remove_file(std::env::temp_dir().join(victim.0.id().to_string()));
}

#[test]
fn each_guard_alone_keeps_files_closed() {
    let victim = Victim::new();
    for action in ["open", "create", "list"] {
        assert_eq!(tried("files", action, &victim), REFUSED_BY_LANDLOCK, "{action}");
        assert_eq!(tried("calls", action, &victim), REFUSED_BY_FILTER, "{action}");
    }
    assert_eq!(tried("files", "exec", &victim), REFUSED_BY_LANDLOCK);
    // The reason why there are two: Landlock knows nothing of UDP.
    assert_eq!(tried("files", "udp", &victim), "ok");
    assert_eq!(tried("calls", "udp", &victim), KILLED);
}

/// What the runtime itself could try: to report home, to leave a file. It loads all the same, so it
/// tries nothing.
#[test]
fn while_loading_nothing_can_be_sent_or_left_behind() {
    let victim = Victim::new();
    for action in ["udp", "tcp", "connect", "fork", "thread", "ptrace"] {
        assert_eq!(tried("loading", action, &victim), KILLED, "{action}");
    }
    assert_eq!(tried("loading", "create", &victim), REFUSED_BY_LANDLOCK);
    assert_eq!(tried("loading", "open", &victim), "ok");
    let Some(models) = models() else { return };
    let runtime = std::fs::read(models.join("libonnxruntime.so")).unwrap();
    let address = b"events.data.microsoft.com";
    assert!(!runtime.windows(address.len()).any(|bytes| bytes == address), "a runtime that reports home");
}

#[test]
fn outside_every_layer_is_seen() {
    let Some(mut worker) = worker() else { return };
    let layers = &worker.hello().layers;
    assert_eq!(layers.missing().count(), 0, "{layers}");
    let names: Vec<_> = layers.0.iter().map(|layer| layer.name).collect();
    let all = [
        LayerName::Environment,
        LayerName::Descriptors,
        LayerName::NoNewPrivileges,
        LayerName::WhileLoading,
        LayerName::OneThread,
        LayerName::Privileges,
        LayerName::NotDumpable,
        LayerName::DiesWithParent,
        LayerName::Files,
        LayerName::Limits,
        LayerName::Calls,
    ];
    assert_eq!(names, all);
    worker.look(corpus::plain_jpeg(), Wants::ALL, PATIENCE).unwrap();
    let folder = format!("/proc/{}", worker.id());
    let read = |name: &str| std::fs::read_to_string(format!("{folder}/{name}")).unwrap();
    let status = read("status");
    let field =
        |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned();
    assert_eq!(field("Seccomp:"), "2");
    assert_eq!(field("Seccomp_filters:"), "2");
    assert_eq!(field("NoNewPrivs:"), "1");
    assert_eq!(field("Threads:"), "1");
    // Guard: `step_back`. Behind the name in brackets the 17th field is how it stands back.
    let stat = read("stat");
    let nice = stat[stat.rfind(')').unwrap() + 2..].split(' ').nth(16);
    let nice: i32 = nice.unwrap().parse().unwrap();
    let own = std::fs::read_to_string("/proc/self/stat").unwrap();
    let own: i32 = own[own.rfind(')').unwrap() + 2..].split(' ').nth(16).unwrap().parse().unwrap();
    assert_eq!(nice, (own + 10).min(19), "chats go first: {stat}");
    for kind in ["CapEff:", "CapPrm:", "CapInh:", "CapAmb:"] {
        assert_eq!(u64::from_str_radix(&field(kind), 16), Ok(0), "{kind}");
    }
    let root = nix::unistd::geteuid().is_root();
    if root {
        assert_eq!(field("Uid:"), "65534\t65534\t65534\t65534");
        assert_eq!(field("Gid:"), "65534\t65534\t65534\t65534");
        assert_eq!(field("Groups:"), "");
    }
    // What is not dumpable belongs to root in /proc, whoever runs it.
    assert_eq!(std::fs::metadata(format!("{folder}/fd")).unwrap().uid(), 0);
    let limits = read("limits");
    let limit = |name: &str| {
        let line = limits.lines().find(|line| line.starts_with(name)).unwrap();
        line[name.len()..].split_whitespace().take(2).map(str::to_owned).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(limit("Max core file size"), "0 0");
    assert_eq!(limit("Max file size"), "0 0");
    assert_eq!(limit("Max processes"), "0 0");
    assert_eq!(limit("Max open files"), "3 3");
    assert_eq!(limit("Max cpu time"), "3600 3600");
    assert!(!limit("Max address space").contains("unlimited"));
    if root {
        let open = std::fs::read_dir(format!("{folder}/fd")).unwrap().count();
        assert_eq!(open, 3, "it looked at a picture and opened nothing");
        assert_eq!(read("environ"), "ORT_DISABLE_TELEMETRY=1\0");
    }
}

fn refusal(change: impl FnOnce(&mut Command), demand: Demand) -> Option<Result<Worker, WorkerError>> {
    let mut command = settings(models()?, demand).command();
    change(&mut command);
    Some(Worker::start_with(command, PATIENCE))
}

#[test]
fn a_layer_that_does_not_hold_is_refused_or_told() {
    let secret = |command: &mut Command| {
        command.env("BOT_TOKEN", "123:secret");
    };
    let Some(refused) = refusal(secret, Demand::Require) else { return };
    assert!(matches!(refused, Err(WorkerError::Refuses(_))), "{refused:?}");
    let told = refusal(secret, Demand::Best).unwrap().unwrap();
    let missing: Vec<_> = told.hello().layers.missing().collect();
    assert_eq!(missing.len(), 1);
    assert_eq!(missing[0].name, LayerName::Environment);
    // Its name is told, and never what it holds.
    let State::Missing(why) = &missing[0].state else { panic!() };
    assert!(why.contains("BOT_TOKEN") && !why.contains("secret"), "{why}");
}

/// An old kernel, or one that was built without it.
#[test]
fn on_a_kernel_without_landlock_it_refuses_or_tells() {
    let Some(models) = models() else { return };
    let without = |demand| {
        let inner = settings(models.clone(), demand).command();
        let mut command = Command::new(example("probe"));
        command.arg("without-landlock").arg(inner.get_program()).args(inner.get_args());
        command.env_clear().env("ORT_DISABLE_TELEMETRY", "1").current_dir("/");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        Worker::start_with(command, PATIENCE)
    };
    let refused = without(Demand::Require);
    assert!(matches!(&refused, Err(WorkerError::Refuses(why)) if why.contains("layer")), "{refused:?}");
    let mut told = without(Demand::Best).unwrap();
    let missing: Vec<_> = told.hello().layers.missing().map(|layer| layer.name).collect();
    assert_eq!(missing, [LayerName::WhileLoading, LayerName::Files]);
    // What else there is holds all the same: the two filters beside the test's own.
    let status = std::fs::read_to_string(format!("/proc/{}/status", told.id())).unwrap();
    let filters = status.lines().find_map(|line| line.strip_prefix("Seccomp_filters:"));
    assert_eq!(filters.map(str::trim), Some("3"), "{status}");
    told.look(corpus::plain_jpeg(), Wants::ALL, PATIENCE).unwrap();
}

#[test]
fn without_the_word_against_telemetry_nothing_is_loaded() {
    let silent = |command: &mut Command| {
        command.env_remove("ORT_DISABLE_TELEMETRY");
    };
    let Some(refused) = refusal(silent, Demand::Best) else { return };
    assert!(matches!(&refused, Err(WorkerError::Refuses(why)) if why.contains("TELEMETRY")), "{refused:?}");
}

#[test]
fn an_orphan_does_not_work() {
    let other = |command: &mut Command| {
        command.args(["--parent", "1"]);
    };
    let Some(refused) = refusal(other, Demand::Require) else { return };
    assert!(matches!(refused, Err(WorkerError::Refuses(_))), "{refused:?}");
}

#[test]
fn it_dies_with_its_parent() {
    let Some(models) = models() else { return };
    let mut parent = Command::new(example("probe"))
        .arg("parent")
        .arg(env!("CARGO_BIN_EXE_face"))
        .args(["worker", "--sandbox", "require", "--models"])
        .arg(models)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // Held open: an input that ends would end the worker as well.
    let input = parent.stdin.take();
    let mut output = parent.stdout.take().unwrap();
    let mut head = [0; 6];
    output.read_exact(&mut head).unwrap();
    let mut hello = vec![0; u32::from_le_bytes(head[2..].try_into().unwrap()) as usize];
    output.read_exact(&mut hello).unwrap();
    assert!(!String::from_utf8_lossy(&hello).contains("missing"));
    parent.kill().unwrap();
    parent.wait().unwrap();
    // Whoever held the other end is gone: the worker was the last.
    assert_eq!(output.read(&mut [0; 16]).unwrap(), 0);
    drop(input);
}
