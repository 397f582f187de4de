//! `scripts/release.sh` and `scripts/rollback.sh`, as an operator runs them, on two nodes under
//! texts.
//!
//! What this shows: a program whose schema is behind the database's starts, works beside one that
//! is not, and nothing is lost while nodes are exchanged one after the other. What it does not
//! show: a former release, as there is none to build; both versions are this program, and the
//! migration that the former does not know is made here.

use crate::crowd::Cluster;
use crate::process::{Bot, PATIENCE, seeded};
use crate::support::port::Port;
use crate::traffic::{self, Traffic};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long a roll-back may take, which alone on a machine is over within some seconds.
const BACK: Duration = Duration::from_secs(120);
/// Seconds in which a node has to be well, and in which one that never is is given up.
const WELL: &str = "60";
const NEVER_WELL: &str = "40";

/// What a newer version would add: a table, a column of a table that is much used, an index.
const EXPANDED: &str = "
    CREATE TABLE of_the_newer (user_id bigint PRIMARY KEY, words text NOT NULL);
    ALTER TABLE accounts ADD COLUMN of_the_newer text NOT NULL DEFAULT 'x' CHECK (of_the_newer <> '');
    CREATE INDEX accounts_of_the_newer ON accounts (of_the_newer);
    INSERT INTO schema_migrations VALUES (9999, 'of_the_newer', 'x', 0, 0)";

/// Starts a node again whenever it ends, as systemd does; dies with the test.
const KEEPER: &str = r#"
    while :; do
        setpriv --pdeathsig KILL -- "$HOME_OF/current/nameless" serve & echo $! >"$HOME_OF/$NODE.pid.new"
        mv "$HOME_OF/$NODE.pid.new" "$HOME_OF/$NODE.pid"
        wait $!
        sleep 0.1
    done"#;

/// `systemctl restart` for that: ends the node, and waits until there is another.
const RESTART: &str = r#"#!/bin/bash
    was=$(cat "$HOME_OF/$1.pid")
    kill -TERM "$was"
    while [ "$(cat "$HOME_OF/$1.pid")" = "$was" ]; do sleep 0.02; done"#;

struct Machine {
    home: TempDir,
    nodes: Vec<(String, String)>,
    env: PathBuf,
    /// Of the nodes' metrics, from one life to the next.
    _ports: Vec<Port>,
}

impl Machine {
    /// Two nodes with version 1 at work.
    fn start(cluster: &mut Cluster) -> (Machine, Vec<Bot>) {
        let home = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        let releases = home.path().join("releases");
        let program = Path::new(env!("CARGO_BIN_EXE_nameless"));
        for version in ["1", "2", "broken"] {
            fs::create_dir_all(releases.join(version)).expect("a folder");
            let place = releases.join(version).join("nameless");
            match version {
                "broken" => script(&place, "#!/bin/sh\n[ \"$1\" = migrate ] || exit 70\n"),
                _ => fs::hard_link(program, &place).expect("the program, under another name"),
            }
        }
        std::os::unix::fs::symlink("releases/1", home.path().join("current")).expect("a link");
        script(&home.path().join("restart"), RESTART);
        let env = home.path().join("env");
        let (mut nodes, mut bots, mut ports) = (Vec::new(), Vec::new(), Vec::new());
        for n in 0..2 {
            let (name, port) = (format!("node{n}"), Port::free());
            let metrics = port.addr().to_string();
            ports.push(port);
            let mut variables = cluster.variables(n);
            variables.push(("METRICS_ADDR", metrics.clone()));
            // As systemd reads them; to a shell `&` in an address would mean something.
            let lines = variables.iter().map(|(name, value)| format!("{name}={value}\n"));
            fs::write(&env, lines.collect::<String>()).expect("its settings");
            let mut keeper = Command::new("setpriv");
            keeper.args(["--pdeathsig", "KILL", "--", "bash", "-c", KEEPER]);
            keeper.env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
            keeper.current_dir(home.path()).stdin(Stdio::null()).envs(variables);
            keeper.env("HOME_OF", home.path()).env("NODE", &name);
            let mut bot = Bot::launch(keeper);
            bot.wait_line("ready http=");
            bots.push(bot);
            nodes.push((name, metrics));
        }
        (Machine { home, nodes, env, _ports: ports }, bots)
    }

