//! The jobs' table: who holds what, in which order, and what of it counts (I20).

use super::context::{Context, NOW, account, keys};
use crate::support::export::WholeExport;
use nameless::store::jobs::{Others, PgJobs};
use nameless_actors::ports::{
    Added, Claim, ClaimedJob, Ending, Hold, JobAnswer, JobBatch, JobEnd, JobId, JobStore, Keeping, LaneRule,
    Look, NewJob, OwedJob, Store, Tidy, Write,
};
use nameless_domain::ids::{MessageId, UserId};
use nameless_domain::time::{DAY_MS, Millis};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

const LEASE: Duration = Duration::from_secs(60);
const KEPT: Keeping = Keeping { owed: true, ttl: Duration::from_secs(86_400) };

async fn carry(jobs: &PgJobs, batch: JobBatch) -> JobAnswer {
    jobs.carry_out(Arc::new(batch)).await.expect("an answer")
}

async fn add(jobs: &PgJobs, adds: Vec<NewJob>) -> Vec<Added> {
    carry(jobs, JobBatch { adds, ..JobBatch::default() }).await.adds
}

async fn claim(jobs: &PgJobs, lane: &'static str, most: usize) -> Vec<ClaimedJob> {
    let claims = vec![Claim { lane, lease: LEASE, most }];
    carry(jobs, JobBatch { claims, ..JobBatch::default() }).await.claimed
}

async fn names(jobs: &PgJobs, lane: &'static str, most: usize) -> Vec<String> {
    claim(jobs, lane, most).await.into_iter().map(|job| job.key.to_string()).collect()
}

async fn end(jobs: &PgJobs, of: &ClaimedJob, how: Ending) -> bool {
    let end = JobEnd { hold: of.hold, key: of.key.clone(), user: of.user, how };
    carry(jobs, JobBatch { ends: vec![end], ..JobBatch::default() }).await.ends == [true]
}

fn done(text: &str) -> Ending {
    Ending::Completed(text.as_bytes().into(), KEPT)
}

fn rules(lane: &'static str, attempts: u16) -> Arc<[LaneRule]> {
    [LaneRule { lane, attempts, keeping: KEPT }].into()
}

async fn tidy(jobs: &PgJobs, lane: &'static str, fresh: bool, known: &[Hold]) -> JobAnswer {
    let known = known.iter().map(|hold| hold.job).collect();
    let batch = JobBatch { tidy: Some(Tidy { fresh, known }), rules: rules(lane, 3), ..JobBatch::default() };
    carry(jobs, batch).await
}

async fn owed(jobs: &PgJobs) -> Vec<(JobId, Option<UserId>)> {
    let look = Some(Look { after: JobId(0), most: 100 });
    carry(jobs, JobBatch { look, ..JobBatch::default() }).await.owed
}

async fn read(jobs: &PgJobs, job: JobId) -> Option<OwedJob> {
    let mut answer = carry(jobs, JobBatch { tell: vec![job], ..JobBatch::default() }).await;
    answer.tell.pop()
}

fn jobs(c: &Context, holder: i64) -> PgJobs {
    c.store.jobs(holder, Others::Nobody)
}

async fn known(c: &Context, users: impl IntoIterator<Item = i64>) {
    c.write(users.into_iter().map(|user| Write::Account(Box::new(account(user, 1)))).collect()).await;
}

fn job(lane: &'static str, user: i64, key: &str) -> NewJob {
    NewJob::new(lane, key, key.as_bytes()).of(UserId(user))
}

async fn row(c: &mut Context, key: &str, columns: &str) -> String {
    let rows = c.sql(&format!("SELECT {columns} FROM jobs WHERE key = '{key}'")).await;
    rows.into_iter().next().unwrap_or_default()
}

