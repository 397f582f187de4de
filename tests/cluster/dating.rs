//! Verdicts over two nodes that are killed (I17): each mutual like is exactly one match, each match
//! is told to each of the two, and none is made or told across a block.

use crate::crowd::{Cluster, soak};
use crate::process::{Bot, PATIENCE, seeded};
use futures_util::StreamExt as _;
use nameless_actors::kernel::lock;
use nameless_domain::random::Random;
use nameless_domain::session::account::ADULT_TEXT_VERSION;
use nameless_simulator::{NewUser, SimUser};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};

/// People who act at one time.
const AT_ONCE: usize = 8;
/// How the bot begins to tell of a match; the name follows.
const MUTUAL: &str = "It is mutual: you and ";

struct Person {
    user: SimUser,
    /// On their card, and on nobody else's.
    name: String,
    /// The secret of their Mini App's session.
    secret: String,
    /// One hand a person: what they say of a card, they say once.
    acts: tokio::sync::Mutex<()>,
}

fn seconds() -> i64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a clock");
    i64::try_from(now.as_secs()).expect("a time")
}

/// A name that is nobody else's, of letters alone.
fn name(n: usize) -> String {
    let syllables = ["ba", "de", "fi", "go", "ku", "la", "me", "ni", "ro", "su"];
    let all = [n / 1_000, n / 100, n / 10, n].map(|part| syllables[part % 10]).concat();
    all[..1].to_uppercase() + &all[1..]
}

/// The nodes, as phones reach them.
struct Nodes {
    client: Client,
    at: Mutex<[String; 2]>,
}