    fn run(&self, script: &str, args: &[&str]) -> Output {
        self.run_for(WELL, script, args)
    }

    fn run_for(&self, seconds: &str, script: &str, args: &[&str]) -> Output {
        let nodes: Vec<String> = self.nodes.iter().map(|(name, at)| format!("{name}={at}")).collect();
        Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts").join(script))
            .args(args)
            .env("NAMELESS_HOME", self.home.path())
            .env("NAMELESS_NODES", nodes.join(" "))
            .env("NAMELESS_RESTART", self.home.path().join("restart"))
            .env("NAMELESS_ENV_FILE", &self.env)
            .env("NAMELESS_WAIT", seconds)
            .env("HOME_OF", self.home.path())
            .current_dir(self.home.path())
            .output()
            .expect("the script runs")
    }

    fn pid(&self, name: &str) -> String {
        fs::read_to_string(self.home.path().join(format!("{name}.pid"))).expect("its id").trim().to_owned()
    }

    /// Of which version the program is that a node runs.
    fn version_of(&self, name: &str) -> Option<String> {
        // Of one that has just ended there is none; its keeper starts another.
        let program = fs::read_link(format!("/proc/{}/exe", self.pid(name))).ok()?;
        Some(program.parent()?.file_name()?.to_string_lossy().into_owned())
    }