pub async fn a_job_goes_its_way(c: &mut Context) {
    known(c, [900]).await;
    let one = jobs(c, 1);
    // All that happens to a job in one turn, as the actor asks for it.
    let batch = JobBatch {
        adds: vec![job("way", 900, "way:a"), NewJob::new("way", "way:b", *b"nobody's")],
        claims: vec![Claim { lane: "way", lease: LEASE, most: 5 }],
        ..JobBatch::default()
    };
    let answer = carry(&one, batch).await;
    assert_eq!(answer.adds, [Added::New, Added::New]);
    assert_eq!(answer.dry, ["way"]);
    let [a, b] = &answer.claimed[..] else { panic!("{:?}", answer.claimed) };
    assert_eq!((a.hold.attempt, a.user, &*a.payload), (1, Some(UserId(900)), &b"way:a"[..]));
    assert_eq!((b.user, &*b.payload, &*b.lane), (None, &b"nobody's"[..], "way"));
    assert!(end(&one, a, Ending::Again("busy".into(), Duration::ZERO)).await);
    assert_eq!(claim(&one, "way", 5).await, [], "it is looked for first");
    assert!(tidy(&one, "way", false, &[b.hold]).await.next.is_none());
    let again = claim(&one, "way", 5).await;
    assert_eq!((again.len(), again[0].hold), (1, Hold { job: a.hold.job, attempt: 2 }));
    assert!(end(&one, &again[0], done("result")).await);
    let keeping = Keeping { owed: false, ..KEPT };
    assert!(end(&one, b, Ending::Failed("no".into(), keeping)).await);
    let state = "state, attempt, error, owed, payload IS NULL, ended >= started, delivered IS NULL";
    assert_eq!(row(c, "way:a", state).await, "completed|2|null|t|f|t|t");
    assert_eq!(row(c, "way:b", state).await, "failed|1|no|f|t|t|t");
    let one = jobs(c, 1);
    carry(&one, JobBatch { delivered: vec![a.hold.job], ..JobBatch::default() }).await;
    assert_eq!(row(c, "way:a", state).await, "completed|2|null|f|t|t|f", "what was given goes");
}

pub async fn one_cause_is_one_job(c: &Context) {
    known(c, [901]).await;
    let one = jobs(c, 1);
    let twice =
        vec![job("cause", 901, "cause:a"), job("cause", 901, "cause:a"), job("cause", 4_242, "cause:b")];
    assert_eq!(add(&one, twice.clone()).await, [Added::New, Added::Before, Added::NoUser]);
    let claimed = claim(&one, "cause", 5).await;
    assert!(end(&one, &claimed[0], done("x")).await);
    assert_eq!(add(&one, twice).await, [Added::Before, Added::Before, Added::NoUser], "also after its end");
    assert_eq!(claim(&one, "cause", 5).await, []);
}

/// I20. Guard: the attempt and the holder in the conditions of every statement about a hold.
pub async fn a_stale_hold_changes_nothing(c: &mut Context) {
    known(c, [902]).await;
    let (one, two) = (jobs(c, 1), jobs(c, 2));
    add(&one, vec![job("stale", 902, "stale:a")]).await;
    let first = claim(&one, "stale", 1).await.remove(0);
    // Another finds the lease over.
    assert_eq!(c.sql("UPDATE jobs SET lease = now() - interval '1 s' WHERE key = 'stale:a'").await.len(), 0);
    let (one, two) = (one.again(c), two.again(c));
    tidy(&two, "stale", false, &[]).await;
    for late in [done("late"), Ending::Failed("late".into(), KEPT), Ending::Again("late".into(), LEASE)] {
        assert!(!end(&one, &first, late).await, "it is nobody's");
    }
    let second = claim(&two, "stale", 1).await.remove(0);
    assert_eq!(second.hold, Hold { job: first.hold.job, attempt: 2 });
    let beats = vec![(first.hold, LEASE)];
    assert_eq!(carry(&one, JobBatch { beats, ..JobBatch::default() }).await.lost, [first.hold]);
    assert!(!end(&one, &first, done("first")).await);
    // Nor does somebody else's name help, nor an attempt that is not there yet.
    assert!(!end(&one, &second, done("first")).await);
    let ahead = ClaimedJob { hold: Hold { attempt: 3, ..second.hold }, ..second.clone() };
    assert!(!end(&two, &ahead, done("ahead")).await);
    let beats = vec![(second.hold, LEASE)];
    assert_eq!(carry(&two, JobBatch { beats, ..JobBatch::default() }).await.lost, []);
    assert!(end(&two, &second, done("second")).await);
    assert!(end(&two, &second, done("second")).await, "an end that is written again finds itself");
    assert!(!end(&one, &first, done("first")).await);
    let told = read(&one, first.hold.job).await.expect("it is owed");
    assert_eq!(told.outcome, Ok(b"second"[..].into()));
}

