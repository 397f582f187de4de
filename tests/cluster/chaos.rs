//! Chaos day: everything that can go wrong around two nodes goes wrong, one thing after the other,
//! under texts. The operators read of each in their chat, and at the end every promise was kept.
//!
//! The short form is in every run: each trouble once, within a minute. `make soak` goes round for
//! minutes, and has the network stall as well. What single tests look at closely (a journal that is
//! full while the database is away, payments across a promotion) is not repeated here.

use crate::crowd::{Cluster, soak};
use crate::process::{Bot, nameless, seeded};
use crate::support::disk::SmallDisk;
use crate::support::people::{PATIENCE, person, sees};
use crate::support::postgres::Postgres;
use crate::support::proxy::{Mode, Proxy};
use crate::support::stepped::SteppedClock;
use crate::traffic::{self, Figures, Traffic};
use nameless::cluster::lease::LEASE;
use nameless_simulator::SimUser;
use std::time::{Duration, Instant};

/// The first group that a simulator makes.
const GROUP: i64 = -4_000_000_001;
/// An hour.
const HOUR: i64 = 3_600;
/// Each way, of a network that is slow: more than a fifth of a second until an answer is there, and
/// no more than Redis has for one.
const SLOW: Duration = Duration::from_millis(110);
/// Each way, of one that stalls: two seconds and more. That counts as no answer.
const STALLED: Duration = Duration::from_millis(1_100);
/// What is said of a node that is gone. It is an event: told once for all that happens within
/// minutes.
const GONE: &str = "Another copy of the bot is gone";

/// What nodes stand on, and what can be done to it.
struct Around {
    cluster: Cluster,
    /// The first node's, where one may be mounted.
    disk: Option<SmallDisk>,
    /// Each node's own.
    clocks: [SteppedClock; 2],
    /// Between the second node and its servers: primary, standby, Redis.
    ways: [Proxy; 3],
}

impl Around {
    fn node(&mut self, n: usize) -> Bot {
        let mut own: Vec<_> = self.clocks[n].variables().into_iter().collect();
        match (n, &self.disk) {
            (0, Some(disk)) => own.push(("DATA_DIR", disk.path().display().to_string())),
            (0, None) => {}
            _ => {
                own.push(("DATABASE_URL", address([self.ways[0].port(), self.ways[1].port()])));
                own.push(("REDIS_URL", format!("redis://127.0.0.1:{}", self.ways[2].port())));
            }
        }
        self.cluster.node_with(n, &own)
    }
}

/// Two nodes under texts, and who reads of them.
struct Day {
    around: Around,
    bots: Vec<Bot>,
    operator: SimUser,
    traffic: Traffic,
    /// Two who talk outside of the traffic.
    couple: (SimUser, SimUser),
    standby: Option<Postgres>,
    /// How often a node ended in the middle of its work.
    ends: usize,
    /// What nodes that have ended had printed.
    printed: Vec<String>,
}

impl Day {
    async fn begin() -> Option<Day> {
        let mut cluster = Cluster::start()?;
        let standby = cluster.postgres.standby();
        let operator = person(&cluster.world, "operator");
        assert_eq!(operator.add_to_group(), GROUP);
        cluster.set("ALERTS_CHAT_ID", GROUP);
        cluster.set("ADMIN_USER_IDS", format!("{}:owner", operator.id()));
        cluster.set("ALERT_AFTER", "1s");
        let ports = [cluster.postgres.port(), standby.port(), cluster.redis.port()];
        cluster.set("DATABASE_URL", address([ports[0], ports[1]]));
        let clocks = [SteppedClock::start(), SteppedClock::start()];
        let (disk, ways) = (SmallDisk::mount("512m"), ports.map(Proxy::to_port));
        let mut around = Around { cluster, disk, clocks, ways };
        let bots = vec![around.node(0), around.node(1)];
        around.cluster.level(2).await;
        let couple = traffic::two(&around.cluster.world, "couple").await;
        let ways = traffic::pairs(&around.cluster.world, 6).await;
        let pause = Duration::from_millis(if soak() { 20 } else { 5 });
        let traffic = Traffic::start(ways, pause, seeded("chaos day"));
        traffic.writes(50).await;
        let (standby, printed) = (Some(standby), Vec::new());
        Some(Day { around, bots, operator, traffic, couple, standby, ends: 0, printed })
    }

