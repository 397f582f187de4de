//! Two processes that add and carry out jobs over one PostgreSQL, killed at random moments: no job
//! is lost, no attempt is made twice, and no end that is marked as told is told again (I20).

use super::process::{PATIENCE, seeded};
use crate::support::postgres::{FAST, Postgres};
use nameless::store::jobs::Others;
use nameless::store::{Keys, PgStore, StoreOptions, migrate};
use nameless_actors::jobs::{
    Failure, FinishedJob, Holding, Job, JobLane, JobsHandle, Results, Setup, Worker,
};
use nameless_actors::kernel::ticket::Accepted;
use nameless_actors::kernel::watched::On;
use nameless_actors::ports::{NewJob, PeerEvent, Peers, PortFuture, Store, Taken, Write};
use nameless_domain::ids::{MessageId, Seq, UserId};
use nameless_domain::session::account::Account;
use nameless_domain::text::Lang;
use nameless_domain::time::Millis;
use secrecy::SecretString;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Set in the child: the database's URL.
const CHILD: &str = "NAMELESS_TEST_JOBS_CHILD";
/// Which of the two, its life, and whether it adds anything.
const ROLE: &str = "NAMELESS_TEST_JOBS_ROLE";
const USERS: i64 = 20;
const ATTEMPTS: u16 = 40;

/// One of the two: half of the people live there.
struct Half(i64);

impl Peers for Half {
    fn take(&self, _: &Accepted) -> Taken {
        Taken::Here
    }
    fn is_mine(&self, user: UserId) -> bool {
        user.0 % 2 == self.0
    }
    fn born(&self, _: UserId) -> Seq {
        Seq(0)
    }
    fn tell(&self, _: UserId, _: PeerEvent) {}
}

fn micros() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros()
}

/// The work: a few milliseconds, in vain now and then.
struct Toil;

impl Worker for Toil {
    fn carry_out(&self, job: Job, holding: Holding) -> PortFuture<'static, Result<Vec<u8>, Failure>> {
        println!("\nbegun {} {}", job.key, holding.attempt());
        Box::pin(async move {
            let mix = |n: u64, byte: u8| n.wrapping_mul(31).wrapping_add(byte.into());
            let chance = job.key.bytes().fold(u64::from(holding.attempt()), mix);
            tokio::time::sleep(Duration::from_millis(chance % 25)).await;
            match chance % 7 {
                0 => Err(Failure::Again("not yet".into())),
                1 if holding.attempt() == 1 => panic!("as asked"),
                _ => Ok(job.payload.to_vec()),
            }
        })
    }
}

/// Says ends, a moment after it was told of them.
struct Say;

impl Results for Say {
    fn take(&self, finished: FinishedJob) {
        assert_eq!(finished.outcome, Ok(finished.payload));
        actix_rt::spawn(async move {
            tokio::time::sleep(Duration::from_millis(finished.user.0 as u64 % 5)).await;
            // What had left is not said again, as the relay does it.
            if finished.ticket.claim_sent(1).is_none() {
                println!("\nsaid {} {}", finished.key, micros());
                finished.ticket.note_sent(&[MessageId(1)]);
            }
            finished.ticket.done();
        });
    }
}

/// Not a test by itself: the process that the one below kills.
#[test]
fn child_works_until_killed() {
    let (Ok(url), Ok(role)) = (std::env::var(CHILD), std::env::var(ROLE)) else { return };
    let [node, life, adds]: [i64; 3] =
        role.split(' ').map(|n| n.parse().unwrap()).collect::<Vec<_>>().try_into().unwrap();
    actix_rt::System::new().block_on(async move {
        let keys = Keys::parse(&SecretString::from("22".repeat(32))).unwrap();
        let store = PgStore::connect(&url, keys, StoreOptions::default()).await.unwrap();
        let name = life * 2 + node;
        // Kept for long: the other one learns of a death by the lease of the job alone.
        store.register_node(name, "a child", Duration::from_secs(600)).await.unwrap().unwrap();
        let lane = JobLane {
            lease: Duration::from_millis(600),
            attempts: ATTEMPTS,
            back_off: (Duration::from_millis(5), Duration::from_millis(50)),
            ..JobLane::new("work", Arc::new(Toil))
        };
        let setup = Setup {
            store: Arc::new(store.jobs(name, Others::Nodes)),
            lanes: vec![lane],
            wakes: None,
            results: Arc::new(Say),
            poll: Duration::from_millis(100),
        };
        let jobs = JobsHandle::new(setup, Some(Arc::new(Half(node))), || Seq(0));
        jobs.start(&On::Here, |exit| {
            eprintln!("the actor is gone: {exit:?}");
            std::process::exit(3);
        });
        println!("\nup {name}");
        for n in 0.. {
            if adds == 0 {
                tokio::time::sleep(Duration::from_secs(60)).await;
                continue;
            }
            let key = format!("{name}:{n}");
            let job = NewJob::new("work", &*key, key.as_bytes()).of(UserId(n % USERS + 1));
            jobs.added(vec![job]).await.unwrap();
            println!("\nadded {key}");
            tokio::time::sleep(Duration::from_millis((n % 7) as u64)).await;
        }
    });
}

/// What the children said.
#[derive(Default)]
struct Heard {
    added: BTreeSet<String>,
    begun: BTreeSet<(String, u16)>,
    said: BTreeMap<String, Vec<u128>>,
    up: BTreeSet<String>,
}

struct Node {
    child: Child,
    reader: JoinHandle<()>,
    name: i64,
}