/// Guard: SKIP LOCKED, and the update of what was picked in the same statement.
pub async fn two_claimers_never_get_the_same(c: &Context) {
    known(c, 1_000..1_010).await;
    let one = jobs(c, 1);
    let all: Vec<NewJob> = (0..200).map(|n| job("skip", 1_000 + n % 10, &format!("skip:{n}"))).collect();
    add(&one, all).await;
    let take = |holder: i64| {
        let jobs = jobs(c, holder);
        async move {
            let mut mine = Vec::new();
            loop {
                let claimed = claim(&jobs, "skip", 7).await;
                if claimed.is_empty() {
                    return mine;
                }
                mine.extend(claimed.into_iter().map(|job| (job.hold.job, job.hold.attempt)));
            }
        }
    };
    let (a, b, c) = tokio::join!(take(1), take(2), take(3));
    let all: Vec<_> = [&a[..], &b[..], &c[..]].concat();
    assert_eq!(all.len(), 200, "each once: {} {} {}", a.len(), b.len(), c.len());
    assert_eq!(all.iter().map(|(job, _)| *job).collect::<BTreeSet<_>>().len(), 200);
    assert!(all.iter().all(|(_, attempt)| *attempt == 1));
}

pub async fn who_was_served_least_goes_first(c: &Context) {
    known(c, [910, 911, 912]).await;
    let one = jobs(c, 1);
    let of = |user: i64, n: usize| job("fair", user, &format!("{user}:{n}"));
    add(&one, (0..5).map(|n| of(910, n)).collect()).await;
    assert_eq!(names(&one, "fair", 1).await, ["910:0"]);
    add(&one, vec![of(911, 0), of(911, 1), of(912, 0)]).await;
    // 910 has one under way and four that wait.
    add(&one, vec![of(910, 5)]).await;
    let order = ["911:0", "912:0", "910:1", "911:1", "910:2", "910:3", "910:4", "910:5"];
    assert_eq!(names(&one, "fair", 8).await, order);
}

pub async fn the_urgent_go_first_and_the_delayed_wait(c: &mut Context) {
    known(c, [913, 914]).await;
    let one = jobs(c, 1);
    let later = NewJob { delay: Duration::from_secs(3_600), ..job("urgent", 914, "u:later") };
    let urgent = NewJob { priority: 5, ..job("urgent", 913, "u:urgent") };
    add(&one, vec![later, job("urgent", 914, "u:plain"), urgent]).await;
    let next = tidy(&one, "urgent", false, &[]).await.next.expect("one waits");
    assert!(next > Duration::from_secs(3_500) && next <= Duration::from_secs(3_600), "{next:?}");
    assert_eq!(names(&one, "urgent", 9).await, ["u:urgent", "u:plain"]);
    c.sql("UPDATE jobs SET not_before = now() WHERE key = 'u:later'").await;
    let one = jobs(c, 1);
    let held = [Hold { job: JobId(i64::MAX), attempt: 1 }];
    tidy(&one, "urgent", false, &held).await;
    assert_eq!(names(&one, "urgent", 9).await, ["u:later"]);
}

