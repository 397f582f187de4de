//! kill -9 in the middle of it all (I1-I4, I6): nothing is lost, reordered, or done twice.

use super::process::{Bot, seeded, variables};
use super::traffic::{self, Traffic};
use crate::support::app::{TOKEN, quick_simulator, real_postgres};
use crate::support::front::Front;
use crate::support::people::{PATIENCE, is_found, onboard, pair, person, press, sees};
use nameless_actors::ports::Store;
use nameless_domain::ids::UserId;
use nameless_domain::random::Random;
use nameless_domain::session::account::Phase;
use nameless_simulator::{ChatMessage, SimConfig, SimUser, Simulator, World};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How hard a run is.
struct Scale {
    chats: usize,
    kills: usize,
    pause: Duration,
}

/// People outside of the traffic who are in the middle of something when the process dies.
struct Cast {
    /// Two chats; one of each goes on with /next at the kill, and the two meet.
    swap: [[SimUser; 2]; 2],
    /// In a chat, or idle after it.
    couple: [SimUser; 2],
    /// Idle between two searches.
    seekers: [SimUser; 2],
    /// Pairs opened for them so far.
    opened: usize,
}

fn is_end(message: &ChatMessage) -> bool {
    let ends = ["The other person ended the chat", "The chat broke off", "The chat is over"];
    message.from_bot && message.text().is_some_and(|text| ends.iter().any(|end| text.starts_with(end)))
}

async fn talk(a: &SimUser, b: &SimUser, words: &str) {
    for (from, to) in [(a, b), (b, a)] {
        let text = format!("{words} from {}", from.id() % 1000);
        from.send_text(&text);
        sees(to, &text).await;
    }
}

async fn ended(user: &SimUser, mark: i32) {
    user.wait_after(mark, PATIENCE, is_end).await.unwrap_or_else(|e| panic!("not told of the end: {e}"));
}

impl Cast {
    async fn new(world: &Arc<World>) -> Cast {
        let (a, b) = traffic::two(world, "swapone").await;
        let (c, d) = traffic::two(world, "swaptwo").await;
        let (e, f) = traffic::two(world, "couple").await;
        let seekers = [person(world, "seekera"), person(world, "seekerb")];
        for user in &seekers {
            onboard(user, 2).await;
        }
        Cast { swap: [[a, b], [c, d]], couple: [e, f], seekers, opened: 3 }
    }

    /// What is under way when the process dies.
    fn act(&self, kill: usize) -> Vec<i32> {
        let (actors, word): (Vec<&SimUser>, _) = match kill % 4 {
            0 => (vec![&self.swap[0][0], &self.swap[1][0]], "/next"),
            1 => (vec![&self.couple[0]], "/stop"),
            2 => (self.couple.iter().collect(), "/search"),
            _ => (vec![&self.seekers[0]], "/search"),
        };
        let everybody = self.swap.iter().flatten().chain(&self.couple).chain(&self.seekers);
        let marks = everybody.map(SimUser::mark).collect();
        actors.into_iter().for_each(|user| _ = user.send_text(word));
        marks
    }

    /// What must have come of it in the next life.
    async fn check(&mut self, kill: usize, marks: &[i32]) {
        let words = format!("after kill {kill}");
        match kill % 4 {
            0 => {
                let [[a, b], [c, d]] = self.swap.clone();
                ended(&b, marks[1]).await;
                ended(&d, marks[3]).await;
                for (user, mark) in [(&a, marks[0]), (&c, marks[2])] {
                    user.wait_after(mark, PATIENCE, is_found).await.expect("/next finds somebody");
                }
                talk(&a, &c, &words).await;
                pair(&b, &d).await;
                // Had /next taken effect twice, it would have ended their chat by now.
                talk(&a, &c, &format!("{words} still")).await;
                self.swap = [[a, c], [b, d]];
                self.opened += 2;
            }
            1 => {
                let [a, b] = &self.couple;
                ended(a, marks[4]).await;
                ended(b, marks[5]).await;
            }
            2 => {
                for (user, mark) in self.couple.iter().zip(&marks[4..]) {
                    user.wait_after(*mark, PATIENCE, is_found).await.expect("a search goes on");
                }
                talk(&self.couple[0], &self.couple[1], &words).await;
                self.opened += 1;
            }
            _ => {
                let [a, b] = &self.seekers;
                b.send_text("/search");
                for (user, mark) in [(a, marks[6]), (b, marks[7])] {
                    user.wait_after(mark, PATIENCE, is_found).await.expect("a search goes on");
                }
                talk(a, b, &words).await;
                self.opened += 1;
                let mark = (a.mark(), b.mark());
                a.send_text("/stop");
                ended(a, mark.0).await;
                ended(b, mark.1).await;
            }
        }
    }
}

/// Starts `serve`, behind the webhook's address if there is one.
fn serve(variables: &[(&str, String)], front: Option<&Front>) -> Bot {
    let mut bot = Bot::serve(variables);
    if let Some(front) = front {
        front.to(bot.http().trim_start_matches("http://").parse().expect("an address"));
    }
    bot
}