impl Node {
    fn start(url: &str, node: i64, life: i64, adds: bool, heard: &Arc<Mutex<Heard>>) -> Node {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "jobs::child_works_until_killed", "--nocapture"])
            .env(CHILD, url)
            .env(ROLE, format!("{node} {life} {}", i64::from(adds)))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (output, heard) = (child.stdout.take().unwrap(), heard.clone());
        let reader = std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                let words: Vec<&str> = line.split(' ').collect();
                let mut heard = heard.lock().unwrap();
                match words[..] {
                    ["added", key] => _ = heard.added.insert(key.to_owned()),
                    ["begun", key, attempt] => {
                        let attempt = attempt.parse().unwrap();
                        assert!(heard.begun.insert((key.to_owned(), attempt)), "{key} {attempt} twice");
                    }
                    ["said", key, at] => {
                        heard.said.entry(key.to_owned()).or_default().push(at.parse().unwrap())
                    }
                    ["up", name] => _ = heard.up.insert(name.to_owned()),
                    _ => {}
                }
            }
        });
        Node { child, reader, name: life * 2 + node }
    }

    /// `is_noticed`: the others hear of the death by the list of nodes, else by the job's lease.
    fn kill(mut self, server: &Postgres, is_noticed: bool) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.reader.join().expect("what it said is sound");
        // There are places for thirty-two nodes, so those of long ago go.
        let gone = if is_noticed { self.name } else { 0 };
        server.psql("jobs", &format!("DELETE FROM nodes WHERE node = {gone} OR node < {} - 16", self.name));
    }
}

async fn people(url: &str) {
    migrate::up(url).await.unwrap();
    let keys = Keys::parse(&SecretString::from("22".repeat(32))).unwrap();
    let store = PgStore::connect(url, keys, StoreOptions::default()).await.unwrap();
    let account = |user| Write::Account(Box::new(Account::new(UserId(user), Lang::En, Millis(0))));
    store.write((1..=USERS).map(account).collect()).await.unwrap();
    store.close().await;
}

#[test]
fn no_job_is_lost_and_no_attempt_or_telling_doubled() {
    let Some(server) = Postgres::start(FAST) else { return };
    let url = server.create("jobs");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(people(&url));
    let mut random = seeded("jobs");
    let heard = Arc::<Mutex<Heard>>::default();
    let kills = if std::env::var("NAMELESS_SOAK").is_ok() { 300 } else { 8 };
    let mut lives = 1;
    let mut start = |node, adds| {
        lives += 1;
        Node::start(&url, node, lives, adds, &heard)
    };
    let mut nodes = [start(0, true), start(1, true)];
    let wait_up = |node: &Node| {
        let until = Instant::now() + PATIENCE;
        while !heard.lock().unwrap().up.contains(&node.name.to_string()) {
            assert!(Instant::now() < until, "it does not start");
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    // A random moment is one after so many attempts more, however slow the machine is.
    let wait_begun = |more: u64| {
        let begun = || heard.lock().unwrap().begun.len() as u64;
        let (until, enough) = (Instant::now() + PATIENCE, begun() + more);
        while begun() < enough {
            assert!(Instant::now() < until, "no attempts begin");
            std::thread::sleep(Duration::from_millis(1));
        }
    };
    for _ in 0..kills {
        nodes.iter().for_each(wait_up);
        wait_begun(5 + random.below(30));
        std::thread::sleep(Duration::from_millis(random.below(20)));
        let which = random.below(2);
        // One that carries on alone sees the leases of the other run out.
        for node in [which, 1 - which].into_iter().take(1 + random.below(2) as usize) {
            let next = start(node as i64, true);
            let is_noticed = random.below(2) == 0;
            std::mem::replace(&mut nodes[node as usize], next).kill(&server, is_noticed);
        }
    }
    // The last lives finish what is left.
    for node in [0, 1] {
        let next = start(node as i64, false);
        std::mem::replace(&mut nodes[node], next).kill(&server, true);
    }
    let left = "SELECT count(*) FROM jobs WHERE state IN ('pending', 'processing') OR owed";
    let until = Instant::now() + 2 * PATIENCE;
    while server.ask("jobs", left) != "0" {
        assert!(Instant::now() < until, "{} jobs do not come to their end", server.ask("jobs", left));
        std::thread::sleep(Duration::from_millis(100));
    }
    nodes.into_iter().for_each(|node| node.kill(&server, true));

    let rows = server.psql_rows(
        "jobs",
        "SELECT key, state, attempt, (extract(epoch FROM delivered) * 1000000)::bigint FROM jobs",
    );
    let heard = heard.lock().unwrap();
    let mut doubled = 0;
    let mut keys = BTreeSet::new();
    for row in &rows {
        let [key, state, attempt, delivered] = row.split('|').collect::<Vec<_>>()[..] else {
            panic!("{row}")
        };
        assert_eq!(state, "completed", "{row}");
        let (attempt, delivered): (u16, u128) = (attempt.parse().unwrap(), delivered.parse().unwrap());
        let last = heard.begun.range((key.to_owned(), 0)..=(key.to_owned(), u16::MAX)).next_back();
        assert_eq!(last, Some(&(key.to_owned(), attempt)), "the attempt that counts is the last one");
        let said = heard.said.get(key).unwrap_or_else(|| panic!("{key} was never said"));
        assert!(said.iter().all(|at| *at <= delivered), "{key} was told, and told again");
        doubled += said.len() - 1;
        keys.insert(key.to_owned());
    }
    let lost: Vec<_> = heard.added.difference(&keys).collect();
    assert!(lost.is_empty(), "lost: {lost:?}");
    println!(
        "{} jobs, {} attempts, {doubled} said again as the kill came before the mark, {lives} lives",
        rows.len(),
        heard.begun.len()
    );
    assert!(heard.begun.len() >= 5 * kills, "{} attempts are too few to say anything", heard.begun.len());
}