/// What waits and what is held, by lane; what may not begin yet has no age.
pub async fn who_watches_sees_what_is_open(c: &mut Context) {
    known(c, [915]).await;
    let one = jobs(c, 1);
    let later = NewJob { delay: Duration::from_secs(3_600), ..job("open_later", 915, "o:later") };
    add(&one, vec![later, job("open_now", 915, "o:old"), job("open_now", 915, "o:new")]).await;
    c.sql("UPDATE jobs SET added = now() - interval '90 seconds' WHERE key IN ('o:old', 'o:later')").await;
    let one = jobs(c, 1);
    let open = async |lane: &str| {
        let lanes = jobs(c, 2).open().await.expect("an answer");
        lanes.into_iter().find(|open| open.lane == lane)
    };
    let now = open("open_now").await.expect("two wait");
    assert_eq!((now.waiting, now.running), (2, 0));
    assert!((90..3_600).contains(&now.oldest.as_secs()), "{now:?}");
    let later = open("open_later").await.expect("one waits");
    assert_eq!((later.waiting, later.oldest), (1, Duration::ZERO));
    let held = claim(&one, "open_now", 9).await;
    let now = open("open_now").await.expect("two are held");
    assert_eq!((now.waiting, now.running), (0, 2));
    for job in &held {
        assert!(end(&one, job, done("over")).await);
    }
    assert_eq!(open("open_now").await, None);
}

/// By the lease, by a fresh start under the same name, by being alone, by the list of nodes.
pub async fn holders_that_are_gone_are_followed(c: &mut Context) {
    known(c, [920]).await;
    let one = jobs(c, 21);
    add(&one, vec![job("gone", 920, "gone:a"), NewJob::new("gone", "gone:b", *b"b")]).await;
    let attempt = |claimed: Vec<ClaimedJob>, expected: u16| {
        assert_eq!(claimed.len(), 2, "{expected}");
        assert!(claimed.iter().all(|job| job.hold.attempt == expected), "{claimed:?}");
        claimed.into_iter().map(|job| job.hold).collect::<Vec<_>>()
    };
    attempt(claim(&one, "gone", 2).await, 1);
    // The same name begins anew.
    tidy(&one, "gone", true, &[]).await;
    let holds = attempt(claim(&one, "gone", 9).await, 2);
    assert_eq!(tidy(&one, "gone", false, &holds).await.claimed, []);
    // Nobody else may be there.
    let two = jobs(c, 22);
    tidy(&two, "gone", false, &[]).await;
    assert_eq!(claim(&two, "gone", 9).await, [], "only at the start");
    // As a node among others: 21 has no row.
    let three = c.store.jobs(23, Others::Nodes);
    tidy(&three, "gone", false, &[]).await;
    let holds = attempt(claim(&three, "gone", 9).await, 3);
    assert_eq!(tidy(&three, "gone", false, &holds).await.claimed, []);
    // The third of three attempts.
    tidy(&two, "gone", true, &[]).await;
    assert_eq!(row(c, "gone:a", "state, error, owed").await, "failed|the holder was gone|t");
    assert_eq!(row(c, "gone:b", "state, owed, payload IS NULL").await, "failed|f|t", "nobody to tell");
}

/// A claim whose answer was lost is given again, under the attempt that nobody has begun.
pub async fn a_lost_answer_is_given_again(c: &Context) {
    known(c, [921]).await;
    let one = jobs(c, 1);
    add(&one, vec![job("lost", 921, "lost:a"), job("lost", 921, "lost:b")]).await;
    let lost = claim(&one, "lost", 2).await;
    let again = tidy(&one, "lost", false, &[lost[0].hold]).await.claimed;
    let mine: Vec<_> = again.iter().filter(|job| job.lane == "lost").collect();
    assert_eq!(mine, [&lost[1]]);
    assert!(end(&one, &lost[0], done("x")).await && end(&one, &lost[1], done("x")).await);
}

pub async fn cancelled_is_over(c: &mut Context) {
    known(c, [922]).await;
    let one = jobs(c, 1);
    add(&one, vec![job("cancel", 922, "cancel:a"), job("cancel", 922, "cancel:b")]).await;
    let a = claim(&one, "cancel", 1).await.remove(0);
    let cancels: Vec<Arc<str>> = vec!["cancel:b".into(), "cancel:none".into(), "cancel:a".into()];
    let batch = JobBatch { cancels, beats: vec![(a.hold, LEASE)], ..JobBatch::default() };
    let answer = carry(&one, batch.clone()).await;
    assert_eq!((answer.cancels, answer.lost), (vec![true, false, true], vec![a.hold]));
    assert_eq!(carry(&one, batch).await.cancels, [false, false, false]);
    assert!(!end(&one, &a, done("too late")).await);
    assert_eq!(claim(&one, "cancel", 9).await, []);
    assert_eq!(row(c, "cancel:a", "state, owed, payload IS NULL").await, "cancelled|f|t");
}