    #[track_caller]
    fn all_run(&self, version: &str) {
        for (name, _) in &self.nodes {
            let until = Instant::now() + PATIENCE;
            while self.version_of(name).as_deref() != Some(version) {
                assert!(Instant::now() < until, "{name} runs {:?}", self.version_of(name));
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }

    /// Ends what the keepers keep.
    fn end(&self, bots: Vec<Bot>) {
        bots.into_iter().for_each(Bot::kill);
    }
}

fn script(place: &Path, text: &str) {
    fs::write(place, text).expect("written");
    fs::set_permissions(place, fs::Permissions::from_mode(0o755)).expect("chmod");
}

#[track_caller]
fn ends(output: &Output, code: i32) -> String {
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{said}");
    println!("{said}");
    said
}

/// Forward, back onto a schema that the older program does not know, forward to one that does not
/// start: nothing is lost, doubled or out of order, and people notice nothing.
#[tokio::test]
async fn two_nodes_go_forth_and_back_under_texts() {
    let Some(mut cluster) = Cluster::start() else { return };
    let (machine, bots) = Machine::start(&mut cluster);
    cluster.level(2).await;
    let ways = traffic::pairs(&cluster.world, 8).await;
    let traffic = Traffic::start(ways, Duration::from_millis(40), seeded("roll back"));
    traffic.writes(50).await;

    ends(&machine.run("release.sh", &["2"]), 0);
    machine.all_run("2");
    // What the newer version has added, under the texts.
    cluster.postgres.psql("nameless", EXPANDED);
    traffic.writes(50).await;

    let begun = Instant::now();
    let said = ends(&machine.run("rollback.sh", &[]), 0);
    let took = begun.elapsed();
    machine.all_run("1");
    assert!(took < BACK, "{took:?}\n{said}");
    println!("back after {took:?}");
    // Once more does not put the one that was left to work again.
    let said = ends(&machine.run("rollback.sh", &[]), 2);
    assert!(said.contains("no version before"), "{said}");
    machine.all_run("1");
    traffic.writes(50).await;

    let said = ends(&machine.run_for(NEVER_WELL, "release.sh", &["broken"]), 1);
    assert!(said.contains("does not get well") && said.contains("1 is back at work"), "{said}");
    machine.all_run("1");
    traffic.writes(50).await;

    // A step that does not only expand: the older program says so, and nothing is touched.
    ends(&machine.run("release.sh", &["2"]), 0);
    cluster.postgres.psql("nameless", "UPDATE schema_migrations SET oldest = 9999 WHERE number = 9999");
    let before: Vec<String> = machine.nodes.iter().map(|(name, _)| machine.pid(name)).collect();
    let said = ends(&machine.run("rollback.sh", &[]), 2);
    assert!(said.contains("nothing was changed") && said.contains("of_the_newer"), "{said}");
    assert_eq!(machine.nodes.iter().map(|(name, _)| machine.pid(name)).collect::<Vec<_>>(), before);
    machine.all_run("2");
    traffic.writes(50).await;

    let figures = traffic::check(&traffic.stop(), 0).await;
    println!("{figures:?}");
    assert_eq!(figures.doubles, 0, "{figures:?}");
    machine.end(bots);
}

/// What is no version changes nothing.
#[test]
fn what_cannot_be_released_is_refused() {
    let home = tempfile::tempdir().expect("a folder");
    let machine = Machine { home, nodes: Vec::new(), env: PathBuf::from("/nowhere"), _ports: Vec::new() };
    for args in [&[][..], &["1"], &["../1"], &["a b"], &[".."]] {
        let said = ends(&machine.run("release.sh", args), 2);
        assert!(said.contains("nothing was changed"), "{args:?}: {said}");
    }
    let said = ends(&machine.run("rollback.sh", &[]), 2);
    assert!(said.contains("no version before"), "{said}");
}

/// A version that writes down what it is asked, and is well if nothing else is said.
const NOTES: &str = r#"#!/bin/bash
    here=$(dirname "$(readlink -f "$0")")
    echo "$(basename "$here") $1 ${2-} url=${DATABASE_URL-} data=${DATA_DIR-}" >>"$here/../../said"
    ! grep -qsx "$1" "$here/fails""#;

/// `systemctl`, as far as it is asked here.
const SYSTEMCTL: &str = r#"#!/bin/bash
    echo "systemctl $*" >>"$(dirname "$0")/said""#;

/// The scripts alone: versions that only note what is asked of them, one node, a `systemctl` that
/// notes as well.
struct Noted(TempDir);

impl Noted {
    fn new(versions: &[&str]) -> Noted {
        let home = tempfile::tempdir().expect("a folder");
        for version in versions {
            let folder = home.path().join("releases").join(version);
            fs::create_dir_all(&folder).expect("a folder");
            script(&folder.join("nameless"), NOTES);
        }
        script(&home.path().join("systemctl"), SYSTEMCTL);
        fs::write(home.path().join("env"), "DATABASE_URL=postgres://a@b/c\n").expect("its settings");
        Noted(home)
    }

    /// Which of its commands fail.
    fn fails(&self, version: &str, commands: &str) {
        fs::write(self.0.path().join("releases").join(version).join("fails"), commands).expect("written");
    }

    fn command(&self, script: &str, args: &[&str]) -> Command {
        let path = std::env::var("PATH").unwrap_or_default();
        let home = self.0.path();
        let mut command = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts").join(script));
        command.args(args).current_dir(home);
        command.env_remove("NAMELESS_RESTART").env("PATH", format!("{}:{path}", home.display()));
        command.env("NAMELESS_HOME", home).env("NAMELESS_ENV_FILE", home.join("env"));
        command.env("NAMELESS_DATA", home.join("data")).env("NAMELESS_WAIT", "1");
        command.env("DATABASE_URL", "postgres://of/the-caller");
        command
    }

    #[track_caller]
    fn run(&self, script: &str, args: &[&str], code: i32) -> String {
        ends(&self.command(script, args).output().expect("the script runs"), code)
    }

    /// What was asked since the last time, without questions whether a node is well.
    fn said(&self) -> Vec<String> {
        let place = self.0.path().join("said");
        let said = fs::read_to_string(&place).unwrap_or_default();
        let _ = fs::remove_file(place);
        said.lines().filter(|line| !line.contains(" health ")).map(str::to_owned).collect()
    }

    fn leads_to(&self, link: &str) -> Option<String> {
        let version = fs::read_link(self.0.path().join(link)).ok()?;
        Some(version.file_name()?.to_string_lossy().into_owned())
    }
}

/// The database that is asked is that of the nodes, whatever stands in their settings or in the
/// caller's; what cannot be known is refused, and nobody makes a new database.
#[test]
fn the_nodes_own_database_is_asked() {
    let noted = Noted::new(&["1", "2"]);
    let (env, home) = (noted.0.path().join("env"), noted.0.path().display().to_string());
    let url = "postgres://a:b@h/x?sslmode=require&y=$(touch pwned)";
    fs::write(&env, format!("X=$(touch pwned)\nDATABASE_URL={url} \n DATA_DIR = \"{home}/own\"\n")).unwrap();
    noted.run("release.sh", &["1"], 0);
    let turned = ["systemctl reset-failed nameless", "systemctl restart nameless"].map(str::to_owned);
    let asked = |version: &str, what: &str| {
        let mut lines = vec![format!("{version} migrate {what} url={url} data={home}/own")];
        lines.extend(turned.clone());
        lines
    };
    assert_eq!(noted.said(), asked("1", "up"));
    noted.run("release.sh", &["2"], 0);
    assert_eq!(noted.said(), asked("2", "up"));
    noted.run("rollback.sh", &[], 0);
    assert_eq!(noted.said(), asked("1", "status"));
    assert!(!noted.0.path().join("pwned").exists() && !noted.0.path().join("own").exists());

    // Nothing names a database, and none is there.
    fs::write(&env, "BOT_TOKEN=x\n").unwrap();
    let said = noted.run("rollback.sh", &["2"], 2);
    assert!(said.contains("no database that this user may see"), "{said}");
    noted.run("release.sh", &["2"], 0);
    assert_eq!(noted.said(), turned, "a program without a database would make one");
    fs::create_dir_all(noted.0.path().join("data/postgres")).unwrap();
    fs::write(noted.0.path().join("data/postgres/PG_VERSION"), "15\n").unwrap();
    noted.run("rollback.sh", &[], 0);
    assert_eq!(noted.said()[0], format!("1 migrate status url= data={home}/data"));

    // What is there and cannot be read, whoever this test runs as.
    fs::remove_file(&env).unwrap();
    fs::create_dir(&env).unwrap();
    for (script, args) in [("release.sh", ["2"]), ("rollback.sh", ["2"])] {
        let said = noted.run(script, &args, 2);
        assert!(said.contains("may not be read"), "{said}");
    }
    assert_eq!(noted.said(), Vec::<String>::new());
    assert_eq!(noted.leads_to("current").as_deref(), Some("1"));
}

/// A release that is cut off half-way is done again, and knows where to go back to; whoever reads
/// what it says may go away; a schema that does not come up to date touches nothing.
#[test]
fn a_release_that_was_cut_off_is_done_again() {
    let noted = Noted::new(&["1", "2", "3"]);
    noted.run("release.sh", &["1"], 0);
    // Cut off by a node whose restart ends the script.
    script(&noted.0.path().join("systemctl"), "#!/bin/bash\n[ $1 != restart ] || kill -KILL $PPID\n");
    assert!(!noted.command("release.sh", &["2"]).output().unwrap().status.success());
    assert_eq!(noted.leads_to("current").as_deref(), Some("2"));
    assert_eq!(noted.leads_to("previous").as_deref(), Some("1"), "before the first node");
    script(&noted.0.path().join("systemctl"), SYSTEMCTL);
    noted.said();
    noted.run("release.sh", &["2"], 0);
    assert_eq!(noted.said().last().map(String::as_str), Some("systemctl restart nameless"));
    assert_eq!(noted.leads_to("previous").as_deref(), Some("1"));
    // Again, and it does not get well this time.
    noted.fails("2", "health\n");
    noted.run("release.sh", &["2"], 1);
    assert_eq!((noted.leads_to("current").as_deref(), noted.leads_to("previous")), (Some("1"), None));

    noted.said();
    noted.fails("3", "migrate\n");
    let said = noted.run("release.sh", &["3"], 2);
    assert!(said.contains("no node was touched"), "{said}");
    assert_eq!(noted.said().len(), 1, "only the database was asked");
    assert_eq!(noted.leads_to("current").as_deref(), Some("1"));

    // Nobody reads: the pipe is closed before it begins.
    noted.fails("3", "");
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let mut command = noted.command("release.sh", &["3"]);
    let status = command.stdout(writer.try_clone().unwrap()).stderr(writer).status().expect("it runs");
    assert_eq!(status.code(), Some(0));
    assert_eq!(noted.leads_to("current").as_deref(), Some("3"));
}

/// Notes what it was asked, where, and with which settings.
const HEARS: &str = r#"#!/bin/bash
    { echo "$* in $PWD"; env; } >>"$(dirname "$(readlink -f "$0")")/../../heard""#;

/// A command beside the unit has its settings, secrets and data, and nothing of the caller's; a
/// release finds a database that only a secret names.
#[test]
fn a_command_runs_as_the_unit_would() {
    let noted = Noted::new(&["1"]);
    noted.run("release.sh", &["1"], 0);
    let (home, at) = (noted.0.path(), noted.0.path().display());
    script(&home.join("releases/1/nameless"), HEARS);
    fs::create_dir_all(home.join("secrets"))
        .and_then(|()| fs::create_dir(home.join("own")))
        .expect("folders");
    fs::write(home.join("secrets/bot_token"), "x\n").expect("a secret");
    let url = "postgres://a:b@h/x?y=$(touch pwned)";
    let settings = format!("# all\nDATABASE_URL={url} \n DATA_DIR = \"{at}/own\"\n");
    fs::write(home.join("env"), settings).expect("its settings");
    let run = |script: &str, args: &[&str], code| {
        let mut command = noted.command(script, args);
        command.env("NAMELESS_CREDENTIALS", home.join("secrets"));
        ends(&command.output().expect("the script runs"), code)
    };
    let heard = || fs::read_to_string(home.join("heard")).expect("it ran");
    let hears = |line: String| assert!(heard().lines().any(|heard| heard == line), "{line}: {}", heard());
    assert!(run("operate.sh", &[], 2).contains("which command?"));
    run("operate.sh", &["dead-letters", "list"], 0);
    hears(format!("dead-letters list in {at}/own"));
    hears(format!("DATABASE_URL={url}"));
    hears(format!("DATA_DIR={at}/own"));
    hears(format!("BOT_TOKEN_FILE={at}/secrets/bot_token"));
    assert!(!heard().contains("the-caller") && !heard().contains("NAMELESS_HOME"), "{}", heard());
    assert!(!home.join("pwned").exists() && !home.join("own/pwned").exists());

    fs::write(home.join("env"), "BOT_TOKEN=x\n").expect("its settings");
    fs::write(home.join("secrets/database_url"), "postgres://a@b/c\n").expect("a secret");
    run("release.sh", &["1"], 0);
    hears(format!("DATABASE_URL_FILE={at}/secrets/database_url"));
    // What cannot be read, whoever this test runs as.
    fs::remove_file(home.join("env")).and_then(|()| fs::create_dir(home.join("env"))).expect("a folder");
    assert!(run("operate.sh", &["doctor"], 2).contains("may not be read"));
}
