//! Jobs in memory: the table's rules, by tokio's clock.

use super::lock;
use crate::ports::*;
use nameless_domain::ids::UserId;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Pending,
    Processing,
    Completed,
    Failed,
    Cancelled,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub new: NewJob,
    pub state: State,
    pub attempt: u16,
    pub from: Instant,
    pub late: Instant,
    pub lease: Instant,
    pub holder: u32,
    pub outcome: Option<Result<Arc<[u8]>, Arc<str>>>,
    pub owed: bool,
    pub told: u16,
    pub sent: Vec<nameless_domain::ids::MessageId>,
}

/// The table, and how it fails.
#[derive(Default)]
pub struct Table {
    pub rows: Mutex<BTreeMap<i64, Row>>,
    /// So many turns from now on fail as unavailable.
    pub away: AtomicU32,
    /// So many turns from now on are carried out, and their answer is lost.
    pub mute: AtomicU32,
    /// Batches carried out.
    pub batches: Mutex<Vec<JobBatch>>,
}

/// The table under a holder's name.
pub struct Holder(pub Arc<Table>, pub u32);

fn counts_down(count: &AtomicU32) -> bool {
    count.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1)).is_ok()
}

impl Table {
    pub fn row(&self, key: &str) -> Row {
        lock(&self.rows).values().find(|row| &*row.new.key == key).cloned().expect("a row")
    }

    pub fn states(&self) -> Vec<(String, State, u16)> {
        let rows = lock(&self.rows);
        rows.values().map(|row| (row.new.key.to_string(), row.state, row.attempt)).collect()
    }
}

fn claimed(id: i64, row: &Row) -> ClaimedJob {
    let NewJob { key, lane, user, payload, .. } = row.new.clone();
    let hold = Hold { job: JobId(id), attempt: row.attempt };
    ClaimedJob { hold, key, lane: lane.to_owned(), user, payload }
}