pub async fn what_is_late_fails(c: &mut Context) {
    known(c, [923]).await;
    let one = jobs(c, 1);
    let late = NewJob { within: Duration::ZERO, ..job("late", 923, "late:a") };
    add(&one, vec![late, job("late", 923, "late:b")]).await;
    assert_eq!(names(&one, "late", 9).await, ["late:b"], "it is not begun");
    tidy(&one, "late", false, &[]).await;
    assert_eq!(row(c, "late:a", "state, error, owed").await, "failed|not carried out in time|t");
    assert_eq!(row(c, "late:b", "state").await, "processing");
}

pub async fn ends_are_owed_until_marked(c: &mut Context) {
    c.sql("UPDATE jobs SET owed = false").await;
    known(c, [930, 931]).await;
    let one = jobs(c, 1);
    add(&one, vec![job("owed", 930, "owed:a"), job("owed", 931, "owed:b")]).await;
    let claimed = claim(&one, "owed", 2).await;
    assert!(end(&one, &claimed[0], done("good")).await);
    assert!(end(&one, &claimed[1], Ending::Failed("bad".into(), KEPT)).await);
    let (a, b) = (claimed[0].hold.job, claimed[1].hold.job);
    assert_eq!(owed(&one).await, [(a, Some(UserId(930))), (b, Some(UserId(931)))]);
    let look = Some(Look { after: a, most: 1 });
    assert_eq!(carry(&one, JobBatch { look, ..JobBatch::default() }).await.owed, [(b, Some(UserId(931)))]);
    let sent = vec![(a, vec![MessageId(8), MessageId(7)])];
    carry(&one, JobBatch { sent, ..JobBatch::default() }).await;
    for told in 1..=2 {
        let first = read(&one, a).await.expect("it is owed");
        assert_eq!(
            (first.told, &*first.payload, &*first.sent),
            (told, &b"owed:a"[..], &[MessageId(8), MessageId(7)][..])
        );
        assert_eq!(first.outcome, Ok(b"good"[..].into()));
    }
    assert_eq!(read(&one, b).await.expect("it is owed").outcome, Err("bad".into()));
    carry(&one, JobBatch { delivered: vec![a, a], ..JobBatch::default() }).await;
    assert_eq!((read(&one, a).await, owed(&one).await.len()), (None, 1));
}