impl Nodes {
    /// Asks the nodes in turn until one answers, each time under the same key: what a phone does
    /// that gets no answer.
    async fn ask(
        &self,
        who: &Person,
        (method, path): (Method, &str),
        body: Option<Value>,
        (key, first): (&str, usize),
    ) -> (StatusCode, Value) {
        let until = Instant::now() + PATIENCE;
        let id = who.user.id().unsigned_abs();
        for turn in first.. {
            let node = lock(&self.at)[turn % 2].clone();
            let request = self.client.request(method.clone(), format!("{node}/app/api/v1/{path}"));
            // Each from an address of their own, as phones are.
            let address = format!("10.{}.{}.{}", id >> 16 & 255, id >> 8 & 255, id & 255);
            let mut request = request.bearer_auth(&who.secret).header("x-forwarded-for", address);
            if method != Method::GET {
                request = request.header("idempotency-key", key);
            }
            if let Some(body) = &body {
                request = request.json(body);
            }
            if let Ok(answer) = request.send().await {
                let status = answer.status();
                let passes = [StatusCode::SERVICE_UNAVAILABLE, StatusCode::TOO_MANY_REQUESTS];
                if !passes.contains(&status)
                    && let Ok(text) = answer.text().await
                {
                    let json = serde_json::from_str(&text).unwrap_or(Value::Null);
                    return (status, json);
                }
            }
            assert!(Instant::now() < until, "no node answers {path}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        unreachable!("turns do not end")
    }
}

/// People with accounts and sessions as they are after the first questions, who make profiles.
async fn people(cluster: &Cluster, n: usize, nodes: &Nodes) -> Vec<Person> {
    let now = 1_000 * seconds();
    let people: Vec<Person> = (0..n)
        .map(|n| Person {
            user: cluster.world.add_user(NewUser { language_code: Some("en".into()), ..NewUser::default() }),
            name: name(n),
            secret: format!("session-of-{n}"),
            acts: tokio::sync::Mutex::default(),
        })
        .collect();
    for some in people.chunks(200) {
        let accounts = some.iter().map(|person| {
            format!(
                "({}, {now}, 'en', {now}, {ADULT_TEXT_VERSION}, 'other', 'from26', 7, 7, 31, 3, false, false, true, \
                 true, false, '{{\"at\": \"idle\"}}', NULL, '{{}}', '{{}}', NULL, 0)",
                person.user.id()
            )
        });
        let accounts = accounts.collect::<Vec<_>>().join(", ");
        cluster.postgres.psql("nameless", &format!("INSERT INTO accounts VALUES {accounts}"));
        let sessions = some.iter().map(|Person { user, secret, .. }| {
            format!("(sha256('{secret}'), {}, {now}, {})", user.id(), now + 80_000_000)
        });
        let sessions = sessions.collect::<Vec<_>>().join(", ");
        cluster.postgres.psql("nameless", &format!("INSERT INTO dating_sessions VALUES {sessions}"));
        // A bot writes to nobody who has not written to it.
        for person in some {
            person.user.send_text("hello");
        }
        for person in some {
            person.user.wait_after(0, PATIENCE, |m| m.from_bot).await.expect("an answer");
        }
    }
    let make = |person: &Person| {
        let all = ["female", "male", "other"];
        json!({
            "name": person.name, "birth": "1998-03-24", "gender": "other", "wants": all, "bio": "", "city": "tomsk",
            "goal": "dates", "interests": ["music"], "age_range": [18, 60], "distance": null,
        })
    };
    let made = futures_util::stream::iter(&people).for_each_concurrent(AT_ONCE, |person| async move {
        let put = (Method::PUT, "profile");
        let (status, told) = nodes.ask(person, put, Some(make(person)), ("profile", 0)).await;
        assert_eq!(status, StatusCode::OK, "{told}");
    });
    made.await;
    people
}

/// What was done so far.
struct Done {
    said: AtomicUsize,
    most: usize,
    /// Who does not want to meet whom.
    blocks: Mutex<BTreeSet<(i64, i64)>>,
}

/// Somebody looks at their next cards and says something of each.
async fn look(
    nodes: &Nodes,
    person: &Person,
    by_name: &BTreeMap<&str, i64>,
    random: &mut Random,
    done: &Done,
) {
    let Ok(_alone) = person.acts.try_lock() else { return tokio::task::yield_now().await };
    let first = random.below(2) as usize;
    let (status, hand) = nodes.ask(person, (Method::GET, "cards?limit=10"), None, ("", first)).await;
    assert_eq!(status, StatusCode::OK, "{hand}");
    for card in hand["cards"].as_array().into_iter().flatten() {
        let turn = done.said.fetch_add(1, Ordering::Relaxed);
        if turn >= done.most {
            return;
        }
        let (token, name) =
            (card["token"].as_str().expect("a token"), card["name"].as_str().expect("a name"));
        let (key, first) = (format!("turn-{turn}"), random.below(2) as usize);
        let word = match random.below(20) {
            0..13 => "like",
            13..16 => "pass",
            16..19 => "later",
            _ => "block",
        };
        let (path, body) = match word {
            "block" => (format!("cards/{token}/block"), None),
            _ => (format!("cards/{token}/verdict"), Some(json!({ "verdict": word }))),
        };
        let (status, told) = nodes.ask(person, (Method::POST, &path), body, (&key, first)).await;
        match status {
            StatusCode::NO_CONTENT => _ = lock(&done.blocks).insert((person.user.id(), by_name[name])),
            StatusCode::OK if word != "block" => {}
            // The other one did not want to meet them meanwhile.
            StatusCode::GONE | StatusCode::NOT_FOUND => {}
            _ => panic!("{word}: {status} {told}"),
        }
    }
}

/// Kills nodes at moments spread over all that is said; when (seconds).
async fn kill(
    cluster: &mut Cluster,
    nodes: &Nodes,
    bots: &mut [Option<Bot>; 2],
    kills: usize,
    done: &Done,
) -> Vec<i64> {
    let mut at = Vec::new();
    for n in 0..kills {
        let until = Instant::now() + 10 * PATIENCE;
        while done.said.load(Ordering::Relaxed) < done.most * (n + 1) / (kills + 1) {
            assert!(Instant::now() < until, "nothing is said any more");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let victim = n % 2;
        bots[victim].take().expect("it runs").kill();
        at.push(seconds());
        let bot = bots[victim].insert(cluster.launch(victim));
        // Others go on meanwhile.
        while !bot.printed().contains("ready http=") {
            assert!(Instant::now() < until && !bot.is_over(), "it does not start:\n{}", bot.printed());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        lock(&nodes.at)[victim] = bot.http();
    }
    at
}

/// When somebody was told of a match with each name, seconds.
fn told(person: &Person) -> BTreeMap<String, Vec<i64>> {
    let mut told = BTreeMap::<String, Vec<i64>>::new();
    for message in person.user.chat().iter().filter(|m| m.from_bot) {
        let name = message.text().and_then(|text| text.split_once(MUTUAL)?.1.split_once(','));
        if let Some((name, _)) = name {
            told.entry(name.to_owned()).or_default().push(message.date);
        }
    }
    told
}

#[tokio::test]
async fn each_mutual_like_is_one_match_told_to_both_whatever_is_killed() {
    let Some(mut cluster) = Cluster::start() else { return };
    let (size, most, kills) = if soak() { (2_000, 100_000, 20) } else { (100, 1_500, 1) };
    let mut random = seeded("verdicts");
    cluster.set("DATING", "on");
    cluster.set("DATING_LIKES", 10_000);
    cluster.set("TRUSTED_PROXIES", "127.0.0.1");
    let mut bots = [0, 1].map(|n| Some(cluster.node(n)));
    cluster.level(2).await;
    let client = Client::builder().no_proxy().timeout(Duration::from_secs(20)).build().expect("a client");
    let at = bots.each_mut().map(|bot| bot.as_mut().map(Bot::http).expect("it runs"));
    let nodes = Nodes { client, at: Mutex::new(at) };
    let people = people(&cluster, size, &nodes).await;
    let by_name: BTreeMap<&str, i64> = people.iter().map(|p| (&*p.name, p.user.id())).collect();
    let done = Done { said: AtomicUsize::new(0), most, blocks: Mutex::default() };

    let seeds: Vec<u64> = (0..AT_ONCE).map(|_| random.number()).collect();
    let acting = futures_util::future::join_all(seeds.into_iter().map(|seed| {
        let (nodes, people, by_name, done) = (&nodes, &people, &by_name, &done);
        async move {
            let mut random = Random::new(seed);
            while done.said.load(Ordering::Relaxed) < done.most {
                let person = &people[random.below(people.len() as u64) as usize];
                look(nodes, person, by_name, &mut random, done).await;
            }
        }
    }));
    let ((), killed) =
        tokio::join!(async { _ = acting.await }, kill(&mut cluster, &nodes, &mut bots, kills, &done));

    let left = "SELECT count(*) FROM jobs WHERE key LIKE 'dating:match:%'
        AND (state IN ('pending', 'processing') OR owed)";
    let until = Instant::now() + PATIENCE;
    while cluster.postgres.ask("nameless", left) != "0" {
        assert!(Instant::now() < until, "some are not told");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let likes = "coalesce(lo_said LIKE '%like' AND hi_said LIKE '%like', false)";
    let wrong = format!(
        "SELECT lo, hi, lo_said, hi_said, matched_at, matches, lo_blocked, hi_blocked FROM dating_pairs
         WHERE ({likes} AND NOT (lo_blocked OR hi_blocked OR closed)) <> (matched_at IS NOT NULL)
             OR matches <> (matched_at IS NOT NULL)::int"
    );
    let wrong = cluster.postgres.psql_rows("nameless", &wrong);
    assert!(wrong.is_empty(), "a mutual like that is not one match, or a match across a block: {wrong:?}");
    let rows = cluster
        .postgres
        .psql_rows("nameless", "SELECT lo, hi FROM dating_pairs WHERE matched_at IS NOT NULL");
    let mut matches = BTreeSet::new();
    for row in &rows {
        let (lo, hi) = row.split_once('|').expect("two ids");
        let (lo, hi): (i64, i64) = (lo.parse().expect("an id"), hi.parse().expect("an id"));
        matches.extend([(lo, hi), (hi, lo)]);
    }
    let jobs = "SELECT count(*) FROM jobs WHERE key LIKE 'dating:match:%'";
    assert_eq!(cluster.postgres.ask("nameless", jobs), (2 * rows.len()).to_string(), "one word to each");

    let (mut heard, mut again) = (BTreeSet::new(), 0);
    for person in &people {
        for (name, times) in told(person) {
            heard.insert((person.user.id(), by_name[&*name]));
            // What had just reached Telegram when its node was killed, before that was noted, is
            // said once more.
            for two in times.windows(2) {
                let around = |kill: &i64| (kill - 10..=kill + 1).contains(&two[0]) && *kill <= two[1] + 1;
                assert!(killed.iter().any(around), "{} is told twice of {name}: {times:?}", person.name);
                again += 1;
            }
        }
    }
    // Each kill may cut short what each of those who acted had begun, for the two of a match.
    assert!(again <= kills * 2 * AT_ONCE, "{again} times told again by {kills} kills");
    assert_eq!(heard, matches, "told of each match, and of nothing else");
    let blocks = done.blocks.into_inner().expect("blocks");
    let across = blocks.iter().filter(|(by, of)| heard.contains(&(*by, *of)) || heard.contains(&(*of, *by)));
    assert_eq!(across.count(), 0, "told across a block");
    println!(
        "{most} verdicts of {size} people, {} matches, {} blocks, {kills} kills; {again} times told again by them",
        rows.len(),
        blocks.len()
    );
    assert!(rows.len() >= 10 && !blocks.is_empty(), "too little happened to say anything");
    for printed in bots.into_iter().flatten().map(Bot::stop) {
        assert!(!printed.contains("panicked"), "a node panicked");
    }
}