impl Holder {
    fn held<'a>(&self, rows: &'a mut BTreeMap<i64, Row>, hold: Hold) -> Option<&'a mut Row> {
        let mine = |row: &&mut Row| {
            row.attempt == hold.attempt && row.holder == self.1 && row.state == State::Processing
        };
        rows.get_mut(&hold.job.0).filter(mine)
    }

    fn end(&self, rows: &mut BTreeMap<i64, Row>, end: &JobEnd) -> bool {
        let now = Instant::now();
        let Some(row) = self.held(rows, end.hold) else { return false };
        match &end.how {
            Ending::Completed(result, keeping) => {
                (row.state, row.owed, row.outcome) =
                    (State::Completed, keeping.owed, Some(Ok(result.clone())));
            }
            Ending::Failed(why, keeping) => {
                (row.state, row.owed, row.outcome) = (State::Failed, keeping.owed, Some(Err(why.clone())));
            }
            Ending::Again(_, wait) => (row.state, row.from) = (State::Pending, now + *wait),
        }
        true
    }

    fn tidy(&self, rows: &mut BTreeMap<i64, Row>, tidy: &Tidy, rules: &[LaneRule]) {
        let now = Instant::now();
        for row in rows.values_mut() {
            let Some(rule) = rules.iter().find(|rule| rule.lane == row.new.lane) else { continue };
            let is_over =
                row.state == State::Processing && (row.lease < now || tidy.fresh && row.holder == self.1);
            let is_late = matches!(row.state, State::Pending | State::Processing) && row.late < now;
            if is_late || is_over && row.attempt >= rule.attempts {
                row.state = State::Failed;
                row.outcome = Some(Err("over".into()));
                row.owed = rule.keeping.owed && row.new.user.is_some();
            } else if is_over {
                (row.state, row.from) = (State::Pending, now);
            }
        }
    }

    fn carry(&self, batch: &JobBatch) -> JobAnswer {
        let (now, mut rows) = (Instant::now(), lock(&self.0.rows));
        let mut answer = JobAnswer::default();
        for job in &batch.delivered {
            rows.entry(job.0).and_modify(|row| row.owed = false);
        }
        for (job, sent) in &batch.sent {
            rows.entry(job.0).and_modify(|row| row.sent = sent.clone());
        }
        answer.ends = batch.ends.iter().map(|end| self.end(&mut rows, end)).collect();
        for key in &batch.cancels {
            let is_alive = |row: &&mut Row| matches!(row.state, State::Pending | State::Processing);
            let row = rows.values_mut().filter(is_alive).find(|row| row.new.key == *key);
            answer.cancels.push(row.is_some());
            if let Some(row) = row {
                row.state = State::Cancelled;
            }
        }
        for (hold, lease) in &batch.beats {
            match self.held(&mut rows, *hold) {
                Some(row) => row.lease = now + *lease,
                None => answer.lost.push(*hold),
            }
        }
        for new in &batch.adds {
            let is_there = rows.values().any(|row| row.new.key == new.key);
            answer.adds.push(if is_there { Added::Before } else { Added::New });
            if !is_there {
                let id = rows.len() as i64 + 1;
                let (from, late) = (now + new.delay, now + new.within);
                let row = Row {
                    new: new.clone(),
                    state: State::Pending,
                    attempt: 0,
                    from,
                    late,
                    lease: now,
                    holder: 0,
                    outcome: None,
                    owed: false,
                    told: 0,
                    sent: Vec::new(),
                };
                rows.insert(id, row);
            }
        }
        if let Some(tidy) = &batch.tidy {
            self.tidy(&mut rows, tidy, &batch.rules);
            let forgotten = |(id, row): &(&i64, &Row)| {
                row.state == State::Processing && row.holder == self.1 && !tidy.known.contains(&JobId(**id))
            };
            answer.claimed.extend(rows.iter().filter(forgotten).map(|(id, row)| claimed(*id, row)));
            let waits = rows.values().filter(|row| row.state == State::Pending && row.from > now);
            answer.next = waits.map(|row| row.from - now).min();
        }
        for claim in &batch.claims {
            let waits =
                |row: &Row| row.state == State::Pending && row.new.lane == claim.lane && row.from <= now;
            let ids: Vec<i64> =
                rows.iter().filter(|(_, row)| waits(row)).map(|(id, _)| *id).take(claim.most).collect();
            if ids.len() < claim.most {
                answer.dry.push(claim.lane);
            }
            for id in ids {
                if let Some(row) = rows.get_mut(&id) {
                    (row.state, row.holder, row.lease) = (State::Processing, self.1, now + claim.lease);
                    row.attempt += 1;
                    answer.claimed.push(claimed(id, row));
                }
            }
        }
        for job in &batch.tell {
            if let Some(row) = rows.get_mut(&job.0).filter(|row| row.owed) {
                row.told += 1;
                answer.tell.push(OwedJob {
                    job: *job,
                    key: row.new.key.clone(),
                    lane: row.new.lane.to_owned(),
                    user: row.new.user,
                    payload: row.new.payload.clone(),
                    outcome: row.outcome.clone().expect("it has ended"),
                    sent: row.sent.clone(),
                    told: row.told,
                });
            }
        }
        if let Some(look) = &batch.look {
            let owed = rows.range(look.after.0 + 1..).filter(|(_, row)| row.owed).take(look.most);
            answer.owed = owed.map(|(id, row)| (JobId(*id), row.new.user)).collect();
        }
        answer
    }
}

impl JobStore for Holder {
    fn carry_out(&self, batch: Arc<JobBatch>) -> PortFuture<'_, Result<JobAnswer, StoreError>> {
        Box::pin(async move {
            // A round trip.
            tokio::time::sleep(Duration::from_millis(1)).await;
            if counts_down(&self.0.away) {
                return Err(StoreError::Unavailable("scripted".into()));
            }
            if batch.adds.iter().any(|job| &*job.key == "refused") {
                return Err(StoreError::Refused("scripted".into()));
            }
            let answer = self.carry(&batch);
            lock(&self.0.batches).push(batch.as_ref().clone());
            match counts_down(&self.0.mute) {
                true => Err(StoreError::Unavailable("the answer is lost".into())),
                false => Ok(answer),
            }
        })
    }

    fn holder(&self) -> i64 {
        i64::from(self.1)
    }

    fn open(&self) -> PortFuture<'_, Result<Vec<OpenLane>, StoreError>> {
        let mut lanes: BTreeMap<&str, OpenLane> = BTreeMap::new();
        for row in lock(&self.0.rows).values() {
            let (waiting, running) = match row.state {
                State::Pending => (1, 0),
                State::Processing => (0, 1),
                _ => continue,
            };
            let none =
                || OpenLane { lane: row.new.lane.into(), waiting: 0, running: 0, oldest: Duration::ZERO };
            let lane = lanes.entry(row.new.lane).or_insert_with(none);
            lane.waiting += waiting;
            lane.running += running;
            lane.oldest = lane.oldest.max(row.from.elapsed());
        }
        let lanes = lanes.into_values().collect();
        Box::pin(async move { Ok(lanes) })
    }
}

/// Somebody's, of no user in particular.
pub fn of(user: i64, key: &str) -> NewJob {
    NewJob::new("test", key, key.as_bytes()).of(UserId(user))
}