/// I14: exported, erased with the key that opens it; what is under way is lost, and nothing comes
/// back.
pub async fn go_with_the_user(c: &mut Context) {
    known(c, [940, 941]).await;
    let one = jobs(c, 1);
    add(&one, vec![job("erase", 940, "erase:a"), job("erase", 940, "erase:b"), job("erase", 941, "erase:c")])
        .await;
    let claimed = claim(&one, "erase", 3).await;
    let of = |key: &str| claimed.iter().find(|job| &*job.key == key).unwrap().clone();
    assert!(end(&one, &of("erase:a"), Ending::Completed(br#"{"said":"hello"}"#[..].into(), KEPT)).await);
    let export = c.store.whole_export(UserId(940)).await.unwrap();
    let work = export["work"].as_array().unwrap();
    assert_eq!(work.len(), 2);
    assert_eq!((&work[1]["state"], &work[1]["given"]), (&"completed".into(), &"erase:a".into()));
    assert_eq!(work[1]["result"]["said"], "hello");
    // What a match wrote is theirs, also once it was told. Guard: `ABOUT_OTHERS`.
    let of_lane = |lane| format!("UPDATE jobs SET lane = '{lane}' WHERE key = 'erase:a'");
    c.sql(&of_lane("dating_tell")).await;
    let export = c.store.whole_export(UserId(940)).await.unwrap();
    let told = &export["work"][1];
    assert!(told["kind"] == "dating_tell" && told["given"].is_null() && told["result"].is_null(), "{told}");
    c.sql(&of_lane("erase")).await;
    let one = jobs(c, 1);
    c.write(vec![Write::Erase { user: UserId(940) }]).await;
    assert!(!end(&one, &of("erase:b"), done("of somebody gone")).await);
    let beats = vec![(of("erase:b").hold, LEASE), (of("erase:c").hold, LEASE)];
    let lost = carry(&one, JobBatch { beats, ..JobBatch::default() }).await.lost;
    assert_eq!(lost, [of("erase:b").hold]);
    assert_eq!(add(&one, vec![job("erase", 940, "erase:d")]).await, [Added::NoUser]);
    assert_eq!(c.sql("SELECT key FROM jobs WHERE lane = 'erase'").await, ["erase:c"]);
    assert_eq!(c.sql("SELECT count(*) FROM user_keys WHERE user_id = 940").await, ["0"]);
}

pub async fn rows_are_sealed_and_bound(c: &mut Context) {
    known(c, [950]).await;
    let one = jobs(c, 1);
    add(
        &one,
        vec![job("seal", 950, "seal:secret words"), NewJob::new("seal", "seal:other", *b"of nobody's")],
    )
    .await;
    let bytes = "encode(payload, 'escape') LIKE '%words%' OR encode(payload, 'escape') LIKE '%nobody%'";
    assert_eq!(c.sql(&format!("SELECT count(*) FROM jobs WHERE lane = 'seal' AND ({bytes})")).await, ["0"]);
    // Moved to another row it does not open: that job fails visibly, and holds up nobody.
    c.sql("UPDATE jobs SET key = 'seal:moved' WHERE key = 'seal:other'").await;
    let one = jobs(c, 1);
    assert_eq!(names(&one, "seal", 9).await, ["seal:secret words"]);
    assert_eq!(row(c, "seal:moved", "state, error").await, "failed|its payload does not open");
    assert!(c.connect(2).await.is_err(), "{:?}", keys(2));
}

pub async fn ended_ones_go(c: &mut Context) {
    c.clear().await;
    known(c, [960]).await;
    let one = jobs(c, 1);
    let names = ["keep:a", "keep:b", "keep:c"];
    add(&one, names.iter().map(|key| job("keep", 960, key)).collect()).await;
    let claimed = claim(&one, "keep", 2).await;
    let week = Keeping { owed: false, ttl: Duration::from_secs(7 * 86_400) };
    assert!(end(&one, &claimed[0], done("for a day")).await);
    assert!(end(&one, &claimed[1], Ending::Completed(b"for a week"[..].into(), week)).await);
    let now: i64 = c.sql("SELECT (extract(epoch FROM now()) * 1000)::bigint").await[0].parse().unwrap();
    let keys = "SELECT key, state FROM jobs ORDER BY key";
    c.store.expire(Millis(now + DAY_MS / 2)).await.unwrap();
    assert_eq!(c.sql(keys).await, ["keep:a|completed", "keep:b|completed", "keep:c|pending"]);
    c.store.expire(Millis(now + 2 * DAY_MS)).await.unwrap();
    assert_eq!(c.sql(keys).await, ["keep:b|completed", "keep:c|pending"]);
    // Nobody carries its lane out, so nobody else says that it is late.
    c.store.expire(Millis(now + 8 * DAY_MS + DAY_MS / 2)).await.unwrap();
    assert_eq!(c.sql(keys).await, ["keep:c|failed"]);
    c.store.expire(Millis(now + 30 * DAY_MS)).await.unwrap();
    assert_eq!(c.sql(keys).await, [""; 0]);
    c.write(vec![Write::Account(Box::new(account(961, 1)))]).await;
    assert!(NOW.0 < now);
}

/// The store is another one after raw SQL.
trait Again {
    fn again(&self, c: &Context) -> PgJobs;
}

impl Again for PgJobs {
    fn again(&self, c: &Context) -> PgJobs {
        c.store.jobs(self.holder(), Others::Nobody)
    }
}
