//! Every queue of the engine is bounded, during floods too, and what was taken up for a moment is
//! given back (I10).

use crate::world::State;
use nameless_actors::Engine;

/// Calls that may wait for one person's chat: what both members of a pair may have under way, the
/// lines of the bot.
const PER_CHAT: u64 = 400;
/// What sessions and relays keep for one update: rows, lines owed, map, history.
const WRITES_PER_UPDATE: u64 = 40;
/// Entries that a stream may hold in histories as small as these.
const STREAM: usize = 4_000;

impl State {
    /// Looks at what waits in an engine now.
    pub fn look_at_bounds(&mut self, engine: &Engine) {
        let meters = engine.meters();
        let limits = &engine.env().limits;
        let people = self.plan.people;
        let (inside, most) = engine.in_flight();
        let pairs = self.tables.pairs.len() as u64;
        // What is lost with an actor comes back even if there is no room meanwhile.
        let under_way = u64::from(most) + people * u64::from(limits.session_permits + 16);
        let bounds = [
            ("updates under way", u64::from(inside), under_way),
            ("calls waiting", meters.outbox_depth.get(), people * PER_CHAT),
            ("calls under way", meters.outbox_in_flight.get(), people),
            (
                "writes waiting",
                meters.persistence_depth.get(),
                2 * limits.persistence_bound as u64 + WRITES_PER_UPDATE * under_way.min(100 * people),
            ),
            ("sessions", meters.sessions.get(), people),
            ("pairs in memory", meters.pairs_loaded.get(), pairs),
            ("seekers", meters.seekers.get(), people),
        ];
        let broken: Vec<String> = bounds
            .into_iter()
            .filter(|(_, n, most)| n > most)
            .map(|(what, n, most)| format!("I10: {n} {what}, more than {most}"))
            .collect();
        broken.into_iter().for_each(|what| self.broke(what));
        let longest = self.cluster.iter().flat_map(|cluster| &cluster.redis.streams).map(|s| s.len()).max();
        if longest.is_some_and(|len| len > STREAM) {
            self.broke(format!("I10: {longest:?} entries in a stream"));
        }
    }

    /// When all has been quiet for longer than sessions and pairs stay, nothing of them is in
    /// memory but what is to do.
    pub fn look_at_memory(&mut self, engine: &Engine, idle: bool) {
        let meters = engine.meters();
        let searching = self.searching() as u64;
        let (inside, _) = engine.in_flight();
        let left = [
            ("sessions", meters.sessions.get(), if idle { searching } else { u64::MAX }),
            ("pairs", meters.pairs_loaded.get(), if idle { 0 } else { u64::MAX }),
            ("calls", meters.outbox_depth.get(), 0),
            ("writes", meters.persistence_depth.get(), 0),
            ("updates", u64::from(inside), 0),
        ];
        for (what, n, most) in left {
            if n > most {
                self.broke(format!("I10: {n} {what} are in memory when all is quiet, more than {most}"));
            }
        }
        let streamed: usize =
            self.cluster.iter().flat_map(|cluster| &cluster.redis.streams).map(|s| s.len()).sum();
        if streamed > 0 {
            self.trace.count("entries left in streams");
        }
        let waiting =
            self.cluster.as_ref().map_or(0, |cluster| cluster.redis.queue.waiting_by(&cluster.lives));
        if waiting as u64 > searching {
            self.broke(format!("I10: {waiting} wait in the queue, and {searching} search"));
        }
    }
}