    /// How often the operators were told something with these words.
    fn told(&self, part: &str) -> usize {
        self.lines().iter().filter(|line| line.contains(part)).count()
    }

    /// Waits until they were told that so many times.
    async fn tells(&self, part: &str, times: usize) {
        let until = Instant::now() + PATIENCE;
        while self.told(part) < times {
            let seen = self.lines();
            assert!(Instant::now() < until, "“{part}” is not told {times} times: {seen:#?}\n{}", self.logs());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until so many lines say that something is wrong.
    async fn begins(&self, what: &str, times: usize) {
        self.tells(&format!("🔴 {what}"), times).await;
    }

    /// Waits until so many say that it is over.
    async fn is_over(&self, what: &str, times: usize) {
        let until = Instant::now() + PATIENCE;
        while self.overs(what) < times {
            assert!(Instant::now() < until, "{what} is never over\n{}", self.logs());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn overs(&self, what: &str) -> usize {
        let is_over = |line: &str| line.starts_with("🟢 Over") && line.contains(what);
        self.lines().iter().filter(|line| is_over(line)).count()
    }

    /// What the operators have read.
    fn lines(&self) -> Vec<String> {
        let chat = self.operator.group_chat(GROUP);
        let texts = chat.iter().filter(|m| m.from_bot).filter_map(|m| m.text());
        texts.flat_map(str::lines).map(str::to_owned).collect()
    }

    fn logs(&self) -> String {
        self.bots.iter().map(Bot::printed).collect::<Vec<_>>().join("\n--- the other node\n")
    }

    /// A node that has ended by itself, or does so soon, is started again, as its host would do.
    async fn tend(&mut self) {
        let until = Instant::now() + PATIENCE;
        loop {
            for n in 0..self.bots.len() {
                if self.bots[n].is_over() {
                    self.ends += 1;
                    self.printed.push(self.bots[n].printed());
                    self.bots[n] = self.around.node(n);
                }
            }
            if self.around.cluster.is_level(2) {
                return;
            }
            assert!(Instant::now() < until, "the nodes do not share the work\n{}", self.logs());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// How often something was told to have begun, and how often to be over.
    fn counts(&self, what: &str) -> (usize, usize) {
        (self.told(&format!("🔴 {what}")), self.overs(what))
    }

    /// One clock goes an hour ahead, the other an hour back.
    async fn clocks_are_set(&self, round: i64) {
        let before = self.told("clock was set");
        self.around.clocks[0].set(HOUR * (round % 2 + 1));
        self.around.clocks[1].set(-HOUR * (round % 2 + 1));
        self.traffic.writes(50).await;
        // It is an event: told once for all that happens within minutes.
        self.tells("🔴 This machine's clock was set", before.max(2)).await;
    }

    async fn the_disk_is_full(&self) {
        let Some(disk) = &self.around.disk else { return };
        let what = "The disk has little room left";
        let (before, over) = (self.told(&format!("🔴 {what}")), self.overs(what));
        let ballast = disk.path().join("ballast");
        let mut file = std::fs::File::create(&ballast).expect("a file");
        let filled = std::io::copy(&mut std::io::repeat(1), &mut file).expect_err("it is full");
        assert_eq!(filled.kind(), std::io::ErrorKind::StorageFull, "{filled}");
        self.begins(what, before + 1).await;
        self.traffic.writes(50).await;
        // What is open still takes its room.
        drop(file);
        std::fs::remove_file(ballast).expect("freed");
        self.is_over(what, over + 1).await;
    }

    async fn redis_is_emptied(&mut self) {
        let what = "Redis does not answer";
        let (before, over) = (self.told(&format!("🔴 {what}")), self.overs(what));
        self.around.cluster.redis.kill();
        // Each node tells of it.
        self.begins(what, before + 2).await;
        self.traffic.writes(50).await;
        self.around.cluster.redis.restart_empty();
        self.is_over(what, over + 2).await;
    }

    fn delays(&self, mode: Mode) {
        self.around.ways.iter().for_each(|way| way.set(mode));
    }

    /// Everything that the second node says to its servers and hears of them is late; it goes on.
    async fn the_network_is_slow(&mut self) {
        let slow = ["The database answers slowly", "Redis answers slowly"];
        let before = slow.map(|what| self.counts(what));
        self.delays(Mode::Delay(SLOW));
        for (what, (told, _)) in slow.into_iter().zip(before) {
            self.begins(what, told + 1).await;
        }
        self.traffic.writes(50).await;
        self.delays(Mode::Pass);
        for (what, (_, over)) in slow.into_iter().zip(before) {
            self.is_over(what, over + 1).await;
        }
        self.tend().await;
    }

    /// The same, so late that it counts as silence. Either the second node says so, or its lease
    /// ends first: then it ends, and the other tells of that.
    async fn the_network_stalls(&mut self) {
        let away = ["The database does not answer", "Redis does not answer"];
        let before = away.map(|what| self.counts(what));
        self.delays(Mode::Delay(STALLED));
        let until = Instant::now() + PATIENCE;
        loop {
            let begun = away.iter().zip(before).any(|(what, (told, _))| self.counts(what).0 > told);
            let ended = self.bots[1].is_over() && self.told(GONE) > 0;
            if begun || ended {
                break;
            }
            assert!(Instant::now() < until, "nothing is told of it\n{}", self.logs());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.traffic.writes(50).await;
        self.delays(Mode::Pass);
        let until = Instant::now() + PATIENCE;
        let is_over = |day: &Day| {
            away.iter().zip(before).all(|(what, (told, over))| {
                let now = day.counts(what);
                now.0 - told == now.1 - over
            })
        };
        while !self.bots[1].is_over() && !is_over(self) {
            assert!(Instant::now() < until, "it is never over\n{}", self.logs());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.tend().await;
    }

    /// For longer than its lease: the other has its users, and it ends once it wakes.
    async fn a_node_is_paused(&mut self) {
        self.bots[1].signal("STOP");
        let paused = Instant::now();
        self.around.cluster.level(1).await;
        println!("taken over {:?} after the pause began", paused.elapsed());
        assert!(paused.elapsed() < LEASE * 6, "{:?}", paused.elapsed());
        self.begins(GONE, 1).await;
        self.traffic.writes(50).await;
        self.bots[1].signal("CONT");
        let status = self.bots[1].ended(PATIENCE);
        assert!(!status.success(), "a node without a lease ends: {status}");
        self.tend().await;
    }

    /// The primary goes, and the standby is promoted once somebody has noticed.
    async fn the_database_fails_over(&mut self) {
        let Some(standby) = self.standby.take() else { return };
        let what = "The database does not answer";
        let (before, over) = (self.told(&format!("🔴 {what}")), self.overs(what));
        self.around.cluster.postgres.stop();
        self.begins(what, before + 1).await;
        self.traffic.writes(20).await;
        standby.promote();
        let promoted = Instant::now();
        self.around.cluster.postgres = standby;
        self.is_over(what, over + 1).await;
        println!("back {:?} after the promotion", promoted.elapsed());
        self.tend().await;
    }

    /// Everything that was said has arrived, and every promise was kept.
    async fn end(mut self) {
        let (anna, boris) = &self.couple;
        anna.send_text("still here");
        sees(boris, "still here").await;
        // I4: whoever goes is out of reach.
        let mark = anna.mark();
        anna.send_text("/stop");
        anna.wait_after(mark, PATIENCE, |m| m.from_bot).await.expect("the end of the chat");
        boris.send_text("after the end");
        let (audit, database) = (self.around.cluster.variables(0), &self.around.cluster.postgres);

        // I2, I3, I6.
        let ways = self.traffic.stop();
        let figures: Figures = traffic::check_cut_off(&ways).await;
        println!("{figures:?}, nodes ended {} times", self.ends);
        assert!(figures.doubles * 10 <= figures.texts, "{figures:?}");
        assert!(anna.chat().iter().all(|m| !m.from_bot || m.text() != Some("after the end")));
        let ask = |sql: &str| database.ask("nameless", sql);
        let zero = [
            ("updates that are not done", "SELECT count(*) FROM inbox WHERE NOT done"),
            ("updates set aside", "SELECT count(*) FROM dead_letters"),
            ("jobs that failed", "SELECT count(*) FROM jobs WHERE state = 'failed'"),
            // I1.
            (
                "pairs of other than two",
                "SELECT count(*) FROM (SELECT FROM active_pair_member GROUP BY pair_id HAVING count(*) <> 2) x",
            ),
            (
                "live pairs without members",
                "SELECT count(*) FROM pairs p WHERE ended IS NULL AND 2 <> \
                 (SELECT count(*) FROM active_pair_member m WHERE m.pair_id = p.pair_id)",
            ),
            // I15.
            ("pollers beyond one", "SELECT greatest(count(*), 1) - 1 FROM polling_leases"),
        ];
        for (what, sql) in zero {
            let until = Instant::now() + PATIENCE;
            while ask(sql) != "0" {
                assert!(Instant::now() < until, "{what}: {}", ask(sql));
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        // What was said is kept, whatever was away.
        let until = Instant::now() + PATIENCE;
        let kept = || ask("SELECT count(*) FROM history WHERE edit = 0").parse::<usize>().expect("a number");
        while kept() < figures.texts {
            assert!(Instant::now() < until, "{} of {} texts are kept", kept(), figures.texts);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        // I13.
        let mut whole = nameless(&["audit", "verify"], &audit);
        let whole = whole.output().expect("the program runs");
        assert!(whole.status.success(), "{}", String::from_utf8_lossy(&whole.stderr));
        // I5, and what the operators read names nobody.
        for user in [anna, boris, &self.operator] {
            let said: Vec<_> = user.chat().into_iter().chain(user.group_chat(GROUP)).collect();
            let said: String =
                said.iter().filter(|m| m.from_bot).filter_map(|m| m.text().map(str::to_owned)).collect();
            assert!(!said.contains("_username") && !said.contains("First"), "{said}");
        }
        // I11.
        self.printed.extend(self.bots.into_iter().map(Bot::stop));
        let secrets = ["w0a-", "w3b-", "still here", "couplea", "writer1", "1:test", "5a5a5a5a"];
        for log in &self.printed {
            assert!(!log.contains("panic"), "{log}");
            for secret in secrets {
                assert!(!log.contains(secret), "{secret} is in a log: {log}");
            }
        }
    }
}

/// Whichever of the two may be written to.
fn address(ports: [u16; 2]) -> String {
    let [one, two] = ports;
    format!("postgresql://postgres@127.0.0.1:{one},127.0.0.1:{two}/nameless?target_session_attrs=read-write")
}

#[tokio::test]
async fn everything_goes_wrong_and_every_promise_is_kept() {
    let Some(mut day) = Day::begin().await else { return };
    let begun = Instant::now();
    for round in 0.. {
        day.clocks_are_set(round).await;
        day.the_disk_is_full().await;
        day.redis_is_emptied().await;
        day.the_network_is_slow().await;
        if soak() {
            day.the_network_stalls().await;
        }
        day.a_node_is_paused().await;
        println!("round {round} is over after {:?}", begun.elapsed());
        if !soak() || begun.elapsed() > Duration::from_secs(300) {
            break;
        }
    }
    day.the_database_fails_over().await;
    day.end().await;
}
