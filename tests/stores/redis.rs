//! The connection to Redis against real servers that are killed, frozen, emptied and failed over.

use crate::support::redis::{RedisCluster, RedisServer, Sentinels, wait};
use nameless::cluster::partition::Partition;
use nameless::cluster::redis::{Options, Redis, RedisError, Script};
use nameless::cluster::redis_marks::{Mark, Marks};
use nameless_domain::ids::MessageId;
use redis::{Cmd, cmd, pipe};
use secrecy::SecretString;
use std::time::{Duration, Instant};

/// How long it may take until all is well again after a server has come back or another has taken
/// its place.
const HEAL: Duration = Duration::from_secs(60);

fn set(key: &str, value: &str) -> Cmd {
    cmd("SET").arg(key).arg(value).to_owned()
}

async fn get(redis: &Redis, key: &str) -> Result<Option<String>, RedisError> {
    redis.query(cmd("GET").arg(key)).await
}

/// Asks until it is answered, as callers do; every refusal must be one that says that trying again
/// may help.
async fn heals(redis: &Redis, command: &Cmd) {
    let begun = Instant::now();
    loop {
        match redis.query::<redis::Value>(command).await {
            Ok(_) => return,
            Err(error) => {
                assert!(error.is_unavailable(), "{error}");
                assert!(begun.elapsed() < HEAL, "{error}");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

#[tokio::test]
async fn commands_pipelines_and_scripts() {
    let Some(server) = RedisServer::start(&[]) else { return };
    let redis = Redis::connect(&server.url()).unwrap();
    redis.ping().await.unwrap();
    redis.query::<()>(&set("a", "1")).await.unwrap();
    let (a, b): (i64, i64) =
        redis.pipeline(pipe().atomic().cmd("INCR").arg("a").cmd("INCR").arg("b")).await.unwrap();
    assert_eq!((a, b), (2, 1));
    let script = Script::new("return {KEYS[1], ARGV[1], ARGV[2]}");
    for _ in 0..2 {
        let answer: Vec<String> = redis.script(&script, &["k"], ("x", 7)).await.unwrap();
        assert_eq!(answer, ["k", "x", "7"]);
        // A server that was restarted or failed over does not know the script.
        redis.query::<()>(cmd("SCRIPT").arg("FLUSH")).await.unwrap();
    }
    let refused = redis.query::<()>(cmd("LPUSH").arg("a").arg("hunter2")).await.unwrap_err();
    assert!(matches!(&refused, RedisError::Refused(text) if text.contains("WRONGTYPE")), "{refused}");
    let refused = redis.query::<()>(cmd("NONSENSE").arg("hunter2")).await.unwrap_err();
    assert!(!refused.is_unavailable() && !refused.to_string().contains("hunter2"), "{refused}");
    let broken = Script::new("return nothing.at.all");
    let refused = redis.script::<()>(&broken, &["k"], "hunter2").await.unwrap_err();
    assert!(matches!(&refused, RedisError::Refused(text) if text.contains("user_script")), "{refused}");
}

/// What an operation may take.
fn limit() -> Duration {
    let Options { operation, check_out, .. } = Options::default();
    operation + check_out
}

/// Guard: the comparison of lengths; each mark has what was in the one before.
#[tokio::test]
async fn of_the_marks_of_an_update_the_last_counts() {
    let Some(server) = RedisServer::start(&[]) else { return };
    let marks = Marks::new(Redis::connect(&server.url()).unwrap());
    let (here, there) = (Partition(3), Partition(200));
    let left = |copies: &[i32]| Mark::Sent(copies.iter().copied().map(MessageId).collect());
    let noted = [
        (here, 1, left(&[5])),
        (here, 1, left(&[5, 9])),
        // In the order of their parts, whatever their numbers.
        (here, 2, left(&[7, 4])),
        (here, 2, left(&[7])),
        (there, 3, left(&[5])),
        (there, 3, Mark::Done),
    ];
    for _ in 0..2 {
        marks.note(&noted).await.unwrap();
        let found = marks.read(&[here, there]).await.unwrap();
        let mut found: Vec<_> = found.into_iter().collect();
        found.sort_unstable_by_key(|(id, _)| *id);
        assert_eq!(found, [(1, left(&[5, 9])), (2, left(&[7, 4])), (3, Mark::Done)]);
    }
    marks.forget([here, there]).await.unwrap();
    assert!(marks.read(&[here, there]).await.unwrap().is_empty());
}

#[tokio::test]
async fn it_fails_fast_while_the_server_is_away_and_heals_after_a_restart() {
    let Some(mut server) = RedisServer::start(&[]) else { return };
    let redis = Redis::connect(&server.url()).unwrap();
    let many = |command: Cmd| {
        let redis = redis.clone();
        futures_util::future::join_all((0..50).map(move |_| {
            let (redis, command) = (redis.clone(), command.clone());
            async move { redis.query::<()>(&command).await }
        }))
    };
    // All connections of the pool are in use once.
    many(set("kept", "yes")).await.into_iter().for_each(|answer| answer.unwrap());
    // A restart that is over at once: the first call finds out, and the other connections of before
    // are not tried one after the other.
    server.restart();
    heals(&redis, &cmd("PING")).await;
    many(set("again", "yes")).await.into_iter().for_each(|answer| answer.unwrap());
    server.kill();
    let begun = Instant::now();
    for answer in many(set("lost", "yes")).await {
        assert!(answer.unwrap_err().is_unavailable());
    }
    // All of them at one time, so together what one may take, and more on a machine that is busy;
    // one after the other would be fifty times that.
    assert!(begun.elapsed() < 10 * limit(), "{:?}", begun.elapsed());
    // The breaker is open now: nobody waits, but for one in half a second who looks. If everybody
    // looked, it would take twenty times what one may take.
    let begun = Instant::now();
    for _ in 0..20 {
        assert!(redis.ping().await.unwrap_err().is_unavailable());
    }
    assert!(begun.elapsed() < 10 * limit(), "{:?}", begun.elapsed());
    server.restart();
    heals(&redis, &cmd("PING")).await;
    assert_eq!(get(&redis, "kept").await.unwrap().as_deref(), Some("yes"));
    // The connections of before are not tried one after the other.
    many(set("again", "yes")).await.into_iter().for_each(|answer| answer.unwrap());
    server.restart_empty();
    heals(&redis, &cmd("PING")).await;
    assert_eq!(get(&redis, "kept").await.unwrap(), None);
}

#[tokio::test]
async fn a_server_that_hangs_costs_nobody_more_than_the_time_limit() {
    let Some(server) = RedisServer::start(&[]) else { return };
    let redis = Redis::connect(&server.url()).unwrap();
    redis.ping().await.unwrap();
    server.freeze();
    for _ in 0..5 {
        let begun = Instant::now();
        assert!(redis.ping().await.unwrap_err().is_unavailable());
        assert!(begun.elapsed() < 10 * limit(), "{:?}", begun.elapsed());
    }
    server.thaw();
    heals(&redis, &cmd("PING")).await;
}

#[tokio::test]
async fn what_is_under_way_is_bounded() {
    let Some(server) = RedisServer::start(&[]) else { return };
    let options = Options { under_way: 3, ..Options::default() };
    let redis = Redis::connect_with(&server.url(), options).unwrap();
    redis.ping().await.unwrap();
    let ping = cmd("PING");
    let answers = futures_util::future::join_all((0..10).map(|_| redis.query::<String>(&ping))).await;
    let refused: Vec<_> = answers.into_iter().filter_map(Result::err).collect();
    assert_eq!(refused.len(), 7, "{refused:?}");
    assert!(refused.iter().all(|e| e.to_string().contains("under way")), "{refused:?}");
    redis.ping().await.unwrap();
}

#[tokio::test]
async fn a_blocked_reader_survives_a_restart() {
    let Some(mut server) = RedisServer::start(&[]) else { return };
    let redis = Redis::connect(&server.url()).unwrap();
    let mut reader = redis.blocking().unwrap();
    let block = Duration::from_millis(100);
    let mut read = cmd("BLPOP");
    read.arg("list").arg(block.as_secs_f64());
    assert_eq!(reader.query::<Option<Vec<String>>>(&read, block).await.unwrap(), None);
    let long = Duration::from_secs(20);
    let mut wait = cmd("BLPOP");
    wait.arg("list").arg(long.as_secs_f64());
    // Longer than an ordinary operation may take, and it comes as soon as it is there.
    let begun = Instant::now();
    let push = async {
        tokio::time::sleep(Options::default().operation * 3 / 2).await;
        redis.query::<()>(cmd("RPUSH").arg("list").arg("one")).await
    };
    let (got, pushed) = tokio::join!(reader.query::<Vec<String>>(&wait, long), push);
    pushed.unwrap();
    assert_eq!(got.unwrap(), ["list", "one"]);
    assert!(begun.elapsed() < long, "it does not wait for the end of its time");
    server.kill();
    let begun = Instant::now();
    for _ in 0..4 {
        assert!(reader.query::<Vec<String>>(&wait, long).await.unwrap_err().is_unavailable());
    }
    // 50, 100, 200 ms: a loop around it does not spin.
    assert!(begun.elapsed() >= Duration::from_millis(350), "{:?}", begun.elapsed());
    server.restart();
    heals(&redis, cmd("RPUSH").arg("list").arg("two")).await;
    let got = loop {
        match reader.query::<Vec<String>>(&wait, long).await {
            Ok(got) => break got,
            Err(error) => assert!(error.is_unavailable() && begun.elapsed() < HEAL, "{error}"),
        }
    };
    assert_eq!(got, ["list", "two"]);
}

#[tokio::test]
async fn a_failover_by_sentinel_is_followed() {
    let Some(mut set_up) = Sentinels::start() else { return };
    let redis = Redis::connect(&set_up.url()).unwrap();
    heals(&redis, &set("before", "yes")).await;
    let held = || set_up.servers[1].command::<Option<String>>(&["GET", "before"]).as_deref() == Some("yes");
    wait("the replica to have it", held);
    set_up.servers[0].kill();
    assert!(get(&redis, "before").await.unwrap_err().is_unavailable());
    set_up.wait_for_failover();
    heals(&redis, &set("after", "yes")).await;
    assert_eq!(get(&redis, "before").await.unwrap().as_deref(), Some("yes"));
    assert_eq!(set_up.servers[1].command::<String>(&["GET", "after"]), "yes");
    // One Sentinel less is no harm, and the old master comes back as a replica that nobody writes
    // to.
    set_up.sentinels[0].kill();
    set_up.servers[0].restart();
    wait("the old master to be a replica", || {
        set_up.servers[0].command::<String>(&["INFO", "replication"]).contains("role:slave")
    });
    let fresh = Redis::connect(&set_up.url()).unwrap();
    heals(&fresh, &set("later", "yes")).await;
    assert_eq!(set_up.servers[1].command::<String>(&["GET", "later"]), "yes");
}

#[tokio::test]
async fn a_failover_in_a_cluster_is_followed() {
    let Some(mut cluster) = RedisCluster::start() else { return };
    let redis = Redis::connect(&cluster.url()).unwrap();
    for i in 0..20 {
        heals(&redis, &set(&format!("key-{i}"), "yes")).await;
    }
    let script = Script::new("redis.call('SET', KEYS[1], ARGV[1]) return redis.call('GET', KEYS[2])");
    let answer: String = redis.script(&script, &["{tag}a", "{tag}a"], "x").await.unwrap();
    assert_eq!(answer, "x");
    let answer = redis.pipeline(pipe().cmd("GET").arg("{tag}a").cmd("GET").arg("{tag}b")).await;
    assert_eq!(answer, Ok((Some("x".to_owned()), None::<String>)));
    let refused = redis.script::<String>(&script, &["a", "b"], "x").await.unwrap_err();
    assert!(!refused.is_unavailable(), "keys of different slots: {refused}");
    let mut reader = redis.blocking().unwrap();
    let block = Duration::from_millis(50);
    let mut read = cmd("BLPOP");
    read.arg("{tag}list").arg(block.as_secs_f64());
    assert_eq!(reader.query::<Option<Vec<String>>>(&read, block).await.unwrap(), None);

    let dead = cluster.master_of("{tag}");
    cluster.nodes[dead].kill();
    assert!(redis.query::<()>(&set("{tag}b", "x")).await.unwrap_err().is_unavailable());
    cluster.wait_for_failover(dead);
    heals(&redis, &set("{tag}b", "x")).await;
    // The new master does not know the script.
    let answer: String = redis.script(&script, &["{tag}a", "{tag}a"], "y").await.unwrap();
    assert_eq!(answer, "y");
    redis.query::<()>(cmd("RPUSH").arg("{tag}list").arg("one")).await.unwrap();
    let begun = Instant::now();
    let got = loop {
        match reader.query::<Option<Vec<String>>>(&read, block).await {
            Ok(Some(got)) => break got,
            Ok(None) => {}
            Err(error) => assert!(error.is_unavailable(), "{error}"),
        }
        assert!(begun.elapsed() < HEAL);
    };
    assert_eq!(got, ["{tag}list", "one"]);
}

#[tokio::test]
async fn passwords_are_used_and_never_shown() {
    let Some(server) = RedisServer::start(&[["requirepass", "hunter2"]]) else { return };
    let url = |login: &str| SecretString::from(format!("redis://{login}127.0.0.1:{}", server.port()));
    Redis::connect(&url(":hunter2@")).unwrap().ping().await.unwrap();
    for login in ["", ":hunter2x@", "hunter2:hunter2@"] {
        let error = Redis::connect(&url(login)).unwrap().ping().await.unwrap_err();
        assert!(matches!(&error, RedisError::Refused(_)), "{login} {error}");
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
    }
    let nobody = |form: &str| SecretString::from(form.replace("HOST", "127.0.0.1:1"));
    for form in [
        "redis://me:hunter2@HOST",
        "redis+sentinel://me:hunter2@HOST,HOST/m",
        "redis+cluster://me:hunter2@HOST",
    ] {
        let redis = Redis::connect(&nobody(form)).unwrap();
        let error = redis.ping().await.unwrap_err();
        assert!(error.is_unavailable(), "{form} {error}");
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
        let error = redis.blocking().unwrap().query::<()>(&cmd("PING"), Duration::ZERO).await.unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
    }
    let error = Redis::connect(&"redis://me:hunter2@host:hunter2".into()).err().expect("not a URL");
    assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
}
