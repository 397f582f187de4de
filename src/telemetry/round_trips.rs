//! How far away PostgreSQL and Redis are: asked every few seconds, whether anybody needs them or
//! not.
//!
//! A server that is slow is another trouble than one that is away: everything still works, and
//! late. The alarms tell of either, `/metrics` shows the times. Unless an operator says otherwise,
//! slow is a hundred times what an answer takes within a data centre: the store writes some hundred
//! times a second, and a node renews its lease every second.

use nameless_actors::Engine;
use nameless_actors::kernel::latency::Latency;
use nameless_actors::kernel::lock;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How long an answer is waited for. What takes longer counts as none.
const PATIENCE: Duration = Duration::from_secs(2);

/// What came of the last question to one server.
#[derive(Debug)]
pub struct Server {
    slow: Duration,
    last: Mutex<Option<Option<Duration>>>,
}

impl Server {
    fn new(slow: Duration) -> Server {
        Server { slow, last: Mutex::new(None) }
    }

    fn note(&self, took: Option<Duration>) {
        *lock(&self.last) = Some(took);
    }

    /// From here on an answer is a slow one.
    pub fn slow(&self) -> Duration {
        self.slow
    }

    /// It was asked, and did not answer.
    pub fn is_silent(&self) -> bool {
        *lock(&self.last) == Some(None)
    }

    /// It took long to answer.
    pub fn is_slow(&self) -> bool {
        lock(&self.last).flatten().is_some_and(|took| took > self.slow)
    }
}

/// The servers beside this process, as they answered last.
#[derive(Debug)]
pub struct RoundTrips {
    /// PostgreSQL, also one that the bot runs itself.
    pub database: Server,
    /// Redis; nothing is known of it where there is none.
    pub redis: Server,
}

impl RoundTrips {
    /// Nobody was asked yet; an answer that takes longer is a slow one.
    pub fn new(database: Duration, redis: Duration) -> RoundTrips {
        RoundTrips { database: Server::new(database), redis: Server::new(redis) }
    }
}

/// Asks until it is aborted, each by itself: one that is away must not delay the other.
pub async fn run(engine: Arc<Engine>, trips: Arc<RoundTrips>, every: Duration) {
    let (env, meters) = (engine.env(), engine.meters());
    let database = async {
        loop {
            tokio::time::sleep(every).await;
            let asked = async { env.store.ping().await.is_ok() };
            ask(&trips.database, &meters.database_round_trip, PATIENCE, asked).await;
        }
    };
    let redis = async {
        let Some(queue) = &env.queue else { return std::future::pending().await };
        loop {
            tokio::time::sleep(every).await;
            let asked = async { queue.ping().await.is_ok() };
            ask(&trips.redis, &meters.redis_round_trip, PATIENCE, asked).await;
        }
    };
    tokio::select! {
        () = database => {}
        () = redis => {}
    }
}

async fn ask(server: &Server, times: &Latency, within: Duration, asked: impl Future<Output = bool>) {
    let begun = Instant::now();
    let answers = tokio::time::timeout(within, asked).await.unwrap_or(false);
    let took = answers.then(|| begun.elapsed());
    if let Some(took) = took {
        times.record(took);
    }
    server.note(took);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server is well, slow, or silent: one of them.
    #[tokio::test]
    async fn a_late_answer_is_slow_and_none_is_silence() {
        const SLOW: Duration = Duration::from_millis(200);
        let (server, times) = (Server::new(SLOW), Latency::default());
        assert!(!server.is_slow() && !server.is_silent(), "nobody has asked");
        server.note(Some(SLOW));
        assert!(!server.is_slow() && !server.is_silent());
        server.note(Some(SLOW * 2));
        assert!(server.is_slow() && !server.is_silent());
        let trips = RoundTrips::new(SLOW * 2, SLOW);
        assert_eq!((trips.database.slow(), trips.redis.slow()), (SLOW * 2, SLOW), "each has its own bound");
        let patient = Server::new(SLOW * 2);
        patient.note(Some(SLOW * 2));
        assert!(!patient.is_slow());
        patient.note(Some(SLOW * 3));
        assert!(patient.is_slow());
        ask(&server, &times, PATIENCE, async { false }).await;
        assert!(!server.is_slow() && server.is_silent());
        ask(&server, &times, PATIENCE, async { true }).await;
        assert!(!server.is_slow() && !server.is_silent());
        ask(&server, &times, Duration::from_millis(1), std::future::pending()).await;
        assert!(server.is_silent(), "nobody is waited for without end");
        assert_eq!(times.noted().count(), 1, "of what was answered");
    }
}
