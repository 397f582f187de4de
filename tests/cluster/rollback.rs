//! `scripts/release.sh` and `scripts/rollback.sh`, as an operator runs them, on two nodes under
//! texts.
//!
//! What this shows: a program whose schema is behind the database's starts, works beside one that
//! is not, and nothing is lost while nodes are exchanged one after the other. What it does not
//! show: a former release, as there is none to build; both versions are this program, and the
//! migration that the former does not know is made here.

use crate::crowd::Cluster;
use crate::process::{Bot, PATIENCE, seeded};
use crate::traffic::{self, Traffic};
use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long a roll-back may take.
const BACK: Duration = Duration::from_secs(30);

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
                "broken" => script(&place, "#!/bin/sh\nexit 70\n"),
                _ => fs::hard_link(program, &place).expect("the program, under another name"),
            }
        }
        std::os::unix::fs::symlink("releases/1", home.path().join("current")).expect("a link");
        script(&home.path().join("restart"), RESTART);
        let env = home.path().join("env");
        let (mut nodes, mut bots) = (Vec::new(), Vec::new());
        for n in 0..2 {
            let (name, metrics) = (format!("node{n}"), free_address());
            let mut variables = cluster.variables(n);
            variables.push(("METRICS_ADDR", metrics.clone()));
            let lines = variables.iter().map(|(name, value)| format!("{name}='{value}'\n"));
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
        (Machine { home, nodes, env }, bots)
    }

    fn run(&self, script: &str, args: &[&str]) -> Output {
        let nodes: Vec<String> = self.nodes.iter().map(|(name, at)| format!("{name}={at}")).collect();
        Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts").join(script))
            .args(args)
            .env("NAMELESS_HOME", self.home.path())
            .env("NAMELESS_NODES", nodes.join(" "))
            .env("NAMELESS_RESTART", self.home.path().join("restart"))
            .env("NAMELESS_ENV", &self.env)
            .env("NAMELESS_WAIT", "12")
            .env("HOME_OF", self.home.path())
            .current_dir(self.home.path())
            .output()
            .expect("the script runs")
    }

    fn pid(&self, name: &str) -> String {
        fs::read_to_string(self.home.path().join(format!("{name}.pid"))).expect("its id").trim().to_owned()
    }

    /// Of which version the program is that a node runs.
    fn version_of(&self, name: &str) -> String {
        let program = fs::read_link(format!("/proc/{}/exe", self.pid(name))).expect("its program");
        let folder = program.parent().and_then(Path::file_name).expect("its folder");
        folder.to_string_lossy().into_owned()
    }

    #[track_caller]
    fn all_run(&self, version: &str) {
        for (name, _) in &self.nodes {
            let until = Instant::now() + PATIENCE;
            while self.version_of(name) != version {
                assert!(Instant::now() < until, "{name} runs {}", self.version_of(name));
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

fn free_address() -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("its address").to_string()
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
    let traffic = Traffic::start(ways, Duration::from_millis(5), seeded("roll back"));
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
    traffic.writes(50).await;

    let said = ends(&machine.run("release.sh", &["broken"]), 1);
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
    let machine = Machine { home, nodes: Vec::new(), env: PathBuf::from("/nowhere") };
    for args in [&[][..], &["1"], &["../1"], &["a b"], &[".."]] {
        let said = ends(&machine.run("release.sh", args), 2);
        assert!(said.contains("nothing was changed"), "{args:?}: {said}");
    }
    let said = ends(&machine.run("rollback.sh", &[]), 2);
    assert!(said.contains("no version before"), "{said}");
}