async fn run(scale: Scale, database: Option<&str>, front: Option<&Front>) {
    let began = Instant::now();
    let mut random = seeded("kill -9");
    let telegram = SimConfig { webhook_retry: Duration::from_millis(20), ..quick_simulator() };
    let simulator = Simulator::start(telegram).expect("a simulator");
    let world = simulator.world();
    world.default_bot(TOKEN);
    let folder = tempfile::tempdir().expect("a folder");
    let mut variables = variables(&simulator.url(), folder.path());
    variables.extend(database.map(|url| ("DATABASE_URL", url.to_owned())));
    variables.extend(front.into_iter().flat_map(Front::variables));
    let mut bot = serve(&variables, front);

    let ways = traffic::pairs(&world, scale.chats).await;
    let mut cast = Cast::new(&world).await;
    let settled = cast.seekers[1].clone();
    settled.send_text("/settings");
    press(&settled, "set:confirm").await;
    println!("prepared after {:?}", began.elapsed());

    let traffic = Traffic::start(ways, scale.pause, Random::new(random.number()));
    let mut kills = 0;
    for kill in 0..scale.kills {
        std::thread::sleep(Duration::from_millis(200 + random.below(500)));
        let marks = cast.act(kill);
        std::thread::sleep(Duration::from_micros(random.below(60_000)));
        bot.kill();
        kills += 1;
        if kill % 3 == 1 {
            // Once more while it comes up again and finishes what it had accepted.
            let child = Bot::launch(super::process::nameless(&["serve"], &variables));
            std::thread::sleep(Duration::from_millis(50 + random.below(600)));
            child.kill();
            kills += 1;
        }
        bot = serve(&variables, front);
        cast.check(kill, &marks).await;
    }
    let ways = traffic.stop();
    let figures = traffic::check(&ways, kills).await;
    traffic::check_first(&ways).await;
    println!("{kills} kills, {figures:?}, {:?}", began.elapsed());
    if front.is_some() {
        let stats = world.stats();
        println!("{} deliveries, {} of them failed", stats.webhook_attempts, stats.webhook_failures);
        assert_eq!(stats.calls("getUpdates"), 0, "it does not poll");
    }
    let printed = bot.stop();
    assert!(!printed.contains("the drain time is over"), "an orderly stop leaves nothing: {printed}");
    drop(simulator);
    check_store(database, folder.path(), &world, &settled, scale.chats + cast.opened).await;
}

/// Everybody is where the pairs say, once; as many pairs were opened as were asked for; settings
/// are kept.
async fn check_store(
    database: Option<&str>,
    folder: &std::path::Path,
    world: &Arc<World>,
    settled: &SimUser,
    opened: usize,
) {
    use nameless::postgres::PrivateCluster;
    use nameless::store::{Keys, PgStore, StoreOptions};
    let cluster = database.is_none().then(|| PrivateCluster::start(folder, None, 4).expect("the database"));
    let url = database.or(cluster.as_ref().map(PrivateCluster::url)).expect("a database").to_owned();
    let keys = Keys::load_or_create(folder).expect("the key");
    let store = PgStore::connect(&url, keys, StoreOptions::default()).await.expect("the store");
    for id in world.user_ids() {
        let loaded = store.load(UserId(id)).await.expect("an answer").expect("a user");
        let phase = loaded.account.phase;
        match (phase, loaded.live) {
            (Phase::Chatting { pair, .. }, Some(live)) => assert_eq!(pair, live.pair, "user {id}"),
            (Phase::Idle, None) => {}
            (phase, live) => panic!("user {id} is {phase:?}, in {live:?}"),
        }
    }
    let kept = store.load(UserId(settled.id())).await.expect("an answer").expect("a user").account;
    assert!(!kept.confirm_end, "a setting is lost");
    store.close().await;
    let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.expect("connected");
    let connection = tokio::spawn(connection);
    let count = client.query_one("SELECT count(*) FROM pairs", &[]).await.expect("a count");
    assert_eq!(count.get::<_, i64>(0), opened as i64, "pairs opened more or less often than asked for");
    drop(client);
    let _ = connection.await;
}

/// In long form, fifty kills and more.
#[tokio::test]
async fn on_a_private_cluster() {
    let kills = if std::env::var_os("NAMELESS_SOAK").is_some() { 50 } else { 8 };
    run(Scale { chats: 20, kills, pause: Duration::from_millis(7) }, None, None).await;
}

/// What was answered with 200 is finished by the next life; what was not, Telegram sends again.
#[tokio::test]
async fn by_webhook() {
    let scale = Scale { chats: 10, kills: 4, pause: Duration::from_millis(7) };
    run(scale, None, Some(&Front::start())).await;
}

#[tokio::test]
async fn on_a_real_postgres() {
    let Some((_server, url)) = real_postgres() else { return };
    run(Scale { chats: 10, kills: 4, pause: Duration::from_millis(7) }, Some(&url), None).await;
}
